import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { ArgumentError } from '../../base/errors.ts';
import { type CacheOptions, cacheFolder, cacheLimitBytes, inFolder, LibraryCache } from './cache.node.ts';
import {
  type Compiler,
  compileFlags,
  compileLibrary,
  findCompiler,
  librarySuffix,
  linkFlags,
} from './compiler.node.ts';
import { describeProcessor, type Processor } from './cpu.node.ts';
import type { ForeignFunctions, ForeignLibrary } from './ffi.ts';
import { loadKoffi } from './ffi-koffi.node.ts';
import {
  type BuildOptions,
  type CacheReport,
  type Library,
  messageOf,
  type Native,
  NativeError,
  type NativePool,
  type NativeReport,
  type NativeSupport,
  type Refusal,
} from './native.ts';
import { poolSource } from './pool-source.ts';
import { sampleSource } from './sample-source.ts';
import { codeOf, keepAlive } from './spawn.node.ts';

/** Counts changes of the interface between programs and the runtime: code of another is not taken from the cache. */
const abiVersion = 1;

/** Milliseconds for one run of the compiler; a large program takes a few seconds. */
const compileLimit = 30_000;
const probeLimit = 10_000;

/** What a tier works with; tests replace the parts. */
export interface NativeSettings {
  readonly environment?: NodeJS.ProcessEnv;
  readonly loadFfi?: () => Promise<ForeignFunctions>;
  readonly describeProcessor?: () => Promise<Processor>;
  readonly cache?: CacheOptions;
  readonly compileLimit?: number;
  readonly probeLimit?: number;
}

/** All that was found out about this machine. */
interface Found {
  readonly processor: Processor;
  readonly ffi: ForeignFunctions | undefined;
  readonly compiler: Compiler | undefined;
  readonly refusals: readonly Refusal[];
  /** Why there is no native tier; empty if there is one. */
  readonly reasons: readonly string[];
}

/** What a build needs of it. */
interface Tools {
  readonly processor: Processor;
  readonly ffi: ForeignFunctions;
  readonly compiler: Compiler;
}

/** Errors after which a build in a temporary folder may still go well: no room, or a place code cannot be run from. */
const placeIsToBlame =
  /No space left|ENOSPC|quota|EDQUOT|EROFS|Read-only file system|failed to map segment|Operation not permitted/i;

