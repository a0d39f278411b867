import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../compile.ts';
import { arange, tensor, zeros } from '../create.ts';
import { setDevice } from '../engine.ts';
import {
  bincount,
  histc,
  histogram,
  maskedSelect,
  nonzero,
  unique,
  uniqueConsecutive,
} from '../functions.ts';
import { grad } from '../grad.ts';
import type { Tensor } from '../tensor.ts';

const nan = Number.NaN;
const int32 = { dtype: 'int32' } as const;
const lists = (tensors: readonly Tensor[]): unknown[] => tensors.map((x) => x.tolistSync());

describe.each(['reference', 'wasm'] as const)('on %s', (device) => {
  beforeAll(() => setDevice(device));
  afterAll(() => setDevice('wasm'));

  test('bincount counts up to the largest number, or to a given length', async () => {
    const x = tensor([1, 3, 1], int32);
    expect((await bincount(x)).tolistSync()).toEqual([0, 2, 0, 1]);
    expect((await bincount(x, { minlength: 6 })).tolistSync()).toEqual([0, 2, 0, 1, 0, 0]);
    const weighted = await bincount(x, { weights: tensor([0.5, 1, 2]) });
    expect(weighted.dtype).toBe('float32');
    expect(weighted.tolistSync()).toEqual([0, 2.5, 0, 1]);
    expect((await bincount(tensor([], int32), { minlength: 2 })).tolistSync()).toEqual([0, 0]);
    const fixed: Tensor<[5], 'int32'> = bincount(x, { length: 5 });
    expect(fixed.tolistSync()).toEqual([0, 2, 0, 1, 0]);
    expect(compile((t: Tensor) => bincount(t, { length: 4 }))(x).tolistSync()).toEqual([0, 2, 0, 1]);
    const slope = grad((w: Tensor) => bincount(x, { length: 4, weights: w }).square().sum());
    expect(slope(tensor([0.5, 1, 2])).tolistSync()).toEqual([5, 2, 5]);
    expect(() => bincount(x, { length: 3 }).dataSync()).toThrow('bincount: index 3');
    const negative = await bincount(tensor([-1, 2], int32));
    expect(() => negative.dataSync()).toThrow('bincount: index -1');
    expect(() => bincount(tensor([-1], int32), { length: 2 }).dataSync()).toThrow('bincount: index -1');
  });

  // Numbers of torch.histogram and torch.histc.
  test('histograms of equal bins, of given edges, weighted, and as densities', () => {
    expect(lists(histogram(tensor([2, 2, 2]), 2))).toEqual([
      [0, 3],
      [1.5, 2, 2.5],
    ]);
    expect(lists(histogram(tensor([]), 2))).toEqual([
      [0, 0],
      [0, 0.5, 1],
    ]);
    expect(lists(histogram(tensor([[1, 2, 1, 5, 3, 4]]), tensor([0, 1, 3, 4])))).toEqual([
      [0, 3, 2],
      [0, 1, 3, 4],
    ]);
    const weight = tensor([1, 2, 4, 8, 16], { dtype: 'float64' });
    const x = tensor([1, 2, 1, 5, 3], { dtype: 'float64' });
    expect(histogram(x, 4, { range: [0, 4], weight })[0].tolistSync()).toEqual([0, 5, 2, 16]);
    const density = histogram(x, 4, { range: [0, 4], weight, density: true })[0].dataSync();
    [0, 5 / 23, 2 / 23, 16 / 23].forEach((value, i) => {
      expect(density[i]).toBeCloseTo(value, 14);
    });
    expect(histogram(tensor([1, nan, 2]), 1, { range: [0, 4] })[0].tolistSync()).toEqual([2]);
    expect(histogram(tensor([1, 2, 1, 4], int32), 3)[0].tolistSync()).toEqual([2, 1, 1]);
  });

  test('histc takes the range of the elements where none is given', () => {
    expect(histc(tensor([2, 2, 2]), { bins: 3 }).tolistSync()).toEqual([0, 3, 0]);
    expect(histc(tensor([1, 2, 4, nan]), { bins: 4, min: 0, max: 4 }).tolistSync()).toEqual([0, 1, 1, 1]);
    expect(histc(arange(1000).to('float32')).tolistSync()).toEqual(new Array(100).fill(10));
  });

  test('unique gives each element once, in order or as they occur, with places and counts', async () => {
    const x = tensor(
      [
        [3, 1, 3],
        [2, 1, 3],
      ],
      int32,
    );
    const all = { returnInverse: true, returnCounts: true } as const;
    expect(lists(await unique(x, all))).toEqual([
      [1, 2, 3],
      [
        [2, 0, 2],
        [1, 0, 2],
      ],
      [2, 1, 3],
    ]);
    expect(lists(await unique(x, { ...all, sorted: false }))).toEqual([
      [3, 1, 2],
      [
        [0, 1, 0],
        [2, 1, 0],
      ],
      [3, 2, 1],
    ]);
    const values: Tensor<[number], 'int32'> = await unique(x);
    expect(values.tolistSync()).toEqual([1, 2, 3]);
    const [, counts]: [Tensor, Tensor<[number], 'int32'>] = await unique(x, { returnCounts: true });
    expect(counts.tolistSync()).toEqual([2, 1, 3]);
    expect((await unique(tensor([nan, -0, 0, nan]))).tolistSync()).toEqual([-0, nan, nan]);
    expect((await unique(zeros([0]))).shape).toEqual([0]);
    expect((await unique(tensor([1, 0, 1], { dtype: 'bool' }))).tolistSync()).toEqual([false, true]);
  });

  test('uniqueConsecutive joins runs alone', async () => {
    const x = tensor([1, 1, 2, 2, 2, 1]);
    expect(lists(await uniqueConsecutive(x, { returnInverse: true, returnCounts: true }))).toEqual([
      [1, 2, 1],
      [0, 0, 1, 1, 1, 2],
      [2, 3, 1],
    ]);
  });

  test('nonzero and maskedSelect give as much as there is', async () => {
    const x = tensor([
      [0, 5, 0],
      [7, 0, nan],
    ]);
    expect((await nonzero(x)).tolistSync()).toEqual([
      [0, 1],
      [1, 0],
      [1, 2],
    ]);
    expect((await nonzero(zeros([3, 2]))).shape).toEqual([0, 2]);
    expect((await nonzero(tensor(4))).shape).toEqual([1, 0]);
    const mask = tensor([true, false, true], { dtype: 'bool' });
    expect((await maskedSelect(x, mask)).tolistSync()).toEqual([0, 0, 7, nan]);
    expect(
      (await maskedSelect(tensor([1, 2, 3]), tensor([[1], [0]], { dtype: 'bool' }))).tolistSync(),
    ).toEqual([1, 2, 3]);
    const leaf = tensor([1, 2, 3], { requiresGrad: true });
    (await maskedSelect(leaf, leaf.gt(1))).square().sum().backward();
    expect(leaf.grad!.tolistSync()).toEqual([0, 4, 6]);
  });
});

