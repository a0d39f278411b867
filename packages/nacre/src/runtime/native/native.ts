import { type ErrorDetails, NacreError } from '../../base/errors.ts';
import type { Address, ForeignFunctions, ForeignLibrary } from './ffi.ts';

/** What kept something of the native tier from working. */
export type NativeFault =
  /** There is no such program. */
  | 'missing'
  /** The compiler ended with an error. */
  | 'failed'
  /** The compiler was ended by a signal. */
  | 'crashed'
  /** The compiler took longer than its limit. */
  | 'timeout'
  /** What the compiler wrote is no library, or does not compute. */
  | 'garbage'
  /** The compiler makes code for another processor. */
  | 'processor'
  /** A file or folder cannot be written. */
  | 'files'
  /** The system does not load the library. */
  | 'load'
  /** There is no way to call C from JavaScript. */
  | 'ffi'
  /** The platform: a browser, or a system that is not supported. */
  | 'platform';

/** Something the native tier could not do; the program goes on without it. */
export class NativeError extends NacreError {
  constructor(
    readonly fault: NativeFault,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(message, details);
  }
}

export const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** A compiler that was tried and is not used. */
export interface Refusal {
  /** As it is typed, with its arguments. */
  readonly command: string;
  readonly fault: NativeFault;
  /** What it said, or what was wrong. */
  readonly detail: string;
}

/** What the native tier has to work with, or why there is none. */
export type NativeSupport =
  | {
      readonly ok: true;
      /** The compiler's command, with its arguments. */
      readonly compiler: string;
      /** The first line of its `--version`. */
      readonly version: string;
      /** What a library is compiled with where nothing else is asked for. */
      readonly flags: readonly string[];
      /** Bytes in a vector register of the code that it makes. */
      readonly lanesBytes: 16 | 32 | 64;
      /** The processor's model. */
      readonly cpu: string;
    }
  | { readonly ok: false; readonly reasons: readonly string[] };

export interface BuildOptions {
  /** For messages and file names: letters, digits, `-` and `_`. */
  readonly name: string;
  /** Whether a product and a sum may become one rounding (`-ffp-contract=fast`). Default: 'off'. */
  readonly contract?: 'off' | 'fast';
  /** Further flags, after the usual ones. */
  readonly flags?: readonly string[];
  /** Whether the process may end before this has. Default: false, it stays until then. */
  readonly background?: boolean;
}

/** A compiled library in the process. */
export interface Library extends ForeignLibrary {
  readonly name: string;
  readonly origin: 'cache' | 'compiled';
  /** What finding or compiling, and loading it took. */
  readonly seconds: number;
}

/** One run of a program by several threads. All but the two addresses are bytes from `base`, or counts. */
export interface PoolJob {
  /** `nacre_share` of the program. */
  readonly share: Address;
  /** The start of the heap. */
  readonly base: Address;
  readonly args: number;
  readonly scratch: number;
  /** Bytes from one thread's scratch to the next. */
  readonly scratchStride: number;
  readonly status: number;
  readonly sync: number;
  /** Bytes at `sync` that are zeroed first. */
  readonly syncBytes: number;
  /** The most threads that take part, the calling one included. */
  readonly threads: number;
}

/** The threads in C. There is one pool in a process; a job that finds it taken runs on its own thread alone. */
export interface NativePool {
  run(job: PoolJob): void;
  /**
   * Begins the same on a thread of Node's own pool; the heap belongs to the job until it ends. `wait` waits on the calling thread, which does
   * the job itself if no other has begun it. Null while the event loop has not yet heard that the last such job has ended: who does not let it
   * have a turn gains nothing by this, and calls nobody has heard of pile up. Null, too, where no such call can be made.
   */
  runAside(job: PoolJob): { readonly ended: Promise<void>; wait(): void } | null;
  /** Ends the threads; the next job starts new ones. */
  stop(): void;
}

export interface CacheReport {
  /** Undefined where there is no place for one. */
  readonly path: string | undefined;
  readonly entries: number;
  readonly bytes: number;
  readonly limitBytes: number;
  /** Why it is not used; absent if it is. */
  readonly problem?: string;
}

/** What `nacre doctor` shows. */
export interface NativeReport {
  readonly support: NativeSupport;
  /** The compilers that were tried first and are not used. */
  readonly refusals: readonly Refusal[];
  readonly ffi: { readonly name: string; readonly version: string } | null;
  readonly cache: CacheReport;
  /** What did not go as it should since the process began: a cache that could not be written, a unit that failed. */
  readonly notes: readonly string[];
  /** Seconds to compile and load a sample, if it was asked for and could be. */
  readonly sampleSeconds?: number;
}

/**
 * The native tier: C code compiled by the system's compiler and called in the process. Chosen by `#native`.
 *
 * What ends in `Now` is done when it returns; the others give promises.
 */
export interface Native {
  /** Looks once for a compiler and a way to call C. Rejects never. */
  support(options?: { background?: boolean }): Promise<NativeSupport>;
  /** The same before it returns, which takes a second or so where no earlier process has left a record of this machine. */
  supportNow(): NativeSupport;
  /** What is known by now, or from that record, which takes a millisecond. Undefined while nothing is; no program is started. */
  supportFromRecord(): NativeSupport | undefined;
  /** The way to call C. Rejects with a NativeError where there is none. */
  ffi(): Promise<ForeignFunctions>;
  /** Where a memory begins in the process. Throws a NativeError where C cannot be called. */
  addressOf(memory: WebAssembly.Memory | ArrayBufferLike): Address;
  /**
   * A library of C code, out of the cache or compiled now: several units are compiled at the same time and linked.
   *
   * Rejects with a NativeError that says why there is none.
   */
  buildLibrary(source: string | readonly string[], options: BuildOptions): Promise<Library>;
  /** A library out of the cache; undefined if it is not there, or while it is not known what code this machine needs. */
  findLibrary(source: string | readonly string[], options: BuildOptions): Library | undefined;
  /**
   * As `buildLibrary`, before it returns: this process does nothing else meanwhile.
   *
   * Throws a NativeError that says why there is none.
   */
  buildLibraryNow(source: string | readonly string[], options: BuildOptions): Library;
  /** The thread pool in C, compiled and cached as other libraries are. Rejects with a NativeError. */
  loadPool(options?: { background?: boolean }): Promise<NativePool>;
  /** The pool if it is loaded or in the cache. */
  poolNow(): NativePool | undefined;
  /** As `loadPool`, before it returns. Throws as `buildLibraryNow` does. */
  loadPoolNow(): NativePool;
  /** What there is, for people; `sample` also measures a compilation that the cache does not answer. */
  report(options?: { sample?: boolean }): Promise<NativeReport>;
}
