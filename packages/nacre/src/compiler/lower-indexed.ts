import type { Index, LoopVar } from '../ir/expr.ts';
import type { KernelContext, LoweredKernel } from './context.ts';
import { delinearize, linearize, ruleOf } from './evaluate.ts';
import { storedAs } from './storage.ts';

/**
 * base with every source element added at the place its index names. Tasks are the lines along the axis, each walked in order,
 * so that a place named twice gets its sums in the same order whatever the number of threads.
 */
export function lowerScatter(context: KernelContext): LoweredKernel {
  const { b, cluster, evaluator } = context;
  const node = cluster.members[0];
  const rule = ruleOf(node, 'scatter');
  const axis = rule.axis(node as never);
  const [base, index, source] = node.inputs;
  const out = context.buffer(node, true);
  const lines = node.shape.map((length, i) => (i === axis ? 1 : length));
  const count = lines.reduce((size, length) => size * length, 1);

  const line = (start: readonly Index[]): void => {
    const at = (along: Index): Index[] => start.map((value, i) => (i === axis ? along : value));
    b.loop(node.shape[axis], (along) => {
      const value = evaluator.value(base, at(along));
      b.store([{ buffer: out, index: linearize(b, node.shape, at(along)), value: storedAs(b, out, value) }]);
    });
    b.loop(index.shape[axis], (along) => {
      const place = b.valueIndex(evaluator.value(index, at(along)), node.shape[axis]);
      const target = linearize(b, node.shape, at(place));
      const sum = b.binary('add', b.load(out, target), evaluator.value(source, at(along)));
      b.store([{ buffer: out, index: target, value: sum }]);
    });
  };

  if (count === 0) return context.finish(b.newLoopVar(0), [], []);
  const task: LoopVar = b.newLoopVar(count);
  const body = b.capture(() => line(delinearize(b, lines, b.indexVar(task))));
  return context.finish(task, body, []);
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
