import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import jpeg from 'jpeg-js';
import { afterAll, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { files } from '#files';
import { FormatError } from '../base/errors.ts';
import { DataLoader, imageDataset, transforms } from '../data/index.ts';
import { sha256 } from './checksum.ts';
import { readTar } from './cifar10.ts';
import { fetchPublic, publicFile } from './download.ts';
import {
  breastCancer,
  chineseReviews,
  cifar10,
  decodeImage,
  decodePng,
  fashionMnist,
  imageFiles,
  imageFolder,
  tinyShakespeare,
} from './index.ts';
import { pngChunk, pngFile, pngHeaderChunk } from './testing.ts';

const root = mkdtempSync(path.join(tmpdir(), 'nacre-pictures-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(root, 'test-'));
});
const shared = process.env.NACRE_DATA ?? path.resolve(import.meta.dirname, '../../../../../shared/data');

/** A PNG file of lines that begin with their filters. */
function png(
  width: number,
  height: number,
  [depth, colourType, interlace = 0]: readonly number[],
  lines: readonly (readonly number[])[],
  ...more: readonly [type: string, body: readonly number[]][]
): Uint8Array {
  return Uint8Array.from(
    pngFile(
      pngHeaderChunk(width, height, depth, colourType, interlace),
      ...more.map(([type, body]) => pngChunk(type, Uint8Array.from(body))),
      pngChunk('IDAT', deflateSync(Uint8Array.from(lines.flat()))),
    ),
  );
}

describe('decodePng', () => {
  it.each<[string, Uint8Array, number, number[]]>([
    ['grey', png(2, 1, [8, 0], [[0, 7, 9]]), 1, [7, 9]],
    ['1 bit', png(3, 1, [1, 0], [[0, 0b10100000]]), 1, [255, 0, 255]],
    ['16 bits', png(1, 1, [16, 0], [[0, 200, 17]]), 1, [200]],
    ['RGB and alpha', png(1, 1, [8, 6], [[0, 1, 2, 3, 4]]), 4, [1, 2, 3, 4]],
    ['a palette', png(2, 1, [4, 3], [[0, 0x10]], ['PLTE', [1, 2, 3, 4, 5, 6]]), 3, [4, 5, 6, 1, 2, 3]],
    [
      'filters',
      png(
        2,
        4,
        [8, 0],
        [
          [1, 5, 1],
          [2, 1, 1],
          [3, 10, 0],
          [4, 1, 1],
        ],
      ),
      1,
      [5, 6, 6, 7, 13, 10, 14, 11],
    ],
    // The pixels of a 2 x 2 picture lie in the passes 1, 6 and 7.
    [
      'interlacing',
      png(
        2,
        2,
        [8, 0, 1],
        [
          [0, 1],
          [0, 2],
          [0, 3, 4],
        ],
      ),
      1,
      [1, 2, 3, 4],
    ],
  ])('reads %s', async (_, bytes, channels, data) => {
    const made = await decodePng(bytes);
    expect([made.channels, [...made.data]]).toEqual([channels, data]);
  });

  const good = png(2, 1, [8, 0], [[0, 7, 9]]);
  const changed = (at: number): Uint8Array => good.map((byte, place) => (place === at ? byte ^ 1 : byte));
  it.each<[string, Uint8Array]>([
    ['the file ends before its IEND', good.subarray(0, 40)],
    ['the checksum of the IHDR chunk at byte 8 is wrong', changed(19)],
    ['does not begin as PNG', changed(0)],
    ['the pixel data has 3 bytes instead of 4', png(3, 1, [8, 0], [[0, 7, 9]])],
    ['more than the 2 bytes announced', png(1, 1, [8, 0], [[0, 7, 9]])],
    ['unknown filter 9', png(1, 1, [8, 0], [[9, 7]])],
    ['colour 1 of a palette of 1', png(1, 1, [8, 3], [[0, 1]], ['PLTE', [1, 2, 3]])],
    ['colour type 2 with 4 bits', png(1, 1, [4, 2], [[0, 1, 2]])],
    ['0 x 1 pixels', png(0, 1, [8, 0], [[0]])],
  ])('refuses: %s', async (message, bytes) => {
    await expect(decodePng(bytes)).rejects.toThrow(message);
  });
});

describe('imageFolder', () => {
  const red = png(2, 1, [8, 2], [[0, 255, 0, 0, 255, 0, 0]]);
  function put(name: string, bytes: Uint8Array | string): void {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), bytes);
  }

  it('reads PNG and JPEG as planes, with their classes', async () => {
    const blue = {
      data: Buffer.from(
        Array(32 * 16)
          .fill([0, 0, 255, 255])
          .flat(),
      ),
      width: 32,
      height: 16,
    };
    put('red/1.png', red);
    put('blue/1.JPG', jpeg.encode(blue, 100).data);
    put('blue/notes.txt', 'no picture');
    put('.cache/1.png', red);
    put('readme.md', '');
    const made = await imageFolder(folder, { size: [1, 2] });
    expect([made.classes, [...made.labels], made.count]).toEqual([['blue', 'red'], [0, 1], 2]);
    expect([...made.images.subarray(6)]).toEqual([255, 255, 0, 0, 0, 0]);
    for (const [plane, value] of [
      [0, 0],
      [2, 255],
    ]) {
      for (const pixel of made.images.subarray(2 * plane, 2 * plane + 2))
        expect(Math.abs(pixel - value)).toBeLessThan(4);
    }
    expect(made.paths[1]).toBe(`${folder}/red/1.png`);
    const [input, label] = imageDataset(made).get(1);
    expect([input, label]).toEqual([Float32Array.of(1, 1, 0, 0, 0, 0), 1]);
    const grey = await imageFolder(folder, { size: 1, channels: 1 });
    expect([grey.channels, grey.images[1]]).toEqual([undefined, 76]); // 0.299 · 255
  });

  it('names and counts pictures that do not decode, and leaves them out if asked to', async () => {
    put('a/1.png', red);
    put('a/2.png', red.subarray(0, 50));
    put('b/3.jpg', '');
    put('b/4.png', red);
    await expect(imageFolder(folder)).rejects.toThrow(
      /2 of 4 pictures do not decode: .*a\/2\.png \(.*\), .*b\/3\.jpg \(the file is empty\)\. .*skipBroken/,
    );
    const made = await imageFolder(folder, { skipBroken: true });
    expect([made.count, [...made.labels], made.skipped.map((image) => path.basename(image.path))]).toEqual([
      2,
      [0, 1],
      ['2.png', '3.jpg'],
    ]);
  });

  it('refuses sizes that differ, classes that differ, folders without pictures', async () => {
    put('a/1.png', red);
    put('a/2.png', png(1, 1, [8, 0], [[0, 1]]));
    await expect(imageFolder(folder)).rejects.toThrow(/a\/2\.png has 1 x 1 pixels, .*a\/1\.png has 1 x 2/);
    await expect(imageFolder(folder, { classes: ['b'] })).rejects.toThrow('folders of other classes: a');
    await expect(imageFolder(path.join(folder, 'a'))).rejects.toThrow('no folders of classes');
    mkdirSync(path.join(folder, 'b'));
    await expect(imageFolder(folder)).rejects.toThrow(/no pictures in .*\/b/);
    await expect(imageFolder(folder, { size: 0 })).rejects.toThrow('size is [height, width]');
  });
});

