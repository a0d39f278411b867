export { type ResampleOptions, resample } from './resample.ts';
export {
  type AmplitudeToDBOptions,
  amplitudeToDB,
  type MelOptions,
  type MelSpectrogramOptions,
  type MfccOptions,
  melSpectrogram,
  melscaleFbanks,
  mfcc,
  type SpectrogramOptions,
  spectrogram,
} from './spectrogram.ts';
export { decodeWav, type EncodeWavOptions, encodeWav, type Wav, type WavEncoding } from './wav.ts';
