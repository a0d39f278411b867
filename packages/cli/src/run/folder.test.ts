import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messages } from '../i18n/index.ts';
import { createRun, reopenRun, timedName } from './folder.ts';

const text = messages.en;
const now = new Date(2025, 0, 31, 9, 30, 7);
let root: string;
beforeEach(async () => {
  root = join(await mkdtemp(join(tmpdir(), 'nacre-runs-')), 'runs');
});
afterEach(() => rm(join(root, '..'), { recursive: true }));

const create = (name?: string) => createRun({ root, dataset: 'mnist', name, now }, text);

it('names a run after dataset and local time', () => {
  expect(timedName('mnist', now)).toBe('mnist-20250131-093007');
});

describe('createRun', () => {
  it('gives every run of the same second a folder of its own', async () => {
    const runs = await Promise.all([create(), create(), create()]);
    expect(runs.map(({ path }) => path).sort()).toEqual([
      join(root, 'mnist-20250131-093007'),
      join(root, 'mnist-20250131-093007-2'),
      join(root, 'mnist-20250131-093007-3'),
    ]);
  });

  it('leaves no lock once released', async () => {
    const run = await create('first');
    expect(run.file('model')).toBe(join(root, 'first', 'model.safetensors'));
    await run.release();
    expect(await readdir(run.path)).toEqual([]);
  });

  it('refuses a name that is in use, with the process', async () => {
    await create('first');
    await expect(create('first')).rejects.toThrow(
      `${join(root, 'first')} is in use by process ${process.pid}. Wait`,
    );
  });

  it('refuses a name in use on another machine, with what to do', async () => {
    await mkdir(join(root, 'first'), { recursive: true });
    await writeFile(join(root, 'first', 'lock'), '1 2 elsewhere\n');
    await expect(create('first')).rejects.toThrow(`in use on elsewhere. If no process there`);
  });

  it('takes over what a dead process left without results', async () => {
    await mkdir(join(root, 'first'), { recursive: true });
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    await writeFile(join(root, 'first', 'lock'), `${pid} 1 ${hostname()}\n`);
    await writeFile(join(root, 'first', 'run.json'), '{}');
    await expect(create('first')).resolves.toMatchObject({ path: join(root, 'first') });
  });

  it.each(['model.safetensors', 'checkpoint.safetensors', 'history.jsonl'])(
    'never writes over %s',
    async (file) => {
      const run = await create('first');
      await writeFile(join(run.path, file), '');
      await run.release();
      await expect(create('first')).rejects.toThrow('already holds a run');
      expect(await readdir(run.path)).toEqual([file]);
    },
  );

  it.each(['', '.', '..', '../up', 'a/b', 'a\\b', '.hidden', '-x', 'a\u0000', 'x'.repeat(101), 'a:b'])(
    'refuses the name %j',
    async (name) => {
      await expect(create(name)).rejects.toMatchObject({ exitCode: 2 });
    },
  );

  it.each(['first', '第一次', 'lr 0.01', 'A_1-b.c'])('accepts the name %j', async (name) => {
    await expect(create(name)).resolves.toMatchObject({ path: join(root, name) });
  });

  it('explains a place that cannot be written', async () => {
    await writeFile(root, 'a file where the folder should be');
    await expect(create()).rejects.toThrow(`${root} cannot be written (EEXIST). Start from a folder`);
  });
});

describe('reopenRun', () => {
  it('locks a run that is there', async () => {
    await (await create('first')).release();
    const run = await reopenRun(join(root, 'first'), text);
    await expect(reopenRun(join(root, 'first'), text)).rejects.toThrow('is in use by process');
    await run.release();
  });

  it('refuses what is no folder', async () => {
    await expect(reopenRun(join(root, 'none'), text)).rejects.toThrow('there is no such run');
    await mkdir(root);
    await writeFile(join(root, 'file'), '');
    await expect(reopenRun(join(root, 'file'), text)).rejects.toThrow('there is no such run');
    await expect(reopenRun(join(root, 'file', 'below'), text)).rejects.toThrow('there is no such run');
  });
});
