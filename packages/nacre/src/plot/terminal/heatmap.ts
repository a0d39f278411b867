import { colourAt } from '../colours.ts';
import type { Palette, Rgb } from './colour.ts';
import { align, displayWidth, truncate } from './width.ts';

/** A matrix of numbers and what their colours are, as pictures and terminals draw it. */
export interface Heat {
  readonly values: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
  readonly rows?: readonly string[];
  readonly columns?: readonly string[];
  readonly scale: readonly string[];
  readonly range: readonly [low: number, high: number];
}

/** From little to much where there are no colours. */
const shades = [' ', '░', '▒', '▓', '█'] as const;
const mostNameColumns = 16;
const grey: Rgb = [128, 128, 128];

/**
 * A matrix in characters: two columns for each number, in its colour or, without colours, as a shade. Names of columns stand above in
 * full where they fit in two columns, else by their first letters, downwards. What does not fit on the right is left out.
 */
export function heatmapText(cells: Heat, room: number, palette: Palette): string[] {
  const { values, width, height, rows, columns } = cells;
  const names = rows?.map((name) => truncate(name, mostNameColumns)) ?? [];
  const nameColumns = rows ? Math.max(...names.map(displayWidth)) + 1 : 0;
  const shown = Math.max(1, Math.min(width, Math.floor((room - nameColumns - 1) / 2)));
  const isCut = shown < width;
  const lines = Array.from({ length: height }, (_, row) => {
    const drawn = Array.from({ length: shown }, (_, column) =>
      cell(values[row * width + column], cells, palette),
    );
    return `${rows ? `${align(names[row], nameColumns - 1, 'right')} ` : ''}${drawn.join('')}${isCut ? '…' : ''}`;
  });
  const head = columns ? columnNames(columns.slice(0, shown)) : [];
  return [...head.map((line) => `${' '.repeat(nameColumns)}${line}`.trimEnd()), ...lines];
}

function cell(value: number, { scale, range: [low, high] }: Heat, palette: Palette): string {
  const fraction = (value - low) / (high - low);
  if (palette.depth >= 8) {
    const colour = Number.isFinite(value) ? colourAt(scale, fraction) : grey;
    return palette.colours('  ', colour, colour);
  }
  if (!Number.isFinite(value)) return '??';
  // Where zero is in the middle, both ends are strong.
  const strength = scale[0] === '#ffffff' ? fraction : Math.abs(2 * fraction - 1);
  const level = Math.min(shades.length - 1, Math.max(0, Math.round(strength * (shades.length - 1))));
  return shades[level].repeat(2);
}

const mostLetters = 6;

/** Names from the top down, each in the two columns of its cells. */
function columnNames(names: readonly string[]): string[] {
  if (names.every((name) => displayWidth(name) <= 2)) return [names.map((name) => align(name, 2)).join('')];
  const letters = names.map((name) => [...name].slice(0, mostLetters));
  const depth = Math.max(...letters.map(({ length }) => length));
  // They end at their cells: short ones begin lower.
  return Array.from({ length: depth }, (_, line) =>
    letters.map((each) => align(each[line - depth + each.length] ?? '', 2)).join(''),
  );
}
