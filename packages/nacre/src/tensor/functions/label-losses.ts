/** Losses of several labels, of counts, of predicted variances, and of ranks. `reduction` is 'mean' by default, 'sum' or 'none'. */
import { optionsOf } from '../../base/options.ts';
import { nodeOf, optionalNode } from '../arguments.ts';
import * as losses from '../ops/label-losses.ts';
import { pairwiseDistance } from '../ops/margins.ts';
import type { LossOptions, Optional } from '../signatures.ts';
import { Tensor } from '../tensor.ts';
import type { Reduction } from '../types/index.ts';

type Reduced = LossOptions<Reduction>;

/**
 * The logistic loss of x with targets y of -1 or 1, of one shape.
 *
 * Formula: log(1 + exp(-y·x))
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { softMarginLoss, tensor } from 'nacre';
 * await softMarginLoss(tensor([0]), tensor([1])).item(); // → 0.6931471824645996
 * ```
 */
export const softMarginLoss = (input: Tensor, target: Tensor, options: Reduced = {}): Tensor => {
  const op = 'softMarginLoss';
  const { reduction = 'mean' } = optionsOf(op, options, ['reduction']);
  return new Tensor(losses.softMarginLoss(nodeOf(op, input), nodeOf(op, target), reduction));
};

/**
 * The mean over the classes (the last axis) of the binary cross-entropy of sigmoid(x) with targets of 0 or 1, of one shape; `weight` [C] weighs the
 * classes.
 *
 * Formula: mean over classes of log(1 + eˣ) - y·x
 *
 * Shapes: input, target [..., C] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { multilabelSoftMarginLoss, tensor } from 'nacre';
 * await multilabelSoftMarginLoss(tensor([[0, 0]]), tensor([[1, 0]])).item(); // → 0.6931471824645996
 * ```
 */
export const multilabelSoftMarginLoss = (
  input: Tensor,
  target: Tensor,
  options: Reduced & { weight?: Optional<Tensor> } = {},
): Tensor => {
  const op = 'multilabelSoftMarginLoss';
  const { weight, reduction = 'mean' } = optionsOf(op, options, ['weight', 'reduction']);
  return new Tensor(
    losses.multilabelSoftMarginLoss(
      nodeOf(op, input),
      nodeOf(op, target),
      optionalNode(op, weight),
      reduction,
    ),
  );
};

/**
 * Each class y that is a target is to be above each class i that is none, by 1. Targets are integers of the shape of x, each
 * line a list of classes that ends at the first negative number.
 *
 * Formula: Σ max(0, 1 - x[y] + x[i]) / C
 *
 * Shapes: input, target [N, C] or [C] → [] (or [N] with reduction 'none')
 *
 * @example
 * ```ts
 * import { multilabelMarginLoss, tensor } from 'nacre';
 * const target = tensor([1, -1], { dtype: 'int32' });
 * await multilabelMarginLoss(tensor([0, 0]), target).item(); // → 0.5
 * ```
 */
export const multilabelMarginLoss = (input: Tensor, target: Tensor, options: Reduced = {}): Tensor => {
  const op = 'multilabelMarginLoss';
  const { reduction = 'mean' } = optionsOf(op, options, ['reduction']);
  return new Tensor(losses.multilabelMarginLoss(nodeOf(op, input), nodeOf(op, target), reduction));
};

/**
 * exp(x) - y·x of the logarithm x of a Poisson rate and counts y; without `logInput` (true by default) x is the rate, and it is
 * x - y·log(x + eps), `eps` being 1e-8. `full` (false by default) adds Stirling's approximation of log y! where y > 1.
 *
 * Formula: exp(x) - y·x, or x - y·log(x + eps) without `logInput`
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { poissonNllLoss, tensor } from 'nacre';
 * await poissonNllLoss(tensor([0]), tensor([3])).item(); // → 1
 * ```
 */
export const poissonNllLoss = (
  input: Tensor,
  target: Tensor,
  options: losses.PoissonNllOptions = {},
): Tensor => {
  const op = 'poissonNllLoss';
  optionsOf(op, options, ['logInput', 'full', 'eps', 'reduction']);
  return new Tensor(losses.poissonNllLoss(nodeOf(op, input), nodeOf(op, target), options));
};

