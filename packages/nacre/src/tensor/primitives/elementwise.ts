import { type DType, dtypes, isFloat } from '../../base/dtype.ts';
import { IndexError } from '../../base/errors.ts';
import { broadcastShapes, rowMajorStrides, type Shape } from '../../base/shape.ts';
import { roundedTo } from '../../compiler/storage.ts';
import type { Node } from '../../graph/node.ts';
import type { KernelBuilder } from '../../ir/builder.ts';
import type { BinaryOp, Expr, UnaryOp } from '../../ir/expr.ts';
import { scalarOf } from '../../ir/expr.ts';
import * as numerics from '../../ir/numerics/index.ts';
import { add, apply, cast, constant, div, mul, neg, plus, sub, times, where } from './apply.ts';
import { boolDType, comparisonDType, dtypeError, floatDType, numberDType, sameDType } from './dtype-rules.ts';
import { fromPlaces, offsetOf } from './places.ts';
import type { NodeOf, OpRecord, Primitive, Values } from './record.ts';

type Emit = (b: KernelBuilder, args: readonly Expr[]) => Expr;
type Rule<P extends Primitive> = (cotangent: Node, node: NodeOf<P>) => readonly (Node | null)[];

/** Computes each element from those of the broadcast operands. */
function mapValues(
  inputs: readonly Values[],
  shape: Shape,
  each: (...args: number[]) => number,
): Float64Array {
  const strides = inputs.map((input) => {
    const own = rowMajorStrides(input.shape);
    const skip = shape.length - input.shape.length;
    return shape.map((_, axis) => (axis < skip || input.shape[axis - skip] === 1 ? 0 : own[axis - skip]));
  });
  return fromPlaces(shape, (at) => each(...inputs.map(({ data }, i) => data[offsetOf(at, strides[i])])));
}

interface ElementwiseOptions<P extends Primitive> {
  dtype: (op: string, inputs: readonly Node[]) => DType;
  cost: number;
  emit: Emit;
  reference: (...args: number[]) => number;
  gradient: Rule<P>;
}

function elementwise<P extends Primitive>(op: P, options: ElementwiseOptions<P>): OpRecord<P> {
  return {
    shape: (inputs) => inputs.map((input) => input.shape).reduce((a, b) => broadcastShapes(op, a, b)),
    dtype: (inputs) => options.dtype(op, inputs),
    gradient: options.gradient,
    reference: (inputs, node) => mapValues(inputs, node.shape, options.reference),
    lowering: { kind: 'map', cost: options.cost, emit: (b, args) => options.emit(b, args) },
  };
}

const unaryOp =
  (op: UnaryOp): Emit =>
  (b, [x]) =>
    b.unary(op, x);
const binaryOp =
  (op: BinaryOp): Emit =>
  (b, [x, y]) =>
    b.binary(op, x, y);
const input = (node: Node, position = 0): Node => node.inputs[position];
const square = (x: Node): Node => mul(x, x);
const flat: Rule<Primitive> = (_, node) => node.inputs.map(() => null);

/** A function of the numerics; the platform's own is the reference. */
const transcendental = <P extends Primitive & keyof typeof numerics.costs>(
  op: P,
  emit: (b: KernelBuilder, x: Expr) => Expr,
  reference: (x: number) => number,
  gradient: Rule<P>,
): OpRecord<P> =>
  elementwise(op, {
    dtype: floatDType,
    cost: numerics.costs[op],
    emit: (b, [x]) => emit(b, x),
    reference,
    gradient,
  });

/** An instruction of the loop IR on numbers. */
const instruction = <P extends Primitive>(
  op: P,
  emit: Emit,
  reference: (...args: number[]) => number,
  gradient: Rule<P>,
): OpRecord<P> => elementwise(op, { dtype: numberDType, cost: 1, emit, reference, gradient });

const comparison = <P extends Primitive & BinaryOp>(
  op: P,
  reference: (x: number, y: number) => boolean,
): OpRecord<P> =>
  elementwise(op, {
    dtype: comparisonDType,
    cost: 1,
    emit: binaryOp(op),
    reference: (x, y) => Number(reference(x, y)),
    gradient: flat,
  });

const oneOver = (x: Node): Node => apply('reciprocal', [x], {});

