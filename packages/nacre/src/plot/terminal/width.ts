import stringWidth from 'string-width';

/**
 * Columns a text takes in a terminal: 2 for each Chinese, Japanese or Korean character, 0 for colour codes.
 *
 * @example
 * ```ts
 * import { displayWidth } from 'nacre/terminal';
 * displayWidth('损失 ok'); // → 7
 * ```
 */
export const displayWidth = (text: string): number => stringWidth(text);

const spaces = (count: number): string => ' '.repeat(Math.max(0, count));

export type Alignment = 'left' | 'right' | 'centre';

/**
 * The text with spaces added up to a number of columns; a text that is already as wide stays as it is.
 *
 * @example
 * ```ts
 * import { align } from 'nacre/terminal';
 * align('损失', 6, 'right'); // → '  损失'
 * ```
 */
export function align(text: string, columns: number, alignment: Alignment = 'left'): string {
  const missing = columns - displayWidth(text);
  if (missing <= 0) return text;
  if (alignment === 'left') return text + spaces(missing);
  if (alignment === 'right') return spaces(missing) + text;
  const before = missing >> 1;
  return spaces(before) + text + spaces(missing - before);
}

/**
 * The beginning of a text without colour codes that fits in a number of columns, with `…` where it was cut.
 *
 * @example
 * ```ts
 * import { truncate } from 'nacre/terminal';
 * truncate('训练数据', 6); // → '训练…'
 * ```
 */
export function truncate(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  if (columns < 1) return '';
  let kept = '';
  let used = 0;
  for (const character of text) {
    const width = displayWidth(character);
    if (used + width > columns - 1) break;
    kept += character;
    used += width;
  }
  return `${kept}…`;
}

/**
 * Pieces between which a line may break. Chinese breaks after every character, but neither before closing
 * punctuation nor after an opening bracket.
 */
const breakable =
  /[（《“]*(?![（《“])[\p{Script=Han}\u3000-\u303f\uff00-\uffef][，。；：、！？）》”]*|\s+|[（《“]*[^\s\p{Script=Han}（《“]+|[（《“]+/gu;

/**
 * Lines of at most so many columns; a single word that is longer keeps a line of its own. Chinese breaks between characters.
 *
 * @example
 * ```ts
 * import { wrap } from 'nacre/terminal';
 * wrap('train a small network', 11); // → ['train a', 'small', 'network']
 * ```
 */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const piece of paragraph.match(breakable) ?? []) {
      if (displayWidth(line + piece.trimEnd()) > columns && line.trim() !== '') {
        lines.push(line.trimEnd());
        line = piece.trimStart();
      } else {
        line += piece;
      }
    }
    lines.push(line.trimEnd());
  }
  return lines;
}

/**
 * Two blocks of lines next to each other, the left one padded to its widest line.
 *
 * @example
 * ```ts
 * import { beside } from 'nacre/terminal';
 * beside(['a', 'abc'], ['x', 'y'], 1); // → ['a   x', 'abc y']
 * ```
 */
export function beside(left: readonly string[], right: readonly string[], gap = 3): string[] {
  const column = Math.max(0, ...left.map(displayWidth)) + gap;
  return Array.from({ length: Math.max(left.length, right.length) }, (_, row) =>
    (align(left[row] ?? '', column) + (right[row] ?? '')).trimEnd(),
  );
}
