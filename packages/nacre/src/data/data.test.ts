import { describe, expect, it } from 'vitest';
import { tensor } from '../tensor/create.ts';
import {
  ArrayDataset,
  DataLoader,
  type Dataset,
  imageDataset,
  Subset,
  TensorDataset,
  trainTestSplit,
} from './index.ts';
import { shuffledOrder } from './order.ts';

const numbers = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => i);

/** Ten examples [i] with the target i. */
const ten = (): ArrayDataset => new ArrayDataset(numbers(10), Int32Array.from(numbers(10)), { shape: [1] });

async function collect(loader: DataLoader): Promise<number[][]> {
  const batches: number[][] = [];
  for await (const [, targets] of loader) batches.push((await targets.tolist()) as number[]);
  return batches;
}

describe('ArrayDataset', () => {
  it('reads flat arrays with the shape of one example', () => {
    const set = new ArrayDataset(numbers(8), Uint8Array.of(0, 1), { shape: [2, 2] });
    expect(set.length).toBe(2);
    expect(set.get(1)).toEqual([Float32Array.of(4, 5, 6, 7), 1]);
  });

  it('reads nested arrays', () => {
    const set = new ArrayDataset(
      [
        [1, 2],
        [3, 4.5],
      ],
      [[0], [1]],
    );
    expect(set.get(1)).toEqual([Float32Array.of(3, 4.5), Int32Array.of(1)]);
  });

  it.each<[string, () => unknown]>([
    ['there are no examples', () => new ArrayDataset(new Float32Array(0), [])],
    ['3 inputs but 2 targets', () => new ArrayDataset([1, 2, 3], [1, 2])],
    [
      '7 numbers of the inputs are no whole number of examples of [2]',
      () => new ArrayDataset(numbers(7), null, { shape: [2] }),
    ],
    [
      'inputs of example 1 hold NaN',
      () => new ArrayDataset(Float32Array.of(1, 2, 3, Number.NaN), null, { shape: [2] }),
    ],
    [
      'targets of example 2 hold Infinity',
      () => new ArrayDataset([1, 2, 3], [0, 1, Number.POSITIVE_INFINITY]),
    ],
    ['the label of example 1 is 3, outside 0 to 2', () => new ArrayDataset([1, 2], [0, 3], { classes: 3 })],
    ['the label of example 0 is -1', () => new ArrayDataset([1, 2], [-1, 1], { classes: 3 })],
    ['inputs of example 1 have shape [1], those before [2]', () => new ArrayDataset([[1, 2], [3]])],
    ['inputs of example 0 are ragged: [2] beside [1]', () => new ArrayDataset([[[1, 2], [3]]])],
    ['inputs of example 0 hold a string', () => new ArrayDataset([['1']])],
    ['there is no example 10; there are 10', () => ten().get(10)],
    ['there is no example 12', () => new Subset(ten(), [1, 12])],
  ])('refuses: %s', (message, make) => {
    expect(make).toThrow(message);
  });
});

it('pictures become numbers from 0 to 1', async () => {
  const images = {
    images: Uint8Array.of(0, 51, 102, 255),
    labels: Int32Array.of(1),
    count: 1,
    height: 2,
    width: 2,
    classes: ['a', 'b'],
  };
  for await (const [x, y] of new DataLoader(imageDataset(images))) {
    expect([x.shape, x.dtype, y.dtype]).toEqual([[1, 2, 2], 'float32', 'int32']);
    expect(((await x.tolist()) as number[][][]).flat(2).map((value) => Math.round(value * 100))).toEqual([
      0, 20, 40, 100,
    ]);
  }
});

