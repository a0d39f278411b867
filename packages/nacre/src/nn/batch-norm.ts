import { ArgumentError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import type { Node } from '../graph/node.ts';
import { ones, zeros } from '../tensor/create.ts';
import * as ops from '../tensor/ops/index.ts';
import { Parameter, State } from '../tensor/parameter.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { SameFn } from '../tensor/types/index.ts';
import { Layer } from './layer.ts';
import { checkSizes } from './linear.ts';
import { mayLack } from './module.ts';

export interface ChannelNormOptions {
  /** Added to the variance. Default: 1e-5. */
  eps?: number;
  /** How far running statistics go towards those of a batch; null gives all batches one weight. Default: 0.1. */
  momentum?: number | null;
  /** Whether there are weight and bias, [channels]. */
  affine?: boolean;
  /** Whether running statistics are kept, and used after training. */
  trackRunningStats?: boolean;
}

/** What batch and instance normalization share: parameters, running statistics, and when which are used. */
abstract class RunningNorm extends Layer<SameFn> {
  readonly weight: Parameter<readonly [number], 'float32'> | null;
  readonly bias: Parameter<readonly [number], 'float32'> | null;
  readonly runningMean: State<readonly [number], 'float32'> | null;
  readonly runningVar: State<readonly [number], 'float32'> | null;
  readonly numBatchesTracked: State<readonly [], 'int32'> | null;
  readonly eps: number;
  readonly momentum: number | null;

  constructor(
    readonly numFeatures: number,
    options: ChannelNormOptions,
    /** How many dimensions an input may have, and whether each sample is by itself. */
    private readonly kind: readonly [ranks: readonly number[], perSample: boolean],
  ) {
    super();
    const {
      eps = 1e-5,
      momentum = 0.1,
      affine = !kind[1],
      trackRunningStats = !kind[1],
    } = optionsOf(this.constructor.name, options, ['eps', 'momentum', 'affine', 'trackRunningStats']);
    checkSizes(this.constructor.name, { numFeatures });
    if (momentum !== null && !(momentum >= 0 && momentum <= 1)) {
      throw new ArgumentError(`momentum is null or lies between 0 and 1, got ${momentum}`, {
        op: this.constructor.name,
      });
    }
    this.eps = eps;
    this.momentum = momentum;
    this.weight = affine ? new Parameter(ones([numFeatures])) : null;
    this.bias = affine ? new Parameter(zeros([numFeatures])) : null;
    this.runningMean = trackRunningStats ? new State(zeros([numFeatures])) : null;
    this.runningVar = trackRunningStats ? new State(ones([numFeatures])) : null;
    // Checkpoints of before PyTorch 0.4.1 have no count of batches.
    this.numBatchesTracked = trackRunningStats ? mayLack(new State(zeros([], { dtype: 'int32' }))) : null;
  }

  protected override members(): Iterable<readonly [string, unknown]> {
    return Object.entries({
      weight: this.weight,
      bias: this.bias,
      running_mean: this.runningMean,
      running_var: this.runningVar,
      num_batches_tracked: this.numBatchesTracked,
    });
  }

  protected override compute(x: Node): Node {
    const { numFeatures, runningMean, runningVar, numBatchesTracked, momentum } = this;
    const [ranks, perSample] = this.kind;
    const op = `${this.constructor.name}(${numFeatures})`;
    const dims = x.shape.length;
    if (!ranks.includes(dims)) {
      throw new ShapeMismatchError(`got ${showShape(x.shape)}: expected ${ranks.join(' or ')} dimensions`, {
        op,
        shapes: [x.shape],
      });
    }
    // Instance normalization takes a single sample without a batch too.
    const single = perSample && dims === ranks[0];
    const channels = x.shape[single ? 0 : 1];
    if (channels !== numFeatures) {
      throw new ShapeMismatchError(
        `got ${showShape(x.shape)}: expected ${numFeatures} channels, got ${channels}`,
        { op, shapes: [x.shape] },
      );
    }
    const batch = single ? ops.reshapeOf(x, [1, ...x.shape]) : x;
    const options = { weight: this.weight?.node, bias: this.bias?.node, eps: this.eps };
    if (!this.training && runningMean && runningVar) {
      const running = [runningMean.node, runningVar.node] as const;
      return ops.reshapeOf(ops.normalizeBy(op, batch, running, options), x.shape);
    }
    const [out, found] = ops.normalizeChannels(op, batch, perSample, options);
    if (runningMean && runningVar && numBatchesTracked) {
      // As in PyTorch, instance normalization counts no batches, but where their number is what it goes by.
      if (!perSample || momentum === null)
        numBatchesTracked.value = new Tensor(ops.addOf(numBatchesTracked.node, 1));
      const step = momentum ?? ops.divOf(1, numBatchesTracked.node);
      const old = [runningMean.node, runningVar.node] as const;
      const [mean, variance] = ops.track(old, found, step);
      runningMean.value = new Tensor(mean);
      runningVar.value = new Tensor(variance);
    }
    return ops.reshapeOf(out, x.shape);
  }
}

/**
 * Normalizes each channel by its mean and variance over the batch (Ioffe and Szegedy, "Batch normalization", 2015).
 *
 * While training, mean and variance (divided by n) are those of the batch, and the running ones move towards them (a variance divided
 * by n - 1); afterwards the running ones are used. Weight begins as ones, bias as zeros. Throws an ArgumentError where a channel
 * has a single value while training.
 *
 * Formula: (x - mean) / √(var + eps)·weight + bias
 *
 * Shapes: x [N, C] or [N, C, L] → the same
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * const layer = new nn.BatchNorm1d(1);
 * await layer.forward(tensor([[1], [3]])).tolist(); // → [[-1.0], [1.0]]
 * await layer.runningMean!.tolist(); // → [0.2]
 * ```
 */
export class BatchNorm1d extends RunningNorm {
  /** @param options `eps` 1e-5, `momentum` 0.1, `affine` true, `trackRunningStats` true. */
  constructor(numFeatures: number, options: ChannelNormOptions = {}) {
    super(numFeatures, options, [[2, 3], false]);
  }
}

/**
 * Batch normalization of images: mean and variance of each channel over samples and places. See `BatchNorm1d` for the options.
 *
 * Formula: (x - mean) / √(var + eps)·weight + bias
 *
 * Shapes: x [N, C, H, W] → the same
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * const layer = new nn.BatchNorm2d(1);
 * await layer.forward(tensor([[[[1, 3]]]])).tolist(); // → [[[[-1.0, 1.0]]]]
 * ```
 */
export class BatchNorm2d extends RunningNorm {
  constructor(numFeatures: number, options: ChannelNormOptions = {}) {
    super(numFeatures, options, [[4], false]);
  }
}

/**
 * Batch normalization of volumes. See `BatchNorm1d` for the options.
 *
 * Formula: (x - mean) / √(var + eps)·weight + bias
 *
 * Shapes: x [N, C, D, H, W] → the same
 *
 * @example
 * ```ts
 * import { nn, ones } from 'nacre';
 * new nn.BatchNorm3d(2).forward(ones([1, 2, 2, 2, 2])).shape; // → [1, 2, 2, 2, 2]
 * ```
 */
export class BatchNorm3d extends RunningNorm {
  constructor(numFeatures: number, options: ChannelNormOptions = {}) {
    super(numFeatures, options, [[5], false]);
  }
}

/**
 * Normalizes each channel of each sample by its own mean and variance (Ulyanov, Vedaldi and Lempitsky, "Instance
 * normalization", 2016).
 *
 * Formula: (x - mean) / √(var + eps)·weight + bias
 *
 * Shapes: x [N, C, L] or [C, L] → the same
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.InstanceNorm1d(1).forward(tensor([[[1, 3]]])).tolist(); // → [[[-1.0, 1.0]]]
 * ```
 */
export class InstanceNorm1d extends RunningNorm {
  /** @param options `eps` 1e-5, `momentum` 0.1, `affine` false, `trackRunningStats` false. */
  constructor(numFeatures: number, options: ChannelNormOptions = {}) {
    super(numFeatures, options, [[2, 3], true]);
  }
}

/**
 * Instance normalization of images. See `InstanceNorm1d` for the options.
 *
 * Formula: (x - mean) / √(var + eps)·weight + bias
 *
 * Shapes: x [N, C, H, W] or [C, H, W] → the same
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.InstanceNorm2d(1).forward(tensor([[[[1, 3]]]])).tolist(); // → [[[[-1.0, 1.0]]]]
 * ```
 */
export class InstanceNorm2d extends RunningNorm {
  constructor(numFeatures: number, options: ChannelNormOptions = {}) {
    super(numFeatures, options, [[3, 4], true]);
  }
}

/**
 * Instance normalization of volumes. See `InstanceNorm1d` for the options.
 *
 * Formula: (x - mean) / √(var + eps)·weight + bias
 *
 * Shapes: x [N, C, D, H, W] or [C, D, H, W] → the same
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.InstanceNorm3d(1).forward(tensor([[[[[1, 3]]]]])).tolist(); // → [[[[[-1.0, 1.0]]]]]
 * ```
 */
export class InstanceNorm3d extends RunningNorm {
  constructor(numFeatures: number, options: ChannelNormOptions = {}) {
    super(numFeatures, options, [[4, 5], true]);
  }
}

/**
 * Normalizes each of `numGroups` groups of channels of each sample (Wu and He, "Group normalization", 2018). Weight and bias
 * [C] begin as ones and zeros.
 *
 * Formula: (x - mean) / √(var + eps)·weight + bias
 *
 * Shapes: x [N, C, ...] → the same
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.GroupNorm(2, 4).forward(tensor([[1, 3, 5, 9]])).tolist(); // → [[-1.0, 1.0, -1.0, 1.0]]
 * ```
 */
export class GroupNorm extends Layer<SameFn> {
  readonly weight: Parameter<readonly [number], 'float32'> | null;
  readonly bias: Parameter<readonly [number], 'float32'> | null;
  readonly eps: number;

  /** @param options `eps` 1e-5; without `affine` there are no parameters. */
  constructor(
    readonly numGroups: number,
    readonly numChannels: number,
    options: { eps?: number; affine?: boolean } = {},
  ) {
    super();
    const { eps = 1e-5, affine = true } = optionsOf('GroupNorm', options, ['eps', 'affine']);
    checkSizes('GroupNorm', { numGroups, numChannels });
    if (numChannels % numGroups) {
      throw new ArgumentError(`numGroups (${numGroups}) must divide numChannels (${numChannels})`, {
        op: 'GroupNorm',
      });
    }
    this.eps = eps;
    this.weight = affine ? new Parameter(ones([numChannels])) : null;
    this.bias = affine ? new Parameter(zeros([numChannels])) : null;
  }

  protected override compute(x: Node): Node {
    const { numGroups, numChannels, weight, bias, eps } = this;
    const op = `GroupNorm(${numGroups}, ${numChannels})`;
    if (x.shape[1] !== numChannels) {
      throw new ShapeMismatchError(
        `got ${showShape(x.shape)}: expected ${numChannels} channels, got ${x.shape[1] ?? 'none'}`,
        { op, shapes: [x.shape] },
      );
    }
    return ops.groupNorm(op, x, numGroups, { weight: weight?.node, bias: bias?.node, eps });
  }
}
