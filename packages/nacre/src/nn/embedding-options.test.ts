import { describe, expect, it } from 'vitest';
import { compile } from '../tensor/compile.ts';
import { tensor } from '../tensor/create.ts';
import { setDevice } from '../tensor/engine.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Embedding, EmbeddingBag, MultiheadAttention } from './index.ts';

const ids = (list: number[]): Tensor => tensor(list, { dtype: 'int32' });

describe.each(['reference', 'wasm'] as const)('on %s', (device) => {
  it.each([false, true])('maxNorm shortens the rows that are looked up, compiled: %s', async (isCompiled) => {
    setDevice(device);
    const layer = new Embedding(3, 2, { maxNorm: 1 });
    layer.weight.value = tensor([
      [3, 4],
      [0.3, 0.4],
      [6, 8],
    ]);
    const step = (x: Tensor): Tensor => {
      layer.weight.grad = null;
      const y = layer.forward(x);
      y.sum().backward();
      return y;
    };
    const y = (isCompiled ? compile(step) : step)(ids([0, 1, 0]));
    const [first, second] = (await y.tolist()) as number[][];
    expect(first[0]).toBeCloseTo(0.6, 5);
    expect(second[0]).toBeCloseTo(0.3, 5);
    const weight = (await layer.weight.tolist()) as number[][];
    expect(weight[0][1]).toBeCloseTo(0.8, 5);
    expect(weight[2]).toEqual([6, 8]);
    expect(await layer.weight.grad!.tolist()).toEqual([
      [2, 2],
      [1, 1],
      [0, 0],
    ]);
  });

  it('scaleGradByFreq divides gradients by how often a row comes', async () => {
    setDevice(device);
    const layer = new Embedding(3, 1, { scaleGradByFreq: true });
    layer
      .forward(ids([0, 2, 2, 2, 2]))
      .mul(tensor([[1], [1], [2], [3], [6]]))
      .sum()
      .backward();
    expect(await layer.weight.grad!.tolist()).toEqual([[1], [0], [3]]);
  });

  it('keys and values that attention adds are seen by causal queries, and by those of a compiled step', async () => {
    setDevice(device);
    const layer = new MultiheadAttention(4, 2, { batchFirst: true, addBiasKv: true, addZeroAttn: true });
    const x = tensor([
      [
        [1, 0, 0, 1],
        [0, 1, 1, 0],
      ],
    ]);
    const [output, weights] = layer.forward(x, x, x, { isCausal: true });
    const [[[, unseen, bias, zero], last]] = (await weights.tolist()) as number[][][];
    expect(unseen).toBe(0);
    expect(bias).toBeGreaterThan(0);
    expect(zero).toBeGreaterThan(0);
    expect(last).toHaveLength(4);
    const run = compile((input: Tensor) => layer.forward(input, input, input, { isCausal: true })[0]);
    const same = ((await run(x).tolist()) as number[][][]).flat(2);
    ((await output.tolist()) as number[][][]).flat(2).forEach((number, i) => {
      expect(same[i]).toBeCloseTo(number, 5);
    });
  });
});

it('what does not go together is refused', () => {
  expect(() => new Embedding(2, 2, { maxNorm: 0 })).toThrow('Embedding: maxNorm is above zero, got 0');
  expect(() => new EmbeddingBag(2, 2, { mode: 'max', scaleGradByFreq: true })).toThrow(
    "EmbeddingBag: scaleGradByFreq is not for the mode 'max'",
  );
});
