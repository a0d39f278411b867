/** Functions that work element by element. */

import { optionsOf } from '../../base/options.ts';
import type { Node } from '../../graph/node.ts';
import { nodeOf, operandOf, requireOneOf } from '../arguments.ts';
import type { Operand as NodeOrNumber } from '../ops/index.ts';
import * as ops from '../ops/index.ts';
import type {
  Both,
  Chosen,
  Clamped,
  CombineFn,
  CompareFn,
  DivideFn,
  DivideOptions,
  Filled,
  FloatFn,
  FloatLike,
  Interpolated,
  Like,
  LogicFn,
  NumericFn,
  NumericLike,
  Operand,
  Optional,
  Powered,
  Quotient,
  RoundingMode,
  RoundOptions,
  SumFn,
  TestFn,
  Three,
} from '../signatures.ts';
import { Tensor, wrap } from '../tensor.ts';
import type { Fits } from '../types/index.ts';

/** Options that are an object, with known names: `tensors.reduce(add)` gives a number in their place. */
const named = <O extends object>(op: string, options: O | undefined, ...known: string[]): O | undefined =>
  typeof options === 'object' ? optionsOf(op, options, known) : undefined;

/** A function of two operands, each a tensor or a number. What it gives is said by the type it is declared with. */
const pairwise =
  (op: string, build: (x: NodeOrNumber, y: NodeOrNumber) => Node) =>
  (x: Operand, y: Operand): never =>
    wrap(build(operandOf(op, x), operandOf(op, y))) as never;

// ---- one tensor ----

/**
 * The exponential of every element.
 *
 * Formula: eˣ
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { exp, tensor } from 'nacre';
 * await exp(tensor([0, 1])).tolist(); // → [1, 2.7183]
 * ```
 */
export const exp: FloatFn = (x) => x.exp();
/**
 * The exponential less 1, exact near 0.
 *
 * Formula: eˣ - 1
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { expm1, tensor } from 'nacre';
 * await expm1(tensor([0, 1e-8, 1])).tolist(); // → [0, 1e-8, 1.7183]
 * ```
 */
export const expm1: FloatFn = (x) => x.expm1();
/**
 * The natural logarithm: -∞ at 0, NaN below.
 *
 * Formula: log x
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { log, tensor } from 'nacre';
 * await log(tensor([1, 10, 0])).tolist(); // → [0, 2.3026, -Infinity]
 * ```
 */
export const log: FloatFn = (x) => x.log();
/**
 * The logarithm of 1 + x, exact near 0.
 *
 * Formula: log(1 + x)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { log1p, tensor } from 'nacre';
 * await log1p(tensor([0, 1e-8, 1])).tolist(); // → [0, 1e-8, 0.6931]
 * ```
 */
export const log1p: FloatFn = (x) => x.log1p();
/**
 * The logarithm to base 2.
 *
 * Formula: log(x) / log(2)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { log2, tensor } from 'nacre';
 * await log2(tensor([1, 8, 10])).tolist(); // → [0, 3, 3.3219]
 * ```
 */
export const log2: FloatFn = (x) => x.log2();
/**
 * The logarithm to base 10.
 *
 * Formula: log(x) / log(10)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { log10, tensor } from 'nacre';
 * await log10(tensor([1, 100, 2])).tolist(); // → [0, 2, 0.301]
 * ```
 */
export const log10: FloatFn = (x) => x.log10();
/**
 * The square root; NaN of negative numbers.
 *
 * Formula: √x
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { sqrt, tensor } from 'nacre';
 * await sqrt(tensor([4, 2, -1])).tolist(); // → [2, 1.4142, NaN]
 * ```
 */
export const sqrt: FloatFn = (x) => x.sqrt();
/**
 * The reciprocal of the square root.
 *
 * Formula: 1 / √x
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { rsqrt, tensor } from 'nacre';
 * await rsqrt(tensor([4, 2])).tolist(); // → [0.5, 0.7071]
 * ```
 */
export const rsqrt: FloatFn = (x) => x.rsqrt();
/**
 * The reciprocal.
 *
 * Formula: 1 / x
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { reciprocal, tensor } from 'nacre';
 * await reciprocal(tensor([2, -4])).tolist(); // → [0.5, -0.25]
 * ```
 */
