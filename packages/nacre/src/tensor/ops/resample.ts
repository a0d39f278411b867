import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { resolveAxis, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import {
  add,
  apply,
  cast,
  constant,
  expand,
  mul,
  permute,
  plus,
  reshape,
  sub,
  times,
} from '../primitives/apply.ts';
import { clamp, floor, maximum, toFloat } from './elementwise.ts';
import { concat, flip, narrow, pad } from './movement.ts';
import { putBack, type Sliding, slide, spatial } from './sliding.ts';
import { adaptiveAvgPool, type PerAxis, perAxis, windowsAlong, withBatch } from './window.ts';

// ---- other sizes ----

export interface InterpolateOptions {
  /** Lengths of the result along the spatial axes, or … */
  size?: PerAxis | null;
  /** … by how much they grow. */
  scaleFactor?: PerAxis | null;
  /** Default: 'nearest'. */
  mode?: 'nearest' | 'nearest-exact' | 'linear' | 'bilinear' | 'bicubic' | 'trilinear' | 'area';
  /** Whether the centres of the first and the last element stay where they are; linear and cubic modes only. Default: no. */
  alignCorners?: boolean | null;
}

export const unfoldOptions = ['stride', 'padding', 'dilation'];
export const interpolateOptions = ['size', 'scaleFactor', 'mode', 'alignCorners'];

/** How many spatial axes a mode is for; 0 for any number. */
const ranks: Readonly<Record<NonNullable<InterpolateOptions['mode']>, number>> = {
  nearest: 0,
  'nearest-exact': 0,
  area: 0,
  linear: 1,
  bilinear: 2,
  bicubic: 2,
  trilinear: 3,
};

/** [N, C, …] with other spatial lengths. Elements are read where they lie: work grows as the result does. */
export function interpolate(op: string, x: Node, options: InterpolateOptions): Node {
  const { size = null, scaleFactor = null, mode = 'nearest', alignCorners = null } = options;
  optionsOf(op, options, interpolateOptions);
  const rank = x.shape.length - 2;
  if (!(mode in ranks) || rank < 1 || (ranks[mode] && ranks[mode] !== rank)) {
    throw new ArgumentError(
      `there is no mode '${mode}' for ${showShape(x.shape)}, which has ${Math.max(0, rank)} axes beside batch and channels`,
      { op, shapes: [x.shape], hint: `Known: ${Object.keys(ranks).join(', ')}` },
    );
  }
  if ((size === null) === (scaleFactor === null))
    throw new ArgumentError('give either size or scaleFactor', { op });
  if (alignCorners !== null && (mode.startsWith('nearest') || mode === 'area')) {
    throw new ArgumentError(`alignCorners is not for the mode '${mode}'`, { op });
  }
  const factors = typeof scaleFactor === 'number' ? new Array<number>(rank).fill(scaleFactor) : scaleFactor;
  const lengths = x.shape.slice(2);
  const wanted = perAxis(
    op,
    factors ? 'the size that scaleFactor gives' : 'size',
    factors ? factors.map((factor, i) => Math.floor(lengths[i] * factor)) : (size as PerAxis),
    rank,
    1,
  );
  const value = toFloat(x);
  if (mode === 'area') return adaptiveAvgPool(op, value, wanted, rank);
  return wanted.reduce((current, length, i) => {
    const step = factors ? 1 / factors[i] : lengths[i] / length;
    if (mode === 'nearest') return nearest(current, 2 + i, length, step, 0);
    if (mode === 'nearest-exact') return nearest(current, 2 + i, length, step, 0.5);
    const corners = length > 1 ? (lengths[i] - 1) / (length - 1) : 0;
    return alignCorners
      ? blend(current, 2 + i, length, corners, 0, mode === 'bicubic')
      : blend(current, 2 + i, length, step, 0.5, mode === 'bicubic');
  }, value);
}

const iota = (length: number, dtype: Node['dtype']): Node =>
  apply('iota', [], { shape: [length], axis: 0, dtype });

/** A list of numbers for the places of one axis, beside x. */
const alongAxis = (list: Node, x: Node, axis: number): Node =>
  reshape(list, [...list.shape, ...x.shape.slice(axis + 1).map(() => 1)]);

/** Elements of an axis at places cut to it. */
function take(x: Node, axis: number, places: Node): Node {
  const inside = cast(clamp(places, 0, x.shape[axis] - 1), 'int32');
  const shape = x.shape.map((length, i) => (i === axis ? places.shape[0] : length));
  return apply('gather', [x, expand(alongAxis(inside, x, axis), shape)], { axis });
}

function nearest(x: Node, axis: number, length: number, step: number, shift: number): Node {
  const repeats = length / x.shape[axis];
  if (Number.isInteger(repeats) && step * repeats === 1) {
    // Each element several times: a view.
    const split = [...x.shape.slice(0, axis + 1), 1, ...x.shape.slice(axis + 1)];
    const repeated = split.map((extent, i) => (i === axis + 1 ? repeats : extent));
    return reshape(
      expand(reshape(x, split), repeated),
      x.shape.map((extent, i) => (i === axis ? length : extent)),
    );
  }
  const places = iota(length, placeDType(x));
  return take(x, axis, floor(times(shift ? plus(places, shift) : places, step)));
}

/** Places are computed as PyTorch computes them, in float32 but for float64. */
const placeDType = (x: Node): 'float32' | 'float64' => (x.dtype === 'float64' ? 'float64' : 'float32');

/** Weighted sums of the two (or, by Keys' cubic with a = -0.75, the four) elements around (place + shift)·step - shift. */
function blend(x: Node, axis: number, length: number, step: number, shift: number, isCubic: boolean): Node {
  const exact = plus(times(plus(iota(length, placeDType(x)), shift), step), -shift);
  const at = isCubic ? exact : maximum(exact, 0);
  const first = floor(at);
  const t = sub(at, first);
  const weights = isCubic
    ? [outerCubic(t), innerCubic(t), innerCubic(plus(times(t, -1), 1)), outerCubic(plus(times(t, -1), 1))]
    : [plus(times(t, -1), 1), t];
  return weights
    .map((weight, k) =>
      mul(take(x, axis, plus(first, k - Number(isCubic))), alongAxis(cast(weight, x.dtype), x, axis)),
    )
    .reduce(add);
}

const cubic = -0.75;
/** A polynomial by Horner's rule, the highest coefficient first. */
const polynomial = (t: Node, coefficients: readonly number[]): Node =>
  coefficients.slice(1).reduce((value, c) => plus(mul(value, t), c), constant(coefficients[0], t.dtype));
/** Weight of an element at the distance t, 0 to 1. */
const innerCubic = (t: Node): Node => polynomial(t, [cubic + 2, -(cubic + 3), 0, 1]);
/** Weight of an element at the distance 1 + t. */
const outerCubic = (t: Node): Node => polynomial(t, [cubic, -2 * cubic, cubic, 0]);

/** [..., C·r², H, W] as [..., C, H·r, W·r] (Shi et al., 2016), and back. */
export function pixelShuffle(op: string, x: Node, factor: number, isInverse: boolean): Node {
  const r = factor;
  const front = x.shape.slice(0, -3);
  const [channels, height, width] = x.shape.slice(-3);
  const fits = isInverse ? height % r === 0 && width % r === 0 : channels % (r * r) === 0;
  if (x.shape.length < 3 || !Number.isInteger(r) || r < 1 || !fits) {
    throw new ShapeMismatchError(
      isInverse
        ? `height and width of ${showShape(x.shape)} must be multiples of ${r}`
        : `the channels of ${showShape(x.shape)} must be a multiple of ${r}²`,
      { op, shapes: [x.shape] },
    );
  }
  const split = isInverse ? [channels, height / r, r, width / r, r] : [channels / r / r, r, r, height, width];
  const order = isInverse ? [0, 2, 4, 1, 3] : [0, 3, 1, 4, 2];
  const joined = isInverse
    ? [channels * r * r, height / r, width / r]
    : [channels / r / r, height * r, width * r];
  const moved = permute(reshape(x, [...front, ...split]), [
    ...front.map((_, axis) => axis),
    ...order.map((axis) => front.length + axis),
  ]);
  return reshape(moved, [...front, ...joined]);
}

// ---- windows as columns ----

export interface UnfoldOptions {
  dilation?: PerAxis;
  padding?: PerAxis;
  stride?: PerAxis;
}

interface Columns {
  readonly sliding: Sliding;
  readonly before: number[];
  readonly windows: number[];
}

function columnsOf(
  op: string,
  lengths: readonly number[],
  kernelSize: PerAxis,
  options: UnfoldOptions,
): Columns {
  optionsOf(op, options, unfoldOptions);
  const rank = lengths.length;
  const sizes = perAxis(op, 'kernelSize', kernelSize, rank, 1);
  const strides = perAxis(op, 'stride', options.stride ?? 1, rank, 1);
  const dilations = perAxis(op, 'dilation', options.dilation ?? 1, rank, 1);
  const before = perAxis(op, 'padding', options.padding ?? 0, rank, 0);
  const sliding = { sizes, strides, dilations };
  return { sliding, before, windows: windowsAlong(op, lengths, sliding, before) };
}

/** What a kernel sees at each place, as columns: [N, C, H, W] gives [N, C·KH·KW, places]. */
export const unfold = (op: string, input: Node, kernelSize: PerAxis, options: UnfoldOptions = {}): Node =>
  withBatch(input, 2, op, (x) => {
    const { sliding, before, windows } = columnsOf(op, x.shape.slice(2), kernelSize, options);
    const seen = permute(slide(x, sliding, before, windows), [0, 1, 4, 5, 2, 3]);
    return reshape(seen, [x.shape[0], x.shape[1] * sizeOf(sliding.sizes), sizeOf(windows)]);
  });

/** The transpose of `unfold`: columns [N, C·KH·KW, places] added up at their places of [N, C, H, W]. */
export const fold = (
  op: string,
  input: Node,
  outputSize: PerAxis,
  kernelSize: PerAxis,
  options: UnfoldOptions = {},
): Node =>
  withBatch(input, 1, op, (x) => {
    const lengths = perAxis(op, 'outputSize', outputSize, 2, 1);
    const { sliding, before, windows } = columnsOf(op, lengths, kernelSize, options);
    const [batch, rows, places] = x.shape;
    const channels = rows / sizeOf(sliding.sizes);
    if (!Number.isInteger(channels) || places !== sizeOf(windows)) {
      throw new ShapeMismatchError(
        `input: ${showShape(x.shape)}, expected a multiple of ${sizeOf(sliding.sizes)} rows and ${sizeOf(windows)} columns for the output ${showShape(lengths)}`,
        { op, shapes: [x.shape] },
      );
    }
    const split = reshape(x, [batch, channels, ...sliding.sizes, ...windows]);
    return putBack(split, sliding, before, windows, lengths);
  });

/** Pieces of `size` elements of an axis, each `step` after the other, along a new last axis. */
export function unfoldAxis(x: Node, dim: number, size: number, step: number): Node {
  const op = 'unfold';
  const axis = resolveAxis(op, dim, x.shape.length);
  if (
    !Number.isInteger(size) ||
    size < 1 ||
    !Number.isInteger(step) ||
    step < 1 ||
    size > (x.shape[axis] ?? 1)
  ) {
    throw new ArgumentError(
      `pieces of ${size} elements, ${step} apart, do not fit into axis ${axis} of ${showShape(x.shape)}`,
      { op, shapes: [x.shape] },
    );
  }
  const windows = [Math.floor((x.shape[axis] - size) / step) + 1];
  return slide(x, { sizes: [size], strides: [step], dilations: [1] }, [0], windows, 0, [axis]);
}

// ---- edges ----

export type PadMode = 'constant' | 'reflect' | 'replicate' | 'circular';

/** What stands on one side of an axis, `amount` elements of it. */
const edges: Readonly<
  Record<Exclude<PadMode, 'constant'>, (x: Node, axis: number, amount: number, isAfter: boolean) => Node>
> = {
  reflect: (x, axis, amount, isAfter) =>
    flip(narrow(x, axis, isAfter ? x.shape[axis] - 1 - amount : 1, amount), axis),
  replicate: (x, axis, amount, isAfter) =>
    expand(
      narrow(x, axis, isAfter ? x.shape[axis] - 1 : 0, 1),
      x.shape.map((length, i) => (i === axis ? amount : length)),
    ),
  circular: (x, axis, amount, isAfter) => narrow(x, axis, isAfter ? 0 : x.shape[axis] - amount, amount),
};

/** Elements put around axes, the last axis first: a value, or the tensor's own, mirrored, repeated or from the other end. */
export function padBy(op: string, x: Node, padding: readonly number[], mode: PadMode, value?: number): Node {
  if (mode === 'constant') return pad(x, padding, value);
  const rank = x.shape.length;
  if (padding.length % 2 || padding.length > 2 * rank) {
    throw new ArgumentError(
      `padding has two numbers for each axis, got ${padding.length} for ${rank} dimensions`,
      { op, shapes: [x.shape] },
    );
  }
  return spatial(padding.length / 2).reduce((current, i) => {
    const axis = rank - 1 - i;
    const length = x.shape[axis];
    const most =
      mode === 'reflect' ? length - 1 : mode === 'circular' ? length : length && Number.POSITIVE_INFINITY;
    const part = (isAfter: boolean): Node[] => {
      const amount = padding[2 * i + Number(isAfter)];
      if (!Number.isInteger(amount) || amount < 0 || amount > most) {
        throw new ArgumentError(
          `'${mode}' cannot put ${amount} elements beside the ${length} of axis ${axis} of ${showShape(x.shape)}`,
          { op, shapes: [x.shape] },
        );
      }
      return amount ? [edges[mode](current, axis, amount, isAfter)] : [];
    };
    const parts = [...part(false), current, ...part(true)];
    return parts.length > 1 ? concat(parts, axis) : current;
  }, x);
}
