import type { Shape } from '../base/shape.ts';
import type { Accumulator, Buffer, Expr, Index, LoopVar } from '../ir/expr.ts';
import { scalarOf } from '../ir/expr.ts';
import type { KernelContext, LoweredKernel } from './context.ts';
import type { OpNode } from './contract.ts';
import { delinearize } from './evaluate.ts';
import { storeExchanged } from './exchange.ts';
import { lowerBlocks, walk } from './lower-blocks.ts';
import { shortInner } from './packing.ts';
import { cutLengths, cutsAlong, fillOf, runOf } from './runs.ts';

/** Panels needed before the columns alone are enough work to share. */
const enoughPanels = 4;
/** Rows in one task, where rows are shared: the panel of the right matrix is repacked for each. */
const rowsPerTask = 64;
/** With fewer rows a packed panel is not used often enough to pay. */
const rowsWorthPacking = 8;
/** Runs of columns that fill so much of their vectors are read where they are. */
const worthRunning = 0.4;

/**
 * Products of matrices: a panel of a few columns of the right matrix is copied so that the inner loop reads it in order, and a
 * tile of the result stays in registers while the inner loop runs over the whole of k. The left matrix is read where it is, one
 * number spread over a vector at a time. The panel of 8 columns and k rows stays in the first-level cache up to k of about 1000
 * and streams from the second beyond. The sum over k runs in one order whatever the partition.
 */
