type Style = (text: string) => string;

/** Bits of the eight dots of a braille character, by column and row from the top left (Unicode 15, block U+2800). */
const dotBits = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

export const dotsPerCell = { across: 2, down: 4 } as const;

/**
 * A drawing of dots, 2 across and 4 down in each character cell; a cell has the colour of the last dot set in it.
 *
 * @example
 * ```ts
 * import { BrailleCanvas } from 'nacre/terminal';
 * const canvas = new BrailleCanvas(4, 1);
 * canvas.line(0, 3, 7, 3);
 * canvas.lines(); // → ['⣀⣀⣀⣀']
 * ```
 */
export class BrailleCanvas {
  readonly columns: number;
  readonly rows: number;
  readonly #bits: Uint8Array;
  readonly #styles: (Style | undefined)[];

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
    this.#bits = new Uint8Array(columns * rows);
    this.#styles = new Array(columns * rows);
  }

  /** Sets a dot; x to the right, y downwards, in dots; outside of the canvas nothing happens. */
  dot(x: number, y: number, style?: Style): void {
    const column = Math.floor(x / dotsPerCell.across);
    const row = Math.floor(y / dotsPerCell.down);
    if (column < 0 || column >= this.columns || row < 0 || row >= this.rows) return;
    const cell = row * this.columns + column;
    this.#bits[cell] |= dotBits[x % dotsPerCell.across][y % dotsPerCell.down];
    this.#styles[cell] = style;
  }

  /** A straight line between two dots; `period` 2 sets every second dot of it. */
  line(x0: number, y0: number, x1: number, y1: number, style?: Style, period = 1): void {
    const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1);
    for (let step = 0; step <= steps; step += period) {
      const x = Math.round(x0 + ((x1 - x0) * step) / steps);
      const y = Math.round(y0 + ((y1 - y0) * step) / steps);
      this.dot(x, y, style);
    }
  }

  lines(): string[] {
    return Array.from({ length: this.rows }, (_, row) => {
      let line = '';
      for (let cell = row * this.columns; cell < (row + 1) * this.columns; cell++) {
        const bits = this.#bits[cell];
        const character = bits === 0 ? ' ' : String.fromCodePoint(0x2800 + bits);
        line += bits === 0 ? character : (this.#styles[cell]?.(character) ?? character);
      }
      return line;
    });
  }
}
