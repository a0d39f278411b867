/**
 * The signatures that the shape types are made for, as declarations alone: what `Tensor`, the functions and the
 * layers look like to a user's editor.
 *
 * Three habits make them work:
 * - A method whose types compute with the shape takes it from `this: T`, not from the class's `S`. So `S` and `D`
 *   stand only where they are covariant, `Tensor<[32, 784]>` is a `Tensor`, and the compiler holds that (`out`).
 * - Every tensor argument is inferred whole (`T extends Tensor`, then `ShapeOf<T>`), so that `flag ? a : b` of two
 *   shapes is taken too.
 * - The argument that is to blame carries `Fits<rule>`, the result is `Tensor<Result<rule>>`.
 * - `NoInfer` keeps the dtype an option names from being guessed from where the result goes.
 * - `D` defaults to any dtype, so that a function of a `Tensor` takes labels (int32) and masks (bool) too.
 * - A number beside a tensor is a tensor of rank 0: `ShapeOf<number>` is `[]`.
 */
import type { DType } from '../../src/base/dtype.ts';
import type {
  AlongAxis,
  Apply,
  ApplyDType,
  Broadcast,
  BroadcastAll,
  Chain,
  ChainFn,
  Concat,
  Conv2dFn,
  CrossEntropy,
  Dims,
  EmbeddingFn,
  EmbeddingShape,
  Expand,
  Fits,
  FlattenFn,
  Flatten as FlattenShape,
  Gather,
  HasShapeFn,
  IndexSelect,
  LayerNormFn,
  LinearFn,
  Loss,
  MatMul,
  Narrow,
  NestedNumbers,
  OneHot,
  Permute,
  PoolFn,
  Promote,
  PromoteAll,
  Reduce,
  Reduction,
  Reshape,
  ResizeAxis,
  Result,
  SameFn,
  Shape,
  ShapeFn,
  ShapeOfNested,
  Sizes,
  Squeeze,
  Stack,
  Transpose,
  Unsqueeze,
} from '../../src/tensor/types/index.ts';

/** What stands beside a tensor in an op of two: any tensor, or a number. */
type Operand = Tensor | number;
type ShapeOf<T> = T extends Tensor<infer S, DType> ? S : [];
type DTypeOf<T, Default extends DType> = T extends Tensor<Shape, infer D> ? D : Default;
type ShapesOf<T extends readonly Tensor[]> = { [I in keyof T]: ShapeOf<T[I]> };
type DTypesOf<T extends readonly Tensor[]> = { [I in keyof T]: T[I]['dtype'] };

/** The broadcast shape of an op of two. */
type Both<Op extends string, T, O> = Broadcast<Op, ShapeOf<T>, ShapeOf<O>>;
/** The dtype of an op of two; a number takes the tensor's. */
type BothDType<T extends Tensor, O> = Promote<T['dtype'], DTypeOf<O, T['dtype']>>;

interface Arrays {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int32: Int32Array;
  uint8: Uint8Array;
  int8: Int8Array;
  bool: Uint8Array;
}

interface Keepdim<K extends boolean> {
  keepdim?: K;
}

export declare class Tensor<out S extends Shape = Shape, out D extends DType = DType> {
  readonly shape: Readonly<S>;
  readonly dtype: D;
  readonly ndim: S['length'];
  readonly size: number;
  data(): Promise<Arrays[D]>;
  item(): Promise<number>;
  tolist(): Promise<NestedNumbers>;
  to<E extends DType>(dtype: E): Tensor<S, E>;

  relu(): Tensor<S, D>;
  exp(): Tensor<S, D>;

