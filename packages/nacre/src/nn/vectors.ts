import { ShapeMismatchError, showShape } from '../base/errors.ts';
import { sizeOf } from '../base/shape.ts';
import { nodeOf } from '../tensor/arguments.ts';
import * as ops from '../tensor/ops/index.ts';
import type { Parameter } from '../tensor/parameter.ts';
import { reshape } from '../tensor/primitives/apply.ts';
import { Tensor } from '../tensor/tensor.ts';

/**
 * The elements of all parameters, one after the other, as one vector. Throws an ArgumentError if there are none.
 *
 * Formula: the elements of all parameters, one after the other
 *
 * Shapes: n elements in all → [n]
 *
 * @example
 * ```ts
 * import { nn } from 'nacre';
 * nn.utils.parametersToVector(new nn.Linear(3, 2).parameters()).shape; // → [8]
 * ```
 */
export const parametersToVector = (parameters: Iterable<Parameter>): Tensor<[number]> =>
  new Tensor(ops.concat([...parameters].map(({ node }) => ops.flatten(node))));

/**
 * Puts the elements of a vector into parameters, in the order of `parametersToVector`. Throws a ShapeMismatchError for a vector of
 * another length, and changes nothing then.
 *
 * Formula: the elements of the vector, in the order of the parameters
 *
 * Shapes: [n] → parameters of n elements in all
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * const layer = new nn.Linear(3, 2);
 * nn.utils.vectorToParameters(zeros([8]), layer.parameters());
 * await layer.bias!.value.tolist(); // → [0, 0]
 * ```
 */
export function vectorToParameters(vector: Tensor, parameters: Iterable<Parameter>): void {
  const op = 'vectorToParameters';
  const node = ops.detach(nodeOf(op, vector));
  const all = [...parameters];
  const sizes = all.map(({ shape }) => sizeOf(shape));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (node.shape.length !== 1 || node.shape[0] !== total) {
    throw new ShapeMismatchError(`vector: ${showShape(node.shape)}, the parameters hold ${total} elements`, {
      op,
      shapes: [node.shape],
    });
  }
  ops.split(node, sizes).forEach((part, i) => {
    all[i].value = new Tensor(reshape(part, all[i].shape));
  });
}
