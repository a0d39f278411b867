/**
 * What the type tests are about: the real tensors and functions, and, as declarations alone, the layers that the types are made for.
 */
import type { ShapeOf } from '../../src/tensor/signatures.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import type {
  Apply,
  ApplyDType,
  Chain,
  ChainFn,
  Conv2dFn,
  EmbeddingFn,
  Fits,
  FlattenFn,
  HasShapeFn,
  LayerNormFn,
  LinearFn,
  PoolFn,
  ResizeAxis,
  Result,
  SameFn,
  Shape,
  ShapeFn,
} from '../../src/tensor/types/index.ts';

export { randint, tensor, zeros } from '../../src/tensor/create.ts';
export * from '../../src/tensor/functions.ts';
export { Tensor } from '../../src/tensor/tensor.ts';

export declare function topk<T extends Tensor, const K extends number, const Axis extends number = -1>(
  x: T,
  k: K,
  dim?: Axis & Fits<ResizeAxis<'topk', ShapeOf<T>, Axis, K>>,
): [
  Tensor<Result<ResizeAxis<'topk', ShapeOf<T>, Axis, K>>, T['dtype']>,
  Tensor<Result<ResizeAxis<'topk', ShapeOf<T>, Axis, K>>, 'int32'>,
];

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