describe('imageFiles', () => {
  it('reads pictures when a loader asks for them, changed anew in each epoch, and names the one that is broken', async () => {
    const write = (name: string, bytes: Uint8Array): void => {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), bytes);
    };
    write('a/1.png', png(2, 1, [8, 2], [[0, 255, 0, 0, 0, 0, 255]]));
    write('b/1.png', png(2, 1, [8, 0], [[0, 51, 102]]));
    const data = await imageFiles(folder, { transform: transforms.randomHorizontalFlip(), seed: 3 });
    expect([data.classes, [...data.labels], data.length]).toEqual([['a', 'b'], [0, 1], 2]);
    const loader = new DataLoader(data, { batchSize: 2 });
    const seen = new Set<string>();
    for (let epoch = 0; epoch < 24; epoch++) {
      for await (const [x, y] of loader) {
        expect([x.shape, await y.tolist()]).toEqual([
          [2, 3, 1, 2],
          [0, 1],
        ]);
        seen.add((await x.data()).map((value) => Math.round(value * 10)).join(' '));
      }
    }
    expect(seen).toEqual(
      new Set(
        ['10 0', '0 10'].flatMap((red) =>
          ['2 4', '4 2'].map((g) => `${red} 0 0 ${red.split(' ').reverse().join(' ')} ${g} ${g} ${g}`),
        ),
      ),
    );
    const greys = await imageFiles(folder, { channels: 1 });
    expect(await greys.get(0)).toEqual([[[Float32Array.of(0.2989, 0.114)]], 0]);
    write('b/2.png', new Uint8Array(3));
    const broken = new DataLoader(await imageFiles(folder), { batchSize: 3 });
    await expect(broken[Symbol.asyncIterator]().next()).rejects.toThrow(
      /example 2 failed: .*b\/2\.png does not decode: .*(neither PNG nor JPEG|unsupported image format)/,
    );
  });
});

