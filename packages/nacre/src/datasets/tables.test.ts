import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import {
  csvRows,
  iris,
  jsonLines,
  parseCsv,
  readCsv,
  readJsonLines,
  readParquet,
  sp500,
  stockPrices,
  Table,
  tableFromRecords,
  wine,
} from './index.ts';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
/** 中文 and 书 in GBK. */
const [zhongwen, shu] = [
  [0xd6, 0xd0, 0xce, 0xc4],
  [0xca, 0xe9],
];
const join = (...parts: (string | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...utf8(part)] : part)));
const all = (table: Table): unknown[] => Array.from({ length: table.length }, (_, row) => table.row(row));

describe('CSV', () => {
  it('reads quotes, doubled quotes, line breaks in fields, CRLF, CR, a byte order mark and no last line break', () => {
    expect(all(parseCsv('\ufeffa,b\r\n"x ""y"", z","1\r\n2"\r3,4'))).toEqual([
      { a: 'x "y", z', b: '1\r\n2' },
      { a: '3', b: '4' },
    ]);
  });

  it('tells numbers, truth and text apart, and what is missing', () => {
    const table = parseCsv('n,t,s,m,q\n1,true,a,,"1"\n-2.5e3,False,,NA,"2"\n NaN ,,7,,"3"\n.5,true,x,,"4"\n');
    expect(table.numbers('n')).toEqual(Float64Array.of(1, -2500, Number.NaN, 0.5));
    expect(table.column('t')).toEqual([true, false, null, true]);
    expect(table.column('s')).toEqual(['a', null, '7', 'x']);
    expect(table.column('m')).toEqual(new Float64Array(4).fill(Number.NaN));
    expect(table.column('q')).toEqual(['1', '2', '3', '4']);
    expect(table.missing()).toEqual({ n: 1, t: 1, s: 1, m: 4, q: 0 });
    expect(parseCsv('x\n-inf\n1\n').column('x')).toEqual(Float64Array.of(Number.NEGATIVE_INFINITY, 1));
  });

  it('does as options say', () => {
    const table = parseCsv('1;007\n-;8\n', {
      header: ['x', 'code'],
      types: { code: 'string' },
      missing: ['-'],
    });
    expect(all(table)).toEqual([
      { x: 1, code: '007' },
      { x: Number.NaN, code: '8' },
    ]);
    expect(parseCsv('1\t2\n', { header: false }).names).toEqual(['column0', 'column1']);
    expect(parseCsv('a,b,c\n1,2,3\n', { columns: ['c', 'a'] }).names).toEqual(['c', 'a']);
  });

  it.each<[string, string, object]>([
    ['has no column "clos"', 'date,close\n1,2\n', { columns: ['clos'] }],
    ['Is it "close"?', 'date,close\n1,2\n', { types: { clos: 'number' } }],
    ['it is empty', '', {}],
    ['no rows below the names', 'a,b\n', {}],
    ['3 fields in line 3 where there are 2 columns', 'a,b\n1,2\n1,2,3\n', {}],
    ['two columns "a"', 'a,a\n1,2\n', {}],
    ['column b holds "x" in line 3, no number', 'a,b\n1,2\n3,x\n', { types: { b: 'number' } }],
    ['the quote that opens in the record of line 2 is never closed', 'a\n"x\ny\n', {}],
    ['line 2 has "y" behind a closing quote', 'a\n"x"y\n', {}],
    ['a delimiter is one character', 'a\n1\n', { delimiter: ', ' }],
    ['there is no option delimeter', 'a\n1\n', { delimeter: ',' }],
  ])('refuses: %s', (message, text, options) => {
    expect(() => parseCsv(text, options)).toThrow(message);
  });

  it('reads UTF-8, UTF-16 and GBK without being told', async () => {
    const read = async (bytes: Uint8Array, encoding = 'auto') =>
      (await readCsv(bytes, { encoding })).row(0).x;
    expect(await read(utf8('x\n中文\n'))).toBe('中文');
    expect(await read(join('x\n', zhongwen, '\n'))).toBe('中文');
    expect(await read(join('x\n', zhongwen, '\n'), 'gbk')).toBe('中文');
    const utf16 = Uint8Array.from([
      0xff,
      0xfe,
      ...[...'x\n中\n'].flatMap((c) => [c.charCodeAt(0) & 255, c.charCodeAt(0) >> 8]),
    ]);
    expect(await read(utf16)).toBe('中');
    expect(await read(join('x\ncaf', [0xe9], '\n'), 'windows-1252')).toBe('café');
  });

  it('names the lines where encodings are mixed or unknown', async () => {
    await expect(readCsv(join('x\n书\n', shu, '\n'))).rejects.toThrow(
      'mixes encodings: line 2 is UTF-8, line 3 is not',
    );
    await expect(readCsv(join('x\n1\n', [0xff, 0xff], '\n'))).rejects.toThrow(
      'neither UTF-8 nor GBK; line 3',
    );
    await expect(readCsv(join('x\n1\n', shu, '\n'), { encoding: 'utf-8' })).rejects.toThrow(
      'is not utf-8 in line 3',
    );
    await expect(readCsv(utf8('x\n1'), { encoding: 'klingon' })).rejects.toThrow(
      'there is no encoding "klingon"',
    );
  });

  it('reads pieces as it reads the whole, wherever they are cut', async () => {
    const bytes = utf8('name,x\n"a ""1""\r\nb",1\r\n书,\n"c",true\n');
    const whole = all(await readCsv(bytes, { types: { name: 'string' } }));
    expect(whole).toHaveLength(3);
    for (let size = 1; size <= bytes.length; size++) {
      const pieces = (async function* () {
        for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
      })();
      const rows = [];
      for await (const row of csvRows(pieces)) rows.push(row);
      expect(rows).toEqual([
        { name: 'a "1"\r\nb', x: 1 },
        { name: '书', x: null },
        { name: 'c', x: true },
      ]);
    }
  });

  it('refuses streams that are empty, or of another encoding', async () => {
    const drain = async (bytes: Uint8Array, options = {}) => {
      for await (const _ of csvRows(new Blob([bytes as Uint8Array<ArrayBuffer>]).stream(), options));
    };
    await expect(drain(utf8(''))).rejects.toThrow('the stream has no rows');
    await expect(drain(join('x\n', shu))).rejects.toThrow('are not utf-8');
    await expect(drain(join('x\n', shu), { encoding: 'gbk' })).resolves.toBeUndefined();
    await expect(drain(utf8('x\n1'), { encoding: 'auto' })).rejects.toThrow('before it ends');
  });
});

