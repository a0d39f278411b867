import type { Index, LoopVar, Statement } from '../ir/expr.ts';
import { traversal, unmerge } from './axes.ts';
import type { KernelContext, LoweredKernel } from './context.ts';
import { delinearize } from './evaluate.ts';

/** Enough pieces for the threads to share evenly. */
export const enoughTasks = 16;
/** Columns that one task takes at least, where rows are cut. */
const blockColumns = 64;

/** Elementwise kernels: every member at every place of the domain. */
export function lowerMap(context: KernelContext): LoweredKernel {
  const { b, cluster, plan } = context;
  const { domain } = cluster;
  const { merged, vectorizes } = traversal(cluster, plan);
  const extents = merged.map((axis) => axis.extent);
  const columns = extents.at(-1) ?? 1;
  const outer = extents.slice(0, -1);
  const rows = outer.reduce((size, extent) => size * extent, 1);
  const lanes = vectorizes ? b.lanes : 1;

  const at = (row: Index, column: Index): void => {
    const indices = unmerge(b, domain, merged, merged.length ? [...delinearize(b, outer, row), column] : []);
    context.storeMembers(context.storedMembers, indices);
  };
  const along = (count: number, from: Index, row: Index): void => {
    if (lanes > 1) b.coveringLoop(count, (column) => at(row, b.add(from, column)));
    else b.loop(count, (column) => at(row, b.add(from, column)));
  };
  const zero = b.constant(0);
  const cut = (extent: number, body: (task: Index) => void, tail: () => void): LoweredKernel => {
    const task: LoopVar = b.newLoopVar(extent);
    const statements: Statement[] = extent ? b.capture(() => body(b.indexVar(task))) : [];
    return context.finish(task, statements, b.capture(tail));
  };

  if (rows * columns === 0)
    return cut(
      0,
      () => {},
      () => {},
    );
  if (rows === 1) {
    const whole = Math.floor(columns / lanes);
    const vector = (v: Index): Index => (lanes > 1 ? b.vectorAt(b.scale(v, lanes)) : v);
    return cut(
      whole,
      (v) => at(zero, vector(v)),
      () => along(columns - whole * lanes, b.constant(whole * lanes), zero),
    );
  }
  const blocks = Math.floor(columns / blockColumns);
  if (rows >= enoughTasks || blocks < 2) {
    return cut(
      rows,
      (row) => along(columns, zero, row),
      () => {},
    );
  }
  return cut(
    rows * blocks,
    (task) => along(blockColumns, b.scale(b.mod(task, blocks), blockColumns), b.div(task, blocks)),
    () =>
      b.loop(rows, (row) => along(columns - blocks * blockColumns, b.constant(blocks * blockColumns), row)),
  );
}
