import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { resolveAxis, type Shape, sameShape, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { add, cast, div, mul, plus, reshape, sub, times } from '../primitives/apply.ts';
import { withGradient } from '../primitives/rules.ts';
import { addOf, detach, maximum, mulOf, rsqrt, square, toFloat } from './elementwise.ts';
import { mean, norm } from './reduce.ts';

/** Mean and variance of the channels. */
export type Statistics = readonly [mean: Node, variance: Node];

export interface ChannelNormOptions {
  /** Both [C], or null for 1 and 0. */
  readonly weight?: Node | null;
  readonly bias?: Node | null;
  readonly eps?: number;
}

const standardize = (x: Node, [centre, variance]: Statistics, eps = 1e-5): Node =>
  mul(sub(x, centre), rsqrt(plus(variance, eps)));

/**
 * y = (x - mean) / √(variance + eps) over axes, and the mean and the variance, divided by n, with these axes of length 1. The variance
 * takes two walks over the data, so that nothing cancels.
 *
 * The gradient is (g - mean(g) - y·mean(g·y)) / √(variance + eps): step by step backwards it would be the same, with parts that cancel.
 */
export function standardizeOver(x: Node, axes: readonly number[], eps = 1e-5): [Node, Statistics] {
  const centre = mean(x, axes, true);
  const variance = mean(square(sub(x, centre)), axes, true);
  const scale = rsqrt(plus(variance, eps));
  const [y] = withGradient([x, centre, scale], [mul(sub(x, centre), scale)], ([x, centre, scale], _, [g]) => {
    const y = mul(sub(x, centre), scale);
    const along = mul(y, mean(mul(g, y), axes, true));
    return [mul(sub(sub(g, mean(g, axes, true)), along), scale), null, null];
  });
  return [y, [centre, variance]];
}

/** [C] as it stands beside [N, C, …]. */
function perChannel(op: string, name: string, values: Node, { shape }: Node): Node {
  if (!sameShape(values.shape, [shape[1]])) {
    throw new ShapeMismatchError(
      `${name}: ${showShape(values.shape)}, expected [${shape[1]}] for the input ${showShape(shape)}`,
      { op, shapes: [values.shape, shape] },
    );
  }
  return reshape(values, [shape[1], ...shape.slice(2).map(() => 1)]);
}

function affine(op: string, x: Node, { weight, bias }: ChannelNormOptions): Node {
  const scaled = weight ? mulOf(x, perChannel(op, 'weight', weight, x)) : x;
  return bias ? addOf(scaled, perChannel(op, 'bias', bias, x)) : scaled;
}

/** [N, C, …] in floats. */
function channelled(op: string, x: Node, least: number): Node {
  if (x.shape.length >= least) return toFloat(x);
  throw new ShapeMismatchError(
    `input: ${showShape(x.shape)}, expected ${least} dimensions or more (batch, channels, …)`,
    { op, shapes: [x.shape] },
  );
}

/** (x - mean) / √(variance + eps)·weight + bias, with the mean and the variance of each channel given. */
export function normalizeBy(
  op: string,
  input: Node,
  [centre, variance]: Statistics,
  options: ChannelNormOptions,
): Node {
  const x = channelled(op, input, 2);
  const beside = (name: string, values: Node): Node => cast(perChannel(op, name, values, x), x.dtype);
  const given: Statistics = [beside('runningMean', centre), beside('runningVar', variance)];
  return affine(op, standardize(x, given, options.eps), options);
}

/**
 * The same with each channel's own mean and variance: those of each sample (`perSample`), or of the whole batch. Gives beside the
 * result the statistics of the batch [C], through which no gradient flows; their variance is divided by n - 1.
 */
export function normalizeChannels(
  op: string,
  input: Node,
  perSample: boolean,
  options: ChannelNormOptions,
): [Node, Statistics] {
  const x = channelled(op, input, perSample ? 3 : 2);
  const axes = x.shape.map((_, axis) => axis).filter((axis) => axis > 1 || (axis === 0 && !perSample));
  const count = sizeOf(axes.map((axis) => x.shape[axis]));
  if (count < 2) {
    throw new ArgumentError(
      `needs more than one value for each channel while training, got ${showShape(x.shape)}`,
      { op, shapes: [x.shape], hint: 'Give a larger batch; a single sample is for eval()' },
    );
  }
  const [standard, found] = standardizeOver(x, axes, options.eps);
  const ofBatch = (values: Node): Node => reshape(mean(detach(values), 0, true), [x.shape[1]]);
  const unbiased = times(ofBatch(found[1]), count / (count - 1));
  return [affine(op, standard, options), [ofBatch(found[0]), unbiased]];
}

/** What running statistics become: momentum of the way from the old ones to those of the batch. */
export const track = (old: Statistics, found: Statistics, momentum: number | Node): Statistics =>
  [0, 1].map((i) => {
    const step = sub(cast(found[i], old[i].dtype), old[i]);
    return add(old[i], typeof momentum === 'number' ? times(step, momentum) : mul(step, momentum));
  }) as unknown as Statistics;

/** The channels in groups, each standardized within a sample (Wu and He, 2018). */
export function groupNorm(op: string, input: Node, groups: number, options: ChannelNormOptions): Node {
  const x = channelled(op, input, 2);
  const [batch, channels] = x.shape;
  if (!Number.isInteger(groups) || groups < 1 || channels % groups) {
    throw new ArgumentError(
      `groups (${groups}) must divide the ${channels} channels of ${showShape(x.shape)}`,
      {
        op,
        shapes: [x.shape],
      },
    );
  }
  const grouped = reshape(x, [batch, groups, sizeOf(x.shape.slice(1)) / groups]);
  return affine(op, reshape(standardizeOver(grouped, [2], options.eps)[0], x.shape), options);
}

/**
 * x / √(mean(x²) + eps)·weight over the last axes, which have the shape `normalizedShape` (Zhang and Sennrich, 2019). By default eps is
 * the distance from 1 to the next number.
 */
export function rmsNorm(
  op: string,
  x: Node,
  normalizedShape: Shape,
  weight: Node | null,
  eps: number | null = null,
): Node {
  const value = toFloat(x);
  const from = value.shape.length - normalizedShape.length;
  if (from < 0 || !sameShape(value.shape.slice(from), normalizedShape)) {
    throw new ShapeMismatchError(
      `got ${showShape(x.shape)}: expected the last axes to be ${showShape(normalizedShape)}`,
      { op, shapes: [x.shape, normalizedShape] },
    );
  }
  const axes = normalizedShape.map((_, i) => from + i);
  const out = mul(
    value,
    rsqrt(plus(mean(square(value), axes, true), eps ?? 2 ** (value.dtype === 'float64' ? -52 : -23))),
  );
  return weight ? mulOf(out, weight) : out;
}

/** x / max(‖x‖, eps) along an axis. */
export const normalize = (x: Node, p = 2, dim = 1, eps = 1e-12): Node => {
  const value = toFloat(x);
  const axis = resolveAxis('normalize', dim, value.shape.length);
  return div(value, maximum(norm(value, p, axis, true), eps));
};
