import { ArgumentError } from '../../base/errors.ts';
import type { Node } from '../../graph/node.ts';
import { withoutGradient } from '../ops/index.ts';
import { withGradient } from '../primitives/rules.ts';
import { Tensor } from '../tensor.ts';

const op = 'customGradient';

/**
 * A function of tensors with a gradient of your own: `forward` computes the results, `backward(gradients, inputs, outputs)` the gradient of
 * each input from those of the results, with operations on tensors; null for an input none flows to. `backward` uses only what it is given;
 * so it can be differentiated again, and works inside `compile`, `vmap`, `scan` and `checkpoint`. What `forward` captures gets no gradient.
 *
 * Throws an ArgumentError if `forward` gives something else than tensors, or if the number or a shape of the gradients differs from the
 * inputs'. Agrees with `torch.autograd.Function`.
 *
 * Formula: ∂L/∂xᵢ = backward(∂L/∂y, x, y)ᵢ
 *
 * Shapes: each gradient as its input
 *
 * @example
 * ```ts
 * import { customGradient, grad, tensor } from 'nacre';
 * // The sign function, whose gradient is passed straight through where |x| <= 1.
 * const sign = customGradient((x) => x.sign(), ([g], [x]) => [g.mul(x.abs().le(1).to('float32'))]);
 * grad((x) => sign(x).sum())(tensor([-2, 0.5])); // → [0, 1]
 * ```
 */
export function customGradient<A extends readonly Tensor[], R extends Tensor | readonly Tensor[]>(
  forward: (...inputs: A) => R,
  backward: (
    gradients: readonly Tensor[],
    inputs: readonly Tensor[],
    outputs: readonly Tensor[],
  ) => readonly (Tensor | null)[],
): (...inputs: A) => R {
  const wrapAll = (nodes: readonly Node[]): Tensor[] => nodes.map((node) => new Tensor(node));
  return (...inputs) => {
    const result = withoutGradient(() => forward(...inputs));
    const outputs = result instanceof Tensor ? [result] : (result as readonly Tensor[]);
    if (!Array.isArray(outputs) || outputs.some((output) => !(output instanceof Tensor)))
      throw new ArgumentError('forward gives a tensor, or a list of tensors', { op });
    const operands = inputs.map((input) => input.node);
    const nodes = withGradient(
      operands,
      outputs.map((output) => output.node),
      (given, results, cotangents) => {
        const gradients: unknown = backward(wrapAll(cotangents), wrapAll(given), wrapAll(results));
        if (!Array.isArray(gradients) || gradients.length !== given.length) {
          const came = Array.isArray(gradients) ? gradients.length : typeof gradients;
          throw new ArgumentError(
            `backward gives a list of ${given.length} gradients, one for each input, got ${came}`,
            {
              op,
            },
          );
        }
        return (gradients as (Tensor | null)[]).map((gradient) => gradient?.node ?? null);
      },
    );
    return (result instanceof Tensor ? new Tensor(nodes[0]) : wrapAll(nodes)) as R;
  };
}
