import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { tensor } from '../../tensor/create.ts';
import { conv1d, narrow, pad, reshape, transpose } from '../../tensor/functions.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { checkWhole } from '../checks.ts';

export interface ResampleOptions {
  /** Zero crossings of the sinc on each side: more are sharper, and slower. Default 6. */
  readonly lowpassFilterWidth?: number;
  /** The share of the lower of both bands that passes. Default 0.99. */
  readonly rolloff?: number;
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** One windowed sinc for each place of a result among `to` of them: [to, 1, 2·width + from], and the width. */
function sincKernels(
  from: number,
  to: number,
  zeros: number,
  rolloff: number,
): { kernels: Tensor; width: number } {
  const band = Math.min(from, to) * rolloff;
  const width = Math.ceil((zeros * from) / band);
  const length = 2 * width + from;
  const weights = new Float32Array(to * length);
  for (let phase = 0; phase < to; phase++) {
    for (let i = 0; i < length; i++) {
      const place = Math.min(zeros, Math.max(-zeros, ((i - width) / from - phase / to) * band));
      const window = Math.cos((place * Math.PI) / zeros / 2) ** 2;
      const sinc = place === 0 ? 1 : Math.sin(place * Math.PI) / (place * Math.PI);
      weights[phase * length + i] = sinc * window * (band / from);
    }
  }
  return { kernels: tensor(weights, { shape: [to, 1, length] }), width };
}

/**
 * A sound at another sample rate, by sincs under a Hann window (J. Smith, "Digital audio resampling", 2002). Agrees with torchaudio's resample.
 *
 * @throws ArgumentError for rates that are no whole numbers from 1 on.
 *
 * Shapes: x [..., time] → [..., ceil(time·to / from)]
 *
 * @example
 * ```ts
 * import { audio, ones } from 'nacre';
 * audio.resample(ones([1, 160]), 16000, 8000).shape; // → [1, 80]
 * ```
 */
export function resample(x: Tensor, from: number, to: number, options: ResampleOptions = {}): Tensor {
  const op = 'resample';
  const { lowpassFilterWidth = 6, rolloff = 0.99 } = optionsOf(op, options, [
    'lowpassFilterWidth',
    'rolloff',
  ]);
  checkWhole(op, 'from', from, 1);
  checkWhole(op, 'to', to, 1);
  checkWhole(op, 'lowpassFilterWidth', lowpassFilterWidth, 1);
  if (!(rolloff > 0 && rolloff <= 1))
    throw new ArgumentError(`rolloff is above 0 up to 1, got ${rolloff}`, { op });
  if (from === to) return x;
  const common = divisor(from, to);
  const [step, phases] = [from / common, to / common];
  const { kernels, width } = sincKernels(step, phases, lowpassFilterWidth, rolloff);
  const { shape } = x.node;
  const time = shape[shape.length - 1];
  const rows = reshape(x, [-1, 1, time]) as Tensor;
  const made = conv1d(pad(rows, [width, width + step]), kernels, null, { stride: step }) as Tensor;
  const whole = reshape(transpose(made, 1, 2), [made.shape[0], -1]) as Tensor;
  const length = Math.ceil((phases * time) / step);
  return reshape(narrow(whole, 1, 0, length), [...shape.slice(0, -1), length]) as Tensor;
}