export const reciprocal: FloatFn = (x) => x.reciprocal();
/**
 * The sine of an angle in radians.
 *
 * Formula: sin x
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { sin, tensor } from 'nacre';
 * await sin(tensor([0, Math.PI / 6])).tolist(); // → [0, 0.5]
 * ```
 */
export const sin: FloatFn = (x) => x.sin();
/**
 * The cosine of an angle in radians.
 *
 * Formula: cos x
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { cos, tensor } from 'nacre';
 * await cos(tensor([0, Math.PI / 3])).tolist(); // → [1, 0.5]
 * ```
 */
export const cos: FloatFn = (x) => x.cos();
/**
 * The tangent of an angle in radians.
 *
 * Formula: tan x = sin(x) / cos(x)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { tan, tensor } from 'nacre';
 * await tan(tensor([0, Math.PI / 4])).tolist(); // → [0, 1]
 * ```
 */
export const tan: FloatFn = (x) => x.tan();
/**
 * The angle in [-π/2, π/2] with this sine.
 *
 * Formula: arcsin x; NaN outside [-1, 1]
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { asin, tensor } from 'nacre';
 * await asin(tensor([0, 1, 2])).tolist(); // → [0, 1.5708, NaN]
 * ```
 */
export const asin: FloatFn = (x) => x.asin();
/**
 * The angle in [0, π] with this cosine.
 *
 * Formula: arccos x; NaN outside [-1, 1]
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { acos, tensor } from 'nacre';
 * await acos(tensor([1, 0, 2])).tolist(); // → [0, 1.5708, NaN]
 * ```
 */
export const acos: FloatFn = (x) => x.acos();
/**
 * The angle in (-π/2, π/2) with this tangent.
 *
 * Formula: arctan x
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { atan, tensor } from 'nacre';
 * await atan(tensor([0, 1])).tolist(); // → [0, 0.7854]
 * ```
 */
export const atan: FloatFn = (x) => x.atan();
/**
 * The hyperbolic sine.
 *
 * Formula: (eˣ - e⁻ˣ) / 2
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { sinh, tensor } from 'nacre';
 * await sinh(tensor([0, 1])).tolist(); // → [0, 1.1752]
 * ```
 */
export const sinh: FloatFn = (x) => x.sinh();
/**
 * The hyperbolic cosine.
 *
 * Formula: (eˣ + e⁻ˣ) / 2
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { cosh, tensor } from 'nacre';
 * await cosh(tensor([0, 1])).tolist(); // → [1, 1.5431]
 * ```
 */
export const cosh: FloatFn = (x) => x.cosh();
/**
 * The hyperbolic tangent.
 *
 * Formula: (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { tanh, tensor } from 'nacre';
 * await tanh(tensor([0, 1])).tolist(); // → [0, 0.7616]
 * ```
 */
export const tanh: FloatFn = (x) => x.tanh();
/**
 * The inverse of the hyperbolic tangent.
 *
 * Formula: ½·log((1 + x) / (1 - x))
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { atanh, tensor } from 'nacre';
 * await atanh(tensor([0, 0.5])).tolist(); // → [0, 0.5493]
 * ```
 */
export const atanh: FloatFn = (x) => x.atanh();
/**
 * The error function.
 *
 * Formula: 2/√π · ∫₀ˣ exp(-t²) dt
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { erf, tensor } from 'nacre';
 * await erf(tensor([0, 1])).tolist(); // → [0, 0.8427]
 * ```
 */
export const erf: FloatFn = (x) => x.erf();
/**
 * The logistic function, between 0 and 1.
 *
 * Formula: 1 / (1 + e⁻ˣ)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { sigmoid, tensor } from 'nacre';
 * await sigmoid(tensor([0, 2])).tolist(); // → [0.5, 0.8808]
 * ```
 */
export const sigmoid: FloatFn = (x) => x.sigmoid();
/**
 * The negative.
 *
 * Formula: -x
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { neg, tensor } from 'nacre';
 * await neg(tensor([1, -2])).tolist(); // → [-1, 2]
 * ```
 */
