import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../data/index.ts';
import { saveSafetensors } from '../io/tensors.ts';
import { manualSeed } from '../tensor/generator.ts';
import { EarlyStopping, LearningRateScheduler } from './callbacks/index.ts';
import { type FitOptions, fit } from './fit.ts';
import { bitsOf, directions, smallNetwork, smallTraining } from './testing.ts';
import { TrainingState } from './training-state.ts';

let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nacre-resume-'));
  path = join(folder, 'state.safetensors');
});
afterAll(() => rm(folder, { recursive: true }));

const examples = 100; // 7 steps an epoch
const data = directions(examples);

/** The data, and a signal that is aborted when the example after `reads` others is read. */
function abortingAfter(reads: number): { dataset: Dataset; signal: AbortSignal } {
  const abort = new AbortController();
  const { source } = data;
  let read = 0;
  const counted = {
    ...source,
    write(...place: Parameters<typeof source.write>) {
      if (++read > reads) abort.abort();
      source.write(...place);
    },
  };
  const dataset = { length: data.length, get: (index: number) => data.get(index), source: counted };
  return { dataset, signal: abort.signal };
}

const options = (model: ReturnType<typeof smallNetwork>): FitOptions => ({
  ...smallTraining(model),
  epochs: 4,
  seed: 5,
  validation: data,
  callbacks: [
    new LearningRateScheduler((_, lr) => lr * 0.9),
    new EarlyStopping({ monitor: 'accuracy', mode: 'min', patience: 2, restoreBestWeights: true }),
  ],
});

const numbersOf = (records: readonly object[]) =>
  records.map((record) => ({ ...record, seconds: 0, stepMicroseconds: 0 }));

describe('a training that is resumed', () => {
  // In the first epoch, at its end, and in a later one; batches of 16.
  it.each([1, 40, 97, 250])('ends with the same bits when it is stopped after %i examples', async (reads) => {
    const model = smallNetwork();
    const whole = await fit(model, data, options(model));

    const stopped = smallNetwork();
    const { dataset, signal } = abortingAfter(reads);
    const first = await fit(stopped, dataset, { ...options(stopped), signal });
    expect(first.interrupted).toBe(true);
    expect(first.records.length).toBeLessThan(4);
    await first.state.save(path);

    const again = smallNetwork(99); // all of it comes from the file
    manualSeed(12345);
    const rest = await fit(again, data, { ...options(again), resume: await TrainingState.load(path) });
    expect(await bitsOf(again.stateDict())).toEqual(await bitsOf(model.stateDict()));
    expect(numbersOf(rest.records)).toEqual(numbersOf(whole.records));
    expect(rest.stopped).toBe(whole.stopped);
  });

  it('goes on for more epochs from its end', async () => {
    const model = smallNetwork();
    const { callbacks: _, ...plain } = options(model);
    const { state } = await fit(model, data, { ...plain, epochs: 2 });
    const { records } = await fit(model, data, { ...plain, epochs: 3, resume: state });
    expect(records.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
  });

  it('keeps a loss that is no number', async () => {
    const model = smallNetwork();
    const { state } = await fit(model, data, smallTraining(model));
    const records = [{ ...state.content.records[0], loss: Number.NaN, valLoss: Number.NEGATIVE_INFINITY }];
    await new TrainingState({ ...state.content, records }).save(path);
    expect((await TrainingState.load(path)).content.records).toEqual(records);
  });

  it.each<[string, Partial<FitOptions>]>([
    ['the saved training had batchSize 16, this one has 8', { batchSize: 8 }],
    ['the saved training had seed 5, this one has 6', { seed: 6 }],
    ['the saved training had shuffle true, this one has false', { shuffle: false }],
    ["the saved training did not measure 'meanSquaredError'", { metrics: ['meanSquaredError'] }],
  ])('is refused with other options: %s', async (message, change) => {
    const model = smallNetwork();
    const { state } = await fit(model, data, { ...options(model), epochs: 1 });
    await expect(fit(model, data, { ...options(model), ...change, resume: state })).rejects.toThrow(message);
    await expect(fit(model, directions(99), { ...options(model), resume: state })).rejects.toThrow(
      'had examples 100',
    );
  });
});

describe('TrainingState.load refuses', () => {
  it.each<[string, Record<string, string>]>([
    ['the file holds no training', {}],
    ['its metadata is damaged', { 'nacre.training': '{' }],
    ['its metadata is damaged', { 'nacre.training': '[]' }],
    ['it has version 3, known is 2', { 'nacre.training': '{"version":3}' }],
    ['its metadata lacks something', { 'nacre.training': '{"version":2}' }],
  ])('%s: %j', async (message, metadata) => {
    await saveSafetensors(path, {}, metadata);
    await expect(TrainingState.load(path)).rejects.toThrow(message);
  });

  it('what is no safetensors file', async () => {
    await writeFile(path, 'x'.repeat(100));
    await expect(TrainingState.load(path)).rejects.toThrow();
  });
});
