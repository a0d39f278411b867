import { ArgumentError } from '../base/errors.ts';
import type { Node } from '../graph/node.ts';
import * as ops from '../tensor/ops/index.ts';
import { constant, mul, sub, where } from '../tensor/primitives/apply.ts';
import {
  type InitialState,
  Optimizer,
  type OptimizerOptions,
  type StepContext,
  type Trainable,
  type UpdateContext,
} from './optimizer.ts';

export interface RpropOptions extends Omit<OptimizerOptions, 'weightDecay'> {
  /** Factors of a step that went too far, and of one that did not. Default: [0.5, 1.2]. */
  etas?: readonly [number, number];
  /** Bounds of the steps. Default: [1e-6, 50]. */
  stepSizes?: readonly [number, number];
}

type Options = Required<RpropOptions>;
type RpropState = 'prev' | 'stepSize';

/**
 * Steps by the sign of the gradient: each element has a step of its own, which grows while the sign stays and shrinks when it changes,
 * and then waits once (Riedmiller and Braun, "A Direct Adaptive Method for Faster Backpropagation Learning", 1993). For gradients of the
 * whole data, not of batches. `lr` is the first step.
 *
 * Formula: Δ ← Δ·η₊ if g·g' > 0, Δ·η₋ and g ← 0 if g·g' < 0; p ← p - sign(g)·Δ, where g' is the gradient before
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const p = new Parameter(tensor([1]));
 * const rprop = new optim.Rprop([p], { lr: 0.1 });
 * p.mul(3).sum().backward();
 * rprop.step();
 * rprop.step();
 * await p.tolist(); // → [0.78]
 * ```
 */
export class Rprop extends Optimizer<Options, RpropState, Node> {
  /** @param options `lr` 0.01, `etas` [0.5, 1.2], `stepSizes` [1e-6, 50]. */
  constructor(params: Trainable<RpropOptions>, options?: RpropOptions) {
    super(params, { lr: 1e-2, etas: [0.5, 1.2], stepSizes: [1e-6, 50] }, options);
    for (const { options: own } of this.groups) {
      const [less, more] = own.etas;
      if (!(less > 0 && less < 1 && more > 1)) {
        throw new ArgumentError(`etas are below and above 1, got [${own.etas.join(', ')}]`, { op: 'Rprop' });
      }
      const [least, most] = own.stepSizes;
      if (!(least >= 0 && most >= least)) {
        throw new ArgumentError(`stepSizes are two bounds, got [${own.stepSizes.join(', ')}]`, {
          op: 'Rprop',
        });
      }
    }
  }

  protected override initialState(): Record<RpropState, InitialState> {
    return { prev: {}, stepSize: {} };
  }

  /** Whether this step is the first one. */
  protected override factors({ step }: StepContext<Options>): Node {
    return ops.le(step, 1);
  }

  protected override update(
    parameter: Node,
    gradient: Node,
    state: Readonly<Record<RpropState, Node>>,
    { options: { etas, stepSizes }, lr, factors: isFirst }: UpdateContext<Options, Node>,
  ): [Node, Record<RpropState, Node>] {
    const agreement = mul(gradient, state.prev);
    const isTurned = ops.lt(agreement, 0);
    const factor = ops.whereOf(
      isTurned,
      etas[0],
      ops.whereOf(ops.gt(agreement, 0), etas[1], constant(1, gradient.dtype)),
    );
    const present = where(isFirst, lr, state.stepSize);
    const stepSize = ops.clamp(mul(present, factor), ...stepSizes);
    const slope = ops.whereOf(isTurned, 0, gradient);
    return [sub(parameter, mul(ops.sign(slope), stepSize)), { prev: slope, stepSize }];
  }
}
