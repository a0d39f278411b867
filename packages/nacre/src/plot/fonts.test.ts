import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { lineChart } from './index.ts';

/** A system without fonts, or with the one that is named. */
const system = vi.hoisted(() => ({ fonts: [] as string[] }));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return {
    ...real,
    readdir: async () => system.fonts,
    readFile: async (path: string, ...rest: []) =>
      system.fonts.some((font) => path.endsWith(font)) ? new Uint8Array() : real.readFile(path, ...rest),
  };
});
const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
const warnings = (): string[] => warn.mock.calls.map(([message]) => String(message));

beforeEach(() => {
  vi.resetModules();
  warn.mockClear();
  system.fonts = [];
});
afterEach(() => vi.unstubAllEnvs());

/** The fonts for a title, found as a new process finds them. */
const searching = async (): Promise<(title: string) => Promise<Uint8Array[]>> => {
  const { fontsFor } = await import('./fonts.node.ts');
  return async (title) => fontsFor(await lineChart({ y: [1, 4] }, { title, language: 'en' }).svg());
};

it.each([
  ['en', 'no font with Chinese characters was found', 'SVG is not affected'],
  ['zh', '没有找到中文字体', 'SVG 不受影响'],
])('warns once where no font has Chinese characters: %s', async (language, what, svg) => {
  vi.stubEnv('NACRE_LANG', language);
  const find = await searching();
  const [latin, first, second] = [await find('loss'), await find('损失'), await find('准确率')];
  expect([first, second]).toEqual([latin, latin]);
  expect(warnings()).toHaveLength(1);
  for (const part of [what, 'npm install @fontsource/noto-sans-sc', 'fonts-noto-cjk', svg])
    expect(warnings()[0]).toContain(part);
});

it('does not warn of a picture without Chinese, nor where there is a font', async () => {
  const find = await searching();
  const latin = await find('loss');
  system.fonts = ['NotoSansCJK-Regular.ttc'];
  expect(await find('损失')).toHaveLength(latin.length + 1);
  expect(warnings()).toEqual([]);
});
