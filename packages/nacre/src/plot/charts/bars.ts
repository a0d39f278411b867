import { ArgumentError, DataError } from '../../base/errors.ts';
import { colourOf } from '../colours.ts';
import { Picture, type PictureOptions, pictureSettings } from '../picture.ts';
import { renderSvg } from '../render/echarts.ts';
import { horizontalBar } from '../terminal/bars.ts';
import type { Palette } from '../terminal/colour.ts';
import { align, displayWidth, truncate } from '../terminal/width.ts';
import { checkNotEmpty, checkSameLength, type Numbers, numbersOf, showNumber } from '../values.ts';
import { legendLook, legendRow, legendRows, titleStyle, topWith } from './frame.ts';

export interface BarChartOptions extends PictureOptions {
  /** Below the axis of the values. Default: nothing. */
  readonly valueLabel?: string;
  /** How a value is written at its bar. Default: with three digits. */
  readonly format?: (value: number) => string;
}

interface Series {
  readonly name: string;
  readonly values: ArrayLike<number>;
}

const op = 'barChart';
const barHeight = 22;

/**
 * A bar for each name, from the top down; several values for each name stand below each other, each in a colour of its own.
 *
 * @param names what the bars are.
 * @param values their lengths, or several such lists by name.
 * @throws ShapeMismatchError unless there is a value for each name; DataError for no bars, and numbers that are not finite.
 *
 * @example
 * ```ts
 * import { barChart } from 'nacre/plot';
 * const picture = barChart(['SGD', 'Adam'], [0.91, 0.97], { title: 'Accuracy' });
 * picture.text({ columns: 30 })!.includes('0.97'); // → true
 * barChart(['SGD', 'Adam'], { train: [0.9, 1], test: [0.8, 0.95] }).height > picture.height; // → true
 * ```
 */
export function barChart(
  names: readonly string[],
  values: Numbers | Readonly<Record<string, Numbers>>,
  options: BarChartOptions = {},
): Picture {
  checkNotEmpty(op, names.length, 'bars');
  const series = seriesOf(values);
  for (const { name, values: lengths } of series) {
    checkSameLength(op, { names, [name || 'values']: lengths });
    const bad = Array.from(lengths).findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new DataError(`the bar ${JSON.stringify(names[bad])} has the value ${lengths[bad]}`, { op });
  }
  const shown = series.map(({ name }) => name).filter((name) => name !== '');
  const { title = '' } = options;
  const usual = {
    width: 720,
    height:
      topWith(title) +
      56 +
      names.length * (series.length * barHeight + 12) +
      (shown.length > 0 ? legendRow : 0),
  };
  const size = pictureSettings(op, options, ['valueLabel', 'format'], usual);
  const { format = (value: number) => showNumber(value) } = options;
  return new Picture({
    width: size.width,
    height: size.height,
    svg: () => drawBars({ names, series, title, format, valueLabel: options.valueLabel ?? '' }, size),
    text: ({ columns, palette }) => barsText({ names, series, title, format }, columns, palette),
  });
}

const isNumbers = (values: object): values is Numbers =>
  Array.isArray(values) || 'length' in values || 'dtype' in values;

function seriesOf(values: Numbers | Readonly<Record<string, Numbers>>): Series[] {
  if (typeof values !== 'object' || values === null) throw new ArgumentError('values are numbers', { op });
  if (isNumbers(values)) return [{ name: '', values: numbersOf(op, 'values', values) }];
  const entries = Object.entries(values);
  checkNotEmpty(op, entries.length, 'series');
  return entries.map(([name, given]) => ({ name, values: numbersOf(op, name, given) }));
}

interface Bars {
  readonly names: readonly string[];
  readonly series: readonly Series[];
  readonly title: string;
  readonly format: (value: number) => string;
}

function drawBars(
  { names, series, title, format, valueLabel }: Bars & { readonly valueLabel: string },
  { width, height }: { width: number; height: number },
): Promise<string> {
  const shown = series.map(({ name }) => name).filter((name) => name !== '');
  const nameRoom = Math.min(Math.max(...names.map(displayWidth)) * 7.2 + 20, width * 0.4);
  const below = legendRows(shown, width) * legendRow + (valueLabel === '' ? 0 : 24);
  return renderSvg(
    {
      title: { text: title, left: 'center', top: 12, textStyle: titleStyle },
      legend: { ...legendLook, itemWidth: 18, show: shown.length > 0, data: shown },
      grid: { left: nameRoom, right: 64, top: topWith(title), bottom: 32 + below },
      xAxis: { type: 'value', name: valueLabel, nameLocation: 'middle', nameGap: 28 },
      yAxis: {
        type: 'category',
        data: [...names],
        inverse: true,
        axisTick: { show: false },
        axisLabel: { interval: 0, width: nameRoom - 12, overflow: 'truncate' },
      },
      series: series.map(({ name, values }, index) => ({
        type: 'bar',
        name,
        color: colourOf(index),
        data: Array.from(values, (value) => ({
          value,
          label: { show: true, position: value < 0 ? 'left' : 'right', formatter: format(value) },
        })),
      })),
    },
    width,
    height,
  );
}

const nameColumns = 24;

/** A line for each bar: its name, the bar, its value. Bars begin at zero; a negative one is shown by its value alone. */
function barsText({ names, series, title, format }: Bars, columns: number, palette: Palette): string[] {
  const values = series.flatMap((one) => Array.from(one.values));
  const most = Math.max(...values.map(Math.abs)) || 1;
  const written = Math.max(...values.map((value) => displayWidth(format(value))));
  const labels = names.map((name) => truncate(name, nameColumns));
  const labelColumns = Math.max(...labels.map(displayWidth));
  const kinds = series.length > 1 ? Math.max(...series.map(({ name }) => displayWidth(name))) + 1 : 0;
  const room = Math.max(4, columns - labelColumns - kinds - written - 2);
  const styles = [palette.blue, palette.yellow, palette.green, palette.cyan, palette.red];
  const lines = names.flatMap((_, row) =>
    series.map(({ name, values: lengths }, index) => {
      const bar = align(horizontalBar(lengths[row] / most, room), room);
      const label = align(index === 0 ? labels[row] : '', labelColumns, 'right');
      const kind = kinds > 0 ? `${align(name, kinds - 1)} ` : '';
      return `${label} ${kind}${styles[index % styles.length](bar)} ${format(lengths[row])}`;
    }),
  );
  return [...(title === '' ? [] : [palette.bold(truncate(title, columns))]), ...lines];
}
