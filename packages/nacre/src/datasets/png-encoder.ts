import type { Pixels } from '../data/pixels.ts';
import { crc32 } from './png.ts';

/** Colour types by the number of channels (PNG specification, table 11.1). */
const colourTypeOf = { 1: 0, 2: 4, 3: 2, 4: 6 } as const;
const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Length, name, content and checksum (PNG specification, 5.3). */
function chunk(name: string, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)));
  return bytes;
}

/** Pixels of 8 bits as a PNG file, rows as they are (filter 0). */
export async function encodePng({ data, width, height, channels }: Pixels): Promise<Uint8Array<ArrayBuffer>> {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8);
  header.setUint8(9, colourTypeOf[channels]);
  const line = width * channels;
  const rows = new Uint8Array(height * (line + 1));
  for (let row = 0; row < height; row++) {
    rows.set(data.subarray(row * line, (row + 1) * line), row * (line + 1) + 1);
  }
  const deflated = new Blob([rows]).stream().pipeThrough(new CompressionStream('deflate'));
  const compressed = new Uint8Array(await new Response(deflated).arrayBuffer());
  const parts = [
    signature,
    chunk('IHDR', new Uint8Array(header.buffer)),
    chunk('IDAT', compressed),
    chunk('IEND', new Uint8Array(0)),
  ];
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
