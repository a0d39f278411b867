/** Windows for spectra of pieces of a signal, computed in float64 when they are made. */
import type { DType } from '../../base/dtype.ts';
import { ArgumentError } from '../../base/errors.ts';
import { type MakeOptions, tensor } from '../create.ts';
import type { Tensor } from '../tensor.ts';

/** Options of every window. */
export interface WindowOptions<D extends DType = DType> extends MakeOptions<D> {
  /** Whether it is one period of a periodic function, as spectra want it; without, it is symmetric, as filters do. Default: yes. */
  periodic?: boolean;
}

/** `shape` at the places from 0 to 1 (of a periodic window without the last). */
function window<D extends DType>(
  op: string,
  length: number,
  { periodic = true, ...options }: WindowOptions<D>,
  shape: (place: number) => number,
): Tensor<[number], NoInfer<D>> {
  if (!Number.isInteger(length) || length < 0)
    throw new ArgumentError(`the length is an integer of zero or more, got ${length}`, { op });
  const last = periodic ? length : length - 1;
  const data = Float64Array.from({ length }, (_, k) => (length === 1 ? 1 : shape(k / last)));
  return tensor(data, { ...options, shape: [length] });
}

const cosine = (place: number): number => Math.cos(2 * Math.PI * place);

/**
 * One period of a squared sine, for k below `length`: n is `length`, or one less without `periodic`. Options: `periodic`
 * (default true), `dtype` (float32), `requiresGrad`. Throws an ArgumentError for a length that is no integer of zero or more.
 * Agrees with `torch.hann_window`.
 *
 * Formula: ½ - ½·cos(2πk/n)
 *
 * Shapes: [length]
 *
 * @example
 * ```ts
 * import { hannWindow } from 'nacre';
 * await hannWindow(4).tolist(); // → [0, 0.5, 1, 0.5]
 * ```
 */
export const hannWindow = <D extends DType = 'float32'>(
  length: number,
  options: WindowOptions<D> = {},
): Tensor<[number], NoInfer<D>> =>
  window('hannWindow', length, options, (place) => 0.5 - 0.5 * cosine(place));

/**
 * A raised cosine that does not reach 0. Options as of `hannWindow`, and `alpha` (default 0.54), `beta` (0.46). Agrees with
 * `torch.hamming_window`.
 *
 * Formula: alpha - beta·cos(2πk/n)
 *
 * Shapes: [length]
 *
 * @example
 * ```ts
 * import { hammingWindow } from 'nacre';
 * const window = hammingWindow(4, { dtype: 'float64', alpha: 0.5, beta: 0.25 });
 * await window.tolist(); // → [0.25, 0.5, 0.75, 0.5]
 * ```
 */
export const hammingWindow = <D extends DType = 'float32'>(
  length: number,
  { alpha = 0.54, beta = 0.46, ...options }: WindowOptions<D> & { alpha?: number; beta?: number } = {},
): Tensor<[number], NoInfer<D>> =>
  window('hammingWindow', length, options, (place) => alpha - beta * cosine(place));

/**
 * A sum of two cosines with low side lobes, not below 0. Options and errors as of `hannWindow`. Agrees with
 * `torch.blackman_window`.
 *
 * Formula: 0.42 - ½·cos(2πk/n) + 0.08·cos(4πk/n)
 *
 * Shapes: [length]
 *
 * @example
 * ```ts
 * import { blackmanWindow } from 'nacre';
 * await blackmanWindow(4).tolist(); // → [0.0, 0.34, 1.0, 0.34]
 * ```
 */
export const blackmanWindow = <D extends DType = 'float32'>(
  length: number,
  options: WindowOptions<D> = {},
): Tensor<[number], NoInfer<D>> =>
  window('blackmanWindow', length, options, (place) =>
    Math.max(0, 0.42 - 0.5 * cosine(place) + 0.08 * cosine(2 * place)),
  );

/**
 * A triangle. Options and errors as of `hannWindow`. Agrees with `torch.bartlett_window`.
 *
 * Formula: 1 - |2k/n - 1|
 *
 * Shapes: [length]
 *
 * @example
 * ```ts
 * import { bartlettWindow } from 'nacre';
 * await bartlettWindow(4).tolist(); // → [0, 0.5, 1, 0.5]
 * ```
 */
export const bartlettWindow = <D extends DType = 'float32'>(
  length: number,
  options: WindowOptions<D> = {},
): Tensor<[number], NoInfer<D>> =>
  window('bartlettWindow', length, options, (place) => 1 - Math.abs(2 * place - 1));

/**
 * The window of Kaiser (Kaiser and Schafer, 1980), I₀ being the modified Bessel function of order 0. Options as of
 * `hannWindow`, and `beta` (default 12): larger is narrower in time. Throws as `hannWindow`. Agrees with `torch.kaiser_window`.
 *
 * Formula: I₀(beta·√(1 - (2k/n - 1)²)) / I₀(beta)
 *
 * Shapes: [length]
 *
 * @example
 * ```ts
 * import { kaiserWindow } from 'nacre';
 * await kaiserWindow(4, { beta: 0 }).tolist(); // → [1, 1, 1, 1]
 * ```
 */
export const kaiserWindow = <D extends DType = 'float32'>(
  length: number,
  { beta = 12, ...options }: WindowOptions<D> & { beta?: number } = {},
): Tensor<[number], NoInfer<D>> =>
  window('kaiserWindow', length, options, (place) => {
    const from = 2 * place - 1;
    return besselI0(beta * Math.sqrt(Math.max(0, 1 - from * from))) / besselI0(beta);
  });

/** Σ ((x/2)^k / k!)²: all terms are positive, so it is summed until they no longer count. */
function besselI0(x: number): number {
  let [total, term] = [1, 1];
  for (let k = 1; term > total * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    total += term;
  }
  return total;
}
