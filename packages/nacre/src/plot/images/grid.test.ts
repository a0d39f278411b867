import { describe, expect, it } from 'vitest';
import { decodePng } from '../../datasets/index.ts';
import { tensor } from '../../tensor/create.ts';
import { imageGrid } from '../index.ts';
import { createPalette } from '../terminal/colour.ts';
import { displayWidth } from '../terminal/width.ts';

/** Images of one brightness each. */
const images = (...levels: number[]) =>
  tensor(Float32Array.from(levels.flatMap((level) => new Array<number>(4).fill(level))), {
    shape: [levels.length, 1, 2, 2],
  });

/** The pictures in an SVG, decoded. */
const imagesIn = (svg: string) =>
  Promise.all(
    [...svg.matchAll(/href="data:image\/png;base64,([^"]*)"/g)].map(([, data]) =>
      decodePng(Uint8Array.from(atob(data), (character) => character.charCodeAt(0))),
    ),
  );

describe('imageGrid', () => {
  it('shows each image, 0 black and 1 white, with its label', async () => {
    const svg = await imageGrid(images(0, 0.5, 1), { labels: [7, 8, 9] }).svg();
    const shown = await imagesIn(svg);
    expect(shown.map(({ data, channels }) => [data[0], channels])).toEqual([
      [0, 1],
      [128, 1],
      [255, 1],
    ]);
    for (const label of ['7', '8', '9']) expect(svg).toContain(`>${label}</text>`);
  });

  it('stretches numbers beyond 0 to 1, unless a range is given', async () => {
    const levels = async (options = {}) =>
      (await imagesIn(await imageGrid(images(-1, 1, 3), options).svg())).map(({ data }) => data[0]);
    expect(await levels()).toEqual([0, 128, 255]);
    expect(await levels({ range: [-1, 1] })).toEqual([0, 255, 255]);
  });

  it('keeps colours, from tensors and from bytes', async () => {
    const red = tensor([[[1]], [[0]], [[0]]]);
    const svg = await imageGrid([red, { data: [0, 255, 0], width: 1, height: 1 }]).svg();
    expect((await imagesIn(svg)).map(({ data }) => [...data.subarray(0, 3)])).toEqual([
      [255, 0, 0],
      [0, 255, 0],
    ]);
  });

  it('marks what was taken for something else', async () => {
    const options = {
      labels: [0, 1],
      predictions: [0, 0],
      classes: ['cat', 'dog'],
      language: 'en',
      columns: 2,
    } as const;
    const picture = imageGrid(images(0, 1), options);
    const svg = await picture.svg();
    expect(svg.match(/stroke="#d55e00"/g)).toHaveLength(1);
    expect(svg).toContain('actual dog');
    expect(svg).toContain('predicted cat');
    const large = imageGrid(tensor(new Float32Array(2 * 256).fill(1), { shape: [2, 16, 16] }), options);
    expect(large.text({ columns: 80, palette: createPalette(1) })).toContain('dog → cat ✗');
  });

  it('fits any terminal', () => {
    const many = tensor(new Float32Array(30 * 28 * 28).fill(1), { shape: [30, 28, 28] });
    for (const columns of [20, 80, 120]) {
      const lines = imageGrid(many, { labels: new Array(30).fill('九') })
        .text({ columns, palette: createPalette(8) })!
        .split('\n');
      expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(columns);
    }
  });

  it('refuses images that do not belong together', () => {
    expect(() => imageGrid([])).toThrow('there are no images to draw');
    expect(() => imageGrid(tensor([1, 2]))).toThrow('images have the shape [2]');
    expect(() => imageGrid([{ data: [1, 2], width: 2, height: 2 }])).toThrow(
      '2 numbers are no image of 2 x 2',
    );
    const [small, large] = [
      tensor([[1]]),
      tensor([
        [1, 2],
        [3, 4],
      ]),
    ];
    expect(() => imageGrid([small, large])).toThrow('image 1 has 2 x 2 pixels, those before 1 x 1');
    expect(() => imageGrid(images(0, 1), { labels: [1] })).toThrow('images has 2, labels has 1');
    expect(() => imageGrid(images(0), { labels: [2], classes: ['a'] })).toThrow('labels has the class 2');
    expect(() => imageGrid(images(0), { columns: 0 })).toThrow('columns is a whole number');
  });
});
