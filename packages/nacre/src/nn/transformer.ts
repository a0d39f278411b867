import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { requireOneOf } from '../tensor/arguments.ts';
import { full } from '../tensor/create.ts';
import * as ops from '../tensor/ops/index.ts';
import type { Like, Optional } from '../tensor/signatures.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { HasShapeFn, SameFn } from '../tensor/types/index.ts';
import {
  type KeyValueCache,
  MultiheadAttention,
  type MultiheadAttentionOptions,
  multihead,
  snakeNames,
} from './attention.ts';
import { ModuleList } from './containers.ts';
import { Dropout } from './dropout.ts';
import { xavierUniform } from './init.ts';
import { checkSizes, Linear } from './linear.ts';
import { Module } from './module.ts';
import { LayerNorm } from './normalization.ts';

/** What follows the first of the two linear layers. */
export type TransformerActivation = 'relu' | 'gelu' | ((x: Tensor) => Tensor);

export interface TransformerLayerOptions {
  /** Features between the two linear layers. Default: 2048. */
  dimFeedforward?: number;
  /** Probability of dropping, also of attention's weights. Default: 0.1. */
  dropout?: number;
  /** Default: 'relu'. */
  activation?: TransformerActivation;
  /** Default: 1e-5. */
  layerNormEps?: number;
  /** Whether tensors are [N, T, dModel] rather than [T, N, dModel]. Default: no. */
  batchFirst?: boolean;
  /** Whether each part is normalized before it, rather than after the sum (Xiong et al., 2020). Default: no. */
  normFirst?: boolean;
  /** Default: yes. */
  bias?: boolean;
}

const layerOptions = [
  'dimFeedforward',
  'dropout',
  'activation',
  'layerNormEps',
  'batchFirst',
  'normFirst',
  'bias',
];

const activations = { relu: ops.relu, gelu: (x: Tensor['node']) => ops.gelu(x) };

function activationOf(op: string, activation: TransformerActivation): (x: Tensor) => Tensor {
  if (typeof activation === 'function') return activation;
  requireOneOf(op, 'activation', activation, Object.keys(activations));
  const f = activations[activation];
  return (x) => new Tensor(f(x.node));
}

/** What layers of encoders and decoders share: attention to oneself, two linear layers, and how a part is added. */
abstract class TransformerLayer extends Module {
  readonly selfAttn: MultiheadAttention;
  readonly linear1: Linear;
  readonly dropout: Dropout;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly dropout1: Dropout;
  readonly dropout2: Dropout;
  readonly normFirst: boolean;
  readonly options: TransformerLayerOptions;
  readonly #activation: (x: Tensor) => Tensor;

  constructor(
    readonly dModel: number,
    readonly nhead: number,
    options: TransformerLayerOptions = {},
  ) {
    super();
    const op = new.target.name;
    const {
      dimFeedforward = 2048,
      dropout = 0.1,
      activation = 'relu',
      normFirst = false,
      bias,
    } = optionsOf(op, options, layerOptions);
    checkSizes(op, { dModel, nhead, dimFeedforward });
    this.options = options;
    this.selfAttn = this.attention();
    this.linear1 = new Linear(dModel, dimFeedforward, { bias });
    this.dropout = new Dropout(dropout);
    this.linear2 = new Linear(dimFeedforward, dModel, { bias });
    this.norm1 = this.norm();
    this.norm2 = this.norm();
    this.dropout1 = new Dropout(dropout);
    this.dropout2 = new Dropout(dropout);
    this.normFirst = normFirst;
    this.#activation = activationOf(op, activation);
  }

  protected override members(): Iterable<readonly [string, unknown]> {
    return snakeNames(super.members());
  }

  protected attention(): MultiheadAttention {
    const { dropout = 0.1, batchFirst, bias } = this.options;
    return new MultiheadAttention(this.dModel, this.nhead, { dropout, batchFirst, bias });
  }

  protected norm(): LayerNorm {
    const { layerNormEps: eps, bias } = this.options;
    return new LayerNorm(this.dModel, { eps, bias });
  }

  /** `x` with what a part makes of it added, normalized before or after. */
  protected add(x: Tensor, norm: LayerNorm, dropout: Dropout, part: (x: Tensor) => Tensor): Tensor {
    if (this.normFirst) return x.add(dropout.forward(part(norm.forward(x))));
    return norm.forward(x.add(dropout.forward(part(x))));
  }

