import { DataError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { sameShape } from '../base/shape.ts';
import { expand, reshape } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Weights of examples [N], or of all elements, spread over a tensor of values [N, …], in float64. */
export function spreadWeights(op: string, sampleWeight: Tensor, values: Tensor): Tensor {
  const exact = sampleWeight.to('float64');
  if (sameShape(sampleWeight.shape, values.shape)) return exact;
  const [size, ...rest] = values.shape;
  if (sampleWeight.ndim !== 1 || sampleWeight.shape[0] !== size) {
    throw new ShapeMismatchError(
      `sampleWeight: ${showShape(sampleWeight.shape)}, examples: ${showShape(values.shape)}`,
      { op, shapes: [sampleWeight.shape, values.shape], hint: 'Give one weight for each example: [N]' },
    );
  }
  return expand(reshape(exact, [size, ...rest.map(() => 1)]), values.shape);
}

/** Refuses weights that are negative or no finite numbers. */
export async function checkWeights(op: string, sampleWeight: Tensor | undefined): Promise<void> {
  if (!sampleWeight) return;
  (await sampleWeight.to('float64').data()).forEach((weight, example) => {
    if (weight >= 0 && Number.isFinite(weight)) return;
    throw new DataError(`the weight of example ${example} is ${weight}`, {
      op,
      hint: 'A weight is a finite number of zero or more',
    });
  });
}
