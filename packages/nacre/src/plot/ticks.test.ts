import { describe, expect, it } from 'vitest';
import { axisTicks } from './ticks.ts';

describe('axisTicks', () => {
  it.each([
    [
      [0.15, 0.9],
      ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0'],
    ],
    [
      [0.87, 0.95],
      ['0.86', '0.88', '0.90', '0.92', '0.94', '0.96'],
    ],
    [
      [3, 20],
      ['0', '5', '10', '15', '20'],
    ],
    [
      [0.5, 0.5],
      ['0.4', '0.6'],
    ],
    [
      [0, 0],
      ['0.0', '0.5'],
    ],
    [[], ['0.0', '0.5', '1.0']],
    [
      [Number.NaN, 1, 2],
      ['1.0', '1.5', '2.0'],
    ],
  ])('labels %j with round values', (values, labels) => {
    const { ticks, digits } = axisTicks(values);
    expect(ticks.map((tick) => tick.toFixed(digits))).toEqual(labels);
  });
});
