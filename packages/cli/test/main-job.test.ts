import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

// The command line as users run it: processes of their own, from the build, in a folder of their own.

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const digit = fileURLToPath(new URL('../assets/digit.png', import.meta.url));

let folder: string;
beforeEach(async () => {
  expect(existsSync(main), 'npm run build comes first').toBe(true);
  folder = await mkdtemp(join(tmpdir(), 'nacre-cli-'));
});
afterEach(() => rm(folder, { recursive: true }));

interface Line extends Readonly<Record<string, unknown>> {
  readonly event: string;
}

interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
  readonly errors: string;
}

/** A command that runs. The set of digits is that of the npm package, whatever this machine has in its cache. */
class Running {
  readonly #child: ChildProcess;
  readonly ended: Promise<Ended>;
  #output = '';
  #errors = '';
  readonly #waiting: { reached(): boolean; resolve(): void }[] = [];

  constructor(line: string, environment: Readonly<Record<string, string>> = {}) {
    const env = { ...process.env, XDG_CACHE_HOME: folder, NACRE_LANG: 'en', ...environment };
    this.#child = spawn(process.execPath, [main, ...line.split(' ')], { cwd: folder, env });
    this.#child.stdout!.on('data', (text) => {
      this.#output += text;
      for (const { reached, resolve } of this.#waiting) if (reached()) resolve();
    });
    this.#child.stderr!.on('data', (text) => {
      this.#errors += text;
    });
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (exitCode) =>
        resolve({ exitCode, output: this.#output, errors: this.#errors }),
      );
    });
  }

  /** Resolves when the epoch has ended. */
  async epoch(epoch: number): Promise<void> {
    const reached = (): boolean => this.#output.includes(`"event":"epoch","epoch":${epoch},`);
    const arrived = new Promise<'arrived'>((resolve) => {
      this.#waiting.push({ reached, resolve: () => resolve('arrived') });
    });
    if (!reached() && (await Promise.race([arrived, this.ended])) !== 'arrived') {
      throw new Error(`ended before epoch ${epoch}: ${this.#output}${this.#errors}`);
    }
  }

  kill(signal: NodeJS.Signals): Promise<Ended> {
    this.#child.kill(signal);
    return this.ended;
  }
}

const nacre = (line: string, environment?: Readonly<Record<string, string>>): Promise<Ended> =>
  new Running(line, environment).ended;

const linesOf = ({ output }: Ended): Line[] =>
  output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const fileOf = (run: string, name: string): Promise<Buffer> => readFile(join(folder, 'runs', run, name));

describe('nacre start', () => {
  it('trains, tests, leaves its files and reads the picture', async () => {
    const ended = await nacre('start --json --name a --limit 640 --epochs 2');
    expect(ended).toMatchObject({ exitCode: 0, errors: '' });
    const lines = linesOf(ended);
    expect(lines.map(({ event }) => event)).toEqual([
      'begin',
      'epoch',
      'epoch',
      'test',
      'files',
      'prediction',
      'done',
    ]);
    expect(lines[0]).toMatchObject({ limit: 640, trainImages: 640, testImages: 2000, device: 'wasm' });
    expect(lines.at(-1)).toEqual({
      event: 'done',
      testAccuracy: expect.any(Number),
      testLoss: expect.any(Number),
      seconds: expect.any(Number),
      stepMicroseconds: expect.any(Number),
      device: 'wasm',
    });
    expect(await readdir(join(folder, 'runs', 'a'))).toEqual([
      'confusion.svg',
      'curves.svg',
      'history.jsonl',
      'model.safetensors',
      'run.json',
    ]);
    expect((await fileOf('a', 'history.jsonl')).toString().trim().split('\n')).toHaveLength(2);
    expect((await fileOf('a', 'model.safetensors')).toString('latin1')).toContain('"10.weight"');

    const predicted = linesOf(await nacre(`predict runs/a ${digit} --json`));
    expect({ ...predicted[0], image: '' }).toEqual({ ...lines[5], image: '' });
  });

  it('writes text for people, without colour where there is no terminal', async () => {
    const { output } = await nacre('start --limit 320 --epochs 1', { NACRE_LANG: 'zh' });
    expect(output).toMatch(/10\/10 .* loss \d/);
    expect(output).toContain('混淆矩阵');
    expect(output).not.toContain('\x1b');
  });
});

