import { ArgumentError } from '../base/errors.ts';
import * as nn from '../nn/index.ts';
import { zeros } from '../tensor/create.ts';
import { concat } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkImages, withDefaults } from './checks.ts';
import { checkpointNames } from './names.ts';

export interface VisionTransformerOptions {
  /** Height and width of images. Default: 224. */
  imageSize?: number;
  /** Height and width of a patch; divides `imageSize`. Default: 16. */
  patchSize?: number;
  /** Default: 12. */
  numLayers?: number;
  /** Default: 12. */
  numHeads?: number;
  /** Features of a patch. Default: 768. */
  hiddenDim?: number;
  /** Features between the two linear layers of a block. Default: 3072. */
  mlpDim?: number;
  /** Default: 1000. */
  numClasses?: number;
  /** Probability of dropping, of features. Default: 0. */
  dropout?: number;
  /** Probability of dropping, of weights of attention. Default: 0. */
  attentionDropout?: number;
}

type Config = Required<VisionTransformerOptions>;

/** Attention among patches, then two linear layers for each patch by itself; each normalized before, and added to its input. */
class EncoderBlock extends nn.Module {
  readonly ln1: nn.LayerNorm;
  readonly selfAttention: nn.MultiheadAttention;
  readonly dropout: nn.Dropout;
  readonly ln2: nn.LayerNorm;
  readonly mlp: nn.Sequential;

  constructor({ hiddenDim, numHeads, mlpDim, dropout, attentionDropout }: Config) {
    super();
    this.ln1 = new nn.LayerNorm(hiddenDim, { eps: 1e-6 });
    const options = { dropout: attentionDropout, batchFirst: true };
    this.selfAttention = new nn.MultiheadAttention(hiddenDim, numHeads, options);
    this.dropout = new nn.Dropout(dropout);
    this.ln2 = new nn.LayerNorm(hiddenDim, { eps: 1e-6 });
    const [widen, narrow] = [new nn.Linear(hiddenDim, mlpDim), new nn.Linear(mlpDim, hiddenDim)];
    for (const layer of [widen, narrow]) {
      nn.init.xavierUniform(layer.weight);
      nn.init.normal(layer.bias!, 0, 1e-6);
    }
    const [between, after] = [new nn.Dropout(dropout), new nn.Dropout(dropout)];
    this.mlp = new nn.Sequential(widen, new nn.GELU(), between, narrow, after);
  }

  protected override members(): Iterable<readonly [string, unknown]> {
    return checkpointNames(super.members(), { ln1: 'ln_1', ln2: 'ln_2' });
  }

  override forward(x: Tensor): Tensor {
    const normed: Tensor = this.ln1.forward(x);
    const [attended] = this.selfAttention.forward(normed, normed, normed, { needWeights: false });
    const y: Tensor = x.add(this.dropout.forward(attended));
    return y.add(this.mlp.forward(this.ln2.forward(y)));
  }
}

/** Positions added, the blocks one after the other, and a last normalization. */
class Encoder extends nn.Module {
  readonly posEmbedding: nn.Parameter;
  readonly dropout: nn.Dropout;
  readonly layers: nn.ModuleList<EncoderBlock>;
  readonly ln: nn.LayerNorm;

  constructor(positions: number, config: Config) {
    super();
    const { hiddenDim, dropout, numLayers } = config;
    this.posEmbedding = nn.init.normal(new nn.Parameter(zeros([1, positions, hiddenDim])), 0, 0.02);
    this.dropout = new nn.Dropout(dropout);
    this.layers = new nn.ModuleList(Array.from({ length: numLayers }, () => new EncoderBlock(config)));
    this.ln = new nn.LayerNorm(hiddenDim, { eps: 1e-6 });
  }

  protected override members(): Iterable<readonly [string, unknown]> {
    return [
      ['pos_embedding', this.posEmbedding],
      ['dropout', this.dropout],
      ...[...this.layers].map((layer, i) => [`layers.encoder_layer_${i}`, layer] as const),
      ['ln', this.ln],
    ];
  }

