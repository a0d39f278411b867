import { describe, expect, it } from 'vitest';
import { ones, tensor, zeros } from '../../tensor/create.ts';
import * as audio from './index.ts';

const samples = [0, 0.5, -0.5, 1, -1, 0.25];

/** A file of two chunks, as other programs write them: an odd one between them, and more after the samples. */
function file(format: readonly number[], data: readonly number[], name = 'data'): Uint8Array {
  const chunk = (id: string, body: readonly number[]): number[] => [
    ...[...id].map((letter) => letter.charCodeAt(0)),
    ...new Uint8Array(Uint32Array.of(body.length).buffer),
    ...body,
    ...(body.length % 2 ? [0] : []),
  ];
  const body = [
    ...chunk('fmt ', format),
    ...chunk('LIST', [1, 2, 3]),
    ...chunk(name, data),
    ...chunk('id3 ', [0]),
  ];
  return Uint8Array.from([...chunk('RIFF', [...new TextEncoder().encode('WAVE'), ...body])]);
}
const u16 = (value: number): number[] => [value & 255, value >> 8];
const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];
const format = (tag: number, channels: number, rate: number, bits: number): number[] => [
  ...u16(tag),
  ...u16(channels),
  ...u32(rate),
  ...u32((rate * channels * bits) / 8),
  ...u16((channels * bits) / 8),
  ...u16(bits),
];

describe('WAV', () => {
  it.each<[number, 'int' | 'float']>([
    [8, 'int'],
    [16, 'int'],
    [24, 'int'],
    [32, 'int'],
    [32, 'float'],
  ])('of %d bits as %s comes back', async (bitsPerSample, encoding) => {
    const given = tensor([...samples, ...samples.map((value) => -value)], { shape: [2, 6] });
    const bytes = audio.encodeWav(given, 22050, { bitsPerSample: bitsPerSample as 8, encoding });
    const { waveform, ...rest } = audio.decodeWav(bytes);
    expect(rest).toEqual({ sampleRate: 22050, bitsPerSample, encoding });
    expect(waveform.shape).toEqual([2, 6]);
    const made = await waveform.data();
    const expected = await given.data();
    const step = encoding === 'float' ? 1e-9 : 2 / 2 ** (bitsPerSample - 1) + 1e-7;
    made.forEach((value, at) => {
      expect(Math.abs(value - expected[at])).toBeLessThan(step);
    });
    if (encoding === 'int') expect(Math.max(...made)).toBeLessThanOrEqual(1); // 1 is one level above the highest
  });

  it('is read as others write it', async () => {
    expect(await audio.decodeWav(file(format(1, 1, 8000, 8), [0, 128, 255])).waveform.tolist()).toEqual([
      [-1, 0, 127 / 128],
    ]);
    const sixteen = file(
      [
        ...format(0xfffe, 2, 8000, 16),
        ...u16(22),
        ...u16(16),
        ...u32(3),
        ...u16(1),
        ...new Array(14).fill(0),
      ],
      [0, 64, 0, 192],
    );
    expect(await audio.decodeWav(sixteen).waveform.tolist()).toEqual([[0.5], [-0.5]]);
    const doubles = file(format(3, 1, 8000, 64), [...new Uint8Array(Float64Array.of(0.125).buffer)]);
    expect(await audio.decodeWav(doubles).waveform.tolist()).toEqual([[0.125]]);
    expect(audio.decodeWav(file(format(1, 1, 8000, 16), [])).waveform.shape).toEqual([1, 0]);
  });

  const good = audio.encodeWav(zeros([1, 10]), 8000);
  const changed = (at: number, value: number): Uint8Array =>
    good.map((byte, place) => (place === at ? value : byte));
  it.each<[string, Uint8Array]>([
    ['does not begin as WAV', good.subarray(0, 8)],
    ['does not begin as WAV', changed(0, 65)],
    ['the data chunk at byte 36 has 20 bytes, of which 3 are there', good.subarray(0, 47)],
    ['of which 20 are there', changed(43, 255)], // 4 GB announced
    ['there is no data chunk', good.subarray(0, 36)],
    ['compressed (format 17)', changed(20, 17)],
    ['no samples of 12 bits', changed(34, 12)],
    ['it has 0 channels', changed(22, 0)],
    ['take 2 bytes, the file says 3', changed(32, 3)],
    ['no whole number of 2 samples', file(format(1, 2, 8000, 16), [0, 0])],
    [
      'come before the fmt chunk',
      file(format(1, 1, 8000, 16), []).map((byte, at) => (at === 12 ? 70 : byte)),
    ],
    ['the extensible fmt chunk has 16 bytes', changed(20, 0xfe).map((byte, at) => (at === 21 ? 255 : byte))],
    ['the fmt chunk has 4 bytes', file([1, 0, 1, 0], [])],
  ])('is refused: %s', (message, bytes) => {
    expect(() => audio.decodeWav(bytes)).toThrow(message);
  });

  it('cut anywhere is refused', () => {
    for (let length = 0; length < good.length; length++) {
      expect(() => audio.decodeWav(good.subarray(0, length))).toThrow(/decodeWav/);
    }
  });
});

it.each<[string, () => unknown]>([
  ['a waveform is [channels, time]', () => audio.encodeWav(zeros([1, 1, 1]), 8000)],
  [
    'float of 32; got float of 16',
    () => audio.encodeWav(zeros([1]), 8000, { encoding: 'float', bitsPerSample: 16 }),
  ],
  ['sampleRate is a whole number', () => audio.encodeWav(zeros([1]), 0)],
  ['to is a whole number', () => audio.resample(ones([8]), 8000, 0.5)],
  ['rolloff is above 0', () => audio.resample(ones([8]), 8000, 4000, { rolloff: 2 })],
  ['nFft is a whole number', () => audio.spectrogram(ones([800]), { nFft: 0 })],
  ['power is a number above 0', () => audio.spectrogram(ones([800]), { power: 0 })],
  ['stft: ', () => audio.spectrogram(ones([20]))],
  ['there is no option nMel', () => audio.melSpectrogram(ones([800]), { nMel: 3 } as never)],
  ['fMin is from 0', () => audio.melscaleFbanks(201, { fMin: 9000 })],
  ['melScale is htk or slaney', () => audio.melscaleFbanks(201, { melScale: 'bark' as never })],
  ['there are 128 bands for 200', () => audio.mfcc(ones([800]), { nMfcc: 200 })],
  ['stype is power', () => audio.amplitudeToDB(ones([1]), { stype: 'sound' as never })],
])('refuses: %s', (message, run) => {
  expect(run).toThrow(message);
});

it('a sound of one axis, and of several, is taken', () => {
  expect(audio.mfcc(ones([800]), { nMfcc: 5 }).shape).toEqual([5, 5]);
  expect(audio.spectrogram(ones([2, 3, 800])).shape).toEqual([2, 3, 201, 5]);
  expect(audio.resample(ones([2, 3, 80]), 8000, 4000).shape).toEqual([2, 3, 40]);
});
