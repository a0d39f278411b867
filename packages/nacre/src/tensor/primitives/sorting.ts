import { ShapeMismatchError } from '../../base/errors.ts';
import type { OpRecord } from './record.ts';

/** The order of numbers in which NaN comes after all others. */
const ascending = (a: number, b: number): number => {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
};

/** The places of the elements along the last axis in sorted order; equal ones keep their order. */
export const sortingRecords: { argsort: OpRecord<'argsort'> } = {
  argsort: {
    shape: ([x]) => {
      if (!x.shape.length) {
        throw new ShapeMismatchError('a number has no axis to sort along', {
          op: 'argsort',
          shapes: [x.shape],
        });
      }
      return x.shape;
    },
    dtype: () => 'int32',
    gradient: () => [null],
    reference: ([x], node) => {
      const length = x.shape[x.shape.length - 1];
      const out = new Float64Array(x.data.length);
      for (let start = 0; start < out.length; start += length) {
        const line = x.data.subarray(start, start + length);
        const compare = node.attributes.descending
          ? (i: number, j: number) => ascending(line[j], line[i])
          : (i: number, j: number) => ascending(line[i], line[j]);
        out.set(Array.from(line, (_, i) => i).sort(compare), start);
      }
      return out;
    },
    lowering: { kind: 'sort', descending: (node) => node.attributes.descending },
  },
};
