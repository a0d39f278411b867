import { DataError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { Tensor } from '../tensor/tensor.ts';

/** A list of numbers: an array, a typed array, or a tensor of one axis. */
export type Numbers = ArrayLike<number> | Tensor;

/** The numbers of a list in float64. Throws a DataError for an empty list or a NaN, a ShapeMismatchError for a tensor of other axes. */
export function numbersOf(op: string, what: string, list: Numbers): Float64Array {
  if (list instanceof Tensor && list.ndim !== 1) {
    throw new ShapeMismatchError(`${what} have shape ${showShape(list.shape)}`, {
      op,
      shapes: [list.shape],
      hint: 'Give a list: [N]',
    });
  }
  const numbers =
    list instanceof Tensor
      ? (list.to('float64').dataSync() as Float64Array)
      : Float64Array.from(list, Number);
  if (!numbers.length) throw new DataError(`there are no ${what}`, { op });
  const bad = numbers.findIndex(Number.isNaN);
  if (bad >= 0) throw new DataError(`${what} are NaN at place ${bad}`, { op });
  return numbers;
}

/** Refuses lists that do not belong to the same examples. */
export function checkLengths(op: string, lists: Readonly<Record<string, ArrayLike<number> | null>>): void {
  const given = Object.entries(lists).filter(
    (entry): entry is [string, ArrayLike<number>] => entry[1] !== null,
  );
  const [[first, { length }], ...rest] = given;
  for (const [name, list] of rest) {
    if (list.length === length) continue;
    throw new DataError(`there are ${length} ${first} and ${list.length} ${name}`, {
      op,
      hint: 'Give one of each for every example',
    });
  }
}
