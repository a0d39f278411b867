import type { Broadcast } from './broadcast.ts';
import type { IfUnknownRank, SameSize, Shape, ShapeError, ShowShape, ShowSize } from './shape.ts';

/** An operand taken apart: batch axes, the axis that stays in the result (none for a vector), the axis summed over. */
interface Operand {
  readonly batch: Shape;
  readonly kept: Shape;
  readonly summed: number;
}

type Left<A extends Shape> = A extends readonly [
  ...infer Batch extends Shape,
  infer Rows extends number,
  infer Columns extends number,
]
  ? { batch: Batch; kept: [Rows]; summed: Columns }
  : { batch: []; kept: []; summed: A[0] };

type Right<B extends Shape> = B extends readonly [
  ...infer Batch extends Shape,
  infer Rows extends number,
  infer Columns extends number,
]
  ? { batch: Batch; kept: [Columns]; summed: Rows }
  : { batch: []; kept: []; summed: B[0] };

/**
 * The shape of `a.matmul(b)`, as in PyTorch: the last axis of `A` against the last but one of `B`, batch axes
 * broadcast; an operand of rank 1 is a vector, and its axis is not in the result.
 */
export type MatMul<A extends Shape, B extends Shape> = IfUnknownRank<
  A,
  Shape,
  IfUnknownRank<
    B,
    Shape,
    A extends readonly []
      ? ShapeError<`matmul: [] @ ${ShowShape<B>}: the left operand needs at least one dimension`>
      : B extends readonly []
        ? ShapeError<`matmul: ${ShowShape<A>} @ []: the right operand needs at least one dimension`>
        : Multiply<A, B, Left<A>, Right<B>>
  >
>;

type Multiply<A extends Shape, B extends Shape, L extends Operand, R extends Operand> = [
  SameSize<L['summed'], R['summed']>,
] extends [never]
  ? ShapeError<`matmul: ${ShowShape<A>} @ ${ShowShape<B>}: ${ShowSize<L['summed']>} ${L['kept'] extends readonly [] ? 'elements' : 'columns'} against ${ShowSize<R['summed']>} ${R['kept'] extends readonly [] ? 'elements' : 'rows'}`>
  : Broadcast<'matmul', L['batch'], R['batch']> extends infer Batch
    ? Batch extends Shape
      ? [...Batch, ...L['kept'], ...R['kept']]
      : ShapeError<`matmul: ${ShowShape<A>} @ ${ShowShape<B>}: cannot broadcast the batch axes ${ShowShape<L['batch']>} with ${ShowShape<R['batch']>}`>
    : never;
