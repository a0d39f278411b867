/** Values brought to a common scale. Inputs of channels are [N, C, …]. */
import { optionsOf } from '../../base/options.ts';
import { nodeOf, optionalNode } from '../arguments.ts';
import * as ops from '../ops/index.ts';
import { State } from '../parameter.ts';
import type { FloatLike, LayerNorm, Optional, Shaped, ShapeOf } from '../signatures.ts';
import { Tensor } from '../tensor.ts';
import type { Fits, Shape } from '../types/index.ts';

export interface AffineOptions {
  /** Factor of each channel, [C]. Default: 1. */
  weight?: Optional<Tensor>;
  /** Term of each channel, [C]. Default: 0. */
  bias?: Optional<Tensor>;
  /** Added to the variance. Default: 1e-5. */
  eps?: number;
}

export interface RunningOptions extends AffineOptions {
  /** How far running statistics go towards those of the batch. Default: 0.1. */
  momentum?: number;
}

const runningOptions = ['weight', 'bias', 'eps', 'momentum'];

const nodes = (op: string, { weight, bias, eps }: AffineOptions): ops.ChannelNormOptions => ({
  weight: optionalNode(op, weight),
  bias: optionalNode(op, bias),
  eps,
});

/** Normalizes by the input's own moments, and moves running statistics that are a `State` towards them; or by the running ones. */
function normalizeRunning(
  op: string,
  x: Tensor,
  running: readonly [Optional<Tensor>, Optional<Tensor>],
  perSample: boolean,
  usesInput: boolean,
  options: RunningOptions,
): Tensor {
  const [mean, variance] = running.map((value) => optionalNode(op, value));
  const old: ops.Statistics | null = mean && variance && [mean, variance];
  if (!usesInput && old) return new Tensor(ops.normalizeBy(op, nodeOf(op, x), old, nodes(op, options)));
  const [out, found] = ops.normalizeChannels(op, nodeOf(op, x), perSample, nodes(op, options));
  if (old) {
    ops.track(old, found, options.momentum ?? 0.1).forEach((node, i) => {
      const state = running[i];
      if (state instanceof State) state.value = new Tensor(node);
    });
  }
  return new Tensor(out);
}

/**
 * (x - mean) / √(var + eps)·weight + bias for each channel: with `training`, by the mean and the variance of the batch; without (the
 * default), by `runningMean` and `runningVar` [C], where they are given (Ioffe and Szegedy, 2015). While training, running statistics
 * that are a `State` move towards those of the batch, whose variance is divided by n - 1; other tensors stay as they are.
 *
 * Formula: (x - mean) / √(var + eps)·weight + bias, mean and variance of each channel
 *
 * Shapes: x [N, C, ...], runningMean, runningVar, weight, bias [C] → [N, C, ...]
 *
 * @example
 * ```ts
 * import { batchNorm, tensor } from 'nacre';
 * await batchNorm(tensor([[1], [3]]), tensor([2]), tensor([4])).tolist(); // → [[-0.5], [0.5]]
 * ```
 */
export const batchNorm = <T extends Tensor>(
  x: T,
  runningMean: Optional<Tensor>,
  runningVar: Optional<Tensor>,
  options: RunningOptions & { training?: boolean } = {},
): FloatLike<T> => {
  const { training = false, ...others } = optionsOf('batchNorm', options, ['training', ...runningOptions]);
  const running = [runningMean, runningVar] as const;
  return normalizeRunning('batchNorm', x, running, false, training, others) as FloatLike<T>;
};

/**
 * Normalizes each channel of each sample by its own mean and variance (Ulyanov, Vedaldi and Lempitsky, 2016), or with
 * `useInputStats: false` by the running ones. Options as of `batchNorm`.
 *
 * Formula: (x - mean) / √(var + eps)·weight + bias, mean and variance of each channel of each sample
 *
 * Shapes: x [N, C, L, ...] → the same
 *
 * @example
 * ```ts
 * import { instanceNorm, tensor } from 'nacre';
 * await instanceNorm(tensor([[[1, 3]]])).tolist(); // → [[[-1.0, 1.0]]]
 * ```
 */
export const instanceNorm = <T extends Tensor>(
  x: T,
  runningMean?: Optional<Tensor>,
  runningVar?: Optional<Tensor>,
  options: RunningOptions & { useInputStats?: boolean } = {},
): FloatLike<T> => {
  const op = 'instanceNorm';
  const { useInputStats = true, ...others } = optionsOf(op, options, ['useInputStats', ...runningOptions]);
  const running = [runningMean, runningVar] as const;
  return normalizeRunning(op, x, running, true, useInputStats, others) as FloatLike<T>;
};

/**
 * Normalizes each of `groups` groups of channels of each sample by its mean and variance; `eps` is 1e-5 by default (Wu and He,
 * 2018).
 *
 * Formula: (x - mean) / √(var + eps)·weight + bias, mean and variance of each group of channels of each sample
 *
 * Shapes: x [N, C, ...], weight and bias [C] → [N, C, ...]
 *
 * @example
 * ```ts
 * import { groupNorm, tensor } from 'nacre';
 * await groupNorm(tensor([[1, 3, 5, 9]]), 2).tolist(); // → [[-1.0, 1.0, -1.0, 1.0]]
 * ```
 */
export const groupNorm = <T extends Tensor>(
  x: T,
  groups: number,
  weight?: Optional<Tensor>,
  bias?: Optional<Tensor>,
  options: { eps?: number } = {},
): FloatLike<T> => {
  const op = 'groupNorm';
  const { eps } = optionsOf(op, options, ['eps']);
  return new Tensor(ops.groupNorm(op, nodeOf(op, x), groups, nodes(op, { weight, bias, eps })));
};

/**
 * x / √(mean(x²) + eps) over the last axes, which have the shape `normalizedShape`, times weight (Zhang and Sennrich, 2019). `eps` is
 * the distance from 1 to the next number by default: 2⁻²³, 2⁻⁵² for float64.
 *
 * Formula: x / √(mean(x²) + eps)·weight over the normalized axes
 *
 * Shapes: x [..., ...normalizedShape] → the same
 *
 * @example
 * ```ts
 * import { rmsNorm, tensor } from 'nacre';
 * await rmsNorm(tensor([1, 7]), 2).tolist(); // → [0.2, 1.4]
 * ```
 */
export const rmsNorm = <T extends Tensor, const N extends number | Shape>(
  x: T,
  normalizedShape: N & Fits<LayerNorm<ShapeOf<T>, N>>,
  weight?: Optional<Tensor>,
  options: { eps?: number } = {},
): Shaped<FloatLike<T>, LayerNorm<ShapeOf<T>, N>> => {
  const shape: Shape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
  return new Tensor(
    ops.rmsNorm(
      'rmsNorm',
      nodeOf('rmsNorm', x),
      shape,
      optionalNode('rmsNorm', weight),
      optionsOf('rmsNorm', options, ['eps']).eps,
    ),
  );
};

/**
 * Vectors along `dim` (default 1) of length 1 in the norm of order `p` (default 2); `eps` is 1e-12 by default.
 *
 * Formula: x / max(‖x‖, eps)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { normalize, tensor } from 'nacre';
 * await normalize(tensor([[3, 4]])).tolist(); // → [[0.6, 0.8]]
 * ```
 */
export const normalize = <T extends Tensor>(
  x: T,
  options: { p?: number; dim?: number; eps?: number } = {},
): FloatLike<T> => {
  const { p, dim, eps } = optionsOf('normalize', options, ['p', 'dim', 'eps']);
  return new Tensor(ops.normalize(nodeOf('normalize', x), p, dim, eps));
};
