import { greatestCommonDivisor, KernelBuilder } from '../ir/builder.ts';
import type { Accumulator, Expr, Index, LoopVar } from '../ir/expr.ts';
import type { KernelContext, LoweredKernel } from './context.ts';
import type { OpNode } from './contract.ts';
import { delinearize, linearize } from './evaluate.ts';
import { storeExchanged } from './exchange.ts';
import { blockTerms, fewestPanels, fewestRows, isLarge } from './packing.ts';
import { largestDivisor } from './rewrite.ts';
import { behind, runOf } from './runs.ts';
import { domainIndices, probe } from './schedule.ts';

/** A block: at most so many rows of the left matrix. */
const mostRows = 512;
/** Of which so many are copied at a time: these numbers, some columns of the right matrix and their sums pass through the second-level cache. */
const rowsTogether = 128;
/** Sums of a block that wait, at most: a share of the caches. */
const mostSums = 2 ** 19;
/** Pieces of work for the threads to share, at least. */
const fewestBlocks = 4;
/** What copying a number costs, next to copying it as part of a vector. */
const costOfRun = 1.5;
const costOfOne = 4;
/** Terms that are copied together where a matrix lies along the sum: a cache line of each column. */
const strip = 16;
/** With fewer rows the columns of several matrices are not worth putting side by side. */
const rowsWorthJoining = 32;
/** So few rows of the left matrix, for so few panels, are read where they are, if the terms of a pass lie side by side there. */
const rowsInPlace = 128;
const panelsInPlace = 8;
/** With fewer terms the copies are a large part of the work. */
const termsWorthJoining = 128;