describe('Table', () => {
  const table = parseCsv('a,b,kind\n1,2,cat\n3,,dog\n5,6,cat\n');

  it('becomes a data set', () => {
    expect(() => table.toDataset({ target: 'kind' })).toThrow('column b misses a value in row 1');
    const whole = table.fillMissing('b', 0).toDataset({ target: 'kind' });
    expect([whole.length, whole.get(1)]).toEqual([3, [Float32Array.of(3, 0), 1]]);
    expect(table.dropMissing(['b']).toArrays({ inputs: ['b'], target: 'a' })).toEqual({
      inputs: [[2], [6]],
      targets: [1, 5],
      classes: null,
    });
    expect(table.filter(({ kind }) => kind === 'cat').length).toBe(2);
    expect(table.slice(1).row(0).a).toBe(3);
  });

  it('finds labels that the training data does not have', () => {
    const train = table.select(['a', 'kind']).toArrays({ target: 'kind' });
    const test = parseCsv('a,kind\n1,dog\n2,cow\n');
    expect(() => test.toArrays({ target: 'kind', classes: train.classes! })).toThrow(
      '"cow" were not among the classes it was fitted on',
    );
  });

  it.each<[string, () => unknown]>([
    ['there is no column "knd". Is it "kind"? The columns are a, b, kind', () => table.column('knd')],
    ['column kind holds "cat" in row 0, no number', () => table.numbers('kind')],
    ['no column of numbers', () => table.select(['kind']).toDataset()],
    ['there is no row 3', () => table.row(3)],
    ['column b has 1 rows, those before 2', () => new Table({ a: ['x', 'y'], b: ['z'] })],
  ])('refuses: %s', (message, run) => {
    expect(run).toThrow(message);
  });
});

describe('JSON lines', () => {
  it('reads objects, whole or in pieces', async () => {
    const bytes = utf8('{"a":1}\r\n\n{"a":"书","b":null}');
    const rows = await readJsonLines(bytes);
    expect(rows).toEqual([{ a: 1 }, { a: '书', b: null }]);
    const streamed = [];
    for await (const row of jsonLines(new Blob([bytes as Uint8Array<ArrayBuffer>]).stream()))
      streamed.push(row);
    expect(streamed).toEqual(rows);
    expect(all(tableFromRecords([{ x: 1n, d: new Date(0) }, { x: 2 }]))).toEqual([
      { x: 1, d: '1970-01-01T00:00:00.000Z' },
      { x: 2, d: null },
    ]);
  });

  it('names the line that is wrong', async () => {
    await expect(readJsonLines(utf8('{"a":1}\n{"a":}\n'))).rejects.toThrow('line 2 is not JSON');
    await expect(readJsonLines(utf8('[1]\n'))).rejects.toThrow('line 1 is no object');
    await expect(readJsonLines(utf8('\n'))).rejects.toThrow('is empty');
    expect(() => tableFromRecords([{ a: [1] }])).toThrow('column a holds a list in row 0');
    expect(() => tableFromRecords([{ a: 1 }], { columns: ['b'] })).toThrow('no record has "b". They have a');
  });
});

