/**
 * The types that methods and functions of tensors are declared with, on top of the shape rules of `types/`.
 *
 * - A method whose types compute with the shape takes it from `this: T`, so that the class stays covariant in its shape.
 * - Every tensor argument is inferred whole (`T extends Tensor`, then `ShapeOf<T>`), so that a union of two shapes fits too.
 * - The argument that is to blame carries `Fits<rule>`, the result is `Tensor<Result<rule>>`.
 */
import type { DType } from '../base/dtype.ts';
import type { Tensor } from './tensor.ts';
import type {
  AlongAxis,
  Apply,
  Broadcast,
  BroadcastAll,
  CheckAxes,
  CrossEntropy,
  Dims,
  Fits,
  IfUnknownRank,
  LayerNormFn,
  LinearFn,
  Loss,
  Product,
  Promote,
  Reduce,
  Reduction,
  ResizeAxis,
  Result,
  SameShape,
  SameSize,
  Shape,
  ShapeError,
  ShowShape,
  Sum,
  UnknownSizes,
} from './types/index.ts';

// ---- operands ----

/** What stands beside a tensor in an operation of two: any tensor, or a number, which has rank 0. */
export type Operand = Tensor | number;
export type ShapeOf<T> = T extends Tensor<infer S, DType> ? S : [];
export type DTypeOf<T, Default extends DType> = T extends Tensor<Shape, infer D> ? D : Default;
export type ShapesOf<T extends readonly Tensor[]> = { [I in keyof T]: ShapeOf<T[I]> };
export type DTypesOf<T extends readonly Tensor[]> = { [I in keyof T]: T[I]['dtype'] };

// ---- dtypes of results ----

type FloatDType = 'float32' | 'float64' | 'float16' | 'bfloat16';

/** Floats as they are, the rest as float32; of an unknown dtype nothing more is known. */
export type Floating<D extends DType> = DType extends D ? DType : D extends FloatDType ? D : 'float32';

/** Arithmetic takes bool as int32. */
export type Numeric<D extends DType> = DType extends D ? DType : D extends 'bool' ? 'int32' : D;

/** Sums and products of integers and bool are int32. */
export type Total<D extends DType> = DType extends D ? DType : D extends FloatDType ? D : 'int32';

/** A number follows the tensor beside it; a fraction beside integers makes float32. */
export type WithNumber<D extends DType, N> = DType extends D
  ? DType
  : D extends FloatDType
    ? D
    : N extends number
      ? number extends N
        ? Numeric<D> | 'float32'
        : `${N}` extends `${bigint}`
          ? Numeric<D>
          : 'float32'
      : D;

/** The dtype that two operands are brought to. */
export type Together<A, B> =
  A extends Tensor<Shape, infer DA>
    ? B extends Tensor<Shape, infer DB>
      ? Promote<DA, DB>
      : WithNumber<DA, B>
    : B extends Tensor<Shape, infer DB>
      ? WithNumber<DB, A>
      : 'float32';

/** A power with a number: small whole powers keep integers, others make floats; with a tensor always a float. */
type PowDType<A, B> =
  A extends Tensor<Shape, infer D>
    ? B extends number
      ? D extends FloatDType
        ? D
        : Numeric<D> | 'float32'
      : Floating<Together<A, B>>
    : Floating<Together<A, B>>;

// ---- one tensor ----

/** As the tensor: its shape and dtype. */
export type Like<T extends Tensor> = Tensor<ShapeOf<T>, T['dtype']>;
export type FloatLike<T extends Tensor> = Tensor<ShapeOf<T>, Floating<T['dtype']>>;
export type NumericLike<T extends Tensor> = Tensor<ShapeOf<T>, Numeric<T['dtype']>>;
export type TotalLike<T extends Tensor> = Tensor<ShapeOf<T>, Total<T['dtype']>>;

/** Element by element, with a result that is not whole. */
export type FloatFn = <T extends Tensor>(x: T) => FloatLike<T>;
/** Element by element; integers stay integers. */
export type NumericFn = <T extends Tensor>(x: T) => NumericLike<T>;
/** A question asked of every element. */
export type TestFn = <T extends Tensor>(x: T) => Tensor<ShapeOf<T>, 'bool'>;

/** Bounds that are not given leave the dtype as it is. */
type WithBound<D extends DType, B> = B extends Tensor<Shape, infer DB> ? Promote<D, DB> : WithNumber<D, B>;

