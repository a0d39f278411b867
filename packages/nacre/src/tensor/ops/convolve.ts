import { sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { gradientLeaf, pullBack } from '../autograd.ts';
import { inPrecision, productPrecision } from '../precision.ts';
import { apply, constant, expand, permute, recordingGradient, reshape } from '../primitives/apply.ts';
import { withGradient } from '../primitives/rules.ts';
import { detach, together, withoutGradient } from './elementwise.ts';
import { concat, narrow } from './movement.ts';
import { matmul } from './products.ts';
import { multiplyWindows, padAxes, putBack, slide, spatial } from './sliding.ts';

/** How windows slide over images: what a convolution, and whatever undoes it, needs beside its operands. */
export interface Convolution {
  readonly groups: number;
  /** Of the kernel; then how many windows there are, and over what they slide. */
  readonly sizes: readonly number[];
  readonly windows: readonly number[];
  readonly lengths: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Zeros before each spatial axis, and after it. */
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/**
 * The three products of a convolution, each of two operands and with the third as its result: images [N, C, lengths…], kernels
 * [O, C / groups, size…], outputs [N, O, windows…]. Each is linear in both operands, so that the gradients of one are the other two.
 */
const rules = {
  outputs: (images: Node, kernels: Node, plan: Convolution, [cotangent]: readonly Node[]) => [
    convolveBack(cotangent, kernels, plan),
    convolveKernels(images, cotangent, plan),
  ],
  images: (outputs: Node, kernels: Node, plan: Convolution, [cotangent]: readonly Node[]) => [
    convolve(cotangent, kernels, plan),
    convolveKernels(cotangent, outputs, plan),
  ],
  kernels: (images: Node, outputs: Node, plan: Convolution, [cotangent]: readonly Node[]) => [
    convolveBack(outputs, cotangent, plan),
    convolve(images, cotangent, plan),
  ],
};

function product(
  which: keyof typeof rules,
  x: Node,
  y: Node,
  plan: Convolution,
  compute: (x: Node, y: Node, plan: Convolution) => Node,
): Node {
  const precision = productPrecision(x.dtype);
  const made = withoutGradient(() => compute(x, y, plan));
  return withGradient([x, y], [made], ([a, b], _, cotangents) =>
    inPrecision(precision, () =>
      rules[which](a, b, plan, cotangents).map((part, i) => ([a, b][i].requiresGrad ? part : null)),
    ),
  )[0];
}

/** Cross-correlation: outputs of images and kernels. */
export const convolve = (images: Node, kernels: Node, plan: Convolution): Node =>
  product('outputs', images, kernels, plan, multiplied);

/**
 * What images get of a cotangent of the outputs. It is also the transposed convolution.
 *
 * Each place of an image is reached by every stride-th tap of the kernel. So all places of one phase are a convolution of stride 1, with
 * those taps turned round, and the phases are laid out beside each other (Shi et al., "Is the deconvolution layer the same as a
 * convolutional layer?", 2016): no product goes through memory.
 */
export const convolveBack = (outputs: Node, kernels: Node, plan: Convolution): Node =>
  product('images', outputs, kernels, plan, phasesBack);

/** What kernels get of a cotangent of the outputs. */
export const convolveKernels = (images: Node, outputs: Node, plan: Convolution): Node =>
  product('kernels', images, outputs, plan, (x, y) => {
    const inner = x.shape[1] / plan.groups;
    const leaf = gradientLeaf(expand(constant(0, x.dtype), [y.shape[1], inner, ...plan.sizes]));
    const made = recordingGradient(() => multiplied(detach(x), leaf, plan));
    return pullBack([made], [detach(y)], [leaf]).get(leaf)!;
  });

/** The product over channels and kernel of what each window sees. */
export function multiplied(
  images: Node,
  kernels: Node,
  { groups, sizes, windows, strides, dilations, before, after }: Convolution,
): Node {
  const [batch, channels] = images.shape;
  const none = sizes.map(() => 0);
  const seen = slide(padAxes(images, before, after), { sizes, strides, dilations }, none, windows);
  const made = multiplyWindows(seen, kernels, batch, groups, channels / groups, windows, sizes);
  return reshape(made, [batch, kernels.shape[0], ...windows]);
}

/** Places of an image that one tap more, or less, than others reach. */
interface Phase {
  /** The tap that reaches the first of them; each further place is reached by the next tap, and all by every stride-th one from there. */
  readonly first: number;
  readonly count: number;
  readonly taps: number;
  /** The window that the first tap of the first place belongs to. */
  readonly window: number;
}

/** The places of 0..stride-1, in pieces in which as many taps reach each. */
function phasesOf(size: number, stride: number, before: number): Phase[] {
  const phases: Phase[] = [];
  for (let place = 0; place < stride; place++) {
    const first = (place + before) % stride;
    const window = (place + before - first) / stride;
    const taps = Math.max(0, Math.ceil((size - first) / stride));
    const last = phases.at(-1);
    if (last?.taps === taps && last.window === window)
      phases[phases.length - 1] = { ...last, count: last.count + 1 };
    else phases.push({ first, count: 1, taps, window });
  }
  return phases;
}

function phasesBack(x: Node, weight: Node, plan: Convolution): Node {
  const { strides, dilations, before, lengths } = plan;
  const rank = lengths.length;
  if (strides.some((stride, i) => stride > 1 && dilations[i] > 1)) return spreadBack(x, weight, plan);
  const phases = plan.sizes.map((size, i) => phasesOf(size, strides[i], before[i]));
  const places = lengths.map((length, i) => Math.ceil(length / strides[i]));
  const join = (chosen: readonly Phase[]): Node => {
    const axis = chosen.length;
    if (axis === rank) return phaseBack(x, weight, chosen, plan, places);
    const parts = phases[axis].map((phase) => join([...chosen, phase]));
    return parts.length > 1 ? concat(parts, 2 + axis) : parts[0];
  };
  // [N, C, phases…, places…]: the phases of an axis belong behind its places.
  const joined = join([]);
  const order = [0, 1, ...spatial(rank).flatMap((i) => [2 + rank + i, 2 + i])];
  let out = reshape(permute(joined, order), [
    ...joined.shape.slice(0, 2),
    ...places.map((count, i) => count * strides[i]),
  ]);
  for (const i of spatial(rank)) out = narrow(out, 2 + i, 0, lengths[i]);
  return out;
}

/** All places of some phases: [N, C, phases…, places…]. */
function phaseBack(
  x: Node,
  weight: Node,
  phases: readonly Phase[],
  { groups, strides, dilations }: Convolution,
  count: readonly number[],
): Node {
  const [batch, outChannels, ...windows] = x.shape;
  const perGroup = weight.shape[1];
  const rank = phases.length;
  const taps = phases.map((phase) => phase.taps);
  const counts = phases.map((phase) => phase.count);
  const shape = [batch, groups * perGroup, ...counts, ...count];
  const reach = taps.map((many, i) => dilations[i] * (many - 1));
  const lead = reach.map((length, i) => length - phases[i].window);
  const trail = count.map((places, i) => places + reach[i] - lead[i] - windows[i]);
  let seen = x;
  for (const i of spatial(rank)) {
    const left = windows[i] + Math.min(0, lead[i]) + Math.min(0, trail[i]);
    if (taps[i] === 0 || left < 1) return expand(constant(0, x.dtype), shape);
    seen = narrow(seen, 2 + i, Math.max(0, -lead[i]), left);
  }
  const none = taps.map(() => 0);
  const positive = (length: number): number => Math.max(0, length);
  const padded = padAxes(seen, lead.map(positive), trail.map(positive));
  const images = slide(padded, { sizes: taps, strides: taps.map(() => 1), dilations }, none, count);

  const kernel = spatial(rank).map((i) => 3 + i);
  const channels = perGroup * sizeOf(counts);
  const own = tapsOf(together(weight, x)[0], phases, strides);
  const grouped = reshape(own, [groups, outChannels / groups, channels, ...taps]);
  const exchanged = permute(apply('flip', [grouped], { axes: kernel }), [0, 2, 1, ...kernel]);
  const kernels = reshape(exchanged, [groups * channels, outChannels / groups, ...taps]);
  return reshape(multiplyWindows(images, kernels, batch, groups, outChannels / groups, count, taps), shape);
}

/** The taps of some phases: [O, C / groups · phases…, taps…]. */
function tapsOf(weight: Node, phases: readonly Phase[], strides: readonly number[]): Node {
  const [outChannels, perGroup, ...sizes] = weight.shape;
  const rank = phases.length;
  if (strides.every((stride) => stride === 1)) return weight;
  let kernels = weight;
  for (const [i, { first, taps }] of phases.entries())
    kernels = narrow(kernels, 2 + i, first, Math.min(sizes[i] - first, strides[i] * taps));
  const missing = phases.map(({ taps }, i) => strides[i] * taps - kernels.shape[2 + i]);
  kernels = padAxes(
    kernels,
    missing.map(() => 0),
    missing,
  );
  kernels = reshape(kernels, [outChannels, perGroup, ...phases.flatMap(({ taps }, i) => [taps, strides[i]])]);
  for (const [i, { count }] of phases.entries()) kernels = narrow(kernels, 3 + 2 * i, 0, count);
  const order = [0, 1, ...spatial(rank).map((i) => 3 + 2 * i), ...spatial(rank).map((i) => 2 + 2 * i)];
  const counts = sizeOf(phases.map(({ count }) => count));
  return reshape(permute(kernels, order), [
    outChannels,
    perGroup * counts,
    ...phases.map(({ taps }) => taps),
  ]);
}

/** Every element times every kernel, then each product to its place. */
function spreadBack(
  x: Node,
  weight: Node,
  { groups, strides, dilations, before, lengths }: Convolution,
): Node {
  const [batch, outChannels, ...windows] = x.shape;
  const [, perGroup, ...sizes] = weight.shape;
  const inner = outChannels / groups;
  const kernels = permute(
    reshape(together(weight, x)[0], [1, groups, inner, perGroup * sizeOf(sizes)]),
    [0, 1, 3, 2],
  );
  const products = matmul(kernels, reshape(x, [batch, groups, inner, sizeOf(windows)]));
  const split = reshape(products, [batch, perGroup * groups, ...sizes, ...windows]);
  return putBack(split, { sizes, strides, dilations }, before, windows, lengths);
}
