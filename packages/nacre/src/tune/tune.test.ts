import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ArgumentError, FormatError } from '../base/errors.ts';
import { files } from '../io/files.node.ts';
import * as nn from '../nn/index.ts';
import * as optim from '../optim/index.ts';
import { rand, zeros } from '../tensor/create.ts';
import { getRngState, manualSeed } from '../tensor/generator.ts';
import { fit } from '../train/fit.ts';
import { type Study, type TuneOptions, tune } from './index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nacre-tune-'));
  manualSeed(0);
});
afterEach(() => rm(folder, { recursive: true }));

const silent = { verbose: false } as const;
const space = { x: tune.float(-1, 1), layers: tune.int(1, 3) };
type Params = { readonly x: number; readonly layers: number };
const bowl = ({ x, layers }: Params): number => x * x + layers;

/** What a search came to, without the time it took. */
const outcome = ({ trials }: Study): unknown => trials.map(({ seconds: _, ...rest }) => rest);

describe('a trial', () => {
  const one = async (objective: Parameters<typeof tune>[1], options: TuneOptions = {}) =>
    (await tune({ x: tune.int(1, 1) }, objective as () => number, { trials: 1, ...silent, ...options }))
      .trials[0];

  test.each([
    ['returns NaN', () => Number.NaN, 'the objective returned NaN'],
    ['returns infinity', () => Number.NEGATIVE_INFINITY, 'the objective returned -Infinity'],
    ['returns no number', () => undefined, 'the objective returned undefined, not a number'],
    ['throws', () => Promise.reject(new RangeError('too deep')), 'RangeError: too deep'],
    ['throws what is no error', () => Promise.reject('no'), 'it threw no'],
  ])('that %s has failed', async (_, objective, reason) => {
    expect(await one(objective as () => number)).toMatchObject({ state: 'failed', reason, value: undefined });
  });

  test('that reports NaN has failed, and is told to stop', async () => {
    let stopped: boolean | undefined;
    const failed = await tune(
      { x: tune.int(1, 1) },
      async (_, trial) => {
        await trial.report(1, 1);
        stopped = await trial.report(Number.NaN, 2);
        return 0;
      },
      { trials: 1, ...silent },
    );
    expect(stopped).toBe(true);
    expect(failed.trials[0]).toMatchObject({ state: 'failed', reason: 'it reported NaN at step 2' });
    expect(failed.trials[0].reports).toEqual([{ step: 1, value: 1 }]);
  });

  test.each([
    [[0], 'steps are whole numbers from 1 on, got 0'],
    [[2, 2], 'steps are whole numbers from 1 on that grow, got 2 after 2'],
    [[1.5], 'got 1.5'],
  ])('that reports the steps %j has failed', async (steps, reason) => {
    const { trials } = await tune(
      { x: tune.int(1, 1) },
      async (_, trial) => {
        for (const step of steps) await trial.report(1, step);
        return 0;
      },
      { trials: 1, ...silent },
    );
    expect(trials[0].reason).toContain(reason);
  });

  test('that hangs is given up when its time is up, and one that obeys ends sooner', async () => {
    const began = performance.now();
    const hanging = await one(() => new Promise(() => {}), { timeout: 0.05 });
    expect(hanging).toMatchObject({ state: 'failed', reason: 'it took longer than the timeout of 0.05 s' });
    const middle = performance.now();
    const { trials } = await tune(
      { x: tune.int(1, 1) },
      (_, { signal }) => new Promise<number>((resolve) => signal.addEventListener('abort', () => resolve(1))),
      { trials: 1, timeout: 0.05, ...silent },
    );
    expect(trials[0].state).toBe('failed');
    expect(performance.now() - middle).toBeLessThan(middle - began);
  });

  test('has a seed of its own, and leaves the random numbers as they were', async () => {
    const random = getRngState();
    const drawn: number[] = [];
    const { trials } = await tune(
      { x: tune.int(1, 9) },
      async (_, trial) => {
        expect(getRngState()).toEqual({ seed: trial.seed, counter: 0 });
        drawn.push(await rand([1]).item());
        return 0;
      },
      { trials: 3, ...silent },
    );
    expect(new Set(drawn).size).toBe(3);
    expect(new Set(trials.map(({ seed }) => seed)).size).toBe(3);
    expect(getRngState()).toEqual(random);
  });
});

