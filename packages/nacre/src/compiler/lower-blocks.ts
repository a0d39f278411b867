import { greatestCommonDivisor, KernelBuilder } from '../ir/builder.ts';
import type { Accumulator, Buffer, Expr, Index, LoopVar } from '../ir/expr.ts';
import type { KernelContext, LoweredKernel } from './context.ts';
import type { OpNode } from './contract.ts';
import { delinearize, linearize } from './evaluate.ts';
import { largestDivisor } from './rewrite.ts';
import { behind, runOf } from './runs.ts';
import { domainIndices, probe } from './schedule.ts';

/** Products whose matrices take more bytes than this are done block by block. */
const worthBlocking = 4 * 2 ** 20;
/** A block: at most so many rows of the left matrix, and about so many terms of the sum. */
const mostRows = 512;
/** Sums of a block that wait, at most: a share of the caches. */
const mostSums = 2 ** 19;
const blockTerms = 384;
/** Pieces of work for the threads to share, at least. */
const fewestBlocks = 4;
/** What copying a number costs, next to copying it as part of a vector. */
const costOfRun = 1.5;
const costOfOne = 4;
/** Terms that are copied together where a matrix lies along the sum: a cache line of each column. */
const strip = 16;
/** A product with fewer panels is too narrow. */
const fewestPanels = 8;
/** A block with fewer rows would use what is copied too little. */
const fewestRows = 64;
/** With fewer rows the columns of several matrices are not worth putting side by side. */
const rowsWorthJoining = 32;
/** So few rows of the left matrix, for so few panels, are read where they are, if the terms of a pass lie side by side there. */
const rowsInPlace = 128;
const panelsInPlace = 8;
/** With fewer terms the copies are a large part of the work. */
const termsWorthJoining = 128;

/**
 * Products of large matrices, block by block (Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008): a block
 * of the left matrix is copied so that it lies together in the second-level cache, then panels of the right one, each of which stays in
 * the first-level cache while all rows of the block pass by. The sums so far wait in scratch memory for the next terms; the last terms end
 * in registers, where what follows the product goes on.
 *
 * Where the left matrix is the same for a whole batch (the weight of a convolution), the columns of all its products stand side by side:
 * narrow images fill panels together, and the weight is read once for all of them.
 *
 * Null where the matrices are too small to pay.
 */
export function lowerBlocks(context: KernelContext, innerLoops: readonly number[]): LoweredKernel | null {
  const { b, cluster, target } = context;
  const node = cluster.members[0];
  const [left, right] = node.inputs;
  const { lanes } = b;
  const batch = node.shape.slice(0, -2);
  const batches = batch.reduce((size, length) => size * length, 1);
  const [rows, columns] = node.shape.slice(-2);
  const inner = left.shape.at(-1)!;
  if (lanes === 1 || node.dtype !== 'float32') return null;

  const joins =
    batches > 1 &&
    b.partial &&
    columns % lanes === 0 &&
    rows >= rowsWorthJoining &&
    inner >= termsWorthJoining &&
    !variesOverBatch(left);
  const vectors = target.tileVectors;
  const width = lanes * vectors;
  const across = joins ? batches * columns : columns;
  const panels = Math.floor(across / width);
  const isLarge = (rows + columns) * inner * 4 > worthBlocking && rows >= fewestRows && inner >= blockTerms;
  if (panels < fewestPanels || !(joins || isLarge)) return null;

  const orders = { left: orderOf(left, -2, -1, b), right: orderOf(right, -1, -2, b) };
  const { high, wide } = blockOf(rows, panels, width, orders);
  const [down, over] = [rows / high, Math.floor(panels / wide)];
  const write = blockWriter(context, {
    joins,
    high,
    most: wide,
    passes: passesOf(inner, innerLoops, lanes),
    orders,
  });

  const products = joins ? 1 : batches;
  const place = (index: Index): Index[] =>
    joins ? batch.map(() => b.constant(0)) : delinearize(b, batch, index);
  const task: LoopVar = b.newLoopVar(products * down * over);
  const body = b.capture(() => {
    const t = b.indexVar(task);
    const row = b.scale(b.mod(b.div(t, over), down), high);
    write(place(b.div(t, down * over)), row, b.scale(b.mod(t, over), wide * width), wide, width);
  });
  // What is left over on the right: panels, then whole vectors, then a part of one.
  const done = over * wide * width;
  const after = panels * width;
  const whole = Math.floor((across - after) / lanes) * lanes;
  const tail = b.capture(() =>
    b.loop(done < across ? products : 0, (index) =>
      b.loop(down, (piece) => {
        const at = place(index);
        const row = b.scale(piece, high);
        if (done < after) write(at, row, b.constant(done), panels - over * wide, width);
        if (whole) write(at, row, b.constant(after), 1, whole);
        if (after + whole < across) write(at, row, b.constant(after + whole), 1, across - after - whole);
      }),
    ),
  );
  return context.finish(task, body, tail);
}

