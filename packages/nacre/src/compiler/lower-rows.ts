import type { KernelBuilder } from '../ir/builder.ts';
import {
  type Accumulator,
  type BinaryOp,
  type Buffer,
  type Expr,
  type Index,
  type LoopVar,
  type Scalar,
  scalarOf,
} from '../ir/expr.ts';
import { type MergedAxis, traversal, unmerge } from './axes.ts';
import type { KernelContext, LoweredKernel } from './context.ts';
import type { OpNode } from './contract.ts';
import { delinearize, linearize, lowering, ruleOf } from './evaluate.ts';
import { enoughTasks } from './lower-map.ts';
import { domainIndices, isWhole, memberIndex, probe } from './schedule.ts';

/** Reductions and stores that share one walk along the reduced axes. */
interface Phase {
  readonly reductions: OpNode[];
  readonly stores: OpNode[];
  /** Members with an element for each of the row that this walk is the first to compute and a later one needs again. */
  readonly kept: OpNode[];
}

/** Where a value of the row waits, by its place in the domain and its position in the row. */
type Keeping = (place: readonly Index[], position: Index) => { buffer: Buffer; index: Index };

/** Rows shorter than this keep no vector busy. */
const shortRow = 12;

/** So many neighbouring rows are worth a vector that is used in part. */
const fewLanes = 4;

/** A row whose costly values are kept for a later walk fits the first-level cache beside what it is computed from. */
const longestKept = 8192;
/** From this cost in cycles on, a value is kept rather than computed again. */
const worthKeeping = 8;

/** Independent sums, so that an addition need not wait for the one before it. */
const unroll = 4;

/**
 * Kernels with reductions: for each row (a place of the axes that stay) one or more walks along the reduced axes, each using
 * the results of those before it, while the row is in cache. Softmax is three walks, layer norm two or three.
 */
export function lowerRows(context: KernelContext): LoweredKernel {
  const { b, cluster, plan } = context;
  const { merged, vectorizes } = traversal(cluster, plan);
  const phases = planPhases(context);
  const kept = merged.filter((axis) => !axis.reduced);
  const extents = kept.map((axis) => axis.extent);
  const rows = extents.reduce((size, extent) => size * extent, 1);
  const depth = merged.reduce((size, axis) => size * (axis.reduced ? axis.extent : 1), 1);
  const staysLast = merged.length > 0 && !merged[merged.length - 1].reduced;
  const alongRows =
    vectorizes &&
    b.lanes > 1 &&
    (staysLast || (depth <= shortRow && (extents.at(-1) ?? 0) >= (b.partial ? fewLanes : b.lanes)));
  const noTask = (): LoweredKernel => context.finish(b.newLoopVar(0), [], []);
  if (rows === 0) return noTask();

  // Where the last axis stays, or rows are as short as a pooling window, neighbouring rows are the lanes; otherwise the lanes run along
  // the row.
  if (alongRows) {
    context.writesAcrossRows = true;
    const columns = extents[extents.length - 1];
    const outer = extents.slice(0, -1);
    const outerRows = rows / columns;
    const whole = Math.floor(columns / b.lanes);
    if (b.partial && columns % b.lanes > 1 && outerRows >= enoughTasks) {
      const task: LoopVar = b.newLoopVar(outerRows);
      const body = b.capture(() => {
        const row = b.indexVar(task);
        b.coveringLoop(columns, (column) =>
          new RowWriter(context, merged, phases, [...delinearize(b, outer, row), column], 1).write(),
        );
      });
      return context.finish(task, body, []);
    }
    const task: LoopVar = b.newLoopVar(outerRows * whole);
    const build = (row: Index, column: Index): void => {
      new RowWriter(context, merged, phases, [...delinearize(b, outer, row), column], 1).write();
    };
    const body = whole
      ? b.capture(() => {
          const t = b.indexVar(task);
          build(b.div(t, whole), b.vectorAt(b.scale(b.mod(t, whole), b.lanes)));
        })
      : [];
    const tail = b.capture(() =>
      b.loop(outerRows, (row) =>
        b.coveringLoop(columns - whole * b.lanes, (column) => build(row, b.shift(column, whole * b.lanes))),
      ),
    );
    return context.finish(task, body, tail);
  }
  const task: LoopVar = b.newLoopVar(rows);
  const body = b.capture(() => {
    const at = delinearize(b, extents, b.indexVar(task));
    new RowWriter(context, merged, phases, at, vectorizes ? b.lanes : 1).write();
  });
  return context.finish(task, body, []);
}