test('the same seed gives the same outcome, another one another', async () => {
  const run = (seed: number) => tune(space, bowl, { seed, trials: 25, ...silent });
  expect(outcome(await run(3))).toEqual(outcome(await run(3)));
  expect(outcome(await run(3))).not.toEqual(outcome(await run(4)));
});

test('the callback reports every epoch of a training, and stops it', async () => {
  const data = [zeros([8, 1]), zeros([8, 1])] as const;
  const lengths: number[] = [];
  const { trials } = await tune(
    { bias: tune.choice([0, 1, 2, 3]) },
    async ({ bias }, trial) => {
      const model = new nn.Linear(1, 1);
      model.loadStateDict({ weight: zeros([1, 1]), bias: zeros([1]).add(bias) });
      const history = await fit(model, data, {
        optimizer: new optim.SGD(model.parameters(), { lr: 0 }),
        loss: 'mseLoss',
        validation: data,
        epochs: 4,
        callbacks: [trial.callback({ monitor: 'valLoss' })],
        ...silent,
      });
      lengths.push(history.loss.length);
      return history.valLoss.at(-1)!;
    },
    { sampler: 'grid', pruner: 'asha', ...silent },
  );
  expect(lengths).toEqual([4, 1, 1, 1]);
  expect(trials.map(({ state, value }) => [state, value])).toEqual([
    ['complete', 0],
    ['pruned', 1],
    ['pruned', 4],
    ['pruned', 9],
  ]);
});

test('a callback that watches a number that is not there says so', async () => {
  const { trials } = await tune(
    { x: tune.int(1, 1) },
    async (_, trial) => {
      const model = new nn.Linear(1, 1);
      const optimizer = new optim.SGD(model.parameters());
      const callbacks = [trial.callback({ monitor: 'validationLoss' })];
      await fit(model, [zeros([2, 1]), zeros([2, 1])], { optimizer, loss: 'mseLoss', callbacks, ...silent });
      return 0;
    },
    { trials: 1, ...silent },
  );
  expect(trials[0].reason).toContain(
    "trial.callback: there is no number 'validationLoss' in the record of an epoch",
  );
});

