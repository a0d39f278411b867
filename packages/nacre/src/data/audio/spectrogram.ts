import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { tensor } from '../../tensor/create.ts';
import { hannWindow } from '../../tensor/functions/signal-windows.ts';
import { stft } from '../../tensor/functions/stft.ts';
import {
  amax,
  div,
  log,
  log10,
  matmul,
  maximum,
  mul,
  pow,
  reshape,
  sqrt,
  square,
  sub,
  sum,
  transpose,
} from '../../tensor/functions.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { checkWhole } from '../checks.ts';

export interface SpectrogramOptions {
  /** Samples of a frame, as many as the transform takes. Default 400. */
  readonly nFft?: number;
  /** Samples under the window. Default nFft. */
  readonly winLength?: number;
  /** Samples from frame to frame. Default floor(winLength / 2). */
  readonly hopLength?: number;
  /** [winLength]. Default: a Hann window. */
  readonly window?: Tensor;
  /** 1 for amplitudes, 2 for power. Default 2. */
  readonly power?: number;
  /** Whether amplitudes are divided by the root of the window's energy. Default: no. */
  readonly normalized?: boolean;
  /** Whether frames are centred on their samples; the signal goes on at its ends as `padMode` says. Default: yes. */
  readonly center?: boolean;
  /** Default reflect. */
  readonly padMode?: 'constant' | 'reflect' | 'replicate' | 'circular';
}

const spectrogramNames = [
  'nFft',
  'winLength',
  'hopLength',
  'window',
  'power',
  'normalized',
  'center',
  'padMode',
] as const;

function spectraOf(op: string, x: Tensor, options: SpectrogramOptions): Tensor {
  const { nFft = 400, power = 2, normalized = false, center = true, padMode = 'reflect' } = options;
  checkWhole(op, 'nFft', nFft, 1);
  const { winLength = nFft } = options;
  checkWhole(op, 'winLength', winLength, 1);
  const { hopLength = Math.floor(winLength / 2), window = hannWindow(winLength) } = options;
  if (!(power > 0)) throw new ArgumentError(`power is a number above 0, got ${power}`, { op });
  const { shape } = x.node;
  const rows = reshape(x, [-1, shape[shape.length - 1]]) as Tensor;
  const z = stft(rows, nFft, { winLength, hopLength, window, center, padMode });
  const energy = sum(square(z), -1) as Tensor;
  const scaled = normalized ? (div(energy, sum(square(window))) as Tensor) : energy;
  const made = power === 2 ? scaled : power === 1 ? sqrt(scaled) : pow(scaled, power / 2);
  return reshape(made as Tensor, [...shape.slice(0, -1), ...(made as Tensor).shape.slice(-2)]) as Tensor;
}

/**
 * How strong each frequency is in each frame of a sound. Agrees with torchaudio's Spectrogram.
 *
 * Formula: y[f, t] = |stft(x)[f, t]|^power
 *
 * Shapes: x [..., time] → [..., floor(nFft / 2) + 1, frames]
 *
 * @throws ArgumentError for options that are no sizes; ShapeMismatchError for a signal shorter than a frame.
 *
 * @example
 * ```ts
 * import { audio, ones } from 'nacre';
 * audio.spectrogram(ones([1, 800])).shape; // → [1, 201, 5]
 * ```
 */
export function spectrogram(x: Tensor, options: SpectrogramOptions = {}): Tensor {
  const op = 'spectrogram';
  return spectraOf(op, x, optionsOf(op, options, spectrogramNames));
}

export interface MelOptions {
  /** Samples in a second. Default 16000. */
  readonly sampleRate?: number;
  /** Bands. Default 128. */
  readonly nMels?: number;
  /** Lowest frequency in hertz. Default 0. */
  readonly fMin?: number;
  /** Highest frequency in hertz. Default: half the sample rate. */
  readonly fMax?: number;
  /** `slaney` gives each band the same area. Default: none, each has the same height. */
  readonly norm?: 'slaney';
  /** The scale: `htk` (O'Shaughnessy, 1987), or `slaney` (Auditory Toolbox, 1998), which is librosa's. Default htk. */
  readonly melScale?: 'htk' | 'slaney';
}

const melNames = ['sampleRate', 'nMels', 'fMin', 'fMax', 'norm', 'melScale'] as const;

/** Slaney's scale is even up to this frequency, and logarithmic from there on. */
const [corner, evenStep, logStep] = [1000, 200 / 3, Math.log(6.4) / 27];