test('what does not fit is refused, and the message says why', async () => {
  const x = tensor([1, 2]);
  expect(() => bincount(x, { length: 3 })).toThrow('bincount: counts integers, got float32');
  await expect(bincount(x)).rejects.toThrow('bincount: counts integers, got float32');
  await expect(bincount(tensor([1], int32), { minlength: -1 })).rejects.toThrow('bincount: minlength');
  expect(() => bincount(tensor([[1]], int32), { length: 3 })).toThrow('bincount: counts a list, got [1, 1]');
  expect(() => bincount(tensor([1], int32), { length: 3, weights: x })).toThrow('input: [1], weights: [2]');
  expect(() => histogram(x, 0)).toThrow('histogram: the number of bins is a whole number from 1 on, got 0');
  expect(() => histogram(x, 2, { range: [2, 1] })).toThrow('got 2 to 1');
  expect(() => histogram(x, tensor([1]))).toThrow('histogram: bins lie between two edges or more');
  expect(() => histc(x, { min: 3, max: 1 })).toThrow('histc: a range');
  await expect(maskedSelect(x, tensor([1, 0, 1]))).rejects.toThrow('maskedSelect: left: [2], right: [3]');
  let pending: Promise<unknown> = Promise.resolve();
  const traced = compile((t: Tensor) => {
    pending = unique(t);
    return t;
  });
  traced(x);
  await expect(pending).rejects.toThrow('unique() was called inside a compiled function');
});
