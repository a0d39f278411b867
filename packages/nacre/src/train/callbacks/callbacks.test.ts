import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadSafetensors } from '../../io/tensors.ts';
import * as optim from '../../optim/index.ts';
import { fit } from '../fit.ts';
import type { EpochRecord } from '../history.ts';
import { bitsOf, directions, smallNetwork, smallTraining } from '../testing.ts';
import { TrainingState } from '../training-state.ts';
import type { Callback, TrainingRun } from './callback.ts';
import {
  CSVLogger,
  EarlyStopping,
  LearningRateScheduler,
  ModelCheckpoint,
  ProgressBar,
  ReduceLROnPlateau,
  TerminateOnNaN,
} from './index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nacre-callbacks-'));
});
afterEach(() => rm(folder, { recursive: true }));

const data = directions(48);

async function train(callbacks: readonly Callback[], epochs: number) {
  const model = smallNetwork();
  const history = await fit(model, data, { ...smallTraining(model), epochs, callbacks });
  return { model, history };
}

const record = (epoch: number, numbers: Record<string, number>): EpochRecord => ({
  epoch,
  loss: 1,
  lr: 1,
  seconds: 1,
  stepMicroseconds: 1,
  ...numbers,
});

describe('EarlyStopping', () => {
  /** The epochs until it stops, for the values that it watches. */
  function epochsUntilStop(
    options: ConstructorParameters<typeof EarlyStopping>[0],
    name: string,
    values: number[],
  ): number {
    const stopping = new EarlyStopping(options);
    let reason: string | undefined;
    const run = { stop: (why: string) => void (reason = why) } as TrainingRun;
    const at = values.findIndex((value, i) => {
      stopping.onEpochEnd(record(i + 1, { [name]: value }), run);
      return reason !== undefined;
    });
    return at + 1;
  }

  it.each([
    [{}, 'loss', [3, 2, 2, 1], 3],
    [{ patience: 1 }, 'valLoss', [3, 2, 2.5, 1, 1, 1], 6],
    [{ monitor: 'accuracy' }, 'accuracy', [0.5, 0.6, 0.55], 3],
    [{ monitor: 'accuracy', mode: 'min' }, 'accuracy', [0.5, 0.6], 2],
    [{ minDelta: 0.5 }, 'loss', [3, 2.4, 2, 1], 3],
    [{}, 'loss', [3, Number.NaN], 2],
    [{}, 'loss', [3, 2, 1], 0],
  ] as const)('%j watching %s %j ends after %i epochs', (options, name, values, expected) => {
    expect(epochsUntilStop(options, name, [...values])).toBe(expected);
  });

  it('gives the best weights back', async () => {
    const best: Promise<Record<string, unknown>>[] = [];
    const keepFirst: Callback = {
      onEpochEnd: ({ epoch }, run) => void (epoch === 1 && best.push(bitsOf(run.model.stateDict()))),
    };
    // Less accuracy is called better, so the first epoch stays the best.
    const stopping = new EarlyStopping({
      monitor: 'accuracy',
      mode: 'min',
      patience: 1,
      restoreBestWeights: true,
    });
    const { model, history } = await train([keepFirst, stopping], 20);
    expect(history.records).toHaveLength(3);
    expect(history.stopped).toMatch(/^accuracy has not got better than .* for 2 epochs$/);
    expect(await bitsOf(model.stateDict())).toEqual(await best[0]);
  });

  it.each([
    // Better each time, but not better than the baseline before the third.
    [{ baseline: 1, patience: 1 }, [3, 2, 0.5, 0.4, 0.6, 0.7], 2],
    [{ baseline: 1, patience: 2 }, [3, 2, 0.5, 0.4, 0.6, 0.7, 0.8], 7],
    [{ baseline: 0 }, [3, 2], 1],
  ])('%j watching %j ends after %i epochs', (options, values, expected) => {
    expect(epochsUntilStop(options, 'loss', values)).toBe(expected);
  });

  it('begins anew with each training', async () => {
    const stopping = new EarlyStopping({
      monitor: 'epoch',
      mode: 'min',
      patience: 1,
      restoreBestWeights: true,
    });
    const first = await train([stopping], 5);
    const second = await train([stopping], 5);
    expect(second.history.records).toHaveLength(3);
    expect(await bitsOf(second.model.stateDict())).toEqual(await bitsOf(first.model.stateDict()));
  });

  it('refuses what is not there', async () => {
    expect(() => new EarlyStopping({ baseline: Number.NaN })).toThrow('baseline is a finite number');
    await expect(train([new EarlyStopping({ monitor: 'f1' })], 1)).rejects.toThrow(
      "there is no number 'f1' in the record of an epoch. Known are: epoch, loss, accuracy",
    );
    expect(() => new EarlyStopping({ patience: -1 })).toThrow('patience is a whole number from 0 on');
    expect(() => new EarlyStopping({ mode: 'best' as never })).toThrow("mode is 'min' or 'max', got 'best'");
  });
});