export const neg: NumericFn = (x) => x.neg();
/**
 * The absolute value.
 *
 * Formula: |x|
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { abs, tensor } from 'nacre';
 * await abs(tensor([1, -2])).tolist(); // → [1, 2]
 * ```
 */
export const abs: NumericFn = (x) => x.abs();
/**
 * The sign: -1, 0 or 1; of NaN it is NaN, as Math.sign has it (PyTorch has 0). No gradient flows through it.
 *
 * Formula: x / |x|, and 0 at 0
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { sign, tensor } from 'nacre';
 * await sign(tensor([-3, 0, 0.5])).tolist(); // → [-1, 0, 1]
 * ```
 */
export const sign: NumericFn = (x) => x.sign();
/**
 * The square.
 *
 * Formula: x²
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { square, tensor } from 'nacre';
 * await square(tensor([3, -2])).tolist(); // → [9, 4]
 * ```
 */
export const square: NumericFn = (x) => x.square();
/**
 * The largest integer that is not above x. No gradient flows through it.
 *
 * Formula: ⌊x⌋
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { floor, tensor } from 'nacre';
 * await floor(tensor([1.7, -1.2])).tolist(); // → [1, -2]
 * ```
 */
export const floor: NumericFn = (x) => x.floor();
/**
 * The smallest integer that is not below x. No gradient flows through it.
 *
 * Formula: ⌈x⌉
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { ceil, tensor } from 'nacre';
 * await ceil(tensor([1.2, -1.7])).tolist(); // → [2, -1]
 * ```
 */
export const ceil: NumericFn = (x) => x.ceil();
/**
 * The nearest integer; halves go to the even one. With `decimals` the nearest number of so many decimal places, of floats. No gradient
 * flows through it.
 *
 * Formula: ⌊x + ½⌋, and the even neighbour of a half
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { round, tensor } from 'nacre';
 * await round(tensor([1.4, 1.5, 2.5])).tolist(); // → [1, 2, 2]
 * await round(tensor([1.26]), { decimals: 1 }).tolist(); // → [1.3]
 * ```
 */
export const round = <T extends Tensor>(x: T, options?: RoundOptions): NumericLike<T> =>
  x.round(named('round', options, 'decimals'));
/**
 * Whether x is not a number.
 *
 * Formula: x ≠ x
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { isnan, tensor } from 'nacre';
 * await isnan(tensor([1, NaN])).tolist(); // → [false, true]
 * ```
 */
export const isnan: TestFn = (x) => wrap(ops.isnan(x.node));
/**
 * Whether x is neither infinite nor NaN.
 *
 * Formula: |x| < ∞
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { isfinite, tensor } from 'nacre';
 * await isfinite(tensor([1, NaN, Infinity])).tolist(); // → [true, false, false]
 * ```
 */
export const isfinite: TestFn = (x) => wrap(ops.isfinite(x.node));
/**
 * Whether x is 0.
 *
 * Formula: x = 0
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { logicalNot, tensor } from 'nacre';
 * await logicalNot(tensor([0, 2])).tolist(); // → [true, false]
 * ```
 */
export const logicalNot: TestFn = (x) => wrap(ops.logicalNot(x.node));
/**
 * Values below `min` become `min`, above `max` become `max`; bounds are numbers or tensors, one of them may be left out.
 *
 * Formula: min(max(x, min), max)
 *
 * Shapes: x, min, max broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { clamp, tensor } from 'nacre';
 * await clamp(tensor([-2, 0.5, 3]), 0, 1).tolist(); // → [0, 0.5, 1]
 * await clamp(tensor([-2, 0.5, 3]), tensor([-1, 0, 1]), 2).tolist(); // → [-1, 0.5, 2]
 * ```
 */
export const clamp = <
  T extends Tensor,
  Min extends Optional<Operand> = undefined,
  Max extends Optional<Operand> = undefined,
>(
  x: T,
  min?: Min,
  max?: Max,
): Clamped<T, Min, Max> => x.clamp(min, max);

// ---- activations ----

