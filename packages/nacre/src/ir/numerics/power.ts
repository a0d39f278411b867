import type { KernelBuilder } from '../builder.ts';
import type { Expr } from '../expr.ts';
import { Float, type TwoFloat } from './arithmetic.ts';
import { powerOfTwoSeries, splitExponent } from './exponential.ts';

const powerTables = {
  f32: {
    /** (ln((1 + s)/(1 - s)) / s - 2) / s² in powers of s², |s| ≤ 0.07. */
    series: [0.66666365, 0.4019699],
    /** log₂ e: a first half whose products are exact, and the rest. */
    log2e: { high: 1.4428711, low: -0.00017605285 },
    /** log₂ 0.8125 and log₂ 1.25, as sums of a part that adds to exponents exactly, and the rest. */
    below: { high: -0.29956055, low: 2.650161e-7 },
    above: { high: 0.3218994, low: 2.8680824e-5 },
    largestExponent: 2 ** 40,
    zeroBelow: -151,
    infiniteFrom: 128,
  },
  f64: {
    series: [
      0.6666666666666778, 0.39999999996779706, 0.2857143157516492, 0.22221000120978518, 0.18407231109334682,
    ],
    log2e: { high: 1.4426950514316559, low: -1.0542692476429138e-8 },
    below: { high: -0.29956028185915784, low: 2.500001867992647e-13 },
    above: { high: 0.32192809488697094, low: 3.914087556296025e-13 },
    largestExponent: 2 ** 80,
    zeroBelow: -1076,
    infiniteFrom: 1024,
  },
} as const;

/**
 * log₂ x of a positive finite x in two floats: in `pow` its error is multiplied by the size of the exponent. With x = 2^e·m and
 * a centre c of 0.8125, 1 or 1.25 near m it is e + log₂ c + 2·log₂ e·(s + s³/3 + …), s = (m - c)/(m + c).
 */
function log2(f: Float, x: Expr): TwoFloat {
  const { series, log2e, below, above } = powerTables[f.type];
  const { exponent, y } = splitExponent(f, x);
  const low = f.lt(y, -0.1);
  const high = f.lt(0.118, y);
  const centred = (under: number, middle: number, over: number): Expr =>
    f.select(low, under, f.select(high, over, middle));
  // s in two floats, from the exact rest of the rounded division.
  const top = f.sub(y, centred(-0.1875, 0, 0.25));
  const bottom = f.fastTwoSum(centred(1.8125, 2, 2.25), y);
  const s = f.div(top, bottom.high);
  const product = f.twoProduct(f.split(s), f.split(bottom.high), f.mul(s, bottom.high));
  const rest = f.sub(f.sub(f.sub(top, product.high), product.low), f.mul(s, bottom.low));
  const correction = f.div(rest, bottom.high);
  const z = f.mul(s, s);
  const curve = f.mul(f.mul(s, z), f.poly(z, series));
  const natural = f.fastTwoSum(f.add(s, s), f.add(f.add(correction, correction), curve));
  const factor = { high: f.of(log2e.high), low: f.of(log2e.low) };
  const scaled = f.twoProduct(f.split(natural.high), factor, f.mul(natural.high, Math.LOG2E));
  const small = f.add(f.add(scaled.low, f.mul(natural.low, Math.LOG2E)), centred(below.low, 0, above.low));
  const total = f.fastTwoSum(f.add(exponent, centred(below.high, 0, above.high)), scaled.high);
  return f.fastTwoSum(total.high, f.add(total.low, small));
}

/** |x|^y for finite x ≠ 0. */
function magnitude(f: Float, x: Expr, y: Expr): Expr {
  const { largestExponent, zeroBelow, infiniteFrom } = powerTables[f.type];
  const logarithm = log2(f, x);
  // Beyond this size every power but those of 1 is 0 or infinite, and products stay finite.
  const limited = f.neg(f.clampNegated(y, -largestExponent, largestExponent));
  const main = f.mul(limited, logarithm.high);
  const product = f.twoProduct(f.split(limited), f.split(logarithm.high), main);
  const low = f.add(product.low, f.mul(limited, logarithm.low));
  const held = f.neg(f.clampNegated(main, zeroBelow - 1, infiniteFrom + 1));
  const n = f.round(held);
  const t = f.add(f.sub(held, n.float), low);
  const value = f.scale(f.add(f.mul(t, f.poly(t, powerOfTwoSeries[f.type])), 1), n);
  return f.select(f.lt(main, zeroBelow), 0, f.select(f.lt(infiniteFrom, main), Infinity, value));
}

/**
 * x^y, with the special values of C99: 1 for y = 0 and for x = 1 whatever the other is, NaN for a negative finite x with a y that
 * is no integer. Float32: within 1.7 ulp of normal results, exact where a whole power has an exact result. Float64: relative
 * error below 6e-16.
 */
export function pow(b: KernelBuilder, x: Expr, y: Expr): Expr {
  const f = new Float(b, x);
  const a = f.abs(x);
  const whole = f.eq(b.unary('trunc', y), y);
  const halved = f.mul(y, 0.5);
  const odd = b.binary('and', whole, b.binary('ne', b.unary('trunc', halved), halved));
  // Only 0 and infinity are twice themselves.
  const extreme = f.eq(f.add(a, a), a);
  const grows = b.binary('xor', f.eq(a, 0), f.lt(0, y));
  const defined = b.binary('or', f.le(0, x), b.binary('and', whole, f.lt(x, 0)));
  const finite = f.select(defined, magnitude(f, a, y), NaN);
  const size = f.select(extreme, f.select(f.eq(y, y), f.select(grows, Infinity, 0), NaN), finite);
  const signed = f.select(odd, f.copysign(size, x), size);
  const one = b.binary('or', f.eq(x, 1), f.eq(y, 0));
  return f.select(one, 1, signed);
}

/** x - q·y without rounding, for a whole q of which x is about q·y. */
function subtractProduct(f: Float, x: Expr, q: Expr, y: Expr, ySplit: TwoFloat): Expr {
  const product = f.twoProduct(f.split(q), ySplit, f.mul(q, y));
  return f.sub(f.sub(x, product.high), product.low);
}

/**
 * x - floor(x/y)·y with the sign of y (Python's `%`, PyTorch's `remainder`): exact before one last rounding while |x/y| is below
 * 2⁴⁶ (float32), 2¹⁰⁴ (float64); NaN for y = 0.
 */
export function remainder(b: KernelBuilder, x: Expr, y: Expr): Expr {
  const f = new Float(b, x);
  // Splitting multiplies by 2^half the digits: stay away from the largest numbers.
  const [limit, shrink] = f.single ? [2 ** 100, 2 ** -30] : [2 ** 960, 2 ** -60];
  const large = f.lt(limit, f.abs(y));
  const scale = f.select(large, shrink, 1);
  const divisor = f.mul(y, scale);
  const ySplit = f.split(divisor);
  const quotient = b.unary('trunc', f.div(x, y));
  const first = subtractProduct(f, f.mul(x, scale), quotient, divisor, ySplit);
  // The quotient is rounded: what is left may still hold the divisor a few times.
  const second = b.unary('trunc', f.div(first, divisor));
  const rest = f.mul(subtractProduct(f, first, second, divisor, ySplit), f.select(large, 1 / shrink, 1));
  const inside = f.lt(f.abs(x), f.abs(y));
  const part = f.select(inside, x, rest);
  const opposite = f.lt(f.mul(f.copysign(1, part), f.copysign(part, y)), 0);
  return f.copysign(f.select(opposite, f.add(part, y), part), y);
}
