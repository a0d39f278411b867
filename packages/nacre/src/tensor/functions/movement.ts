/** Functions that give other shapes to elements, or take some of them. */
import { optionsOf } from '../../base/options.ts';
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

/**
 * The same elements in another shape; -1 for one length has it computed. Throws a ShapeMismatchError where the numbers of
 * elements differ.
 *
 * Formula: y[k] = x[k] in row-major order
 *
 * Shapes: x [...] → `shape`, of the same number of elements
 *
 * @example
 * ```ts
 * import { arange, reshape } from 'nacre';
 * await reshape(arange(6), [2, -1]).tolist(); // → [[0, 1, 2], [3, 4, 5]]
 * ```
 */
export const reshape = <T extends Tensor, const To extends Shape>(
  x: T,
  shape: To & Fits<Reshape<ShapeOf<T>, To>>,
): Shaped<T, Reshape<ShapeOf<T>, To>> => new Tensor(ops.reshapeOf(x.node, shape));

/**
 * The axes from `startDim` (default 0) to `endDim` (default -1), both included, as one. Throws an ArgumentError for axes that
 * are not there or in this order.
 *
 * Formula: y[k] = x[k] in row-major order
 *
 * Shapes: x [a, b, c] → [a·b·c], or [a, b·c] with startDim 1
 *
 * @example
 * ```ts
 * import { flatten, zeros } from 'nacre';
 * flatten(zeros([2, 3, 4]), 1).shape; // → [2, 12]
 * ```
 */
export const flatten = <T extends Tensor, const Start extends number = 0, const End extends number = -1>(
  x: T,
  startDim?: Start & Fits<Flatten<ShapeOf<T>, Start, End>>,
  endDim?: End & Fits<Flatten<ShapeOf<T>, Start, End>>,
): Shaped<T, Flatten<ShapeOf<T>, Start, End>> => new Tensor(ops.flatten(x.node, startDim, endDim));

/**
 * Removes axes of length 1: those named, or all. A named axis of another length stays.
 *
 * Formula: y[k] = x[k] in row-major order
 *
 * Shapes: x [a, 1, b] → [a, b]
 *
 * @example
 * ```ts
 * import { squeeze, zeros } from 'nacre';
 * squeeze(zeros([2, 1, 3, 1])).shape; // → [2, 3]
 * squeeze(zeros([2, 1, 3, 1]), 1).shape; // → [2, 3, 1]
 * ```
 */
export const squeeze = <T extends Tensor, const Axes extends Dims = undefined>(
  x: T,
  dim?: Axes & Fits<Squeeze<ShapeOf<T>, Axes>>,
): Shaped<T, Squeeze<ShapeOf<T>, Axes>> => new Tensor(ops.squeeze(x.node, dim));

/**
 * A new axis of length 1, its place counted in the result.
 *
 * Formula: y[k] = x[k] in row-major order
 *
 * Shapes: x [a, b] → [1, a, b], [a, 1, b] or [a, b, 1]
 *
 * @example
 * ```ts
 * import { unsqueeze, zeros } from 'nacre';
 * unsqueeze(zeros([2, 3]), 1).shape; // → [2, 1, 3]
 * ```
 */
export const unsqueeze = <T extends Tensor, const Axis extends number>(
  x: T,
  dim: Axis & Fits<Unsqueeze<ShapeOf<T>, Axis>>,
): Shaped<T, Unsqueeze<ShapeOf<T>, Axis>> => new Tensor(ops.unsqueeze(x.node, dim));

/**
 * Axis i of the result is axis `dims[i]` of x.
 *
 * Formula: y[i, j, k] = x at these indices in the order of the axes
 *
 * Shapes: x [a, b, c] with dims (2, 0, 1) → [c, a, b]
 *
 * @example
 * ```ts
 * import { permute, zeros } from 'nacre';
 * permute(zeros([2, 3, 4]), [2, 0, 1]).shape; // → [4, 2, 3]
 * ```
 */
export const permute = <T extends Tensor, const Order extends Shape>(
  x: T,
  dims: Order & Fits<Permute<ShapeOf<T>, Order>>,
): Shaped<T, Permute<ShapeOf<T>, Order>> => new Tensor(ops.permuteOf(x.node, dims));

