import type { DType } from '../base/dtype.ts';
import type { KernelBuilder } from '../ir/builder.ts';
import type { Buffer, Expr, Index, LoopVar } from '../ir/expr.ts';
import type { KernelContext, LoweredKernel } from './context.ts';
import { delinearize, linearize, ruleOf } from './evaluate.ts';

/**
 * Up to this length each element's place is the number of those before it, counted: comparisons in vectors take less time than the
 * counters of a sort by digits, which are cleared and summed for every line.
 */
const shortLine = 64;
/** 256 counters a digit stay in the nearest cache; a 4-byte number has four digits. */
const digitBits = 8;
const digitValues = 2 ** digitBits;

/** One line of the operand, and where its order goes. */
interface Line {
  readonly length: number;
  /** The words of the element at a place along the line, least significant first: unsigned, in the order of the elements. */
  words(along: Index): Expr[];
  /** Bits in use of each word. */
  readonly bits: readonly number[];
  readonly out: Buffer;
  outAt(along: Index): Index;
}

/** The places of each line's elements in sorted order; equal ones keep theirs. Tasks are the lines. */
export function lowerSort(context: KernelContext): LoweredKernel {
  const { b, cluster, evaluator } = context;
  const node = cluster.members[0];
  const descending = ruleOf(node, 'sort').descending(node as never);
  const input = node.inputs[0];
  const lines = node.shape.slice(0, -1);
  const out = context.buffer(node, true);
  const count = node.shape.includes(0) ? 0 : lines.reduce((size, extent) => size * extent, 1);
  const task: LoopVar = b.newLoopVar(count);
  if (!count) return context.finish(task, [], []);
  const body = b.capture(() => {
    const start = delinearize(b, lines, b.indexVar(task));
    const line: Line = {
      length: node.shape[lines.length],
      words: (along) => orderedWords(b, input.dtype, evaluator.value(input, [...start, along]), descending),
      bits: wordBits(input.dtype),
      out,
      outAt: (along) => linearize(b, node.shape, [...start, along]),
    };
    if (line.length <= shortLine) sortByCounting(b, line);
    else sortByDigits(b, line);
  });
  return context.finish(task, body, []);
}

/** Operations that an element takes, as far as time tells: about 7 ns. */
export const operationsOfSort = 70;

const i32 = (b: KernelBuilder, value: number): Expr => b.const(value, 'i32');
const signBit = -(2 ** 31);

const wordBits = (dtype: DType): readonly number[] => {
  switch (dtype) {
    case 'float64':
      return [32, 32];
    case 'bool':
    case 'uint8':
    case 'int8':
      return [8];
    default:
      return [32];
  }
};

/** Numbers as unsigned words that are in their order: zeros are one, and every NaN comes after infinity. */
function orderedWords(b: KernelBuilder, dtype: DType, value: Expr, descending: boolean): Expr[] {
  const words = ascendingWords(b, dtype, value);
  if (!descending) return words;
  return words.map((word, i) => b.binary('xor', word, i32(b, wordBits(dtype)[i] === 8 ? 255 : -1)));
}

function ascendingWords(b: KernelBuilder, dtype: DType, value: Expr): Expr[] {
  switch (dtype) {
    case 'float64':
      return doubleWords(b, value);
    case 'bool':
      return [b.cast(value, 'i32')];
    case 'uint8':
      return [value];
    case 'int8':
      return [b.binary('add', value, i32(b, 128))];
    case 'int32':
      return [b.binary('xor', value, i32(b, signBit))];
    default: {
      const bits = b.unary('floatToBits', b.binary('add', value, b.const(0, 'f32')));
      const ordered = b.binary('xor', bits, flips(b, bits));
      return [b.select(b.binary('eq', value, value), ordered, i32(b, -1))];
    }
  }
}

/** What turns a float's bits into an unsigned number in order: all bits of negative ones change, of others the sign. */
const flips = (b: KernelBuilder, signed: Expr): Expr =>
  b.binary('or', b.binary('shrS', signed, i32(b, 31)), i32(b, signBit));

/** The two halves of a double's bits, from its exponent and mantissa: there are no 8-byte integers here. */
function doubleWords(b: KernelBuilder, value: Expr): Expr[] {
  const f64 = (number: number): Expr => b.const(number, 'f64');
  const magnitude = b.unary('abs', value);
  const fraction = b.binary('sub', b.unary('mantissaOf', magnitude), f64(1));
  const upper = b.binary('mul', fraction, f64(2 ** 20));
  const whole = b.unary('floor', upper);
  // The lower 32 bits do not fit the positive numbers of an i32, so half of their range is taken off, and put back as the sign bit.
  const rest = b.binary('sub', b.binary('mul', b.binary('sub', upper, whole), f64(2 ** 32)), f64(2 ** 31));
  const low = b.binary('xor', b.cast(rest, 'i32'), i32(b, signBit));
  const exponent = b.binary('add', b.unary('exponentOf', magnitude), i32(b, 1023));
  const high = b.binary('or', b.binary('shl', exponent, i32(b, 20)), b.cast(whole, 'i32'));
  const isNegative = b.binary('lt', value, f64(0));
  const isNumber = b.binary('eq', value, value);
  const flipLow = b.select(isNegative, i32(b, -1), i32(b, 0));
  const flipHigh = b.select(isNegative, i32(b, ~signBit), i32(b, signBit));
  return [
    b.select(isNumber, b.binary('xor', low, flipLow), i32(b, -1)),
    b.select(isNumber, b.binary('xor', high, flipHigh), i32(b, -1)),
  ];
}

