import type { Palette } from './colour.ts';

/** Which of the upper and the lower half of a cell are lit, as one character. */
const halves = [' ', '▄', '▀', '█'] as const;

/** Where a pixel counts as lit when there are no greys to show it by. */
const threshold = 96;

/**
 * A grey image with two pixels to a character cell, the upper and the lower half block.
 *
 * @param image height × width bytes, row-major, 0 black.
 * @param width pixels, as many columns are used.
 */
export function halfBlockImage(image: ArrayLike<number>, width: number, palette: Palette): string[] {
  const height = image.length / width;
  const lines: string[] = [];
  for (let row = 0; row < height; row += 2) {
    let line = '';
    for (let column = 0; column < width; column++) {
      const upper = image[row * width + column];
      const lower = row + 1 < height ? image[(row + 1) * width + column] : 0;
      line +=
        palette.depth >= 8
          ? palette.greys('▀', upper / 255, lower / 255)
          : halves[(upper >= threshold ? 2 : 0) + (lower >= threshold ? 1 : 0)];
    }
    lines.push(line);
  }
  return lines;
}