/**
 * Two axes change places.
 *
 * Formula: y[j, i] = x[i, j]
 *
 * Shapes: x [..., a, ..., b, ...] → [..., b, ..., a, ...]
 *
 * @example
 * ```ts
 * import { tensor, transpose } from 'nacre';
 * await transpose(tensor([[1, 2], [3, 4]]), 0, 1).tolist(); // → [[1, 3], [2, 4]]
 * ```
 */
export const transpose = <T extends Tensor, const I extends number, const J extends number>(
  x: T,
  dim0: I & Fits<AlongAxis<'transpose', ShapeOf<T>, I>>,
  dim1: J & Fits<AlongAxis<'transpose', ShapeOf<T>, J>>,
): Shaped<T, Transpose<ShapeOf<T>, I, J>> => new Tensor(ops.transpose(x.node, dim0, dim1));

/**
 * Repeats axes of length 1 and adds axes in front; -1 keeps a length.
 *
 * Formula: y[i, j] = x[0, j], for an axis of length 1
 *
 * Shapes: x [1, n] → [m, n]
 *
 * @example
 * ```ts
 * import { expand, tensor } from 'nacre';
 * await expand(tensor([[1, 2]]), [2, -1]).tolist(); // → [[1, 2], [1, 2]]
 * ```
 */
export const expand = <T extends Tensor, const To extends Shape>(
  x: T,
  shape: To & Fits<Expand<ShapeOf<T>, To>>,
): Shaped<T, Expand<ShapeOf<T>, To>> => new Tensor(ops.expandOf(x.node, shape));

/**
 * The tensor repeated along each axis.
 *
 * Formula: y[i] = x[i mod n]
 *
 * Shapes: x [a, b] by [r, s] → [a·r, b·s]
 *
 * @example
 * ```ts
 * import { tensor, tile } from 'nacre';
 * await tile(tensor([1, 2]), [2, 2]).tolist(); // → [[1, 2, 1, 2], [1, 2, 1, 2]]
 * ```
 */
export const tile = <T extends Tensor, const Repeats extends Shape>(
  x: T,
  repeats: Repeats,
): Shaped<T, Tile<ShapeOf<T>, Repeats>> => x.tile(repeats);

/**
 * Tensors joined along an axis (default 0); the other lengths are equal, or a ShapeMismatchError says which are not.
 *
 * Formula: the elements of each tensor, one after the other
 *
 * Shapes: [a, n], [b, n], … along axis 0 → [a + b + …, n]
 *
 * @example
 * ```ts
 * import { concat, tensor } from 'nacre';
 * await concat([tensor([1, 2]), tensor([3])], 0).tolist(); // → [1, 2, 3]
 * ```
 */
export const concat = <const T extends readonly Tensor[], const Axis extends number = 0>(
  tensors: T & Fits<Concat<ShapesOf<T>, Axis>>,
  dim?: Axis,
): Tensor<Result<Concat<ShapesOf<T>, Axis>>, PromoteAll<DTypesOf<T>>> =>
  new Tensor(ops.concat(nodesOf('concat', tensors), dim));

/**
 * Tensors of one shape joined along a new axis (default 0), its place counted in the result. Throws a ShapeMismatchError where
 * shapes differ.
 *
 * Formula: y[i] = tensors[i]
 *
 * Shapes: n tensors [...] → [n, ...]
 *
 * @example
 * ```ts
 * import { stack, tensor } from 'nacre';
 * await stack([tensor([1, 2]), tensor([3, 4])], 0).tolist(); // → [[1, 2], [3, 4]]
 * ```
 */
export const stack = <const T extends readonly Tensor[], const Axis extends number = 0>(
  tensors: T & Fits<Stack<ShapesOf<T>, Axis>>,
  dim?: Axis,
): Tensor<Result<Stack<ShapesOf<T>, Axis>>, PromoteAll<DTypesOf<T>>> =>
  new Tensor(ops.stack(nodesOf('stack', tensors), dim));

