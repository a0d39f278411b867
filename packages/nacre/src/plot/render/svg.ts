import { displayWidth } from '../terminal/width.ts';
import { fonts, withoutControls } from './echarts.ts';

/** Pictures that are no charts, written as SVG by hand. */

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** A text as it stands in SVG. */
export const escaped = (text: string): string =>
  withoutControls(text).replace(/[&<>"]/g, (character) => entities[character]);

/** A number with as many digits as a picture shows. */
export const short = (value: number): string => String(Math.round(value * 100) / 100);

type Attributes = Readonly<Record<string, string | number | undefined>>;

export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? short(value) : escaped(value!)}"`)
    .join('');
  return content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

export interface TextLook {
  readonly size?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly fill?: string;
  readonly isBold?: boolean;
  /** In degrees, clockwise around its place. */
  readonly rotate?: number;
}

/** A text whose baseline begins, or has its middle or end, at a place. */
export function text(content: string, x: number, y: number, look: TextLook = {}): string {
  const { size = 12, anchor = 'start', fill = '#333333', isBold, rotate } = look;
  return element(
    'text',
    {
      x,
      y,
      'font-size': size,
      'text-anchor': anchor,
      fill,
      'font-weight': isBold ? 'bold' : undefined,
      transform: rotate ? `rotate(${rotate} ${short(x)} ${short(y)})` : undefined,
      'xml:space': 'preserve',
    },
    escaped(content),
  );
}

/** About how wide a text is: Latin letters half as wide as their size, Chinese ones as wide. */
export const textWidth = (content: string, size = 12): number => displayWidth(content) * size * 0.54;

/** The text, with `…` where it is cut because it is wider than there is room. */
export function fitted(content: string, room: number, size = 12): string {
  if (textWidth(content, size) <= room) return content;
  let kept = '';
  for (const character of content) {
    if (textWidth(`${kept}${character}…`, size) > room) break;
    kept += character;
  }
  return kept === '' ? '' : `${kept}…`;
}

export const titleText = (title: string, width: number): string =>
  title === ''
    ? ''
    : text(title, width / 2, 28, { size: 16, anchor: 'middle', isBold: true, fill: '#464646' });

/** A picture on white. */
export function document(width: number, height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${short(width)}" height="${short(height)}" viewBox="0 0 ${short(width)} ${short(height)}" font-family="${escaped(fonts)}">`,
    element('rect', { width, height, fill: '#ffffff' }),
    ...parts.filter((part) => part !== ''),
    '</svg>',
  ].join('\n');
}
