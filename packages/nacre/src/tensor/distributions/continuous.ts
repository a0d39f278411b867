/** Distributions of real numbers. */
import type { Node } from '../../graph/node.ts';
import { abs, ge, le, log, logicalAnd, lt, reciprocal, square } from '../ops/elementwise.ts';
import { rand, randn } from '../ops/random.ts';
import { beta, exponential, gamma, laplace } from '../ops/sampling.ts';
import { digamma, lgamma, xlogy } from '../ops/special.ts';
import { add, constant, div, expand, mul, neg, plus, sub, times, where } from '../primitives/apply.ts';
import type { Operand } from '../signatures.ts';
import { Distribution, Reparametrized } from './distribution.ts';

/** log B(a, b), the logarithm of what beta densities are divided by. */
export const logBeta = (a: Node, b: Node): Node => sub(add(lgamma(a), lgamma(b)), lgamma(add(a, b)));

/** `inside` where the condition holds, else -∞. */
export const within = (condition: Node, inside: Node): Node =>
  where(condition, inside, constant(Number.NEGATIVE_INFINITY, inside.dtype));

/**
 * The normal distribution with mean `loc` and standard deviation `scale`: density exp(-((x - loc) / scale)² / 2) / (scale·√(2π)).
 *
 * Formula: p(x) = exp(-((x - loc) / scale)² / 2) / (scale·√(2π))
 *
 * Shapes: parameters broadcast to [...] = batchShape; sample(shape) → [...shape, ...batchShape]
 *
 * @example
 * ```ts
 * import { distributions } from 'nacre';
 * const p = new distributions.Normal(1, 2);
 * p.sample([3]).shape; // → [3]
 * await p.variance.tolist(); // → 4
 * ```
 */
export class Normal extends Reparametrized {
  constructor(loc: Operand, scale: Operand) {
    super('Normal', [loc, scale]);
  }

  protected override draw([loc, scale]: readonly Node[]): Node {
    return add(loc, mul(scale, randn(loc.shape, loc.dtype)));
  }

  protected override logProbOf(x: Node, loc: Node, scale: Node): Node {
    const distance = div(sub(x, loc), scale);
    return plus(sub(times(square(distance), -0.5), log(scale)), -0.5 * Math.log(2 * Math.PI));
  }

  protected override entropyOf(_loc: Node, scale: Node): Node {
    return plus(log(scale), 0.5 + 0.5 * Math.log(2 * Math.PI));
  }

  protected override meanOf(loc: Node): Node {
    return loc;
  }

  protected override varianceOf(_loc: Node, scale: Node): Node {
    return square(scale);
  }
}

/**
 * Uniform from `low` up to, but without, `high`: density 1 / (high - low).
 *
 * Formula: p(x) = 1 / (high - low)
 *
 * Shapes: parameters broadcast to [...] = batchShape; sample(shape) → [...shape, ...batchShape]
 *
 * @example
 * ```ts
 * import { distributions } from 'nacre';
 * await new distributions.Uniform(1, 3).mean.tolist(); // → 2
 * ```
 */
export class Uniform extends Reparametrized {
  constructor(low: Operand, high: Operand) {
    super('Uniform', [low, high]);
  }

  protected override draw([low, high]: readonly Node[]): Node {
    return add(low, mul(sub(high, low), rand(low.shape, low.dtype)));
  }

  protected override logProbOf(x: Node, low: Node, high: Node): Node {
    return within(logicalAnd(le(low, x), lt(x, high)), neg(log(sub(high, low))));
  }

  protected override entropyOf(low: Node, high: Node): Node {
    return log(sub(high, low));
  }

  protected override meanOf(low: Node, high: Node): Node {
    return times(add(low, high), 0.5);
  }

  protected override varianceOf(low: Node, high: Node): Node {
    return times(square(sub(high, low)), 1 / 12);
  }
}

/**
 * The time until something happens that happens `rate` times in a unit of time: density rate·exp(-rate·x) for x ≥ 0.
 *
 * Formula: p(x) = rate·exp(-rate·x)
 *
 * Shapes: parameters broadcast to [...] = batchShape; sample(shape) → [...shape, ...batchShape]
 *
 * @example
 * ```ts
 * import { distributions } from 'nacre';
 * await new distributions.Exponential(4).mean.tolist(); // → 0.25
 * ```
 */
export class Exponential extends Reparametrized {
  constructor(rate: Operand) {
    super('Exponential', [rate]);
  }

  protected override draw([rate]: readonly Node[]): Node {
    return div(exponential(expand(constant(1, rate.dtype), rate.shape)), rate);
  }

  protected override logProbOf(x: Node, rate: Node): Node {
    return within(ge(x, 0), sub(log(rate), mul(rate, x)));
  }