const toMel = (hertz: number, scale: 'htk' | 'slaney'): number => {
  if (scale === 'htk') return 2595 * Math.log10(1 + hertz / 700);
  return hertz < corner ? hertz / evenStep : corner / evenStep + Math.log(hertz / corner) / logStep;
};

const toHertz = (mel: number, scale: 'htk' | 'slaney'): number => {
  if (scale === 'htk') return 700 * (10 ** (mel / 2595) - 1);
  const cornerMel = corner / evenStep;
  return mel < cornerMel ? mel * evenStep : corner * Math.exp(logStep * (mel - cornerMel));
};

function filterbank(op: string, bins: number, options: MelOptions): Tensor {
  const { sampleRate = 16000, nMels = 128, fMin = 0, norm, melScale = 'htk' } = options;
  checkWhole(op, 'sampleRate', sampleRate, 1);
  checkWhole(op, 'nMels', nMels, 1);
  const half = Math.floor(sampleRate / 2);
  const { fMax = half } = options;
  if (!(fMin >= 0 && fMin < fMax)) {
    throw new ArgumentError(`fMin is from 0 to below fMax, got ${fMin} and ${fMax}`, { op });
  }
  if (!['htk', 'slaney'].includes(melScale) || !['slaney', undefined].includes(norm)) {
    throw new ArgumentError(`melScale is htk or slaney, norm slaney or none; got ${melScale} and ${norm}`, {
      op,
    });
  }
  const [low, high] = [toMel(fMin, melScale), toMel(fMax, melScale)];
  const points = Array.from({ length: nMels + 2 }, (_, i) =>
    toHertz(low + ((high - low) * i) / (nMels + 1), melScale),
  );
  const weights = new Float32Array(bins * nMels);
  for (let bin = 0; bin < bins; bin++) {
    const frequency = bins > 1 ? (half * bin) / (bins - 1) : 0;
    for (let band = 0; band < nMels; band++) {
      const [begin, middle, end] = points.slice(band, band + 3);
      const height = norm ? 2 / (end - begin) : 1;
      const weight = Math.min((frequency - begin) / (middle - begin), (end - frequency) / (end - middle));
      weights[bin * nMels + band] = Math.max(0, weight) * height;
    }
  }
  return tensor(weights, { shape: [bins, nMels] });
}

/**
 * The weights with which bands of the mel scale, triangles that overlap by half, take part of frequencies. Agrees with torchaudio's
 * melscale_fbanks.
 *
 * Shapes: bins → [bins, nMels]
 *
 * @throws ArgumentError for frequencies and scales that are none.
 *
 * @example
 * ```ts
 * import { audio } from 'nacre';
 * audio.melscaleFbanks(201, { nMels: 40 }).shape; // → [201, 40]
 * ```
 */
export function melscaleFbanks(bins: number, options: MelOptions = {}): Tensor {
  const op = 'melscaleFbanks';
  checkWhole(op, 'bins', bins, 2);
  return filterbank(op, bins, optionsOf(op, options, melNames));
}

export interface MelSpectrogramOptions extends SpectrogramOptions, MelOptions {}

function melsOf(op: string, x: Tensor, options: MelSpectrogramOptions): Tensor {
  const spectra = spectraOf(op, x, options);
  const bins = spectra.shape[spectra.ndim - 2];
  const bands = matmul(transpose(spectra, -1, -2), filterbank(op, bins, options)) as Tensor;
  return transpose(bands, -1, -2) as Tensor;
}

/**
 * How strong each band of the mel scale, on which pitches are as far apart as they sound, is in each frame. Agrees with torchaudio's
 * MelSpectrogram; `{ norm: 'slaney', melScale: 'slaney', padMode: 'constant' }` with librosa's.
 *
 * Formula: y = melscaleFbanksᵀ · spectrogram(x)
 *
 * Shapes: x [..., time] → [..., nMels, frames]
 *
 * @throws as spectrogram and melscaleFbanks.
 *
 * @example
 * ```ts
 * import { audio, ones } from 'nacre';
 * audio.melSpectrogram(ones([1, 800]), { nMels: 40 }).shape; // → [1, 40, 5]
 * ```
 */
export function melSpectrogram(x: Tensor, options: MelSpectrogramOptions = {}): Tensor {
  const op = 'melSpectrogram';
  return melsOf(op, x, optionsOf(op, options, [...spectrogramNames, ...melNames]));
}

