import { describe, expect, it } from 'vitest';
import { tensor } from '../tensor/create.ts';
import {
  DataLoader,
  MinMaxScaler,
  padSequences,
  RobustScaler,
  StandardScaler,
  slidingWindows,
} from './index.ts';

const rows = [
  [1, 100, 7],
  [2, 400, 7],
  [4, 300, 7],
];
const round = (table: readonly (readonly number[])[]) =>
  table.map((row) => row.map((x) => Math.round(x * 1e6) / 1e6));

describe('scalers', () => {
  it('MinMaxScaler: closed form, another range, a column of one value', () => {
    expect(round(new MinMaxScaler().fitTransform(rows))).toEqual([
      [0, 0, 0],
      [0.333333, 1, 0],
      [1, 0.666667, 0],
    ]);
    expect(round(new MinMaxScaler({ range: [-1, 1] }).fitTransform(rows))).toEqual([
      [-1, -1, -1],
      [-0.333333, 1, -1],
      [1, 0.333333, -1],
    ]);
  });

  it('StandardScaler: mean 0, deviation 1', () => {
    const scaled = new StandardScaler().fitTransform(rows);
    // Column 0: mean 7/3, deviation sqrt(14/9).
    expect(scaled[0][0]).toBeCloseTo((1 - 7 / 3) / Math.sqrt(14 / 9), 12);
    expect(scaled.map((row) => row[2])).toEqual([0, 0, 0]);
    const third = [0.1, 0.1, 0.1];
    for (const value of new StandardScaler().fitTransform(third)) expect(Math.abs(value)).toBeLessThan(1e-15);
  });

  it('RobustScaler: quartiles between neighbours', () => {
    // Sorted 1, 2, 4, 9: median 3, quartiles 1.75 and 5.25.
    expect(round([new RobustScaler().fitTransform([9, 1, 4, 2])])).toEqual([
      [1.714286, -0.571429, 0.285714, -0.285714],
    ]);
  });

  it.each([
    new MinMaxScaler(),
    new StandardScaler(),
    new RobustScaler(),
    new MinMaxScaler({ range: [2, 5] }),
  ])('inverseTransform undoes transform, of one column too (%o)', async (scaler) => {
    scaler.fit(rows);
    expect(round(scaler.inverseTransform(scaler.transform(rows)))).toEqual(rows);
    const close = scaler.transform(rows).map((row) => row[1]);
    expect(round([scaler.inverseTransform(close, { columns: [1] })])).toEqual([[100, 400, 300]]);
    // Predictions [batch, horizon] of one column.
    const predicted = tensor([[close[0], close[1], close[2]]]);
    const back = scaler.inverseTransform(predicted, { columns: [1] });
    expect(back.shape).toEqual([1, 3]);
    for (const [row, value] of ((await back.tolist()) as number[][])[0].entries()) {
      expect(value).toBeCloseTo(rows[row][1], 3);
    }
  });

  it('gives back the kind it is given', async () => {
    const scaler = new MinMaxScaler().fit(Float32Array.of(0, 10));
    expect(scaler.transform(Float32Array.of(5))).toEqual(Float32Array.of(0.5));
    expect(scaler.transform(Float64Array.of(5))).toEqual(Float64Array.of(0.5));
    const whole = scaler.transform(tensor([[0], [5]], { dtype: 'int32' }));
    expect([whole.dtype, whole.shape, await whole.tolist()]).toEqual(['float32', [2, 1], [[0], [0.5]]]);
    const wide = new StandardScaler().fit(rows).transform(tensor([rows, rows]));
    expect(wide.shape).toEqual([2, 3, 3]);
  });

  it('is kept by its state', () => {
    const scaler = new StandardScaler().fit(rows);
    const other = new StandardScaler().loadStateDict(scaler.stateDict());
    expect(other.transform(rows)).toEqual(scaler.transform(rows));
    expect(() => other.loadStateDict({ center: tensor([1]) })).toThrow('missing: scale');
  });

  it.each<[string, () => unknown]>([
    ['it was not fitted yet', () => new MinMaxScaler().transform([1])],
    ['row 1 holds NaN in column 0', () => new MinMaxScaler().fit([1, Number.NaN])],
    ['there are no rows', () => new StandardScaler().fit([])],
    ['row 1 has 1 numbers, those before 2', () => new StandardScaler().fit([[1, 2], [3]])],
    ['2 columns where 3 are scaled', () => new StandardScaler().fit(rows).transform([[1, 2]])],
    ['there is no column 5', () => new StandardScaler().fit(rows).transform([1], { columns: [5] })],
    ['range goes from a low to a high', () => new MinMaxScaler({ range: [1, 1] })],
    ['quantiles go from a low', () => new RobustScaler({ quantiles: [0.5, 0.2] })],
    ['there is no option feature_range', () => new MinMaxScaler({ feature_range: [0, 1] } as never)],
  ])('refuses: %s', (message, run) => {
    expect(run).toThrow(message);
  });
});

