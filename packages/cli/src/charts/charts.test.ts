import { describe, expect, it } from 'vitest';
import { confusionSvg } from './confusion.ts';
import { curvesSvg } from './curves.ts';

/** All text that an SVG picture shows. */
const shownTexts = (svg: string): string[] =>
  [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, shown]) => shown);

const loss = {
  title: '损失',
  xLabel: '轮次',
  train: { label: '训练', values: [0.9, 0.4, 0.2] },
  validation: { label: '验证', values: [0.5, 0.3, 0.25] },
};

describe('curvesSvg', () => {
  it('draws titles, axes, legend and a line for each curve', async () => {
    const svg = await curvesSvg([loss, { ...loss, title: 'accuracy' }]);
    expect(svg).toMatch(/^<svg[^>]* width="960"/);
    expect(shownTexts(svg)).toEqual(
      expect.arrayContaining(['损失', 'accuracy', '轮次', '训练', '验证', '1', '2', '3']),
    );
    expect(svg.match(/<path [^>]*fill="none"[^>]*stroke="#0072b2"[^>]*stroke-width="2.5"/g)).toHaveLength(2);
  });

  it('is the same text for the same curves, but for generated names', async () => {
    const plain = (svg: string): string => svg.replaceAll(/zr\d+-c[ls\d-]+/g, 'name');
    expect(plain(await curvesSvg([loss]))).toBe(plain(await curvesSvg([loss])));
  });

  it('leaves out what is not a number', async () => {
    const svg = await curvesSvg([
      { ...loss, validation: undefined, train: { label: 'x', values: [1, Number.NaN, 2] } },
    ]);
    expect(svg).not.toContain('NaN');
    expect(svg.match(/<path [^>]*fill="#0072b2" ecmeta_series_index/g)).toHaveLength(2);
  });
});

describe('confusionSvg', () => {
  it('shows counts and names, rows from the top, and no zeros', async () => {
    const counts = [
      [12, 3],
      [0, 40],
    ];
    const svg = await confusionSvg(counts, ['a', 'b'], {
      title: 'Confusion',
      actual: 'actual',
      predicted: 'predicted',
      recall: 'recall',
    });
    const shown = shownTexts(svg);
    expect(shown).toEqual(expect.arrayContaining(['12', '3', '40', 'actual', 'predicted', 'Confusion']));
    expect(shown).not.toContain('0');
    const top = (label: string): number =>
      Number(new RegExp(`translate\\([\\d.]+ ([\\d.]+)\\)"[^>]*>${label}<`).exec(svg)?.[1]);
    expect(top('3')).toBeLessThan(top('40'));
  });
});
