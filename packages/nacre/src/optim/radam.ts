import type { Node } from '../graph/node.ts';
import * as ops from '../tensor/ops/index.ts';
import { add, constant, div, mul, neg, plus, sub, times, where } from '../tensor/primitives/apply.ts';
import { biasCorrection, checkBetas, decayed } from './adam.ts';
import {
  type InitialState,
  Optimizer,
  type OptimizerOptions,
  type StepContext,
  type Trainable,
  type UpdateContext,
} from './optimizer.ts';

export interface RAdamOptions extends OptimizerOptions {
  /** How much of the mean of gradients, and of their squares, is kept at each step. Default: [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to the denominator. Default: 1e-8. */
  eps?: number;
  /** Let weight decay act on the parameter rather than on its gradient. Default: no. */
  decoupledWeightDecay?: boolean;
}

type Options = Required<RAdamOptions>;
type RAdamState = 'expAvg' | 'expAvgSq';

interface Factors {
  /** Whether the variance of the adaptive rate is known well enough to use it; null if it never will be. */
  readonly isAdaptive: Node | null;
  readonly stepSize: Node;
  /** What is left of the parameter after decoupled weight decay; null without. */
  readonly keep: Node | null;
}

/**
 * Adam whose first steps do without the adaptive rate, for its variance is too large (Liu and others, "On the Variance of the Adaptive
 * Learning Rate and Beyond", 2019). With m and v as Adam's, ρ∞ = 2 / (1 - β₂) - 1 and ρ = ρ∞ - 2t·β₂ᵗ / (1 - β₂ᵗ):
 * p ← p - lr·m̂·r·√(1 - β₂ᵗ) / (√v + eps), where r² = (ρ - 4)(ρ - 2)ρ∞ / ((ρ∞ - 4)(ρ∞ - 2)ρ), if ρ > 5, and p ← p - lr·m̂ if not.
 * Weight decay is added to the gradient, unless it is decoupled: p ← (1 - lr·weightDecay)·p first.
 *
 * Formula: p ← p - lr·m̂·r·√(1 - β₂ᵗ) / (√v + eps) if ρ > 5, else p ← p - lr·m̂
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const p = new Parameter(tensor([1]));
 * const radam = new optim.RAdam([p], { lr: 0.1 });
 * p.mul(3).sum().backward();
 * radam.step();
 * await p.tolist(); // → [0.7]
 * ```
 */
export class RAdam extends Optimizer<Options, RAdamState, Factors> {
  /** @param options `lr` 0.001, `betas` [0.9, 0.999], `eps` 1e-8, `weightDecay` 0, `decoupledWeightDecay` false. */
  constructor(params: Trainable<RAdamOptions>, options?: RAdamOptions) {
    super(
      params,
      { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0, decoupledWeightDecay: false },
      options,
    );
    for (const { options } of this.groups) checkBetas('RAdam', options.betas, options.eps);
  }

  protected override initialState(): Record<RAdamState, InitialState> {
    return { expAvg: {}, expAvgSq: {} };
  }

  protected override factors({ options, lr, momentum, step }: StepContext<Options>): Factors {
    const { betas, weightDecay, decoupledWeightDecay } = options;
    const keep = decoupledWeightDecay && weightDecay ? plus(neg(times(lr, weightDecay)), 1) : null;
    const plain = div(lr, biasCorrection(momentum, step));
    const longest = (1 + betas[1]) / (1 - betas[1]);
    if (longest <= 5) return { isAdaptive: null, stepSize: plain, keep };
    const length = averageLength(betas[1], step);
    const isAdaptive = ops.gt(length, 5);
    // Without the maximum, the root of a negative number where it is not used.
    const used = ops.maximum(length, 5);
    const rectifier = times(
      div(mul(plus(used, -4), plus(used, -2)), used),
      longest / ((longest - 4) * (longest - 2)),
    );
    const root = ops.sqrt(mul(rectifier, biasCorrection(betas[1], step)));
    return { isAdaptive, stepSize: where(isAdaptive, mul(plain, root), plain), keep };
  }

  protected override update(
    parameter: Node,
    gradient: Node,
    state: Readonly<Record<RAdamState, Node>>,
    { options, momentum, factors: { isAdaptive, stepSize, keep } }: UpdateContext<Options, Factors>,
  ): [Node, Record<RAdamState, Node>] {
    const { betas, eps, weightDecay, decoupledWeightDecay } = options;
    const slope =
      weightDecay && !decoupledWeightDecay ? add(gradient, times(parameter, weightDecay)) : gradient;
    const expAvg = decayed(state.expAvg, slope, momentum);
    const expAvgSq = decayed(state.expAvgSq, mul(slope, slope), betas[1]);
    const kept = keep ? mul(parameter, keep) : parameter;
    const move = mul(expAvg, stepSize);
    if (!isAdaptive) return [sub(kept, move), { expAvg, expAvgSq }];
    const divisor = ops.whereOf(isAdaptive, plus(ops.sqrt(expAvgSq), eps), 1);
    return [sub(kept, div(move, divisor)), { expAvg, expAvgSq }];
  }
}

/**
 * ρ, the length of the simple moving average that has the variance of the exponential one. As written above it is a small difference of two
 * numbers of the size of ρ∞, of which float32 keeps few digits. With a = -log β₂ and x = a·t it is ρ∞ - 2/a + (2/a)·(1 - x / (eˣ - 1)),
 * and for small x the last factor is the series x/2 - x²/12 + x⁴/720 - x⁶/30240 + x⁸/1209600 of the Bernoulli numbers.
 */
function averageLength(beta: number, step: Node): Node {
  if (beta === 0) return constant(1, step.dtype);
  const rate = -Math.log(beta);
  const x = times(step, rate);
  const square = mul(x, x);
  const even = [1 / 1209600, -1 / 30240, 1 / 720, -1 / 12].reduce<Node>(
    (sum, coefficient) => mul(plus(sum, coefficient), square),
    constant(0, x.dtype),
  );
  const series = add(times(x, 0.5), even);
  const direct = plus(neg(div(x, ops.expm1(x))), 1);
  const offset = (1 + beta) / (1 - beta) - 2 / rate;
  return plus(times(where(ops.lt(x, 0.25), series, direct), 2 / rate), offset);
}
