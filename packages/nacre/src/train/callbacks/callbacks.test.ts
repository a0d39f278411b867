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
    const stopping = new EarlyStopping({ monitor: 'accuracy', mode: 'min', patience: 1, restoreBest: true });
    const { model, history } = await train([keepFirst, stopping], 20);
    expect(history.records).toHaveLength(3);
    expect(history.stopped).toMatch(/^accuracy has not got better than .* for 2 epochs$/);
    expect(await bitsOf(model.stateDict())).toEqual(await best[0]);
  });

  it('refuses what is not there', async () => {
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