/**
 * The rectified linear unit, in the dtype of x.
 *
 * Formula: max(x, 0)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { relu, tensor } from 'nacre';
 * await relu(tensor([-1, 2])).tolist(); // → [0, 2]
 * ```
 */
export const relu: <T extends Tensor>(x: T) => Like<T> = (x) => wrap(x.relu().node);
/**
 * Scaled `elu` whose constants keep activations standardized (Klambauer et al., 2017).
 *
 * Formula: 1.0507·x for x > 0, else 1.0507·1.6733·(eˣ - 1)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { selu, tensor } from 'nacre';
 * await selu(tensor([-1, 1])).tolist(); // → [-1.1113, 1.0507]
 * ```
 */
export const selu: FloatFn = (x) => wrap(ops.selu(x.node));
/**
 * The sigmoid linear unit, also called swish.
 *
 * Formula: x·sigmoid(x)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { silu, tensor } from 'nacre';
 * await silu(tensor([-1, 1])).tolist(); // → [-0.2689, 0.7311]
 * ```
 */
export const silu: FloatFn = (x) => wrap(ops.silu(x.node));
/**
 * A smooth activation (Misra, 2019).
 *
 * Formula: x·tanh(log(1 + eˣ))
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { mish, tensor } from 'nacre';
 * await mish(tensor([0, 1])).tolist(); // → [0, 0.8651]
 * ```
 */
export const mish: FloatFn = (x) => wrap(ops.mish(x.node));
/**
 * A smooth form of `relu`, without overflow; `beta` is 1 by default. Where beta·x is above `threshold` it is x itself; without one, that
 * is so to rounding.
 *
 * Formula: log(1 + exp(beta·x)) / beta
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { softplus, tensor } from 'nacre';
 * await softplus(tensor([0, 100])).tolist(); // → [0.6931, 100]
 * await softplus(tensor([0]), { beta: 2 }).tolist(); // → [0.3466]
 * ```
 */
export const softplus = <T extends Tensor>(
  x: T,
  options?: { beta?: number; threshold?: number },
): FloatLike<T> => {
  const { beta, threshold } = named('softplus', options, 'beta', 'threshold') ?? {};
  return new Tensor(ops.softplusOf(nodeOf('softplus', x), beta, threshold));
};
/**
 * A sigmoid with long tails, between -1 and 1.
 *
 * Formula: x / (1 + |x|)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { softsign, tensor } from 'nacre';
 * await softsign(tensor([-1, 3])).tolist(); // → [-0.5, 0.75]
 * ```
 */
export const softsign: FloatFn = (x) => wrap(ops.softsign(x.node));
/**
 * The logarithm of the sigmoid, without overflow.
 *
 * Formula: -log(1 + e⁻ˣ)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { logSigmoid, tensor } from 'nacre';
 * await logSigmoid(tensor([0, -100])).tolist(); // → [-0.6931, -100]
 * ```
 */
export const logSigmoid: FloatFn = (x) => wrap(ops.logSigmoid(x.node));
/**
 * A sigmoid of three straight pieces.
 *
 * Formula: min(max((x + 3) / 6, 0), 1)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { hardsigmoid, tensor } from 'nacre';
 * await hardsigmoid(tensor([-4, 0, 3])).tolist(); // → [0, 0.5, 1]
 * ```
 */
export const hardsigmoid: FloatFn = (x) => wrap(ops.hardsigmoid(x.node));
/**
 * A `silu` of straight and quadratic pieces (Howard et al., 2019).
 *
 * Formula: x·min(max((x + 3) / 6, 0), 1)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { hardswish, tensor } from 'nacre';
 * await hardswish(tensor([-4, 1.5, 4])).tolist(); // → [0, 1.125, 4]
 * ```
 */
export const hardswish: FloatFn = (x) => wrap(ops.hardswish(x.node));
/**
 * A `relu` that lets a part of negative numbers through: `negativeSlope` (default 0.01) of them.
 *
 * Formula: x for x > 0, else negativeSlope·x
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { leakyRelu, tensor } from 'nacre';
 * await leakyRelu(tensor([-2, 2]), { negativeSlope: 0.1 }).tolist(); // → [-0.2, 2]
 * ```
 */
