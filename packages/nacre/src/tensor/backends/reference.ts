import {
  type DType,
  fromBfloat16,
  fromFloat16,
  roundTo,
  type TypedArray,
  toBfloat16,
  toFloat16,
} from '../../base/dtype.ts';
import { sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import type { Heap } from '../../runtime/heap.ts';
import { recordOf } from '../primitives/apply.ts';
import type { Primitive, Values } from '../primitives/record.ts';
import type { Backend } from './backend.ts';

/** Elements as numbers, whatever the dtype. */
export function toNumbers(dtype: DType, data: TypedArray): Float64Array {
  const convert = dtype === 'float16' ? fromFloat16 : dtype === 'bfloat16' ? fromBfloat16 : null;
  const out = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) out[i] = convert ? convert(data[i]) : data[i];
  return out;
}

/** Writes numbers as a dtype keeps them: rounded, wrapped, or as 16-bit patterns. */
export function fromNumbers(dtype: DType, numbers: ArrayLike<number>, into: TypedArray): void {
  const convert =
    dtype === 'float16'
      ? toFloat16
      : dtype === 'bfloat16'
        ? toBfloat16
        : dtype === 'bool'
          ? (value: number) => Number(value !== 0)
          : null;
  for (let i = 0; i < numbers.length; i++) into[i] = convert ? convert(numbers[i]) : numbers[i];
}

/** What a reference rule reads of a node. */
const detached = ({
  op,
  attributes,
  shape,
  dtype,
}: Node): Pick<Node, 'op' | 'attributes' | 'shape' | 'dtype'> => ({
  op,
  attributes,
  shape,
  dtype,
});

/** The reference device: each node by its record's plain loops, one after the other. Slow on purpose, and independent of the compiler. */
export function referenceBackend(heap: Heap): Backend {
  return {
    name: 'reference',
    prepare(outputs, { order, leaves }) {
      // By number, so that a kept program holds no tensor's memory, and needs no inputs that a computed node forgets.
      const numbers = new Map(order.map((node, i) => [node, i]));
      const steps = order
        .map((node, number) => ({ node, number, inputs: node.inputs.map((input) => numbers.get(input)!) }))
        .filter(({ node }) => !node.isLeaf)
        .map(({ node, ...rest }) => ({
          ...rest,
          node: detached(node),
          rule: recordOf(node.op as Primitive),
        }));
      const given = leaves.map(({ dtype, shape }, i) => ({ dtype, shape, number: numbers.get(leaves[i])! }));
      const wanted = outputs.map(({ node }) => ({
        dtype: node.dtype,
        size: sizeOf(node.shape),
        number: numbers.get(node)!,
      }));
      return {
        tier: null,
        inPlace: outputs.map(() => false),
        plan: null,
        timeKernels: null,
        dispose: () => {},
        run(leafPointers, outputPointers) {
          const values: Values[] = [];
          given.forEach(({ dtype, shape, number }, i) => {
            values[number] = {
              shape,
              data: toNumbers(dtype, heap.view(dtype, leafPointers[i], sizeOf(shape))),
            };
          });
          for (const { node, number, inputs, rule } of steps) {
            const data = rule.reference(
              inputs.map((input) => values[input]),
              node as never,
            );
            for (let i = 0; i < data.length; i++) data[i] = roundTo(node.dtype, data[i]);
            values[number] = { shape: node.shape, data };
          }
          wanted.forEach(({ dtype, size, number }, i) => {
            fromNumbers(dtype, values[number].data, heap.view(dtype, outputPointers[i], size));
          });
        },
      };
    },
  };
}