/** A reduction comes one walk after those it needs; a store of whole rows in the walk in which all it needs is known. */
function planPhases({ cluster, storedMembers, plan, b }: KernelContext): Phase[] {
  const level = new Map<OpNode, number>();
  const phases: Phase[] = [];
  const readIn = new Map<OpNode, Set<number>>();
  const at = domainIndices(b, cluster.domain);
  for (const node of cluster.members) {
    const isReduction = lowering(node).kind === 'reduce';
    const isStored = isWhole(cluster, node) && storedMembers.includes(node);
    if (!isReduction && !isStored) continue;
    let depth = 0;
    const again = new Set<OpNode>(isStored ? [node] : []);
    probe(
      b,
      (other) => {
        if (other === node) return false;
        const owner = plan.clusterOf.get(other);
        if (owner !== cluster) return other.isLeaf || owner !== undefined;
        const needed = level.get(other);
        if (needed === undefined) {
          again.add(other);
          return false; // computed again where it is needed
        }
        depth = Math.max(depth, needed + 1);
        return true;
      },
      (evaluator) => {
        if (isReduction) evaluator.value(node.inputs[0], at);
        else evaluator.computed(node, memberIndex(b, cluster, node, at));
      },
    );
    if (isReduction) level.set(node, depth);
    while (phases.length <= depth) phases.push({ reductions: [], stores: [], kept: [] });
    phases[depth][isReduction ? 'reductions' : 'stores'].push(node);
    for (const other of again) readIn.set(other, (readIn.get(other) ?? new Set()).add(depth));
  }
  const members = new Set(cluster.members);
  for (const [node, walks] of readIn) {
    const rule = lowering(node);
    const costly = rule.kind === 'map' && rule.cost >= worthKeeping;
    if (walks.size > 1 && costly && members.has(node) && isWhole(cluster, node) && node.dtype === 'float32')
      phases[Math.min(...walks)].kept.push(node);
  }
  return phases;
}

/** Writes the walks of one row, or of as many neighbouring rows as a vector has lanes. */
class RowWriter {
  private readonly b: KernelBuilder;

  constructor(
    private readonly context: KernelContext,
    private readonly merged: readonly MergedAxis[],
    private readonly phases: readonly Phase[],
    /** Indices of the axes that stay. */
    private readonly row: readonly Index[],
    /** Lanes along the reduced axes. */
    private readonly lanes: number,
  ) {
    this.b = context.b;
  }

