import { createHash } from 'node:crypto';
import { ArgumentError } from '../../base/errors.ts';
import type { CacheOptions } from './cache.node.ts';
import { type Compiler, compileFlags, findCompiler, linkFlags, speedFlags } from './compiler.node.ts';
import { type Processor, type ProcessorSource, thisProcessor } from './cpu.node.ts';
import type { ForeignFunctions, ForeignLibrary } from './ffi.ts';
import { loadKoffi } from './ffi-koffi.node.ts';
import {
  type BuildOptions,
  type Library,
  messageOf,
  type Native,
  NativeError,
  type NativePool,
  type NativeReport,
  type NativeSupport,
  type PoolJob,
  type Refusal,
} from './native.ts';
import { poolSource } from './pool-source.ts';
import { isLasting, type ProbeRecord, recordKey } from './record.node.ts';
import { sampleSource } from './sample-source.ts';
import { codeOf, keepAlive } from './spawn.node.ts';
import { begin, finish, type Steps } from './steps.ts';
import { type Build, Workshop } from './workshop.node.ts';

/** Counts changes of the interface between programs and the runtime: code of another is not taken from the cache. */
const abiVersion = 1;

/** Milliseconds for one run of the compiler; a large program takes a few seconds. */
const compileLimit = 30_000;
const probeLimit = 10_000;

/** What a tier works with; tests replace the parts. */
export interface NativeSettings {
  readonly environment?: NodeJS.ProcessEnv;
  readonly loadFfi?: () => ForeignFunctions;
  readonly processor?: ProcessorSource;
  readonly cache?: CacheOptions;
  readonly compileLimit?: number;
  readonly probeLimit?: number;
}

/** What a build needs of a machine. */
interface Tools {
  readonly processor: Processor;
  readonly ffi: ForeignFunctions;
  readonly compiler: Compiler;
}

/** All that was found out about this machine. */
interface Found {
  readonly support: NativeSupport;
  /** Undefined where there is no native tier. */
  readonly tools: Tools | undefined;
  readonly ffi: ForeignFunctions | undefined;
  readonly refusals: readonly Refusal[];
}

