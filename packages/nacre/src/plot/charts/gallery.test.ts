import { describe, expect, it } from 'vitest';
import { decodePng } from '../../datasets/index.ts';
import { nn } from '../../index.ts';
import { tensor } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import {
  attentionMap,
  barChart,
  contourPaths,
  decisionRegions,
  embeddingMap,
  featureMaps,
  filters,
  heatmap,
  histogramChart,
  type Picture,
  precisionRecallChart,
  predictedAgainstReal,
  rocChart,
  textImportance,
  weightHistograms,
} from '../index.ts';
import { createPalette } from '../terminal/colour.ts';
import { displayWidth } from '../terminal/width.ts';

const en = { language: 'en' } as const;
const zh = { language: 'zh' } as const;

/** All text that an SVG picture shows. */
const shownTexts = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, shown]) => shown);

const plain = (picture: Picture, columns = 80): string =>
  picture.text({ columns, palette: createPalette(1) })!;

/** The pictures in an SVG, decoded. */
const imagesIn = (svg: string) =>
  Promise.all(
    [...svg.matchAll(/href="data:image\/png;base64,([^"]*)"/g)].map(([, data]) =>
      decodePng(Uint8Array.from(atob(data), (character) => character.charCodeAt(0))),
    ),
  );

const model = () => new nn.Sequential(new nn.Linear(2, 4), new nn.ReLU(), new nn.Linear(4, 2));
const matrix = [
  [0.9, 0.1, 0],
  [0.2, 0.5, 0.3],
];

/** One of each, in Chinese where it has words of its own. */
const gallery: Readonly<Record<string, () => Picture>> = {
  rocChart: () => rocChart({ fpr: [0, 0.2, 1], tpr: [0, 0.8, 1] }, zh),
  precisionRecallChart: () => precisionRecallChart({ precision: [0.5, 1, 1], recall: [1, 0.5, 0] }, zh),
  predictedAgainstReal: () => predictedAgainstReal([1, 2, 3], [1, 2, 4], zh),
  barChart: () => barChart(['一', '二'], { 训练: [1, -2], 测试: [3, 4] }, { title: '柱状图' }),
  histogramChart: () => histogramChart([1, 2, 2, 3, Number.NaN], zh),
  weightHistograms: () => weightHistograms(model(), zh),
  heatmap: () => heatmap(matrix, { rows: ['甲', '乙'], columns: ['a', 'b', 'c'], title: '热图' }),
  attentionMap: () => attentionMap(matrix, ['我', '来'], ['I', 'come', '.'], zh),
  featureMaps: () => featureMaps(tensor(new Float32Array(32), { shape: [2, 4, 4] }), zh),
  filters: () => filters(new nn.Conv2d(1, 3, 5).weight, zh),
  embeddingMap: () =>
    embeddingMap(
      [
        [1, 2],
        [3, 4],
      ],
      ['猫', '狗'],
    ),
  decisionRegions: () =>
    decisionRegions(
      model(),
      [
        [0, 0],
        [1, 1],
      ],
      [0, 1],
      { resolution: 10 },
    ),
  contourPaths: () =>
    contourPaths((x, y) => x * x + y * y, { SGD: { x: [1, 0.5], y: [1, 0.2] } }, { ...zh, minimum: [0, 0] }),
  textImportance: () =>
    textImportance(['房间', '很', '干净', '，', 'but', 'small'], [0, 0.1, 0.9, 0, 0, -0.8]),
};

describe.each(Object.entries(gallery))('%s', (_, draw) => {
  it('is drawn as SVG of its size, and as PNG', async () => {
    const picture = draw();
    const svg = await picture.svg();
    expect(svg).toMatch(new RegExp(`^<svg[^>]* width="${picture.width}"`));
    expect(svg).not.toMatch(/NaN|undefined/);
    const { width, height } = await decodePng(await picture.png({ scale: 1 }));
    expect([width, height]).toEqual([Math.ceil(picture.width), Math.ceil(picture.height)]);
  });

  it.each([30, 80])('fits %d columns of a terminal, with colours and without', (columns) => {
    for (const depth of [1, 4, 8, 24] as const) {
      const text = draw().text({ columns, palette: createPalette(depth) })!;
      if (depth === 1) expect(text).not.toContain('\x1b');
      for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
    }
  });
});