/** How many numbers of a matrix can be copied at once: of those beside each other across the sum, and along it. */
interface Order {
  /** Divides the lanes; 1 where each has to be copied by itself. */
  readonly across: number;
  /** The length of a run that lies in memory in order. */
  readonly along: number;
}

function orderOf(matrix: OpNode, across: number, along: number, b: KernelBuilder): Order {
  const run = runOf(matrix, across, b.lanes, b.partial ? 2 : 1);
  const isWhole = run === matrix.shape.at(across);
  return {
    across: isWhole ? b.lanes : greatestCommonDivisor(run, b.lanes),
    along: runOf(matrix, along, b.lanes, b.partial ? 2 : 1),
  };
}

/** Whether a matrix is another one for other places of the batch. */
function variesOverBatch(matrix: OpNode): boolean {
  const b = new KernelBuilder(1);
  const at = domainIndices(b, matrix.shape);
  const batch = at.slice(0, -2).flatMap(({ terms }) => terms.map(({ atom }) => atom));
  return probe(b, behind, (evaluator) => void evaluator.value(matrix, at)).some((access) => {
    const place = linearize(b, access.node.shape, access.at);
    return batch.some((atom) => atom.kind === 'var' && b.dependsOn(place, atom));
  });
}

/** Rows, and panels of `width` columns, of a block: such that copying is least, but the threads have pieces to share. */
function blockOf(
  rows: number,
  panels: number,
  width: number,
  orders: { left: Order; right: Order },
): { high: number; wide: number } {
  const costOf = (run: number): number => (run === 1 ? costOfOne : run < 8 ? costOfRun : 1);
  const costs = {
    left: costOf(Math.max(orders.left.across, orders.left.along)),
    right: costOf(orders.right.across),
  };
  let best = { high: rows, wide: panels };
  let least = Number.POSITIVE_INFINITY;
  for (let high = Math.min(rows, mostRows); high >= 1; high--) {
    if (rows % high || (high < fewestRows && high < rows)) continue;
    const down = rows / high;
    const room = Math.min(
      panels,
      Math.floor(mostSums / (high * width)),
      Math.floor((panels * down) / fewestBlocks),
    );
    const wide = pieceOf(panels, room);
    const cost = (panels / wide) * rows * costs.left + down * panels * width * costs.right;
    if (cost >= least) continue;
    least = cost;
    best = { high, wide };
  }
  return best;
}

/** A size of pieces near `wanted`, that leaves nothing over if there is one. */
function pieceOf(whole: number, wanted: number): number {
  const most = Math.max(1, Math.min(whole, wanted));
  for (let size = most; size * 2 > most; size--) if (whole % size === 0) return size;
  return most;
}

/** Terms of the sum that are added in one pass over a block, walked by such loops. The last pass may have fewer. */
interface Passes {
  readonly count: number;
  readonly terms: number;
  readonly loops: readonly number[];
  readonly lastTerms: number;
  readonly lastLoops: readonly number[];
}

