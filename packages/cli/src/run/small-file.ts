import { readFile, stat } from 'node:fs/promises';

/** What a run's own small files never reach. */
const byteLimit = 1_000_000;

/**
 * The text of a small file; `undefined` for a larger one, and for a pipe or a device: reading these might never end. Throws the
 * system's error where there is no file, or a folder.
 */
export async function readSmallFile(path: string): Promise<string | undefined> {
  const status = await stat(path);
  const isOther = !status.isFile() && !status.isDirectory();
  return isOther || status.size > byteLimit ? undefined : readFile(path, 'utf8');
}
