/**
 * The functions of tensors, each of which takes the tensor first. Names and meanings are PyTorch's in camelCase; arguments that are
 * not the tensors or the one everybody writes go into one object. Operands are broadcast, and brought to one dtype.
 */
import type { DType } from '../base/dtype.ts';
import { ArgumentError } from '../base/errors.ts';
import type { Node } from '../graph/node.ts';
import { tensor } from './create.ts';
import * as ops from './ops/index.ts';
import { select as selectOf } from './ops/pick.ts';
import type {
  AlongAxes,
  AxisFn,
  Both,
  Chosen,
  Clamped,
  ClassLoss,
  ClassLossOptions,
  CombineFn,
  CompareFn,
  CosineSimilarity,
  Diagonal,
  DivideFn,
  Dot,
  DTypeOf,
  DTypesOf,
  Filled,
  FitsReduce,
  FloatFn,
  Floating,
  FloatLike,
  Interpolated,
  Keepdim,
  KlDiv,
  LayerNorm,
  Like,
  Linear,
  LogicFn,
  NormOptions,
  Numeric,
  NumericFn,
  Operand,
  Optional,
  Outer,
  Pad,
  PairLossFn,
  Piece,
  Pieces,
  PlaceFn,
  Powered,
  Reduced,
  ReduceFn,
  Shaped,
  ShapeOf,
  ShapesOf,
  TestFn,
  Three,
  Tile,
  Together,
  ValuesAndIndices,
  VarianceFn,
} from './signatures.ts';
import { nodeOf, operandOf, Tensor, wrapAll } from './tensor.ts';
import type {
  AlongAxis,
  Concat,
  CrossEntropy,
  Dims,
  EmbeddingShape,
  Expand,
  Fits,
  Flatten,
  Gather,
  IndexSelect,
  MatMul,
  Narrow,
  OneHot,
  Permute,
  Promote,
  PromoteAll,
  Reduce,
  Reduction,
  Reshape,
  ResizeAxis,
  Result,
  Shape,
  Squeeze,
  Stack,
  Transpose,
  Unsqueeze,
} from './types/index.ts';

const wrap = <S extends Shape, D extends DType>(node: Node): Tensor<S, D> => new Tensor(node);

const nodesOf = (op: string, tensors: readonly Tensor[]): Node[] => tensors.map((x) => nodeOf(op, x));

const optionalNode = (op: string, x: Optional<Tensor>): Node | null =>
  x === undefined || x === null ? null : nodeOf(op, x);

function requireOneOf(op: string, name: string, value: string, allowed: readonly string[]): void {
  if (allowed.includes(value)) return;
  throw new ArgumentError(`there is no ${name} '${value}'`, { op, hint: `Known: ${allowed.join(', ')}` });
}

/** The options as nodes; the weight of classes may be plain numbers. */
function classOptions({ weight, ignoreIndex, reduction }: ClassLossOptions<Reduction>): ops.ClassLossOptions {
  const perClass = Array.isArray(weight) ? tensor(weight, { dtype: 'float64' }) : weight;
  return { weight: optionalNode('weight', perClass as Optional<Tensor>), ignoreIndex, reduction };
}

// ---- element by element ----

