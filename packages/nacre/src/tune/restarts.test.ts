import { expect, test } from 'vitest';
import { ArgumentError, DataError } from '../base/errors.ts';
import { rand } from '../tensor/create.ts';
import { getRngState, manualSeed } from '../tensor/generator.ts';
import { randomRestarts } from './index.ts';

const draw = async () => ({ value: await rand([1]).item() });

test('keeps the best of n seeds, which makes it again', async () => {
  manualSeed(4);
  const { best, seed, values } = await randomRestarts(draw, 6);
  expect(getRngState()).toEqual({ seed: 4, counter: 0 });
  expect(new Set(values).size).toBe(6);
  expect(best.value).toBe(Math.min(...values));
  manualSeed(seed);
  expect((await draw()).value).toBe(best.value);
  expect((await randomRestarts(draw, 6, { seed: 4, direction: 'maximize' })).best.value).toBe(
    Math.max(...values),
  );
});

test('a value that is not finite is never the best', async () => {
  const given = [Number.NaN, 2, Number.NEGATIVE_INFINITY, 1];
  const { best, values } = await randomRestarts(() => ({ value: given[calls++] }), 4);
  expect(best.value).toBe(1);
  expect(values).toEqual(given);
});
let calls = 0;

test('refuses what makes no sense, and leaves the random numbers as they were', async () => {
  manualSeed(4);
  await expect(randomRestarts(draw, 0)).rejects.toThrow('n is a whole number from 1 on');
  await expect(randomRestarts(() => ({ value: Number.NaN }), 2)).rejects.toThrow(DataError);
  await expect(randomRestarts((() => 3) as never, 2)).rejects.toThrow(ArgumentError);
  await expect(randomRestarts(draw, 1, { direction: 'up' as 'maximize' })).rejects.toThrow(
    "'minimize' or 'maximize'",
  );
  await expect(randomRestarts(() => Promise.reject(new Error('broken')), 2)).rejects.toThrow('broken');
  expect(getRngState()).toEqual({ seed: 4, counter: 0 });
});