/** Bounds that are tensors are broadcast. */
type ClampedShape<T, Min, Max> = [Min, Max] extends [Optional<number>, Optional<number>]
  ? ShapeOf<T>
  : Result<Three<'clamp', T, Min, Max>>;

export type Clamped<T extends Tensor, Min, Max> = Tensor<
  ClampedShape<T, Min, Max>,
  WithBound<WithBound<T['dtype'], Min>, Max>
>;

export interface RoundOptions {
  /** Decimal places that are kept; below zero, places before the point are rounded too. Floats only. Default: 0. */
  decimals?: number;
}

// ---- two tensors ----

/** The broadcast shape of an operation of two, or the reason why there is none. */
export type Both<Op extends string, A, B> = Broadcast<Op, ShapeOf<A>, ShapeOf<B>>;

export type Combined<Op extends string, A, B> = Tensor<Result<Both<Op, A, B>>, Numeric<Together<A, B>>>;
export type Divided<Op extends string, A, B> = Tensor<Result<Both<Op, A, B>>, Floating<Together<A, B>>>;
export type Compared<Op extends string, A, B> = Tensor<Result<Both<Op, A, B>>, 'bool'>;
export type Powered<A, B> = Tensor<Result<Both<'pow', A, B>>, PowDType<A, B>>;
export type Filled<T extends Tensor, M, N> = Tensor<
  Result<Both<'maskedFill', T, M>>,
  T['dtype'] extends 'bool' ? 'bool' : WithNumber<T['dtype'], N>
>;

export type CombineFn<Op extends string> = <A extends Operand, B extends Operand>(
  x: A,
  y: B & Fits<Both<Op, A, B>>,
) => Combined<Op, A, B>;
export type DivideFn<Op extends string> = <A extends Operand, B extends Operand>(
  x: A,
  y: B & Fits<Both<Op, A, B>>,
) => Divided<Op, A, B>;
export interface AlphaOptions {
  /** What the second operand is multiplied with first; a whole number where both are integers. Default: 1. */
  alpha?: number;
}

/** A sum or a difference. */
export type SumFn<Op extends string> = <A extends Operand, B extends Operand>(
  x: A,
  y: B & Fits<Both<Op, A, B>>,
  options?: AlphaOptions,
) => Combined<Op, A, B>;

export interface DivideOptions<M extends RoundingMode> {
  /** 'trunc' rounds the quotient toward zero, 'floor' down; then integers give integers. Default: null, not rounded. */
  roundingMode?: M;
}
export type RoundingMode = 'trunc' | 'floor' | null | undefined;

/** A quotient, which is rounded or a float. */
export type Quotient<A, B, M extends RoundingMode> = [M] extends ['trunc' | 'floor']
  ? Combined<'div', A, B>
  : [M] extends [null | undefined]
    ? Divided<'div', A, B>
    : Tensor<Result<Both<'div', A, B>>>;

export type CompareFn<Op extends string> = <A extends Operand, B extends Operand>(
  x: A,
  y: B & Fits<Both<Op, A, B>>,
) => Compared<Op, A, B>;
/** Two tensors of truth values; others count as true where they are not 0. */
export type LogicFn<Op extends string> = <A extends Tensor, B extends Tensor>(
  x: A,
  y: B & Fits<Both<Op, A, B>>,
) => Compared<Op, A, B>;

/** The broadcast shape of an operation of three. */
export type Three<Op extends string, A, B, C> = BroadcastAll<Op, [ShapeOf<A>, ShapeOf<B>, ShapeOf<C>]>;
export type Chosen<C, A, B> = Tensor<Result<Three<'where', C, A, B>>, Together<A, B>>;
export type Interpolated<A, B, W> = Tensor<
  Result<Three<'lerp', A, B, W>>,
  Floating<Promote<Together<A, B>, DTypeOf<W, Together<A, B>>>>
>;

// ---- reductions ----

export interface Keepdim<K extends boolean> {
  /** Whether reduced axes stay, with length 1. Default: no. */
  keepdim?: K;
}

/** How the dtype of a reduction follows from its operand's. */
interface ReducedDType<D extends DType> {
  same: D;
  total: Total<D>;
  float: Floating<D>;
  bool: 'bool';
  int32: 'int32';
}

export type Reduced<
  Op extends string,
  Kind extends keyof ReducedDType<DType>,
  T extends Tensor,
  Axes extends Dims,
  K extends boolean,
