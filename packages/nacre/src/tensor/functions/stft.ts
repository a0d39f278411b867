/** Short-time Fourier transforms of real signals, and back. Complex numbers are pairs in a last axis of 2. */
import { nodeOf, optionalNode, requireOneOf } from '../arguments.ts';
import * as spectra from '../ops/stft.ts';
import type { Optional } from '../signatures.ts';
import { Tensor } from '../tensor.ts';

/** Options of `stft`. */
export interface StftOptions extends spectra.StftOptions {
  /** [winLength]. Default: all ones. */
  window?: Optional<Tensor>;
}

/** Options of `istft`. */
export interface IstftOptions extends spectra.IstftOptions {
  /** The window that was used on the way there. Default: all ones. */
  window?: Optional<Tensor>;
}

/**
 * The spectra of overlapping pieces of real signals: X[f, t] = Σ_k w[k]·x[t·hopLength + k]·exp(-2πi·fk/nFft).
 *
 * Shapes: x [T] or [N, T] → [floor(nFft / 2) + 1, frames, 2] or with N in front; all nFft bins with `onesided: false`. Options:
 * `hopLength` (default floor(nFft / 4)), `winLength` (nFft) and `window` [winLength] (ones), `center` (true: nFft/2 numbers are put at
 * both ends in `padMode`, 'reflect' by default), `normalized` (false: no division by √nFft), `onesided` (true). Throws an ArgumentError
 * for sizes that are no positive integers, a ShapeMismatchError for a window of another length or a signal shorter than a frame. Agrees
 * with `torch.stft` of real signals.
 *
 * Formula: X[f, t] = Σ_k w[k]·x[t·hopLength + k]·exp(-2πi·fk/nFft)
 *
 * @example
 * ```ts
 * import { ones, stft } from 'nacre';
 * const z = stft(ones([6]), 4, { hopLength: 2, center: false });
 * await z.tolist(); // → [[[4, 0], [4, 0]], [[0, 0], [0, 0]], [[0, 0], [0, 0]]]
 * ```
 */
export function stft(x: Tensor, nFft: number, { window, ...options }: StftOptions = {}): Tensor {
  const op = 'stft';
  const { padMode = 'reflect' } = options;
  requireOneOf(op, 'padMode', padMode, ['constant', 'reflect', 'replicate', 'circular']);
  return new Tensor(spectra.stft(nodeOf(op, x), nFft, optionalNode(op, window), options));
}

/**
 * The signals whose spectra are nearest to those given: overlapping pieces are windowed again, added up, and divided by the sum of the
 * squared windows (Griffin and Lim, "Signal estimation from modified short-time Fourier transform", 1984). Undoes `stft`.
 *
 * Shapes: z [bins, frames, 2] or [N, bins, frames, 2] → [T] or [N, T]. Options as those of `stft`, and `length` of the result (default: what
 * the frames reach, less nFft/2 at both ends with `center`; beyond the frames it is 0). Where all windows are 0 the result is NaN. Throws an
 * ArgumentError for sizes that are no positive integers and for a hopLength above winLength, a ShapeMismatchError for another number of
 * bins or a window of another length. Agrees with `torch.istft`, which refuses windows that leave numbers unseen.
 *
 * Formula: x[i] = Σ_t w[i - t·hopLength]·yₜ[i - t·hopLength] / Σ_t w²[i - t·hopLength], yₜ the inverse transform of frame t
 *
 * @example
 * ```ts
 * import { hannWindow, istft, stft, tensor } from 'nacre';
 * const x = tensor([1, 2, 3, 4, 5, 6, 7, 8], { dtype: 'float64' });
 * const window = hannWindow(4, { dtype: 'float64' });
 * const back = istft(stft(x, 4, { window }), 4, { window, length: 8 });
 * await back.tolist(); // → [1, 2, 3, 4, 5, 6, 7, 8]
 * ```
 */
export function istft(z: Tensor, nFft: number, { window, ...options }: IstftOptions = {}): Tensor {
  const op = 'istft';
  return new Tensor(spectra.istft(nodeOf(op, z), nFft, optionalNode(op, window), options));
}
