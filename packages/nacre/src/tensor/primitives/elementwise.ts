import { type DType, dtypes, isFloat } from '../../base/dtype.ts';
import { DTypeError, IndexError } from '../../base/errors.ts';
import { broadcastShapes, rowMajorStrides, type Shape, sizeOf } from '../../base/shape.ts';
import { roundedTo } from '../../compiler/storage.ts';
import type { Node } from '../../graph/node.ts';
import type { KernelBuilder } from '../../ir/builder.ts';
import type { BinaryOp, Expr, UnaryOp } from '../../ir/expr.ts';
import { scalarOf } from '../../ir/expr.ts';
import * as numerics from '../../ir/numerics/index.ts';
import { add, apply, cast, constant, div, mul, neg, plus, sub, times, where } from './apply.ts';
import type {
  ErrorSample,
  NodeOf,
  OpRecord,
  Primitive,
  PrimitiveAttributes,
  Sample,
  Values,
} from './record.ts';

type Emit = (b: KernelBuilder, args: readonly Expr[]) => Expr;
type Rule<P extends Primitive> = (cotangent: Node, node: NodeOf<P>) => readonly (Node | null)[];

/** Walks the elements of the broadcast operands in step. */
function mapValues(
  inputs: readonly Values[],
  shape: Shape,
  each: (...args: number[]) => number,
): Float64Array {
  const out = new Float64Array(sizeOf(shape));
  const strides = inputs.map((input) => {
    const own = rowMajorStrides(input.shape);
    const skip = shape.length - input.shape.length;
    return shape.map((_, axis) => (axis < skip || input.shape[axis - skip] === 1 ? 0 : own[axis - skip]));
  });
  const at = new Array<number>(shape.length).fill(0);
  const offsets = inputs.map(() => 0);
  for (let position = 0; position < out.length; position++) {
    out[position] = each(...inputs.map((input, i) => input.data[offsets[i]]));
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis]++;
      strides.forEach((stride, i) => {
        offsets[i] += stride[axis];
      });
      if (at[axis] < shape[axis]) break;
      strides.forEach((stride, i) => {
        offsets[i] -= stride[axis] * shape[axis];
      });
      at[axis] = 0;
    }
  }
  return out;
}

const dtypesOf = (inputs: readonly Node[]): readonly DType[] => inputs.map((input) => input.dtype);

function sameDType(op: string, inputs: readonly Node[]): DType {
  const [first, ...others] = inputs;
  for (const other of others) {
    if (other.dtype !== first.dtype) {
      throw new DTypeError(`left: ${first.dtype}, right: ${other.dtype}`, {
        op,
        dtypes: dtypesOf(inputs),
        hint: 'Convert one of them with to(dtype)',
      });
    }
  }
  return first.dtype;
}

function floatDType(op: string, inputs: readonly Node[]): DType {
  const dtype = sameDType(op, inputs);
  if (!isFloat(dtype)) {
    throw new DTypeError(`takes floating-point numbers, got ${dtype}`, {
      op,
      dtypes: dtypesOf(inputs),
      hint: "Convert with to('float32')",
    });
  }
  return dtype;
}

function numberDType(op: string, inputs: readonly Node[]): DType {
  const dtype = sameDType(op, inputs);
  if (dtype === 'bool') {
    throw new DTypeError('takes numbers, got bool', {
      op,
      dtypes: dtypesOf(inputs),
      hint: "Convert with to('int32') or to('float32')",
    });
  }
  return dtype;
}

interface ElementwiseOptions<P extends Primitive> {
  dtype: (op: string, inputs: readonly Node[]) => DType;
  cost: number;
  emit: Emit;
  reference: (...args: number[]) => number;
  gradient: Rule<P>;
  ranges?: readonly (readonly [number, number])[];
  dtypes?: readonly DType[];
  noGradient?: string;
  errors?: readonly ErrorSample<P>[];
}

