import { type DType, fromBfloat16, fromFloat16, roundTo, toBfloat16, toFloat16, type TypedArray } from '../../base/dtype.ts';
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
    dtype === 'float16' ? toFloat16 : dtype === 'bfloat16' ? toBfloat16 : dtype === 'bool' ? (value: number) => Number(value !== 0) : null;
  for (let i = 0; i < numbers.length; i++) into[i] = convert ? convert(numbers[i]) : numbers[i];
}

/** The reference device: each node by its record's plain loops, one after the other. Slow on purpose, and independent of the compiler. */
export function referenceBackend(heap: Heap): Backend {
  return {
    name: 'reference',
    prepare(outputs, { order, leaves }) {
      return {
        inPlace: outputs.map(() => false),
        plan: null,
        timeKernels: null,
        dispose: () => {},
        run(leafPointers, outputPointers) {
          const values = new Map<Node, Values>();
          leaves.forEach((node, i) => {
            const view = heap.view(node.dtype, leafPointers[i], sizeOf(node.shape));
            values.set(node, { shape: node.shape, data: toNumbers(node.dtype, view) });
          });
          for (const node of order) {
            if (values.has(node)) continue;
            const data = recordOf(node.op as Primitive).reference(
              node.inputs.map((input) => values.get(input)!),
              node as never,
            );
            for (let i = 0; i < data.length; i++) data[i] = roundTo(node.dtype, data[i]);
            values.set(node, { shape: node.shape, data });
          }
          outputs.forEach(({ node }, i) => {
            fromNumbers(node.dtype, values.get(node)!.data, heap.view(node.dtype, outputPointers[i], sizeOf(node.shape)));
          });
        },
      };
    },
  };
}
