import { type ClassCounts, ratio } from './class-metric.ts';

/** How well one class was told from the others. */
export interface ClassScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Number of its examples, or the sum of their weights. */
  readonly support: number;
}

/** The scores that follow from counts, with a value for what cannot be divided. */
export const scoresOf = ({ hits, predicted, actual }: ClassCounts, zeroDivision: number): ClassScores => ({
  precision: ratio(hits, predicted, zeroDivision),
  recall: ratio(hits, actual, zeroDivision),
  f1: ratio(2 * hits, predicted + actual, zeroDivision),
  support: actual,
});

const total = (numbers: readonly number[]): number => numbers.reduce((sum, value) => sum + value, 0);

/** Counts of each class from a matrix of counts. */
export function countsOfMatrix(matrix: readonly (readonly number[])[]): ClassCounts[] {
  const all = total(matrix.map(total));
  return matrix.map((row, label) => ({
    hits: row[label],
    actual: total(row),
    predicted: total(matrix.map((other) => other[label])),
    total: all,
  }));
}