  protected attend(
    attention: MultiheadAttention,
    prefix: string,
    memory: Tensor | null,
    options: MultiheadAttentionOptions,
  ) {
    const names = {
      op: `${this.constructor.name}(${this.dModel}, ${this.nhead})`,
      attnMask: `${prefix}Mask`,
      keyPaddingMask: `${prefix}KeyPaddingMask`,
    };
    return (x: Tensor): Tensor =>
      multihead(attention, names, [x, memory ?? x, memory ?? x], { ...options, needWeights: false })[0];
  }

  protected readonly feedForward = (x: Tensor): Tensor =>
    this.linear2.forward(this.dropout.forward(this.#activation(this.linear1.forward(x))));

  /** Another layer of the same kind, options and numbers. */
  copy(): this {
    const Kind = this.constructor as new (
      dModel: number,
      nhead: number,
      options: TransformerLayerOptions,
    ) => this;
    const layer = new Kind(this.dModel, this.nhead, this.options);
    layer.loadStateDict(this.stateDict());
    return layer;
  }
}

export interface TransformerEncoderLayerOptions {
  /** Positions that a position may not see: bool [T, T] or [N·nhead, T, T] (true: not), or floats added to the scores. */
  srcMask?: Optional<Tensor>;
  /** Positions that nobody may see: bool [N, T] (true: ignored), or floats added to the scores. */
  srcKeyPaddingMask?: Optional<Tensor>;
  /** Whether a position sees none after it. Default: no. */
  isCausal?: boolean;
  /** Keys and values of earlier positions; the present ones are added to it. */
  cache?: Optional<KeyValueCache>;
}

/**
 * Attention of a sequence to itself, then two linear layers, each added to its input and normalized (Vaswani et al., "Attention is all
 * you need", 2017).
 *
 * Formula: y = norm1(x + attention(x)), then norm2(y + linear2(relu(linear1(y))))
 *
 * Shapes: src [T, N, dModel], or [N, T, dModel] with `batchFirst` → the same
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * const layer = new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true });
 * layer.forward(zeros([3, 5, 8])).shape; // → [3, 5, 8]
 * ```
 */
export class TransformerEncoderLayer extends TransformerLayer implements HasShapeFn<SameFn> {
  /** Only for types: there is no such property. */
  declare readonly shapeFn?: SameFn;

  /** [T, N, dModel] (with `batchFirst` [N, T, dModel]; without a batch [T, dModel]) to the same shape. */
  override forward<T extends Tensor>(src: T, options: TransformerEncoderLayerOptions = {}): Like<T> {
    const { srcMask: attnMask, srcKeyPaddingMask: keyPaddingMask, isCausal, cache } = options;
    const attend = this.attend(this.selfAttn, 'src', null, { attnMask, keyPaddingMask, isCausal, cache });
    const x = this.add(src, this.norm1, this.dropout1, attend);
    return this.add(x, this.norm2, this.dropout2, this.feedForward) as Like<T>;
  }
}

export interface TransformerDecoderLayerOptions {
  /** Positions that a position may not see: bool [T, T] or [N·nhead, T, T] (true: not), or floats added to the scores. */
  tgtMask?: Optional<Tensor>;
  /** The same of the memory: [T, S] or [N·nhead, T, S]. */
  memoryMask?: Optional<Tensor>;
  /** Positions that nobody may see: bool [N, T] (true: ignored), or floats added to the scores. */
  tgtKeyPaddingMask?: Optional<Tensor>;
  /** The same of the memory: [N, S]. */
  memoryKeyPaddingMask?: Optional<Tensor>;
  /** Whether a position sees none of the target after it. Default: no. */
  tgtIsCausal?: boolean;
  /** The same of the memory. Default: no. */
  memoryIsCausal?: boolean;
  /** Keys and values of earlier positions of the target; the present ones are added to it. */
  cache?: Optional<KeyValueCache>;
}

/**
 * Attention of a sequence to itself, attention to what the encoder gave, then two linear layers, each added to its input and
 * normalized (Vaswani et al., 2017).
 *
 * Formula: y = norm1(x + attention(x)), z = norm2(y + attention(y, memory)), then norm3(z + linear2(relu(linear1(z))))
 *
 * Shapes: tgt [T, N, dModel], memory [S, N, dModel] → [T, N, dModel]; batch first with `batchFirst`
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * const layer = new nn.TransformerDecoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true });
 * layer.forward(zeros([3, 5, 8]), zeros([3, 7, 8])).shape; // → [3, 5, 8]
 * ```
 */
export class TransformerDecoderLayer extends TransformerLayer {
  readonly multiheadAttn: MultiheadAttention;
  readonly norm3: LayerNorm;
  readonly dropout3: Dropout;

  /** @param options as of `TransformerEncoderLayer`. */
  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super(dModel, nhead, options);
    this.multiheadAttn = this.attention();
    this.norm3 = this.norm();
    this.dropout3 = new Dropout(this.dropout.p);
  }

  /** In PyTorch's order, by which optimizers number the state of parameters. */
  protected override members(): Iterable<readonly [string, unknown]> {
    const { self_attn, multihead_attn, linear1, linear2, norm1, norm2, ...rest } = Object.fromEntries(
      super.members(),
    );
    return Object.entries({ self_attn, multihead_attn, linear1, linear2, norm1, norm2, ...rest });
  }

  /** [T, N, dModel] and memory [S, N, dModel] (batch first or left out, as in the encoder) to the shape of the first. */
  override forward<T extends Tensor>(
    tgt: T,
    memory: Tensor,
    options: TransformerDecoderLayerOptions = {},
  ): Like<T> {
    const self = this.attend(this.selfAttn, 'tgt', null, {
      attnMask: options.tgtMask,
      keyPaddingMask: options.tgtKeyPaddingMask,
      isCausal: options.tgtIsCausal,
      cache: options.cache,
    });
    const other = this.attend(this.multiheadAttn, 'memory', memory, {
      attnMask: options.memoryMask,
      keyPaddingMask: options.memoryKeyPaddingMask,
      isCausal: options.memoryIsCausal,
    });
    const x = this.add(tgt, this.norm1, this.dropout1, self);
    const y = this.add(x, this.norm2, this.dropout2, other);
    return this.add(y, this.norm3, this.dropout3, this.feedForward) as Like<T>;
  }
}

/** Layers one after the other, and a normalization at the end if one is given. */
abstract class Stack<L extends TransformerLayer> extends Module {
  readonly layers: ModuleList<L>;
  readonly norm: LayerNorm | null;

