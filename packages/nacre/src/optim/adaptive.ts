import { ArgumentError } from '../base/errors.ts';
import type { Node } from '../graph/node.ts';
import * as ops from '../tensor/ops/index.ts';
import { add, div, mul, plus, sub, times } from '../tensor/primitives/apply.ts';
import { decayed } from './adam.ts';
import {
  type InitialState,
  Optimizer,
  type OptimizerOptions,
  type StepContext,
  scaled,
  type Trainable,
  type UpdateContext,
} from './optimizer.ts';

const penalized = (gradient: Node, parameter: Node, weightDecay: number): Node =>
  weightDecay ? add(gradient, times(parameter, weightDecay)) : gradient;

function checkRange(op: string, name: string, value: number, below: number): void {
  if (!(value >= 0 && value < below)) {
    const upper = below === Number.POSITIVE_INFINITY ? '' : ` and below ${below}`;
    throw new ArgumentError(`${name} is a number of zero or more${upper}, got ${value}`, { op });
  }
}

export interface RMSpropOptions extends OptimizerOptions {
  /** How much of the mean of squared gradients is kept at each step. Default: 0.99. */
  alpha?: number;
  /** Added to the denominator. Default: 1e-8. */
  eps?: number;
  /** How much of the last move is kept. Default: 0. */
  momentum?: number;
  /** Divide by the standard deviation of gradients rather than by the root of their mean square. Default: no. */
  centered?: boolean;
}

type RMSpropState = 'squareAvg' | 'gradAvg' | 'momentum';

/**
 * Gradients divided by a running mean of their size (Hinton, "Lecture 6e", 2012; centred: Graves, 2013). With momentum the
 * quotient goes through b ← momentum·b + quotient first. Weight decay is added to the gradient.
 *
 * Formula: v ← α·v + (1 - α)·g², p ← p - lr·g / (√v + eps)
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const p = new Parameter(tensor([1]));
 * const rmsprop = new optim.RMSprop([p], { lr: 0.01, alpha: 0.99 });
 * p.mul(3).sum().backward();
 * rmsprop.step();
 * await p.tolist(); // → [0.9]
 * ```
 */
export class RMSprop extends Optimizer<Required<RMSpropOptions>, RMSpropState, null> {
  /** @param options `lr` 0.01, `alpha` 0.99, `eps` 1e-8, `momentum` 0, `centered` false, `weightDecay` 0. */
  constructor(params: Trainable<RMSpropOptions>, options?: RMSpropOptions) {
    super(
      params,
      { lr: 1e-2, alpha: 0.99, eps: 1e-8, momentum: 0, centered: false, weightDecay: 0 },
      options,
    );
    for (const { options } of this.groups) {
      checkRange('RMSprop', 'alpha', options.alpha, 1);
      checkRange('RMSprop', 'momentum', options.momentum, Number.POSITIVE_INFINITY);
    }
  }

  protected override initialState({
    momentum,
    centered,
  }: Required<RMSpropOptions>): Partial<Record<RMSpropState, InitialState>> {
    return { squareAvg: {}, ...(centered && { gradAvg: {} }), ...(momentum && { momentum: {} }) };
  }

  protected override countsSteps(): boolean {
    return false;
  }

  protected override factors(): null {
    return null;
  }

  protected override update(
    parameter: Node,
    gradient: Node,
    state: Readonly<Record<RMSpropState, Node>>,
    {
      options: { alpha, eps, momentum: keeps, centered, weightDecay },
      lr,
      momentum,
    }: UpdateContext<Required<RMSpropOptions>, null>,
  ): [Node, Record<RMSpropState, Node>] {
    const slope = penalized(gradient, parameter, weightDecay);
    const squareAvg = decayed(state.squareAvg, mul(slope, slope), alpha);
    const gradAvg = centered ? decayed(state.gradAvg, slope, alpha) : state.gradAvg;
    const variance = centered ? sub(squareAvg, mul(gradAvg, gradAvg)) : squareAvg;
    const quotient = div(slope, plus(ops.sqrt(variance), eps));
    const move = keeps ? add(scaled(state.momentum, momentum), quotient) : quotient;
    return [sub(parameter, mul(move, lr)), { squareAvg, gradAvg, momentum: move }];
  }
}

export interface AdagradOptions extends OptimizerOptions {
  /** How fast the learning rate falls: lr / (1 + (t - 1)·lrDecay). Default: 0. */
  lrDecay?: number;
  /** What the sum of squares begins with. Default: 0. */
  initialAccumulatorValue?: number;
  /** Added to the denominator. Default: 1e-10. */
  eps?: number;
}

