import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../../examples/support/catalogue.ts';
import { writeMadeUpData } from './made-up-data.ts';

// Every example as users run it, from the build, with little of everything: a file that is put into examples/ is tried from then on.

const root = fileURLToPath(new URL('../../..', import.meta.url));
const nacre = join(root, 'packages/cli/bin/nacre.js');
const built = (name: string): string => join(root, 'packages/cli/dist/examples', `${name}.js`);

const names = readdirSync(join(root, 'examples'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length));

/** The real data sets beside the repository, where they are; they are read only in part. */
const realData = process.env.NACRE_DATA ?? join(root, '../shared/data');

let folder: string;
let data: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nacre-examples-'));
  data = realData;
  if (existsSync(realData)) return;
  data = join(folder, 'data');
  await writeMadeUpData(data);
}, 60_000);

/** The run of each example, one core for each: two at a time, all begun before the first is looked at. */
const ended = new Map<string, Promise<Ended>>();
beforeAll(() => {
  const lanes: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
  names.forEach((name, i) => {
    const args = ['--small', '--json', '--threads', '1', '--data', data, '--out', join(folder, name)];
    const end = lanes[i % 2].then(() => run(name, ...args));
    ended.set(name, end);
    lanes[i % 2] = end;
  });
});
afterAll(() => rm(folder, { recursive: true }));

interface Ended {
  readonly status: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

const node = (args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const env = {
      ...process.env,
      XDG_CACHE_HOME: folder,
      NACRE_LANG: 'en',
      // Whether the machine has a Chinese font, for the PNG of Chinese words, is not what is tested.
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --disable-warning=NACRE_NO_CHINESE_FONT`,
    };
    execFile(process.execPath, args, { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ status: error ? (error.code ?? null) : 0, stdout, stderr });
    });
  });

const run = (...args: readonly string[]): Promise<Ended> => node([nacre, 'run', ...args]);

const linesOf = (output: string): Record<string, unknown>[] =>
  output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const isWhole = (file: string): boolean => {
  const bytes = readFileSync(file);
  const text = bytes.toString('latin1');
  if (file.endsWith('.png')) return text.startsWith('\x89PNG') && text.includes('IEND');
  return !file.endsWith('.svg') || text.trimEnd().endsWith('</svg>');
};

describe.each(names)('%s', (name) => {
  it('is in the catalogue and the READMEs, and was built', () => {
    expect(Object.keys(catalogue)).toContain(name);
    for (const readme of ['README.md', 'README.zh-CN.md']) {
      expect(readFileSync(join(root, 'examples', readme), 'utf8')).toContain(`[\`${name}\`](${name}.ts)`);
    }
    expect(existsSync(built(name)), 'npm run build comes first').toBe(true);
  });

  it('runs, gives its figures and writes its pictures', async () => {
    const out = join(folder, name);
    const { status, stdout, stderr } = await ended.get(name)!;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = linesOf(stdout);
    expect(lines.at(-1)).toMatchObject({ event: 'done', example: name, seed: 0, small: true });
    const results = lines.slice(0, -1);
    expect(results.length).toBeGreaterThan(0);
    for (const result of results) {
      expect(result).toMatchObject({ event: 'result', example: name, value: expect.any(Number) });
    }
    const files = existsSync(out) ? readdirSync(out) : [];
    expect(files.filter((file) => !isWhole(join(out, file)))).toEqual([]);
  });
});

describe('nacre run', () => {
  it('lists the examples in both languages', async () => {
    expect((await run()).stdout).toContain(`perceptron    `);
    expect((await run('--lang', 'zh')).stdout).toContain(catalogue.perceptron.zh);
    const listed = linesOf((await run('--json')).stdout).map((line) => line.name);
    expect(listed).toEqual(Object.keys(catalogue).filter((name) => names.includes(name)));
  });

  it('tells the nearest name', async () => {
    const { status, stderr } = await run('percepton', '--small');
    expect(status).toBe(2);
    expect(stderr).toBe(
      'error: there is no example "percepton". Did you mean perceptron? nacre run lists them all.\n',
    );
  });

  it('gives the arguments to the example, wherever they stand', async () => {
    const { stdout } = await run('--lang', 'zh', 'perceptron', '--help');
    expect(stdout).toContain('用法： nacre run perceptron');
    expect(stdout).toContain(catalogue.perceptron.zh);
    const wrong = await run('perceptron', '--smal');
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toMatch(
      /^error: there is no option --smal\. Did you mean --small\? nacre run perceptron/,
    );
    expect((await run('perceptron', 'now')).stderr).toContain('"now" is one argument too many');
  });

  it('names a data folder that lacks what the example needs', async () => {
    const { status, stderr } = await run('mnist-mlp', '--small', '--data', join(folder, 'nowhere'));
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error: .*nowhere has no folder mnist\. Put the data there/);
  });

  it('stops on Ctrl-C, and says so', async () => {
    const args = ['perceptron', '--epochs', '100000000'];
    const child = spawn(process.execPath, [nacre, 'run', ...args], {
      cwd: folder,
      env: { ...process.env, NACRE_LANG: 'en' },
    });
    let output = '';
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (text) => {
        output += text;
        if (output.includes('A second layer is the way out')) resolve();
      });
    });
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(output).toContain('Stopping after this step; Ctrl-C once more quits at once.');
    expect(output.trimEnd()).toMatch(/Stopped\. What was written until now is whole\.$/);
  });
});

it('an example runs from its source too', async () => {
  const tsx = join(root, 'node_modules/tsx/dist/cli.mjs');
  const { status, stdout, stderr } = await node([
    ...[tsx, join(root, 'examples/perceptron.ts')],
    ...['--small', '--lang', 'en', '--out', join(folder, 'from-source')],
  ]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain(`perceptron: ${catalogue.perceptron.en}`);
  expect(stdout).toMatch(/exclusive or, two layers +100\.00 %/);
});
