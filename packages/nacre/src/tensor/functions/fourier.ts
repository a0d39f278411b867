/**
 * Discrete Fourier transforms, as the namespace `fft`. Complex numbers are pairs (real, imaginary) in a last axis of 2, as PyTorch's
 * `view_as_real` gives them; the axes that `dim` names are those before it.
 *
 * Lengths with no prime factor above 128 take O(n·Σ factors) operations, others O(n·log n) with a larger constant. Twiddle factors are
 * computed in float64. In float32 the root mean square of the error, relative to that of the result, is below 4e-7 up to 2²⁰ numbers, and
 * no number is off by more than 3e-6 of it (measured against float64 on normal noise: 3.0e-7 for 127 numbers, 1.7e-7 for 1000, 2.4e-7
 * for 2²⁰). Integers, float16 and bfloat16 are computed as float32.
 */
import type { DType } from '../../base/dtype.ts';
import { ArgumentError } from '../../base/errors.ts';
import { nodeOf, optionalNode } from '../arguments.ts';
import { type MakeOptions, tensor } from '../create.ts';
import * as fourier from '../ops/fourier.ts';
import type { Sign } from '../ops/fourier-tables.ts';
import { roll } from '../ops/movement.ts';
import type { Floating, Optional } from '../signatures.ts';
import { Tensor } from '../tensor.ts';
import type { Shape } from '../types/index.ts';

export type { FourierNorm } from '../ops/fourier.ts';

type FourierNorm = fourier.FourierNorm;

/** Options of a transform along one axis. */
export interface FourierOptions {
  /** Numbers of the result along the axis (of real results and operands: the real side); the operand is cut or padded with zeros. */
  n?: number;
  /** Default: -1, the last axis of the signal. */
  dim?: number;
  /** Which direction divides by n: 'backward' (the default) the way back, 'forward' the way there, 'ortho' both by √n. */
  norm?: FourierNorm;
}

/** Options of a transform along several axes. */
export interface FourierOptionsN {
  /** Lengths along the axes. Default: the operand's own. */
  s?: readonly number[];
  /** Default: the last axes, as many as `s` has; without `s` all of them, or for the functions named 2 the last two. */
  dim?: readonly number[];
  norm?: FourierNorm;
}

type Precise<D extends DType> = DType extends D ? DType : D extends 'float64' ? 'float64' : 'float32';
type Transformed<T extends Tensor> = Tensor<Shape, Precise<T['dtype']>>;

type TransformFn = <T extends Tensor>(x: T, options?: FourierOptions) => Transformed<T>;
type TransformNFn = <T extends Tensor>(x: T, options?: FourierOptionsN) => Transformed<T>;

type Transform = typeof fourier.fourier;

const complexSignal = (shape: Shape): Shape => shape.slice(0, -1);
const realSignal = (shape: Shape): Shape => shape;

const one =
  (name: string, sign: Sign, transform: Transform, signalOf: (shape: Shape) => Shape): TransformFn =>
  (x, { n, dim = -1, norm = 'backward' } = {}) => {
    const op = `fft.${name}`;
    const node = nodeOf(op, x);
    const extent = fourier.extentOf(op, signalOf(node.shape), [dim], n === undefined ? undefined : [n], null);
    return new Tensor(transform(op, node, completed(transform, extent, n !== undefined), sign, norm));
  };

const several =
  (
    name: string,
    sign: Sign,
    transform: Transform,
    signalOf: (shape: Shape) => Shape,
    fallback: readonly number[] | null,
  ): TransformNFn =>
  (x, { s, dim, norm = 'backward' } = {}) => {
    const op = `fft.${name}`;
    const node = nodeOf(op, x);
    const extent = fourier.extentOf(op, signalOf(node.shape), dim, s, fallback);
    return new Tensor(transform(op, node, completed(transform, extent, s !== undefined), sign, norm));
  };

