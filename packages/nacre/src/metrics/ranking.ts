import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { meanOf } from './class-metric.ts';
import { auc, precisionRecallOf, rocOf, type Scored } from './curves.ts';
import {
  againstRest,
  allAgainstRest,
  asProbabilities,
  type Collected,
  ScoreMetric,
  supports,
} from './score-metric.ts';

/** How the values of classes or labels become one: of all decisions together, their mean, weighted by how often each occurs, or all (null). */
export type RankingAverage = 'micro' | 'macro' | 'weighted' | null;

export interface AveragePrecisionOptions<A extends RankingAverage = RankingAverage> {
  /** How the values of classes or labels become one; two classes have one value anyway. Default 'macro'. */
  readonly average?: A;
  /** Whether scores of classes are logits, of which probabilities are to be made. Default: no. */
  readonly fromLogits?: boolean;
  /** Whether examples may have any number of labels: scores [N, L] and targets [N, L] of 0 and 1. Default: no. */
  readonly multiLabel?: boolean;
  /** A label whose elements are left out. Default: none. */
  readonly ignoreIndex?: number;
  /** What it is called in a history. Default: its own name, such as `rocAuc`. */
  readonly name?: string;
}

export interface RocAucOptions<A extends RankingAverage = RankingAverage> extends AveragePrecisionOptions<A> {
  /** Each class against the rest ('ovr'), or against each other class ('ovo': Hand & Till, 2001). Default 'ovr'. */
  readonly multiClass?: 'ovr' | 'ovo';
  /** The area up to this false positive rate alone, standardized by McClish to 0.5 for chance and 1 for perfection. Two classes. Default 1. */
  readonly maxFpr?: number;
}

type RankingLabels = Pick<AveragePrecisionOptions, 'multiLabel' | 'ignoreIndex'>;

const averages: readonly unknown[] = ['micro', 'macro', 'weighted', null];
const rankingOptions = ['average', 'fromLogits', 'multiLabel', 'ignoreIndex', 'name'];

function checkRanking(op: string, average: unknown, { multiLabel, ignoreIndex }: RankingLabels): void {
  if (multiLabel && ignoreIndex !== undefined) {
    throw new ArgumentError('ignoreIndex is for examples of one label', { op, hint: 'Leave out multiLabel' });
  }
  if (averages.includes(average)) return;
  throw new ArgumentError(`there is no average '${String(average)}'`, {
    op,
    hint: "Known are: 'macro', 'micro', 'weighted', and null for the values of all classes",
  });
}

/** One number, or a list with one for each class. */
type Ranked<A extends RankingAverage> = A extends null ? number[] : number;

/** The value of classes or labels against the rest, each a problem of two classes. */
function averaged(
  collected: Collected,
  average: RankingAverage,
  value: (problem: Scored, of: string) => number,
): number | number[] {
  const noun = collected.kind === 'multiLabel' ? 'label' : 'class';
  if (average === 'micro') return value(allAgainstRest(collected), '');
  const values = Array.from({ length: collected.width }, (_, label) =>
    value(againstRest(collected, label), ` of ${noun} ${label}`),
  );
  if (average === null) return values;
  if (average === 'macro') return meanOf(values);
  const weights = supports(collected);
  return weights.some((weight) => weight > 0) ? meanOf(values, weights) : 0;
}

/** Two classes with one score each: the score is that of class 1. */
const ofTwo = ({ scores, labels, weights }: Collected): Scored => ({
  scores,
  isPositive: Array.from(labels, (label) => label === 1),
  weights,
});

/**
 * The area under the ROC curve: how likely an example of the class is scored higher than one of the others. Agrees with scikit-learn's
 * `roc_auc_score`: two classes, one-vs-rest and one-vs-one for more, and examples of many labels, with sample weights. Keeps all scores, so
 * `fit` measures it on validation data only.
 *
 * `compute` throws a DataError where a class has no example or all are of one, and for numbers that are no probabilities.
 *
 * Formula: P(score of a positive > score of a negative) + P(equal) / 2
 *
 * Shapes: predictions and targets [...] for two classes; predictions [N, C, ...] with targets [N, ...]; both [N, L] with `multiLabel` →
 * a number, or a list of C or L numbers
 *
 * @example
 * ```ts
 * import { RocAuc, tensor } from 'nacre';
 * const area = new RocAuc();
 * await area.update(tensor([0.1, 0.4, 0.35, 0.8]), tensor([0, 0, 1, 1]));
 * area.compute(); // → 0.75
 * ```
 */
export class RocAuc<A extends RankingAverage = 'macro'> extends ScoreMetric<Ranked<A>> {
  readonly #options: RocAucOptions<A>;

  /** @throws ArgumentError for options that do not fit. */
  constructor(options?: RocAucOptions<A>) {
    const op = 'RocAuc';
    const given = optionsOf(op, options, [...rankingOptions, 'multiClass', 'maxFpr']);
    const { average = 'macro', multiClass = 'ovr', maxFpr = 1, multiLabel, ignoreIndex } = given;
    super(given.name ?? 'rocAuc', { multiLabel, ignoreIndex });
    checkRanking(op, average, given);
    if (multiClass !== 'ovr' && multiClass !== 'ovo') {
      throw new ArgumentError(`there is no multiClass '${String(multiClass)}'`, {
        op,
        hint: "Give 'ovr' or 'ovo'",
      });
    }
    if (multiClass === 'ovo' && average !== 'macro' && average !== 'weighted') {
      throw new ArgumentError(`average ${average} is not defined for 'ovo'`, {
        op,
        hint: "Give 'macro' or 'weighted'",
      });
    }
    if (!(maxFpr > 0 && maxFpr <= 1)) {
      throw new ArgumentError(`maxFpr is above 0 and at most 1, got ${maxFpr}`, { op });
    }
    this.#options = given;
  }

