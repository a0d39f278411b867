import type { DType } from '../base/dtype.ts';
import { rowMajorStrides, type Shape, sizeOf } from '../base/shape.ts';
import type { KernelBuilder } from '../ir/builder.ts';
import type { Index } from '../ir/expr.ts';
import type { Lowering, OpNode } from './contract.ts';
import { delinearize, linearize, lowering } from './evaluate.ts';

let nextId = -1;

/** A node the compiler itself makes. */
export function make(
  op: string,
  inputs: readonly OpNode[],
  shape: Shape,
  rule: Lowering,
  dtype: DType = inputs[0].dtype,
): OpNode {
  return { id: nextId--, op, inputs, shape, dtype, lowering: rule, isLeaf: false };
}

export const reshaped = (input: OpNode, shape: Shape): OpNode =>
  make('reshape', [input], shape, {
    kind: 'view',
    map: (b, at) => delinearize(b, input.shape, linearize(b, shape, at)),
  });

export const permuted = (input: OpNode, order: readonly number[]): OpNode =>
  make(
    'permute',
    [input],
    order.map((axis) => input.shape[axis]),
    { kind: 'view', map: (_, at) => input.shape.map((_length, axis) => at[order.indexOf(axis)]) },
  );

/** A node in the place of one whose inputs may have been rewritten already; `original` is as it was. */
export type Rule = (node: OpNode, original: OpNode) => OpNode;

/** Applies rules to every node, inputs first. A node none of whose inputs changed keeps its identity. */
export function rewrite(outputs: readonly OpNode[], rules: readonly Rule[]): OpNode[] {
  const done = new Map<OpNode, OpNode>();
  for (const node of topological(outputs)) {
    let next = node;
    if (!node.isLeaf) {
      const inputs = node.inputs.map((input) => done.get(input)!);
      if (inputs.some((input, i) => input !== node.inputs[i])) {
        // The rules of an operation read attributes of the node they are given, so the copy keeps them all.
        next = Object.create(node, { inputs: { value: inputs }, id: { value: nextId-- } }) as OpNode;
      }
      for (const rule of rules) next = rule(next, node);
    }
    done.set(node, next);
  }
  return outputs.map((node) => done.get(node)!);
}

/** All nodes that the outputs need, inputs before users; leaves included, what lies behind them not. */
export function topological(outputs: readonly OpNode[]): OpNode[] {
  const order: OpNode[] = [];
  const seen = new Set<OpNode>();
  const stack: { node: OpNode; next: number }[] = [];
  for (const output of outputs) {
    if (seen.has(output)) continue;
    seen.add(output);
    stack.push({ node: output, next: 0 });
    while (stack.length) {
      const top = stack[stack.length - 1];
      const inputs = top.node.isLeaf ? [] : top.node.inputs;
      if (top.next < inputs.length) {
        const input = inputs[top.next++];
        if (!seen.has(input)) {
          seen.add(input);
          stack.push({ node: input, next: 0 });
        }
      } else {
        order.push(top.node);
        stack.pop();
      }
    }
  }
  return order;
}

/** Views read their first operand; what a node keeps beside it for its gradient is none of the program's work. */
export const firstOperandOfViews: Rule = (node) =>
  lowering(node).kind === 'view' && node.inputs.length > 1
    ? (Object.create(node, { inputs: { value: [node.inputs[0]] }, id: { value: nextId-- } }) as OpNode)
    : node;

/** Below this many results a reduction has too little to share between threads … */
export const fewResults = 16;
/** … and above this many elements each it is worth cutting. */
const longReduction = 8192;
const pieces = 64;

