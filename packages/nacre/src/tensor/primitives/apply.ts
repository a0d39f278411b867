import type { DType } from '../../base/dtype.ts';
import { type Shape, sameShape } from '../../base/shape.ts';
import type { Lowering } from '../../compiler/contract.ts';
import { Node } from '../../graph/node.ts';
import type { NodeOf, OpRecord, Primitive, PrimitiveAttributes, Records } from './record.ts';

const registry: { records: Records | null } = { records: null };

/** Makes the table of all primitives known. Called once, by the file that holds it. */
export function register(records: Records): void {
  registry.records = records;
}

export const recordOf = <P extends Primitive>(op: P): OpRecord<P> =>
  registry.records![op] as unknown as OpRecord<P>;

/** Whether new nodes remember that a gradient may be asked through them. */
export const gradientMode = { enabled: true };

/** Builds what a gradient will be asked of, also where a caller asks for no gradients of what comes out. */
export function recordingGradient<T>(build: () => T): T {
  const before = gradientMode.enabled;
  gradientMode.enabled = true;
  try {
    return build();
  } finally {
    gradientMode.enabled = before;
  }
}

/** Adds one operation to the graph. Shapes and dtypes are checked now; nothing is computed. */
export function apply<P extends Primitive>(
  op: P,
  inputs: readonly Node[],
  attributes: PrimitiveAttributes[P],
): NodeOf<P> {
  const record = recordOf(op);
  const shape = record.shape(inputs, attributes);
  const dtype = record.dtype(inputs, attributes);
  const requiresGrad = gradientMode.enabled && inputs.some((input) => input.requiresGrad);
  return new Node(
    op,
    inputs,
    attributes as never,
    shape,
    dtype,
    record.lowering as unknown as Lowering,
    requiresGrad,
  ) as NodeOf<P>;
}

/** A number as a node of rank 0. Its value is given to programs when they run, so another number needs no other program. */
export const constant = (value: number, dtype: DType): Node => apply('constant', [], { value, dtype });

// The primitives as functions, for gradient rules and for the operations made of them.
const none = {};
export const add = (x: Node, y: Node): Node => apply('add', [x, y], none);
export const sub = (x: Node, y: Node): Node => apply('sub', [x, y], none);
export const mul = (x: Node, y: Node): Node => apply('mul', [x, y], none);
export const div = (x: Node, y: Node): Node => apply('div', [x, y], none);
export const neg = (x: Node): Node => apply('neg', [x], none);
export const where = (condition: Node, x: Node, y: Node): Node => apply('where', [condition, x, y], none);
export const cast = (x: Node, dtype: DType): Node => (x.dtype === dtype ? x : apply('cast', [x], { dtype }));
export const sum = (x: Node, axes: readonly number[]): Node =>
  axes.length ? apply('sum', [x], { axes }) : x;
export const reshape = (x: Node, shape: Shape): Node =>
  sameShape(x.shape, shape) ? x : apply('reshape', [x], { shape });
/** Axes in another order. A permutation of a permutation is one, and one that changes nothing is none. */
export function permute(x: Node, order: readonly number[]): Node {
  if (order.every((axis, i) => axis === i)) return x;
  if (x.op === 'permute' && x.inputs.length && order.length === x.shape.length) {
    const before = (x as NodeOf<'permute'>).attributes.order;
    return permute(
      x.inputs[0],
      order.map((axis) => before[axis]),
    );
  }
  return apply('permute', [x], { order });
}
export const expand = (x: Node, shape: Shape): Node =>
  sameShape(x.shape, shape) ? x : apply('expand', [x], { shape });

/** `x` times, plus, … a number of its own dtype. */
export const times = (x: Node, factor: number): Node => mul(x, constant(factor, x.dtype));
export const plus = (x: Node, term: number): Node => add(x, constant(term, x.dtype));

/** Exchanges the last two axes. */
export function swapLast(x: Node): Node {
  const order = x.shape.map((_, axis) => axis);
  const rank = order.length;
  [order[rank - 1], order[rank - 2]] = [rank - 2, rank - 1];
  return permute(x, order);
}

/** The shape with the reduced axes kept as length 1. */
export const keptShape = (shape: Shape, axes: readonly number[]): number[] =>
  shape.map((length, axis) => (axes.includes(axis) ? 1 : length));

/** Spreads a reduced result over the shape it was reduced from. */
export const spread = (x: Node, shape: Shape, axes: readonly number[]): Node =>
  expand(reshape(x, keptShape(shape, axes)), shape);

/** Sums what broadcasting repeated, so that a cotangent has its operand's shape. */
export function unbroadcast(x: Node, shape: Shape): Node {
  if (sameShape(x.shape, shape)) return x;
  const extra = x.shape.length - shape.length;
  const axes = x.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < extra || (shape[axis - extra] === 1 && x.shape[axis] !== 1));
  return reshape(sum(x, axes), shape);
}
