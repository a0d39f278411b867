import type { KernelBuilder } from '../builder.ts';
import type { Expr } from '../expr.ts';
import { Float } from './arithmetic.ts';
import { expParts, scaledExpm1 } from './exponential.ts';

const hyperbolicTables = {
  /** Where tanh has become 1; where sinh and cosh have become infinite; below it sinh x is x. */
  f32: { oneAbove: 9.1, infiniteAbove: 89.6, linearBelow: 2 ** -13 },
  f64: { oneAbove: 19.1, infiniteAbove: 710.6, linearBelow: 2 ** -27 },
} as const;

/**
 * tanh |x| = (1 - e^-2|x|) / (1 + e^-2|x|), both sums from the parts of e^-2|x| = 2ⁿ + 2ⁿ·(e^r - 1). Float32: within 2 ulp.
 * Float64: relative error below 2.8e-16.
 */
export function tanh(b: KernelBuilder, x: Expr): Expr {
  const f = new Float(b, x);
  const { n, rise } = expParts(
    f,
    f.mul(f.atLeast(f.negativeAbs(x), -hyperbolicTables[f.type].oneAbove), -2),
    -1,
  );
  const power = f.pow2(n.bits);
  const scaled = f.mul(power, rise);
  return f.copysign(f.div(f.add(f.sub(power, 1), scaled), f.add(f.add(power, 1), scaled)), x);
}

/** (e^|x| - 1)/4: a quarter is finite wherever sinh and cosh are. */
const quarterExpm1 = (f: Float, x: Expr): Expr =>
  scaledExpm1(f, f.atLeast(f.negativeAbs(x), -hyperbolicTables[f.type].infiniteAbove), -2);

/** sinh x = (u + u/(u + 1))/2 with u = e^|x| - 1. Float32: within 2.3 ulp. Float64: relative error below 3e-16. */
export function sinh(b: KernelBuilder, x: Expr): Expr {
  const f = new Float(b, x);
  const quarter = quarterExpm1(f, x);
  const half = f.add(quarter, f.div(quarter, f.add(f.mul(quarter, 4), 1)));
  const curved = f.copysign(f.add(half, half), x);
  return f.select(f.lt(f.abs(x), hyperbolicTables[f.type].linearBelow), x, curved);
}

/** cosh x = (e^|x| + e^-|x|)/2. Float32: within 1.8 ulp. Float64: relative error below 2.9e-16. */
export function cosh(b: KernelBuilder, x: Expr): Expr {
  const f = new Float(b, x);
  const quarter = f.add(quarterExpm1(f, x), 0.25);
  return f.add(f.mul(quarter, 2), f.div(0.125, quarter));
}
