import type { DType } from '../../base/dtype.ts';

/** For each dtype, the dtypes that promotion always turns into it. */
interface Absorbs {
  bool: never;
  uint8: 'bool';
  int8: 'bool';
  int32: 'bool' | 'uint8' | 'int8';
  float16: 'bool' | 'uint8' | 'int8' | 'int32';
  bfloat16: 'bool' | 'uint8' | 'int8' | 'int32';
  float32: 'bool' | 'uint8' | 'int8' | 'int32' | 'float16' | 'bfloat16';
  float64: 'bool' | 'uint8' | 'int8' | 'int32' | 'float16' | 'bfloat16' | 'float32';
}

/** The dtype of `a op b`: what `promote` of `base/dtype.ts` gives, as a type. */
export type Promote<A extends DType, B extends DType> = A extends unknown
  ? B extends unknown
    ? A extends B
      ? A
      : B extends Absorbs[A]
        ? A
        : A extends Absorbs[B]
          ? B
          : A extends 'uint8' | 'int8'
            ? 'int32'
            : 'float32'
    : never
  : never;

/** `Promote` of any number of dtypes, from the left; for a list of unknown length, of whatever it may hold. */
export type PromoteAll<All extends readonly DType[]> = All extends readonly [
  infer Head extends DType,
  ...infer Tail extends readonly DType[],
]
  ? PromoteFrom<Head, Tail>
  : Promote<All[number], All[number]>;

type PromoteFrom<Out extends DType, All extends readonly DType[]> = All extends readonly [
  infer Head extends DType,
  ...infer Tail extends readonly DType[],
]
  ? PromoteFrom<Promote<Out, Head>, Tail>
  : Out;
