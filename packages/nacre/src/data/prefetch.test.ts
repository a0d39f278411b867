import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import * as nn from '../nn/index.ts';
import { SGD } from '../optim/index.ts';
import { fit } from '../train/index.ts';
import {
  type AsyncDataset,
  DataLoader,
  type ModuleDataset,
  moduleDataset,
  SequentialSampler,
  SubsetRandomSampler,
} from './index.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nacre-loader-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, 'data.mjs');
writeFileSync(
  file,
  `import { appendFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
/** Examples [i, epoch], after a while that is longer for even ones. */
export const late = (length, bad = -1) => ({
  length,
  async get(index, epoch = 0) {
    await new Promise((resolve) => setTimeout(resolve, index % 2 === 0 ? 8 : 1));
    if (index === bad) throw new RangeError('the picture is torn');
    return [Float32Array.of(index, epoch), index % 2];
  },
});
export const threads = (length) => ({ length, get: () => [[threadId], 0] });
/** Copies its examples, as those of the library do. */
export function direct(length, bad = -1) {
  const field = (stored, shape) => ({ stored, dtype: stored, shape, scale: 1 });
  return {
    length,
    get: (index) => [[index], index],
    source: {
      length,
      input: field('float32', [2, 1]),
      target: field('int32', []),
      weighted: true,
      write(index, row, inputs, targets, weights, epoch) {
        if (index === bad) throw new Error('no such row');
        inputs.set([index, epoch], 2 * row);
        targets[row] = index;
        weights[row] = index / 2;
      },
      finish(count, first, inputs) {
        for (let row = 0; row < count; row++) inputs[2 * row] += 100;
      },
    },
  };
}
/** Adds a letter to a file for each example it makes; each takes its thread 4 ms. */
export const logged = (length, log) => ({
  length,
  get(index) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4);
    appendFileSync(log, '.');
    return [[index], 0];
  },
});
export const ends = (length) => ({ length, get: () => process.exit(3) });
export const nothing = () => 5;
export const plain = 7;
`,
);
const open = (name: string, ...args: unknown[]): Promise<ModuleDataset> =>
  moduleDataset(pathToFileURL(file), { export: name, args });

async function inputsOf(loader: DataLoader): Promise<unknown[]> {
  const batches: unknown[] = [];
  for await (const [x, y] of loader) batches.push([await x.tolist(), await y.tolist()]);
  return batches;
}

describe('examples that come as promises', () => {
  it('come in order, with what their epoch makes of them', async () => {
    const loader = new DataLoader((await open('late', 5)).dataset as AsyncDataset, { batchSize: 2 });
    expect(loader.length).toBe(3);
    for (const epoch of [0, 1]) {
      expect(await inputsOf(loader)).toEqual([
        [
          [
            [0, epoch],
            [1, epoch],
          ],
          [0, 1],
        ],
        [
          [
            [2, epoch],
            [3, epoch],
          ],
          [0, 1],
        ],
        [[[4, epoch]], [0]],
      ]);
    }
  });

  it('are made ahead, and no further than that', async () => {
    let asked = 0;
    const data: AsyncDataset = {
      length: 40,
      get: async (index) => {
        asked++;
        return [[index], 0];
      },
    };
    const loader = new DataLoader(data, { batchSize: 2, prefetch: 3 });
    asked = 0;
    let batches = 0;
    for await (const [x] of loader) {
      x.dispose();
      batches++;
      expect(asked).toBe(Math.min(40, 2 * (batches + 3)));
      if (batches === 12) break;
    }
  });

  it('train a network', async () => {
    const model = new nn.Linear(2, 2);
    const options = {
      loss: 'crossEntropy',
      optimizer: new SGD(model.parameters(), { lr: 0.1 }),
      verbose: false,
    } as const;
    const loader = new DataLoader((await open('late', 8)).dataset as AsyncDataset, { batchSize: 4 });
    for await (const [x, y] of loader) expect([x.shape, y.dtype]).toEqual([[4, 2], 'int32']);
    await expect(fit(model, { length: 2, get: async () => [[1, 2], 0] } as never, options)).rejects.toThrow(
      'gives promises of its examples',
    );
  });

  it('name the example that fails', async () => {
    const loader = new DataLoader((await open('late', 6, 3)).dataset as AsyncDataset, { batchSize: 2 });
    const failure = await inputsOf(loader).catch((error: Error) => error);
    expect(failure).toMatchObject({
      name: 'DataError',
      message: expect.stringContaining('example 3 failed: the picture is torn'),
    });
    expect((failure as Error).cause).toBeInstanceOf(RangeError);
  });
});

