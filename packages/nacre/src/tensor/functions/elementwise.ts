/** Functions that work element by element. */

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
  Filled,
  FloatFn,
  FloatLike,
  Interpolated,
  Like,
  LogicFn,
  NumericFn,
  Operand,
  Optional,
  Powered,
  TestFn,
  Three,
} from '../signatures.ts';
import { Tensor, wrap } from '../tensor.ts';
import type { Fits } from '../types/index.ts';

/** A function of two operands, each a tensor or a number. What it gives is said by the type it is declared with. */
const pairwise =
  (op: string, build: (x: NodeOrNumber, y: NodeOrNumber) => Node) =>
  (x: Operand, y: Operand): never =>
    wrap(build(operandOf(op, x), operandOf(op, y))) as never;

// ---- one tensor ----

/** e^x. */
export const exp: FloatFn = (x) => x.exp();
/** e^x - 1, exact near 0. */
export const expm1: FloatFn = (x) => x.expm1();
/** The natural logarithm. */
export const log: FloatFn = (x) => x.log();
/** log(1 + x), exact near 0. */
export const log1p: FloatFn = (x) => x.log1p();
/** The logarithm to base 2. */
export const log2: FloatFn = (x) => x.log2();
/** The logarithm to base 10. */
export const log10: FloatFn = (x) => x.log10();
/** The square root. */
export const sqrt: FloatFn = (x) => x.sqrt();
/** 1 / √x. */
export const rsqrt: FloatFn = (x) => x.rsqrt();
/** 1 / x. */
export const reciprocal: FloatFn = (x) => x.reciprocal();
/** The sine of an angle in radians. */
export const sin: FloatFn = (x) => x.sin();
/** The cosine of an angle in radians. */
export const cos: FloatFn = (x) => x.cos();
/** The tangent of an angle in radians. */
export const tan: FloatFn = (x) => x.tan();
/** The angle in [-π/2, π/2] with this sine. */
export const asin: FloatFn = (x) => x.asin();
/** The angle in [0, π] with this cosine. */
export const acos: FloatFn = (x) => x.acos();
/** The angle in (-π/2, π/2) with this tangent. */
export const atan: FloatFn = (x) => x.atan();
/** The hyperbolic sine. */
export const sinh: FloatFn = (x) => x.sinh();
/** The hyperbolic cosine. */
export const cosh: FloatFn = (x) => x.cosh();
/** The hyperbolic tangent. */
export const tanh: FloatFn = (x) => x.tanh();
/** ½·log((1 + x) / (1 - x)). */
export const atanh: FloatFn = (x) => x.atanh();
/** The error function, 2/√π · ∫₀ˣ exp(-t²) dt. */
export const erf: FloatFn = (x) => x.erf();
/** 1 / (1 + exp(-x)). */
export const sigmoid: FloatFn = (x) => x.sigmoid();
/** -x. */
export const neg: NumericFn = (x) => x.neg();
/** |x|. */
export const abs: NumericFn = (x) => x.abs();
/** -1, 0 or 1. */
export const sign: NumericFn = (x) => x.sign();
/** x². */
export const square: NumericFn = (x) => x.square();
/** The largest integer that is not above x. */
export const floor: NumericFn = (x) => x.floor();
/** The smallest integer that is not below x. */
export const ceil: NumericFn = (x) => x.ceil();
/** The nearest integer; halves go to the even one. */
export const round: NumericFn = (x) => x.round();
/** Whether x is not a number. */
export const isnan: TestFn = (x) => wrap(ops.isnan(x.node));
/** Whether x is neither infinite nor NaN. */
export const isfinite: TestFn = (x) => wrap(ops.isfinite(x.node));
/** Whether x is 0. */
export const logicalNot: TestFn = (x) => wrap(ops.logicalNot(x.node));
/** Values below `min` become `min`, above `max` become `max`; one of them may be left out. */
export const clamp = <
  T extends Tensor,
  Min extends Optional<number> = undefined,
  Max extends Optional<number> = undefined,
>(
  x: T,
  min?: Min,
  max?: Max,
): Clamped<T, Min, Max> => x.clamp(min, max);

// ---- activations ----

/** max(x, 0), in the dtype of x. */
export const relu: <T extends Tensor>(x: T) => Like<T> = (x) => wrap(x.relu().node);
/** Scaled `elu` whose constants keep activations standardized (Klambauer et al., 2017). */
export const selu: FloatFn = (x) => wrap(ops.selu(x.node));
/** x·sigmoid(x). */
export const silu: FloatFn = (x) => wrap(ops.silu(x.node));
/** x·tanh(softplus(x)). */
export const mish: FloatFn = (x) => wrap(ops.mish(x.node));
/** log(1 + exp(x)). */
export const softplus: FloatFn = (x) => wrap(ops.softplus(x.node));
/** x / (1 + |x|). */
export const softsign: FloatFn = (x) => wrap(ops.softsign(x.node));
/** log(sigmoid(x)), without overflow. */
export const logSigmoid: FloatFn = (x) => wrap(ops.logSigmoid(x.node));
/** (x + 3) / 6, between 0 and 1. */
export const hardsigmoid: FloatFn = (x) => wrap(ops.hardsigmoid(x.node));
/** x·hardsigmoid(x). */
export const hardswish: FloatFn = (x) => wrap(ops.hardswish(x.node));
/** x where it is positive, else `negativeSlope`·x. */
export const leakyRelu = <T extends Tensor>(
  x: T,
  /** Default: 0.01. */
  { negativeSlope }: { negativeSlope?: number } = {},
): FloatLike<T> => new Tensor(ops.leakyRelu(x.node, negativeSlope));

