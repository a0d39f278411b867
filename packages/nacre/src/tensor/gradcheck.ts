import { ArgumentError, NacreError } from '../base/errors.ts';
import { memoryNode, store } from './engine.ts';
import { valueAndGrad } from './grad.ts';
import * as ops from './ops/index.ts';
import { Tensor } from './tensor.ts';

export interface GradcheckOptions {
  /** Step of the central differences. Default 1e-6, for float64. */
  eps?: number;
  /** Absolute and relative tolerance. Defaults 1e-5 and 1e-3, PyTorch's. */
  atol?: number;
  rtol?: number;
}

/**
 * Two witnesses of one derivative disagree.
 *
 * @example
 * ```ts
 * import { customGradient, gradcheck, tensor, Tensor } from 'nacre';
 * const wrong = customGradient((x: Tensor) => x.square(), ([g], [x]) => [g.mul(x)]); // the gradient is 2x·g
 * gradcheck(wrong, [tensor([3], { dtype: 'float64' })]); // → throws GradientMismatchError
 * ```
 */
export class GradientMismatchError extends NacreError {
  override readonly name: string = 'GradientMismatchError';
}

/**
 * Compares the gradients of `f` with central finite differences, element by element, in float64. Outputs of more than one element are
 * weighted with fixed numbers and summed. Returns true; throws a GradientMismatchError that names the input, the element, and both numbers.
 *
 * Formula: (f(x + eps) - f(x - eps)) / (2·eps) for each element
 *
 * @example
 * ```ts
 * import { gradcheck, tensor } from 'nacre';
 * gradcheck((x) => x.sin(), [tensor([1, 2], { dtype: 'float64' })]); // → true
 * ```
 */
export function gradcheck(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  options: GradcheckOptions = {},
): boolean {
  const { eps = 1e-6, atol = 1e-5, rtol = 1e-3 } = options;
  const op = 'gradcheck';
  const positions = inputs.map((_, i) => i).filter((i) => inputs[i].dtype === 'float64');
  if (!positions.length) {
    throw new ArgumentError('no input is float64', {
      op,
      hint: "Make inputs with { dtype: 'float64' }: differences need the digits",
    });
  }
  const weighted = (...args: Tensor[]): Tensor => {
    const { node } = f(...args);
    const flat = ops.flatten(ops.toFloat(node));
    const weights = Float64Array.from(
      flat.shape[0] ? Array.from({ length: flat.shape[0] }, (_, i) => Math.cos(i + 1)) : [],
    );
    const cotangent = memoryNode(store(weights, 'float64'), flat.shape);
    return new Tensor(ops.sumOf(ops.mulOf(flat, cotangent)));
  };
  const [, analytic] = valueAndGrad(weighted, positions)(...inputs);
  positions.forEach((position, i) => {
    const exact = analytic[i].dataSync() as Float64Array;
    const point = inputs[position].dataSync() as Float64Array;
    for (let element = 0; element < point.length; element++) {
      const at = (shift: number): number => {
        const moved = point.slice();
        moved[element] += shift;
        const shifted = new Tensor(memoryNode(store(moved, 'float64'), inputs[position].node.shape));
        return weighted(...inputs.map((input, j) => (j === position ? shifted : input))).itemSync();
      };
      const numeric = (at(eps) - at(-eps)) / (2 * eps);
      if (
        Math.abs(numeric - exact[element]) > atol + rtol * Math.abs(numeric) ||
        Number.isNaN(numeric) !== Number.isNaN(exact[element])
      ) {
        throw new GradientMismatchError(
          `element ${element} of input ${position} (${point[element]}): gradient ${exact[element]}, finite differences ${numeric}`,
          { op, shapes: [inputs[position].node.shape] },
        );
      }
    }
  });
  return true;
}
