import type { KernelBuilder } from '../builder.ts';
import type { Expr } from '../expr.ts';
import { Float, type Whole } from './arithmetic.ts';

// Polynomials of this folder are minimax fits by Remez' exchange in 50 digits, weighted for relative error of the function.

interface ExpTable {
  /** (e^r - 1 - r) / r² for |r| ≤ ln 2 / 2, in powers of -r. */
  readonly series: readonly number[];
  /** ln 2 in two parts, the first so short that its products with exponents are exact. */
  readonly ln2: readonly [number, number];
  /**
   * Where x is held: e^x is infinite above, and 0 long before the lower limit, whose powers of two are 0 themselves. A result that
   * underflows costs many times as much as a product with 0, and masked softmax makes nothing but such arguments.
   */
  readonly zeroBelow: number;
  readonly infiniteAbove: number;
  /** Where e^x - 1 has become -1. */
  readonly minusOneBelow: number;
}

const expTables: { readonly f32: ExpTable; readonly f64: ExpTable } = {
  f32: {
    series: [0.49999997, -0.16666542, 0.041667204, -0.008366691, 0.0013882474],
    ln2: [0.69314575, 1.4286068e-6],
    zeroBelow: -176,
    infiniteAbove: 89,
    minusOneBelow: -18,
  },
  f64: {
    series: [
      0.5000000000000006, -0.16666666666666588, 0.04166666666657657, -0.008333333333389635,
      0.0013888888931630618, -0.0001984126971890465, 2.480150518907147e-5, -2.7557407543230486e-6,
      2.7626073519184495e-7, -2.5053807822481223e-8,
    ],
    ln2: [0.6931471805601177, -1.7239444525614835e-13],
    zeroBelow: -1418.4,
    infiniteAbove: 710,
    minusOneBelow: -40,
  },
};

/** (2^t - 1) / t for |t| ≤ ½. */
export const powerOfTwoSeries = {
  f32: [Math.LN2, 0.2402265, 0.055503573, 0.009618239, 0.0013390965, 0.00015403533],
  f64: [
    Math.LN2,
    0.240226506959101,
    0.055504108664821236,
    0.009618129107607032,
    0.0013333558146531798,
    0.00015403530441538256,
    1.5252733701089127e-5,
    1.3215442689052724e-6,
    1.0178121329818362e-7,
    7.072568747298087e-9,
    4.445536625029026e-10,
  ],
} as const;

/** ±x = n·ln 2 + r + rest with |r| ≤ ln 2 / 2. */
interface Reduced {
  readonly n: Whole;
  readonly r: Expr;
  readonly rest: Expr;
}

/** Of ±x, clamped to where 2ⁿ can be made. Minus is what two clamps leave behind at no cost; `r` and `rest` then have the sign of x too. */
function reduce(f: Float, x: Expr, sign: 1 | -1): Reduced {
  const [high, low] = expTables[f.type].ln2;
  const n = f.roundedProduct(x, sign * Math.LOG2E);
  const exact = f.mulAdd(n.float, -sign * high, x);
  const r = f.mulAdd(n.float, -sign * low, exact);
  return { n, r, rest: f.mulAdd(n.float, -sign * low, f.sub(exact, r)) };
}

/** n and e^r - 1 of ±x = n·ln 2 + r, for a clamped x. */
export function expParts(f: Float, x: Expr, sign: 1 | -1): { n: Whole; rise: Expr } {
  const { n, r } = reduce(f, x, sign);
  const series = expTables[f.type].series.map((c, power) => (sign < 0 || power % 2 === 0 ? c : -c));
  const [square, curve] = [f.mul(r, r), f.poly(r, series)];
  return { n, rise: sign < 0 ? f.mulSub(square, curve, r) : f.mulAdd(square, curve, r) };
}

/** e^x, subnormal results included. Float32: within 1 ulp. Float64: relative error below 1.5e-16. */
export function exp(b: KernelBuilder, x: Expr): Expr {
  const f = new Float(b, x);
  const table = expTables[f.type];
  const { n, rise } = expParts(f, f.clampNegated(x, table.zeroBelow, table.infiniteAbove), -1);
  return f.scale(f.add(rise, 1), n);
}

/** The same of an x that is zero, less, or NaN: there is no upper limit to hold it at. */
export function expBelowZero(b: KernelBuilder, x: Expr): Expr {
  const f = new Float(b, x);
  const { n, rise } = expParts(f, f.atLeast(x, expTables[f.type].zeroBelow), 1);
  return f.scale(f.add(rise, 1), n);
}

/**
 * (e^x - 1)·2^shift of a negated and clamped x. The parts are summed so that the large ones cancel exactly:
 * (2ⁿ - 1) + 2ⁿ·(-r) + 2ⁿ·(r²·P(r) - rest).
 */
export function scaledExpm1(f: Float, negated: Expr, shift: number): Expr {
  const { n, r, rest } = reduce(f, negated, -1);
  const curve = f.mulSub(f.mul(r, r), f.poly(r, expTables[f.type].series), rest);
  const power = f.pow2(n.bits, shift);
  return f.add(f.sub(f.sub(power, 2 ** shift), f.mul(power, r)), f.mul(power, curve));
}

/** e^x - 1 without cancellation near 0. Float32: within 1.3 ulp. Float64: relative error below 2.2e-16. */
export function expm1(b: KernelBuilder, x: Expr): Expr {
  const f = new Float(b, x);
  const table = expTables[f.type];
  // Half of it, because 2¹²⁸ is not a float32 (nor 2¹⁰²⁴ a float64) where e^x may still be one.
  const half = scaledExpm1(f, f.clampNegated(x, table.minusOneBelow, table.infiniteAbove), -1);
  return f.copysign(f.add(half, half), x);
}

