import { ArgumentError } from '../base/errors.ts';
import type { Node } from '../graph/node.ts';
import * as ops from '../tensor/ops/index.ts';
import { add, constant, div, mul, neg, plus, sub, times, where } from '../tensor/primitives/apply.ts';
import {
  type InitialState,
  Optimizer,
  type OptimizerOptions,
  type StepContext,
  type Trainable,
  type UpdateContext,
} from './optimizer.ts';

export interface ASGDOptions extends OptimizerOptions {
  /** How strongly parameters decay, and rates fall. Default: 1e-4. */
  lambd?: number;
  /** Power with which rates fall. Default: 0.75. */
  alpha?: number;
  /** Steps after which the mean begins. Default: 1e6. */
  t0?: number;
}

type Options = Required<ASGDOptions>;
type ASGDState = 'eta' | 'ax';

interface Factors {
  readonly isFirst: Node;
  /** Rate of the next step. */
  readonly next: Node;
  /** Weight of the present parameter in the mean. */
  readonly mu: Node;
}

/**
 * Gradient descent that keeps the mean of its parameters (Polyak and Juditsky, "Acceleration of stochastic approximation by averaging",
 * 1992). The mean is the entry `state.0.ax` of `stateDict()`, parameters numbered in their order; until step `t0` it is the parameter
 * itself. Weight decay is added to the gradient.
 *
 * Formula: p ← (1 - λ·η)·p - η·g, ax ← ax + μ·(p - ax), η ← lr / (1 + λ·lr·t)^α, μ ← 1 / max(1, t - t0)
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const p = new Parameter(tensor([1]));
 * const asgd = new optim.ASGD([p], { lr: 0.1, lambd: 0 });
 * p.mul(3).sum().backward();
 * asgd.step();
 * await p.tolist(); // → [0.7]
 * ```
 */
export class ASGD extends Optimizer<Options, ASGDState, Factors> {
  /** @param options `lr` 0.01, `lambd` 1e-4, `alpha` 0.75, `t0` 1e6, `weightDecay` 0. */
  constructor(params: Trainable<ASGDOptions>, options?: ASGDOptions) {
    super(params, { lr: 1e-2, lambd: 1e-4, alpha: 0.75, t0: 1e6, weightDecay: 0 }, options);
    for (const group of this.groups) {
      const { lambd, alpha, t0 } = group.options;
      for (const [name, value] of Object.entries({ lambd, alpha, t0 })) {
        if (!(value >= 0)) throw new ArgumentError(`${name} is zero or more, got ${value}`, { op: 'ASGD' });
      }
    }
  }

  protected override initialState(): Record<ASGDState, InitialState> {
    return { eta: { shape: [] }, ax: {} };
  }

  protected override factors({ options: { lambd, alpha, t0 }, lr, step }: StepContext<Options>): Factors {
    return {
      isFirst: ops.le(step, 1),
      next: div(lr, ops.pow(plus(times(mul(lr, step), lambd), 1), alpha)),
      mu: ops.reciprocal(ops.maximum(plus(step, -1 - t0), 1)),
    };
  }

  protected override update(
    parameter: Node,
    gradient: Node,
    state: Readonly<Record<ASGDState, Node>>,
    { options: { lambd, weightDecay }, lr, factors: { isFirst, next, mu } }: UpdateContext<Options, Factors>,
  ): [Node, Record<ASGDState, Node>] {
    const slope = weightDecay ? add(gradient, times(parameter, weightDecay)) : gradient;
    // The rate of the first step is the one that is in force then.
    const eta = where(isFirst, lr, state.eta);
    const moved = sub(mul(parameter, plus(neg(times(eta, lambd)), 1)), mul(slope, eta));
    const mean = add(state.ax, mul(sub(moved, state.ax), mu));
    // μ = 1: the parameter itself, without the rounding of the difference.
    const ax = ops.whereOf(ops.lt(mu, constant(1, mu.dtype)), mean, moved);
    return [moved, { eta: next, ax }];
  }
}