describe('DataLoader', () => {
  it('gives batches in order, the last one smaller', async () => {
    const loader = new DataLoader(ten(), { batchSize: 4 });
    expect(loader.length).toBe(3);
    expect(await collect(loader)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
  });

  it('leaves the last one out if asked to', async () => {
    expect(await collect(new DataLoader(ten(), { batchSize: 4, dropLast: true }))).toHaveLength(2);
  });

  it('has another order in each epoch, the same with the same seed', async () => {
    const make = () => new DataLoader(ten(), { batchSize: 10, shuffle: true, seed: 3 });
    const loader = make();
    const [[first], [second]] = [await collect(loader), await collect(loader)];
    expect(first).not.toEqual(second);
    expect([...first].sort()).toEqual([...second].sort());
    const again = make();
    again.epoch = 1;
    expect(await collect(again)).toEqual([second]);
  });

  it('reads what get makes', async () => {
    const squares: Dataset = { length: 3, get: (i) => [[i, i * i], i] };
    const batches = [];
    for await (const [x, y] of new DataLoader(squares, { batchSize: 2 }))
      batches.push([await x.tolist(), await y.tolist()]);
    expect(batches).toEqual([
      [
        [
          [0, 0],
          [1, 1],
        ],
        [0, 1],
      ],
      [[[2, 4]], [2]],
    ]);
  });

  it('keeps the fractions of later examples where the first has none', async () => {
    const halves: Dataset = { length: 3, get: (i) => [[i / 2], [i / 4]] };
    for await (const [x, y] of new DataLoader(halves, { batchSize: 3 })) {
      expect([await x.tolist(), await y.tolist()]).toEqual([
        [[0], [0.5], [1]],
        [[0], [0.25], [0.5]],
      ]);
    }
  });

  it.each<[string, Dataset]>([
    ['targets of example 1 hold 0.5, those of example 0 are whole', { length: 3, get: (i) => [[1], i / 2] }],
    ['inputs of example 2 hold NaN', { length: 3, get: (i) => [[i === 2 ? Number.NaN : 0], 0] }],
    [
      'inputs of example 1 have shape [2], those of example 0 [1]',
      { length: 3, get: (i) => [i === 1 ? [1, 2] : [1], 0] },
    ],
    ['example 1 has no target', { length: 3, get: (i) => (i === 1 ? [[1]] : [[1], 0]) }],
  ])('refuses: %s', async (message, dataset) => {
    await expect(collect(new DataLoader(dataset, { batchSize: 2 }))).rejects.toThrow(message);
  });

  it('refuses no examples, no targets, a bad batch size, what is no data set', () => {
    expect(() => new DataLoader({ length: 0, get: () => [0] })).toThrow('there are no examples');
    expect(() => new DataLoader(new ArrayDataset([1, 2]))).toThrow('no targets');
    expect(() => new DataLoader(ten(), { batchSize: 0 })).toThrow(
      'batchSize is a whole number from 1 on, got 0',
    );
    expect(() => new DataLoader('digits' as never)).toThrow('string is no data set');
    expect(() => new DataLoader([1, 2, 3] as never)).toThrow(/an array is no data set.*as tensors/s);
  });

  it('says of inputs and targets in plain arrays that they are to be tensors', () => {
    const inputs = [
      [1, 2],
      [3, 4],
    ];
    expect(() => new DataLoader([inputs, [0, 1]] as never)).toThrow(
      /to be tensors, got \[an array, an array\].*tensor\(\.\.\.\)/s,
    );
    expect(() => new DataLoader([tensor(inputs), Int32Array.of(0, 1)] as never)).toThrow(
      'got [a tensor, a typed array]',
    );
  });
});

it('TensorDataset takes tensors as they are', () => {
  const set = new TensorDataset(
    tensor([
      [1, 2],
      [3, 4],
    ]),
    tensor([1, 0], { dtype: 'int32' }),
  );
  expect(set.get(1)).toEqual([Float32Array.of(3, 4), 0]);
  expect(() => new TensorDataset(tensor(1))).toThrow('no axis of examples');
});

describe('trainTestSplit', () => {
  it('gives every example to one part, in the same way for the same seed', () => {
    const { train, test } = trainTestSplit(ten(), { testSize: 0.25, seed: 1 });
    expect([train.length, test.length]).toEqual([7, 3]);
    expect([...train.indices, ...test.indices].sort()).toEqual([...numbers(10)]);
    expect(trainTestSplit(ten(), { testSize: 3, seed: 1 }).test.indices).toEqual(test.indices);
    expect(trainTestSplit(ten(), { testSize: 3, seed: 2 }).test.indices).not.toEqual(test.indices);
    expect(test.get(0)).toEqual(ten().get(test.indices[0]));
  });

  it.each([0, 1, 10, 2.5, Number.NaN])('refuses a testSize of %s where 10 or 1 are there', (testSize) => {
    const set = testSize === 1 ? new Subset(ten(), [0]) : ten();
    expect(() => trainTestSplit(set, { testSize })).toThrow('leaves a part of');
  });
});

it('an order is a permutation that takes seed and epoch into account, large seeds whole', () => {
  const order = shuffledOrder(1000, 2 ** 40 + 1, 0);
  expect([...order].sort((a, b) => a - b)).toEqual([...numbers(1000)]);
  expect(order).not.toEqual(shuffledOrder(1000, 1, 0));
  expect(order).not.toEqual(shuffledOrder(1000, 2 ** 40 + 1, 1));
  // Of 1000 numbers about one stays in its place.
  expect(order.filter((value, place) => value === place).length).toBeLessThan(8);
});