/** e^x. */
export const exp: FloatFn = (x) => x.exp();
/** e^x - 1, exact near 0. */
export const expm1: FloatFn = (x) => x.expm1();
/** The natural logarithm. */
export const log: FloatFn = (x) => x.log();
/** log(1 + x), exact near 0. */
export const log1p: FloatFn = (x) => x.log1p();
/** The logarithm to base 2. */
export const log2: FloatFn = (x) => x.log2();
/** The logarithm to base 10. */
export const log10: FloatFn = (x) => x.log10();
/** The square root. */
export const sqrt: FloatFn = (x) => x.sqrt();
/** 1 / √x. */
export const rsqrt: FloatFn = (x) => x.rsqrt();
/** 1 / x. */
export const reciprocal: FloatFn = (x) => x.reciprocal();
/** The sine of an angle in radians. */
export const sin: FloatFn = (x) => x.sin();
/** The cosine of an angle in radians. */
export const cos: FloatFn = (x) => x.cos();
/** The tangent of an angle in radians. */
export const tan: FloatFn = (x) => x.tan();
/** The angle in [-π/2, π/2] with this sine. */
export const asin: FloatFn = (x) => x.asin();
/** The angle in [0, π] with this cosine. */
export const acos: FloatFn = (x) => x.acos();
/** The angle in (-π/2, π/2) with this tangent. */
export const atan: FloatFn = (x) => x.atan();
/** The hyperbolic sine. */
export const sinh: FloatFn = (x) => x.sinh();
/** The hyperbolic cosine. */
export const cosh: FloatFn = (x) => x.cosh();
/** The hyperbolic tangent. */
export const tanh: FloatFn = (x) => x.tanh();
/** ½·log((1 + x) / (1 - x)). */
export const atanh: FloatFn = (x) => x.atanh();
/** The error function, 2/√π · ∫₀ˣ exp(-t²) dt. */
export const erf: FloatFn = (x) => x.erf();
/** 1 / (1 + exp(-x)). */
export const sigmoid: FloatFn = (x) => x.sigmoid();
/** -x. */
export const neg: NumericFn = (x) => x.neg();
/** |x|. */
export const abs: NumericFn = (x) => x.abs();
/** -1, 0 or 1. */
export const sign: NumericFn = (x) => x.sign();
/** x². */
export const square: NumericFn = (x) => x.square();
/** The largest integer that is not above x. */
export const floor: NumericFn = (x) => x.floor();
/** The smallest integer that is not below x. */
export const ceil: NumericFn = (x) => x.ceil();
/** The nearest integer; halves go to the even one. */
export const round: NumericFn = (x) => x.round();
/** Whether x is not a number. */
export const isnan: TestFn = (x) => wrap(ops.isnan(x.node));
/** Whether x is neither infinite nor NaN. */
export const isfinite: TestFn = (x) => wrap(ops.isfinite(x.node));
/** Whether x is 0. */
export const logicalNot: TestFn = (x) => wrap(ops.logicalNot(x.node));
/** Values below `min` become `min`, above `max` become `max`; one of them may be left out. */
export const clamp = <
  T extends Tensor,
  Min extends Optional<number> = undefined,
  Max extends Optional<number> = undefined,
>(
  x: T,
  min?: Min,
  max?: Max,
): Clamped<T, Min, Max> => x.clamp(min, max);

// ---- activations ----

/** max(x, 0), in the dtype of x. */
export const relu: <T extends Tensor>(x: T) => Like<T> = (x) => wrap(x.relu().node);
/** Scaled `elu` whose constants keep activations standardized (Klambauer et al., 2017). */
export const selu: FloatFn = (x) => wrap(ops.selu(x.node));
/** x·sigmoid(x). */
export const silu: FloatFn = (x) => wrap(ops.silu(x.node));
/** x·tanh(softplus(x)). */
export const mish: FloatFn = (x) => wrap(ops.mish(x.node));
/** log(1 + exp(x)). */
export const softplus: FloatFn = (x) => wrap(ops.softplus(x.node));
/** x / (1 + |x|). */
export const softsign: FloatFn = (x) => wrap(ops.softsign(x.node));
/** log(sigmoid(x)), without overflow. */
export const logSigmoid: FloatFn = (x) => wrap(ops.logSigmoid(x.node));
/** (x + 3) / 6, between 0 and 1. */
export const hardsigmoid: FloatFn = (x) => wrap(ops.hardsigmoid(x.node));
/** x·hardsigmoid(x). */
export const hardswish: FloatFn = (x) => wrap(ops.hardswish(x.node));
/** x where it is positive, else `negativeSlope`·x. */
export const leakyRelu = <T extends Tensor>(
  x: T,
  /** Default: 0.01. */
  { negativeSlope }: { negativeSlope?: number } = {},
): FloatLike<T> => new Tensor(ops.leakyRelu(x.node, negativeSlope));
/** x where it is positive, else alpha·(exp(x) - 1). */
export const elu = <T extends Tensor>(
  x: T,
  /** Default: 1. */
  { alpha }: { alpha?: number } = {},
): FloatLike<T> => new Tensor(ops.elu(x.node, alpha));
/** x between `minVal` and `maxVal`, by default -1 and 1. */
export const hardtanh = <T extends Tensor>(
  x: T,
  { minVal, maxVal }: { minVal?: number; maxVal?: number } = {},
): FloatLike<T> => new Tensor(ops.hardtanh(ops.toFloat(x.node), minVal, maxVal));
/** x·Φ(x), Φ being the distribution function of the standard normal; `tanh` is a quicker approximation (Hendrycks and Gimpel, 2016). */
export function gelu<T extends Tensor>(
  x: T,
  { approximate = 'none' }: { approximate?: 'none' | 'tanh' } = {},
): FloatLike<T> {
  requireOneOf('gelu', 'approximate', approximate, ['none', 'tanh']);
  return new Tensor(ops.gelu(x.node, approximate));
}

