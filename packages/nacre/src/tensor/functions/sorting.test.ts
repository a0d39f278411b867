import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DType } from '../../base/dtype.ts';
import { compile } from '../compile.ts';
import { arange, randn, tensor } from '../create.ts';
import { getThreads, setDevice, setThreads, threadsReady } from '../engine.ts';
import { argsort, bucketize, kthvalue, median, quantile, searchsorted, sort, topk } from '../functions.ts';
import { manualSeed } from '../generator.ts';
import { grad } from '../grad.ts';
import { gradcheck } from '../gradcheck.ts';
import type { Tensor } from '../tensor.ts';

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

/** Numbers of which several are equal, and of which some are not finite. */
function numbers(count: number, dtype: DType): number[] {
  const special = dtype.startsWith('float') ? [nan, inf, -inf, -0, 0, 5e-324, -1e-40, 1e-40] : [];
  let state = count;
  return Array.from({ length: count }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    if (special.length && i % 9 === 4) return special[state % special.length];
    const value = (state / 2 ** 32 - 0.5) * 2 ** (state % 40);
    if (dtype === 'bool') return state >>> 31;
    if (dtype === 'uint8') return state >>> 24;
    if (dtype === 'int8') return (state << 5) >> 24;
    return dtype === 'int32' ? Math.round(value) : i % 3 ? value : Math.round(value);
  });
}

/** The places in sorted order, found by comparing: NaN is the largest, and equal numbers keep their order. */
function wantedOrder(line: ArrayLike<number>, descending: boolean): number[] {
  const before = (a: number, b: number): boolean => (Number.isNaN(b) ? !Number.isNaN(a) : a < b);
  return Array.from(line, (_, i) => i).sort((i, j) => {
    const [a, b] = descending ? [line[j], line[i]] : [line[i], line[j]];
    return before(a, b) ? -1 : before(b, a) ? 1 : 0;
  });
}

const devices = ['reference', 'wasm'] as const;

