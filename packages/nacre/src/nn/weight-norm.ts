import { resolveAxis } from '../base/shape.ts';
import type { Node } from '../graph/node.ts';
import * as ops from '../tensor/ops/index.ts';
import { Parameter } from '../tensor/parameter.ts';
import { div, mul } from '../tensor/primitives/apply.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { Module } from './module.ts';
import { derive, parameterOf, settle } from './reparametrize.ts';

/** The norm over all axes but one, or over all. */
const normOf = (v: Node, axis: number | null): Node =>
  axis === null
    ? ops.norm(v)
    : ops.norm(
        v,
        2,
        v.shape.map((_, i) => i).filter((i) => i !== axis),
        true,
      );

/**
 * Learns the length and the direction of a weight apart: weight = g·v / ‖v‖ (Salimans and Kingma, "Weight normalization", 2016).
 *
 * The parameter `name` of the module is replaced by `<name>_g` and `<name>_v`, PyTorch's names; make optimizers afterwards. With `dim` (0
 * by default) there is a length for each slice along that axis, g having length 1 on all others; with null there is one, of rank 0.
 * Returns the module. Throws an ArgumentError if there is no such parameter.
 *
 * Formula: weight = g·v / ‖v‖
 *
 * Shapes: weight and v [out, ...], g [out, 1, ...] for dim 0
 *
 * @example
 * ```ts
 * import { nn } from 'nacre';
 * const layer = nn.utils.weightNorm(new nn.Linear(3, 2));
 * Object.keys(layer.stateDict()); // → ['bias', 'weight_g', 'weight_v']
 * ```
 */
export function weightNorm<M extends Module>(
  module: M,
  name = 'weight',
  { dim = 0 }: { dim?: number | null } = {},
): M {
  const op = 'weightNorm';
  const weight = parameterOf(op, module, name).value.detach();
  const axis = dim === null ? null : resolveAxis(op, dim, weight.ndim);
  const g = new Parameter(new Tensor(normOf(weight.node, axis)));
  const v = new Parameter(weight);
  derive(op, module, name, { [`${name}_g`]: g, [`${name}_v`]: v }, () =>
    mul(v.node, div(g.node, normOf(v.node, axis))),
  );
  return module;
}

/**
 * Takes back `weightNorm`: the weight it computes becomes the parameter `name` again. Returns the module.
 *
 * @example
 * ```ts
 * import { nn } from 'nacre';
 * const layer = nn.utils.weightNorm(new nn.Linear(3, 2));
 * Object.keys(nn.utils.removeWeightNorm(layer).stateDict()); // → ['weight', 'bias']
 * ```
 */
export function removeWeightNorm<M extends Module>(module: M, name = 'weight'): M {
  settle('removeWeightNorm', module, name, [`${name}_g`, `${name}_v`]);
  return module;
}
