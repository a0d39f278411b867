import { ArgumentError, FormatError, ShapeMismatchError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { tensor } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { checkWhole } from '../checks.ts';

/** How a file keeps its samples. */
export type WavEncoding = 'int' | 'float';

/** A sound as a WAV file has it. */
export interface Wav {
  /** [channels, time], from -1 to 1. */
  readonly waveform: Tensor;
  /** Samples in a second, of each channel. */
  readonly sampleRate: number;
  readonly bitsPerSample: number;
  readonly encoding: WavEncoding;
}

const op = 'decodeWav';
const [pcm, ieeeFloat, extensible] = [1, 3, 0xfffe];
const allowed: Readonly<Record<WavEncoding, readonly number[]>> = { int: [8, 16, 24, 32], float: [32, 64] };

const refuse = (message: string, hint?: string): never => {
  throw new FormatError(message, { op, hint });
};

interface Format {
  readonly encoding: WavEncoding;
  readonly bits: number;
  readonly channels: number;
  readonly sampleRate: number;
}

function readFormat(view: DataView, begin: number, size: number): Format {
  if (size < 16) refuse(`the fmt chunk has ${size} bytes, not 16 or more`);
  const tag = view.getUint16(begin, true);
  const channels = view.getUint16(begin + 2, true);
  const sampleRate = view.getUint32(begin + 4, true);
  const frameBytes = view.getUint16(begin + 12, true);
  const bits = view.getUint16(begin + 14, true);
  // An extensible format has its own tag in the first two bytes of an identifier at its end.
  if (tag === extensible && size < 40) refuse(`the extensible fmt chunk has ${size} bytes, not 40`);
  const kind = tag === extensible ? view.getUint16(begin + 24, true) : tag;
  if (kind !== pcm && kind !== ieeeFloat) {
    refuse(
      `the samples are compressed (format ${kind})`,
      'Convert the file to PCM: ffmpeg -i in.wav -c:a pcm_s16le out.wav',
    );
  }
  const encoding = kind === pcm ? 'int' : 'float';
  if (!allowed[encoding].includes(bits)) refuse(`there are no samples of ${bits} bits as ${encoding}`);
  if (channels === 0 || sampleRate === 0)
    refuse(`it has ${channels} channels at ${sampleRate} samples a second`);
  if (frameBytes !== (channels * bits) / 8) {
    refuse(
      `${channels} samples of ${bits} bits take ${(channels * bits) / 8} bytes, the file says ${frameBytes}`,
    );
  }
  return { encoding, bits, channels, sampleRate };
}

/** How a sample is read at a byte, as a number from -1 to 1. */
function sampleReader(view: DataView, { encoding, bits }: Format): (at: number) => number {
  if (encoding === 'float') {
    return bits === 32 ? (at) => view.getFloat32(at, true) : (at) => view.getFloat64(at, true);
  }
  switch (bits) {
    case 8:
      return (at) => (view.getUint8(at) - 128) / 128; // only bytes are kept without a sign
    case 16:
      return (at) => view.getInt16(at, true) / 2 ** 15;
    case 24:
      return (at) => (view.getUint16(at, true) + view.getInt8(at + 2) * 2 ** 16) / 2 ** 23;
    default:
      return (at) => view.getInt32(at, true) / 2 ** 31;
  }
}

const textAt = (view: DataView, at: number): string =>
  String.fromCharCode(...Array.from({ length: 4 }, (_, i) => view.getUint8(at + i)));

/**
 * Reads a WAV file: whole numbers of 8, 16, 24 or 32 bits, or floats of 32 or 64, also in the extensible form. Sizes are held against the
 * bytes that are there before anything is allocated.
 *
 * @throws FormatError for what is no WAV file, is cut short or compressed.
 *
 * Shapes: waveform [channels, time]
 *
 * @example
 * ```ts
 * import { audio, tensor } from 'nacre';
 * const bytes = audio.encodeWav(tensor([0, 0.5, -1]), 8000);
 * const { waveform, sampleRate } = audio.decodeWav(bytes);
 * sampleRate; // → 8000
 * waveform; // → [[0, 0.5, -1]]
 * audio.decodeWav(bytes.subarray(0, 46)); // → throws FormatError: data chunk
 * ```
 */
export function decodeWav(bytes: Uint8Array): Wav {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 12 || textAt(view, 0) !== 'RIFF' || textAt(view, 8) !== 'WAVE') {
    refuse('the file does not begin as WAV does');
  }
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [name, size] = [textAt(view, at), view.getUint32(at + 4, true)];
    const begin = at + 8;
    if (begin + size > bytes.length) {
      refuse(`the ${name} chunk at byte ${at} has ${size} bytes, of which ${bytes.length - begin} are there`);
    }
    if (name === 'fmt ') format = readFormat(view, begin, size);
    else if (name === 'data') {
      if (!format) return refuse('the samples come before the fmt chunk that says what they are');
      return decoded(view, begin, size, format);
    }
    at = begin + size + (size % 2); // chunks begin at even bytes
  }
  return refuse('there is no data chunk');
}

