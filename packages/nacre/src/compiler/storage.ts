import type { DType } from '../base/dtype.ts';
import type { KernelBuilder } from '../ir/builder.ts';
import type { Buffer, Expr, Index } from '../ir/expr.ts';

/** Loads an element as arithmetic sees it: 16-bit floats become float32. */
export function loadAs(b: KernelBuilder, buffer: Buffer, index: Index): Expr {
  const raw = b.load(buffer, index);
  if (buffer.dtype === 'bfloat16') return b.unary('bitsToFloat', b.binary('shl', raw, b.const(16, 'i32')));
  if (buffer.dtype === 'float16') return halfToFloat(b, raw);
  return raw;
}

/** What is stored for a value: the bits of 16-bit floats, rounded to nearest, ties to even. */
export function storedAs(b: KernelBuilder, buffer: Buffer, value: Expr): Expr {
  if (buffer.dtype === 'bfloat16') return floatToBrain(b, value);
  if (buffer.dtype === 'float16') return floatToHalf(b, value);
  return value;
}

/** A value as a dtype would keep it, as arithmetic sees it again: rounded for 16-bit floats, wrapped for narrow integers. */
export function roundedTo(b: KernelBuilder, dtype: DType, value: Expr): Expr {
  switch (dtype) {
    case 'bfloat16':
      return b.unary('bitsToFloat', b.binary('shl', floatToBrain(b, value), i32(b, 16)));
    case 'float16':
      return halfToFloat(b, floatToHalf(b, value));
    case 'uint8':
      return b.binary('and', value, i32(b, 255));
    case 'int8':
      return b.binary('shrS', b.binary('shl', value, i32(b, 24)), i32(b, 24));
    default:
      return value;
  }
}

const i32 = (b: KernelBuilder, value: number): Expr => b.const(value, 'i32');

function halfToFloat(b: KernelBuilder, bits: Expr): Expr {
  const sign = b.binary('shl', b.binary('and', bits, i32(b, 0x8000)), i32(b, 16));
  const magnitude = b.binary('and', bits, i32(b, 0x7fff));
  const shifted = b.binary('shl', magnitude, i32(b, 13));
  // Read with a float32 exponent the value is 2^112 too small, subnormals included; infinity and NaN keep their pattern.
  const finite = b.binary('mul', b.unary('bitsToFloat', shifted), b.const(2 ** 112, 'f32'));
  const special = b.binary('or', shifted, i32(b, 0x7f800000));
  const isNumber = b.binary('lt', magnitude, i32(b, 0x7c00));
  const unsigned = b.select(isNumber, b.unary('floatToBits', finite), special);
  return b.unary('bitsToFloat', b.binary('or', unsigned, sign));
}

function floatToBrain(b: KernelBuilder, value: Expr): Expr {
  const bits = b.unary('floatToBits', value);
  const odd = b.binary('and', b.binary('shrU', bits, i32(b, 16)), i32(b, 1));
  const rounded = b.binary('shrU', b.binary('add', b.binary('add', bits, i32(b, 0x7fff)), odd), i32(b, 16));
  return b.select(b.binary('eq', value, value), rounded, i32(b, 0x7fc0));
}

function floatToHalf(b: KernelBuilder, value: Expr): Expr {
  const bits = b.unary('floatToBits', value);
  const sign = b.binary('and', b.binary('shrU', bits, i32(b, 16)), i32(b, 0x8000));
  const magnitude = b.binary('and', bits, i32(b, 0x7fffffff));
  const odd = b.binary('and', b.binary('shrU', magnitude, i32(b, 13)), i32(b, 1));
  const rounded = b.binary(
    'shrU',
    b.binary('add', b.binary('add', magnitude, i32(b, 0xfff)), odd),
    i32(b, 13),
  );
  const normal = b.binary('sub', rounded, i32(b, 112 << 10));
  // Below 2^-14 one unit in the last place is 2^-24.
  const small = b.cast(
    b.unary('nearest', b.binary('mul', b.unary('bitsToFloat', magnitude), b.const(2 ** 24, 'f32'))),
    'i32',
  );
  const isSmall = b.binary('lt', magnitude, i32(b, 0x38800000));
  const isLarge = b.binary('le', i32(b, 0x477ff000), magnitude);
  const finite = b.select(isSmall, small, b.select(isLarge, i32(b, 0x7c00), normal));
  const unsigned = b.select(b.binary('eq', value, value), finite, i32(b, 0x7e00));
  return b.binary('or', unsigned, sign);
}
