import type { Palette } from './colour.ts';
import { showPercent } from './format.ts';
import { align, displayWidth } from './width.ts';

export interface ConfusionText {
  readonly actual: string;
  readonly predicted: string;
  /** Header of the last column: the part of a class that was recognised. */
  readonly recall: string;
}

/**
 * A confusion matrix as a table, one row for each actual class.
 *
 * Hits are green, stronger the larger their part of the row; misses are red, stronger the closer to the most frequent one.
 *
 * @param counts `counts[actual][predicted]`.
 */
export function confusionTable(
  counts: readonly (readonly number[])[],
  labels: readonly string[],
  text: ConfusionText,
  palette: Palette,
): string[] {
  const misses = counts.flatMap((row, actual) => row.filter((_, predicted) => predicted !== actual));
  const mostMisses = Math.max(1, ...misses);
  const widest = Math.max(...counts.flat().map((count) => String(count).length), ...labels.map(displayWidth));
  const cellColumns = widest + 2;
  const cell = (content: string): string => align(`${content} `, cellColumns, 'right');
  const side = displayWidth(text.actual) + 1 + Math.max(...labels.map(displayWidth));
  const head = ' '.repeat(side + 1);

  const rows = counts.map((row, actual) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    const cells = row.map((count, predicted) => {
      if (count === 0) return palette.dim(cell('·'));
      return predicted === actual
        ? palette.heat(cell(String(count)), 'good', count / total)
        : palette.heat(cell(String(count)), 'bad', count / mostMisses);
    });
    const name = align(actual === counts.length >> 1 ? text.actual : '', displayWidth(text.actual));
    const label = align(labels[actual], side - displayWidth(text.actual) - 1, 'right');
    const recall = total > 0 ? showPercent(row[actual] / total, 1).padStart(7) : align('–', 7, 'right');
    return `${palette.dim(name)} ${palette.bold(label)} ${cells.join('')} ${recall}`;
  });
  const predicted = align(text.predicted, cellColumns * labels.length, 'centre').trimEnd();
  return [
    `${head}${palette.dim(predicted)}`,
    `${head}${palette.bold(labels.map(cell).join(''))} ${palette.dim(align(text.recall, 7, 'right'))}`,
    ...rows,
  ];
}