describe('workers', () => {
  it.each([1, 2, 3])(
    '%d of them give the same batches in the same order, epoch after epoch',
    async (workers) => {
      const options = { batchSize: 3, shuffle: true, seed: 5 };
      const here = new DataLoader((await open('late', 10)).dataset as AsyncDataset, options);
      const there = new DataLoader(await open('late', 10), { ...options, workers });
      for (let epoch = 0; epoch < 2; epoch++) expect(await inputsOf(there)).toEqual(await inputsOf(here));
      there.close();
    },
  );

  it('are so many threads, kept for the next epoch and ended by close', async () => {
    const loader = new DataLoader(await open('threads', 8), { batchSize: 2, workers: 2 });
    const seen = async (): Promise<Set<number>> => {
      const ids = new Set<number>();
      for await (const [x] of loader) ids.add((await x.data())[0]);
      return ids;
    };
    const first = await seen();
    expect(first.size).toBe(2);
    expect(first.has(0)).toBe(false); // the thread that asks
    expect(await seen()).toEqual(first);
    loader.close();
    expect([...(await seen())].some((id) => first.has(id))).toBe(false);
    loader.close();
  });

  it('fill whole batches of data sets that copy their examples', async () => {
    const loader = new DataLoader(await open('direct', 4), { batchSize: 2, workers: 1 });
    for (const epoch of [0, 1]) {
      const batches: unknown[] = [];
      for await (const [x, y, weights] of loader) {
        batches.push([await x.tolist(), await y.tolist(), await weights!.tolist()]);
      }
      expect(batches).toEqual([
        [
          [
            [[100], [epoch]],
            [[101], [epoch]],
          ],
          [0, 1],
          [0, 0.5],
        ],
        [
          [
            [[102], [epoch]],
            [[103], [epoch]],
          ],
          [2, 3],
          [1, 1.5],
        ],
      ]);
    }
    loader.close();
  });

  it('are ended by a walk that ends early, and by close in the middle of one', async () => {
    const log = path.join(folder, 'log');
    const made = (): number => readFileSync(log, 'utf8').length;
    const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));
    const loader = new DataLoader(await open('logged', 200, log), { batchSize: 2, workers: 2, prefetch: 80 });
    for (const end of ['break', 'close']) {
      writeFileSync(log, '');
      try {
        for await (const [x] of loader) {
          x.dispose();
          if (end === 'break') break;
          loader.close();
        }
      } catch (error) {
        expect([end, (error as Error).message]).toEqual([
          'close',
          expect.stringContaining('the loader was closed'),
        ]);
      }
      await pause();
      const before = made();
      await pause();
      expect(made()).toBe(before);
      expect(before).toBeGreaterThan(0);
      expect(before).toBeLessThan(150);
    }
  });

  it.each<[string, string, unknown[]]>([
    ['example 3 failed in a worker: the picture is torn', 'late', [6, 3]],
    ['example 5 failed in a worker: no such row', 'direct', [6, 5]],
    ['the data set failed in a worker: the thread ended with code 3', 'ends', [2]],
  ])('say what failed: %s', async (message, name, args) => {
    // Not by `moduleDataset`: what fails in a thread may fail here too.
    const loader = new DataLoader(await open(name, ...args), { batchSize: 2, workers: 2 });
    await expect(inputsOf(loader)).rejects.toThrow(message);
  });

  it('take any sampler', async () => {
    const sampler = new SubsetRandomSampler([1, 4, 7], { seed: 1 });
    const loader = new DataLoader(await open('direct', 9), { sampler, batchSize: 3, workers: 1 });
    const [[, targets]] = (await inputsOf(loader)) as [[unknown, number[]]];
    expect([...targets].sort()).toEqual([1, 4, 7]);
    loader.close();
    const wrong = new DataLoader(await open('direct', 2), { sampler: new SequentialSampler(3), workers: 1 });
    await expect(inputsOf(wrong)).rejects.toThrow('chose example 2; there are 2');
  });

  it('refuse what they cannot do', async () => {
    const array: AsyncDataset = { length: 2, get: async () => [[1], 0] };
    expect(() => new DataLoader(array, { workers: 1 })).toThrow('only the module that makes one');
    expect(() => new DataLoader(array, { workers: -1 })).toThrow('workers is a whole number from 0');
    expect(() => new DataLoader({ length: 1, get: () => [[1], 0] }, { prefetch: 2 })).toThrow('are at hand');
    expect(() => new DataLoader({ length: 0, get: async () => [[1], 0] })).toThrow('there are no examples');
    await expect(open('nothing')).rejects.toThrow('is no data set');
    await expect(open('plain')).rejects.toThrow('exports no function plain');
    await expect(moduleDataset('data.mjs')).rejects.toThrow('is no URL');
  });
});
