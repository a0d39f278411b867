import type { Product, Quotient } from './arithmetic.ts';
import type { AxisIndex, CheckAxes, NewAxis, RemoveAxes } from './axis.ts';
import type { Dims } from './reduce.ts';
import type { IfUnknownRank, SameSize, Shape, ShapeError, ShowShape, Sizes, UnknownSizes } from './shape.ts';

/**
 * The shape of `reshape(To)`. A -1 becomes the computed size where all the others are known, else `number`; counts
 * of elements that are known to differ are an error.
 */
export type Reshape<S extends Shape, To extends Shape> = IfUnknownRank<
  To,
  Shape,
  CountMissing<To> extends infer Missing
    ? Missing extends []
      ? ReshapeKnown<S, To, Product<S>, Product<To>>
      : Missing extends [1]
        ? ReshapeMissing<S, To, Quotient<Product<S>, Product<ReplaceMissing<To, 1>>>>
        : ShapeError<`reshape: ${ShowShape<S>} to ${ShowShape<To>}: only one size may be -1`>
    : never
>;

type CountMissing<To extends Shape, Out extends 1[] = []> = To extends readonly [
  infer Head extends number,
  ...infer Tail extends Shape,
]
  ? CountMissing<Tail, Head extends -1 ? [...Out, 1] : Out>
  : Out;

type ReplaceMissing<To extends Shape, Size extends number> = {
  -readonly [Axis in keyof To]: To[Axis] extends -1 ? Size : To[Axis];
};

type ReshapeKnown<S extends Shape, To extends Shape, From extends number, Into extends number> = [
  SameSize<From, Into>,
] extends [never]
  ? ShapeError<`reshape: ${ShowShape<S>} to ${ShowShape<To>}: ${From} elements against ${Into}`>
  : Sizes<To>;

type ReshapeMissing<S extends Shape, To extends Shape, Size extends number> = [Size] extends [never]
  ? ShapeError<`reshape: ${ShowShape<S>} to ${ShowShape<To>}: ${Product<S>} elements do not divide by ${Product<ReplaceMissing<To, 1>>}`>
  : ReplaceMissing<To, Size>;

/** The shape of `flatten(Start, End)`: the axes from `Start` to `End`, both included, as one. */
export type Flatten<
  S extends Shape,
  Start extends number = 0,
  End extends number = -1,
  Op extends string = 'flatten',
> = S extends unknown
  ? IfUnknownRank<
      S,
      Shape,
      number extends Start | End
        ? Shape
        : CheckAxes<
            Op,
            S,
            readonly [Start],
            CheckAxes<
              Op,
              S,
              readonly [End],
              S extends readonly [] ? [1] : FlattenRange<Op, S, AxisIndex<S, Start>, AxisIndex<S, End>>
            >
          >
    >
  : never;

/** Walks from the front: `Front` before `First`, then `Run` from `First` up to `Last`. */
type FlattenRange<
  Op extends string,
  S extends Shape,
  First extends number,
  Last extends number,
  Rest extends Shape = S,
  Front extends Shape = [],
  Seen extends unknown[] = [],
> = Rest extends readonly [infer Head extends number, ...infer Tail extends Shape]
  ? Seen['length'] extends First
    ? FlattenRun<Op, S, First, Last, Rest, Front, Seen>
    : Seen['length'] extends Last
      ? ShapeError<`${Op}: axes ${First} to ${Last} of ${ShowShape<S>} run backwards`>
      : FlattenRange<Op, S, First, Last, Tail, [...Front, Head], [...Seen, unknown]>
  : never;

type FlattenRun<
  Op extends string,
  S extends Shape,
  First extends number,
  Last extends number,
  Rest extends Shape,
  Front extends Shape,
  Seen extends unknown[],
  Run extends Shape = [],
> = Rest extends readonly [infer Head extends number, ...infer Tail extends Shape]
  ? Seen['length'] extends Last
    ? [...Front, Product<[...Run, Head]>, ...Tail]
    : FlattenRun<Op, S, First, Last, Tail, Front, [...Seen, unknown], [...Run, Head]>
  : never;

/** The shape of `transpose(A, B)`: two axes change places. */
export type Transpose<S extends Shape, A extends number, B extends number> = S extends unknown
  ? IfUnknownRank<
      S,
      Shape,
      CheckAxes<
        'transpose',
        S,
        readonly [A],
        CheckAxes<
          'transpose',
          S,
          readonly [B],
          number extends A | B ? UnknownSizes<S> : Swap<S, AxisIndex<S, A>, AxisIndex<S, B>>
        >
      >
    >
  : never;

