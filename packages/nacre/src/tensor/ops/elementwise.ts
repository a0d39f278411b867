import { type DType, dtypes, isFloat, promote } from '../../base/dtype.ts';
import { ArgumentError, DTypeError } from '../../base/errors.ts';
import { Node } from '../../graph/node.ts';
import {
  add,
  apply,
  cast,
  constant,
  div,
  gradientMode,
  mul,
  neg,
  plus,
  sub,
  times,
  where,
} from '../primitives/apply.ts';
import { withGradient } from '../primitives/rules.ts';

/** What may stand beside a node: a number takes its dtype, as in PyTorch. */
export type Operand = Node | number;

/** Runs `build` without remembering how to differentiate it. */
export function withoutGradient<T>(build: () => T): T {
  const before = gradientMode.enabled;
  gradientMode.enabled = false;
  try {
    return build();
  } finally {
    gradientMode.enabled = before;
  }
}

/** The same elements, through which no gradient flows. */
export function detach(x: Node): Node {
  if (!x.requiresGrad) return x;
  if (!x.isLeaf) return withoutGradient(() => apply('alias', [x], {}));
  const same = new Node(x.op, [], x.attributes, x.shape, x.dtype, { kind: 'leaf' }, false);
  same.storage = x.storage;
  return same;
}

const numberDType = (beside: DType | null, value: number): DType => {
  if (beside === null) return 'float32';
  if (isFloat(beside)) return beside;
  if (!Number.isInteger(value)) return 'float32';
  return beside === 'bool' ? 'int32' : beside;
};

/** Brings operands to one dtype, as PyTorch promotes them; numbers follow the tensors. */
export function together(...operands: readonly Operand[]): Node[] {
  let dtype: DType | null = null;
  for (const operand of operands)
    if (typeof operand !== 'number') dtype = dtype === null ? operand.dtype : promote(dtype, operand.dtype);
  for (const operand of operands)
    if (typeof operand === 'number') dtype = promote(dtype ?? 'float32', numberDType(dtype, operand));
  return operands.map((operand) =>
    typeof operand === 'number' ? constant(operand, dtype!) : cast(operand, dtype!),
  );
}

/** Integers and booleans as float32, floats as they are: for functions whose results are not whole. */
export const toFloat = (x: Node): Node => (isFloat(x.dtype) ? x : cast(x, 'float32'));

const numeric = (x: Node): Node => (x.dtype === 'bool' ? cast(x, 'int32') : x);
const arithmetic = (...operands: readonly Operand[]): Node[] => together(...operands).map(numeric);
const floating = (...operands: readonly Operand[]): Node[] => together(...operands).map(toFloat);

type PlainUnary =
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'reciprocal'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'tanh'
  | 'erf'
  | 'sigmoid'
  | 'softplus';
const unary =
  (op: PlainUnary) =>
  (x: Node): Node =>
    apply(op, [toFloat(x)], {});
const whole =
  (op: 'neg' | 'abs' | 'sign' | 'relu' | 'floor' | 'ceil' | 'round') =>
  (x: Node): Node =>
    apply(op, [numeric(x)], {});

export const exp = unary('exp');
export const expm1 = unary('expm1');
export const log = unary('log');
export const log1p = unary('log1p');
export const sqrt = unary('sqrt');
export const reciprocal = unary('reciprocal');
export const sin = unary('sin');
export const cos = unary('cos');
export const tan = unary('tan');
export const asin = unary('asin');
export const acos = unary('acos');
export const atan = unary('atan');
export const sinh = unary('sinh');
export const cosh = unary('cosh');
export const tanh = unary('tanh');
export const erf = unary('erf');
export const sigmoid = unary('sigmoid');
export const softplus = unary('softplus');
/** log(1 + exp(beta·x)) / beta; beta·x above a threshold is taken as linear. */
export function softplusOf(x: Node, beta = 1, threshold?: number): Node {
  const value = toFloat(x);
  const inner = beta === 1 ? value : times(value, beta);
  const smooth = beta === 1 ? softplus(inner) : times(softplus(inner), 1 / beta);
  // From 20 on the two are the same in float32.
  if (threshold === undefined) return smooth;
  return where(lt(threshold, inner), value, smooth);
}
export const negative = whole('neg');
export const abs = whole('abs');
export const sign = whole('sign');
export const relu = whole('relu');
export const floor = whole('floor');
export const ceil = whole('ceil');
export const round = whole('round');

/** To the nearest multiple of 10^-decimals. */
export function roundTo(x: Node, decimals = 0): Node {
  if (decimals === 0) return round(x);
  if (!isFloat(x.dtype) || !Number.isInteger(decimals)) {
    throw new ArgumentError(`decimals is a whole number, and for floats, got ${decimals} for ${x.dtype}`, {
      op: 'round',
    });
  }
  const scale = 10 ** Math.abs(decimals);
  const by = constant(scale, x.dtype);
  return decimals > 0 ? div(round(mul(x, by)), by) : mul(round(div(x, by)), by);
}

