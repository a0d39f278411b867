import { isFloat, type TypedArray } from '../base/dtype.ts';
import { DataError, showShape } from '../base/errors.ts';
import { sameShape, sizeOf } from '../base/shape.ts';
import type { Dataset, Example, ExampleValues } from './dataset.ts';
import { type ArrayField, arrayField, checkLabels, type Field, flattenExample, notFinite } from './field.ts';

/** How batches are read: examples are copied, one a row, into arrays that are used again and again. */
export interface ExampleSource {
  readonly length: number;
  readonly input: Field;
  readonly target: Field | null;
  /** Whether examples have weights. Default: no. */
  readonly weighted?: boolean;
  /**
   * Copies the example at `index` into a row of a batch, and its weight, where examples have one and somebody wants it. What is random
   * about it depends on the epoch.
   */
  write(
    index: number,
    row: number,
    inputs: TypedArray,
    targets: TypedArray | null,
    weights?: Float32Array | null,
    epoch?: number,
  ): void;
  /** Changes `count` rows together once they are written; `first` is the index of the first of them. */
  finish?(count: number, first: number, inputs: TypedArray, targets: TypedArray | null, epoch: number): void;
  /**
   * Throws an IndexError for a label that is not from 0 to `classes` - 1. Where examples are made one by one it does nothing: their
   * labels are checked when they are used.
   */
  checkClasses(classes: number): void;
  /** All numbers of the targets, where they lie in an array and are whole. */
  labels?(): ArrayLike<number> | null;
}

/** A Dataset that copies its examples into a batch without making anything in between. */
export interface DirectDataset extends Dataset {
  readonly source: ExampleSource;
}

export const isDirect = (dataset: object): dataset is DirectDataset => 'source' in dataset;

/** How a Dataset's examples are read. Throws a DataError if it has none. */
export function openExamples(op: string, dataset: Dataset): ExampleSource {
  if (!(dataset.length > 0)) throw new DataError('there are no examples', { op });
  return isDirect(dataset) ? dataset.source : readingSource(op, dataset);
}

/** Examples that lie in arrays. */
export function arraySource(
  op: string,
  input: ArrayField,
  target: ArrayField | null,
  weights: Float32Array | null = null,
): ExampleSource {
  const inputSize = sizeOf(input.shape);
  const targetSize = target ? sizeOf(target.shape) : 0;
  return {
    length: input.length,
    input,
    target,
    weighted: weights !== null,
    write(index, row, inputs, targets, rowWeights) {
      copyRow(input.data, index, inputs, row, inputSize);
      if (target) copyRow(target.data, index, targets!, row, targetSize);
      if (weights && rowWeights) rowWeights[row] = weights[index];
    },
    checkClasses: (classes) => target && checkLabels(op, target.data, classes),
    labels: () => (target && isWhole(target) ? target.data : null),
  };
}

/** Whether targets may be labels: integers, or one float each without a fraction, as binary losses have them. */
const isWhole = ({ dtype, shape, data }: ArrayField): boolean =>
  !isFloat(dtype) || (sizeOf(shape) === 1 && (data as Float32Array).every(Number.isInteger));

function copyRow(from: TypedArray, index: number, into: TypedArray, row: number, size: number): void {
  if (size === 1) into[row] = from[index];
  else into.set(from.subarray(index * size, (index + 1) * size), row * size);
}

/** Some examples of another source. */
export const selectedSource = (whole: ExampleSource, indices: Int32Array): ExampleSource => ({
  length: indices.length,
  input: whole.input,
  target: whole.target,
  weighted: whole.weighted,
  write: (index, row, inputs, targets, weights, epoch) =>
    whole.write(indices[index], row, inputs, targets, weights, epoch),
  ...(whole.finish && {
    finish: (count, first, inputs, targets, epoch) =>
      whole.finish!(count, indices[first], inputs, targets, epoch),
  }),
  checkClasses: (classes) => whole.checkClasses(classes),
  labels() {
    const all = whole.labels?.();
    if (!all) return null;
    const size = sizeOf(whole.target!.shape);
    return Int32Array.from(
      { length: indices.length * size },
      (_, place) => all[indices[Math.floor(place / size)] * size + (place % size)],
    );
  },
});

/** The examples of another source with weights of their own, in place of those they may have. */
export const weightedSource = (whole: ExampleSource, weights: Float32Array): ExampleSource => ({
  length: whole.length,
  input: whole.input,
  target: whole.target,
  weighted: true,
  write(index, row, inputs, targets, rowWeights, epoch) {
    whole.write(index, row, inputs, targets, null, epoch);
    if (rowWeights) rowWeights[row] = weights[index];
  },
  ...(whole.finish && {
    finish: (count, first, inputs, targets, epoch) => whole.finish!(count, first, inputs, targets, epoch),
  }),
  checkClasses: (classes) => whole.checkClasses(classes),
  labels: () => whole.labels?.() ?? null,
});

