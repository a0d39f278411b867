import { ArgumentError, ShapeMismatchError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { tensor } from '../tensor/create.ts';
import { asMap, compareKeys, type StateDict } from '../tensor/state-dict.ts';
import { Tensor } from '../tensor/tensor.ts';
import { type Columns, checkNotEmpty, columnOf, columnsLike, rowsOf } from './columns.ts';

/** Which columns the numbers belong to. */
export interface ColumnChoice {
  /** Their places among the columns it was fitted on. Default: all, in order. */
  readonly columns?: readonly number[];
}

/** What fitting finds out of one column: y = (x - center) / scale. */
interface Affine {
  readonly center: number;
  readonly scale: number;
}

/**
 * Base of the scalers: y = (x - center) / scale in each column, with numbers found by `fit`. A column without spread is only moved.
 * Tensors, typed arrays and rows of numbers are given back as the same kind.
 */
abstract class Scaler {
  #center: Float64Array | null = null;
  #scale: Float64Array | null = null;

  /** What one column is moved and divided by. */
  protected abstract measure(values: Float64Array): Affine;

  /** Number of columns it was fitted on, 0 before. */
  get columns(): number {
    return this.#center?.length ?? 0;
  }

  /** What is taken from each column. Throws an ArgumentError before `fit`. */
  get center(): Float64Array {
    return this.#fitted('center').center;
  }

  /** What each column is divided by. Throws an ArgumentError before `fit`. */
  get scale(): Float64Array {
    return this.#fitted('scale').scale;
  }

  #fitted(method: string): { center: Float64Array; scale: Float64Array } {
    if (this.#center && this.#scale) return { center: this.#center, scale: this.#scale };
    throw new ArgumentError('it was not fitted yet', {
      op: `${this.constructor.name}.${method}`,
      hint: 'Call fit on the training data first',
    });
  }

  /** Learns from each column of the training data. Throws a DataError for no rows, NaN and infinities. */
  fit(data: Columns): this {
    const op = `${this.constructor.name}.fit`;
    const rows = rowsOf(op, data);
    checkNotEmpty(op, rows);
    const found = Array.from({ length: rows.columns }, (_, column) =>
      this.measure(columnOf(op, rows, column)),
    );
    this.#center = Float64Array.from(found, ({ center }) => center);
    // A column of one value has no scale of its own.
    this.#scale = Float64Array.from(found, ({ scale }) => scale || 1);
    return this;
  }

  /** Scales the columns. Throws a ShapeMismatchError for another number of columns than it was fitted on. */
  transform<C extends Columns>(data: C, choice: ColumnChoice = {}): C {
    return this.#map('transform', data, choice, (x, center, scale) => (x - center) / scale);
  }

  fitTransform<C extends Columns>(data: C): C {
    return this.fit(data).transform(data);
  }

  /** Undoes `transform`. With `columns`, of some columns alone: those that a model predicts. */
  inverseTransform<C extends Columns>(data: C, choice: ColumnChoice = {}): C {
    return this.#map('inverseTransform', data, choice, (y, center, scale) => y * scale + center);
  }

  #map<C extends Columns>(
    method: string,
    data: C,
    choice: ColumnChoice,
    change: (value: number, center: number, scale: number) => number,
  ): C {
    const op = `${this.constructor.name}.${method}`;
    const { center, scale } = this.#fitted(method);
    const chosen = optionsOf(op, choice, ['columns']).columns ?? [...center.keys()];
    const missing = chosen.find((column) => center[column] === undefined);
    if (missing !== undefined) {
      throw new ArgumentError(`there is no column ${missing}; it was fitted on ${center.length}`, { op });
    }
    const { values, columns } = rowsOf(op, data);
    // A tensor [n, 1] and a flat array are one column; so is any tensor, where one column is chosen.
    const width = chosen.length === 1 ? 1 : columns;
    if (width !== chosen.length || (columns !== 1 && chosen.length === 1 && !(data instanceof Tensor))) {
      throw new ShapeMismatchError(`${columns} columns where ${chosen.length} are scaled`, {
        op,
        shapes: [[columns], [chosen.length]],
        hint: 'Give the columns it was fitted on, or say which ones they are: { columns: [3] }',
      });
    }
    const changed = new Float64Array(values.length);
    for (let at = 0; at < changed.length; at++) {
      const column = chosen[at % width];
      changed[at] = change(values[at], center[column], scale[column]);
    }
    return columnsLike(data, changed, columns);
  }

  /** What it has learned, to be kept beside the model: `center` and `scale`, float64 [columns]. */
  stateDict(): StateDict {
    const { center, scale } = this.#fitted('stateDict');
    return {
      center: tensor(center, { dtype: 'float64' }),
      scale: tensor(scale, { dtype: 'float64' }),
    };
  }

  /** Takes up what another one has learned. Throws an ArgumentError for other names. */
  loadStateDict(state: StateDict | ReadonlyMap<string, Tensor>): this {
    const op = `${this.constructor.name}.loadStateDict`;
    const given = asMap(state);
    const center = given.get('center');
    const shape = center instanceof Tensor ? center.shape : [];
    compareKeys(op, new Map(['center', 'scale'].map((name) => [name, { shape }])), given, {
      hint: 'Give what stateDict of a fitted scaler made',
    });
    const numbers = (name: string): Float64Array =>
      Float64Array.from((given.get(name) as Tensor).dataSync() as ArrayLike<number>);
    this.#center = numbers('center');
    this.#scale = numbers('scale');
    return this;
  }
}

