import { ShapeMismatchError, showShape } from '../base/errors.ts';
import * as nn from '../nn/index.ts';
import { concat, maxPool2d } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkImages, withDefaults } from './checks.ts';

export interface UNetOptions {
  /** Default: 3. */
  inChannels?: number;
  /** Default: 2. */
  numClasses?: number;
  /** Channels at the full resolution; each halving of it doubles them. Default: 64. */
  baseChannels?: number;
  /** How often the resolution is halved. Default: 4. */
  depth?: number;
}

/** Twice a 3×3 convolution that keeps every place, normalization, and ReLU. */
const doubleConvolution = (from: number, to: number): nn.Sequential =>
  new nn.Sequential(
    new nn.Conv2d(from, to, 3, { padding: 1, bias: false }),
    new nn.BatchNorm2d(to),
    new nn.ReLU(),
    new nn.Conv2d(to, to, 3, { padding: 1, bias: false }),
    new nn.BatchNorm2d(to),
    new nn.ReLU(),
  );

/**
 * A network that says of each pixel what it belongs to (Ronneberger, Fischer and Brox, "U-Net: convolutional networks for biomedical
 * image segmentation", 2015).
 *
 * To know what something is, a network must look from afar, on a coarse image; to know where it ends, from near. Going down, the
 * resolution is halved and the channels doubled; going up, the way back; and at each level what was seen on the way down is put beside
 * what comes from below. Diffusion models use it to say of each pixel how much of it is noise.
 *
 * Two things differ from the paper, as is common today: convolutions are padded, so that the output is as large as the input, and
 * normalized. Parameters: `encoder.0` … `encoder.depth` (the last is the bottom), `up.i` (transposed convolutions that double),
 * `decoder.i` (after them, from the bottom up), `head`. With the defaults 31,037,698.
 *
 * Formula: decoder_i([encoder_i, up(below)]) at each level; head at the top
 *
 * Shapes: x [N, inChannels, H, W], H and W divisible by 2^depth → logits [N, numClasses, H, W]
 *
 * @example
 * ```ts
 * import { zeros } from 'nacre';
 * import { UNet } from 'nacre/models';
 * const model = new UNet({ inChannels: 1, baseChannels: 4, depth: 2 });
 * model.forward(zeros([1, 1, 16, 24])).shape; // → [1, 2, 16, 24]
 * model.forward(zeros([1, 1, 18, 24])); // → throws ShapeMismatchError: H and W divisible by 4
 * ```
 */
export class UNet extends nn.Module {
  readonly encoder: nn.ModuleList<nn.Sequential>;
  readonly up: nn.ModuleList<nn.ConvTranspose2d>;
  readonly decoder: nn.ModuleList<nn.Sequential>;
  readonly head: nn.Conv2d;
  readonly inChannels: number;

  constructor(options?: UNetOptions) {
    super();
    const defaults = { inChannels: 3, numClasses: 2, baseChannels: 64, depth: 4 };
    const { inChannels, numClasses, baseChannels, depth } = withDefaults('UNet', options, defaults);
    this.inChannels = inChannels;
    const width = (level: number): number => baseChannels * 2 ** level;
    this.encoder = new nn.ModuleList([doubleConvolution(inChannels, baseChannels)]);
    this.up = new nn.ModuleList();
    this.decoder = new nn.ModuleList();
    for (let level = 1; level <= depth; level++)
      this.encoder.push(doubleConvolution(width(level - 1), width(level)));
    for (let level = depth; level >= 1; level--) {
      this.up.push(new nn.ConvTranspose2d(width(level), width(level - 1), 2, { stride: 2 }));
      this.decoder.push(doubleConvolution(width(level), width(level - 1)));
    }
    this.head = new nn.Conv2d(baseChannels, numClasses, 1);
  }

  override forward(x: Tensor): Tensor {
    checkImages('UNet', x, this.inChannels);
    const depth = this.up.length;
    if (x.shape[2] % 2 ** depth || x.shape[3] % 2 ** depth) {
      throw new ShapeMismatchError(
        `got ${showShape(x.shape)}, expected H and W divisible by ${2 ** depth}, as they are halved ${depth} times`,
        { op: 'UNet', shapes: [x.shape], hint: 'Pad or resize the images' },
      );
    }
    const seen: Tensor[] = [];
    let y = x;
    for (const layer of this.encoder) {
      y = layer.forward(seen.length ? (maxPool2d(y, 2) as Tensor) : y);
      seen.push(y);
    }
    for (let i = 0; i < depth; i++) {
      const wide: Tensor = this.up.at(i).forward(y);
      y = this.decoder.at(i).forward(concat([seen[depth - 1 - i], wide], 1) as Tensor);
    }
    return this.head.forward(y);
  }
}
