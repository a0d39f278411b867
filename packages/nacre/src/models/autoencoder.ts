import { ArgumentError } from '../base/errors.ts';
import * as nn from '../nn/index.ts';
import { randn } from '../tensor/create.ts';
import { dropout } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkImages, withDefaults } from './checks.ts';
import { MLP, type MLPActivation } from './mlp.ts';

export interface AutoencoderOptions {
  /** What follows each hidden layer. Default: 'relu'. */
  activation?: MLPActivation;
  /** Whether a sigmoid brings the output between 0 and 1, as pixels are. Default: no. */
  sigmoid?: boolean;
}

/**
 * A network that learns to give what it gets, through a code too small to copy it (Hinton and Salakhutdinov, "Reducing the
 * dimensionality of data with neural networks", 2006).
 *
 * No labels are needed: the input is the target, as in `fit(model, [x, x], { loss: 'mseLoss', … })`. What gets through the narrow
 * middle is what the examples have in common, so the code can be used in place of the data, and an input that is given back badly is
 * an unusual one. With one linear layer each way it finds the plane of principal component analysis; with more, curved ones.
 *
 * `sizes` go from the input to the code; the decoder has them in the opposite order. Parameters: `encoder.0`, `encoder.3`, …,
 * `decoder.0`, …
 *
 * Formula: y = decoder(encoder(x))
 *
 * Shapes: x [..., sizes[0]] → [..., sizes[0]]; the code [..., sizes.at(-1)]
 *
 * @example
 * ```ts
 * import { zeros } from 'nacre';
 * import { Autoencoder } from 'nacre/models';
 * const model = new Autoencoder([784, 128, 16], { sigmoid: true });
 * model.encode(zeros([5, 784])).shape; // → [5, 16]
 * model.forward(zeros([5, 784])).shape; // → [5, 784]
 * ```
 */
export class Autoencoder extends nn.Module {
  readonly encoder: MLP;
  readonly decoder: MLP;
  readonly hasSigmoid: boolean;

  constructor(
    readonly sizes: readonly number[],
    options?: AutoencoderOptions,
  ) {
    super();
    const defaults = { activation: 'relu', sigmoid: false } as const;
    const { activation, sigmoid } = withDefaults('Autoencoder', options, defaults);
    this.encoder = new MLP(sizes, { activation });
    this.decoder = new MLP([...sizes].reverse(), { activation });
    this.hasSigmoid = sigmoid;
  }

  encode(x: Tensor): Tensor {
    return this.encoder.forward(x);
  }

  decode(code: Tensor): Tensor {
    const y: Tensor = this.decoder.forward(code);
    return this.hasSigmoid ? y.sigmoid() : y;
  }

  override forward(x: Tensor): Tensor {
    return this.decode(this.encode(x));
  }
}

export interface DenoisingAutoencoderOptions extends AutoencoderOptions {
  /** How inputs are spoilt: 'gaussian' adds noise of this deviation, 'mask' sets this part of the features to 0. Default: 'gaussian'. */
  noise?: 'gaussian' | 'mask';
  /** How much. Default: 0.3. */
  amount?: number;
}

/**
 * An autoencoder that sees its input spoilt while training, and has to give it back clean (Vincent et al., "Extracting and composing
 * robust features with denoising autoencoders", 2008).
 *
 * What was lost can only be filled in by who knows how the data hang together, so the code learns that even where it is not narrow. The
 * target is the clean input, as for `Autoencoder`; in evaluation mode inputs are taken as they are. Throws an ArgumentError
 * for noise it does not know, and for an amount below 0, or, of 'mask', not below 1.
 *
 * Formula: y = decoder(encoder(spoilt(x)))
 *
 * Shapes: x [..., sizes[0]] → [..., sizes[0]]
 *
 * @example
 * ```ts
 * import { mseLoss, ones } from 'nacre';
 * import { DenoisingAutoencoder } from 'nacre/models';
 * const model = new DenoisingAutoencoder([8, 8], { noise: 'mask', amount: 0.5 });
 * mseLoss(model.forward(ones([4, 8])), ones([4, 8])).shape; // → []
 * ```
 */
export class DenoisingAutoencoder extends Autoencoder {
  readonly noise: 'gaussian' | 'mask';
  readonly amount: number;

