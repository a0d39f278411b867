import { expect, test } from 'vitest';
import { compile } from '../compile.ts';
import { randn } from '../create.ts';
import { noGrad } from '../grad.ts';
import { Parameter } from '../parameter.ts';
import type { Tensor } from '../tensor.ts';

// Results that are larger than the caches: native code writes them in a way of its own.

const numbersOf = async (x: Tensor): Promise<Float32Array> => (await x.data()) as Float32Array;

/** The largest distance from what is expected at each place; NaN if there is one. */
function worstOf(got: Float32Array, expected: (i: number) => number): number {
  let worst = 0;
  for (let i = 0; i < got.length; i++) {
    const distance = Math.abs(got[i] - expected(i));
    if (Number.isNaN(distance)) return distance;
    worst = Math.max(worst, distance);
  }
  return worst;
}

test.each([
  [4096, 1024],
  [4099, 1027],
])('softmax of %i rows of %i', async (rows, columns) => {
  const x = randn([rows, columns]) as Tensor;
  const inputs = await numbersOf(x);
  const sums = Float64Array.from({ length: rows }, (_, row) =>
    inputs.subarray(row * columns, (row + 1) * columns).reduce((sum, value) => sum + Math.exp(value), 0),
  );
  const got = await numbersOf(compile((x: Tensor) => x.softmax(1) as Tensor)(x));
  expect(worstOf(got, (i) => Math.exp(inputs[i]) / sums[Math.floor(i / columns)])).toBeLessThan(1e-6);
});

test('an elementwise function, and one of a transposed matrix', async () => {
  const [rows, columns] = [2899, 2901];
  const x = randn([rows, columns]) as Tensor;
  const inputs = await numbersOf(x);
  const scaled = await numbersOf(compile((x: Tensor) => x.mul(0.5).add(0.25) as Tensor)(x));
  expect(worstOf(scaled, (i) => inputs[i] * 0.5 + 0.25)).toBeLessThan(1e-6);
  const turned = await numbersOf(compile((x: Tensor) => x.transpose(0, 1).mul(0.5) as Tensor)(x));
  expect(worstOf(turned, (i) => inputs[(i % rows) * columns + Math.floor(i / rows)] * 0.5)).toBe(0);
});

test('an update in its place', async () => {
  const p = new Parameter(randn([2 ** 23 + 3]) as Tensor);
  const before = (await numbersOf(p.value)).slice();
  compile(() => noGrad(() => void (p.value = p.value.mul(0.5).add(1) as Tensor)))();
  expect(worstOf(await numbersOf(p.value), (i) => before[i] * 0.5 + 1)).toBeLessThan(1e-6);
});
