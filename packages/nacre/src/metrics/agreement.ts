import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { abs, mul, ne, square, sub, sum } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import {
  type ClassCounts,
  ClassMetric,
  type CountName,
  classCounts,
  countClasses,
  meanOf,
  pooled,
  ratio,
} from './class-metric.ts';
import { checkLabelled, checkLabelOptions, type LabelOptions, labelled } from './labels.ts';
import { SumMetric, type Sums, type Totals } from './sum-metric.ts';

export interface AgreementOptions extends Omit<LabelOptions, 'multiLabel'> {
  /** What it is called in a history. Default: its own name, such as `matthewsCorrelation`. */
  readonly name?: string;
}

const agreementOptions = ['classes', 'threshold', 'ignoreIndex', 'name'];

export interface BalancedAccuracyOptions extends AgreementOptions {
  /** Whether chance is to be 0 rather than 1 / C. Default: no. */
  readonly adjusted?: boolean;
}

/**
 * The mean of the recalls of the classes that occur: accuracy as if all classes were equally frequent. Agrees with scikit-learn's
 * `balanced_accuracy_score`.
 *
 * Formula: mean of TP / (TP + FN) over the classes; adjusted: (mean - 1 / C) / (1 - 1 / C)
 *
 * Shapes: predictions [N, C, ...] with targets [N, ...]; both [...] for two classes or labels → a number
 *
 * @example
 * ```ts
 * import { BalancedAccuracy, tensor } from 'nacre';
 * const accuracy = new BalancedAccuracy({ threshold: 0.5 });
 * await accuracy.update(tensor([0.2, 0.1, 0.7, 0.9]), tensor([0, 0, 0, 1]));
 * accuracy.compute(); // → 0.833
 * ```
 */
export class BalancedAccuracy extends ClassMetric<number> {
  readonly #adjusted: boolean;

  /** @throws ArgumentError for options that do not fit. */
  constructor(options?: BalancedAccuracyOptions) {
    const given = optionsOf('BalancedAccuracy', options, [...agreementOptions, 'adjusted']);
    super(given.name ?? 'balancedAccuracy', given);
    this.#adjusted = given.adjusted ?? false;
  }

  override result(totals: Totals<CountName>): number {
    if (totals.invalid[0] > 0) return Number.NaN;
    const present = classCounts(totals).filter(({ actual }) => actual > 0);
    const mean = meanOf(present.map(({ hits, actual }) => hits / actual));
    const chance = 1 / present.length;
    return this.#adjusted ? (mean - chance) / (1 - chance) : mean;
  }
}

/** Sum over the classes of products of what counts of two kinds say. */
const dot = (counts: readonly ClassCounts[], a: 'predicted' | 'actual', b: 'predicted' | 'actual'): number =>
  counts.reduce((sum, count) => sum + count[a] * count[b], 0);

/**
 * The correlation of predicted and actual classes (Matthews, 1975; Gorodkin, 2004, for more than two): 1 for perfection, 0 for chance, and
 * 0 where one of both is always the same class. Agrees with scikit-learn's `matthews_corrcoef`.
 *
 * Formula: (c·s - Σ pₖtₖ) / √((s² - Σ pₖ²)·(s² - Σ tₖ²)) with s examples, c right ones, pₖ taken for class k and tₖ of it
 *
 * Shapes: predictions [N, C, ...] with targets [N, ...]; both [...] for two classes or labels → a number
 *
 * @example
 * ```ts
 * import { MatthewsCorrelation, tensor } from 'nacre';
 * const correlation = new MatthewsCorrelation({ threshold: 0.5 });
 * await correlation.update(tensor([0.8, 0.7, 0.9, 0.1]), tensor([1, 1, 0, 0]));
 * correlation.compute(); // → 0.577
 * ```
 */
export class MatthewsCorrelation extends ClassMetric<number> {
  /** @throws ArgumentError for options that do not fit. */
  constructor(options?: AgreementOptions) {
    const given = optionsOf('MatthewsCorrelation', options, agreementOptions);
    super(given.name ?? 'matthewsCorrelation', given);
  }