export const unaryRecords = {
  neg: instruction(
    'neg',
    unaryOp('neg'),
    (x) => -x,
    (g) => [neg(g)],
  ),
  abs: instruction('abs', unaryOp('abs'), Math.abs, (g, node) => [mul(g, apply('sign', [input(node)], {}))]),
  sign: elementwise('sign', {
    dtype: numberDType,
    cost: 4,
    emit: (b, [x]) => {
      const zero = b.const(0, x.type);
      const positive = b.select(b.binary('lt', zero, x), b.const(1, x.type), x);
      return b.select(b.binary('lt', x, zero), b.const(-1, x.type), positive);
    },
    reference: Math.sign,
    gradient: flat,
  }),
  exp: transcendental('exp', numerics.exp, Math.exp, (g, node) => [mul(g, node)]),
  expm1: transcendental('expm1', numerics.expm1, Math.expm1, (g, node) => [mul(g, plus(node, 1))]),
  log: transcendental('log', numerics.log, Math.log, (g, node) => [div(g, input(node))]),
  log1p: transcendental('log1p', numerics.log1p, Math.log1p, (g, node) => [div(g, plus(input(node), 1))]),
  sqrt: elementwise('sqrt', {
    dtype: floatDType,
    cost: 6,
    emit: unaryOp('sqrt'),
    reference: Math.sqrt,
    gradient: (g, node) => [div(times(g, 0.5), node)],
  }),
  reciprocal: elementwise('reciprocal', {
    dtype: floatDType,
    cost: 6,
    emit: (b, [x]) => b.binary('div', b.const(1, x.type), x),
    reference: (x) => 1 / x,
    gradient: (g, node) => [neg(mul(g, square(node)))],
  }),
  sin: transcendental('sin', numerics.sin, Math.sin, (g, node) => [mul(g, apply('cos', [input(node)], {}))]),
  cos: transcendental('cos', numerics.cos, Math.cos, (g, node) => [
    neg(mul(g, apply('sin', [input(node)], {}))),
  ]),
  tan: transcendental('tan', numerics.tan, Math.tan, (g, node) => [mul(g, plus(square(node), 1))]),
  asin: transcendental('asin', numerics.asin, Math.asin, (g, node) => [
    div(g, apply('sqrt', [sub(constant(1, g.dtype), square(input(node)))], {})),
  ]),
  acos: transcendental('acos', numerics.acos, Math.acos, (g, node) => [
    neg(div(g, apply('sqrt', [sub(constant(1, g.dtype), square(input(node)))], {}))),
  ]),
  atan: transcendental('atan', numerics.atan, Math.atan, (g, node) => [div(g, plus(square(input(node)), 1))]),
  sinh: transcendental('sinh', numerics.sinh, Math.sinh, (g, node) => [
    mul(g, apply('cosh', [input(node)], {})),
  ]),
  cosh: transcendental('cosh', numerics.cosh, Math.cosh, (g, node) => [
    mul(g, apply('sinh', [input(node)], {})),
  ]),
  tanh: transcendental('tanh', numerics.tanh, Math.tanh, (g, node) => [
    mul(g, sub(constant(1, g.dtype), square(node))),
  ]),
  erf: transcendental('erf', numerics.erf, erfReference, (g, node) => [
    times(mul(g, apply('exp', [neg(square(input(node)))], {})), 2 / Math.sqrt(Math.PI)),
  ]),
  floor: instruction('floor', unaryOp('floor'), Math.floor, flat),
  ceil: instruction('ceil', unaryOp('ceil'), Math.ceil, flat),
  round: instruction(
    'round',
    unaryOp('nearest'),
    (x) => {
      const whole = Math.floor(x);
      const rest = x - whole;
      return rest < 0.5 ? whole : rest > 0.5 ? whole + 1 : whole % 2 === 0 ? whole : whole + 1;
    },
    flat,
  ),
  relu: elementwise('relu', {
    dtype: numberDType,
    cost: 1,
    emit: (b, [x]) => b.binary('pmax', x, b.const(0, x.type)),
    reference: (x) => (x < 0 ? 0 : x),
    gradient: (g, node) => [where(apply('lt', [constant(0, node.dtype), node], {}), g, constant(0, g.dtype))],
  }),
  /** 1 / (1 + exp(-x)). */
  sigmoid: elementwise('sigmoid', {
    dtype: floatDType,
    cost: numerics.costs.exp + 6,
    emit: (b, [x]) => {
      const one = b.const(1, x.type);
      return b.binary('div', one, b.binary('add', one, numerics.exp(b, b.unary('neg', x))));
    },
    reference: (x) => 1 / (1 + Math.exp(-x)),
    gradient: (g, node) => [mul(g, mul(node, sub(constant(1, g.dtype), node)))],
  }),
  /** log(1 + exp(x)), as max(x, 0) + log1p(exp(-|x|)), which overflows nowhere. */
  softplus: elementwise('softplus', {
    dtype: floatDType,
    cost: numerics.costs.exp + numerics.costs.log1p + 3,
    emit: (b, [x]) => {
      const tail = numerics.log1p(b, numerics.expBelowZero(b, b.unary('neg', b.unary('abs', x))));
      return b.binary('add', b.binary('pmax', x, b.const(0, x.type)), tail);
    },
    reference: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    gradient: (g, node) => [mul(g, apply('sigmoid', [input(node)], {}))],
  }),
  not: elementwise('not', {
    dtype: boolDType,
    cost: 1,
    emit: unaryOp('not'),
    reference: (x) => (x ? 0 : 1),
    gradient: flat,
  }),
};

