import type { KernelBuilder } from '../builder.ts';
import type { Expr } from '../expr.ts';
import { Float } from './arithmetic.ts';
import { scaledExpm1 } from './exponential.ts';

/** (2^t - 1) / t for |t| ≤ ½. */
export const powerOfTwoSeries = {
  f32: [
    0.6931471972675336, 0.2402265042605079, 0.055503572297675836, 0.009618238808492894, 0.001339096442616391,
    0.00015403531982005424,
  ],
  f64: [
    0.6931471805599453, 0.240226506959101, 0.055504108664821236, 0.009618129107607032, 0.0013333558146531798,
    0.00015403530441538256, 1.5252733701089127e-5, 1.3215442689052724e-6, 1.0178121329818362e-7,
    7.072568747298087e-9, 4.445536625029026e-10,
  ],
} as const;

const hyperbolicTables = {
  /** Where tanh has become 1; where sinh and cosh have become infinite; below it sinh x is x. */
  f32: { oneAbove: 9.1, infiniteAbove: 89.6, linearBelow: 2 ** -13 },
  f64: { oneAbove: 19.1, infiniteAbove: 710.6, linearBelow: 2 ** -27 },
} as const;

/** tanh x = (e^2x - 1) / (e^2x + 1). */
export function tanh(b: KernelBuilder, x: Expr): Expr {
  const f = new Float(b, x);
  // A relative error in 2x·log₂e is at most as large in the result, so one rounded product does where exp needs two parts.
  const v = f.mul(f.negativeAbs(x, -hyperbolicTables[f.type].oneAbove), 2 * Math.LOG2E);
  const n = f.round(v);
  const t = f.sub(v, n.float);
  const power = f.pow2(n.bits);
  const rise = f.mul(power, f.mul(t, f.poly(t, powerOfTwoSeries[f.type])));
  return f.copysign(f.div(f.add(f.sub(power, 1), rise), f.add(f.add(power, 1), rise)), x);
}

/** (e^|x| - 1)/4: a quarter is finite wherever sinh and cosh are. */
const quarterExpm1 = (f: Float, x: Expr): Expr =>
  scaledExpm1(f, f.negativeAbs(x, -hyperbolicTables[f.type].infiniteAbove), -2);

/** sinh x = (u + u/(u + 1))/2 with u = e^|x| - 1. */
export function sinh(b: KernelBuilder, x: Expr): Expr {
  const f = new Float(b, x);
  const quarter = quarterExpm1(f, x);
  const half = f.add(quarter, f.div(quarter, f.add(f.mul(quarter, 4), 1)));
  const curved = f.copysign(f.add(half, half), x);
  return f.select(f.lt(f.abs(x), hyperbolicTables[f.type].linearBelow), x, curved);
}

/** cosh x = (e^|x| + e^-|x|)/2. */
export function cosh(b: KernelBuilder, x: Expr): Expr {
  const f = new Float(b, x);
  const quarter = f.add(quarterExpm1(f, x), 0.25);
  return f.add(f.mul(quarter, 2), f.div(0.125, quarter));
}