export const leakyRelu = <T extends Tensor>(
  x: T,
  /** Default: 0.01. */
  options: { negativeSlope?: number } = {},
): FloatLike<T> =>
  new Tensor(ops.leakyRelu(x.node, named('leakyRelu', options, 'negativeSlope')?.negativeSlope));

/**
 * The exponential linear unit, which goes to -alpha (default -1) (Clevert et al., 2016).
 *
 * Formula: x for x > 0, else alpha·(eˣ - 1)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { elu, tensor } from 'nacre';
 * await elu(tensor([-1, 2])).tolist(); // → [-0.6321, 2]
 * ```
 */
export const elu = <T extends Tensor>(
  x: T,
  /** Default: 1. */
  options: { alpha?: number } = {},
): FloatLike<T> => new Tensor(ops.elu(x.node, named('elu', options, 'alpha')?.alpha));

/**
 * The nearest number from `minVal` to `maxVal`, by default -1 and 1.
 *
 * Formula: min(max(x, minVal), maxVal)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { hardtanh, tensor } from 'nacre';
 * await hardtanh(tensor([-3, 0.5, 3])).tolist(); // → [-1, 0.5, 1]
 * ```
 */
export const hardtanh = <T extends Tensor>(
  x: T,
  options: { minVal?: number; maxVal?: number } = {},
): FloatLike<T> => {
  const { minVal, maxVal } = named('hardtanh', options, 'minVal', 'maxVal') ?? {};
  return new Tensor(ops.hardtanh(ops.toFloat(x.node), minVal, maxVal));
};

/**
 * The Gaussian error linear unit (Hendrycks and Gimpel, 2016). `approximate: 'tanh'` is a quicker approximation; the default is
 * 'none'. Throws an ArgumentError for another value.
 *
 * Formula: x·Φ(x), Φ being the distribution function of the standard normal
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { gelu, tensor } from 'nacre';
 * await gelu(tensor([-1, 1])).tolist(); // → [-0.1587, 0.8413]
 * ```
 */
export function gelu<T extends Tensor>(x: T, options: { approximate?: 'none' | 'tanh' } = {}): FloatLike<T> {
  const { approximate = 'none' } = named('gelu', options, 'approximate') ?? {};
  requireOneOf('gelu', 'approximate', approximate, ['none', 'tanh']);
  return new Tensor(ops.gelu(x.node, approximate));
}

// ---- two operands, each a tensor or a number ----

/**
 * The sum of two operands, each a tensor or a number, the second one `alpha` times (default 1). Throws a ShapeMismatchError where they cannot be broadcast, as all
 * functions of two operands do.
 *
 * Formula: x + alpha·y
 *
 * Shapes: x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { add, tensor } from 'nacre';
 * await add(tensor([1, 2]), tensor([[10], [20]])).tolist(); // → [[11, 12], [21, 22]]
 * ```
 */
export const add: SumFn<'add'> = (x, y, options) =>
  wrap(
    ops.addScaled(operandOf('add', x), operandOf('add', y), named('add', options, 'alpha')?.alpha),
  ) as never;
/**
 * The difference; the second operand counts `alpha` times (default 1).
 *
 * Formula: x - alpha·y
 *
 * Shapes: x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { sub, tensor } from 'nacre';
 * await sub(5, tensor([1, 2])).tolist(); // → [4, 3]
 * ```
 */
export const sub: SumFn<'sub'> = (x, y, options) =>
  wrap(
    ops.subScaled(operandOf('sub', x), operandOf('sub', y), named('sub', options, 'alpha')?.alpha),
  ) as never;
/**
 * The product, element by element.
 *
 * Formula: x·y
 *
 * Shapes: x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { mul, tensor } from 'nacre';
 * await mul(tensor([1, 2]), 3).tolist(); // → [3, 6]
 * ```
 */
