import type { DType } from '../../base/dtype.ts';
import type { Flatten } from './movement.ts';
import type {
  IfUnknownRank,
  SameShape,
  SameSize,
  Shape,
  ShapeError,
  ShapeOrError,
  ShowShape,
  ShowSize,
  Sizes,
} from './shape.ts';

/**
 * A function from shape to shape at the level of types. An interface that extends it gives `out` in terms of
 * `this['in']`; `in` is `unknown`, so that `F & { in: S }` has exactly `S` there. `dtype` is the dtype that the layer
 * gives whatever it takes, `'same'` for that of its input, and `unknown` where it may be any.
 */
export interface ShapeFn {
  readonly in: unknown;
  readonly out: unknown;
  readonly dtype: unknown;
}

/** The shape that `F` gives for `S`; an error stays the error it is, and a function that says nothing gives `Shape`. */
export type Apply<F extends ShapeFn, S> =
  S extends ShapeError<string>
    ? S
    : (F & { readonly in: S })['out'] extends infer Out
      ? Out extends ShapeOrError
        ? Out
        : Shape
      : never;

/** The dtype that `F` gives for `D`. */
export type ApplyDType<F extends ShapeFn, D extends DType> =
  GivenDType<F> extends 'same' ? D : GivenDType<F> extends infer Given extends DType ? Given : DType;

type GivenDType<F extends ShapeFn> = (F & { readonly in: Shape })['dtype'];

/** A shape function of a layer that gives the dtype it takes. */
export interface KeepsDType extends ShapeFn {
  readonly dtype: 'same';
}

/** A layer that tells its shape function; the property exists in types only. */
export interface HasShapeFn<F extends ShapeFn = ShapeFn> {
  readonly shapeFn?: F;
}

/** A layer that keeps the shape: activations, dropout, normalization over a batch. */
export interface SameFn extends KeepsDType {
  readonly out: this['in'];
}

/** A layer about which the types know nothing but that it gives a tensor. */
export interface UnknownFn extends ShapeFn {
  readonly out: Shape;
}

/** The last axis goes from `I` features to `O`, as in `Linear`. */
export interface LinearFn<I extends number, O extends number> extends KeepsDType {
  readonly out: LinearShape<this['in'], I, O>;
}

type LinearShape<S, I extends number, O extends number> = S extends readonly [
  ...infer Batch extends Shape,
  infer Features extends number,
]
  ? [SameSize<Features, I>] extends [never]
    ? ShapeError<`Linear(${ShowSize<I>}, ${ShowSize<O>}) got ${ShowShape<S>}: expected ${I} features, got ${Features}`>
    : [...Batch, O]
  : S extends readonly []
    ? ShapeError<`Linear(${ShowSize<I>}, ${ShowSize<O>}) got []: expected at least one dimension`>
    : [...number[], O];

/**
 * A layer over `[batch, channels, ...Spatial]` or `[channels, ...Spatial]` that turns `InC` channels into `OutC`:
 * only channels are checked, spatial sizes become `number`.
 */
export interface ConvFn<Layer extends string, InC extends number, OutC extends number, Spatial extends Shape>
  extends KeepsDType {
  readonly out: ConvShape<Layer, this['in'], InC, OutC, Spatial>;
}

/** `Conv2d(InC, OutC, …)`. */
export interface Conv2dFn<InC extends number, OutC extends number>
  extends ConvFn<'Conv2d', InC, OutC, [number, number]> {}

type ConvShape<
  Layer extends string,
  S,
  InC extends number,
  OutC extends number,
  Spatial extends Shape,
> = S extends readonly [...infer Batch extends Shape, infer Channels extends number, ...Spatial]
  ? [SameSize<Channels, InC>] extends [never]
    ? ShapeError<`${Layer}(${ShowSize<InC>}, ${ShowSize<OutC>}) got ${ShowShape<S>}: expected ${InC} channels, got ${Channels}`>
    : Batch extends readonly [number, number, ...Shape]
      ? ConvRankError<Layer, S, InC, OutC, Spatial>
      : [...Batch, OutC, ...Spatial]
  : S extends Shape
    ? IfUnknownRank<S, [...number[], OutC, ...Spatial], ConvRankError<Layer, S, InC, OutC, Spatial>>
    : S;

type ConvRankError<
  Layer extends string,
  S extends Shape,
  InC extends number,
  OutC extends number,
  Spatial extends Shape,
> = ShapeError<`${Layer}(${ShowSize<InC>}, ${ShowSize<OutC>}) got ${ShowShape<S>}: expected [batch, channels] or [channels] and ${Spatial['length']} spatial dimensions`>;

/** Pooling over `Spatial`: channels stay, spatial sizes become `number`. */
export interface PoolFn<Layer extends string, Spatial extends Shape> extends KeepsDType {
  readonly out: PoolShape<Layer, this['in'], Spatial>;
}

type PoolShape<Layer extends string, S, Spatial extends Shape> = S extends readonly [
  ...infer Front extends Shape,
  ...Spatial,
]
  ? Front extends readonly [] | readonly [number, number, number, ...Shape]
    ? PoolRankError<Layer, S, Spatial>
    : [...Front, ...Spatial]
  : S extends Shape
    ? IfUnknownRank<S, [...number[], ...Spatial], PoolRankError<Layer, S, Spatial>>
    : S;

