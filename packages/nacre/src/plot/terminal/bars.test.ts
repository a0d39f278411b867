import { describe, expect, it } from 'vitest';
import { horizontalBar, probabilityBars } from './bars.ts';
import { createPalette } from './colour.ts';
import { displayWidth } from './width.ts';

describe('horizontalBar', () => {
  it.each([
    [0, ''],
    [1, '████'],
    [0.5, '██'],
    [0.53125, '██▏'],
    [1e-9, '▏'],
    [1.5, '████'],
    [-1, ''],
    [Number.NaN, ''],
  ])('%d of 4 columns', (fraction, bar) => expect(horizontalBar(fraction, 4)).toBe(bar));
});

describe('probabilityBars', () => {
  const labels = ['0', '1', '十'];
  it('marks the most probable class alone', () => {
    const lines = probabilityBars([0.1, 0.85, 0.05], { labels, palette: createPalette(1), columns: 8 });
    expect(lines).toEqual([' 0 ▊         10.0 %', ' 1 ██████▊   85.0 % ◀', '十 ▍          5.0 %']);
  });
  it('keeps the columns in line when coloured', () => {
    const widths = probabilityBars([0.4, 0.3, 0.3], { labels, palette: createPalette(8) }).map(displayWidth);
    expect(widths).toEqual([43, 41, 41]);
  });
});