function passesOf(inner: number, innerLoops: readonly number[], lanes: number): Passes {
  // The loops from here on are done in one pass, and some steps of the one before them.
  let first = innerLoops.length;
  let within = 1;
  while (first > 1 && within * innerLoops[first - 1] <= blockTerms) within *= innerLoops[--first];
  const loops = innerLoops.slice(first);
  const before = innerLoops[first - 1];
  const isOutermost = first === 1;
  const wanted = Math.max(1, Math.ceil(before / Math.ceil((before * within) / blockTerms)));
  const steps = !isOutermost
    ? largestDivisor(before, wanted)
    : within === 1
      ? Math.min(before, Math.ceil(wanted / lanes) * lanes)
      : wanted;
  const terms = steps * within;
  const count = Math.ceil(inner / terms);
  const lastTerms = inner - (count - 1) * terms;
  return {
    count,
    terms,
    loops: [steps, ...loops],
    lastTerms,
    lastLoops: [lastTerms / within, ...loops],
  };
}

interface BlockPlan {
  /** Whether columns count through the whole batch. */
  readonly joins: boolean;
  /** Rows of a block, and panels at most. */
  readonly high: number;
  readonly most: number;
  readonly passes: Passes;
  readonly orders: { readonly left: Order; readonly right: Order };
}

/** Writes the product of `high` rows from `row` and `panels` panels of `width` columns from `column`, and what its kernel makes of it. */
type WriteBlock = (at: readonly Index[], row: Index, column: Index, panels: number, width: number) => void;

