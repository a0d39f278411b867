import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import type { Shape } from '../../base/shape.ts';
import { sameShape, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import {
  add,
  apply,
  cast,
  constant,
  div,
  expand,
  permute,
  reshape,
  sub,
  sum,
  where,
} from '../primitives/apply.ts';
import { convolve, convolveBack, multiplied } from './convolve.ts';
import { detach, toFloat, together } from './elementwise.ts';
import { gather, scatterAdd } from './index-by.ts';
import { matmul } from './products.ts';
import { argmax } from './reduce.ts';
import { type Sliding, slide, spatial } from './sliding.ts';

/** One number for all spatial axes, or one for each. */
export type PerAxis = number | readonly number[];

export interface ConvolutionOptions {
  /** Default 1. */
  stride?: PerAxis;
  /** Zeros on both sides of each axis; `same` keeps the lengths (stride 1 only). Default 0. */
  padding?: PerAxis | 'same' | 'valid';
  /** Distance between the elements of the kernel. Default 1. */
  dilation?: PerAxis;
  /** Parts the channels are split into, each convolved by itself. Default 1. */
  groups?: number;
}

/** What all pooling has. */
export interface PoolOptions {
  /** Default: the kernel size. */
  stride?: PerAxis;
  /** On both sides; at most half the kernel. Default 0. */
  padding?: PerAxis;
  /** Whether the last window may reach beyond the end. Default: no. */
  ceilMode?: boolean;
}

export interface IndicesOption<R extends boolean> {
  /** Whether to give the places of the elements too, as int32, counted through the spatial axes. Default: no. */
  returnIndices?: R;
}

export interface MaxPoolOptions<R extends boolean = boolean> extends PoolOptions, IndicesOption<R> {
  /** Distance between the elements of a window. Default 1. */
  dilation?: PerAxis;
}

export interface AvgPoolOptions extends PoolOptions {
  /** Whether padding counts as elements. Default: yes. */
  countIncludePad?: boolean;
  /** What the sum of a window is divided by. Default: the number of its elements. */
  divisorOverride?: number | null;
}

/** Names of the options of functions and layers. */
export const convolutionOptions = ['stride', 'padding', 'dilation', 'groups'];
export const transposedOptions = [...convolutionOptions, 'outputPadding'];
export const unpoolOptions = ['stride', 'padding', 'outputSize'];
export const adaptiveMaxPoolOptions = ['returnIndices'];
export const maxPoolOptions = ['stride', 'padding', 'dilation', 'ceilMode', 'returnIndices'];
export const avgPoolOptions = ['stride', 'padding', 'ceilMode', 'countIncludePad', 'divisorOverride'];

/** Into how many parts an axis is divided; null leaves it as it is. */
export type PartsPerAxis = PerAxis | null | readonly (number | null)[];

/** The same with the lengths of the axes that stay as they are. */
export function partsOf(
  op: string,
  lengths: readonly number[],
  outputSize: PartsPerAxis,
  rank: number,
): number[] {
  if (outputSize === null) return [...lengths];
  const filled =
    typeof outputSize === 'number' ? outputSize : outputSize.map((size, i) => size ?? lengths[i]);
  return perAxis(op, 'outputSize', filled, rank, 1);
}

export interface UnpoolOptions {
  /** Default: the kernel size. */
  stride?: PerAxis;
  /** Of the pooling that is undone. Default 0. */
  padding?: PerAxis;
  /** Lengths of the result, where the stride leaves a choice. Default: (L - 1)·stride - 2·padding + K. */
  outputSize?: readonly number[] | null;
}

export const perAxis = (op: string, name: string, value: PerAxis, rank: number, least: number): number[] => {
  const list = typeof value === 'number' ? new Array<number>(rank).fill(value) : [...value];
  if (list.length !== rank || list.some((number) => !Number.isInteger(number) || number < least)) {
    throw new ArgumentError(
      `${name} is an integer of ${least} or more, or ${rank} of them, got ${JSON.stringify(value)}`,
      { op },
    );
  }
  return list;
};

/** How many windows fit along each axis; with `ceilMode` the last one may reach beyond the end. Throws where none does. */
export function windowsAlong(
  op: string,
  lengths: readonly number[],
  { sizes, strides, dilations }: Sliding,
  before: readonly number[],
  after = before,
  ceilMode = false,
): number[] {
  const windows = lengths.map((length, i) => {
    const span = length + before[i] + after[i] - dilations[i] * (sizes[i] - 1) - 1;
    const count = (ceilMode ? Math.ceil : Math.floor)(span / strides[i]) + 1;
    // A window that begins in the padding behind the end sees nothing.
    return ceilMode && (count - 1) * strides[i] >= length + before[i] ? count - 1 : count;
  });
  if (windows.every((count) => count > 0)) return windows;
  const dilated = dilations.some((d) => d > 1) ? ` with dilation ${showShape(dilations)}` : '';
  const padded = lengths.map((length, i) => length + before[i] + after[i]);
  throw new ShapeMismatchError(
    `the kernel ${showShape(sizes)}${dilated} is larger than the padded input ${showShape(padded)}`,
    { op, shapes: [lengths, sizes], hint: 'Use a smaller kernel or more padding' },
  );
}

/** Adds an axis for the batch where there is none, and takes it away again. */
export function withBatch(x: Node, rank: number, op: string, build: (batched: Node) => Node): Node {
  if (x.shape.length === rank + 2) return build(x);
  if (x.shape.length !== rank + 1) {
    throw new ShapeMismatchError(
      `input: ${showShape(x.shape)}, expected ${rank + 2} dimensions (batch, channels, ${rank} spatial), or ${rank + 1} without a batch`,
      {
        op,
        shapes: [x.shape],
      },
    );
  }
  const out = build(reshape(x, [1, ...x.shape]));
  return reshape(out, out.shape.slice(1));
}

/** Cross-correlation of [N, C, …] with kernels [O, C / groups, …], plus a bias [O], as one product of matrices over the windows. */
export function convolution(
  op: string,
  input: Node,
  weight: Node,
  bias: Node | null,
  options: ConvolutionOptions = {},
): Node {
  const rank = weight.shape.length - 2;
  return withBatch(toFloat(input), rank, op, (x) => {
    const [_batch, channels, ...lengths] = x.shape;
    const [outChannels, perGroup, ...sizes] = weight.shape;
    const groups = options.groups ?? 1;
    if (!Number.isInteger(groups) || groups < 1 || channels % groups || outChannels % groups) {
      throw new ArgumentError(
        `groups (${groups}) must divide the input's ${channels} channels and the weight's ${outChannels}`,
        {
          op,
          shapes: [x.shape, weight.shape],
        },
      );
    }
    if (perGroup * groups !== channels) {
      throw new ShapeMismatchError(
        `input: ${showShape(x.shape)}, weight: ${showShape(weight.shape)}: expected ${perGroup * groups} channels, got ${channels}`,
        { op, shapes: [x.shape, weight.shape] },
      );
    }
    const strides = perAxis(op, 'stride', options.stride ?? 1, rank, 1);
    const dilations = perAxis(op, 'dilation', options.dilation ?? 1, rank, 1);
    const [before, after] = paddingOf(op, sizes, options);
    const windows = windowsAlong(op, lengths, { sizes, strides, dilations }, before, after);
    const plan = { groups, sizes, windows, lengths, strides, dilations, before, after };
    const kernels = together(weight, x)[0];
    // Where windows leave out much of the images, most of what comes back to them is nothing.
    const leavesOut = sizeOf(lengths) > 2 * sizeOf(strides) * sizeOf(windows);
    const out = leavesOut ? multiplied(x, kernels, plan) : convolve(x, kernels, plan);
    return bias ? add(out, channelwise(together(bias, out)[0], rank)) : out;
  });
}

/** How many elements a convolution puts before and after each spatial axis. */
export function paddingOf(
  op: string,
  sizes: readonly number[],
  { padding = 0, stride = 1, dilation = 1 }: ConvolutionOptions,
): [number[], number[]] {
  const rank = sizes.length;
  if (padding === 'valid') return [sizes.map(() => 0), sizes.map(() => 0)];
  if (padding === 'same') {
    if (perAxis(op, 'stride', stride, rank, 1).some((step) => step !== 1))
      throw new ArgumentError("padding 'same' needs stride 1", { op });
    const reach = perAxis(op, 'dilation', dilation, rank, 1).map((distance, i) => (sizes[i] - 1) * distance);
    return [reach.map((length) => Math.floor(length / 2)), reach.map((length) => Math.ceil(length / 2))];
  }
  const both = perAxis(op, 'padding', padding, rank, 0);
  return [both, both];
}

/** A number for each channel, beside [N, C, …]. */
export const channelwise = (x: Node, rank: number): Node =>
  reshape(x, [x.shape[0], ...new Array<number>(rank).fill(1)]);

/** The transpose of a convolution: kernels [C, O / groups, …] put onto the output at `stride` distances and added up. */
export function transposedConvolution(
  op: string,
  input: Node,
  weight: Node,
  bias: Node | null,
  options: ConvolutionOptions & { outputPadding?: PerAxis } = {},
): Node {
  const rank = weight.shape.length - 2;
  return withBatch(toFloat(input), rank, op, (x) => {
    const [, channels, ...windows] = x.shape;
    const [inChannels, , ...sizes] = weight.shape;
    const groups = options.groups ?? 1;
    if (inChannels !== channels || channels % groups) {
      throw new ShapeMismatchError(
        `input: ${showShape(x.shape)}, weight: ${showShape(weight.shape)}: expected ${inChannels} channels in ${groups} groups, got ${channels}`,
        { op, shapes: [x.shape, weight.shape] },
      );
    }
    const strides = perAxis(op, 'stride', options.stride ?? 1, rank, 1);
    const dilations = perAxis(op, 'dilation', options.dilation ?? 1, rank, 1);
    if (typeof options.padding === 'string') throw new ArgumentError('padding is a number here', { op });
    const padding = perAxis(op, 'padding', options.padding ?? 0, rank, 0);
    const extra = perAxis(op, 'outputPadding', options.outputPadding ?? 0, rank, 0);
    const lengths = windows.map(
      (count, i) => (count - 1) * strides[i] - 2 * padding[i] + dilations[i] * (sizes[i] - 1) + extra[i] + 1,
    );
    if (lengths.some((length) => length < 1)) {
      throw new ArgumentError(`the output would have the lengths ${showShape(lengths)}`, {
        op,
        shapes: [x.shape, weight.shape],
      });
    }
    // The zeros that the last window needs behind the images that it would slide over.
    const after = windows.map((count, i) =>
      Math.max(0, (count - 1) * strides[i] + dilations[i] * (sizes[i] - 1) + 1 - padding[i] - lengths[i]),
    );
    const plan = { groups, sizes, windows, lengths, strides, dilations, before: padding, after };
    const out = convolveBack(x, together(weight, x)[0], plan);
    return bias ? add(out, channelwise(together(bias, out)[0], rank)) : out;
  });
}

interface Pool {
  readonly seen: Node;
  /** What windows see of something else of the same spatial lengths. */
  readonly look: (other: Node) => Node;
  readonly windowAxes: readonly number[];
  /** How many elements each window sees. */
  readonly counts: (includePad: boolean) => Node;
}

function pool(
  op: string,
  x: Node,
  kernelSize: PerAxis,
  rank: number,
  options: MaxPoolOptions,
  value: number,
): Pool {
  const sizes = perAxis(op, 'kernelSize', kernelSize, rank, 1);
  const strides = perAxis(op, 'stride', options.stride ?? sizes, rank, 1);
  const dilations = perAxis(op, 'dilation', options.dilation ?? 1, rank, 1);
  const padding = perAxis(op, 'padding', options.padding ?? 0, rank, 0);
  if (padding.some((length, i) => length > sizes[i] / 2)) {
    throw new ArgumentError(
      `padding ${showShape(padding)} is more than half the kernel ${showShape(sizes)}`,
      { op },
    );
  }
  const lengths = x.shape.slice(2);
  const sliding = { sizes, strides, dilations };
  const windows = windowsAlong(op, lengths, sliding, padding, padding, options.ceilMode);
  const apart = sizes.every(
    (size, i) =>
      strides[i] === size && dilations[i] === 1 && padding[i] === 0 && windows[i] * size <= lengths[i],
  );
  const counts = (includePad: boolean): Node => {
    const ones = (shape: Shape): Node => expand(constant(1, x.dtype), shape);
    const full = lengths.map((length, i) => length + 2 * padding[i]);
    const seen = includePad
      ? slide(
          ones([1, 1, ...full]),
          sliding,
          sizes.map(() => 0),
          windows,
        )
      : slide(ones([1, 1, ...lengths]), sliding, padding, windows);
    return sum(
      seen,
      spatial(rank).map((i) => 2 + rank + i),
    );
  };
  const look = (other: Node, beyond = 0): Node =>
    apart ? cut(other, sizes, windows) : slide(other, sliding, padding, windows, beyond);
  return {
    seen: look(x, value),
    look,
    windowAxes: spatial(rank).map((i) => 2 + rank + i),
    counts,
  };
}

/** Windows that share no element are axes cut in two. */
function cut(x: Node, sizes: readonly number[], windows: readonly number[]): Node {
  const rank = sizes.length;
  const lengths = [...x.shape.slice(0, 2), ...windows.map((count, i) => count * sizes[i])];
  const used = sameShape(lengths, x.shape)
    ? x
    : apply('slice', [x], { starts: lengths.map(() => 0), lengths, steps: lengths.map(() => 1) });
  const split = reshape(used, [...x.shape.slice(0, 2), ...windows.flatMap((count, i) => [count, sizes[i]])]);
  return permute(split, [
    0,
    1,
    ...spatial(rank).map((i) => 2 + 2 * i),
    ...spatial(rank).map((i) => 3 + 2 * i),
  ]);
}

/** The largest element of each window; of equal ones the first gets the gradient, as in PyTorch. */
export const maxPool = (
  op: string,
  x: Node,
  kernelSize: PerAxis,
  rank: number,
  options: MaxPoolOptions = {},
): Node =>
  withBatch(x, rank, op, (batched) => {
    const { seen, windowAxes } = pool(op, batched, kernelSize, rank, options, Number.NEGATIVE_INFINITY);
    return apply('amax', [seen], { axes: windowAxes, first: true });
  });

/** Places of spatial axes, counted through all of them in row-major order: [1, 1, lengths…]. */
function flatPlaces(lengths: readonly number[]): Node {
  const count = sizeOf(lengths);
  return reshape(apply('iota', [], { shape: [count], axis: 0, dtype: 'int32' }), [1, 1, ...lengths]);
}

/** The place of the largest element of each window among all elements of its channel; of equal ones the first. */
export const maxPoolPlaces = (
  op: string,
  x: Node,
  kernelSize: PerAxis,
  rank: number,
  options: MaxPoolOptions = {},
): Node =>
  withBatch(detach(x), rank, op, (batched) => {
    const { seen, look, windowAxes } = pool(op, batched, kernelSize, rank, options, Number.NEGATIVE_INFINITY);
    const windows = seen.shape.slice(0, windowAxes[0]);
    const length = sizeOf(seen.shape.slice(windowAxes[0]));
    const best = argmax(reshape(seen, [...windows, length]), -1, true);
    const places = expand(look(flatPlaces(batched.shape.slice(2))), seen.shape);
    return reshape(gather(reshape(places, [...windows, length]), -1, best), windows);
  });

/** Elements put to places among zeros of other spatial lengths: the way back of a maximum. */
export function maxUnpool(
  op: string,
  x: Node,
  places: Node,
  kernelSize: PerAxis,
  rank: number,
  { stride, padding = 0, outputSize }: UnpoolOptions = {},
): Node {
  const sizes = perAxis(op, 'kernelSize', kernelSize, rank, 1);
  const strides = perAxis(op, 'stride', stride ?? sizes, rank, 1);
  const before = perAxis(op, 'padding', padding, rank, 0);
  if (!sameShape(x.shape, places.shape)) {
    throw new ShapeMismatchError(`input: ${showShape(x.shape)}, indices: ${showShape(places.shape)}`, {
      op,
      shapes: [x.shape, places.shape],
    });
  }
  const usual = x.shape.slice(-rank).map((length, i) => (length - 1) * strides[i] - 2 * before[i] + sizes[i]);
  // As in PyTorch, a size may be given with batch and channels.
  const lengths = outputSize
    ? perAxis(op, 'outputSize', outputSize.slice(-rank), rank, 1)
    : perAxis(op, 'the length of the result', usual, rank, 1);
  lengths.forEach((length, i) => {
    if (Math.abs(length - usual[i]) < strides[i]) return;
    throw new ArgumentError(
      `outputSize ${showShape(lengths)} is ${strides[i]} or more away from ${showShape(usual)}`,
      { op, shapes: [x.shape] },
    );
  });
  const overlaps = sizes.some((size, i) => strides[i] < size);
  return withBatch(x, rank, op, (batched) => {
    const [batch, channels] = batched.shape;
    const flat = [batch, channels, sizeOf(batched.shape.slice(2))];
    const index = reshape(places, flat);
    const put = (values: Node): Node =>
      scatterAdd(expand(constant(0, values.dtype), [batch, channels, sizeOf(lengths)]), 2, index, values);
    const total = put(reshape(batched, flat));
    const out = overlaps ? once(total, put(expand(constant(1, x.dtype), flat))) : total;
    return reshape(out, [batch, channels, ...lengths]);
  });
}

/** Sums of `counts` equal elements as one of them, whose gradient each of them has: windows that overlap share their largest ones. */
function once(total: Node, counts: Node): Node {
  const fixed = detach(total);
  const one = add(sub(total, fixed), div(fixed, counts));
  return where(apply('lt', [constant(1, counts.dtype), counts], {}), one, total);
}

/** The mean of each window. */
export const avgPool = (
  op: string,
  x: Node,
  kernelSize: PerAxis,
  rank: number,
  options: AvgPoolOptions = {},
): Node =>
  withBatch(toFloat(x), rank, op, (batched) => {
    const { seen, windowAxes, counts } = pool(op, batched, kernelSize, rank, options, 0);
    const { countIncludePad = true, divisorOverride = null } = options;
    const total = sum(seen, windowAxes);
    if (divisorOverride === null) return div(total, counts(countIncludePad));
    if (divisorOverride === 0) throw new ArgumentError('divisorOverride is not 0', { op });
    return div(total, constant(divisorOverride, total.dtype));
  });

/** Means over windows that divide each axis into a given number of parts, as equal as they can be; parts may share elements. */
export function adaptiveAvgPool(op: string, x: Node, outputSize: PartsPerAxis, rank: number): Node {
  return withBatch(toFloat(x), rank, op, (batched) => {
    const sizes = partsOf(op, batched.shape.slice(2), outputSize, rank);
    return sizes.reduce((value, size, i) => {
      // One axis at a time: the mean over a part is a product with a matrix of weights.
      const axis = 2 + i;
      const length = value.shape[axis];
      if (length === size) return value;
      const [from, upper] = partBorders(size, length);
      const place = apply('iota', [], { shape: [length, size], axis: 0, dtype: 'int32' });
      const covered = apply('and', [apply('le', [from, place], {}), apply('lt', [place, upper], {})], {});
      const inside = cast(covered, value.dtype);
      const weights = div(inside, sum(inside, [0]));
      const last = value.shape.map((_, a) => a).filter((a) => a !== axis);
      const moved = permute(value, [...last, axis]);
      const mean = matmul(moved, weights);
      const back = value.shape.map((_, a) => (a < axis ? a : a === axis ? last.length : a - 1));
      return permute(mean, back);
    }, batched);
  });
}

/** An axis divided into parts: two axes, the number of the part and the place in it. What is beyond the end of a part is `value`. */
function divided(x: Node, axis: number, size: number, value: number): Node {
  const length = x.shape[axis];
  const parts = [...x.shape];
  if (length % size === 0) {
    parts.splice(axis, 1, size, length / size);
    return reshape(x, parts);
  }
  // Parts of different lengths: all are taken as long as the longest.
  const [from, upper] = partBorders(size, length);
  const longest = Math.ceil(length / size) + 1;
  parts.splice(axis, 1, size, longest);
  const offset = apply('iota', [], { shape: [size, longest], axis: 1, dtype: 'int32' });
  const place = add(reshape(from, [size, 1]), offset);
  const along = (node: Node, shape: number[]): Node =>
    expand(reshape(node, [...node.shape, ...new Array<number>(x.shape.length - axis - 1).fill(1)]), shape);
  const index = apply('minimum', [reshape(place, [size * longest]), constant(length - 1, 'int32')], {});
  const flat = x.shape.map((extent, a) => (a === axis ? size * longest : extent));
  const taken = reshape(apply('gather', [x, along(index, flat)], { axis }), parts);
  const inside = along(apply('lt', [place, reshape(upper, [size, 1])], {}), parts);
  return where(inside, taken, constant(value, x.dtype));
}

/** The largest element of each of the same parts. */
export function adaptiveMaxPool(op: string, x: Node, outputSize: PartsPerAxis, rank: number): Node {
  // From the last axis to the first, so that the first of equal elements is the first in row-major order.
  return withBatch(x, rank, op, (batched) =>
    partsOf(op, batched.shape.slice(2), outputSize, rank).reduceRight((value, size, i) => {
      const seen = divided(value, 2 + i, size, Number.NEGATIVE_INFINITY);
      return apply('amax', [seen], { axes: [3 + i], first: true });
    }, batched),
  );
}

/** The places of these elements among all of their channel. */
export function adaptiveMaxPoolPlaces(op: string, x: Node, outputSize: PartsPerAxis, rank: number): Node {
  return withBatch(detach(x), rank, op, (batched) => {
    const lengths = batched.shape.slice(2);
    const all = expand(flatPlaces(lengths), batched.shape);
    const [, places] = partsOf(op, lengths, outputSize, rank).reduceRight(
      ([value, from], size, i) => {
        const seen = divided(value, 2 + i, size, Number.NEGATIVE_INFINITY);
        const best = argmax(seen, 3 + i, true);
        const [next, at] = [seen, divided(from, 2 + i, size, 0)].map((node) => {
          const taken = gather(node, 3 + i, best);
          return reshape(taken, [...taken.shape.slice(0, 3 + i), ...taken.shape.slice(4 + i)]);
        });
        return [next, at] as const;
      },
      [batched, all] as readonly [Node, Node],
    );
    return places;
  });
}

/** Where each of `size` parts of an axis begins, and where the next element after it is. */
function partBorders(size: number, length: number): [Node, Node] {
  const part = apply('iota', [], { shape: [size], axis: 0, dtype: 'int32' });
  const next = wholeTimes(add(part, constant(1, 'int32')), length);
  return [
    wholeQuotient(wholeTimes(part, length), size),
    wholeQuotient(add(next, constant(size - 1, 'int32')), size),
  ];
}

const wholeTimes = (x: Node, factor: number): Node => apply('mul', [x, constant(factor, 'int32')], {});

/** ⌊x / by⌋ of integers that are not negative, in whole numbers, so that no rounding moves a border. */
function wholeQuotient(x: Node, by: number): Node {
  const whole = apply('sub', [x, apply('remainder', [x, constant(by, 'int32')], {})], {});
  return cast(div(cast(whole, 'float64'), constant(by, 'float64')), 'int32');
}