/** Lengths of a result that is real are read from its bins where they are not given. */
function completed(transform: Transform, extent: fourier.Extent, isGiven: boolean): fourier.Extent {
  if (isGiven || transform !== fourier.fourierToReal) return extent;
  const lengths = extent.lengths.map((length, i) =>
    i === extent.lengths.length - 1 ? 2 * (length - 1) : length,
  );
  return { axes: extent.axes, lengths };
}

/**
 * The spectrum of complex numbers along an axis.
 *
 * Options: `n` (default m; the signal is cut or padded with zeros to it), `dim` (default -1, the last axis of the signal), `norm`
 * ('backward' leaves the sum as it is, 'forward' divides it by n, 'ortho' by √n). Throws a ShapeMismatchError for a last axis other
 * than 2, an ArgumentError for an n below 1. Agrees with `torch.fft.fft`. Real numbers: `fft.rfft(x)`, or `fft.fft(fft.complex(x))`.
 *
 * Formula: X[k] = Σ_j x[j]·exp(-2πi·jk/n)
 *
 * Shapes: x [..., m, ..., 2] → [..., n, ..., 2]
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * const z = fft.fft(fft.complex(tensor([1, 2, 3, 4])));
 * await fft.real(z).tolist(); // → [10, -2, -2, -2]
 * await fft.imag(z).tolist(); // → [0, 2, 0, -2]
 * ```
 */
export const fft: TransformFn = one('fft', -1, fourier.fourier, complexSignal);

/**
 * What `fft.fft` is undone by. Options and errors as there; 'ortho' divides by √n, 'forward' by nothing.
 *
 * Formula: x[j] = Σ_k X[k]·exp(2πi·jk/n) / n
 *
 * Shapes: x [..., m, ..., 2] → [..., n, ..., 2]
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * const x = tensor([[1, 0], [0, 1], [-1, 0], [0, -1]]);
 * await fft.ifft(x).tolist(); // → [[0, 0], [0, 0], [0, 0], [1, 0]]
 * ```
 */
export const ifft: TransformFn = one('ifft', 1, fourier.fourier, complexSignal);

/**
 * `fft.fft` along two axes: [..., h, w, 2] → the same shape. Options: `s` the lengths [h, w] (default: as they are), `dim` (default
 * [-2, -1]), `norm` as for `fft.fft`, with the product of the lengths. Throws as `fft.fft`, and an ArgumentError for an axis named twice.
 *
 * Formula: X[k] = Σ_j x[j]·exp(-2πi·jk/n)
 *
 * Shapes: x [..., h, w, 2] → [..., h', w', 2]
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * const z = fft.fft2(fft.complex(tensor([[1, 2], [3, 4]])));
 * await fft.real(z).tolist(); // → [[10, -2], [-4, 0]]
 * ```
 */
export const fft2: TransformNFn = several('fft2', -1, fourier.fourier, complexSignal, [-2, -1]);

/**
 * What `fft.fft2` is undone by, with its options and errors.
 *
 * Formula: x[j] = Σ_k X[k]·exp(2πi·jk/n) / n
 *
 * Shapes: x [..., h, w, 2] → [..., h', w', 2]
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * const z = fft.complex(tensor([[10, -2], [-4, 0]]));
 * await fft.real(fft.ifft2(z)).tolist(); // → [[1, 2], [3, 4]]
 * ```
 */
export const ifft2: TransformNFn = several('ifft2', 1, fourier.fourier, complexSignal, [-2, -1]);

/**
 * `fft.fft` along several axes, by default all of the signal's. Options: `s` the lengths, `dim` the axes (default: the last ones, as many
 * as `s` has), `norm`. Throws as `fft.fft2`.
 *
 * Formula: X[k] = Σ_j x[j]·exp(-2πi·jk/n)
 *
 * Shapes: x [..., 2] → [..., 2], with the lengths `s`
 *
 * @example
 * ```ts
 * import { fft, ones } from 'nacre';
 * const z = fft.fftn(fft.complex(ones([2, 1, 2])));
 * await fft.real(z).tolist(); // → [[[4, 0]], [[0, 0]]]
 * ```
 */