/** x where it is positive, else alpha·(exp(x) - 1). */
export const elu = <T extends Tensor>(
  x: T,
  /** Default: 1. */
  { alpha }: { alpha?: number } = {},
): FloatLike<T> => new Tensor(ops.elu(x.node, alpha));

/** x between `minVal` and `maxVal`, by default -1 and 1. */
export const hardtanh = <T extends Tensor>(
  x: T,
  { minVal, maxVal }: { minVal?: number; maxVal?: number } = {},
): FloatLike<T> => new Tensor(ops.hardtanh(ops.toFloat(x.node), minVal, maxVal));

/** x·Φ(x), Φ being the distribution function of the standard normal; `tanh` is a quicker approximation (Hendrycks and Gimpel, 2016). */
export function gelu<T extends Tensor>(
  x: T,
  { approximate = 'none' }: { approximate?: 'none' | 'tanh' } = {},
): FloatLike<T> {
  requireOneOf('gelu', 'approximate', approximate, ['none', 'tanh']);
  return new Tensor(ops.gelu(x.node, approximate));
}

// ---- two operands, each a tensor or a number ----

/** x + y. */
export const add: CombineFn<'add'> = pairwise('add', ops.addOf);
/** x - y. */
export const sub: CombineFn<'sub'> = pairwise('sub', ops.subOf);
/** x·y. */
export const mul: CombineFn<'mul'> = pairwise('mul', ops.mulOf);
/** x / y, as a float. */
export const div: DivideFn<'div'> = pairwise('div', ops.divOf);
/** What division of x by y leaves, with the sign of y. */
export const remainder: CombineFn<'remainder'> = pairwise('remainder', ops.remainder);

/** The angle of the point (y, x) given as `atan2(y, x)`, in radians. */
export const atan2: DivideFn<'atan2'> = pairwise('atan2', ops.atan2);

/** The larger of the two; NaN where one is. */
export const maximum: CombineFn<'maximum'> = pairwise('maximum', ops.maximum);

/** The smaller of the two; NaN where one is. */
export const minimum: CombineFn<'minimum'> = pairwise('minimum', ops.minimum);

/** x = y. */
export const eq: CompareFn<'eq'> = pairwise('eq', ops.eq);
/** x ≠ y. */
export const ne: CompareFn<'ne'> = pairwise('ne', ops.ne);
/** x < y. */
export const lt: CompareFn<'lt'> = pairwise('lt', ops.lt);
/** x ≤ y. */
export const le: CompareFn<'le'> = pairwise('le', ops.le);
/** x > y. */
export const gt: CompareFn<'gt'> = pairwise('gt', ops.gt);
/** x ≥ y. */
export const ge: CompareFn<'ge'> = pairwise('ge', ops.ge);
/** x^y. Integers stay integers for whole powers from 0 to 8. */
export const pow: <A extends Operand, B extends Operand>(
  x: A,
  y: B & Fits<Both<'pow', A, B>>,
) => Powered<A, B> = (x, y) => wrap(ops.pow(operandOf('pow', x), operandOf('pow', y)));

/** Whether neither is 0. */
export const logicalAnd: LogicFn<'logicalAnd'> = (x, y) =>
  wrap(ops.logicalAnd(nodeOf('logicalAnd', x), nodeOf('logicalAnd', y)));

/** Whether one is not 0. */
export const logicalOr: LogicFn<'logicalOr'> = (x, y) =>
  wrap(ops.logicalOr(nodeOf('logicalOr', x), nodeOf('logicalOr', y)));

/** start + weight·(end - start). */
export const lerp = <A extends Operand, B extends Operand, W extends Operand>(
  start: A,
  end: B & Fits<Both<'lerp', A, B>>,
  weight: W & Fits<Three<'lerp', A, B, W>>,
): Interpolated<A, B, W> =>
  new Tensor(ops.lerp(operandOf('lerp', start), operandOf('lerp', end), operandOf('lerp', weight)));

/** x where the condition, a bool tensor, holds, else y. */
export const where = <C extends Tensor, A extends Operand, B extends Operand>(
  condition: C,
  x: A & Fits<Both<'where', C, A>>,
  y: B & Fits<Three<'where', C, A, B>>,
): Chosen<C, A, B> =>
  new Tensor(ops.whereOf(nodeOf('where', condition), operandOf('where', x), operandOf('where', y)));

/** `value` where the mask holds, else x. */
export const maskedFill = <T extends Tensor, M extends Tensor, N extends number>(
  x: T,
  mask: M & Fits<Both<'maskedFill', T, M>>,
  value: N,
): Filled<T, M, N> => new Tensor(ops.maskedFill(x.node, nodeOf('maskedFill', mask), value));
