import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { open } from 'node:fs/promises';
import { homedir } from 'node:os';
import * as path from 'node:path';
import type { CacheReport } from './native.ts';
import { messageOf } from './native.ts';
import { atExit, codeOf } from './spawn.node.ts';
import { pause, type Steps } from './steps.ts';

/** 512 MiB: a library has about 30 kB, a large program's some hundred. */
export const cacheLimitBytes = 512 * 2 ** 20;

/** A workspace that a killed process left behind is removed after this. No compilation takes as long. */
const staleAfter = 3_600_000;

/** To look at all entries takes a while; it is done whenever a part of the limit was added. */
const trimsPerLimit = 64;

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
  syncNow(file: string): void;
  rename(from: string, to: string): void;
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function syncFileNow(file: string): void {
  const handle = fs.openSync(file, 'r');
  try {
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
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
export class FileCache {
  readonly #uid: number;
  readonly #limit: number;
  readonly #publish: PublishOperations;
  #listed: { time: bigint; names: readonly string[] } | undefined;
  /** Bytes added since entries were last removed. Infinite before the first time: other processes have added some. */
  #untrimmed = Number.POSITIVE_INFINITY;

  constructor(
    readonly folder: string,
    private readonly suffix: string,
    options: CacheOptions = {},
  ) {
    this.#uid = options.uid ?? process.getuid?.() ?? 0;
    this.#limit = options.limitBytes ?? cacheLimitBytes;
    this.#publish = options.publish ?? { sync: syncFile, syncNow: syncFileNow, rename: fs.renameSync };
  }

  /** Makes the folder if it is not there. Gives why it cannot be used, or undefined if it can. */
  problem(): string | undefined {
    try {
      makeFolders(this.folder);
      return this.#distrustFolder();
    } catch (cause) {
      return messageOf(cause);
    }
  }

  #distrustFolder(): string | undefined {
    const status = fs.lstatSync(this.folder);
    if (!status.isDirectory()) return `${this.folder} is no folder`;
    const reason = distrust(status, this.#uid);
    return reason && `${this.folder} is not used: ${reason}`;
  }

  /** The path of the library of a key, checked just now; undefined if there is none that can be trusted. */
  find(key: string): string | undefined {
    return this.#look(key)?.file;
  }

  /** The bytes of a key, checked in the same way. */
  read(key: string): Uint8Array | undefined {
    return this.#look(key)?.bytes;
  }

  #look(key: string): { file: string; bytes: Uint8Array } | undefined {
    for (const name of this.#list()) {
      if (!name.startsWith(`${key}-`) || !name.endsWith(this.suffix)) continue;
      const file = path.join(this.folder, name);
      const bytes = this.#readTrusted(file);
      if (bytes === undefined || name !== this.#nameOf(key, bytes)) continue;
      touch(file);
      return { file, bytes };
    }
    return undefined;
  }

  /** The names in the folder, none where it is not to be used; read again when the folder has changed. */
  #list(): readonly string[] {
    try {
      if (this.#distrustFolder() !== undefined) return [];
      const { mtimeNs } = fs.lstatSync(this.folder, { bigint: true });
      // Two changes may have one time, as clocks go; what is missed so is compiled once more.
      if (this.#listed?.time !== mtimeNs) {
        this.#listed = { time: mtimeNs, names: fs.readdirSync(this.folder) };
        this.#removeLeft(this.#listed.names);
      }
      return this.#listed.names;
    } catch (cause) {
      if (codeOf(cause) === '') throw cause;
      return [];
    }
  }

  #nameOf(key: string, bytes: Uint8Array): string {
    return `${key}-${sha256(bytes)}${this.suffix}`;
  }

  #readTrusted(file: string): Uint8Array | undefined {
    let handle: number;
    try {
      // A link is not followed, and a pipe does not hang.
      handle = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
    } catch (cause) {
      if (codeOf(cause) === '') throw cause;
      return undefined; // a link, or removed in between
    }
    try {
      const status = fs.fstatSync(handle);
      if (!status.isFile() || distrust(status, this.#uid) !== undefined) return undefined;
      return fs.readFileSync(handle);
    } finally {
      fs.closeSync(handle);
    }
  }

  /** A folder to compile in, on the same file system as the entries. Its owner removes it. */
  workspace(): string {
    return fs.mkdtempSync(path.join(this.folder, workspacePrefix));
  }

  /** Puts a library from a workspace in place; gives its path. A crash leaves all of it there, or nothing. */
  *add(key: string, file: string, bytes: Uint8Array): Steps<string> {
    const target = path.join(this.folder, this.#nameOf(key, bytes));
    fs.chmodSync(file, 0o700); // the compiler's own depends on the umask
    yield* this.#sync(file);
    this.#publish.rename(file, target);
    this.#listed = undefined;
    yield* this.#sync(this.folder);
    this.#untrimmed += bytes.length;
    if (this.#untrimmed > this.#limit / trimsPerLimit) {
      this.#trim(target);
      this.#untrimmed = 0;
    }
    return target;
  }

  /** Goes on when all that was written is on the disk. */
  #sync(file: string): Steps<void> {
    const { sync, syncNow } = this.#publish;
    return pause({ begin: () => sync(file), now: () => syncNow(file) });
  }

  /** Removes what was not used for the longest time until the rest fits. */
  #trim(kept: string): void {
    const entries = this.#entries();
    let total = entries.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { file, bytes } of entries.sort((a, b) => a.time - b.time)) {
      if (total <= this.#limit) break;
      if (file === kept) continue;
      fs.rmSync(file, { force: true });
      total -= bytes;
    }
  }

  /** Removes what killed processes left behind. */
  #removeLeft(names: readonly string[]): void {
    for (const name of names) {
      if (!name.startsWith(workspacePrefix)) continue;
      const left = path.join(this.folder, name);
      try {
        const status = fs.lstatSync(left, { throwIfNoEntry: false });
        if (status && Date.now() - status.mtimeMs > staleAfter) {
          fs.rmSync(left, { recursive: true, force: true });
        }
      } catch (cause) {
        if (codeOf(cause) === '') throw cause; // else another process removes it just now
      }
    }
  }

  #entries(): { file: string; bytes: number; time: number }[] {
    const found = [];
    for (const name of fs.readdirSync(this.folder)) {
      if (!name.endsWith(this.suffix)) continue;
      const file = path.join(this.folder, name);
      // Another process may have removed it in between.
      const status = fs.lstatSync(file, { throwIfNoEntry: false });
      if (status) found.push({ file, bytes: status.size, time: status.mtimeMs });
    }
    return found;
  }

  report(): CacheReport {
    const problem = this.problem();
    const entries = problem === undefined ? this.#entries() : [];
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    const counts = { path: this.folder, entries: entries.length, bytes, limitBytes: this.#limit };
    return problem === undefined ? counts : { ...counts, problem };
  }
}

