import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode as encodeJpeg } from 'jpeg-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeRgb, pngFile, pngHeaderChunk } from '../../../nacre/src/datasets/testing.ts';
import { Failure } from '../failure.ts';
import { messages } from '../i18n/index.ts';
import { sampleDigit } from '../package.ts';
import { decodePicture, readPicture } from './read.ts';

const text = messages.en;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nacre-images-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A grey JPEG file, dark to the left, light to the right. */
function jpegFile(width = 16, height = 8): Buffer {
  const data = Buffer.alloc(width * height * 4, 255);
  for (let pixel = 0; pixel < width * height; pixel++)
    data.fill((pixel % width) * (256 / width), pixel * 4, pixel * 4 + 3);
  return encodeJpeg({ data, width, height }, 95).data;
}

/** The size in a JPEG file's frame header changed. */
function withJpegSize(file: Buffer, width: number, height: number): Buffer {
  const changed = Buffer.from(file);
  const frame = changed.indexOf(Buffer.from([0xff, 0xc0]));
  changed.writeUInt16BE(height, frame + 5);
  changed.writeUInt16BE(width, frame + 7);
  return changed;
}

async function failure(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => 'nothing was thrown',
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Failure);
  return (error as Failure).message;
}

describe('readPicture', () => {
  it('reads the included digit: dark ink on light paper', async () => {
    const { width, height, channels, data } = await readPicture(sampleDigit, text);
    expect({ width, height, channels }).toEqual({ width: 400, height: 300, channels: 3 });
    expect(data[0]).toBeGreaterThan(240);
    expect(Uint8Array.from(data).reduce((least, value) => Math.min(least, value))).toBeLessThan(50);
  });

  it('goes by the first bytes, not by the name', async () => {
    await writeFile(join(folder, 'photo.png'), jpegFile());
    const { width, height, data } = await readPicture(join(folder, 'photo.png'), text);
    expect({ width, height }).toEqual({ width: 16, height: 8 });
    expect(data[0]).toBeLessThan(40);
    expect(data[15 * 3]).toBeGreaterThan(215);
  });

  it('names a missing file, a folder, an empty and a huge file', async () => {
    expect(await failure(readPicture(join(folder, 'no.png'), text))).toContain(
      `${join(folder, 'no.png')}: there is no such file`,
    );
    expect(await failure(readPicture(folder, text))).toContain(`${folder} is a folder`);
    await writeFile(join(folder, 'empty.png'), '');
    expect(await failure(readPicture(join(folder, 'empty.png'), text))).toContain('empty.png is empty');
    await writeFile(join(folder, 'huge.png'), '');
    await truncate(join(folder, 'huge.png'), 600_000_000); // sparse: takes no room
    expect(await failure(readPicture(join(folder, 'huge.png'), text))).toContain(
      'huge.png is larger than 500 MB',
    );
  });
});

describe.skipIf(process.platform === 'win32')('readPicture, of what is no file,', () => {
  it('opens neither a pipe nor a device', async () => {
    const pipe = join(folder, 'pipe.png');
    execFileSync('mkfifo', [pipe]);
    for (const path of [pipe, '/dev/zero'])
      expect(await failure(readPicture(path, text))).toContain(`${path} is a pipe or a device`);
  });
});

describe('decodePicture', () => {
  const decode = (bytes: Uint8Array) => failure(decodePicture(bytes, 'a.png', text));

  it.each([
    ['GIF', Buffer.from('GIF89a..........')],
    ['WebP', Buffer.from('RIFF....WEBPVP8 ')],
    ['BMP', Buffer.from('BM..............')],
    ['HEIC', Buffer.from('....ftypheic....')],
    ['SVG', Buffer.from('<svg xmlns="x"/>')],
  ])('names a %s file', async (format, bytes) => {
    expect(await decode(bytes)).toContain(`a.png is a ${format} file. Only PNG and JPEG`);
  });

  it('refuses other bytes', async () => {
    expect(await decode(Buffer.from('hello'))).toContain('neither a PNG nor a JPEG');
  });

  it.each([
    ['a PNG', (width: number, height: number) => pngFile(pngHeaderChunk(width, height))],
    ['a JPEG', (width: number, height: number) => withJpegSize(jpegFile(), width, height)],
  ])('judges the size of %s by its header', async (_, file) => {
    expect(await decode(file(0, 5))).toContain('a.png has no pixels: its header says 0 × 5');
    expect(await decode(file(10_000, 10_000))).toContain(
      '10,000 × 10,000 pixels; less than 100,000,000 in all',
    );
    expect(await decode(file(65_535, 65_535))).toContain('65,535 × 65,535');
  });

  it('does not trust a PNG header of 4 billion pixels a side', async () => {
    expect(await decode(pngFile(pngHeaderChunk(2 ** 32 - 1, 2 ** 32 - 1)))).toContain('4,294,967,295');
  });

  it('refuses a JPEG file cut anywhere', async () => {
    const whole = jpegFile(64, 64);
    for (let length = 3; length < whole.length - 2; length += 7) {
      expect(await decode(whole.subarray(0, length))).toContain('a.png is damaged');
    }
  });

  it('ends with a picture or a clear error for a JPEG file with a byte changed', async () => {
    const whole = jpegFile(32, 32);
    for (let at = 2; at < whole.length; at += 5) {
      const changed = Buffer.from(whole);
      changed[at] ^= 0x42;
      await decodePicture(changed, 'a.png', text).catch((error: unknown) =>
        expect(error).toBeInstanceOf(Failure),
      );
    }
  });

  it('refuses a damaged PNG file and says what is wrong with it', async () => {
    const file = encodeRgb(new Uint8Array(12), 2, 2);
    file[file.length - 20] ^= 1;
    expect(await decode(file)).toMatch(/a\.png is damaged: the checksum of the IDAT chunk/);
  });

  it('turns a JPEG file upright', async () => {
    const exif = Buffer.from(
      'ffe1002245786966000049492a0008000000010012010300010000000600000000000000',
      'hex',
    );
    const plain = jpegFile();
    const turned = Buffer.concat([plain.subarray(0, 2), exif, plain.subarray(2)]);
    const { width, height, data } = await decodePicture(turned, 'a.jpg', text);
    expect({ width, height }).toEqual({ width: 8, height: 16 });
    expect(data[0]).toBeLessThan(40); // the dark left side is on top now
    expect(data[15 * 8 * 3]).toBeGreaterThan(215);
  });
});