/**
 * Products of large matrices, block by block (Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008): panels of
 * the right matrix are copied once for all rows of a block, then some of these rows at a time, so that they lie together in the
 * second-level cache; each panel stays in the first-level cache while they pass by. A block that has few rows copies its panels one by
 * one instead, just before they are used. The sums so far wait in scratch memory for the next terms; the last terms end in registers,
 * where what follows the product goes on.
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
  if (panels < fewestPanels || !(joins || isLarge({ rows, columns, inner }, target))) return null;

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
    const column = b.scale(b.mod(t, over), wide * width);
    write({ at: place(b.div(t, down * over)), row, column, panels: wide, width });
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
        const rest = (from: number, panels: number, width: number): void =>
          write({ at, row, column: b.constant(from), panels, width });
        if (done < after) rest(done, panels - over * wide, width);
        if (whole) rest(after, 1, whole);
        if (after + whole < across) rest(after + whole, 1, across - after - whole);
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

/** One of the passes as it is done: its terms from `start` on, and whether the sums begin with it and end with it. */
interface Pass {
  readonly start: Index;
  readonly terms: number;
  readonly loops: readonly number[];
  readonly isFirst: boolean;
  readonly isLast: boolean;
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

/** A block of the product: `high` rows from `row` and `panels` panels of `width` columns each from `column`, in the product at `at`. */
interface Block {
  readonly at: readonly Index[];
  readonly row: Index;
  readonly column: Index;
  readonly panels: number;
  readonly width: number;
}

/** A tile of a block: `height` rows from the row `before` of the block on, in one of its panels. */
interface Tile {
  readonly panel: Index;
  readonly before: Index;
  readonly height: number;
  /** Where what was copied for it begins. */
  readonly left: Index;
  readonly right: Index;
}

/** Writes a block, and what the kernel makes of it. */
function blockWriter(
  context: KernelContext,
  { joins, high, most, passes, orders }: BlockPlan,
): (block: Block) => void {
  const { b, cluster, target } = context;
  const node = cluster.members[0];
  const [left, right] = node.inputs;
  const { lanes } = b;
  const { tileRows } = target;
  const batch = node.shape.slice(0, -2);
  const columns = node.shape.at(-1)!;
  const widest = lanes * target.tileVectors;

  // Rows, and panels, a power of two apart would all want the same few places of the cache.
  const rowStride = passes.terms + lanes;
  const whole = orders.left.along === left.shape.at(-1);
  const isInPlace =
    isInMemory(context, left) &&
    high <= rowsInPlace &&
    most < panelsInPlace &&
    (whole || [passes.terms, passes.lastTerms].every((terms) => orders.left.along % terms === 0));
  const low = isInPlace ? high : rowsAtOnce(high, tileRows);
  const isAhead = low < high;
  const leftScratch = isInPlace ? null : b.scratchBuffer('float32', low * rowStride);
  const panelSize = passes.terms * widest + widest;
  const rightScratch = b.scratchBuffer('float32', panelSize * (isAhead ? most : 1));
  // The sums of all tiles of a panel lie one after the other, then those of the next panel.
  const sums = passes.count > 1 ? b.scratchBuffer('float32', high * most * widest) : null;

  /** Where the columns from `column` are: in which product of the batch, and from which of its columns. */
  const columnAt = (at: readonly Index[], column: Index): [at: readonly Index[], column: Index] =>
    joins ? [delinearize(b, batch, b.div(column, columns)), b.mod(column, columns)] : [at, column];

  /** Copies `low` rows. */
  const copyLeft = (at: readonly Index[], row: Index, { start, terms, loops }: Pass): void => {
    const put = (i: Index, k: Index, within: Index): void => {
      const value = context.evaluator.value(left, [...at, b.add(row, i), k]);
      b.store([{ buffer: leftScratch!, index: b.add(b.scale(i, rowStride), within), value }]);
    };
    const { across, along } = orders.left;
    const piece = whole ? terms : greatestCommonDivisor(along, terms);
    if (2 * piece >= lanes) {
      b.loop(low, (i) =>
        b.loop(terms / piece, (v) =>
          b.coveringLoop(piece, (term) => {
            const within = b.add(b.scale(v, piece), term);
            put(i, b.add(start, within), within);
          }),
        ),
      );
    } else if (target.exchange && across === lanes && low % lanes === 0 && terms % lanes === 0) {
      b.loop(terms / lanes, (v) =>
        b.loop(low / lanes, (strip) => {
          const [term, i] = [b.scale(v, lanes), b.scale(strip, lanes)];
          const lines = Array.from({ length: lanes }, (_, k) =>
            context.evaluator.value(left, [...at, b.vectorAt(b.add(row, i)), b.add(start, b.shift(term, k))]),
          );
          storeExchanged(b, target, lines, leftScratch!, b.add(b.scale(i, rowStride), term), rowStride);
        }),
      );
    } else {
      // The outermost loop goes around the rows: what lies between them in memory is read in order.
      b.loop(loops[0], (v) =>
        b.loop(low, (i) =>
          walk(b, loops.slice(1), b.constant(0), (rest) => {
            const inPass = b.add(b.scale(v, terms / loops[0]), rest);
            put(i, b.add(start, inPass), inPass);
          }),
        ),
      );
    }
    context.evaluator.forget();
  };

  /** Copies the panels of a block: for each term the columns of a panel. What fills the last vector up is never looked at. */
  const copyRight = ({ at, column, panels, width }: Block, pass: Pass): void => {
    const { start, loops } = pass;
    const filled = Math.ceil(width / lanes) * lanes;
    const { across } = orders.right;
    const line = (panel: Index, k: Index, within: Index): void => {
      const begin = b.add(column, b.scale(panel, width));
      const place = b.add(b.scale(panel, panelSize), b.scale(within, filled));
      for (let first = 0; first < width; first += lanes) {
        const [batchAt, from] = columnAt(at, b.shift(begin, first));
        const to = b.shift(place, first);
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
    };
    if (across === 1) {
      b.loop(panels, (panel) => copyAlongSum(at, b.add(column, b.scale(panel, width)), width, panel, pass));
    } else if (joins) {
      // Where a column lies takes a while to find out: once for all terms.
      b.loop(panels, (panel) => walk(b, loops, start, (k, within) => line(panel, k, within)));
    } else {
      walk(b, loops, start, (k, within) => b.loop(panels, (panel) => line(panel, k, within)));
    }
    context.evaluator.forget();
  };

  /**
   * The same for one panel whose columns lie along the sum. A square of as many terms and columns as there are lanes is read by columns
   * and exchanged in registers; where runs are too short for that, numbers are copied one by one, some terms of each column at a time.
   */
  const copyAlongSum = (
    at: readonly Index[],
    column: Index,
    width: number,
    panel: Index,
    { start, terms, loops }: Pass,
  ): void => {
    const filled = Math.ceil(width / lanes) * lanes;
    const to = b.scale(panel, panelSize);
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
          const corner = b.shift(b.add(to, b.scale(term, filled)), first);
          storeExchanged(b, target, lines, rightScratch, corner, filled);
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
          b.store([{ buffer: rightScratch, index: b.add(to, b.add(b.scale(inPass, filled), j)), value }]);
        });
        context.evaluator.forget();
      }),
    );
  };

  /** Adds the terms of a pass to the sums of one tile. */
  const accumulate = ({ at, row, column, width }: Block, tile: Tile, pass: Pass): void => {
    const { before, height } = tile;
    const filled = Math.ceil(width / lanes) * lanes;
    const places = filled / lanes;
    const sumAt = (i: number, place: number): Index => {
      const first = b.add(b.scale(tile.panel, high * filled), b.scale(before, filled));
      return b.vectorAt(b.shift(first, i * filled + place * lanes));
    };
    const held: Accumulator[][] = Array.from({ length: height }, (_, i) =>
      Array.from({ length: places }, (_, place) =>
        b.declare(pass.isFirst ? b.const(0, 'f32') : b.load(sums!, sumAt(i, place)), lanes),
      ),
    );
    b.loop(pass.terms, (k) => {
      const line = b.add(tile.right, b.scale(k, filled));
      const values = Array.from({ length: places }, (_, place) =>
        b.load(rightScratch, b.vectorAt(b.shift(line, place * lanes))),
      );
      b.assign(
        held.flatMap((sumsOfRow, i) => {
          const value = leftScratch
            ? b.load(leftScratch, b.add(b.shift(tile.left, i * rowStride), k))
            : context.evaluator.value(left, [...at, b.shift(b.add(row, before), i), b.add(pass.start, k)]);
          return sumsOfRow.map((accumulator, place) => ({
            accumulator,
            value: b.binary('add', b.read(accumulator), b.binary('mul', value, values[place])),
          }));
        }),
      );
    });
    const begin = b.add(column, b.scale(tile.panel, width));
    for (const [i, sumsOfRow] of held.entries()) {
      for (const [place, accumulator] of sumsOfRow.entries()) {
        if (!pass.isLast) {
          b.store([{ buffer: sums!, index: sumAt(i, place), value: b.read(accumulator) }]);
          continue;
        }
        const [batchAt, from] = columnAt(at, b.shift(begin, place * lanes));
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

  /** `low` rows of a block, in one of its panels. */
  const writeTiles = (block: Block, pass: Pass, panel: Index, group: Index, right: Index): void => {
    const write = (first: Index, height: number): void => {
      const before = b.add(b.scale(group, low), first);
      accumulate(block, { panel, before, height, left: b.scale(first, rowStride), right }, pass);
    };
    const full = Math.floor(low / tileRows);
    b.loop(full, (v) => write(b.scale(v, tileRows), tileRows));
    if (low % tileRows) write(b.constant(full * tileRows), low % tileRows);
  };

  const writePass = (block: Block, pass: Pass): void => {
    const { at, row, column, panels, width } = block;
    if (isAhead) {
      copyRight(block, pass);
      b.loop(high / low, (group) => {
        copyLeft(at, b.add(row, b.scale(group, low)), pass);
        b.loop(panels, (panel) => writeTiles(block, pass, panel, group, b.scale(panel, panelSize)));
      });
      return;
    }
    if (leftScratch) copyLeft(at, row, pass);
    b.loop(panels, (panel) => {
      copyRight({ ...block, column: b.add(column, b.scale(panel, width)), panels: 1 }, pass);
      writeTiles(block, pass, panel, b.constant(0), b.constant(0));
    });
  };

  return (block) => {
    const { count, terms, loops, lastTerms, lastLoops } = passes;
    if (count > 1) {
      const full = { terms, loops, isLast: false };
      writePass(block, { ...full, start: b.constant(0), isFirst: true });
      b.loop(count - 2, (v) =>
        writePass(block, { ...full, start: b.scale(b.shift(v, 1), terms), isFirst: false }),
      );
    }
    const start = b.constant((count - 1) * terms);
    writePass(block, { start, terms: lastTerms, loops: lastLoops, isFirst: count === 1, isLast: true });
  };
}

/** Whether a matrix is read, and not computed while it is copied. */
function isInMemory({ plan }: KernelContext, matrix: OpNode): boolean {
  let at = matrix;
  while (!behind(at)) at = at.inputs[0];
  return at.isLeaf || plan.clusterOf.has(at);
}

/** How many rows of a block to copy at a time. */
function rowsAtOnce(high: number, tileRows: number): number {
  for (let rows = Math.min(high, rowsTogether); 2 * rows > rowsTogether; rows--)
    if (high % rows === 0 && rows % tileRows === 0) return rows;
  return high;
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
