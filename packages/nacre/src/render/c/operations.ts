import type { BinaryOp, Expr, Scalar, UnaryOp } from '../../ir/expr.ts';

/** An operation the tables lack: a mistake of the compiler, not of its user. */
export const unrendered = (what: string): Error => new Error(`no C for ${what}`);

/** The C type of a value. Truth is an i32: 1 as a scalar, all ones in the lanes of a vector. */
export function cType(type: Scalar, lanes: number): string {
  if (lanes === 1) return type === 'bool' ? 'i32' : type;
  if (type === 'f64') throw unrendered('a vector of f64');
  return type === 'f32' ? 'f32v' : 'i32v';
}

/** Text of an operation from the texts of its operands. `T` is their type, `U` the unsigned one of the same size. */
type Print = (x: string, y: string, T: string, U: string) => string;

const unsigned =
  (sign: string): Print =>
  (x, y, T, U) =>
    `(${T})((${U})${x} ${sign} (${U})${y})`;
const plain =
  (sign: string): Print =>
  (x, y) =>
    `(${x} ${sign} ${y})`;
const call =
  (name: string): Print =>
  (x, y, T) =>
    `${name}_${T}(${x}, ${y})`;
/** A comparison of vectors has the type of their lanes as signed integers. */
const compare =
  (sign: string): Print =>
  (x, y, T) =>
    T.endsWith('v') ? `(i32v)(${x} ${sign} ${y})` : `(${x} ${sign} ${y})`;

type BinaryTable = { readonly [O in BinaryOp]?: Print };

const comparisons: BinaryTable = {
  eq: compare('=='),
  ne: compare('!='),
  lt: compare('<'),
  le: compare('<='),
};

const floatBinary: BinaryTable = {
  ...comparisons,
  add: plain('+'),
  sub: plain('-'),
  mul: plain('*'),
  div: plain('/'),
  min: call('min'),
  max: call('max'),
  pmax: call('greater'),
  copysign: call('copysign'),
  scale: call('scale'),
};

/** Sums and products wrap around, which C promises for unsigned numbers alone. */
const integerBinary: BinaryTable = {
  ...comparisons,
  add: unsigned('+'),
  sub: unsigned('-'),
  mul: unsigned('*'),
  min: call('min'),
  max: call('max'),
  pmax: call('max'),
  and: plain('&'),
  or: plain('|'),
  xor: plain('^'),
  shl: (x, y, T, U) => `(${T})((${U})${x} << ${y})`,
  shrU: (x, y, T, U) => `(${T})((${U})${x} >> ${y})`,
  shrS: plain('>>'),
  divS: call('div'),
  remS: call('rem'),
};

/** Masks: less is "false, and the other true". */
const maskBinary: BinaryTable = {
  and: plain('&'),
  or: plain('|'),
  xor: plain('^'),
  min: plain('&'),
  max: plain('|'),
  pmax: plain('|'),
  ne: plain('^'),
  eq: (x, y) => `~(${x} ^ ${y})`,
  lt: (x, y) => `(~${x} & ${y})`,
  le: (x, y) => `(~${x} | ${y})`,
};

/** `x op y` of operands of one type; the count of a shift is given as `shiftCount` makes it. */
export function printBinary(op: BinaryOp, type: Scalar, lanes: number, x: string, y: string): string {
  const table =
    type === 'bool' && lanes > 1
      ? maskBinary
      : type === 'f32' || type === 'f64'
        ? floatBinary
        : integerBinary;
  const print = table[op];
  const T = cType(type, lanes);
  if (!print) throw unrendered(`${op} of ${T}`);
  return print(x, y, T, T.replace('i', 'u'));
}

export const isShift = (op: BinaryOp): boolean => op === 'shl' || op === 'shrU' || op === 'shrS';

