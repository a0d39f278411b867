import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import {
  ArrayDataset,
  LabelEncoder,
  slidingWindows,
  Tokenizer,
  trainTestSplit,
  Vocabulary,
} from '../data/index.ts';
import {
  imageFiles,
  imageFolder,
  jsonLines,
  parseCsv,
  readArrow,
  readCsv,
  readJsonLines,
  readParquet,
  stockPrices,
} from './index.ts';
import { encodeRgb } from './testing.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nacre-bad-'));
afterAll(() => rmSync(folder, { recursive: true }));
const nothing = new Uint8Array(0);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function pictures(name: string, files: Readonly<Record<string, Uint8Array>>): string {
  for (const [file, bytes] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name, file)), { recursive: true });
    writeFileSync(path.join(folder, name, file), bytes);
  }
  return path.join(folder, name);
}
const dot = encodeRgb(Uint8Array.of(1, 2, 3), 1, 1);
const torn = dot.subarray(0, 30);

/** What users do wrong, what they are told, and where. Each names the place, and says what to do. */
it.each<[string, RegExp, () => unknown]>([
  [
    'a missing column',
    /no column "clos".*Is it "close"\?/,
    () => parseCsv('date,close\n1,2\n', { columns: ['clos'] }),
  ],
  [
    'a missing price',
    /no column high, low.*has Date, Open, High, Low, Close/,
    () => stockPrices(utf8('Date,Open,Close\n2020-01-02,1,2\n')),
  ],
  ['an empty CSV', /the file has no rows: it is empty/, () => readCsv(nothing)],
  ['an empty JSON file', /the file is empty/, () => readJsonLines(nothing)],
  ['an empty JSON stream', /the stream is empty/, () => jsonLines(new Blob([]).stream()).next()],
  ['an empty Parquet file', /the file is empty/, () => readParquet(nothing, { library: {} as never })],
  ['an empty Arrow file', /the file is empty/, () => readArrow(nothing, { library: {} as never })],
  [
    'mixed encodings',
    /line 2 is UTF-8, line 3 is not.*Save the file in one encoding/,
    () => readCsv(Uint8Array.from([...utf8('x\n书\n'), 0xca, 0xe9, 10])),
  ],
  [
    'a class with one example',
    /class "b" has 1, where every class needs 2 examples.*Gather more of them/,
    () => trainTestSplit(new ArrayDataset([1, 2, 3], [0, 0, 1]), { stratify: ['a', 'a', 'b'] }),
  ],
  [
    'pictures that do not decode',
    /2 of 3 pictures do not decode: .*a\/2\.png \(.*\), .*b\/3\.png \(the file is empty\).*skipBroken/,
    () => imageFolder(pictures('broken', { 'a/1.png': dot, 'a/2.png': torn, 'b/3.png': nothing })),
  ],
  [
    'a picture that does not decode, when it is asked for',
    /a\/2\.png does not decode: .*the end of the file/,
    async () => (await imageFiles(pictures('late', { 'a/2.png': torn }))).get(0),
  ],
  [
    'a window longer than the series',
    /a window of 60 \+ 1 steps to predict is longer than the series of 40 steps.*smaller size/,
    () => slidingWindows(new Float32Array(40), { size: 60 }),
  ],
  [
    'an unknown token, where none stands for it',
    /the token "bird" is unknown.*<unk>/,
    () => Vocabulary.build([['cat']], { specials: { unknown: null } }).encode(['bird']),
  ],
  [
    'labels of the test that training does not have',
    /"cow" were not among the classes it was fitted on.*Known are "cat", "dog"/,
    () => new LabelEncoder().fit(['cat', 'dog']).transform(['cow']),
  ],
  [
    'such labels in a table',
    /"cow" were not among the classes/,
    () => parseCsv('x,kind\n1,cow\n').toDataset({ target: 'kind', classes: ['cat', 'dog'] }),
  ],
  [
    'such labels in folders',
    /folders of other classes: cow.*The classes given are cat, dog/,
    () => imageFolder(pictures('test', { 'cat/1.png': dot, 'cow/1.png': dot }), { classes: ['cat', 'dog'] }),
  ],
])('%s is told', async (_, message, run) => {
  await expect(Promise.resolve().then(run)).rejects.toThrow(message);
});

it('unknown tokens have a number of their own', () => {
  const tokenizer = new Tokenizer().fit(['the cat']);
  expect(tokenizer.decode(tokenizer.encode('the bird'), { skipSpecials: false })).toBe('the <unk>');
});

it('broken pictures are skipped and listed only if asked to', async () => {
  const root = pictures('skipped', { 'a/1.png': dot, 'a/2.png': torn, 'b/3.png': dot });
  const { count, skipped } = await imageFolder(root, { skipBroken: true });
  expect([count, skipped.map((image) => path.basename(image.path))]).toEqual([2, ['2.png']]);
});

it('GBK files are read', async () => {
  const bytes = Uint8Array.from([...utf8('x\n'), 0xd6, 0xd0, 0xce, 0xc4, 10]);
  expect((await readCsv(bytes)).row(0)).toEqual({ x: '中文' });
});