/**
 * ½·(log v + (x - y)² / v) of means x and targets y of one shape, and variances v of that shape, or with the last axis left out or of
 * length 1. A variance counts as `eps` (1e-6 by default) where it is below; `full` (false by default) adds ½·log 2π.
 *
 * Formula: ½·(log v + (x - y)² / v)
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { gaussianNllLoss, tensor } from 'nacre';
 * await gaussianNllLoss(tensor([3]), tensor([1]), tensor([1])).item(); // → 2
 * ```
 */
export const gaussianNllLoss = (
  input: Tensor,
  target: Tensor,
  variance: Tensor,
  options: losses.GaussianNllOptions = {},
): Tensor => {
  optionsOf('gaussianNllLoss', options, ['full', 'eps', 'reduction']);
  const [x, y, v] = [input, target, variance].map((node) => nodeOf('gaussianNllLoss', node));
  return new Tensor(losses.gaussianNllLoss(x, y, v, options));
};

/**
 * Two scores are to be in order: targets y are 1 where x1 is to be the larger one and -1 where x2 is, all of one shape;
 * `margin` is 0.
 *
 * Formula: max(0, margin - y·(x1 - x2))
 *
 * Shapes: x1, x2, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { marginRankingLoss, tensor } from 'nacre';
 * await marginRankingLoss(tensor([1]), tensor([3]), tensor([1])).item(); // → 2
 * ```
 */
export const marginRankingLoss = (
  input1: Tensor,
  input2: Tensor,
  target: Tensor,
  options: Reduced & { margin?: number } = {},
): Tensor => {
  const { margin = 0, reduction = 'mean' } = optionsOf('marginRankingLoss', options, ['margin', 'reduction']);
  const [x, y, label] = [input1, input2, target].map((node) => nodeOf('marginRankingLoss', node));
  return new Tensor(losses.marginRankingLoss(x, y, label, margin, reduction));
};

/** Options of the triplet loss with a distance of one's own. */
export interface TripletDistanceOptions extends Reduced {
  /** Two tensors to their distances. Default: the Euclidean one over the last axis, as `pairwiseDistance`. */
  distanceFunction?: Optional<(x: Tensor, y: Tensor) => Tensor>;
  /** Default: 1. */
  margin?: number;
  /** Whether the distance of positive and negative counts where it is the smaller one. Default: no. */
  swap?: boolean;
}

/**
 * The positive is to be nearer to the anchor than the negative, with a distance of one's own (Balntas et al., 2016). Throws an
 * ArgumentError for a margin that is not positive.
 *
 * Formula: max(0, d(anchor, positive) - d(anchor, negative) + margin)
 *
 * Shapes: anchor, positive, negative [..., D] → [] (or as the distance with reduction 'none')
 *
 * @example
 * ```ts
 * import { tensor, Tensor, tripletMarginWithDistanceLoss } from 'nacre';
 * const [anchor, near, far] = [tensor([0]), tensor([1]), tensor([1.5])];
 * const distanceFunction = (x: Tensor, y: Tensor) => x.sub(y).abs();
 * await tripletMarginWithDistanceLoss(anchor, near, far, { distanceFunction }).item(); // → 0.5
 * ```
 */
export function tripletMarginWithDistanceLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletDistanceOptions = {},
): Tensor {
  const op = 'tripletMarginWithDistanceLoss';
  const names = ['distanceFunction', 'margin', 'swap', 'reduction'];
  const { distanceFunction, margin = 1, swap = false, reduction = 'mean' } = optionsOf(op, options, names);
  const euclidean = (x: Tensor, y: Tensor): Tensor =>
    new Tensor(pairwiseDistance(nodeOf(op, x), nodeOf(op, y)));
  const distance = distanceFunction ?? euclidean;
  const [near, far] = [positive, negative].map((other) => distance(anchor, other).node);
  const between = swap ? distance(positive, negative).node : null;
  return new Tensor(losses.tripletOfDistances(near, far, between, margin, reduction));
}
