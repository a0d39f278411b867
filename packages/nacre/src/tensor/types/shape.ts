import type { Shape } from '../../base/shape.ts';

export type { Shape };

declare const shapesDoNotFit: unique symbol;

/**
 * What a type-level shape rule gives where shapes do not fit; `Text` names the op and the shapes. No value
 * has this type, so an argument that is asked to have it is a compile error that quotes `Text`.
 */
export interface ShapeError<Text extends string> {
  readonly [shapesDoNotFit]: Text;
}

/** What a rule gives: a shape, or the reason why there is none. */
export type ShapeOrError = Shape | ShapeError<string>;

/**
 * Intersected with the type of an argument, this refuses the argument where the rule's result `R` is an
 * error (`other: Tensor<B> & Fits<Broadcast<'add', A, B>>`), and changes nothing otherwise. The error is built anew, so
 * that editors show its text and not the name of a type.
 */
export type Fits<R> = R extends ShapeError<infer Text> ? ShapeError<Text> : unknown;

/** The shape an op's result has: `R`, or an unknown rank after an error, so that one mistake gives one message. */
export type Result<R> = R extends Shape ? R : Shape;

/** The shape of a tensor that holds one number. */
export type ItemShape = [];

/** `Yes` where the rank of `S` is unknown (`readonly number[]`, `[...number[], 10]`), else `No`. */
export type IfUnknownRank<S extends Shape, Yes, No> = number extends S['length'] ? Yes : No;

/** A shape as an argument gives it, as a tensor's type keeps it: a plain tuple, or `Shape` where the rank is unknown. */
export type Sizes<S extends Shape> = IfUnknownRank<S, Shape, { -readonly [Axis in keyof S]: S[Axis] }>;

/** A shape of the same rank whose sizes are known only at run time. */
export type UnknownSizes<S extends Shape> = { -readonly [Axis in keyof S]: number };

/** A size as messages show it: `?` where only run time knows it. */
export type ShowSize<Size extends number> = number extends Size ? '?' : `${Size}`;

/** A shape as messages show it: `[32, 784]`, `[?, 10]`; `[...]` or `[..., 10]` where the rank is unknown. */
export type ShowShape<S extends Shape> = IfUnknownRank<S, `[...${ShowLast<S>}]`, `[${ShowSizes<S>}]`>;

type ShowLast<S extends Shape, Out extends string = ''> = S extends readonly [
  ...infer Front extends Shape,
  infer Last extends number,
]
  ? ShowLast<Front, `, ${ShowSize<Last>}${Out}`>
  : Out;

type ShowSizes<S extends Shape, Out extends string = ''> = S extends readonly [
  infer Head extends number,
  ...infer Tail extends Shape,
]
  ? ShowSizes<Tail, Out extends '' ? ShowSize<Head> : `${Out}, ${ShowSize<Head>}`>
  : Out;

/** The size two equal axes share, the known one where the other is `number`; `never` where they differ. */
export type SameSize<A extends number, B extends number> = A & B;

/**
 * The sizes two equal shapes share, or `never` where ranks or sizes differ; neither rank may be unknown.
 */
export type SameShape<A extends Shape, B extends Shape, Out extends Shape = []> = A extends readonly [
  infer HeadA extends number,
  ...infer TailA extends Shape,
]
  ? B extends readonly [infer HeadB extends number, ...infer TailB extends Shape]
    ? [SameSize<HeadA, HeadB>] extends [never]
      ? never
      : SameShape<TailA, TailB, [...Out, SameSize<HeadA, HeadB>]>
    : never
  : B extends readonly []
    ? Out
    : never;
