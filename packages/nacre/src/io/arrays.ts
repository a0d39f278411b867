import { type DType, dtypes, isDType, type TypedArray } from '../base/dtype.ts';
import { ArgumentError, DTypeError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { checkShape, sizeOf } from '../base/shape.ts';

/** An array as files keep it: row-major numbers of one dtype (raw bits for the 16-bit floats) and their shape. */
export interface ArrayRecord {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

/** The bytes of a typed array, without a copy. */
export const bytesOf = (data: TypedArray): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** A dtype's view of `byteLength` bytes from `start`: without a copy where the platform's alignment allows it. */
export function viewOf(dtype: DType, bytes: Uint8Array, start: number, byteLength: number): TypedArray {
  const { bytes: width, array: TypedArrayOf } = dtypes[dtype];
  const begin = bytes.byteOffset + start;
  if (begin % width === 0) return new TypedArrayOf(bytes.buffer, begin, byteLength / width);
  return new TypedArrayOf(
    new Uint8Array(bytes.subarray(start, start + byteLength)).buffer,
    0,
    byteLength / width,
  );
}

/** Refuses a record whose dtype, shape and data do not belong together. */
export function checkRecord(op: string, name: string, record: ArrayRecord): void {
  const { dtype, shape, data } = record;
  if (!isDType(dtype)) {
    throw new DTypeError(`"${name}" has the unknown dtype ${String(dtype)}`, {
      op,
      hint: `Known: ${Object.keys(dtypes).join(', ')}`,
    });
  }
  checkShape(op, shape);
  if (!(data instanceof dtypes[dtype].array)) {
    throw new DTypeError(`"${name}" is ${dtype} but its data is ${Object.prototype.toString.call(data)}`, {
      op,
      dtypes: [dtype],
      hint: `Give a ${dtypes[dtype].array.name}`,
    });
  }
  if (data.length !== sizeOf(shape)) {
    throw new ShapeMismatchError(
      `"${name}" has shape ${showShape(shape)} (${sizeOf(shape)} values) but ${data.length} values`,
      { op, shapes: [shape] },
    );
  }
  if (dtype === 'bool' && data.some((value) => value > 1)) {
    throw new ArgumentError(`"${name}" is bool but holds a value other than 0 and 1`, { op });
  }
}
