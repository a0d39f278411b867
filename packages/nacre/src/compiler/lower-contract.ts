import type { Shape } from '../base/shape.ts';
import { KernelBuilder } from '../ir/builder.ts';
import type { Accumulator, Buffer, Expr, Index, LoopVar } from '../ir/expr.ts';
import { scalarOf } from '../ir/expr.ts';
import type { KernelContext, LoweredKernel } from './context.ts';
import type { OpNode } from './contract.ts';
import { delinearize, linearize } from './evaluate.ts';
import { cutLengths, cutsAlong, fillOf, runOf } from './runs.ts';
import { probe } from './schedule.ts';

/** Panels needed before the columns alone are enough work to share. */
const enoughPanels = 4;
/** Rows in one task, where rows are shared: the panel of the right matrix is repacked for each. */
const rowsPerTask = 64;
/** A sum this short reads so few rows of the right matrix that they stay in the first-level cache unpacked. */
const shortInner = 64;
/** With fewer rows a packed panel is not used often enough to pay. */
const rowsWorthPacking = 8;
/** Products whose matrices take more than this are done block by block. */
const worthBlocking = 4 * 2 ** 20;
/** A block: about so many rows of the left matrix, columns of the right one, and terms of the sum. */
const blockRows = 512;
const blockColumns = 1024;
const blockInner = 384;
/** Runs of columns that fill so much of their vectors are read where they are. */
const worthRunning = 0.4;
/** Terms that are copied together where a matrix is in order along the sum: a cache line of each row. */
const strip = 16;

