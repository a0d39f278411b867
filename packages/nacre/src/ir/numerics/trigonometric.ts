import type { KernelBuilder } from '../builder.ts';
import type { Expr } from '../expr.ts';
import { Float, type TwoFloat, type Whole } from './arithmetic.ts';

// An argument is brought near 0 by subtracting multiples of π in parts so short that their products are exact (W. J. Cody and
// W. Waite, Software Manual for the Elementary Functions, 1980).

/** Parts of 9 digits: products with whole numbers below 2¹⁵ are exact, but for the last. */
const piParts = [3.140625, 0.00096702576, 6.277114e-7, 1.2141754e-10, 1.2446744e-13];

/** Parts of 8 digits: products with halves of whole numbers below 2¹⁶ are exact, but for the last. */
const piShortParts = [3.140625, 0.0009689331, -1.2814999e-6, 1.9790605e-9, 5.1159077e-12, 1.0780606e-14];

const halfPiShortParts = piShortParts.map((part) => part / 2);

/** Parts of 33 digits: products with numbers below 2²⁰ are exact, but for the last. */
const halfPiParts = [1.5707963267341256, 6.077100506303966e-11, 2.0222662487111665e-21, 8.4784276603689e-32];

/** (sin r / r - 1) / r² + 1/8 in powers of r², for |r| ≤ π/2 (float32). */
const sineSeries = [-0.041666597, 0.0083330665, -0.00019809595, 2.605763e-6];

/** (sin r / r - 1) / r² for |r| ≤ π/4, and (cos r - 1 + r²/2) / r⁴. */
const quadrantSeries = {
  f32: {
    sine: [-0.16666654, 0.008332151, -0.00019513984],
    cosine: [0.041666646, -0.0013887304, 2.4431673e-5],
  },
  f64: {
    sine: [
      -0.1666666666666663, 0.008333333333321891, -0.0001984126982940066, 2.7557313553668784e-6,
      -2.5050736837196508e-8, 1.5895579148195683e-10,
    ],
    cosine: [
      0.04166666666666659, -0.0013888888888872733, 2.4801587288644418e-5, -2.7557314117902654e-7,
      2.0875692301866104e-9, -1.135808472154155e-11,
    ],
  },
} as const;

/**
 * x - n·(parts), largest part first, in float32. Where x is near a multiple of π every difference is exact; elsewhere the
 * third and the fourth are rounded, and the next part takes up what was lost.
 */
function subtractMultiple(f: Float, x: Expr, n: Expr, parts: readonly number[]): Expr {
  let rest = x;
  let lost: Expr | null = null;
  parts.forEach((part, position) => {
    const product = f.mul(n, part);
    const step: Expr = lost ? f.sub(product, lost) : product;
    const next = f.sub(rest, step);
    // The first two differences are always exact; what the fifth loses is below the last place of any but the smallest.
    const rounded = position === 2 || position === 3;
    lost = rounded ? f.sub(f.sub(rest, next), step) : null;
    rest = next;
  });
  return rest;
}

/** (-1)^n·sin(-r), float32. Beyond the exact range r is off, and held where the polynomial is a sine. */
function signedSine(f: Float, r: Expr, n: Expr): Expr {
  const negated = f.clampNegated(r, -1.6, 1.6);
  const z = f.mul(negated, negated);
  const cube = f.mul(negated, z);
  // -1/6 = -1/8 - 1/24: the first product is exact, the second small, so near π/2 less is lost than in r³·P(r²).
  const bend = f.add(f.mul(cube, -0.125), f.mul(cube, f.poly(z, sineSeries)));
  return f.flipSign(f.add(negated, bend), n);
}

/** x, brought between -limit and limit. */
const hold = (f: Float, x: Expr, limit: number): Expr => f.neg(f.clampNegated(x, -limit, limit));

interface Quadrant {
  /** x / (π/2), rounded. */
  readonly n: Whole;
  readonly sine: Expr;
  readonly cosine: Expr;
}

/** Sine and cosine of what is left of x without its multiples of π/2. */
function quadrant(f: Float, x: Expr): Quadrant {
  const n = f.round(f.mul(x, 2 / Math.PI));
  const series = quadrantSeries[f.type];
  if (f.single) {
    const r = hold(f, subtractMultiple(f, x, n.float, halfPiShortParts), 0.8);
    const z = f.mul(r, r);
    const sine = f.add(r, f.mul(r, f.mul(z, f.poly(z, series.sine))));
    return { n, sine, cosine: f.poly(z, [1, -0.5, ...series.cosine]) };
  }
  const { high: r, low } = reduceDouble(f, x, n.float);
  const z = f.mul(r, r);
  const cube = f.mul(z, r);
  // sin(r + low) and cos(r + low) to first order in low, summed from the small terms up (as fdlibm does).
  const bend = f.sub(f.mul(z, f.sub(f.mul(low, 0.5), f.mul(cube, f.poly(z, series.sine.slice(1))))), low);
  const sine = f.sub(r, f.sub(bend, f.mul(cube, series.sine[0])));
  const half = f.mul(z, 0.5);
  const main = f.sub(1, half);
  const tail = f.sub(f.mul(f.mul(z, z), f.poly(z, series.cosine)), f.mul(r, low));
  return { n, sine, cosine: f.add(main, f.add(f.sub(f.sub(1, main), half), tail)) };
}