  override forward(x: Tensor): Tensor {
    let y: Tensor = this.dropout.forward(x.add(this.posEmbedding));
    for (const layer of this.layers) y = layer.forward(y);
    return this.ln.forward(y);
  }
}

/**
 * An image as a sequence of patches, read by a Transformer (Dosovitskiy et al., "An image is worth 16x16 words", 2020).
 *
 * Nothing in it knows that images are flat or that neighbours matter: patches are cut out, each becomes a vector by one linear layer
 * (written as a convolution whose stride is its size), a learned vector says where it was, and attention does the rest. What
 * convolutions know from the beginning has to be learned, so it needs more images, and gains more from them. A further token, which
 * stands for no patch, gathers what the classifier reads.
 *
 * The defaults are ViT-B/16: 86,567,656 parameters. Parameters are named and shaped as torchvision's `vit_b_16` (not as timm's),
 * whose checkpoints load: `class_token`, `conv_proj`, `encoder.pos_embedding`, `encoder.layers.encoder_layer_0.ln_1`, …,
 * `heads.head`. Throws an ArgumentError if `patchSize` does not divide `imageSize`.
 *
 * Formula: head(encoder([class_token, patches(x)] + positions)[0])
 *
 * Shapes: x [N, 3, imageSize, imageSize] → logits [N, numClasses]
 *
 * @example
 * ```ts
 * import { zeros } from 'nacre';
 * import { VisionTransformer } from 'nacre/models';
 * const size = { imageSize: 32, patchSize: 8, numLayers: 2, numHeads: 2, hiddenDim: 16, mlpDim: 32, numClasses: 10 };
 * const model = new VisionTransformer(size);
 * model.forward(zeros([2, 3, 32, 32])).shape; // → [2, 10]
 * model.forward(zeros([2, 3, 28, 28])); // → throws ShapeMismatchError: expected [N, 3, 32, 32]
 * ```
 */
export class VisionTransformer extends nn.Module {
  readonly classToken: nn.Parameter;
  readonly convProj: nn.Conv2d;
  readonly encoder: Encoder;
  readonly head: nn.Linear;
  readonly imageSize: number;

  constructor(options?: VisionTransformerOptions) {
    super();
    const op = 'VisionTransformer';
    const config = withDefaults(op, options, {
      imageSize: 224,
      patchSize: 16,
      numLayers: 12,
      numHeads: 12,
      hiddenDim: 768,
      mlpDim: 3072,
      numClasses: 1000,
      dropout: 0,
      attentionDropout: 0,
    });
    const { imageSize, patchSize, hiddenDim } = config;
    if (imageSize % patchSize)
      throw new ArgumentError(`patchSize ${patchSize} does not divide imageSize ${imageSize}`, { op });
    this.imageSize = imageSize;
    this.classToken = new nn.Parameter(zeros([1, 1, hiddenDim]));
    this.convProj = new nn.Conv2d(3, hiddenDim, patchSize, { stride: patchSize });
    nn.init.truncNormal(this.convProj.weight, 0, Math.sqrt(1 / (3 * patchSize * patchSize)));
    nn.init.zeros(this.convProj.bias!);
    this.encoder = new Encoder((imageSize / patchSize) ** 2 + 1, config);
    this.head = new nn.Linear(hiddenDim, config.numClasses);
    nn.init.zeros(this.head.weight);
    nn.init.zeros(this.head.bias!);
  }

  protected override members(): Iterable<readonly [string, unknown]> {
    return checkpointNames(super.members(), { head: 'heads.head' });
  }

  override forward(x: Tensor): Tensor {
    const { imageSize } = this;
    checkImages('VisionTransformer', x, 3, imageSize, imageSize);
    const patches: Tensor = this.convProj.forward(x);
    const sequence: Tensor = patches.flatten(2).transpose(1, 2);
    const token: Tensor = this.classToken.expand([x.shape[0], 1, sequence.shape[2]]);
    const tokens: Tensor = concat([token, sequence], 1);
    return this.head.forward(this.encoder.forward(tokens).select(1, 0));
  }
}
