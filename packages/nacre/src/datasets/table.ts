import { ArgumentError, DataError } from '../base/errors.ts';
import { nearestName, optionsOf } from '../base/options.ts';
import { ArrayDataset } from '../data/dataset.ts';
import { LabelEncoder } from '../data/labels.ts';

/** What a cell holds; null where a value is missing. */
export type Cell = number | string | boolean | null;

/** A column: numbers with NaN where one is missing, or other values with null there. */
export type Column = Float64Array | readonly Cell[];

export interface TableDatasetOptions {
  /** Columns that are put in. Default: all columns of numbers but the target. */
  readonly inputs?: readonly string[];
  /** Column that is to come out: text is numbered as classes, numbers stay what they are. Default: none. */
  readonly target?: string;
  /** The classes of a text target, in order: those of the training data, for test data. Default: those found, sorted. */
  readonly classes?: readonly string[];
}

const showNames = (names: readonly string[]): string =>
  names.slice(0, 20).join(', ') + (names.length > 20 ? ` and ${names.length - 20} more` : '');

/**
 * Columns of one length by their names: what `readCsv` and the other readers give.
 *
 * @throws DataError for columns of different lengths, or that are not there.
 *
 * @example
 * ```ts
 * import { parseCsv } from 'nacre/datasets';
 * const table = parseCsv('size,kind\n1,cat\n,dog\n3,cat\n');
 * table.column('size'); // → [1, NaN, 3]
 * const { inputs, targets } = table.dropMissing().toArrays({ target: 'kind' });
 * inputs; // → [[1], [3]]
 * targets; // → [0, 0]
 * ```
 */
export class Table {
  readonly names: readonly string[];
  readonly length: number;
  readonly #columns: ReadonlyMap<string, Column>;

