import { ArgumentError, DataError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { checkLengths, type Numbers, numbersOf } from './numbers.ts';

export interface CurveOptions {
  /** The label that counts as positive; all others are negative. Default 1. */
  readonly posLabel?: number;
  /** How much each example counts. Default: all alike. */
  readonly sampleWeight?: Numbers;
}

const curveOptions = ['posLabel', 'sampleWeight'];

/** How many examples are taken for positive at each of the scores that occur, the highest first. */
interface Steps {
  readonly falsePositives: Float64Array;
  readonly truePositives: Float64Array;
  readonly thresholds: Float64Array;
}

/** Examples of two classes: whether each is positive, and how high it is scored. */
export interface Scored {
  readonly scores: Float64Array;
  readonly isPositive: ArrayLike<boolean | number>;
  readonly weights: Float64Array | null;
}

function readScored(op: string, scores: Numbers, labels: Numbers, options: CurveOptions): Scored {
  const { posLabel = 1, sampleWeight } = options;
  const numbers = numbersOf(op, 'scores', scores);
  const weights = sampleWeight === undefined ? null : numbersOf(op, 'weights', sampleWeight);
  const given = numbersOf(op, 'labels', labels);
  checkLengths(op, { scores: numbers, labels: given, weights });
  const bad = weights?.findIndex((weight) => !(weight >= 0 && Number.isFinite(weight))) ?? -1;
  if (bad >= 0) {
    throw new DataError(`the weight of example ${bad} is ${weights![bad]}`, {
      op,
      hint: 'A weight is a finite number of zero or more',
    });
  }
  return { scores: numbers, isPositive: Array.from(given, (label) => label === posLabel), weights };
}

/** Counts at each score, as scikit-learn does it: examples of weight zero take no part, equal scores make one step. */
function stepsOf({ scores, isPositive, weights }: Scored): Steps {
  const all = Uint32Array.from(scores, (_, i) => i);
  const order = weights ? all.filter((i) => weights[i] !== 0) : all;
  order.sort((a, b) => scores[b] - scores[a] || 0);
  const falsePositives: number[] = [];
  const truePositives: number[] = [];
  const thresholds: number[] = [];
  let [wrong, right] = [0, 0];
  order.forEach((example, place) => {
    const weight = weights ? weights[example] : 1;
    if (isPositive[example]) right += weight;
    else wrong += weight;
    if (place + 1 < order.length && scores[order[place + 1]] === scores[example]) return;
    falsePositives.push(wrong);
    truePositives.push(right);
    thresholds.push(scores[example]);
  });
  return {
    falsePositives: Float64Array.from(falsePositives),
    truePositives: Float64Array.from(truePositives),
    thresholds: Float64Array.from(thresholds),
  };
}

const last = (list: Float64Array): number => list[list.length - 1] ?? 0;

/** Refuses examples of one class only: rates of the other are not defined. */
function checkBothClasses(op: string, { falsePositives, truePositives }: Steps, of = ''): void {
  for (const [what, steps] of [
    ['positive', truePositives],
    ['negative', falsePositives],
  ] as const) {
    if (last(steps) > 0) continue;
    throw new DataError(`there is no ${what} example${of}, so the curve is not defined`, {
      op,
      hint: 'Give examples of both classes',
    });
  }
}

/** Rates at each threshold. */
export interface RocCurve {
  /** False positive rate, rising from 0 to 1. */
  readonly fpr: Float64Array;
  /** True positive rate, rising from 0 to 1. */
  readonly tpr: Float64Array;
  /** Scores from which on an example counts as positive, falling; the first is Infinity: none does. */
  readonly thresholds: Float64Array;
}

export interface RocCurveOptions extends CurveOptions {
  /** Whether to leave out points on a straight line between others, which change nothing in the picture or the area. Default: yes. */
  readonly dropIntermediate?: boolean;
}

/** The curve of examples already read; `of` says of which in an error. */
export function rocOf(op: string, scored: Scored, dropIntermediate: boolean, of?: string): RocCurve {
  const steps = stepsOf(scored);
  checkBothClasses(op, steps, of);
  const { falsePositives: wrong, truePositives: right, thresholds } = steps;
  const bends = (list: Float64Array, i: number): boolean =>
    list[i + 1] - list[i] - (list[i] - list[i - 1]) !== 0;
  const kept = Array.from(thresholds.keys()).filter(
    (i) => !dropIntermediate || i === 0 || i === thresholds.length - 1 || bends(wrong, i) || bends(right, i),
  );
  const [negatives, positives] = [last(wrong), last(right)];
  const after = (first: number, value: (place: number) => number): Float64Array =>
    Float64Array.from({ length: kept.length + 1 }, (_, i) => (i === 0 ? first : value(kept[i - 1])));
  return {
    fpr: after(0, (i) => wrong[i] / negatives),
    tpr: after(0, (i) => right[i] / positives),
    thresholds: after(Number.POSITIVE_INFINITY, (i) => thresholds[i]),
  };
}

/**
 * The receiver operating characteristic: how many of the positives, and of the negatives, are scored at least as high as each threshold.
 * Agrees with scikit-learn's `roc_curve`; the first threshold is Infinity, as there since 1.3.
 *
 * Throws a DataError for no examples, NaN, lists of different lengths, and examples of one class only.
 *
 * Formula: fpr = FP / (FP + TN), tpr = TP / (TP + FN)
 *
 * Shapes: scores [N], labels [N] → lists of one length
 *
 * @example
 * ```ts
 * import { auc, rocCurve } from 'nacre';
 * const { fpr, tpr, thresholds } = rocCurve([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]);
 * fpr; // → [0, 0, 0.5, 0.5, 1]
 * tpr; // → [0, 0.5, 0.5, 1, 1]
 * thresholds[1]; // → 0.8
 * auc(fpr, tpr); // → 0.75
 * ```
 */
export function rocCurve(scores: Numbers, labels: Numbers, options?: RocCurveOptions): RocCurve {
  const op = 'rocCurve';
  const given = optionsOf(op, options, [...curveOptions, 'dropIntermediate']);
  return rocOf(op, readScored(op, scores, labels, given), given.dropIntermediate ?? true);
}

/** Precision and recall at each threshold. */
export interface PrecisionRecallCurve {
  /** One more than thresholds: the last is 1. */
  readonly precision: Float64Array;
  /** Falling, one more than thresholds: the last is 0. */
  readonly recall: Float64Array;
  /** Scores from which on an example counts as positive, rising. */
  readonly thresholds: Float64Array;
}

/** The curve of examples already read. */
export function precisionRecallOf(scored: Scored): PrecisionRecallCurve {
  const { falsePositives, truePositives, thresholds } = stepsOf(scored);
  const positives = last(truePositives);
  const steps = thresholds.length;
  const precision = new Float64Array(steps + 1).fill(1);
  const recall = new Float64Array(steps + 1);
  for (let i = 0; i < steps; i++) {
    const right = truePositives[steps - 1 - i];
    const taken = right + falsePositives[steps - 1 - i];
    precision[i] = taken === 0 ? 0 : right / taken;
    recall[i] = positives === 0 ? 1 : right / positives;
  }
  return { precision, recall, thresholds: thresholds.reverse() };
}

/**
 * Precision against recall, for each threshold. Agrees with scikit-learn's `precision_recall_curve`. Without positive examples recall is
 * 1 everywhere, as there.
 *
 * Throws a DataError for no examples, NaN, and lists of different lengths.
 *
 * Formula: precision = TP / (TP + FP), recall = TP / (TP + FN)
 *
 * Shapes: scores [N], labels [N] → precision [T + 1], recall [T + 1], thresholds [T]
 *
 * @example
 * ```ts
 * import { precisionRecallCurve } from 'nacre';
 * const { precision, recall, thresholds } = precisionRecallCurve([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]);
 * precision; // → [0.5, 0.667, 0.5, 1, 1]
 * recall; // → [1, 1, 0.5, 0.5, 0]
 * thresholds; // → [0.1, 0.35, 0.4, 0.8]
 * ```
 */
export function precisionRecallCurve(
  scores: Numbers,
  labels: Numbers,
  options?: CurveOptions,
): PrecisionRecallCurve {
  const op = 'precisionRecallCurve';
  return precisionRecallOf(readScored(op, scores, labels, optionsOf(op, options, curveOptions)));
}

/** Errors of both kinds at each threshold. */
export interface DetCurve {
  /** False positive rate, falling. */
  readonly fpr: Float64Array;
  /** False negative rate, rising. */
  readonly fnr: Float64Array;
  /** Scores from which on an example counts as positive, rising. */
  readonly thresholds: Float64Array;
}

/**
 * Detection error tradeoff: the rates of both kinds of error for each threshold. Agrees with scikit-learn's `det_curve`.
 *
 * Throws a DataError for no examples, NaN, lists of different lengths, and examples of one class only.
 *
 * Formula: fpr = FP / (FP + TN), fnr = FN / (TP + FN)
 *
 * Shapes: scores [N], labels [N] → lists of one length
 *
 * @example
 * ```ts
 * import { detCurve } from 'nacre';
 * const { fpr, fnr, thresholds } = detCurve([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]);
 * fpr; // → [0.5, 0.5, 0]
 * fnr; // → [0, 0.5, 0.5]
 * thresholds; // → [0.35, 0.4, 0.8]
 * ```
 */
export function detCurve(scores: Numbers, labels: Numbers, options?: CurveOptions): DetCurve {
  const op = 'detCurve';
  const steps = stepsOf(readScored(op, scores, labels, optionsOf(op, options, curveOptions)));
  checkBothClasses(op, steps);
  const { falsePositives: wrong, truePositives: right, thresholds } = steps;
  const [negatives, positives] = [last(wrong), last(right)];
  // From the last threshold without more false positives than the first has, to the first without false negatives.
  const begin = wrong.lastIndexOf(wrong[0]);
  const end = right.indexOf(positives) + 1;
  return {
    fpr: wrong
      .slice(begin, end)
      .map((count) => count / negatives)
      .reverse(),
    fnr: right
      .slice(begin, end)
      .map((count) => (positives - count) / positives)
      .reverse(),
    thresholds: thresholds.slice(begin, end).reverse(),
  };
}

/**
 * The area under a curve through points, by the trapezoidal rule. `x` rises or falls all the way. Agrees with scikit-learn's `auc`.
 *
 * Throws an ArgumentError for less than two points and for an `x` that rises and falls; a DataError for NaN and lists of different lengths.
 *
 * Formula: Σ (x[i + 1] - x[i])·(y[i] + y[i + 1]) / 2
 *
 * Shapes: x [N], y [N] → a number
 *
 * @example
 * ```ts
 * import { auc } from 'nacre';
 * auc([0, 0.5, 1], [0, 0.8, 1]); // → 0.65
 * ```
 */
export function auc(x: Numbers, y: Numbers): number {
  const op = 'auc';
  const [across, up] = [numbersOf(op, 'x', x), numbersOf(op, 'y', y)];
  checkLengths(op, { x: across, y: up });
  if (across.length < 2) throw new ArgumentError('an area needs two points, got 1', { op });
  let area = 0;
  let [rises, falls] = [false, false];
  for (let i = 1; i < across.length; i++) {
    const width = across[i] - across[i - 1];
    if (width > 0) rises = true;
    if (width < 0) falls = true;
    area += (width * (up[i] + up[i - 1])) / 2;
  }
  if (rises && falls) throw new ArgumentError('x rises and falls', { op, hint: 'Sort the points by x' });
  return falls ? -area : area;
}