/** x - n·π/2 as two floats. */
function reduceDouble(f: Float, x: Expr, n: Expr): TwoFloat {
  const exact = f.sub(x, f.mul(n, halfPiParts[0]));
  const second = f.mul(n, halfPiParts[1]);
  const r = f.sub(exact, second);
  const third = f.mul(n, halfPiParts[2]);
  const high = f.sub(r, third);
  const lost = f.add(f.sub(f.sub(exact, r), second), f.sub(f.sub(r, high), third));
  const low = f.sub(lost, f.mul(n, halfPiParts[3]));
  // Beyond the exact range both may be anything: hold them where the polynomials are what they say.
  return { high: hold(f, high, 0.8), low: hold(f, low, 2 ** -50) };
}

/**
 * sin x. Float32: within 1.7 ulp for |x| ≤ 10⁵, beyond it within |x|·2⁻²⁴ up to 1.3·10⁷. Float64: relative error below 1.2e-16 for
 * |x| ≤ 10⁶, beyond it |x|·2⁻⁵³ up to 10⁹. Larger arguments give some number from -1 to 1; infinity gives NaN.
 */
export function sin(b: KernelBuilder, x: Expr): Expr {
  const f = new Float(b, x);
  if (f.single) {
    // Of -|x|, and the sign last, so that a zero keeps its own.
    const negated = f.negativeAbs(x);
    const n = f.round(f.mul(negated, 1 / Math.PI));
    return f.takeSign(signedSine(f, subtractMultiple(f, negated, n.float, piParts), n.bits), x);
  }
  const a = f.abs(x);
  const { n, sine, cosine } = quadrant(f, a);
  return f.takeSign(
    f.flipSign(f.select(f.isOdd(n.bits), cosine, sine), b.binary('shrS', n.bits, f.int(1))),
    x,
  );
}

/**
 * cos x. Float32: within 1.8 ulp for |x| ≤ 10⁵, beyond it within |x|·2⁻²⁴ up to 1.3·10⁷. Float64: relative error below 1.2e-16 for
 * |x| ≤ 10⁶, beyond it |x|·2⁻⁵³ up to 10⁹. Larger arguments give some number from -1 to 1; infinity gives NaN.
 */
export function cos(b: KernelBuilder, x: Expr): Expr {
  const f = new Float(b, x);
  if (f.single) {
    // cos(r + (n + ½)π) = (-1)^n·sin(-r).
    const n = f.round(f.sub(f.mul(x, 1 / Math.PI), 0.5));
    return signedSine(f, subtractMultiple(f, x, f.add(n.float, 0.5), piShortParts), n.bits);
  }
  const { n, sine, cosine } = quadrant(f, x);
  const next = b.binary('add', n.bits, f.int(1));
  return f.flipSign(f.select(f.isOdd(n.bits), sine, cosine), b.binary('shrS', next, f.int(1)));
}

/** tan x. Float32: within 3.5 ulp for |x| ≤ 10⁵. Float64: relative error below 2.6e-16 for |x| ≤ 10⁶. */
export function tan(b: KernelBuilder, x: Expr): Expr {
  const f = new Float(b, x);
  const { n, sine, cosine } = quadrant(f, f.abs(x));
  const odd = f.isOdd(n.bits);
  return f.takeSign(f.flipSign(f.div(f.select(odd, cosine, sine), f.select(odd, sine, cosine)), n.bits), x);
}

/** (asin t / t - 1) / t² in powers of t², for |t| ≤ ½. */
const arcsineSeries = {
  f32: [0.16666752, 0.074952975, 0.04547039, 0.024179466, 0.04216636],
  f64: [
    0.1666666666666676, 0.074999999999708, 0.04464285717461215, 0.030381942707767957, 0.022372214988098795,
    0.017351612005725985, 0.013980820640356599, 0.011398911445696436, 0.010780257496366056,
    0.003706389126000813, 0.021707499575937237, -0.02099914322910549, 0.032628677876231145,
  ],
} as const;

/**
 * asin |x| where |x| ≤ ½ (`small`), and asin √((1 - |x|)/2) = acos(|x|)/2 beyond.
 */
