import { describe, expect, it } from 'vitest';
import {
  ArrayDataset,
  BatchSampler,
  DataLoader,
  IterableDataset,
  RandomSampler,
  SequentialSampler,
  StratifiedSampler,
  WeightedRandomSampler,
} from './index.ts';

const sorted = (order: ArrayLike<number>): number[] => Array.from(order).sort((a, b) => a - b);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const ten = (): ArrayDataset => new ArrayDataset(upTo(10), upTo(10));

async function targetsOf(loader: DataLoader): Promise<number[][]> {
  const batches: number[][] = [];
  for await (const [, targets] of loader) batches.push((await targets.tolist()) as number[]);
  return batches;
}

describe('RandomSampler', () => {
  it('gives each example once, in another order each epoch, the same for the same seed', () => {
    const sampler = new RandomSampler(50, { seed: 2 });
    expect(sorted(sampler.order(0))).toEqual(upTo(50));
    expect(sampler.order(1)).not.toEqual(sampler.order(0));
    expect(new RandomSampler(50, { seed: 2 }).order(1)).toEqual(sampler.order(1));
  });

  it('draws again with replacement, each example alike', () => {
    const order = new RandomSampler(4, { replacement: true, count: 4000, seed: 1 }).order(0);
    const counts = upTo(4).map((index) => order.filter((drawn) => drawn === index).length);
    // 1000 expected, standard deviation 27.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(140);
  });
});

describe('WeightedRandomSampler', () => {
  it('draws in proportion to the weights', () => {
    const order = new WeightedRandomSampler([1, 0, 2, 1], { count: 8000, seed: 4 }).order(0);
    const counts = upTo(4).map((index) => order.filter((drawn) => drawn === index).length);
    expect(counts[1]).toBe(0);
    for (const [index, expected] of [
      [0, 2000],
      [2, 4000],
      [3, 2000],
    ]) {
      expect(Math.abs(counts[index] - expected)).toBeLessThan(225); // five standard deviations
    }
  });

  it('balances classes of 1 : 50', () => {
    const labels = Array.from({ length: 510 }, (_, index) => (index % 51 === 0 ? 'rare' : 'often'));
    const order = WeightedRandomSampler.balanced(labels, { seed: 1 }).order(0);
    const rare = order.filter((index) => labels[index] === 'rare').length;
    expect(Math.abs(rare - 255)).toBeLessThan(57); // five standard deviations of 11.3
  });

  it('without replacement takes none twice, heavy ones first', () => {
    const first: number[] = [];
    for (let epoch = 0; epoch < 400; epoch++) {
      const order = new WeightedRandomSampler([1, 3, 0], { replacement: false, count: 2, seed: 7 }).order(
        epoch,
      );
      expect(sorted(order)).toEqual([0, 1]);
      first.push(order[0]);
    }
    const heavy = first.filter((index) => index === 1).length;
    expect(Math.abs(heavy - 300)).toBeLessThan(44); // 3/4 of 400, standard deviation 8.7
  });
});

it('StratifiedSampler gives each stretch its share of each class', () => {
  const labels = Array.from({ length: 100 }, (_, index) => (index < 90 ? 0 : 1));
  const sampler = new StratifiedSampler(labels, { seed: 3 });
  const order = sampler.order(0);
  expect(sorted(order)).toEqual(upTo(100));
  expect(sampler.order(1)).not.toEqual(order);
  for (let begin = 0; begin < 100; begin += 20) {
    const ones = order.subarray(begin, begin + 20).filter((index) => labels[index] === 1).length;
    expect(ones).toBe(2);
  }
});

it.each<[string, () => unknown]>([
  ['needs examples, got 0', () => new SequentialSampler(0)],
  ['got 11 of 10 examples. More than there are', () => new RandomSampler(10, { count: 11 })],
  ['the weight of example 1 is -1', () => new WeightedRandomSampler([1, -1])],
  ['the weight of example 0 is NaN', () => new WeightedRandomSampler([Number.NaN])],
  ['all weights are zero', () => new WeightedRandomSampler([0, 0])],
  ['got 2 of 1 examples', () => new WeightedRandomSampler([0, 1], { replacement: false })],
  ['batchSize is a whole number', () => new BatchSampler(new SequentialSampler(2), { batchSize: 0 })],
  ['a seed is an integer', () => new StratifiedSampler([0, 1], { seed: -1 })],
  ['there is no option replacment', () => new RandomSampler(2, { replacment: true } as never)],
])('refuses: %s', (message, make) => {
  expect(make).toThrow(message);
});

