import type { IfUnknownRank, Shape, ShapeError, ShowShape, UnknownSizes } from './shape.ts';

/**
 * An axis counted as PyTorch counts (-1 is the last), as an index from the front: `never` where it is outside the
 * shape, `number` where it is known only at run time. A shape of rank 0 has the axes 0 and -1, as in PyTorch.
 */
export type AxisIndex<S extends Shape, Axis extends number> = Axis extends unknown
  ? number extends Axis
    ? number
    : S extends readonly []
      ? Axis extends 0 | -1
        ? 0
        : never
      : `${Axis}` extends `-${infer FromEnd extends number}`
        ? IndexFromEnd<S, FromEnd>
        : `${Axis}` extends keyof S
          ? Axis
          : never
  : never;

type IndexFromEnd<
  S extends Shape,
  FromEnd extends number,
  Seen extends unknown[] = [unknown],
> = S extends readonly [...infer Front extends Shape, number]
  ? Seen['length'] extends FromEnd
    ? Front['length']
    : IndexFromEnd<Front, FromEnd, [...Seen, unknown]>
  : never;

/** The error for an axis that is outside a shape. */
export type AxisError<Op extends string, S extends Shape, Axis extends number> = S extends readonly [
  number,
  ...infer Tail extends Shape,
]
  ? ShapeError<`${Op}: axis ${Axis} is outside ${ShowShape<S>} of ${S['length']} dimensions (allowed: -${S['length']} to ${Tail['length']})`>
  : ShapeError<`${Op}: axis ${Axis} is outside [] of 0 dimensions (allowed: -1 to 0)`>;

/** `Then` where every axis of the tuple is inside the shape and none is named twice, else the error. */
export type CheckAxes<
  Op extends string,
  S extends Shape,
  Axes extends Shape,
  Then,
  Seen extends number = never,
> = Axes extends readonly [infer Head extends number, ...infer Tail extends Shape]
  ? [AxisIndex<S, Head>] extends [never]
    ? AxisError<Op, S, Head>
    : number extends Head
      ? CheckAxes<Op, S, Tail, Then, Seen>
      : AxisIndex<S, Head> extends Seen
        ? ShapeError<`${Op}: axis ${Head} of ${ShowShape<S>} is named twice`>
        : CheckAxes<Op, S, Tail, Then, Seen | AxisIndex<S, Head>>
  : Then;

/** The shape without the axes of these indices. */
export type RemoveAxes<
  S extends Shape,
  Indices extends number,
  Seen extends unknown[] = [],
  Out extends Shape = [],
> = S extends readonly [infer Head extends number, ...infer Tail extends Shape]
  ? RemoveAxes<Tail, Indices, [...Seen, unknown], Seen['length'] extends Indices ? Out : [...Out, Head]>
  : Out;

/** The shape with the axes of these indices set to one size. */
export type ReplaceAxes<S extends Shape, Indices extends number, Size extends number> = {
  -readonly [Axis in keyof S]: Axis extends `${Indices}` ? Size : S[Axis];
};

/** The shape with a new axis before the one of this index; an index equal to the rank appends. */
export type InsertAxis<
  S extends Shape,
  Index extends number,
  Size extends number,
  Front extends Shape = [],
> = Front['length'] extends Index
  ? [...Front, Size, ...S]
  : S extends readonly [infer Head extends number, ...infer Tail extends Shape]
    ? InsertAxis<Tail, Index, Size, [...Front, Head]>
    : never;

/**
 * The shape with a new axis of `Size` whose place `Axis` is counted in the result, as for unsqueeze and stack.
 */
export type NewAxis<
  Op extends string,
  S extends Shape,
  Axis extends number,
  Size extends number,
> = S extends unknown
  ? IfUnknownRank<
      S,
      Shape,
      number extends Axis
        ? UnknownSizes<[...S, Size]>
        : [AxisIndex<[...S, Size], Axis>] extends [never]
          ? ShapeError<`${Op}: ${ShowShape<S>} has no place for a new axis ${Axis} (allowed: -${[...S, Size]['length']} to ${S['length']})`>
          : InsertAxis<S, AxisIndex<[...S, Size], Axis>, Size>
    >
  : never;

/** The shape of an op that works along one axis and keeps every size: softmax, cumsum, flip, sort. */
export type AlongAxis<Op extends string, S extends Shape, Axis extends number> = S extends unknown
  ? IfUnknownRank<S, Shape, CheckAxes<Op, S, readonly [Axis], S>>
  : never;

/** The shape of an op that changes the size of one axis: narrow, indexSelect, topk, a slice. */
export type ResizeAxis<
  Op extends string,
  S extends Shape,
  Axis extends number,
  Size extends number,
> = S extends unknown
  ? IfUnknownRank<
      S,
      Shape,
      S extends readonly []
        ? ShapeError<`${Op}: [] has no axis ${Axis}`>
        : CheckAxes<
            Op,
            S,
            readonly [Axis],
            number extends Axis ? UnknownSizes<S> : ReplaceAxes<S, AxisIndex<S, Axis>, Size>
          >
    >
  : never;