describe('storage', () => {
  const storage = (): string => join(folder, 'search.jsonl');
  const lines = async () => (await readFile(storage(), 'utf8')).trimEnd().split('\n');

  test('keeps every trial, and a second call goes on to the same outcome', async () => {
    const options = { seed: 5, pruner: 'median', ...silent } as const;
    const objective = async (
      { x, layers }: Params,
      trial: { report(value: number, step: number): Promise<boolean> },
    ) => {
      for (let step = 1; step <= 3; step++) if (await trial.report(x * x + layers / step, step)) break;
      if (x > 0.9) throw new Error('too large');
      return x * x + layers;
    };
    const whole = await tune(space, objective, { trials: 30, ...options });
    await tune(space, objective, { trials: 17, storage: storage(), ...options });
    const second = await tune(space, objective, {
      trials: 30,
      storage: storage(),
      ...options,
      seed: undefined,
    });
    expect(outcome(second)).toEqual(outcome(whole));
    expect(second.seed).toBe(5);
    expect(new Set(second.trials.map(({ state }) => state))).toEqual(
      new Set(['complete', 'pruned', 'failed']),
    );
    const before = await lines();
    const third = await tune(space, objective, { trials: 30, storage: storage(), ...options });
    expect(outcome(third)).toEqual(outcome(whole));
    expect(await lines()).toEqual(before);
    expect(await readdir(folder)).toEqual(['search.jsonl']);
  });

  test('cut off anywhere, it goes on to the same trials; a torn line is dropped with a notice', async () => {
    const options = { trials: 6, seed: 1, ...silent };
    const whole = await tune(space, bowl, { storage: storage(), ...options });
    const bytes = await readFile(storage());
    for (let length = 0; length <= bytes.length; length += 97) {
      await writeFile(storage(), bytes.subarray(0, length));
      const again = await tune(space, bowl, { storage: storage(), ...options });
      expect(outcome(again)).toEqual(outcome(whole));
      const isTorn = length > 0 && bytes[length - 1] !== 10;
      expect(again.notice).toEqual(
        isTorn ? expect.stringContaining('not written whole, and is dropped') : undefined,
      );
    }
  });

  test.each([
    [
      'space',
      () => tune({ ...space, layers: tune.int(1, 4) }, bowl, { storage: storage(), ...silent }),
      'searches another space',
    ],
    [
      'constant',
      () => tune({ ...space, c: 1 }, bowl, { storage: storage(), ...silent }),
      'searches another space',
    ],
    [
      'direction',
      () => tune(space, bowl, { direction: 'maximize', storage: storage(), ...silent }),
      'has the direction minimize, not maximize',
    ],
    ['seed', () => tune(space, bowl, { seed: 9, storage: storage(), ...silent }), 'has the seed 0, not 9'],
  ])('of another %s is refused', async (_, call, message) => {
    await tune(space, bowl, { trials: 2, storage: storage(), ...silent });
    await expect(call()).rejects.toThrow(ArgumentError);
    await expect(call()).rejects.toThrow(message);
  });

  test.each([
    ['another file', () => 'lr,units\n1,2\n', 'is not the file of a search'],
    ['a line that is not JSON', (text: string) => text.replace('"event":"end"', 'event'), 'is not JSON'],
    ['a value outside the space', (text: string) => text.replace(/"layers":\d/, '"layers":8'), 'line 2 of'],
    [
      'a trial that never began',
      (text: string) => text.replaceAll('"event":"begin"', '"event":"end"'),
      'is no event of a search',
    ],
  ])('that is %s is refused, and left as it is', async (_, damage, message) => {
    await tune(space, bowl, { trials: 2, storage: storage(), ...silent });
    const damaged = damage(await readFile(storage(), 'utf8'));
    await writeFile(storage(), damaged);
    const call = () => tune(space, bowl, { trials: 3, storage: storage(), ...silent });
    await expect(call()).rejects.toThrow(FormatError);
    await expect(call()).rejects.toThrow(message);
    expect(await readFile(storage(), 'utf8')).toBe(damaged);
    expect(await readdir(folder)).toEqual(['search.jsonl']);
  });

  test('takes one writer at a time', async () => {
    const lock = await files.takeLock(`${storage()}.lock`);
    const call = () => tune(space, bowl, { trials: 1, storage: storage(), ...silent });
    await expect(call()).rejects.toThrow(`process ${process.pid} on `);
    if ('release' in lock) await lock.release();
    expect((await call()).trials).toHaveLength(1);
  });
});

describe('a signal', () => {
  test('ends the search between trials and within one; what was under way is run again', async () => {
    const storage = join(folder, 'search.jsonl');
    const abort = new AbortController();
    const objective = async ({ x, layers }: Params, trial: { number: number; signal: AbortSignal }) => {
      if (trial.number === 3) abort.abort();
      return trial.signal.aborted ? 1e9 : bowl({ x, layers });
    };
    const first = await tune(space, objective, { trials: 8, storage, signal: abort.signal, ...silent });
    expect(first.interrupted).toBe(true);
    expect(first.trials.map(({ state }) => state)).toEqual(['complete', 'complete', 'complete', 'running']);
    const second = await tune(space, bowl, { trials: 8, storage, ...silent });
    expect(second.interrupted).toBe(false);
    expect(outcome(second)).toEqual(outcome(await tune(space, bowl, { trials: 8, ...silent })));
  });

  test('that is aborted already lets nothing begin', async () => {
    const study = await tune(space, bowl, { signal: AbortSignal.abort(), ...silent });
    expect(study.trials).toEqual([]);
    expect(() => study.best).toThrow('none of 0 trials was completed');
  });
});

