import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../compile.ts';
import { ones, randn, tensor, zeros } from '../create.ts';
import { setDevice } from '../engine.ts';
import { cumprod, cumsum, scan } from '../functions.ts';
import { manualSeed } from '../generator.ts';
import { grad } from '../grad.ts';
import { gradcheck } from '../gradcheck.ts';
import type { Tensor } from '../tensor.ts';

describe.each(['wasm', 'reference'] as const)('on %s', (device) => {
  beforeAll(() => setDevice(device));
  afterAll(() => setDevice('wasm'));

  test('scan gives the last carry and what was collected, in the form they had', () => {
    const [last, collected] = scan(
      ({ sum, pair: [first, second] }, { x, y: [y] }) => {
        const next = { sum: sum.add(x), pair: [second, first] as const };
        return [next, [{ sum: next.sum }, y.mul(2), null]];
      },
      { sum: zeros([]), pair: [tensor(1), tensor(2)] as const },
      { x: tensor([1, 2, 3]), y: [tensor([4, 5, 6])] },
    );
    expect(last.sum.itemSync()).toBe(6);
    expect(last.pair.map((part) => part.itemSync())).toEqual([2, 1]);
    expect(collected[0].sum.tolistSync()).toEqual([1, 3, 6]);
    expect(collected[1].tolistSync()).toEqual([8, 10, 12]);
    expect(collected[2]).toBeNull();
  });

  test('scan without sequences runs `length` steps, without a state it maps, in reverse it keeps places', () => {
    const [power, powers] = scan((value) => [value.mul(2), value], tensor(1), null, { length: 4 });
    expect(power.itemSync()).toBe(16);
    expect(powers.tolistSync()).toEqual([1, 2, 4, 8]);
    const [nothing, squares] = scan((_, x) => [null, x.square()], null, tensor([1, 2, 3]));
    expect(nothing).toBeNull();
    expect(squares.tolistSync()).toEqual([1, 4, 9]);
    const [, sums] = scan((sum, x) => [sum.add(x), sum], zeros([]), tensor([1, 2, 3]), { reverse: true });
    expect(sums.tolistSync()).toEqual([5, 3, 0]);
  });

  test('scan sees gradients through what it uses from outside, and runs inside compile', () => {
    const rate = tensor(0.5);
    const f = (r: Tensor): Tensor => {
      const [last] = scan((value: Tensor) => [value.mul(r), null], tensor(3) as Tensor, null, { length: 3 });
      return last;
    };
    expect(f(rate).itemSync()).toBe(0.375);
    expect(grad(f)(rate).itemSync()).toBeCloseTo(9 * 0.25, 5);
    expect(compile(grad(f))(rate).itemSync()).toBeCloseTo(9 * 0.25, 5);
  });

  test('a scan in the step of a scan, with gradients through both, capturing from inside and outside', async () => {
    manualSeed(3);
    const dtype = 'float64';
    const f = (x: Tensor, w: Tensor): Tensor => {
      const [last, all] = scan(
        (h: Tensor, row: Tensor) => {
          const scaled = h.mul(w);
          const [inner] = scan(
            (g: Tensor, v: Tensor) => [g.mul(0.5).add(scaled).add(v).tanh(), null],
            h,
            row,
            {
              reverse: true,
            },
          );
          return [inner, inner.mul(2)];
        },
        zeros([2], { dtype }) as Tensor,
        x,
      );
      return last.sum().add((all as Tensor).square().sum());
    };
    const x = randn([3, 4, 2], { dtype }) as Tensor;
    const w = randn([2], { dtype }) as Tensor;
    let h = [0, 0];
    const [rows, weights] = [x.tolistSync() as number[][][], w.tolistSync() as number[]];
    let expected = 0;
    for (const row of rows) {
      const scaled = h.map((value, i) => value * weights[i]);
      for (const v of [...row].reverse()) h = h.map((value, i) => Math.tanh(value * 0.5 + scaled[i] + v[i]));
      expected += h.reduce((sum, value) => sum + 4 * value * value, 0);
    }
    expected += h[0] + h[1];
    expect(f(x, w).itemSync()).toBeCloseTo(expected, 10);
    expect(compile(f)(x, w).itemSync()).toBeCloseTo(expected, 10);
    await gradcheck(f, [x, w]);
  });

  test('cumsum and cumprod go along any axis, and integers stay integers', () => {
    const x = tensor([
      [1, 2, 3],
      [4, 0, 6],
    ]);
    expect(x.cumsum(1).tolistSync()).toEqual([
      [1, 3, 6],
      [4, 4, 10],
    ]);
    expect(cumprod(x, -1).tolistSync()).toEqual([
      [1, 2, 6],
      [4, 0, 0],
    ]);
    expect(x.cumprod(0).tolistSync()).toEqual([
      [1, 2, 3],
      [4, 0, 18],
    ]);
    expect(cumsum(ones([2, 3, 2]), 1).tolistSync()).toEqual(
      Array(2).fill([
        [1, 1],
        [2, 2],
        [3, 3],
      ]),
    );
    const integers = cumsum(tensor([true, false, true], { dtype: 'bool' }), 0);
    expect(integers.dtype).toBe('int32');
    expect(integers.tolistSync()).toEqual([1, 1, 2]);
    expect(cumsum(tensor(3), 0).itemSync()).toBe(3);
    expect(cumsum(zeros([2, 0]), 1).shape).toEqual([2, 0]);
    expect(cumprod(tensor([Number.NaN, 1]), 0).tolistSync()).toEqual([Number.NaN, Number.NaN]);
  });

  test('cumsum and cumprod agree with finite differences, at zeros too', () => {
    manualSeed(7);
    const x = randn([2, 4, 3], { dtype: 'float64' });
    expect(gradcheck((y) => cumsum(y, 1), [x])).toBe(true);
    expect(gradcheck((y) => cumprod(y, -2), [x])).toBe(true);
    const withZeros = tensor([2, 0, 3, 0, 5], { dtype: 'float64' });
    expect(gradcheck((y) => cumprod(y, 0), [withZeros])).toBe(true);
  });
});

