import { describe, expect, it } from 'vitest';
import { createPalette } from './colour.ts';
import { confusionTable } from './confusion.ts';
import { displayWidth } from './width.ts';

const counts = [
  [9, 1, 0],
  [0, 120, 3],
  [0, 0, 0],
];
const english = { actual: 'actual', predicted: 'predicted', recall: 'recall' };
const chinese = { actual: '实际', predicted: '预测', recall: '召回率' };

describe('confusionTable', () => {
  it('shows counts, and the part of each class that was recognised', () => {
    expect(confusionTable(counts, ['a', 'b', 'c'], english, createPalette(1))).toEqual([
      '            predicted',
      '            a    b    c   recall',
      '       a    9    1    ·   90.0 %',
      'actual b    ·  120    3   97.6 %',
      '       c    ·    ·    ·        –',
    ]);
  });

  it.each([
    ['Chinese', chinese, 1],
    ['coloured', english, 8],
    ['coloured Chinese', chinese, 24],
  ] as const)('keeps every row as wide as the header: %s', (_, text, depth) => {
    const [, ...rows] = confusionTable(counts, ['a', 'b', 'c'], text, createPalette(depth)).map(displayWidth);
    expect(new Set(rows).size).toBe(1);
  });

  it('paints hits green and misses red, the most frequent miss strongest', () => {
    const [, , first, second] = confusionTable(counts, ['a', 'b', 'c'], english, createPalette(8));
    expect(first).toContain('48;5;28;38;5;231m   9 ');
    expect(first).toContain('48;5;210');
    expect(second).toContain('48;5;160');
  });
});