describe('rocChart', () => {
  it('writes the area of each class', async () => {
    const curve = { fpr: [0, 0, 0.5, 0.5, 1], tpr: [0, 0.5, 0.5, 1, 1] };
    const shown = shownTexts(await rocChart({ cat: curve, dog: { fpr: [0, 1], tpr: [0, 1] } }, en).svg());
    expect(shown).toEqual(
      expect.arrayContaining(['cat: AUC 0.750', 'dog: AUC 0.500', 'chance', 'ROC curve']),
    );
  });

  it('refuses what is no curve', () => {
    expect(() => rocChart({})).toThrow('there are no curves to draw');
    expect(() => rocChart({ a: { x: 1 } as never })).toThrow(
      '"a" is no curve. Give what rocCurve of nacre returns',
    );
    expect(() => rocChart({ fpr: [0], tpr: [0, 1] })).toThrow('fpr has 1, tpr has 2');
  });
});

it('precisionRecallChart writes average precision', async () => {
  const curves = { a: { precision: [0.5, 0.75, 1], recall: [1, 0.6, 0] } };
  expect(shownTexts(await precisionRecallChart(curves, en).svg())).toContain('a: AP 0.650');
});

it('predictedAgainstReal draws both over time, with a gap for what is missing', async () => {
  const picture = predictedAgainstReal([1, Number.NaN, 3, 4], [1, 2, 3, 5], { ...en, overTime: true });
  const svg = await picture.svg();
  expect(shownTexts(svg)).toEqual(expect.arrayContaining(['actual', 'predicted', 'time']));
  const [, path] = /<path d="([^"]*)"[^>]*fill="none"[^>]*stroke="#e69f00"[^>]*stroke-width="1.8"/.exec(svg)!;
  expect(path.match(/M/g)!.length).toBeGreaterThan(1);
});

describe('barChart', () => {
  it('writes values at the bars', async () => {
    const picture = barChart(['a', 'b'], [0.25, 0.5], { format: (value) => `${value * 100} %` });
    expect(shownTexts(await picture.svg())).toEqual(expect.arrayContaining(['a', 'b', '25 %', '50 %']));
    expect(plain(picture, 20).split('\n')).toEqual(['a ██████▌       25 %', 'b █████████████ 50 %']);
  });

  it('refuses bars without a length', () => {
    expect(() => barChart([], [])).toThrow('there are no bars to draw');
    expect(() => barChart(['a'], [1, 2])).toThrow('names has 1, values has 2');
    expect(() => barChart(['a'], [Number.NaN])).toThrow('the bar "a" has the value NaN');
  });
});

describe('histogramChart', () => {
  it('counts each number once, the largest too', () => {
    const text = plain(histogramChart([0, 0, 0, 1], { bins: 2, language: 'en' }));
    expect(text).toMatch(/3 ┤/);
  });

  it('refuses numbers of which none is finite', () => {
    expect(() => histogramChart([Number.NaN])).toThrow('no number is finite');
    expect(() => histogramChart([1], { bins: 0 })).toThrow('bins is a whole number');
  });
});

describe('weightHistograms', () => {
  it('has a panel for each parameter, and for each gradient after backward', async () => {
    const network = model();
    const names = ['0.weight', '0.bias', '2.weight', '2.bias'];
    expect(shownTexts(await weightHistograms(network, en).svg())).toEqual(expect.arrayContaining(names));
    expect(() => weightHistograms(network, { gradients: true })).toThrow('no parameter has a gradient');
    network
      .forward(tensor([[1, 2]]))
      .sum()
      .backward();
    expect(shownTexts(await weightHistograms(network, { gradients: true, ...en }).svg())).toContain(
      'Gradients',
    );
  });
});

