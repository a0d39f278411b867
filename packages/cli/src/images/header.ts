/** Size of a picture as its header states it. */
export interface PictureHeader {
  readonly format: 'png' | 'jpeg';
  readonly width: number;
  readonly height: number;
}

/** Why bytes are not a picture that can be read; `format` names one that was recognised but is not read here. */
export interface NoPicture {
  readonly problem: 'unknown' | 'other' | 'truncated';
  readonly format?: string;
}

const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

const startsWith = (bytes: Uint8Array, magic: readonly number[], at = 0): boolean =>
  magic.every((byte, index) => bytes[at + index] === byte);

const ascii = (text: string): number[] => [...text].map((character) => character.charCodeAt(0));

/** Formats that people do try, told apart so that the error can name them. */
const otherFormats: readonly {
  readonly name: string;
  readonly at: number;
  readonly magic: readonly number[];
}[] = [
  { name: 'GIF', at: 0, magic: ascii('GIF8') },
  { name: 'WebP', at: 8, magic: ascii('WEBP') },
  { name: 'BMP', at: 0, magic: ascii('BM') },
  { name: 'TIFF', at: 0, magic: [0x49, 0x49, 0x2a, 0x00] },
  { name: 'TIFF', at: 0, magic: [0x4d, 0x4d, 0x00, 0x2a] },
  { name: 'HEIC', at: 4, magic: ascii('ftyphei') },
  { name: 'AVIF', at: 4, magic: ascii('ftypavif') },
  { name: 'SVG', at: 0, magic: ascii('<svg') },
  { name: 'PDF', at: 0, magic: ascii('%PDF') },
];

/** Reads format and size from the first bytes of a picture, before anything is decoded or allocated. */
export function readHeader(bytes: Uint8Array): PictureHeader | NoPicture {
  if (startsWith(bytes, pngSignature)) return pngHeader(bytes);
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return jpegHeader(bytes);
  const other = otherFormats.find(({ at, magic }) => startsWith(bytes, magic, at));
  return other ? { problem: 'other', format: other.name } : { problem: 'unknown' };
}

/** The first chunk of a PNG file is IHDR: width and height are its first eight bytes (PNG specification, 11.2.1). */
function pngHeader(bytes: Uint8Array): PictureHeader | NoPicture {
  if (bytes.length < 33 || !startsWith(bytes, ascii('IHDR'), 12))
    return { problem: 'truncated', format: 'PNG' };
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return { format: 'png', width: view.getUint32(16), height: view.getUint32(20) };
}

/** Size stands in the frame header, SOF0 to SOF15 but for DHT (C4), JPG (C8) and DAC (CC) (ITU-T T.81, B.1.1.3). */
const isFrameHeader = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** Markers that stand alone: TEM, RST0 to RST7, SOI. */
const hasNoLength = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

function jpegHeader(bytes: Uint8Array): PictureHeader | NoPicture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 2;
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) break;
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at += 1; // fill byte
    } else if (hasNoLength(marker)) {
      at += 2;
    } else if (isFrameHeader(marker)) {
      return { format: 'jpeg', height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    } else {
      at += 2 + view.getUint16(at + 2);
    }
  }
  return { problem: 'truncated', format: 'JPEG' };
}