/**
 * Steps that grow smaller where gradients were large (Duchi, Hazan and Singer, 2011). Weight decay is added to the gradient.
 *
 * Formula: s ← s + g², p ← p - lr·g / (√s + eps)
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const p = new Parameter(tensor([1]));
 * const adagrad = new optim.Adagrad([p], { lr: 0.1 });
 * p.mul(3).sum().backward();
 * adagrad.step();
 * await p.tolist(); // → [0.9]
 * ```
 */
export class Adagrad extends Optimizer<Required<AdagradOptions>, 'sum', Node> {
  /** @param options `lr` 0.01, `eps` 1e-10, and 0 for all the rest. */
  constructor(params: Trainable<AdagradOptions>, options?: AdagradOptions) {
    super(params, { lr: 1e-2, lrDecay: 0, initialAccumulatorValue: 0, eps: 1e-10, weightDecay: 0 }, options);
    for (const { options } of this.groups) {
      checkRange('Adagrad', 'lrDecay', options.lrDecay, Number.POSITIVE_INFINITY);
      checkRange(
        'Adagrad',
        'initialAccumulatorValue',
        options.initialAccumulatorValue,
        Number.POSITIVE_INFINITY,
      );
    }
  }

  protected override initialState({
    initialAccumulatorValue,
  }: Required<AdagradOptions>): Record<'sum', InitialState> {
    return { sum: { fill: initialAccumulatorValue } };
  }

  protected override countsSteps({ lrDecay }: Required<AdagradOptions>): boolean {
    return lrDecay > 0;
  }

  protected override factors({
    options: { lrDecay },
    lr,
    step,
  }: StepContext<Required<AdagradOptions>>): Node {
    return lrDecay ? div(lr, plus(times(plus(step, -1), lrDecay), 1)) : lr;
  }

  protected override update(
    parameter: Node,
    gradient: Node,
    state: Readonly<Record<'sum', Node>>,
    { options: { eps, weightDecay }, factors: rate }: UpdateContext<Required<AdagradOptions>, Node>,
  ): [Node, Record<'sum', Node>] {
    const slope = penalized(gradient, parameter, weightDecay);
    const sum = add(state.sum, mul(slope, slope));
    return [sub(parameter, div(mul(slope, rate), plus(ops.sqrt(sum), eps))), { sum }];
  }
}

export interface AdadeltaOptions extends OptimizerOptions {
  /** How much of the mean squares is kept at each step. Default: 0.9. */
  rho?: number;
  /** Added to both mean squares. Default: 1e-6. */
  eps?: number;
}

type AdadeltaState = 'squareAvg' | 'accDelta';

/**
 * Steps whose size follows from those before (Zeiler, 2012). Weight decay is added to the gradient.
 *
 * Formula: v ← ρ·v + (1 - ρ)·g², d = √(u + eps) / √(v + eps)·g, u ← ρ·u + (1 - ρ)·d², p ← p - lr·d
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const p = new Parameter(tensor([1]));
 * const adadelta = new optim.Adadelta([p], { lr: 1 });
 * p.mul(3).sum().backward();
 * adadelta.step();
 * await p.tolist(); // → [0.9968]
 * ```
 */
export class Adadelta extends Optimizer<Required<AdadeltaOptions>, AdadeltaState, null> {
  /** @param options `lr` 1, `rho` 0.9, `eps` 1e-6, `weightDecay` 0. */
  constructor(params: Trainable<AdadeltaOptions>, options?: AdadeltaOptions) {
    super(params, { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0 }, options);
    for (const { options } of this.groups) checkRange('Adadelta', 'rho', options.rho, 1);
  }

  protected override initialState(): Record<AdadeltaState, InitialState> {
    return { squareAvg: {}, accDelta: {} };
  }

  protected override countsSteps(): boolean {
    return false;
  }

  protected override factors(): null {
    return null;
  }

  protected override update(
    parameter: Node,
    gradient: Node,
    state: Readonly<Record<AdadeltaState, Node>>,
    { options: { rho, eps, weightDecay }, lr }: UpdateContext<Required<AdadeltaOptions>, null>,
  ): [Node, Record<AdadeltaState, Node>] {
    const slope = penalized(gradient, parameter, weightDecay);
    const squareAvg = decayed(state.squareAvg, mul(slope, slope), rho);
    const delta = mul(ops.sqrt(div(plus(state.accDelta, eps), plus(squareAvg, eps))), slope);
    const accDelta = decayed(state.accDelta, mul(delta, delta), rho);
    return [sub(parameter, mul(delta, lr)), { squareAvg, accDelta }];
  }
}