export const fftn: TransformNFn = several('fftn', -1, fourier.fourier, complexSignal, null);

/**
 * What `fft.fftn` is undone by, with its options and errors.
 *
 * Formula: x[j] = Σ_k X[k]·exp(2πi·jk/n) / n
 *
 * Shapes: x [..., 2] → [..., 2], with the lengths `s`
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * const z = fft.complex(tensor([[[4, 0]], [[0, 0]]]));
 * await fft.real(fft.ifftn(z)).tolist(); // → [[[1, 1]], [[1, 1]]]
 * ```
 */
export const ifftn: TransformNFn = several('ifftn', 1, fourier.fourier, complexSignal, null);

/**
 * The bins 0 to n/2 of real numbers (the others are their conjugates): [..., m, ...] → [..., floor(n / 2) + 1, ..., 2].
 *
 * Options: `n` (default m; the signal is cut or padded with zeros to it), `dim` (default -1), `norm` as for `fft.fft`. Even lengths cost
 * half of `fft.fft`. Throws an ArgumentError for an n below 1. Agrees with `torch.fft.rfft`.
 *
 * Formula: X[k] = Σ_j x[j]·exp(-2πi·jk/n)
 *
 * Shapes: x [..., m, ...] → [..., ⌊n / 2⌋ + 1, ..., 2]
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * await fft.rfft(tensor([1, 2, 3, 4])).tolist(); // → [[10, 0], [-2, 2], [-2, 0]]
 * ```
 */
export const rfft: TransformFn = one('rfft', -1, fourier.realFourier, realSignal);

/**
 * The n real numbers whose first bins are given: [..., m, ..., 2] → [..., n, ...]. What `fft.rfft` is undone by.
 *
 * Options: `n` (default 2·(m - 1): give it where the signal's length was odd), `dim`, `norm` as for `fft.ifft`. The imaginary parts of bin
 * 0 and, for even n, of bin n/2 do not count. Throws as `fft.fft`. Agrees with `torch.fft.irfft`.
 *
 * Formula: x[j] = Σ_k X[k]·exp(2πi·jk/n) / n
 *
 * Shapes: x [..., m, ..., 2] → [..., n, ...], n = 2·(m - 1) by default
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * await fft.irfft(tensor([[10, 0], [-2, 2], [-2, 0]])).tolist(); // → [1, 2, 3, 4]
 * ```
 */
export const irfft: TransformFn = one('irfft', 1, fourier.fourierToReal, complexSignal);

/**
 * `fft.rfft` along the last axis and `fft.fft` along the one before: [..., h, w] → [..., h, floor(w / 2) + 1, 2]. Options: `s` [h, w],
 * `dim` (default [-2, -1]; the last one named is halved), `norm`. Throws as `fft.rfft`.
 *
 * Formula: X[k] = Σ_j x[j]·exp(-2πi·jk/n)
 *
 * Shapes: x [..., h, w] → [..., h, ⌊w / 2⌋ + 1, 2]
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * await fft.rfft2(tensor([[1, 2], [3, 4]])).tolist(); // → [[[10, 0], [-2, 0]], [[-4, 0], [0, 0]]]
 * ```
 */
export const rfft2: TransformNFn = several('rfft2', -1, fourier.realFourier, realSignal, [-2, -1]);

/**
 * What `fft.rfft2` is undone by: [..., h, m, 2] → [..., h, w]. Options: `s` [h, w] (default w: 2·(m - 1)), `dim`, `norm`. Throws as
 * `fft.irfft`.
 *
 * Formula: x[j] = Σ_k X[k]·exp(2πi·jk/n) / n
 *
 * Shapes: x [..., h, m, 2] → [..., h, w], w = 2·(m - 1) by default
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * const z = fft.rfft2(tensor([[1, 2], [3, 4]]));
 * await fft.irfft2(z).tolist(); // → [[1, 2], [3, 4]]
 * ```
 */
