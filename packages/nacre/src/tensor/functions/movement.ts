/** Functions that give other shapes to elements, or take some of them. */
import { nodeOf, nodesOf, requireOneOf } from '../arguments.ts';
import * as ops from '../ops/index.ts';
import { select as selectOf } from '../ops/pick.ts';
import type { PadMode } from '../ops/resample.ts';
import type {
  AlongAxes,
  Diagonal,
  DTypesOf,
  FitsReduce,
  Like,
  Pad,
  Piece,
  Pieces,
  Shaped,
  ShapeOf,
  ShapesOf,
  Tile,
} from '../signatures.ts';
import { Tensor, wrap, wrapAll } from '../tensor.ts';
import type {
  AlongAxis,
  Concat,
  Dims,
  Expand,
  Fits,
  Flatten,
  Narrow,
  Permute,
  PromoteAll,
  Reduce,
  Reshape,
  ResizeAxis,
  Result,
  Shape,
  Squeeze,
  Stack,
  Transpose,
  Unsqueeze,
} from '../types/index.ts';

/** The same elements in another shape; -1 for one length has it computed. */
export const reshape = <T extends Tensor, const To extends Shape>(
  x: T,
  shape: To & Fits<Reshape<ShapeOf<T>, To>>,
): Shaped<T, Reshape<ShapeOf<T>, To>> => new Tensor(ops.reshapeOf(x.node, shape));

/** The axes from `startDim` to `endDim`, both included, as one. */
export const flatten = <T extends Tensor, const Start extends number = 0, const End extends number = -1>(
  x: T,
  startDim?: Start & Fits<Flatten<ShapeOf<T>, Start, End>>,
  endDim?: End & Fits<Flatten<ShapeOf<T>, Start, End>>,
): Shaped<T, Flatten<ShapeOf<T>, Start, End>> => new Tensor(ops.flatten(x.node, startDim, endDim));

/** Removes axes of length 1: those named, or all. A named axis of another length stays. */
export const squeeze = <T extends Tensor, const Axes extends Dims = undefined>(
  x: T,
  dim?: Axes & Fits<Squeeze<ShapeOf<T>, Axes>>,
): Shaped<T, Squeeze<ShapeOf<T>, Axes>> => new Tensor(ops.squeeze(x.node, dim));

/** A new axis of length 1, its place counted in the result. */
export const unsqueeze = <T extends Tensor, const Axis extends number>(
  x: T,
  dim: Axis & Fits<Unsqueeze<ShapeOf<T>, Axis>>,
): Shaped<T, Unsqueeze<ShapeOf<T>, Axis>> => new Tensor(ops.unsqueeze(x.node, dim));

/** Axis i of the result is axis `dims[i]` of x. */
export const permute = <T extends Tensor, const Order extends Shape>(
  x: T,
  dims: Order & Fits<Permute<ShapeOf<T>, Order>>,
): Shaped<T, Permute<ShapeOf<T>, Order>> => new Tensor(ops.permuteOf(x.node, dims));

/** Two axes change places. */
export const transpose = <T extends Tensor, const I extends number, const J extends number>(
  x: T,
  dim0: I & Fits<AlongAxis<'transpose', ShapeOf<T>, I>>,
  dim1: J & Fits<AlongAxis<'transpose', ShapeOf<T>, J>>,
): Shaped<T, Transpose<ShapeOf<T>, I, J>> => new Tensor(ops.transpose(x.node, dim0, dim1));

/** Repeats axes of length 1 and adds axes in front; -1 keeps a length. */
export const expand = <T extends Tensor, const To extends Shape>(
  x: T,
  shape: To & Fits<Expand<ShapeOf<T>, To>>,
): Shaped<T, Expand<ShapeOf<T>, To>> => new Tensor(ops.expandOf(x.node, shape));

/** The tensor repeated along each axis. */
export const tile = <T extends Tensor, const Repeats extends Shape>(
  x: T,
  repeats: Repeats,
): Shaped<T, Tile<ShapeOf<T>, Repeats>> => x.tile(repeats);

/** Tensors joined along an axis; the other lengths are equal. */
export const concat = <const T extends readonly Tensor[], const Axis extends number = 0>(
  tensors: T & Fits<Concat<ShapesOf<T>, Axis>>,
  dim?: Axis,
): Tensor<Result<Concat<ShapesOf<T>, Axis>>, PromoteAll<DTypesOf<T>>> =>
  new Tensor(ops.concat(nodesOf('concat', tensors), dim));

/** Tensors of one shape joined along a new axis, its place counted in the result. */
export const stack = <const T extends readonly Tensor[], const Axis extends number = 0>(
  tensors: T & Fits<Stack<ShapesOf<T>, Axis>>,
  dim?: Axis,
): Tensor<Result<Stack<ShapesOf<T>, Axis>>, PromoteAll<DTypesOf<T>>> =>
  new Tensor(ops.stack(nodesOf('stack', tensors), dim));