type PoolRankError<
  Layer extends string,
  S extends Shape,
  Spatial extends Shape,
> = ShapeError<`${Layer} got ${ShowShape<S>}: expected [batch, channels] or [channels] and ${Spatial['length']} spatial dimensions`>;

/** `Embedding(N, D)`: every index of any shape becomes `D` features. */
export interface EmbeddingFn<N extends number, D extends number> extends ShapeFn {
  readonly rows: N;
  readonly dtype: 'float32';
  readonly out: this['in'] extends infer S extends Shape ? [...S, D] : this['in'];
}

/** `Flatten(Start, End)`: the axes from `Start` to `End` as one; PyTorch's defaults keep the batch. */
export interface FlattenFn<Start extends number = 1, End extends number = -1> extends KeepsDType {
  readonly out: this['in'] extends infer S extends Shape ? Flatten<S, Start, End, 'Flatten'> : this['in'];
}

/** `LayerNorm(Normalized)`: keeps the shape, whose last axes are `Normalized` (a size, or a list of them). */
export interface LayerNormFn<Normalized extends number | Shape> extends KeepsDType {
  readonly out: LayerNormShape<this['in'], Normalized extends number ? [Normalized] : Normalized>;
}

type LayerNormShape<S, Normalized> = S extends Shape
  ? Normalized extends Shape
    ? IfUnknownRank<S, S, IfUnknownRank<Normalized, S, EndsWith<S, Normalized>>>
    : S
  : S;

type EndsWith<S extends Shape, Normalized extends Shape> = S extends readonly [
  ...Shape,
  ...{ [Axis in keyof Normalized]: number },
]
  ? [SameShape<LastOf<S, Normalized>, Normalized>] extends [never]
    ? LayerNormError<S, Normalized>
    : S
  : LayerNormError<S, Normalized>;

/** As many of the last axes of `S` as `Normalized` has. */
type LastOf<
  S extends Shape,
  Normalized extends Shape,
  Out extends Shape = [],
> = Out['length'] extends Normalized['length']
  ? Out
  : S extends readonly [...infer Front extends Shape, infer Last extends number]
    ? LastOf<Front, Normalized, [Last, ...Out]>
    : Out;

type LayerNormError<
  S extends Shape,
  Normalized extends Shape,
> = ShapeError<`LayerNorm(${ShowShape<Normalized>}) got ${ShowShape<S>}: expected the last axes to be ${ShowShape<Normalized>}`>;

/** A module that is known only by the tensor its `forward` takes, of shape `In`, and the one it gives. */
export interface ForwardFn<In extends Shape, Out extends Shape, D extends DType = DType> extends ShapeFn {
  readonly dtype: D;
  readonly out: this['in'] extends infer S extends Shape ? ForwardShape<S, In, Out> : this['in'];
}

type ForwardShape<S extends Shape, In extends Shape, Out extends Shape> = IfUnknownRank<
  S,
  Out,
  IfUnknownRank<
    In,
    Out,
    [SameShape<S, In>] extends [never]
      ? ShapeError<`forward: got ${ShowShape<S>}: expected ${ShowShape<In>}`>
      : Out
  >
>;

/** The shape function of a layer: the one it tells, else what the type of its `forward` says. */
export type FnOf<Layer> = 'shapeFn' extends keyof Layer
  ? Layer extends HasShapeFn<infer F>
    ? F
    : UnknownFn
  : Layer extends { forward(x: infer X): infer Y }
    ? ForwardFn<ShapeOf<X>, ShapeOf<Y>, DTypeOf<Y>>
    : UnknownFn;

/** The shape of whatever has one: a tensor, a parameter. `Shape` for the rest. */
type ShapeOf<T> = T extends { readonly shape: infer S extends Shape } ? Sizes<S> : Shape;

type DTypeOf<T> = T extends { readonly dtype: infer D extends DType } ? D : DType;

/**
 * Layers one after the other, as `Sequential` applies them; stops at the first error. Both members depend on `in`, so
 * that two chains compare as equal types before they are applied, and any `Sequential<…>` is a `Sequential`.
 */
export interface ChainFn<Layers extends readonly unknown[]> extends ShapeFn {
  readonly out: Chain<Layers, this['in']>;
  readonly dtype: this['in'] extends Shape ? ChainDType<Layers> : unknown;
}

/** The shape after all of `Layers`, or the first error. */
export type Chain<Layers extends readonly unknown[], S> = S extends Shape
  ? number extends Layers['length']
    ? Shape
    : Layers extends readonly [infer Head, ...infer Tail]
      ? Chain<Tail, Apply<FnOf<Head>, S>>
      : S
  : S;

/** The dtype of the last layer that does not keep its input's. */
type ChainDType<Layers extends readonly unknown[]> = number extends Layers['length']
  ? unknown
  : Layers extends readonly [...infer Front, infer Last]
    ? GivenDType<FnOf<Last>> extends 'same'
      ? ChainDType<Front>
      : GivenDType<FnOf<Last>>
    : 'same';
