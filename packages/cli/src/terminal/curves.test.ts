import { describe, expect, it } from 'vitest';
import { createPalette } from './colour.ts';
import { axisTicks, type CurvePlot, learningCurves } from './curves.ts';
import { displayWidth } from './width.ts';

const palette = createPalette(1);
const loss: CurvePlot = {
  title: 'loss',
  xLabel: 'epoch',
  train: { label: 'train', values: [0.9, 0.5, 0.3, 0.2, 0.15] },
  validation: { label: 'validation', values: [0.6, 0.4, 0.3, 0.25, 0.22] },
};

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

describe('learningCurves', () => {
  it('draws a falling curve from the upper left to the lower right', () => {
    const plot = { ...loss, validation: undefined, train: { label: 'train', values: [1, 0] } };
    expect(learningCurves([plot], { palette, columns: 14, rows: 3 })).toEqual([
      '     loss  ⠒⠒ train',
      '1.0 ┤⠑⠢⣀      ',
      '0.5 ┤   ⠑⠢⢄   ',
      '0.0 ┤      ⠉⠢⢄',
      '    └─────────',
      '     1 epoch 2',
    ]);
  });

  it('keeps to the columns it has, side by side or below each other', () => {
    for (const columns of [40, 76, 100, 200]) {
      for (const line of learningCurves([loss, loss], { palette, columns })) {
        expect(displayWidth(line)).toBeLessThanOrEqual(columns);
      }
    }
    expect(learningCurves([loss, loss], { palette, columns: 60 })).toHaveLength(23);
    expect(learningCurves([loss, loss], { palette, columns: 80 })).toHaveLength(11);
  });

  it('leaves a gap where a value is not finite', () => {
    const [, ...rows] = learningCurves(
      [{ ...loss, validation: undefined, train: { label: 'train', values: [1, Number.NaN, 1] } }],
      { palette, columns: 30, rows: 2 },
    );
    const dots = rows.join('').match(/[\u2801-\u28ff]/g);
    expect(dots).toHaveLength(2);
  });

  it('draws one epoch as a point', () => {
    const lines = learningCurves(
      [{ ...loss, validation: undefined, train: { label: 'train', values: [0.5] } }],
      { palette, columns: 30, rows: 4 },
    );
    expect(lines.join('').match(/[\u2801-\u28ff]/g)).toHaveLength(3); // two in the legend
    expect(lines.at(-1)?.trim()).toBe('epoch 1');
  });

  it('aligns Chinese titles and axis names', () => {
    const lines = learningCurves([{ ...loss, title: '损失', xLabel: '轮次' }, loss], {
      palette,
      columns: 90,
    });
    const starts = lines
      .slice(1, 9)
      .map((line) => displayWidth(line.slice(0, line.lastIndexOf(line.includes('┤') ? '┤' : '│'))));
    expect(new Set(starts).size).toBe(1);
  });
});