// ---- two operands, each a tensor or a number ----

/** x + y. */
export const add: CombineFn<'add'> = (x, y) => wrap(ops.addOf(operandOf('add', x), operandOf('add', y)));
/** x - y. */
export const sub: CombineFn<'sub'> = (x, y) => wrap(ops.subOf(operandOf('sub', x), operandOf('sub', y)));
/** x·y. */
export const mul: CombineFn<'mul'> = (x, y) => wrap(ops.mulOf(operandOf('mul', x), operandOf('mul', y)));
/** x / y, as a float. */
export const div: DivideFn<'div'> = (x, y) => wrap(ops.divOf(operandOf('div', x), operandOf('div', y)));
/** What division of x by y leaves, with the sign of y. */
export const remainder: CombineFn<'remainder'> = (x, y) =>
  wrap(ops.remainder(operandOf('remainder', x), operandOf('remainder', y)));
/** The angle of the point (y, x) given as `atan2(y, x)`, in radians. */
export const atan2: DivideFn<'atan2'> = (x, y) =>
  wrap(ops.atan2(operandOf('atan2', x), operandOf('atan2', y)));
/** The larger of the two; NaN where one is. */
export const maximum: CombineFn<'maximum'> = (x, y) =>
  wrap(ops.maximum(operandOf('maximum', x), operandOf('maximum', y)));
/** The smaller of the two; NaN where one is. */
export const minimum: CombineFn<'minimum'> = (x, y) =>
  wrap(ops.minimum(operandOf('minimum', x), operandOf('minimum', y)));
/** x = y. */
export const eq: CompareFn<'eq'> = (x, y) => wrap(ops.eq(operandOf('eq', x), operandOf('eq', y)));
/** x ≠ y. */
export const ne: CompareFn<'ne'> = (x, y) => wrap(ops.ne(operandOf('ne', x), operandOf('ne', y)));
/** x < y. */
export const lt: CompareFn<'lt'> = (x, y) => wrap(ops.lt(operandOf('lt', x), operandOf('lt', y)));
/** x ≤ y. */
export const le: CompareFn<'le'> = (x, y) => wrap(ops.le(operandOf('le', x), operandOf('le', y)));
/** x > y. */
export const gt: CompareFn<'gt'> = (x, y) => wrap(ops.gt(operandOf('gt', x), operandOf('gt', y)));
/** x ≥ y. */
export const ge: CompareFn<'ge'> = (x, y) => wrap(ops.ge(operandOf('ge', x), operandOf('ge', y)));
/** x^y. Integers stay integers for whole powers from 0 to 8. */
export const pow: <A extends Operand, B extends Operand>(
  x: A,
  y: B & Fits<Both<'pow', A, B>>,
) => Powered<A, B> = (x, y) => wrap(ops.pow(operandOf('pow', x), operandOf('pow', y)));
/** Whether neither is 0. */
export const logicalAnd: LogicFn<'logicalAnd'> = (x, y) =>
  wrap(ops.logicalAnd(nodeOf('logicalAnd', x), nodeOf('logicalAnd', y)));