  protected override result(given: Collected): Ranked<A> {
    const { average = 'macro', multiClass, maxFpr = 1, fromLogits = false } = this.#options;
    const collected = asProbabilities(this.name, given, fromLogits);
    const area = (problem: Scored, of: string): number => areaOf(this.name, problem, maxFpr, of);
    if (collected.kind === 'binary') {
      const value = area(ofTwo(collected), '');
      return (average === null ? [value] : value) as Ranked<A>;
    }
    if (collected.kind === 'scores') {
      if (maxFpr !== 1) throw new ArgumentError('maxFpr is for two classes', { op: this.name });
      if (multiClass === 'ovo') return oneAgainstOne(this.name, collected, average) as Ranked<A>;
    }
    return averaged(collected, average, area) as Ranked<A>;
  }
}

function areaOf(op: string, problem: Scored, maxFpr: number, of: string): number {
  const { fpr, tpr } = rocOf(op, problem, true, of);
  if (maxFpr === 1) return auc(fpr, tpr);
  const stop = fpr.findIndex((rate) => rate > maxFpr);
  const part = (maxFpr - fpr[stop - 1]) / (fpr[stop] - fpr[stop - 1]);
  const end = tpr[stop - 1] + part * (tpr[stop] - tpr[stop - 1]);
  const area = auc([...fpr.subarray(0, stop), maxFpr], [...tpr.subarray(0, stop), end]);
  const [least, most] = [maxFpr ** 2 / 2, maxFpr];
  return (1 + (area - least) / (most - least)) / 2;
}

/** The mean over all pairs of classes, each seen from both sides. */
function oneAgainstOne(op: string, collected: Collected, average: RankingAverage): number {
  const { scores, labels, weights, width } = collected;
  if (weights) {
    throw new ArgumentError("one-vs-one has no sample weights, as in scikit-learn's", {
      op,
      hint: "Give multiClass: 'ovr'",
    });
  }
  const rows = Array.from({ length: width }, (_, label) =>
    [...labels.keys()].filter((row) => labels[row] === label),
  );
  const values: number[] = [];
  const prevalences: number[] = [];
  const side = (own: number, other: number): number => {
    const both = [...rows[own], ...rows[other]];
    const problem: Scored = {
      scores: Float64Array.from(both, (row) => scores[row * width + own]),
      isPositive: both.map((row) => labels[row] === own),
      weights: null,
    };
    return areaOf(op, problem, 1, ` of class ${rows[own].length ? other : own}`);
  };
  for (let a = 0; a < width; a++) {
    for (let b = a + 1; b < width; b++) {
      values.push((side(a, b) + side(b, a)) / 2);
      prevalences.push((rows[a].length + rows[b].length) / labels.length);
    }
  }
  return meanOf(values, average === 'weighted' ? prevalences : undefined);
}

/**
 * The mean of precision over recall: the area under the precision-recall curve as a step function. Agrees with scikit-learn's
 * `average_precision_score`; classes are taken one against the rest. Keeps all scores, so `fit` measures it on validation data only.
 *
 * Formula: Σ (recall[i] - recall[i - 1])·precision[i] over falling thresholds
 *
 * Shapes: predictions and targets [...] for two classes; predictions [N, C, ...] with targets [N, ...]; both [N, L] with `multiLabel` →
 * a number, or a list of C or L numbers
 *
 * @example
 * ```ts
 * import { AveragePrecision, tensor } from 'nacre';
 * const precision = new AveragePrecision();
 * await precision.update(tensor([0.1, 0.4, 0.35, 0.8]), tensor([0, 0, 1, 1]));
 * precision.compute(); // → 0.833
 * ```
 */
export class AveragePrecision<A extends RankingAverage = 'macro'> extends ScoreMetric<Ranked<A>> {
  readonly #options: AveragePrecisionOptions<A>;

  /** @throws ArgumentError for options that do not fit. */
  constructor(options?: AveragePrecisionOptions<A>) {
    const given = optionsOf('AveragePrecision', options, rankingOptions);
    const { average = 'macro', multiLabel, ignoreIndex } = given;
    super(given.name ?? 'averagePrecision', { multiLabel, ignoreIndex });
    checkRanking('AveragePrecision', average, given);
    this.#options = given;
  }

  protected override result(given: Collected): Ranked<A> {
    const { average = 'macro', fromLogits = false } = this.#options;
    const collected = asProbabilities(this.name, given, fromLogits);
    if (collected.kind !== 'binary') return averaged(collected, average, precisionOf) as Ranked<A>;
    const value = precisionOf(ofTwo(collected));
    return (average === null ? [value] : value) as Ranked<A>;
  }
}

function precisionOf(problem: Scored): number {
  const { precision, recall } = precisionRecallOf(problem);
  let sum = 0;
  for (let i = 1; i < recall.length; i++) sum -= (recall[i] - recall[i - 1]) * precision[i - 1];
  return sum;
}
