import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import * as arrow from 'apache-arrow';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { defaultDecoder } from './decode-image.ts';
import { breastCancer, encodeIdx, fashionMnist, readArrow, readParquet, sp500, type Table } from './index.ts';
import { encodeRgb, pngChunk, pngFile, pngHeaderChunk } from './testing.ts';

/** Checksums that made files pass for, by their own. */
const checksums = vi.hoisted(() => new Map<string, string>());
vi.mock('./checksum.ts', async (original) => {
  const { sha256 } = await original<typeof import('./checksum.ts')>();
  return {
    sha256: async (bytes: Uint8Array) => {
      const own = await sha256(bytes);
      return checksums.get(own) ?? own;
    },
  };
});

const folder = mkdtempSync(path.join(tmpdir(), 'nacre-peers-'));
afterAll(() => rmSync(folder, { recursive: true }));
const rowsOf = (table: Table) => Array.from({ length: table.length }, (_, row) => table.row(row));

describe('Parquet, by hyparquet', () => {
  const days = ['2024-01-02', '2024-01-03', '1970-01-01'].map((day) => new Date(day));
  const columnData: ColumnSource[] = [
    { name: 'whole', data: [1, 2, 3], type: 'INT32' },
    { name: 'large', data: [1n, 2n, 2n ** 40n], type: 'INT64' },
    { name: 'price', data: [0.5, null, 1.5], type: 'DOUBLE' },
    { name: 'text', data: ['中文', 'b', null], type: 'STRING' },
    { name: 'isGood', data: [true, false, true], type: 'BOOLEAN' },
    { name: 'at', data: days, type: 'TIMESTAMP' },
  ];
  const file = (options: Partial<Parameters<typeof parquetWriteBuffer>[0]> = {}): Uint8Array =>
    new Uint8Array(parquetWriteBuffer({ columnData, ...options }));
  const expected = [
    { whole: 1, large: 1, price: 0.5, text: '中文', isGood: true, at: '2024-01-02T00:00:00.000Z' },
    { whole: 2, large: 2, price: Number.NaN, text: 'b', isGood: false, at: '2024-01-03T00:00:00.000Z' },
    { whole: 3, large: 2 ** 40, price: 1.5, text: null, isGood: true, at: '1970-01-01T00:00:00.000Z' },
  ];

  it.each(['UNCOMPRESSED', 'SNAPPY', 'GZIP'] as const)('becomes a table: %s', async (codec) => {
    const compressors = { GZIP: (input: Uint8Array) => gzipSync(input) };
    const bytes = file({ codec, ...(codec === 'GZIP' && { compressors }) });
    expect(rowsOf(await readParquet(bytes))).toEqual(expected);
    writeFileSync(path.join(folder, 'a.parquet'), bytes);
    expect(rowsOf(await readParquet(path.join(folder, 'a.parquet')))).toEqual(expected);
  });

  it('gives the columns that are asked for, of files of several row groups', async () => {
    const table = await readParquet(file({ rowGroupSize: 2 }), { columns: ['text', 'whole'] });
    expect(table.names).toEqual(['text', 'whole']);
    expect(rowsOf(table)).toEqual(expected.map(({ text, whole }) => ({ text, whole })));
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      'the file has no column "prize", "txt". It has whole, large, price',
      () => readParquet(file(), { columns: ['prize', 'whole', 'txt'] }),
    ],
    ['the file cannot be read as Parquet: parquet file invalid', () => readParquet(file().subarray(0, 60))],
    ['Is the file whole, and Parquet?', () => readParquet(new Uint8Array(20))],
    [
      'the file has no rows',
      () => readParquet(file({ columnData: [{ name: 'a', data: [], type: 'INT32' }] })),
    ],
    [
      'readParquet: column tags holds a list in row 0. A table has numbers',
      () => readParquet(file({ columnData: [{ name: 'tags', data: [['a'], ['b']], type: 'JSON' }] })),
    ],
  ])('says what is wrong: %s', async (message, read) => {
    await expect(read()).rejects.toThrow(message);
  });

  it('says what to install for another compression', async () => {
    const library = {
      parquetReadObjects: () => Promise.reject(new Error('parquet unsupported compression codec: LZO')),
    };
    await expect(readParquet(file(), { library })).rejects.toThrow(
      'compression codec: LZO. Run `npm install hyparquet-compressors`',
    );
  });
});

