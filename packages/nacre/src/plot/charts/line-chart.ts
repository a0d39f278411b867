import { ArgumentError } from '../../base/errors.ts';
import { Picture, type PictureOptions, pictureSettings } from '../picture.ts';
import { linesText } from '../terminal/lines.ts';
import { checkNotEmpty, checkSameLength, type Numbers, numbersOf } from '../values.ts';
import { type DrawnLine, type DrawnPanel, linesSvg } from './lines.ts';

/** Points of a line or a cloud. */
export interface SeriesData {
  /** What the legend calls it. Default: nothing, and no entry there. */
  readonly name?: string;
  /** Default: 0, 1, 2, … */
  readonly x?: Numbers;
  /** A number that is not finite leaves a gap. */
  readonly y: Numbers;
  /** As CSS writes it in six hexadecimal digits. Default: the next of the palette, which the colour-blind can tell apart. */
  readonly colour?: string;
  /** Draws a line of dashes. Default: false. */
  readonly dashed?: boolean;
}

export interface AxesOptions extends PictureOptions {
  /** Below the horizontal axis. Default: nothing. */
  readonly xLabel?: string;
  /** Beside the vertical axis. Default: nothing. */
  readonly yLabel?: string;
  /** Ends of the horizontal axis. Default: by the points. */
  readonly xRange?: readonly [low: number, high: number];
  /** Ends of the vertical axis. Default: by the points. */
  readonly yRange?: readonly [low: number, high: number];
}

export interface LineChartOptions extends AxesOptions {
  /** Texts along the horizontal axis, such as dates, one for each point. Default: the numbers of x. */
  readonly xNames?: readonly string[];
  /** Draws the vertical axis in powers of ten; what is not above zero leaves a gap. Default: false. */
  readonly logScale?: boolean;
}

export interface ScatterChartOptions extends AxesOptions {
  /** Diameter of the points in pixels. Default: 6, less for thousands of points. */
  readonly size?: number;
}

/** One series or several. */
export type SeriesInput = SeriesData | readonly SeriesData[];

export const axesOptions = ['xLabel', 'yLabel', 'xRange', 'yRange'] as const;

const usualSize = { width: 720, height: 440 };

/** Reads and checks the series. */
export function linesOf(op: string, data: SeriesInput, isScattered: boolean): DrawnLine[] {
  const series = (Array.isArray(data) ? data : [data]) as readonly SeriesData[];
  checkNotEmpty(op, series.length, 'series');
  return series.map((one, index) => {
    const { name = '', colour, dashed } = one;
    const label = name || `series ${index}`;
    const y = numbersOf(op, `y of ${label}`, one.y);
    const x = one.x === undefined ? Array.from(y, (_, at) => at) : numbersOf(op, `x of ${label}`, one.x);
    checkNotEmpty(op, y.length, `points in ${label}`);
    checkSameLength(op, { [`x of ${label}`]: x, [`y of ${label}`]: y });
    if (colour !== undefined && !/^#[0-9a-f]{6}$/i.test(colour)) {
      throw new ArgumentError(`a colour is written as #0072b2, got ${JSON.stringify(colour)}`, { op });
    }
    return { label: name, x, y, isScattered, colour, isDashed: dashed };
  });
}

export function checkRange(op: string, name: string, range: readonly [number, number] | undefined): void {
  if (range === undefined || (Number.isFinite(range[1] - range[0]) && range[0] < range[1])) return;
  throw new ArgumentError(`${name} goes from a low to a high number, got [${range.join(', ')}]`, { op });
}

/** A picture of one panel. */
export function panelPicture(
  panel: DrawnPanel,
  { width, height }: { width: number; height: number },
): Picture {
  return new Picture({
    width,
    height,
    svg: () => linesSvg([panel], { width, height, across: 1 }),
    text: (look) => linesText([panel], { rows: 12, ...look }),
  });
}

/**
 * Lines through points. One of them or several, each with its name in the legend.
 *
 * @throws ShapeMismatchError where x and y are not as long as each other; DataError where there are no points.
 *
 * @example
 * ```ts
 * import { lineChart } from 'nacre/plot';
 * const picture = lineChart([
 *   { name: 'squares', y: [0, 1, 4, 9] },
 *   { name: 'cubes', x: [0, 1, 2], y: [0, 1, 8] },
 * ], { title: 'Powers', xLabel: 'n' });
 * (await picture.svg()).includes('cubes'); // → true
 * lineChart({ x: [1, 2], y: [1] }); // → throws ShapeMismatchError: lineChart
 * ```
 */
export function lineChart(data: SeriesInput, options: LineChartOptions = {}): Picture {
  const op = 'lineChart';
  const known = [...axesOptions, 'xNames', 'logScale'];
  const { width, height } = pictureSettings(op, options, known, usualSize);
  const { title = '', xLabel = '', yLabel, xRange, yRange, xNames, logScale } = options;
  const lines = linesOf(op, data, false);
  checkRange(op, 'xRange', xRange);
  checkRange(op, 'yRange', yRange);
  if (xNames) for (const { y } of lines) checkSameLength(op, { xNames, y });
  return panelPicture(
    { title, xLabel, yLabel, lines, xRange, yRange, xNames, isLog: logScale },
    { width, height },
  );
}

/**
 * Points, each cloud in a colour of its own.
 *
 * @throws ShapeMismatchError where x and y are not as long as each other; DataError where there are no points.
 *
 * @example
 * ```ts
 * import { scatterChart } from 'nacre/plot';
 * const picture = scatterChart([
 *   { name: 'inside', x: [0, 0.1], y: [0, -0.1] },
 *   { name: 'outside', x: [1, -1], y: [1, 1] },
 * ]);
 * picture.width; // → 560
 * ```
 */
export function scatterChart(data: SeriesInput, options: ScatterChartOptions = {}): Picture {
  const op = 'scatterChart';
  const { width, height } = pictureSettings(op, options, [...axesOptions, 'size'], {
    width: 560,
    height: 520,
  });
  const { title = '', xLabel = '', yLabel, xRange, yRange } = options;
  const clouds = linesOf(op, data, true);
  checkRange(op, 'xRange', xRange);
  checkRange(op, 'yRange', yRange);
  const points = clouds.reduce((sum, { y }) => sum + y.length, 0);
  const size = options.size ?? (points > 2000 ? 3.5 : 6);
  const lines = clouds.map((cloud) => ({ ...cloud, size }));
  return panelPicture({ title, xLabel, yLabel, lines, xRange, yRange }, { width, height });
}
