import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { messages } from '../i18n/index.ts';
import { type RunSettings, readSettings, settingsText } from './settings.ts';

const settings: RunSettings = {
  dataset: 'mnist',
  source: 'package',
  trainImages: 8000,
  testImages: 2000,
  epochs: 5,
  batchSize: 32,
  lr: 1e-3,
  seed: 0,
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nacre-settings-'));
});
afterEach(() => rm(folder, { recursive: true }));

const read = () => readSettings(folder, messages.en);

it.each([settings, { ...settings, source: 'directory', data: '/data/数字' } as const])(
  'come back as written',
  async (given) => {
    await writeFile(join(folder, 'run.json'), settingsText(given));
    expect(await read()).toEqual(given);
  },
);

it.each([
  '',
  '{',
  'null',
  '[]',
  JSON.stringify({ ...settings, epochs: 0 }),
  JSON.stringify({ ...settings, lr: '0.1' }),
  JSON.stringify({ ...settings, seed: undefined }),
  JSON.stringify({ ...settings, source: 'elsewhere' }),
])('are refused: %s', async (content) => {
  await writeFile(join(folder, 'run.json'), content);
  await expect(read()).rejects.toThrow(`${join(folder, 'run.json')} is not what a run writes there`);
});

it('are refused unread where a file is far too large', async () => {
  await writeFile(join(folder, 'run.json'), '');
  await truncate(join(folder, 'run.json'), 2 ** 33); // sparse: takes no room, and could not be read whole
  await expect(read()).rejects.toThrow('run.json is not what a run writes there');
});

it.skipIf(process.platform === 'win32')('are refused unread where a pipe is', async () => {
  execFileSync('mkfifo', [join(folder, 'run.json')]);
  await expect(read()).rejects.toThrow('run.json is not what a run writes there');
});

it('are missing in a folder that is no run, or where no folder is', async () => {
  await expect(read()).rejects.toThrow(`${folder}: there is no such run`);
  await mkdir(join(folder, 'empty'));
  await expect(readSettings(join(folder, 'none'), messages.en)).rejects.toThrow('there is no such run');
});