/** A native tier. A process has one, `native`; tests make others. */
export function createNative(settings: NativeSettings = {}): Native {
  const environment = settings.environment ?? process.env;
  const notes = new Set<string>();
  /** Builds under way by key: asked for twice, done once. */
  const building = new Map<string, Promise<Library>>();
  let found: Promise<Found> | undefined;
  let pool: Promise<NativePool> | undefined;

  /** Where a process may end before the work has, nothing is held. */
  const wait = <T>(work: Promise<T>, background = false): Promise<T> => (background ? work : keepAlive(work));

  const look = (): Promise<Found> => (found ??= lookAround(settings, environment));

  async function tools(op: string): Promise<Tools> {
    const { ffi, compiler, processor, reasons } = await look();
    if (ffi && compiler) return { ffi, compiler, processor };
    throw new NativeError('platform', `there is no native tier here: ${reasons.join('; ')}`, {
      op,
      hint: 'npx nacre doctor shows what is missing',
    });
  }

  let opened: { cache: LibraryCache | undefined } | undefined;
  /** Where the cache lies is read when it is first wanted: a program may set it before. */
  const openCache = (): LibraryCache | undefined => {
    if (opened === undefined) {
      const folder = cacheFolder(environment);
      const make = (at: string): LibraryCache => new LibraryCache(at, librarySuffix, settings.cache);
      opened = { cache: folder === undefined ? undefined : make(folder) };
    }
    return opened.cache;
  };

  /** Compiles in `place` and loads; the file may be gone when this is over, the code stays in the process. */
  async function compile(
    given: Build,
    place: string,
    keep: (file: string, bytes: Uint8Array) => Promise<string>,
  ): Promise<ForeignLibrary> {
    return inFolder(place, async (workspace) => {
      const { file, bytes } = await compileLibrary(given.compiler, {
        name: given.name,
        units: given.units,
        flags: given.flags,
        folder: workspace,
        limit: settings.compileLimit ?? compileLimit,
        environment,
      });
      const library = given.ffi.load(file);
      return { ...library, path: await keep(file, bytes) };
    });
  }

  async function compileAside(given: Build): Promise<ForeignLibrary> {
    const place = await fs.mkdtemp(path.join(tmpdir(), 'nacre-native-'));
    return compile(given, place, async (file) => file);
  }

  /** Compiles beside the cache's entries, so that a rename puts the library in place; elsewhere if it cannot be there. */
  async function compileAndKeep(given: Build): Promise<ForeignLibrary> {
    const cache = openCache();
    if (cache === undefined) {
      notes.add('compiled code is not kept: this user has no home folder');
      return compileAside(given);
    }
    const problem = await cache.problem();
    if (problem !== undefined) {
      notes.add(`compiled code is not kept: ${problem}`);
      return compileAside(given);
    }
    try {
      return await compile(given, await cache.workspace(), async (file, bytes) => {
        try {
          return await cache.add(given.key, file, bytes);
        } catch (cause) {
          if (codeOf(cause) === '') throw cause;
          notes.add(`compiled code is not kept: ${messageOf(cause)}`);
          return file;
        }
      });
    } catch (error) {
      if (!placeIsToBlame.test(messageOf(error))) throw error;
      notes.add(`compiled code is not kept: ${messageOf(error)}`);
      return compileAside(given);
    }
  }

  async function fromCache({ key, ffi }: Build): Promise<ForeignLibrary | undefined> {
    const file = await openCache()?.find(key);
    if (file === undefined) return undefined;
    try {
      return ffi.load(file);
    } catch (error) {
      // Removed by another process since it was checked, or in a place that code is not run from: it is compiled.
      if (!(error instanceof NativeError)) throw error;
      notes.add(error.message);
      return undefined;
    }
  }

  async function build(given: Build): Promise<Library> {
    const start = performance.now();
    const cached = await fromCache(given);
    const library = cached ?? (await compileAndKeep(given));
    return {
      ...library,
      name: given.name,
      origin: cached ? 'cache' : 'compiled',
      seconds: (performance.now() - start) / 1000,
    };
  }

  async function buildLibrary(source: string | readonly string[], options: BuildOptions): Promise<Library> {
    const { name, contract = 'off', flags = [] } = options;
    if (!/^[\w-]{1,64}$/.test(name)) {
      throw new ArgumentError(`a name is 1 to 64 of A-Z, a-z, 0-9, _ and -, got ${JSON.stringify(name)}`, {
        op: 'buildLibrary',
      });
    }
    const units = typeof source === 'string' ? [source] : source;
    const present = await tools('buildLibrary');
    const all = [...compileFlags(contract), ...flags];
    const given: Build = { ...present, name, units, flags: all, key: keyOf(present, units, all) };
    let work = building.get(given.key);
    if (work === undefined) {
      work = build(given).finally(() => building.delete(given.key));
      building.set(given.key, work);
    }
    try {
      return await work;
    } catch (error) {
      throw asNativeError(error, name, notes);
    }
  }

  async function loadPool(): Promise<NativePool> {
    const library = await buildLibrary(poolSource, { name: 'pool' });
    return poolOf(library);
  }

  async function sampleSeconds(): Promise<number | undefined> {
    const { ffi, compiler, processor } = await look();
    if (!ffi || !compiler) return undefined;
    const start = performance.now();
    try {
      await compileAside({
        ffi,
        compiler,
        processor,
        name: 'sample',
        units: [sampleSource],
        flags: compileFlags(),
        key: '',
      });
    } catch (error) {
      notes.add(asNativeError(error, 'sample', notes).message);
      return undefined;
    }
    return (performance.now() - start) / 1000;
  }

  return {
    support: async ({ background } = {}) => supportOf(await wait(look(), background)),

    ffi: async () => {
      const { ffi, reasons } = await keepAlive(look());
      if (ffi) return ffi;
      throw new NativeError('ffi', reasons.join('; '), { op: 'ffi' });
    },

    buildLibrary: (source, options) => wait(buildLibrary(source, options), options.background),

    loadPool: ({ background } = {}) => {
      pool ??= loadPool();
      pool.catch(() => {
        pool = undefined; // what failed may go well later: a disk that was full, a machine that was busy
      });
      return wait(pool, background);
    },

    report: ({ sample = false } = {}) =>
      keepAlive(
        (async (): Promise<NativeReport> => {
          const { ffi, refusals } = await look();
          const support = supportOf(await look());
          const seconds = sample ? await sampleSeconds() : undefined;
          return {
            support,
            refusals,
            ffi: ffi ? { name: ffi.name, version: ffi.version } : null,
            cache: (await openCache()?.report()) ?? noCache,
            notes: [...notes],
            ...(seconds === undefined ? {} : { sampleSeconds: seconds }),
          };
        })(),
      ),
  };
}