const logTables = {
  f32: {
    /** (f - ln(1 + f)) / f² for 1 + f from √½ to √2. */
    series: [
      0.4999999, -0.3333395, 0.25001758, -0.19961995, 0.16570395, -0.14918777, 0.14308722, -0.087338515,
    ],
    smallestNormal: 2 ** -126,
    /** Brings subnormals among the normal numbers. */
    lift: 23,
  },
  f64: {
    /** (ln((1 + s) / (1 - s)) / s - 2) / s² in powers of s², for s = f / (2 + f). */
    series: [
      0.6666666666666735, 0.3999999999941315, 0.28571428742763844, 0.222221985312497, 0.1818356666664681,
      0.153139867818624, 0.14796624777926723,
    ],
    smallestNormal: 2 ** -1022,
    lift: 54,
  },
} as const;

/** ln(1 + f) for 1 + f from √½ to √2. */
export function logNearOne(f: Float, y: Expr): Expr {
  const { series } = logTables[f.type];
  if (f.single) return f.sub(y, f.mul(f.mul(y, y), f.poly(y, series)));
  // The quotient halves the number of terms (fdlibm's e_log.c explains the formula).
  const s = f.div(y, f.add(y, 2));
  const z = f.mul(s, s);
  const halfSquare = f.mul(f.mul(y, y), 0.5);
  return f.sub(y, f.sub(halfSquare, f.mul(s, f.add(halfSquare, f.mul(z, f.poly(z, series))))));
}

/** The exponent of a positive normal x whose mantissa x/2^e lies from √½ to √2, as i32. */
export function balancedExponent(f: Float, x: Expr): Expr {
  const { b } = f;
  if (f.single) {
    // The bits of √½ are taken off, so that mantissas from √2 on carry into the exponent.
    return b.binary('shrS', b.binary('sub', b.unary('floatToBits', x), f.int(0x3f3504f3)), f.int(23));
  }
  const carry = f.le(Math.SQRT2, b.unary('mantissaOf', x));
  return b.binary('add', b.unary('exponentOf', x), b.select(carry, f.int(1), f.int(0)));
}

/** x·2^-e for a float x near 2^e. */
function unscale(f: Float, x: Expr, e: Expr): Expr {
  const { b } = f;
  if (f.single)
    return b.unary('bitsToFloat', b.binary('sub', b.unary('floatToBits', x), b.binary('shl', e, f.int(23))));
  // In two steps: e = 1024 has no reciprocal power.
  const half = b.binary('shrS', e, f.int(1));
  const negatedHalf = b.binary('sub', f.int(0), half);
  return f.mul(f.mul(x, f.pow2(negatedHalf)), f.pow2(b.binary('sub', half, e)));
}

/** A positive x, subnormal ones included, as 2^e·(1 + y). */
export function splitExponent(f: Float, x: Expr): { exponent: Expr; y: Expr } {
  const { b } = f;
  const { smallestNormal, lift } = logTables[f.type];
  const subnormal = f.lt(x, smallestNormal);
  const normal = f.select(subnormal, f.mul(x, 2 ** lift), x);
  const e = balancedExponent(f, normal);
  const exponent = f.sub(b.cast(e, f.type), f.select(subnormal, lift, 0));
  return { exponent, y: f.sub(unscale(f, normal, e), 1) };
}

/** `value` where 0 < x < ∞, and what the logarithm is elsewhere. */
function withLogLimits(f: Float, x: Expr, value: Expr): Expr {
  const nonPositive = f.select(f.eq(x, 0), -Infinity, NaN);
  // Infinity and NaN are their own logarithm.
  return f.select(f.lt(x, Infinity), f.select(f.lt(0, x), value, nonPositive), x);
}

/** ln x: -∞ for 0, NaN below. Float32: within 1.3 ulp. Float64: relative error below 2.4e-16. */
export function log(b: KernelBuilder, x: Expr): Expr {
  const f = new Float(b, x);
  const { exponent, y } = splitExponent(f, x);
  // One product with the rounded ln 2 does: its error is 2^-28 of it (float32), 2^-55 (float64).
  return withLogLimits(f, x, f.add(f.mul(exponent, Math.LN2), logNearOne(f, y)));
}

/**
 * ln(1 + x) without cancellation near 0: -∞ for -1, NaN below. The exponent e of 1 + x scales x and 1 apart, so that the rounding
 * of 1 + x does not matter: (1 + x)/2^e - 1 = x/2^e - (1 - 2^-e). Float32: within 1.8 ulp. Float64: relative error below 2.4e-16.
 */
export function log1p(b: KernelBuilder, x: Expr): Expr {
  const f = new Float(b, x);
  const sum = f.add(x, 1);
  const e = balancedExponent(f, sum);
  // From some exponent on 2^-e is nothing beside 1, and further on it is no normal number.
  const limited = b.binary('min', e, f.int(64));
  const y = f.sub(unscale(f, x, e), f.sub(1, f.pow2(b.binary('sub', f.int(0), limited))));
  // Subtracting +0 keeps the sign of a zero.
  const negatedExponent = b.cast(b.binary('sub', f.int(0), e), f.type);
  return withLogLimits(f, sum, f.sub(logNearOne(f, y), f.mul(negatedExponent, Math.LN2)));
}