export const irfft2: TransformNFn = several('irfft2', 1, fourier.fourierToReal, complexSignal, [-2, -1]);

/**
 * `fft.rfft2` for any number of axes, by default all. Options: `s`, `dim`, `norm`. Throws as `fft.rfft`.
 *
 * Formula: X[k] = Σ_j x[j]·exp(-2πi·jk/n)
 *
 * Shapes: x [..., m] → [..., ⌊m / 2⌋ + 1, 2]
 *
 * @example
 * ```ts
 * import { fft, ones } from 'nacre';
 * await fft.rfftn(ones([2, 1, 2])).tolist(); // → [[[[4, 0], [0, 0]]], [[[0, 0], [0, 0]]]]
 * ```
 */
export const rfftn: TransformNFn = several('rfftn', -1, fourier.realFourier, realSignal, null);

/**
 * What `fft.rfftn` is undone by. Options: `s`, `dim`, `norm`. Throws as `fft.irfft`.
 *
 * Formula: x[j] = Σ_k X[k]·exp(2πi·jk/n) / n
 *
 * Shapes: x [..., m, 2] → [..., n], n = 2·(m - 1) by default
 *
 * @example
 * ```ts
 * import { fft, ones } from 'nacre';
 * await fft.irfftn(fft.rfftn(ones([2, 1, 2]))).tolist(); // → [[[1, 1]], [[1, 1]]]
 * ```
 */
export const irfftn: TransformNFn = several('irfftn', 1, fourier.fourierToReal, complexSignal, null);

/**
 * The n real bins of a signal that is the conjugate of its own mirror image, of which the first half is given: [..., m, ..., 2] →
 * [..., n, ...]. Options: `n` (default 2·(m - 1)), `dim`, `norm` as for `fft.fft`. Throws as `fft.fft`. Agrees with `torch.fft.hfft`.
 *
 * Formula: X[k] = Σ_j x[j]·exp(-2πi·jk/n), with x[-j] the conjugate of x[j]
 *
 * Shapes: x [..., m, ..., 2] → [..., n, ...], n = 2·(m - 1) by default
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * await fft.hfft(tensor([[1, 0], [2, 1], [3, 0]])).tolist(); // → [8, 0, 0, -4]
 * ```
 */
export const hfft: TransformFn = one('hfft', -1, fourier.fourierToReal, complexSignal);

/**
 * What `fft.hfft` is undone by: [..., m, ...] → [..., floor(n / 2) + 1, ..., 2]. Options: `n` (default m), `dim`, `norm` as for
 * `fft.ifft`. Throws as `fft.rfft`.
 *
 * Formula: x[j] = Σ_k X[k]·exp(2πi·jk/n) / n of real X
 *
 * Shapes: x [..., m, ...] → [..., ⌊n / 2⌋ + 1, ..., 2]
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * await fft.real(fft.ihfft(tensor([8, 0, 0, -4]))).tolist(); // → [1, 2, 3]
 * ```
 */
export const ihfft: TransformFn = one('ihfft', 1, fourier.realFourier, realSignal);

// ---- frequencies and shifts ----

/** Options of `fftfreq` and `rfftfreq`. */
export interface FrequencyOptions<D extends DType = DType> extends MakeOptions<D> {
  /** Distance between two samples: the frequencies are in turns of its unit. Default: 1. */
  d?: number;
}

function frequencies<D extends DType>(
  op: string,
  n: number,
  count: number,
  { d = 1, ...options }: FrequencyOptions<D>,
): Tensor<[number], NoInfer<D>> {
  if (!Number.isInteger(n) || n < 1) throw new ArgumentError(`n is a positive integer, got ${n}`, { op });
  const data = Float64Array.from({ length: count }, (_, k) => (k < n / 2 || count < n ? k : k - n) / (n * d));
  return tensor(data, { ...options, shape: [count] });
}