it('decodeImage tells formats by their first bytes, and refuses what is too large by its header', async () => {
  const decoded = await decodeImage(png(1, 1, [8, 0], [[0, 7]]));
  expect([decoded.channels, decoded.data[0]]).toEqual([1, 7]);
  const blank = { data: Buffer.alloc(8 * 8 * 4, 128), width: 8, height: 8 };
  const file = Uint8Array.from(jpeg.encode(blank, 90).data);
  expect(await decodeImage(file)).toMatchObject({ width: 8, height: 8 });
  const huge = file.slice();
  const frame = Buffer.from(file).indexOf(Buffer.from([0xff, 0xc0]));
  huge.set([0xff, 0xff, 0xff, 0xff], frame + 5);
  await expect(decodeImage(huge)).rejects.toThrow(FormatError);
  await expect(decodeImage(pngFile(pngHeaderChunk(60_000, 60_000)))).rejects.toThrow(
    /60000 x 60000 pixels|corrupt header/,
  );
  await expect(decodeImage(file.subarray(0, 300))).rejects.toThrow(FormatError);
  await expect(decodeImage(new Uint8Array(0))).rejects.toThrow('the file is empty');
});

/** A ustar archive. */
function tar(entries: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const blocks = Object.entries(entries).flatMap(([name, bytes]) => {
    const header = Buffer.alloc(512);
    header.write(name);
    header.write(bytes.length.toString(8).padStart(11, '0'), 124);
    header.write('0', 156);
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Uint8Array.from(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

describe('cifar10', async () => {
  const record = (label: number): number[] => [label, ...Array.from({ length: 3072 }, (_, at) => at % 251)];

  it('reads batches, packed or not', async () => {
    writeFileSync(path.join(folder, 'data_batch_1.bin'), Uint8Array.from([...record(3), ...record(9)]));
    writeFileSync(path.join(folder, 'test_batch.bin.gz'), gzipSync(Uint8Array.from(record(0))));
    const { train, test: held } = await cifar10({ dir: folder });
    expect([[...train.labels], train.classes[9], held.count]).toEqual([[3, 9], 'truck', 1]);
    expect([...train.images.subarray(3072, 3075)]).toEqual([0, 1, 2]);
    const [input] = imageDataset(train).get(0);
    expect((input as Float32Array).length).toBe(3072);
  });

  it('refuses what is none', async () => {
    await expect(cifar10({ dir: folder })).rejects.toThrow('lacks data_batch_1.bin');
    writeFileSync(path.join(folder, 'data_batch_1.bin'), Uint8Array.from(record(10)));
    await expect(cifar10({ dir: folder })).rejects.toThrow('lacks test_batch.bin');
    writeFileSync(path.join(folder, 'test_batch.bin'), new Uint8Array(5));
    await expect(cifar10({ dir: folder })).rejects.toThrow('the label of picture 0 is 10');
    writeFileSync(path.join(folder, 'data_batch_1.bin'), new Uint8Array(5));
    await expect(cifar10({ dir: folder })).rejects.toThrow('5 bytes, no whole number of pictures of 3073');
  });

  it('finds the files of an archive', () => {
    const archive = tar({ 'folder/a.bin': Uint8Array.of(1, 2), 'folder/b.bin': new Uint8Array(600).fill(7) });
    const found = readTar('cifar10', archive);
    expect([...found.keys()]).toEqual(['a.bin', 'b.bin']);
    expect([[...found.get('a.bin')!], found.get('b.bin')!.length]).toEqual([[1, 2], 600]);
    expect(() => readTar('cifar10', archive.subarray(0, 1700))).toThrow('the archive is damaged');
  });

  const real = path.join(shared, 'cifar10');
  const isThere = await files.fileExists(real);
  if (!isThere) console.info(`skipped: no CIFAR-10 in ${real} (set NACRE_DATA to the folder above it)`);
  test.skipIf(!isThere)('reads real batches', async () => {
    const { train, test: held } = await cifar10({ dir: real });
    expect([train.count, held.count]).toEqual([6000, 1500]);
    const perClass = new Array<number>(10).fill(0);
    for (const label of train.labels) perClass[label]++;
    expect(perClass).toEqual(new Array(10).fill(600));
    const mean = train.images.reduce((sum, value) => sum + value, 0) / train.images.length / 255;
    expect(mean).toBeCloseTo(0.474, 1); // of all 50,000, over the three colours
  });
});

describe('downloads', async () => {
  const bytes = new TextEncoder().encode('content');
  const file = {
    name: 'file.txt',
    url: 'https://example.test/file.txt',
    bytes: 7,
    sha256: 'ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73',
  };
  const answer = (body: Uint8Array<ArrayBuffer>, status = 200) =>
    vi.fn<typeof fetch>(async () => new Response(body, { status }));
  beforeEach(() => {
    vi.stubEnv('XDG_CACHE_HOME', folder);
  });

  it('are kept, and fetched again only where they are damaged', async () => {
    const fetch = answer(bytes);
    const done: number[] = [];
    const read = () =>
      publicFile('op', 'set', file, { fetch, onProgress: (progress) => done.push(progress.done) });
    expect(await read()).toEqual(bytes);
    expect(await read()).toEqual(bytes);
    expect([fetch.mock.calls.length, done]).toEqual([1, [7]]);
    writeFileSync(path.join(folder, 'nacre/set/file.txt'), 'contenT');
    expect(await read()).toEqual(bytes);
    expect(fetch).toHaveBeenCalledTimes(2);
    expect(readFileSync(path.join(folder, 'nacre/set/file.txt'), 'utf8')).toBe('content');
  });

  it('show a bar on a terminal, and take it away', async () => {
    const body = new Uint8Array(4e6);
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < 4; at++) controller.enqueue(body.subarray(at * 1e6, (at + 1) * 1e6));
        controller.close();
      },
    });
    const large = {
      name: 'large.bin',
      url: file.url,
      bytes: 4e6,
      sha256: await sha256(body),
    };
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { isTTY } = process.stderr;
    try {
      process.stderr.isTTY = true;
      await fetchPublic('op', large, undefined, { fetch: async () => new Response(stream) });
      const shown = write.mock.calls.map(([text]) => String(text));
      expect(shown[0]).toContain(`large.bin  ${'━'.repeat(6)}${'─'.repeat(18)} 1.0 / 4.0 MB`);
      expect(shown.at(-1)).toBe('\r\x1b[K');
    } finally {
      process.stderr.isTTY = isTTY;
      write.mockRestore();
    }
  });

  it.each<[string, typeof fetch]>([
    ['the server answered 404', answer(bytes, 404)],
    ['the checksum is', answer(new TextEncoder().encode('CONTENT'))],
    ['more than 7 bytes came', answer(new TextEncoder().encode('content and more'))],
    [
      'fetch failed (no route)',
      () => Promise.reject(new TypeError('fetch failed', { cause: new Error('no route') })),
    ],
  ])('say what went wrong (%s) and what to do', async (message, fetch) => {
    const failure = fetchPublic('chineseReviews', file, '/cache', { fetch });
    await expect(failure).rejects.toThrow(message);
    await expect(fetchPublic('chineseReviews', file, '/cache', { fetch })).rejects.toThrow(
      'Connect to the network and try again, or put file.txt into /cache, or name a folder that has it: chineseReviews({ dir })',
    );
  });

  it.each<[string, (options: { fetch: typeof fetch }) => Promise<unknown>]>([
    ['cifar10', cifar10],
    ['fashionMnist', fashionMnist],
    ['breastCancer', breastCancer],
    ['chineseReviews', chineseReviews],
    ['tinyShakespeare', tinyShakespeare],
  ])('%s helps where there is no network', async (name, load) => {
    const fetch = () => Promise.reject(new TypeError('fetch failed'));
    await expect(load({ fetch })).rejects.toThrow(`${name}({ dir })`);
  });

  it('breastCancer and chineseReviews read folders', async () => {
    const rows = [1, 0].map((label) => [...Array.from({ length: 30 }, (_, at) => at / 2), label].join(','));
    writeFileSync(path.join(folder, 'breast_cancer.csv'), `2,30,malignant,benign\n${rows.join('\n')}\n`);
    const { dataset, features, table } = await breastCancer({ dir: folder });
    expect([dataset.length, dataset.get(0)[1], features[10], table.row(1).class]).toEqual([
      2,
      1,
      'radius error',
      'malignant',
    ]);
    writeFileSync(path.join(folder, 'neg.txt'), '不好\n差\n');
    writeFileSync(path.join(folder, 'pos.txt'), '好\n\n');
    const reviews = await chineseReviews({ dir: folder });
    expect([reviews.texts, [...reviews.labels]]).toEqual([
      ['不好', '差', '好'],
      [0, 0, 1],
    ]);
    writeFileSync(path.join(folder, 'pos.txt'), '');
    await expect(chineseReviews({ dir: folder })).rejects.toThrow('pos.txt is empty');
  });

  const texts =
    (await files.fileExists(path.join(shared, 'text'))) &&
    (await files.fileExists(path.join(shared, 'reviews-zh')));
  if (!texts) console.info(`skipped: no text and reviews-zh in ${shared} (set NACRE_DATA to their folder)`);
  test.skipIf(!texts)('the real texts are whole', async () => {
    expect(await tinyShakespeare({ dir: path.join(shared, 'text') })).toHaveLength(1_115_394);
    const { labels } = await chineseReviews({ dir: path.join(shared, 'reviews-zh') });
    expect(labels.filter((label) => label === 1).length).toBeGreaterThan(16_000);
    expect(labels.filter((label) => label === 0).length).toBeGreaterThan(18_000);
  });
});