describe('ModelCheckpoint', () => {
  it('needs a path', () => {
    expect(() => new ModelCheckpoint('best.safetensors' as never)).toThrow(/no path.*best\.safetensors/);
  });

  it('saves weights after each epoch', async () => {
    const { model } = await train(
      [new ModelCheckpoint({ path: join(folder, 'model-{epoch}.safetensors') })],
      2,
    );
    expect((await readdir(folder)).sort()).toEqual(['model-1.safetensors', 'model-2.safetensors']);
    const { tensors } = await loadSafetensors(join(folder, 'model-2.safetensors'));
    expect(await bitsOf(tensors)).toEqual(await bitsOf(model.stateDict()));
  });

  it('saves only what is better, and whole states', async () => {
    const path = join(folder, '{epoch}');
    const checkpoint = new ModelCheckpoint({
      path,
      monitor: 'loss',
      mode: 'max',
      saveBestOnly: true,
      resumable: true,
    });
    await train([checkpoint], 4); // the loss falls, so only the first epoch has the most
    expect(await readdir(folder)).toEqual(['1']);
    expect((await TrainingState.load(join(folder, '1'))).content.position.epoch).toBe(2);
  });

  it('keeps the best few, each under numbers of its record', async () => {
    const values = [5, 1, 4, Number.NaN, 2, 0];
    const checkpoint = new ModelCheckpoint({
      path: join(folder, '{epoch}-{speed}'),
      monitor: 'speed',
      mode: 'max',
      saveTopK: 2,
    });
    const model = smallNetwork();
    const run = { model, records: [] } as unknown as TrainingRun;
    checkpoint.onTrainBegin(run);
    const names: string[][] = [];
    for (const [i, speed] of values.entries()) {
      await checkpoint.onEpochEnd(record(i + 1, { speed: speed / 2 }), run);
      names.push((await readdir(folder)).sort());
    }
    expect(names).toEqual([
      ['1-2.5000'],
      ['1-2.5000', '2-0.5000'],
      ['1-2.5000', '3-2'],
      ['1-2.5000', '3-2'],
      ['1-2.5000', '3-2'],
      ['1-2.5000', '3-2'],
    ]);
    expect(checkpoint.best).toBe(2.5);
  });

  it.each<[string, Partial<ConstructorParameters<typeof ModelCheckpoint>[0]>]>([
    ['saveTopK is a whole number from 1 on, got 0', { saveTopK: 0 }],
    ['with saveTopK each epoch has a file of its own', { saveTopK: 2, path: 'best' }],
    ['saveBestOnly and saveTopK were both given', { saveTopK: 2, saveBestOnly: true }],
  ])('refuses: %s', (message, options) => {
    expect(() => new ModelCheckpoint({ path: '{epoch}', ...options })).toThrow(message);
  });

  it('fails with what cannot be written', async () => {
    await expect(train([new ModelCheckpoint({ path: join(folder, 'none', 'model') })], 1)).rejects.toThrow(
      'there is no such file or folder',
    );
  });
});

