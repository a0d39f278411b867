/** Special functions, as compositions: their gradients, of any order, are those of the compositions. */
import { type DType, dtypes } from '../../base/dtype.ts';
import type { Node } from '../../graph/node.ts';
import { add, cast, constant, div, mul, neg, plus, sub, times, where } from '../primitives/apply.ts';
import {
  abs,
  ceil,
  clamp,
  detach,
  eq,
  floor,
  ge,
  isnan,
  le,
  log,
  log1p,
  logicalAnd,
  lt,
  maximum,
  reciprocal,
  round,
  sin,
  sqrt,
  square,
  tan,
  toFloat,
} from './elementwise.ts';

/** A polynomial by Horner's rule, the highest coefficient first. */
const polynomial = (x: Node, coefficients: readonly number[]): Node =>
  coefficients.slice(1).reduce((value, c) => plus(mul(value, x), c), constant(coefficients[0], x.dtype));

/** Computes in float32 or float64: what is rounded to 16 bits at every step loses its digits. */
export function precisely(x: Node, build: (x: Node) => Node): Node {
  const value = toFloat(x);
  return dtypes[value.dtype].bytes > 2 ? build(value) : cast(build(cast(value, 'float32')), value.dtype);
}

/** A number where the condition holds, else x. What stands in for x keeps infinities out of a branch that is not taken. */
const replace = (condition: Node, value: number, x: Node): Node =>
  where(condition, constant(value, x.dtype), x);

// ---- the gamma function ----

/** (-1)^k·(ζ(k) - 1) / k for k from 26 down to 2, then 1 - γ: the series of log Γ(2 + y) / y. */
const aroundTwo = [
  5.731367241678862e-10, -1.1921401405860912e-9, 2.4836745438024785e-9, -5.183475041970047e-9,
  1.0838659214896955e-8, -2.2711094608943164e-8, 4.7698101693639804e-8, -1.0043224823968099e-7,
  2.1207184805554665e-7, -4.492469198764566e-7, 9.55141213040742e-7, -2.039215753801366e-6,
  4.374866789907488e-6, -9.439488275268397e-6, 2.050721277567069e-5, -4.492623673813314e-5,
  9.945751278180853e-5, -0.00022315475845357939, 5.096695247430425e-4, -1.192753911703261e-3,
  0.0028905103307415234, -7.385551028673986e-3, 0.020580808427784546, -6.73523010531981e-2,
  0.3224670334241132, 0.42278433509846713,
];

/** From here on the series of Stirling are exact to the last digits of float64. */
const far = 10.5;

/** What Stirling's formula lacks: Σ B₂ₙ / (2n(2n - 1)·z^(2n - 1)). */
export const stirlingRest = (z: Node): Node => {
  const w = reciprocal(z);
  const series = [-691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12];
  return mul(w, polynomial(square(w), series));
};

/** log Γ(z) for z ≥ 1/2. Near its zeros 1 and 2 it is a series about 2, so that the relative error stays small there too. */
function lgammaPositive(z: Node): Node {
  const isNear = lt(z, far);
  const near = replace(ge(z, far), 2, z);
  // Γ(near) = Γ(2 + y)·(near - 1)·…·(near - steps), or Γ(2 + y) / near where steps is -1.
  const steps = maximum(ceil(plus(near, -2.5)), -1);
  const y = sub(near, plus(steps, 2));
  let product = near;
  for (let i = 1; i <= 8; i++) {
    const factor = replace(lt(steps, i), 1, plus(near, -i));
    product = i === 1 ? where(lt(steps, 0), near, factor) : mul(product, factor);
  }
  const shift = log(product);
  const byShift = add(mul(y, polynomial(y, aroundTwo)), where(lt(steps, 0), neg(shift), shift));
  const distant = replace(isNear, far, z);
  const stirling = plus(mul(plus(distant, -0.5), plus(log(distant), -1)), 0.5 * Math.log(2 * Math.PI) - 0.5);
  return where(isNear, byShift, add(stirling, stirlingRest(distant)));
}

/** log |Γ(x)|; infinite at 0, -1, -2, … Below 1/2 by reflection: Γ(x)·Γ(1 - x) = π / sin(πx). */
export const lgamma = (x: Node): Node =>
  precisely(x, (value) => {
    const isLow = lt(value, 0.5);
    const positive = lgammaPositive(where(isLow, plus(neg(value), 1), value));
    // The distance to the nearest integer is exact, and so is the sine of small angles.
    const distance = where(isLow, sub(value, round(value)), constant(0.5, value.dtype));
    const reflected = sub(neg(log(times(abs(sin(times(distance, Math.PI))), 1 / Math.PI))), positive);
    return where(isLow, reflected, positive);
  });

/** The derivative of log Γ(x); -∞ at 0, NaN at -1, -2, … */
export const digamma = (x: Node): Node =>
  precisely(x, (value) => {
    const isLow = lt(value, 0.5);
    const z = where(isLow, plus(neg(value), 1), value);
    const isNear = lt(z, far);
    const near = replace(ge(z, far), 1, z);
    let sum = reciprocal(near);
    for (let i = 1; i < 10; i++) sum = add(sum, reciprocal(plus(near, i)));
    const shifted = where(isNear, plus(near, 10), z);
    const w = reciprocal(shifted);
    const series = [1 / 12, -691 / 32760, 1 / 132, -1 / 240, 1 / 252, -1 / 120, 1 / 12];
    const w2 = square(w);
    const stirling = sub(sub(log(shifted), times(w, 0.5)), mul(w2, polynomial(w2, series)));
    const positive = where(isNear, sub(stirling, sum), stirling);
    const distance = where(isLow, sub(value, round(value)), constant(0.5, value.dtype));
    const isPole = logicalAnd(eq(distance, 0), lt(value, 0));
    const turn = div(constant(Math.PI, value.dtype), tan(times(distance, Math.PI)));
    return where(isLow, replace(isPole, Number.NaN, sub(positive, turn)), positive);
  });