/** The age of an entry counts from its last use. Where that cannot be written it goes sooner, no more. */
function touch(file: string): void {
  const now = new Date();
  try {
    fs.utimesSync(file, now, now);
  } catch (cause) {
    if (codeOf(cause) === '') throw cause;
  }
}

/** Each folder that is missing, for this user alone. Not mkdir's own `recursive`: under /proc, Node 20 tries for ever. */
function makeFolders(target: string): void {
  try {
    fs.mkdirSync(target, { mode: 0o700 });
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return; // what it is, the check that follows sees
    if (codeOf(cause) !== 'ENOENT' || path.dirname(target) === target) throw cause;
    makeFolders(path.dirname(target));
    makeFolder(target);
  }
}

/** Another process may be quicker. */
function makeFolder(target: string): void {
  try {
    fs.mkdirSync(target, { mode: 0o700 });
  } catch (cause) {
    if (codeOf(cause) !== 'EEXIST') throw cause;
  }
}

/** Folders that are removed at once if the process ends before their owners have done it. */
const temporary = new Set<string>();

function removeTemporary(): void {
  for (const left of temporary) {
    try {
      fs.rmSync(left, { recursive: true, force: true, maxRetries: 3 });
    } catch (cause) {
      // A compiler that is being ended may still write there. What is left in the cache goes after an hour.
      if (codeOf(cause) === '') throw cause;
    }
  }
}

/** Work in a folder, which is removed afterwards, also when the process ends meanwhile. */
export function* inFolder<T>(folder: string, work: (folder: string) => Steps<T>): Steps<T> {
  atExit(removeTemporary);
  temporary.add(folder);
  try {
    return yield* work(folder);
  } finally {
    temporary.delete(folder);
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
