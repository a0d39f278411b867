import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataLoader, IterableDataset } from '../data/index.ts';
import type { Module } from '../nn/module.ts';
import * as optim from '../optim/index.ts';
import { manualSeed } from '../tensor/generator.ts';
import { EarlyStopping, ModelCheckpoint, ReduceLROnPlateau } from './callbacks/index.ts';
import { type FitOptions, fit } from './fit.ts';
import { bitsOf, directions, smallNetwork, smallTraining } from './testing.ts';
import { TrainingState } from './training-state.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nacre-resume-'));
});
afterAll(() => rm(folder, { recursive: true }));

const data = directions(100); // 7 batches of 16 an epoch, the last of 4
const sampleWeight = Array.from({ length: 100 }, (_, i) => (i % 5) / 2);

type Options = Partial<FitOptions>;
type Data = Parameters<typeof fit>[1];

const scheduled =
  (interval: 'epoch' | 'step') =>
  (optimizer: optim.Optimizer): Options => ({
    lrScheduler: { scheduler: new optim.OneCycleLR(optimizer, { maxLr: 0.1, totalSteps: 29 }), interval },
  });
const streamed = { batchSize: undefined, shuffle: undefined } as const;

const cases: Record<string, { options: (optimizer: optim.Optimizer) => Options; data?: () => Data }> = {
  'weights of classes and examples': { options: () => ({ classWeight: [1, 2, 3], sampleWeight }) },
  'a part for validation': { options: () => ({ validationSplit: 0.2 }) },
  'gradients of several batches': { options: () => ({ gradientAccumulation: 3, clipGradNorm: 0.1 }) },
  'clipped values': { options: () => ({ clipGradValue: 0.01 }) },
  bfloat16: { options: () => ({ precision: 'bfloat16' }) },
  'float16, with several batches': { options: () => ({ precision: 'float16', gradientAccumulation: 2 }) },
  'a rate for each step': { options: scheduled('step') },
  'a rate for each epoch': { options: scheduled('epoch') },
  'a rate that falls on a plateau': {
    options: (optimizer) => ({
      lrScheduler: new optim.ReduceLROnPlateau(optimizer, { patience: 0, threshold: 0.5 }),
      validation: data,
    }),
  },
  'callbacks that remember': {
    options: () => ({
      callbacks: [
        new ReduceLROnPlateau({ patience: 0, minDelta: 0.5, monitor: 'loss' }),
        new EarlyStopping({ monitor: 'loss', mode: 'max', patience: 1, restoreBestWeights: true }),
        new ModelCheckpoint({ path: join(folder, 'kept-{epoch}'), saveTopK: 1, monitor: 'loss' }),
      ],
    }),
  },
  'a DataLoader': {
    options: () => streamed,
    data: () => new DataLoader(data, { batchSize: 16, shuffle: true, seed: 8 }),
  },
  'a stream': {
    options: () => ({ ...streamed, gradientAccumulation: 2 }),
    data: () =>
      new IterableDataset(
        function* () {
          for (let i = 0; i < data.length; i++) yield data.get(i);
        },
        { shuffleBuffer: 20, seed: 3 },
      ),
  },
};

const numbersOf = (records: readonly object[]) =>
  records.map((record) => ({ ...record, seconds: 0, stepMicroseconds: 0 }));

/** The data and the options of a training. */
function training(name: string, model: ReturnType<typeof smallNetwork>) {
  const { options, data: make = () => data } = cases[name];
  const optimizer = new optim.Adam((model as Module).parameters(), { lr: 0.02 });
  return [make(), { ...smallTraining(model), epochs: 4, seed: 5, ...options(optimizer), optimizer }] as const;
}

/** A signal that is found aborted when it was asked after so many steps; `fit` asks before each. */
function abortedAfter(steps: number): AbortSignal {
  let asked = 0;
  const signal = {
    get aborted(): boolean {
      return asked++ > steps;
    },
  };
  return signal as AbortSignal;
}

describe.each(Object.keys(cases))('a training with %s', (name) => {
  // In the first epoch, at its end, between two updates, and in a later epoch.
  it.each([2, 7, 11, 17])('that is stopped after %i steps ends with the same bits', async (steps) => {
    const model = smallNetwork();
    const [set, options] = training(name, model);
    const whole = await fit(model, set, options);

    const stopped = smallNetwork();
    const [firstSet, firstOptions] = training(name, stopped);
    const first = await fit(stopped, firstSet, { ...firstOptions, signal: abortedAfter(steps) });
    expect(first.records.length).toBeLessThan(whole.records.length);
    const path = join(folder, 'state.safetensors');
    await first.state.save(path);

    const again = smallNetwork(99); // all of it comes from the file
    const [restSet, restOptions] = training(name, again);
    manualSeed(12345);
    const rest = await fit(again, restSet, { ...restOptions, resume: await TrainingState.load(path) });
    expect(await bitsOf(again.stateDict())).toEqual(await bitsOf(model.stateDict()));
    expect(numbersOf(rest.records)).toEqual(numbersOf(whole.records));
  });
});

it.each<[string, (optimizer: optim.Optimizer) => Options]>([
  ['had gradientAccumulation 1, this one has 2', () => ({ gradientAccumulation: 2 })],
  ['had precision float32, this one has bfloat16', () => ({ precision: 'bfloat16' })],
  ['had no lrScheduler, this one has one', scheduled('step')],
])('a training is refused with other options: the saved training %s', async (message, options) => {
  const model = smallNetwork();
  const optimizer = new optim.Adam(model.parameters());
  const given = { ...smallTraining(model), optimizer };
  const { state } = await fit(model, data, given);
  const call = fit(model, data, { ...given, ...options(optimizer), resume: state });
  await expect(call).rejects.toThrow(message);
});
