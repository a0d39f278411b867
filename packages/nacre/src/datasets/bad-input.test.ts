import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import {
  ArrayDataset,
  kFold,
  LabelEncoder,
  Subset,
  slidingWindows,
  Tokenizer,
  trainTestSplit,
  Vocabulary,
  WeightedRandomSampler,
} from '../data/index.ts';
import * as nn from '../nn/index.ts';
import { SGD } from '../optim/index.ts';
import { evaluate, fit } from '../train/index.ts';
import {
  csvRows,
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

const pets = parseCsv('x,kind\n1,cat\n2,dog\n').toDataset({ target: 'kind' });
async function trained(data: ArrayDataset, validation?: ArrayDataset): Promise<nn.Module> {
  const model = new nn.Linear(1, 3);
  const optimizer = new SGD(model.parameters());
  await fit(model, data, { optimizer, loss: 'crossEntropy', validation, verbose: false });
  return model;
}

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
  ['a CSV of empty lines', /the file has no rows: it is empty/, () => readCsv(utf8('\n \n\n'))],
  [
    'a path in place of a stream',
    /a stream of bytes is expected, got string.*createReadStream/,
    () => csvRows('a.csv' as never).next(),
  ],
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
    'such a class in k folds',
    /kFold: class 1 has 1, where every class needs 3 examples/,
    () => kFold(new ArrayDataset([1, 2, 3, 4], [0, 0, 0, 1]), 3, { stratify: [0, 0, 0, 1] }),
  ],
  [
    'a stratify that is no list',
    /stratify is the labels of all examples, got true.*\{ stratify: labels \}/,
    () => trainTestSplit(new ArrayDataset([1, 2, 3], [0, 0, 1]), { stratify: true as never }),
  ],
  [
    'labels that are text',
    /targets of example 0 hold a string, expected numbers.*LabelEncoder/,
    () => new ArrayDataset([1, 2], ['cat', 'dog'] as never),
  ],
  [
    'pictures of which none decodes',
    /1 of 1 pictures do not decode: .*None is left/,
    () => imageFolder(pictures('all', { 'a/1.png': torn }), { skipBroken: true }),
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
    'tables that were numbered each by itself, in an evaluation',
    /evaluate: label 0 is 'dog' here, 'cat' in the training data\. Make both with the same \{ classes \}/,
    async () => evaluate(await trained(pets), parseCsv('x,kind\n2,dog\n').toDataset({ target: 'kind' })),
  ],
  [
    'such tables, in a validation',
    /fit: label 2 is 'emu' here, no class in the training data/,
    () => trained(pets, parseCsv('x,kind\n1,cat\n2,dog\n3,emu\n').toDataset({ target: 'kind' })),
  ],
  [
    'such labels in folders',
    /folders of other classes: cow.*The classes given are cat, dog/,
    () => imageFolder(pictures('test', { 'cat/1.png': dot, 'cow/1.png': dot }), { classes: ['cat', 'dog'] }),
  ],
])('%s is told', async (_, message, run) => {
  await expect(Promise.resolve().then(run)).rejects.toThrow(message);
});

it('data of the same classes, or of the first of them, are measured', async () => {
  const model = await trained(new Subset(pets, [1, 0]) as never);
  for (const classes of [['cat', 'dog'], ['cat']]) {
    const table = parseCsv('x,kind\n1,cat\n').toDataset({ target: 'kind', classes });
    expect(await evaluate(model, table)).toHaveProperty('loss');
  }
});

it('a class with one example is drawn as often as the others by weights', () => {
  const labels = [0, 0, 0, 0, 0, 0, 0, 1];
  const weights = labels.map((label) => (label === 1 ? 1 : 1 / 7));
  const drawn = [...new WeightedRandomSampler(weights, { count: 2000, seed: 1 }).order(0)];
  const share = drawn.filter((index) => labels[index] === 1).length / drawn.length;
  expect(Math.abs(share - 0.5)).toBeLessThan(0.05);
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
