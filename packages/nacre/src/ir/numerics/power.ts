import type { KernelBuilder } from '../builder.ts';
import type { Expr } from '../expr.ts';
import { Float, type TwoFloat } from './arithmetic.ts';
import { splitExponent } from './exponential.ts';
import { powerOfTwoSeries } from './hyperbolic.ts';

const powerTables = {
  f32: {
    /** (ln((1 + s)/(1 - s)) / s - 2) / s² in powers of s², |s| ≤ 0.1716. */
    series: [0.6666677651285596, 0.399775229931083, 0.2987227918750853],
    /** log₂ e in two halves that multiply exactly, and what they miss. */
    log2e: { high: 1.4423828125, low: 0.0003122282563708723, rest: 3.19e-12 },
    largestExponent: 2 ** 40,
    zeroBelow: -151,
    infiniteFrom: 128,
  },
  f64: {
    series: [
      0.6666666666666735, 0.3999999999941315, 0.28571428742763844, 0.222221985312497, 0.1818356666664681,
      0.153139867818624, 0.14796624777926723,
    ],
    log2e: { high: 1.4426950216293335, low: 1.9259629911266175e-8, rest: 0 },
    largestExponent: 2 ** 80,
    zeroBelow: -1076,
    infiniteFrom: 1024,
  },
} as const;

/** log₂ x of a positive finite x in two floats: its error is multiplied by the exponent's size in `pow`. */
function log2(f: Float, x: Expr): TwoFloat {
  const { series, log2e } = powerTables[f.type];
  const { exponent, y } = splitExponent(f, x);
  // s = y/(2 + y) in two floats, from the exact rest of the rounded division.
  const sum = f.fastTwoSum(2, y);
  const s = f.div(y, sum.high);
  const product = f.twoProduct(f.split(s), f.split(sum.high), f.mul(s, sum.high));
  const rest = f.sub(f.sub(f.sub(y, product.high), product.low), f.mul(s, sum.low));
  const correction = f.div(rest, sum.high);
  const z = f.mul(s, s);
  const curve = f.mul(f.mul(s, z), f.poly(z, series));
  const natural = f.fastTwoSum(f.add(s, s), f.add(f.add(correction, correction), curve));
  const factor = { high: f.of(log2e.high), low: f.of(log2e.low) };
  const rounded = log2e.high + log2e.low;
  const scaled = f.twoProduct(f.split(natural.high), factor, f.mul(natural.high, rounded));
  const low = f.add(scaled.low, f.add(f.mul(natural.low, rounded), f.mul(natural.high, log2e.rest)));
  const total = f.fastTwoSum(exponent, scaled.high);
  return f.fastTwoSum(total.high, f.add(total.low, low));
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
  const value = f.scale(f.add(f.mul(t, f.poly(t, powerOfTwoSeries[f.type])), 1), n.bits);
  return f.select(f.lt(main, zeroBelow), 0, f.select(f.lt(infiniteFrom, main), Infinity, value));
}

/**
 * x^y, with the special values of C99 and IEEE 754: 1 for y = 0 and for x = 1, NaN for a negative finite x with a y that is
 * no integer.
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
  const defined = b.binary('or', whole, f.le(0, x));
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

/** x - floor(x/y)·y: Python's and PyTorch's remainder, whose sign is the divisor's. */
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
