import { KernelBuilder } from '../ir/builder.ts';
import type { Index } from '../ir/expr.ts';
import type { OpNode } from './contract.ts';
import { linearize, lowering } from './evaluate.ts';
import { domainIndices, hasFill, probe } from './schedule.ts';

/** What a matrix is read from once its views are seen through. */
export const behind = (node: OpNode): boolean =>
  node.isLeaf || lowering(node).kind !== 'view' || hasFill(node);

/**
 * Where an operand takes an axis (counted from the last, -1) apart: the divisors of the quotients of its index. Those that divide the axis
 * are the lengths of runs that lie in memory as the axis does.
 */
export function cutsAlong(
  operand: OpNode,
  axis: number,
  isKnown: (node: OpNode) => boolean = behind,
): Set<number> {
  const b = new KernelBuilder(1);
  const length = operand.shape.at(axis)!;
  const v = b.newLoopVar(length);
  const cuts = new Set<number>();
  const visit = (index: Index): void => {
    for (const { atom } of index.terms) {
      if (atom.kind !== 'div' && atom.kind !== 'mod') continue;
      if (b.dependsOn(atom.of, v) && length % atom.by === 0) cuts.add(atom.by);
      visit(atom.of);
    }
  };
  b.onIndex = visit;
  const at = domainIndices(b, operand.shape);
  at[at.length + axis] = b.indexVar(v);
  for (const access of probe(b, isKnown, (evaluator) => void evaluator.value(operand, at)))
    visit(linearize(b, access.node.shape, access.at));
  return cuts;
}

/** The lengths of the loops that together walk an axis which is cut so. */
export function cutLengths(length: number, cuts: Iterable<number>): number[] {
  const lengths: number[] = [];
  let rest = length;
  for (const cut of [...new Set(cuts)].sort((x, y) => y - x)) {
    if (rest % cut || cut === rest || cut === 1) continue;
    lengths.push(rest / cut);
    rest = cut;
  }
  return [...lengths, rest];
}

/**
 * How many neighbours along an axis (counted from the last, -1) of a matrix are neighbours in memory too: all, those of a run, or 1. With
 * `most` of 2 they may lie two apart, as what a convolution of stride 2 reads.
 */
export function runOf(matrix: OpNode, axis: number, lanes: number, most: 1 | 2 = 1): number {
  const length = matrix.shape.at(axis)!;
  const run = cutLengths(length, cutsAlong(matrix, axis)).at(-1)!;
  const used = Math.min(run, lanes);
  if (used < 2) return 1;
  const b = new KernelBuilder(lanes, most > 1);
  return b.withLanes(used, () => {
    const at = domainIndices(b, matrix.shape);
    at[at.length + axis] = b.vectorAt(b.scale(b.indexVar(b.newLoopVar(length / run)), run));
    const accesses = probe(b, behind, (evaluator) => void evaluator.value(matrix, at));
    const isInOrder = accesses.every((access) => {
      const stride = b.laneStride(linearize(b, access.node.shape, access.at));
      return stride === 1 || stride === most;
    });
    return isInOrder ? run : 1;
  });
}

/** How much of their lanes vectors use that cover so many neighbours. */
export const fillOf = (count: number, lanes: number): number => count / (Math.ceil(count / lanes) * lanes);
