import { byteSize, type DType } from '../base/dtype.ts';
import { showShape } from '../base/errors.ts';
import type { Shape } from '../base/shape.ts';
import { zeros } from '../tensor/create.ts';
import { getRngState, setRngState } from '../tensor/generator.ts';
import { noGrad } from '../tensor/grad.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { Module } from './module.ts';

export interface SummaryOptions {
  /** What the input holds; layers of indices, such as Embedding, take 'int32'. Default: float32. */
  dtype?: DType;
}

type AnyForward = (...inputs: unknown[]) => unknown;

/** A table of a network: one line a layer, then totals. */
export function summarize(
  model: Module,
  inputShape?: Shape,
  { dtype = 'float32' }: SummaryOptions = {},
): string {
  const modules = model.namedModules();
  const outputs = inputShape ? outputShapes(model, inputShape, dtype) : null;
  const rows: string[][] = [['Layer', 'Type', ...(outputs ? ['Output shape'] : []), 'Parameters']];
  for (const [path, module] of modules) {
    if (path === '' && modules.length > 1) continue;
    const hasChildren = module.namedChildren().length > 0;
    const depth = path.split('.').length - 1;
    rows.push([
      `${'  '.repeat(depth)}${path.split('.').at(-1) || '(model)'}`,
      module.constructor.name,
      ...(outputs ? [outputs.get(module) ?? 'not used'] : []),
      hasChildren ? '' : count(module.parameters()),
    ]);
  }
  const trained = model.parameters();
  const buffers = model.buffers();
  return [
    ...table(rows),
    `Parameters: ${count(trained)} (${bytes(trained)})`,
    ...(buffers.length ? [`Buffers: ${count(buffers)} (${bytes(buffers)})`] : []),
  ].join('\n');
}

const elements = (tensors: readonly Tensor[]): number =>
  tensors.reduce((total, tensor) => total + tensor.size, 0);
const group = (value: number): string => value.toLocaleString('en-US');
const count = (tensors: readonly Tensor[]): string => group(elements(tensors));

function bytes(tensors: readonly Tensor[]): string {
  const total = tensors.reduce((sum, { dtype, size }) => sum + byteSize(dtype, size), 0);
  if (total < 1024) return `${total} B`;
  return total < 1024 ** 2 ? `${(total / 1024).toFixed(1)} KiB` : `${(total / 1024 ** 2).toFixed(1)} MiB`;
}

/** Columns of equal width; numbers, in the last one, end at its right edge. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const last = widths.length - 1;
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === last ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  '),
  );
  const rule = '-'.repeat(lines[0].length);
  return [lines[0], rule, ...lines.slice(1), rule];
}

/**
 * The shape of what each module gives, found by running the network on zeros that are never computed. It is run as after training,
 * so that no running statistics move, and the random numbers that follow are not others than before.
 */
function outputShapes(model: Module, inputShape: Shape, dtype: DType): Map<Module, string> {
  const shapes = new Map<Module, string>();
  const random = getRngState();
  const watched = model
    .modules()
    .map((module) => ({ module, own: Object.getOwnPropertyDescriptor(module, 'forward') }));
  try {
    for (const { module } of watched) {
      const forward = (module.forward as AnyForward).bind(module);
      const watching: AnyForward = (...inputs) => {
        const output = forward(...inputs);
        shapes.set(module, describeOutput(output));
        return output;
      };
      Object.defineProperties(module, {
        forward: { value: watching, configurable: true },
        training: { value: false, configurable: true },
      });
    }
    noGrad(() => (model.forward as AnyForward)(zeros(inputShape, { dtype })));
  } finally {
    for (const { module, own } of watched) {
      Reflect.deleteProperty(module, 'training');
      Reflect.deleteProperty(module, 'forward');
      if (own) Object.defineProperty(module, 'forward', own);
    }
    setRngState(random);
  }
  return shapes;
}

function describeOutput(output: unknown): string {
  if (output instanceof Tensor) return showShape(output.shape);
  return Array.isArray(output) ? output.map(describeOutput).join(', ') : typeof output;
}
