import { describe, expect, expectTypeOf, it } from 'vitest';
import { compile } from '../tensor/compile.ts';
import { full, ones, randn, tensor, zeros } from '../tensor/create.ts';
import { scaledDotProductAttention } from '../tensor/functions/attention.ts';
import { concat } from '../tensor/functions/movement.ts';
import { linear } from '../tensor/functions/network.ts';
import { manualSeed } from '../tensor/generator.ts';
import { gradcheck } from '../tensor/gradcheck.ts';
import type { Tensor } from '../tensor/tensor.ts';
import * as nn from './index.ts';

const shapes = (module: nn.Module): Record<string, readonly number[]> =>
  Object.fromEntries(Object.entries(module.stateDict()).map(([name, value]) => [name, value.shape]));

async function expectClose(got: Tensor, want: Tensor, tol = 1e-5): Promise<void> {
  expect(got.shape).toEqual(want.shape);
  const [a, b] = [await got.data(), await want.data()];
  for (let i = 0; i < b.length; i++) expect(Math.abs(a[i] - b[i])).toBeLessThan(tol);
}

/** Two heads of 4 features, one after the other. */
function byHand(layer: nn.MultiheadAttention, q: Tensor, k: Tensor, v: Tensor): Tensor {
  const weights = layer.inProjWeight
    ? layer.inProjWeight.chunk(3)
    : [layer.qProjWeight!, layer.kProjWeight!, layer.vProjWeight!];
  const biases = layer.inProjBias?.chunk(3) ?? [];
  const [qs, ks, vs] = [q, k, v].map((x, i) => linear(x, weights[i], biases[i]).chunk(2, -1));
  const heads = qs.map((head, i) => scaledDotProductAttention(head, ks[i], vs[i]) as Tensor);
  return layer.outProj.forward(concat(heads, -1) as Tensor);
}

/** A layer whose biases are not zero, so that a missing one shows. */
function make(options?: ConstructorParameters<typeof nn.MultiheadAttention>[2]): nn.MultiheadAttention {
  manualSeed(7);
  const layer = new nn.MultiheadAttention(8, 2, { batchFirst: true, ...options });
  for (const [name, parameter] of layer.namedParameters())
    if (name.endsWith('bias')) parameter.value = randn(parameter.shape);
  return layer;
}