  write(): void {
    const { context, b } = this;
    context.registers.clear();
    context.evaluator.forget();
    this.#kept.clear();
    for (const phase of this.phases) {
      if (this.#walkIsEmpty)
        for (const node of phase.reductions) context.registers.set(node, identity(b, node));
      else this.#walk(phase);
      context.evaluator.forget();
    }
    const perRow = context.storedMembers.filter((node) => !isWhole(context.cluster, node));
    context.storeMembers(perRow, this.#place(this.#reduced.map(() => b.constant(0))));
    context.registers.clear();
    context.evaluator.forget();
  }

  /** Where values of the row that were computed in an earlier walk wait. */
  readonly #kept = new Map<OpNode, Keeping>();

  /**
   * Where one value for each element of the row waits. The row of a result that the last walk writes will do, if that walk reads nothing
   * else of the row: so its cache lines come while there is much to compute. Else, and where that walk writes past the caches, scratch memory.
   */
  #keeping(node: OpNode, phase: Phase, length: number): Keeping {
    const { b, context } = this;
    const home = this.#homeOf(node, phase);
    if (!home) {
      const buffer = b.scratchBuffer('float32', length);
      return (_, position) => ({ buffer, index: position });
    }
    const buffer = context.buffer(home, true);
    return (place) => ({
      buffer,
      index: linearize(b, home.shape, memberIndex(b, context.cluster, home, place)),
    });
  }

  #homeOf(node: OpNode, phase: Phase): OpNode | undefined {
    const { cluster } = this.context;
    const last = this.phases[this.phases.length - 1];
    if (phase !== this.phases.at(-2) || last.reductions.length || phase.kept.length > 1) return undefined;
    if (node.dtype !== 'float32') return undefined;
    // The result may be written over an input, which must not be needed any more then.
    const later = [...phase.reductions, ...phase.stores, ...last.stores];
    if (later.some((member) => this.#readsOfRow(member, node))) return undefined;
    const home = last.stores.find((store) => store.dtype === 'float32' && isWhole(cluster, store));
    return home && !this.context.streams(home) ? home : undefined;
  }

  /** Whether computing a member reads an array with an element for each of the domain. */
  #readsOfRow(member: OpNode, kept: OpNode): boolean {
    const { cluster, plan } = this.context;
    const size = product(cluster.domain);
    const seen = new Set([kept]);
    const stack = [...member.inputs];
    for (let node = stack.pop(); node; node = stack.pop()) {
      if (seen.has(node)) continue;
      seen.add(node);
      const home = node.isLeaf ? null : (plan.clusterOf.get(node) ?? cluster);
      if (home !== cluster) {
        if (product(node.shape) >= size) return true;
      } else if (lowering(node).kind !== 'reduce') stack.push(...node.inputs);
    }
    return false;
  }

  /** Whether the lanes run along the row, and the row is short enough to keep its values. */
  get #keeps(): boolean {
    const length = this.#reduced.reduce((size, axis) => size * axis.extent, 1);
    const acrossRows = this.row.some((index) => this.b.laneStride(index) !== 0);
    return !acrossRows && length <= longestKept;
  }

