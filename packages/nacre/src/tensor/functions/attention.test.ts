import { afterAll, describe, expect, expectTypeOf, it } from 'vitest';
import { compile } from '../compile.ts';
import { arange, eye, ones, rand, randn, tensor, zeros } from '../create.ts';
import { setDevice } from '../engine.ts';
import { manualSeed } from '../generator.ts';
import { valueAndGrad } from '../grad.ts';
import { gradcheck } from '../gradcheck.ts';
import { explain } from '../inspect.ts';
import type { Tensor } from '../tensor.ts';
import {
  applyRotary,
  type ScaledDotProductAttentionOptions,
  scaledDotProductAttention,
} from './attention.ts';
import { matmul } from './index-by.ts';
import { softmax } from './reduce.ts';

afterAll(() => setDevice('wasm'));

const f64 = { dtype: 'float64' } as const;
const lower = (rows: number, columns: number): Tensor =>
  arange(columns)
    .reshape([1, columns])
    .le(arange(rows).reshape([rows, 1]));

/** Every score at once, by the formula. */
function plain(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  { attnMask, isCausal, scale }: ScaledDotProductAttentionOptions = {},
): Tensor {
  let scores = matmul(q, k.transpose(-1, -2)).mul(scale ?? 1 / Math.sqrt(q.shape.at(-1)!)) as Tensor;
  const mask = isCausal ? lower(q.shape.at(-2)!, k.shape.at(-2)!) : attnMask;
  if (mask) scores = mask.dtype === 'bool' ? scores.maskedFill(mask.logicalNot(), -1e30) : scores.add(mask);
  return matmul(softmax(scores, -1), v);
}

async function expectClose(got: Tensor, want: Tensor, tol: number): Promise<void> {
  expect(got.shape).toEqual(want.shape);
  const [a, b] = [await got.data(), await want.data()];
  let worst = 0;
  for (let i = 0; i < b.length; i++) worst = Math.max(worst, Math.abs(a[i] - b[i]));
  expect(worst).toBeLessThan(tol);
}

describe.each(['reference', 'wasm'] as const)('scaledDotProductAttention on %s', (device) => {
  it.each<[string, () => ScaledDotProductAttentionOptions]>([
    ['nothing else', () => ({})],
    ['a causal mask', () => ({ isCausal: true })],
    ['a scale', () => ({ scale: 0.5 })],
    [
      'a bool mask',
      () => ({ attnMask: tensor([[true, false, true, true, false, true]], { dtype: 'bool' }) }),
    ],
    ['a bool mask for each row', () => ({ attnMask: lower(5, 6) })],
    ['a float mask for each batch', () => ({ attnMask: randn([2, 1, 5, 6], f64) })],
    ['a mask of one axis', () => ({ attnMask: randn([6], f64) })],
  ])('is the formula, with %s', async (_, make) => {
    setDevice(device);
    manualSeed(1);
    const [q, k, v] = [randn([2, 3, 5, 4], f64), randn([2, 3, 6, 4], f64), randn([2, 3, 6, 7], f64)];
    const options = make();
    await expectClose(scaledDotProductAttention(q, k, v, options), plain(q, k, v, options), 1e-12);
  });

  it('broadcasts leading axes', async () => {
    setDevice(device);
    const [q, k, v] = [randn([2, 3, 5, 4]), randn([3, 6, 4]), randn([6, 7])];
    await expectClose(scaledDotProductAttention(q, k, v), plain(q, k, v), 1e-5);
    await expectClose(scaledDotProductAttention(v, v, v), plain(v, v, v), 1e-5);
  });

  it('gives 0, and no gradient, to a row that may see nothing', async () => {
    setDevice(device);
    const [q, k, v] = [randn([2, 4], f64), randn([3, 4], f64), randn([3, 5], f64)];
    const masks = [
      tensor(
        [
          [true, false, true],
          [false, false, false],
        ],
        { dtype: 'bool' },
      ),
      tensor(
        [
          [0, -Infinity, 0],
          [-Infinity, -Infinity, -Infinity],
        ],
        f64,
      ),
    ];
    for (const attnMask of masks) {
      const f = (...args: Tensor[]): Tensor =>
        scaledDotProductAttention(args[0], args[1], args[2], { attnMask }) as Tensor;
      const rows = (await f(q, k, v).tolist()) as number[][];
      expect(rows[1]).toEqual([0, 0, 0, 0, 0]);
      expect(rows[0].every((value) => Number.isFinite(value) && value !== 0)).toBe(true);
      const [, [dq, dk, dv]] = valueAndGrad((...args: Tensor[]) => f(...args).sum(), [0, 1, 2])(q, k, v);
      expect(((await dq.tolist()) as number[][])[1]).toEqual([0, 0, 0, 0]);
      for (const gradient of [dq, dk, dv]) expect((await gradient.data()).every(Number.isFinite)).toBe(true);
      expect(gradcheck(f, [q, k, v])).toBe(true);
    }
  });
});

