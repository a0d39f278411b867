import { randomUUID } from 'node:crypto';
import { constants, copyFile, link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Lock, LockOwner } from './files.ts';

/** The system's code of a refused file operation, such as `ENOENT`; empty for any other error. */
const systemCode = (error: unknown): string =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  /^E[A-Z0-9]+$/.test(error.code)
    ? error.code
    : '';

/**
 * State and start of a process: fields 3 and 22 of Linux's /proc/<pid>/stat (proc(5)), the start in clock ticks since boot. The second
 * field, the command in parentheses, may hold anything, so fields are counted from its closing parenthesis. Empty where the
 * system does not tell.
 */
async function processStatus(pid: number): Promise<{ state: string; began: string }> {
  const unknown = { state: '', began: '' };
  if (process.platform !== 'linux') return unknown;
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], began: fields[19] ?? '' };
  } catch (error) {
    if (systemCode(error) === '') throw error;
    return unknown; // no such process, or /proc is not there
  }
}

/** Whether the process that took a lock still runs; on another machine nobody can tell, so it counts as running. */
async function isAlive({ pid, host, began }: LockOwner): Promise<boolean> {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false;
    if (systemCode(error) !== 'EPERM') throw error; // EPERM: it runs, under another user
  }
  const status = await processStatus(pid);
  // A zombie has ended, and only waits for its parent to ask; in a container that may be never.
  if (status.state === 'Z') return false;
  return began === '' || began === status.began;
}

/** What the name of a process and a machine never reaches. */
const mostBytes = 10_000;

/** The owner a lock file names; `undefined` if there is none, what it says was never written whole, or it is no file. */
async function readOwner(path: string): Promise<LockOwner | undefined> {
  let content = '';
  try {
    const status = await stat(path);
    // Reading a pipe or a device might never end, and a lock is short. A folder is refused by the system itself.
    const isOther = !status.isFile() && !status.isDirectory();
    if (!isOther && status.size <= mostBytes) content = await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const match = /^(\d+) (\d*) (.*)\n$/.exec(content);
  return match ? { pid: Number(match[1]), began: match[2], host: match[3] } : undefined;
}

/**
 * Makes a lock: a file with pid, start and host of the process that holds it.
 *
 * The file is written beside and linked into place, so it is there whole or not at all, and only one process can win. A lock
 * whose process is dead is moved away first; should another process have taken it over in that instant, its lock goes back.
 *
 * @returns the lock, or its owner if a living process holds it.
 */
export async function takeLock(path: string): Promise<Lock | LockOwner> {
  const mine = join(dirname(path), `.${basename(path)}-${randomUUID()}`);
  const self: LockOwner = {
    pid: process.pid,
    host: hostname(),
    began: (await processStatus(process.pid)).began,
  };
  try {
    await writeFile(mine, `${self.pid} ${self.began} ${self.host}\n`);
    for (;;) {
      if (await linkNew(mine, path)) return { release: () => rm(path, { force: true }) };
      const owner = await readOwner(path);
      if (owner && (await isAlive(owner))) return owner;
      await moveStaleAway(path, `${mine}-stale`);
    }
  } finally {
    await rm(mine, { force: true });
  }
}

/** Codes with which file systems say that they have no hard links (FAT, some network drives). */
const noLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Puts a file under a second name; false if that name is taken. */
async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to).catch((error: unknown) => {
      // Not whole from the first instant, but these few bytes are as good as that.
      if (noLinks.has(systemCode(error))) return copyFile(from, to, constants.COPYFILE_EXCL);
      throw error;
    });
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function moveStaleAway(path: string, away: string): Promise<void> {
  try {
    await rename(path, away);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return; // another process was faster: the next try finds its lock
    throw error;
  }
  const owner = await readOwner(away);
  if (owner && (await isAlive(owner))) await linkNew(away, path);
  await rm(away, { force: true });
}
