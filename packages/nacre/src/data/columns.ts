import type { TypedArray } from '../base/dtype.ts';
import { DataError } from '../base/errors.ts';
import { tensor } from '../tensor/create.ts';
import { Tensor } from '../tensor/tensor.ts';

/** Numbers in columns: a tensor [..., columns], rows of plain numbers, or one column as a flat array. */
export type Columns =
  | Tensor
  | Float32Array
  | Float64Array
  | readonly number[]
  | readonly (readonly number[])[];

/** Numbers row by row. */
export interface Rows {
  readonly values: ArrayLike<number>;
  readonly columns: number;
}

/** Reads columns. A tensor of one axis is one column. */
export function rowsOf(op: string, data: Columns): Rows {
  if (data instanceof Tensor) {
    if (data.dtype === 'float16' || data.dtype === 'bfloat16') {
      return rowsOf(op, data.to('float32'));
    }
    const { shape } = data;
    return {
      values: data.dataSync() as TypedArray,
      columns: shape.length < 2 ? 1 : shape[shape.length - 1],
    };
  }
  if (ArrayBuffer.isView(data)) return { values: data, columns: 1 };
  if (!Array.isArray(data)) {
    throw new DataError(`${data === null ? 'null' : typeof data} holds no columns`, {
      op,
      hint: 'Give a tensor, a typed array, or rows of numbers',
    });
  }
  if (!Array.isArray(data[0])) return { values: data as readonly number[], columns: 1 };
  const rows = data as readonly (readonly number[])[];
  const columns = rows[0].length;
  const values = new Float64Array(rows.length * columns);
  rows.forEach((row, place) => {
    if (row.length !== columns) {
      throw new DataError(`row ${place} has ${row.length} numbers, those before ${columns}`, {
        op,
        shapes: [[columns], [row.length]],
      });
    }
    values.set(row, place * columns);
  });
  return { values, columns };
}

/** The same kind of thing as `data`, with other numbers. Floats stay what they are; whole numbers become float32. */
export function columnsLike<C extends Columns>(data: C, values: Float64Array, columns: number): C;
export function columnsLike(data: Columns, values: Float64Array, columns: number): Columns {
  if (data instanceof Tensor) {
    const dtype = data.dtype === 'float64' ? 'float64' : 'float32';
    return tensor(dtype === 'float64' ? values : Float32Array.from(values), { dtype, shape: data.shape });
  }
  if (data instanceof Float32Array) return Float32Array.from(values);
  if (data instanceof Float64Array) return values;
  if (!Array.isArray((data as readonly unknown[])[0])) return Array.from(values);
  return Array.from({ length: values.length / columns }, (_, row) =>
    Array.from(values.subarray(row * columns, (row + 1) * columns)),
  );
}

/** The numbers of one column. Throws a DataError for one that is not finite. */
export function columnOf(op: string, { values, columns }: Rows, column: number): Float64Array {
  const numbers = new Float64Array(values.length / columns);
  for (let row = 0; row < numbers.length; row++) {
    const value = values[row * columns + column];
    if (!Number.isFinite(value)) {
      throw new DataError(`row ${row} holds ${value} in column ${column}`, {
        op,
        hint: 'Leave such rows out, or fill the missing values in',
      });
    }
    numbers[row] = value;
  }
  return numbers;
}

/** Throws a DataError unless there are rows. */
export function checkNotEmpty(op: string, { values, columns }: Rows): void {
  if (values.length > 0 && columns > 0) return;
  throw new DataError(`there are no rows`, { op });
}
