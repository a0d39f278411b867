import type { IfUnknownRank, Shape, ShapeError, ShapeOrError, ShowShape, ShowSize } from './shape.ts';

/** NumPy's broadcasting of two sizes; `never` where they do not fit. */
type BroadcastSize<A extends number, B extends number> = A extends 1 ? B : B extends 1 ? A : A & B;

/**
 * NumPy's broadcasting of two shapes, aligned at the last axis: sizes must be equal, or one of them 1. A `number`
 * against a known size other than 1 becomes that size. `Op` names the op in the error.
 */
export type Broadcast<Op extends string, A extends Shape, B extends Shape> = IfUnknownRank<
  A,
  Shape,
  IfUnknownRank<B, Shape, BroadcastFromEnd<Op, A, B, A, B>>
>;

type BroadcastFromEnd<
  Op extends string,
  A extends Shape,
  B extends Shape,
  RestA extends Shape,
  RestB extends Shape,
  Out extends Shape = [],
> = RestA extends readonly [...infer FrontA extends Shape, infer LastA extends number]
  ? RestB extends readonly [...infer FrontB extends Shape, infer LastB extends number]
    ? [BroadcastSize<LastA, LastB>] extends [never]
      ? BroadcastError<Op, A, B, [...Out, number]['length'], LastA, LastB>
      : BroadcastFromEnd<Op, A, B, FrontA, FrontB, [BroadcastSize<LastA, LastB>, ...Out]>
    : [...RestA, ...Out]
  : [...RestB, ...Out];

type BroadcastError<
  Op extends string,
  A extends Shape,
  B extends Shape,
  FromEnd extends number,
  LastA extends number,
  LastB extends number,
> = ShapeError<`${Op}: cannot broadcast ${ShowShape<A>} with ${ShowShape<B>}: axis -${FromEnd}: ${ShowSize<LastA>} against ${ShowSize<LastB>}`>;

/** Broadcasting of any number of shapes, from the left; the first misfit is the error. */
export type BroadcastAll<
  Op extends string,
  Shapes extends readonly Shape[],
  Out extends ShapeOrError = [],
> = Out extends Shape
  ? number extends Shapes['length']
    ? Shape
    : Shapes extends readonly [infer Head extends Shape, ...infer Tail extends readonly Shape[]]
      ? BroadcastAll<Op, Tail, Broadcast<Op, Out, Head>>
      : Out
  : Out;