describe('errors', () => {
  const step = (sum: Tensor, x: Tensor): [Tensor, Tensor] => [sum.add(x), sum];

  test('name the entry of the state that changes', () => {
    expect(() =>
      scan(
        ({ h }: { h: Tensor }, x: Tensor) => [{ h: h.add(x) }, null],
        { h: zeros([2]) as Tensor },
        zeros([3, 4, 2]),
      ),
    ).toThrow('scan: carry.h begins as float32[2] and becomes float32[4, 2]');
    expect(() => scan(([h]) => [[h, h] as never, null], [zeros([])], null, { length: 2 })).toThrow(
      'scan: carry[1] begins as nothing and becomes float32[]',
    );
    expect(() =>
      scan((n: Tensor) => [n.mul(0.5), null], tensor(1, { dtype: 'int32' }) as Tensor, null, { length: 2 }),
    ).toThrow('scan: carry begins as int32[] and becomes float32[]');
  });

  test('say which lengths differ, or are missing', () => {
    expect(() => scan(step, zeros([]), zeros([0]))).toThrow('scan: needs one step or more, got 0');
    expect(() => scan((sum) => [sum, null], zeros([]), null)).toThrow(
      'scan: without xs, the number of steps is not known. Give { length }',
    );
    expect(() =>
      scan((sum, { a, b }) => [sum.add(a).add(b), null], zeros([]), { a: zeros([3]), b: zeros([4]) }),
    ).toThrow('scan: xs.a gives 3 steps, xs.b [4] 4');
    expect(() => scan(step, zeros([]), zeros([3]), { length: 2 })).toThrow(
      'scan: length gives 2 steps, xs [3] 3',
    );
    expect(() => scan(step, zeros([]), zeros([]))).toThrow('scan: xs is one number');
  });

  test('say what a step has to give', () => {
    expect(() => scan((sum) => sum as never, zeros([]), zeros([3]))).toThrow(
      'scan: the function gives [carry, y]',
    );
    expect(() => scan(() => [null, null], null, zeros([3]))).toThrow(
      'scan: there is neither a state nor anything to collect',
    );
    expect(() => scan((sum) => [sum, 3 as never], zeros([]), zeros([3]))).toThrow('scan: y is number');
    expect(() => cumsum(zeros([2]) as Tensor, 1)).toThrow(/cumsum: axis 1 is outside/);
  });
});
