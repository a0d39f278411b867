import { describe, expect, it } from 'vitest';
import { tensor } from '../create.ts';
import { setDevice } from '../engine.ts';
import {
  adaptiveMaxPool2d,
  atanh,
  binaryCrossEntropy,
  cumprod,
  cumsum,
  gather,
  hardsigmoid,
  hardtanh,
  indexSelect,
  logicalNot,
  maxPool2d,
  norm,
  pow,
  prod,
  scatterAdd,
  softmax,
  std,
  sum,
} from '../functions.ts';
import { gradcheck } from '../gradcheck.ts';
import type { Tensor } from '../tensor.ts';
import { vmap } from '../transforms/vmap.ts';

/** Ties, zeros, bounds and numbers of no axes, where rules are easily wrong; PyTorch's numbers stand in test/parity. */
describe.each(['reference', 'wasm'] as const)('corners on %s', (device) => {
  const make = (data: number[], shape: number[], requiresGrad = true): Tensor => {
    setDevice(device);
    return tensor(data, { shape, requiresGrad }) as Tensor;
  };
  const slopes = (x: Tensor, f: (x: Tensor) => Tensor): unknown => {
    f(x).sum().backward();
    return [...(x.grad!.dataSync() as Float32Array)];
  };

  it('a pool gives the gradient to the first of equal elements, row by row', () => {
    // Of [0, 1; 1, 0] the first is that of the first row.
    const [square, given] = [
      [0, 1, 1, 0],
      [0, 1, 0, 0],
    ];
    expect(slopes(make(square, [1, 1, 2, 2]), (x) => maxPool2d(x, 2))).toEqual(given);
    expect(slopes(make(square, [1, 1, 2, 2]), (x) => adaptiveMaxPool2d(x, 1))).toEqual(given);
    // 3 to 2 parts: [0, 2) and [1, 3), along both axes.
    const equal = new Array<number>(9).fill(7);
    expect(slopes(make(equal, [1, 1, 3, 3]), (x) => adaptiveMaxPool2d(x, 2))).toEqual([
      1, 1, 0, 1, 1, 0, 0, 0, 0,
    ]);
    // Windows of 2 at distance 1 share elements.
    expect(slopes(make([5, 5, 5], [1, 1, 1, 3]), (x) => maxPool2d(x, [1, 2], { stride: 1 }))).toEqual([
      1, 1, 0,
    ]);
  });

  it('a pool does so for each of a batch of vmap', () => {
    const pooled = (x: Tensor): Tensor => vmap((image: Tensor) => maxPool2d(image, 2) as Tensor)(x) as Tensor;
    expect(slopes(make([0, 1, 1, 0, 2, 2, 2, 2], [2, 1, 2, 2]), pooled)).toEqual([0, 1, 0, 0, 1, 0, 0, 0]);
  });

  it.each(['uint8', 'int8', 'bool'] as const)('sums and products of %s are int32', async (dtype) => {
    setDevice(device);
    const x = tensor([1, 1, 1], { dtype }) as Tensor;
    for (const result of [sum(x), prod(x), cumsum(x, 0), cumprod(x, 0)]) expect(result.dtype).toBe('int32');
    const large = tensor([100, 100, 100], { dtype }) as Tensor;
    const factor = dtype === 'bool' ? 1 : 100;
    expect(await sum(large).item()).toBe(3 * factor);
    expect(await prod(large).item()).toBe(factor ** 3);
    expect(await cumsum(large, 0).tolist()).toEqual([factor, 2 * factor, 3 * factor]);
    expect(await cumprod(large, 0).tolist()).toEqual([factor, factor ** 2, factor ** 3]);
  });

  it('a number of no axes is gathered from and added to', async () => {
    const [x, place] = [make([5], []), tensor(0, { dtype: 'int32' }) as Tensor];
    expect(await gather(x, 0, place).item()).toBe(5);
    expect(await gather(x, 0, tensor([0, 0], { dtype: 'int32' }) as Tensor).tolist()).toEqual([5, 5]);
    expect(await scatterAdd(x, 0, place, make([2], [])).item()).toBe(7);
    expect(await indexSelect(x, 0, place).item()).toBe(5);
    expect(() => gather(x, 0, tensor(1, { dtype: 'int32' }) as Tensor).dataSync()).toThrow(
      'index 1 is outside 0 to 0',
    );
    expect(() => gather(x, 0, tensor([[0]], { dtype: 'int32' }) as Tensor)).toThrow('Ranks must be equal');
  });

  it('slopes at zeros and bounds are finite, or infinite with a sign', () => {
    expect(slopes(make([2, 2, 2], [3]), (x) => std(x) as Tensor)).toEqual([0, 0, 0]);
    expect(slopes(make([0, 4], [2]), (x) => norm(x, { p: 0.5 }) as Tensor)).toEqual([0, 1]);
    expect(slopes(make([3], []), (x) => softmax(x, 0) as Tensor)).toEqual([0]);
    expect(slopes(make([Number.NaN, 2], [2]), (x) => pow(x, 0) as Tensor)).toEqual([0, 0]);
    expect(slopes(make([0, -0, 2], [3]), (x) => pow(x, -2) as Tensor)).toEqual([
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      -0.25,
    ]);
    expect(slopes(make([1, -1, 0], [3]), (x) => atanh(x) as Tensor)).toEqual([
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      1,
    ]);
    expect(slopes(make([0, 6, 3], [3]), (x) => hardtanh(x, { minVal: 0, maxVal: 6 }) as Tensor)).toEqual([
      0, 0, 1,
    ]);
    const sixth = Math.fround(1 / 6);
    expect(slopes(make([-3, 3, 0], [3]), (x) => hardsigmoid(x) as Tensor)).toEqual([0, 0, sixth]);
  });

  it('NaN is true', async () => {
    setDevice(device);
    expect(await logicalNot(tensor([Number.NaN, 0])).tolist()).toEqual([false, true]);
  });
});

it('rules of their own agree with differences of the function', () => {
  setDevice('wasm');
  const wide = (data: number[]): Tensor => tensor(data, { dtype: 'float64', requiresGrad: true }) as Tensor;
  const inside = (): Tensor => wide([0.3, -0.7, 0.9]);
  const probability = (): Tensor => wide([0.2, 0.5, 0.9]);
  for (const power of [-1, -2, -3, -8])
    expect(gradcheck((x) => pow(x, power) as Tensor, [inside()])).toBe(true);
  expect(gradcheck((x) => atanh(x) as Tensor, [inside()])).toBe(true);
  expect(gradcheck((x) => norm(x, { p: 0.5 }) as Tensor, [inside()])).toBe(true);
  expect(gradcheck((x) => std(x) as Tensor, [inside()])).toBe(true);
  expect(gradcheck((x, y) => binaryCrossEntropy(x, y) as Tensor, [probability(), wide([0.4, 1, 0])])).toBe(
    true,
  );
});
