import type { Shape } from '../base/shape.ts';
import { KernelBuilder } from '../ir/builder.ts';
import type { Atom, Index, LoopVar } from '../ir/expr.ts';
import type { OpNode } from './contract.ts';
import { linearize } from './evaluate.ts';
import { type Cluster, memberIndex, probe, type Schedule } from './schedule.ts';

/** Neighbouring axes of a domain that are walked as one. */
export interface MergedAxis {
  readonly extent: number;
  /** The original axes, in order. */
  readonly axes: readonly number[];
  readonly reduced: boolean;
}

export interface Traversal {
  readonly merged: readonly MergedAxis[];
  /** Whether every value fits the lanes of a 4-byte vector. */
  readonly vectorizes: boolean;
}

/**
 * Finds the fewest loops that walk a cluster's domain: two neighbouring axes become one where every index in the kernel moves
 * along both as along one.
 */
export function traversal(cluster: Cluster, plan: Schedule): Traversal {
  const { domain, axes } = cluster;
  const b = new KernelBuilder(1);
  const vars = domain.map((length) => b.newLoopVar(length));
  const at = vars.map((v) => b.indexVar(v));
  const indices: Index[] = [];
  let wide = false;
  b.onIndex = (index) => indices.push(index);
  const isKnown = (node: OpNode): boolean => {
    const owner = plan.clusterOf.get(node);
    if (node.dtype === 'float64') wide = true;
    return node.isLeaf || (owner !== undefined && owner !== cluster);
  };
  for (const node of cluster.members) {
    if (node.dtype === 'float64' || node.inputs.some((input) => input.dtype === 'float64')) wide = true;
    const reduce = !isMapped(node);
    const accesses = probe(
      b,
      (other) => (other === node ? false : isKnown(other) || isReduced(other, cluster)),
      (evaluator) => {
        if (reduce) evaluator.value(node.inputs[0], at);
        else evaluator.computed(node, memberIndex(b, cluster, node, at));
      },
    );
    for (const access of accesses) indices.push(linearize(b, access.node.shape, access.at));
    indices.push(linearize(b, node.shape, memberIndex(b, cluster, node, at)));
  }

  const merged: { extent: number; axes: number[]; reduced: boolean }[] = [];
  domain.forEach((extent, axis) => {
    const last = merged.at(-1);
    const reduced = axes.includes(axis);
    if (extent === 1 && last) {
      last.axes.push(axis);
      return;
    }
    if (last?.extent === 1) {
      last.axes.push(axis);
      last.extent = extent;
      last.reduced = reduced;
      return;
    }
    const before = last?.axes.findLast((other) => domain[other] > 1);
    if (
      last &&
      before !== undefined &&
      last.reduced === reduced &&
      indices.every((index) => contiguous(index, vars[before], vars[axis], extent))
    ) {
      last.axes.push(axis);
      last.extent *= extent;
    } else merged.push({ extent, axes: [axis], reduced });
  });
  return { merged, vectorizes: !wide };
}

const isMapped = (node: OpNode): boolean => (node.lowering as { kind: string }).kind !== 'reduce';

const isReduced = (node: OpNode, cluster: Cluster): boolean =>
  cluster.members.includes(node) && !isMapped(node);

/** Whether one step of `outer` is exactly `extent` steps of `inner`, everywhere in an index. */
function contiguous(index: Index, outer: LoopVar, inner: LoopVar, extent: number): boolean {
  const coefficient = (v: LoopVar): number => index.terms.find((term) => term.atom === v)?.coefficient ?? 0;
  if (index.terms.some(({ atom }) => atom.kind !== 'var' && (mentions(atom, outer) || mentions(atom, inner))))
    return false;
  return coefficient(outer) === coefficient(inner) * extent;
}

function mentions(atom: Atom, v: LoopVar): boolean {
  if (atom.kind === 'var') return atom === v;
  if (atom.kind === 'value') return false; // what it was read at is an index of its own
  return atom.of.terms.some((term) => mentions(term.atom, v));
}

/** The domain's indices from those of the merged axes. */
export function unmerge(
  b: KernelBuilder,
  domain: Shape,
  merged: readonly MergedAxis[],
  at: readonly Index[],
): Index[] {
  const out: Index[] = new Array(domain.length);
  merged.forEach(({ axes }, i) => {
    let rest = at[i];
    for (const axis of [...axes].reverse()) {
      const isFirst = axis === axes[0];
      out[axis] = domain[axis] === 1 ? b.constant(0) : isFirst ? rest : b.mod(rest, domain[axis]);
      if (!isFirst && domain[axis] !== 1) rest = b.div(rest, domain[axis]);
    }
  });
  return out;
}
