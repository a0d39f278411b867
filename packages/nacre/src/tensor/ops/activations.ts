/** Activations that shrink, step or draw their slopes, and normalization by neighbouring channels. */
import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { cast, constant, div, mul, permute, plus, reshape, sub, times, where } from '../primitives/apply.ts';
import { withGradient } from '../primitives/rules.ts';
import { abs, elu, eq, ge, gt, le, lt, pow, square, tanh, toFloat } from './elementwise.ts';
import { pad } from './movement.ts';
import { rand } from './random.ts';
import { mean } from './reduce.ts';
import { unfoldAxis } from './resample.ts';
import { avgPool, type PerAxis, type PoolOptions, perAxis } from './window.ts';

const zero = (x: Node): Node => constant(0, x.dtype);

/** x where it is positive, else α·(exp(x / α) - 1). */
export const celu = (x: Node, alpha: number): Node => {
  if (alpha === 0) throw new ArgumentError('alpha is not 0', { op: 'celu' });
  return times(elu(times(toFloat(x), 1 / alpha)), alpha);
};

/** x where |x| is above λ, else 0. */
export const hardshrink = (x: Node, lambd: number): Node => {
  const value = toFloat(x);
  return where(le(abs(value), lambd), zero(value), value);
};

/** x, λ nearer to 0; 0 where it would pass it. */
export const softshrink = (x: Node, lambd: number): Node => {
  if (!(lambd >= 0)) throw new ArgumentError(`lambd is zero or more, got ${lambd}`, { op: 'softshrink' });
  const value = toFloat(x);
  const below = where(lt(value, -lambd), plus(value, lambd), zero(value));
  return where(gt(value, lambd), plus(value, -lambd), below);
};

/** x - tanh(x). */
export const tanhshrink = (x: Node): Node => sub(toFloat(x), tanh(x));

/** x where it is positive, else a slope times x: one drawn for each element between the bounds, or the mean of the bounds. */
export function rrelu(x: Node, lower: number, upper: number, training: boolean): Node {
  if (!(lower <= upper)) {
    throw new ArgumentError(`lower is not above upper, got ${lower} and ${upper}`, { op: 'rrelu' });
  }
  const value = toFloat(x);
  const slope = training
    ? plus(times(rand(value.shape, value.dtype), upper - lower), lower)
    : constant((lower + upper) / 2, value.dtype);
  return where(gt(value, 0), value, mul(value, slope));
}

/** 1 where x is at or above the threshold, else 0. Gradients go straight through, or nowhere. */
export function binaryStep(x: Node, threshold: number, straightThrough: boolean): Node {
  const value = toFloat(x);
  const step = cast(ge(value, threshold), value.dtype);
  return straightThrough ? withGradient([value], [step], (_, __, [g]) => [g])[0] : step;
}

/** x / (k + α·mean of x² over `size` neighbouring channels)^β; beyond the first and the last channel there are zeros. */
export function localResponseNorm(
  x: Node,
  size: number,
  { alpha = 1e-4, beta = 0.75, k = 1 }: { alpha?: number; beta?: number; k?: number },
): Node {
  const op = 'localResponseNorm';
  if (x.shape.length < 3) {
    throw new ShapeMismatchError(`got ${showShape(x.shape)}: expected [N, C, …] with an axis behind`, {
      op,
      shapes: [x.shape],
    });
  }
  if (!Number.isInteger(size) || size < 1)
    throw new ArgumentError(`size is a positive integer, got ${size}`, { op });
  const value = toFloat(x);
  const behind = x.shape.slice(2).flatMap(() => [0, 0]);
  const padded = pad(square(value), [...behind, Math.floor(size / 2), Math.floor((size - 1) / 2)]);
  const energy = mean(unfoldAxis(padded, 1, size, 1), -1);
  return div(value, pow(plus(times(energy, alpha), k), beta));
}

/** Channels (axis 1) in `groups` groups, one of each group after the other (Zhang, Zhou, Lin and Sun, "ShuffleNet", 2018). */
export function channelShuffle(op: string, x: Node, groups: number): Node {
  const [batch, channels, ...rest] = x.shape;
  if (x.shape.length < 3 || !Number.isInteger(groups) || groups < 1 || channels % groups) {
    throw new ShapeMismatchError(`the channels of ${showShape(x.shape)} are not divided by ${groups}`, {
      op,
      shapes: [x.shape],
      hint: 'The input is [N, C, …], and groups divides C',
    });
  }
  const split = reshape(x, [batch, groups, channels / groups, ...rest]);
  return reshape(permute(split, [0, 2, 1, ...rest.map((_, i) => i + 3)]), x.shape);
}

/** (Σ x^p)^(1/p) of each window. Where the sum is 0 its slope is taken as 0. */
export function lpPool(
  op: string,
  x: Node,
  normType: number,
  kernelSize: PerAxis,
  rank: number,
  options: Pick<PoolOptions, 'stride' | 'ceilMode'> = {},
): Node {
  const count = sizeOf(perAxis(op, 'kernelSize', kernelSize, rank, 1));
  const means = avgPool(op, pow(toFloat(x), normType), kernelSize, rank, options);
  const total = times(means, count);
  const isZero = eq(total, 0);
  const safe = where(isZero, constant(1, total.dtype), total);
  return where(isZero, zero(total), pow(safe, 1 / normType));
}

/** What SELU gives for very negative numbers: -1.0507·1.6733. */
const saturation = -1.7580993408473766;

/** Dropout that keeps mean 0 and variance 1, of whole channels of [N, C, …] (Klambauer et al., 2017). */
export function featureAlphaDropout(x: Node, p: number): Node {
  const op = 'featureAlphaDropout';
  if (!(p >= 0 && p <= 1)) throw new ArgumentError(`p is a probability from 0 to 1, got ${p}`, { op });
  if (x.shape.length < 2) {
    throw new ShapeMismatchError(`got ${showShape(x.shape)}: expected [N, C, …]`, { op, shapes: [x.shape] });
  }
  const value = toFloat(x);
  if (p === 0 || p === 1) return times(value, 1 - p);
  const scale = 1 / Math.sqrt((1 - p) * (1 + p * saturation ** 2));
  const keep = lt(rand(value.shape.map((length, axis) => (axis < 2 ? length : 1))), 1 - p);
  return plus(times(where(keep, value, constant(saturation, value.dtype)), scale), -scale * saturation * p);
}