const half = (g: Node): Node => times(g, 0.5);

/** The cotangent of a choice between two: all to the chosen one, half to each of two equal ones. */
const chosen =
  (first: 'lt' | 'le') =>
  (g: Node, node: Node): Node[] => {
    const [x, y] = node.inputs;
    const zero = constant(0, g.dtype);
    const equal = apply('eq', [x, y], {});
    const takesX = first === 'lt' ? apply('lt', [y, x], {}) : apply('lt', [x, y], {});
    const takesY = first === 'lt' ? apply('lt', [x, y], {}) : apply('lt', [y, x], {});
    return [takesX, takesY].map((takes) => where(equal, half(g), where(takes, g, zero)));
  };

export const binaryRecords = {
  add: instruction(
    'add',
    binaryOp('add'),
    (x, y) => x + y,
    (g) => [g, g],
  ),
  sub: instruction(
    'sub',
    binaryOp('sub'),
    (x, y) => x - y,
    (g) => [g, neg(g)],
  ),
  mul: instruction(
    'mul',
    binaryOp('mul'),
    (x, y) => x * y,
    (g, node) => [mul(g, input(node, 1)), mul(g, input(node, 0))],
  ),
  div: elementwise('div', {
    dtype: floatDType,
    cost: 5,
    emit: binaryOp('div'),
    reference: (x, y) => x / y,
    gradient: (g, node) => [div(g, input(node, 1)), neg(div(mul(g, node), input(node, 1)))],
  }),
  pow: elementwise('pow', {
    dtype: floatDType,
    cost: numerics.costs.pow,
    emit: (b, [x, y]) => numerics.pow(b, x, y),
    // C's pow, unlike JavaScript's, has 1 for ±1 to any infinite power.
    reference: (x, y) => (x === 1 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY) ? 1 : x ** y),
    gradient: (g, node) => {
      const [x, y] = node.inputs;
      const zero = constant(0, g.dtype);
      const toBase = mul(g, mul(y, apply('pow', [x, plus(y, -1)], {})));
      // 0^y has no logarithm; its slope in y is 0 for y >= 0.
      const isZero = apply('eq', [x, constant(0, x.dtype)], {});
      const logarithm = apply('log', [where(isZero, constant(1, x.dtype), x)], {});
      const noSlope = apply('eq', [y, constant(0, y.dtype)], {});
      return [where(noSlope, zero, toBase), where(isZero, zero, mul(g, mul(node, logarithm)))];
    },
  }),
  atan2: elementwise('atan2', {
    dtype: floatDType,
    cost: numerics.costs.atan2,
    emit: (b, [y, x]) => numerics.atan2(b, y, x),
    reference: Math.atan2,
    gradient: (g, node) => {
      const [y, x] = node.inputs;
      const scaled = mul(g, oneOver(add(square(x), square(y))));
      return [mul(scaled, x), neg(mul(scaled, y))];
    },
  }),
  remainder: elementwise('remainder', {
    dtype: numberDType,
    cost: 8,
    emit: (b, [x, y]) => (x.type === 'i32' ? integerRemainder(b, x, y) : numerics.remainder(b, x, y)),
    reference: (x, y) => {
      const rest = x % y;
      return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
    },
    gradient: (g, node) => [g, neg(mul(g, apply('floor', [div(input(node, 0), input(node, 1))], {})))],
  }),
  maximum: elementwise('maximum', {
    dtype: numberDType,
    cost: 3,
    emit: binaryOp('max'),
    reference: Math.max,
    gradient: chosen('lt'),
  }),
  minimum: elementwise('minimum', {
    dtype: numberDType,
    cost: 3,
    emit: binaryOp('min'),
    reference: Math.min,
    gradient: chosen('le'),
  }),
  eq: comparison('eq', (x, y) => x === y),
  ne: comparison('ne', (x, y) => x !== y),
  lt: comparison('lt', (x, y) => x < y),
  le: comparison('le', (x, y) => x <= y),
  and: elementwise('and', {
    dtype: boolDType,
    cost: 1,
    emit: binaryOp('and'),
    reference: (x, y) => x && y,
    gradient: flat,
  }),
  or: elementwise('or', {
    dtype: boolDType,
    cost: 1,
    emit: binaryOp('or'),
    reference: (x, y) => x || y,
    gradient: flat,
  }),
  where: elementwise('where', {
    dtype: (op, inputs) => {
      boolDType(op, inputs.slice(0, 1));
      return sameDType(op, inputs.slice(1));
    },
    cost: 1,
    emit: (b, [condition, x, y]) => b.select(condition, x, y),
    reference: (condition, x, y) => (condition ? x : y),
    gradient: (g, node) => [
      null,
      where(input(node), g, constant(0, g.dtype)),
      where(input(node), constant(0, g.dtype), g),
    ],
  }),
};