type Swap<S extends Shape, A extends number, B extends number> = {
  -readonly [Axis in keyof S]: Axis extends `${A}` ? S[B] : Axis extends `${B}` ? S[A] : S[Axis];
};

/** The shape of `permute(Order)`: axis i of the result is axis `Order[i]`. */
export type Permute<S extends Shape, Order extends Shape> = S extends unknown
  ? IfUnknownRank<
      S,
      Shape,
      IfUnknownRank<
        Order,
        UnknownSizes<S>,
        Order['length'] extends S['length']
          ? CheckAxes<'permute', S, Order, PickAxes<S, Order>>
          : ShapeError<`permute: ${ShowShape<S>} by ${ShowShape<Order>}: ${Order['length']} axes for ${S['length']} dimensions`>
      >
    >
  : never;

type PickAxes<S extends Shape, Order extends Shape> = {
  -readonly [Axis in keyof Order]: number extends Order[Axis] ? number : S[AxisIndex<S, Order[Axis]>];
};

/**
 * The shape of `squeeze(Axes)`: axes of size 1 go, all of them where no axes are given. Where a size in question is
 * known only at run time, the rank is unknown.
 */
export type Squeeze<S extends Shape, Axes extends Dims = undefined> = S extends unknown
  ? IfUnknownRank<
      S,
      Shape,
      Axes extends null | undefined
        ? number extends S[number]
          ? Shape
          : RemoveAxes<S, OnesAmong<S, AllIndices<S>>>
        : Axes extends number
          ? SqueezeAxes<S, readonly [Axes]>
          : Axes extends Shape
            ? IfUnknownRank<Axes, Shape, SqueezeAxes<S, Axes>>
            : never
    >
  : never;

type SqueezeAxes<S extends Shape, Axes extends Shape> = CheckAxes<
  'squeeze',
  S,
  Axes,
  number extends Axes[number]
    ? Shape
    : S extends readonly []
      ? []
      : number extends S[AxisIndex<S, Axes[number]>]
        ? Shape
        : RemoveAxes<S, OnesAmong<S, AxisIndex<S, Axes[number]>>>
>;

type AllIndices<S extends Shape> = { [Axis in keyof S]: Axis }[number] extends infer Axis
  ? Axis extends `${infer Index extends number}`
    ? Index
    : never
  : never;

type OnesAmong<S extends Shape, Indices extends number> = Indices extends unknown
  ? S[Indices] extends 1
    ? Indices
    : never
  : never;

/** The shape of `unsqueeze(Axis)`: a new axis of size 1, counted in the result. */
export type Unsqueeze<S extends Shape, Axis extends number> = NewAxis<'unsqueeze', S, Axis, 1>;

/** The shape of `expand(To)`: axes of size 1 grow, new ones come in front, -1 keeps a size. */
export type Expand<S extends Shape, To extends Shape> = IfUnknownRank<
  S,
  Shape,
  IfUnknownRank<To, Shape, ExpandFromEnd<S, To, S, To>>
>;

type ExpandFromEnd<
  S extends Shape,
  To extends Shape,
  RestS extends Shape,
  RestTo extends Shape,
  Out extends Shape = [],
> = RestTo extends readonly [...infer FrontTo extends Shape, infer LastTo extends number]
  ? RestS extends readonly [...infer FrontS extends Shape, infer LastS extends number]
    ? [ExpandSize<LastS, LastTo>] extends [never]
      ? ShapeError<`expand: ${ShowShape<S>} to ${ShowShape<To>}: axis -${[...Out, number]['length']}: ${LastS} against ${LastTo}`>
      : ExpandFromEnd<S, To, FrontS, FrontTo, [ExpandSize<LastS, LastTo>, ...Out]>
    : LastTo extends -1
      ? ShapeError<`expand: ${ShowShape<S>} to ${ShowShape<To>}: a new axis needs a size, not -1`>
      : ExpandFromEnd<S, To, RestS, FrontTo, [LastTo, ...Out]>
  : RestS extends readonly []
    ? Out
    : ShapeError<`expand: ${ShowShape<S>} to ${ShowShape<To>}: fewer axes than the tensor has`>;

type ExpandSize<From extends number, To extends number> = To extends -1
  ? From
  : From extends 1
    ? To
    : From & To;
