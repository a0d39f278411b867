/** Activations with weights and gates, and dropout of whole channels. */
import { nodeOf } from '../arguments.ts';
import * as ops from '../ops/index.ts';
import type { FloatLike, Like } from '../signatures.ts';
import { Tensor } from '../tensor.ts';
import type { Shape } from '../types/index.ts';

/** x where it is positive, else weight·x, with one weight, or one for each channel (axis 1) (He et al., 2015). */
export const prelu = <T extends Tensor>(x: T, weight: Tensor): FloatLike<T> =>
  new Tensor(ops.prelu(nodeOf('prelu', x), nodeOf('prelu', weight)));

/** The first half of axis `dim` (default: the last) times the sigmoid of the second (Dauphin et al., 2017). */
export const glu = <T extends Tensor>(x: T, dim?: number): Tensor<Shape, FloatLike<T>['dtype']> =>
  new Tensor(ops.glu(nodeOf('glu', x), dim));

/** x where it is greater than `limit`, else `value`. */
export const threshold = <T extends Tensor>(x: T, limit: number, value: number): Like<T> =>
  new Tensor(ops.threshold(nodeOf('threshold', x), limit, value));

type ChannelDropout = <T extends Tensor>(x: T, p?: number, options?: { training?: boolean }) => FloatLike<T>;

const channelDropout =
  (op: string, rank: number): ChannelDropout =>
  (x, p = 0.5, { training = true } = {}) =>
    new Tensor(ops.channelDropout(op, nodeOf(op, x), training ? p : 0, rank));

/** Whole channels of [N, C, L] or [C, L] become 0 with probability `p` (default 0.5); the others are scaled by 1 / (1 - p). */
export const dropout1d = channelDropout('dropout1d', 1);
/** The same of [N, C, H, W]; three dimensions are [N, C, L], as in PyTorch. */
export const dropout2d = channelDropout('dropout2d', 2);
/** The same of [N, C, D, H, W] or [C, D, H, W]. */
export const dropout3d = channelDropout('dropout3d', 3);

/** Dropout that keeps the mean 0 and the variance 1 of what `selu` gives (Klambauer et al., 2017). */
export const alphaDropout = <T extends Tensor>(
  x: T,
  p = 0.5,
  { training = true }: { training?: boolean } = {},
): FloatLike<T> => new Tensor(ops.alphaDropout(nodeOf('alphaDropout', x), training ? p : 0));

/** x1ᵀ·W·x2 + b over the last axes: [..., I] and [..., J] with the weight [O, I, J] give [..., O]. */
export const bilinear = (x1: Tensor, x2: Tensor, weight: Tensor, bias?: Tensor | null): Tensor => {
  const op = 'bilinear';
  const out = ops.bilinear(op, nodeOf(op, x1), nodeOf(op, x2), nodeOf(op, weight));
  return new Tensor(bias ? ops.addOf(out, nodeOf(op, bias)) : out);
};
