import { expect, it } from 'vitest';
import { table } from './table.ts';

it('aligns Chinese and Latin cells to the same columns', () => {
  expect(
    table(
      [
        ['线程', '2'],
        ['SIMD', '128'],
        ['GPU', ''],
      ],
      ['left', 'right'],
    ),
  ).toEqual(['线程    2', 'SIMD  128', 'GPU']);
});

it('keeps rows of different lengths', () => {
  expect(table([['a'], ['bb', 'c']])).toEqual(['a', 'bb  c']);
});
