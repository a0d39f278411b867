import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeIdx } from 'nacre/datasets';

/** Numbers from 0 to 1 that are the same on every machine (a linear congruential generator, Numerical Recipes' constants). */
function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A picture of each class that can be told from the others: a bright bar whose place is the class, in noise. */
function barPicture(label: number, side: number, next: () => number): Uint8Array {
  const first = 4 + 2 * label;
  return Uint8Array.from({ length: side * side }, (_, at) => {
    const [row, column] = [Math.floor(at / side), at % side];
    const inBar = row >= 4 && row < side - 4 && column >= first && column < first + 3;
    return Math.floor(next() * 60) + (inBar ? 180 : 0);
  });
}

function mnistFiles(count: number, next: () => number): [images: Uint8Array, labels: Uint8Array] {
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
  const images = new Uint8Array(count * 784);
  labels.forEach((label, i) => {
    images.set(barPicture(label, 28, next), i * 784);
  });
  return [
    encodeIdx({ dtype: 'uint8', shape: [count, 28, 28], data: images }),
    encodeIdx({ dtype: 'uint8', shape: [count], data: labels }),
  ];
}

function cifarBatch(count: number, next: () => number): Uint8Array {
  const records = Array.from({ length: count }, (_, i) => {
    const planes = [0, 1, 2].map(() => barPicture(i % 10, 32, next));
    return [Uint8Array.of(i % 10), ...planes];
  });
  return Buffer.concat(records.flat());
}

/** Working days of a price that wanders, as the finance sites write them. */
function stockPrices(days: number, next: () => number): string {
  const lines = ['Date,Open,High,Low,Close,Adj Close,Volume'];
  const date = new Date('2018-02-12T00:00:00Z');
  for (let price = 40; lines.length <= days; date.setUTCDate(date.getUTCDate() + 1)) {
    if (date.getUTCDay() % 6 === 0) continue;
    const open = price;
    price *= 1 + 0.03 * (next() - 0.48);
    const [high, low] = [Math.max(open, price) * 1.01, Math.min(open, price) * 0.99];
    const volume = 1e8 + Math.floor(next() * 1e8);
    const numbers = [open, high, low, price, price].map((value) => value.toFixed(6));
    lines.push([date.toISOString().slice(0, 10), ...numbers, volume].join(','));
  }
  return `${lines.join('\n')}\n`;
}

const things = ['这本书', '这家店', '这部电影', '孩子的玩具', '昨天买的手机', '酒店的房间'];
const good = ['非常好看，很喜欢', '质量不错，值得推荐', '内容精彩，让人感动', '服务热情，物流很快'];
const bad = ['非常失望，不推荐', '质量太差，想退货', '内容空洞，浪费时间', '服务糟糕，物流很慢'];

const reviews = (verdicts: readonly string[], count: number, next: () => number): string => {
  const pick = (from: readonly string[]): string => from[Math.floor(next() * from.length)];
  return Array.from({ length: count }, () => `${pick(things)}${pick(verdicts)}。${pick(verdicts)}！\n`).join(
    '',
  );
};

/** The first has each letter that English knows, for prompts of any kind. */
const speeches = [
  'ABCDEFGHIJKLMNOPQRSTUVWXYZ:\nThe quick brown fox jumps over the lazy dog; how vexing, Jack!\n\n',
  'First Citizen:\nBefore we proceed any further, hear me speak.\n\n',
  'All:\nSpeak, speak.\n\n',
  'MENENIUS:\nWhat work is this, my countrymen, in hand?\nWhere go you with such bats and clubs?\n\n',
  'CORIOLANUS:\nThanks. What is the matter, you dissentious rogues?\n\n',
];

/** Writes a little of every data set the examples read, in the form of the real files, for where those are not. */
export async function writeMadeUpData(folder: string): Promise<void> {
  const next = uniforms(1);
  const [trainImages, trainLabels] = mnistFiles(2000, next);
  const [testImages, testLabels] = mnistFiles(500, next);
  const files: Readonly<Record<string, Uint8Array | string>> = {
    'mnist/train-images-idx3-ubyte.gz': gzipSync(trainImages),
    'mnist/train-labels-idx1-ubyte.gz': gzipSync(trainLabels),
    'mnist/t10k-images-idx3-ubyte.gz': gzipSync(testImages),
    'mnist/t10k-labels-idx1-ubyte.gz': gzipSync(testLabels),
    'cifar10/data_batch_1.bin.gz': gzipSync(cifarBatch(500, next)),
    'cifar10/test_batch.bin.gz': gzipSync(cifarBatch(200, next)),
    'stocks/AAPL.csv': stockPrices(1260, next),
    'reviews-zh/pos.txt.gz': gzipSync(reviews(good, 400, next)),
    'reviews-zh/neg.txt.gz': gzipSync(reviews(bad, 400, next)),
    'text/tinyshakespeare.txt.gz': gzipSync(
      Array.from({ length: 400 }, () => speeches[Math.floor(next() * speeches.length)]).join(''),
    ),
  };
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, content);
  }
}
