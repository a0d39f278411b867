import { expect } from 'vitest';
import { randn, tensor } from '../../create.ts';
import type { Tensor } from '../../tensor.ts';

export type Wide = 'float32' | 'float64';

export const epsilon = (dtype: Wide): number => (dtype === 'float64' ? 2 ** -52 : 2 ** -23);

export const wide = { dtype: 'float64' } as const;

/** A tensor of numbers, in float64. */
export const of = (data: unknown): Tensor => tensor(data as number[], wide) as Tensor;

/** Normal numbers, in float64 unless said. */
export const normal = (shape: readonly number[], dtype: Wide = 'float64'): Tensor =>
  randn(shape, { dtype }) as Tensor;

/** The last two axes exchanged. */
export const transposed = (x: Tensor): Tensor => x.transpose(-1, -2) as Tensor;

export const product = (...factors: readonly Tensor[]): Tensor =>
  factors.reduce((left, right) => left.matmul(right) as Tensor);

export const largest = (x: Tensor): number =>
  [...(x.dataSync() as Float64Array)].reduce(
    (most, value) => (Number.isNaN(value) ? Number.NaN : Math.max(most, Math.abs(value))),
    0,
  );

/** The largest difference of two tensors of one shape. */
export function difference(x: Tensor, y: Tensor): number {
  expect(x.shape).toEqual(y.shape);
  return largest(x.sub(y) as Tensor);
}

/** The numbers of a tensor, compared with nested lists of them, relative to the largest. */
export function expectNumbers(x: Tensor, expected: unknown, digits = 10): void {
  const wanted = of(expected);
  expect(x.shape).toEqual(wanted.shape);
  const scale = Math.max(largest(wanted), Number.MIN_VALUE);
  const [found, numbers] = [x.dataSync(), wanted.dataSync()];
  found.forEach(
    (value, i) => void expect(Number(value) / scale).toBeCloseTo(Number(numbers[i]) / scale, digits),
  );
}