> = Tensor<Result<Reduce<Op, ShapeOf<T>, Axes, K>>, ReducedDType<T['dtype']>[Kind]>;

export type FitsReduce<Op extends string, T, Axes extends Dims, K extends boolean> = Fits<
  Reduce<Op, ShapeOf<T>, Axes, K>
>;

/** Over one axis, several, or all. */
export type ReduceFn<Op extends string, Kind extends keyof ReducedDType<DType>> = <
  T extends Tensor,
  const Axes extends Dims = undefined,
  K extends boolean = false,
>(
  x: T,
  dim?: Axes & FitsReduce<Op, T, Axes, K>,
  options?: Keepdim<K>,
) => Reduced<Op, Kind, T, Axes, K>;

export interface DTypeOption<D extends DType | undefined> {
  /** What the elements are turned into first, and the dtype of the result. Default: it follows from the tensor's. */
  dtype?: D;
}

/** A dtype that was asked for, or else the one that follows. */
export type Asked<D extends DType | undefined, Else extends DType> = D extends DType ? D : Else;

export type ReducedAs<
  Op extends string,
  Kind extends keyof ReducedDType<DType>,
  T extends Tensor,
  Axes extends Dims,
  K extends boolean,
  D extends DType | undefined,
> = Tensor<Result<Reduce<Op, ShapeOf<T>, Axes, K>>, Asked<D, ReducedDType<T['dtype']>[Kind]>>;

/** Sums, products and means, of whose dtype one may choose. */
export type TotalFn<Op extends string, Kind extends keyof ReducedDType<DType>> = <
  T extends Tensor,
  const Axes extends Dims = undefined,
  K extends boolean = false,
  D extends DType | undefined = undefined,
>(
  x: T,
  dim?: Axes & FitsReduce<Op, T, Axes, K>,
  options?: Keepdim<K> & DTypeOption<D>,
) => ReducedAs<Op, Kind, T, Axes, K, D>;

/** The place of an element along one axis, or in the flattened tensor. */
export type PlaceFn<Op extends string> = <
  T extends Tensor,
  const Axis extends number | null | undefined = undefined,
  K extends boolean = false,
>(
  x: T,
  dim?: Axis & FitsReduce<Op, T, Axis, K>,
  options?: Keepdim<K>,
) => Reduced<Op, 'int32', T, Axis, K>;

export interface VarianceOptions<K extends boolean> extends Keepdim<K> {
  /** Subtracted from the number of elements before dividing. Default: 1, Bessel's correction. */
  correction?: number;
}

export type VarianceFn<Op extends string> = <
  T extends Tensor,
  const Axes extends Dims = undefined,
  K extends boolean = false,
>(
  x: T,
  dim?: Axes & FitsReduce<Op, T, Axes, K>,
  options?: VarianceOptions<K>,
) => Reduced<Op, 'float', T, Axes, K>;

export interface NormOptions<Axes extends Dims, K extends boolean> extends Keepdim<K> {
  /** The order of the norm: a number, Infinity or -Infinity, or 0 to count what is not 0. Default: 2. */
  p?: number;
  /** The axes to reduce. Default: all. */
  dim?: Axes;
}

/** Values and their places, as `max` and `min` along an axis give them. */
export type ValuesAndIndices<Op extends string, T extends Tensor, Axis extends number, K extends boolean> = [
  values: Reduced<Op, 'same', T, Axis, K>,
  indices: Reduced<Op, 'int32', T, Axis, K>,
];

// ---- sorting ----

export interface SortOptions<Axis> {
  /** The axis to sort along. Default: the last. */
  dim?: Axis;
  /** From the largest to the smallest. Default: no. */
  descending?: boolean;
  /** Whether equal elements keep their order. They do either way. */
  stable?: boolean;
}

export interface TopkOptions<Axis> {
  /** The axis to look along. Default: the last. */
  dim?: Axis;
  /** The largest elements, or else the smallest. Default: yes. */
  largest?: boolean;
  /** Whether the best come first. They do either way. */
  sorted?: boolean;
}

export type Sorted<T extends Tensor> = [values: Like<T>, indices: Tensor<ShapeOf<T>, 'int32'>];

