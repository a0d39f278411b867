import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FormatError } from '../base/errors.ts';
import { decodePng } from './png.ts';
import { encodeRgb, pngChunk, pngFile, pngHeaderChunk } from './testing.ts';

const samplesOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Adam7 as the specification draws it: the pass of each pixel of an 8 × 8 block. */
const adam7Passes = [
  [1, 6, 4, 6, 2, 6, 4, 6],
  [7, 7, 7, 7, 7, 7, 7, 7],
  [5, 6, 5, 6, 5, 6, 5, 6],
  [7, 7, 7, 7, 7, 7, 7, 7],
  [3, 6, 4, 6, 3, 6, 4, 6],
  [7, 7, 7, 7, 7, 7, 7, 7],
  [5, 6, 5, 6, 5, 6, 5, 6],
  [7, 7, 7, 7, 7, 7, 7, 7],
];

/** Packs samples of fewer than, or more than, 8 bits into the bytes of a line. */
function packLine(samples: readonly number[], bitDepth: number): number[] {
  if (bitDepth === 16) return samples.flatMap((sample) => [sample >> 8, sample & 255]);
  const bytes: number[] = new Array(Math.ceil((samples.length * bitDepth) / 8)).fill(0);
  samples.forEach((sample, index) => {
    const bit = index * bitDepth;
    bytes[bit >> 3] |= sample << (8 - bitDepth - (bit & 7));
  });
  return bytes;
}

/** Applies a filter to a line as the specification writes it: Filt(x) = Orig(x) − prediction. */
function filterLine(
  type: number,
  line: readonly number[],
  above: readonly number[],
  bytesPerPixel: number,
): number[] {
  const filtered = line.map((byte, index) => {
    const a = line[index - bytesPerPixel] ?? 0;
    const b = above[index] ?? 0;
    const c = index >= bytesPerPixel ? (above[index - bytesPerPixel] ?? 0) : 0;
    const p = a + b - c;
    const closest = [a, b, c].reduce((best, value) =>
      Math.abs(p - value) < Math.abs(p - best) ? value : best,
    );
    const prediction = [0, a, b, Math.floor((a + b) / 2), closest][type];
    return (byte - prediction) & 255;
  });
  return [type, ...filtered];
}

/** An encoder for every kind of PNG file; its filters take turns by line. */
function encode(
  pixels: readonly (readonly number[])[],
  width: number,
  { bitDepth, colourType, interlaced }: { bitDepth: number; colourType: number; interlaced: boolean },
  ...extra: Uint8Array[]
): Buffer {
  const height = pixels.length / width;
  const bytesPerPixel = Math.max(1, (samplesOf[colourType] * bitDepth) >> 3);
  const bytes: number[] = [];
  for (const pass of interlaced ? [1, 2, 3, 4, 5, 6, 7] : [0]) {
    let above: number[] = [];
    for (let y = 0, row = 0; y < height; y++) {
      const line = pixels
        .slice(y * width, (y + 1) * width)
        .filter((_, x) => !interlaced || adam7Passes[y % 8][x % 8] === pass);
      if (line.length === 0) continue;
      const packed = packLine(line.flat(), bitDepth);
      bytes.push(...filterLine(row++ % 5, packed, above, bytesPerPixel));
      above = packed;
    }
  }
  const data = deflateSync(Uint8Array.from(bytes));
  const middle = data.length >> 1;
  return pngFile(
    pngHeaderChunk(width, height, bitDepth, colourType, interlaced ? 1 : 0),
    ...extra,
    pngChunk('tEXt', Buffer.from('Comment\0skipped')),
    pngChunk('IDAT', data.subarray(0, middle)),
    pngChunk('IDAT', data.subarray(middle)),
  );
}

/** Samples that repeat in no simple way. */
const noise = (index: number, bitDepth: number): number => ((index * 2654435761) >>> 7) % 2 ** bitDepth;

const kinds = [
  { colourType: 0, bitDepth: 1 },
  { colourType: 0, bitDepth: 2 },
  { colourType: 0, bitDepth: 4 },
  { colourType: 0, bitDepth: 8 },
  { colourType: 0, bitDepth: 16 },
  { colourType: 2, bitDepth: 8 },
  { colourType: 2, bitDepth: 16 },
  { colourType: 4, bitDepth: 8 },
  { colourType: 4, bitDepth: 16 },
  { colourType: 6, bitDepth: 8 },
  { colourType: 6, bitDepth: 16 },
].flatMap((kind) => [
  { ...kind, interlaced: false },
  { ...kind, interlaced: true },
]);

