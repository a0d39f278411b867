import { expect, test } from 'vitest';
import { mulberry32, shuffledIndices } from './random.ts';

test('mulberry32 gives the published stream', () => {
  const next = mulberry32(0);
  // Computed apart, with exact integers; the first three divided by 2^32 are 0.266429…, 0.000329…, 0.223272….
  expect([next(), next(), next()]).toEqual([1144304738, 1416247, 958946056]);
});

test('an order holds every index once and depends on the seed alone', () => {
  const order = shuffledIndices(1000, 3);
  expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, index) => index));
  expect(shuffledIndices(1000, 3)).toEqual(order);
  expect(shuffledIndices(1000, 4)).not.toEqual(order);
  expect([...shuffledIndices(0, 1)]).toEqual([]);
  expect([...shuffledIndices(1, 1)]).toEqual([0]);
});

test('every place is equally likely', () => {
  const counts = new Array<number>(25).fill(0); // value in place, 5 x 5
  for (let seed = 0; seed < 5000; seed++) {
    shuffledIndices(5, seed).forEach((value, place) => {
      counts[5 * place + value]++;
    });
  }
  // 1000 expected, standard deviation 28; five of them for all 25 cells.
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(142);
});
