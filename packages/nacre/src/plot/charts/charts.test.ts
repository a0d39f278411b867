import { describe, expect, it } from 'vitest';
import { confusionMatrix, learningCurves, lineChart, scatterChart } from '../index.ts';

/** All text that an SVG picture shows. */
const shownTexts = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, shown]) => shown);

const records = [
  { epoch: 1, loss: 0.9, valLoss: 0.5, accuracy: 0.6, valAccuracy: 0.7, lr: 0.1, seconds: 1 },
  { epoch: 2, loss: 0.4, valLoss: 0.3, accuracy: 0.8, valAccuracy: 0.85, lr: 0.1, seconds: 1 },
  { epoch: 3, loss: 0.2, valLoss: 0.25, accuracy: 0.9, valAccuracy: 0.88, lr: 0.1, seconds: 1 },
];
const zh = { language: 'zh' } as const;
const en = { language: 'en' } as const;

describe('learningCurves', () => {
  it('draws titles, axes, legend and a line for each curve', async () => {
    const svg = await learningCurves(records, zh).svg();
    expect(svg).toMatch(/^<svg[^>]* width="960"/);
    expect(shownTexts(svg)).toEqual(
      expect.arrayContaining(['损失', '准确率', '轮次', '训练', '验证', '1', '2', '3']),
    );
    expect(svg.match(/<path [^>]*fill="none"[^>]*stroke="#0072b2"[^>]*stroke-width="2.5"/g)).toHaveLength(2);
  });

  it('is the same text for the same curves, but for generated names', async () => {
    const plain = (svg: string): string => svg.replaceAll(/zr\d+-c[ls\d-]+/g, 'name');
    expect(plain(await learningCurves(records, en).svg())).toBe(
      plain(await learningCurves({ records }, en).svg()),
    );
  });

  it('leaves out what is not a number', async () => {
    const svg = await learningCurves(
      [1, Number.NaN, 2].map((loss, index) => ({ epoch: index + 1, loss })),
    ).svg();
    expect(svg).not.toContain('NaN');
    expect(svg.match(/<path [^>]*fill="#0072b2" ecmeta_series_index/g)).toHaveLength(2);
  });

  it('has no validation curve where nothing was validated', async () => {
    const shown = shownTexts(await learningCurves([{ epoch: 1, loss: 1 }], en).svg());
    expect(shown).toContain('train');
    expect(shown).not.toContain('validation');
  });

  it('draws several trainings over each other, a colour for each', async () => {
    const picture = learningCurves({ SGD: records, Adam: { records } }, { ...en, metrics: ['loss'] });
    const svg = await picture.svg();
    expect(shownTexts(svg)).toEqual(
      expect.arrayContaining(['SGD train', 'SGD validation', 'Adam train', 'Adam validation']),
    );
    expect(svg.match(/stroke="#e69f00"[^>]*stroke-dasharray/g)).toHaveLength(2); // one in the legend
    expect(picture.text({ columns: 60 })).toContain('Adam validation');
  });

  it('makes its legend room below the panels', () => {
    const runs = Object.fromEntries(
      Array.from({ length: 12 }, (_, run) => [`a run with a long name ${run}`, records]),
    );
    expect(learningCurves(runs, en).height).toBeGreaterThan(learningCurves(records, en).height + 60);
  });

  it('refuses what is no training', () => {
    expect(() => learningCurves([])).toThrow('no epoch was finished');
    expect(() => learningCurves({})).toThrow('there are no trainings to draw');
    expect(() => learningCurves({ a: 3 as never })).toThrow('"a" is no history');
    expect(() => learningCurves(records, { metrics: ['f1'] })).toThrow(
      'f1 was not measured. There are: loss, accuracy',
    );
    expect(() => learningCurves(records, { language: 'fr' as never })).toThrow("there is no language 'fr'");
    expect(() => learningCurves(records, { titel: 'x' } as never)).toThrow('Did you mean title?');
  });
});

describe('confusionMatrix', () => {
  it('shows counts and names, rows from the top, and no zeros', async () => {
    const counts = [
      [12, 3],
      [0, 40],
    ];
    const svg = await confusionMatrix(counts, ['a', 'b'], en).svg();
    const shown = shownTexts(svg);
    expect(shown).toEqual(
      expect.arrayContaining(['12', '3', '40', 'actual', 'predicted', 'Confusion matrix']),
    );
    expect(shown).not.toContain('0');
    const top = (label: string): number =>
      Number(new RegExp(`translate\\([\\d.]+ ([\\d.]+)\\)"[^>]*>${label}<`).exec(svg)?.[1]);
    expect(top('3')).toBeLessThan(top('40'));
  });

  it('refuses what is no matrix of counts', () => {
    expect(() => confusionMatrix([])).toThrow('there are no classes to draw');
    expect(() => confusionMatrix([[1, 2]])).toThrow('1 rows, 2 columns and 1 names of classes');
    expect(() => confusionMatrix([[-1]])).toThrow('a count is a number from 0 on, got -1');
    const many = Array.from({ length: 51 }, () => new Array<number>(51).fill(1));
    expect(() => confusionMatrix(many)).toThrow('51 classes are more than can be read; the most is 50');
  });
});

describe('lineChart', () => {
  it('draws each series with its name, and gaps for what is not finite', async () => {
    const svg = await lineChart(
      [
        { name: 'one', y: Float32Array.of(1, 2, Number.NaN, 3, 4) },
        { name: 'two & a half', x: [0, 4], y: [2, 3], colour: '#123456' },
      ],
      { title: 'lines', xLabel: 'step', yLabel: 'loss' },
    ).svg();
    expect(shownTexts(svg)).toEqual(
      expect.arrayContaining(['one', 'two &amp; a half', 'lines', 'step', 'loss']),
    );
    expect(svg).toContain('#123456');
    const [, path] = /<path d="([^"]*)"[^>]*fill="none"[^>]*stroke="#0072b2"[^>]*stroke-width="2.5"/.exec(
      svg,
    )!;
    expect(path.match(/M/g)).toHaveLength(2);
  });

  it('writes names along the axis', async () => {
    const names = ['2020-01-02', '2020-01-03', '2020-01-06'];
    expect(shownTexts(await lineChart({ y: [1, 2, 3] }, { xNames: names }).svg())).toEqual(
      expect.arrayContaining(names),
    );
    expect(() => lineChart({ y: [1, 2] }, { xNames: names })).toThrow('xNames has 3, y has 2');
  });

  it('refuses what cannot be drawn', () => {
    expect(() => lineChart([])).toThrow('there are no series to draw');
    expect(() => lineChart({ y: [] })).toThrow('there are no points in series 0 to draw');
    expect(() => lineChart({ x: [1], y: [1, 2] })).toThrow('x of series 0 has 1, y of series 0 has 2');
    expect(() => lineChart({ y: [1] }, { yRange: [1, 1] })).toThrow(
      'yRange goes from a low to a high number',
    );
    expect(() => lineChart({ y: [1] }, { width: 3 })).toThrow('width is a number of pixels');
    expect(() => lineChart({ y: [1], colour: 'blue' })).toThrow('a colour is written as #0072b2');
  });
});

it('scatterChart draws a symbol for each point', async () => {
  const picture = scatterChart({ x: [1, 2, 3], y: [3, 1, 2] }, { size: 8 });
  expect((await picture.svg()).match(/<path [^>]*ecmeta_series_index/g)).toHaveLength(3);
  expect(picture.text({ columns: 40 })!.match(/[\u2801-\u28ff]/g)!.length).toBeGreaterThanOrEqual(3);
});
