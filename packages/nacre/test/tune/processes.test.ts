/** Searches in programs of their own: with worker processes, killed, interrupted. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleForNode } from './node-bundle.ts';

const cache = fileURLToPath(new URL('../../../../node_modules/.cache', import.meta.url));
let folder: string;
beforeAll(async () => {
  // Below the repository, so that the bundle finds the packages it needs.
  await mkdir(cache, { recursive: true });
  folder = await mkdtemp(join(cache, 'nacre-tune-'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await bundleForNode(join(folder, 'nacre'));
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);

function start(script: string): ChildProcess {
  return spawn(process.execPath, [script], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
}

/** A trial as a program prints it. */
interface Printed {
  readonly state: string;
  readonly value?: number;
  readonly reports: readonly { readonly step: number; readonly value: number }[];
}

/** What programs print. */
interface Result {
  readonly own: number;
  readonly interrupted: boolean;
  readonly notice?: string;
  readonly trials: readonly Printed[];
}

/** What a program prints, as JSON. */
async function resultOf<T = Result>(child: ChildProcess): Promise<T> {
  let output = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await once(child, 'close');
  return JSON.parse(output);
}

/** Waits until a file has something, for a few seconds at most. */
async function waitFor(name: string, has: (text: string) => boolean): Promise<string> {
  for (let tries = 0; tries < 500; tries++) {
    const path = join(folder, name);
    const text = existsSync(path) ? await readFile(path, 'utf8') : '';
    if (has(text)) return text;
    await pause(20);
  }
  throw new Error(`${name} never has what was waited for`);
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') return true;
    // One that has ended may wait for a parent that never asks, as in a container.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    if (['ESRCH', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
};

const allEnd = async (pids: readonly number[]): Promise<void> => {
  for (let tries = 0; tries < 250 && pids.some(isAlive); tries++) await pause(20);
  expect(pids.filter(isAlive)).toEqual([]);
};

const pidsOf = (text: string): number[] => [...new Set(text.trim().split('\n').map(Number))];

describe('workers', () => {
  test('run trials side by side, share the threads, and end with the search', async () => {
    await write(
      'even.js',
      `import { appendFileSync } from 'node:fs';
      import { getRngState, getThreads } from './nacre/index.js';
      export default async ({ x }, trial) => {
        appendFileSync('even.pids', process.pid + '\\n');
        if (getRngState().seed !== trial.seed) throw new Error('another seed');
        for (let step = 1; step <= 3; step++) if (await trial.report(x / step, step)) break;
        await new Promise((resolve) => setTimeout(resolve, 50));
        return getThreads();
      };`,
    );
    await write(
      'even-search.js',
      `import { tune } from './nacre/tune.js';
      const study = await tune({ x: tune.int(1, 6) }, new URL('./even.js', import.meta.url), {
        sampler: 'grid', workers: 2, threads: 6, verbose: false,
      });
      console.log(JSON.stringify({ own: process.pid, trials: study.trials }));`,
    );
    const { own, trials } = await resultOf(start('even-search.js'));
    expect(trials.map(({ state, value }) => [state, value])).toEqual(Array(6).fill(['complete', 3]));
    expect(trials[4].reports).toEqual([
      { step: 1, value: 5 },
      { step: 2, value: 2.5 },
      { step: 3, value: 5 / 3 },
    ]);
    const pids = pidsOf(await readFile(join(folder, 'even.pids'), 'utf8'));
    expect(pids).toHaveLength(2);
    expect(pids).not.toContain(own);
    await allEnd(pids);
  });

  test('that crash or hang cost their trial, and the search goes on', async () => {
    await write(
      'bad.js',
      `export default async ({ does }, trial) => {
        switch (does) {
          case 'fine': return 1;
          case 'throw': throw new RangeError('too deep');
          case 'exit': process.exit(7);
          case 'kill': process.kill(process.pid, 'SIGKILL'); await new Promise(() => {});
          case 'uncaught': setTimeout(() => { throw new TypeError('late'); }, 1); await new Promise(() => {});
          case 'hang': await new Promise(() => {});
          case 'prune': await trial.report(9, 1); return 9;
        }
      };`,
    );
    await write(
      'bad-search.js',
      `import { tune } from './nacre/tune.js';
      const does = tune.choice(['fine', 'throw', 'exit', 'kill', 'uncaught', 'hang', 'prune', 'fine again']);
      const pruner = { prune: () => 'never good enough' };
      const study = await tune({ does }, 'bad.js', { sampler: 'grid', pruner, workers: 1, timeout: 1, verbose: false });
      console.log(JSON.stringify(study.trials.map(({ state, value, reason }) => [state, value ?? null, reason ?? null])));`,
    );
    expect(await resultOf(start('bad-search.js'))).toEqual([
      ['complete', 1, null],
      ['failed', null, 'RangeError: too deep'],
      ['failed', null, 'its process ended with exit code 7'],
      ['failed', null, 'its process ended with the signal SIGKILL'],
      ['failed', null, 'its process crashed: TypeError: late'],
      ['failed', null, 'it took longer than the timeout of 1 s'],
      ['pruned', 9, 'never good enough'],
      ['failed', null, 'the objective returned undefined, not a number'],
    ]);
  });

  test('that cannot load the objective end the search with the reason', async () => {
    await write('broken.js', `throw new Error('no data');`);
    await write('other.js', `export const other = 1;`);
    await write('ending.js', `process.exit(5);`);
    await write(
      'broken-search.js',
      `import { tune } from './nacre/tune.js';
      const messages = [];
      for (const module of ['broken.js', 'other.js', 'missing.js', 'ending.js']) {
        await tune({ x: tune.int(1, 2) }, module, { workers: 2, verbose: false }).catch(({ name, message }) => messages.push(name + ' ' + message));
      }
      console.log(JSON.stringify(messages));`,
    );
    const messages = await resultOf<string[]>(start('broken-search.js'));
    expect(messages[0]).toMatch(
      /^ArgumentError tune: the objective file:.*broken\.js cannot be loaded: Error: no data/,
    );
    expect(messages[1]).toMatch(/other\.js exports no objective/);
    expect(messages[2]).toMatch(/missing\.js cannot be loaded/);
    expect(messages[3]).toMatch(/a worker ended with exit code 5 before it had loaded the objective/);
  });
});

