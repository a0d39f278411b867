import { BrailleCanvas, dotsPerCell } from './braille.ts';
import type { Palette } from './colour.ts';
import { align, beside, displayWidth } from './width.ts';

/** One value for each epoch, 1, 2, …; a value that is not finite leaves a gap. */
export interface Curve {
  readonly label: string;
  readonly values: readonly number[];
}

export interface CurvePlot {
  readonly title: string;
  readonly train: Curve;
  readonly validation?: Curve;
  readonly xLabel: string;
}

export interface CurvesOptions {
  readonly palette: Palette;
  /** Columns to use in all. */
  readonly columns: number;
  /** Rows of the drawing itself, default 8. */
  readonly rows?: number;
}

/** Below this a plot says nothing; two plots stand side by side where each gets at least this. */
const leastColumns = 36;
const mostColumns = 60;

/** Learning curves in the terminal: next to each other where there is room, below each other where not. */
export function learningCurves(
  plots: readonly CurvePlot[],
  { palette, columns, rows = 8 }: CurvesOptions,
): string[] {
  const gap = 3;
  const shared = Math.floor((columns - gap * (plots.length - 1)) / plots.length);
  if (shared >= leastColumns) {
    return plots
      .map((plot) => drawPlot(plot, Math.min(shared, mostColumns), rows, palette))
      .reduce((left, right) => beside(left, right, gap));
  }
  return plots.flatMap((plot, index) => [
    ...(index > 0 ? [''] : []),
    ...drawPlot(plot, Math.min(columns, mostColumns), rows, palette),
  ]);
}

/**
 * A round range around the values and the round values in it that label the axis: 1, 2 or 5 times a power of ten apart,
 * three to six of them.
 */
export function axisTicks(values: readonly number[]): {
  low: number;
  high: number;
  ticks: number[];
  digits: number;
} {
  const finite = values.filter(Number.isFinite);
  const low = finite.length > 0 ? Math.min(...finite) : 0;
  const high = finite.length > 0 ? Math.max(...finite) : 1;
  const span = high - low || Math.abs(high) || 1;
  const power = 10 ** Math.floor(Math.log10(span / 3));
  const step =
    [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => span / candidate <= 4) ?? 10 * power;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(Math.ceil(high / step - 1e-9), first + 1);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
  return { low: first * step, high: last * step, ticks, digits };
}

function drawPlot(
  { title, train, validation, xLabel }: CurvePlot,
  columns: number,
  rows: number,
  palette: Palette,
): string[] {
  const curves = [
    { curve: train, style: palette.blue, period: 1, sample: '⠒⠒' },
    // Without colour the dots alone tell the curves apart.
    ...(validation ? [{ curve: validation, style: palette.yellow, period: 2, sample: '⠂⠂' }] : []),
  ];
  const { low, high, ticks, digits } = axisTicks(curves.flatMap(({ curve }) => curve.values));
  const labels = ticks.map((tick) => tick.toFixed(digits));
  const labelWidth = Math.max(...labels.map(displayWidth));
  const canvas = new BrailleCanvas(Math.max(columns - labelWidth - 2, 8), rows);
  const right = canvas.columns * dotsPerCell.across - 1;
  const bottom = rows * dotsPerCell.down - 1;
  const epochs = Math.max(...curves.map(({ curve }) => curve.values.length));
  const x = (index: number): number => (epochs > 1 ? Math.round((index / (epochs - 1)) * right) : right >> 1);
  const y = (value: number): number => Math.round(((high - value) / (high - low)) * bottom);

  // Validation last: where the two meet its dots stay visible on top of the solid line.
  for (const { curve, style, period } of curves) {
    curve.values.forEach((value, index) => {
      if (!Number.isFinite(value)) return;
      const before = curve.values[index - 1];
      if (Number.isFinite(before)) canvas.line(x(index - 1), y(before), x(index), y(value), style, period);
      else canvas.dot(x(index), y(value), style);
    });
  }

  const rowLabels = new Array<string>(rows).fill('');
  ticks.forEach((tick, index) => {
    rowLabels[Math.floor(y(tick) / dotsPerCell.down)] = labels[index];
  });
  const legend = curves.map(({ curve, style, sample }) => `${style(sample)} ${curve.label}`).join('  ');
  const drawing = canvas
    .lines()
    .map(
      (line, row) =>
        `${palette.dim(rowLabels[row].padStart(labelWidth) + (rowLabels[row] ? ' ┤' : ' │'))}${line}`,
    );
  const indent = ' '.repeat(labelWidth + 1);
  return [
    `${indent} ${palette.bold(title)}  ${legend}`,
    ...drawing,
    palette.dim(`${indent}└${'─'.repeat(canvas.columns)}`),
    palette.dim(`${indent} ${epochAxis(epochs, xLabel, canvas.columns)}`),
  ];
}

/** `1` below the first epoch, the last one's number below the last, the axis's name between them. */
function epochAxis(epochs: number, name: string, columns: number): string {
  if (epochs <= 1) return align(`${name} 1`, columns, 'centre').trimEnd();
  const last = String(epochs);
  return `1${align(name, columns - 1 - last.length, 'centre')}${last}`;
}