function arcsinePart(f: Float, x: Expr): { small: Expr; angle: Expr } {
  const a = f.abs(x);
  const small = f.le(a, 0.5);
  const z = f.select(small, f.mul(a, a), f.mul(f.sub(1, a), 0.5));
  const t = f.select(small, a, f.sqrt(z));
  return { small, angle: f.add(t, f.mul(f.mul(t, z), f.poly(z, arcsineSeries[f.type]))) };
}

/** asin x, NaN for |x| > 1. Float32: within 2.4 ulp. Float64: relative error below 4.2e-16. */
export function asin(b: KernelBuilder, x: Expr): Expr {
  const f = new Float(b, x);
  const { small, angle } = arcsinePart(f, x);
  return f.copysign(f.select(small, angle, f.sub(Math.PI / 2, f.add(angle, angle))), x);
}

/** acos x, NaN for |x| > 1. Float32: within 1.3 ulp. Float64: relative error below 2.4e-16. */
export function acos(b: KernelBuilder, x: Expr): Expr {
  const f = new Float(b, x);
  const { small, angle } = arcsinePart(f, x);
  const twice = f.add(angle, angle);
  const large = f.select(f.lt(x, 0), f.sub(Math.PI, twice), twice);
  return f.select(small, f.sub(Math.PI / 2, f.copysign(angle, x)), large);
}

/** (atan t / t - 1) / t² in powers of t²: to 1 for float32, to tan(π/8) for float64. */
const arctangentSeries = {
  f32: [-0.33333153, 0.19993773, -0.14211054, 0.10666, -0.07552205, 0.043211754, -0.016367866, 0.0029206781],
  f64: [
    -0.333333333333332, 0.19999999999953236, -0.14285714280165376, 0.11111110782091076, -0.09090897723301708,
    0.07692059681050545, -0.0666309877347365, 0.05847856034155216, -0.05039175391628785, 0.03806174774063062,
    -0.017904599767035075,
  ],
} as const;

/** atan t for the t of the series. */
function arctangentNearZero(f: Float, t: Expr): Expr {
  const z = f.mul(t, t);
  return f.add(t, f.mul(f.mul(t, z), f.poly(z, arctangentSeries[f.type])));
}

/** The angle from 0 to π/4 whose tangent is numerator / denominator, for 0 ≤ numerator ≤ denominator. */
function angleInOctant(f: Float, numerator: Expr, denominator: Expr): Expr {
  if (f.single) return arctangentNearZero(f, f.div(numerator, denominator));
  // atan t = π/4 + atan((t - 1)/(t + 1)). The threshold is a little below tan(π/8); halves keep the sum finite.
  const steep = f.lt(f.mul(denominator, 0.41421), numerator);
  const [n, d] = [f.mul(numerator, 0.5), f.mul(denominator, 0.5)];
  const top = f.select(steep, f.sub(n, d), numerator);
  const bottom = f.select(steep, f.add(n, d), denominator);
  const angle = arctangentNearZero(f, f.div(top, bottom));
  return f.select(steep, f.add(angle, Math.PI / 4), angle);
}

/** atan x. Float32: within 2.1 ulp. Float64: relative error below 2.8e-16. */
export function atan(b: KernelBuilder, x: Expr): Expr {
  const f = new Float(b, x);
  const a = f.abs(x);
  const steep = f.lt(1, a);
  // The numerator is the reciprocal's, so that an infinite x needs no case of its own.
  const slope = f.select(steep, f.div(1, a), a);
  const angle = angleInOctant(f, slope, f.of(1));
  return f.copysign(f.select(steep, f.sub(Math.PI / 2, angle), angle), x);
}

/**
 * The angle of the point (x, y), from -π to π; signed zeros tell the sides of the axes apart, as in C99. Float32: within 2 ulp.
 * Float64: relative error below 2.8e-16.
 */
export function atan2(b: KernelBuilder, y: Expr, x: Expr): Expr {
  const f = new Float(b, y);
  const ax = f.abs(x);
  const ay = f.abs(y);
  const low = b.binary('min', ax, ay);
  const high = b.binary('max', ax, ay);
  // 0/0 counts as 0/1, ∞/∞ as 1/1.
  const diagonal = f.eq(low, high);
  const zero = f.eq(high, 0);
  const numerator = f.select(zero, 0, f.select(diagonal, 1, low));
  const angle = angleInOctant(f, numerator, f.select(diagonal, 1, high));
  const fromAxis = f.select(f.lt(ax, ay), f.sub(Math.PI / 2, angle), angle);
  const left = f.lt(f.copysign(1, x), 0);
  return f.copysign(f.select(left, f.sub(Math.PI, fromAxis), fromAxis), y);
}