function decoded(view: DataView, begin: number, size: number, format: Format): Wav {
  const { channels, bits, sampleRate, encoding } = format;
  const sampleBytes = bits / 8;
  const time = size / (channels * sampleBytes);
  if (!Number.isInteger(time)) {
    refuse(`${size} bytes are no whole number of ${channels} samples of ${bits} bits`);
  }
  const read = sampleReader(view, format);
  const samples = new Float32Array(channels * time);
  for (let channel = 0; channel < channels; channel++) {
    let at = begin + channel * sampleBytes;
    for (let i = channel * time; i < (channel + 1) * time; i++, at += channels * sampleBytes)
      samples[i] = read(at);
  }
  return {
    waveform: tensor(samples, { shape: [channels, time] }),
    sampleRate,
    bitsPerSample: bits,
    encoding,
  };
}

export interface EncodeWavOptions {
  /** Bits of a sample: 8, 16, 24 or 32 of `int`, 32 of `float`. Default 16, or 32 of float. */
  readonly bitsPerSample?: 8 | 16 | 24 | 32;
  /** Default int. */
  readonly encoding?: WavEncoding;
}

/** How a number from -1 to 1 is written at a byte; beyond them the ends count. */
function sampleWriter(
  view: DataView,
  encoding: WavEncoding,
  bits: number,
): (at: number, value: number) => void {
  if (encoding === 'float') return (at, value) => view.setFloat32(at, value, true);
  const most = 2 ** (bits - 1);
  const level = (value: number): number => Math.min(most - 1, Math.max(-most, Math.round(value * most)));
  switch (bits) {
    case 8:
      return (at, value) => view.setUint8(at, level(value) + 128);
    case 16:
      return (at, value) => view.setInt16(at, level(value), true);
    case 24:
      return (at, value) => {
        view.setUint16(at, level(value) & 0xffff, true);
        view.setInt8(at + 2, level(value) >> 16);
      };
    default:
      return (at, value) => view.setInt32(at, level(value), true);
  }
}

/**
 * Writes a WAV file: 16 bits a sample unless `bitsPerSample` says. What is beyond -1 and 1 is cut off, except in floats.
 *
 * @throws ShapeMismatchError for a tensor of other axes; ArgumentError for a sample rate or bits that are none.
 *
 * Shapes: waveform [channels, time] or [time]
 *
 * @example
 * ```ts
 * import { audio, zeros } from 'nacre';
 * audio.encodeWav(zeros([2, 100]), 44100).length; // → 444
 * ```
 */
export function encodeWav(waveform: Tensor, sampleRate: number, options: EncodeWavOptions = {}): Uint8Array {
  const op = 'encodeWav';
  const { encoding = 'int', bitsPerSample: bits = encoding === 'float' ? 32 : 16 } = optionsOf(op, options, [
    'bitsPerSample',
    'encoding',
  ]);
  const { shape } = waveform.node;
  if (shape.length !== 1 && shape.length !== 2) {
    throw new ShapeMismatchError('a waveform is [channels, time] or [time]', { op, shapes: [shape] });
  }
  if (!allowed[encoding]?.includes(bits) || (bits as number) === 64) {
    throw new ArgumentError(
      `samples are int of 8, 16, 24 or 32 bits, or float of 32; got ${encoding} of ${bits}`,
      { op },
    );
  }
  checkWhole(op, 'sampleRate', sampleRate, 1);
  const [time, channels = 1] = [...shape].reverse();
  const frameBytes = (channels * bits) / 8;
  const size = time * frameBytes;
  const bytes = new Uint8Array(44 + size + (size % 2));
  const view = new DataView(bytes.buffer);
  const put = (at: number, text: string): void => bytes.set(new TextEncoder().encode(text), at);
  put(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  put(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, encoding === 'int' ? pcm : ieeeFloat, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * frameBytes, true);
  view.setUint16(32, frameBytes, true);
  view.setUint16(34, bits, true);
  put(36, 'data');
  view.setUint32(40, size, true);
  const samples = waveform.dataSync() as ArrayLike<number>;
  const write = sampleWriter(view, encoding, bits);
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < time; i++) {
      write(44 + (i * channels + channel) * (bits / 8), samples[channel * time + i]);
    }
  }
  return bytes;
}
