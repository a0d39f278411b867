import { FormatError } from '../base/errors.ts';
import type { Pixels } from '../data/pixels.ts';

const op = 'decodePng';
const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Decoded it would take half a gigabyte and more. */
const mostPixels = 100_000_000;

const refuse = (message: string, cause?: unknown): never => {
  throw new FormatError(message, { op, cause });
};

export const isPng = (bytes: Uint8Array): boolean => signature.every((byte, place) => bytes[place] === byte);

/** Samples of a pixel and the bit depths allowed, by colour type (PNG specification, table 11.1). */
const colourTypes: Readonly<Record<number, { samples: 1 | 2 | 3 | 4; depths: readonly number[] }>> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] }, // grey
  2: { samples: 3, depths: [8, 16] }, // RGB
  3: { samples: 1, depths: [1, 2, 4, 8] }, // index into the palette
  4: { samples: 2, depths: [8, 16] }, // grey and alpha
  6: { samples: 4, depths: [8, 16] }, // RGB and alpha
};

/** First column and row of each pass of Adam7, and the steps between its pixels. */
const adam7: readonly (readonly [x: number, y: number, stepX: number, stepY: number])[] = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

interface PngParts {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colourType: number;
  readonly interlaced: boolean;
  readonly palette: Uint8Array | undefined;
  readonly transparency: Uint8Array | undefined;
  readonly compressed: Blob;
}

const crcTable = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 of ISO 3309, as PNG and gzip have it. */
export function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 255];
  return ~crc >>> 0;
}

function readParts(bytes: Uint8Array): PngParts {
  if (!isPng(bytes)) refuse('the file does not begin as PNG does');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const chunks = new Map<string, Uint8Array>();
  const data: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 8; ; ) {
    if (at + 12 > bytes.length) refuse('the file ends before its IEND chunk');
    const length = view.getUint32(at);
    const end = at + 12 + length;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (end > bytes.length) refuse(`the ${type} chunk at byte ${at} reaches beyond the end of the file`);
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4)) {
      refuse(`the checksum of the ${type} chunk at byte ${at} is wrong`);
    }
    const body = new Uint8Array(bytes.subarray(at + 8, end - 4));
    if (type === 'IDAT') data.push(body);
    else chunks.set(type, body);
    if (type === 'IEND') break;
    at = end;
  }
  const header = chunks.get('IHDR');
  if (!header) return refuse('there is no IHDR chunk');
  if (header.length !== 13) return refuse(`the IHDR chunk has ${header.length} bytes instead of 13`);
  const fields = new DataView(header.buffer);
  const [depth, colourType, compression, filter, interlace] = header.subarray(8);
  if (!colourTypes[colourType]?.depths.includes(depth)) {
    refuse(`colour type ${colourType} with ${depth} bits a sample does not exist`);
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) refuse('an unknown coding method is announced');
  const [width, height] = [fields.getUint32(0), fields.getUint32(4)];
  if (width === 0 || height === 0 || width * height > mostPixels)
    refuse(`${width} x ${height} pixels are not read`);
  return {
    width,
    height,
    depth,
    colourType,
    interlaced: interlace === 1,
    palette: chunks.get('PLTE'),
    transparency: chunks.get('tRNS'),
    compressed: new Blob(data),
  };
}

/** Unpacks the pixel data, and no more of it than the header announced: a small file cannot claim gigabytes. */
async function inflate(compressed: Blob, expected: number): Promise<Uint8Array> {
  const raw = new Uint8Array(expected);
  let filled = 0;
  const reader = compressed.stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  try {
    for (;;) {
      const { done, value } = await reader
        .read()
        .catch((cause: unknown) => refuse(`the pixel data cannot be unpacked`, cause));
      if (done) break;
      if (filled + value.length > expected)
        refuse(`the pixel data has more than the ${expected} bytes announced`);
      raw.set(value, filled);
      filled += value.length;
    }
  } finally {
    reader.cancel().catch(() => {}); // an ended or failed stream has nothing to cancel; the result is decided above
  }
  if (filled < expected) refuse(`the pixel data has ${filled} bytes instead of ${expected}`);
  return raw;
}

/** Whichever of the three neighbours is closest to left + up - upper left. */
function paeth(left: number, up: number, upLeft: number): number {
  const estimate = left + up - upLeft;
  const [fromLeft, fromUp, fromUpLeft] = [
    Math.abs(estimate - left),
    Math.abs(estimate - up),
    Math.abs(estimate - upLeft),
  ];
  if (fromLeft <= fromUp && fromLeft <= fromUpLeft) return left;
  return fromUp <= fromUpLeft ? up : upLeft;
}