describe.each(devices)('on %s', (device) => {
  beforeAll(() => setDevice(device));
  afterAll(() => setDevice('wasm'));

  const dtypes: readonly DType[] = ['float32', 'float64', 'int32', 'uint8', 'int8', 'bool'];
  test.each(dtypes)('lines of every length are sorted, both ways, in %s', (dtype) => {
    for (const length of [1, 2, 8, 17, 64, 65, 130, 1000]) {
      const x = tensor(numbers(3 * length, dtype), { dtype, shape: [3, length] });
      const data = x.dataSync() as ArrayLike<number> as Float64Array;
      for (const descending of [false, true]) {
        const [values, indices] = sort(x, { descending });
        const lines = [0, 1, 2].map((row) => data.slice(row * length, (row + 1) * length));
        const order = lines.map((line) => wantedOrder(line, descending));
        expect(indices.dtype).toBe('int32');
        expect(indices.tolistSync(), `${length} elements`).toEqual(order);
        const sorted = order.flatMap((places, row) => places.map((place) => lines[row][place]));
        expect([...values.dataSync()]).toEqual(sorted);
      }
    }
  });

  test('16-bit floats are sorted as the numbers they are', () => {
    for (const dtype of ['float16', 'bfloat16'] as const) {
      const x = tensor(numbers(90, 'float32'), { dtype });
      const exact = x.to('float64').dataSync();
      expect(argsort(x).tolistSync()).toEqual(wantedOrder(exact, false));
    }
  });

  test('any axis, views, and what was computed', () => {
    const x = tensor(numbers(2 * 70 * 3, 'float64'), { dtype: 'float64', shape: [2, 70, 3] });
    const wanted = x.transpose(1, 2).argsort().transpose(1, 2).tolistSync();
    expect(x.argsort({ dim: 1 }).tolistSync()).toEqual(wanted);
    expect(x.argsort({ dim: -2 }).tolistSync()).toEqual(wanted);
    expect(x.flip(1).argsort({ dim: 1, descending: true }).shape).toEqual([2, 70, 3]);
    const steps = arange(6).reshape([2, 3]).to('float32');
    expect(steps.neg().argsort({ dim: 0 }).tolistSync()).toEqual([
      [1, 1, 1],
      [0, 0, 0],
    ]);
    expect(steps.expand([4, 2, 3]).argsort({ dim: 0 }).tolistSync()).toEqual(
      [0, 1, 2, 3].map((i) => [
        [i, i, i],
        [i, i, i],
      ]),
    );
  });

  test('no lines, lines of nothing, and numbers', () => {
    const shapes: [number, number][] = [
      [0, 5],
      [5, 0],
    ];
    for (const shape of shapes) {
      const [values, indices] = sort(tensor([], { shape }));
      expect([values.shape, indices.shape]).toEqual([shape, shape]);
      expect([values.size, indices.dataSync().length]).toEqual([0, 0]);
    }
    expect(sort(tensor(3)).map((x) => x.tolistSync())).toEqual([3, 0]);
    expect(topk(tensor(3), 1).map((x) => x.tolistSync())).toEqual([3, 0]);
    expect(median(tensor(3)).itemSync()).toBe(3);
    expect(quantile(tensor(3), 0.3).itemSync()).toBe(3);
  });

  test('topk takes the first of equal elements, and NaN as the largest', () => {
    const [values, indices] = topk(tensor([1, 3, nan, 3, 2]), 3);
    expect(values.tolistSync()).toEqual([nan, 3, 3]);
    expect(indices.tolistSync()).toEqual([2, 1, 3]);
    const x = tensor([
      [5, 1],
      [2, 8],
      [4, 8],
    ]);
    const [smallest, places]: [Tensor<[2, 2]>, Tensor<[2, 2], 'int32'>] = x.topk(2, {
      dim: 0,
      largest: false,
    });
    expect(smallest.tolistSync()).toEqual([
      [2, 1],
      [4, 8],
    ]);
    expect(places.tolistSync()).toEqual([
      [1, 0],
      [2, 1],
    ]);
    expect(topk(x, 0)[0].shape).toEqual([3, 0]);
  });

  test('kthvalue counts from 1', () => {
    const x = tensor([
      [7, 5, 9],
      [1, nan, 0],
    ]);
    const [values, indices]: [Tensor<[2]>, Tensor<[2], 'int32'>] = kthvalue(x, 2);
    expect([values, indices].map((part) => part.tolistSync())).toEqual([
      [7, 1],
      [0, 0],
    ]);
    const [kept] = kthvalue(x, 2, { dim: 0, keepdim: true });
    expect(kept.tolistSync()).toEqual([[7, nan, 9]]);
  });

  test('median takes the lower middle, and NaN where there is one', () => {
    expect(median(tensor([4, 1, 3, 2])).itemSync()).toBe(2);
    expect(median(tensor([4, nan, 3])).itemSync()).toBeNaN();
    const [values, indices] = median(
      tensor([
        [1, nan, 3, nan],
        [4, 2, 1, 3],
      ]),
      1,
    );
    expect([values, indices].map((part) => part.tolistSync())).toEqual([
      [nan, 2],
      [1, 1],
    ]);
    expect(median(tensor([[3, 1, 2]], { dtype: 'int32' }), -1, { keepdim: true })[0].tolistSync()).toEqual([
      [2],
    ]);
  });

  // Numbers of torch.quantile.
  test.each([
    ['linear', [1, 1.6, 4, 6.25, 10]],
    ['lower', [1, 1, 3, 5, 10]],
    ['higher', [1, 3, 5, 10, 10]],
    ['midpoint', [1, 2, 4, 7.5, 10]],
    ['nearest', [1, 1, 5, 5, 10]],
  ] as const)('quantiles by %s interpolation', (interpolation, wanted) => {
    const x = tensor([1, 5, 3, 10], { dtype: 'float64' });
    const got = quantile(x, [0, 0.1, 0.5, 0.75, 1], { interpolation }).dataSync();
    wanted.forEach((value, i) => {
      expect(got[i]).toBeCloseTo(value, 12);
    });
  });

  test('quantiles along an axis: the list of parts comes first, NaN stays in its line', () => {
    const x = tensor([
      [1, 5, 3],
      [2, 7, 9],
      [0, nan, 1],
    ]);
    const parts = tensor([0.25, 0.5]);
    const result = quantile(x, parts, { dim: 1, keepdim: true });
    expect(result.tolistSync()).toEqual([
      [[2], [4.5], [nan]],
      [[3], [7], [nan]],
    ]);
    expect(quantile(x.slice(0, 0, 2), 0.5, { dim: 0 }).tolistSync()).toEqual([1.5, 6, 6]);
    expect(quantile(tensor([[1, 2]], { dtype: 'int32' }), 0.5, { keepdim: true }).tolistSync()).toEqual([
      [1.5],
    ]);
  });

  test('searchsorted and bucketize find places before and after equal elements', () => {
    const sorted = tensor([1, 2, 2, 3]);
    const values = tensor([0, 2, 2.5, 3, 4, nan, -inf, inf]);
    expect(searchsorted(sorted, values).tolistSync()).toEqual([0, 1, 3, 3, 4, 4, 0, 4]);
    expect(searchsorted(sorted, values, { right: true }).tolistSync()).toEqual([0, 3, 3, 4, 4, 4, 0, 4]);
    expect(bucketize(values.reshape([2, 4]), sorted, { right: true }).tolistSync()).toEqual([
      [0, 3, 3, 4],
      [4, 4, 0, 4],
    ]);
    expect(searchsorted(sorted, 2.5).itemSync()).toBe(3);
    expect(searchsorted(tensor([]), tensor([1, 2])).tolistSync()).toEqual([0, 0]);
    const withNaN = tensor([1, nan, nan]);
    expect(searchsorted(withNaN, tensor([1, 2, nan])).tolistSync()).toEqual([0, 1, 1]);
    expect(searchsorted(withNaN, tensor([1, 2, nan]), { right: true }).tolistSync()).toEqual([1, 1, 3]);
    const lines = tensor([
      [1, 3, 5],
      [2, 4, 6],
    ]);
    const wanted = tensor([
      [3, 6],
      [3, 6],
    ]);
    expect(searchsorted(lines, wanted).tolistSync()).toEqual([
      [1, 3],
      [1, 2],
    ]);
    expect(searchsorted(arange(1000), arange(1000)).tolistSync()).toEqual(arange(1000).tolistSync());
  });

  test('gradients go where elements come from', () => {
    manualSeed(5);
    const x = randn([3, 9], { dtype: 'float64' });
    const check = (f: (x: Tensor) => Tensor): void => expect(gradcheck(f, [x])).toBe(true);
    check((t) => sort(t, { dim: 0, descending: true })[0].square());
    check((t) => topk(t, 4)[0].square());
    check((t) => kthvalue(t, 3, { dim: 0 })[0].square());
    check((t) => median(t, 1)[0].square());
    check((t) => median(t).exp());
    check((t) => quantile(t, [0.2, 0.55], { dim: 1 }).square());
    expect(grad((t: Tensor) => sort(t)[0].narrow(0, 0, 1).sum())(tensor([2, 1, 1])).tolistSync()).toEqual([
      0, 1, 0,
    ]);
  });
});

