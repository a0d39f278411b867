import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { add, div, maximum, mul, reshape, square, sub, sum } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { meanOf } from './class-metric.ts';
import { differences, weightsOf } from './regression.ts';
import { SumMetric, type Sums, type Totals } from './sum-metric.ts';

/** How the values of several outputs become one: their mean, their mean weighted by the variances of the targets, or all of them. */
export type MultiOutput = 'uniformAverage' | 'varianceWeighted' | 'rawValues';

export interface ExplainedOptions<M extends MultiOutput = MultiOutput> {
  /** How the values of several outputs become one. Default 'uniformAverage'. */
  readonly multioutput?: M;
  /** What it is called in a history. Default: its own name, such as `r2`. */
  readonly name?: string;
}

/** One number, or a list with one for each output. */
export type PerOutput<M extends MultiOutput> = M extends 'rawValues' ? number[] : number;

/**
 * Number and weight of the examples; of each output the mean of the targets and of the errors, the sum of the squared distances from it, and
 * what rounding left out of it, which matters where the mean is large and the distances are small.
 */
type MomentName =
  | 'count'
  | 'weight'
  | 'mean'
  | 'meanRest'
  | 'spread'
  | 'errorMean'
  | 'errorMeanRest'
  | 'errorSpread';

/** The moments of one kind of value. */
interface Moments {
  readonly mean: Tensor;
  readonly rest: Tensor;
  readonly spread: Tensor;
}

/** Keeps weights that may be zero from being divided by. */
const smallest = 1e-300;

const named = (count: Tensor, weight: Tensor, targets: Moments, errors: Moments): Sums<MomentName> => ({
  count,
  weight,
  mean: targets.mean,
  meanRest: targets.rest,
  spread: targets.spread,
  errorMean: errors.mean,
  errorMeanRest: errors.rest,
  errorSpread: errors.spread,
});

const ofTargets = ({ mean, meanRest, spread }: Sums<MomentName>): Moments => ({
  mean,
  rest: meanRest,
  spread,
});

const ofErrors = ({ errorMean, errorMeanRest, errorSpread }: Sums<MomentName>): Moments => ({
  mean: errorMean,
  rest: errorMeanRest,
  spread: errorSpread,
});

/** Targets and errors by their means and the squared distances from them, which loses nothing where the mean is large. */
abstract class ExplainedMetric<M extends MultiOutput> extends SumMetric<PerOutput<M>, MomentName> {
  readonly name: string;
  readonly #multioutput: MultiOutput;

  constructor(op: string, name: string, options: ExplainedOptions<M> | undefined) {
    super();
    const given = optionsOf(op, options, ['multioutput', 'name']);
    const multioutput: MultiOutput = given.multioutput ?? 'uniformAverage';
    if (!['uniformAverage', 'varianceWeighted', 'rawValues'].includes(multioutput)) {
      throw new ArgumentError(`there is no multioutput '${String(multioutput)}'`, {
        op,
        hint: "Known are: 'uniformAverage', 'varianceWeighted', 'rawValues'",
      });
    }
    this.name = given.name ?? name;
    this.#multioutput = multioutput;
  }

  /** What is not explained of each output, as a sum of squares. */
  protected abstract unexplained(totals: Totals<MomentName>, output: number): number;

  override sums(predictions: Tensor, targets: Tensor, sampleWeight?: Tensor): Sums<MomentName> {
    const errors = differences(this.name, targets.to('float64'), predictions.to('float64'));
    const [size] = targets.shape.length ? targets.shape : [1];
    const rows = (x: Tensor): Tensor => reshape(x, [size, x.size / size]);
    const weight = rows(weightsOf(this.name, sampleWeight, errors));
    const total = sum(weight, 0);
    const meanOfRows = (values: Tensor): Tensor => div(sum(mul(weight, values), 0), maximum(total, smallest));
    const moments = (values: Tensor): Moments => {
      const mean = meanOfRows(values);
      const distances = sub(values, mean);
      return { mean, rest: meanOfRows(distances), spread: sum(mul(weight, square(distances)), 0) };
    };
    return named(
      sum(mul(weight, 0).add(1), 0),
      total,
      moments(rows(targets.to('float64'))),
      moments(rows(errors)),
    );
  }

