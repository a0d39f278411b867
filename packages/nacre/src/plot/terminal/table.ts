import { type Alignment, align, displayWidth } from './width.ts';

/**
 * Columns of a small table without borders, each as wide as its widest cell; alignment is left where none is given.
 *
 * @example
 * ```ts
 * import { table } from 'nacre/terminal';
 * table([['loss', '0.25'], ['accuracy', '0.9']], ['left', 'right']); // → ['loss      0.25', 'accuracy   0.9']
 * ```
 */
export function table(
  rows: readonly (readonly string[])[],
  alignments: readonly Alignment[] = [],
  gap = 2,
): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) => align(cell, widths[column], alignments[column]))
      .join(' '.repeat(gap))
      .trimEnd(),
  );
}
