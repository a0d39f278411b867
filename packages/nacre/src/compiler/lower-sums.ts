import type { Accumulator, Expr, Index, LoopVar } from '../ir/expr.ts';
import type { KernelContext, LoweredKernel, Target } from './context.ts';
import { delinearize } from './evaluate.ts';
import { cutsAlong, fillOf, runOf } from './runs.ts';

/** The register tile of such a product: rows, and columns. */
interface SumTile {
  readonly rows: number;
  readonly columns: number;
}

/** For a target with registers for such a tile: lowers the products that gain by it. */
export const sumsByLanes =
  (tile: SumTile): NonNullable<Target['sumsByLanes']> =>
  (context, innerLoops) =>
    isWorthIt(context, innerLoops) ? lowerSums(context, innerLoops, tile) : null;

/** Runs of terms that fill so much of their vectors are summed by lanes. */
const worthSumming = 0.6;
/** From so many rows on a transposed matrix is copied rather than summed along its lines. */
const rowsWorthCopying = 32;
/** From so many rows on the windows of images are copied rather than gathered along the lanes. */
const rowsWorthBlocking = 64;
/** Vectors of terms below which folding the lanes in the end costs more than gathering columns. */
const fewVectors = 8;
/** Terms that are summed before the next rows and columns have their turn: of these few lines the first-level cache holds all. */
const blockTerms = 4096;
/** Sums that wait in scratch memory between blocks, in bytes. */
const mostWaiting = 128 * 1024;

/**
 * Whether the lanes of a product should run along its sum: both matrices lie in memory along it, and the columns of the right one would
 * have to be gathered. They are windows of an image (in the gradient of a convolution's weight), or a transposed matrix that so few rows
 * use that copying it does not pay.
 */
function isWorthIt({ b, cluster }: KernelContext, innerLoops: readonly number[]): boolean {
  const node = cluster.members[0];
  if (!b.partial || node.dtype !== 'float32' || node.shape.includes(0)) return false;
  const [left, right] = node.inputs;
  const run = innerLoops.at(-1)!;
  const vectors = (left.shape.at(-1)! / run) * Math.ceil(run / b.lanes);
  if (vectors < fewVectors || fillOf(run, b.lanes) < worthSumming) return false;
  const isCut = cutsAlong(right, -1).size > 0;
  if (node.shape.at(-2)! > (isCut ? rowsWorthBlocking - 1 : rowsWorthCopying)) return false;
  if (fillOf(runOf(right, -1, b.lanes), b.lanes) >= worthSumming) return false;
  return runOf(left, -1, b.lanes) % run === 0 && runOf(right, -2, b.lanes) % run === 0;
}

/**
 * A product whose lanes run along the sum: a tile of the result is as many vectors of partial sums, whose lanes are added in the end.
 * Where the sum is long, all rows and some columns take one block of terms after the other, so that what is read stays in the cache.
 */