/** A native tier. A process has one, `native`; tests make others. */
export function createNative(settings: NativeSettings = {}): Native {
  const environment = settings.environment ?? process.env;
  const workshop = new Workshop({
    environment,
    cache: settings.cache,
    compileLimit: settings.compileLimit ?? compileLimit,
  });
  const processorSource = settings.processor ?? thisProcessor;
  const loadFfi = once(settings.loadFfi ?? loadKoffi);
  /** Builds under way by key: asked for twice, done once. */
  const building = new Map<string, Promise<Library>>();
  let looking: Promise<Found> | undefined;
  let found: Found | undefined;
  let loadingPool: Promise<NativePool> | undefined;
  let pool: NativePool | undefined;

  /** Where a process may end before the work has, nothing is held. */
  const wait = <T>(work: Promise<T>, background = false): Promise<T> => (background ? work : keepAlive(work));

  /** What is found first stays: the two may look at the same time. */
  const look = (): Promise<Found> => (looking ??= begin(lookAround()).then((all) => (found ??= all)));

  function lookNow(): Found {
    found ??= finish(lookAround());
    looking ??= Promise.resolve(found);
    return found;
  }

  function* lookAround(): Steps<Found> {
    const none = (reasons: readonly string[], more = {}): Found => ({
      support: { ok: false, reasons },
      tools: undefined,
      ffi: undefined,
      refusals: [],
      ...more,
    });
    let ffi: ForeignFunctions;
    try {
      ffi = loadFfi();
    } catch (error) {
      if (!(error instanceof NativeError)) throw error;
      return none([error.message]);
    }
    if (process.platform === 'win32') return none(['Windows is not supported yet'], { ffi });
    const key = recordKeyNow();
    const recorded = workshop.readRecord(key);
    if (recorded) return foundOf(recorded, ffi);
    const processor = processorSource.describe();
    const { compiler, refusals } = yield* findCompiler({
      environment,
      limit: settings.probeLimit ?? probeLimit,
      ffi,
      processor,
      inWorkspace: (work) => workshop.inWorkspace(({ folder }) => work(folder)),
    });
    if (compiler === undefined) {
      const reasons = refusals.map(({ command, detail }) => `${command}: ${detail}`);
      return none(reasons, { ffi, refusals });
    }
    const record = { processor, compiler, refusals };
    if (isLasting(record)) yield* workshop.keepRecord(key, record);
    return foundOf(record, ffi);
  }

  // Asked for by every new program; compilers do not come and go while a process runs.
  const recordKeyNow = once(() => recordKey(environment, processorSource.mark(), abiVersion));

  function supportFromRecord(): NativeSupport | undefined {
    if (found === undefined && process.platform !== 'win32') {
      const recorded = workshop.readRecord(recordKeyNow());
      found = recorded && withFfi(recorded);
      looking ??= found && Promise.resolve(found);
    }
    return found?.support;
  }

  /** Without a way to call C a record is of no use; `support` says why there is none. */
  function withFfi(recorded: ProbeRecord): Found | undefined {
    try {
      return foundOf(recorded, loadFfi());
    } catch (error) {
      if (!(error instanceof NativeError)) throw error;
      return undefined;
    }
  }

  /** What a build works with. Throws a NativeError with the reasons if there is nothing. */
  function toolsOf({ tools, support }: Found, op: string): Tools {
    if (tools) return tools;
    const reasons = support.ok ? [] : support.reasons;
    throw new NativeError('platform', `there is no native tier here: ${reasons.join('; ')}`, {
      op,
      hint: 'npx nacre doctor shows what is missing',
    });
  }

  function loaded(
    library: ForeignLibrary,
    { name }: Build,
    origin: Library['origin'],
    start: number,
  ): Library {
    return { ...library, name, origin, seconds: (performance.now() - start) / 1000 };
  }

  function find(build: Build): Library | undefined {
    const start = performance.now();
    const library = workshop.find(build);
    return library && loaded(library, build, 'cache', start);
  }

  async function build(given: Build): Promise<Library> {
    const start = performance.now();
    return find(given) ?? loaded(await begin(workshop.compile(given)), given, 'compiled', start);
  }

  async function buildLibrary(source: string | readonly string[], options: BuildOptions): Promise<Library> {
    checkName(options.name, 'buildLibrary');
    const given = buildOf(toolsOf(await look(), 'buildLibrary'), source, options);
    let work = building.get(given.key);
    if (work === undefined) {
      work = build(given).finally(() => building.delete(given.key));
      building.set(given.key, work);
    }
    try {
      return await work;
    } catch (error) {
      throw noted(error, given.name, 'buildLibrary');
    }
  }

  function buildLibraryNow(source: string | readonly string[], options: BuildOptions): Library {
    checkName(options.name, 'buildLibraryNow');
    const given = buildOf(toolsOf(lookNow(), 'buildLibraryNow'), source, options);
    const start = performance.now();
    try {
      return find(given) ?? loaded(finish(workshop.compile(given)), given, 'compiled', start);
    } catch (error) {
      throw noted(error, given.name, 'buildLibraryNow');
    }
  }

  function findLibrary(source: string | readonly string[], options: BuildOptions): Library | undefined {
    checkName(options.name, 'findLibrary');
    return found?.tools && find(buildOf(found.tools, source, options));
  }

  /** An error of a build, which the report keeps. */
  function noted(error: unknown, name: string, op: string): NativeError {
    const failed = asNativeError(error, name, op);
    workshop.note(failed.message);
    return failed;
  }

  const poolOptions = { name: 'pool' };

  async function loadPool(): Promise<NativePool> {
    if (pool !== undefined) return pool;
    const library = await buildLibrary(poolSource, poolOptions);
    // One that cannot be kept in the cache may have been compiled twice; the first stays.
    pool ??= poolOf(library, loadFfi());
    return pool;
  }

  function poolNow(): NativePool | undefined {
    if (pool === undefined) {
      const library = findLibrary(poolSource, poolOptions);
      pool = library && poolOf(library, loadFfi());
    }
    return pool;
  }

  async function sampleSeconds({ tools }: Found): Promise<number | undefined> {
    if (!tools) return undefined;
    const start = performance.now();
    try {
      await begin(workshop.tryOut(buildOf(tools, sampleSource, { name: 'sample' })));
    } catch (error) {
      noted(error, 'sample', 'report');
      return undefined;
    }
    return (performance.now() - start) / 1000;
  }

  async function report(sample: boolean): Promise<NativeReport> {
    const present = await look();
    const { support, refusals, ffi } = present;
    const seconds = sample ? await sampleSeconds(present) : undefined;
    return {
      support,
      refusals,
      ffi: ffi ? { name: ffi.name, version: ffi.version } : null,
      cache: workshop.report(),
      notes: workshop.notes,
      ...(seconds === undefined ? {} : { sampleSeconds: seconds }),
    };
  }

  return {
    support: async ({ background } = {}) => (await wait(look(), background)).support,
    supportNow: () => lookNow().support,
    supportFromRecord,

    ffi: async () => {
      const { ffi, support } = await keepAlive(look());
      if (ffi) return ffi;
      const reasons = support.ok ? [] : support.reasons;
      throw new NativeError('ffi', reasons.join('; '), { op: 'ffi' });
    },
    addressOf: (memory) => loadFfi().addressOf(memory),

    buildLibrary: (source, options) => wait(buildLibrary(source, options), options.background),
    findLibrary,
    buildLibraryNow,

    loadPool: ({ background } = {}) => {
      loadingPool ??= loadPool();
      loadingPool.catch(() => {
        loadingPool = undefined; // what failed may go well later: a disk that was full, a machine that was busy
      });
      return wait(loadingPool, background);
    },
    poolNow,
    loadPoolNow: () => {
      pool ??= poolOf(buildLibraryNow(poolSource, poolOptions), loadFfi());
      return pool;
    },

    report: ({ sample = false } = {}) => keepAlive(report(sample)),
  };
}