describe('a run that is stopped', () => {
  const options = '--json --limit 1600 --epochs 40';

  it('by Ctrl-C, by SIGTERM or by force goes on to the same bits', async () => {
    await nacre(`train mnist --name whole ${options}`);

    const first = new Running(`train mnist --name stopped ${options}`);
    await first.epoch(2);
    const interrupted = await first.kill('SIGINT');
    expect(interrupted.exitCode).toBe(130);
    expect(linesOf(interrupted).at(-1)).toEqual({
      event: 'interrupted',
      folder: 'runs/stopped',
      resume: 'npx nacre train mnist --resume runs/stopped',
    });

    const second = new Running('train mnist --resume runs/stopped --json');
    await second.epoch(4);
    const terminated = await second.kill('SIGTERM');
    expect(terminated.exitCode).toBe(143);
    expect(linesOf(terminated).at(-1)).toMatchObject({ event: 'interrupted', folder: 'runs/stopped' });

    // Killed in its next epoch, it goes on from the end of an epoch: a checkpoint is written then.
    const third = new Running('train mnist --resume runs/stopped --json');
    await third.epoch(7);
    expect((await third.kill('SIGKILL')).exitCode).toBe(null);

    const last = await nacre('train mnist --resume runs/stopped --json');
    expect(last).toMatchObject({ exitCode: 0, errors: '' });
    expect(await fileOf('stopped', 'model.safetensors')).toEqual(await fileOf('whole', 'model.safetensors'));
    const numbers = async (run: string) =>
      (await fileOf(run, 'history.jsonl')).toString().replace(/,"seconds.*/g, '');
    expect(await numbers('stopped')).toBe(await numbers('whole'));

    const again = await nacre('train mnist --resume runs/stopped');
    expect(again).toMatchObject({ exitCode: 1, errors: expect.stringContaining('trained to its end') });
  });

  it('keeps its options', async () => {
    const { exitCode, errors } = await nacre('train mnist --resume runs/a --lr 0.1');
    expect({ exitCode, errors }).toEqual({
      exitCode: 2,
      errors: expect.stringContaining('--lr cannot be given with --resume'),
    });
  });

  it('says so when its checkpoint is damaged', async () => {
    const running = new Running(`train mnist --name damaged ${options}`);
    await running.epoch(1);
    await running.kill('SIGINT');
    const path = join(folder, 'runs', 'damaged', 'checkpoint.safetensors');
    await writeFile(path, (await readFile(path)).subarray(0, 5000));
    const { exitCode, errors } = await nacre('train mnist --resume runs/damaged');
    expect(exitCode).toBe(1);
    expect(errors).toMatch(/^error: .*safetensors/i);
    expect(errors.trim().split('\n')).toHaveLength(1);
  });
});

it('two runs at once do not touch each other, and cannot share a folder', async () => {
  const long = new Running('train mnist --name a --json --limit 320 --epochs 100000');
  await long.epoch(1);
  const same = await nacre('train mnist --name a --json');
  expect(same).toMatchObject({
    exitCode: 1,
    errors: expect.stringMatching(/runs\/a is in use by process \d+/),
  });
  expect((await nacre('train mnist --name b --json --limit 320 --epochs 1')).exitCode).toBe(0);
  expect((await long.kill('SIGTERM')).exitCode).toBe(143);
});

it('a loss that is no number any more ends the run, and says what to do', async () => {
  const { exitCode, errors } = await nacre('train mnist --limit 320 --epochs 3 --lr 1e30');
  expect(exitCode).toBe(1);
  expect(errors).toBe(
    'error: The loss is no number any more, so the training was ended. Try a smaller --lr than 1e+30\n',
  );
});

it('a place that cannot be written is named', async () => {
  await writeFile(join(folder, 'runs'), 'a file where the folder should be');
  const { exitCode, errors } = await nacre('start');
  expect(exitCode).toBe(1);
  expect(errors).toMatch(/^error: runs.* cannot be written \(E[A-Z]+\)/);
});

it('doctor tells what will run', async () => {
  const [line] = linesOf(await nacre('doctor --json'));
  expect(line).toMatchObject({
    event: 'done',
    node: process.version,
    device: 'wasm',
    simd: true,
    sharedMemory: true,
    native: {
      support: { ok: expect.any(Boolean) },
      cache: { path: join(folder, 'nacre', 'native'), entries: 0 },
    },
  });
});

// A device that is always full; Linux has it.
it.skipIf(!existsSync('/dev/full'))('an output that takes no more is one line, not a stack', () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [main, 'doctor'], {
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  closeSync(full);
  expect(stderr).toMatch(/^nacre: ENOSPC.*\n$/);
  expect(status).toBe(1);
});