test('an objective may stand in a module, and run in this process', async () => {
  const path = join(folder, 'objective.mjs');
  await writeFile(path, 'export const objective = ({ x }) => x + 1;');
  const run = (module: URL | string) => tune({ x: tune.int(1, 1) }, module, { trials: 1, ...silent });
  expect((await run(pathToFileURL(path))).best.value).toBe(2);
  expect((await run(path)).best.value).toBe(2);
  await writeFile(path.replace('objective', 'empty'), 'export const other = 1;');
  await expect(run(path.replace('objective', 'empty'))).rejects.toThrow('exports no objective');
  await expect(run(join(folder, 'missing.mjs'))).rejects.toThrow('cannot be loaded');
});

test('each trial is shown in a line, and handed to whoever asks', async () => {
  const seen: number[] = [];
  const shown: string[] = [];
  const { log } = console;
  console.log = (line: string) => shown.push(line);
  try {
    await tune({ a: tune.choice(['x']), b: tune.int(1, 2) }, ({ b }) => (b === 1 ? 0.5 : Number.NaN), {
      sampler: 'grid',
      onTrial: ({ number }) => seen.push(number),
      verbose: true,
    });
  } finally {
    console.log = log;
  }
  expect(seen).toEqual([0, 1]);
  expect(shown[0]).toMatch(
    /^trial 0 {2}complete {2}0\.50000 {2}0\.0 s {2}a x, b 1 {2}\(best: 0\.50000, trial 0\)$/,
  );
  expect(shown[1]).toMatch(/^trial 1 {2}failed .* {2}the objective returned NaN$/);
});

describe('what makes no sense is refused:', () => {
  const bad: Readonly<Record<string, readonly [() => Promise<unknown>, string]>> = {
    'an empty space': [() => tune({}, () => 0, silent), 'the space has nothing to search'],
    'a space of constants': [() => tune({ a: 1 }, () => 0, silent), 'the space has nothing to search'],
    'no objective': [
      () => tune(space, undefined as never, silent),
      'the objective is a function or a module',
    ],
    'an unknown option': [() => tune(space, bowl, { trails: 3 } as object), 'Did you mean trials?'],
    'an unknown sampler': [
      () => tune(space, bowl, { sampler: 'tpee' as 'tpe', ...silent }),
      "Did you mean 'tpe'?",
    ],
    'an unknown pruner': [
      () => tune(space, bowl, { pruner: 'bayes' as 'asha', ...silent }),
      'Known are: asha, hyperband, median',
    ],
    'a sampler without propose': [
      () => tune(space, bowl, { sampler: {} as never, ...silent }),
      'there is no sampler',
    ],
    'no trials': [() => tune(space, bowl, { trials: 0, ...silent }), 'trials is a whole number from 1 on'],
    'a direction': [
      () => tune(space, bowl, { direction: 'min' as 'minimize', ...silent }),
      "direction is 'minimize' or 'maximize'",
    ],
    'a seed': [() => tune(space, bowl, { seed: -1, ...silent }), 'a seed is an integer'],
    'no time': [() => tune(space, bowl, { timeout: 0, ...silent }), 'timeout is a number of seconds above 0'],
    'half a worker': [() => tune(space, bowl, { workers: 0.5, ...silent }), 'workers is a whole number'],
    'a function for workers': [
      () => tune(space, bowl, { workers: 2, ...silent }),
      'a function cannot be handed to another process',
    ],
  };
  test.each(Object.entries(bad))('%s', async (_, [call, message]) => {
    await expect(call()).rejects.toThrow(ArgumentError);
    await expect(call()).rejects.toThrow(message);
  });
});