export const log2 = (x: Node): Node => times(log(x), Math.LOG2E);
export const log10 = (x: Node): Node => times(log(x), Math.LOG10E);
export const rsqrt = (x: Node): Node => reciprocal(sqrt(x));
export const square = (x: Node): Node => {
  const value = numeric(x);
  return mul(value, value);
};
/** ½·log((1 + x) / (1 - x)), whose slope 1 / (1 - x²) is infinite at ±1 and no quotient of infinities. */
export const atanh = (x: Node): Node => {
  const value = toFloat(x);
  const one = constant(1, value.dtype);
  const result = times(log1p(div(times(value, 2), sub(one, value))), 0.5);
  return withGradient([value], [result], ([at], _, [g]) => [div(g, mul(sub(one, at), add(one, at)))])[0];
};
export const isnan = (x: Node): Node => apply('ne', [x, x], {});
export const isfinite = (x: Node): Node => lt(abs(x), Number.POSITIVE_INFINITY);

export const logSigmoid = (x: Node): Node => neg(softplus(neg(toFloat(x))));
export const silu = (x: Node): Node => mul(toFloat(x), sigmoid(x));
export const mish = (x: Node): Node => mul(toFloat(x), tanh(softplus(x)));
export const softsign = (x: Node): Node => div(toFloat(x), plus(abs(toFloat(x)), 1));

const zeroLike = (x: Node): Node => constant(0, x.dtype);
const isPositive = (x: Node): Node => apply('lt', [zeroLike(x), x], {});

export const leakyRelu = (x: Node, negativeSlope = 0.01): Node => {
  const value = toFloat(x);
  return where(isPositive(value), value, times(value, negativeSlope));
};
/** x where it is positive, else α·(exp(x) - 1). */
export const elu = (x: Node, alpha = 1): Node => {
  const value = toFloat(x);
  const positive = isPositive(value);
  return where(positive, value, times(expm1(where(positive, zeroLike(value), value)), alpha));
};
/** Klambauer, Unterthiner, Mayr and Hochreiter, "Self-normalizing neural networks", 2017: the two constants. */
export const selu = (x: Node): Node => times(elu(x, 1.6732632423543772), 1.0507009873554805);
/** x·Φ(x); `tanh` is the approximation of Hendrycks and Gimpel, "Gaussian error linear units", 2016. */
export const gelu = (x: Node, approximate: 'none' | 'tanh' = 'none'): Node => {
  const value = toFloat(x);
  const gate =
    approximate === 'tanh'
      ? tanh(times(add(value, times(mul(mul(value, value), value), 0.044715)), Math.sqrt(2 / Math.PI)))
      : erf(times(value, Math.SQRT1_2));
  return mul(times(value, 0.5), plus(gate, 1));
};
/** `clamp` whose slope is 0 at both bounds too, as PyTorch has it: a ReLU6 must not pass gradients at 0. */
export const hardtanh = (x: Node, minVal = -1, maxVal = 1): Node =>
  whereOf(le(x, minVal), minVal, whereOf(ge(x, maxVal), maxVal, x));
/** min(max(x + 3, 0), 6) / 6; the slope is 0 at -3 and at 3. */
export const hardsigmoid = (x: Node): Node => {
  const value = toFloat(x);
  return times(whereOf(le(value, -3), 0, whereOf(ge(value, 3), 6, plus(value, 3))), 1 / 6);
};
/** x·min(max(x + 3, 0), 6) / 6, whose slope at the bounds is that of the middle, unlike hardsigmoid's. */
export const hardswish = (x: Node): Node => mul(toFloat(x), times(clamp(plus(toFloat(x), 3), 0, 6), 1 / 6));

/** Values below `min` become `min`, above `max` become `max`; either may be left out. NaN stays. */
export function clamp(x: Node, min?: Operand | null, max?: Operand | null): Node {
  if ((min ?? null) === null && (max ?? null) === null) {
    throw new ArgumentError('neither a lower nor an upper bound is given', { op: 'clamp' });
  }
  let value = x;
  if (min !== undefined && min !== null) {
    const [current, bound] = arithmetic(value, min);
    value = where(apply('lt', [current, bound], {}), bound, current);
  }
  if (max !== undefined && max !== null) {
    const [current, bound] = arithmetic(value, max);
    value = where(apply('lt', [bound, current], {}), bound, current);
  }
  return value;
}

const binary =
  (op: 'add' | 'sub' | 'mul' | 'maximum' | 'minimum' | 'remainder') =>
  (x: Operand, y: Operand): Node =>
    apply(op, arithmetic(x, y), {});

export const addOf = binary('add');
export const subOf = binary('sub');

/** y times alpha, to be added to x or taken from it. */
function timesAlpha(op: string, x: Operand, y: Operand, alpha: number): Operand {
  if (alpha === 1) return y;
  if (typeof alpha !== 'number') throw new ArgumentError(`alpha is a number, got ${typeof alpha}`, { op });
  if (typeof y === 'number') return y * alpha;
  if (!Number.isInteger(alpha) && !together(x, y).some(({ dtype }) => isFloat(dtype))) {
    throw new ArgumentError(`alpha is a whole number where both are integers, got ${alpha}`, { op });
  }
  return times(numeric(y), alpha);
}

