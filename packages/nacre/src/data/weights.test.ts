import { describe, expect, it } from 'vitest';
import { tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { ArrayDataset, DataLoader, type Dataset, IterableDataset, Subset } from './index.ts';

const weights = [1, 0, 0.5, 2];
const options = { shape: [1], sampleWeight: weights };
const four = (): ArrayDataset => new ArrayDataset(Float32Array.of(0, 1, 2, 3), [0, 1, 0, 1], options);

/** The targets and the weights of every batch. */
async function read(loader: DataLoader): Promise<[targets: unknown, weights: unknown][]> {
  const read: [unknown, unknown][] = [];
  for await (const [, y, w] of loader)
    read.push([await y.tolist(), await (w as Tensor | undefined)?.tolist()]);
  return read;
}

describe('weights of examples', () => {
  it('stand third in an example, and in a batch of a DataLoader', async () => {
    expect(four().get(3)).toEqual([Float32Array.of(3), 1, 2]);
    expect(await read(new DataLoader(four(), { batchSize: 3 }))).toEqual([
      [
        [0, 1, 0],
        [1, 0, 0.5],
      ],
      [[1], [2]],
    ]);
  });

  it('stay with their examples in a part of the data and in any order', async () => {
    const loader = new DataLoader(new Subset(four(), [3, 0, 2]), { batchSize: 3, shuffle: true, seed: 1 });
    const [[, first]] = await read(loader);
    const [[, second]] = await read(loader);
    expect([...(first as number[])].sort()).toEqual([0.5, 1, 2]);
    expect(second).not.toEqual(first);
  });

  it('are taken from tensors, from examples that are made one by one, and from a stream', async () => {
    const tensors = [tensor([[0], [1]]), tensor([5, 6]), tensor([2, 3])] as const;
    expect(await read(new DataLoader(tensors, { batchSize: 2 }))).toEqual([
      [
        [5, 6],
        [2, 3],
      ],
    ]);
    const made: Dataset = { length: 2, get: (index) => [[index], index, index + 1] };
    expect(await read(new DataLoader(made))).toEqual([
      [[0], [1]],
      [[1], [2]],
    ]);
    const stream = new IterableDataset(function* () {
      yield [[0], 0.5, 4];
      yield [[1], 1.5, 0];
    });
    expect(await read(new DataLoader(stream, { batchSize: 2 }))).toEqual([
      [
        [0.5, 1.5],
        [4, 0],
      ],
    ]);
  });

  it('are left out where there are none', async () => {
    const plain = new ArrayDataset([[0], [1]], [0, 1]);
    expect(await read(new DataLoader(plain, { batchSize: 2 }))).toEqual([[[0, 1], undefined]]);
  });

  it.each<[string, number[]]>([
    ['sampleWeight has 3 weights for 4 examples', [1, 1, 1]],
    ['the weight of example 2 is -1', [1, 1, -1, 1]],
    ['the weight of example 0 is NaN', [Number.NaN, 1, 1, 1]],
    ['sampleWeight is zero for every example', [0, 0, 0, 0]],
  ])('are refused: %s', (message, sampleWeight) => {
    expect(() => new ArrayDataset([[0], [1], [2], [3]], [0, 1, 0, 1], { sampleWeight })).toThrow(message);
  });

  it('are refused where an example lacks its own', async () => {
    const made: Dataset = { length: 2, get: (index) => (index ? [[1], 1] : [[0], 0, 1]) };
    await expect(read(new DataLoader(made, { batchSize: 2 }))).rejects.toThrow(
      'the weight of example 1 is undefined',
    );
  });
});
