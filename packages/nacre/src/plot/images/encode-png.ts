import { crc32 } from '../../datasets/png.ts';
import type { Raster } from './pixels.ts';

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function chunk(type: string, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, body.length);
  for (let at = 0; at < 4; at++) bytes[4 + at] = type.charCodeAt(at);
  bytes.set(body, 8);
  view.setUint32(8 + body.length, crc32(bytes.subarray(4, 8 + body.length)));
  return bytes;
}

/** The bytes of a PNG file: 8 bits a channel, grey or RGB, lines without a filter. */
export async function encodePng({ data, width, height, channels }: Raster): Promise<Uint8Array> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, channels === 1 ? 0 : 2, 0, 0, 0], 8);
  const lineBytes = width * channels;
  const raw = new Uint8Array((lineBytes + 1) * height);
  for (let row = 0; row < height; row++) {
    raw.set(data.subarray(row * lineBytes, (row + 1) * lineBytes), row * (lineBytes + 1) + 1);
  }
  const packed = new Blob([raw]).stream().pipeThrough(new CompressionStream('deflate'));
  const parts = [
    Uint8Array.from(signature),
    chunk('IHDR', header),
    chunk('IDAT', new Uint8Array(await new Response(packed).arrayBuffer())),
    chunk('IEND', new Uint8Array(0)),
  ];
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}

/** An image as an address that SVG shows. */
export async function pngAddress(image: Raster): Promise<string> {
  const bytes = await encodePng(image);
  let binary = '';
  // As many arguments as every engine takes.
  for (let at = 0; at < bytes.length; at += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return `data:image/png;base64,${btoa(binary)}`;
}
