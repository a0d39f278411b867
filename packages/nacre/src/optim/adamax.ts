import type { Node } from '../graph/node.ts';
import * as ops from '../tensor/ops/index.ts';
import { add, div, mul, plus, sub, times } from '../tensor/primitives/apply.ts';
import { biasCorrection, checkBetas, decayed } from './adam.ts';
import {
  type InitialState,
  Optimizer,
  type OptimizerOptions,
  type StepContext,
  type Trainable,
  type UpdateContext,
} from './optimizer.ts';

export interface AdamaxOptions extends OptimizerOptions {
  /** How much of the mean of gradients, and of their largest magnitude, is kept at each step. Default: [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to the magnitudes. Default: 1e-8. */
  eps?: number;
}

type Options = Required<AdamaxOptions>;
type AdamaxState = 'expAvg' | 'expInf';

/**
 * Adam by the largest magnitude of gradients instead of their mean square (Kingma and Ba, "Adam", 2014, section 7.1). Weight decay is added
 * to the gradient.
 *
 * Formula: m ← β₁m + (1 - β₁)g, u ← max(β₂u, |g| + eps), p ← p - lr·m / ((1 - β₁ᵗ)·u)
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const p = new Parameter(tensor([1]));
 * const adamax = new optim.Adamax([p], { lr: 0.1 });
 * p.mul(3).sum().backward();
 * adamax.step();
 * await p.tolist(); // → [0.9]
 * ```
 */
export class Adamax extends Optimizer<Options, AdamaxState, Node> {
  /** @param options `lr` 0.002, `betas` [0.9, 0.999], `eps` 1e-8, `weightDecay` 0. */
  constructor(params: Trainable<AdamaxOptions>, options?: AdamaxOptions) {
    super(params, { lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 }, options);
    for (const group of this.groups) checkBetas('Adamax', group.options.betas, group.options.eps);
  }

  protected override initialState(): Record<AdamaxState, InitialState> {
    return { expAvg: {}, expInf: {} };
  }

  protected override factors({ lr, momentum, step }: StepContext<Options>): Node {
    return div(lr, biasCorrection(momentum, step));
  }

  protected override update(
    parameter: Node,
    gradient: Node,
    state: Readonly<Record<AdamaxState, Node>>,
    { options: { betas, eps, weightDecay }, momentum, factors: stepSize }: UpdateContext<Options, Node>,
  ): [Node, Record<AdamaxState, Node>] {
    const slope = weightDecay ? add(gradient, times(parameter, weightDecay)) : gradient;
    const expAvg = decayed(state.expAvg, slope, momentum);
    const expInf = ops.maximum(times(state.expInf, betas[1]), plus(ops.abs(slope), eps));
    return [sub(parameter, div(mul(expAvg, stepSize), expInf)), { expAvg, expInf }];
  }
}