const unaryShapes: readonly Shape[] = [[], [1], [3], [17, 33], [2, 0, 3], [65]];
const binaryShapes: readonly (readonly [Shape, Shape])[] = [
  [[], []],
  [[3], []],
  [[17, 33], [33]],
  [
    [5, 1, 3],
    [4, 1],
  ],
  [[2, 0], [1]],
  [[65], [65]],
];

function elementwise<P extends Primitive>(
  op: P,
  arity: 1 | 2 | 3,
  options: ElementwiseOptions<P>,
): OpRecord<P> {
  const { ranges, noGradient } = options;
  const shapes: readonly (readonly Shape[])[] =
    arity === 1
      ? unaryShapes.map((shape) => [shape])
      : arity === 2
        ? binaryShapes
        : binaryShapes.map(([x, y]) => [x, y, x]);
  const none = {} as PrimitiveAttributes[P];
  return {
    shape: (inputs) => inputs.map((input) => input.shape).reduce((a, b) => broadcastShapes(op, a, b)),
    dtype: (inputs) => options.dtype(op, inputs),
    gradient: options.gradient,
    reference: (inputs, node) => mapValues(inputs, node.shape, options.reference),
    lowering: { kind: 'map', cost: options.cost, emit: (b, args) => options.emit(b, args) },
    samples: shapes.map(
      (list): Sample<P> => ({ shapes: list, attributes: none, ranges, noGradient, dtypes: options.dtypes }),
    ),
    errors: [
      ...(arity === 2
        ? [
            {
              shapes: [[2, 3], [4]] as Shape[],
              dtypes: options.dtypes,
              attributes: none,
              message: `${op}: left: [2, 3], right: [4], axis -1: 3 against 4`,
            },
          ]
        : []),
      ...(options.errors ?? []),
    ],
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
const numeric =
  (fn: (b: KernelBuilder, x: Expr) => Expr): Emit =>
  (b, [x]) =>
    fn(b, x);

const input = (node: Node, position = 0): Node => node.inputs[position];
const square = (x: Node): Node => mul(x, x);
const u = <P extends Primitive>(op: P, options: ElementwiseOptions<P>): OpRecord<P> =>
  elementwise(op, 1, options);
const steps = 'a step function has no slope that finite differences could find';
const flat: Rule<Primitive> = (_, node) => node.inputs.map(() => null);

/** The result's own value in a gradient rule: computed once, used by both. */
const oneOver = (x: Node): Node => apply('reciprocal', [x], {});

export const unaryRecords = {
  neg: u('neg', {
    dtype: numberDType,
    cost: 1,
    emit: unaryOp('neg'),
    reference: (x) => -x,
    gradient: (g) => [neg(g)],
  }),
  abs: u('abs', {
    dtype: numberDType,
    cost: 1,
    emit: unaryOp('abs'),
    reference: Math.abs,
    gradient: (g, node) => [mul(g, apply('sign', [input(node)], {}))],
  }),
  sign: u('sign', {
    dtype: numberDType,
    cost: 4,
    emit: (b, [x]) => {
      const zero = b.const(0, x.type);
      const positive = b.select(b.binary('lt', zero, x), b.const(1, x.type), x);
      return b.select(b.binary('lt', x, zero), b.const(-1, x.type), positive);
    },
    reference: Math.sign,
    gradient: flat,
    noGradient: steps,
  }),
  exp: u('exp', {
    dtype: floatDType,
    cost: numerics.costs.exp,
    emit: numeric(numerics.exp),
    reference: Math.exp,
    gradient: (g, node) => [mul(g, node)],
  }),
  expm1: u('expm1', {
    dtype: floatDType,
    cost: numerics.costs.expm1,
    emit: numeric(numerics.expm1),
    reference: Math.expm1,
    gradient: (g, node) => [mul(g, plus(node, 1))],
  }),
  log: u('log', {
    dtype: floatDType,
    cost: numerics.costs.log,
    emit: numeric(numerics.log),
    reference: Math.log,
    gradient: (g, node) => [div(g, input(node))],
    ranges: [[0.1, 4]],
  }),
  log1p: u('log1p', {
    dtype: floatDType,
    cost: numerics.costs.log1p,
    emit: numeric(numerics.log1p),
    reference: Math.log1p,
    gradient: (g, node) => [div(g, plus(input(node), 1))],
    ranges: [[-0.8, 4]],
  }),
  sqrt: u('sqrt', {
    dtype: floatDType,
    cost: 6,
    emit: unaryOp('sqrt'),
    reference: Math.sqrt,
    gradient: (g, node) => [div(times(g, 0.5), node)],
    ranges: [[0.1, 4]],
  }),
  reciprocal: u('reciprocal', {
    dtype: floatDType,
    cost: 6,
    emit: (b, [x]) => b.binary('div', b.const(1, x.type), x),
    reference: (x) => 1 / x,
    gradient: (g, node) => [neg(mul(g, square(node)))],
    ranges: [[0.3, 3]],
  }),
  sin: u('sin', {
    dtype: floatDType,
    cost: numerics.costs.sin,
    emit: numeric(numerics.sin),
    reference: Math.sin,
    gradient: (g, node) => [mul(g, apply('cos', [input(node)], {}))],
  }),
  cos: u('cos', {
    dtype: floatDType,
    cost: numerics.costs.cos,
    emit: numeric(numerics.cos),
    reference: Math.cos,
    gradient: (g, node) => [neg(mul(g, apply('sin', [input(node)], {})))],
  }),
  tan: u('tan', {
    dtype: floatDType,
    cost: numerics.costs.tan,
    emit: numeric(numerics.tan),
    reference: Math.tan,
    gradient: (g, node) => [mul(g, plus(square(node), 1))],
    ranges: [[-1.2, 1.2]],
  }),
  asin: u('asin', {
    dtype: floatDType,
    cost: numerics.costs.asin,
    emit: numeric(numerics.asin),
    reference: Math.asin,
    gradient: (g, node) => [div(g, apply('sqrt', [sub(constant(1, g.dtype), square(input(node)))], {}))],
    ranges: [[-0.9, 0.9]],
  }),
  acos: u('acos', {
    dtype: floatDType,
    cost: numerics.costs.acos,
    emit: numeric(numerics.acos),
    reference: Math.acos,
    gradient: (g, node) => [neg(div(g, apply('sqrt', [sub(constant(1, g.dtype), square(input(node)))], {})))],
    ranges: [[-0.9, 0.9]],
  }),
  atan: u('atan', {
    dtype: floatDType,
    cost: numerics.costs.atan,
    emit: numeric(numerics.atan),
    reference: Math.atan,
    gradient: (g, node) => [div(g, plus(square(input(node)), 1))],
  }),
  sinh: u('sinh', {
    dtype: floatDType,
    cost: numerics.costs.sinh,
    emit: numeric(numerics.sinh),
    reference: Math.sinh,
    gradient: (g, node) => [mul(g, apply('cosh', [input(node)], {}))],
  }),
  cosh: u('cosh', {
    dtype: floatDType,
    cost: numerics.costs.cosh,
    emit: numeric(numerics.cosh),
    reference: Math.cosh,
    gradient: (g, node) => [mul(g, apply('sinh', [input(node)], {}))],
  }),
  tanh: u('tanh', {
    dtype: floatDType,
    cost: numerics.costs.tanh,
    emit: numeric(numerics.tanh),
    reference: Math.tanh,
    gradient: (g, node) => [mul(g, sub(constant(1, g.dtype), square(node)))],
  }),
  erf: u('erf', {
    dtype: floatDType,
    cost: numerics.costs.erf,
    emit: numeric(numerics.erf),
    reference: erfReference,
    gradient: (g, node) => [
      times(mul(g, apply('exp', [neg(square(input(node)))], {})), 2 / Math.sqrt(Math.PI)),
    ],
  }),
  floor: u('floor', {
    dtype: numberDType,
    cost: 1,
    emit: unaryOp('floor'),
    reference: Math.floor,
    gradient: flat,
    noGradient: steps,
  }),
  ceil: u('ceil', {
    dtype: numberDType,
    cost: 1,
    emit: unaryOp('ceil'),
    reference: Math.ceil,
    gradient: flat,
    noGradient: steps,
  }),
  round: u('round', {
    dtype: numberDType,
    cost: 1,
    emit: unaryOp('nearest'),
    reference: (x) => {
      const whole = Math.floor(x);
      const rest = x - whole;
      return rest < 0.5 ? whole : rest > 0.5 ? whole + 1 : whole % 2 === 0 ? whole : whole + 1;
    },
    gradient: flat,
    noGradient: steps,
  }),
  relu: u('relu', {
    dtype: numberDType,
    cost: 1,
    emit: (b, [x]) => b.binary('pmax', x, b.const(0, x.type)),
    reference: (x) => (x < 0 ? 0 : x),
    gradient: (g, node) => [where(apply('lt', [constant(0, node.dtype), node], {}), g, constant(0, g.dtype))],
  }),
  /** 1 / (1 + exp(-x)). */
  sigmoid: u('sigmoid', {
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
  softplus: u('softplus', {
    dtype: floatDType,
    cost: numerics.costs.exp + numerics.costs.log1p + 3,
    emit: (b, [x]) => {
      const tail = numerics.log1p(b, numerics.exp(b, b.unary('neg', b.unary('abs', x))));
      return b.binary('add', b.binary('pmax', x, b.const(0, x.type)), tail);
    },
    reference: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    gradient: (g, node) => [mul(g, apply('sigmoid', [input(node)], {}))],
  }),
  not: u('not', {
    dtype: (op, inputs) => boolDType(op, inputs),
    cost: 1,
    emit: unaryOp('not'),
    reference: (x) => (x ? 0 : 1),
    gradient: flat,
    dtypes: ['bool'],
    noGradient: steps,
    errors: [{ shapes: [[2]], dtypes: ['float32'], attributes: {}, message: 'not: takes bool, got float32' }],
  }),
};

function boolDType(op: string, inputs: readonly Node[]): DType {
  const dtype = sameDType(op, inputs);
  if (dtype !== 'bool')
    throw new DTypeError(`takes bool, got ${dtype}`, {
      op,
      dtypes: dtypesOf(inputs),
      hint: "Compare first, or convert with to('bool')",
    });
  return 'bool';
}

const b2 = <P extends Primitive>(op: P, options: ElementwiseOptions<P>): OpRecord<P> =>
  elementwise(op, 2, options);
const compare = (op: string, inputs: readonly Node[]): DType => {
  sameDType(op, inputs);
  return 'bool';
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
  add: b2('add', {
    dtype: numberDType,
    cost: 1,
    emit: binaryOp('add'),
    reference: (x, y) => x + y,
    gradient: (g) => [g, g],
  }),
  sub: b2('sub', {
    dtype: numberDType,
    cost: 1,
    emit: binaryOp('sub'),
    reference: (x, y) => x - y,
    gradient: (g) => [g, neg(g)],
  }),
  mul: b2('mul', {
    dtype: numberDType,
    cost: 1,
    emit: binaryOp('mul'),
    reference: (x, y) => x * y,
    gradient: (g, node) => [mul(g, input(node, 1)), mul(g, input(node, 0))],
  }),
  div: b2('div', {
    dtype: floatDType,
    cost: 5,
    emit: binaryOp('div'),
    reference: (x, y) => x / y,
    gradient: (g, node) => [div(g, input(node, 1)), neg(div(mul(g, node), input(node, 1)))],
    ranges: [
      [-2, 2],
      [0.4, 2],
    ],
  }),
  pow: b2('pow', {
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
    ranges: [
      [0.3, 2],
      [-2, 2],
    ],
  }),
  atan2: b2('atan2', {
    dtype: floatDType,
    cost: numerics.costs.atan2,
    emit: (b, [y, x]) => numerics.atan2(b, y, x),
    reference: Math.atan2,
    gradient: (g, node) => {
      const [y, x] = node.inputs;
      const scaled = mul(g, oneOver(add(square(x), square(y))));
      return [mul(scaled, x), neg(mul(scaled, y))];
    },
    ranges: [
      [0.3, 2],
      [0.3, 2],
    ],
  }),
  remainder: b2('remainder', {
    dtype: numberDType,
    cost: 8,
    emit: (b, [x, y]) => (x.type === 'i32' ? integerRemainder(b, x, y) : numerics.remainder(b, x, y)),
    reference: (x, y) => {
      const rest = x % y;
      return rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
    },
    gradient: (g, node) => [g, neg(mul(g, apply('floor', [div(input(node, 0), input(node, 1))], {})))],
    ranges: [
      [0.6, 0.9],
      [1, 2],
    ],
  }),
  maximum: b2('maximum', {
    dtype: numberDType,
    cost: 3,
    emit: binaryOp('max'),
    reference: Math.max,
    gradient: chosen('lt'),
  }),
  minimum: b2('minimum', {
    dtype: numberDType,
    cost: 3,
    emit: binaryOp('min'),
    reference: Math.min,
    gradient: chosen('le'),
  }),
  eq: b2('eq', {
    dtype: compare,
    cost: 1,
    emit: binaryOp('eq'),
    reference: (x, y) => Number(x === y),
    gradient: flat,
    noGradient: steps,
  }),
  ne: b2('ne', {
    dtype: compare,
    cost: 1,
    emit: binaryOp('ne'),
    reference: (x, y) => Number(x !== y),
    gradient: flat,
    noGradient: steps,
  }),
  lt: b2('lt', {
    dtype: compare,
    cost: 1,
    emit: binaryOp('lt'),
    reference: (x, y) => Number(x < y),
    gradient: flat,
    noGradient: steps,
  }),
  le: b2('le', {
    dtype: compare,
    cost: 1,
    emit: binaryOp('le'),
    reference: (x, y) => Number(x <= y),
    gradient: flat,
    noGradient: steps,
  }),
  and: b2('and', {
    dtype: boolDType,
    cost: 1,
    emit: binaryOp('and'),
    reference: (x, y) => x && y,
    gradient: flat,
    dtypes: ['bool', 'bool'],
    noGradient: steps,
  }),
  or: b2('or', {
    dtype: boolDType,
    cost: 1,
    emit: binaryOp('or'),
    reference: (x, y) => x || y,
    gradient: flat,
    dtypes: ['bool', 'bool'],
    noGradient: steps,
  }),
  where: elementwise('where', 3, {
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
    dtypes: ['bool', 'float32', 'float32'],
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
    samples: [
      { shapes: [[3, 5]], attributes: { dtype: 'int32' }, noGradient: steps },
      { shapes: [[17]], attributes: { dtype: 'bool' }, noGradient: steps },
      {
        shapes: [[17]],
        attributes: { dtype: 'bfloat16' },
        noGradient: 'rounded too coarsely for finite differences',
      },
      {
        shapes: [[17]],
        attributes: { dtype: 'float16' },
        noGradient: 'rounded too coarsely for finite differences',
      },
      { shapes: [[33]], attributes: { dtype: 'float64' } },
      {
        shapes: [[9]],
        dtypes: ['int32'],
        attributes: { dtype: 'float32' },
        noGradient: 'integers have no slope',
      },
      {
        shapes: [[9]],
        dtypes: ['bool'],
        attributes: { dtype: 'float32' },
        noGradient: 'booleans have no slope',
      },
    ],
    errors: [],
  },
  checkIndex: {
    shape: ([x]) => x.shape,
    dtype: ([x], { op }) => {
      if (dtypes[x.dtype].kind !== 'int') {
        throw new DTypeError(`indices are integers, got ${x.dtype}`, {
          op,
          dtypes: [x.dtype],
          hint: "Convert with to('int32')",
        });
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
    samples: [
      {
        shapes: [[5]],
        dtypes: ['int32'],
        ranges: [[0, 4]],
        attributes: { size: 4, op: 'gather' },
        noGradient: 'integers',
      },
    ],
    errors: [
      {
        shapes: [[5]],
        dtypes: ['float32'],
        attributes: { size: 4, op: 'gather' },
        message: 'gather: indices are integers, got float32',
      },
    ],
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