/**
 * Pieces of one length (the last may be shorter), or of the lengths given, along an axis (default 0). Throws an ArgumentError
 * for lengths that do not add up.
 *
 * Formula: piece i = x[Σ of the sizes before, … + size i]
 *
 * Shapes: x [n, ...] → pieces [size, ...]
 *
 * @example
 * ```ts
 * import { arange, split } from 'nacre';
 * const [a, b] = split(arange(5), [2, 3]);
 * await a.tolist(); // → [0, 1]
 * await b.tolist(); // → [2, 3, 4]
 * ```
 */
export const split = <T extends Tensor, const Lengths extends number | Shape, const Axis extends number = 0>(
  x: T,
  lengths: Lengths,
  dim?: Axis & Fits<ResizeAxis<'split', ShapeOf<T>, Axis, number>>,
): Pieces<T, Lengths, Axis> => wrapAll(ops.split(x.node, lengths, dim)) as Pieces<T, Lengths, Axis>;

/**
 * At most `chunks` pieces of one length along an axis (default 0); the last may be shorter.
 *
 * Formula: pieces of ⌈n / chunks⌉
 *
 * Shapes: x [n, ...] → pieces [⌈n / chunks⌉, ...], the last may be shorter
 *
 * @example
 * ```ts
 * import { arange, chunk } from 'nacre';
 * const parts = chunk(arange(5), 2);
 * parts; // → [[0, 1, 2], [3, 4]]
 * ```
 */
export const chunk = <T extends Tensor, const Axis extends number = 0>(
  x: T,
  chunks: number,
  dim?: Axis & Fits<ResizeAxis<'chunk', ShapeOf<T>, Axis, number>>,
): Piece<T, Axis, number>[] => wrapAll(ops.chunk(x.node, chunks, dim)) as Piece<T, Axis, number>[];

/**
 * `length` elements of an axis from `start`.
 *
 * Formula: y[i] = x[start + i]
 *
 * Shapes: x [n, ...] → [length, ...]
 *
 * @example
 * ```ts
 * import { arange, narrow } from 'nacre';
 * await narrow(arange(5), 0, 1, 3).tolist(); // → [1, 2, 3]
 * ```
 */
export const narrow = <T extends Tensor, const Axis extends number, const Length extends number>(
  x: T,
  dim: Axis & Fits<AlongAxis<'narrow', ShapeOf<T>, Axis>>,
  start: number,
  length: Length,
): Shaped<T, Narrow<ShapeOf<T>, Axis, Length>> => new Tensor(ops.narrow(x.node, dim, start, length));

/**
 * Elements `start` (default 0) to `end` - 1 (default: all) of an axis, every `step`-th (default 1); places as in Python's
 * slices, steps positive.
 *
 * Formula: y[i] = x[start + i·step]
 *
 * Shapes: x [n, ...] → [⌈(end - start) / step⌉, ...]
 *
 * @example
 * ```ts
 * import { arange, slice } from 'nacre';
 * await slice(arange(6), 0, 1, 6, 2).tolist(); // → [1, 3, 5]
 * ```
 */
export const slice = <T extends Tensor, const Axis extends number>(
  x: T,
  dim: Axis & Fits<AlongAxis<'slice', ShapeOf<T>, Axis>>,
  start?: number,
  end?: number,
  step?: number,
): Shaped<T, ResizeAxis<'slice', ShapeOf<T>, Axis, number>> =>
  new Tensor(ops.slice(x.node, dim, start, end, step));

/**
 * The part at one place of an axis, which goes. Negative places count from the end.
 *
 * Formula: y = x[index]
 *
 * Shapes: x [n, ...] → [...]
 *
 * @example
 * ```ts
 * import { select, tensor } from 'nacre';
 * await select(tensor([[1, 2], [3, 4]]), 0, 1).tolist(); // → [3, 4]
 * ```
 */
export const select = <T extends Tensor, const Axis extends number>(
  x: T,
  dim: Axis & FitsReduce<'select', T, Axis, false>,
  index: number,
): Shaped<T, Reduce<'select', ShapeOf<T>, Axis>> => new Tensor(selectOf(x.node, dim, index));

/**
 * The elements in reverse order along the axes `dims`.
 *
 * Formula: y[i] = x[n - 1 - i]
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { flip, tensor } from 'nacre';
 * await flip(tensor([1, 2, 3]), 0).tolist(); // → [3, 2, 1]
 * ```
 */
