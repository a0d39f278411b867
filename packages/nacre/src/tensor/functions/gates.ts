/** Activations with weights and gates, and dropout of whole channels. */
import { optionsOf } from '../../base/options.ts';
import { nodeOf } from '../arguments.ts';
import * as ops from '../ops/index.ts';
import type { FloatLike, Like } from '../signatures.ts';
import { Tensor } from '../tensor.ts';
import type { Shape } from '../types/index.ts';

/**
 * x where it is positive, else weight·x, with one weight, or one for each channel (axis 1) (He et al., 2015).
 *
 * Formula: x for x > 0, else weight·x
 *
 * Shapes: x [N, C, ...], weight [] , [1] or [C] → [N, C, ...]
 *
 * @example
 * ```ts
 * import { prelu, tensor } from 'nacre';
 * await prelu(tensor([[-1, -1]]), tensor([0.5, 0.25])).tolist(); // → [[-0.5, -0.25]]
 * ```
 */
export const prelu = <T extends Tensor>(x: T, weight: Tensor): FloatLike<T> =>
  new Tensor(ops.prelu(nodeOf('prelu', x), nodeOf('prelu', weight)));

/**
 * The first half of axis `dim` (default: the last) times the sigmoid of the second (Dauphin et al., 2017).
 *
 * Formula: a·sigmoid(b), [a, b] = x
 *
 * Shapes: x [..., 2n] → [..., n]
 *
 * @example
 * ```ts
 * import { glu, tensor } from 'nacre';
 * await glu(tensor([1, 2, 0, 0])).tolist(); // → [0.5, 1]
 * ```
 */
export const glu = <T extends Tensor>(x: T, dim?: number): Tensor<Shape, FloatLike<T>['dtype']> =>
  new Tensor(ops.glu(nodeOf('glu', x), dim));

/**
 * x where it is greater than `limit`, else `value`.
 *
 * Formula: x for x > limit, else value
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { tensor, threshold } from 'nacre';
 * await threshold(tensor([1, 2, 3]), 2, -1).tolist(); // → [-1, -1, 3]
 * ```
 */
export const threshold = <T extends Tensor>(x: T, limit: number, value: number): Like<T> =>
  new Tensor(ops.threshold(nodeOf('threshold', x), limit, value));

type ChannelDropout = <T extends Tensor>(x: T, p?: number, options?: { training?: boolean }) => FloatLike<T>;

const channelDropout =
  (op: string, rank: number): ChannelDropout =>
  (x, p = 0.5, options) => {
    const { training = true } = optionsOf(op, options, ['training']);
    return new Tensor(ops.channelDropout(op, nodeOf(op, x), training ? p : 0, rank));
  };

/**
 * Dropout of whole channels: each is 0 with probability `p` (default 0.5), the others are scaled. With `training: false`
 * (default: true) x stays as it is.
 *
 * Formula: m·x / (1 - p), m being 0 with probability p for each channel, else 1
 *
 * Shapes: x [N, C, L] or [C, L] → the same
 *
 * @example
 * ```ts
 * import { dropout1d, ones } from 'nacre';
 * await dropout1d(ones([1, 2, 2]), 0.5, { training: false }).tolist(); // → [[[1, 1], [1, 1]]]
 * ```
 */
export const dropout1d = channelDropout('dropout1d', 1);
/**
 * Dropout of whole channels of images; three dimensions are [N, C, L], as in PyTorch. Options as for `dropout1d`.
 *
 * Formula: m·x / (1 - p), m being 0 with probability p for each channel, else 1
 *
 * Shapes: x [N, C, H, W] → the same
 *
 * @example
 * ```ts
 * import { dropout2d, ones } from 'nacre';
 * const x = dropout2d(ones([1, 64, 2, 2]), 0.5);
 * await x.amax([2, 3]).eq(x.amin([2, 3])).all().tolist(); // → true
 * ```
 */
export const dropout2d = channelDropout('dropout2d', 2);
/**
 * Dropout of whole channels of volumes. Options as for `dropout1d`.
 *
 * Formula: m·x / (1 - p), m being 0 with probability p for each channel, else 1
 *
 * Shapes: x [N, C, D, H, W] or [C, D, H, W] → the same
 *
 * @example
 * ```ts
 * import { dropout3d, ones } from 'nacre';
 * dropout3d(ones([1, 4, 2, 2, 2]), 0.5).shape; // → [1, 4, 2, 2, 2]
 * ```
 */
export const dropout3d = channelDropout('dropout3d', 3);

/**
 * Dropout that keeps the mean 0 and the variance 1 of what `selu` gives (Klambauer et al., 2017).
 *
 * Formula: a·(m·x + (1 - m)·α') + b, m being 0 with probability p, α' = -1.7581, a and b so that mean 0 and variance 1 stay
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { alphaDropout, tensor } from 'nacre';
 * await alphaDropout(tensor([1, 2]), 0.5, { training: false }).tolist(); // → [1, 2]
 * ```
 */
export const alphaDropout = <T extends Tensor>(
  x: T,
  p = 0.5,
  options: { training?: boolean } = {},
): FloatLike<T> => {
  const { training = true } = optionsOf('alphaDropout', options, ['training']);
  return new Tensor(ops.alphaDropout(nodeOf('alphaDropout', x), training ? p : 0));
};

/**
 * A bilinear form over the last axes, plus a bias.
 *
 * Formula: y[o] = Σᵢⱼ x1[i]·W[o, i, j]·x2[j] + b[o]
 *
 * Shapes: x1 [..., I], x2 [..., J], weight [O, I, J], bias [O] → [..., O]
 *
 * @example
 * ```ts
 * import { bilinear, ones, tensor } from 'nacre';
 * await bilinear(tensor([1, 2]), tensor([3, 4]), ones([1, 2, 2])).tolist(); // → [21]
 * ```
 */
export const bilinear = (x1: Tensor, x2: Tensor, weight: Tensor, bias?: Tensor | null): Tensor => {
  const op = 'bilinear';
  const out = ops.bilinear(op, nodeOf(op, x1), nodeOf(op, x2), nodeOf(op, weight));
  return new Tensor(bias ? ops.addOf(out, nodeOf(op, bias)) : out);
};
