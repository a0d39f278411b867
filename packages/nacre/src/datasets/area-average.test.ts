import { expect, test } from 'vitest';
import { resample, shrinkToFit } from './area-average.ts';

const plane = (width: number, ...values: number[]) => ({
  width,
  height: values.length / width,
  values: Float32Array.from(values),
});

test('leaves a plane of the same size as it is', () => {
  const source = plane(3, 1, 2, 3, 4, 5, 6);
  expect(resample(source, 3, 2)).toEqual(source);
});

test('averages whole pixels', () => {
  expect(resample(plane(4, 1, 3, 5, 7, 1, 3, 5, 7), 2, 1)).toEqual(plane(2, 2, 6));
});

test('counts a pixel on an edge by the part that is covered', () => {
  const { values } = resample(plane(3, 0, 6, 12), 2, 1);
  expect(values[0]).toBeCloseTo((0 + 6 / 2) / 1.5);
  expect(values[1]).toBeCloseTo((6 / 2 + 12) / 1.5);
});

test('enlarges by repeating', () => {
  expect(resample(plane(2, 1, 2), 4, 2)).toEqual(plane(4, 1, 1, 2, 2, 1, 1, 2, 2));
});

test('keeps the mean at any size', () => {
  const source = plane(7, ...Array.from({ length: 35 }, (_, at) => (at * 37) % 11));
  const mean = (values: Float32Array): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  for (const [width, height] of [
    [1, 1],
    [3, 2],
    [20, 20],
    [6, 13],
  ]) {
    expect(mean(resample(source, width, height).values)).toBeCloseTo(mean(source.values), 4);
  }
});

test('shrinks to a limit, keeping proportions, and never enlarges', () => {
  const flat = (_: number, into: Float32Array): void => void into.fill(9);
  const sizeOf = (width: number, height: number) => {
    const made = shrinkToFit(width, height, 10, flat);
    expect(made.values.every((value) => Math.abs(value - 9) < 1e-4)).toBe(true);
    return [made.width, made.height];
  };
  expect(sizeOf(40, 20)).toEqual([10, 5]);
  expect(sizeOf(1000, 1)).toEqual([10, 1]);
  expect(sizeOf(7, 3)).toEqual([7, 3]);
});