/** x + alpha·y. */
export const addScaled = (x: Operand, y: Operand, alpha = 1): Node =>
  addOf(x, timesAlpha('add', x, y, alpha));

/** x - alpha·y. */
export const subScaled = (x: Operand, y: Operand, alpha = 1): Node =>
  subOf(x, timesAlpha('sub', x, y, alpha));
export const mulOf = binary('mul');
export const maximum = binary('maximum');
export const minimum = binary('minimum');
export const remainder = binary('remainder');
export const divOf = (x: Operand, y: Operand): Node => apply('div', floating(x, y), {});

/** The quotient as a float, or rounded down, or toward zero: of integers an integer then. */
export function quotient(x: Operand, y: Operand, mode?: 'floor' | 'trunc' | null): Node {
  if (mode === undefined || mode === null) return divOf(x, y);
  if (mode !== 'floor' && mode !== 'trunc') {
    throw new ArgumentError(`roundingMode is null, 'trunc' or 'floor', got '${String(mode)}'`, { op: 'div' });
  }
  const [a, b] = arithmetic(x, y);
  if (!isFloat(a.dtype)) {
    // float64 holds every integer, and no quotient of two comes nearer to another one than it can tell.
    const exact = div(cast(a, 'float64'), cast(b, 'float64'));
    return cast(mode === 'floor' ? floor(exact) : towardZero(exact), a.dtype);
  }
  const plain = div(a, b);
  if (mode === 'trunc') return towardZero(plain);
  // A quotient just below a whole number is rounded up to it; what is left of a division is exact.
  const whole = round(div(sub(a, remainder(a, b)), b));
  return where(isfinite(plain), whole, plain);
}

const towardZero = (x: Node): Node => where(lt(x, 0), ceil(x), floor(x));

export const atan2 = (y: Operand, x: Operand): Node => apply('atan2', floating(y, x), {});
/** x + weight·(y - x). */
export const lerp = (x: Operand, y: Operand, weight: Operand): Node => {
  const [from, to, by] = floating(x, y, weight);
  return add(from, mul(by, sub(to, from)));
};

/** x to the power y. Small whole powers, 0.5 and negatives of these are products and roots. */
export function pow(x: Operand, y: Operand): Node {
  if (typeof y === 'number' && typeof x !== 'number') {
    const base = Number.isInteger(y) && y >= 0 ? numeric(x) : toFloat(x);
    // Whatever x is, NaN too; a choice that is never made keeps its shape, and its slope of 0.
    if (y === 0) return where(constant(1, 'bool'), constant(1, base.dtype), base);
    if (y === 1) return base;
    if (Number.isInteger(y) && y > 0 && y <= 8) {
      const lower = pow(base, Math.floor(y / 2));
      const squared = y >= 2 ? mul(lower, lower) : base;
      return y % 2 && y > 1 ? mul(squared, base) : squared;
    }
    if (y === 0.5) return sqrt(base);
    if (y === -0.5) return rsqrt(base);
    if (Number.isInteger(y) && y < 0 && y >= -8) {
      // The rule of the power, for the rule of the quotient has ∞·0 at x = 0.
      const slope = ([at]: readonly Node[], _: unknown, [g]: readonly Node[]): Node[] => [
        mul(g, times(pow(at, y - 1), y)),
      ];
      return withGradient([base], [reciprocal(pow(base, -y))], slope)[0];
    }
  }
  return apply('pow', floating(x, y), {});
}

const compare =
  (op: 'eq' | 'ne' | 'lt' | 'le') =>
  (x: Operand, y: Operand): Node =>
    apply(op, together(x, y), {});
export const eq = compare('eq');
export const ne = compare('ne');
export const lt = compare('lt');
export const le = compare('le');
export const gt = (x: Operand, y: Operand): Node => lt(y, x);
export const ge = (x: Operand, y: Operand): Node => le(y, x);

export const toBool = (x: Node): Node => (x.dtype === 'bool' ? x : cast(x, 'bool'));
export const logicalAnd = (x: Node, y: Node): Node => apply('and', [toBool(x), toBool(y)], {});
export const logicalOr = (x: Node, y: Node): Node => apply('or', [toBool(x), toBool(y)], {});
export const logicalNot = (x: Node): Node => apply('not', [toBool(x)], {});

/** x where the condition holds, else y. */
export function whereOf(condition: Node, x: Operand, y: Operand): Node {
  if (condition.dtype !== 'bool') {
    throw new DTypeError(`the condition is bool, got ${condition.dtype}`, {
      op: 'where',
      dtypes: [condition.dtype],
      hint: 'Compare first, for example x.gt(0)',
    });
  }
  const [a, b] = together(x, y);
  return where(condition, a, b);
}

export const maskedFill = (x: Node, mask: Node, value: number): Node => {
  const filler = dtypes[x.dtype].kind === 'bool' ? constant(value, 'bool') : together(x, value)[1];
  return where(toBool(mask), filler, cast(x, filler.dtype));
};