function sortByCounting(b: KernelBuilder, { length, words, bits, out, outAt }: Line): void {
  const keys = bits.map(() => b.scratchBuffer('int32', length));
  b.loop(length, (i) => {
    // Comparisons are of signed numbers.
    const signed = words(i).map((word) => b.binary('xor', word, i32(b, signBit)));
    b.store(keys.map((buffer, word) => ({ buffer, index: i, value: signed[word] })));
  });
  b.vectorLoop(length, (i, lanes) => {
    const own = keys.map((buffer) => b.keep(b.load(buffer, i)));
    const before = b.declare(i32(b, 0), lanes);
    b.loop(length, (j) => {
      // Of equal elements the one with the lower place comes first; the words decide from the most significant down.
      const comesFirst = keys.reduce(
        (later: Expr, buffer, word) => {
          const other = b.load(buffer, j);
          const equal = b.binary('and', b.binary('eq', other, own[word]), later);
          return b.binary('or', b.binary('lt', other, own[word]), equal);
        },
        b.binary('lt', b.indexValue(j), b.indexValue(i)),
      );
      b.assign([{ accumulator: before, value: b.binary('add', b.read(before), b.cast(comesFirst, 'i32')) }]);
    });
    const place = b.valueIndex(b.keep(b.read(before)), length);
    b.store([{ buffer: out, index: outAt(place), value: b.indexValue(i) }]);
  });
}

/**
 * A walk over the line for each digit, from the least significant, puts the places found so far in the order of that digit: elements go
 * where the number of smaller digits, and of equal ones before it, says (Knuth, "The Art of Computer Programming", 5.2.5).
 */
function sortByDigits(b: KernelBuilder, { length, words, bits, out, outAt }: Line): void {
  const digits = bits.flatMap((count, word) =>
    Array.from({ length: count / digitBits }, (_, digit) => ({ word, shift: digit * digitBits })),
  );
  const counts = b.scratchBuffer('int32', digits.length * digitValues);
  const countAt = (digit: number, key: Expr): Index => {
    const value = b.binary(
      'and',
      b.binary('shrU', key, i32(b, digits[digit].shift)),
      i32(b, digitValues - 1),
    );
    return b.shift(b.valueIndex(value, digitValues), digit * digitValues);
  };
  const one = i32(b, 1);

  b.vectorLoop(counts.length, (at) => b.store([{ buffer: counts, index: at, value: i32(b, 0) }]));
  b.loop(length, (i) => {
    const keys = words(i).map((word) => b.keep(word));
    b.store(
      digits.map(({ word }, digit) => {
        const index = countAt(digit, keys[word]);
        return { buffer: counts, index, value: b.binary('add', b.load(counts, index), one) };
      }),
    );
  });
  // How many elements have a smaller digit: where those with this one begin.
  const totals = digits.map(() => b.declare(i32(b, 0)));
  b.loop(digitValues, (value) => {
    const items = totals.map((accumulator, digit) => {
      const index = b.shift(value, digit * digitValues);
      return { accumulator, index, found: b.keep(b.load(counts, index)) };
    });
    b.store(items.map(({ accumulator, index }) => ({ buffer: counts, index, value: b.read(accumulator) })));
    b.assign(
      items.map(({ accumulator, found }) => ({
        accumulator,
        value: b.binary('add', b.read(accumulator), found),
      })),
    );
  });

  const places = digits.length > 1 ? b.scratchBuffer('int32', length) : out;
  // The last walk writes the result, and each reads what the one before it wrote.
  const orderAfter = (digit: number, along: Index): { buffer: Buffer; index: Index } =>
    (digits.length - 1 - digit) % 2 === 0
      ? { buffer: out, index: outAt(along) }
      : { buffer: places, index: along };
  // Keys move along with places: to look them up at their places again takes twice the time (13 ms instead of 7 for 10⁶ numbers).
  const keys = bits[0] > digitBits ? [0, 1].map(() => b.scratchBuffer('int32', length)) : [];
  digits.forEach(({ word, shift }, digit) => {
    b.loop(length, (i) => {
      const before = orderAfter(digit - 1, i);
      const place = digit === 0 ? i : b.valueIndex(b.keep(b.load(before.buffer, before.index)), length);
      const key = b.keep(shift === 0 ? words(place)[word] : b.load(keys[digit % 2], i));
      const counter = countAt(digit, key);
      const target = b.keep(b.load(counts, counter));
      const to = b.valueIndex(target, length);
      const next = { buffer: counts, index: counter, value: b.binary('add', target, one) };
      const moved = { ...orderAfter(digit, to), value: b.indexValue(place) };
      const needsKey = digits[digit + 1]?.word === word;
      b.store(
        needsKey ? [next, moved, { buffer: keys[(digit + 1) % 2], index: to, value: key }] : [next, moved],
      );
    });
  });
}