/** Pieces of one length (the last may be shorter), or of the lengths given, along an axis. */
export const split = <T extends Tensor, const Lengths extends number | Shape, const Axis extends number = 0>(
  x: T,
  lengths: Lengths,
  dim?: Axis & Fits<ResizeAxis<'split', ShapeOf<T>, Axis, number>>,
): Pieces<T, Lengths, Axis> => wrapAll(ops.split(x.node, lengths, dim)) as Pieces<T, Lengths, Axis>;

/** At most `chunks` pieces of one length; the last may be shorter. */
export const chunk = <T extends Tensor, const Axis extends number = 0>(
  x: T,
  chunks: number,
  dim?: Axis & Fits<ResizeAxis<'chunk', ShapeOf<T>, Axis, number>>,
): Piece<T, Axis, number>[] => wrapAll(ops.chunk(x.node, chunks, dim)) as Piece<T, Axis, number>[];

/** `length` elements of an axis from `start`. */
export const narrow = <T extends Tensor, const Axis extends number, const Length extends number>(
  x: T,
  dim: Axis & Fits<AlongAxis<'narrow', ShapeOf<T>, Axis>>,
  start: number,
  length: Length,
): Shaped<T, Narrow<ShapeOf<T>, Axis, Length>> => new Tensor(ops.narrow(x.node, dim, start, length));

/** Elements `start` to `end` - 1 of an axis, every `step`-th; places as in Python's slices, steps positive. */
export const slice = <T extends Tensor, const Axis extends number>(
  x: T,
  dim: Axis & Fits<AlongAxis<'slice', ShapeOf<T>, Axis>>,
  start?: number,
  end?: number,
  step?: number,
): Shaped<T, ResizeAxis<'slice', ShapeOf<T>, Axis, number>> =>
  new Tensor(ops.slice(x.node, dim, start, end, step));

/** The part at one place of an axis, which goes. Negative places count from the end. */
export const select = <T extends Tensor, const Axis extends number>(
  x: T,
  dim: Axis & FitsReduce<'select', T, Axis, false>,
  index: number,
): Shaped<T, Reduce<'select', ShapeOf<T>, Axis>> => new Tensor(selectOf(x.node, dim, index));

/** The other way round along axes. */
export const flip = <T extends Tensor, const Axes extends number | Shape>(
  x: T,
  dims: Axes & Fits<AlongAxes<'flip', ShapeOf<T>, Axes>>,
): Like<T> => new Tensor(ops.flip(x.node, dims));

/** Moves elements along axes, or through the flattened tensor; those that fall off one end come in at the other. */
export const roll = <T extends Tensor, const Axes extends number | Shape>(
  x: T,
  shifts: number | Shape,
  dims?: Axes & Fits<AlongAxes<'roll', ShapeOf<T>, Axes>>,
): Like<T> => new Tensor(ops.roll(x.node, shifts, dims));

/**
 * Elements put around axes, the last axis first: `[left, right, top, bottom, …]`. Mode 'constant' puts `value` (default 0), and cuts
 * for negative amounts; 'reflect' the neighbours mirrored at the edge, 'replicate' the edge, 'circular' the other end.
 */
export function pad<T extends Tensor, const Padding extends Shape>(
  x: T,
  padding: Padding & Fits<Pad<ShapeOf<T>, Padding>>,
  { mode = 'constant', value }: { mode?: PadMode; value?: number } = {},
): Shaped<T, Pad<ShapeOf<T>, Padding>> {
  requireOneOf('pad', 'mode', mode, ['constant', 'reflect', 'replicate', 'circular']);
  return new Tensor(ops.padBy('pad', x.node, padding, mode, value));
}

/** Zeros above the diagonal of matrices, or above the one `diagonal` further right. */
export const tril: <T extends Tensor>(x: T, diagonal?: number) => Like<T> = (x, diagonal) =>
  wrap(ops.tril(x.node, diagonal));

/** Zeros below the diagonal of matrices, or below the one `diagonal` further right. */
export const triu: <T extends Tensor>(x: T, diagonal?: number) => Like<T> = (x, diagonal) =>
  wrap(ops.triu(x.node, diagonal));

/** The diagonal of the matrices in two axes (default: 0 and 1), as a new last axis. */
export const diagonal = <T extends Tensor>(
  x: T & Fits<Diagonal<ShapeOf<T>>>,
  offset?: number,
  dim1?: number,
  dim2?: number,
): Shaped<T, Diagonal<ShapeOf<T>>> => new Tensor(ops.diagonal(nodeOf('diagonal', x), offset, dim1, dim2));