export type TopK<T extends Tensor, K extends number, Axis extends number> = [
  values: Shaped<T, ResizeAxis<'topk', ShapeOf<T>, Axis, K>>,
  indices: Tensor<Result<ResizeAxis<'topk', ShapeOf<T>, Axis, K>>, 'int32'>,
];

/** Along one axis, of floats. */
export type AxisFn<Op extends string> = <
  T extends Tensor,
  const Axis extends number,
  D extends DType | undefined = undefined,
>(
  x: T,
  dim: Axis & Fits<AlongAxis<Op, ShapeOf<T>, Axis>>,
  options?: DTypeOption<D>,
) => Tensor<ShapeOf<T>, Asked<D, Floating<T['dtype']>>>;

/** Along an axis; integers stay integers. */
export type CumulativeFn<Op extends string> = <
  T extends Tensor,
  const Axis extends number,
  D extends DType | undefined = undefined,
>(
  x: T,
  dim: Axis & Fits<AlongAxis<Op, ShapeOf<T>, Axis>>,
  options?: DTypeOption<D>,
) => Tensor<ShapeOf<T>, Asked<D, Total<T['dtype']>>>;

// ---- shapes ----

/** A tensor of another shape, by a rule, with the same elements or some of them. */
export type Shaped<T extends Tensor, Rule> = Tensor<Result<Rule>, T['dtype']>;

/** The shape itself, if one axis or all of a list are inside it. */
export type AlongAxes<Op extends string, S extends Shape, Axes extends number | Shape> = S extends unknown
  ? IfUnknownRank<
      S,
      Shape,
      Axes extends number
        ? CheckAxes<Op, S, readonly [Axes], S>
        : Axes extends Shape
          ? IfUnknownRank<Axes, S, CheckAxes<Op, S, Axes, S>>
          : never
    >
  : never;

/** The shape of `tile(repeats)`: aligned at the last axis, lengths times repeats. */
export type Tile<S extends Shape, Repeats extends Shape> = IfUnknownRank<
  S,
  Shape,
  IfUnknownRank<Repeats, Shape, TileFromEnd<S, Repeats>>
>;

type TileFromEnd<S extends Shape, Repeats extends Shape, Out extends Shape = []> = S extends readonly [
  ...infer Front extends Shape,
  infer Last extends number,
]
  ? Repeats extends readonly [...infer FrontRepeats extends Shape, infer Times extends number]
    ? TileFromEnd<Front, FrontRepeats, [Product<[Last, Times]>, ...Out]>
    : [...S, ...Out]
  : [...Repeats, ...Out];

/** The shape of `pad([left, right, top, bottom, …])`: the last axes grow. */
export type Pad<S extends Shape, Padding extends Shape> = IfUnknownRank<
  S,
  Shape,
  IfUnknownRank<Padding, UnknownSizes<S>, PadFromEnd<S, Padding, S, Padding>>
>;

type PadFromEnd<
  S extends Shape,
  Padding extends Shape,
  RestS extends Shape,
  RestPadding extends Shape,
  Out extends Shape = [],
> = RestPadding extends readonly [
  infer Before extends number,
  infer After extends number,
  ...infer More extends Shape,
]
  ? RestS extends readonly [...infer Front extends Shape, infer Last extends number]
    ? PadFromEnd<S, Padding, Front, More, [Sum<Sum<Last, Before>, After>, ...Out]>
    : PadError<S, Padding>
  : RestPadding extends readonly []
    ? [...RestS, ...Out]
    : PadError<S, Padding>;

type PadError<
  S extends Shape,
  Padding extends Shape,
> = ShapeError<`pad: ${ShowShape<S>} by ${ShowShape<Padding>}: two numbers for each axis, the last axis first`>;

/** The shape of `diagonal`: two axes go, their diagonal comes last. */
export type Diagonal<S extends Shape> = IfUnknownRank<
  S,
  Shape,
  S extends readonly [number, ...infer Tail extends Shape]
    ? Tail extends readonly []
      ? DiagonalError<S>
      : UnknownSizes<Tail>
    : DiagonalError<S>
>;

type DiagonalError<S extends Shape> = ShapeError<`diagonal: ${ShowShape<S>} needs two dimensions or more`>;

/** The pieces of `split`: as many as sizes are listed, or a list of unknown length for one size. */
export type Pieces<
  T extends Tensor,
  Lengths extends number | Shape,
  Axis extends number,