  protected override entropyOf(rate: Node): Node {
    return plus(neg(log(rate)), 1);
  }

  protected override meanOf(rate: Node): Node {
    return reciprocal(rate);
  }

  protected override varianceOf(rate: Node): Node {
    return reciprocal(square(rate));
  }
}

/**
 * The Laplace distribution: density exp(-|x - loc| / scale) / (2·scale).
 *
 * Formula: p(x) = exp(-|x - loc| / scale) / (2·scale)
 *
 * Shapes: parameters broadcast to [...] = batchShape; sample(shape) → [...shape, ...batchShape]
 *
 * @example
 * ```ts
 * import { distributions } from 'nacre';
 * await new distributions.Laplace(0, 3).variance.tolist(); // → 18
 * ```
 */
export class Laplace extends Reparametrized {
  constructor(loc: Operand, scale: Operand) {
    super('Laplace', [loc, scale]);
  }

  protected override draw([loc, scale]: readonly Node[]): Node {
    return add(loc, mul(scale, laplace(loc.shape, loc.dtype)));
  }

  protected override logProbOf(x: Node, loc: Node, scale: Node): Node {
    return sub(neg(log(times(scale, 2))), div(abs(sub(x, loc)), scale));
  }

  protected override entropyOf(_loc: Node, scale: Node): Node {
    return plus(log(times(scale, 2)), 1);
  }

  protected override meanOf(loc: Node): Node {
    return loc;
  }

  protected override varianceOf(_loc: Node, scale: Node): Node {
    return times(square(scale), 2);
  }
}

/**
 * The gamma distribution: density rate^a·x^(a - 1)·exp(-rate·x) / Γ(a) for x > 0, with a = `concentration`.
 *
 * Formula: p(x) = rate^a·x^(a - 1)·exp(-rate·x) / Γ(a)
 *
 * Shapes: parameters broadcast to [...] = batchShape; sample(shape) → [...shape, ...batchShape]
 *
 * @example
 * ```ts
 * import { distributions } from 'nacre';
 * await new distributions.Gamma(6, 2).mean.tolist(); // → 3
 * ```
 */
export class Gamma extends Distribution {
  constructor(concentration: Operand, rate: Operand) {
    super('Gamma', [concentration, rate]);
  }

  protected override draw([concentration, rate]: readonly Node[]): Node {
    return gamma(concentration, rate);
  }

  protected override logProbOf(x: Node, a: Node, rate: Node): Node {
    const scaled = sub(add(mul(a, log(rate)), xlogy(plus(a, -1), x)), mul(rate, x));
    return within(ge(x, 0), sub(scaled, lgamma(a)));
  }

  protected override entropyOf(a: Node, rate: Node): Node {
    return add(sub(add(a, lgamma(a)), log(rate)), mul(plus(neg(a), 1), digamma(a)));
  }

  protected override meanOf(a: Node, rate: Node): Node {
    return div(a, rate);
  }

  protected override varianceOf(a: Node, rate: Node): Node {
    return div(a, square(rate));
  }
}

/**
 * The beta distribution: density x^(a - 1)·(1 - x)^(b - 1) / B(a, b) on [0, 1], with a = `concentration1` and b = `concentration0`.
 *
 * Formula: p(x) = x^(a - 1)·(1 - x)^(b - 1) / B(a, b)
 *
 * Shapes: parameters broadcast to [...] = batchShape; sample(shape) → [...shape, ...batchShape]
 *
 * @example
 * ```ts
 * import { distributions } from 'nacre';
 * await new distributions.Beta(3, 1).mean.tolist(); // → 0.75
 * ```
 */
export class Beta extends Distribution {
  constructor(concentration1: Operand, concentration0: Operand) {
    super('Beta', [concentration1, concentration0]);
  }

  protected override draw([a, b]: readonly Node[]): Node {
    return beta(a, b);
  }

  protected override logProbOf(x: Node, a: Node, b: Node): Node {
    const isInside = logicalAnd(ge(x, 0), le(x, 1));
    const rest = plus(neg(x), 1);
    return within(isInside, sub(add(xlogy(plus(a, -1), x), xlogy(plus(b, -1), rest)), logBeta(a, b)));
  }

  protected override entropyOf(a: Node, b: Node): Node {
    const total = add(a, b);
    const each = add(mul(plus(a, -1), digamma(a)), mul(plus(b, -1), digamma(b)));
    return add(sub(logBeta(a, b), each), mul(plus(total, -2), digamma(total)));
  }

  protected override meanOf(a: Node, b: Node): Node {
    return div(a, add(a, b));
  }

  protected override varianceOf(a: Node, b: Node): Node {
    const total = add(a, b);
    return div(mul(a, b), mul(square(total), plus(total, 1)));
  }
}