  /** @param layer its copies, equal at first, are the layers; it is none of them. */
  constructor(layer: L, numLayers: number, options: { norm?: LayerNorm | null } = {}) {
    super();
    const { norm = null } = optionsOf(new.target.name, options, ['norm']);
    checkSizes(new.target.name, { numLayers });
    this.layers = new ModuleList(Array.from({ length: numLayers }, () => layer.copy()));
    this.norm = norm;
  }

  protected run(
    x: Tensor,
    caches: Caches,
    step: (layer: L, x: Tensor, cache: KeyValueCache | undefined) => Tensor,
  ): Tensor {
    if (caches && caches.length !== this.layers.length) {
      throw new ArgumentError(`${caches.length} caches for ${this.layers.length} layers`, {
        op: this.constructor.name,
      });
    }
    let value = x;
    let i = 0;
    for (const layer of this.layers) value = step(layer, value, caches?.[i++]);
    return this.norm ? this.norm.forward(value) : value;
  }
}

type Caches = Optional<readonly KeyValueCache[]>;

export interface TransformerEncoderOptions extends Omit<TransformerEncoderLayerOptions, 'cache' | 'srcMask'> {
  /** Positions that a position may not see; `srcMask` of the layers. */
  mask?: Optional<Tensor>;
  /** One for each layer. */
  caches?: Caches;
}

/**
 * `numLayers` copies of an encoder layer, one after the other.
 *
 * Formula: norm(layerₙ(…layer₁(src)))
 *
 * Shapes: src [T, N, dModel], or [N, T, dModel] with `batchFirst` → the same
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * const layer = new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true });
 * const encoder = new nn.TransformerEncoder(layer, 2);
 * encoder.forward(zeros([3, 5, 8])).shape; // → [3, 5, 8]
 * ```
 */
export class TransformerEncoder extends Stack<TransformerEncoderLayer> implements HasShapeFn<SameFn> {
  /** Only for types: there is no such property. */
  declare readonly shapeFn?: SameFn;