describe('MultiheadAttention', () => {
  it('has the names, shapes and first numbers of PyTorch', async () => {
    const layer = new nn.MultiheadAttention(8, 2);
    expect(shapes(layer)).toEqual({
      in_proj_weight: [24, 8],
      in_proj_bias: [24],
      'out_proj.weight': [8, 8],
      'out_proj.bias': [8],
    });
    const weights = await layer.inProjWeight!.data();
    const largest = Math.max(...weights.map(Math.abs));
    expect(largest).toBeLessThan(Math.sqrt(6 / 32));
    expect(largest).toBeGreaterThan(0.9 * Math.sqrt(6 / 32));
    expect((await layer.inProjBias!.data()).every((value) => value === 0)).toBe(true);
    expect((await layer.outProj.bias!.data()).every((value) => value === 0)).toBe(true);
    expect(shapes(new nn.MultiheadAttention(8, 2, { kdim: 3, vdim: 5, bias: false }))).toEqual({
      q_proj_weight: [8, 8],
      k_proj_weight: [8, 3],
      v_proj_weight: [8, 5],
      'out_proj.weight': [8, 8],
    });
  });

  it('is heads of attention, joined and projected', async () => {
    const layer = make();
    const [x, y, z]: Tensor[] = [randn([3, 5, 8]), randn([3, 6, 8]), randn([3, 6, 8])];
    await expectClose(layer.forward(x)[0], byHand(layer, x, x, x));
    await expectClose(layer.forward(x, y)[0], byHand(layer, x, y, y));
    await expectClose(layer.forward(x, y, z)[0], byHand(layer, x, y, z));
    const other = make({ kdim: 3, vdim: 5 });
    const [k, v]: Tensor[] = [randn([3, 6, 3]), randn([3, 6, 5])];
    await expectClose(other.forward(x, k, v)[0], byHand(other, x, k, v));
  });

  it('takes the batch second, or none', async () => {
    const layer = make();
    const second = make({ batchFirst: false });
    const [x, y]: Tensor[] = [randn([3, 5, 8]), randn([3, 6, 8])];
    const [want, weights] = layer.forward(x, y);
    const [got, same] = second.forward(x.transpose(0, 1), y.transpose(0, 1));
    await expectClose(got.transpose(0, 1), want);
    await expectClose(same, weights);
    for (const either of [layer, second]) {
      const [one, itsWeights] = either.forward(x.select(0, 1), y.select(0, 1));
      await expectClose(one, want.select(0, 1));
      await expectClose(itsWeights, weights.select(0, 1));
    }
  });

  it('gives weights: averaged, of each head, or none', async () => {
    const layer = make();
    const x = randn([3, 5, 8]);
    const [, mean] = layer.forward(x);
    const [, each] = layer.forward(x, x, x, { averageAttnWeights: false });
    expect([mean.shape, each.shape]).toEqual([
      [3, 5, 5],
      [3, 2, 5, 5],
    ]);
    await expectClose(each.sum(-1) as Tensor, ones([3, 2, 5]));
    await expectClose(each.mean(1) as Tensor, mean);
    const [, none] = layer.forward(x, x, x, { needWeights: false });
    expectTypeOf(none).toEqualTypeOf<null>();
    expect(none).toBe(null);
  });

  it('ignores masked keys', async () => {
    const layer = make();
    const [x, y]: Tensor[] = [randn([2, 5, 8]), randn([2, 6, 8])];
    const [want] = layer.forward(x, y.narrow(1, 0, 4));
    const hidden = [0, 0, 0, 0, 1, 1];
    const bool = tensor([hidden, hidden], { dtype: 'bool' });
    const float = tensor(hidden.map((no) => (no ? -Infinity : 0)));
    const options: nn.MultiheadAttentionOptions[] = [
      { keyPaddingMask: bool },
      { keyPaddingMask: float.expand([2, 6]) },
      { attnMask: bool.narrow(0, 0, 1).expand([5, 6]) },
      { attnMask: float.expand([5, 6]) },
      { attnMask: float.expand([4, 5, 6]) },
      { attnMask: zeros([5, 6]), keyPaddingMask: bool },
      { attnMask: zeros([5, 6], { dtype: 'bool' }), keyPaddingMask: bool },
    ];
    for (const option of options) await expectClose(layer.forward(x, y, y, option)[0], want);
    const one = layer.forward(x.select(0, 0), y.select(0, 0), y.select(0, 0), {
      keyPaddingMask: bool.select(0, 0),
    });
    await expectClose(one[0], want.select(0, 0));
  });

  it('sees no later position if it is causal', async () => {
    const layer = make();
    const x = randn([2, 5, 8]);
    const [want] = layer.forward(x, x, x, { attnMask: ones([5, 5], { dtype: 'bool' }).triu(1) });
    await expectClose(layer.forward(x, x, x, { isCausal: true })[0], want);
    await expectClose(
      want.narrow(1, 0, 2),
      layer.forward(x.narrow(1, 0, 2), undefined, undefined, { isCausal: true })[0],
    );
  });

  it('drops weights while training only', async () => {
    const layer = make({ dropout: 0.9 });
    const x = randn([2, 5, 8]);
    const zerosIn = async (): Promise<number> =>
      (await layer.forward(x, x, x, { averageAttnWeights: false })[1].data()).filter((value) => value === 0)
        .length;
    expect(await zerosIn()).toBeGreaterThan(60);
    layer.eval();
    expect(await zerosIn()).toBe(0);
  });

  it('is loaded bit for bit, and the same inside compile', async () => {
    const layer = make();
    const other = new nn.MultiheadAttention(8, 2, { batchFirst: true });
    other.loadStateDict(layer.stateDict());
    const x = randn([2, 5, 8]);
    const want = await layer.forward(x)[0].data();
    expect(await other.forward(x)[0].data()).toEqual(want);
    const run = compile((x: Tensor) => other.forward(x));
    await expectClose(run(x)[0], layer.forward(x)[0]);
    await expectClose(run(x)[1], layer.forward(x)[1]);
  });

  it('has the right gradient', () => {
    const layer = make();
    const inputs = [randn([2, 3, 8], { dtype: 'float64' }), randn([2, 4, 8], { dtype: 'float64' })];
    const mask = tensor(
      [
        [0, 0, 1, 0],
        [1, 1, 1, 1],
      ],
      { dtype: 'bool' },
    );
    expect(gradcheck((x, y) => layer.forward(x, y, y, { keyPaddingMask: mask })[0], inputs)).toBe(true);
    expect(gradcheck((x, y) => layer.forward(x, y)[1], inputs)).toBe(true);
  });

  it('says what does not fit', () => {
    const layer = make();
    const x: Tensor = zeros([2, 5, 8]);
    const name = 'MultiheadAttention(8, 2)';
    expect(() => layer.forward(zeros([2, 5, 7]))).toThrow(
      `${name}: query: got [2, 5, 7], expected [N, T, 8]`,
    );
    expect(() => layer.forward(zeros([8]))).toThrow(`${name}: query: got [8]`);
    expect(() => layer.forward(x, zeros([3, 5, 8]))).toThrow(
      `${name}: key: got [3, 5, 8], expected [2, 5, 8]`,
    );
    expect(() => layer.forward(x, x, zeros([2, 4, 8]))).toThrow(
      `${name}: value: got [2, 4, 8], expected [2, 5, 8]`,
    );
    const bool = { dtype: 'bool' } as const;
    expect(() => layer.forward(x, x, x, { attnMask: ones([4, 5], bool) })).toThrow(
      `${name}: attnMask: got [4, 5], expected [5, 5] or [4, 5, 5]`,
    );
    expect(() => layer.forward(x, x, x, { keyPaddingMask: ones([5, 2], bool) })).toThrow(
      `${name}: keyPaddingMask: got [5, 2], expected [2, 5]`,
    );
    expect(() => layer.forward(x, x, x, { keyPaddingMask: ones([2, 5], { dtype: 'int32' }) })).toThrow(
      `${name}: keyPaddingMask is int32, expected bool or a float`,
    );
    expect(() => new nn.MultiheadAttention(8, 3)).toThrow(
      'MultiheadAttention: numHeads 3 does not divide embedDim 8',
    );
    expect(() => new nn.MultiheadAttention(8, 2, { dropout: -1 })).toThrow('dropout is a probability');
  });
});

