import type { KernelBuilder } from '../builder.ts';
import type { BinaryOp, Expr } from '../expr.ts';

/** An expression, or a number that becomes a constant of the type at hand. */
export type Operand = Expr | number;

/** A whole number in both of its forms. */
export interface Whole {
  readonly float: Expr;
  /** i32 whose low bits hold the number; what stands above them is undone by the shifts of `pow2` and `flipSign`. */
  readonly bits: Expr;
}

/** 1.5·2²³: a float32 of at most 2²² added to it is rounded to whole, and stands in the low bits of the sum. */
const roundingShift = 12582912;

/** Arithmetic of one float type, short enough that formulas can be read. */
export class Float {
  readonly type: 'f32' | 'f64';

  constructor(
    readonly b: KernelBuilder,
    like: Expr,
  ) {
    if (like.type !== 'f32' && like.type !== 'f64')
      throw new Error(`a transcendental function of ${like.type}`);
    this.type = like.type;
  }

  get single(): boolean {
    return this.type === 'f32';
  }

  of(x: Operand): Expr {
    return typeof x === 'number' ? this.b.const(x, this.type) : x;
  }

  #binary(op: BinaryOp, x: Operand, y: Operand): Expr {
    return this.b.binary(op, this.of(x), this.of(y));
  }

  add = (x: Operand, y: Operand): Expr => this.#binary('add', x, y);
  sub = (x: Operand, y: Operand): Expr => this.#binary('sub', x, y);
  mul = (x: Operand, y: Operand): Expr => this.#binary('mul', x, y);
  /** x·y + z, rounded once where the target can do that. */
  mulAdd = (x: Operand, y: Operand, z: Operand): Expr => this.b.fused('add', this.mul(x, y), this.of(z));
  /** x·y - z, likewise. */
  mulSub = (x: Operand, y: Operand, z: Operand): Expr => this.b.fused('sub', this.mul(x, y), this.of(z));
  div = (x: Operand, y: Operand): Expr => this.#binary('div', x, y);
  lt = (x: Operand, y: Operand): Expr => this.#binary('lt', x, y);
  le = (x: Operand, y: Operand): Expr => this.#binary('le', x, y);
  eq = (x: Operand, y: Operand): Expr => this.#binary('eq', x, y);
  copysign = (x: Operand, y: Operand): Expr => this.#binary('copysign', x, y);
  /** The larger one; x where x is NaN. */
  atLeast = (x: Operand, y: Operand): Expr => this.#binary('pmax', x, y);
  abs = (x: Expr): Expr => this.b.unary('abs', x);
  neg = (x: Expr): Expr => this.b.unary('neg', x);
  sqrt = (x: Expr): Expr => this.b.unary('sqrt', x);

  select(condition: Expr, x: Operand, y: Operand): Expr {
    return this.b.select(condition, this.of(x), this.of(y));
  }

  int(value: number): Expr {
    return this.b.const(value, 'i32');
  }

  /** c₀ + c₁x + c₂x² + … by Horner's rule: of all schemes without fused multiply-add the one with the fewest operations. */
  poly(x: Expr, coefficients: readonly number[]): Expr {
    let sum = this.of(coefficients[coefficients.length - 1]);
    for (let i = coefficients.length - 2; i >= 0; i--) sum = this.mulAdd(sum, x, coefficients[i]);
    return sum;
  }

  /** x rounded to whole; for float32 |x| ≤ 2²². */
  round(x: Expr): Whole {
    return this.single ? this.#shifted(this.add(x, roundingShift)) : this.#nearest(x);
  }

  /** x·y rounded to whole, likewise. */
  roundedProduct(x: Expr, y: Operand): Whole {
    return this.single ? this.#shifted(this.mulAdd(x, y, roundingShift)) : this.#nearest(this.mul(x, y));
  }

  #shifted(sum: Expr): Whole {
    return { float: this.sub(sum, roundingShift), bits: this.b.unary('floatToBits', sum) };
  }

  #nearest(x: Expr): Whole {
    const float = this.b.unary('nearest', x);
    return { float, bits: this.b.cast(float, 'i32') };
  }

  /** 2^(n + offset) within the normal exponents, and 0 for the exponent just below them. */
  pow2(n: Expr, offset = 0): Expr {
    const { b } = this;
    if (!this.single) return b.exp2i(b.binary('add', n, this.int(offset)), 'f64');
    // The shift drops whatever stands above the low bits.
    return b.unary(
      'bitsToFloat',
      b.binary('add', b.binary('shl', n, this.int(23)), this.int((127 + offset) << 23)),
    );
  }

  /** x·2ⁿ for results that are subnormal or beyond the largest: in two steps, each within the normal exponents. */
  scale(x: Expr, n: Whole): Expr {
    const { b } = this;
    if (this.single && b.partial) return b.binary('scale', x, n.float);
    const half = b.binary('shrS', n.bits, this.int(1));
    return this.mul(this.mul(x, this.pow2(half)), this.pow2(b.binary('sub', n.bits, half)));
  }

  /** x, or -x where n is odd. */
  flipSign(x: Expr, n: Expr): Expr {
    const { b } = this;
    if (!this.single) return this.select(this.isOdd(n), this.neg(x), x);
    const sign = b.binary('shl', n, this.int(31));
    return b.unary('bitsToFloat', b.binary('xor', b.unary('floatToBits', x), sign));
  }

  /** x, or -x where y is negative or -0. */
  takeSign(x: Expr, y: Expr): Expr {
    const { b } = this;
    if (!this.single) return this.mul(x, this.copysign(1, y));
    const sign = b.binary('and', b.unary('floatToBits', y), this.int(-(2 ** 31)));
    return b.unary('bitsToFloat', b.binary('xor', b.unary('floatToBits', x), sign));
  }

  isOdd(n: Expr): Expr {
    return this.b.binary('ne', this.b.binary('and', n, this.int(1)), this.int(0));
  }

  /** -x brought between -high and -low; NaN stays. Of the two clamps each is one instruction, and so is the sign. */
  clampNegated(x: Expr, low: number, high: number): Expr {
    return this.atLeast(this.neg(this.atLeast(x, low)), -high);
  }

  /** -|x|. */
  negativeAbs(x: Expr): Expr {
    const { b } = this;
    if (!this.single) return this.neg(this.abs(x));
    return b.unary('bitsToFloat', b.binary('or', b.unary('floatToBits', x), this.int(-(2 ** 31))));
  }

  /**
   * x + y and what rounding took from it, for |x| ≥ |y| or x = 0 (T. J. Dekker, "A floating-point technique for extending the
   * available precision", 1971).
   */
  fastTwoSum(x: Operand, y: Operand): TwoFloat {
    const high = this.add(x, y);
    return { high, low: this.sub(y, this.sub(high, x)) };
  }

  /** x as the sum of two numbers of half the digits each, whose products are exact (Dekker). */
  split(x: Expr): TwoFloat {
    const scaled = this.mul(x, this.single ? 4097 : 134217729);
    const high = this.sub(scaled, this.sub(scaled, x));
    return { high, low: this.sub(x, high) };
  }

  /** x·y and what rounding took from it (Dekker). */
  twoProduct(x: TwoFloat, y: TwoFloat, product: Expr): TwoFloat {
    const first = this.sub(this.mul(x.high, y.high), product);
    const cross = this.add(this.add(first, this.mul(x.high, y.low)), this.mul(x.low, y.high));
    return { high: product, low: this.add(cross, this.mul(x.low, y.low)) };
  }
}

/** The unevaluated sum of two floats. */
export interface TwoFloat {
  readonly high: Expr;
  readonly low: Expr;
}
