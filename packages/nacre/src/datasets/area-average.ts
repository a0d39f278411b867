/** One value per pixel, row by row. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** Gives row `row` of a source by writing it into `into`. */
type RowReader = (row: number, into: Float32Array) => void;

/**
 * Scales rows that come one at a time: every target pixel is the mean of the source area it covers, edges counted by
 * the part that is covered. Only one source row is held at once.
 */
function averageRows(
  width: number,
  height: number,
  toWidth: number,
  toHeight: number,
  read: RowReader,
): Plane {
  const values = new Float32Array(toWidth * toHeight);
  const source = new Float32Array(width);
  const narrowed = new Float32Array(toWidth);
  const stepX = width / toWidth;
  const stepY = height / toHeight;
  for (let row = 0; row < height; row++) {
    read(row, source);
    narrowRow(source, narrowed, stepX);
    const last = Math.min(toHeight - 1, Math.ceil((row + 1) / stepY) - 1);
    for (let to = Math.floor(row / stepY); to <= last; to++) {
      const overlap = Math.min(row + 1, (to + 1) * stepY) - Math.max(row, to * stepY);
      if (overlap <= 0) continue;
      const share = overlap / stepY;
      for (let column = 0; column < toWidth; column++)
        values[to * toWidth + column] += share * narrowed[column];
    }
  }
  return { width: toWidth, height: toHeight, values };
}

function narrowRow(source: Float32Array, narrowed: Float32Array, step: number): void {
  for (let to = 0; to < narrowed.length; to++) {
    const begin = to * step;
    const end = Math.min(source.length, begin + step);
    let sum = 0;
    for (let from = Math.floor(begin); from < end; from++) {
      sum += source[from] * (Math.min(from + 1, end) - Math.max(from, begin));
    }
    narrowed[to] = sum / step;
  }
}

/** A plane at another size by area averaging. */
export const resample = ({ width, height, values }: Plane, toWidth: number, toHeight: number): Plane =>
  averageRows(width, height, toWidth, toHeight, (row, into) =>
    into.set(values.subarray(row * width, (row + 1) * width)),
  );

/** A picture of `width` x `height` read row by row, averaged down to at most `limit` on its longer side. */
export function shrinkToFit(width: number, height: number, limit: number, read: RowReader): Plane {
  const scale = Math.min(1, limit / Math.max(width, height));
  const side = (length: number): number => Math.max(1, Math.round(length * scale));
  return averageRows(width, height, side(width), side(height), read);
}