it('TerminateOnNaN ends the training and says why', async () => {
  const model = smallNetwork();
  const optimizer = new optim.SGD(model.parameters(), { lr: 1e30 });
  const options = { ...smallTraining(model), optimizer, epochs: 50, callbacks: [new TerminateOnNaN()] };
  const history = await fit(model, data, options);
  expect(history.records.length).toBeLessThan(3);
  expect(history.stopped).toMatch(
    /^the loss became (NaN|Infinity) in epoch \d+, at or before step \d+\. Lower the learning rate/,
  );
});

it('LearningRateScheduler sets the rate of each epoch', async () => {
  const { history } = await train([new LearningRateScheduler((epoch, lr) => (epoch === 1 ? lr : lr / 2))], 3);
  expect(history.get('lr')).toEqual([0.02, 0.01, 0.005]);
});

describe('ReduceLROnPlateau', () => {
  const rates = async (options: ConstructorParameters<typeof ReduceLROnPlateau>[0], epochs = 6) =>
    (await train([new ReduceLROnPlateau({ monitor: 'loss', ...options })], epochs)).history.get('lr');

  it('lowers the rate after more than `patience` epochs without improvement', async () => {
    // More loss is called better, so the first epoch stays the best.
    const halves = { mode: 'max', factor: 0.5, patience: 1 } as const;
    expect(await rates(halves)).toEqual([0.02, 0.02, 0.02, 0.01, 0.01, 0.005]);
    expect(await rates({ ...halves, cooldown: 1 })).toEqual([0.02, 0.02, 0.02, 0.01, 0.01, 0.01]);
    expect(await rates({ ...halves, patience: 0, minLr: 0.015 })).toEqual([
      0.02, 0.02, 0.015, 0.015, 0.015, 0.015,
    ]);
    expect(await rates({ patience: 0, factor: 0.5 })).toEqual(new Array(6).fill(0.02));
  });

  it('refuses a factor that is none, and an optimizer that is none of optim', async () => {
    await expect(rates({ factor: 1 })).rejects.toThrow('factor is below 1');
    const model = smallNetwork();
    const optimizer = { lr: 1, step() {}, zeroGrad() {}, stateDict: () => ({}), loadStateDict() {} };
    const callbacks = [new ReduceLROnPlateau()];
    const call = fit(model, data, { ...smallTraining(model), optimizer, callbacks });
    await expect(call).rejects.toThrow('it lowers the rates of optimizers of optim');
  });
});

it('CSVLogger writes a line an epoch under a heading', async () => {
  const path = join(folder, 'log.csv');
  const { history } = await train([new CSVLogger(path)], 2);
  const lines = (await readFile(path, 'utf8')).split('\n');
  expect(lines[0]).toBe('epoch,loss,accuracy,lr,seconds,stepMicroseconds');
  expect(lines[2].split(',')[1]).toBe(String(history.loss[1]));
  expect(lines).toHaveLength(4);
});

describe('ProgressBar', () => {
  it('writes a plain line an epoch where lines cannot be drawn anew', async () => {
    const written: string[] = [];
    await train([new ProgressBar({ write: (text) => written.push(text), interactive: false })], 2);
    expect(written).toHaveLength(2);
    expect(written[1]).toMatch(
      /^Epoch 2\/2 {2}\d+\.\d s {2}\d+ µs\/step {2}loss \d\.\d+ {2}accuracy \d\.\d+\n$/,
    );
  });

  it('draws a bar where they can, and says why a training ended', async () => {
    const written: string[] = [];
    const stop: Callback = { onEpochEnd: (_, run) => run.stop('enough') };
    await train([new ProgressBar({ write: (text) => written.push(text), interactive: true }), stop], 2);
    expect(written.join('')).toContain(`\rEpoch 1/2  ${'━'.repeat(24)} 3/3  loss `);
    expect(written.at(-1)).toBe('stopped: enough\n');
  });
});
