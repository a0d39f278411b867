import type { Shape } from '../base/shape.ts';
import { KernelBuilder } from '../ir/builder.ts';
import type { Accumulator, Expr, Index, LoopVar } from '../ir/expr.ts';
import { scalarOf } from '../ir/expr.ts';
import type { KernelContext, LoweredKernel } from './context.ts';
import type { OpNode } from './contract.ts';
import { delinearize, linearize } from './evaluate.ts';
import { enoughTasks } from './lower-map.ts';
import { probe } from './schedule.ts';

/** Panels needed before the columns alone are enough work to share. */
const enoughPanels = 4;
/** Rows in one task, where rows are shared: the panel of the right matrix is repacked for each. */
const rowsPerTask = 64;
/** A sum this short reads so few rows of the right matrix that they stay in the first-level cache unpacked. */
const shortInner = 64;
/** With fewer rows a packed panel is not used often enough to pay. */
const rowsWorthPacking = 8;
/** A copied block of the left matrix stays in the second-level cache beside a panel of the right one. */
const leftBlockBytes = 256 * 1024;
/** A left matrix whose sum walks across its rows is copied from this size on: smaller ones stay in the first-level cache. */
const leftWorthPacking = 128 * 1024;
/** Panels for which a copied block is used at least. */
const panelsPerBlock = 8;