/** A long reduction to few results becomes two: partial results of equal pieces, then of those. */
export const splitLongReductions: Rule = (node) => {
  const rule = lowering(node);
  if (rule.kind !== 'reduce') return node;
  const input = node.inputs[0];
  const axes = rule.axes(node as never);
  const length = axes.reduce((size, axis) => size * input.shape[axis], 1);
  if (sizeOf(node.shape) >= fewResults || length < longReduction) return node;
  const count = largestDivisor(length, pieces);
  if (count < 4) return node;
  const kept = input.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes];
  const outer = kept.map((axis) => input.shape[axis]);
  const rows = order.every((axis, i) => axis === i) ? input : permuted(input, order);
  const split = reshaped(rows, [...outer, count, length / count]);
  const last = (rank: number): Lowering => ({ kind: 'reduce', op: rule.op, axes: () => [rank] });
  const partial = make(node.op, [split], [...outer, count], last(outer.length + 1));
  return make(node.op, [partial], node.shape, last(outer.length));
};

export function largestDivisor(of: number, atMost: number): number {
  for (let divisor = atMost; divisor > 1; divisor--) if (of % divisor === 0) return divisor;
  return 1;
}

/**
 * A product with few rows uses each number of the right matrix only a few times. Where that matrix is stored column by column
 * (PyTorch's weights), sums of products along it beat a tiled product, which would first have to repack it.
 */
export const dotProductsForFewRows: Rule = (node) => {
  if (lowering(node).kind !== 'contract') return node;
  const [a, b] = node.inputs;
  const rank = node.shape.length;
  const [rows, columns] = node.shape.slice(-2);
  const inner = a.shape[rank - 1];
  if (rows > 2 || inner < 8 || !isTransposed(b)) return node;
  const batch = node.shape.slice(0, -2);
  const full = [...batch, rows, columns, inner];
  const left = view(a, full, (at) => [...at.slice(0, -2), at[at.length - 1]]);
  const right = view(b, full, (at) => [...at.slice(0, -3), at[at.length - 1], at[at.length - 2]]);
  const product = make('mul', [left, right], full, {
    kind: 'map',
    cost: 1,
    emit: (builder, [x, y]) => builder.binary('mul', x, y),
  });
  return make('sum', [product], node.shape, { kind: 'reduce', op: 'add', axes: () => [rank] });
};

/** The elements of `input` at the indices that `map` gives for those of `shape`. */
export const view = (
  input: OpNode,
  shape: Shape,
  map: (at: readonly Index[], b: KernelBuilder) => readonly Index[],
): OpNode => make('expand', [input], shape, { kind: 'view', map: (b, at) => map(at, b) });

/**
 * Products summed over axes of their batch are one product whose inner axis runs over those too: the gradient of a weight that a whole
 * batch shares.
 */
export const productsSummedOverBatch: Rule = (node) => {
  const rule = lowering(node);
  if (rule.kind !== 'reduce' || rule.op !== 'add') return node;
  const product = node.inputs[0];
  if (product.isLeaf || lowering(product).kind !== 'contract') return node;
  const axes = rule.axes(node as never);
  const rank = product.shape.length;
  if (axes.some((axis) => axis >= rank - 2)) return node;
  const [a, b] = product.inputs;
  const kept = product.shape.map((_, axis) => axis).filter((axis) => axis < rank - 2 && !axes.includes(axis));
  const batch = kept.map((axis) => product.shape[axis]);
  const [rows, inner] = a.shape.slice(-2);
  const columns = b.shape[rank - 1];
  const joined = axes.reduce((size, axis) => size * product.shape[axis], inner);
  const left = reshaped(permuted(a, [...kept, rank - 2, ...axes, rank - 1]), [...batch, rows, joined]);
  const right = reshaped(permuted(b, [...kept, ...axes, rank - 2, rank - 1]), [...batch, joined, columns]);
  return make('matmul', [left, right], node.shape, { kind: 'contract' });
};

/** Whether walking along the second last axis steps over neighbouring elements. */
function isTransposed(node: OpNode): boolean {
  return node.op === 'permute' && node.inputs[0].isLeaf && rowMajorStrides(node.shape).length >= 2;
}