  add<T extends Tensor, O extends Operand>(
    this: T,
    other: O & Fits<Both<'add', T, O>>,
  ): Tensor<Result<Both<'add', T, O>>, BothDType<T, O>>;
  mul<T extends Tensor, O extends Operand>(
    this: T,
    other: O & Fits<Both<'mul', T, O>>,
  ): Tensor<Result<Both<'mul', T, O>>, BothDType<T, O>>;
  gt<T extends Tensor, O extends Operand>(
    this: T,
    other: O & Fits<Both<'gt', T, O>>,
  ): Tensor<Result<Both<'gt', T, O>>, 'bool'>;
  matmul<T extends Tensor, O extends Tensor>(
    this: T,
    other: O & Fits<MatMul<ShapeOf<T>, ShapeOf<O>>>,
  ): Tensor<Result<MatMul<ShapeOf<T>, ShapeOf<O>>>, BothDType<T, O>>;

  sum<T extends Tensor, const Axes extends Dims = undefined, K extends boolean = false>(
    this: T,
    dim?: Axes & Fits<Reduce<'sum', ShapeOf<T>, Axes, K>>,
    options?: Keepdim<K>,
  ): Tensor<Result<Reduce<'sum', ShapeOf<T>, Axes, K>>, T['dtype']>;
  mean<T extends Tensor, const Axes extends Dims = undefined, K extends boolean = false>(
    this: T,
    dim?: Axes & Fits<Reduce<'mean', ShapeOf<T>, Axes, K>>,
    options?: Keepdim<K>,
  ): Tensor<Result<Reduce<'mean', ShapeOf<T>, Axes, K>>, T['dtype']>;
  argmax<
    T extends Tensor,
    const Axis extends number | null | undefined = undefined,
    K extends boolean = false,
  >(
    this: T,
    dim?: Axis & Fits<Reduce<'argmax', ShapeOf<T>, Axis, K>>,
    options?: Keepdim<K>,
  ): Tensor<Result<Reduce<'argmax', ShapeOf<T>, Axis, K>>, 'int32'>;
  softmax<T extends Tensor, const Axis extends number>(
    this: T,
    dim: Axis & Fits<AlongAxis<'softmax', ShapeOf<T>, Axis>>,
  ): Tensor<ShapeOf<T>, T['dtype']>;

  reshape<T extends Tensor, const To extends Shape>(
    this: T,
    shape: To & Fits<Reshape<ShapeOf<T>, To>>,
  ): Tensor<Result<Reshape<ShapeOf<T>, To>>, T['dtype']>;
  flatten<T extends Tensor, const Start extends number = 0, const End extends number = -1>(
    this: T,
    startDim?: Start & Fits<FlattenShape<ShapeOf<T>, Start, End>>,
    endDim?: End & Fits<FlattenShape<ShapeOf<T>, Start, End>>,
  ): Tensor<Result<FlattenShape<ShapeOf<T>, Start, End>>, T['dtype']>;
  transpose<T extends Tensor, const I extends number, const J extends number>(
    this: T,
    dim0: I & Fits<AlongAxis<'transpose', ShapeOf<T>, I>>,
    dim1: J & Fits<AlongAxis<'transpose', ShapeOf<T>, J>>,
  ): Tensor<Result<Transpose<ShapeOf<T>, I, J>>, T['dtype']>;
  permute<T extends Tensor, const Order extends Shape>(
    this: T,
    dims: Order & Fits<Permute<ShapeOf<T>, Order>>,
  ): Tensor<Result<Permute<ShapeOf<T>, Order>>, T['dtype']>;
  squeeze<T extends Tensor, const Axes extends Dims = undefined>(
    this: T,
    dim?: Axes & Fits<Squeeze<ShapeOf<T>, Axes>>,
  ): Tensor<Result<Squeeze<ShapeOf<T>, Axes>>, T['dtype']>;
  unsqueeze<T extends Tensor, const Axis extends number>(
    this: T,
    dim: Axis & Fits<Unsqueeze<ShapeOf<T>, Axis>>,
  ): Tensor<Result<Unsqueeze<ShapeOf<T>, Axis>>, T['dtype']>;
  expand<T extends Tensor, const To extends Shape>(
    this: T,
    shape: To & Fits<Expand<ShapeOf<T>, To>>,
  ): Tensor<Result<Expand<ShapeOf<T>, To>>, T['dtype']>;

