/** Special functions and small ones, element by element. */
import { nodeOf, operandOf } from '../arguments.ts';
import { toFloat, together } from '../ops/elementwise.ts';
import * as special from '../ops/special.ts';
import type { DivideFn, FloatFn, FloatLike, Like, TestFn } from '../signatures.ts';
import { Tensor, wrap } from '../tensor.ts';

/**
 * The logarithm of the gamma function, which is (x - 1)! at whole x; infinite at 0, -1, -2, … Its gradient is `digamma`.
 *
 * Formula: log |Γ(x)|
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { lgamma, tensor } from 'nacre';
 * await lgamma(tensor([1, 4])).exp().round().tolist(); // → [1, 6]
 * ```
 */
export const lgamma: FloatFn = (x) => wrap(special.lgamma(nodeOf('lgamma', x)));

/**
 * The derivative of log Γ(x): -γ at 1, with γ = 0.5772…; -Infinity at 0, NaN at -1, -2, …
 *
 * Formula: Γ'(x) / Γ(x)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { digamma, tensor } from 'nacre';
 * const [first, second] = digamma(tensor([1, 2])).dataSync();
 * Math.abs(second - first - 1) < 1e-6; // → true
 * ```
 */
export const digamma: FloatFn = (x) => wrap(special.digamma(nodeOf('digamma', x)));

/**
 * The x with erf(x) = y: ±Infinity at ±1, NaN beyond (Wichura, "Algorithm AS 241", 1988).
 *
 * Formula: erf⁻¹(x)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { erfinv, tensor } from 'nacre';
 * const y = tensor([-0.5, 0, 0.5]);
 * await erfinv(y).erf().sub(y).abs().max().lt(1e-6).tolist(); // → true
 * ```
 */
export const erfinv: FloatFn = (y) => wrap(special.erfinv(nodeOf('erfinv', y)));

/**
 * The inverse of `sigmoid`. With `eps` (default: none), x is kept between eps and 1 - eps.
 *
 * Formula: log(x / (1 - x))
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { logit, tensor } from 'nacre';
 * await logit(tensor([0.5, 1])).tolist(); // → [0, Infinity]
 * ```
 */
export const logit = <T extends Tensor>(x: T, { eps = null }: { eps?: number | null } = {}): FloatLike<T> =>
  new Tensor(special.logit(nodeOf('logit', x), eps));

/**
 * A product with a logarithm, and 0 where x is 0 (NaN where y is).
 *
 * Formula: x·log(y)
 *
 * Shapes: x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { tensor, xlogy } from 'nacre';
 * await xlogy(tensor([0, 2]), tensor([0, 1])).tolist(); // → [0, 0]
 * ```
 */
export const xlogy: DivideFn<'xlogy'> = (x, y) => {
  const [a, b] = together(operandOf('xlogy', x), operandOf('xlogy', y)).map(toFloat);
  return wrap(special.xlogy(a, b)) as never;
};

/**
 * The length of the hypotenuse, without overflow in between.
 *
 * Formula: √(x² + y²)
 *
 * Shapes: x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { hypot, tensor } from 'nacre';
 * await hypot(tensor([3]), 4).tolist(); // → [5]
 * ```
 */
export const hypot: DivideFn<'hypot'> = (x, y) => {
  const [a, b] = together(operandOf('hypot', x), operandOf('hypot', y)).map(toFloat);
  return wrap(special.hypot(a, b)) as never;
};

/**
 * The normalized sinc function, 1 at 0.
 *
 * Formula: sin(πx) / (πx)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { sinc, tensor } from 'nacre';
 * await sinc(tensor([0])).tolist(); // → [1]
 * ```
 */
export const sinc: FloatFn = (x) => wrap(special.sinc(nodeOf('sinc', x)));

/**
 * x with its fraction cut off, towards 0.
 *
 * Formula: sign(x)·⌊|x|⌋
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { tensor, trunc } from 'nacre';
 * await trunc(tensor([-1.5, 1.5])).tolist(); // → [-1, 1]
 * ```
 */
export const trunc = <T extends Tensor>(x: T): Like<T> => new Tensor(special.trunc(nodeOf('trunc', x)));

/**
 * The fraction, with the sign of x.
 *
 * Formula: x - trunc(x)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { frac, tensor } from 'nacre';
 * await frac(tensor([-1.5, 2.25])).tolist(); // → [-0.5, 0.25]
 * ```
 */
export const frac: FloatFn = (x) => wrap(special.frac(nodeOf('frac', x)));

/**
 * Whether x is infinite.
 *
 * Formula: |x| = ∞
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { isinf, tensor } from 'nacre';
 * await isinf(tensor([-Infinity, 1, NaN])).tolist(); // → [true, false, false]
 * ```
 */
export const isinf: TestFn = (x) => wrap(special.isinf(nodeOf('isinf', x)));

/**
 * Whether x is negative, -0 included.
 *
 * Formula: x < 0, or x is -0
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { signbit, tensor } from 'nacre';
 * await signbit(tensor([-2, -0, 0])).tolist(); // → [true, true, false]
 * ```
 */
export const signbit: TestFn = (x) => wrap(special.signbit(nodeOf('signbit', x)));

/**
 * x with finite numbers in the place of those that are not: `nan` (default 0) for NaN, `posinf` and `neginf` (default: the largest and
 * the smallest number of the dtype) for the infinities.
 *
 * Formula: x where it is finite
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nanToNum, tensor } from 'nacre';
 * await nanToNum(tensor([NaN, Infinity, 1]), { posinf: 9 }).tolist(); // → [0, 9, 1]
 * ```
 */
export const nanToNum = <T extends Tensor>(
  x: T,
  {
    nan = 0,
    posinf = null,
    neginf = null,
  }: { nan?: number; posinf?: number | null; neginf?: number | null } = {},
): Like<T> => new Tensor(special.nanToNum(nodeOf('nanToNum', x), nan, posinf, neginf));
