import { raster } from '#raster';
import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { writeFileAtomic } from '../io/tensors.ts';
import { chosenLanguage, environment } from './language.ts';
import { type ColourStream, colourDepth, createPalette, type Palette } from './terminal/colour.ts';
import { type PictureTexts, texts as usualTexts } from './texts.ts';

/** What every picture can be told. */
export interface PictureOptions {
  /** Above the picture; an empty text leaves it out. Default: what the picture shows, in its language. */
  readonly title?: string;
  /** In pixels. Default: by the picture. */
  readonly width?: number;
  /** In pixels. Default: by the picture. */
  readonly height?: number;
  /** Of the texts that are not given. Default: Chinese where `NACRE_LANG`, `LC_ALL`, `LC_MESSAGES` or `LANG` ask for it, else English. */
  readonly language?: 'en' | 'zh';
  /** Texts to be shown instead of the usual ones, by their names. */
  readonly texts?: Partial<PictureTexts>;
}

export interface TextOptions {
  /** Columns to use in all. Default: those of the terminal, 80 where there is none. */
  readonly columns?: number;
  /** How text is painted. Default: with the colours of the terminal; none for pipes and where `NO_COLOR` is set. */
  readonly palette?: Palette;
}

export interface PngOptions {
  /** Pixels of the file for each of the picture's, as for screens with small pixels. Default: 2. */
  readonly scale?: number;
}

/** How a picture is drawn: as SVG, and with characters where that makes sense. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  svg(): string | Promise<string>;
  text?(options: { readonly columns: number; readonly palette: Palette }): readonly string[];
}

/** The part of Node's `process` that is used here; a browser has none. */
interface Output {
  readonly stdout?: ColourStream & { readonly columns?: number };
}

const usualColumns = 80;

/**
 * Something to look at, as functions of `nacre/plot` give it: SVG anywhere, PNG in Node and on a page, and characters for a
 * terminal. Nothing is drawn before it is asked for.
 *
 * @example
 * ```ts
 * import { lineChart } from 'nacre/plot';
 * const picture = lineChart({ y: [1, 4, 9] });
 * (await picture.svg()).startsWith('<svg'); // → true
 * [...(await picture.png({ scale: 1 })).subarray(1, 4)]; // → [80, 78, 71]
 * picture.text({ columns: 40 })!.includes('┤'); // → true
 * ```
 */
export class Picture {
  readonly #drawing: Drawing;

  constructor(drawing: Drawing) {
    this.#drawing = drawing;
  }

  /** In pixels. */
  get width(): number {
    return this.#drawing.width;
  }

  /** In pixels. */
  get height(): number {
    return this.#drawing.height;
  }

  /** The picture as the text of an SVG file. */
  async svg(): Promise<string> {
    return this.#drawing.svg();
  }

  /**
   * The picture as the bytes of a PNG file. Node draws it with the npm package @resvg/resvg-wasm, Latin letters in a font that comes along,
   * Chinese in that of @fontsource/noto-sans-sc where it is installed, others in a font of the system. Where no font has Chinese characters, they
   * become empty boxes, and a warning says once what to install. A page draws the picture with its canvas, in the fonts it has.
   *
   * @throws ArgumentError for a scale that is none; DataError where the package, or in a browser the page, is missing.
   */
  async png(options: PngOptions = {}): Promise<Uint8Array> {
    const { scale = 2 } = optionsOf('Picture.png', options, ['scale']);
    if (!(scale > 0 && scale <= 16)) {
      throw new ArgumentError(`scale is a number above 0 and up to 16, got ${scale}`, { op: 'Picture.png' });
    }
    return raster.png(await this.svg(), { width: this.width, height: this.height, scale });
  }

  /** The picture in characters; undefined where it has no such form. Lines end with a line break, but for the last. */
  text(options: TextOptions = {}): string | undefined {
    optionsOf('Picture.text', options, ['columns', 'palette']);
    const { stdout } = (globalThis as { process?: Output }).process ?? {};
    const columns = options.columns ?? stdout?.columns ?? usualColumns;
    const palette = options.palette ?? createPalette(colourDepth(stdout ?? {}, environment()));
    return this.#drawing.text?.({ columns, palette }).join('\n');
  }
}

/**
 * Writes a picture, as what the path's ending says: `.svg`, `.png`, or `.txt` for its characters. A file is put in place whole.
 *
 * @throws ArgumentError for another ending, or a picture without characters; FileError where the system refuses.
 *
 * @example
 * ```ts
 * import { lineChart, savePicture } from 'nacre/plot';
 * await savePicture('squares.svg', lineChart({ y: [1, 4, 9] }));
 * await savePicture('squares.gif', lineChart({ y: [1, 4, 9] })); // → throws ArgumentError: .svg, .png or .txt
 * ```
 */
export async function savePicture(path: string, picture: Picture): Promise<void> {
  await writeFileAtomic(path, await contentFor(path, picture));
}

async function contentFor(path: string, picture: Picture): Promise<string | Uint8Array> {
  const op = 'savePicture';
  const ending = /\.[^./\\]*$/.exec(path)?.[0].toLowerCase();
  if (ending === '.svg') return picture.svg();
  if (ending === '.png') return picture.png();
  if (ending !== '.txt') {
    throw new ArgumentError(`pictures are not written as ${JSON.stringify(path)}`, {
      op,
      hint: 'Let the path end with .svg, .png or .txt',
    });
  }
  const text = picture.text({ palette: createPalette(1) });
  if (text === undefined) {
    throw new ArgumentError('this picture has no form in characters', {
      op,
      hint: 'Write it as .svg or .png',
    });
  }
  return `${text}\n`;
}

/** Names of the options that every picture has. */
export const pictureOptions = ['title', 'width', 'height', 'language', 'texts'] as const;

/** What a picture was told: its options if all their names are known, and its texts. */
export function pictureSettings<O extends PictureOptions>(
  op: string,
  options: O | undefined,
  known: readonly string[],
  size: { readonly width: number; readonly height: number },
): { readonly options: O; readonly width: number; readonly height: number; readonly texts: PictureTexts } {
  const given = optionsOf(op, options, [...pictureOptions, ...known]);
  const { width = size.width, height = size.height, language, texts } = given;
  for (const [name, value] of [
    ['width', width],
    ['height', height],
  ] as const) {
    if (!(Number.isFinite(value) && value >= 40 && value <= 10_000)) {
      throw new ArgumentError(`${name} is a number of pixels from 40 to 10000, got ${value}`, { op });
    }
  }
  return { options: given, width, height, texts: { ...usualTexts[chosenLanguage(op, language)], ...texts } };
}
