import type { AxisIndex, CheckAxes, RemoveAxes, ReplaceAxes } from './axis.ts';
import type { IfUnknownRank, Shape, UnknownSizes } from './shape.ts';

/** The axes a reduction takes: one, a list of them, or none given, which means all. */
export type Dims = number | Shape | null | undefined;

/**
 * The shape after a reduction (sum, mean, amax, argmax, …) over `Axes`. Reduced axes go, or stay as 1 with
 * `Keepdim`; where `Keepdim` or the number of axes is known only at run time, the rank is unknown.
 */
export type Reduce<
  Op extends string,
  S extends Shape,
  Axes extends Dims = undefined,
  Keepdim extends boolean | undefined = false,
> = S extends unknown
  ? IfUnknownRank<
      S,
      Shape,
      Axes extends null | undefined
        ? Kept<Keepdim, ReplaceAxes<S, number, 1>, []>
        : Axes extends number
          ? ReduceAxes<Op, S, readonly [Axes], Keepdim>
          : Axes extends Shape
            ? IfUnknownRank<Axes, Kept<Keepdim, UnknownSizes<S>, Shape>, ReduceAxes<Op, S, Axes, Keepdim>>
            : never
    >
  : never;

type Kept<Keepdim extends boolean | undefined, Yes, No> = boolean extends Keepdim
  ? Shape
  : Keepdim extends true
    ? Yes
    : No;

type ReduceAxes<
  Op extends string,
  S extends Shape,
  Axes extends Shape,
  Keepdim extends boolean | undefined,
> = CheckAxes<
  Op,
  S,
  Axes,
  number extends Axes[number]
    ? Kept<Keepdim, UnknownSizes<S>, UnknownSizes<DropFirst<S, Axes>>>
    : Kept<Keepdim, ReplaceAxes<S, AxisIndex<S, Axes[number]>, 1>, RemoveAxes<S, AxisIndex<S, Axes[number]>>>
>;

/** As many axes fewer as `Axes` names; which ones does not matter where no size is known. */
type DropFirst<S extends Shape, Axes extends Shape> = Axes extends readonly [
  number,
  ...infer MoreAxes extends Shape,
]
  ? S extends readonly [number, ...infer Tail extends Shape]
    ? DropFirst<Tail, MoreAxes>
    : S
  : S;