function blockWriter(context: KernelContext, { joins, high, most, passes, orders }: BlockPlan): WriteBlock {
  const { b, cluster, target } = context;
  const node = cluster.members[0];
  const [left, right] = node.inputs;
  const { lanes } = b;
  const { tileRows } = target;
  const batch = node.shape.slice(0, -2);
  const columns = node.shape.at(-1)!;
  const widest = lanes * target.tileVectors;

  // Rows a power of two apart would all want the same few places of the cache.
  const rowStride = passes.terms + lanes;
  const whole = orders.left.along === left.shape.at(-1);
  const isInPlace =
    high <= rowsInPlace &&
    most < panelsInPlace &&
    (whole || [passes.terms, passes.lastTerms].every((terms) => orders.left.along % terms === 0));
  const leftScratch = isInPlace ? null : b.scratchBuffer('float32', high * rowStride);
  const rightScratch = b.scratchBuffer('float32', passes.terms * widest);
  // The sums of all tiles of a panel lie one after the other, then those of the next panel.
  const sums = passes.count > 1 ? b.scratchBuffer('float32', high * most * widest) : null;

  const tiles = (build: (before: Index, height: number) => void): void => {
    const full = Math.floor(high / tileRows);
    b.loop(full, (v) => build(b.scale(v, tileRows), tileRows));
    if (high % tileRows) build(b.constant(full * tileRows), high % tileRows);
  };

  /** Where the columns from `column` are: in which product of the batch, and from which of its columns. */
  const columnAt = (at: readonly Index[], column: Index): [at: readonly Index[], column: Index] =>
    joins ? [delinearize(b, batch, b.div(column, columns)), b.mod(column, columns)] : [at, column];

  /** Vectors below each other. */
  const store = (buffer: Buffer, first: Index, stride: number, vectors: readonly Expr[]): void =>
    b.store(vectors.map((value, i) => ({ buffer, index: b.vectorAt(b.shift(first, i * stride)), value })));

  const copyLeft = (
    at: readonly Index[],
    row: Index,
    start: Index,
    terms: number,
    loops: readonly number[],
  ): void => {
    const put = (i: Index, k: Index, within: Index): void => {
      const value = context.evaluator.value(left, [...at, b.add(row, i), k]);
      b.store([{ buffer: leftScratch!, index: b.add(b.scale(i, rowStride), within), value }]);
    };
    const { across, along } = orders.left;
    const piece = whole ? terms : greatestCommonDivisor(along, terms);
    if (2 * piece >= lanes) {
      b.loop(high, (i) =>
        b.loop(terms / piece, (v) =>
          b.coveringLoop(piece, (term) => {
            const within = b.add(b.scale(v, piece), term);
            put(i, b.add(start, within), within);
          }),
        ),
      );
    } else if (target.exchange && across === lanes && high % lanes === 0 && terms % lanes === 0) {
      b.loop(terms / lanes, (v) =>
        b.loop(high / lanes, (strip) => {
          const [term, i] = [b.scale(v, lanes), b.scale(strip, lanes)];
          const lines = Array.from({ length: lanes }, (_, k) =>
            context.evaluator.value(left, [...at, b.vectorAt(b.add(row, i)), b.add(start, b.shift(term, k))]),
          );
          store(leftScratch!, b.add(b.scale(i, rowStride), term), rowStride, target.exchange!(b, lines));
        }),
      );
    } else {
      // The outermost loop goes around the rows: what lies between them in memory is read in order.
      b.loop(loops[0], (v) =>
        b.loop(high, (i) =>
          walk(b, loops.slice(1), b.constant(0), (rest) => {
            const inPass = b.add(b.scale(v, terms / loops[0]), rest);
            put(i, b.add(start, inPass), inPass);
          }),
        ),
      );
    }
    context.evaluator.forget();
  };

  /** Copies a panel: for each term its columns. What fills the last vector up is never looked at. */
  const copyRight = (
    at: readonly Index[],
    column: Index,
    width: number,
    start: Index,
    terms: number,
    loops: readonly number[],
  ): void => {
    const filled = Math.ceil(width / lanes) * lanes;
    const { across } = orders.right;
    if (across === 1) {
      copyAlongSum(at, column, width, start, terms, loops);
      return;
    }
    walk(b, loops, start, (k, within) => {
      for (let first = 0; first < width; first += lanes) {
        const [batchAt, from] = columnAt(at, b.shift(column, first));
        const to = b.shift(b.scale(within, filled), first);
        const count = Math.min(lanes, width - first);
        const put = (skip: number, used: number): void =>
          b.withLanes(used, () => {
            const [source, target] = [b.shift(from, skip), b.shift(to, skip)].map((index) =>
              used === 1 ? index : b.vectorAt(index),
            );
            const value = context.evaluator.value(right, [...batchAt, k, source]);
            b.store([{ buffer: rightScratch, index: target, value }]);
          });
        const step = count < lanes && !b.partial ? 1 : across;
        for (let skip = 0; skip < count; skip += step) put(skip, Math.min(step, count - skip));
      }
    });
    context.evaluator.forget();
  };

  /**
   * The same where columns lie along the sum. A square of as many terms and columns as there are lanes is read by columns and exchanged in
   * registers; where runs are too short for that, numbers are copied one by one, some terms of each column at a time.
   */
  const copyAlongSum = (
    at: readonly Index[],
    column: Index,
    width: number,
    start: Index,
    terms: number,
    loops: readonly number[],
  ): void => {
    const filled = Math.ceil(width / lanes) * lanes;
    const { along } = orders.right;
    const run = along === right.shape.at(-2) ? terms : greatestCommonDivisor(along, terms);
    if (target.exchange && run % lanes === 0) {
      walk(b, [terms / run, run / lanes], b.constant(0), (square) => {
        const term = b.scale(square, lanes);
        for (let first = 0; first < width; first += lanes) {
          const lines = Array.from({ length: lanes }, (_, j) => {
            if (first + j >= width) return b.const(0, 'f32');
            const [batchAt, from] = columnAt(at, b.shift(column, first + j));
            return context.evaluator.value(right, [...batchAt, b.vectorAt(b.add(start, term)), from]);
          });
          store(rightScratch, b.shift(b.scale(term, filled), first), filled, target.exchange!(b, lines));
          context.evaluator.forget();
        }
      });
      return;
    }
    let within = loops.length;
    let together = 1;
    while (within > 0 && together * loops[within - 1] <= 4 * strip) together *= loops[--within];
    const cut = within > 0 && together === 1 && loops[within - 1] % strip === 0;
    const outer = loops.slice(0, within);
    const innermost = cut ? [strip] : loops.slice(within);
    if (cut) outer[outer.length - 1] /= strip;
    const step = innermost.reduce((size, length) => size * length, 1);
    walk(b, outer, b.constant(0), (before) =>
      b.loop(width, (j) => {
        const [batchAt, from] = columnAt(at, b.add(column, j));
        walk(b, innermost, b.constant(0), (rest) => {
          const inPass = b.add(b.scale(before, step), rest);
          const value = context.evaluator.value(right, [...batchAt, b.add(start, inPass), from]);
          b.store([{ buffer: rightScratch, index: b.add(b.scale(inPass, filled), j), value }]);
        });
        context.evaluator.forget();
      }),
    );
  };

  /** Adds the terms of a pass to the sums of one tile. `ends`: whether it begins, and whether it ends them. */
  const accumulate = (
    at: readonly Index[],
    row: Index,
    column: Index,
    panel: Index,
    before: Index,
    height: number,
    width: number,
    start: Index,
    terms: number,
    ends: { first: boolean; last: boolean },
  ): void => {
    const filled = Math.ceil(width / lanes) * lanes;
    const places = filled / lanes;
    const sumAt = (i: number, place: number): Index => {
      const tile = b.add(b.scale(panel, high * filled), b.scale(before, filled));
      return b.vectorAt(b.shift(tile, i * filled + place * lanes));
    };
    const held: Accumulator[][] = Array.from({ length: height }, (_, i) =>
      Array.from({ length: places }, (_, place) =>
        b.declare(ends.first ? b.const(0, 'f32') : b.load(sums!, sumAt(i, place)), lanes),
      ),
    );
    b.loop(terms, (k) => {
      const values = Array.from({ length: places }, (_, place) =>
        b.load(rightScratch, b.vectorAt(b.shift(b.scale(k, filled), place * lanes))),
      );
      b.assign(
        held.flatMap((line, i) => {
          const value = leftScratch
            ? b.load(leftScratch, b.add(b.shift(b.scale(before, rowStride), i * rowStride), k))
            : context.evaluator.value(left, [...at, b.shift(b.add(row, before), i), b.add(start, k)]);
          return line.map((accumulator, place) => ({
            accumulator,
            value: b.binary('add', b.read(accumulator), b.binary('mul', value, values[place])),
          }));
        }),
      );
    });
    for (const [i, line] of held.entries()) {
      for (const [place, accumulator] of line.entries()) {
        if (!ends.last) {
          b.store([{ buffer: sums!, index: sumAt(i, place), value: b.read(accumulator) }]);
          continue;
        }
        const [batchAt, from] = columnAt(at, b.shift(column, place * lanes));
        const used = Math.min(lanes, width - place * lanes);
        const finish = (value: Expr, to: Index): void => {
          context.evaluator.forget();
          context.registers.set(node, value);
          context.storeMembers(context.storedMembers, [...batchAt, b.shift(b.add(row, before), i), to]);
          context.registers.delete(node);
        };
        if (used === lanes || b.partial)
          b.withLanes(used, () => finish(b.read(accumulator), b.vectorAt(from)));
        else
          for (let lane = 0; lane < used; lane++)
            finish(b.lane(b.read(accumulator), lane), b.shift(from, lane));
      }
    }
    context.evaluator.forget();
  };

  return (at, row, column, panels, width) => {
    const pass = (
      start: Index,
      terms: number,
      loops: readonly number[],
      ends: { first: boolean; last: boolean },
    ): void => {
      if (leftScratch) copyLeft(at, row, start, terms, loops);
      b.loop(panels, (panel) => {
        const from = b.add(column, b.scale(panel, width));
        copyRight(at, from, width, start, terms, loops);
        tiles((before, height) =>
          accumulate(at, row, from, panel, before, height, width, start, terms, ends),
        );
      });
    };
    const { count, terms, loops, lastTerms, lastLoops } = passes;
    const last = b.constant((count - 1) * terms);
    if (count > 1) {
      pass(b.constant(0), terms, loops, { first: true, last: false });
      b.loop(count - 2, (v) =>
        pass(b.scale(b.shift(v, 1), terms), terms, loops, { first: false, last: false }),
      );
    }
    pass(last, lastTerms, lastLoops, { first: count === 1, last: true });
  };
}

/** Loops that together walk terms from `start` on; `within` counts from 0. */
export function walk(
  b: KernelBuilder,
  loops: readonly number[],
  start: Index,
  build: (term: Index, within: Index) => void,
): void {
  const nest = (depth: number, within: Index): void => {
    if (depth === loops.length) build(b.add(start, within), within);
    else b.loop(loops[depth], (v) => nest(depth + 1, b.add(b.scale(within, loops[depth]), v)));
  };
  nest(0, b.constant(0));
}
