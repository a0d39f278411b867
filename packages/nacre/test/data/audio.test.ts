import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import * as audio from '../../src/data/audio/index.ts';
import { type Tensor, tensor } from '../../src/index.ts';

interface Case {
  readonly function: string;
  readonly args: readonly unknown[];
  readonly shape: readonly number[];
  readonly expect: readonly number[];
}

/** What `generate.py` wrote: the sound in the first line, then a case in each. */
const [first, ...cases] = readFileSync(path.join(import.meta.dirname, 'audio.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as unknown);
const sound = first as { waveform: number[]; shape: number[] };

const named = audio as unknown as Record<string, (x: Tensor, ...args: readonly unknown[]) => Tensor>;

describe('audio agrees with torchaudio', () => {
  it.each((cases as Case[]).map((one) => [`${one.function}(${JSON.stringify(one.args)})`, one] as const))(
    '%s',
    async (_, { function: name, args, shape, expect: expected }) => {
      const waveform = tensor(Float32Array.from(sound.waveform), { shape: sound.shape });
      // Decibels are those of a mel spectrogram.
      const made =
        name === 'amplitudeToDB'
          ? named.amplitudeToDB(named.melSpectrogram(waveform, args[0]), args[1])
          : named[name](waveform, ...args);
      expect(made.shape).toEqual(shape);
      const data = await made.data();
      // Decibels of float32 sums: small powers lose digits, in torchaudio too.
      const tolerance = name === 'mfcc' || name === 'amplitudeToDB' ? 2e-3 : 2e-5;
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
      const worst = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - data[at])), 0);
      expect(worst / largest).toBeLessThan(tolerance);
    },
  );
});