describe('heatmap', () => {
  it('colours from white to dark, and around zero where numbers are negative', async () => {
    const [low] = await imagesIn(await heatmap([[0, 1]]).svg());
    expect([...low.data.subarray(0, 3)]).toEqual([255, 255, 255]);
    expect([...low.data.subarray(-3)]).toEqual([8, 48, 107]);
    const [around] = await imagesIn(await heatmap([[-1, 0, 1]]).svg());
    const middle = 3 * (around.width >> 1);
    expect([...around.data.subarray(middle, middle + 3)]).toEqual([255, 255, 255]);
  });

  it('writes numbers where there is room, and shades where there are no colours', async () => {
    expect(shownTexts(await heatmap([[0.25, 0.5]]).svg())).toEqual(expect.arrayContaining(['0.25', '0.5']));
    expect(plain(heatmap([[0, 1]]))).toBe('  ██');
    expect(plain(heatmap([[0.1, Number.NaN, 1]]))).toContain('??');
  });

  it('leaves out names that would stand on each other', async () => {
    const many = Array.from({ length: 300 }, (_, row) =>
      Array.from({ length: 300 }, (__, column) => row - column),
    );
    const names = many.map((_, index) => `n${index}`);
    const shown = shownTexts(await heatmap(many, { rows: names, columns: names }).svg());
    expect(shown).toContain('n0');
    expect(shown.length).toBeLessThan(120);
  });

  it('refuses what is no matrix', () => {
    expect(() => heatmap([[1], [1, 2]])).toThrow('row 1 has 2 numbers, those before 1');
    expect(() => heatmap([])).toThrow('there are no numbers to draw');
    expect(() => heatmap([[1]], { rows: ['a', 'b'] })).toThrow('rows of names has 2, rows of numbers has 1');
    expect(() => heatmap(tensor([1, 2]) as Tensor)).toThrow('the matrix has the shape [2]');
  });
});

describe('attentionMap', () => {
  const heads = tensor([
    [
      [1, 0],
      [0, 1],
    ],
    [
      [0, 1],
      [0, 1],
    ],
  ]);
  it('takes the mean of heads, or one of them', async () => {
    expect(shownTexts(await attentionMap(heads, ['a', 'b'], undefined, en).svg())).toContain('0.5');
    expect(shownTexts(await attentionMap(heads, ['a', 'b'], undefined, { ...en, head: 1 }).svg())).toContain(
      'attended to',
    );
    expect(() => attentionMap(heads, ['a', 'b'], undefined, { head: 2 })).toThrow('there is no head 2');
    expect(() => attentionMap(heads, ['a'])).toThrow('rows of names has 1, rows of numbers has 2');
  });
});

describe('featureMaps and filters', () => {
  it('draw as many channels as they are told', async () => {
    const maps = tensor(
      Float32Array.from({ length: 80 * 4 }, (_, at) => at),
      { shape: [1, 80, 2, 2] },
    );
    expect((await imagesIn(await featureMaps(maps).svg())).length).toBe(64);
    const [first] = await imagesIn(await featureMaps(maps, { most: 2 }).svg());
    expect([first.data[0], first.data.at(-1)]).toEqual([0, 255]);
    expect((await imagesIn(await filters(new nn.Conv2d(3, 8, 3).weight).svg()))[0].channels).toBe(3);
  });

  it('refuse other shapes', () => {
    expect(() => featureMaps(tensor([1]))).toThrow('the maps have the shape [1]');
    expect(() => filters(tensor([1]))).toThrow('the weight has the shape [1]');
    expect(() => filters(new nn.Conv2d(2, 1, 3).weight, { channel: 2 })).toThrow('there is no channel 2');
  });
});