/** Smallest and largest number. */
function extremes(values: Float64Array): [min: number, max: number] {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return [min, max];
}

/**
 * Scales each column to a range, that of the training data: smallest to largest.
 *
 * Formula: y = low + (x - min) · (high - low) / (max - min)
 *
 * Shapes: x [..., columns] → [..., columns]; a flat array is one column
 *
 * @throws ArgumentError for a range that is none, or use before `fit`; DataError for no rows, NaN and infinities.
 *
 * @example
 * ```ts
 * import { MinMaxScaler } from 'nacre';
 * const scaler = new MinMaxScaler();
 * scaler.fitTransform([10, 20, 30]); // → [0, 0.5, 1]
 * scaler.inverseTransform([0.25]); // → [15]
 * ```
 */
export class MinMaxScaler extends Scaler {
  readonly range: readonly [low: number, high: number];

  constructor(options: { readonly range?: readonly [low: number, high: number] } = {}) {
    super();
    const { range = [0, 1] } = optionsOf('MinMaxScaler', options, ['range']);
    if (!(range[0] < range[1] && Number.isFinite(range[1] - range[0]))) {
      throw new ArgumentError(`range goes from a low to a high number, got [${range.join(', ')}]`, {
        op: 'MinMaxScaler',
      });
    }
    this.range = range;
  }

  protected measure(values: Float64Array): Affine {
    const [low, high] = this.range;
    const [min, max] = extremes(values);
    const scale = (max - min) / (high - low);
    // Of a column of one value, the value becomes `low`, as the smallest.
    return { scale, center: min - low * (scale || 1) };
  }
}

/**
 * Gives each column mean 0 and standard deviation 1 over the training data (divided by n, as scikit-learn does).
 *
 * Formula: y = (x - mean) / std
 *
 * Shapes: x [..., columns] → [..., columns]; a flat array is one column
 *
 * @throws ArgumentError for use before `fit`; DataError for no rows, NaN and infinities.
 *
 * @example
 * ```ts
 * import { StandardScaler } from 'nacre';
 * const scaler = new StandardScaler();
 * scaler.fitTransform([[1, 0], [3, 4]]); // → [[-1, -1], [1, 1]]
 * scaler.inverseTransform([0], { columns: [1] }); // → [2]
 * ```
 */
export class StandardScaler extends Scaler {
  protected measure(values: Float64Array): Affine {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const deviation = Math.sqrt(squares / values.length);
    // Of equal numbers only the rounding of their mean is left, which must not be blown up.
    return { center: mean, scale: deviation > 1e-14 * Math.abs(mean) ? deviation : 0 };
  }
}

/** The quantile at a fraction of sorted numbers, between two neighbours as NumPy does by default. */
function quantile(sorted: Float64Array, fraction: number): number {
  const place = fraction * (sorted.length - 1);
  const below = Math.floor(place);
  const next = sorted[Math.min(below + 1, sorted.length - 1)];
  return sorted[below] + (place - below) * (next - sorted[below]);
}

/**
 * Gives each column median 0 and quartiles that lie 1 apart: a few outliers change nothing.
 *
 * Formula: y = (x - median) / (q75 - q25)
 *
 * Shapes: x [..., columns] → [..., columns]; a flat array is one column
 *
 * @throws ArgumentError for quantiles that are none, or use before `fit`; DataError for no rows, NaN and infinities.
 *
 * @example
 * ```ts
 * import { RobustScaler } from 'nacre';
 * new RobustScaler().fitTransform([1, 2, 3, 4, 1000]); // → [-1, -0.5, 0, 0.5, 498.5]
 * ```
 */
export class RobustScaler extends Scaler {
  readonly quantiles: readonly [low: number, high: number];

  constructor(options: { readonly quantiles?: readonly [low: number, high: number] } = {}) {
    super();
    const { quantiles = [0.25, 0.75] } = optionsOf('RobustScaler', options, ['quantiles']);
    const [low, high] = quantiles;
    if (!(low >= 0 && low < high && high <= 1)) {
      throw new ArgumentError(`quantiles go from a low to a high fraction, got [${low}, ${high}]`, {
        op: 'RobustScaler',
      });
    }
    this.quantiles = quantiles;
  }

  protected measure(values: Float64Array): Affine {
    const sorted = values.slice().sort();
    const [low, high] = this.quantiles;
    return { center: quantile(sorted, 0.5), scale: quantile(sorted, high) - quantile(sorted, low) };
  }
}