describe('Arrow, by apache-arrow', () => {
  const table = arrow.tableFromArrays({
    whole: Int32Array.of(1, 2),
    large: BigInt64Array.of(1n, 2n ** 40n),
    price: [0.5, null],
    text: ['中文', 'b'],
    isGood: [true, false],
    at: [new Date('2024-01-02'), null],
  });
  const expected = [
    { whole: 1, large: 1, price: 0.5, text: '中文', isGood: true, at: '2024-01-02T00:00:00.000Z' },
    { whole: 2, large: 2 ** 40, price: Number.NaN, text: 'b', isGood: false, at: null },
  ];

  it.each(['file', 'stream'] as const)('becomes a table: as %s', async (kind) => {
    const bytes = arrow.tableToIPC(table, kind);
    expect(rowsOf(await readArrow(bytes))).toEqual(expected);
    const some = await readArrow(bytes, { columns: ['text', 'price'] });
    expect(rowsOf(some)).toEqual(expected.map(({ text, price }) => ({ text, price })));
  });

  const file = arrow.tableToIPC(table, 'file');
  it.each<[string, () => Promise<unknown>]>([
    ['the file has no column "prize". It has whole, large', () => readArrow(file, { columns: ['prize'] })],
    ['the file cannot be read as Arrow', () => readArrow(file.subarray(0, 100))],
    ['Is the file whole, and Arrow?', () => readArrow(file.subarray(0, 100))],
    ['the file cannot be read as Arrow', () => readArrow(new TextEncoder().encode('a,b\n1,2\n3,4\n'))],
    [
      'the file has no rows',
      () => readArrow(arrow.tableToIPC(arrow.tableFromArrays({ a: new Int32Array(0) }))),
    ],
    [
      'readArrow: column list holds an object in row 0',
      () => readArrow(arrow.tableToIPC(new arrow.Table({ list: arrow.vectorFromArray([[1], [2]]) }))),
    ],
  ])('says what is wrong: %s', async (message, read) => {
    await expect(read()).rejects.toThrow(message);
  });
});

describe('sp500', () => {
  const here = process.cwd();
  afterEach(() => process.chdir(here));

  it('reads the file of vega-datasets, in the working folder or above it', async () => {
    const data = path.join(folder, 'project/node_modules/vega-datasets/data');
    mkdirSync(data, { recursive: true });
    mkdirSync(path.join(folder, 'project/src'));
    // Its columns as the package has them.
    writeFileSync(
      path.join(data, 'sp500-2000.csv'),
      'date,open,high,low,close,adjclose,volume\n2000-01-03,1469.25,1478,1438.359985,1455.219971,1455.219971,931800000\n2000-01-04,1455.219971,1455.219971,1397.430054,1399.420044,1399.420044,1009000000\n',
    );
    process.chdir(path.join(folder, 'project/src'));
    const { dates, close, volume } = await sp500();
    expect([dates, close[1], volume[0]]).toEqual([['2000-01-03', '2000-01-04'], 1399.420044, 931_800_000]);
    expect((await sp500({ from: '2000-01-04' })).length).toBe(1);
  });
});