/**
 * The frequencies of the n bins of `fft.fft`: [0, 1, …, -2, -1] / (n·d), for even n with -n/2 in the middle. Options: `d` (default 1), `dtype`,
 * `requiresGrad`. Throws an ArgumentError for an n below 1. Agrees with `torch.fft.fftfreq`.
 *
 * Formula: [0, 1, …, -2, -1] / (n·d)
 *
 * Shapes: [n]
 *
 * @example
 * ```ts
 * import { fft } from 'nacre';
 * await fft.fftfreq(4).tolist(); // → [0, 0.25, -0.5, -0.25]
 * ```
 */
export const fftfreq = <D extends DType = 'float32'>(
  n: number,
  options: FrequencyOptions<D> = {},
): Tensor<[number], NoInfer<D>> => frequencies('fft.fftfreq', n, n, options);

/**
 * The frequencies of the floor(n / 2) + 1 bins of `fft.rfft`: [0, 1, …] / (n·d). Options and errors as for `fft.fftfreq`.
 *
 * Formula: [0, 1, …] / (n·d)
 *
 * Shapes: [⌊n / 2⌋ + 1]
 *
 * @example
 * ```ts
 * import { fft } from 'nacre';
 * await fft.rfftfreq(4).tolist(); // → [0, 0.25, 0.5]
 * ```
 */
export const rfftfreq = <D extends DType = 'float32'>(
  n: number,
  options: FrequencyOptions<D> = {},
): Tensor<[number], NoInfer<D>> => frequencies('fft.rfftfreq', n, Math.floor(n / 2) + 1, options);

/** Options of `fftshift` and `ifftshift`. */
export interface ShiftOptions {
  /** Axes to shift. Default: all. */
  dim?: number | readonly number[];
  /** Whether the last axis holds pairs, which stay together and do not count. Default: no. */
  complex?: boolean;
}

const shift =
  (name: string, by: (length: number) => number) =>
  <T extends Tensor>(
    x: T,
    { dim, complex: isComplex = false }: ShiftOptions = {},
  ): Tensor<Shape, T['dtype']> => {
    const op = `fft.${name}`;
    const node = nodeOf(op, x);
    const signal = isComplex ? complexSignal(fourier.requirePairs(op, node).shape) : node.shape;
    const dims = typeof dim === 'number' ? [dim] : dim;
    const { axes } = fourier.extentOf(op, signal, dims, undefined, null);
    return new Tensor(
      roll(
        node,
        axes.map((axis) => by(signal[axis])),
        axes,
      ),
    );
  };

/**
 * Moves the zero frequency from the front of axes to their middle. Options: `dim` the axes (default: all), `complex` whether the last axis
 * holds pairs, which are left as they are (default: no). Throws an ArgumentError for an axis there is not. Agrees with `torch.fft.fftshift`.
 *
 * Formula: y[i] = x[(i - ⌊n / 2⌋) mod n]
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * await fft.fftshift(tensor([0, 1, 2, -2, -1])).tolist(); // → [-2, -1, 0, 1, 2]
 * ```
 */
export const fftshift = shift('fftshift', (length) => Math.floor(length / 2));

/**
 * What `fft.fftshift` is undone by, with its options and errors.
 *
 * Formula: y[i] = x[(i + ⌊n / 2⌋) mod n]
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * await fft.ifftshift(tensor([-2, -1, 0, 1, 2])).tolist(); // → [0, 1, 2, -2, -1]
 * ```
 */
export const ifftshift = shift('ifftshift', (length) => Math.ceil(length / 2));

// ---- arithmetic of pairs ----

type Complex<T extends Tensor> = Tensor<Shape, Floating<T['dtype']>>;