export function printUnary(op: UnaryOp, from: Expr, to: Scalar, x: string): string {
  const { type, lanes } = from;
  const T = cType(type, lanes);
  const R = cType(to, lanes);
  const isFloat = type === 'f32' || type === 'f64';
  switch (op) {
    case 'neg':
      return isFloat ? `(-${x})` : `(${T})(0u - (${T.replace('i', 'u')})${x})`;
    case 'abs':
      return `abs_${T}(${x})`;
    case 'sqrt':
      return `sqrt_${T}(${x})`;
    case 'floor':
    case 'ceil':
    case 'trunc':
    case 'nearest':
      return isFloat ? `${op}_${T}(${x})` : x; // integers are whole already
    case 'not':
      return lanes > 1 ? `(~${x})` : `(!${x})`;
    case 'exp2i':
      return `exp2i_${R}(${x})`;
    case 'exponentOf':
      return `exponent_${T}(${x})`;
    case 'mantissaOf':
      return `mantissa_${T}(${x})`;
    case 'bitsToFloat':
      return lanes > 1 ? `(f32v)${x}` : `from_bits_f32(${x})`;
    case 'floatToBits':
      return lanes > 1 ? `(i32v)${x}` : `bits_f32(${x})`;
    case 'splat':
      return `splat_${cType(type, 1)}(${type === 'bool' ? `-(${x})` : x})`;
  }
}

/** Operations whose result is surely not one of bitwise logic. */
const arithmetic: ReadonlySet<string> = new Set([
  ...['add', 'sub', 'mul', 'div', 'shl', 'shrU', 'shrS', 'divS', 'remS', 'pmax', 'sqrt', 'exp2i'],
  ...['floor', 'ceil', 'trunc', 'nearest'],
]);

/** Whether a compiler may see bitwise logic in what computes a value. */
function mayBeLogic(expr: Expr): boolean {
  switch (expr.kind) {
    case 'binary':
      return !arithmetic.has(expr.op);
    case 'unary':
      if (expr.op === 'splat' || expr.op === 'bitsToFloat' || expr.op === 'floatToBits')
        return mayBeLogic(expr.x);
      return !arithmetic.has(expr.op);
    case 'load':
    case 'const':
    case 'counter':
    case 'ramp':
    case 'pack':
    case 'shuffle':
      return false;
    default:
      return true;
  }
}

/** `condition ? x : y`; `SETTLED` in the prelude tells why some are kept apart from their operands. */
export function printSelect(
  expr: Expr & { kind: 'select' },
  condition: string,
  x: string,
  y: string,
): string {
  const T = cType(expr.type, expr.lanes);
  const left = mayBeLogic(expr.x) || mayBeLogic(expr.y) ? `settled_${T}(${x})` : x;
  return expr.lanes > 1 ? `select_${T}(${condition}, ${left}, ${y})` : `(${condition} ? ${left} : ${y})`;
}

export function printCast(from: Scalar, to: Scalar, lanes: number, x: string): string {
  if (lanes === 1) {
    if (to === 'bool') return `(${x} != 0)`;
    if (to === 'i32') return from === 'bool' ? x : `i32_of_${from}(${x})`;
    return `(${to})${x}`;
  }
  if (to === 'bool') return `(i32v)(${x} != 0)`;
  // The bits of 1.0 where the mask has any.
  if (from === 'bool') return to === 'f32' ? `(f32v)(${x} & 0x3f800000)` : `(${x} & 1)`;
  return to === 'f32' ? `f32v_of_i32v(${x})` : `i32v_of_f32v(${x})`;
}

/** A number as C reads it back exactly. */
export function literal(value: number, type: Scalar): string {
  if (type === 'i32' || type === 'bool') {
    const wrapped = value | 0;
    if (wrapped === -(2 ** 31)) return '(-2147483647 - 1)';
    return wrapped < 0 ? `(${wrapped})` : `${wrapped}`;
  }
  const suffix = type === 'f32' ? 'f' : '';
  if (Number.isNaN(value)) return `__builtin_nan${suffix}("")`;
  if (!Number.isFinite(value)) return value > 0 ? `__builtin_inf${suffix}()` : `(-__builtin_inf${suffix}())`;
  // Every digit that tells a float64 apart tells its float32 apart too.
  const digits = Object.is(value, -0) ? '-0' : `${value}`;
  const text = (/[.e]/.test(digits) ? digits : `${digits}.0`) + suffix;
  return text.startsWith('-') ? `(${text})` : text;
}