export function lowerContract(context: KernelContext): LoweredKernel {
  const { b, cluster, target } = context;
  const node = cluster.members[0];
  const [left, right] = node.inputs;
  const rank = node.shape.length;
  const batch: Shape = node.shape.slice(0, -2);
  const [rows, columns] = node.shape.slice(-2);
  const inner = left.shape[rank - 1];
  const type = scalarOf(node.dtype);
  const lanes = type === 'f32' || type === 'i32' ? target.lanes : 1;
  const vectors = lanes > 1 ? target.tileVectors : 1;
  const width = lanes * vectors;
  const panels = Math.floor(columns / width);
  const rest = columns - panels * width;
  const batches = batch.reduce((size, length) => size * length, 1);

  // An inner axis that operands take apart again (a reshape of several axes) is walked by as many loops, so that no quotient is computed
  // in the innermost one.
  const innerLoops = splitInner(context, inner);
  const special = target.sumsByLanes?.(context, innerLoops) ?? lowerBlocks(context, innerLoops);
  if (special) return special;
  const alongInner = (build: (k: Index) => void): void => walk(b, innerLoops, b.constant(0), build);

  function isContiguous(): boolean {
    const origin = node.shape.map(() => b.constant(0));
    const value = context.evaluator.value(right, [...origin.slice(0, -1), b.vectorAt(b.constant(0))]);
    context.evaluator.forget();
    return value.kind === 'load' && value.lanes === lanes;
  }

  /** One tile: `height` rows from `row`, the columns given as vectors or as single elements. */
  const tile = (
    at: readonly Index[],
    row: Index,
    height: number,
    places: readonly Place[],
    rightValue: (k: Index, place: number) => Expr,
  ): void => {
    const zero = b.const(0, type);
    const sums: Accumulator[][] = Array.from({ length: height }, () =>
      places.map(({ wide }) => b.declare(zero, wide)),
    );
    alongInner((k) => {
      const values = places.map(({ used }, place) => b.withLanes(used, () => rightValue(k, place)));
      const items = sums.flatMap((line, i) => {
        const value = context.evaluator.value(left, [...at, b.shift(row, i), k]);
        return line.map((accumulator, place) => ({
          accumulator,
          value: b.binary('add', b.read(accumulator), b.binary('mul', value, values[place])),
        }));
      });
      b.assign(items);
    });
    sums.forEach((line, i) => {
      line.forEach((accumulator, place) => {
        const { from, column, used, wide } = places[place];
        const finish = (value: Expr, to: Index, lanes: number): void => {
          context.evaluator.forget();
          context.registers.set(node, value);
          b.withLanes(lanes, () => context.storeMembers(context.storedMembers, [...at, b.shift(row, i), to]));
          context.registers.delete(node);
        };
        if (used === wide || b.partial) finish(b.read(accumulator), column, used);
        else
          for (let lane = 0; lane < used; lane++)
            finish(b.lane(b.read(accumulator), lane), b.shift(from, lane), 1);
      });
    });
    context.evaluator.forget();
  };

  const tiles = (from: Index, count: number, build: (row: Index, height: number) => void): void => {
    const { tileRows } = target;
    const whole = Math.floor(count / tileRows);
    b.loop(whole, (v) => build(b.add(from, b.scale(v, tileRows)), tileRows));
    if (count % tileRows) build(b.shift(from, whole * tileRows), count % tileRows);
  };

  // A right matrix whose rows are contiguous and few is read where it is, row tile by row tile: nothing is copied, and what follows
  // each tile (often the update of a whole weight) walks memory in order.
  const contiguous = lanes > 1 && panels > 0 && inner > 0 && isContiguous();
  const inOrder = contiguous && inner <= shortInner && rows >= target.tileRows;
  const packs = !inOrder && (rows >= rowsWorthPacking || (!contiguous && rows > 1)) && lanes > 1 && inner > 0;
  const panelScratch = packs ? b.scratchBuffer(scratchType(type), inner * width) : null;
  // Columns that lie in memory along the sum are copied in squares.
  const alongRun = packs && target.exchange && type === 'f32' && !contiguous ? runOf(right, -2, lanes) : 1;
  const inSquares = alongRun % lanes === 0 && runOf(right, -1, lanes) === 1;
  const covering = (column: Index, count: number): Place[] =>
    Array.from({ length: Math.ceil(count / lanes) }, (_, j) => {
      const from = b.shift(column, j * lanes);
      const used = Math.min(lanes, count - j * lanes);
      return { from, column: b.withLanes(used, () => b.vectorAt(from)), used, wide: lanes };
    });
  const readInPlace = (at: readonly Index[], from: Index, height: number, places: readonly Place[]): void =>
    tiles(from, height, (row, tall) =>
      tile(at, row, tall, places, (k, place) =>
        context.evaluator.value(right, [...at, k, places[place].column]),
      ),
    );
  /** Copies a panel: for each term the columns from `column`. */
  const packTerms = (
    at: readonly Index[],
    column: Index,
    count: number,
    padded: number,
    scratch: Buffer,
  ): void => {
    alongInner((k) => {
      for (let j = 0; j < padded; j++) {
        const full = (j + 1) * lanes <= count;
        const used = Math.min(lanes, count - j * lanes);
        const value =
          full || b.partial
            ? b.withLanes(used, () =>
                context.evaluator.value(right, [...at, k, b.vectorAt(b.shift(column, j * lanes))]),
              )
            : b.packLanes(
                Array.from({ length: lanes }, (_, lane) =>
                  j * lanes + lane < count
                    ? context.evaluator.value(right, [...at, k, b.shift(column, j * lanes + lane)])
                    : b.const(0, type),
                ),
              );
        const index = b.vectorAt(b.shift(b.scale(k, padded * lanes), j * lanes));
        b.store([{ buffer: scratch, index, value }]);
      }
    });
    context.evaluator.forget();
  };
  /** The same where columns lie along the sum: read by columns, and exchanged in registers. */
  const packSquares = (
    at: readonly Index[],
    column: Index,
    count: number,
    filled: number,
    scratch: Buffer,
  ): void => {
    walk(b, [inner / alongRun, alongRun / lanes], b.constant(0), (square) => {
      const term = b.scale(square, lanes);
      for (let first = 0; first < count; first += lanes) {
        const lines = Array.from({ length: lanes }, (_, j) =>
          first + j < count
            ? context.evaluator.value(right, [...at, b.vectorAt(term), b.shift(column, first + j)])
            : b.const(0, type),
        );
        storeExchanged(b, target, lines, scratch, b.shift(b.scale(term, filled), first), filled);
        context.evaluator.forget();
      }
    });
  };
  /** All rows from `from`, for the columns from `column`: a whole panel, or the `count` that remain. */
  const panel = (at: readonly Index[], from: Index, height: number, column: Index, count: number): void => {
    if (!panelScratch) {
      const places =
        lanes > 1 && (count === width || b.partial)
          ? covering(column, count)
          : Array.from({ length: count }, (_, j): Place => {
              const from = b.shift(column, j);
              return { from, column: from, used: 1, wide: 1 };
            });
      readInPlace(at, from, height, places);
      return;
    }
    const padded = Math.ceil(count / lanes);
    if (inSquares) packSquares(at, column, count, padded * lanes, panelScratch);
    else packTerms(at, column, count, padded, panelScratch);
    const places = covering(column, count);
    const load = (k: Index, place: number): Expr =>
      b.withLanes(lanes, () =>
        b.load(panelScratch, b.vectorAt(b.shift(b.scale(k, padded * lanes), place * lanes))),
      );
    tiles(from, height, (row, tall) => tile(at, row, tall, places, load));
  };

  if (batches * rows * columns === 0) return context.finish(b.newLoopVar(0), [], []);
  const place = (index: Index): Index[] => delinearize(b, batch, index);
  const remainder = (at: readonly Index[], from: Index, height: number): void => {
    if (rest) panel(at, from, height, b.constant(panels * width), rest);
  };

  // Columns that lie in short runs, such as the rows of a narrow image: the vectors end where a run ends, and nothing is gathered.
  const run = lanes > 1 && b.partial ? runOf(right, -1, lanes) : columns;
  if (run < columns && run % lanes !== 0 && fillOf(run, lanes) >= worthRunning) {
    const perRun = Math.ceil(run / lanes);
    const together = perRun === 1 ? vectors : 1;
    const runs = columns / run;
    const pieces = Math.floor(runs / together);
    const write = (at: readonly Index[], first: Index, count: number): void => {
      const places = Array.from({ length: count }, (_, r) =>
        covering(b.shift(b.scale(first, run), r * run), run),
      ).flat();
      for (let p = 0; p < places.length; p += vectors)
        readInPlace(at, b.constant(0), rows, places.slice(p, p + vectors));
    };
    const task: LoopVar = b.newLoopVar(batches * pieces);
    const body = b.capture(() => {
      const t = b.indexVar(task);
      write(place(b.div(t, pieces)), b.scale(b.mod(t, pieces), together), together);
    });
    const tail = b.capture(() =>
      b.loop(runs % together ? batches : 0, (index) =>
        write(place(index), b.constant(pieces * together), runs % together),
      ),
    );
    return context.finish(task, body, tail);
  }

  const everyColumn = (at: readonly Index[], from: Index, height: number): void => {
    b.loop(panels, (p) => panel(at, from, height, b.scale(p, width), width));
    remainder(at, from, height);
  };
  if (inOrder) {
    const { tileRows } = target;
    const rowTiles = Math.floor(rows / tileRows);
    const task: LoopVar = b.newLoopVar(batches * rowTiles);
    const body = b.capture(() => {
      const t = b.indexVar(task);
      everyColumn(place(b.div(t, rowTiles)), b.scale(b.mod(t, rowTiles), tileRows), tileRows);
    });
    const last = rows % tileRows;
    const tail = b.capture(() =>
      b.loop(last ? batches : 0, (index) => everyColumn(place(index), b.constant(rows - last), last)),
    );
    return context.finish(task, body, tail);
  }
  if (panels >= enoughPanels) {
    const task: LoopVar = b.newLoopVar(batches * panels);
    const body = b.capture(() => {
      const t = b.indexVar(task);
      panel(place(b.div(t, panels)), b.constant(0), rows, b.scale(b.mod(t, panels), width), width);
    });
    const tail = b.capture(() =>
      b.loop(rest ? batches : 0, (index) => remainder(place(index), b.constant(0), rows)),
    );
    return context.finish(task, body, tail);
  }

  const strips = Math.floor(rows / rowsPerTask);
  if (batches > 1 || strips === 0) {
    const task: LoopVar = b.newLoopVar(batches);
    const body = b.capture(() => everyColumn(place(b.indexVar(task)), b.constant(0), rows));
    return context.finish(task, body, []);
  }
  const task: LoopVar = b.newLoopVar(strips);
  const body = b.capture(() =>
    everyColumn(place(b.constant(0)), b.scale(b.indexVar(task), rowsPerTask), rowsPerTask),
  );
  const left0 = rows - strips * rowsPerTask;
  const tail = b.capture(() => {
    if (left0) everyColumn(place(b.constant(0)), b.constant(strips * rowsPerTask), left0);
  });
  return context.finish(task, body, tail);
}

/** Neighbouring columns of a tile from one on: a vector that makes use of so many of its lanes, or one column. */
interface Place {
  readonly from: Index;
  /** As a vector, if it is one. */
  readonly column: Index;
  readonly used: number;
  readonly wide: number;
}

/** The lengths of the loops that together walk the inner axis: cut where an operand's index has a quotient of it. */
function splitInner({ cluster, plan }: KernelContext, inner: number): number[] {
  const isKnown = (other: OpNode): boolean => other.isLeaf || plan.clusterOf.has(other);
  const [left, right] = cluster.members[0].inputs;
  return cutLengths(inner, [...cutsAlong(left, -1, isKnown), ...cutsAlong(right, -2, isKnown)]);
}

const scratchType = (type: string): 'float32' | 'int32' => (type === 'i32' ? 'int32' : 'float32');
