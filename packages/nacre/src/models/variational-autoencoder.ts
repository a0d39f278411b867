import * as nn from '../nn/index.ts';
import { randn } from '../tensor/create.ts';
import { binaryCrossEntropyWithLogits } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { withDefaults } from './checks.ts';
import { MLP, type MLPActivation } from './mlp.ts';

export interface VariationalAutoencoderOptions {
  /** Sizes of the hidden layers of the encoder; the decoder has them in the opposite order. Default: [400]. */
  hidden?: readonly number[];
  /** Default: 'relu'. */
  activation?: MLPActivation;
}

/** What a variational autoencoder makes of its inputs. */
export interface VariationalOutput {
  /** Logits of the pixels, [N, inFeatures]. */
  readonly logits: Tensor;
  /** Where the code of each input lies, [N, latentFeatures]. */
  readonly mean: Tensor;
  /** How far it may be from there, as a logarithm: log σ², [N, latentFeatures]. */
  readonly logVariance: Tensor;
}

/**
 * An autoencoder whose codes fill the space they lie in, so that any code makes an example (Kingma and Welling, "Auto-encoding
 * variational Bayes", 2013).
 *
 * The codes of a plain autoencoder lie anywhere, with nothing between them that decodes to anything. Here the encoder gives a cloud, by its
 * mean and variance, and the decoder gets a point drawn from it; the loss (`vaeLoss`) asks for clouds near the standard normal
 * one, so that clouds overlap and a standard normal draw decodes to something new. A draw has no gradient; but written as
 * mean + σ·noise, with the noise drawn apart, it has: this is the reparametrization.
 *
 * Parameters: `encoder.…` (the hidden layers), `mean`, `logVariance`, `decoder.…`. In evaluation mode the code is the mean.
 *
 * Formula: z = mean + exp(logVariance / 2)·ε, ε ~ N(0, 1); logits = decoder(z)
 *
 * Shapes: x [N, inFeatures] from 0 to 1 → logits [N, inFeatures], mean and logVariance [N, latentFeatures]
 *
 * @example
 * ```ts
 * import { zeros } from 'nacre';
 * import { VariationalAutoencoder } from 'nacre/models';
 * const model = new VariationalAutoencoder(784, 20);
 * const { logits, mean } = model.forward(zeros([3, 784]));
 * [logits.shape, mean.shape]; // → [[3, 784], [3, 20]]
 * model.sample(5).shape; // → [5, 784]
 * ```
 */
export class VariationalAutoencoder extends nn.Module {
  readonly encoder: nn.Sequential;
  readonly mean: nn.Linear;
  readonly logVariance: nn.Linear;
  readonly decoder: MLP;

  constructor(
    readonly inFeatures: number,
    readonly latentFeatures: number,
    options?: VariationalAutoencoderOptions,
  ) {
    super();
    const op = 'VariationalAutoencoder';
    const defaults: Required<VariationalAutoencoderOptions> = { hidden: [400], activation: 'relu' };
    const { hidden, activation } = withDefaults(op, options, defaults);
    const last = hidden.at(-1) ?? inFeatures;
    // The hidden layers of an MLP whose output layer is twofold, and made here.
    const layers = hidden.length ? [...new MLP([inFeatures, ...hidden, 1], { activation })].slice(0, -2) : [];
    this.encoder = new nn.Sequential(...layers);
    this.mean = new nn.Linear(last, latentFeatures);
    this.logVariance = new nn.Linear(last, latentFeatures);
    this.decoder = new MLP([latentFeatures, ...[...hidden].reverse(), inFeatures], { activation });
  }

  /** The cloud of each input. */
  encode(x: Tensor): [mean: Tensor, logVariance: Tensor] {
    const hidden: Tensor = this.encoder.forward(x);
    return [this.mean.forward(hidden), this.logVariance.forward(hidden)];
  }

  /** A point of each cloud, through which gradients reach its mean and variance. */
  reparametrize(mean: Tensor, logVariance: Tensor): Tensor {
    return mean.add(logVariance.mul(0.5).exp().mul(randn(mean.shape)));
  }

  /** Logits of the pixels for codes [N, latentFeatures]. */
  decode(code: Tensor): Tensor {
    return this.decoder.forward(code);
  }

  override forward(x: Tensor): VariationalOutput {
    const [mean, logVariance] = this.encode(x);
    const code = this.training ? this.reparametrize(mean, logVariance) : mean;
    return { logits: this.decode(code), mean, logVariance };
  }

  /** New examples, pixels from 0 to 1: [count, inFeatures]. */
  sample(count: number): Tensor {
    return this.decode(randn([count, this.latentFeatures]) as Tensor).sigmoid();
  }
}

/**
 * The loss of a variational autoencoder: how badly pixels are given back, plus how far the clouds are from the standard normal one.
 *
 * It is the negative of a lower bound of the probability that the model gives the data, a mean over examples. `beta`, by default 1,
 * weighs the second part: above 1 the parts of the code become more independent of each other, and pictures worse (Higgins et al.,
 * "beta-VAE", 2017).
 *
 * Formula: Σ crossEntropy(x, logits) + beta·½·Σ (exp(logVariance) + mean² - 1 - logVariance), as a mean over N
 *
 * Shapes: output of `VariationalAutoencoder`, x [N, inFeatures] from 0 to 1 → []
 *
 * @example
 * ```ts
 * import { tensor, zeros } from 'nacre';
 * import { vaeLoss } from 'nacre/models';
 * const output = { logits: zeros([1, 2]), mean: tensor([[1]]), logVariance: zeros([1, 1]) };
 * await vaeLoss(output, tensor([[0, 1]])).item(); // → 1.8863
 * ```
 */
export function vaeLoss(
  { logits, mean, logVariance }: VariationalOutput,
  x: Tensor,
  options?: { beta?: number },
): Tensor {
  const { beta } = withDefaults('vaeLoss', options, { beta: 1 });
  const pixels: Tensor = binaryCrossEntropyWithLogits(logits, x, { reduction: 'sum' });
  const divergence: Tensor = logVariance.exp().add(mean.square()).sub(1).sub(logVariance).sum().mul(0.5);
  return pixels.add(divergence.mul(beta)).div(x.shape[0]);
}
