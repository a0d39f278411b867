import type { BinaryOp, UnaryOp } from '../../ir/expr.ts';

/** Opcodes of the core specification, by IR operation and type. SIMD ones take the prefix 0xfd. */

export const scalarBinary: { readonly [T in 'f32' | 'f64' | 'i32']: { readonly [O in BinaryOp]?: number } } =
  {
    f32: {
      add: 0x92,
      sub: 0x93,
      mul: 0x94,
      div: 0x95,
      min: 0x96,
      max: 0x97,
      copysign: 0x98,
      eq: 0x5b,
      ne: 0x5c,
      lt: 0x5d,
      le: 0x5f,
    },
    f64: {
      add: 0xa0,
      sub: 0xa1,
      mul: 0xa2,
      div: 0xa3,
      min: 0xa4,
      max: 0xa5,
      copysign: 0xa6,
      eq: 0x61,
      ne: 0x62,
      lt: 0x63,
      le: 0x65,
    },
    i32: {
      add: 0x6a,
      sub: 0x6b,
      mul: 0x6c,
      divS: 0x6d,
      remS: 0x6f,
      and: 0x71,
      or: 0x72,
      xor: 0x73,
      shl: 0x74,
      shrS: 0x75,
      shrU: 0x76,
      eq: 0x46,
      ne: 0x47,
      lt: 0x48,
      le: 0x4c,
    },
  };

export const scalarUnary: { readonly [T in 'f32' | 'f64']: { readonly [O in UnaryOp]?: number } } = {
  f32: { abs: 0x8b, neg: 0x8c, ceil: 0x8d, floor: 0x8e, trunc: 0x8f, nearest: 0x90, sqrt: 0x91 },
  f64: { abs: 0x99, neg: 0x9a, ceil: 0x9b, floor: 0x9c, trunc: 0x9d, nearest: 0x9e, sqrt: 0x9f },
};

export const vectorBinary: { readonly [T in 'f32' | 'i32' | 'bool']: { readonly [O in BinaryOp]?: number } } =
  {
    f32: {
      add: 0xe4,
      sub: 0xe5,
      mul: 0xe6,
      div: 0xe7,
      min: 0xe8,
      max: 0xe9,
      pmax: 0xeb,
      eq: 0x41,
      ne: 0x42,
      lt: 0x43,
      le: 0x45,
    },
    i32: {
      add: 0xae,
      sub: 0xb1,
      mul: 0xb5,
      min: 0xb6,
      max: 0xb8,
      pmax: 0xb8,
      and: 0x4e,
      or: 0x50,
      xor: 0x51,
      eq: 0x37,
      ne: 0x38,
      lt: 0x39,
      le: 0x3d,
    },
    bool: { and: 0x4e, or: 0x50, xor: 0x51, ne: 0x51, min: 0x4e, max: 0x50 },
  };

export const vectorUnary: { readonly [T in 'f32' | 'i32']: { readonly [O in UnaryOp]?: number } } = {
  f32: { abs: 0xe0, neg: 0xe1, sqrt: 0xe3, ceil: 0x67, floor: 0x68, trunc: 0x69, nearest: 0x6a },
  i32: { abs: 0xa0, neg: 0xa1 },
};

export const vectorShift: { readonly [O in BinaryOp]?: number } = { shl: 0xab, shrS: 0xac, shrU: 0xad };

/** Further instructions used by name. */
export const simd = {
  load: 0x00,
  load32Splat: 0x09,
  store: 0x0b,
  const: 0x0c,
  shuffle: 0x0d,
  splatI32: 0x11,
  splatF32: 0x13,
  extractI32: 0x1b,
  replaceI32: 0x1c,
  extractF32: 0x1f,
  replaceF32: 0x20,
  not: 0x4d,
  and: 0x4e,
  or: 0x50,
  bitselect: 0x52,
  store32Lane: 0x5a,
  store64Lane: 0x5b,
  load32Zero: 0x5c,
  load64Zero: 0x5d,
  extend8To16S: 0x87,
  extend8To16U: 0x89,
  extend16To32U: 0xa9,
  extend16To32S: 0xa7,
  neI32: 0x38,
  neF32: 0x42,
  truncI32: 0xf8,
  convertF32: 0xfa,
} as const;