/** Weights of examples as numbers of float32. Throws a DataError unless there is one for each, of zero or more, and one above zero. */
export function exampleWeights(op: string, given: ArrayLike<number>, length: number): Float32Array {
  if (given.length !== length) {
    throw new DataError(`sampleWeight has ${given.length} weights for ${length} examples`, {
      op,
      hint: 'Give one for each example',
    });
  }
  const weights = Float32Array.from(given);
  weights.forEach((weight, index) => {
    checkWeight(op, index, weight);
  });
  if (weights.some((weight) => weight > 0)) return weights;
  throw new DataError('sampleWeight is zero for every example', { op, hint: 'Nothing would be learnt' });
}

function checkWeight(op: string, index: number, weight: unknown): void {
  if (typeof weight === 'number' && weight >= 0 && Number.isFinite(weight)) return;
  throw new DataError(`the weight of example ${index} is ${String(weight)}`, {
    op,
    hint: 'A weight is a finite number of zero or more',
  });
}

/** Examples that `get` makes one by one; the first shows their shapes and element types. */
export function readingSource(op: string, dataset: Dataset): ExampleSource {
  const first = dataset.get(0, 0);
  if (!Array.isArray(first)) throw noExample(op, first);
  const [firstInput, firstTarget, firstWeight] = first as Example;
  const input = fieldLike(op, 'inputs', firstInput);
  const target = firstTarget === undefined ? null : fieldLike(op, 'targets', firstTarget);
  const read = (
    what: string,
    field: Field,
    values: ExampleValues,
    index: number,
    row: number,
    into: TypedArray,
  ) => {
    const flat: number[] = [];
    const shape = flattenExample(op, `${what} of example ${index}`, values, flat);
    if (!sameShape(shape, field.shape)) {
      throw new DataError(
        `${what} of example ${index} have shape ${showShape(shape)}, those of example 0 ${showShape(field.shape)}`,
        { op, shapes: [field.shape, shape], hint: 'Pad or cut examples to one shape' },
      );
    }
    const bad = flat.find((value) => !Number.isFinite(value));
    if (bad !== undefined) throw notFinite(op, what, index, bad);
    const fraction = isFloat(field.stored) ? undefined : flat.find((value) => !Number.isInteger(value));
    if (fraction !== undefined) {
      throw new DataError(
        `${what} of example ${index} hold ${fraction}, those of example 0 are whole numbers`,
        {
          op,
          hint: 'One whole number is a label. Numbers with a fraction stand in a list: [2.5]',
        },
      );
    }
    into.set(flat, row * flat.length);
  };
  return {
    length: dataset.length,
    input,
    target,
    weighted: firstWeight !== undefined,
    write(index, row, inputs, targets, weights, epoch = 0) {
      const [newInput, newTarget, weight] = dataset.get(index, epoch);
      read('inputs', input, newInput, index, row, inputs);
      if (!target) return;
      if (newTarget === undefined) throw new DataError(`example ${index} has no target`, { op });
      read('targets', target, newTarget, index, row, targets!);
      if (!weights) return;
      checkWeight(op, index, weight);
      weights[row] = weight!;
    },
    checkClasses: () => {},
  };
}

/** Why what `get` gave is no example. */
function noExample(op: string, given: unknown): DataError {
  if (given instanceof Promise) {
    given.catch(() => {}); // what it would have failed with is not what is wrong here
    return new DataError('the data set gives promises of its examples', {
      op,
      hint: 'Give new DataLoader(data, { batchSize }), which waits for them',
    });
  }
  return new DataError(`get(0) gave ${given === null ? 'null' : typeof given}, no example`, {
    op,
    hint: 'An example is [input, target]',
  });
}

/** The field that examples like this one belong to. Whole numbers alone are labels; inputs of several are not. */
function fieldLike(op: string, what: string, values: ExampleValues): Field {
  const isWhole = typeof values === 'number' && what === 'targets' && Number.isInteger(values);
  const dtype = isWhole || typeof values === 'boolean' ? 'int32' : undefined;
  if (ArrayBuffer.isView(values)) return arrayField(op, what, values, { shape: [values.length] });
  // Kept as what it is to be, not as the first example alone could be: others may have a fraction.
  const field = arrayField(op, what, [values], { dtype: dtype ?? 'float32' });
  return { stored: field.dtype, dtype: field.dtype, shape: field.shape, scale: field.scale };
}
