/** The short-time Fourier transform and its inverse, of transforms of windowed pieces. */
import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import type { Node } from '../../graph/node.ts';
import { constant, div, expand, mul, permute, reshape, times } from '../primitives/apply.ts';
import { square, toFloat, together } from './elementwise.ts';
import { fourierToReal, fullRealFourier, realFourier } from './fourier.ts';
import { narrow, pad } from './movement.ts';
import { type PadMode, padBy, unfoldAxis } from './resample.ts';
import { putBack } from './sliding.ts';

interface FrameOptions {
  /** Distance between the starts of neighbouring frames. Default: floor(nFft / 4). */
  hopLength?: number;
  /** Length of the window, which is centred in the frame, between zeros. Default: nFft. */
  winLength?: number;
  /** Whether frame t is centred at t·hopLength; without, it begins there. Default: yes. */
  center?: boolean;
  /** Whether results are divided by √nFft (and, on the way back, multiplied). Default: no. */
  normalized?: boolean;
  /** Whether only the bins 0 to nFft/2 are there; the others are their conjugates. Default: yes. */
  onesided?: boolean;
}

export interface StftOptions extends FrameOptions {
  /** What stands beyond the ends, for `center`. Default: 'reflect'. */
  padMode?: PadMode;
}

export interface IstftOptions extends FrameOptions {
  /** Numbers of the result. Default: up to the end of the last frame, less nFft / 2 with `center`. */
  length?: number;
}

interface Frames {
  readonly size: number;
  readonly hop: number;
  readonly window: Node | null;
}

/** Sizes as given or by default, and the window between zeros, where there is one. */
function framesOf(
  op: string,
  size: number,
  { hopLength, winLength = size }: FrameOptions,
  window: Node | null,
): Frames {
  const hop = hopLength ?? Math.floor(size / 4);
  for (const [name, value] of Object.entries({ nFft: size, hopLength: hop, winLength })) {
    if (!Number.isInteger(value) || value < 1)
      throw new ArgumentError(`${name} is a positive integer, got ${value}`, { op });
  }
  if (winLength > size) throw new ArgumentError(`winLength ${winLength} is more than nFft ${size}`, { op });
  if (window && (window.shape.length !== 1 || window.shape[0] !== winLength)) {
    throw new ShapeMismatchError(`window: ${showShape(window.shape)}, expected [${winLength}]`, {
      op,
      shapes: [window.shape],
      hint: 'The window has winLength numbers, by default nFft',
    });
  }
  if (!window && winLength === size) return { size, hop, window: null };
  const numbers = window ? toFloat(window) : expand(constant(1, 'float32'), [winLength]);
  const left = Math.floor((size - winLength) / 2);
  return { size, hop, window: pad(numbers, [left, size - winLength - left]) };
}

/** Real signals [T] or [N, T] → [bins, frames, 2] or [N, bins, frames, 2]. */
export function stft(x: Node, nFft: number, window: Node | null, options: StftOptions = {}): Node {
  const op = 'stft';
  const { center = true, padMode = 'reflect', normalized = false, onesided = true } = options;
  const frames = framesOf(op, nFft, options, window);
  const rank = x.shape.length;
  if (rank !== 1 && rank !== 2)
    throw new ShapeMismatchError(`x: ${showShape(x.shape)}, expected [T] or [N, T]`, {
      op,
      shapes: [x.shape],
    });
  const signal = toFloat(x);
  const half = Math.floor(nFft / 2);
  const padded = center ? padBy(op, signal, [half, half], padMode) : signal;
  if (padded.shape[rank - 1] < nFft) {
    throw new ShapeMismatchError(`x: ${showShape(x.shape)} is shorter than one frame of ${nFft} numbers`, {
      op,
      shapes: [x.shape],
    });
  }
  const pieces = unfoldAxis(padded, -1, nFft, frames.hop);
  const seen = frames.window ? windowed(pieces, frames.window) : pieces;
  const extent = { axes: [rank], lengths: [nFft] };
  const kind = normalized ? 'ortho' : 'backward';
  const bins = onesided ? realFourier(op, seen, extent, -1, kind) : fullRealFourier(seen, rank);
  const scaled = normalized && !onesided ? times(bins, 1 / Math.sqrt(nFft)) : bins;
  return permute(scaled, rank === 1 ? [1, 0, 2] : [0, 2, 1, 3]);
}

