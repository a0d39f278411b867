import { createHash } from 'node:crypto';
import { constants, rmSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { homedir } from 'node:os';
import * as path from 'node:path';
import type { CacheReport } from './native.ts';
import { messageOf } from './native.ts';
import { codeOf } from './spawn.node.ts';

/** 512 MiB: a library has about 30 kB, a large program's some hundred. */
export const cacheLimitBytes = 512 * 2 ** 20;

/** A workspace that a killed process left behind is removed after this. No compilation takes as long. */
const staleAfter = 3_600_000;

const workspacePrefix = 'work-';

export const sha256 = (content: string | Uint8Array): string =>
  createHash('sha256').update(content).digest('hex');

/**
 * Where this user's compiled code is kept: `$NACRE_CACHE`, `$XDG_CACHE_HOME/nacre`, `~/Library/Caches/nacre` on macOS,
 * else `~/.cache/nacre`; in it the folder `native`. A relative path counts as none. Undefined for a user without a home.
 */
export function cacheFolder(environment: NodeJS.ProcessEnv): string | undefined {
  const { NACRE_CACHE, XDG_CACHE_HOME } = environment;
  if (NACRE_CACHE && path.isAbsolute(NACRE_CACHE)) return path.join(NACRE_CACHE, 'native');
  if (XDG_CACHE_HOME && path.isAbsolute(XDG_CACHE_HOME)) return path.join(XDG_CACHE_HOME, 'nacre', 'native');
  try {
    const caches = process.platform === 'darwin' ? ['Library', 'Caches'] : ['.cache'];
    return path.join(homedir(), ...caches, 'nacre', 'native');
  } catch (cause) {
    if (codeOf(cause) !== 'ERR_SYSTEM_ERROR') throw cause;
    return undefined;
  }
}

/** The file operations that put a library in place; tests give some that fail. */
export interface PublishOperations {
  sync(file: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
}

async function syncFile(file: string): Promise<void> {
  const handle = await fs.open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export interface CacheOptions {
  /** The user whose files are trusted. Default: the one of this process. */
  readonly uid?: number;
  readonly limitBytes?: number;
  readonly publish?: PublishOperations;
}

/** Permissions of everybody but the owner to write. */
const othersWrite = 0o022;

/** Why a file or folder is not trusted, if so: somebody else could have written it. */
function distrust(status: { uid: number; mode: number }, uid: number): string | undefined {
  if (status.uid !== uid) return `it belongs to user ${status.uid}`;
  return (status.mode & othersWrite) === 0 ? undefined : 'others may write to it';
}

/**
 * Compiled libraries on disk. The name of an entry is its key and the SHA-256 of its bytes, so that one rename puts it in place
 * whole, and a byte that changed shows. Code is loaded from here into the process: what others could have written is not used.
 */
export class LibraryCache {
  readonly #uid: number;
  readonly #limit: number;
  readonly #publish: PublishOperations;

  constructor(
    readonly folder: string,
    private readonly suffix: string,
    options: CacheOptions = {},
  ) {
    this.#uid = options.uid ?? process.getuid?.() ?? 0;
    this.#limit = options.limitBytes ?? cacheLimitBytes;
    this.#publish = options.publish ?? { sync: syncFile, rename: fs.rename };
  }

  /** Makes the folder if it is not there. Gives why it cannot be used, or undefined if it can. */
  async problem(): Promise<string | undefined> {
    try {
      await makeFolders(this.folder);
      return await this.#distrustFolder();
    } catch (cause) {
      return messageOf(cause);
    }
  }

  async #distrustFolder(): Promise<string | undefined> {
    const status = await fs.lstat(this.folder);
    if (!status.isDirectory()) return `${this.folder} is no folder`;
    const reason = distrust(status, this.#uid);
    return reason && `${this.folder} is not used: ${reason}`;
  }

  /** The path of the library of a key, checked just now; undefined if there is none that can be trusted. */
  async find(key: string): Promise<string | undefined> {
    if ((await this.#usable()) === undefined) return undefined;
    for (const name of await fs.readdir(this.folder)) {
      if (!name.startsWith(`${key}-`) || !name.endsWith(this.suffix)) continue;
      const file = path.join(this.folder, name);
      if (!(await this.#isIntact(file, name.slice(key.length + 1, -this.suffix.length)))) continue;
      const now = new Date();
      // Its age counts from its last use. Where that cannot be written it goes sooner, no more.
      await fs.utimes(file, now, now).catch(() => {});
      return file;
    }
    return undefined;
  }

  async #usable(): Promise<string | undefined> {
    try {
      return (await this.#distrustFolder()) === undefined ? this.folder : undefined;
    } catch (cause) {
      if (codeOf(cause) === '') throw cause;
      return undefined;
    }
  }

  async #isIntact(file: string, checksum: string): Promise<boolean> {
    let handle: fs.FileHandle;
    try {
      // A link is not followed, and a pipe does not hang.
      handle = await fs.open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (cause) {
      if (codeOf(cause) === '') throw cause;
      return false; // a link, or removed in between
    }
    try {
      const status = await handle.stat();
      if (!status.isFile() || distrust(status, this.#uid) !== undefined) return false;
      return sha256(await handle.readFile()) === checksum;
    } finally {
      await handle.close();
    }
  }

  /** A folder to compile in, on the same file system as the entries. Its owner removes it. */
  async workspace(): Promise<string> {
    return fs.mkdtemp(path.join(this.folder, workspacePrefix));
  }

  /** Puts a library from a workspace in place; gives its path. A crash leaves all of it there, or nothing. */
  async add(key: string, file: string, bytes: Uint8Array): Promise<string> {
    const target = path.join(this.folder, `${key}-${sha256(bytes)}${this.suffix}`);
    await fs.chmod(file, 0o700); // the compiler's own depends on the umask
    await this.#publish.sync(file);
    await this.#publish.rename(file, target);
    await this.#publish.sync(this.folder);
    await this.#trim(target);
    return target;
  }

  /** Removes what was not used for the longest time until the rest fits, and what killed processes left behind. */
  async #trim(kept: string): Promise<void> {
    const entries = await this.#entries();
    let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { file, bytes } of entries.sort((a, b) => a.time - b.time)) {
      if (total <= this.#limit) break;
      if (file === kept) continue;
      await fs.rm(file, { force: true });
      total -= bytes;
    }
    for (const name of await fs.readdir(this.folder)) {
      if (!name.startsWith(workspacePrefix)) continue;
      const left = path.join(this.folder, name);
      const status = await orGone(fs.lstat(left));
      if (status && Date.now() - status.mtimeMs > staleAfter)
        await fs.rm(left, { recursive: true, force: true });
    }
  }

  async #entries(): Promise<{ file: string; bytes: number; time: number }[]> {
    const found = [];
    for (const name of await fs.readdir(this.folder)) {
      if (!name.endsWith(this.suffix)) continue;
      const file = path.join(this.folder, name);
      const status = await orGone(fs.lstat(file));
      if (status) found.push({ file, bytes: status.size, time: status.mtimeMs });
    }
    return found;
  }

  async report(): Promise<CacheReport> {
    const problem = await this.problem();
    const entries = problem === undefined ? await this.#entries() : [];
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    const counts = { path: this.folder, entries: entries.length, bytes, limitBytes: this.#limit };
    return problem === undefined ? counts : { ...counts, problem };
  }
}

/** Undefined if another process removed it in between. */
async function orGone<T>(run: Promise<T>): Promise<T | undefined> {
  try {
    return await run;
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw cause;
    return undefined;
  }
}

/** Each folder that is missing, for this user alone. Not mkdir's own `recursive`: under /proc, Node 20 tries for ever. */
async function makeFolders(target: string): Promise<void> {
  try {
    await fs.mkdir(target, { mode: 0o700 });
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return; // what it is, the check that follows sees
    if (codeOf(cause) !== 'ENOENT' || path.dirname(target) === target) throw cause;
    await makeFolders(path.dirname(target));
    await fs.mkdir(target, { mode: 0o700 }).catch((late: unknown) => {
      if (codeOf(late) !== 'EEXIST') throw late;
    });
  }
}

/** Folders that are removed at once if the process ends before their owners have done it. */
const temporary = new Set<string>();
let watchesExit = false;

/** Runs work in a folder, which is removed afterwards, also when the process ends meanwhile. */
export async function inFolder<T>(folder: string, work: (folder: string) => Promise<T>): Promise<T> {
  if (!watchesExit) {
    watchesExit = true;
    process.on('exit', () => {
      for (const left of temporary) rmSync(left, { recursive: true, force: true });
    });
  }
  temporary.add(folder);
  try {
    return await work(folder);
  } finally {
    temporary.delete(folder);
    await fs.rm(folder, { recursive: true, force: true });
  }
}
