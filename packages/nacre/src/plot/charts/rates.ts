import { ArgumentError } from '../../base/errors.ts';
import { colourOf } from '../colours.ts';
import { type Picture, type PictureOptions, pictureSettings } from '../picture.ts';
import { checkNotEmpty, checkSameLength, type Numbers, numbersOf } from '../values.ts';
import { panelPicture } from './line-chart.ts';
import type { DrawnLine } from './lines.ts';

/** False and true positive rates at each threshold, as `rocCurve` of nacre gives them. */
export interface RocRates {
  readonly fpr: Numbers;
  readonly tpr: Numbers;
}

/** Precision and recall at each threshold, as `precisionRecallCurve` of nacre gives them. */
export interface PrecisionRecallRates {
  readonly precision: Numbers;
  readonly recall: Numbers;
}

const size = { width: 560, height: 540 };
const unit = [0, 1] as const;

/** Curves by name; one alone has none. */
function named<Curve extends object>(
  op: string,
  curves: Curve | Readonly<Record<string, Curve>>,
  isCurve: (value: object) => boolean,
  hint: string,
): [name: string, curve: Curve][] {
  if (typeof curves !== 'object' || curves === null)
    throw new ArgumentError('there is no curve', { op, hint });
  const entries = isCurve(curves)
    ? ([['', curves]] as [string, Curve][])
    : Object.entries(curves as Readonly<Record<string, Curve>>);
  checkNotEmpty(op, entries.length, 'curves');
  for (const [name, curve] of entries) {
    if (typeof curve === 'object' && curve !== null && isCurve(curve)) continue;
    throw new ArgumentError(`${JSON.stringify(name)} is no curve`, { op, hint });
  }
  return entries;
}

/** The area under a line through points, by trapezia. */
function areaUnder(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let area = 0;
  for (let at = 1; at < x.length; at++) area += ((x[at] - x[at - 1]) * (y[at] + y[at - 1])) / 2;
  return area;
}

/** Σ (Rₙ - Rₙ₊₁)·Pₙ over falling recalls: the area under steps, which promises no more than was measured. */
function averagePrecision(precision: ArrayLike<number>, recall: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at + 1 < recall.length; at++) sum += (recall[at] - recall[at + 1]) * precision[at];
  return sum;
}

const withFigure = (name: string, figure: string, value: number): string =>
  `${name === '' ? '' : `${name}: `}${figure} ${value.toFixed(3)}`;

/**
 * ROC curves: how many of the positives are found at the price of how many false alarms, one curve or one for each class or model, with the
 * area under each in the legend. The dashed diagonal is guessing.
 *
 * Formula: AUC = Σ (fpr[i + 1] - fpr[i])·(tpr[i + 1] + tpr[i]) / 2
 *
 * @param curves what `rocCurve` gives, or several of those by name.
 * @throws ArgumentError for something else; ShapeMismatchError for lists of unequal length; DataError for no points.
 *
 * @example
 * ```ts
 * import { rocChart } from 'nacre/plot';
 * const picture = rocChart({ cat: { fpr: [0, 0, 1], tpr: [0, 1, 1] }, dog: { fpr: [0, 0.5, 1], tpr: [0, 0.8, 1] } });
 * (await picture.svg()).includes('dog: AUC 0.650'); // → true
 * ```
 */
export function rocChart(
  curves: RocRates | Readonly<Record<string, RocRates>>,
  options: PictureOptions = {},
): Picture {
  const op = 'rocChart';
  const hint = 'Give what rocCurve of nacre returns, { fpr, tpr }, or several by name';
  const entries = named<RocRates>(op, curves, (value) => 'fpr' in value && 'tpr' in value, hint);
  const { texts, ...room } = pictureSettings(op, options, [], size);
  const lines = entries.map(([name, rates], index): DrawnLine => {
    const [x, y] = [numbersOf(op, 'fpr', rates.fpr), numbersOf(op, 'tpr', rates.tpr)];
    checkNotEmpty(op, x.length);
    checkSameLength(op, { fpr: x, tpr: y });
    const label = withFigure(name, texts.auc, areaUnder(x, y));
    return { label, x, y, colour: colourOf(index), hasSymbols: false };
  });
  const diagonal: DrawnLine = {
    label: texts.chance,
    x: unit,
    y: unit,
    colour: '#888888',
    isDashed: true,
    size: 1.5,
    hasSymbols: false,
  };
  const axes = {
    xLabel: texts.falsePositiveRate,
    yLabel: texts.truePositiveRate,
    xRange: unit,
    yRange: unit,
  };
  return panelPicture({ title: options.title ?? texts.rocCurve, ...axes, lines: [...lines, diagonal] }, room);
}

/**
 * Precision against recall, one curve or one for each class or model, with the average precision of each in the legend. For rare classes it
 * says more than a ROC curve, which their many true negatives flatter.
 *
 * Formula: AP = Σ (recall[i] - recall[i + 1])·precision[i]
 *
 * @param curves what `precisionRecallCurve` gives, or several of those by name.
 * @throws ArgumentError for something else; ShapeMismatchError for lists of unequal length; DataError for no points.
 *
 * @example
 * ```ts
 * import { precisionRecallChart } from 'nacre/plot';
 * const picture = precisionRecallChart({ precision: [0.5, 1, 1], recall: [1, 0.5, 0] });
 * (await picture.svg()).includes('AP 0.750'); // → true
 * ```
 */
export function precisionRecallChart(
  curves: PrecisionRecallRates | Readonly<Record<string, PrecisionRecallRates>>,
  options: PictureOptions = {},
): Picture {
  const op = 'precisionRecallChart';
  const hint = 'Give what precisionRecallCurve of nacre returns, { precision, recall }, or several by name';
  const isCurve = (value: object): boolean => 'precision' in value && 'recall' in value;
  const entries = named<PrecisionRecallRates>(op, curves, isCurve, hint);
  const { texts, ...room } = pictureSettings(op, options, [], size);
  const lines = entries.map(([name, rates], index): DrawnLine => {
    const precision = numbersOf(op, 'precision', rates.precision);
    const recall = numbersOf(op, 'recall', rates.recall);
    checkNotEmpty(op, precision.length);
    checkSameLength(op, { precision, recall });
    const label = withFigure(name, texts.averagePrecision, averagePrecision(precision, recall));
    return { label, x: recall, y: precision, colour: colourOf(index), hasSymbols: false };
  });
  const axes = { xLabel: texts.recall, yLabel: texts.precision, xRange: unit, yRange: unit };
  return panelPicture({ title: options.title ?? texts.precisionRecallCurve, ...axes, lines }, room);
}
