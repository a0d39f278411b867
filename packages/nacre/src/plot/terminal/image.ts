import type { Palette } from './colour.ts';

/** Which of the upper and the lower half of a cell are lit, as one character. */
const halves = [' ', '▄', '▀', '█'] as const;

/** Where a pixel counts as lit when there are no greys to show it by. */
const threshold = 96;

/** Red, green and blue as one number for the eye (ITU-R BT.601). */
const grey = (image: ArrayLike<number>, at: number, channels: number): number =>
  channels === 1 ? image[at] : 0.299 * image[at] + 0.587 * image[at + 1] + 0.114 * image[at + 2];

/**
 * An image with two pixels to a character cell, the upper and the lower half block: in greys or colours where the terminal has them,
 * else lit or not.
 *
 * @param image height × width × channels bytes, row-major, 0 black.
 * @param width pixels, as many columns are used.
 * @param channels 1 for grey, which is the default, or 3 for red, green and blue.
 *
 * @example
 * ```ts
 * import { createPalette, halfBlockImage } from 'nacre/terminal';
 * halfBlockImage([255, 0, 255, 255], 2, createPalette(1)); // → ['█▄']
 * ```
 */
export function halfBlockImage(
  image: ArrayLike<number>,
  width: number,
  palette: Palette,
  channels: 1 | 3 = 1,
): string[] {
  const height = image.length / (width * channels);
  const lines: string[] = [];
  for (let row = 0; row < height; row += 2) {
    let line = '';
    for (let column = 0; column < width; column++) {
      const upper = (row * width + column) * channels;
      const lower = row + 1 < height ? upper + width * channels : undefined;
      line += cell(image, upper, lower, channels, palette);
    }
    lines.push(line);
  }
  return lines;
}

function cell(
  image: ArrayLike<number>,
  upper: number,
  lower: number | undefined,
  channels: 1 | 3,
  palette: Palette,
): string {
  const level = (at: number | undefined): number => (at === undefined ? 0 : grey(image, at, channels));
  if (palette.depth < 8) {
    return halves[(level(upper) >= threshold ? 2 : 0) + (level(lower) >= threshold ? 1 : 0)];
  }
  if (channels === 1) return palette.greys('▀', level(upper) / 255, level(lower) / 255);
  const rgb = (at: number | undefined) =>
    at === undefined ? ([0, 0, 0] as const) : ([image[at], image[at + 1], image[at + 2]] as const);
  return palette.colours('▀', rgb(upper), rgb(lower));
}