> = Lengths extends Shape
  ? IfUnknownRank<
      Lengths,
      Piece<T, Axis, number>[],
      { -readonly [I in keyof Lengths]: Piece<T, Axis, Lengths[I] & number> }
    >
  : Piece<T, Axis, number>[];

export type Piece<T extends Tensor, Axis extends number, Length extends number> = Shaped<
  T,
  ResizeAxis<'split', ShapeOf<T>, Axis, Length>
>;

// ---- products ----

/** `Out` for two vectors, else the error. */
type Vectors<Op extends string, A extends Shape, B extends Shape, Out> = IfUnknownRank<
  A,
  Out,
  IfUnknownRank<
    B,
    Out,
    [A, B] extends [readonly [number], readonly [number]]
      ? Out
      : ShapeError<`${Op}: ${ShowShape<A>} with ${ShowShape<B>}: both need one dimension`>
  >
>;

export type Dot<A extends Shape, B extends Shape> = Vectors<
  'dot',
  A,
  B,
  [SameSize<A[0], B[0]>] extends [never]
    ? ShapeError<`dot: ${ShowShape<A>} with ${ShowShape<B>}: both need one length`>
    : []
>;

export type Outer<A extends Shape, B extends Shape> = Vectors<'outer', A, B, [A[0], B[0]]>;

// ---- networks ----

/** The shape of `linear(x, weight)`, the weight being `[outFeatures, inFeatures]`. */
export type Linear<S extends Shape, Weight extends Shape> = IfUnknownRank<
  Weight,
  Apply<LinearFn<number, number>, S>,
  Weight extends readonly [infer Out extends number, infer In extends number]
    ? Apply<LinearFn<In, Out>, S>
    : ShapeError<`linear: the weight ${ShowShape<Weight>} needs two dimensions, [outFeatures, inFeatures]`>
>;

export type LayerNorm<S extends Shape, Normalized extends number | Shape> = Apply<LayerNormFn<Normalized>, S>;

/** An optional tensor: left out, `null` and `undefined` are the same. */
export type Optional<T> = T | null | undefined;

export type CosineSimilarity<A, B, Axis extends number> =
  Both<'cosineSimilarity', A, B> extends infer S
    ? S extends Shape
      ? Reduce<'cosineSimilarity', S, Axis>
      : S
    : never;

// ---- losses ----

export interface LossOptions<R extends Reduction> {
  /** What becomes of the elements' losses: their mean (the default), their sum, or themselves. */
  reduction?: R;
}

/** Input and target of a loss that compares element by element have one shape: broadcasting them is nearly always a mistake. */
export type PairLoss<Op extends string, A extends Shape, B extends Shape, R extends Reduction> =
  Loss<Op, A, B, R> extends infer Rule
    ? Rule extends Shape
      ? IfUnknownRank<
          A,
          Rule,
          IfUnknownRank<
            B,
            Rule,
            [SameShape<A, B>] extends [never]
              ? ShapeError<`${Op}: input ${ShowShape<A>}, target ${ShowShape<B>}: the shapes must be equal`>
              : Rule
          >
        >
      : Rule
    : never;

/** Options of a loss over classes. */
export interface ClassLossOptions<R extends Reduction> extends LossOptions<R> {
  /** How much each class counts: as many numbers as there are classes. Default: all the same. */
  weight?: Optional<Tensor | readonly number[]>;
  /** Targets with this class do not count. Default: -100. */
  ignoreIndex?: number;
}

export type ClassLoss<Op extends string, T extends Tensor, Y, R extends Reduction> = Tensor<
  Result<CrossEntropy<Op, ShapeOf<T>, ShapeOf<Y>, R>>,
  Floating<T['dtype']>
>;

/** A loss that compares element by element; `Options` are those it has beside the reduction. */
export type PairLossFn<Op extends string, Options = unknown> = <
  T extends Tensor,
  Y extends Tensor,
  const R extends Reduction = 'mean',
>(
  input: T,
  target: Y & Fits<PairLoss<Op, ShapeOf<T>, ShapeOf<Y>, R>>,
  options?: LossOptions<R> & Options,
) => Tensor<Result<PairLoss<Op, ShapeOf<T>, ShapeOf<Y>, R>>, Floating<T['dtype']>>;

export type KlDiv<A extends Shape, B extends Shape, R extends Reduction | 'batchmean'> = PairLoss<
  'klDiv',
  A,
  B,
  R extends Reduction ? R : 'sum'
>;
