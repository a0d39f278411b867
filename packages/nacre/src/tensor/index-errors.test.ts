import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IndexError } from '../base/errors.ts';
import { compile } from './compile.ts';
import { randn, tensor, zeros } from './create.ts';
import { setDevice, setThreads, threadsReady } from './engine.ts';
import { crossEntropy, embedding, gather, indexSelect, oneHot, scatterAdd } from './functions.ts';
import type { Tensor } from './tensor.ts';

const indices = (...values: number[]): Tensor =>
  tensor(values, { dtype: 'int32', shape: [values.length] }) as Tensor;

/** Indices are data, so they are checked where they are used: by the program that meets them. */
describe.each(['wasm', 'reference'] as const)('an index outside its axis, on %s', (device) => {
  beforeAll(async () => {
    setDevice(device);
    setThreads(2);
    await threadsReady();
  });
  afterAll(() => setDevice('wasm'));

  const table = zeros([5, 3]) as Tensor;
  const cases: Record<string, [() => Tensor, RegExp]> = {
    embedding: [() => embedding(indices(0, 5), table), /^embedding: index 5 is outside 0 to 4/],
    'embedding, negative': [() => embedding(indices(-1), table), /^embedding: index -1 is outside 0 to 4/],
    indexSelect: [() => indexSelect(table, 1, indices(3)), /^indexSelect: index 3 is outside 0 to 2/],
    gather: [() => gather(table, 0, tensor([[7]], { dtype: 'int32' })), /^gather: index 7 is outside 0 to 4/],
    scatterAdd: [
      () => scatterAdd(table, 0, tensor([[9]], { dtype: 'int32' }), zeros([1, 1])),
      /^scatterAdd: index 9 is outside 0 to 4/,
    ],
    oneHot: [() => oneHot(indices(4), 4), /^oneHot: index 4 is outside 0 to 3/],
    crossEntropy: [
      () => crossEntropy(zeros([2, 3]) as Tensor, indices(0, 3)),
      /^crossEntropy: index 3 is outside 0 to 2/,
    ],
  };

  test.each(Object.entries(cases))('%s', (_, [build, message]) => {
    expect(() => build().dataSync()).toThrow(IndexError);
    expect(() => build().dataSync()).toThrow(message);
  });

  test('an ignored label may be anything', () => {
    const loss = crossEntropy(zeros([2, 3]) as Tensor, indices(0, -100));
    expect(loss.itemSync()).toBeCloseTo(Math.log(3), 5);
  });

  test('is found by a compiled program, on every thread, and the next call works', () => {
    const weight = randn([1000, 64]) as Tensor;
    const f = compile((index: Tensor) => embedding(index, weight).sum());
    const good = tensor(
      Int32Array.from({ length: 8000 }, (_, i) => i % 1000),
      { dtype: 'int32' },
    ) as Tensor;
    const before = f(good).itemSync();
    const bad = tensor(
      Int32Array.from({ length: 8000 }, (_, i) => (i === 7999 ? 1000 : i % 1000)),
      { dtype: 'int32' },
    ) as Tensor;
    expect(() => f(bad)).toThrow(/embedding: index 1000 is outside 0 to 999/);
    expect(f(good).itemSync()).toBe(before);
  });
});
