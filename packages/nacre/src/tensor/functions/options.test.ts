import { describe, expect, expectTypeOf, it } from 'vitest';
import { compile } from '../compile.ts';
import { ones, tensor } from '../create.ts';
import { setDevice } from '../engine.ts';
import * as f from '../functions.ts';
import type { Tensor } from '../tensor.ts';

describe.each(['reference', 'wasm'] as const)('on %s', (device) => {
  it('sums, products and means come in the dtype asked for', async () => {
    setDevice(device);
    const x = tensor([200, 100], { dtype: 'uint8' });
    const wide = f.sum(x, 0, { dtype: 'float64' });
    expectTypeOf(wide.dtype).toEqualTypeOf<'float64'>();
    expect([wide.dtype, await wide.item()]).toEqual(['float64', 300]);
    expect(f.sum(x).dtype).toBe('int32');
    expect([x.prod(null, { dtype: 'float32' }).dtype, await x.prod().item()]).toEqual(['float32', 20000]);
    expect([x.mean(0, { dtype: 'float64' }).dtype, await x.mean().item()]).toEqual(['float64', 150]);
    // 2²⁴ + 1 is no float32.
    const large = tensor([2 ** 24, 1]);
    expect(await large.cumsum(0, { dtype: 'float64' }).tolist()).toEqual([2 ** 24, 2 ** 24 + 1]);
    expect(f.cumprod(x, 0, { dtype: 'int32' }).dtype).toBe('int32');
    expect(f.softmax(large, 0, { dtype: 'float64' }).dtype).toBe('float64');
    expect(() => f.softmax(x, 0, { dtype: 'int32' })).toThrow('softmax: dtype is that of floats');
    expect(() => f.sum(x, 0, { dtype: 'float8' as 'float32' })).toThrow("got 'float8'");
  });

  it('clamp broadcasts bounds that are tensors, and gives them gradients', async () => {
    setDevice(device);
    const [x, low] = [
      tensor(
        [
          [1, 5],
          [3, 4],
        ],
        { requiresGrad: true },
      ),
      tensor([2, 0], { requiresGrad: true }),
    ];
    const y = x.clamp(low, tensor([[9], [3.5]]));
    expectTypeOf(y.shape).toEqualTypeOf<readonly [2, 2]>();
    expect(await y.tolist()).toEqual([
      [2, 5],
      [3, 3.5],
    ]);
    y.sum().backward();
    expect(await x.grad!.tolist()).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(await low.grad!.tolist()).toEqual([1, 0]);
  });

  it('max pooling and its way back work in compiled functions, with gradients', async () => {
    setDevice(device);
    const image = tensor(
      [
        [
          [
            [1, 5, 2],
            [4, 3, 9],
          ],
        ],
      ],
      { requiresGrad: true },
    );
    const there = (x: Tensor): Tensor => {
      const [values, indices] = f.maxPool2d(x, 2, { stride: 1, returnIndices: true });
      return f.maxUnpool2d(values, indices, 2, { stride: 1 });
    };
    const want = [
      [
        [
          [0, 5, 0],
          [0, 0, 9],
        ],
      ],
    ];
    expect(await compile(there)(image.detach()).tolist()).toEqual(want);
    const y = there(image);
    expect(await y.tolist()).toEqual(want);
    y.mul(
      tensor([
        [
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
        ],
      ]),
    )
      .sum()
      .backward();
    expect(await image.grad!.tolist()).toEqual([
      [
        [
          [0, 2, 0],
          [0, 0, 6],
        ],
      ],
    ]);
  });

  it('quotients of integers are exact', async () => {
    setDevice(device);
    const most = 2 ** 31 - 1;
    const x = tensor([most, -most, 7], { dtype: 'int32' });
    const floor = x.div(tensor([most, 2, -2], { dtype: 'int32' }), { roundingMode: 'floor' });
    expectTypeOf(floor.dtype).toEqualTypeOf<'int32'>();
    expect([floor.dtype, await floor.tolist()]).toEqual(['int32', [1, -(2 ** 30), -4]]);
  });
});

it('options that make no sense are refused', () => {
  const whole = ones([2], { dtype: 'int32' });
  expect(() => whole.add(whole, { alpha: 0.5 })).toThrow('add: alpha is a whole number');
  expect(() => whole.round({ decimals: 1 })).toThrow('round: decimals is a whole number, and for floats');
  expect(() => whole.div(2, { roundingMode: 'up' as 'floor' })).toThrow("got 'up'");
  expect(() => f.avgPool2d(ones([1, 1, 2, 2]), 2, { divisorOverride: 0 })).toThrow(
    'divisorOverride is not 0',
  );
  expect(() => f.binaryCrossEntropy(ones([2, 3]), ones([2, 3]), { weight: ones([2]) })).toThrow(
    'binaryCrossEntropy: weight: [2], input: [2, 3]',
  );
  const pooled = ones([1, 1, 2]);
  expect(() => f.maxUnpool1d(pooled, ones([1, 1, 3], { dtype: 'int32' }), 2)).toThrow('indices: [1, 1, 3]');
  const places = ones([1, 1, 2], { dtype: 'int32' });
  expect(() => f.maxUnpool1d(pooled, places, 2, { outputSize: [9] })).toThrow('maxUnpool1d: outputSize [9]');
});

it('operations of two can still be handed to reduce', async () => {
  const parts = [ones([2]), ones([2]), ones([2])];
  expect(await parts.reduce((total, part) => f.add(total, part)).tolist()).toEqual([3, 3]);
  expect(await (parts as never as { reduce(f: unknown): Tensor }).reduce(f.add).tolist()).toEqual([3, 3]);
});
