import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import type { Node } from '../graph/node.ts';
import { zeros } from '../tensor/create.ts';
import * as ops from '../tensor/ops/index.ts';
import type { Parameter } from '../tensor/parameter.ts';
import { Tensor } from '../tensor/tensor.ts';

const withGradient = (parameters: Iterable<Parameter>): { parameter: Parameter; gradient: Node }[] =>
  [...parameters].flatMap((parameter) => {
    const { grad } = parameter;
    return grad ? [{ parameter, gradient: grad.node }] : [];
  });

/**
 * Scales all gradients by one factor so that their norm together, as of one vector, is not above `maxNorm` (Pascanu, Mikolov and
 * Bengio, 2013).
 *
 * @param options `normType`: which norm, 2 by default, Infinity for the largest magnitude.
 * @returns the norm before, a scalar.
 *
 * Formula: g ← g·min(1, maxNorm / (‖all g‖ + 1e-6))
 *
 * Shapes: gradients as they are → the norm []
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor, zeros } from 'nacre';
 * const p = new Parameter(zeros([2]));
 * p.mul(tensor([30, 40])).sum().backward();
 * await optim.clipGradNorm([p], 1).item(); // → 50
 * await p.grad!.tolist(); // → [0.6, 0.8]
 * ```
 */
export function clipGradNorm(
  parameters: Iterable<Parameter>,
  maxNorm: number,
  options: { normType?: number } = {},
): Tensor<[]> {
  const { normType = 2 } = optionsOf('clipGradNorm', options, ['normType']);
  if (!(maxNorm >= 0))
    throw new ArgumentError(`maxNorm is zero or more, got ${maxNorm}`, { op: 'clipGradNorm' });
  return ops.withoutGradient(() => {
    const given = withGradient(parameters);
    if (!given.length) return zeros([]);
    const norms = given.map(({ gradient }) => ops.norm(gradient, normType));
    const total = ops.norm(ops.stack(norms), normType);
    // As PyTorch has it: the small number keeps the factor finite when all gradients are zero.
    const factor = ops.minimum(ops.divOf(maxNorm, ops.addOf(total, 1e-6)), 1);
    for (const { parameter, gradient } of given) parameter.grad = new Tensor(ops.mulOf(gradient, factor));
    return new Tensor(total);
  });
}

/**
 * Limits every element of every gradient to ±`clipValue`.
 *
 * Formula: g ← min(max(g, -clipValue), clipValue)
 *
 * Shapes: gradients as they are
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor, zeros } from 'nacre';
 * const p = new Parameter(zeros([2]));
 * p.mul(tensor([30, -0.5])).sum().backward();
 * optim.clipGradValue([p], 1);
 * await p.grad!.tolist(); // → [1, -0.5]
 * ```
 */
export function clipGradValue(parameters: Iterable<Parameter>, clipValue: number): void {
  if (!(clipValue >= 0))
    throw new ArgumentError(`clipValue is zero or more, got ${clipValue}`, { op: 'clipGradValue' });
  ops.withoutGradient(() => {
    for (const { parameter, gradient } of withGradient(parameters)) {
      parameter.grad = new Tensor(ops.clamp(gradient, -clipValue, clipValue));
    }
  });
}
