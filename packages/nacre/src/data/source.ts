import type { TypedArray } from '../base/dtype.ts';
import { DataError, showShape } from '../base/errors.ts';
import { sameShape, sizeOf } from '../base/shape.ts';
import { checkLabels, type Field } from './field.ts';
import { arrayField, flattenExample, notFinite } from './field.ts';
import { type Dataset, isFast, Subset } from './dataset.ts';

/** How batches are read: examples are copied, one a row, into arrays that are used again and again. */
export interface ExampleSource {
  readonly length: number;
  readonly input: Field;
  readonly target: Field | null;
  /** Copies the example at `index` into a row of a batch. */
  write(index: number, row: number, inputs: TypedArray, targets: TypedArray | null): void;
  /** Throws an IndexError for a label that is not from 0 to `classes` - 1, as far as labels are known without reading all examples. */
  checkClasses(classes: number): void;
}

/** How a Dataset's examples are read. Throws a DataError if it has none. */
export function openExamples(op: string, dataset: Dataset): ExampleSource {
  if (dataset.length === 0) throw new DataError('there are no examples', { op });
  if (isFast(dataset)) return dataset.source;
  if (dataset instanceof Subset) return subsetSource(op, openExamples(op, dataset.dataset), dataset.indices);
  return readingSource(op, dataset);
}

function subsetSource(op: string, whole: ExampleSource, indices: Int32Array): ExampleSource {
  return {
    length: indices.length,
    input: whole.input,
    target: whole.target,
    write: (index, row, inputs, targets) => whole.write(indices[index], row, inputs, targets),
    checkClasses: (classes) => whole.checkClasses(classes),
  };
}