/** Undoes the filter of one line in place (PNG specification, 9.2). */
function unfilter(filter: number, line: Uint8Array, previous: Uint8Array, pixelBytes: number): void {
  if (filter > 4) refuse(`a line has the unknown filter ${filter}`);
  for (let at = 0; filter > 0 && at < line.length; at++) {
    const left = at >= pixelBytes ? line[at - pixelBytes] : 0;
    const up = previous[at];
    const upLeft = at >= pixelBytes ? previous[at - pixelBytes] : 0;
    if (filter === 1) line[at] += left;
    else if (filter === 2) line[at] += up;
    else line[at] += filter === 3 ? (left + up) >> 1 : paeth(left, up, upLeft);
  }
}

/** The sample at a place of a line, 8 bits; of 16 the upper 8. Places in a palette stay as they are. */
function sampleAt(line: Uint8Array, place: number, depth: number, isIndex: boolean): number {
  if (depth === 8) return line[place];
  if (depth === 16) return line[2 * place];
  const mask = 2 ** depth - 1;
  const bit = place * depth;
  const value = (line[bit >> 3] >> (8 - depth - (bit & 7))) & mask;
  return isIndex ? value : (value * 255) / mask;
}

/**
 * Decodes a PNG file of any colour type, bit depth and interlacing to 8 bits a channel; 16 bits keep their upper 8. The one colour that a
 * picture without alpha may declare transparent is shown as it is.
 *
 * @throws FormatError for a file that is no PNG, is damaged, cut short or unpacks to more than it announces.
 *
 * @example
 * ```ts
 * import { decodePng } from 'nacre/datasets';
 * await decodePng(new Uint8Array([1, 2, 3])); // → throws FormatError: does not begin as PNG does
 * ```
 */
export async function decodePng(bytes: Uint8Array): Promise<Pixels> {
  const parts = readParts(bytes);
  const { width, height, depth, colourType, interlaced, palette, transparency } = parts;
  const { samples } = colourTypes[colourType];
  const bits = samples * depth;
  const passes = (interlaced ? adam7 : [[0, 0, 1, 1] as const])
    .map(([x, y, stepX, stepY]) => {
      const [columns, rows] = [Math.ceil((width - x) / stepX), Math.ceil((height - y) / stepY)];
      return { x, y, stepX, stepY, columns, rows, lineBytes: Math.ceil((columns * bits) / 8) };
    })
    .filter(({ columns, rows }) => columns > 0 && rows > 0);
  const expected = passes.reduce((sum, { rows, lineBytes }) => sum + rows * (1 + lineBytes), 0);
  const raw = await inflate(parts.compressed, expected);
  const raster = new Uint8Array(width * height * samples);
  let at = 0;
  for (const { x, y, stepX, stepY, columns, rows, lineBytes } of passes) {
    let previous: Uint8Array = new Uint8Array(lineBytes);
    for (let row = 0; row < rows; row++) {
      const line = raw.subarray(at + 1, at + 1 + lineBytes);
      unfilter(raw[at], line, previous, Math.max(1, bits >> 3));
      for (let column = 0; column < columns; column++) {
        const into = ((y + row * stepY) * width + x + column * stepX) * samples;
        for (let sample = 0; sample < samples; sample++) {
          raster[into + sample] = sampleAt(line, column * samples + sample, depth, colourType === 3);
        }
      }
      previous = line;
      at += 1 + lineBytes;
    }
  }
  if (colourType !== 3) return { data: raster, width, height, channels: samples };
  return { ...painted(raster, palette, transparency), width, height };
}

/** The colours of places in a palette. */
function painted(
  places: Uint8Array,
  palette: Uint8Array | undefined,
  transparency: Uint8Array | undefined,
): { data: Uint8Array; channels: 3 | 4 } {
  if (!palette || palette.length % 3 !== 0) return refuse('the palette is missing or broken');
  const channels = transparency ? 4 : 3;
  const data = new Uint8Array(places.length * channels);
  places.forEach((place, pixel) => {
    if (3 * place >= palette.length)
      refuse(`a pixel has colour ${place} of a palette of ${palette.length / 3}`);
    data.set(palette.subarray(3 * place, 3 * place + 3), pixel * channels);
    if (transparency) data[pixel * 4 + 3] = transparency[place] ?? 255;
  });
  return { data, channels };
}