/**
 * Pairs of real and imaginary parts in a new last axis, from two tensors whose shapes broadcast. Without `im` the imaginary
 * parts are 0.
 *
 * Formula: re + i·im
 *
 * Shapes: re, im broadcast to [...] → [..., 2]
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * await fft.complex(tensor([1, 2]), tensor([3, 4])).tolist(); // → [[1, 3], [2, 4]]
 * ```
 */
export const complex = <T extends Tensor>(re: T, im?: Optional<Tensor>): Complex<T> =>
  new Tensor(fourier.complex(nodeOf('fft.complex', re), optionalNode('fft.complex', im)));

const component =
  (name: string, index: 0 | 1) =>
  <T extends Tensor>(z: T): Tensor<Shape, T['dtype']> =>
    new Tensor(fourier.part(`fft.${name}`, nodeOf(`fft.${name}`, z), index));

/**
 * The real parts: [..., 2] → [...]. Throws a ShapeMismatchError for a last axis other than 2.
 *
 * Formula: re
 *
 * Shapes: z [..., 2] → [...]
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * await fft.real(tensor([[1, 3], [2, 4]])).tolist(); // → [1, 2]
 * ```
 */
export const real = component('real', 0);

/**
 * The imaginary parts: [..., 2] → [...]. Throws as `fft.real`.
 *
 * Formula: im
 *
 * Shapes: z [..., 2] → [...]
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * await fft.imag(tensor([[1, 3], [2, 4]])).tolist(); // → [3, 4]
 * ```
 */
export const imag = component('imag', 1);

/**
 * The magnitude; its slope at 0 is taken as 0. Throws as `fft.real`.
 *
 * Formula: √(re² + im²)
 *
 * Shapes: z [..., 2] → [...]
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * await fft.abs(tensor([[3, -4], [0, 0]])).tolist(); // → [5, 0]
 * ```
 */
export const abs = <T extends Tensor>(z: T): Complex<T> =>
  new Tensor(fourier.complexAbs(nodeOf('fft.abs', z)));

/**
 * The angle from the positive real axis, in radians from -π to π: [..., 2] → [...]; 0 with a slope of 0 where the number is 0. Throws as
 * `fft.real`.
 *
 * Formula: atan2(im, re)
 *
 * Shapes: z [..., 2] → [...]
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * const angles = fft.angle(tensor([[1, 0], [0, 2], [-1, 0]], { dtype: 'float64' }));
 * await angles.tolist(); // → [0, 1.5707963267948966, 3.141592653589793]
 * ```
 */
export const angle = <T extends Tensor>(z: T): Complex<T> =>
  new Tensor(fourier.angle(nodeOf('fft.angle', z)));

/**
 * The product of complex numbers, whose shapes broadcast. Throws as `fft.real`.
 *
 * Formula: (a + ib)·(c + id) = ac - bd + i·(ad + bc)
 *
 * Shapes: z, w broadcast to [..., 2] → [..., 2]
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * await fft.mul(tensor([1, 2]), tensor([[3, 4], [0, 1]])).tolist(); // → [[-5, 10], [-2, 1]]
 * ```
 */
export const mul = <T extends Tensor>(z: T, w: Tensor): Tensor =>
  new Tensor(fourier.complexMul(nodeOf('fft.mul', z), nodeOf('fft.mul', w)));

/**
 * The conjugate. Throws as `fft.real`.
 *
 * Formula: re - i·im
 *
 * Shapes: z [..., 2] → [..., 2]
 *
 * @example
 * ```ts
 * import { fft, tensor } from 'nacre';
 * await fft.conj(tensor([[1, 3], [2, -4]])).tolist(); // → [[1, -3], [2, 4]]
 * ```
 */
export const conj = <T extends Tensor>(z: T): Complex<T> => new Tensor(fourier.conj(nodeOf('fft.conj', z)));
