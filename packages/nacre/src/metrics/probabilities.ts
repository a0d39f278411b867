import { ArgumentError, DataError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { tensor } from '../tensor/create.ts';
import {
  add,
  amax,
  bincount,
  clamp,
  div,
  flatten,
  gather,
  gt,
  log,
  logSigmoid,
  logSoftmax,
  mul,
  neg,
  sigmoid,
  softmax,
  square,
  sub,
  sum,
  unsqueeze,
  where,
} from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import {
  agreement,
  checkLabelled,
  type Kind,
  kindOf,
  type LabelOptions,
  labelled,
  rowsOf,
} from './labels.ts';
import { SumMetric, type Sums, type Totals } from './sum-metric.ts';

export interface ProbabilityOptions {
  /** Whether predictions are logits, of which probabilities are to be made. Default: no, unless it is said otherwise. */
  readonly fromLogits?: boolean;
  /** A label whose elements are left out. Default: none. */
  readonly ignoreIndex?: number;
  /** What it is called in a history. Default: its own name, such as `logLoss`. */
  readonly name?: string;
}

const probabilityOptions = ['fromLogits', 'ignoreIndex', 'name'];

/** A batch of probabilities [M] of class 1, or [M, C]. */
interface Judged {
  readonly kind: Kind;
  readonly scores: Tensor;
  readonly actual: Tensor;
  readonly weight: Tensor;
}

/** A metric of predictions that are probabilities, or logits of such. */
abstract class ProbabilityMetric<Name extends string> extends SumMetric<number, Name> {
  readonly name: string;
  readonly takesLabels = true;
  protected readonly fromLogits: boolean;
  readonly #labels: LabelOptions;

  constructor(name: string, { fromLogits = false, ignoreIndex, name: given }: ProbabilityOptions) {
    super();
    this.name = given ?? name;
    this.fromLogits = fromLogits;
    this.#labels = { ignoreIndex };
  }

  /** A batch as rows, in float64. Part of a compiled step. */
  protected judged(predictions: Tensor, targets: Tensor, sampleWeight: Tensor | undefined): Judged {
    const kind = kindOf(this.name, this.#labels, predictions, targets);
    const { actual, weight } = labelled(this.name, this.#labels, predictions, targets, sampleWeight);
    const scores = kind === 'binary' ? flatten(predictions) : rowsOf(predictions);
    return { kind, scores: scores.to('float64'), actual, weight };
  }

  protected probabilities({ kind, scores }: Judged): Tensor {
    if (!this.fromLogits) return scores;
    return kind === 'binary' ? sigmoid(scores) : softmax(scores, 1);
  }

  protected override async check(predictions: Tensor, targets: Tensor): Promise<void> {
    await checkLabelled(this.name, this.#labels, predictions, targets);
    if (this.fromLogits) return;
    (await predictions.to('float64').data()).forEach((probability, place) => {
      if (probability >= 0 && probability <= 1) return;
      throw new DataError(`prediction ${place} is ${probability}, which is no probability`, {
        op: this.name,
        hint: 'Give { fromLogits: true } for logits',
      });
    });
  }
}

/** Element `label` of each row. */
const ofLabels = (rows: Tensor, labels: Tensor): Tensor => flatten(gather(rows, 1, unsqueeze(labels, 1)));

/** -log of the probability of each actual class. */
function surprise(batch: Judged, fromLogits: boolean, epsilon: number): Tensor {
  const { kind, scores, actual } = batch;
  const isOne = gt(actual, 0);
  if (fromLogits) {
    if (kind === 'binary') return neg(logSigmoid(where(isOne, scores, neg(scores))));
    return neg(ofLabels(logSoftmax(scores, 1), actual));
  }
  const kept = clamp(scores, epsilon, 1 - epsilon);
  if (kind === 'binary') return neg(log(where(isOne, kept, sub(1, kept))));
  return neg(log(div(ofLabels(kept, actual), sum(kept, 1))));
}

/** The distance from 1 to the next number of a dtype. */
const epsilonOf = ({ dtype }: Tensor): number => (dtype === 'float64' ? 2 ** -52 : 2 ** -23);

/**
 * The mean of -log(probability of the actual class), in nats: cross-entropy. Agrees with scikit-learn's `log_loss`: probabilities are kept
 * ε from 0 and 1 (2⁻⁵² in float64, 2⁻²³ else), and those of an example divided by their sum. `fromLogits` is off unless it is given.
 *
 * Formula: -Σ weight·log p[target] / Σ weight
 *
 * Shapes: predictions [N, C, ...] with targets [N, ...], or both [...] for two classes → a number
 *
 * @example
 * ```ts
 * import { LogLoss, tensor } from 'nacre';
 * const loss = new LogLoss();
 * await loss.update(tensor([0.1, 0.9, 0.8, 0.35]), tensor([0, 1, 1, 0]));
 * loss.compute(); // → 0.216
 * ```
 */
export class LogLoss extends ProbabilityMetric<'loss' | 'weight'> {
  /** @throws ArgumentError for options that are not known. */
  constructor(options?: ProbabilityOptions) {
    super('logLoss', optionsOf('LogLoss', options, probabilityOptions));
  }

  override sums(predictions: Tensor, targets: Tensor, sampleWeight?: Tensor): Sums<'loss' | 'weight'> {
    const batch = this.judged(predictions, targets, sampleWeight);
    const losses = surprise(batch, this.fromLogits, epsilonOf(predictions));
    return { loss: sum(mul(batch.weight, losses)), weight: sum(batch.weight) };
  }

  override result({ loss, weight }: Totals<'loss' | 'weight'>): number {
    return loss[0] / weight[0];
  }
}

/**
 * How many choices a language model hesitates between at each token: e to the mean of -log(probability of the next token). Padding is left
 * out by `ignoreIndex`. Predictions are logits unless `fromLogits: false` says that they are probabilities.
 *
 * Formula: exp(-Σ log p[target] / n)
 *
 * Shapes: predictions [N, C, ...] with targets [N, ...], such as [N, C, T] with [N, T] → a number
 *
 * @example
 * ```ts
 * import { Perplexity, zeros } from 'nacre';
 * const perplexity = new Perplexity();
 * await perplexity.update(zeros([2, 50, 7]), zeros([2, 7], { dtype: 'int32' }));
 * perplexity.compute(); // → 50
 * ```
 */
export class Perplexity extends ProbabilityMetric<'loss' | 'weight'> {
  /** @throws ArgumentError for options that are not known. */
  constructor(options?: ProbabilityOptions) {
    super('perplexity', { fromLogits: true, ...optionsOf('Perplexity', options, probabilityOptions) });
  }

  override sums(predictions: Tensor, targets: Tensor, sampleWeight?: Tensor): Sums<'loss' | 'weight'> {
    const batch = this.judged(predictions, targets, sampleWeight);
    const losses = surprise(batch, this.fromLogits, epsilonOf(predictions));
    return { loss: sum(mul(batch.weight, losses)), weight: sum(batch.weight) };
  }

  override result({ loss, weight }: Totals<'loss' | 'weight'>): number {
    return Math.exp(loss[0] / weight[0]);
  }
}

/**
 * The mean squared error of probabilities (Brier, 1950): of two classes that of class 1, as scikit-learn's `brier_score_loss`; of more the
 * sum over the classes, from 0 to 2. `fromLogits` is off unless it is given.
 *
 * Formula: Σ weight·(p - target)² / Σ weight; for more classes Σ weight·Σ_c (p[c] - [target = c])² / Σ weight
 *
 * Shapes: predictions [N, C, ...] with targets [N, ...], or both [...] for two classes → a number
 *
 * @example
 * ```ts
 * import { BrierScore, tensor } from 'nacre';
 * const score = new BrierScore();
 * await score.update(tensor([0.1, 0.9, 0.8, 0.3]), tensor([0, 1, 1, 0]));
 * score.compute(); // → 0.0375
 * ```
 */
export class BrierScore extends ProbabilityMetric<'error' | 'weight'> {
  /** @throws ArgumentError for options that are not known. */
  constructor(options?: ProbabilityOptions) {
    super('brierScore', optionsOf('BrierScore', options, probabilityOptions));
  }

  override sums(predictions: Tensor, targets: Tensor, sampleWeight?: Tensor): Sums<'error' | 'weight'> {
    const batch = this.judged(predictions, targets, sampleWeight);
    const { kind, actual, weight } = batch;
    const p = this.probabilities(batch);
    const errors =
      kind === 'binary'
        ? square(sub(p, actual.to('float64')))
        : add(sub(sum(square(p), 1), mul(ofLabels(p, actual), 2)), 1);
    return { error: sum(mul(weight, errors)), weight: sum(weight) };
  }

  override result({ error, weight }: Totals<'error' | 'weight'>): number {
    return error[0] / weight[0];
  }
}

export interface CalibrationErrorOptions extends ProbabilityOptions {
  /** Number of bins of equal width. Default 15. */
  readonly bins?: number;
  /** The mean over the bins ('l1': expected calibration error), the root of the mean square ('l2'), or the largest ('max'). Default 'l1'. */
  readonly norm?: 'l1' | 'l2' | 'max';
}

type BinName = 'weight' | 'confidence' | 'accuracy';

/**
 * How far probabilities are from frequencies (Guo et al., 2017): predictions are put into bins by their confidence, and the mean confidence of
 * each bin is compared with how often it was right. For two classes the probability of class 1 is compared with how often it is class 1, bin by
 * bin as in scikit-learn's `calibration_curve`. `fromLogits` is off unless it is given.
 *
 * Formula: Σ_b nᵇ / n·|accuracyᵇ - confidenceᵇ| over bins (b / B, (b + 1) / B]
 *
 * Shapes: predictions [N, C, ...] with targets [N, ...], or both [...] for two classes → a number
 *
 * @example
 * ```ts
 * import { CalibrationError, tensor } from 'nacre';
 * const error = new CalibrationError({ bins: 2 });
 * await error.update(tensor([0.25, 0.25, 0.9, 0.9]), tensor([0, 1, 1, 1]));
 * error.compute(); // → 0.175
 * ```
 */
export class CalibrationError extends ProbabilityMetric<BinName> {
  readonly #bins: number;
  readonly #norm: 'l1' | 'l2' | 'max';

  /** @throws ArgumentError for options that do not fit. */
  constructor(options?: CalibrationErrorOptions) {
    const op = 'CalibrationError';
    const given = optionsOf(op, options, [...probabilityOptions, 'bins', 'norm']);
    super('calibrationError', given);
    const { bins = 15, norm = 'l1' } = given;
    if (!Number.isInteger(bins) || bins < 1) {
      throw new ArgumentError(`the number of bins is a whole number from 1 on, got ${bins}`, { op });
    }
    if (!['l1', 'l2', 'max'].includes(norm)) {
      throw new ArgumentError(`there is no norm '${String(norm)}'`, {
        op,
        hint: "Known are: 'l1', 'l2', 'max'",
      });
    }
    this.#bins = bins;
    this.#norm = norm;
  }

  override sums(predictions: Tensor, targets: Tensor, sampleWeight?: Tensor): Sums<BinName> {
    const batch = this.judged(predictions, targets, sampleWeight);
    const { kind, actual, weight } = batch;
    const p = this.probabilities(batch);
    const confidence = kind === 'binary' ? p : amax(p, 1);
    const right =
      kind === 'binary'
        ? actual.to('float64')
        : agreement(labelled(this.name, {}, predictions, targets, undefined).predicted, actual);
    const edges = Float64Array.from({ length: this.#bins - 1 }, (_, i) => (i + 1) / this.#bins);
    const above = gt(unsqueeze(confidence, 1), tensor(edges, { dtype: 'float64' }));
    const bin = edges.length ? sum(above.to('int32'), 1).to('int32') : mul(actual, 0);
    const count = (weights: Tensor): Tensor => bincount(bin, { length: this.#bins, weights });
    return {
      weight: count(weight),
      confidence: count(mul(weight, confidence)),
      accuracy: count(mul(weight, right)),
    };
  }

  override result({ weight, confidence, accuracy }: Totals<BinName>): number {
    const all = weight.reduce((total, value) => total + value, 0);
    let error = 0;
    weight.forEach((share, bin) => {
      if (share === 0) return;
      const gap = Math.abs(accuracy[bin] - confidence[bin]) / share;
      if (this.#norm === 'max') error = Math.max(error, gap);
      else error += (share / all) * (this.#norm === 'l2' ? gap ** 2 : gap);
    });
    return this.#norm === 'l2' ? Math.sqrt(error) : error;
  }
}