describe('data sets from their homes', () => {
  const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
  const count = { train: 3, test: 2 };
  const idx = (n: number, ...shape: number[]): Uint8Array =>
    encodeIdx({
      dtype: 'uint8',
      shape: [n, ...shape],
      data: Uint8Array.from({ length: n * shape.reduce((a, b) => a * b, 1) }, (_, i) => i % 10),
    });
  const measures = Array.from({ length: 30 }, (_, at) => at / 2).join(',');
  const made: Record<string, Uint8Array> = {
    'train-images-idx3-ubyte.gz': gzipSync(idx(count.train, 28, 28)),
    'train-labels-idx1-ubyte.gz': gzipSync(idx(count.train)),
    't10k-images-idx3-ubyte.gz': gzipSync(idx(count.test, 28, 28)),
    't10k-labels-idx1-ubyte.gz': gzipSync(idx(count.test)),
    'breast_cancer.csv': utf8(`2,30,malignant,benign\n${measures},1\n${measures},0\n`),
  };
  const published: Record<string, string> = {
    'train-images-idx3-ubyte.gz': '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
    'train-labels-idx1-ubyte.gz': 'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
    't10k-images-idx3-ubyte.gz': '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
    't10k-labels-idx1-ubyte.gz': '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
    'breast_cancer.csv': 'fed3eb72d0575ef6192293f5093c6e801b1476b577d0386bf4455504522172ed',
  };
  let server: Server;
  let asked: string[] = [];
  /** Asks this machine in place of the homes. */
  const local: typeof fetch = (url) => {
    const name = String(url).split('/').at(-1)!;
    return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`);
  };
  beforeAll(async () => {
    server = createServer((request, response) => {
      const name = request.url!.slice(1);
      asked.push(name);
      response.end(made[name]);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => void server.close());
  beforeEach(() => {
    checksums.clear();
    asked = [];
    vi.stubEnv('XDG_CACHE_HOME', mkdtempSync(path.join(folder, 'cache-')));
  });
  /** Lets the files pass for those that are published. */
  async function accept(): Promise<void> {
    const { sha256 } = await vi.importActual<typeof import('./checksum.ts')>('./checksum.ts');
    for (const [name, bytes] of Object.entries(made)) checksums.set(await sha256(bytes), published[name]);
  }

  it('fashionMnist fetches its four files once', async () => {
    await accept();
    for (let round = 0; round < 2; round++) {
      const { train, test } = await fashionMnist({ fetch: local });
      expect([train.count, test.count, [...train.labels], test.classes[9]]).toEqual([
        3,
        2,
        [0, 1, 2],
        'Ankle boot',
      ]);
      expect(train.images.length).toBe(3 * 784);
    }
    expect(asked.sort()).toEqual(
      Object.keys(made)
        .filter((name) => name.endsWith('.gz'))
        .sort(),
    );
  });

  it('fashionMnist reads a folder, packed or not', async () => {
    const dir = path.join(folder, 'fashion');
    mkdirSync(dir);
    for (const [name, bytes] of Object.entries(made)) writeFileSync(path.join(dir, name), bytes);
    expect((await fashionMnist({ dir })).train.classes[0]).toBe('T-shirt/top');
    rmSync(path.join(dir, 't10k-labels-idx1-ubyte.gz'));
    await expect(fashionMnist({ dir })).rejects.toThrow(/fashionMnist: .*t10k-labels-idx1-ubyte/);
    writeFileSync(path.join(dir, 't10k-labels-idx1-ubyte'), idx(count.test));
    expect((await fashionMnist({ dir })).test.count).toBe(2);
  });

  it('breastCancer fetches its file', async () => {
    await accept();
    const { dataset, features } = await breastCancer({ fetch: local });
    expect([dataset.length, features.length, asked]).toEqual([2, 30, ['breast_cancer.csv']]);
  });

  it.each([
    ['fashionMnist', fashionMnist, 'train-labels-idx1-ubyte.gz'],
    ['breastCancer', breastCancer, 'breast_cancer.csv'],
  ] as const)('%s refuses what is not the published file, and keeps none of it', async (name, load, file) => {
    const failure = load({ fetch: local });
    await expect(failure).rejects.toThrow(`${file} could not be fetched from`);
    await expect(load({ fetch: local })).rejects.toThrow(
      new RegExp(`the checksum is [0-9a-f]{64}, not ${published[file]}.*${name}\\(\\{ dir \\}\\)`),
    );
    expect(readdirSync(process.env.XDG_CACHE_HOME!)).toEqual([]);
  });
});

describe('pictures, by sharp', async () => {
  const colours = encodeRgb(Uint8Array.from([0, 10, 20, 30, 40, 50]), 2, 1);
  const grey = pngFile(pngHeaderChunk(2, 1, 8, 0), pngChunk('IDAT', deflateSync(Uint8Array.of(0, 7, 200))));
  afterEach(() => vi.doUnmock('sharp'));

  it('are what they are without it: grey has one plane', async () => {
    const asked: unknown[] = [];
    /** As sharp: RGB of 8 bits, unless another space is asked for. */
    const sharp = (bytes: Uint8Array, options: object) => {
      asked.push(options);
      let space = bytes.length === grey.length ? 'b-w' : 'srgb';
      const image = {
        metadata: async () => ({ space }),
        toColourspace(wanted: string) {
          space = `only ${wanted}`;
          return image;
        },
        raw: () => ({
          toBuffer: async () =>
            space === 'only b-w'
              ? { data: Buffer.of(7, 200), info: { width: 2, height: 1, channels: 1 } }
              : { data: Buffer.of(0, 10, 20, 30, 40, 50), info: { width: 2, height: 1, channels: 3 } },
        }),
      };
      return image;
    };
    const without = await defaultDecoder('test');
    vi.doMock('sharp', () => ({ default: sharp }));
    const decode = await defaultDecoder('test');
    for (const bytes of [colours, grey]) {
      const { data, ...size } = await without(bytes, '');
      expect(await decode(bytes, '')).toEqual({ ...size, data: Buffer.from(data) });
    }
    expect(asked).toEqual([{ limitInputPixels: 1e8 }, { limitInputPixels: 1e8 }]);
  });

  const name = 'sharp';
  const real = await import(/* @vite-ignore */ name).catch(() => null);
  if (!real)
    console.info('not run: the test with the real sharp (19 MB of native code; npm install --no-save sharp)');
  else {
    it('are what they are without it, for the real one', async () => {
      const decode = await defaultDecoder('test');
      for (const bytes of [colours, grey]) {
        const { data, width, height, channels } = await decode(bytes, '');
        expect([[...data], width, height, channels]).toEqual(
          bytes === grey ? [[7, 200], 2, 1, 1] : [[0, 10, 20, 30, 40, 50], 2, 1, 3],
        );
      }
    });
  }
});
