import type { Index, LoopVar } from '../ir/expr.ts';
import type { KernelContext, LoweredKernel } from './context.ts';
import { delinearize, linearize, ruleOf } from './evaluate.ts';
import { storedAs } from './storage.ts';

/** Vectors of neighbouring lines that one task walks: as many bytes of a row as a few cache lines. */
const vectorsTogether = 2;

/**
 * base with every source element added at the place its index names, or kept there if it is larger. Tasks are lines along the axis, as many as some vectors hold, each
 * walked in order, so that a place named twice gets its sums in the same order whatever the number of threads.
 */
export function lowerScatter(context: KernelContext): LoweredKernel {
  const { b, cluster, evaluator } = context;
  const node = cluster.members[0];
  const rule = ruleOf(node, 'scatter');
  const axis = rule.axis(node as never);
  const [base, index, source] = node.inputs;
  const out = context.buffer(node, true);
  const last = node.shape.length - 1;
  const isWide = [node, ...node.inputs].some(({ dtype }) => dtype === 'float64');
  const columns = axis === last || isWide ? 1 : node.shape[last];
  const lines = node.shape.map((length, i) => (i === axis || (columns > 1 && i === last) ? 1 : length));
  const count = lines.reduce((size, length) => size * length, 1);

  const walk = (start: readonly Index[], from: Index, width: number): void => {
    const across = (along: Index, build: (at: readonly Index[]) => void): void => {
      const place = (column: Index): Index[] =>
        start.map((value, i) => (i === axis ? along : i === last && columns > 1 ? column : value));
      if (columns === 1) build(place(from));
      else b.coveringLoop(width, (column) => build(place(b.add(from, column))));
    };
    const fill = (at: readonly Index[]): void => {
      const value = evaluator.value(base, at);
      b.store([{ buffer: out, index: linearize(b, node.shape, at), value: storedAs(b, out, value) }]);
    };
    if (axis === last && !isWide)
      b.coveringLoop(node.shape[axis], (along) => fill([...start.slice(0, -1), along]));
    else b.loop(node.shape[axis], (along) => across(along, fill));
    b.loop(index.shape[axis], (along) =>
      across(along, (at) => {
        const place = b.valueIndex(evaluator.value(index, at), node.shape[axis]);
        const target = linearize(
          b,
          node.shape,
          at.map((value, i) => (i === axis ? place : value)),
        );
        const sum = b.binary(rule.op, b.load(out, target), evaluator.value(source, at));
        b.store([{ buffer: out, index: target, value: sum }]);
      }),
    );
  };

  if (count * columns === 0) return context.finish(b.newLoopVar(0), [], []);
  const width = Math.min(columns, vectorsTogether * b.lanes);
  const pieces = Math.floor(columns / width);
  const rest = columns - pieces * width;
  const task: LoopVar = b.newLoopVar(count * pieces);
  const body = b.capture(() => {
    const t = b.indexVar(task);
    walk(delinearize(b, lines, b.div(t, pieces)), b.scale(b.mod(t, pieces), width), width);
  });
  const tail = b.capture(() =>
    b.loop(rest ? count : 0, (line) => walk(delinearize(b, lines, line), b.constant(pieces * width), rest)),
  );
  return context.finish(task, body, tail);
}

/** Operands one after the other along an axis. Tasks are the places before the axis. */
export function lowerConcat(context: KernelContext): LoweredKernel {
  const { b, cluster, evaluator } = context;
  const node = cluster.members[0];
  const rule = ruleOf(node, 'concat');
  const axis = rule.axis(node as never);
  const out = context.buffer(node, true);
  const outer = node.shape.slice(0, axis);
  const rows = outer.reduce((size, length) => size * length, 1);
  const vectorizes = node.dtype !== 'float64' && node.inputs.every((input) => input.dtype !== 'float64');

  const task: LoopVar = b.newLoopVar(node.shape.includes(0) ? 0 : rows);
  const body = b.capture(() => {
    const start = delinearize(b, outer, b.indexVar(task));
    let offset = 0;
    for (const input of node.inputs) {
      const inner = input.shape.slice(axis);
      const shape = node.shape.slice(axis);
      const from = offset;
      const length = inner.reduce((size, extent) => size * extent, 1);
      const copy = (position: Index): void => {
        const local = delinearize(b, inner, position);
        const value = evaluator.value(input, [...start, ...local]);
        const at = [...start, b.shift(local[0], from), ...local.slice(1)];
        b.store([{ buffer: out, index: linearize(b, node.shape, at), value: storedAs(b, out, value) }]);
      };
      if (vectorizes && shape.length > 0) b.coveringLoop(length, copy);
      else b.loop(length, copy);
      offset += input.shape[axis];
    }
  });
  return context.finish(task, task.extent ? body : [], []);
}
