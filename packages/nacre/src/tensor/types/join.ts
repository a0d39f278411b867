import type { Sum } from './arithmetic.ts';
import type { AxisIndex, CheckAxes, NewAxis, ReplaceAxes } from './axis.ts';
import type {
  IfUnknownRank,
  SameSize,
  Shape,
  ShapeError,
  ShowShape,
  ShowSize,
  UnknownSizes,
} from './shape.ts';

/**
 * The shape of tensors joined along `Axis`: sizes there add, all others must be equal. In a list of unknown length
 * (`Tensor<[2, 3]>[]`) the joined size is `number`.
 */
export type Concat<Shapes extends readonly Shape[], Axis extends number = 0> = number extends Shapes['length']
  ? ConcatList<Shapes[number], Axis>
  : Shapes extends readonly [infer Head extends Shape, ...infer Tail extends readonly Shape[]]
    ? IfUnknownRank<
        Head,
        Shape,
        Head extends readonly []
          ? ShapeError<'concat: tensors need at least one dimension; stack joins single numbers'>
          : CheckAxes<
              'concat',
              Head,
              readonly [Axis],
              Fold<'concat', Head, Tail, AxisIndex<Head, Axis>, Head>
            >
      >
    : ShapeError<'concat: needs at least one tensor'>;

type ConcatList<S extends Shape, Axis extends number> = S extends unknown
  ? IfUnknownRank<
      S,
      Shape,
      CheckAxes<
        'concat',
        S,
        readonly [Axis],
        number extends Axis ? UnknownSizes<S> : ReplaceAxes<S, AxisIndex<S, Axis>, number>
      >
    >
  : never;

/** Joins one shape after the other to `Out`; `First` is what messages show. `Index` is never where no axis grows. */
type Fold<
  Op extends string,
  First extends Shape,
  Shapes extends readonly Shape[],
  Index extends number,
  Out,
> = Out extends Shape
  ? Shapes extends readonly [infer Head extends Shape, ...infer Tail extends readonly Shape[]]
    ? IfUnknownRank<
        Head,
        Shape,
        Head['length'] extends First['length']
          ? Fold<Op, First, Tail, Index, Join<Op, First, Head, Index, Out, Head>>
          : ShapeError<`${Op}: ${ShowShape<First>} with ${ShowShape<Head>}: ${First['length']} dimensions against ${Head['length']}`>
      >
    : Out
  : Out;

type Join<
  Op extends string,
  First extends Shape,
  Next extends Shape,
  Index extends number,
  A extends Shape,
  B extends Shape,
  Out extends Shape = [],
> = A extends readonly [infer HeadA extends number, ...infer TailA extends Shape]
  ? B extends readonly [infer HeadB extends number, ...infer TailB extends Shape]
    ? number extends Index
      ? UnknownSizes<First>
      : Out['length'] extends Index
        ? Join<Op, First, Next, Index, TailA, TailB, [...Out, Sum<HeadA, HeadB>]>
        : [SameSize<HeadA, HeadB>] extends [never]
          ? ShapeError<`${Op}: ${ShowShape<First>} with ${ShowShape<Next>}: axis ${Out['length']}: ${ShowSize<HeadA>} against ${ShowSize<HeadB>}`>
          : Join<Op, First, Next, Index, TailA, TailB, [...Out, SameSize<HeadA, HeadB>]>
    : never
  : Out;

/** The shape of equal shapes stacked along a new axis, counted in the result. */
export type Stack<Shapes extends readonly Shape[], Axis extends number = 0> = number extends Shapes['length']
  ? NewAxis<'stack', Shapes[number], Axis, number>
  : Shapes extends readonly [infer Head extends Shape, ...infer Tail extends readonly Shape[]]
    ? IfUnknownRank<
        Head,
        Shape,
        Fold<'stack', Head, Tail, never, Head> extends infer Each
          ? Each extends Shape
            ? NewAxis<'stack', Each, Axis, Shapes['length']>
            : Each
          : never
      >
    : ShapeError<'stack: needs at least one tensor'>;
