import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import type { Node } from '../graph/node.ts';
import * as activations from '../tensor/ops/activations.ts';
import type { PerAxis, PoolOptions } from '../tensor/ops/window.ts';
import type { PoolFn, SameFn } from '../tensor/types/index.ts';
import { Layer } from './layer.ts';
import { checkSizes } from './linear.ts';

/**
 * Divides by the size of what neighbouring channels have at the same place (Krizhevsky, Sutskever and Hinton, "ImageNet
 * classification with deep convolutional neural networks", 2012).
 *
 * Formula: x / (k + alpha·mean(x² of `size` neighbouring channels))^beta
 *
 * Shapes: x [N, C, ...] → the same
 *
 * @example
 * ```ts
 * import { nn, ones } from 'nacre';
 * await new nn.LocalResponseNorm(1, { alpha: 3, beta: 0.5 }).forward(ones([1, 1, 2])).tolist(); // → [[[0.5, 0.5]]]
 * ```
 */
export class LocalResponseNorm extends Layer<SameFn> {
  readonly options: { alpha?: number; beta?: number; k?: number };

  /** @param options `alpha` 1e-4, `beta` 0.75, `k` 1. */
  constructor(
    readonly size: number,
    options: { alpha?: number; beta?: number; k?: number } = {},
  ) {
    super();
    optionsOf('LocalResponseNorm', options, ['alpha', 'beta', 'k']);
    checkSizes('LocalResponseNorm', { size });
    this.options = options;
  }

  protected override compute(x: Node): Node {
    return activations.localResponseNorm(x, this.size, this.options);
  }
}

/**
 * The channels of [N, C, …] in `groups` groups, one of each group after the other (Zhang, Zhou, Lin and Sun, "ShuffleNet", 2018).
 *
 * Formula: y[j·groups + g] = x[g·C / groups + j] over channels
 *
 * Shapes: x [N, C, ...] → the same
 *
 * @example
 * ```ts
 * import { arange, nn } from 'nacre';
 * await new nn.ChannelShuffle(2).forward(arange(4).reshape([1, 4, 1])).flatten().tolist(); // → [0, 2, 1, 3]
 * ```
 */
export class ChannelShuffle extends Layer<SameFn> {
  constructor(readonly groups: number) {
    super();
    checkSizes('ChannelShuffle', { groups });
  }

  protected override compute(x: Node): Node {
    return activations.channelShuffle('ChannelShuffle', x, this.groups);
  }
}

/**
 * Dropout for SELU of whole channels of [N, C, …]: while training, all of a channel becomes what SELU saturates at with probability p, scaled
 * and moved so that mean 0 and variance 1 stay (Klambauer, Unterthiner, Mayr and Hochreiter, 2017).
 *
 * Formula: a·(m·x + (1 - m)·α') + b, m being 0 with probability p for each channel, α' = -1.7581
 *
 * Shapes: x [N, C, ...] → the same
 *
 * @example
 * ```ts
 * import { nn, ones } from 'nacre';
 * await new nn.FeatureAlphaDropout(0.5).eval().forward(ones([1, 1, 2])).tolist(); // → [[[1, 1]]]
 * ```
 */
export class FeatureAlphaDropout extends Layer<SameFn> {
  /** @param p probability of dropping, from 0 to 1. Default: 0.5. */
  constructor(readonly p = 0.5) {
    super();
    if (!(p >= 0 && p <= 1)) {
      throw new ArgumentError(`p is a probability from 0 to 1, got ${p}`, { op: 'FeatureAlphaDropout' });
    }
  }

  protected override compute(x: Node): Node {
    return this.training ? activations.featureAlphaDropout(x, this.p) : x;
  }
}

const lpPoolOptions = ['stride', 'ceilMode'];
type LpPoolOptions = Pick<PoolOptions, 'stride' | 'ceilMode'>;

/**
 * The norm of order `normType` of each window of a sequence.
 *
 * Formula: (Σ x^normType)^(1 / normType) of each window
 *
 * Shapes: x [N, C, L] → [N, C, L']
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.LPPool1d(2, 2).forward(tensor([[[3, 4]]])).tolist(); // → [[[5]]]
 * ```
 */
export class LPPool1d extends Layer<PoolFn<'LPPool1d', [number]>> {
  /** @param options `stride` (the kernel size), `ceilMode` false. */
  constructor(
    readonly normType: number,
    readonly kernelSize: PerAxis,
    readonly options: LpPoolOptions = {},
  ) {
    super();
    optionsOf(this.constructor.name, options, lpPoolOptions);
  }

  protected override compute(x: Node): Node {
    return activations.lpPool('LPPool1d', x, this.normType, this.kernelSize, 1, this.options);
  }
}

/**
 * The norm of order `normType` of each window of an image.
 *
 * Formula: (Σ x^normType)^(1 / normType) of each window
 *
 * Shapes: x [N, C, H, W] → [N, C, H', W']
 *
 * @example
 * ```ts
 * import { nn, ones } from 'nacre';
 * await new nn.LPPool2d(1, 2).forward(ones([1, 1, 2, 2])).tolist(); // → [[[[4]]]]
 * ```
 */
export class LPPool2d extends Layer<PoolFn<'LPPool2d', [number, number]>> {
  /** @param options `stride` (the kernel size), `ceilMode` false. */
  constructor(
    readonly normType: number,
    readonly kernelSize: PerAxis,
    readonly options: LpPoolOptions = {},
  ) {
    super();
    optionsOf(this.constructor.name, options, lpPoolOptions);
  }

  protected override compute(x: Node): Node {
    return activations.lpPool('LPPool2d', x, this.normType, this.kernelSize, 2, this.options);
  }
}
