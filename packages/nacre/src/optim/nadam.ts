import { ArgumentError } from '../base/errors.ts';
import type { Node } from '../graph/node.ts';
import * as ops from '../tensor/ops/index.ts';
import { add, div, mul, neg, plus, sub, times } from '../tensor/primitives/apply.ts';
import { biasCorrection, checkBetas, decayed } from './adam.ts';
import {
  type InitialState,
  Optimizer,
  type OptimizerOptions,
  type StepContext,
  scaled,
  type Trainable,
  type UpdateContext,
} from './optimizer.ts';

export interface NAdamOptions extends OptimizerOptions {
  /** How much of the mean of gradients, and of their squares, is kept at each step. Default: [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to the denominator. Default: 1e-8. */
  eps?: number;
  /** How fast the momentum comes near to β₁. Default: 0.004. */
  momentumDecay?: number;
}

type Options = Required<NAdamOptions>;
type NAdamState = 'expAvg' | 'expAvgSq' | 'muProduct';

interface Factors {
  readonly momentum: Node;
  readonly nextMomentum: Node;
  /** 1 / √(1 - β₂ᵗ). */
  readonly rootScale: Node;
}

/**
 * Adam that looks ahead along its momentum (Dozat, "Incorporating Nesterov momentum into Adam", 2016), with the momentum
 * μₜ = β₁·(1 - ½·0.96^(t·momentumDecay)):
 * p ← p - lr·((1 - μₜ)·g / (1 - Πμ) + μₜ₊₁·m / (1 - Πμ·μₜ·μₜ₊₁)) / (√v̂ + eps). Weight decay is added to the gradient.
 *
 * Formula: p ← p - lr·((1 - μₜ)·g / (1 - Πμ) + μₜ₊₁·m / (1 - Πμ·μₜ·μₜ₊₁)) / (√v̂ + eps)
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const p = new Parameter(tensor([1]));
 * const nadam = new optim.NAdam([p], { lr: 0.1 });
 * p.mul(3).sum().backward();
 * nadam.step();
 * await p.tolist(); // → [0.895]
 * ```
 */
export class NAdam extends Optimizer<Options, NAdamState, Factors> {
  /** @param options `lr` 0.002, `betas` [0.9, 0.999], `eps` 1e-8, `weightDecay` 0, `momentumDecay` 0.004. */
  constructor(params: Trainable<NAdamOptions>, options?: NAdamOptions) {
    super(params, { lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, momentumDecay: 4e-3 }, options);
    for (const { options } of this.groups) {
      checkBetas('NAdam', options.betas, options.eps);
      if (!(options.momentumDecay >= 0)) {
        throw new ArgumentError(`momentumDecay is zero or more, got ${options.momentumDecay}`, {
          op: 'NAdam',
        });
      }
    }
  }

  protected override initialState(): Record<NAdamState, InitialState> {
    return { expAvg: {}, expAvgSq: {}, muProduct: { shape: [], fill: 1 } };
  }

  protected override factors({
    options: { betas, momentumDecay },
    momentum: most,
    step,
  }: StepContext<Options>): Factors {
    const momentumAt = (t: Node): Node =>
      scaled(plus(times(ops.exp(times(t, momentumDecay * Math.log(0.96))), -0.5), 1), most);
    return {
      momentum: momentumAt(step),
      nextMomentum: momentumAt(plus(step, 1)),
      rootScale: ops.rsqrt(biasCorrection(betas[1], step)),
    };
  }

  protected override update(
    parameter: Node,
    gradient: Node,
    state: Readonly<Record<NAdamState, Node>>,
    { options: { betas, eps, weightDecay }, lr, momentum: most, factors }: UpdateContext<Options, Factors>,
  ): [Node, Record<NAdamState, Node>] {
    const { momentum, nextMomentum, rootScale } = factors;
    const slope = weightDecay ? add(gradient, times(parameter, weightDecay)) : gradient;
    const expAvg = decayed(state.expAvg, slope, most);
    const expAvgSq = decayed(state.expAvgSq, mul(slope, slope), betas[1]);
    const muProduct = mul(state.muProduct, momentum);
    const complement = (x: Node): Node => plus(neg(x), 1);
    const ofGradient = div(mul(lr, complement(momentum)), complement(muProduct));
    // The publication has Πμ·μₜ₊₁. PyTorch 1.13, which this agrees with, counts μₜ once more.
    const nextProduct = mul(mul(muProduct, momentum), nextMomentum);
    const ofMean = div(mul(lr, nextMomentum), complement(nextProduct));
    const move = add(mul(slope, ofGradient), mul(expAvg, ofMean));
    const next = sub(parameter, div(move, plus(mul(ops.sqrt(expAvgSq), rootScale), eps)));
    return [next, { expAvg, expAvgSq, muProduct }];
  }
}