describe('scaledDotProductAttention', () => {
  it('has the right gradient, that of a float mask included', () => {
    manualSeed(2);
    const [q, k, v] = [randn([2, 3, 4], f64), randn([2, 5, 4], f64), randn([2, 5, 2], f64)];
    const mask = randn([3, 5], f64);
    const masked = (...[q, k, v, attnMask]: Tensor[]): Tensor =>
      scaledDotProductAttention(q, k, v, { attnMask, scale: 0.7 }) as Tensor;
    expect(gradcheck(masked, [q, k, v, mask])).toBe(true);
    const causal = (...[q, k, v]: Tensor[]): Tensor =>
      scaledDotProductAttention(q, k, v, { isCausal: true }) as Tensor;
    expect(gradcheck(causal, [q, k, v])).toBe(true);
  });

  it('takes empty tensors', async () => {
    expect(await scaledDotProductAttention(zeros([2, 3]), zeros([0, 3]), zeros([0, 4])).tolist()).toEqual([
      [0, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    expect(scaledDotProductAttention(zeros([0, 3]), zeros([2, 3]), zeros([2, 4])).shape).toEqual([0, 4]);
  });

  it('drops weights with probability p, and keeps their mean', async () => {
    manualSeed(3);
    const out = await scaledDotProductAttention(zeros([100, 1]), zeros([50, 1]), eye(50), {
      dropoutP: 0.2,
    }).data();
    const dropped = out.filter((value) => value === 0).length;
    expect(Math.abs(dropped / out.length - 0.2)).toBeLessThan(0.02);
    for (const value of out) expect(value === 0 || Math.abs(value - 0.025) < 1e-7).toBe(true);
  });

  it('says what does not fit', () => {
    const [q, k, v]: Tensor[] = [zeros([2, 5, 4]), zeros([2, 6, 4]), zeros([2, 6, 4])];
    expect(() => scaledDotProductAttention(q, zeros([2, 6, 3]) as Tensor, v)).toThrow(
      'scaledDotProductAttention: query: [2, 5, 4], key: [2, 6, 3], value: [2, 6, 4]: expected [..., T, E], [..., S, E] and [..., S, V]',
    );
    expect(() => scaledDotProductAttention(q, k, v, { attnMask: ones([6, 5], { dtype: 'bool' }) })).toThrow(
      'scaledDotProductAttention: attnMask: got [6, 5], expected [2, 5, 6]',
    );
    expect(() => scaledDotProductAttention(q, k, v, { attnMask: ones([5, 6], { dtype: 'int32' }) })).toThrow(
      'attnMask is int32, expected bool or a float',
    );
    expect(() => scaledDotProductAttention(q, k, v, { attnMask: lower(5, 6), isCausal: true })).toThrow(
      'attnMask and isCausal are given',
    );
    expect(() => scaledDotProductAttention(q, k, v, { dropoutP: 2 })).toThrow('dropoutP is a probability');
  });

  it('has a shape in its type', () => {
    const out = scaledDotProductAttention(zeros([2, 5, 4]), zeros([2, 6, 4]), zeros([2, 6, 3]));
    expectTypeOf(out).toEqualTypeOf<Tensor<[2, 5, 3], 'float32'>>();
    // @ts-expect-error queries and keys have 4 and 3 features
    expect(() => scaledDotProductAttention(zeros([5, 4]), zeros([6, 3]), zeros([6, 3]))).toThrow();
  });
});

describe('attention over long sequences', () => {
  // 1,101 rows are blocks of 551 and 550.
  const inputs = (): [Tensor, Tensor, Tensor] => {
    manualSeed(4);
    return [randn([1101, 4]), randn([1000, 4]), randn([1000, 3])];
  };

  it.each<[string, () => ScaledDotProductAttentionOptions]>([
    ['nothing else', () => ({})],
    ['a causal mask', () => ({ isCausal: true })],
    ['a bool mask', () => ({ attnMask: rand([1101, 1000]).lt(0.5) })],
    ['a float mask of one row', () => ({ attnMask: randn([1000]) })],
  ])('is the formula in blocks, with %s', async (_, make) => {
    const [q, k, v] = inputs();
    const options = make();
    const both = (f: typeof plain): Tensor[] => {
      const [value, gradients] = valueAndGrad(
        (q: Tensor, k: Tensor, v: Tensor) => f(q, k, v, options).square().sum(),
        [0, 1, 2],
      )(q, k, v);
      return [f(q, k, v, options), value.div(1000), ...gradients];
    };
    const want = both(plain);
    for (const [i, got] of both(scaledDotProductAttention as typeof plain).entries())
      await expectClose(got, want[i], 1e-4);
  });

  it('drops other weights in each block, and the same ones on the way back', async () => {
    manualSeed(5);
    const v = eye(1024, { requiresGrad: true });
    const out = scaledDotProductAttention(zeros([2048, 1]), zeros([1024, 1]), v, { dropoutP: 0.5 });
    out.sum().backward();
    const [first, second] = [await out.narrow(0, 0, 1).data(), await out.narrow(0, 1024, 1).data()];
    const differ = first.filter((value, i) => value !== second[i]).length;
    expect(Math.abs(differ / 1024 - 0.5)).toBeLessThan(0.06);
    await expectClose(v.grad!.narrow(1, 0, 1).reshape([1024]), out.sum(0) as Tensor, 1e-4);
  });

  it.each([{}, { isCausal: true }, { dropoutP: 0.1 }])(
    'takes less than 64 MB at 4,096 positions of one head of 64, forward and backward: %o',
    (options) => {
      const x: Tensor = zeros([1, 4096, 64]);
      const arena = (text: string): number =>
        Number(/arena +([\d,]+) bytes/.exec(text)![1].replaceAll(',', ''));
      const f = (q: Tensor, k: Tensor, v: Tensor): Tensor =>
        scaledDotProductAttention(q, k, v, options) as Tensor;
      expect(arena(explain(compile(f), x, x, x))).toBeLessThan(32e6);
      const both = compile(valueAndGrad((q: Tensor, k: Tensor, v: Tensor) => f(q, k, v).sum(), [0, 1, 2]));
      expect(arena(explain(both, x, x, x))).toBeLessThan(64e6);
    },
  );
});

describe('applyRotary', () => {
  it('turns pairs by position·base^(-2i / E)', async () => {
    const x = [
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ];
    for (const interleaved of [false, true]) {
      const got = (await applyRotary(tensor(x), { start: 3, base: 100, interleaved }).tolist()) as number[][];
      x.forEach((row, t) => {
        [0, 1].forEach((i) => {
          const angle = (3 + t) * 100 ** (-i / 2);
          const [a, b] = interleaved ? [2 * i, 2 * i + 1] : [i, i + 2];
          expect(got[t][a]).toBeCloseTo(row[a] * Math.cos(angle) - row[b] * Math.sin(angle), 4);
          expect(got[t][b]).toBeCloseTo(row[a] * Math.sin(angle) + row[b] * Math.cos(angle), 4);
        });
      });
    }
  });

  it('makes products depend on distances alone, and takes the start as a tensor', async () => {
    const [q, k] = [randn([6, 8]), randn([6, 8])];
    const products = (start: number | Tensor): Tensor =>
      matmul(applyRotary(q, { start }), applyRotary(k, { start }).transpose(0, 1)) as Tensor;
    await expectClose(products(20), products(0), 1e-4);
    const start = tensor(20, { dtype: 'int32' });
    expect(await applyRotary(q, { start }).data()).toEqual(await applyRotary(q, { start: 20 }).data());
  });

  it('says what does not fit', () => {
    expect(() => applyRotary(zeros([2, 3]))).toThrow(
      'applyRotary: got [2, 3], expected [..., T, E] with an even E',
    );
    expect(() => applyRotary(zeros([2, 4]), { start: zeros([2]) })).toThrow(
      'start is one int32, got float32 [2]',
    );
  });
});
