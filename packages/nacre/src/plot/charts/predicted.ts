import { seriesColours } from '../colours.ts';
import { type Picture, pictureSettings } from '../picture.ts';
import { checkNotEmpty, checkSameLength, extent, type Numbers, numbersOf } from '../values.ts';
import { type AxesOptions, axesOptions, checkRange, panelPicture } from './line-chart.ts';
import type { DrawnLine } from './lines.ts';

export interface PredictedAgainstRealOptions extends AxesOptions {
  /** Draws both over time, as two lines, instead of one against the other. Default: false. */
  readonly overTime?: boolean;
  /** Texts along the axis of time, such as dates, one for each value. Default: 0, 1, 2, … */
  readonly xNames?: readonly string[];
}

/** Most points that are drawn in full size. */
const manyPoints = 2000;

/**
 * What a model predicts against what came true: a point for each example, right where it lies on the diagonal; or with `overTime` both as
 * lines, as for prices.
 *
 * Shapes: predicted [N], real [N]
 *
 * @throws ShapeMismatchError unless both are as long as each other; DataError for no values.
 *
 * @example
 * ```ts
 * import { predictedAgainstReal } from 'nacre/plot';
 * const picture = predictedAgainstReal([1.1, 1.9, 3.2], [1, 2, 3], { overTime: true, language: 'en' });
 * (await picture.svg()).includes('predicted'); // → true
 * predictedAgainstReal([1], [1, 2]); // → throws ShapeMismatchError: predicted has 1, real has 2
 * ```
 */
export function predictedAgainstReal(
  predicted: Numbers,
  real: Numbers,
  options: PredictedAgainstRealOptions = {},
): Picture {
  const op = 'predictedAgainstReal';
  const { overTime = false, xNames, title = '', xRange, yRange } = options;
  const size = overTime ? { width: 900, height: 420 } : { width: 540, height: 540 };
  const { texts, ...room } = pictureSettings(op, options, [...axesOptions, 'overTime', 'xNames'], size);
  const [guesses, truth] = [numbersOf(op, 'predicted', predicted), numbersOf(op, 'real', real)];
  checkNotEmpty(op, truth.length, 'values');
  checkSameLength(op, { predicted: guesses, real: truth });
  checkRange(op, 'xRange', xRange);
  checkRange(op, 'yRange', yRange);
  if (overTime) {
    if (xNames) checkSameLength(op, { xNames, real: truth });
    const time = Array.from(truth, (_, at) => at);
    const common = { x: time, hasSymbols: false, size: 1.8 };
    const lines: DrawnLine[] = [
      { ...common, label: texts.actual, y: truth, colour: seriesColours[0] },
      { ...common, label: texts.predicted, y: guesses, colour: seriesColours[1] },
    ];
    const { xLabel = texts.time, yLabel } = options;
    return panelPicture({ title, xLabel, yLabel, lines, xRange, yRange, xNames }, room);
  }
  const ends = extent([...(extent(guesses) ?? []), ...(extent(truth) ?? [])]) ?? [0, 1];
  const lines: DrawnLine[] = [
    { label: '', x: ends, y: ends, colour: '#888888', isDashed: true, size: 1.5, hasSymbols: false },
    {
      label: '',
      x: truth,
      y: guesses,
      isScattered: true,
      colour: seriesColours[0],
      size: truth.length > manyPoints ? 3 : 6,
    },
  ];
  const { xLabel = texts.actual, yLabel = texts.predicted } = options;
  return panelPicture({ title, xLabel, yLabel, lines, xRange, yRange }, room);
}