interface Build extends Tools {
  readonly name: string;
  readonly units: readonly string[];
  readonly flags: readonly string[];
  readonly key: string;
}

const noCache: CacheReport = {
  path: undefined,
  entries: 0,
  bytes: 0,
  limitBytes: cacheLimitBytes,
  problem: 'this user has no home folder',
};

/** Whatever the machine code depends on. Each part ends with its length, so that no two lists read the same. */
function keyOf({ compiler, processor }: Tools, units: readonly string[], flags: readonly string[]): string {
  const hash = createHash('sha256');
  const parts = [
    [String(abiVersion), process.platform, process.arch],
    [processor.identity],
    [...compiler.command, compiler.version, compiler.macros],
    [...flags, ...linkFlags],
    units,
  ];
  for (const part of parts) {
    for (const text of part) hash.update(text).update(`\0${text.length}\0`);
    hash.update(`${part.length}\0\0`);
  }
  return hash.digest('hex');
}

function asNativeError(error: unknown, name: string, notes: Set<string>): NativeError {
  if (!(error instanceof NativeError) && codeOf(error) === '') throw error;
  const fault = error instanceof NativeError ? error.fault : 'files';
  const message = `${name} has no native code: ${messageOf(error)}`;
  notes.add(message);
  return new NativeError(fault, message, { op: 'buildLibrary', cause: error });
}

function supportOf({ compiler, processor, reasons }: Found): NativeSupport {
  if (reasons.length > 0 || compiler === undefined) return { ok: false, reasons };
  return {
    ok: true,
    compiler: compiler.command.join(' '),
    version: compiler.version,
    flags: compileFlags(),
    lanesBytes: compiler.lanesBytes,
    cpu: processor.model,
  };
}

async function lookAround(settings: NativeSettings, environment: NodeJS.ProcessEnv): Promise<Found> {
  const processor = await (settings.describeProcessor ?? describeProcessor)();
  const none = { processor, ffi: undefined, compiler: undefined, refusals: [] };
  let ffi: ForeignFunctions;
  try {
    ffi = await (settings.loadFfi ?? loadKoffi)();
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    return { ...none, reasons: [error.message] };
  }
  if (process.platform === 'win32') return { ...none, ffi, reasons: ['Windows is not supported yet'] };
  const limit = settings.probeLimit ?? probeLimit;
  const { compiler, refusals } = await findCompiler({ environment, limit, ffi, processor });
  const reasons = compiler ? [] : refusals.map(({ command, detail }) => `${command}: ${detail}`);
  return { processor, ffi, compiler, refusals, reasons };
}

function poolOf(library: Library): NativePool {
  const run = library.find('nacre_pool_run', 'void', [
    'address',
    'address',
    'u32',
    'u32',
    'u32',
    'u32',
    'u32',
    'u32',
    'i32',
  ]);
  const stop = library.find('nacre_pool_stop', 'void', []);
  return {
    run: ({ share, base, args, scratch, scratchStride, status, sync, syncBytes, threads }) => {
      run.call(share, base, args, scratch, scratchStride, status, sync, syncBytes, threads);
    },
    runAsync: async ({ share, base, args, scratch, scratchStride, status, sync, syncBytes, threads }) => {
      await run.callAsync(share, base, args, scratch, scratchStride, status, sync, syncBytes, threads);
    },
    stop: () => void stop.call(),
  };
}