/** Rounds towards minus infinity; a divisor of 0 gives 0. */
function integerRemainder(b: KernelBuilder, x: Expr, y: Expr): Expr {
  const zero = b.const(0, 'i32');
  const safe = b.select(b.binary('eq', y, zero), b.const(1, 'i32'), y);
  const rest = b.binary('remS', x, safe);
  const differs = b.binary('lt', b.binary('xor', rest, safe), zero);
  return b.select(b.binary('and', b.binary('ne', rest, zero), differs), b.binary('add', rest, safe), rest);
}

export const attributedRecords: { cast: OpRecord<'cast'>; checkIndex: OpRecord<'checkIndex'> } = {
  cast: {
    shape: ([x]) => x.shape,
    dtype: (_, { dtype }) => dtype,
    gradient: (g, node) => [
      isFloat(node.dtype) && isFloat(input(node).dtype) ? cast(g, input(node).dtype) : null,
    ],
    reference: ([x], node) => {
      const whole = dtypes[node.dtype].kind === 'int';
      return x.data.map((value) => (whole ? Math.trunc(value) : value));
    },
    lowering: {
      kind: 'map',
      cost: 1,
      emit: (b, [x], node) => roundedTo(b, node.dtype, b.cast(x, scalarOf(node.dtype))),
    },
  },
  checkIndex: {
    shape: ([x]) => x.shape,
    dtype: ([x], { op }) => {
      if (dtypes[x.dtype].kind !== 'int') {
        throw dtypeError(op, [x], `indices are integers, got ${x.dtype}`, "Convert with to('int32')");
      }
      return x.dtype;
    },
    gradient: () => [null],
    reference: ([x], node) => {
      const { op, size } = node.attributes;
      for (const value of x.data) if (value < 0 || value >= size) throw indexError(op, value, size);
      return x.data.slice();
    },
    lowering: {
      kind: 'map',
      cost: 3,
      emit: (b, [x], node, context) => {
        const inside = b.binary(
          'and',
          b.binary('le', b.const(0, 'i32'), x),
          b.binary('lt', x, b.const(node.attributes.size, 'i32')),
        );
        b.check(inside, b.const(context.checkCode(node.attributes), 'i32'), x);
        return b.select(inside, x, b.const(0, 'i32'));
      },
    },
  },
};

export const indexError = (op: string, value: number, size: number): IndexError =>
  new IndexError(`index ${value} is outside 0 to ${size - 1}`, {
    op,
    hint: size === 0 ? 'The axis is empty' : 'Check that labels and tokens are counted from 0',
  });

/** erf by its series near 0 and its continued fraction beyond (Abramowitz and Stegun 7.1.6 and 7.1.14), to 1e-15. */
function erfReference(x: number): number {
  const z = Math.abs(x);
  if (Number.isNaN(x)) return x;
  if (z > 6) return Math.sign(x);
  if (z < 2.5) {
    let term = z;
    let total = z;
    for (let n = 1; n < 100; n++) {
      term *= (2 * z * z) / (2 * n + 1);
      total += term;
    }
    return Math.sign(x) * ((2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * total);
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (z + fraction);
  return Math.sign(x) * (1 - Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + fraction));
}