// ---- the inverse of erf ----

/** Quotients of polynomials for the quantile of the normal distribution, to 16 digits (Wichura, algorithm AS 241, 1988). */
const quantile = {
  centre: [
    [
      2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946,
      1971.5909503065513, 133.14166789178438, 3.3871328727963665,
    ],
    [
      5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751,
      687.1870074920579, 42.31333070160091, 1,
    ],
  ],
  side: [
    [
      0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
      5.769497221460691, 4.630337846156546, 1.4234371107496835,
    ],
    [
      1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008,
      0.6897673349851, 1.6763848301838038, 2.053191626637759, 1,
    ],
  ],
  tail: [
    [
      2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124,
      0.29656057182850487, 1.7848265399172913, 5.463784911164114, 6.657904643501103,
    ],
    [
      2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133,
      0.014875361290850615, 0.1369298809227358, 0.599832206555888, 1,
    ],
  ],
} as const;

const quotient = (x: Node, [above, below]: readonly (readonly number[])[]): Node =>
  div(polynomial(x, above), polynomial(x, below));

/** The x with erf(x) = y; infinite at -1 and 1, NaN beyond. */
export const erfinv = (y: Node): Node =>
  precisely(y, (value) => {
    const magnitude = abs(value);
    const isCentral = le(magnitude, 0.85);
    const central = replace(lt(constant(0.85, value.dtype), magnitude), 0, value);
    const middle = mul(
      times(central, 0.5),
      quotient(plus(times(square(central), -0.25), 0.180625), quantile.centre),
    );
    const isEnd = eq(magnitude, 1);
    const outer = replace(isEnd, 0.9, replace(isCentral, 0.9, magnitude));
    const depth = sqrt(neg(log(times(plus(neg(outer), 1), 0.5))));
    const isTail = lt(constant(5, depth.dtype), depth);
    const side = quotient(plus(replace(isTail, 1.6, depth), -1.6), quantile.side);
    const tail = quotient(plus(where(isTail, depth, constant(5, depth.dtype)), -5), quantile.tail);
    const away = replace(isEnd, Number.POSITIVE_INFINITY, where(isTail, tail, side));
    const signed = where(lt(value, 0), neg(away), away);
    return times(where(isCentral, middle, signed), Math.SQRT1_2);
  });

// ---- small ones ----

/** log(x / (1 - x)), with `eps` of x kept between eps and 1 - eps. */
export const logit = (x: Node, eps: number | null = null): Node => {
  const value = eps === null ? toFloat(x) : clamp(toFloat(x), eps, 1 - eps);
  return sub(log(value), log1p(neg(value)));
};

/** x·log y, and 0 where x is 0, whatever y is but NaN. Both of one float dtype. */
export const xlogy = (x: Node, y: Node): Node => mul(x, log(replace(logicalAnd(eq(x, 0), le(y, 0)), 1, y)));

/** sin(πx) / (πx), and 1 at 0. */
export const sinc = (x: Node): Node => {
  const isZero = eq(x, 0);
  const angle = times(replace(isZero, 1, toFloat(x)), Math.PI);
  return replace(isZero, 1, div(sin(angle), angle));
};

/** The integer part, towards 0. */
export const trunc = (x: Node): Node =>
  dtypes[x.dtype].kind === 'float' ? where(lt(x, 0), ceil(x), floor(x)) : x;

/** What is left of the integer part, with the sign of x. */
export const frac = (x: Node): Node => sub(toFloat(x), trunc(toFloat(x)));

export const isinf = (x: Node): Node => eq(abs(x), Number.POSITIVE_INFINITY);

/** Whether x is negative, or the negative zero. */
export const signbit = (x: Node): Node =>
  dtypes[x.dtype].kind === 'float' ? lt(where(eq(x, 0), reciprocal(x), x), 0) : lt(x, 0);

/** √(x² + y²), without overflow or underflow in between; its slope at (0, 0) is taken as 0. Both of one float dtype. */
export function hypot(x: Node, y: Node): Node {
  const larger = detach(maximum(abs(x), abs(y)));
  const isZero = eq(larger, 0);
  const scale = replace(isinf(larger), 1, replace(isZero, 1, larger));
  const total = add(square(div(x, scale)), square(div(y, scale)));
  return where(isZero, constant(0, x.dtype), mul(sqrt(replace(isZero, 1, total)), scale));
}

/** The largest finite number of each float dtype. */
const largest: Partial<Record<DType, number>> = {
  float64: Number.MAX_VALUE,
  float32: (2 - 2 ** -23) * 2 ** 127,
  float16: 65504,
  bfloat16: (2 - 2 ** -7) * 2 ** 127,
};

/** x with finite numbers in the place of NaN and the infinities; integers as they are. */
export function nanToNum(x: Node, nan: number, posinf: number | null, neginf: number | null): Node {
  const limit = largest[x.dtype];
  if (limit === undefined) return x;
  const above = replace(eq(x, Number.POSITIVE_INFINITY), posinf ?? limit, x);
  const below = replace(eq(x, Number.NEGATIVE_INFINITY), neginf ?? -limit, above);
  return replace(isnan(x), nan, below);
}
