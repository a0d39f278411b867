import picocolors from 'picocolors';
import type { Environment } from '../language.ts';

/** Bits of colour a terminal shows: 1 none, 4 the sixteen names, 8 the 256-colour palette, 24 any. */
export type ColourDepth = 1 | 4 | 8 | 24;

/** The part of a stream that tells its colours. */
export interface ColourStream {
  readonly isTTY?: boolean;
  getColorDepth?(environment?: object): number;
}

const forced: Readonly<Record<string, ColourDepth>> = { '0': 1, false: 1, '2': 8, '3': 24 };

/**
 * How much colour to write to a stream.
 *
 * `NO_COLOR` (any text but the empty one, no-color.org) comes first; then `FORCE_COLOR` (0 none, 1 or empty 16 colours, 2 256,
 * 3 any); without them a stream that is no terminal, and `TERM=dumb`, get none.
 *
 * @example
 * ```ts
 * import { colourDepth } from 'nacre/terminal';
 * colourDepth({ isTTY: true }, { NO_COLOR: '1' }); // → 1
 * ```
 */
export function colourDepth(stream: ColourStream, environment: Environment): ColourDepth {
  if (environment.NO_COLOR) return 1;
  if (environment.FORCE_COLOR !== undefined) return forced[environment.FORCE_COLOR] ?? 4;
  if (!stream.isTTY || environment.TERM === 'dumb') return 1;
  const depth = stream.getColorDepth?.({ ...environment, NO_COLOR: undefined }) ?? 4; // Node takes an empty NO_COLOR for a set one
  return depth >= 24 ? 24 : depth >= 8 ? 8 : depth >= 4 ? 4 : 1;
}

type Style = (text: string) => string;

/** How a program of this kind paints text; every function gives the text back unchanged where there is no colour. */
export interface Palette {
  readonly depth: ColourDepth;
  readonly bold: Style;
  readonly dim: Style;
  readonly red: Style;
  readonly green: Style;
  readonly yellow: Style;
  readonly blue: Style;
  readonly cyan: Style;
  /** Text on a background whose strength says a fraction: 0 none, 1 the strongest. */
  heat(text: string, hue: 'good' | 'bad', fraction: number): string;
  /** One character cell in two greys of 0 (black) to 1 (white); only where `depth` is 8 or more. */
  greys(text: string, foreground: number, background: number): string;
  /** One character cell in two colours of three bytes; only where `depth` is 8 or more. */
  colours(text: string, foreground: Rgb, background: Rgb): string;
}

/** A colour as bytes. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** A colour as the codes have it: any where the terminal shows it, else the nearest of the cube of 6 × 6 × 6 colours. */
function colourCode([red, green, blue]: Rgb, depth: ColourDepth): string {
  if (depth >= 24) return `2;${red};${green};${blue}`;
  const step = (value: number): number => Math.round((value / 255) * 5);
  return `5;${16 + 36 * step(red) + 6 * step(green) + step(blue)}`;
}

/** Backgrounds of the 256-colour palette from pale to strong. */
const ramps = { good: [194, 157, 120, 83, 40, 28], bad: [224, 217, 210, 203, 196, 160] } as const;

/** The darkest two of a ramp carry white text, the others black: the text stays readable on dark and light terminals. */
const darkSteps = 2;

/**
 * How text is painted with so many bits of colour.
 *
 * @example
 * ```ts
 * import { createPalette } from 'nacre/terminal';
 * createPalette(1).red('loss'); // → 'loss'
 * ```
 */
export function createPalette(depth: ColourDepth): Palette {
  const { bold, dim, red, green, yellow, blue, cyan } = picocolors.createColors(depth > 1);
  const grey = (level: number): number => 232 + Math.round(Math.min(1, Math.max(0, level)) * 23);
  return {
    depth,
    bold,
    dim,
    red,
    green,
    yellow,
    blue,
    cyan,
    heat(text, hue, fraction) {
      if (fraction <= 0) return dim(text);
      if (depth < 8) return bold(hue === 'good' ? green(text) : red(text));
      const ramp = ramps[hue];
      const step = Math.min(ramp.length - 1, Math.floor(fraction * ramp.length));
      const ink = step >= ramp.length - darkSteps ? 231 : 16;
      return `\x1b[48;5;${ramp[step]};38;5;${ink}m${text}\x1b[39;49m`;
    },
    greys: (text, foreground, background) =>
      `\x1b[38;5;${grey(foreground)};48;5;${grey(background)}m${text}\x1b[39;49m`,
    colours: (text, foreground, background) =>
      `\x1b[38;${colourCode(foreground, depth)};48;${colourCode(background, depth)}m${text}\x1b[39;49m`,
  };
}