  override result(totals: Totals<CountName>): number {
    if (totals.invalid[0] > 0) return Number.NaN;
    const counts = classCounts(totals);
    const { hits, actual: all } = pooled(counts);
    const covariance = hits * all - dot(counts, 'actual', 'predicted');
    const predicted = all ** 2 - dot(counts, 'predicted', 'predicted');
    const actual = all ** 2 - dot(counts, 'actual', 'actual');
    return ratio(covariance, Math.sqrt(predicted * actual), 0);
  }
}

export interface CohenKappaOptions extends AgreementOptions {
  /** How bad it is to be off by so many classes, where they have an order: as far as they are ('linear'), or its square. Default: all alike. */
  readonly weights?: 'linear' | 'quadratic' | null;
  /** The value where both are always of the same one class. Default 0; scikit-learn's is NaN. */
  readonly zeroDivision?: number;
}

/**
 * How far predicted and actual classes agree beyond chance (Cohen, 1960): 1 for perfection, 0 for chance. Agrees with scikit-learn's
 * `cohen_kappa_score`.
 *
 * Formula: 1 - Σ wᵢⱼOᵢⱼ / Σ wᵢⱼEᵢⱼ with counts O, those of chance E, and wᵢⱼ = [i ≠ j], |i - j| or (i - j)²
 *
 * Shapes: predictions [N, C, ...] with targets [N, ...]; both [...] for two classes or labels → a number
 *
 * @example
 * ```ts
 * import { CohenKappa, tensor } from 'nacre';
 * const labels = (...of: number[]) => tensor(of, { dtype: 'int32' });
 * const kappa = new CohenKappa({ classes: 3, weights: 'quadratic' });
 * await kappa.update(labels(0, 1, 2, 1), labels(0, 1, 2, 2));
 * kappa.compute(); // → 0.8
 * ```
 */
export class CohenKappa extends SumMetric<number, CountName | 'disagreement'> {
  readonly name: string;
  readonly takesLabels = true;
  readonly #labels: LabelOptions;
  readonly #weights: CohenKappaOptions['weights'];
  readonly #zeroDivision: number;

  /** @throws ArgumentError for options that do not fit. */
  constructor(options?: CohenKappaOptions) {
    super();
    const op = 'CohenKappa';
    const given = optionsOf(op, options, [...agreementOptions, 'weights', 'zeroDivision']);
    const { name = 'cohenKappa', weights = null, zeroDivision = 0, ...labels } = given;
    if (weights !== null && weights !== 'linear' && weights !== 'quadratic') {
      throw new ArgumentError(`there are no weights '${String(weights)}'`, {
        op,
        hint: "Give 'linear' or 'quadratic'",
      });
    }
    checkLabelOptions(op, labels);
    this.name = name;
    this.#labels = labels;
    this.#weights = weights;
    this.#zeroDivision = zeroDivision;
  }

  override sums(
    predictions: Tensor,
    targets: Tensor,
    sampleWeight?: Tensor,
  ): Sums<CountName | 'disagreement'> {
    const batch = [predictions, targets, sampleWeight] as const;
    const { weight, predicted, actual } = labelled(this.name, this.#labels, ...batch);
    const distance = abs(sub(predicted, actual)).to('float64');
    const counts = this.#weights === 'quadratic' ? square(distance) : distance;
    const disagreement = this.#weights === null ? ne(predicted, actual).to('float64') : counts;
    return {
      ...countClasses(this.name, this.#labels, ...batch),
      disagreement: sum(mul(weight, disagreement)),
    };
  }

  protected override check(predictions: Tensor, targets: Tensor): Promise<void> {
    return checkLabelled(this.name, this.#labels, predictions, targets);
  }

  override result(totals: Totals<CountName | 'disagreement'>): number {
    if (totals.invalid[0] > 0) return Number.NaN;
    const counts = classCounts(totals);
    let expected = 0;
    counts.forEach(({ actual }, i) => {
      counts.forEach(({ predicted }, j) => {
        const distance = Math.abs(i - j);
        const weight =
          this.#weights === 'quadratic'
            ? distance ** 2
            : this.#weights === 'linear'
              ? distance
              : Math.min(distance, 1);
        expected += weight * actual * predicted;
      });
    });
    if (expected === 0) return this.#zeroDivision;
    return 1 - totals.disagreement[0] / (expected / pooled(counts).actual);
  }
}