function windowed(pieces: Node, window: Node): Node {
  const [x, w] = together(pieces, window);
  return mul(x, w);
}

/**
 * Pieces [N, frames, size] added up where they lie in a signal, each `hop` after the one before: [N, (frames - 1)·hop + size]. Pieces are
 * cut into blocks of one hop; the blocks of one number in their pieces lie beside each other without a gap.
 */
function overlapAdd(pieces: Node, hop: number): Node {
  const [batch, frames, size] = pieces.shape;
  const blocks = Math.ceil(size / hop);
  const filled = reshape(pad(pieces, [0, blocks * hop - size]), [batch, frames, blocks, hop]);
  const sliding = { sizes: [blocks], strides: [1], dilations: [1] };
  const length = frames + blocks - 1;
  const added = putBack(permute(filled, [0, 3, 2, 1]), sliding, [0], [frames], [length]);
  return narrow(reshape(permute(added, [0, 2, 1]), [batch, length * hop]), 1, 0, (frames - 1) * hop + size);
}

/** [bins, frames, 2] or [N, bins, frames, 2] → real signals [T] or [N, T]: of all signals the nearest in the sum of squares. */
export function istft(z: Node, nFft: number, window: Node | null, options: IstftOptions = {}): Node {
  const op = 'istft';
  const { center = true, normalized = false, onesided = true, length } = options;
  const frames = framesOf(op, nFft, options, window);
  const rank = z.shape.length;
  const bins = onesided ? Math.floor(nFft / 2) + 1 : nFft;
  if (
    (rank !== 3 && rank !== 4) ||
    z.shape[rank - 1] !== 2 ||
    z.shape[rank - 3] !== bins ||
    !z.shape[rank - 2]
  ) {
    throw new ShapeMismatchError(
      `z: ${showShape(z.shape)}, expected [${bins}, frames, 2] or [N, ${bins}, frames, 2]`,
      {
        op,
        shapes: [z.shape],
        hint: `nFft ${nFft} has ${bins} bins${onesided ? ', all of them with onesided: false' : ''}`,
      },
    );
  }
  const { size, hop } = frames;
  if ((options.winLength ?? size) < hop) {
    throw new ArgumentError(`windows of ${options.winLength ?? size} numbers, ${hop} apart, leave gaps`, {
      op,
      hint: 'Use a hopLength of at most winLength',
    });
  }
  const [batch, count] = [rank === 4 ? z.shape[0] : 1, z.shape[rank - 2]];
  const spectra = permute(reshape(toFloat(z), [batch, bins, count, 2]), [0, 2, 1, 3]);
  const extent = { axes: [2], lengths: [size] };
  // Of all bins the first half says everything.
  const half = narrow(spectra, 2, 0, Math.floor(size / 2) + 1);
  const pieces = fourierToReal(op, half, extent, 1, normalized ? 'ortho' : 'backward');
  const weights = frames.window ?? expand(constant(1, pieces.dtype), [size]);
  const seen = windowed(pieces, weights);
  const weightOf = square(reshape(together(weights, seen)[0], [1, 1, size]));
  const start = center ? Math.floor(size / 2) : 0;
  const whole = (count - 1) * hop + size;
  const end = length === undefined ? whole - start : start + length;
  if (!Number.isInteger(end) || end <= start)
    throw new ArgumentError(
      length === undefined
        ? `${count} frames ${hop} apart leave nothing between the halves of the outer frames`
        : `length is a positive integer, got ${length}`,
      { op },
    );
  const within = Math.min(end, whole) - start;
  const cut = (x: Node): Node => narrow(x, 1, start, within);
  const signal = div(cut(overlapAdd(seen, hop)), cut(overlapAdd(expand(weightOf, [1, count, size]), hop)));
  return reshape(pad(signal, [0, end - start - within]), rank === 4 ? [batch, end - start] : [end - start]);
}
