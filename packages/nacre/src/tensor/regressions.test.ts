import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randint, randn } from './create.ts';
import { setDevice } from './engine.ts';
import { conv2d, embedding, matmul, maxPool2d, mul } from './functions.ts';
import { manualSeed } from './generator.ts';
import type { Tensor } from './tensor.ts';

/** Programs that once did not end or read outside their memory, each with the same numbers on both devices now. */
describe('one program', () => {
  beforeAll(() => setDevice('wasm'));
  afterAll(() => setDevice('wasm'));

  const onBoth = (build: () => Tensor): [number[], number[]] => {
    const [wasm, reference] = (['wasm', 'reference'] as const).map((device) => {
      setDevice(device);
      manualSeed(4);
      return Array.from(build().dataSync() as Float32Array);
    });
    return [wasm, reference];
  };

  const expectSame = ([wasm, reference]: [number[], number[]]): void => {
    expect(wasm.length).toBe(reference.length);
    // Sums of some tens of products, squared: eight units in the last place, beside what cancels.
    const wrong = wasm.filter((value, i) => {
      const allowed = 5e-5 + 1e-6 * Math.abs(reference[i]);
      return !(Math.abs(value - reference[i]) <= allowed);
    });
    expect(wrong).toEqual([]);
  };

  test('may draw the indices it gathers with', () => {
    expectSame(onBoth(() => embedding(randint(0, 9, [4, 12]), randn([9, 16])) as Tensor));
  });

  test.each([
    [3, 2, 1],
    [3, 1, 1],
    [4, 2, 0],
    [5, 3, 2],
  ])(
    'may draw what overlapping windows of %i at distance %i with padding %i pool',
    (size, stride, padding) => {
      expectSame(
        onBoth(() => {
          const x = randn([2, 3, 11, 13], { requiresGrad: true }) as Tensor;
          mul(maxPool2d(x, size, { stride, padding }), randn([1]))
            .sum()
            .backward();
          return x.grad!;
        }),
      );
    },
  );

  test('may divide places left of a padded row by a stride', () => {
    for (const [stride, size] of [
      [2, 16],
      [3, 18],
    ])
      expectSame(
        onBoth(() => {
          const x = randn([2, 3, size, size], { requiresGrad: true }) as Tensor;
          const weight = randn([4, 3, 3, 3]) as Tensor;
          const loss = conv2d(x, weight, null, { stride, padding: 1 }).square().sum() as Tensor;
          loss.backward();
          return x.grad!;
        }),
      );
  });

  test('may take a product of float32 on in float64, and back', () => {
    const wide = { dtype: 'float64' } as const;
    expectSame(onBoth(() => matmul(randn([16, 33]), randn([33, 40])).sub(randn([16, 40], wide)) as Tensor));
    expectSame(
      onBoth(
        () =>
          matmul(randn([16, 33]), randn([33, 40]))
            .to('float64')
            .square()
            .to('float32') as Tensor,
      ),
    );
  });
});
