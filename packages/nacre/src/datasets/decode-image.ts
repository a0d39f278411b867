import { DataError, FormatError } from '../base/errors.ts';
import { installedPackage, optionalPackage } from '../data/optional.ts';
import type { Pixels } from '../data/pixels.ts';
import { decodePng, isPng } from './png.ts';

/** Makes pixels of a file's bytes. */
export type ImageDecoder = (bytes: Uint8Array, path: string) => Promise<Pixels>;

/** Decoded, more would take half a gigabyte and more: judged by the header, before anything is allocated. */
const mostMegapixels = 100;

interface JpegLibrary {
  decode(
    bytes: Uint8Array,
    options: { useTArray: true; formatAsRGBA: false; tolerantDecoding: false; maxResolutionInMP: number },
  ): { data: Uint8Array; width: number; height: number };
}

interface SharpImage {
  metadata(): Promise<{ readonly space?: string }>;
  toColourspace(space: string): SharpImage;
  raw(): {
    toBuffer(options: { resolveWithObject: true }): Promise<{
      data: Uint8Array;
      info: { width: number; height: number; channels: 1 | 2 | 3 | 4 };
    }>;
  };
}

type Sharp = (bytes: Uint8Array, options: { limitInputPixels: number }) => SharpImage;

/** Spaces of grey pictures, of 8 and of 16 bits. */
const greySpaces = new Set(['b-w', 'grey16']);

/** The decoder that this installation has. */
export async function defaultDecoder(op: string): Promise<ImageDecoder> {
  const sharp = (await installedPackage<{ default: Sharp }>(op, 'sharp'))?.default;
  if (sharp) {
    return async (bytes) => {
      const image = sharp(bytes, { limitInputPixels: mostMegapixels * 1e6 });
      // Left alone, grey becomes three equal planes, where without sharp it is one.
      const isGrey = greySpaces.has((await image.metadata()).space ?? '');
      const { data, info } = await (isGrey ? image.toColourspace('b-w') : image)
        .raw()
        .toBuffer({ resolveWithObject: true });
      return { data, width: info.width, height: info.height, channels: info.channels };
    };
  }
  return async (bytes) => {
    if (isPng(bytes)) return decodePng(bytes);
    if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw new FormatError('the file is neither PNG nor JPEG');
    const { default: jpeg } = await optionalPackage<{ default: JpegLibrary }>(op, 'jpeg-js');
    const { data, width, height } = jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: mostMegapixels,
    });
    return { data, width, height, channels: 3 };
  };
}

let known: Promise<ImageDecoder> | undefined;

/**
 * Decodes a picture: by the npm package `sharp` where it is installed, which reads PNG, JPEG, WebP, AVIF, GIF and TIFF; else PNG by Nacre itself and
 * JPEG by `jpeg-js`. The size is judged by the header before anything is allocated. Decoders of JPEG differ by a level or two.
 *
 * @throws FormatError for bytes of another format, damaged ones, and more than 100 million pixels; DataError where JPEG needs a package.
 *
 * @example
 * ```ts
 * import { decodeImage } from 'nacre/datasets';
 * await decodeImage(new Uint8Array([1, 2, 3])); // → throws FormatError
 * ```
 */
export async function decodeImage(bytes: Uint8Array): Promise<Pixels> {
  const op = 'decodeImage';
  if (bytes.length === 0) throw new FormatError('the file is empty', { op });
  known ??= defaultDecoder(op);
  const decode = await known;
  try {
    return await decode(bytes, '');
  } catch (cause) {
    if (cause instanceof FormatError || cause instanceof DataError) throw cause;
    // Decoders of others meet broken data with errors of every class.
    throw new FormatError(cause instanceof Error ? cause.message : String(cause), { op, cause });
  }
}