describe('DataLoader with samplers', () => {
  it('gives what the sampler chooses, more often than there are examples if it says so', async () => {
    const sampler = {
      length: 12,
      order: (epoch: number) => Int32Array.from({ length: 12 }, (_, i) => (i + epoch) % 2),
    };
    const loader = new DataLoader(new ArrayDataset([5, 6], [5, 6]), { sampler, batchSize: 8 });
    expect(loader.length).toBe(2);
    expect(await targetsOf(loader)).toEqual([
      [5, 6, 5, 6, 5, 6, 5, 6],
      [5, 6, 5, 6],
    ]);
    expect((await targetsOf(loader))[1]).toEqual([6, 5, 6, 5]);
  });

  it('takes whole batches, of different sizes', async () => {
    const batchSampler = {
      length: 3,
      batches: () => [Int32Array.of(1), Int32Array.of(2, 3, 4), Int32Array.of(9, 9)],
    };
    expect(await targetsOf(new DataLoader(ten(), { batchSampler }))).toEqual([[1], [2, 3, 4], [9, 9]]);
  });

  it('shuffles as the sampler of the same seed', async () => {
    const order = new RandomSampler(10, { seed: 5 }).order(0);
    const [batch] = await targetsOf(new DataLoader(ten(), { shuffle: true, seed: 5, batchSize: 10 }));
    expect(batch).toEqual([...order]);
  });

  it('refuses what contradicts itself, and examples that are not there', async () => {
    const sampler = new SequentialSampler(11);
    expect(() => new DataLoader(ten(), { sampler, shuffle: true })).toThrow('both given');
    const batchSampler = new BatchSampler(sampler, { batchSize: 2 });
    expect(() => new DataLoader(ten(), { batchSampler, batchSize: 4 })).toThrow(
      'Give the batchSampler alone',
    );
    await expect(targetsOf(new DataLoader(ten(), { sampler }))).rejects.toThrow(
      'chose example 10; there are 10',
    );
    expect(() => new DataLoader(ten(), { batchsize: 4 } as never)).toThrow('there is no option batchsize');
  });
});

describe('IterableDataset', () => {
  const counting = (count: number) =>
    async function* () {
      for (let i = 0; i < count; i++) yield [[i, i], i] as const;
    };

  it('gives batches, epoch after epoch', async () => {
    const loader = new DataLoader(new IterableDataset(counting(5), { length: 5 }), { batchSize: 2 });
    expect(loader.length).toBe(3);
    for (let epoch = 0; epoch < 2; epoch++) expect(await targetsOf(loader)).toEqual([[0, 1], [2, 3], [4]]);
    const full = new DataLoader(new IterableDataset(counting(5)), { batchSize: 2, dropLast: true });
    expect(await targetsOf(full)).toHaveLength(2);
    expect(() => full.length).toThrow('is not known');
  });

  it('mixes by a buffer, each example once, the same for the same seed', async () => {
    const make = () => new IterableDataset(counting(100), { shuffleBuffer: 20, seed: 1 });
    const loader = new DataLoader(make(), { batchSize: 100 });
    const [[first], [second]] = [await targetsOf(loader), await targetsOf(loader)];
    expect(sorted(first)).toEqual(upTo(100));
    expect(first).not.toEqual(upTo(100));
    expect(second).not.toEqual(first);
    expect((await targetsOf(new DataLoader(make(), { batchSize: 100 })))[0]).toEqual(first);
    // What is drawn was in the buffer: no example comes more than the buffer's size too early.
    expect(Math.max(...first.map((value, place) => value - place))).toBeLessThan(20);
  });

  it('maps and filters', async () => {
    const even = new IterableDataset(counting(6))
      .filter(([, target]) => (target as number) % 2 === 0)
      .map(([input, target]) => [input, (target as number) * 10]);
    expect(await targetsOf(new DataLoader(even, { batchSize: 3 }))).toEqual([[0, 20, 40]]);
  });

  it('never holds more than two batches, and is closed when the walk ends early', async () => {
    let made = 0;
    let closed = false;
    const endless = new IterableDataset(function* () {
      try {
        for (;;) yield [[made], made++];
      } finally {
        closed = true;
      }
    });
    let batches = 0;
    for await (const [x] of new DataLoader(endless, { batchSize: 4 })) {
      x.dispose();
      expect(made).toBeLessThanOrEqual(4 * (batches + 2));
      if (++batches === 3) break;
    }
    expect([closed, made <= 16]).toEqual([true, true]);
  });

  it.each<[string, () => unknown]>([
    ['there are no examples', () => targetsOf(new DataLoader(new IterableDataset(counting(0))))],
    ['no targets', () => targetsOf(new DataLoader(new IterableDataset(() => [[[1]]])))],
    [
      'inputs of example 3 have shape [1], those of example 0 [2]',
      () =>
        targetsOf(
          new DataLoader(
            new IterableDataset(counting(9)).map(([x, y]) => (y === 3 ? [[1], y] : [x, y])),
            {
              batchSize: 2,
            },
          ),
        ),
    ],
    [
      'disk failed',
      () =>
        targetsOf(
          new DataLoader(
            new IterableDataset(function* () {
              yield [[1], 1];
              throw new Error('disk failed');
            }),
            { batchSize: 1 },
          ),
        ),
    ],
  ])('refuses: %s', async (message, run) => {
    await expect(run()).rejects.toThrow(message);
  });

  it('says where shuffling and sampling belong', () => {
    const stream = new IterableDataset(counting(3));
    expect(() => new DataLoader(stream, { shuffle: true })).toThrow('shuffleBuffer');
    expect(() => new DataLoader(stream, { sampler: new SequentialSampler(3) })).toThrow('no indices');
    expect(() => new IterableDataset(counting(3)() as never)).toThrow('got object');
  });
});