  narrow<T extends Tensor, const Axis extends number, const Length extends number>(
    this: T,
    dim: Axis & Fits<AlongAxis<'narrow', ShapeOf<T>, Axis>>,
    start: number,
    length: Length,
  ): Tensor<Result<Narrow<ShapeOf<T>, Axis, Length>>, T['dtype']>;
  flip<T extends Tensor, const Axis extends number>(
    this: T,
    dim: Axis & Fits<AlongAxis<'flip', ShapeOf<T>, Axis>>,
  ): Tensor<ShapeOf<T>, T['dtype']>;
  topk<T extends Tensor, const K extends number, const Axis extends number = -1>(
    this: T,
    k: K,
    dim?: Axis & Fits<ResizeAxis<'topk', ShapeOf<T>, Axis, K>>,
  ): [
    Tensor<Result<ResizeAxis<'topk', ShapeOf<T>, Axis, K>>, T['dtype']>,
    Tensor<Result<ResizeAxis<'topk', ShapeOf<T>, Axis, K>>, 'int32'>,
  ];
  indexSelect<T extends Tensor, const Axis extends number, I extends Tensor>(
    this: T,
    dim: Axis & Fits<AlongAxis<'indexSelect', ShapeOf<T>, Axis>>,
    index: I & Fits<IndexSelect<ShapeOf<T>, Axis, ShapeOf<I>>>,
  ): Tensor<Result<IndexSelect<ShapeOf<T>, Axis, ShapeOf<I>>>, T['dtype']>;
  gather<T extends Tensor, const Axis extends number, I extends Tensor>(
    this: T,
    dim: Axis & Fits<AlongAxis<'gather', ShapeOf<T>, Axis>>,
    index: I & Fits<Gather<ShapeOf<T>, Axis, ShapeOf<I>>>,
  ): Tensor<Result<Gather<ShapeOf<T>, Axis, ShapeOf<I>>>, T['dtype']>;
}

interface DTypeOption<D extends DType> {
  dtype?: D;
}

export declare function tensor<const T extends NestedNumbers, D extends DType = 'float32'>(
  data: T & Fits<ShapeOfNested<T>>,
  options?: DTypeOption<D>,
): Tensor<Result<ShapeOfNested<T>>, NoInfer<D>>;
export declare function zeros<const S extends Shape, D extends DType = 'float32'>(
  shape: S,
  options?: DTypeOption<D>,
): Tensor<Sizes<S>, NoInfer<D>>;
export declare function randint<const S extends Shape>(
  low: number,
  high: number,
  shape: S,
): Tensor<Sizes<S>, 'int32'>;

export declare function concat<const T extends readonly Tensor[], const Axis extends number = 0>(
  tensors: T & Fits<Concat<ShapesOf<T>, Axis>>,
  dim?: Axis,
): Tensor<Result<Concat<ShapesOf<T>, Axis>>, PromoteAll<DTypesOf<T>>>;
export declare function stack<const T extends readonly Tensor[], const Axis extends number = 0>(
  tensors: T & Fits<Stack<ShapesOf<T>, Axis>>,
  dim?: Axis,
): Tensor<Result<Stack<ShapesOf<T>, Axis>>, PromoteAll<DTypesOf<T>>>;
export declare function where<C extends Tensor, A extends Operand, B extends Operand>(
  condition: C,
  a: A & Fits<Both<'where', C, A>>,
  b: B & Fits<BroadcastAll<'where', [ShapeOf<C>, ShapeOf<A>, ShapeOf<B>]>>,
): Tensor<
  Result<BroadcastAll<'where', [ShapeOf<C>, ShapeOf<A>, ShapeOf<B>]>>,
  Promote<DTypeOf<A, DTypeOf<B, 'float32'>>, DTypeOf<B, DTypeOf<A, 'float32'>>>