function foundOf({ processor, compiler, refusals }: ProbeRecord, ffi: ForeignFunctions): Found {
  const tools = { processor, ffi, compiler };
  return { support: supportOf(tools), tools, ffi, refusals };
}

/** What a function gives, kept from its first call that gives something. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function checkName(name: string, op: string): void {
  if (/^[\w-]{1,64}$/.test(name)) return;
  throw new ArgumentError(`a name is 1 to 64 of A-Z, a-z, 0-9, _ and -, got ${JSON.stringify(name)}`, { op });
}

function buildOf(
  tools: Tools,
  source: string | readonly string[],
  { name, contract = 'off', flags = [] }: BuildOptions,
): Build {
  const units = typeof source === 'string' ? [source] : source;
  const all = [...compileFlags(contract), ...speedFlags(tools.compiler.version), ...flags];
  return { compiler: tools.compiler, ffi: tools.ffi, name, units, flags: all, key: keyOf(tools, units, all) };
}

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

function asNativeError(error: unknown, name: string, op: string): NativeError {
  if (!(error instanceof NativeError) && codeOf(error) === '') throw error;
  const fault = error instanceof NativeError ? error.fault : 'files';
  return new NativeError(fault, `${name} has no native code: ${messageOf(error)}`, {
    op,
    cause: error,
  });
}

const supportOf = ({ compiler, processor }: Tools): NativeSupport => ({
  ok: true,
  compiler: compiler.command.join(' '),
  version: compiler.version,
  flags: [...compileFlags(), ...speedFlags(compiler.version)],
  lanesBytes: compiler.lanesBytes,
  cpu: processor.model,
});

/** The pool in a loaded library of `poolSource`. */
function poolOf(library: ForeignLibrary, { addressOf }: Pick<ForeignFunctions, 'addressOf'>): NativePool {
  const parameters = ['address', 'address', 'u32', 'u32', 'u32', 'u32', 'u32', 'u32', 'i32'] as const;
  const run = library.find('nacre_pool_run', 'void', parameters);
  const runAside = library.find('nacre_pool_run_aside', 'void', [...parameters, 'address']);
  const wait = library.find('nacre_pool_wait', 'void', [...parameters, 'address']);
  const stop = library.find('nacre_pool_stop', 'void', []);
  const given = ({ share, base, args, scratch, scratchStride, status, sync, syncBytes, threads }: PoolJob) =>
    [share, base, args, scratch, scratchStride, status, sync, syncBytes, threads] as const;
  /** Whether the last job aside was begun, and has ended: of this JavaScript thread, the pool may serve several. */
  const state = new Uint32Array(new SharedArrayBuffer(4));
  const stateAddress = addressOf(state.buffer);
  let isUnheard = false;
  return {
    run: (job) => void run.call(...given(job)),
    runAside: (job) => {
      if (isUnheard) return null;
      state[0] = 0;
      const parameters = [...given(job), stateAddress] as const;
      let heard: Promise<unknown>;
      try {
        heard = runAside.callAsync(...parameters);
      } catch {
        return null; // whoever asked does it without another thread, and gets the error if that goes no better
      }
      isUnheard = true;
      const doOrWait = (): void => void wait.call(...parameters);
      // A call that was refused after all has not begun the job.
      const ended = heard.catch(doOrWait).then(() => {
        isUnheard = false;
      });
      return { ended, wait: doOrWait };
    },
    stop: () => void stop.call(),
  };
}