describe('slidingWindows', () => {
  const series = Float32Array.from({ length: 10 }, (_, step) => step);

  it('steps by the stride and predicts the horizon', async () => {
    const windows = slidingWindows(series, { size: 4, stride: 2, horizon: 2 });
    expect(windows.length).toBe(3);
    const [x, y] = (await new DataLoader(windows, { batchSize: 3 })[Symbol.asyncIterator]().next()).value!;
    expect([x.shape, y.shape]).toEqual([
      [3, 4, 1],
      [3, 2],
    ]);
    expect(await y.tolist()).toEqual([
      [4, 5],
      [6, 7],
      [8, 9],
    ]);
    expect(((await x.tolist()) as number[][][])[1].flat()).toEqual([2, 3, 4, 5]);
    expect(windows.get(1)[1]).toEqual(Float32Array.of(6, 7));
  });

  it('predicts chosen columns of several', () => {
    const table = Array.from({ length: 6 }, (_, step) => [step, 10 * step, 100 * step]);
    expect(slidingWindows(table, { size: 2, targets: [2, 0] }).get(0)[1]).toEqual([Float32Array.of(200, 2)]);
    expect(slidingWindows(tensor(table), { size: 2, targets: [1], horizon: 2 }).get(2)).toEqual([
      [Float32Array.of(2, 20, 200), Float32Array.of(3, 30, 300)],
      Float32Array.of(40, 50),
    ]);
    expect(slidingWindows(table, { size: 6, horizon: 0 }).get(0)).toHaveLength(1);
  });

  it.each<[string, () => unknown]>([
    [
      'a window of 10 + 1 steps to predict is longer than the series of 10',
      () => slidingWindows(series, { size: 10 }),
    ],
    ['size is a whole number from 1 on, got 0', () => slidingWindows(series, { size: 0 })],
    ['targets are columns from 0 to 0, got [1]', () => slidingWindows(series, { size: 2, targets: [1] })],
    ['row 1 holds NaN', () => slidingWindows([1, Number.NaN, 2], { size: 1 })],
    ['got 3 axes', () => slidingWindows(tensor([[[1]]]), { size: 1 })],
  ])('refuses: %s', (message, run) => {
    expect(run).toThrow(message);
  });
});

describe('padSequences', () => {
  it.each([
    [
      {},
      [
        [1, 2, 3],
        [4, 0, 0],
      ],
    ],
    [
      { side: 'left' },
      [
        [1, 2, 3],
        [0, 0, 4],
      ],
    ],
    [
      { length: 2 },
      [
        [1, 2],
        [4, 0],
      ],
    ],
    [
      { length: 2, truncate: 'left', value: 9 },
      [
        [2, 3],
        [4, 9],
      ],
    ],
    [
      { length: 4, side: 'left', value: -1 },
      [
        [-1, 1, 2, 3],
        [-1, -1, -1, 4],
      ],
    ],
  ] as const)('with %j', async (options, expected) => {
    const padded = padSequences([[1, 2, 3], [4]], options);
    expect([padded.dtype, await padded.tolist()]).toEqual(['int32', expected]);
  });

  it.each<[string, () => unknown]>([
    ['there are no sequences', () => padSequences([])],
    ['sequence 1 holds 0.5 at 0', () => padSequences([[1], [0.5]])],
    ['side is left or right, got "post"', () => padSequences([[1]], { side: 'post' as never })],
    ['length is a whole number', () => padSequences([[1]], { length: 0 })],
  ])('refuses: %s', (message, run) => {
    expect(run).toThrow(message);
  });
});