  /** Chan, Golub and LeVeque (1983): the moments of two parts together. */
  override combine(a: Sums<MomentName>, b: Sums<MomentName>): Sums<MomentName> {
    const weight = add(a.weight, b.weight);
    const part = div(b.weight, maximum(weight, smallest));
    const join = (x: Moments, y: Moments): Moments => {
      const [difference, differenceOfRests] = [sub(y.mean, x.mean), sub(y.rest, x.rest)];
      const step = mul(difference, part);
      const mean = add(x.mean, step);
      // What the sum has lost (Knuth's two-sum).
      const taken = sub(mean, x.mean);
      const lost = add(sub(x.mean, sub(mean, taken)), sub(step, taken));
      const rest = add(add(x.rest, mul(differenceOfRests, part)), lost);
      const between = mul(mul(square(add(difference, differenceOfRests)), a.weight), part);
      return { mean, rest, spread: add(add(x.spread, y.spread), between) };
    };
    return named(
      add(a.count, b.count),
      weight,
      join(ofTargets(a), ofTargets(b)),
      join(ofErrors(a), ofErrors(b)),
    );
  }

  override result(totals: Totals<MomentName>): PerOutput<M> {
    const { spread } = totals;
    const values = Array.from(spread, (variance, output) => {
      if (totals.count[0] < 2) return Number.NaN;
      const rest = this.unexplained(totals, output);
      if (variance !== 0) return 1 - rest / variance;
      return rest === 0 ? 1 : rest > 0 ? 0 : Number.NaN;
    });
    if (this.#multioutput === 'rawValues') return values as PerOutput<M>;
    if (values.some(Number.isNaN)) return Number.NaN as PerOutput<M>;
    const isWeighted = this.#multioutput === 'varianceWeighted' && spread.some((variance) => variance !== 0);
    return meanOf(values, isWeighted ? Array.from(spread) : undefined) as PerOutput<M>;
  }
}

/**
 * The coefficient of determination: which part of the variance of the targets the predictions explain. 1 for perfection, 0 for predicting
 * the mean, below 0 for worse. Agrees with scikit-learn's `r2_score`: where targets are constant it is 1 if the predictions are right and 0
 * if not; of a single example it is NaN.
 *
 * Formula: 1 - Σ (target - prediction)² / Σ (target - mean of the targets)²
 *
 * Shapes: predictions and targets [N], or [N, D] for D outputs → a number, or a list of D numbers
 *
 * @example
 * ```ts
 * import { R2, tensor } from 'nacre';
 * const r2 = new R2();
 * await r2.update(tensor([2.5, 0, 2, 8]), tensor([3, -0.5, 2, 7]));
 * r2.compute(); // → 0.949
 * ```
 */
export class R2<M extends MultiOutput = 'uniformAverage'> extends ExplainedMetric<M> {
  /** @throws ArgumentError for options that do not fit. */
  constructor(options?: ExplainedOptions<M>) {
    super('R2', 'r2', options);
  }

  protected override unexplained(
    { weight, errorMean, errorSpread }: Totals<MomentName>,
    output: number,
  ): number {
    return errorSpread[output] + weight[output] * errorMean[output] ** 2;
  }
}

/**
 * Which part of the variance of the targets the predictions explain, where an error that is always the same does not count. Agrees with
 * scikit-learn's `explained_variance_score`; of a single example it is NaN.
 *
 * Formula: 1 - Var(target - prediction) / Var(target)
 *
 * Shapes: predictions and targets [N], or [N, D] for D outputs → a number, or a list of D numbers
 *
 * @example
 * ```ts
 * import { ExplainedVariance, tensor } from 'nacre';
 * const variance = new ExplainedVariance();
 * await variance.update(tensor([2.5, 0, 2, 8]), tensor([3, -0.5, 2, 7]));
 * variance.compute(); // → 0.957
 * ```
 */
export class ExplainedVariance<M extends MultiOutput = 'uniformAverage'> extends ExplainedMetric<M> {
  /** @throws ArgumentError for options that do not fit. */
  constructor(options?: ExplainedOptions<M>) {
    super('ExplainedVariance', 'explainedVariance', options);
  }

  protected override unexplained({ errorSpread }: Totals<MomentName>, output: number): number {
    return errorSpread[output];
  }
}