/** Whether one is not 0. */
export const logicalOr: LogicFn<'logicalOr'> = (x, y) =>
  wrap(ops.logicalOr(nodeOf('logicalOr', x), nodeOf('logicalOr', y)));
/** start + weight·(end - start). */
export const lerp = <A extends Operand, B extends Operand, W extends Operand>(
  start: A,
  end: B & Fits<Both<'lerp', A, B>>,
  weight: W & Fits<Three<'lerp', A, B, W>>,
): Interpolated<A, B, W> =>
  new Tensor(ops.lerp(operandOf('lerp', start), operandOf('lerp', end), operandOf('lerp', weight)));
/** x where the condition, a bool tensor, holds, else y. */
export const where = <C extends Tensor, A extends Operand, B extends Operand>(
  condition: C,
  x: A & Fits<Both<'where', C, A>>,
  y: B & Fits<Three<'where', C, A, B>>,
): Chosen<C, A, B> =>
  new Tensor(ops.whereOf(nodeOf('where', condition), operandOf('where', x), operandOf('where', y)));
/** `value` where the mask holds, else x. */
export const maskedFill = <T extends Tensor, M extends Tensor, N extends number>(
  x: T,
  mask: M & Fits<Both<'maskedFill', T, M>>,
  value: N,
): Filled<T, M, N> => new Tensor(ops.maskedFill(x.node, nodeOf('maskedFill', mask), value));

// ---- reductions: over one axis, several, or all ----

/** Σ x. */
export const sum: ReduceFn<'sum', 'numeric'> = (x, dim, options) =>
  wrap(ops.sumOf(x.node, dim, options?.keepdim));
/** Π x. */
export const prod: ReduceFn<'prod', 'numeric'> = (x, dim, options) =>
  wrap(ops.prod(x.node, dim, options?.keepdim));
/** Σ x / n. */
export const mean: ReduceFn<'mean', 'float'> = (x, dim, options) =>
  wrap(ops.mean(x.node, dim, options?.keepdim));
/** The largest element; a gradient is shared between equal ones. */
export const amax: ReduceFn<'amax', 'same'> = (x, dim, options) =>
  wrap(ops.amax(x.node, dim, options?.keepdim));
/** The smallest element; a gradient is shared between equal ones. */
export const amin: ReduceFn<'amin', 'same'> = (x, dim, options) =>
  wrap(ops.amin(x.node, dim, options?.keepdim));
/** Whether an element is not 0. */
export const any: ReduceFn<'any', 'bool'> = (x, dim, options) => wrap(ops.any(x.node, dim, options?.keepdim));
/** Whether no element is 0. */
export const all: ReduceFn<'all', 'bool'> = (x, dim, options) => wrap(ops.all(x.node, dim, options?.keepdim));
/** The first place of the largest element along an axis, or in the flattened tensor, as int32. */
export const argmax: PlaceFn<'argmax'> = (x, dim, options) => wrap(ops.argmax(x.node, dim, options?.keepdim));
/** The first place of the smallest element along an axis, or in the flattened tensor, as int32. */
export const argmin: PlaceFn<'argmin'> = (x, dim, options) => wrap(ops.argmin(x.node, dim, options?.keepdim));
/** Σ (x - mean)² / (n - correction). */
export const variance: VarianceFn<'var'> = (x, dim, options) =>
  wrap(ops.variance(x.node, dim, options?.correction, options?.keepdim));
export { variance as var };
/** The square root of the variance. */
export const std: VarianceFn<'std'> = (x, dim, options) =>
  wrap(ops.std(x.node, dim, options?.correction, options?.keepdim));