function lowerSums(context: KernelContext, innerLoops: readonly number[], tile: SumTile): LoweredKernel {
  const { b, cluster } = context;
  const node = cluster.members[0];
  const [left, right] = node.inputs;
  const { lanes } = b;
  const batch = node.shape.slice(0, -2);
  const batches = batch.reduce((size, length) => size * length, 1);
  const [rows, columns] = node.shape.slice(-2);
  const run = innerLoops.at(-1)!;

  // Blocks are whole steps of the outermost loops.
  let outer = 0;
  let terms = innerLoops.reduce((size, length) => size * length, 1);
  const blocks: number[] = [];
  while (terms > blockTerms && outer < innerLoops.length - 1) {
    blocks.push(innerLoops[outer]);
    terms /= innerLoops[outer++];
  }
  const within = innerLoops.slice(outer, -1);
  const waits = blocks.length > 0;
  const most = Math.floor(mostWaiting / (rows * tile.columns * lanes * 4));
  // So many columns are done together that what follows the product has vectors to work on, and that there are pieces to share.
  const wanted = columns >= 8 * lanes ? lanes : lanes / 2;
  const wide = waits
    ? Math.min(columns, tile.columns * Math.max(1, Math.min(6, most)))
    : Math.min(columns, wanted);

  const sums = b.scratchBuffer('float32', rows * wide * lanes);
  const totals = b.scratchBuffer('float32', rows * wide);

  const alongTerms = (start: Index, build: (k: Index) => void): void => {
    const nest = (depth: number, k: Index): void => {
      if (depth < within.length) {
        b.loop(within[depth], (v) => nest(depth + 1, b.add(b.scale(k, within[depth]), v)));
        return;
      }
      b.coveringLoop(run, (v) => build(b.add(b.scale(k, run), v)));
    };
    nest(0, start);
  };

  /** Adds a block of terms to the sums of a tile; `column` counts from `from`. */
  const addBlock = (
    at: readonly Index[],
    start: Index,
    row: Index,
    high: number,
    from: Index,
    column: Index,
    across: number,
  ): void => {
    const place = (i: number, j: number): Index =>
      b.vectorAt(b.scale(b.shift(b.add(b.scale(b.shift(row, i), wide), column), j), lanes));
    const held: Accumulator[][] = Array.from({ length: high }, (_, i) =>
      Array.from({ length: across }, (_, j) =>
        b.declare(waits ? b.load(sums, place(i, j)) : b.const(0, 'f32'), lanes),
      ),
    );
    alongTerms(start, (k) => {
      context.evaluator.forget();
      const values: Expr[] = Array.from({ length: across }, (_, j) =>
        context.evaluator.value(right, [...at, k, b.shift(b.add(from, column), j)]),
      );
      b.assign(
        held.flatMap((line, i) => {
          const value = context.evaluator.value(left, [...at, b.shift(row, i), k]);
          return line.map((accumulator, j) => ({
            accumulator,
            value: b.binary('add', b.read(accumulator), b.binary('mul', value, values[j])),
          }));
        }),
      );
    });
    context.evaluator.forget();
    held.forEach((line, i) => {
      line.forEach((accumulator, j) => {
        b.store([{ buffer: sums, index: place(i, j), value: b.read(accumulator) }]);
      });
    });
  };

  const inSteps = (count: number, step: number, build: (from: Index, size: number) => void): void => {
    const whole = Math.floor(count / step);
    b.loop(whole, (v) => build(b.scale(v, step), step));
    if (count % step) build(b.constant(whole * step), count % step);
  };

  /** All rows of `count` columns from `from`. */
  const write = (at: readonly Index[], from: Index, count: number): void => {
    if (waits) {
      const zero = b.const(0, 'f32');
      b.loop(rows * wide, (v) =>
        b.store([{ buffer: sums, index: b.vectorAt(b.scale(v, lanes)), value: zero }]),
      );
    }
    const nest = (depth: number, start: Index): void => {
      if (depth < blocks.length) {
        b.loop(blocks[depth], (v) => nest(depth + 1, b.add(b.scale(start, blocks[depth]), v)));
        return;
      }
      inSteps(rows, tile.rows, (row, high) =>
        inSteps(count, tile.columns, (column, across) =>
          addBlock(at, start, row, high, from, column, across),
        ),
      );
    };
    nest(0, b.constant(0));
    b.loop(rows, (row) =>
      b.loop(count, (column) => {
        const place = b.add(b.scale(row, wide), column);
        const total = b.fold('add', b.load(sums, b.vectorAt(b.scale(place, lanes))));
        b.store([{ buffer: totals, index: place, value: total }]);
      }),
    );
    b.loop(rows, (row) =>
      b.coveringLoop(count, (column) => {
        context.evaluator.forget();
        context.registers.set(node, b.load(totals, b.add(b.scale(row, wide), column)));
        context.storeMembers(context.storedMembers, [...at, row, b.add(from, column)]);
        context.registers.delete(node);
        context.evaluator.forget();
      }),
    );
  };

  const place = (index: Index): Index[] => delinearize(b, batch, index);
  const pieces = Math.floor(columns / wide);
  const task: LoopVar = b.newLoopVar(batches * pieces);
  const body = b.capture(() => {
    const t = b.indexVar(task);
    write(place(b.div(t, pieces)), b.scale(b.mod(t, pieces), wide), wide);
  });
  const rest = columns % wide;
  const tail = b.capture(() =>
    b.loop(rest ? batches : 0, (index) => write(place(index), b.constant(pieces * wide), rest)),
  );
  return context.finish(task, body, tail);
}
