import type { Palette } from './colour.ts';
import { showPercent } from './format.ts';
import { align, displayWidth } from './width.ts';

/** A cell filled from the left in eighths: none to seven eighths. */
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;

/**
 * A bar of a fraction of so many columns, to an eighth of a column. A fraction above zero always shows.
 *
 * @example
 * ```ts
 * import { horizontalBar } from 'nacre/terminal';
 * horizontalBar(0.5, 4); // → '██'
 * ```
 */
export function horizontalBar(fraction: number, columns: number): string {
  const clamped = Math.min(1, Math.max(0, fraction));
  const filled = clamped > 0 ? Math.max(1, Math.round(clamped * columns * 8)) : 0;
  return '█'.repeat(filled >> 3) + eighths[filled & 7];
}

export interface ProbabilityBarsOptions {
  readonly labels: readonly string[];
  readonly palette: Palette;
  /** Columns of the longest bar, default 30. */
  readonly columns?: number;
}

/**
 * One line per class: label, bar, percentage; the most probable one stands out.
 *
 * @example
 * ```ts
 * import { createPalette, probabilityBars } from 'nacre/terminal';
 * probabilityBars([0.9, 0.1], { labels: ['a', 'b'], palette: createPalette(1), columns: 4 })[0]; // → 'a ███▋  90.0 % ◀'
 * ```
 */
export function probabilityBars(
  probabilities: readonly number[],
  { labels, palette, columns = 30 }: ProbabilityBarsOptions,
): string[] {
  const best = probabilities.indexOf(Math.max(...probabilities));
  const labelWidth = Math.max(...labels.map(displayWidth));
  return probabilities.map((probability, index) => {
    const label = align(labels[index], labelWidth, 'right');
    const bar = align(horizontalBar(probability, columns), columns);
    const percent = showPercent(probability, 1).padStart(7);
    return index === best
      ? `${palette.bold(label)} ${palette.green(bar)} ${palette.bold(percent)} ◀`
      : `${label} ${palette.blue(bar)} ${palette.dim(percent)}`;
  });
}