export const flip = <T extends Tensor, const Axes extends number | Shape>(
  x: T,
  dims: Axes & Fits<AlongAxes<'flip', ShapeOf<T>, Axes>>,
): Like<T> => new Tensor(ops.flip(x.node, dims));

/**
 * Moves elements along axes, or through the flattened tensor; those that fall off one end come in at the other.
 *
 * Formula: y[i] = x[(i - shift) mod n]
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { roll, tensor } from 'nacre';
 * await roll(tensor([1, 2, 3]), 1, 0).tolist(); // → [3, 1, 2]
 * ```
 */
export const roll = <T extends Tensor, const Axes extends number | Shape>(
  x: T,
  shifts: number | Shape,
  dims?: Axes & Fits<AlongAxes<'roll', ShapeOf<T>, Axes>>,
): Like<T> => new Tensor(ops.roll(x.node, shifts, dims));

/**
 * Elements put around axes, the last axis first: `[left, right, top, bottom, …]`. Mode 'constant' puts `value` (default 0), and cuts
 * for negative amounts; 'reflect' the neighbours mirrored at the edge, 'replicate' the edge, 'circular' the other end.
 *
 * Formula: y[i] = x[i - left] inside, the value elsewhere
 *
 * Shapes: x [..., n] with [left, right] → [..., left + n + right]
 *
 * @example
 * ```ts
 * import { pad, tensor } from 'nacre';
 * await pad(tensor([1, 2]), [1, 2]).tolist(); // → [0, 1, 2, 0, 0]
 * ```
 */
export function pad<T extends Tensor, const Padding extends Shape>(
  x: T,
  padding: Padding & Fits<Pad<ShapeOf<T>, Padding>>,
  options: { mode?: PadMode; value?: number } = {},
): Shaped<T, Pad<ShapeOf<T>, Padding>> {
  const { mode = 'constant', value } = optionsOf('pad', options, ['mode', 'value']);
  requireOneOf('pad', 'mode', mode, ['constant', 'reflect', 'replicate', 'circular']);
  return new Tensor(ops.padBy('pad', x.node, padding, mode, value));
}

/**
 * Zeros above the diagonal of matrices, or above the one `diagonal` (default 0) further right.
 *
 * Formula: x[i, j] for j ≤ i + diagonal, else 0
 *
 * Shapes: x [..., m, n] → [..., m, n]
 *
 * @example
 * ```ts
 * import { tensor, tril } from 'nacre';
 * await tril(tensor([[1, 2], [3, 4]])).tolist(); // → [[1, 0], [3, 4]]
 * ```
 */
export const tril: <T extends Tensor>(x: T, diagonal?: number) => Like<T> = (x, diagonal) =>
  wrap(ops.tril(x.node, diagonal));

/**
 * Zeros below the diagonal of matrices, or below the one `diagonal` (default 0) further right.
 *
 * Formula: x[i, j] for j ≥ i + diagonal, else 0
 *
 * Shapes: x [..., m, n] → [..., m, n]
 *
 * @example
 * ```ts
 * import { tensor, triu } from 'nacre';
 * await triu(tensor([[1, 2], [3, 4]])).tolist(); // → [[1, 2], [0, 4]]
 * ```
 */
export const triu: <T extends Tensor>(x: T, diagonal?: number) => Like<T> = (x, diagonal) =>
  wrap(ops.triu(x.node, diagonal));

/**
 * The diagonal of the matrices in two axes (default: 0 and 1), as a new last axis; `offset` (default 0) takes the one so many
 * places further right.
 *
 * Formula: y[i] = x[i, i]
 *
 * Shapes: x [n, n] → [n]
 *
 * @example
 * ```ts
 * import { diagonal, tensor } from 'nacre';
 * await diagonal(tensor([[1, 2], [3, 4]])).tolist(); // → [1, 4]
 * ```
 */
export const diagonal = <T extends Tensor>(
  x: T & Fits<Diagonal<ShapeOf<T>>>,
  offset?: number,
  dim1?: number,
  dim2?: number,
): Shaped<T, Diagonal<ShapeOf<T>>> => new Tensor(ops.diagonal(nodeOf('diagonal', x), offset, dim1, dim2));
