import { colourAt, diverging, hexOf, inkOn } from '../colours.ts';
import { Picture, type PictureOptions, pictureSettings } from '../picture.ts';
import { document, element, fitted, text, textWidth, titleText } from '../render/svg.ts';
import type { Palette } from '../terminal/colour.ts';
import { displayWidth, truncate } from '../terminal/width.ts';
import { checkNotEmpty, checkSameLength, extent, type Numbers, numbersOf, showNumber } from '../values.ts';

export interface TextImportanceOptions extends PictureOptions {
  /** The importance that has the strongest colour. Default: the largest that occurs. */
  readonly strongest?: number;
}

const op = 'textImportance';
const size = 16;
const lineHeight = 30;
const margin = 20;

/** Words next to each other whose scripts need no space: Chinese, Japanese, punctuation. */
const needsNoSpace = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{P}]/u;
const endsWithoutSpace = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}（《“]$/u;

/** A word with the colour that says what it did. */
interface Word {
  readonly content: string;
  readonly hasSpace: boolean;
  /** From -1, strongest against, to 1, strongest for. */
  readonly weight: number;
}

/**
 * A text whose words are coloured by what they did to a prediction: blue for it, orange against it, the stronger the more.
 *
 * Shapes: importance [words]
 *
 * @param words the text, as the model saw it.
 * @param importance of each word: how much the score falls without it, or gradient times input.
 * @throws ShapeMismatchError unless there is one for each word; DataError for no words.
 *
 * @example
 * ```ts
 * import { textImportance } from 'nacre/plot';
 * const picture = textImportance(['房间', '很', '干净', '，', '服务', '差'], [0, 0.2, 0.9, 0, 0, -0.8]);
 * (await picture.svg()).includes('干净'); // → true
 * picture.text({ columns: 40 })!.includes('干净'); // → true
 * ```
 */
export function textImportance(
  words: readonly string[],
  importance: Numbers,
  options: TextImportanceOptions = {},
): Picture {
  checkNotEmpty(op, words.length, 'words');
  const scores = numbersOf(op, 'importance', importance);
  checkSameLength(op, { words, importance: scores });
  const [low, high] = extent(scores) ?? [0, 0];
  const strongest = options.strongest ?? (Math.max(Math.abs(low), Math.abs(high)) || 1);
  const { title = '' } = options;
  const shown = words.map((content, index): Word => {
    const before = words[index - 1] ?? '';
    const hasSpace = index > 0 && !needsNoSpace.test(content) && !endsWithoutSpace.test(before);
    const weight = Number.isFinite(scores[index]) ? scores[index] / strongest : 0;
    return { content, hasSpace, weight: Math.min(1, Math.max(-1, weight)) };
  });
  const width = options.width ?? 720;
  const lines = linesOf(shown, width - 2 * margin);
  const top = title === '' ? margin : 52;
  const room = pictureSettings(op, options, ['strongest'], {
    width,
    height: Math.max(80, top + lines.length * lineHeight + 44),
  });
  return new Picture({
    width: room.width,
    height: room.height,
    svg: () =>
      document(room.width, room.height, [
        ...lines.flatMap((line, row) =>
          line.flatMap(({ word, x }) => drawWord(word, margin + x, top + row * lineHeight)),
        ),
        ...scale(room.width, top + lines.length * lineHeight + 12, strongest),
        titleText(title, room.width),
      ]),
    text: ({ columns, palette }) => [
      ...(title === '' ? [] : [palette.bold(truncate(title, columns))]),
      ...wordsText(shown, columns, palette),
    ],
  });
}

const spaceWidth = size * 0.3;
const wordWidth = (content: string): number => textWidth(content, size) + 6;

/** Words in lines, each with its place in the line. */
function linesOf(words: readonly Word[], room: number): { readonly word: Word; readonly x: number }[][] {
  const lines: { word: Word; x: number }[][] = [[]];
  let x = 0;
  for (const word of words) {
    const space = word.hasSpace ? spaceWidth : 1;
    if (x > 0 && x + space + wordWidth(word.content) > room) {
      lines.push([]);
      x = 0;
    }
    const at = x === 0 ? 0 : x + space;
    lines.at(-1)!.push({ word: { ...word, content: fitted(word.content, room - 6, size) }, x: at });
    x = at + wordWidth(word.content);
  }
  return lines;
}

/** The middle three of the diverging colours: a background is never so dark that it drowns its word. */
const tints = [diverging[1], diverging[2], diverging[3]];

function drawWord({ content, weight }: Word, x: number, y: number): string[] {
  const colour = colourAt(tints, (weight + 1) / 2);
  return [
    element('rect', { x, y, width: wordWidth(content), height: lineHeight - 6, rx: 3, fill: hexOf(colour) }),
    text(content, x + wordWidth(content) / 2, y + 18, { size, anchor: 'middle', fill: inkOn(colour) }),
  ];
}

/** What the colours mean. */
function scale(width: number, y: number, strongest: number): string[] {
  const left = width - margin - 180;
  const steps = 9;
  return [
    ...Array.from({ length: steps }, (_, step) =>
      element('rect', {
        x: left + 50 + (step * 80) / steps,
        y,
        width: 80 / steps + 0.5,
        height: 12,
        fill: hexOf(colourAt(tints, step / (steps - 1))),
      }),
    ),
    text(showNumber(-strongest, 2), left + 44, y + 11, { anchor: 'end', size: 11 }),
    text(`+${showNumber(strongest, 2)}`, left + 136, y + 11, { size: 11 }),
  ];
}

/** Words on coloured ground; without colours what speaks for it is marked ⁺, against it ⁻, where it is at least half as strong as the strongest. */
function wordsText(words: readonly Word[], columns: number, palette: Palette): string[] {
  const lines: string[] = [];
  let line = '';
  for (const { content, hasSpace, weight } of words) {
    const mark = palette.depth >= 8 || Math.abs(weight) < 0.5 ? '' : weight > 0 ? '⁺' : '⁻';
    const shown = truncate(`${content}${mark}`, columns);
    const before = hasSpace && line !== '' ? ' ' : '';
    if (line !== '' && displayWidth(line) + before.length + displayWidth(shown) > columns) {
      lines.push(line);
      line = '';
    }
    line += `${line === '' ? '' : before}${painted(shown, weight, palette)}`;
  }
  return [...lines, line];
}

function painted(content: string, weight: number, palette: Palette): string {
  if (palette.depth < 8) {
    return Math.abs(weight) < 0.5 ? content : weight > 0 ? palette.blue(content) : palette.yellow(content);
  }
  if (Math.abs(weight) < 0.05) return content;
  return palette.colours(content, [0, 0, 0], colourAt(tints, (weight + 1) / 2));
}
