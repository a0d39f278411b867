import { mkdir, readdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type LockOwner, takeLock } from 'nacre';
import { Failure, systemCode } from '../failure.ts';
import type { Messages } from '../i18n/index.ts';

/** Keeps two processes from writing to the same folder. */
const lockName = 'lock';

/** Files of a run's folder. */
export const runFiles = {
  settings: 'run.json',
  model: 'model.safetensors',
  checkpoint: 'checkpoint.safetensors',
  history: 'history.jsonl',
  curves: 'curves.svg',
  confusion: 'confusion.svg',
} as const;

export type RunFile = keyof typeof runFiles;

/** What a run leaves behind that nothing may write over. */
const results: readonly string[] = [runFiles.model, runFiles.checkpoint, runFiles.history];

/** A folder that this process alone may write to, until it is released. */
export interface RunFolder {
  readonly path: string;
  file(name: RunFile): string;
  release(): Promise<void>;
}

/** Letters and digits of any script, then also spaces and `. _ -`: a folder's name on every system. */
const goodName = /^[\p{L}\p{N}][\p{L}\p{N}._ -]{0,99}$/u;

export const pathOfFile = (folder: string, name: RunFile): string => join(folder, runFiles[name]);

/** `mnist-20250131-093000`, in local time. */
export function timedName(dataset: string, now: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  return `${dataset}-${day}-${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
}

/**
 * Makes the folder of a new run and locks it.
 *
 * Without a name the folder is called after dataset and time, and numbered if another run took that in the same second. With a
 * name, a folder that a process uses or that holds results is refused; one that a dead process left without results is taken.
 */
export async function createRun(
  { root, dataset, name, now }: { root: string; dataset: string; name?: string; now: Date },
  text: Messages,
): Promise<RunFolder> {
  if (name !== undefined && !goodName.test(name)) throw new Failure(text.runs.badName(name), { exitCode: 2 });
  return explainWriting(root, text, async () => {
    await mkdir(root, { recursive: true });
    if (name === undefined) return lockFolder(await makeNumbered(join(root, timedName(dataset, now))), text);
    const path = join(root, name);
    await mkdir(path, { recursive: true });
    const run = await lockFolder(path, text);
    if ((await readdir(path)).some((entry) => results.includes(entry))) {
      await run.release();
      throw new Failure(text.runs.notEmpty(path));
    }
    return run;
  });
}

/** Locks the folder of a run that is there already. */
export async function reopenRun(path: string, text: Messages): Promise<RunFolder> {
  await checkIsRun(path, text);
  return explainWriting(path, text, () => lockFolder(path, text));
}

/** Throws a `Failure` unless a path is a folder. */
export async function checkIsRun(path: string, text: Messages): Promise<void> {
  const status = await stat(path).catch((error: unknown) => {
    if (systemCode(error) === '') throw error;
    return undefined;
  });
  if (!status?.isDirectory()) throw new Failure(text.runs.missing(path));
}

/** Makes a new folder; the number of the first try is left out. */
async function makeNumbered(path: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const numbered = attempt === 1 ? path : `${path}-${attempt}`;
    try {
      await mkdir(numbered);
      return numbered;
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
  }
}

async function lockFolder(path: string, text: Messages): Promise<RunFolder> {
  const lock = await takeLock(join(path, lockName));
  if (!('release' in lock)) throw inUse(path, lock, text);
  return { path, file: (name) => pathOfFile(path, name), release: () => lock.release() };
}

function inUse(path: string, owner: LockOwner, text: Messages): Failure {
  const here = owner.host === hostname();
  return new Failure(
    here
      ? text.runs.inUse(path, owner.pid)
      : text.runs.inUseElsewhere(path, owner.host, join(path, lockName)),
  );
}

/** Turns the system's refusal to write into a message that names the folder. */
async function explainWriting<T>(path: string, text: Messages, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const code = systemCode(error);
    if (code === '') throw error;
    throw new Failure(text.runs.cannotWrite(path, code), { cause: error });
  }
}