export const mul: CombineFn<'mul'> = pairwise('mul', ops.mulOf);
/**
 * The quotient, as a float. With `roundingMode` 'trunc' it is rounded toward zero, with 'floor' down; of integers it is an integer then.
 *
 * Formula: x / y
 *
 * Shapes: x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { div, tensor } from 'nacre';
 * await div(tensor([1, 2], { dtype: 'int32' }), 2).tolist(); // → [0.5, 1]
 * await div(tensor([-3, 3], { dtype: 'int32' }), 2, { roundingMode: 'floor' }).tolist(); // → [-2, 1]
 * ```
 */
export const div = <A extends Operand, B extends Operand, const M extends RoundingMode = undefined>(
  x: A,
  y: B & Fits<Both<'div', A, B>>,
  options?: DivideOptions<M>,
): Quotient<A, B, M> => {
  const mode = named('div', options, 'roundingMode')?.roundingMode;
  return wrap(ops.quotient(operandOf('div', x), operandOf('div', y), mode)) as never;
};
/**
 * What division of x by y leaves, with the sign of y.
 *
 * Formula: x - y·⌊x / y⌋
 *
 * Shapes: x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { remainder, tensor } from 'nacre';
 * await remainder(tensor([5, -5]), 3).tolist(); // → [2, 1]
 * ```
 */
export const remainder: CombineFn<'remainder'> = pairwise('remainder', ops.remainder);

/**
 * The angle of the point (y, x), given as `atan2(y, x)`, in (-π, π].
 *
 * Formula: arctan(y / x) in the quadrant of the point
 *
 * Shapes: x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { atan2, tensor } from 'nacre';
 * await atan2(tensor([1, 0]), tensor([0, -1])).tolist(); // → [1.5708, 3.1416]
 * ```
 */
export const atan2: DivideFn<'atan2'> = pairwise('atan2', ops.atan2);

/**
 * The larger of the two; NaN where one is.
 *
 * Formula: max(x, y)
 *
 * Shapes: x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { maximum, tensor } from 'nacre';
 * await maximum(tensor([1, 5, NaN]), 3).tolist(); // → [3, 5, NaN]
 * ```
 */
export const maximum: CombineFn<'maximum'> = pairwise('maximum', ops.maximum);

/**
 * The smaller of the two; NaN where one is.
 *
 * Formula: min(x, y)
 *
 * Shapes: x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { minimum, tensor } from 'nacre';
 * await minimum(tensor([1, 5, NaN]), 3).tolist(); // → [1, 3, NaN]
 * ```
 */
export const minimum: CombineFn<'minimum'> = pairwise('minimum', ops.minimum);

/**
 * Whether two operands are equal; NaN is not, even to itself.
 *
 * Formula: x = y
 *
 * Shapes: x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { eq, tensor } from 'nacre';
 * await eq(tensor([1, 2]), 2).tolist(); // → [false, true]
 * ```
 */
export const eq: CompareFn<'eq'> = pairwise('eq', ops.eq);
/**
 * Whether two operands differ.
 *
 * Formula: x ≠ y
 *
 * Shapes: x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { ne, tensor } from 'nacre';
 * await ne(tensor([1, 2]), 2).tolist(); // → [true, false]
 * ```
 */
export const ne: CompareFn<'ne'> = pairwise('ne', ops.ne);
/**
 * Whether x is smaller.
 *
 * Formula: x < y
 *
 * Shapes: x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { lt, tensor } from 'nacre';
 * await lt(tensor([1, 2]), 2).tolist(); // → [true, false]
 * ```
 */
export const lt: CompareFn<'lt'> = pairwise('lt', ops.lt);
/**
 * Whether x is smaller or equal.
 *
 * Formula: x ≤ y
 *
 * Shapes: x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { le, tensor } from 'nacre';
 * await le(tensor([1, 2, 3]), 2).tolist(); // → [true, true, false]
 * ```
 */
export const le: CompareFn<'le'> = pairwise('le', ops.le);
/**
 * Whether x is larger.
 *
 * Formula: x > y
 *
 * Shapes: x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { gt, tensor } from 'nacre';
 * await gt(tensor([2, 3]), 2).tolist(); // → [false, true]
 * ```
 */