  override forward<T extends Tensor>(
    src: T,
    { mask, caches, ...options }: TransformerEncoderOptions = {},
  ): Like<T> {
    return this.run(src, caches, (layer, x, cache) =>
      layer.forward(x, { ...options, srcMask: mask, cache }),
    ) as Like<T>;
  }
}

export interface TransformerDecoderOptions extends Omit<TransformerDecoderLayerOptions, 'cache'> {
  /** One for each layer. */
  caches?: Caches;
}

/**
 * `numLayers` copies of a decoder layer, one after the other, each with the same memory.
 *
 * Formula: norm(layerₙ(…layer₁(tgt, memory), memory))
 *
 * Shapes: tgt [T, N, dModel], memory [S, N, dModel] → [T, N, dModel]; batch first with `batchFirst`
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * const layer = new nn.TransformerDecoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true });
 * const decoder = new nn.TransformerDecoder(layer, 2);
 * decoder.forward(zeros([3, 5, 8]), zeros([3, 7, 8])).shape; // → [3, 5, 8]
 * ```
 */
export class TransformerDecoder extends Stack<TransformerDecoderLayer> {
  override forward<T extends Tensor>(
    tgt: T,
    memory: Tensor,
    { caches, ...options }: TransformerDecoderOptions = {},
  ): Like<T> {
    return this.run(tgt, caches, (layer, x, cache) =>
      layer.forward(x, memory, { ...options, cache }),
    ) as Like<T>;
  }
}

export interface TransformerForwardOptions extends Omit<TransformerDecoderLayerOptions, 'cache'> {
  srcMask?: Optional<Tensor>;
  srcKeyPaddingMask?: Optional<Tensor>;
  srcIsCausal?: boolean;
}

/**
 * An encoder, and a decoder that attends to what it gave (Vaswani et al., 2017). Weights of two dimensions begin Xavier uniform. Inputs are
 * embeddings, to which positions have been added.
 *
 * Formula: decoder(tgt, encoder(src))
 *
 * Shapes: src [S, N, dModel], tgt [T, N, dModel] → [T, N, dModel]; batch first with `batchFirst`
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * const options = { numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 16, batchFirst: true };
 * const model = new nn.Transformer(8, 2, options);
 * model.forward(zeros([3, 7, 8]), zeros([3, 5, 8])).shape; // → [3, 5, 8]
 * ```
 */
export class Transformer extends Module {
  readonly encoder: TransformerEncoder;
  readonly decoder: TransformerDecoder;

  /** @param options those of the layers; `numEncoderLayers` and `numDecoderLayers` are 6. */
  constructor(
    readonly dModel = 512,
    readonly nhead = 8,
    options: TransformerLayerOptions & { numEncoderLayers?: number; numDecoderLayers?: number } = {},
  ) {
    super();
    const names = ['numEncoderLayers', 'numDecoderLayers', ...layerOptions];
    const {
      numEncoderLayers = 6,
      numDecoderLayers = 6,
      ...ofLayers
    } = optionsOf('Transformer', options, names);
    const norm = (): LayerNorm => new LayerNorm(dModel, { eps: ofLayers.layerNormEps, bias: ofLayers.bias });
    const encoderLayer = new TransformerEncoderLayer(dModel, nhead, ofLayers);
    this.encoder = new TransformerEncoder(encoderLayer, numEncoderLayers, { norm: norm() });
    const decoderLayer = new TransformerDecoderLayer(dModel, nhead, ofLayers);
    this.decoder = new TransformerDecoder(decoderLayer, numDecoderLayers, { norm: norm() });
    for (const parameter of this.parameters()) if (parameter.shape.length > 1) xavierUniform(parameter);
  }

  /** Source [S, N, dModel] and target [T, N, dModel] (with `batchFirst` the batch first; or left out) to the shape of the target. */
  override forward<T extends Tensor>(src: Tensor, tgt: T, options: TransformerForwardOptions = {}): Like<T> {
    const { srcMask: mask, srcKeyPaddingMask, srcIsCausal: isCausal, ...rest } = options;
    const memory = this.encoder.forward(src, { mask, srcKeyPaddingMask, isCausal });
    return this.decoder.forward(tgt, memory, rest);
  }

  /** A mask to add, [size, size]: 0 where a position may see another, -∞ where the other comes later. */
  static generateSquareSubsequentMask<const N extends number>(size: N): Tensor<[N, N]> {
    return new Tensor(ops.triu(full([size, size], Number.NEGATIVE_INFINITY).node, 1));
  }
}
