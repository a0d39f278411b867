import type { CheckAxes, ResizeAxis } from './axis.ts';
import type { IfUnknownRank, Shape, ShapeError, ShowShape } from './shape.ts';

/** The shape of `narrow(Axis, start, Length)`: one axis becomes `Length` long. */
export type Narrow<S extends Shape, Axis extends number, Length extends number> = ResizeAxis<
  'narrow',
  S,
  Axis,
  Length
>;

/** The shape of `indexSelect(Axis, index)`: the axis becomes as long as the index, a tensor of rank 1. */
export type IndexSelect<S extends Shape, Axis extends number, Index extends Shape> = IfUnknownRank<
  Index,
  ResizeAxis<'indexSelect', S, Axis, number>,
  Index extends readonly [infer Length extends number]
    ? ResizeAxis<'indexSelect', S, Axis, Length>
    : ShapeError<`indexSelect: from ${ShowShape<S>} by ${ShowShape<Index>}: the index needs one dimension`>
>;

/** The shape of `gather(Axis, index)`: that of the index, which has as many dimensions as the tensor. */
export type Gather<S extends Shape, Axis extends number, Index extends Shape> = IfUnknownRank<
  Index,
  Shape,
  IfUnknownRank<
    S,
    Index,
    Index['length'] extends S['length']
      ? CheckAxes<'gather', S, readonly [Axis], Index>
      : ShapeError<`gather: from ${ShowShape<S>} by ${ShowShape<Index>}: ${S['length']} dimensions against ${Index['length']}`>
  >
>;

/** The shape of `oneHot(indices, Classes)`: a new last axis of `Classes`. */
export type OneHot<S extends Shape, Classes extends number = number> = IfUnknownRank<
  S,
  Shape,
  [...S, Classes]
>;

/** The shape of `embedding(indices, weight)`: each index becomes a row of the weight `[rows, features]`. */
export type EmbeddingShape<Indices extends Shape, Weight extends Shape> = IfUnknownRank<
  Weight,
  Shape,
  Weight extends readonly [number, infer Features extends number]
    ? IfUnknownRank<Indices, Shape, [...Indices, Features]>
    : ShapeError<`embedding: the weight ${ShowShape<Weight>} needs two dimensions, [rows, features]`>
>;
