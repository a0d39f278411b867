import { describe, expect, it } from 'vitest';
import { compile } from '../tensor/compile.ts';
import { randn, tensor, zeros } from '../tensor/create.ts';
import { gradcheck } from '../tensor/gradcheck.ts';
import type { Tensor } from '../tensor/tensor.ts';
import * as nn from './index.ts';

describe('SinusoidalPositionalEncoding', () => {
  it.each([6, 5])('adds sines and cosines of %i features', async (features) => {
    const layer = new nn.SinusoidalPositionalEncoding(features);
    const got = (await layer.forward(zeros([4, features]), { start: 2 }).tolist()) as number[][];
    got.forEach((row, t) => {
      row.forEach((value, i) => {
        const angle = (t + 2) * 10_000 ** ((i % 2) / features - i / features);
        expect(value).toBeCloseTo(i % 2 ? Math.cos(angle) : Math.sin(angle), 5);
      });
    });
    expect(layer.stateDict()).toEqual({});
  });
});

describe('LearnedPositionalEmbedding', () => {
  it('adds rows of its weight', async () => {
    const layer = new nn.LearnedPositionalEmbedding(6, 3);
    expect(Object.keys(layer.stateDict())).toEqual(['weight']);
    const rows = await layer.weight.narrow(0, 1, 4).tolist();
    expect(await layer.forward(zeros([4, 3]), { start: 1 }).tolist()).toEqual(rows);
    layer
      .forward(zeros([2, 3]))
      .sum()
      .backward();
    expect(await layer.weight.grad!.sum(1).tolist()).toEqual([3, 3, 0, 0, 0, 0]);
    const other = new nn.LearnedPositionalEmbedding(6, 3);
    other.loadStateDict(layer.stateDict());
    expect(await other.weight.data()).toEqual(await layer.weight.data());
  });

  it('says where it ends', () => {
    const layer = new nn.LearnedPositionalEmbedding(6, 3);
    expect(() => layer.forward(zeros([4, 3]), { start: 3 })).toThrow(
      'LearnedPositionalEmbedding: 4 positions from 3 on are outside the 6 there are',
    );
    const start = tensor(3, { dtype: 'int32' });
    expect(() => layer.forward(zeros([4, 3]), { start }).dataSync()).toThrow(/LearnedPositionalEmbedding/);
  });
});

describe.each([
  ['sinusoidal', (batchFirst: boolean) => new nn.SinusoidalPositionalEncoding(3, { batchFirst })],
  ['learned', (batchFirst: boolean) => new nn.LearnedPositionalEmbedding(6, 3, { batchFirst })],
] as const)('%s positions', (_, make) => {
  it('take the batch first, second, or none, and the start as a tensor', async () => {
    const [first, second] = [make(true), make(false)];
    second.loadStateDict(first.stateDict());
    const x: Tensor = randn([2, 4, 3]);
    const want = await first.forward(x).tolist();
    expect(await second.forward(x.transpose(0, 1)).transpose(0, 1).tolist()).toEqual(want);
    expect(await second.forward(x.select(0, 1)).tolist()).toEqual((want as unknown[])[1]);
    const step = compile((x: Tensor, start: Tensor) => first.forward(x, { start }));
    for (const at of [0, 2]) {
      const start = tensor(at, { dtype: 'int32' });
      const steps = (await step(x, start).data()) as Float32Array;
      const plain = (await first.forward(x, { start: at }).data()) as Float32Array;
      steps.forEach((value, i) => {
        expect(value).toBeCloseTo(plain[i], 6);
      });
    }
    expect(step.programs).toBe(1);
    expect(gradcheck((y) => first.forward(y), [randn([2, 4, 3], { dtype: 'float64' })])).toBe(true);
  });

  it('say what does not fit', () => {
    expect(() => make(false).forward(zeros([4, 2]))).toThrow(
      /: got \[4, 2\], expected \[T, N, 3\] or \[T, 3\]/,
    );
  });
});
