import type { KernelBuilder } from '../ir/builder.ts';
import type { Buffer, Expr, Index } from '../ir/expr.ts';
import type { Target } from './context.ts';

/**
 * As many vectors as there are lanes, with rows and columns exchanged: lane i of vector j becomes lane j of vector i. Each round shuffles
 * the vectors like two halves of a pack of cards; after log2(lanes) rounds every number is in its place.
 */
export function exchange(b: KernelBuilder, rows: readonly Expr[]): readonly Expr[] {
  const { lanes } = b;
  const zip = (x: Expr, y: Expr, from: number): Expr =>
    b.shuffle(
      x,
      y,
      Array.from({ length: lanes }, (_, lane) => from + (lane >> 1) + (lane & 1) * lanes),
    );
  let vectors = rows.map((row) => b.spread(row, lanes));
  for (let round = 1; round < lanes; round *= 2) {
    const before = vectors;
    vectors = before.map((_, i) => zip(before[i >> 1], before[(i >> 1) + lanes / 2], ((i & 1) * lanes) / 2));
  }
  return vectors;
}

/**
 * Copies a square of as many rows and columns as there are lanes, with rows and columns exchanged: `rows` as they are read go to lines of
 * `buffer` that begin `stride` apart, the first at `corner`.
 */
export function storeExchanged(
  b: KernelBuilder,
  target: Target,
  rows: readonly Expr[],
  buffer: Buffer,
  corner: Index,
  stride: number,
): void {
  const columns = target.exchange!(b, rows);
  b.store(columns.map((value, i) => ({ buffer, index: b.vectorAt(b.shift(corner, i * stride)), value })));
}