/** The largest element; along an axis, the largest elements and their places (the first of equal ones). */
export function max<T extends Tensor>(x: T): Tensor<[], T['dtype']>;
export function max<T extends Tensor, const Axis extends number, K extends boolean = false>(
  x: T,
  dim: Axis & FitsReduce<'max', T, Axis, K>,
  options?: Keepdim<K>,
): ValuesAndIndices<'max', T, Axis, K>;
export function max(x: Tensor, dim?: number | null, options?: Keepdim<boolean>): Tensor | [Tensor, Tensor] {
  return dim === undefined || dim === null ? x.max() : x.max(dim, options);
}
/** The smallest element; along an axis, the smallest elements and their places (the first of equal ones). */
export function min<T extends Tensor>(x: T): Tensor<[], T['dtype']>;
export function min<T extends Tensor, const Axis extends number, K extends boolean = false>(
  x: T,
  dim: Axis & FitsReduce<'min', T, Axis, K>,
  options?: Keepdim<K>,
): ValuesAndIndices<'min', T, Axis, K>;
export function min(x: Tensor, dim?: number | null, options?: Keepdim<boolean>): Tensor | [Tensor, Tensor] {
  return dim === undefined || dim === null ? x.min() : x.min(dim, options);
}
/** (Σ |x|^p)^(1/p), as `norm(x, { p, dim, keepdim })` or `norm(x, p, dim, { keepdim })`; p is 2 by default. */
export function norm<T extends Tensor, const Axes extends Dims = undefined, K extends boolean = false>(
  x: T,
  options?: NormOptions<Axes, K> & FitsReduce<'norm', T, Axes, K>,
): Reduced<'norm', 'float', T, Axes, K>;
export function norm<T extends Tensor, const Axes extends Dims = undefined, K extends boolean = false>(
  x: T,
  p: number,
  dim?: Axes & FitsReduce<'norm', T, Axes, K>,
  options?: Keepdim<K>,
): Reduced<'norm', 'float', T, Axes, K>;
export function norm(
  x: Tensor,
  p: number | NormOptions<Dims, boolean> = {},
  dim?: Dims,
  options?: Keepdim<boolean>,
): Tensor {
  return typeof p === 'number' ? x.norm(p, dim, options) : x.norm(p);
}
/** log Σ exp(x), without overflow. */
export const logsumexp = <T extends Tensor, const Axes extends number | Shape, K extends boolean = false>(
  x: T,
  dim: Axes & FitsReduce<'logsumexp', T, Axes, K>,
  options?: Keepdim<K>,
): Reduced<'logsumexp', 'float', T, Axes, K> => new Tensor(ops.logsumexp(x.node, dim, options?.keepdim));
/** exp(x) / Σ exp(x) along an axis. */
export const softmax: AxisFn<'softmax'> = (x, dim) => wrap(ops.softmax(x.node, dim));
/** log(softmax(x)), without computing the softmax. */
export const logSoftmax: AxisFn<'logSoftmax'> = (x, dim) => wrap(ops.logSoftmax(x.node, dim));

// ---- shapes ----

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
 * Elements put around axes, the last axis first: `[left, right, top, bottom, …]`. Negative amounts cut. `value` is 0 by default.
 * Throws an ArgumentError for a mode other than 'constant'.
 */