/**
 * Products of matrices: a panel of a few columns of the right matrix is copied so that the inner loop reads it in order, and a
 * tile of the result stays in registers while the inner loop runs over the whole of k. The left matrix is read where it is, one
 * number spread over a vector at a time; a large one that is transposed is copied too, block of rows by block of rows, in the order in which
 * the tiles read it. The panel of 8 columns and k rows stays in the first-level cache up to k of about 1000 and streams from the second
 * beyond. The sum over k runs in one order whatever the partition.
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
    places: readonly Index[],
    wide: number,
    rightValue: (k: Index, place: number) => Expr,
    leftValue: (k: Index, i: number) => Expr = (k, i) =>
      context.evaluator.value(left, [...at, b.shift(row, i), k]),
  ): void => {
    const zero = b.const(0, type);
    const sums: Accumulator[][] = Array.from({ length: height }, () =>
      places.map(() => b.declare(zero, wide)),
    );
    alongInner((k) => {
      const values = places.map((_, place) => rightValue(k, place));
      const items = sums.flatMap((line, i) => {
        const value = leftValue(k, i);
        return line.map((accumulator, place) => ({
          accumulator,
          value: b.binary('add', b.read(accumulator), b.binary('mul', value, values[place])),
        }));
      });
      b.assign(items);
    });
    sums.forEach((line, i) => {
      line.forEach((accumulator, place) => {
        context.evaluator.forget();
        context.registers.set(node, b.read(accumulator));
        context.storeMembers(context.storedMembers, [...at, b.shift(row, i), places[place]]);
        context.registers.delete(node);
      });
    });
    context.evaluator.forget();
  };

  /** Tiles of rows: where each begins, its height, and how many rows of the block are before it. */
  const tiles = (
    from: Index,
    count: number,
    build: (row: Index, height: number, before: Index) => void,
  ): void => {
    const { tileRows } = target;
    const whole = Math.floor(count / tileRows);
    b.loop(whole, (v) => build(b.add(from, b.scale(v, tileRows)), tileRows, b.scale(v, tileRows)));
    const done = whole * tileRows;
    if (count % tileRows) build(b.shift(from, done), count % tileRows, b.constant(done));
  };

  // A right matrix whose rows are contiguous and few is read where it is, row tile by row tile: nothing is copied, and what follows
  // each tile (often the update of a whole weight) walks memory in order.
  const contiguous = lanes > 1 && panels > 0 && inner > 0 && isContiguous();
  const inOrder = contiguous && inner <= shortInner && rows >= target.tileRows;
  const packs = !inOrder && (rows >= rowsWorthPacking || (!contiguous && rows > 1)) && lanes > 1 && inner > 0;
  const panelScratch = packs ? b.scratchBuffer(scratchType(type), inner * width) : null;
  const blockRows = packs && panels >= panelsPerBlock ? leftBlock(context, rows, inner) : 0;
  const leftScratch = blockRows ? b.scratchBuffer(scratchType(type), inner * blockRows) : null;

  /** The tiles of a block of rows, one after the other, each as the inner loop reads it: row beside row, step after step. */
  const packLeft = (at: readonly Index[], from: Index): void => {
    tiles(from, blockRows, (row, height, before) => {
      alongInner((k) => {
        const start = b.add(b.scale(before, inner), b.scale(k, height));
        for (let i = 0; i < height; ) {
          const wide = height - i >= lanes ? lanes : 1;
          const place = wide > 1 ? b.vectorAt(b.shift(row, i)) : b.shift(row, i);
          const value = context.evaluator.value(left, [...at, place, k]);
          const index = wide > 1 ? b.vectorAt(b.shift(start, i)) : b.shift(start, i);
          b.store([{ buffer: leftScratch!, index, value }]);
          i += wide;
        }
      });
      context.evaluator.forget();
    });
  };

  /** All rows from `from`, for the columns from `column`: a whole panel, or the `count` that remain. */
  const panel = (at: readonly Index[], from: Index, height: number, column: Index, count: number): void => {
    if (!panelScratch) {
      const vector = lanes > 1 && count === width;
      const places = Array.from({ length: vector ? vectors : count }, (_, j) =>
        vector ? b.vectorAt(b.shift(column, j * lanes)) : b.shift(column, j),
      );
      tiles(from, height, (row, tall) =>
        tile(at, row, tall, places, vector ? lanes : 1, (k, place) =>
          context.evaluator.value(right, [...at, k, places[place]]),
        ),
      );
      return;
    }
    const padded = Math.ceil(count / lanes);
    alongInner((k) => {
      for (let j = 0; j < padded; j++) {
        const full = (j + 1) * lanes <= count;
        const value = full
          ? context.evaluator.value(right, [...at, k, b.vectorAt(b.shift(column, j * lanes))])
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
    const places = Array.from({ length: padded }, (_, j) => b.vectorAt(b.shift(column, j * lanes)));
    const load = (k: Index, place: number): Expr =>
      b.load(panelScratch, b.vectorAt(b.shift(b.scale(k, padded * lanes), place * lanes)));
    tiles(from, height, (row, tall, before) => {
      const packed =
        leftScratch && count === width
          ? (k: Index, i: number) =>
              b.load(leftScratch, b.shift(b.add(b.scale(before, inner), b.scale(k, tall)), i))
          : undefined;
      if (count === padded * lanes) tile(at, row, tall, places, lanes, load, packed);
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
  if (leftScratch) {
    const blocks = rows / blockRows;
    const groups = largestDivisor(
      panels,
      Math.min(panels / panelsPerBlock, enoughTasks / (batches * blocks)),
    );
    const each = panels / groups;
    const task: LoopVar = b.newLoopVar(batches * blocks * groups);
    const body = b.capture(() => {
      const t = b.indexVar(task);
      const at = place(b.div(t, blocks * groups));
      const from = b.scale(b.mod(b.div(t, groups), blocks), blockRows);
      const first = b.scale(b.mod(t, groups), each * width);
      packLeft(at, from);
      b.loop(each, (p) => panel(at, from, blockRows, b.add(first, b.scale(p, width)), width));
    });
    const tail = b.capture(() =>
      b.loop(rest ? batches : 0, (index) => remainder(place(index), b.constant(0), rows)),
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

/**
 * Rows of the left matrix that are copied together: a divisor of all rows, or 0 where the matrix is read where it is, because its sum walks
 * along its rows or it is small.
 */
function leftBlock({ cluster, plan }: KernelContext, rows: number, inner: number): number {
  const [left] = cluster.members[0].inputs;
  if (rows * inner * 4 < leftWorthPacking) return 0;
  const b = new KernelBuilder(1);
  const k = b.newLoopVar(inner);
  const at = left.shape.map((length) => b.indexVar(b.newLoopVar(length)));
  at[at.length - 1] = b.indexVar(k);
  const isKnown = (other: OpNode): boolean => other.isLeaf || plan.clusterOf.has(other);
  const strides = probe(b, isKnown, (evaluator) => void evaluator.value(left, at)).map(
    (access) =>
      linearize(b, access.node.shape, access.at).terms.find(({ atom }) => atom === k)?.coefficient ?? 0,
  );
  if (strides.every((stride) => stride <= 1)) return 0;
  const most = Math.max(1, Math.floor(leftBlockBytes / (inner * 4)));
  const block = largestDivisor(rows, most);
  return block * 2 > Math.min(most, rows) ? block : 0;
}

/** The largest divisor up to a number, at least 1. */
function largestDivisor(of: number, atMost: number): number {
  for (let divisor = Math.floor(atMost); divisor > 1; divisor--) if (of % divisor === 0) return divisor;
  return 1;
}

/** The lengths of the loops that together walk the inner axis: cut where an operand's index has a quotient of it. */
function splitInner({ cluster, plan }: KernelContext, inner: number): number[] {
  const node = cluster.members[0];
  const b = new KernelBuilder(1);
  const k = b.newLoopVar(inner);
  const cuts = new Set<number>();
  const visit = (index: Index): void => {
    for (const { atom } of index.terms) {
      if (atom.kind !== 'div' && atom.kind !== 'mod') continue;
      if (b.dependsOn(atom.of, k) && inner % atom.by === 0) cuts.add(atom.by);
      visit(atom.of);
    }
  };
  b.onIndex = visit;
  node.inputs.forEach((operand, side) => {
    const at = operand.shape.map((length) => b.indexVar(b.newLoopVar(length)));
    at[at.length - (side === 0 ? 1 : 2)] = b.indexVar(k);
    const isKnown = (other: OpNode): boolean => other.isLeaf || plan.clusterOf.has(other);
    for (const access of probe(b, isKnown, (evaluator) => void evaluator.value(operand, at))) {
      visit(linearize(b, access.node.shape, access.at));
      for (const index of access.at) visit(index);
    }
  });
  const lengths: number[] = [];
  let rest = inner;
  for (const cut of [...cuts].sort((x, y) => y - x)) {
    if (rest % cut || cut === rest || cut === 1) continue;
    lengths.push(rest / cut);
    rest = cut;
  }
  return [...lengths, rest];
}

const scratchType = (type: string): 'float32' | 'int32' => (type === 'i32' ? 'int32' : 'float32');
