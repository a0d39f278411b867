import { ArgumentError } from '../base/errors.ts';
import type { Node } from '../graph/node.ts';
import * as ops from '../tensor/ops/index.ts';
import { add, constant, mul, sub, times, where } from '../tensor/primitives/apply.ts';
import {
  type InitialState,
  Optimizer,
  type OptimizerOptions,
  type StepContext,
  scaled,
  type Trainable,
  type UpdateContext,
} from './optimizer.ts';

export interface SGDOptions extends OptimizerOptions {
  /** How much of the last move is kept. Default: 0. */
  momentum?: number;
  /** How much of the gradient is left out of the momentum, but at the first step. Default: 0. */
  dampening?: number;
  /** Look ahead along the momentum (Nesterov, 1983). Default: no. */
  nesterov?: boolean;
}

type Options = Required<SGDOptions>;

/**
 * p ← p - lr·b with b ← momentum·b + (1 - dampening)·g, as PyTorch has it (Sutskever, Martens, Dahl and Hinton, 2013); with `nesterov`
 * p ← p - lr·(g + momentum·b). Weight decay is added to the gradient: g + weightDecay·p.
 *
 * Formula: b ← momentum·b + (1 - dampening)·g, p ← p - lr·b
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const p = new Parameter(tensor([1]));
 * const sgd = new optim.SGD([p], { lr: 0.1 });
 * p.mul(3).sum().backward();
 * sgd.step();
 * await p.tolist(); // → [0.7]
 * ```
 */
export class SGD extends Optimizer<Options, 'momentum', { share: Node | null }> {
  /** @param options `lr` 0.001, and 0 or no for all the rest. */
  constructor(params: Trainable<SGDOptions>, options?: SGDOptions) {
    super(params, { lr: 1e-3, momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 }, options);
    for (const { options } of this.groups) {
      if (!(options.momentum >= 0))
        throw new ArgumentError(`momentum is zero or more, got ${options.momentum}`, { op: 'SGD' });
      if (options.nesterov && (!options.momentum || options.dampening)) {
        throw new ArgumentError('nesterov needs momentum, and no dampening', { op: 'SGD' });
      }
    }
  }

  protected override initialState({ momentum }: Options): Partial<Record<'momentum', InitialState>> {
    return momentum ? { momentum: {} } : {};
  }

  protected override countsSteps({ momentum, dampening }: Options): boolean {
    return Boolean(momentum && dampening);
  }

  protected override factors({ options: { dampening }, step }: StepContext<Options>): { share: Node | null } {
    if (!dampening) return { share: null };
    return { share: where(ops.le(step, 1), constant(1, step.dtype), constant(1 - dampening, step.dtype)) };
  }

  protected override update(
    parameter: Node,
    gradient: Node,
    state: Readonly<Record<'momentum', Node>>,
    {
      options: { momentum: keeps, nesterov, weightDecay },
      lr,
      momentum,
      factors: { share },
    }: UpdateContext<Options, { share: Node | null }>,
  ): [Node, Record<'momentum', Node>] {
    const slope = weightDecay ? add(gradient, times(parameter, weightDecay)) : gradient;
    if (!keeps) return [sub(parameter, mul(slope, lr)), state];
    const buffer = add(scaled(state.momentum, momentum), share ? mul(slope, share) : slope);
    const move = nesterov ? add(slope, scaled(buffer, momentum)) : buffer;
    return [sub(parameter, mul(move, lr)), { momentum: buffer }];
  }
}
