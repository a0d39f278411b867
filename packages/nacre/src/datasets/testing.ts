import { crc32, deflateSync } from 'node:zlib';

/** One chunk of a PNG file. */
export function pngChunk(type: string, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + body.length);
  bytes.writeUInt32BE(body.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(body, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + body.length)), 8 + body.length);
  return bytes;
}

export function pngHeaderChunk(
  width: number,
  height: number,
  bitDepth = 8,
  colourType = 2,
  interlace = 0,
): Buffer {
  const body = Buffer.alloc(13);
  body.writeUInt32BE(width, 0);
  body.writeUInt32BE(height, 4);
  body.set([bitDepth, colourType, 0, 0, interlace], 8);
  return pngChunk('IHDR', body);
}

/** A PNG file of these chunks, with signature and end. */
export const pngFile = (...chunks: Uint8Array[]): Buffer =>
  Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    ...chunks,
    pngChunk('IEND', new Uint8Array(0)),
  ]);

/** An RGB picture as a PNG file without filters. */
export function encodeRgb(data: Uint8Array, width: number, height: number): Buffer {
  const lines = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y++) {
    lines.set(data.subarray(y * width * 3, (y + 1) * width * 3), y * (1 + width * 3) + 1);
  }
  return pngFile(pngHeaderChunk(width, height), pngChunk('IDAT', deflateSync(lines)));
}
