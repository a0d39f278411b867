import { crc32, inflateSync } from 'node:zlib';

/** Pixels of a decoded picture, row-major, 8 bits a channel: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
}

/** A PNG file that does not keep to its specification; the message says where. */
export class PngError extends Error {}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly colourType: number;
  readonly interlaced: boolean;
}

/** Samples of a pixel and the bit depths allowed, by colour type (PNG specification, table 11.1). */
const colourTypes: Readonly<Record<number, { samples: 1 | 2 | 3 | 4; depths: readonly number[] }>> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] }, // grey
  2: { samples: 3, depths: [8, 16] }, // RGB
  3: { samples: 1, depths: [1, 2, 4, 8] }, // index into the palette
  4: { samples: 2, depths: [8, 16] }, // grey and alpha
  6: { samples: 4, depths: [8, 16] }, // RGB and alpha
};

/** First column and row of each pass of Adam7, and the steps between its pixels. */
const adam7 = [
  { x: 0, y: 0, stepX: 8, stepY: 8 },
  { x: 4, y: 0, stepX: 8, stepY: 8 },
  { x: 0, y: 4, stepX: 4, stepY: 8 },
  { x: 2, y: 0, stepX: 4, stepY: 4 },
  { x: 0, y: 2, stepX: 2, stepY: 4 },
  { x: 1, y: 0, stepX: 2, stepY: 2 },
  { x: 0, y: 1, stepX: 1, stepY: 2 },
] as const;

const onePass = [{ x: 0, y: 0, stepX: 1, stepY: 1 }] as const;

/**
 * Decodes a PNG file of any colour type, bit depth and interlacing to 8 bits a channel; 16 bits keep their upper 8.
 *
 * Every checksum is verified, and the data may not unpack to more than the header announced. The one colour that a tRNS
 * chunk may declare transparent in a picture without alpha is shown as it is. Throws `PngError`.
 */
export function decodePng(bytes: Uint8Array): Pixels {
  const { header, palette, transparency, compressed } = readChunks(bytes);
  const { samples } = colourTypes[header.colourType];
  const bitsPerPixel = samples * header.bitDepth;
  const passes = (header.interlaced ? adam7 : onePass)
    .map((pass) => ({
      ...pass,
      columns: Math.ceil((header.width - pass.x) / pass.stepX),
      rows: Math.ceil((header.height - pass.y) / pass.stepY),
    }))
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
  const rowBytes = (columns: number): number => Math.ceil((columns * bitsPerPixel) / 8);
  const expected = passes.reduce((sum, { columns, rows }) => sum + rows * (1 + rowBytes(columns)), 0);
  const raw = inflate(compressed, expected);

  const raster = new Uint8Array(header.width * header.height * samples);
  let at = 0;
  for (const { x, y, stepX, stepY, columns, rows } of passes) {
    const length = rowBytes(columns);
    let previous: Uint8Array = new Uint8Array(length);
    for (let row = 0; row < rows; row++) {
      const line = raw.subarray(at + 1, at + 1 + length);
      unfilter(raw[at], line, previous, Math.max(1, bitsPerPixel >> 3));
      const target = (y + row * stepY) * header.width + x;
      scatter(line, raster, header, samples, columns, target, stepX);
      previous = line;
      at += 1 + length;
    }
  }
  if (header.colourType === 3) return applyPalette(raster, header, palette, transparency);
  return { data: raster, width: header.width, height: header.height, channels: samples };
}

function readChunks(bytes: Uint8Array): {
  header: Header;
  palette: Uint8Array | undefined;
  transparency: Uint8Array | undefined;
  compressed: Uint8Array;
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const parts: Uint8Array[] = [];
  let header: Header | undefined;
  let palette: Uint8Array | undefined;
  let transparency: Uint8Array | undefined;
  for (let at = 8; ; ) {
    if (at + 12 > bytes.length) throw new PngError('the file ends before its IEND chunk');
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (!/^[A-Za-z]{4}$/.test(type))
      throw new PngError(`there is no chunk at byte ${at}, where one should begin`);
    const end = at + 12 + length;
    if (end > bytes.length)
      throw new PngError(`the ${type} chunk at byte ${at} reaches beyond the end of the file`);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (crc32(bytes.subarray(at + 4, at + 8 + length)) !== view.getUint32(end - 4)) {
      throw new PngError(`the checksum of the ${type} chunk at byte ${at} is wrong`);
    }
    if (type === 'IHDR') header = readHeaderChunk(body);
    else if (type === 'PLTE') palette = body;
    else if (type === 'tRNS') transparency = body;
    else if (type === 'IDAT') parts.push(body);
    else if (type === 'IEND') break;
    at = end;
  }
  if (!header) throw new PngError('there is no IHDR chunk');
  return { header, palette, transparency, compressed: Buffer.concat(parts) };
}

