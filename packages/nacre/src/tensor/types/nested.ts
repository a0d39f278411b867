import type { Shape, ShapeError } from './shape.ts';

/** Numbers in arrays of arrays, as `tensor` takes them and `tolist` gives them. */
export type NestedNumbers = number | readonly NestedNumbers[];

/**
 * The shape of nested arrays: known sizes for literals (`as const`, or a `const` type parameter), `number` for each
 * level of plain arrays. Rows of different lengths are an error; from eight levels on the shape is unknown.
 */
export type ShapeOfNested<T> = NestedNumbers extends T ? Shape : Levels<T>;

/**
 * One level of arrays at a time. `T` is the union of all arrays of a level, so that a length which is not one number
 * shows rows that differ, wherever they are; `Out` holds the sizes of the levels outside.
 */
type Levels<T, Out extends Shape = []> = Out['length'] extends 8
  ? Shape
  : [T] extends [number]
    ? Out
    : [T] extends [readonly unknown[]]
      ? number extends T['length']
        ? Levels<T[number], [...Out, number]>
        : IsUnion<T['length']> extends true
          ? Ragged
          : T['length'] extends 0
            ? [...Out, 0]
            : Levels<T[number], [...Out, T['length']]>
      : Out extends readonly []
        ? Shape
        : number extends Out[number]
          ? Shape
          : Ragged;

type Ragged = ShapeError<'tensor: the rows of a nested array must have equal lengths'>;

type IsUnion<T, All = T> = T extends unknown ? ([All] extends [T] ? false : true) : never;