  constructor(columns: Readonly<Record<string, Column>> | ReadonlyMap<string, Column>) {
    this.#columns = columns instanceof Map ? new Map(columns) : new Map(Object.entries(columns));
    this.names = [...this.#columns.keys()];
    this.length = this.#columns.get(this.names[0])?.length ?? 0;
    for (const [name, { length }] of this.#columns) {
      if (length === this.length) continue;
      throw new DataError(`column ${name} has ${length} rows, those before ${this.length}`, { op: 'Table' });
    }
  }

  /** A column's values. Throws a DataError that names the columns there are. */
  column(name: string): Column {
    const column = this.#columns.get(name);
    if (column) return column;
    const nearest = nearestName(name, this.names);
    throw new DataError(`there is no column ${JSON.stringify(name)}`, {
      op: 'Table.column',
      hint: `${nearest ? `Is it ${JSON.stringify(nearest)}? ` : ''}The columns are ${showNames(this.names) || 'none'}`,
    });
  }

  /** A column of numbers. Throws a DataError if it holds anything else. */
  numbers(name: string): Float64Array {
    const column = this.column(name);
    if (column instanceof Float64Array) return column;
    const row = column.findIndex((cell) => typeof cell === 'string' || cell === null);
    if (row < 0) return Float64Array.from(column, Number);
    throw new DataError(`column ${name} holds ${JSON.stringify(column[row])} in row ${row}, no number`, {
      op: 'Table.numbers',
      hint: 'Number text with a LabelEncoder, or leave rows with missing values out with dropMissing()',
    });
  }

  /** A row by the names of the columns. */
  row(index: number): Record<string, Cell> {
    if (!(Number.isInteger(index) && index >= 0 && index < this.length)) {
      throw new DataError(`there is no row ${index}; there are ${this.length}`, { op: 'Table.row' });
    }
    return Object.fromEntries(this.names.map((name) => [name, this.#columns.get(name)![index]]));
  }

  /** The rows of which a function of row and place is true. */
  filter(keep: (row: Record<string, Cell>, index: number) => boolean): Table {
    return this.#take(Array.from({ length: this.length }, (_, i) => i).filter((i) => keep(this.row(i), i)));
  }

  /** The rows from `begin` up to `end`, which is left out. */
  slice(begin: number, end = this.length): Table {
    return new Table(new Map([...this.#columns].map(([name, column]) => [name, column.slice(begin, end)])));
  }

  /** Those columns alone, in this order. */
  select(names: readonly string[]): Table {
    return new Table(new Map(names.map((name) => [name, this.column(name)])));
  }

  /** With a column more, or with another in the place of one. Throws a DataError for another length. */
  withColumn(name: string, values: Column): Table {
    return new Table(new Map([...this.#columns, [name, values]]));
  }

  /** The number of missing values in each column. */
  missing(): Record<string, number> {
    const count = (column: Column): number =>
      (column as readonly Cell[]).reduce<number>((sum, cell) => sum + Number(isMissing(cell)), 0);
    return Object.fromEntries([...this.#columns].map(([name, column]) => [name, count(column)]));
  }

  /** The rows that miss nothing in the columns, by default in any. */
  dropMissing(names: readonly string[] = this.names): Table {
    const columns = names.map((name) => this.column(name));
    return this.#take(
      Array.from({ length: this.length }, (_, row) => row).filter((row) =>
        columns.every((column) => !isMissing(column[row])),
      ),
    );
  }

  /** With `value` in the place of what is missing in a column. */
  fillMissing(name: string, value: number | string): Table {
    const column = this.column(name);
    const filled =
      column instanceof Float64Array && typeof value === 'number'
        ? column.map((cell) => (Number.isNaN(cell) ? value : cell))
        : Array.from(column as readonly Cell[], (cell) => (isMissing(cell) ? value : cell));
    return this.withColumn(name, filled);
  }

  #take(rows: readonly number[]): Table {
    const take = (column: Column): Column =>
      column instanceof Float64Array
        ? Float64Array.from(rows, (row) => column[row])
        : rows.map((row) => column[row]);
    return new Table(new Map([...this.#columns].map(([name, column]) => [name, take(column)])));
  }

  /** Inputs row by row, targets, and the classes of a text target. Throws a DataError for missing values, and for labels outside `classes`. */
  toArrays(options: TableDatasetOptions = {}): {
    inputs: number[][];
    targets: number[] | null;
    classes: readonly string[] | null;
  } {
    const op = 'Table.toArrays';
    const { inputs: names, target, classes } = optionsOf(op, options, ['inputs', 'target', 'classes']);
    const chosen =
      names ?? this.names.filter((name) => name !== target && this.column(name) instanceof Float64Array);
    if (this.length === 0) throw new DataError('the table has no rows', { op });
    if (chosen.length === 0) {
      throw new DataError('no column of numbers is there to be put in', {
        op,
        hint: `Name columns: { inputs: [...] } of ${showNames(this.names)}`,
      });
    }
    const columns = chosen.map((name) => this.#complete(op, name));
    const inputs = Array.from({ length: this.length }, (_, row) => columns.map((column) => column[row]));
    if (target === undefined) return { inputs, targets: null, classes: null };
    const column = this.column(target);
    if (column instanceof Float64Array) {
      if (classes) throw new ArgumentError(`column ${target} holds numbers, no classes`, { op });
      return { inputs, targets: [...this.#complete(op, target)], classes: null };
    }
    const row = column.indexOf(null);
    if (row >= 0) throw this.#missingAt(op, target, row);
    const labels = column.map(String);
    const encoder = new LabelEncoder({ classes });
    if (!classes) encoder.fit(labels);
    return { inputs, targets: [...encoder.transform(labels)], classes: encoder.classes };
  }

  /** The same as a data set to train with: float32 inputs [columns], and the target. */
  toDataset(
    options: TableDatasetOptions & {
      /** Element type of a target of numbers: float32 for those to be measured. Default: int32 for whole numbers, which are labels. */
      readonly targetDType?: 'int32' | 'float32';
    } = {},
  ): ArrayDataset {
    const { targetDType, ...rest } = options;
    const { inputs, targets, classes } = this.toArrays(rest);
    const shape = [inputs[0].length];
    return new ArrayDataset(Float32Array.from(inputs.flat()), targets, {
      shape,
      targetDType,
      classes: classes ?? undefined,
    });
  }

  #complete(op: string, name: string): Float64Array {
    const column = this.numbers(name);
    const row = column.findIndex((value) => !Number.isFinite(value));
    if (row >= 0) throw this.#missingAt(op, name, row);
    return column;
  }

  #missingAt(op: string, name: string, row: number): DataError {
    return new DataError(`column ${name} misses a value in row ${row}`, {
      op,
      hint: 'Leave such rows out with dropMissing(), or fill them with fillMissing(name, value)',
    });
  }
}

const isMissing = (cell: Cell): boolean => cell === null || Number.isNaN(cell);
