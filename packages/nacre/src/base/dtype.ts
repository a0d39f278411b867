/** Element types of tensors. float16 and bfloat16 are storage: arithmetic on them is done in float32. */
export type DType = 'float32' | 'float64' | 'float16' | 'bfloat16' | 'int32' | 'uint8' | 'int8' | 'bool';

/** The JavaScript array that holds a dtype's bytes. The two 16-bit floats are read and written as raw bits. */
export type TypedArray = Float32Array | Float64Array | Uint16Array | Int32Array | Uint8Array | Int8Array;

interface DTypeInfo {
  readonly bytes: 1 | 2 | 4 | 8;
  readonly kind: 'float' | 'int' | 'bool';
  /** Position in PyTorch's promotion order within its kind. */
  readonly rank: number;
  readonly array: new (buffer: ArrayBufferLike, byteOffset: number, length: number) => TypedArray;
}

export const dtypes: { readonly [D in DType]: DTypeInfo } = {
  bool: { bytes: 1, kind: 'bool', rank: 0, array: Uint8Array },
  uint8: { bytes: 1, kind: 'int', rank: 1, array: Uint8Array },
  int8: { bytes: 1, kind: 'int', rank: 1, array: Int8Array },
  int32: { bytes: 4, kind: 'int', rank: 3, array: Int32Array },
  float16: { bytes: 2, kind: 'float', rank: 4, array: Uint16Array },
  bfloat16: { bytes: 2, kind: 'float', rank: 4, array: Uint16Array },
  float32: { bytes: 4, kind: 'float', rank: 5, array: Float32Array },
  float64: { bytes: 8, kind: 'float', rank: 6, array: Float64Array },
};

export const isDType = (name: unknown): name is DType =>
  typeof name === 'string' && Object.hasOwn(dtypes, name);
export const isFloat = (dtype: DType): boolean => dtypes[dtype].kind === 'float';
export const byteSize = (dtype: DType, length: number): number => dtypes[dtype].bytes * length;

/** The dtype of `a op b`, as PyTorch promotes two tensors: the higher kind wins, then the wider type. */
export function promote(a: DType, b: DType): DType {
  if (a === b) return a;
  const infoA = dtypes[a];
  const infoB = dtypes[b];
  if (infoA.rank !== infoB.rank) return infoA.rank > infoB.rank ? a : b;
  return infoA.kind === 'float' ? 'float32' : 'int32'; // float16 with bfloat16; uint8 with int8 (PyTorch: int16)
}

const scratch = new DataView(new ArrayBuffer(4));

/** The bfloat16 bits nearest to a number, ties to even. */
export function toBfloat16(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  if (Number.isNaN(value)) return 0x7fc0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

export function fromBfloat16(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/** The float16 (IEEE 754 binary16) bits nearest to a number, ties to even. */
export function toFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  // One unit in the last place: 2^-24 below the normal range, else ten bits below the leading one.
  const exponent = magnitude < 2 ** -14 ? -14 : Math.floor(Math.log2(magnitude));
  const unit = 2 ** ((magnitude < 2 ** exponent ? exponent - 1 : exponent) - 10);
  const scaled = magnitude / unit;
  let rounded = Math.floor(scaled);
  const rest = scaled - rounded;
  if (rest > 0.5 || (rest === 0.5 && rounded % 2 === 1)) rounded++;
  const back = rounded * unit;
  if (back < 2 ** -14) return sign | Math.round(back * 2 ** 24);
  const finalExponent = Math.floor(Math.log2(back));
  return sign | ((finalExponent + 15) << 10) | Math.round((back / 2 ** finalExponent - 1) * 1024);
}

export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** A number as a tensor of this dtype would keep it, as the value that arithmetic sees. */
export function roundTo(dtype: DType, value: number): number {
  switch (dtype) {
    case 'float64':
      return value;
    case 'float32':
      return Math.fround(value);
    case 'float16':
      return fromFloat16(toFloat16(value));
    case 'bfloat16':
      return fromBfloat16(toBfloat16(value));
    case 'int32':
      return value | 0;
    case 'uint8':
      return value & 255;
    case 'int8':
      return (value << 24) >> 24;
    case 'bool':
      return value !== 0 ? 1 : 0; // NaN is true
  }
}