  get #reduced(): MergedAxis[] {
    return this.merged.filter((axis) => axis.reduced);
  }

  get #walkIsEmpty(): boolean {
    return this.context.cluster.axes.some((axis) => this.context.cluster.domain[axis] === 0);
  }

  /** The domain's indices at a place along the reduced axes. */
  #place(along: readonly Index[]): Index[] {
    let row = 0;
    let next = 0;
    const at = this.merged.map((axis) => (axis.reduced ? along[next++] : this.row[row++]));
    return unmerge(this.b, this.context.cluster.domain, this.merged, at);
  }

  #walk(phase: Phase): void {
    const { b, context, lanes } = this;
    const extents = this.#reduced.map((axis) => axis.extent);
    const length = extents.at(-1) ?? 1;
    const outer = extents.slice(0, -1);
    const rowLanes = this.row.some((index) => b.laneStride(index) !== 0) ? b.lanes : 1;
    const vectors = lanes > 1 && length >= (b.partial ? fewLanes : lanes);
    const copies =
      vectors && phase.reductions.length === 1 && phase.stores.length === 0 && length >= unroll * lanes * 2
        ? unroll
        : 1;

    // What does not fill a vector is one that is used in part, or elements by themselves.
    const remains = (count: number): boolean => count % lanes !== 0 && !(b.partial && count % lanes > 1);
    const sums = phase.reductions.map((node) => ({
      node,
      op: reduceOp(node),
      wide: vectors ? Array.from({ length: copies }, () => b.declare(identity(b, node), lanes)) : [],
      single: !vectors || remains(length) ? b.declare(identity(b, node), rowLanes) : null,
    }));
    const fresh = this.#keeps
      ? phase.kept.map((node) => ({ node, keeping: this.#keeping(node, phase, length * product(outer)) }))
      : [];
    const step = (
      at: readonly Index[],
      pick: (sum: (typeof sums)[number]) => Accumulator,
      used = lanes,
    ): void => {
      const place = this.#place(at);
      const position = at.length ? linearize(b, extents, at) : b.constant(0);
      for (const [node, keeping] of this.#kept) {
        const { buffer, index } = keeping(place, position);
        context.registers.set(node, b.load(buffer, index));
      }
      for (const { node, keeping } of fresh) {
        const value = context.evaluator.computed(node, memberIndex(b, context.cluster, node, place));
        b.store([{ ...keeping(place, position), value }]);
        context.registers.set(node, value);
      }
      const items = sums.map((sum) => {
        const accumulator = pick(sum);
        const value = context.evaluator.value(sum.node.inputs[0], place);
        const counted = used < lanes ? b.select(b.firstLanes(used), value, identity(b, sum.node)) : value;
        return { accumulator, value: combine(b, sum.op, b.read(accumulator), counted) };
      });
      b.assign(items);
      context.storeMembers(phase.stores, place);
      for (const node of [...this.#kept.keys(), ...fresh.map((entry) => entry.node)])
        context.registers.delete(node);
    };
    const inner = (prefix: readonly Index[]): void => {
      let done = 0;
      if (vectors) {
        const wholeUnrolled = Math.floor(length / (lanes * copies));
        if (copies > 1) {
          b.loop(wholeUnrolled, (v) => {
            for (let copy = 0; copy < copies; copy++) {
              const at = b.vectorAt(b.shift(b.scale(v, lanes * copies), copy * lanes));
              step([...prefix, at], (sum) => sum.wide[copy]);
            }
          });
          done = wholeUnrolled * lanes * copies;
        }
        const whole = Math.floor((length - done) / lanes);
        b.loop(whole, (v) =>
          step([...prefix, b.vectorAt(b.shift(b.scale(v, lanes), done))], (sum) => sum.wide[0]),
        );
        done += whole * lanes;
        const rest = length - done;
        if (rest && !remains(length)) {
          b.withLanes(rest, () =>
            step([...prefix, b.vectorAt(b.constant(done))], (sum) => sum.wide[0], rest),
          );
          done = length;
        }
      }
      b.loop(length - done, (v) =>
        step([...prefix, ...(extents.length ? [b.shift(v, done)] : [])], (sum) => sum.single!),
      );
    };
    const nest = (depth: number, prefix: readonly Index[]): void => {
      if (depth === outer.length) inner(prefix);
      else b.loop(outer[depth], (v) => nest(depth + 1, [...prefix, v]));
    };
    nest(0, []);
    for (const { node, keeping } of fresh) this.#kept.set(node, keeping);

    for (const { node, op, wide, single } of sums) {
      let total: Expr | null = null;
      if (wide.length) {
        let vector = b.read(wide[0]);
        if (copies > 1) {
          const [, second, third, fourth] = wide;
          vector = combine(
            b,
            op,
            combine(b, op, vector, b.read(second)),
            combine(b, op, b.read(third), b.read(fourth)),
          );
        }
        total = b.fold(op, vector);
      }
      const rest = single ? b.read(single) : null;
      const value = total && rest ? combine(b, op, total, rest) : (total ?? rest!);
      context.registers.set(node, b.keep(value));
    }
  }
}

const product = (lengths: readonly number[]): number => lengths.reduce((size, length) => size * length, 1);

const reduceOp = (node: OpNode): BinaryOp => ruleOf(node, 'reduce').op;

function combine(b: KernelBuilder, op: BinaryOp, x: Expr, y: Expr): Expr {
  if (x.type === 'bool') return b.binary(op === 'max' ? 'or' : 'and', x, y);
  return b.binary(op, x, y);
}

function identity(b: KernelBuilder, node: OpNode): Expr {
  const type: Scalar = scalarOf(node.dtype);
  switch (reduceOp(node)) {
    case 'add':
      return b.const(0, type);
    case 'mul':
      return b.const(1, type);
    case 'max':
      return b.const(type === 'bool' ? 0 : type === 'i32' ? -(2 ** 31) : Number.NEGATIVE_INFINITY, type);
    default:
      return b.const(type === 'bool' ? 1 : type === 'i32' ? 2 ** 31 - 1 : Number.POSITIVE_INFINITY, type);
  }
}
