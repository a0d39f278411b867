import { type Palette, showCount, showMetric } from 'nacre/terminal';
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

/** Words painted by their weights; without colours, those that weigh a third of the heaviest or more have their weight behind them. */
export function paintWords(words: readonly string[], weights: readonly number[], palette: Palette): string {
  const heaviest = Math.max(...weights.map(Math.abs), Number.MIN_VALUE);
  return words
    .map((word, i) => {
      const fraction = Math.abs(weights[i]) / heaviest;
      if (palette.depth === 1) {
        return fraction < 1 / 3
          ? word
          : `${word}(${weights[i] > 0 ? '+' : '−'}${Math.abs(weights[i]).toFixed(1)})`;
      }
      return fraction < 0.1 ? word : palette.heat(word, weights[i] > 0 ? 'good' : 'bad', fraction);
    })
    .join('');
}