  constructor(sizes: readonly number[], options?: DenoisingAutoencoderOptions) {
    const op = 'DenoisingAutoencoder';
    const defaults = { activation: 'relu', sigmoid: false, noise: 'gaussian', amount: 0.3 } as const;
    const { noise, amount, ...rest } = withDefaults<DenoisingAutoencoderOptions>(op, options, defaults);
    super(sizes, rest);
    if (noise !== 'gaussian' && noise !== 'mask')
      throw new ArgumentError(`noise is 'gaussian' or 'mask', got '${String(noise)}'`, { op });
    if (!(amount >= 0) || (noise === 'mask' && amount >= 1))
      throw new ArgumentError(`amount is from 0 on, and below 1 for 'mask', got ${amount}`, { op });
    this.noise = noise;
    this.amount = amount;
  }

  /** The input as the encoder sees it while training. */
  spoil(x: Tensor): Tensor {
    const { noise, amount } = this;
    if (noise === 'gaussian') return x.add(randn(x.shape).mul(amount));
    // Dropout makes up for what is lost by a factor, which is taken back: a pixel that stays is as it was.
    return dropout(x, amount).mul(1 - amount);
  }

  override forward(x: Tensor): Tensor {
    return super.forward(this.training ? this.spoil(x) : x);
  }
}

export interface ConvAutoencoderOptions {
  /** Default: 1. */
  inChannels?: number;
  /** Channels after each halving; the last are those of the code. Default: [16, 32]. */
  channels?: readonly number[];
}

/**
 * An autoencoder of images: convolutions that halve the resolution, and transposed ones that double it again (Masci et al.,
 * "Stacked convolutional auto-encoders", 2011).
 *
 * The code is an image too, small and of many channels, so that where something is stays where it is. A sigmoid brings the output
 * between 0 and 1. Parameters: `encoder.0`, `encoder.2`, …, `decoder.0`, `decoder.2`, …
 *
 * Formula: y = sigmoid(decoder(encoder(x)))
 *
 * Shapes: x [N, inChannels, H, W], H and W divisible by 2^channels.length → the same; the code [N, channels.at(-1), H / 2^n, W / 2^n]
 *
 * @example
 * ```ts
 * import { zeros } from 'nacre';
 * import { ConvAutoencoder } from 'nacre/models';
 * const model = new ConvAutoencoder();
 * model.encode(zeros([2, 1, 28, 28])).shape; // → [2, 32, 7, 7]
 * model.forward(zeros([2, 1, 28, 28])).shape; // → [2, 1, 28, 28]
 * model.forward(zeros([2, 1, 30, 28])); // → throws ArgumentError: divisible by 4
 * ```
 */
export class ConvAutoencoder extends nn.Module {
  readonly encoder: nn.Sequential;
  readonly decoder: nn.Sequential;
  readonly inChannels: number;
  /** By how much height and width of the code are smaller. */
  readonly factor: number;

  constructor(options?: ConvAutoencoderOptions) {
    super();
    const op = 'ConvAutoencoder';
    const defaults: Required<ConvAutoencoderOptions> = { inChannels: 1, channels: [16, 32] };
    const { inChannels, channels } = withDefaults(op, options, defaults);
    if (!channels.length) throw new ArgumentError('channels are empty', { op });
    this.inChannels = inChannels;
    this.factor = 2 ** channels.length;
    const sizes = [inChannels, ...channels];
    const down: nn.Step[] = [];
    const up: nn.Step[] = [];
    for (let i = 1; i < sizes.length; i++) {
      const [outer, inner] = [sizes[i - 1], sizes[i]];
      down.push(new nn.Conv2d(outer, inner, 3, { stride: 2, padding: 1 }), new nn.ReLU());
      const layer = new nn.ConvTranspose2d(inner, outer, 3, { stride: 2, padding: 1, outputPadding: 1 });
      up.unshift(layer, i === 1 ? new nn.Sigmoid() : new nn.ReLU());
    }
    this.encoder = new nn.Sequential(...down);
    this.decoder = new nn.Sequential(...up);
  }

  encode(x: Tensor): Tensor {
    const op = 'ConvAutoencoder';
    checkImages(op, x, this.inChannels);
    const [, , height, width] = x.shape;
    if (height % this.factor || width % this.factor) {
      const message = `H and W are divisible by ${this.factor}, got ${height} and ${width}`;
      throw new ArgumentError(message, { op, shapes: [x.shape] });
    }
    return this.encoder.forward(x);
  }

  decode(code: Tensor): Tensor {
    return this.decoder.forward(code);
  }

  override forward(x: Tensor): Tensor {
    return this.decode(this.encode(x));
  }
}