describe('KeyValueCache', () => {
  it('makes step after step equal to all positions at once, in one program', async () => {
    const layer = make();
    const x: Tensor = randn([2, 6, 8]);
    const [want] = layer.forward(x, x, x, { isCausal: true });
    const cache = new nn.KeyValueCache([2, 2, 6, 4]);
    const step = compile((x: Tensor) => layer.forward(x, x, x, { cache, needWeights: false })[0]);
    for (let round = 0; round < 2; round++) {
      for (let t = 0; t < 6; t++) await expectClose(step(x.narrow(1, t, 1)), want.narrow(1, t, 1));
      expect(await cache.length.item()).toBe(6);
      cache.reset();
    }
    expect(step.programs).toBe(1);
  });

  it('takes several positions at once', async () => {
    const layer = make();
    const x: Tensor = randn([2, 6, 8]);
    const [want] = layer.forward(x, x, x, { isCausal: true });
    const cache = new nn.KeyValueCache([2, 2, 9, 4]);
    const parts = x.split([3, 2, 1], 1).map((part) => layer.forward(part, part, part, { cache })[0]);
    await expectClose(concat(parts, 1) as Tensor, want);
  });

  it('says what does not fit', async () => {
    const cache = new nn.KeyValueCache([1, 2, 3, 4]);
    const part: Tensor = full([1, 2, 2, 4], 1);
    expect(() => cache.append(zeros([1, 2, 1, 5]), zeros([1, 2, 1, 5]))).toThrow(
      'KeyValueCache.append: keys: got [1, 2, 1, 5], expected [1, 2, up to 3, 4]',
    );
    await cache.append(part, part)[2].data();
    await expect(async () => cache.append(part, part)[2].data()).rejects.toThrow(/KeyValueCache.append/);
    expect(() => new nn.KeyValueCache([1, 2, 0, 4])).toThrow(
      'KeyValueCache: maxLength is a positive integer, got 0',
    );
  });
});
