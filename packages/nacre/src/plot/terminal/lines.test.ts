import { describe, expect, it } from 'vitest';
import { createPalette } from './colour.ts';
import { type Line, type LinePanel, linesText } from './lines.ts';
import { displayWidth } from './width.ts';

const palette = createPalette(1);
const line = (label: string, values: readonly number[]): Line => ({
  label,
  x: values.map((_, index) => index + 1),
  y: values,
});
/** One curve of epochs. */
const panel = (values: readonly number[]): LinePanel => ({
  title: 'loss',
  xLabel: 'epoch',
  lines: [line('train', values)],
});
const loss: LinePanel = {
  ...panel([]),
  lines: [line('train', [0.9, 0.5, 0.3, 0.2, 0.15]), line('validation', [0.6, 0.4, 0.3, 0.25, 0.22])],
};

describe('linesText', () => {
  it('draws a falling curve from the upper left to the lower right', () => {
    expect(linesText([panel([1, 0])], { palette, columns: 14, rows: 3 })).toEqual([
      '     loss',
      '     ⠒⠒ train',
      '1.0 ┤⠑⠢⣀      ',
      '0.5 ┤   ⠑⠢⢄   ',
      '0.0 ┤      ⠉⠢⢄',
      '    └─────────',
      '     1 epoch 2',
    ]);
  });

  it('keeps to the columns it has, side by side or below each other', () => {
    for (const columns of [40, 76, 100, 200]) {
      for (const line of linesText([loss, loss], { palette, columns })) {
        expect(displayWidth(line)).toBeLessThanOrEqual(columns);
      }
    }
    expect(linesText([loss, loss], { palette, columns: 60 })).toHaveLength(23);
    expect(linesText([loss, loss], { palette, columns: 80 })).toHaveLength(11);
  });

  it('leaves a gap where a value is not finite', () => {
    const [, ...rows] = linesText([panel([1, Number.NaN, 1])], { palette, columns: 30, rows: 2 });
    const dots = rows.join('').match(/[\u2801-\u28ff]/g);
    expect(dots).toHaveLength(2);
  });

  it('draws one epoch as a point', () => {
    const lines = linesText([panel([0.5])], { palette, columns: 30, rows: 4 });
    expect(lines.join('').match(/[\u2801-\u28ff]/g)).toHaveLength(3); // two in the legend
    expect(lines.at(-1)?.trim()).toBe('epoch 1');
  });

  it('aligns Chinese titles and axis names', () => {
    const lines = linesText([{ ...loss, title: '损失', xLabel: '轮次' }, loss], {
      palette,
      columns: 90,
    });
    const starts = lines
      .slice(1, 9)
      .map((line) => displayWidth(line.slice(0, line.lastIndexOf(line.includes('┤') ? '┤' : '│'))));
    expect(new Set(starts).size).toBe(1);
  });

  it('writes the ends of any horizontal axis below it', () => {
    const cloud = { label: '', x: [-0.5, 2], y: [1, 2], isScattered: true };
    const lines = linesText([{ title: '', xLabel: 'x', lines: [cloud] }], { palette, columns: 30, rows: 2 });
    expect(lines.at(-1)).toMatch(/^ +-0\.5 +x +2$/);
    expect(lines.join('').match(/[\u2801-\u28ff]/g)).toHaveLength(2);
  });

  it('gives each of many lines a place in the legend, on as many rows as they need', () => {
    const lines = linesText(
      [{ ...loss, lines: ['one', 'two', 'three', 'four', '第五条线'].map((name) => line(name, [1, 2])) }],
      { palette, columns: 36 },
    );
    const legend = lines.slice(0, -10).join(' ');
    for (const name of ['one', 'two', 'three', 'four', '第五条线']) expect(legend).toContain(name);
    for (const row of lines) expect(displayWidth(row)).toBeLessThanOrEqual(36);
  });
});
