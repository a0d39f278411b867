import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { resolveAxis, sameShape } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { constant, mul, plus, reshape, times, where } from '../primitives/apply.ts';
import { gt, le, lt, mulOf, sigmoid, toFloat, together, whereOf } from './elementwise.ts';
import { chunk } from './movement.ts';
import { einsum } from './products.ts';
import { rand } from './random.ts';

/** x where it is positive, else weight·x, with one weight or one for each channel (axis 1). */
export function prelu(x: Node, weight: Node, op = 'prelu'): Node {
  const value = toFloat(x);
  const axis = value.shape.length > 1 ? 1 : 0;
  const [count] = weight.shape;
  if (weight.shape.length > 1 || ((count ?? 1) !== 1 && count !== value.shape[axis])) {
    throw new ShapeMismatchError(`got ${showShape(x.shape)}: expected ${count} channels`, {
      op,
      shapes: [x.shape, weight.shape],
    });
  }
  const slope = reshape(
    weight,
    value.shape.map((_, i) => (i === axis ? (count ?? 1) : 1)),
  );
  return whereOf(gt(value, 0), value, mulOf(slope, value));
}

/** One half of an axis times the sigmoid of the other (Dauphin, Fan, Auli and Grangier, 2017). */
export function glu(x: Node, dim = -1): Node {
  const axis = resolveAxis('glu', dim, x.shape.length);
  if (!x.shape.length || x.shape[axis] % 2) {
    throw new ShapeMismatchError(`axis ${axis} of ${showShape(x.shape)} has no two halves`, {
      op: 'glu',
      shapes: [x.shape],
    });
  }
  const [value, gate] = chunk(toFloat(x), 2, axis);
  return mul(value, sigmoid(gate));
}

/** `value` where x is `limit` or less, else x, NaN too. */
export const threshold = (x: Node, limit: number, value: number): Node => whereOf(le(x, limit), value, x);

const checkProbability = (op: string, p: number): void => {
  if (!(p >= 0 && p <= 1)) throw new ArgumentError(`p is a probability from 0 to 1, got ${p}`, { op });
};

/**
 * Whole channels of [N, C, …] or [C, …], with `rank` axes behind, become 0 with probability p (Tompson et al., 2015). As in PyTorch,
 * three dimensions are [N, C, L] for rank 2.
 */
export function channelDropout(op: string, x: Node, p: number, rank: number): Node {
  checkProbability(op, p);
  const value = toFloat(x);
  const dims = value.shape.length;
  if (dims !== rank + 1 && dims !== rank + 2) {
    throw new ShapeMismatchError(
      `got ${showShape(x.shape)}: expected ${rank + 1} or ${rank + 2} dimensions`,
      {
        op,
        shapes: [x.shape],
      },
    );
  }
  const leading = rank !== 2 && dims === rank + 1 ? 1 : 2;
  if (p === 0 || p === 1) return times(value, 1 - p);
  const keep = lt(rand(value.shape.map((length, axis) => (axis < leading ? length : 1))), 1 - p);
  return where(keep, times(value, 1 / (1 - p)), constant(0, value.dtype));
}

/** What SELU gives for very negative numbers: -1.0507·1.6733. */
const saturation = -1.7580993408473766;

/** Dropout that keeps mean 0 and variance 1: elements become what SELU saturates at (Klambauer et al., 2017). */
export function alphaDropout(x: Node, p: number): Node {
  checkProbability('alphaDropout', p);
  const value = toFloat(x);
  if (p === 0 || p === 1) return times(value, 1 - p);
  const scale = 1 / Math.sqrt((1 - p) * (1 + p * saturation ** 2));
  const keep = lt(rand(value.shape), 1 - p);
  return plus(times(where(keep, value, constant(saturation, value.dtype)), scale), -scale * saturation * p);
}

/** Σ x[i]·weight[o][i][j]·y[j] over the last axes. */
export function bilinear(op: string, x: Node, y: Node, weight: Node): Node {
  const [, left, right] = weight.shape;
  const shapes = [x.shape, y.shape, weight.shape];
  const fits =
    weight.shape.length === 3 &&
    sameShape(x.shape, [...y.shape.slice(0, -1), left]) &&
    y.shape.at(-1) === right;
  if (!fits) {
    throw new ShapeMismatchError(
      `inputs: ${showShape(x.shape)} and ${showShape(y.shape)}, weight: ${showShape(weight.shape)}: expected [..., I], [..., J] and [O, I, J]`,
      { op, shapes },
    );
  }
  return einsum('...i,oij,...j->...o', together(toFloat(x), weight, toFloat(y)));
}