/** A search whose trials take a while; what it prints is all its trials. */
const slowSearch = (storage: string, options: string): string => `
  import { tune } from './nacre/tune.js';
  const space = { x: tune.float(-1, 1), layers: tune.list(tune.int(1, 9), 1, 2) };
  const study = await tune(space, 'slow.js', { storage: '${storage}', trials: 24, seed: 2, verbose: false, ${options} });
  const trials = study.trials.map(({ seconds, ...rest }) => rest);
  console.log(JSON.stringify({ interrupted: study.interrupted, notice: study.notice, trials }));`;

const slow = `
  import { appendFileSync } from 'node:fs';
  export default async ({ x, layers }, trial) => {
    appendFileSync('slow.pids', process.pid + '\\n');
    for (let step = 1; step <= 3; step++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (await trial.report(x * x + layers[0] / step, step)) break;
    }
    return x * x + layers[0];
  };`;

const endsIn = (count: number) => (text: string) => text.split('"event":"end"').length > count;

describe('a search', () => {
  beforeAll(() => write('slow.js', slow));

  test('that is killed goes on to the same set of trials, whatever moment it was', async () => {
    await write('whole.js', slowSearch('whole.jsonl', "pruner: 'median'"));
    const whole = await resultOf(start('whole.js'));
    await write('killed.js', slowSearch('killed.jsonl', "pruner: 'median'"));
    for (const count of [3, 9, 15]) {
      const child = start('killed.js');
      await waitFor('killed.jsonl', endsIn(count));
      child.kill('SIGKILL');
      await once(child, 'close');
      expect(await readdir(folder)).toContain('killed.jsonl.lock');
    }
    // And as if the last write had not come to its end.
    await appendFile(join(folder, 'killed.jsonl'), '{"event":"beg');
    const resumed = await resultOf(start('killed.js'));
    expect(resumed.trials).toEqual(whole.trials);
    expect(resumed.trials).toHaveLength(24);
    expect(resumed.notice).toContain('is dropped');
    expect(await readdir(folder)).not.toContain('killed.jsonl.lock');
  });

  test('with workers that is killed takes them along, and goes on', async () => {
    await rm(join(folder, 'slow.pids'), { force: true });
    await write('pair.js', slowSearch('pair.jsonl', "workers: 2, sampler: 'random'"));
    const child = start('pair.js');
    await waitFor('pair.jsonl', endsIn(4));
    child.kill('SIGKILL');
    await once(child, 'close');
    await allEnd(pidsOf(await readFile(join(folder, 'slow.pids'), 'utf8')));
    const { trials } = await resultOf(start('pair.js'));
    await write('alone.js', slowSearch('alone.jsonl', "sampler: 'random'"));
    expect(trials).toEqual((await resultOf(start('alone.js'))).trials);
  });

  test.each([0, 2])('with %i workers ends cleanly by Ctrl-C', async (workers) => {
    const name = `stop-${workers}`;
    await rm(join(folder, 'slow.pids'), { force: true });
    await write(`${name}.js`, slowSearch(`${name}.jsonl`, `workers: ${workers}`));
    const child = start(`${name}.js`);
    const result = resultOf(child);
    const text = await waitFor(`${name}.jsonl`, endsIn(4));
    child.kill('SIGINT');
    const { interrupted, trials } = await result;
    expect(child.exitCode).toBe(0);
    expect(interrupted).toBe(true);
    expect(trials.length).toBeGreaterThanOrEqual(text.split('"event":"end"').length - 1);
    expect(trials.length).toBeLessThan(24);
    const pids = pidsOf(await readFile(join(folder, 'slow.pids'), 'utf8'));
    await allEnd(pids);
    expect(await readdir(folder)).not.toContain(`${name}.jsonl.lock`);
  });
});