describe('embeddingMap', () => {
  it('names classes, and refuses more coordinates than the plane has', async () => {
    const points = [
      [0, 1],
      [1, 0],
    ];
    expect(shownTexts(await embeddingMap(points, [1, 0], { classes: ['cat', 'dog'] }).svg())).toEqual(
      expect.arrayContaining(['cat', 'dog']),
    );
    expect(() => embeddingMap(points, [2, 0], { classes: ['cat', 'dog'] })).toThrow(
      'labels have the class 2',
    );
    expect(() => embeddingMap(points, [1])).toThrow('points has 2, labels has 1');
    expect(() => embeddingMap([[1], [2]], [0, 1])).toThrow('Bring them to two with pca or tsne first');
  });
});

describe('decisionRegions', () => {
  const corners = [
    [-1, -1],
    [1, 1],
  ];
  it('colours each place by the class of the highest score', async () => {
    const right = (points: Tensor) => points.select(1, 0);
    const [regions] = await imagesIn(await decisionRegions(right, corners, [0, 1], { resolution: 10 }).svg());
    const colours = new Set<string>();
    for (let at = 0; at < regions.data.length; at += 3) colours.add(regions.data.subarray(at, at + 3).join());
    expect(colours.size).toBe(2);
    const line = regions.data.subarray(0, regions.width * 3);
    expect(line.subarray(0, 3).join()).not.toBe(line.subarray(-3).join());
  });

  it('puts the model back into training mode, and refuses other outputs', () => {
    const network = model();
    decisionRegions(network, corners, [0, 1], { resolution: 4 });
    expect(network.training).toBe(true);
    expect(() => decisionRegions((x) => x.sum(), corners, [0, 1], { resolution: 4 })).toThrow(
      'the model gave [] for 16 points',
    );
  });
});

describe('contourPaths', () => {
  it('draws a line for each level that the ground crosses', async () => {
    const bowl = (x: number, y: number) => x * x + y * y;
    const path = { x: [1, 0], y: [1, 0] };
    const svg = await contourPaths(
      bowl,
      { path },
      { levels: [0.5, 1], xRange: [-2, 2], yRange: [-2, 2] },
    ).svg();
    const lines = [...svg.matchAll(/<path d="(M[^"]*)"[^>]*stroke-width="1"/g)].map(([, d]) => d);
    expect(lines).toHaveLength(2);
    // Of a circle all points are as far from the middle.
    const points = [...lines[1].matchAll(/([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
    const xs = points.map(([x]) => x);
    const ys = points.map(([, y]) => y);
    const [width, height] = [Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)];
    const [cx, cy] = [Math.min(...xs) + width / 2, Math.min(...ys) + height / 2];
    for (const [x, y] of points) expect(Math.hypot((x - cx) / width, (y - cy) / height)).toBeCloseTo(0.5, 2);
  });

  it('refuses a landscape that is nowhere finite', () => {
    const path = { x: [0], y: [0] };
    expect(() => contourPaths(() => Number.NaN, { path })).toThrow('the landscape has no finite height');
    expect(() => contourPaths(() => 1, {})).toThrow('there are no paths to draw');
  });
});

describe('textImportance', () => {
  it('puts spaces between words, and none between Chinese ones', () => {
    const picture = textImportance(['房间', '很', '小', ',', 'but', 'fine'], [0, 0, -1, 0, 0, 1]);
    expect(plain(picture)).toBe('房间很小⁻, but fine⁺');
  });

  it('goes on in the next line', () => {
    const words = Array.from({ length: 40 }, (_, index) => `word${index}`);
    const picture = textImportance(
      words,
      words.map(() => 0),
    );
    expect(plain(picture, 30).split('\n').length).toBeGreaterThan(8);
    expect(picture.height).toBeGreaterThan(textImportance(['a'], [1]).height);
  });

  it('refuses words without importance', () => {
    expect(() => textImportance([], [])).toThrow('there are no words to draw');
    expect(() => textImportance(['a'], [1, 2])).toThrow('words has 1, importance has 2');
  });
});
