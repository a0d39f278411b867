import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { environment, type Language, languageOf } from './language.ts';

/**
 * Fonts for pictures as PNG. The package @fontsource/cantarell (Open Font License) has Latin letters, so that a machine without any font
 * draws labels too; Chinese comes from @fontsource/noto-sans-sc where that is installed, else from a font of the system. What no font
 * has is drawn as an empty box; where that is all Chinese, a warning says so once.
 */

const latin = ['latin-400', 'latin-700', 'latin-ext-400'].map(
  (part) => `@fontsource/cantarell/files/cantarell-${part}-normal.woff2`,
);
const chinese = ['400', '700'].map(
  (weight) => `@fontsource/noto-sans-sc/files/noto-sans-sc-chinese-simplified-${weight}-normal.woff2`,
);

/** Where systems keep fonts. */
const fontFolders: readonly string[] = [
  '/usr/share/fonts',
  '/usr/local/share/fonts',
  join(homedir(), '.fonts'),
  join(homedir(), '.local/share/fonts'),
  '/System/Library/Fonts',
  '/Library/Fonts',
  join(homedir(), 'Library/Fonts'),
  join(process.env.WINDIR ?? 'C:\\Windows', 'Fonts'),
];

/** Names of files with Chinese characters, the better first: Noto and Source Han, PingFang, Microsoft's, WenQuanYi, Droid. */
const chineseFiles: readonly RegExp[] = [
  /^(noto ?sans ?(mono)?(cjk|sc)|source ?han ?sans).*(regular|vf|\[wght\]|-r)/i,
  /^(noto ?sans ?(cjk|sc)|source ?han ?sans)/i,
  /^pingfang/i,
  /^(hiragino ?sans ?gb|stheiti|heiti)/i,
  /^(msyh|deng|simhei|simsun)\./i,
  /^(wqy|droidsansfallback|uming|ukai|arial ?unicode)/i,
];

/** Names of files with Latin letters, Greek and symbols. */
const symbolFiles: readonly RegExp[] = [
  /^dejavu ?sans\.ttf/i,
  /^(arial|segoeui|helvetica)/i,
  /^(notosans|liberationsans)-regular/i,
];

const hasChinese = /[\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef]/;
const hasSymbols = /[\u0370-\u1fff\u2070-\u2e7f]/;

const noChinese: Readonly<Record<Language, string>> = {
  en: 'Picture.png: no font with Chinese characters was found, so the PNG has empty boxes in their place. Run `npm install @fontsource/noto-sans-sc`, or install a font in the system (Debian and Ubuntu: fonts-noto-cjk), and start again. SVG is not affected: its viewer has the fonts',
  zh: 'Picture.png：没有找到中文字体，PNG 中的汉字会画成空方框。请运行 `npm install @fontsource/noto-sans-sc`，或安装系统字体（Debian、Ubuntu：fonts-noto-cjk），然后重新运行。SVG 不受影响：字体由打开它的程序提供',
};

/** No fonts, and a warning of it. */
async function withoutChinese(): Promise<Uint8Array[]> {
  process.emitWarning(noChinese[languageOf(environment())], { code: 'NACRE_NO_CHINESE_FONT' });
  return [];
}

const read = new Map<string, Promise<Uint8Array[]>>();

/** Does something once, and remembers what it gave. */
function once(name: string, make: () => Promise<Uint8Array[]>): Promise<Uint8Array[]> {
  const known = read.get(name) ?? make();
  read.set(name, known);
  return known;
}

/** Files of a package, looked for beside Nacre and from the working folder; none if it is in neither. */
async function fromPackage(files: readonly string[]): Promise<Uint8Array[]> {
  for (const base of [import.meta.url, join(process.cwd(), 'package.json')]) {
    const { resolve } = createRequire(base);
    try {
      return await Promise.all(files.map((file) => readFile(resolve(file))));
    } catch (error) {
      if ((error as { code?: string }).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return [];
}

/** Paths of all font files of the system. */
async function listFonts(): Promise<string[]> {
  const found = await Promise.all(
    fontFolders.map(async (folder) => {
      try {
        const entries = await readdir(folder, { recursive: true });
        return entries
          .filter((entry) => /\.(ttf|ttc|otf|otc)$/i.test(entry))
          .map((entry) => join(folder, entry));
      } catch {
        return []; // Most of the folders are those of other systems.
      }
    }),
  );
  return found.flat();
}

const nameOf = (path: string): string => path.split(/[\\/]/).at(-1)!;

/** The font of the system whose name fits the first of the patterns that any fits; none if there is none. */
async function fromSystem(patterns: readonly RegExp[]): Promise<Uint8Array[]> {
  const paths = await listFonts();
  for (const pattern of patterns) {
    const path = paths.find((candidate) => pattern.test(nameOf(candidate)));
    if (path !== undefined) return [await readFile(path)];
  }
  return [];
}

async function firstFound(...sources: readonly (() => Promise<Uint8Array[]>)[]): Promise<Uint8Array[]> {
  for (const source of sources) {
    const fonts = await source();
    if (fonts.length > 0) return fonts;
  }
  return [];
}

/** The bytes of fonts that have, together, the letters of a picture. */
export async function fontsFor(svg: string): Promise<Uint8Array[]> {
  const needed = [
    once('latin', () =>
      firstFound(
        () => fromPackage(latin),
        () => fromSystem(symbolFiles),
      ),
    ),
    ...(hasChinese.test(svg)
      ? [
          once('chinese', () =>
            firstFound(
              () => fromPackage(chinese),
              () => fromSystem(chineseFiles),
              withoutChinese,
            ),
          ),
        ]
      : []),
    ...(hasSymbols.test(svg) ? [once('symbols', () => fromSystem(symbolFiles))] : []),
  ];
  return (await Promise.all(needed)).flat();
}
