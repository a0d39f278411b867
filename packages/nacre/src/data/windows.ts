import type { TypedArray } from '../base/dtype.ts';
import { ArgumentError, DataError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import type { Shape } from '../base/shape.ts';
import { Tensor } from '../tensor/tensor.ts';
import { checkWhole } from './checks.ts';
import { type Columns, checkNotEmpty, columnOf, rowsOf } from './columns.ts';
import type { Dataset, Example } from './dataset.ts';
import type { ExampleSource } from './source.ts';

export interface SlidingWindowOptions {
  /** Steps in a window. */
  readonly size: number;
  /** Steps from the beginning of one window to that of the next. Default 1. */
  readonly stride?: number;
  /** Steps to predict: those that follow the window. Default 1; 0 for windows without targets. */
  readonly horizon?: number;
  /** The columns to predict. Default: all. */
  readonly targets?: readonly number[];
}

/**
 * Windows over a series, each with the steps that follow it: what a model that forecasts is trained on. The series is kept once.
 *
 * @throws DataError for a window and horizon longer than the series, NaN and infinities; ArgumentError for columns that are not there.
 *
 * Shapes: series [steps] or [steps, features] → inputs [size, features], targets [horizon] of one column or [horizon, columns] of several
 *
 * @example
 * ```ts
 * import { slidingWindows } from 'nacre';
 * const windows = slidingWindows([1, 2, 3, 4, 5], { size: 3 });
 * windows.length; // → 2
 * windows.get(0); // → [[[1], [2], [3]], [4]]
 * slidingWindows([1, 2], { size: 3 }); // → throws DataError: 3 + 1 steps
 * ```
 */
export function slidingWindows(series: Columns, options: SlidingWindowOptions): SlidingWindows {
  return new SlidingWindows(series, options);
}

/**
 * The data set that `slidingWindows` makes.
 *
 * Shapes: series [steps] or [steps, features] → inputs [size, features], targets [horizon] or [horizon, columns]
 *
 * @example
 * ```ts
 * import { DataLoader, slidingWindows } from 'nacre';
 * const windows = slidingWindows([[1, 10], [2, 20], [3, 30], [4, 40]], { size: 2, targets: [1] });
 * for await (const [x, y] of new DataLoader(windows, { batchSize: 2 })) {
 *   x.shape; // → [2, 2, 2]
 *   await y.tolist(); // → [[30], [40]]
 * }
 * ```
 */
export class SlidingWindows implements Dataset {
  readonly length: number;
  readonly size: number;
  readonly stride: number;
  readonly horizon: number;
  /** Internal: how batches are read. */
  readonly source: ExampleSource;
  readonly #values: Float32Array;
  readonly #features: number;
  readonly #targets: readonly number[];
  readonly #targetShape: Shape;

  constructor(series: Columns, options: SlidingWindowOptions) {
    const op = 'slidingWindows';
    const {
      size,
      stride = 1,
      horizon = 1,
      targets,
    } = optionsOf(op, options, ['size', 'stride', 'horizon', 'targets']);
    checkWhole(op, 'size', size, 1);
    checkWhole(op, 'stride', stride, 1);
    checkWhole(op, 'horizon', horizon, 0);
    if (series instanceof Tensor && series.shape.length > 2) {
      throw new DataError(`a series is [steps] or [steps, features], got ${series.shape.length} axes`, {
        op,
        shapes: [series.shape],
      });
    }
    const rows = rowsOf(op, series);
    checkNotEmpty(op, rows);
    const { columns } = rows;
    const steps = rows.values.length / columns;
    if (size + horizon > steps) {
      throw new DataError(
        `a window of ${size} + ${horizon} steps to predict is longer than the series of ${steps} steps`,
        { op, hint: 'Take a smaller size or horizon, or a longer series' },
      );
    }
    const chosen = targets ?? Array.from({ length: columns }, (_, column) => column);
    const missing = chosen.find((column) => !(Number.isInteger(column) && column >= 0 && column < columns));
    if (missing !== undefined || chosen.length === 0) {
      throw new ArgumentError(`targets are columns from 0 to ${columns - 1}, got [${chosen.join(', ')}]`, {
        op,
      });
    }
    for (let column = 0; column < columns; column++) columnOf(op, rows, column); // refuses what is not finite
    this.size = size;
    this.stride = stride;
    this.horizon = horizon;
    this.length = Math.floor((steps - size - horizon) / stride) + 1;
    this.#values = Float32Array.from(rows.values);
    this.#features = columns;
    this.#targets = chosen;
    this.#targetShape = chosen.length === 1 ? [horizon] : [horizon, chosen.length];
    this.source = this.#asSource();
  }

  get(index: number): Example {
    const input = new Float32Array(this.size * this.#features);
    const target = this.horizon > 0 ? new Float32Array(this.horizon * this.#targets.length) : null;
    this.#copy(index, 0, input, target);
    const nested = rowsFrom(input, this.#features);
    if (!target) return [nested];
    return [nested, this.#targets.length === 1 ? target : rowsFrom(target, this.#targets.length)];
  }

  #copy(index: number, row: number, inputs: TypedArray, targets: TypedArray | null): void {
    const [values, features] = [this.#values, this.#features];
    const begin = index * this.stride * features;
    const end = begin + this.size * features;
    inputs.set(values.subarray(begin, end), row * (end - begin));
    if (!targets) return;
    let into = row * this.horizon * this.#targets.length;
    for (let step = 0; step < this.horizon; step++) {
      for (const column of this.#targets) targets[into++] = values[end + step * features + column];
    }
  }

  #asSource(): ExampleSource {
    const field = (shape: Shape) => ({ stored: 'float32', dtype: 'float32', shape, scale: 1 }) as const;
    return {
      length: this.length,
      input: field([this.size, this.#features]),
      target: this.horizon > 0 ? field(this.#targetShape) : null,
      write: (index, row, inputs, targets) => this.#copy(index, row, inputs, targets),
      checkClasses: () => {},
    };
  }
}

const rowsFrom = (values: Float32Array, columns: number): Float32Array[] =>
  Array.from({ length: values.length / columns }, (_, row) =>
    values.slice(row * columns, (row + 1) * columns),
  );