export interface AmplitudeToDBOptions {
  /** Whether numbers are powers or amplitudes. Default power. */
  readonly stype?: 'power' | 'magnitude';
  /** What is more decibels below the loudest of a sound is lifted to there. Default: none. */
  readonly topDb?: number;
}

const leastPower = 1e-10;

/**
 * Decibels, of which 0 is a power of 1. Agrees with torchaudio's AmplitudeToDB.
 *
 * Formula: y = 10·log10(max(x, 1e-10)), or 20·log10 of amplitudes
 *
 * Shapes: [...] → the same; with `topDb`, the loudest is that of [..., bands, frames]
 *
 * @example
 * ```ts
 * import { audio, tensor } from 'nacre';
 * audio.amplitudeToDB(tensor([1, 0.1, 100])); // → [0, -10, 20]
 * ```
 */
export function amplitudeToDB(x: Tensor, options: AmplitudeToDBOptions = {}): Tensor {
  const op = 'amplitudeToDB';
  const { stype = 'power', topDb } = optionsOf(op, options, ['stype', 'topDb']);
  if (stype !== 'power' && stype !== 'magnitude') {
    throw new ArgumentError(`stype is power or magnitude, got ${JSON.stringify(stype)}`, { op });
  }
  if (topDb !== undefined && !(topDb >= 0))
    throw new ArgumentError(`topDb is a number from 0 on, got ${topDb}`, { op });
  const decibels = mul(log10(maximum(x, leastPower)), stype === 'power' ? 10 : 20) as Tensor;
  if (topDb === undefined) return decibels;
  // As torchaudio: over channels, bands and frames of one sound.
  const dims = Array.from({ length: Math.min(3, decibels.ndim) }, (_, i) => decibels.ndim - 1 - i);
  return maximum(decibels, sub(amax(decibels, dims, { keepdim: true }), topDb)) as Tensor;
}

export interface MfccOptions extends MelSpectrogramOptions {
  /** Coefficients. Default 40. */
  readonly nMfcc?: number;
  /** Whether bands are taken as natural logarithms instead of decibels. Default: no. */
  readonly logMels?: boolean;
}

/** The cosine transform of type 2, orthonormal: [bands, coefficients]. */
function cosines(bands: number, coefficients: number): Tensor {
  const weights = new Float32Array(bands * coefficients);
  for (let band = 0; band < bands; band++) {
    for (let k = 0; k < coefficients; k++) {
      const norm = Math.sqrt((k === 0 ? 1 : 2) / bands);
      weights[band * coefficients + k] = norm * Math.cos((Math.PI / bands) * (band + 0.5) * k);
    }
  }
  return tensor(weights, { shape: [bands, coefficients] });
}

/**
 * Mel-frequency cepstral coefficients: the shape of a sound's spectrum in a few numbers a frame. Agrees with torchaudio's MFCC.
 *
 * Formula: y = DCT(amplitudeToDB(melSpectrogram(x), { topDb: 80 })), type 2, orthonormal, along the bands
 *
 * Shapes: x [..., time] → [..., nMfcc, frames]
 *
 * @throws ArgumentError for more coefficients than bands, and as melSpectrogram.
 *
 * @example
 * ```ts
 * import { audio, ones } from 'nacre';
 * audio.mfcc(ones([1, 800]), { nMfcc: 13, nMels: 40 }).shape; // → [1, 13, 5]
 * ```
 */
export function mfcc(x: Tensor, options: MfccOptions = {}): Tensor {
  const op = 'mfcc';
  const names = [...spectrogramNames, ...melNames, 'nMfcc', 'logMels'] as const;
  const { nMfcc = 40, logMels = false, ...mels } = optionsOf(op, options, names);
  checkWhole(op, 'nMfcc', nMfcc, 1);
  const { nMels = 128 } = mels;
  if (nMfcc > nMels)
    throw new ArgumentError(`there are ${nMels} bands for ${nMfcc} coefficients`, {
      op,
      hint: 'Give nMels, or a smaller nMfcc',
    });
  const bands = melsOf(op, x, mels);
  const levels = logMels ? log(bands.add(1e-6)) : amplitudeToDB(bands, { topDb: 80 });
  return transpose(matmul(transpose(levels as Tensor, -1, -2), cosines(nMels, nMfcc)), -1, -2) as Tensor;
}
