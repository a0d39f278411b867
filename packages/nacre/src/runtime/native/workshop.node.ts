import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { type CacheOptions, cacheFolder, cacheLimitBytes, FileCache, inFolder } from './cache.node.ts';
import { type CompileRequest, type Compiler, compileLibrary, librarySuffix } from './compiler.node.ts';
import type { ForeignFunctions, ForeignLibrary } from './ffi.ts';
import { type CacheReport, messageOf, NativeError } from './native.ts';
import { type ProbeRecord, readRecord, writeRecord } from './record.node.ts';
import { codeOf } from './spawn.node.ts';
import type { Steps } from './steps.ts';

/** What makes a library. */
export interface Build {
  readonly compiler: Compiler;
  readonly ffi: ForeignFunctions;
  readonly name: string;
  readonly units: readonly string[];
  readonly flags: readonly string[];
  /** Where it is kept. */
  readonly key: string;
}

/** A new folder to compile in; with a cache if it lies beside the entries, so that a rename puts a library in place. */
export interface Workspace {
  readonly folder: string;
  readonly cache?: FileCache;
}

/** Errors after which a build in a temporary folder may still go well: no room, or a place code cannot be run from. */
const placeIsToBlame =
  /no space left|ENOSPC|quota|EDQUOT|read-only file system|EROFS|permission denied|EACCES|failed to map segment/i;

/** A record has about 5 kB, and a machine a few compilers. */
const recordLimitBytes = 2 ** 18;

/** A program that fails again and again must not fill the memory with what is said of it. */
const mostNotes = 20;

const noHome = 'this user has no home folder';

export interface WorkshopSettings {
  readonly environment: NodeJS.ProcessEnv;
  readonly cache?: CacheOptions;
  /** Milliseconds for one run of the compiler. */
  readonly compileLimit: number;
}

/** Both in one folder; empty for a user without a home. */
interface Caches {
  readonly libraries?: FileCache;
  readonly records?: FileCache;
}

/** Where libraries are compiled and kept: in the cache, or in temporary folders once that cannot be. */
export class Workshop {
  readonly #notes = new Set<string>();
  #opened: Caches | undefined;
  /** Why nothing more is put into the cache, once that has gone wrong. What is there is still taken. */
  #closed: string | undefined;

  constructor(private readonly settings: WorkshopSettings) {}

  /** What did not go as it should. */
  get notes(): string[] {
    return [...this.#notes];
  }

  note(text: string): void {
    if (this.#notes.size < mostNotes) this.#notes.add(text);
  }

  #close(reason: string): void {
    this.#closed ??= reason;
    this.note(`compiled code is not kept: ${this.#closed}`);
  }

  /** Where the cache lies is read whenever it is wanted: a program may set it after its imports. */
  #open(): Caches {
    const { environment, cache } = this.settings;
    const folder = cacheFolder(environment);
    if (this.#opened === undefined || this.#opened.libraries?.folder !== folder) {
      this.#closed = undefined;
      this.#opened =
        folder === undefined
          ? {}
          : {
              libraries: new FileCache(folder, librarySuffix, cache),
              records: new FileCache(folder, '.json', { ...cache, limitBytes: recordLimitBytes }),
            };
    }
    return this.#opened;
  }

  report(): CacheReport {
    const none = { path: undefined, entries: 0, bytes: 0, limitBytes: cacheLimitBytes, problem: noHome };
    const present = this.#open().libraries?.report() ?? none;
    return this.#closed === undefined ? present : { ...present, problem: this.#closed };
  }

  #openWorkspace(): Workspace {
    const cache = this.#open().libraries;
    const problem = this.#closed ?? (cache === undefined ? noHome : cache.problem());
    if (problem !== undefined) this.#close(problem);
    else {
      try {
        return { folder: cache!.workspace(), cache };
      } catch (error) {
        if (!this.#goesOnElsewhere(error)) throw error;
      }
    }
    return { folder: mkdtempSync(path.join(tmpdir(), 'nacre-native-')) };
  }

  /** Whether what went wrong beside the cache may go well in another place. If so, that is where work goes from now on. */
  #goesOnElsewhere(error: unknown): boolean {
    const does = placeIsToBlame.test(messageOf(error));
    if (does) this.#close(messageOf(error));
    return does;
  }

  /** Work in a new folder. Afterwards the folder is gone; code that was loaded from it stays in the process. */
  *inWorkspace<T>(work: (place: Workspace) => Steps<T>): Steps<T> {
    const place = this.#openWorkspace();
    try {
      return yield* inFolder(place.folder, () => work(place));
    } catch (error) {
      if (!place.cache || !this.#goesOnElsewhere(error)) throw error;
    }
    return yield* this.inWorkspace(work);
  }

  /** The library of a key, loaded out of the cache; undefined if there is none that can be. */
  find({ key, ffi }: Pick<Build, 'key' | 'ffi'>): ForeignLibrary | undefined {
    try {
      const file = this.#open().libraries?.find(key);
      return file === undefined ? undefined : ffi.load(file);
    } catch (error) {
      // Not to be read, removed by another process since it was checked, or in a place that code is not run from: it is compiled.
      if (!(error instanceof NativeError) && codeOf(error) === '') throw error;
      this.note(messageOf(error));
      return undefined;
    }
  }

  /** Compiles and loads a library, and puts it into the cache. */
  compile(build: Build): Steps<ForeignLibrary> {
    return this.inWorkspace((place) => this.#compileIn(place, build));
  }

  *#compileIn({ folder, cache }: Workspace, build: Build): Steps<ForeignLibrary> {
    const made = yield* compileLibrary(build.compiler, this.#request(build, folder));
    const library = build.ffi.load(made.file);
    if (cache === undefined) return library;
    try {
      return { ...library, path: yield* cache.add(build.key, made.file, made.bytes) };
    } catch (cause) {
      this.#closeAfter(cause);
      return library;
    }
  }

  /** Compiles and loads a library that is not kept. */
  tryOut(build: Build): Steps<void> {
    return this.inWorkspace((place) => this.#tryIn(place, build));
  }

  *#tryIn({ folder }: Workspace, build: Build): Steps<void> {
    const { file } = yield* compileLibrary(build.compiler, this.#request(build, folder));
    build.ffi.load(file);
  }

  /** What an earlier process found out. */
  readRecord(key: string): ProbeRecord | undefined {
    try {
      const bytes = this.#open().records?.read(key);
      return bytes && readRecord(bytes);
    } catch (error) {
      if (codeOf(error) === '') throw error;
      this.note(messageOf(error));
      return undefined;
    }
  }

  /** Keeps what was found out. Where that cannot be, every process finds it out again. */
  keepRecord(key: string, record: ProbeRecord): Steps<void> {
    return this.inWorkspace((place) => this.#keepIn(place, key, record));
  }

  *#keepIn({ folder, cache }: Workspace, key: string, record: ProbeRecord): Steps<void> {
    const { records } = this.#open();
    if (cache === undefined || records === undefined) return;
    const file = path.join(folder, 'record');
    const bytes = writeRecord(record);
    writeFileSync(file, bytes);
    try {
      yield* records.add(key, file, bytes);
    } catch (cause) {
      this.#closeAfter(cause);
    }
  }

  #request({ name, units, flags }: Build, folder: string): CompileRequest {
    const { compileLimit: limit, environment } = this.settings;
    return { name, units, flags, folder, limit, environment };
  }

  /** An error of the system that kept something out of the cache. */
  #closeAfter(cause: unknown): void {
    if (codeOf(cause) === '') throw cause;
    this.#close(messageOf(cause));
  }
}
