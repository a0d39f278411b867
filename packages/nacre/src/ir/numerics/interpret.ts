import type { Expr } from '../expr.ts';
import { operands } from '../expr.ts';

/** Computes an expression with the numbers that stand for its inputs, in their order. */
export type Interpreted = (...inputs: number[]) => number;

const floatWord = new Float32Array(1);
const intWord = new Int32Array(floatWord.buffer);
const doubleWord = new Float64Array(1);
const longWord = new BigInt64Array(doubleWord.buffer);

const floatBits = (x: number): number => {
  floatWord[0] = x;
  return intWord[0];
};

const bitsFloat = (x: number): number => {
  intWord[0] = x;
  return floatWord[0];
};

const nearestEven = (x: number): number => {
  if (!(Math.abs(x) < 2 ** 52)) return x;
  const low = Math.floor(x);
  const rest = x - low;
  const whole = rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1;
  return whole === 0 ? x * 0 : whole;
};

const saturate = (x: number): number =>
  Number.isNaN(x) ? 0 : Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(x)));

const copysign = (x: number, y: number): number => {
  const negative = y < 0 || Object.is(y, -0);
  return negative ? -Math.abs(x) : Math.abs(x);
};

function unary(expr: Expr & { kind: 'unary' }): (x: number) => number {
  const { type, x } = expr;
  switch (expr.op) {
    case 'neg':
      return type === 'i32' ? (v) => -v | 0 : (v) => -v;
    case 'abs':
      return type === 'i32' ? (v) => Math.abs(v) | 0 : Math.abs;
    case 'sqrt':
      return Math.sqrt;
    case 'floor':
      return Math.floor;
    case 'ceil':
      return Math.ceil;
    case 'trunc':
      return Math.trunc;
    case 'nearest':
      return nearestEven;
    case 'not':
      return (v) => Number(v === 0);
    case 'exp2i':
      if (type === 'f32') return (v) => bitsFloat((v + 127) << 23);
      return (v) => {
        longWord[0] = BigInt((v + 1023) >>> 0) << 52n;
        return doubleWord[0];
      };
    case 'exponentOf':
      if (x.type === 'f32') return (v) => ((floatBits(v) >>> 23) & 255) - 127;
      return (v) => {
        doubleWord[0] = v;
        return (Number(BigInt.asUintN(64, longWord[0]) >> 52n) & 2047) - 1023;
      };
    case 'mantissaOf':
      if (x.type === 'f32') return (v) => bitsFloat((floatBits(v) & 0x7fffff) | 0x3f800000);
      return (v) => {
        doubleWord[0] = v;
        longWord[0] = (longWord[0] & ((1n << 52n) - 1n)) | (1023n << 52n);
        return doubleWord[0];
      };
    case 'bitsToFloat':
      return bitsFloat;
    case 'floatToBits':
      return floatBits;
    case 'splat':
      return (v) => v;
  }
}

function binary(expr: Expr & { kind: 'binary' }): (x: number, y: number) => number {
  const whole = expr.x.type === 'i32' || expr.x.type === 'bool';
  switch (expr.op) {
    case 'add':
      return (x, y) => x + y;
    case 'sub':
      return (x, y) => x - y;
    case 'mul':
      return whole ? Math.imul : (x, y) => x * y;
    case 'div':
      return (x, y) => x / y;
    case 'min':
      return Math.min;
    case 'max':
      return Math.max;
    case 'pmax':
      return (x, y) => (x < y ? y : x);
    case 'copysign':
      return copysign;
    case 'scale':
      return (x, y) => x * 2 ** y;
    case 'and':
      return (x, y) => x & y;
    case 'or':
      return (x, y) => x | y;
    case 'xor':
      return (x, y) => x ^ y;
    case 'shl':
      return (x, y) => x << y;
    case 'shrU':
      return (x, y) => (x >>> y) | 0;
    case 'shrS':
      return (x, y) => x >> y;
    case 'divS':
      return (x, y) => Math.trunc(x / y);
    case 'remS':
      return (x, y) => x % y;
    case 'eq':
      return (x, y) => Number(x === y);
    case 'ne':
      return (x, y) => Number(x !== y);
    case 'lt':
      return (x, y) => Number(x < y);
    case 'le':
      return (x, y) => Number(x <= y);
  }
}

function cast(to: Expr['type']): (x: number) => number {
  if (to === 'i32') return saturate;
  if (to === 'bool') return (x) => Number(x !== 0);
  return (x) => x;
}

/** The result of an operation as its type holds it. */
function rounded(type: Expr['type']): (x: number) => number {
  if (type === 'f32') return Math.fround;
  if (type === 'i32') return (x) => x | 0;
  return (x) => x;
}

/**
 * Makes an expression of scalars computable in JavaScript, each operation rounded as its type demands. `inputs` are the
 * expressions (loads, say) that numbers are given for. Meant for tests: one closure call for each operation.
 */
export function interpret(root: Expr, inputs: readonly Expr[]): Interpreted {
  const slots = new Map<Expr, number>();
  inputs.forEach((input, slot) => {
    slots.set(input, slot);
  });
  const values = new Float64Array(4096);
  const steps: (() => void)[] = [];
  let next = inputs.length;

  function visit(expr: Expr): number {
    const known = slots.get(expr);
    if (known !== undefined) return known;
    const from = operands(expr).map(visit);
    const slot = next++;
    slots.set(expr, slot);
    const round = rounded(expr.type);
    switch (expr.kind) {
      case 'const':
        values[slot] = expr.value;
        break;
      case 'unary': {
        const apply = unary(expr);
        steps.push(() => {
          values[slot] = round(apply(values[from[0]]));
        });
        break;
      }
      case 'cast': {
        const apply = cast(expr.type);
        steps.push(() => {
          values[slot] = round(apply(values[from[0]]));
        });
        break;
      }
      case 'binary': {
        const apply = binary(expr);
        steps.push(() => {
          values[slot] = round(apply(values[from[0]], values[from[1]]));
        });
        break;
      }
      case 'select':
        steps.push(() => {
          values[slot] = values[from[0]] ? values[from[1]] : values[from[2]];
        });
        break;
      default:
        throw new Error(`'${expr.kind}' needs a number of its own`);
    }
    return slot;
  }

  const result = visit(root);
  return (...numbers) => {
    numbers.forEach((value, slot) => {
      values[slot] = value;
    });
    for (const step of steps) step();
    return values[result];
  };
}