/**
 * Products of matrices: a panel of a few columns of the right matrix is copied so that the inner loop reads it in order, and a
 * tile of the result stays in registers while the inner loop runs over the whole of k. The left matrix is read where it is, one
 * number spread over a vector at a time. The panel of 8 columns and k rows stays in the first-level cache up to k of about 1000
 * and streams from the second beyond. The sum over k runs in one order whatever the partition.
 *
 * Large matrices are taken block by block (Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008): a block of
 * the left one is copied in the order in which the tiles read it, and the sums so far wait in scratch memory for the next block of k.
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
  const alongSum = target.sumsByLanes?.(context, innerLoops);
  if (alongSum) return alongSum;
  function alongInner(build: (k: Index) => void): void {
    const nest = (depth: number, k: Index): void => {
      if (depth === innerLoops.length) build(k);
      else b.loop(innerLoops[depth], (v) => nest(depth + 1, b.add(b.scale(k, innerLoops[depth]), v)));
    };
    nest(0, b.constant(0));
  }

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
        const { column, used } = places[place];
        context.evaluator.forget();
        context.registers.set(node, b.read(accumulator));
        b.withLanes(used, () =>
          context.storeMembers(context.storedMembers, [...at, b.shift(row, i), column]),
        );
        context.registers.delete(node);
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
  const vectorPlace = (column: Index, used = lanes): Place => ({
    column: b.withLanes(used, () => b.vectorAt(column)),
    used,
    wide: lanes,
  });
  const covering = (column: Index, count: number): Place[] =>
    Array.from({ length: Math.ceil(count / lanes) }, (_, j) =>
      vectorPlace(b.shift(column, j * lanes), Math.min(lanes, count - j * lanes)),
    );
  const readInPlace = (at: readonly Index[], from: Index, height: number, places: readonly Place[]): void =>
    tiles(from, height, (row, tall) =>
      tile(at, row, tall, places, (k, place) =>
        context.evaluator.value(right, [...at, k, places[place].column]),
      ),
    );
  /** All rows from `from`, for the columns from `column`: a whole panel, or the `count` that remain. */
  const panel = (at: readonly Index[], from: Index, height: number, column: Index, count: number): void => {
    if (!panelScratch) {
      const places =
        lanes > 1 && (count === width || b.partial)
          ? covering(column, count)
          : Array.from(
              { length: count },
              (_, j): Place => ({ column: b.shift(column, j), used: 1, wide: 1 }),
            );
      readInPlace(at, from, height, places);
      return;
    }
    const padded = Math.ceil(count / lanes);
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
        b.store([{ buffer: panelScratch, index, value }]);
      }
    });
    context.evaluator.forget();
    const places = covering(column, count);
    const load = (k: Index, place: number): Expr =>
      b.withLanes(lanes, () =>
        b.load(panelScratch, b.vectorAt(b.shift(b.scale(k, padded * lanes), place * lanes))),
      );
    tiles(from, height, (row, tall) => {
      if (count === padded * lanes || b.partial) tile(at, row, tall, places, load);
      else ragged(at, row, tall, column, count, padded, load);
    });
  };

  /** A tile whose last vector is only partly inside the matrix: summed as vectors, stored element by element. */
  const ragged = (
    at: readonly Index[],
    row: Index,
    height: number,
    column: Index,
    count: number,
    padded: number,
    load: (k: Index, place: number) => Expr,
  ): void => {
    const spill = b.scratchBuffer(scratchType(type), height * padded * lanes);
    const zero = b.const(0, type);
    const sums = Array.from({ length: height }, () =>
      Array.from({ length: padded }, () => b.declare(zero, lanes)),
    );
    alongInner((k) => {
      const values = Array.from({ length: padded }, (_, place) => load(k, place));
      b.assign(
        sums.flatMap((line, i) => {
          const value = context.evaluator.value(left, [...at, b.shift(row, i), k]);
          return line.map((accumulator, place) => ({
            accumulator,
            value: b.binary('add', b.read(accumulator), b.binary('mul', value, values[place])),
          }));
        }),
      );
    });
    context.evaluator.forget();
    for (const [place, accumulator] of sums.flat().entries()) {
      const index = b.vectorAt(b.constant(place * lanes));
      b.store([{ buffer: spill, index, value: b.read(accumulator) }]);
    }
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < count; j++) {
        context.evaluator.forget();
        context.registers.set(node, b.load(spill, b.constant(i * padded * lanes + j)));
        context.storeMembers(context.storedMembers, [...at, b.shift(row, i), b.shift(column, j)]);
        context.registers.delete(node);
      }
    }
    context.evaluator.forget();
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
  const blocked =
    packs &&
    innerLoops.length === 1 &&
    (rows + columns) * inner * 4 > worthBlocking &&
    rows >= 2 * rowsPerTask &&
    panels >= 2 * enoughPanels &&
    inner >= blockInner;
  if (blocked) {
    const high = pieceOf(rows, Math.max(2 * rowsPerTask, Math.min(blockRows, rows / 4)));
    const wide = pieceOf(panels, Math.max(enoughPanels, Math.min(blockColumns / width, panels / 2)));
    const [down, across] = [Math.floor(rows / high), Math.floor(panels / wide)];
    const writeBlock = blocksOf(context, { high, wide, inner, width, lanes });
    const task: LoopVar = b.newLoopVar(batches * down * across);
    const body = b.capture(() => {
      const t = b.indexVar(task);
      const at = place(b.div(t, down * across));
      writeBlock(at, b.scale(b.mod(b.div(t, across), down), high), b.scale(b.mod(t, across), wide * width));
    });
    const tail = b.capture(() =>
      b.loop(batches, (index) => {
        const at = place(index);
        const below = rows - down * high;
        if (below) everyColumn(at, b.constant(rows - below), below);
        const done = across * wide;
        b.loop(panels - done, (p) =>
          panel(at, b.constant(0), rows - below, b.shift(b.scale(p, width), done * width), width),
        );
        remainder(at, b.constant(0), rows - below);
      }),
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

/** Neighbouring columns of a tile: a vector that makes use of so many of its lanes, or one column. */
interface Place {
  readonly column: Index;
  readonly used: number;
  readonly wide: number;
}

/** A size of pieces near `wanted`, that leaves nothing over if there is one. */
function pieceOf(whole: number, wanted: number): number {
  const most = Math.max(1, Math.min(whole, Math.round(wanted)));
  for (let size = most; size * 2 > most; size--) if (whole % size === 0) return size;
  return most;
}

interface BlockShape {
  /** Rows, and panels of `width` columns. */
  readonly high: number;
  readonly wide: number;
  readonly inner: number;
  readonly width: number;
  readonly lanes: number;
}

/** Writes the product of one block of rows and one of columns, and what its kernel makes of it. */
function blocksOf(
  context: KernelContext,
  { high, wide, inner, width, lanes }: BlockShape,
): (at: readonly Index[], row: Index, column: Index) => void {
  const { b, cluster, target } = context;
  const node = cluster.members[0];
  const [left, right] = node.inputs;
  const type = scalarOf(node.dtype);
  const { tileRows } = target;
  const vectors = width / lanes;
  const inOrder = [left, right].map((operand, side) => isAlongSum(context, operand, side));

  // The sums of all tiles of a panel lie one after the other, then those of the next panel.
  const sums = b.scratchBuffer(scratchType(type), high * wide * width);
  const most = Math.ceil(inner / Math.ceil(inner / blockInner));
  const leftScratch = b.scratchBuffer(scratchType(type), high * most);
  const rightScratch = b.scratchBuffer(scratchType(type), most * width);

  /** Copies `count` neighbours of each of `depth` terms of the sum, term by term. */
  const pack = (
    buffer: Buffer,
    start: Index,
    count: number,
    depth: number,
    alongSum: boolean,
    value: (k: Index, neighbour: Index) => Expr,
  ): void => {
    const put = (k: Index, neighbour: Index): void => {
      const index = b.add(b.add(start, b.scale(k, count)), neighbour);
      b.store([{ buffer, index, value: value(k, neighbour) }]);
    };
    if (alongSum) {
      const some = (from: Index, terms: number): void =>
        b.loop(count, (neighbour) => {
          for (let term = 0; term < terms; term++) put(b.shift(from, term), neighbour);
          context.evaluator.forget();
        });
      const whole = Math.floor(depth / strip);
      b.loop(whole, (v) => some(b.scale(v, strip), strip));
      if (depth % strip) some(b.constant(whole * strip), depth % strip);
      return;
    }
    b.loop(depth, (k) => {
      let done = 0;
      for (; done + lanes <= count; done += lanes) put(k, b.vectorAt(b.constant(done)));
      for (; done < count; done++) put(k, b.constant(done));
    });
    context.evaluator.forget();
  };

  const tiles = (build: (before: Index, height: number) => void): void => {
    const whole = Math.floor(high / tileRows);
    b.loop(whole, (v) => build(b.scale(v, tileRows), tileRows));
    if (high % tileRows) build(b.constant(whole * tileRows), high % tileRows);
  };
  const sumAt = (panel: Index, before: Index, i: number, place: number): Index =>
    b.vectorAt(
      b.shift(b.add(b.scale(panel, high * width), b.scale(before, width)), i * width + place * lanes),
    );

  const accumulate = (panel: Index, before: Index, height: number, depth: number): void => {
    const held = Array.from({ length: height }, (_, i) =>
      Array.from({ length: vectors }, (_, place) =>
        b.declare(b.load(sums, sumAt(panel, before, i, place)), lanes),
      ),
    );
    b.loop(depth, (k) => {
      const values = Array.from({ length: vectors }, (_, place) =>
        b.load(rightScratch, b.vectorAt(b.shift(b.scale(k, width), place * lanes))),
      );
      b.assign(
        held.flatMap((line, i) => {
          const value = b.load(leftScratch, b.shift(b.add(b.scale(before, depth), b.scale(k, height)), i));
          return line.map((accumulator, place) => ({
            accumulator,
            value: b.binary('add', b.read(accumulator), b.binary('mul', value, values[place])),
          }));
        }),
      );
    });
    held.forEach((line, i) => {
      line.forEach((accumulator, place) => {
        b.store([{ buffer: sums, index: sumAt(panel, before, i, place), value: b.read(accumulator) }]);
      });
    });
  };

  const terms = (at: readonly Index[], row: Index, column: Index, from: Index, depth: number): void => {
    tiles((before, height) =>
      pack(leftScratch, b.scale(before, depth), height, depth, inOrder[0], (k, i) =>
        context.evaluator.value(left, [...at, b.add(b.add(row, before), i), b.add(from, k)]),
      ),
    );
    b.loop(wide, (panel) => {
      const first = b.add(column, b.scale(panel, width));
      pack(rightScratch, b.constant(0), width, depth, inOrder[1], (k, j) =>
        context.evaluator.value(right, [...at, b.add(from, k), b.add(first, j)]),
      );
      tiles((before, height) => accumulate(panel, before, height, depth));
    });
  };

  return (at, row, column) => {
    const zero = b.const(0, type);
    b.vectorLoop(high * wide * width, (index) => b.store([{ buffer: sums, index, value: zero }]));
    const whole = Math.floor(inner / most);
    b.loop(whole, (v) => terms(at, row, column, b.scale(v, most), most));
    if (inner % most) terms(at, row, column, b.constant(whole * most), inner % most);
    b.loop(wide, (panel) =>
      tiles((before, height) =>
        b.loop(height, (i) => {
          for (let place = 0; place < vectors; place++) {
            context.evaluator.forget();
            const from = b.add(
              b.add(b.scale(panel, high * width), b.scale(before, width)),
              b.scale(i, width),
            );
            context.registers.set(node, b.load(sums, b.vectorAt(b.shift(from, place * lanes))));
            const to = b.vectorAt(b.shift(b.add(column, b.scale(panel, width)), place * lanes));
            context.storeMembers(context.storedMembers, [...at, b.add(b.add(row, before), i), to]);
            context.registers.delete(node);
          }
          context.evaluator.forget();
        }),
      ),
    );
  };
}

/** Whether an operand lies in memory along the sum, and not along its rows (left) or columns (right). */
function isAlongSum({ cluster, plan }: KernelContext, operand: OpNode, side: number): boolean {
  const b = new KernelBuilder(1);
  const k = b.newLoopVar(cluster.members[0].inputs[0].shape.at(-1)!);
  const at = operand.shape.map((length) => b.indexVar(b.newLoopVar(length)));
  at[at.length - (side === 0 ? 1 : 2)] = b.indexVar(k);
  const isKnown = (other: OpNode): boolean => other.isLeaf || plan.clusterOf.has(other);
  const strides = probe(b, isKnown, (evaluator) => void evaluator.value(operand, at)).map(
    (access) =>
      linearize(b, access.node.shape, access.at).terms.find(({ atom }) => atom === k)?.coefficient ?? 0,
  );
  return strides.every((stride) => stride <= 1);
}

/** The lengths of the loops that together walk the inner axis: cut where an operand's index has a quotient of it. */
function splitInner({ cluster, plan }: KernelContext, inner: number): number[] {
  const isKnown = (other: OpNode): boolean => other.isLeaf || plan.clusterOf.has(other);
  const [left, right] = cluster.members[0].inputs;
  return cutLengths(inner, [...cutsAlong(left, -1, isKnown), ...cutsAlong(right, -2, isKnown)]);
}

const scratchType = (type: string): 'float32' | 'int32' => (type === 'i32' ? 'int32' : 'float32');
