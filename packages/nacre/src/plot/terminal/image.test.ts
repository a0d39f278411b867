import { expect, it } from 'vitest';
import { createPalette } from './colour.ts';
import { halfBlockImage } from './image.ts';
import { displayWidth } from './width.ts';

const image = Uint8Array.of(255, 0, 255, 0, 255, 255, 0, 0, 255);

it('shows two rows of pixels in a line', () => {
  expect(halfBlockImage(image, 3, createPalette(1))).toEqual(['▀▄█', '  ▀']);
});

it('uses greys where the terminal has them, with as many columns', () => {
  const [line] = halfBlockImage(image, 3, createPalette(8));
  expect(line).toContain('38;5;255;48;5;232');
  expect(displayWidth(line)).toBe(3);
});

it('shows a 28 × 28 image in 14 lines of 28 columns', () => {
  const lines = halfBlockImage(new Uint8Array(784), 28, createPalette(1));
  expect(lines.map(displayWidth)).toEqual(new Array(14).fill(28));
});
