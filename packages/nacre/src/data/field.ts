import { type DType, dtypes, isFloat, type TypedArray } from '../base/dtype.ts';
import { ArgumentError, DataError, IndexError, showShape } from '../base/errors.ts';
import { checkShape, type Shape, sizeOf } from '../base/shape.ts';

/** What one place of every example holds: its input, or its target. */
export interface Field {
  /** Element type of the numbers as they are kept and copied into a batch. */
  readonly stored: DType;
  /** Element type of the tensor that a batch becomes. */
  readonly dtype: DType;
  /** Shape of one example. */
  readonly shape: Shape;
  /** Every number of the batch is multiplied by this. 1: they stay as they are. */
  readonly scale: number;
  /** What labels mean, where that is known. */
  readonly classNames?: readonly string[];
}

/** Room for this field of so many examples. */
export function arrayFor({ stored, shape }: Field, count: number): TypedArray {
  const { array, bytes } = dtypes[stored];
  const length = count * sizeOf(shape);
  return new array(new ArrayBuffer(length * bytes), 0, length);
}

/** A field of examples that lie one after the other in one array. */
export interface ArrayField extends Field {
  readonly data: TypedArray;
  readonly length: number;
}

/** Numbers for a field: flat in a typed array, or nested with the examples outermost. */
export type FieldData = TypedArray | Uint8ClampedArray | readonly unknown[];

export interface FieldOptions {
  /** Shape of one example of a flat array. Default: one number. Nested arrays have their own. */
  readonly shape?: Shape;
  readonly scale?: number;
  readonly dtype?: DType;
}

/**
 * The element type that numbers have by themselves: a typed array's own, but float32 for Float64Array as in `tensor`; int32 for
 * plain whole numbers (labels), float32 for others.
 */
function naturalDType(data: TypedArray | Uint8ClampedArray | readonly number[]): DType {
  if (data instanceof Uint8Array || data instanceof Uint8ClampedArray) return 'uint8';
  if (data instanceof Int8Array) return 'int8';
  if (data instanceof Int32Array) return 'int32';
  if (ArrayBuffer.isView(data)) return 'float32';
  return data.every((value) => Number.isInteger(value)) ? 'int32' : 'float32';
}

/** The numbers in the array of a dtype; a copy only where they are in another. */
function inArrayOf(dtype: DType, data: TypedArray | Uint8ClampedArray | readonly number[]): TypedArray {
  if (data instanceof Uint8ClampedArray && dtype === 'uint8') {
    return new Uint8Array(data.buffer, data.byteOffset, data.length);
  }
  const { array, bytes } = dtypes[dtype];
  if (data instanceof array) return data;
  const out = new array(new ArrayBuffer(bytes * data.length), 0, data.length);
  out.set(data as ArrayLike<number>);
  return out;
}

/** Reads a field from an array. `what` names it in errors: `inputs`, `targets`. */
export function arrayField(op: string, what: string, data: FieldData, options: FieldOptions): ArrayField {
  const flat = ArrayBuffer.isView(data) ? data : flattenExamples(op, what, data);
  const numbers = 'numbers' in flat ? flat.numbers : flat;
  const shape = options.shape ?? ('numbers' in flat ? flat.shape : []);
  checkShape(op, shape);
  const size = sizeOf(shape);
  const length = size === 0 ? 0 : numbers.length / size;
  if (!Number.isInteger(length)) {
    throw new DataError(
      `${numbers.length} numbers of the ${what} are no whole number of examples of ${showShape(shape)}`,
      { op, shapes: [shape], hint: 'Give the shape of one example, without the number of examples' },
    );
  }
  const natural = naturalDType(numbers);
  const scale = options.scale ?? 1;
  if (!Number.isFinite(scale)) throw new ArgumentError(`scale is a finite number, got ${scale}`, { op });
  const dtype = options.dtype ?? (scale === 1 ? natural : 'float32');
  if (dtype === 'float16' || dtype === 'bfloat16') {
    throw new ArgumentError(`${what} are kept as float32, not ${dtype}`, {
      op,
      hint: `Convert batches with x.to('${dtype}')`,
    });
  }
  // What scaling or a wider type makes of bytes is worked out where the batch is used: bytes are quicker to copy.
  const stored = isFloat(dtype) && !isFloat(natural) ? natural : dtype;
  const field = { stored, dtype, shape, scale, data: inArrayOf(stored, numbers), length };
  checkFinite(op, what, field);
  return field;
}

function checkFinite(op: string, what: string, { stored, data, shape }: ArrayField): void {
  if (!isFloat(stored)) return;
  const at = (data as Float32Array).findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw notFinite(op, what, Math.floor(at / sizeOf(shape)), data[at]);
}

export const notFinite = (op: string, what: string, example: number, value: number): DataError =>
  new DataError(`${what} of example ${example} hold ${value}`, {
    op,
    hint: 'Leave such examples out, or fill the missing values in',
  });

/** Throws an IndexError unless every number of `data` is a whole number from 0 to `classes` - 1. */
export function checkLabels(op: string, labels: Iterable<number>, classes: number): void {
  let example = 0;
  for (const label of labels) {
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new IndexError(`the label of example ${example} is ${label}, outside 0 to ${classes - 1}`, {
        op,
        hint: `There are ${classes} classes; labels count from 0`,
      });
    }
    example++;
  }
}

/** The numbers of nested arrays in order, and the shape of one example. */
function flattenExamples(
  op: string,
  what: string,
  examples: readonly unknown[],
): { numbers: number[]; shape: number[] } {
  const numbers: number[] = [];
  let shape: number[] = [];
  examples.forEach((example, index) => {
    const found = flattenExample(op, `${what} of example ${index}`, example, numbers);
    if (index === 0) shape = found;
    else if (found.length !== shape.length || found.some((length, axis) => length !== shape[axis])) {
      throw new DataError(
        `${what} of example ${index} have shape ${showShape(found)}, those before ${showShape(shape)}`,
        { op, shapes: [shape, found], hint: 'Pad or cut examples to one shape' },
      );
    }
  });
  return { numbers, shape };
}

/** Appends the numbers of one example and gives its shape. */
export function flattenExample(op: string, what: string, value: unknown, into: number[]): number[] {
  if (typeof value === 'number' || typeof value === 'boolean') {
    into.push(Number(value));
    return [];
  }
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    const flat = value as unknown as ArrayLike<number>;
    for (let i = 0; i < flat.length; i++) into.push(flat[i]);
    return [flat.length];
  }
  if (!Array.isArray(value)) {
    const isText = typeof value === 'string';
    throw new DataError(`${what} hold ${value === null ? 'null' : `a ${typeof value}`}, expected numbers`, {
      op,
      ...(isText && { hint: 'Number them: labels with a LabelEncoder, texts with a Tokenizer' }),
    });
  }
  let inner: number[] | undefined;
  for (const part of value) {
    const shape = flattenExample(op, what, part, into);
    if (inner && (inner.length !== shape.length || inner.some((length, axis) => length !== shape[axis]))) {
      throw new DataError(`${what} are ragged: ${showShape(inner)} beside ${showShape(shape)}`, {
        op,
        hint: 'Pad or cut the parts to one length',
      });
    }
    inner = shape;
  }
  return [value.length, ...(inner ?? [])];
}
