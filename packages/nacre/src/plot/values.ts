import type { TypedArray } from '../base/dtype.ts';
import { ArgumentError, DataError, ShapeMismatchError } from '../base/errors.ts';
import { Tensor } from '../tensor/tensor.ts';

/** Numbers in a row: a tensor of any shape, a typed array, a list. */
export type Numbers = Tensor | ArrayLike<number>;

/** The numbers, for reading. What is a tensor is computed now. */
export function numbersOf(op: string, name: string, values: Numbers): ArrayLike<number> {
  if (values instanceof Tensor) return tensorNumbers(values);
  if (Array.isArray(values) || ArrayBuffer.isView(values)) return values;
  throw new ArgumentError(`${name} are numbers: a tensor, a typed array or a list`, { op });
}

export function tensorNumbers(values: Tensor): TypedArray {
  const { dtype } = values;
  const readable = dtype === 'float16' || dtype === 'bfloat16' ? values.to('float32') : values;
  return readable.dataSync() as TypedArray;
}

/** Throws a DataError unless there is something to draw. */
export function checkNotEmpty(op: string, count: number, what = 'points'): void {
  if (count > 0) return;
  throw new DataError(`there are no ${what} to draw`, { op, hint: 'Give at least one' });
}

/** Throws a ShapeMismatchError unless lists that belong together are as long as each other. */
export function checkSameLength(op: string, lists: Readonly<Record<string, ArrayLike<unknown>>>): void {
  const entries = Object.entries(lists);
  if (entries.every(([, list]) => list.length === entries[0][1].length)) return;
  throw new ShapeMismatchError(entries.map(([name, list]) => `${name} has ${list.length}`).join(', '), {
    op,
    shapes: entries.map(([, list]) => [list.length]),
    hint: 'They belong together: give as many of each',
  });
}

/** Smallest and largest of the finite numbers; undefined if none is. */
export function extent(values: ArrayLike<number>): readonly [low: number, high: number] | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : undefined;
}

/** A number as a label: as few digits as tell it, `0.25`, `1e-7`, `12000`. */
export function showNumber(value: number, digits = 3): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-3 || magnitude >= 1e6)) {
    return value
      .toExponential(digits - 1)
      .replace(/\.?0+e/, 'e')
      .replace('e+', 'e');
  }
  return String(Number(value.toPrecision(Math.max(digits, Math.ceil(Math.log10(magnitude + 1))))));
}