function readHeaderChunk(body: Uint8Array): Header {
  if (body.length !== 13) throw new PngError(`the IHDR chunk has ${body.length} bytes instead of 13`);
  const view = new DataView(body.buffer, body.byteOffset);
  const [bitDepth, colourType, compression, filter, interlace] = body.subarray(8);
  if (!colourTypes[colourType]?.depths.includes(bitDepth)) {
    throw new PngError(`colour type ${colourType} with ${bitDepth} bits a sample does not exist`);
  }
  if (compression !== 0 || filter !== 0 || interlace > 1)
    throw new PngError('an unknown coding method is announced');
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    bitDepth,
    colourType,
    interlaced: interlace === 1,
  };
}

/** Unpacks the pixel data, and no more of it than the header announced: a small file cannot claim gigabytes. */
function inflate(compressed: Uint8Array, expected: number): Uint8Array {
  let raw: Uint8Array;
  try {
    raw = inflateSync(compressed, { maxOutputLength: Math.max(1, expected) });
  } catch (error) {
    throw new PngError(
      `the pixel data cannot be unpacked (${error instanceof Error ? error.message : error})`,
    );
  }
  if (raw.length !== expected)
    throw new PngError(`the pixel data has ${raw.length} bytes instead of ${expected}`);
  return raw;
}

/** Undoes the filter of one line in place (PNG specification, 9.2). */
function unfilter(filter: number, line: Uint8Array, previous: Uint8Array, bytesPerPixel: number): void {
  if (filter > 4) throw new PngError(`a line has the unknown filter ${filter}`);
  for (let index = 0; index < line.length; index++) {
    const left = index >= bytesPerPixel ? line[index - bytesPerPixel] : 0;
    const up = previous[index];
    const upLeft = index >= bytesPerPixel ? previous[index - bytesPerPixel] : 0;
    if (filter === 1) line[index] += left;
    else if (filter === 2) line[index] += up;
    else if (filter === 3) line[index] += (left + up) >> 1;
    else if (filter === 4) line[index] += paeth(left, up, upLeft);
  }
}

/** Whichever of the three neighbours is closest to left + up − upper left. */
function paeth(left: number, up: number, upLeft: number): number {
  const estimate = left + up - upLeft;
  const fromLeft = Math.abs(estimate - left);
  const fromUp = Math.abs(estimate - up);
  const fromUpLeft = Math.abs(estimate - upLeft);
  if (fromLeft <= fromUp && fromLeft <= fromUpLeft) return left;
  return fromUp <= fromUpLeft ? up : upLeft;
}

/** Spreads a line's samples to their pixels, 8 bits each; palette indices stay as they are. */
function scatter(
  line: Uint8Array,
  raster: Uint8Array,
  { bitDepth, colourType }: Header,
  samples: number,
  columns: number,
  target: number,
  step: number,
): void {
  const scale = bitDepth < 8 && colourType !== 3 ? 255 / (2 ** bitDepth - 1) : 1;
  const mask = 2 ** bitDepth - 1;
  for (let column = 0; column < columns; column++) {
    for (let sample = 0; sample < samples; sample++) {
      const index = column * samples + sample;
      const bit = index * bitDepth;
      const value =
        bitDepth >= 8 ? line[bit >> 3] : ((line[bit >> 3] >> (8 - bitDepth - (bit & 7))) & mask) * scale;
      raster[(target + column * step) * samples + sample] = value;
    }
  }
}

function applyPalette(
  indices: Uint8Array,
  { width, height }: Header,
  palette: Uint8Array | undefined,
  transparency: Uint8Array | undefined,
): Pixels {
  if (!palette || palette.length % 3 !== 0) throw new PngError('the palette is missing or broken');
  const channels = transparency ? 4 : 3;
  const data = new Uint8Array(width * height * channels);
  for (let pixel = 0; pixel < indices.length; pixel++) {
    const entry = indices[pixel] * 3;
    if (entry >= palette.length) {
      throw new PngError(`a pixel has colour ${indices[pixel]} of a palette of ${palette.length / 3}`);
    }
    data.set(palette.subarray(entry, entry + 3), pixel * channels);
    if (transparency) data[pixel * 4 + 3] = transparency[indices[pixel]] ?? 255;
  }
  return { data, width, height, channels };
}