test('one thread and two give the same places, and a compiled function too', async () => {
  manualSeed(9);
  const x = randn([40, 700]);
  await x.data();
  const before = getThreads();
  const results = [];
  for (const threads of [1, 2]) {
    setThreads(threads);
    await threadsReady();
    results.push(await argsort(x.mul(1)).data());
  }
  setThreads(before);
  expect(results[1]).toEqual(results[0]);
  const step = compile((t: Tensor) => t.sort({ descending: true }));
  const [values, indices] = step(x);
  expect(x.gather(1, indices).dataSync()).toEqual(values.dataSync());
});

test('what does not fit is refused, and the message says why', () => {
  const x = tensor([[1, 2, 3]]);
  // @ts-expect-error axis 2 is outside
  expect(() => sort(x, { dim: 2 })).toThrow('sort: axis 2 is outside a tensor of 2 dimensions');
  // @ts-expect-error axis -3 is outside
  expect(() => x.argsort({ dim: -3 })).toThrow('argsort: axis -3 is outside');
  expect(() => topk(x, 4)).toThrow('topk: k is a whole number from 0 to the 3 elements of axis 1, got 4');
  expect(() => topk(x, -1)).toThrow('got -1');
  expect(() => kthvalue(x, 0)).toThrow(
    'kthvalue: k is a whole number from 1 to the 3 elements of axis 1, got 0',
  );
  expect(() => median(tensor([]))).toThrow('median: axis 0 has no elements');
  expect(() => quantile(x, 1.5)).toThrow('quantile: q is from 0 to 1, got 1.5');
  expect(() => quantile(x, tensor([[0.5]]))).toThrow('quantile: q is a number or a list, got [1, 1]');
  expect(() => quantile(x, tensor([2])).dataSync()).toThrow('quantile');
  expect(() => quantile(x, 0.5, { interpolation: 'cubic' as 'linear' })).toThrow(
    "there is no interpolation 'cubic'",
  );
  expect(() => searchsorted(x.expand([2, 3]), x)).toThrow('searchsorted: sorted: [2, 3], values: [1, 3]');
});