export const gt: CompareFn<'gt'> = pairwise('gt', ops.gt);
/**
 * Whether x is larger or equal.
 *
 * Formula: x ≥ y
 *
 * Shapes: x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { ge, tensor } from 'nacre';
 * await ge(tensor([1, 2, 3]), 2).tolist(); // → [false, true, true]
 * ```
 */
export const ge: CompareFn<'ge'> = pairwise('ge', ops.ge);
/**
 * A power. Integers stay integers for whole powers from 0 to 8.
 *
 * Formula: x^y
 *
 * Shapes: x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { pow, tensor } from 'nacre';
 * await pow(tensor([2, 3]), 2).tolist(); // → [4, 9]
 * await pow(2, tensor([0.5, -1])).tolist(); // → [1.4142, 0.5]
 * ```
 */
export const pow: <A extends Operand, B extends Operand>(
  x: A,
  y: B & Fits<Both<'pow', A, B>>,
) => Powered<A, B> = (x, y) => wrap(ops.pow(operandOf('pow', x), operandOf('pow', y)));

/**
 * Whether neither is 0.
 *
 * Formula: x ≠ 0 and y ≠ 0
 *
 * Shapes: x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { logicalAnd, tensor } from 'nacre';
 * await logicalAnd(tensor([1, 1, 0]), tensor([1, 0, 0])).tolist(); // → [true, false, false]
 * ```
 */
export const logicalAnd: LogicFn<'logicalAnd'> = (x, y) =>
  wrap(ops.logicalAnd(nodeOf('logicalAnd', x), nodeOf('logicalAnd', y)));

/**
 * Whether one is not 0.
 *
 * Formula: x ≠ 0 or y ≠ 0
 *
 * Shapes: x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { logicalOr, tensor } from 'nacre';
 * await logicalOr(tensor([1, 1, 0]), tensor([1, 0, 0])).tolist(); // → [true, true, false]
 * ```
 */
export const logicalOr: LogicFn<'logicalOr'> = (x, y) =>
  wrap(ops.logicalOr(nodeOf('logicalOr', x), nodeOf('logicalOr', y)));

/**
 * The point between two values, linearly.
 *
 * Formula: start + weight·(end - start)
 *
 * Shapes: start, end, weight broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { lerp, tensor } from 'nacre';
 * await lerp(tensor([0, 10]), tensor([1, 20]), 0.25).tolist(); // → [0.25, 12.5]
 * ```
 */
export const lerp = <A extends Operand, B extends Operand, W extends Operand>(
  start: A,
  end: B & Fits<Both<'lerp', A, B>>,
  weight: W & Fits<Three<'lerp', A, B, W>>,
): Interpolated<A, B, W> =>
  new Tensor(ops.lerp(operandOf('lerp', start), operandOf('lerp', end), operandOf('lerp', weight)));

/**
 * x where the condition, a bool tensor, holds, else y.
 *
 * Formula: x where condition, else y
 *
 * Shapes: condition, x, y broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { gt, tensor, where } from 'nacre';
 * const x = tensor([-1, 2]);
 * await where(gt(x, 0), x, 0).tolist(); // → [0, 2]
 * ```
 */
export const where = <C extends Tensor, A extends Operand, B extends Operand>(
  condition: C,
  x: A & Fits<Both<'where', C, A>>,
  y: B & Fits<Three<'where', C, A, B>>,
): Chosen<C, A, B> =>
  new Tensor(ops.whereOf(nodeOf('where', condition), operandOf('where', x), operandOf('where', y)));

/**
 * A number in the place of elements where a mask holds.
 *
 * Formula: value where mask, else x
 *
 * Shapes: x, mask broadcast to [...] → [...]
 *
 * @example
 * ```ts
 * import { maskedFill, tensor } from 'nacre';
 * await maskedFill(tensor([1, 2]), tensor([true, false], { dtype: 'bool' }), -1).tolist(); // → [-1, 2]
 * ```
 */
export const maskedFill = <T extends Tensor, M extends Tensor, N extends number>(
  x: T,
  mask: M & Fits<Both<'maskedFill', T, M>>,
  value: N,
): Filled<T, M, N> => new Tensor(ops.maskedFill(x.node, nodeOf('maskedFill', mask), value));
