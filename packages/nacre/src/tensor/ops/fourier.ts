/**
 * Discrete Fourier transforms as graphs of products with small matrices, so that gradients, fusion and batches come from the
 * primitives. Inside, complex numbers are planar: an axis of 2 in front, on which neighbours in memory are numbers of one kind.
 */
import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { resolveAxis, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { add, apply, cast, expand, mul, permute, reshape, sub, times } from '../primitives/apply.ts';
import { atan2, eq, logicalAnd, mulOf, toFloat, together, whereOf } from './elementwise.ts';
import {
  chirp,
  chirpSpectrum,
  conjugation,
  dftMatrix,
  type Factors,
  halves,
  type Precision,
  realBins,
  type Sign,
  twiddles,
} from './fourier-tables.ts';
import { concat, flip, narrow, pad, stack } from './movement.ts';
import { select } from './pick.ts';
import { norm } from './reduce.ts';

// ---- one transform along one axis ----

/** Lengths up to this can be one product. A length with a larger prime factor goes by Bluestein's way. */
const largestRadix = 128;

/**
 * What one step costs beside its product, in the time of the product's multiplications for one number. Measured: with it 64 transforms
 * of 1024 numbers go in steps of 16, 8 and 8 and take 10 ns a number, where 32 and 32 take 14 and 16 and 64 take 15.
 */
const stepCost = 144;

interface Plan {
  readonly cost: number;
  readonly radices: readonly number[];
}

const plans = new Map<number, Plan | null>();

/** The radices, largest first, that are cheapest for a length: Σ (8·radix + stepCost). Null where a prime factor is too large. */
function planOf(length: number): Plan | null {
  if (length === 1) return { cost: 0, radices: [] };
  let best = plans.get(length);
  if (best !== undefined) return best;
  best = null;
  for (let radix = Math.min(length, largestRadix); radix > 1; radix--) {
    const rest = length % radix ? null : planOf(length / radix);
    const cost = rest && rest.cost + 8 * radix + stepCost;
    if (cost && (!best || cost < best.cost)) best = { cost, radices: [radix, ...rest.radices] };
  }
  if (plans.size >= 1024) plans.clear();
  plans.set(length, best);
  return best;
}

const precision = (x: Node): Precision => (x.dtype === 'float64' ? 'float64' : 'float32');

/** Planar numbers [batch, 2, ...] times one complex factor for each place. */
const turn = (z: Node, { re, im }: Factors): Node => add(mul(z, re), mul(flip(z, 1), im));

const withImaginary = (x: Node): Node =>
  x.shape[1] === 2 ? x : pad(x, [...new Array<number>(2 * (x.shape.length - 2)).fill(0), 0, 1]);

/**
 * Σ_j x[j]·exp(±2πi·jk/n): [batch, parts, n, inner] → [batch, 2, n, inner], where parts is 1 for real numbers. Each step is a transform
 * of one digit of j by a product, and a turn; digits of k are put where they belong as they are found (Cooley and Tukey, "An algorithm
 * for the machine calculation of complex Fourier series", 1965, in the order of Stockham).
 */
function transform(x: Node, sign: Sign): Node {
  const [batch, , length, inner] = x.shape;
  const plan = planOf(length);
  if (!plan) return bluestein(withImaginary(x), sign);
  let state = x;
  let rest = length;
  for (const radix of plan.radices) {
    const parts = state.shape[1] as 1 | 2;
    const after = rest / radix;
    const done = (length / rest) * inner;
    const matrix = dftMatrix(precision(x), radix, sign, parts);
    const digits = reshape(state, [batch, parts * radix, after * done]);
    const product = apply('matmul', [expand(matrix, [batch, ...matrix.shape]), digits], {});
    const split = reshape(product, [batch, 2, radix, after, done]);
    const turned = after > 1 ? turn(split, twiddles(precision(x), rest, radix, sign)) : split;
    state = reshape(permute(turned, [0, 1, 3, 2, 4]), [batch, 2, after, radix * done]);
    rest = after;
  }
  return reshape(withImaginary(state), [batch, 2, length, inner]);
}

/**
 * Any length, by jk = (j² + k² - (k - j)²)/2: a convolution with a chirp, around a circle of a power of two (Bluestein, "A linear
 * filtering approach to the computation of discrete Fourier transform", 1970).
 */
function bluestein(x: Node, sign: Sign): Node {
  const length = x.shape[2];
  const circle = 2 ** Math.ceil(Math.log2(2 * length - 1));
  const factors = chirp(precision(x), length, sign);
  const around = pad(turn(x, factors), [0, 0, 0, circle - length]);
  const product = turn(transform(around, -1), chirpSpectrum(precision(x), length, circle, sign));
  return turn(narrow(transform(product, 1), 2, 0, length), factors);
}

/** Planar numbers with the signal's axis as the middle one of three: [parts, outer, n, inner]. */
function asLines(x: Node, axis: number): Node {
  const [parts, ...signal] = x.shape;
  return reshape(x, [parts, sizeOf(signal.slice(0, axis)), signal[axis], sizeOf(signal.slice(axis + 1))]);
}

/** The transform along an axis (counted in the signal) of planar numbers [parts, ...signal] → [2, ...signal]. */
function along(x: Node, axis: number, sign: Sign): Node {
  const [parts, ...signal] = x.shape;
  if (x.shape.includes(0)) return concat(parts === 2 ? [x] : [x, x]);
  const lines = asLines(x, axis);
  const [, outer, length, inner] = lines.shape;
  // A single product wants many columns: then the whole batch is put beside each other.
  if (planOf(length)?.radices.length === 1) {
    const columns = reshape(permute(lines, [0, 2, 1, 3]), [1, parts, length, outer * inner]);
    const out = reshape(transform(columns, sign), [2, length, outer, inner]);
    return reshape(permute(out, [0, 2, 1, 3]), [2, ...signal]);
  }
  const out = transform(permute(lines, [1, 0, 2, 3]), sign);
  return reshape(permute(out, [1, 0, 2, 3]), [2, ...signal]);
}

// ---- transforms of real numbers ----

/** Whether a real transform is done as a complex one of half the length: not where one product does it all, nor for odd lengths. */
const isHalved = (length: number): boolean => length % 2 === 0 && planOf(length)?.radices.length !== 1;

const withLength = (shape: readonly number[], axis: number, length: number): number[] =>
  shape.map((old, i) => (i === axis ? length : old));

/** [2, 1, 1] or [2, n, 1] with an axis for the outer lines. */
const overLines = (x: Node): Node => reshape(x, [2, 1, ...x.shape.slice(1)]);

/** The conjugates of planar numbers. */
const conjugate = (x: Node): Node =>
  mul(x, reshape(conjugation(precision(x)), [2, ...x.shape.slice(1).map(() => 1)]));

/** z'[k] + a[k]·(z[k] - z'[k]) with z'[k] the conjugate of z at the other end of the bins. */
function joinHalves(bins: Node, half: number, sign: Sign): Node {
  const mirrored = conjugate(flip(bins, 2));
  const difference = sub(bins, mirrored);
  const { re, im } = halves(precision(bins), half, sign);
  return add(mirrored, add(mul(difference, re), mul(flip(difference, 0), overLines(im))));
}

/** The first half of the bins of real numbers: [1, ...signal] → [2, ..., floor(n / 2) + 1, ...]. */
function realToComplex(x: Node, axis: number): Node {
  const signal = x.shape.slice(1);
  const length = signal[axis];
  const bins = Math.floor(length / 2) + 1;
  const shape = [2, ...withLength(signal, axis, bins)];
  if (!isHalved(length) || x.shape.includes(0)) return narrow(along(x, axis, -1), axis + 1, 0, bins);
  const half = length / 2;
  const [, outer, , inner] = asLines(x, axis).shape;
  const pairs = permute(reshape(x, [outer, half, 2, inner]), [2, 0, 1, 3]);
  const found = along(pairs, 1, -1);
  return reshape(joinHalves(concat([found, narrow(found, 2, 0, 1)], 2), half, -1), shape);
}

/** Σ over all bins, of which the first half is given, without a factor: [2, ..., floor(n / 2) + 1, ...] → [1, ..., n, ...]. */
function complexToReal(x: Node, axis: number, length: number): Node {
  const shape = [1, ...withLength(x.shape.slice(1), axis, length)];
  const lines = asLines(x, axis);
  const bins = mul(lines, overLines(realBins(precision(x), length)));
  const [, outer, , inner] = lines.shape;
  if (isHalved(length) && !x.shape.includes(0)) {
    const half = length / 2;
    const pairs = along(narrow(joinHalves(bins, half, 1), 2, 0, half), 1, 1);
    return reshape(times(permute(reshape(pairs, [2, outer, half, inner]), [1, 2, 0, 3]), 2), shape);
  }
  const others = narrow(bins, 2, 1, length - bins.shape[2]);
  const mirrored = conjugate(flip(others, 2));
  return reshape(narrow(along(concat([bins, mirrored], 2), 1, 1), 0, 0, 1), shape);
}

// ---- the public transforms, on nodes ----

export type FourierNorm = 'backward' | 'ortho' | 'forward';

/** A tensor whose last axis holds real and imaginary parts. */
export function requirePairs(op: string, z: Node): Node {
  if (z.shape[z.shape.length - 1] === 2) return z;
  throw new ShapeMismatchError(
    `got ${showShape(z.shape)}, expected pairs of real and imaginary part in a last axis of 2`,
    { op, shapes: [z.shape], hint: 'fft.complex(re, im) makes them; fft.rfft takes real numbers' },
  );
}

/** Pairs in the last axis as planar numbers. */
const planar = (op: string, z: Node): Node =>
  permute(working(requirePairs(op, z)), [z.shape.length - 1, ...z.shape.slice(0, -1).keys()]);

/** 16-bit floats and integers are computed with as float32. */
const working = (x: Node): Node => (x.dtype === 'float64' ? x : cast(x, 'float32'));

const interleaved = (x: Node): Node => permute(x, [...x.shape.slice(1).map((_, i) => i + 1), 0]);

const asPlanar = (x: Node): Node => reshape(working(x), [1, ...x.shape]);

/** The axes of a signal that are transformed, with the lengths that they are cut or padded with zeros to. */
export interface Extent {
  readonly axes: readonly number[];
  readonly lengths: readonly number[];
}

/** Axes (default: `fallback`) and lengths (default: the signal's own), checked. */
export function extentOf(
  op: string,
  shape: readonly number[],
  dims: readonly number[] | undefined,
  lengths: readonly number[] | undefined,
  fallback: readonly number[] | null,
): Extent {
  const rank = shape.length;
  if (!rank) throw new ShapeMismatchError('the signal has no axis', { op, shapes: [shape] });
  const last = Array.from({ length: lengths?.length ?? rank }, (_, i) => i - (lengths?.length ?? rank));
  const axes = (dims ?? fallback ?? last).map((axis) => resolveAxis(op, axis, rank));
  if (!axes.length) throw new ArgumentError('no axis is named', { op });
  if (new Set(axes).size !== axes.length)
    throw new ArgumentError(`an axis is named twice in [${axes.join(', ')}]`, { op });
  if (lengths && lengths.length !== axes.length)
    throw new ArgumentError(`${lengths.length} lengths for ${axes.length} axes`, { op });
  return { axes, lengths: axes.map((axis, i) => lengths?.[i] ?? shape[axis]) };
}

function checkLengths(op: string, lengths: readonly number[]): void {
  for (const n of lengths) {
    if (!Number.isInteger(n) || n < 1)
      throw new ArgumentError(`transforms one number or more, got n = ${n}`, { op });
  }
}

/** Planar numbers with axes cut or padded with zeros at their ends. */
function resized(x: Node, axes: readonly number[], lengths: readonly number[]): Node {
  const amounts = new Array<number>(2 * (x.shape.length - 1)).fill(0);
  axes.forEach((axis, i) => {
    amounts[2 * (x.shape.length - 2 - axis) + 1] = lengths[i] - x.shape[axis + 1];
  });
  return amounts.some((amount) => amount) ? pad(x, amounts) : x;
}

function scaled(op: string, x: Node, lengths: readonly number[], kind: FourierNorm, sign: Sign): Node {
  if (kind === 'ortho') return times(x, 1 / Math.sqrt(sizeOf(lengths)));
  if (kind !== 'backward' && kind !== 'forward') {
    throw new ArgumentError(`there is no norm '${String(kind)}'`, {
      op,
      hint: 'Known: backward, ortho, forward',
    });
  }
  const divides = kind === (sign < 0 ? 'forward' : 'backward');
  return divides ? times(x, 1 / sizeOf(lengths)) : x;
}

/** Complex to complex along several axes. */
export function fourier(op: string, z: Node, { axes, lengths }: Extent, sign: Sign, kind: FourierNorm): Node {
  checkLengths(op, lengths);
  const start = resized(planar(op, z), axes, lengths);
  const found = axes.reduce((x, axis) => along(x, axis, sign), start);
  return interleaved(scaled(op, found, lengths, kind, sign));
}

/** Real to the first half of the bins of the last axis named, complex along the others. `sign` 1 gives the conjugates. */
export function realFourier(
  op: string,
  x: Node,
  { axes, lengths }: Extent,
  sign: Sign,
  kind: FourierNorm,
): Node {
  checkLengths(op, lengths);
  const start = resized(asPlanar(x), axes, lengths);
  const half = realToComplex(start, axes[axes.length - 1]);
  const found = scaled(
    op,
    axes.slice(0, -1).reduce((z, axis) => along(z, axis, -1), half),
    lengths,
    kind,
    sign,
  );
  return interleaved(sign < 0 ? found : conjugate(found));
}

/** All bins of real numbers along an axis. */
export const fullRealFourier = (x: Node, axis: number): Node => interleaved(along(asPlanar(x), axis, -1));

/** The first half of the bins of the last axis named to real numbers. `sign` -1 takes their conjugates. */
export function fourierToReal(
  op: string,
  z: Node,
  { axes, lengths }: Extent,
  sign: Sign,
  kind: FourierNorm,
): Node {
  checkLengths(op, lengths);
  const last = axes.length - 1;
  const bins = lengths.map((n, i) => (i === last ? Math.floor(n / 2) + 1 : n));
  const given = planar(op, z);
  const start = resized(sign < 0 ? conjugate(given) : given, axes, bins);
  const half = axes.slice(0, -1).reduce((x, axis) => along(x, axis, 1), start);
  const found = complexToReal(half, axes[last], lengths[last]);
  return scaled(op, reshape(found, found.shape.slice(1)), lengths, kind, sign);
}

// ---- arithmetic of pairs ----

/** [2]: 1 and -1 in a dtype. */
const signs = (dtype: Node['dtype']): Node => cast(reshape(conjugation('float32'), [2]), dtype);

export const conj = (z: Node): Node => {
  const value = toFloat(requirePairs('fft.conj', z));
  return mul(value, signs(value.dtype));
};

/** re + i·im; no imaginary part is one of zeros. */
export function complex(re: Node, im: Node | null): Node {
  const [a, b] = together(toFloat(re), im ?? 0);
  const shape = im ? mulOf(a, b).shape : a.shape;
  return stack([expand(a, shape), expand(b, shape)], -1);
}

export const part = (op: string, z: Node, index: 0 | 1): Node => select(requirePairs(op, z), -1, index);

export const complexAbs = (z: Node): Node => norm(requirePairs('fft.abs', z), 2, -1);

/** The angle from -π to π; 0 with a slope of 0 where the number is 0. */
export function angle(z: Node): Node {
  const [re, im] = ([0, 1] as const).map((index) => toFloat(part('fft.angle', z, index)));
  const isZero = logicalAnd(eq(re, 0), eq(im, 0));
  return whereOf(isZero, 0, atan2(im, whereOf(isZero, 1, re)));
}

export function complexMul(z: Node, w: Node): Node {
  const [a, b] = together(toFloat(requirePairs('fft.mul', z)), requirePairs('fft.mul', w));
  const turned = mulOf(flip(a, -1), mulOf(narrow(b, -1, 1, 1), times(signs(a.dtype), -1)));
  return add(mulOf(a, narrow(b, -1, 0, 1)), turned);
}
