import { showCount, showMetric } from 'nacre/terminal';
import type { Language } from '../../packages/cli/src/i18n/index.ts';
import type { ResultOptions, Text } from './lesson.ts';

/** What stands in a table: numbers are written with the digits that say something. */
export type Cell = Text | number;

/** The paragraphs of a text that was broken into lines in the source. Chinese has no space where a line was broken. */
export const paragraphs = (text: string): string[] =>
  text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) =>
      paragraph
        .trim()
        .replace(/(?<=[\p{Script=Han}，。；：！？、（）“”])\s*\n\s*|\s*\n\s*(?=[，。；：！？、（）])/gu, '')
        .replace(/\s*\n\s*/g, ' '),
    );

export function showCell(cell: Cell, language: Language): string {
  if (typeof cell === 'number') return Number.isInteger(cell) ? showCount(cell) : showMetric(cell);
  return typeof cell === 'string' ? cell : cell[language];
}

/** A figure with its unit: `98.71 %`. */
export function showResult(
  value: number,
  { unit, digits = unit === '%' ? 2 : undefined }: ResultOptions,
): string {
  const number =
    digits !== undefined
      ? value.toFixed(digits)
      : Number.isInteger(value)
        ? String(value)
        : showMetric(value);
  return unit === undefined ? number : `${number} ${unit}`;
}
