import { NacreError } from '../base/errors.ts';

/** What Nacre asks of a file system. `import { files } from '#files'` gives the one of the platform. */
export interface Files {
  /** A file's bytes. Throws a FileError if there is none, it cannot be read, or it is a pipe or a device. */
  readFile(path: string): Promise<Uint8Array>;
  /**
   * Puts a whole file in place at once: a reader, or a crash, sees the old content or the new, never a part.
   * On failure the old file is as it was, nothing else is left behind, and a FileError says why.
   */
  writeFileAtomic(path: string, content: Uint8Array | string): Promise<void>;
  /**
   * Adds one line (without its line break) at the end of a file, which is made if it is not there. With `sync` it has reached the
   * disk when the promise resolves.
   */
  appendLine(path: string, line: string, options?: { readonly sync?: boolean }): Promise<void>;
  /** Adds bytes at the end of a file, which is made if it is not there. */
  appendBytes(path: string, bytes: Uint8Array): Promise<void>;
  /** Removes a file; one that is not there is fine. */
  removeFile(path: string): Promise<void>;
  /** Makes a lock file at the path, or gives the living process that holds it. What a dead process left is taken over. */
  takeLock(path: string): Promise<Lock | LockOwner>;
  /** Makes a folder and the folders it lies in; one that is there is fine. */
  makeDirectory(path: string): Promise<void>;
  fileExists(path: string): Promise<boolean>;
  /** The names in a folder, sorted by code unit. */
  listDirectory(path: string): Promise<string[]>;
  /**
   * Where this user's caches go: `$XDG_CACHE_HOME`, else `~/.cache`, with `parts` below it. Makes nothing; undefined
   * where there is no such place, as in a browser.
   */
  cachePath(...parts: string[]): string | undefined;
  /** The folder of an installed npm package, looked for from the running program, the working folder and Nacre. */
  findPackage(name: string): string | undefined;
}

/** A lock that this process holds. */
export interface Lock {
  /** Removes the lock file. */
  release(): Promise<void>;
}

/** The process that holds a lock. */
export interface LockOwner {
  readonly pid: number;
  readonly host: string;
  /** When the process began, in the system's own count; empty where the system does not tell. It unmasks a pid that was used again. */
  readonly began: string;
}

/**
 * A file operation the system refused.
 *
 * @example
 * ```ts
 * import { loadSafetensors } from 'nacre';
 * await loadSafetensors('missing.safetensors'); // → throws FileError
 * ```
 */
export class FileError extends NacreError {
  override readonly name: string = 'FileError';
  readonly path: string;
  /** The system's code, such as `ENOSPC`. */
  readonly code: string;

  constructor(
    message: string,
    details: { op: string; path: string; code: string; hint?: string; cause?: unknown },
  ) {
    super(message, details);
    this.path = details.path;
    this.code = details.code;
  }
}