describe('Parquet', () => {
  it('becomes a table by the library that is given, whose failures name the file', async () => {
    const library = {
      parquetReadObjects: async ({ file, columns }: { file: ArrayBuffer; columns?: string[] }) => {
        if (new Uint8Array(file)[0] !== 80) throw new Error('no magic number');
        return [{ x: 5n, y: 'a' }].map((row) => (columns ? { y: row.y } : row));
      },
    };
    const bytes = Uint8Array.of(1, 80, 65).subarray(1);
    expect(all(await readParquet(bytes, { library }))).toEqual([{ x: 5, y: 'a' }]);
    expect((await readParquet(bytes, { library, columns: ['y'] })).names).toEqual(['y']);
    await expect(readParquet(Uint8Array.of(1), { library })).rejects.toThrow(
      'cannot be read as Parquet: no magic number',
    );
    const none = { parquetReadObjects: async () => [] };
    await expect(readParquet(bytes, { library: none })).rejects.toThrow('the file has no rows');
    await expect(readParquet(new Uint8Array(0), { library })).rejects.toThrow('the file is empty');
  });
});

describe('tables that come with Nacre', () => {
  const means = (numbers: Float64Array): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;

  it('iris and wine have the sizes and means that are published', () => {
    const flowers = iris();
    expect(flowers.features.map((name) => means(flowers.table.numbers(name)).toFixed(4))).toEqual([
      '5.8433',
      '3.0573',
      '3.7580',
      '1.1993',
    ]);
    const { table, dataset, features, classes } = wine();
    expect([dataset.length, features.length, classes.length]).toEqual([178, 13, 3]);
    expect(means(table.numbers('alcohol')).toFixed(4)).toBe('13.0006');
    expect(means(table.numbers('proline')).toFixed(4)).toBe('746.8933');
    const counts = classes.map(
      (name) => (table.column('class') as string[]).filter((c) => c === name).length,
    );
    expect(counts).toEqual([59, 71, 48]);
  });
});

describe('stock prices', () => {
  it('are sorted, cut to days, and need their columns', async () => {
    const file = utf8(
      'date,OPEN,High,Low,Close,Adj Close,Volume\n2020/1/3,1,2,0.5,1.5,1.4,100\n2020-01-02,1,2,0.5,1,0.9,50\n2020-01-04,null,null,null,null,null,null\n01/06/2020,1,1,1,2,2,1\n',
    );
    const prices = await stockPrices(file);
    expect(prices.dates).toEqual(['2020-01-02', '2020-01-03', '2020-01-06']);
    expect([...prices.adjustedClose, ...prices.volume]).toEqual([0.9, 1.4, 2, 50, 100, 1]);
    expect((await stockPrices(file, { from: '2020-01-03', to: '2020-01-05' })).close).toEqual(
      Float64Array.of(1.5),
    );
    await expect(stockPrices(utf8('Date,Open,Close\n2020-01-02,1,2\n'))).rejects.toThrow(
      'has no column high, low',
    );
    await expect(stockPrices(utf8('Date,Open,High,Low,Close\n2.1.20,1,1,1,1\n'))).rejects.toThrow(
      'row 0 has the date "2.1.20"',
    );
    await expect(stockPrices(file, { from: '2021-01-01' })).rejects.toThrow('no prices between these days');
  });

  const real = path.join(
    process.env.NACRE_DATA ?? path.resolve(import.meta.dirname, '../../../../../shared/data'),
    'stocks/AAPL.csv',
  );
  if (!existsSync(real)) console.info(`skipped: no ${real} (set NACRE_DATA to the folder above it)`);

  test.skipIf(!existsSync(real))('of a real file are whole', async () => {
    const { length, dates, close, volume } = await stockPrices(real, {
      from: '2020-01-01',
      to: '2022-12-31',
    });
    expect([length, dates[0], dates.at(-1)]).toEqual([756, '2020-01-02', '2022-12-30']);
    expect(Math.min(...close)).toBeGreaterThan(50);
    expect(volume.every((shares) => shares > 0)).toBe(true);
  });

  it('say what to install where the package is not', async () => {
    const prices = await sp500().catch((error: Error) => error.message);
    if (typeof prices === 'string') expect(prices).toContain('npm install vega-datasets');
    else expect([prices.length, prices.dates[0]]).toEqual([5105, '2000-01-03']);
  });
});