export function pad<T extends Tensor, const Padding extends Shape>(
  x: T,
  padding: Padding & Fits<Pad<ShapeOf<T>, Padding>>,
  { mode = 'constant', value }: { mode?: 'constant'; value?: number } = {},
): Shaped<T, Pad<ShapeOf<T>, Padding>> {
  requireOneOf('pad', 'mode', mode, ['constant']);
  return new Tensor(ops.pad(x.node, padding, value));
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

// ---- indexing by tensors ----

/** out[i][j] = x[index[i][j]][j] for axis 0, and so on. */
export const gather = <T extends Tensor, const Axis extends number, I extends Tensor>(
  x: T,
  dim: Axis & Fits<AlongAxis<'gather', ShapeOf<T>, Axis>>,
  index: I & Fits<Gather<ShapeOf<T>, Axis, ShapeOf<I>>>,
): Shaped<T, Gather<ShapeOf<T>, Axis, ShapeOf<I>>> =>
  new Tensor(ops.gather(x.node, dim, nodeOf('gather', index)));
/** x with source[i][j] added at [index[i][j]][j] for axis 0, and so on. */
export const scatterAdd = <T extends Tensor, const Axis extends number>(
  x: T,
  dim: Axis & Fits<AlongAxis<'scatterAdd', ShapeOf<T>, Axis>>,
  index: Tensor,
  source: Tensor,
): Like<T> =>
  new Tensor(ops.scatterAdd(x.node, dim, nodeOf('scatterAdd', index), nodeOf('scatterAdd', source)));
/** The slices of an axis that a list of indices names. */
export const indexSelect = <T extends Tensor, const Axis extends number, I extends Tensor>(
  x: T,
  dim: Axis & Fits<AlongAxis<'indexSelect', ShapeOf<T>, Axis>>,
  index: I & Fits<IndexSelect<ShapeOf<T>, Axis, ShapeOf<I>>>,
): Shaped<T, IndexSelect<ShapeOf<T>, Axis, ShapeOf<I>>> =>
  new Tensor(ops.indexSelect(x.node, dim, nodeOf('indexSelect', index)));
/** 1 at the place each index names, 0 elsewhere, along a new last axis of `numClasses`, as int32. */
export const oneHot = <T extends Tensor, const N extends number>(
  indices: T,
  numClasses: N,
): Tensor<OneHot<ShapeOf<T>, N>, 'int32'> => new Tensor(ops.oneHot(indices.node, numClasses));
/** The rows of `weight` that the indices name: `[...indices, features]`. */
export const embedding = <I extends Tensor, W extends Tensor>(
  indices: I,
  weight: W & Fits<EmbeddingShape<ShapeOf<I>, ShapeOf<W>>>,
): Tensor<Result<EmbeddingShape<ShapeOf<I>, ShapeOf<W>>>, W['dtype']> =>
  new Tensor(ops.embedding(indices.node, nodeOf('embedding', weight)));

// ---- products ----

/** Product of matrices: vectors are rows on the left and columns on the right, leading axes are broadcast. */
export const matmul = <A extends Tensor, B extends Tensor>(
  x: A,
  y: B & Fits<MatMul<ShapeOf<A>, ShapeOf<B>>>,
): Tensor<Result<MatMul<ShapeOf<A>, ShapeOf<B>>>, Together<A, B>> =>
  new Tensor(ops.matmul(nodeOf('matmul', x), nodeOf('matmul', y)));
/** Σ xᵢ·yᵢ of two vectors. */
export const dot = <A extends Tensor, B extends Tensor>(
  x: A,
  y: B & Fits<Dot<ShapeOf<A>, ShapeOf<B>>>,
): Tensor<Result<Dot<ShapeOf<A>, ShapeOf<B>>>, Numeric<Together<A, B>>> =>
  new Tensor(ops.dot(nodeOf('dot', x), nodeOf('dot', y)));
/** xᵢ·yⱼ of two vectors. */
export const outer = <A extends Tensor, B extends Tensor>(
  x: A,
  y: B & Fits<Outer<ShapeOf<A>, ShapeOf<B>>>,
): Tensor<Result<Outer<ShapeOf<A>, ShapeOf<B>>>, Numeric<Together<A, B>>> =>
  new Tensor(ops.outer(nodeOf('outer', x), nodeOf('outer', y)));
/**
 * Einstein summation over the letters of `equation`, as `einsum('ij,jk->ik', a, b)`; without an arrow the result has the letters that
 * occur once, in alphabetical order; `...` stands for leading axes.
 */
export const einsum = <const T extends readonly [Tensor, ...Tensor[]]>(
  equation: string,
  ...operands: T
): Tensor<Shape, PromoteAll<DTypesOf<T>>> => new Tensor(ops.einsum(equation, nodesOf('einsum', operands)));

// ---- layers ----

/** x·Wᵀ + b, with the weight `[outFeatures, inFeatures]` and the bias `[outFeatures]`. */
export const linear = <T extends Tensor, W extends Tensor>(
  x: T,
  weight: W & Fits<Linear<ShapeOf<T>, ShapeOf<W>>>,
  bias?: Optional<Tensor>,
): Tensor<Result<Linear<ShapeOf<T>, ShapeOf<W>>>, Together<T, W>> =>
  new Tensor(ops.linear(x.node, nodeOf('linear', weight), optionalNode('linear', bias)));
/**
 * (x - mean) / √(var + eps) over the last axes, which have the shape `normalizedShape`, times weight, plus bias, both of that shape
 * (Ba, Kiros and Hinton, 2016). `eps` is 1e-5 by default.
 */
export function layerNorm<T extends Tensor, const N extends number | Shape, W extends Tensor = never>(
  x: T,
  normalizedShape: N & Fits<LayerNorm<ShapeOf<T>, N>>,
  weight?: Optional<W>,
  bias?: Optional<Tensor>,
  { eps }: { eps?: number } = {},
): Tensor<Result<LayerNorm<ShapeOf<T>, N>>, Floating<Promote<T['dtype'], DTypeOf<W, T['dtype']>>>> {
  const op = 'layerNorm';
  const shape: Shape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
  return new Tensor(ops.layerNorm(x.node, shape, optionalNode(op, weight), optionalNode(op, bias), eps));
}
/**
 * With probability `p` an element becomes 0, else it is scaled by 1 / (1 - p) (Srivastava et al., 2014). Without `training`, which is
 * on by default, x stays as it is.
 */
export function dropout<T extends Tensor>(
  x: T,
  p = 0.5,
  { training = true }: { training?: boolean } = {},
): FloatLike<T> {
  const value = ops.toFloat(x.node);
  return new Tensor(training ? ops.dropout(value, p) : value);
}

// ---- losses ----

/** -log of the probability of the target class, from log-probabilities `[N, C, …]` or `[C]` and classes `[N, …]` or one. */
export const nllLoss = <T extends Tensor, Y extends Tensor, const R extends Reduction = 'mean'>(
  logProbabilities: T,
  target: Y & Fits<CrossEntropy<'nllLoss', ShapeOf<T>, ShapeOf<Y>, R>>,
  options: ClassLossOptions<R> = {},
): ClassLoss<'nllLoss', T, Y, R> =>
  new Tensor(
    ops.nllLoss(ops.toFloat(logProbabilities.node), nodeOf('nllLoss', target), classOptions(options)),
  );
/**
 * Cross-entropy of logits `[N, C, …]` or `[C]` with classes `[N, …]` or one, or with probabilities of the logits' own shape.
 * `labelSmoothing` (default 0) spreads that part of each target evenly over the classes.
 */
export const crossEntropy = <T extends Tensor, Y extends Tensor, const R extends Reduction = 'mean'>(
  logits: T,
  target: Y & Fits<CrossEntropy<'crossEntropy', ShapeOf<T>, ShapeOf<Y>, R>>,
  options: ClassLossOptions<R> & { labelSmoothing?: number } = {},
): ClassLoss<'crossEntropy', T, Y, R> =>
  new Tensor(
    ops.crossEntropy(logits.node, nodeOf('crossEntropy', target), {
      ...classOptions(options),
      labelSmoothing: options.labelSmoothing,
    }),
  );
/** (x - y)². */
export const mseLoss: PairLossFn<'mseLoss'> = (input, target, options) =>
  wrap(ops.mseLoss(nodeOf('mseLoss', input), nodeOf('mseLoss', target), options?.reduction));
/** |x - y|. */
export const l1Loss: PairLossFn<'l1Loss'> = (input, target, options) =>
  wrap(ops.l1Loss(nodeOf('l1Loss', input), nodeOf('l1Loss', target), options?.reduction));
/** -(y·log x + (1 - y)·log(1 - x)) of probabilities; the logarithms are not below -100. */
export const binaryCrossEntropy: PairLossFn<'binaryCrossEntropy'> = (input, target, options) =>
  wrap(
    ops.binaryCrossEntropy(
      nodeOf('binaryCrossEntropy', input),
      nodeOf('binaryCrossEntropy', target),
      options?.reduction,
    ),
  );
/** Binary cross-entropy of sigmoid(x), without computing the sigmoid. */
export const binaryCrossEntropyWithLogits: PairLossFn<'binaryCrossEntropyWithLogits'> = (
  input,
  target,
  options,
) =>
  wrap(
    ops.binaryCrossEntropyWithLogits(
      nodeOf('binaryCrossEntropyWithLogits', input),
      nodeOf('binaryCrossEntropyWithLogits', target),
      options?.reduction,
    ),
  );
/** ½d² for |d| < delta, else delta·(|d| - ½delta); delta is 1 by default. */
export const huberLoss: PairLossFn<'huberLoss', { delta?: number }> = (input, target, options) =>
  wrap(
    ops.huberLoss(
      nodeOf('huberLoss', input),
      nodeOf('huberLoss', target),
      options?.delta,
      options?.reduction,
    ),
  );
/** ½d²/beta for |d| < beta, else |d| - ½beta; beta is 1 by default. */
export const smoothL1Loss: PairLossFn<'smoothL1Loss', { beta?: number }> = (input, target, options) =>
  wrap(
    ops.smoothL1Loss(
      nodeOf('smoothL1Loss', input),
      nodeOf('smoothL1Loss', target),
      options?.beta,
      options?.reduction,
    ),
  );
/** x where the target is 1, max(0, margin - x) where it is -1; margin is 1 by default. */
export const hingeEmbeddingLoss: PairLossFn<'hingeEmbeddingLoss', { margin?: number }> = (
  input,
  target,
  options,
) =>
  wrap(
    ops.hingeEmbeddingLoss(
      nodeOf('hingeEmbeddingLoss', input),
      nodeOf('hingeEmbeddingLoss', target),
      options?.margin,
      options?.reduction,
    ),
  );
/**
 * y·(log y - x), the divergence of log-probabilities x from probabilities y, which are given as logarithms with `logTarget`. The
 * reduction `batchmean` divides the sum by the length of the first axis.
 */
export const klDiv = <T extends Tensor, Y extends Tensor, const R extends Reduction | 'batchmean' = 'mean'>(
  input: T,
  target: Y & Fits<KlDiv<ShapeOf<T>, ShapeOf<Y>, R>>,
  { reduction, logTarget }: { reduction?: R; logTarget?: boolean } = {},
): Tensor<Result<KlDiv<ShapeOf<T>, ShapeOf<Y>, R>>, Floating<T['dtype']>> =>
  new Tensor(ops.klDiv(nodeOf('klDiv', input), nodeOf('klDiv', target), logTarget, reduction));
/** x·y / (max(‖x‖, eps)·max(‖y‖, eps)) along `dim` (default 1) of the broadcast operands; `eps` is 1e-8 by default. */
export const cosineSimilarity = <A extends Tensor, B extends Tensor, const Axis extends number = 1>(
  x: A,
  y: B & Fits<CosineSimilarity<A, B, Axis>>,
  { dim, eps }: { dim?: Axis; eps?: number } = {},
): Tensor<Result<CosineSimilarity<A, B, Axis>>, Floating<Together<A, B>>> =>
  new Tensor(ops.cosineSimilarity(nodeOf('cosineSimilarity', x), nodeOf('cosineSimilarity', y), dim, eps));
