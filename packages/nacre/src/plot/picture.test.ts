import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { decodePng } from '../datasets/index.ts';
import { confusionMatrix, lineChart, savePicture } from './index.ts';
import { createPalette } from './terminal/colour.ts';

const folder = mkdtempSync(join(tmpdir(), 'nacre-plot-'));
afterAll(() => rmSync(folder, { recursive: true }));

const squares = lineChart({ y: [1, 4, 9] }, { width: 300, height: 200, title: 'squares' });

describe('Picture', () => {
  it('becomes PNG, twice as large unless a scale is given, with letters in it', async () => {
    const { width, height, data } = await decodePng(await squares.png());
    expect([width, height]).toEqual([600, 400]);
    // The title stands where the picture without one is white.
    const untitled = lineChart({ y: [1, 4, 9] }, { width: 300, height: 200 });
    const plain = await decodePng(await untitled.png());
    const dark = (bytes: ArrayLike<number>): number =>
      Array.from(bytes)
        .slice(0, 600 * 4 * 56)
        .filter((byte) => byte < 128).length;
    expect(dark(data)).toBeGreaterThan(dark(plain.data) + 200);
    expect((await decodePng(await squares.png({ scale: 1 }))).width).toBe(300);
  });

  it('is drawn whatever its letters are', async () => {
    const picture = confusionMatrix([[1]], ['类别 ☃ 𓀀 \u0000\u{1F600} <&>'], {
      language: 'zh',
      width: 300,
      height: 300,
    });
    expect((await decodePng(await picture.png())).width).toBe(600);
  });

  it('is painted as the palette says', () => {
    expect(squares.text({ columns: 40, palette: createPalette(8) })).toContain('\x1b[');
    expect(squares.text({ columns: 40, palette: createPalette(1) })).not.toContain('\x1b[');
  });

  it('refuses a scale that is none', async () => {
    await expect(squares.png({ scale: 0 })).rejects.toThrow('scale is a number above 0');
  });
});

describe('savePicture', () => {
  it('writes what the ending says', async () => {
    for (const ending of ['svg', 'PNG', 'txt']) await savePicture(join(folder, `a.${ending}`), squares);
    expect(readFileSync(join(folder, 'a.svg'), 'utf8')).toMatch(/^<svg /);
    expect([...readFileSync(join(folder, 'a.PNG')).subarray(1, 4)]).toEqual([80, 78, 71]);
    expect(readFileSync(join(folder, 'a.txt'), 'utf8')).toContain('squares');
  });

  it('refuses another ending, and says where it cannot write', async () => {
    await expect(savePicture('a.gif', squares)).rejects.toThrow('.svg, .png or .txt');
    await expect(savePicture(join(folder, 'missing', 'a.svg'), squares)).rejects.toThrow(
      'no such file or folder',
    );
  });
});
