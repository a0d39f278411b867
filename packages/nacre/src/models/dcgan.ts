import { ArgumentError, ShapeMismatchError, showShape } from '../base/errors.ts';
import * as nn from '../nn/index.ts';
import { randn } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkImages, withDefaults } from './checks.ts';

export interface DCGANOptions {
  /** Channels of images. Default: 3. */
  channels?: number;
  /** Height and width of images: a power of two from 8 on. Default: 64. */
  imageSize?: number;
  /** Channels of the layer next to the image; each halving doubles them. Default: 64. */
  width?: number;
}

export interface DCGANGeneratorOptions extends DCGANOptions {
  /** Numbers that an image is made of. Default: 100. */
  latentSize?: number;
}

/** How many convolutions of stride 2 lie between an image and 4×4. */
function halvings(op: string, imageSize: number): number {
  const count = Math.log2(imageSize) - 2;
  if (Number.isInteger(count) && count >= 1) return count;
  throw new ArgumentError(`imageSize is a power of two from 8 on, got ${imageSize}`, { op });
}

/** Weights begin normal with a deviation of 0.02, as the paper says; those of normalizations around 1. */
function initialize(module: nn.Module): void {
  for (const layer of module.modules()) {
    if (layer instanceof nn.Conv2d || layer instanceof nn.ConvTranspose2d)
      nn.init.normal(layer.weight, 0, 0.02);
    if (layer instanceof nn.BatchNorm2d) nn.init.normal(layer.weight!, 1, 0.02);
  }
}

/**
 * The half of a generative adversarial network that makes images from noise (Goodfellow et al., 2014; Radford, Metz and Chintala,
 * "Unsupervised representation learning with deep convolutional generative adversarial networks", 2015).
 *
 * It never sees an image. It learns from the `DCGANDiscriminator`, which tells real images from its own, by the gradient of the
 * discriminator's answer: change the image so, and I would have believed it. Transposed convolutions of stride 2 double the resolution,
 * from 1×1 to 4×4 and on; all but the last are normalized, without which training the two against each other does not settle.
 *
 * Parameters are named and shaped as in PyTorch's tutorial, `main.0.weight`, `main.1.weight`, …: 3,576,704 with the defaults. Throws
 * an ArgumentError for another `imageSize`.
 *
 * Formula: tanh(convolutions(z))
 *
 * Shapes: z [N, latentSize] or [N, latentSize, 1, 1] → images [N, channels, imageSize, imageSize], from -1 to 1
 *
 * @example
 * ```ts
 * import { DCGANGenerator } from 'nacre/models';
 * const generator = new DCGANGenerator({ imageSize: 32, channels: 1, width: 8 });
 * generator.sample(2).shape; // → [2, 1, 32, 32]
 * new DCGANGenerator({ imageSize: 48 }); // → throws ArgumentError: a power of two
 * ```
 */
export class DCGANGenerator extends nn.Module {
  readonly main: nn.Sequential;
  readonly latentSize: number;

  constructor(options?: DCGANGeneratorOptions) {
    super();
    const op = 'DCGANGenerator';
    const defaults = { channels: 3, imageSize: 64, width: 64, latentSize: 100 };
    const { channels, imageSize, width, latentSize } = withDefaults(op, options, defaults);
    this.latentSize = latentSize;
    const layers: nn.Step[] = [];
    let from = latentSize;
    for (let i = halvings(op, imageSize) - 1; i >= 0; i--) {
      const to = width * 2 ** i;
      const place = layers.length ? { stride: 2, padding: 1 } : {};
      layers.push(
        new nn.ConvTranspose2d(from, to, 4, { ...place, bias: false }),
        new nn.BatchNorm2d(to),
        new nn.ReLU(),
      );
      from = to;
    }
    layers.push(
      new nn.ConvTranspose2d(from, channels, 4, { stride: 2, padding: 1, bias: false }),
      new nn.Tanh(),
    );
    this.main = new nn.Sequential(...layers);
    initialize(this);
  }

  override forward(z: Tensor): Tensor {
    const { latentSize } = this;
    const isFlat = z.ndim === 2;
    if (z.shape[1] !== latentSize || !(isFlat || (z.ndim === 4 && z.shape[2] === 1 && z.shape[3] === 1))) {
      throw new ShapeMismatchError(
        `got ${showShape(z.shape)}, expected [N, ${latentSize}] or [N, ${latentSize}, 1, 1]`,
        { op: 'DCGANGenerator', shapes: [z.shape] },
      );
    }
    return this.main.forward(isFlat ? z.reshape([z.shape[0], latentSize, 1, 1]) : z);
  }

  /** Images of noise drawn anew. */
  sample(count: number): Tensor {
    return this.forward(randn([count, this.latentSize]));
  }
}

/**
 * The half of a generative adversarial network that tells real images from made ones (Radford, Metz and Chintala, 2015).
 *
 * Convolutions of stride 2, with leaky ReLU, so that a gradient always gets through to the generator, which learns from nothing else.
 * Its answer is a logit: train it with `binaryCrossEntropyWithLogits` towards 1 for real images and 0 for made ones, and the
 * `DCGANGenerator` towards 1 for what it makes.
 *
 * Parameters are named and shaped as in PyTorch's tutorial (whose last layer is a sigmoid): `main.0.weight`, `main.2.weight`, …:
 * 2,765,568 with the defaults. Throws an ArgumentError for another `imageSize`.
 *
 * Formula: convolutions(x)
 *
 * Shapes: x [N, channels, imageSize, imageSize] → logits [N]
 *
 * @example
 * ```ts
 * import { binaryCrossEntropyWithLogits, ones, optim } from 'nacre';
 * import { DCGANDiscriminator, DCGANGenerator } from 'nacre/models';
 * const size = { imageSize: 16, channels: 1, width: 4 };
 * const generator = new DCGANGenerator({ ...size, latentSize: 8 });
 * const discriminator = new DCGANDiscriminator(size);
 * const adam = new optim.Adam(generator.parameters(), { lr: 2e-4, betas: [0.5, 0.999] });
 * const loss = binaryCrossEntropyWithLogits(discriminator.forward(generator.sample(6)), ones([6]));
 * loss.backward();
 * adam.step();
 * discriminator.forward(generator.sample(6)).shape; // → [6]
 * ```
 */
export class DCGANDiscriminator extends nn.Module {
  readonly main: nn.Sequential;
  readonly channels: number;
  readonly imageSize: number;

  constructor(options?: DCGANOptions) {
    super();
    const op = 'DCGANDiscriminator';
    const defaults = { channels: 3, imageSize: 64, width: 64 };
    const { channels, imageSize, width } = withDefaults(op, options, defaults);
    this.channels = channels;
    this.imageSize = imageSize;
    const layers: nn.Step[] = [];
    let from = channels;
    for (let i = 0; i < halvings(op, imageSize); i++) {
      const to = width * 2 ** i;
      layers.push(new nn.Conv2d(from, to, 4, { stride: 2, padding: 1, bias: false }));
      if (i > 0) layers.push(new nn.BatchNorm2d(to));
      layers.push(new nn.LeakyReLU({ negativeSlope: 0.2 }));
      from = to;
    }
    layers.push(new nn.Conv2d(from, 1, 4, { bias: false }));
    this.main = new nn.Sequential(...layers);
    initialize(this);
  }

  override forward(x: Tensor): Tensor {
    checkImages('DCGANDiscriminator', x, this.channels, this.imageSize, this.imageSize);
    return this.main.forward(x).reshape([x.shape[0]]);
  }
}
