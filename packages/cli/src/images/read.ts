import { readFile, stat } from 'node:fs/promises';
import { FormatError } from 'nacre';
import { decodePng, type Pixels } from 'nacre/datasets';
import { Failure, systemCode } from '../failure.ts';
import type { Messages } from '../i18n/index.ts';
import { readHeader } from './header.ts';
import { jpegOrientation, turnUpright } from './orientation.ts';

/** Pictures from here on are refused: decoded they would take half a gigabyte and more. */
export const pixelLimit = 100_000_000;

/** A file larger than this cannot be a picture under the pixel limit; it is not even read. */
const byteLimit = 500_000_000;

/** jpeg-js counts what it allocates; a JPEG file close to the pixel limit needs about 20 bytes a pixel. */
const jpegMegabytes = 2048;

/** Reads a PNG or JPEG file, told apart by its first bytes. Throws `Failure` naming the file and what is wrong with it. */
export async function readPicture(path: string, text: Messages): Promise<Pixels> {
  return decodePicture(await readBytes(path, text), path, text);
}

async function readBytes(path: string, text: Messages): Promise<Uint8Array> {
  try {
    const status = await stat(path); // before it is opened: that alone would wait for the writer of a pipe
    if (status.isDirectory()) throw new Failure(text.images.isFolder(path));
    if (!status.isFile()) throw new Failure(text.images.notRegular(path));
    if (status.size > byteLimit) throw new Failure(text.images.fileTooLarge(path, byteLimit));
    return await readFile(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw new Failure(text.images.missing(path), { cause: error });
    if (code !== '') throw new Failure(text.images.unreadable(path, code), { cause: error });
    throw error;
  }
}

/** Decodes the bytes of a PNG or JPEG file; `path` is named in errors. The size is judged before anything is decoded. */
export async function decodePicture(bytes: Uint8Array, path: string, text: Messages): Promise<Pixels> {
  if (bytes.length === 0) throw new Failure(text.images.empty(path));
  const header = readHeader(bytes);
  if ('problem' in header) {
    const { problem, format } = header;
    if (problem === 'truncated')
      throw new Failure(text.images.corrupt(path, text.images.noHeader(format ?? '')));
    throw new Failure(format ? text.images.otherFormat(path, format) : text.images.unknownFormat(path));
  }
  const { width, height } = header;
  if (width === 0 || height === 0) throw new Failure(text.images.noPixels(path, width, height));
  if (width * height >= pixelLimit)
    throw new Failure(text.images.tooManyPixels(path, width, height, pixelLimit));
  if (header.format === 'jpeg') return decodeJpeg(bytes, path, text);
  try {
    return await decodePng(bytes);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const reason = error.message.replace(`${error.op}: `, '');
    throw new Failure(text.images.corrupt(path, reason), { cause: error });
  }
}

async function decodeJpeg(bytes: Uint8Array, path: string, text: Messages): Promise<Pixels> {
  const { decode } = await import('jpeg-js');
  try {
    const { data, width, height } = decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: pixelLimit / 1e6,
      maxMemoryUsageInMB: jpegMegabytes,
    });
    return turnUpright({ data, width, height, channels: 3 }, jpegOrientation(bytes));
  } catch (error) {
    // The decoder meets broken data with errors of every class: whatever it throws, the file is at fault.
    const reason = error instanceof Error ? error.message : String(error);
    throw new Failure(text.images.corrupt(path, reason), { cause: error });
  }
}
