import { axisTicks } from '../ticks.ts';
import { showNumber } from '../values.ts';
import { BrailleCanvas, dotsPerCell } from './braille.ts';
import type { Palette } from './colour.ts';
import { align, beside, displayWidth, truncate } from './width.ts';

/** Points, joined by lines in their order; a number that is not finite leaves a gap. */
export interface Line {
  readonly label: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Draws the points alone. */
  readonly isScattered?: boolean;
}

/** Lines on common axes. */
export interface LinePanel {
  readonly title: string;
  readonly xLabel: string;
  readonly lines: readonly Line[];
  /** Ends of the axes; by the points where they are not given. */
  readonly xRange?: readonly [low: number, high: number];
  readonly yRange?: readonly [low: number, high: number];
}

export interface LinesOptions {
  readonly palette: Palette;
  /** Columns to use in all. */
  readonly columns: number;
  /** Rows of the drawing itself, default 8. */
  readonly rows?: number;
}

/** Below this a panel says nothing; panels stand side by side where each gets at least this. */
const leastColumns = 36;
const mostColumns = 60;
const gap = 3;

/** Panels of lines in the terminal: next to each other where there is room, below each other where not. */
export function linesText(
  panels: readonly LinePanel[],
  { palette, columns, rows = 8 }: LinesOptions,
): string[] {
  const across = Math.max(1, Math.min(panels.length, Math.floor((columns + gap) / (leastColumns + gap))));
  const each = Math.min(Math.floor((columns - gap * (across - 1)) / across), mostColumns);
  const lines: string[] = [];
  for (let first = 0; first < panels.length; first += across) {
    if (first > 0) lines.push('');
    const row = panels.slice(first, first + across).map((panel) => drawPanel(panel, each, rows, palette));
    lines.push(...row.reduce((left, right) => beside(left, right, gap)));
  }
  return lines;
}

/** How the lines are told apart: by colour, and by every how manyth dot is set where there is none. */
const samples = ['⠒⠒', '⠂⠂', '⠂ '] as const;

function styled({ lines }: LinePanel, palette: Palette) {
  const styles = [palette.blue, palette.yellow, palette.green, palette.cyan, palette.red];
  return lines.map((line, index) => ({
    line,
    style: styles[index % styles.length],
    period: (index % samples.length) + 1,
    sample: line.isScattered ? '⠂' : samples[index % samples.length],
  }));
}

const finite = (values: ArrayLike<number>): number[] => Array.from(values).filter(Number.isFinite);

function drawPanel(panel: LinePanel, columns: number, rows: number, palette: Palette): string[] {
  const { title, xLabel, xRange, yRange } = panel;
  const drawn = styled(panel, palette);
  const { low, high, ticks, digits } = axisTicks(yRange ?? drawn.flatMap(({ line }) => finite(line.y)));
  const labels = ticks.map((tick) => tick.toFixed(digits));
  const labelWidth = Math.max(...labels.map(displayWidth));
  const canvas = new BrailleCanvas(Math.max(columns - labelWidth - 2, 8), rows);
  const right = canvas.columns * dotsPerCell.across - 1;
  const bottom = rows * dotsPerCell.down - 1;
  const places = xRange ?? drawn.flatMap(({ line }) => finite(line.x));
  const from = places.reduce((least, place) => Math.min(least, place), Number.POSITIVE_INFINITY);
  const to = places.reduce((most, place) => Math.max(most, place), Number.NEGATIVE_INFINITY);
  const x = (place: number): number =>
    to > from ? Math.round(((place - from) / (to - from)) * right) : right >> 1;
  const y = (value: number): number => Math.round(((high - value) / (high - low)) * bottom);

  // The later lines last: where two meet, the dots of a sparser one stay visible on top of the solid one.
  for (const { line, style, period } of drawn) {
    for (let at = 0; at < line.y.length; at++) {
      const [place, value, before] = [line.x[at], line.y[at], line.y[at - 1]];
      if (!Number.isFinite(value) || !Number.isFinite(place)) continue;
      if (!line.isScattered && Number.isFinite(before) && Number.isFinite(line.x[at - 1]))
        canvas.line(x(line.x[at - 1]), y(before), x(place), y(value), style, period);
      else canvas.dot(x(place), y(value), style);
    }
  }

  const rowLabels = new Array<string>(rows).fill('');
  ticks.forEach((tick, index) => {
    rowLabels[Math.floor(y(tick) / dotsPerCell.down)] = labels[index];
  });
  const drawing = canvas
    .lines()
    .map(
      (line, row) =>
        `${palette.dim(rowLabels[row].padStart(labelWidth) + (rowLabels[row] ? ' ┤' : ' │'))}${line}`,
    );
  const indent = ' '.repeat(labelWidth + 1);
  return [
    ...legend(title, drawn, columns - labelWidth - 2, palette).map((line) => `${indent} ${line}`),
    ...drawing,
    palette.dim(`${indent}└${'─'.repeat(canvas.columns)}`),
    palette.dim(`${indent} ${xAxis([from, to], xLabel, canvas.columns)}`),
  ];
}

/** The title and what each line is, on as many lines as it takes. */
function legend(
  title: string,
  drawn: ReturnType<typeof styled>,
  columns: number,
  palette: Palette,
): string[] {
  const entries = drawn
    .filter(({ line }) => line.label !== '')
    .map(({ line, style, sample }) => `${style(sample)} ${truncate(line.label, Math.max(columns - 3, 1))}`);
  const lines: string[] = [];
  let current = palette.bold(truncate(title, Math.max(columns, 1)));
  for (const entry of entries) {
    if (current !== '' && displayWidth(current) + 2 + displayWidth(entry) > columns) {
      lines.push(current);
      current = entry;
    } else {
      current = current === '' ? entry : `${current}  ${entry}`;
    }
  }
  return current === '' ? lines : [...lines, current];
}

/** The first place below the left end, the last below the right one, the axis's name between them. */
function xAxis([from, to]: readonly [number, number], name: string, columns: number): string {
  if (!(from <= to)) return name;
  const [first, last] = [showNumber(from), showNumber(to)];
  if (from === to) return align(`${name} ${first}`.trim(), columns, 'centre').trimEnd();
  const room = columns - first.length - last.length;
  return `${first}${align(truncate(name, Math.max(room - 2, 0)), room, 'centre')}${last}`;
}
