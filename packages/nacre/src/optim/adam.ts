import { ArgumentError } from '../base/errors.ts';
import type { Node } from '../graph/node.ts';
import * as ops from '../tensor/ops/index.ts';
import { add, div, mul, neg, plus, sub, times } from '../tensor/primitives/apply.ts';
import {
  type Factor,
  type InitialState,
  Optimizer,
  type OptimizerOptions,
  rest,
  type StepContext,
  scaled,
  type Trainable,
  type UpdateContext,
} from './optimizer.ts';

export interface AdamOptions extends OptimizerOptions {
  /** How much of the mean of gradients, and of their squares, is kept at each step. Default: [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to the denominator. Default: 1e-8. */
  eps?: number;
  /** Divide by the largest mean of squares so far (Reddi, Kale and Kumar, 2018). Default: no. */
  amsgrad?: boolean;
}

/** Checks what all optimizers of this family take. */
export function checkBetas(op: string, betas: readonly number[], eps: number): void {
  if (betas.length !== 2 || !betas.every((beta) => beta >= 0 && beta < 1)) {
    throw new ArgumentError(`betas are two numbers from 0 to below 1, got [${betas.join(', ')}]`, { op });
  }
  if (!(eps >= 0)) throw new ArgumentError(`eps is zero or more, got ${eps}`, { op });
}

/** 1 - betaᵗ as -expm1(t·log beta), which loses no digits while t is small. */
export const biasCorrection = (beta: Factor, step: Node): Node =>
  neg(ops.expm1(scaled(step, typeof beta === 'number' ? Math.log(beta) : ops.log(beta))));

/** beta·mean + (1 - beta)·value. */
export const decayed = (mean: Node, value: Node, beta: Factor): Node =>
  add(scaled(mean, beta), scaled(value, rest(beta)));

type AdamState = 'expAvg' | 'expAvgSq' | 'maxExpAvgSq';

interface AdamFactors {
  readonly stepSize: Node;
  readonly eps: Node;
  /** What is left of the parameter after decoupled weight decay; null without. */
  readonly keep: Node | null;
}

/**
 * Steps of about the learning rate, by running means of gradients g and of their squares (Kingma and Ba, "Adam", 2014). Weight
 * decay is added to the gradient: g + weightDecay·p.
 *
 * Formula: m ← β₁m + (1 - β₁)g, v ← β₂v + (1 - β₂)g², p ← p - lr·m̂ / (√v̂ + eps), where m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 -
 * β₂ᵗ)
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const p = new Parameter(tensor([1]));
 * const adam = new optim.Adam([p], { lr: 0.1 });
 * p.mul(3).sum().backward();
 * adam.step();
 * await p.tolist(); // → [0.9]
 * ```
 */
export class Adam extends Optimizer<Required<AdamOptions>, AdamState, AdamFactors> {
  /** @param options `lr` 0.001, `betas` [0.9, 0.999], `eps` 1e-8, `weightDecay` 0, `amsgrad` false. */
  constructor(params: Trainable<AdamOptions>, options?: AdamOptions) {
    super(params, { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, amsgrad: false }, options);
    for (const { options } of this.groups) checkBetas(this.constructor.name, options.betas, options.eps);
  }

  protected override initialState({
    amsgrad,
  }: Required<AdamOptions>): Partial<Record<AdamState, InitialState>> {
    return { expAvg: {}, expAvgSq: {}, ...(amsgrad && { maxExpAvgSq: {} }) };
  }

  /**
   * Both corrections are scalars, so they go into the step size and into eps, and an element costs one root and one division:
   * (m / c₁) / (√v / √c₂ + eps) = (√c₂ / c₁)·m / (√v + eps·√c₂).
   */
  protected override factors({
    options,
    lr,
    momentum,
    step,
  }: StepContext<Required<AdamOptions>>): AdamFactors {
    const root = ops.sqrt(biasCorrection(options.betas[1], step));
    return {
      stepSize: div(mul(lr, root), biasCorrection(momentum, step)),
      eps: times(root, options.eps),
      keep: this.decoupled && options.weightDecay ? plus(neg(times(lr, options.weightDecay)), 1) : null,
    };
  }

  /** Whether weight decay acts on the parameter rather than on its gradient. */
  protected get decoupled(): boolean {
    return false;
  }

  protected override update(
    parameter: Node,
    gradient: Node,
    { expAvg, expAvgSq, maxExpAvgSq }: Readonly<Record<AdamState, Node>>,
    { options, momentum, factors }: UpdateContext<Required<AdamOptions>, AdamFactors>,
  ): [Node, Record<AdamState, Node>] {
    const { betas, weightDecay, amsgrad } = options;
    const slope = weightDecay && !this.decoupled ? add(gradient, times(parameter, weightDecay)) : gradient;
    const mean = decayed(expAvg, slope, momentum);
    const square = decayed(expAvgSq, mul(slope, slope), betas[1]);
    const largest = amsgrad ? ops.maximum(maxExpAvgSq, square) : square;
    const kept = factors.keep ? mul(parameter, factors.keep) : parameter;
    const move = div(mul(mean, factors.stepSize), add(ops.sqrt(largest), factors.eps));
    return [sub(kept, move), { expAvg: mean, expAvgSq: square, maxExpAvgSq: largest }];
  }
}

/**
 * Adam whose weight decay acts on the parameter itself (Loshchilov and Hutter, 2017).
 *
 * Formula: p ← (1 - lr·weightDecay)·p, then as Adam
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const p = new Parameter(tensor([1]));
 * const adam = new optim.AdamW([p], { lr: 0.1, weightDecay: 0.5 });
 * p.mul(3).sum().backward();
 * adam.step();
 * await p.tolist(); // → [0.85]
 * ```
 */
export class AdamW extends Adam {
  /** @param options as Adam's, but `weightDecay` 0.01. */
  constructor(params: Trainable<AdamOptions>, options?: AdamOptions) {
    super(params, { ...options, weightDecay: options?.weightDecay ?? 0.01 });
  }

  protected override get decoupled(): boolean {
    return true;
  }
}