describe('decodePng', () => {
  describe.each(kinds)('colour type $colourType, $bitDepth bits, interlaced $interlaced', (kind) => {
    it.each([
      [1, 1],
      [3, 5],
      [13, 9],
      [8, 17],
    ])('%d × %d', async (width, height) => {
      const samples = samplesOf[kind.colourType];
      const pixels = Array.from({ length: width * height }, (_, pixel) =>
        Array.from({ length: samples }, (_, sample) => noise(pixel * samples + sample, kind.bitDepth)),
      );
      const decoded = await decodePng(encode(pixels, width, kind));
      const scale = kind.bitDepth === 16 ? 1 / 256 : 255 / (2 ** kind.bitDepth - 1);
      expect(decoded).toMatchObject({ width, height, channels: samples });
      expect([...decoded.data]).toEqual(pixels.flat().map((sample) => Math.floor(sample * scale)));
    });
  });

  describe.each([1, 2, 4, 8])('a palette of %d bits', (bitDepth) => {
    const colours = Array.from({ length: 2 ** bitDepth }, (_, index) => [
      index,
      255 - index,
      (index * 37) & 255,
    ]);
    const indices = Array.from({ length: 35 }, (_, pixel) => noise(pixel, bitDepth));
    const palette = pngChunk('PLTE', Uint8Array.from(colours.flat()));

    it.each([false, true])('interlaced %s', async (interlaced) => {
      const file = encode(
        indices.map((index) => [index]),
        7,
        { bitDepth, colourType: 3, interlaced },
        palette,
      );
      const decoded = await decodePng(file);
      expect(decoded.channels).toBe(3);
      expect([...decoded.data]).toEqual(indices.flatMap((index) => colours[index]));
    });

    it('with transparency for its first colour', async () => {
      const file = encode(
        indices.map((index) => [index]),
        7,
        { bitDepth, colourType: 3, interlaced: false },
        palette,
        pngChunk('tRNS', Uint8Array.of(9)),
      );
      const decoded = await decodePng(file);
      expect(decoded.channels).toBe(4);
      expect([...decoded.data]).toEqual(
        indices.flatMap((index) => [...colours[index], index === 0 ? 9 : 255]),
      );
    });
  });

  it('ignores bytes after the end', async () => {
    const file = Buffer.concat([encodeRgb(Uint8Array.of(1, 2, 3), 1, 1), Buffer.from('more')]);
    expect([...(await decodePng(file)).data]).toEqual([1, 2, 3]);
  });
});

describe('a damaged file', () => {
  const whole = encodeRgb(
    Uint8Array.from({ length: 60 }, (_, index) => index * 4),
    5,
    4,
  );

  it('cut anywhere is refused', async () => {
    for (let length = 8; length < whole.length; length++) {
      await expect(decodePng(whole.subarray(0, length))).rejects.toThrow(FormatError);
    }
  });

  it('with any one byte changed is refused', async () => {
    for (let at = 8; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] ^= 0x21;
      await expect(decodePng(changed)).rejects.toThrow(FormatError);
    }
  });

  const onePixel = pngChunk('IDAT', deflateSync(Uint8Array.of(0, 1, 2, 3)));
  it.each([
    ['no header', pngFile(onePixel), 'no IHDR'],
    ['a short header', pngFile(pngChunk('IHDR', new Uint8Array(5))), '5 bytes instead of 13'],
    ['an unknown colour type', pngFile(pngHeaderChunk(1, 1, 8, 5), onePixel), 'colour type 5'],
    ['an impossible depth', pngFile(pngHeaderChunk(1, 1, 4, 2), onePixel), 'colour type 2 with 4 bits'],
    ['an unknown interlacing', pngFile(pngHeaderChunk(1, 1, 8, 2, 2), onePixel), 'unknown coding'],
    ['too little data', pngFile(pngHeaderChunk(2, 1), onePixel), '4 bytes instead of 7'],
    ['no data', pngFile(pngHeaderChunk(1, 1)), 'cannot be unpacked'],
    [
      'a palette that is missing',
      pngFile(pngHeaderChunk(1, 1, 8, 3), pngChunk('IDAT', deflateSync(Uint8Array.of(0, 1)))),
      'palette',
    ],
    [
      'a colour outside the palette',
      pngFile(
        pngHeaderChunk(1, 1, 8, 3),
        pngChunk('PLTE', Uint8Array.of(1, 2, 3)),
        pngChunk('IDAT', deflateSync(Uint8Array.of(0, 1))),
      ),
      'colour 1 of a palette of 1',
    ],
    [
      'an unknown filter',
      pngFile(pngHeaderChunk(1, 1), pngChunk('IDAT', deflateSync(Uint8Array.of(5, 1, 2, 3)))),
      'filter 5',
    ],
  ])('%s is refused', async (_, file, message) => {
    await expect(decodePng(file)).rejects.toThrow(FormatError);
    await expect(decodePng(file)).rejects.toThrow(message);
  });

  it('that unpacks to more than its header says is refused before it is unpacked', async () => {
    const bomb = pngFile(
      pngHeaderChunk(28, 28, 8, 0),
      pngChunk('IDAT', deflateSync(new Uint8Array(50_000_000))),
    );
    const before = process.memoryUsage().arrayBuffers;
    await expect(decodePng(bomb)).rejects.toThrow('more than the 812 bytes announced');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });
});