>;
export declare function oneHot<T extends Tensor, const N extends number = number>(
  indices: T,
  numClasses?: N,
): Tensor<OneHot<ShapeOf<T>, N>, 'int32'>;
export declare function embedding<I extends Tensor, W extends Tensor>(
  indices: I,
  weight: W & Fits<EmbeddingShape<ShapeOf<I>, ShapeOf<W>>>,
): Tensor<Result<EmbeddingShape<ShapeOf<I>, ShapeOf<W>>>, W['dtype']>;

interface Reduces<R extends Reduction> {
  reduction?: R;
}

export declare function mseLoss<T extends Tensor, Y extends Tensor, const R extends Reduction = 'mean'>(
  input: T,
  target: Y & Fits<Loss<'mseLoss', ShapeOf<T>, ShapeOf<Y>, R>>,
  options?: Reduces<R>,
): Tensor<Result<Loss<'mseLoss', ShapeOf<T>, ShapeOf<Y>, R>>, T['dtype']>;
export declare function crossEntropy<T extends Tensor, Y extends Tensor, const R extends Reduction = 'mean'>(
  logits: T,
  target: Y & Fits<CrossEntropy<'crossEntropy', ShapeOf<T>, ShapeOf<Y>, R>>,
  options?: Reduces<R>,
): Tensor<Result<CrossEntropy<'crossEntropy', ShapeOf<T>, ShapeOf<Y>, R>>, T['dtype']>;

/** Any network: its `forward` takes and gives what it likes. */
export declare abstract class Module {
  readonly training: boolean;
  abstract forward(...inputs: never[]): unknown;
}

/** A module of one tensor in, one out, whose shape function is `F`. */
export declare abstract class Layer<out F extends ShapeFn = ShapeFn> extends Module implements HasShapeFn<F> {
  readonly shapeFn?: F;
  override forward<G extends ShapeFn, T extends Tensor>(
    this: Layer<G>,
    x: T & Fits<Apply<G, ShapeOf<T>>>,
  ): Tensor<Result<Apply<G, ShapeOf<T>>>, ApplyDType<G, T['dtype']>>;
}

export declare class Linear<const I extends number = number, const O extends number = number> extends Layer<
  LinearFn<I, O>
> {
  constructor(inFeatures: I, outFeatures: O, options?: { bias?: boolean });
  readonly inFeatures: I;
  readonly outFeatures: O;
}

export declare class ReLU extends Layer<SameFn> {}

export declare class Dropout extends Layer<SameFn> {
  constructor(p?: number);
  readonly p: number;
}

export declare class LayerNorm<const N extends number | Shape = number | Shape> extends Layer<
  LayerNormFn<N>
> {
  constructor(normalizedShape: N, options?: { eps?: number });
  readonly normalizedShape: N;
}

export declare class Conv2d<const I extends number = number, const O extends number = number> extends Layer<
  Conv2dFn<I, O>
> {
  constructor(
    inChannels: I,
    outChannels: O,
    kernelSize: number,
    options?: { stride?: number; padding?: number },
  );
  readonly inChannels: I;
  readonly outChannels: O;
}

export declare class MaxPool2d extends Layer<PoolFn<'MaxPool2d', [number, number]>> {
  constructor(kernelSize: number);
  readonly kernelSize: number;
}

export declare class Embedding<
  const N extends number = number,
  const E extends number = number,
> extends Layer<EmbeddingFn<N, E>> {
  constructor(numEmbeddings: N, embeddingDim: E);
  readonly numEmbeddings: N;
  readonly embeddingDim: E;
}

export declare class Flatten<const Start extends number = 1, const End extends number = -1> extends Layer<
  FlattenFn<Start, End>
> {
  constructor(startDim?: Start, endDim?: End);
}

/** What `Sequential` takes: any module of one tensor in, one out. */
interface Step {
  forward(x: Tensor): Tensor;
}

/** Layers that do not fit each other are an error where they are put together, before any input is known. */
export declare class Sequential<const L extends readonly Step[] = readonly Step[]> extends Layer<ChainFn<L>> {
  constructor(...layers: L & Fits<Chain<L, Shape>>);
  readonly layers: L;
}
