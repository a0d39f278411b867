import { ArgumentError, DataError } from '../../base/errors.ts';
import type { Module } from '../../nn/module.ts';
import { colourOf } from '../colours.ts';
import { Picture, type PictureOptions, pictureSettings } from '../picture.ts';
import { linesText } from '../terminal/lines.ts';
import type { PictureTexts } from '../texts.ts';
import { checkNotEmpty, extent, type Numbers, numbersOf } from '../values.ts';
import { type AxesOptions, axesOptions, checkRange, panelPicture } from './line-chart.ts';
import { type DrawnLine, type DrawnPanel, headingHeight, linesSvg } from './lines.ts';

export interface HistogramChartOptions extends AxesOptions {
  /** Into how many ranges of equal width the numbers are sorted. Default: 30. */
  readonly bins?: number;
}

/** How often numbers fall into ranges of equal width, as the outline that is drawn: it begins and ends at zero. */
function outline(
  values: ArrayLike<number>,
  bins: number,
  [low, high]: readonly [number, number],
): { x: number[]; y: number[] } {
  const counts = new Array<number>(bins).fill(0);
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    if (!(value >= low && value <= high)) continue;
    counts[Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins))]++;
  }
  const width = (high - low) / bins;
  const [x, y] = [[low], [0]];
  counts.forEach((count, bin) => {
    x.push(low + bin * width, low + (bin + 1) * width);
    y.push(count, count);
  });
  return { x: [...x, high], y: [...y, 0] };
}

/** The range of all numbers; one number alone is put in the middle of a range. */
function rangeOf(op: string, lists: readonly ArrayLike<number>[]): readonly [number, number] {
  const ends = extent(lists.flatMap((list) => extent(list) ?? []));
  if (!ends) throw new DataError('no number is finite', { op });
  const [low, high] = ends;
  if (low < high) return ends;
  const half = Math.abs(low) / 2 || 0.5;
  return [low - half, high + half];
}

function checkBins(op: string, bins: number): void {
  if (Number.isInteger(bins) && bins > 0 && bins <= 10_000) return;
  throw new ArgumentError(`bins is a whole number from 1 to 10000, got ${bins}`, { op });
}

/**
 * How often numbers fall into each of many ranges of equal width. What is not finite is left out.
 *
 * @param values numbers, or several lists by name, drawn over each other.
 * @throws DataError where no number is finite; ArgumentError for a number of ranges that is none.
 *
 * @example
 * ```ts
 * import { randn } from 'nacre';
 * import { histogramChart } from 'nacre/plot';
 * const picture = histogramChart(randn([1000]), { bins: 20, xLabel: 'value' });
 * (await picture.svg()).includes('value'); // → true
 * ```
 */
export function histogramChart(
  values: Numbers | Readonly<Record<string, Numbers>>,
  options: HistogramChartOptions = {},
): Picture {
  const op = 'histogramChart';
  const { bins = 30, title = '', xLabel = '', yRange } = options;
  const { texts, ...size } = pictureSettings(op, options, [...axesOptions, 'bins'], {
    width: 640,
    height: 400,
  });
  checkBins(op, bins);
  checkRange(op, 'xRange', options.xRange);
  checkRange(op, 'yRange', yRange);
  const isOne = Array.isArray(values) || 'length' in values || 'dtype' in values;
  const lists = Object.entries(isOne ? { '': values as Numbers } : values).map(
    ([name, given]) => [name, numbersOf(op, name || 'values', given as Numbers)] as const,
  );
  checkNotEmpty(op, lists.length, 'lists');
  const range =
    options.xRange ??
    rangeOf(
      op,
      lists.map(([, list]) => list),
    );
  const lines = lists.map(([label, list]) => histogramLine(label, list, bins, range));
  return panelPicture(
    {
      title,
      xLabel,
      yLabel: options.yLabel ?? texts.count,
      lines,
      yRange,
      xRange: options.xRange,
      isWholeY: true,
    },
    size,
  );
}

const histogramLine = (
  label: string,
  list: ArrayLike<number>,
  bins: number,
  range: readonly [number, number],
): DrawnLine => ({ label, ...outline(list, bins, range), hasSymbols: false, isFilled: true, size: 1.8 });

export interface WeightHistogramsOptions extends PictureOptions {
  /** Draws the gradients that `backward` left instead of the weights. Default: false. */
  readonly gradients?: boolean;
  /** Into how many ranges the numbers of a parameter are sorted. Default: 30. */
  readonly bins?: number;
}

const panel = { width: 300, height: 220 };
/** More panels than this are no picture; the first are drawn. */
const mostPanels = 30;

/**
 * How the weights of a model, or their gradients, are spread: a panel for each parameter. Gradients that crowd at zero layer after layer vanish;
 * weights far from zero have exploded. Of a model with more parameters than 30 the first 30 are drawn.
 *
 * @throws DataError for a model without parameters, or without gradients where those are asked for.
 *
 * @example
 * ```ts
 * import { nn } from 'nacre';
 * import { weightHistograms } from 'nacre/plot';
 * const model = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2));
 * (await weightHistograms(model).svg()).includes('0.weight'); // → true
 * weightHistograms(model, { gradients: true }); // → throws DataError: no parameter has a gradient. Call backward first
 * ```
 */
export function weightHistograms(model: Module, options: WeightHistogramsOptions = {}): Picture {
  const op = 'weightHistograms';
  const { gradients = false, bins = 30 } = options;
  checkBins(op, bins);
  const all = model.namedParameters();
  checkNotEmpty(op, all.length, 'parameters');
  const lists = all
    .flatMap(([name, parameter]) => {
      const tensor = gradients ? parameter.grad : parameter;
      return tensor ? [[name, numbersOf(op, name, tensor)] as const] : [];
    })
    .slice(0, mostPanels);
  if (lists.length === 0) {
    throw new DataError('no parameter has a gradient', { op, hint: 'Call backward first' });
  }
  const across = Math.min(lists.length, lists.length === 4 ? 2 : 3);
  const { texts, ...size } = pictureSettings(op, options, ['gradients', 'bins'], {
    width: panel.width * across,
    height: panel.height * Math.ceil(lists.length / across) + headingHeight,
  });
  const heading = options.title ?? (gradients ? texts.gradients : texts.weights);
  const panels = lists.map(([name, list], index) => histogramPanel(op, name, list, { bins, index, texts }));
  const { width, height } = size;
  return new Picture({
    width,
    height,
    svg: () => linesSvg(panels, { width, height, across, heading }),
    text: (look) => [look.palette.bold(heading), ...linesText(panels, { rows: 5, ...look })],
  });
}

function histogramPanel(
  op: string,
  name: string,
  list: ArrayLike<number>,
  { bins, index, texts }: { bins: number; index: number; texts: PictureTexts },
): DrawnPanel {
  const line = histogramLine('', list, bins, rangeOf(op, [list]));
  return {
    title: name,
    xLabel: '',
    yLabel: texts.count,
    lines: [{ ...line, colour: colourOf(index % 2) }],
    isWholeY: true,
  };
}
