import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import * as path from 'node:path';
import type { Processor } from './cpu.node.ts';
import type { ForeignFunctions } from './ffi.ts';
import { damageOf } from './library-file.ts';
import { NativeError, type NativeFault, type Refusal } from './native.ts';
import { codeOf, runProgram, runProgramNow, Slots, type SpawnOptions } from './spawn.node.ts';
import { begin, finish, pause, type Steps } from './steps.ts';

/** A C compiler that was found to compile, link and make code that computes. */
export interface Compiler {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** The first line of its `--version`. */
  readonly version: string;
  /** All macros it defines for this processor, as a hash: another version or processor gives another. */
  readonly macros: string;
  readonly lanesBytes: 16 | 32 | 64;
}

export interface CompileRequest {
  readonly name: string;
  readonly units: readonly string[];
  readonly flags: readonly string[];
  /** Where everything is written; the caller makes and removes it. */
  readonly folder: string;
  /** Milliseconds for each run of the compiler. */
  readonly limit: number;
  readonly environment: NodeJS.ProcessEnv;
}

/** As many units at a time as there are cores, for all programs together. */
const slots = new Slots(availableParallelism());

const isMac = process.platform === 'darwin';

/** Ending of a library's file. */
export const librarySuffix = isMac ? '.dylib' : '.so';

/**
 * The flags of every compilation. Bits must not depend on the tier: no reassociation, and a fused multiply-add only where asked.
 * `-fno-math-errno` and `-fno-trapping-math` change no value; they let `sqrt` and comparisons be vectors.
 */
export const compileFlags = (contract: 'off' | 'fast' = 'off', arch: string = process.arch): string[] => [
  '-O3',
  // ARM's compilers know the processor by -mcpu; clang's -march does not take `native` there.
  arch === 'arm64' ? '-mcpu=native' : '-march=native',
  '-std=gnu11',
  '-fPIC',
  '-pthread',
  '-fno-math-errno',
  '-fno-trapping-math',
  `-ffp-contract=${contract}`,
  '-w',
];

/**
 * What makes quick code in less time: gcc takes twice as long for -O3, and what it makes runs no faster; but its -O2 alone leaves loops over lanes
 * as they are. clang needs its -O3.
 */
export const speedFlags = (version: string): string[] =>
  /clang/i.test(version) ? [] : ['-O2', '-fvect-cost-model=dynamic'];

/** The code stays when the last handle of a library is closed, as when one of Node's threads ends: the pool's may be in it. */
export const linkFlags = isMac ? ['-dynamiclib'] : ['-shared', '-Wl,-z,nodelete'];
const libraries = ['-lm'];

/** The candidates in the order they are tried. `$CC` may hold arguments: `ccache gcc`. */
export function candidates(environment: NodeJS.ProcessEnv): string[][] {
  const own = (environment.CC ?? '').split(/\s+/).filter(Boolean);
  const all = [...(own.length > 0 ? [own] : []), ['cc'], ['clang'], ['gcc']];
  return all.filter((command, i) => all.findIndex((other) => other.join(' ') === command.join(' ')) === i);
}

/** Messages in English, and the compiler's own temporary files where they are removed with ours. */
const environmentIn = (folder: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...environment,
  LC_ALL: 'C',
  TMPDIR: folder,
});

type Place = Pick<CompileRequest, 'folder' | 'environment' | 'limit'>;

/** A run of the compiler: its command line, and how an error begins that speaks of it. */
interface Run {
  readonly line: readonly string[];
  readonly what: string;
}

const settingsIn = ({ folder, environment, limit }: Place): SpawnOptions => ({
  folder,
  environment: environmentIn(folder, environment),
  limit,
});

/** It runs in another folder, so a path that begins here is made absolute. */
const absolute = ([program, ...given]: readonly string[]): string[] => [
  program.includes('/') ? path.resolve(program) : program,
  ...given,
];

/** What the compiler prints. Throws a NativeError that says why it did not end well. */
function* run({ line, what }: Run, place: Place): Steps<string> {
  const [command, settings] = [absolute(line), settingsIn(place)];
  const ended = yield* pause({
    begin: () => slots.use(() => runProgram(command, settings)),
    now: () => runProgramNow(command, settings),
  });
  if (ended.kind === 'done') return ended.output;
  throw new NativeError(ended.kind, `${what}: ${ended.detail}`);
}

/** Several runs, at the same time where the event loop goes on. */
const runAll = (runs: readonly Run[], place: Place): Steps<void> =>
  pause({
    async begin() {
      // All have ended before one that failed is reported: they write into a folder that is removed then.
      for (const ended of await Promise.allSettled(runs.map((each) => begin(run(each, place))))) {
        if (ended.status === 'rejected') throw ended.reason;
      }
    },
    now() {
      for (const each of runs) finish(run(each, place));
    },
  });

/** What a compilation left: the file, and its bytes as they were checked. */
export interface CompiledLibrary {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** The runs of the compiler that make a library: of one unit a single one, else one for each and one that links. */
interface Compilation {
  readonly units: readonly Run[];
  readonly link: Run;
  readonly output: string;
}

/** Writes the sources and says what is to be run. */
function prepare({ command }: Pick<Compiler, 'command'>, request: CompileRequest): Compilation {
  const { name, units, flags, folder } = request;
  const output = path.join(folder, `${name}${librarySuffix}`);
  const sources = units.map((_, i) => path.join(folder, `${name}${units.length > 1 ? `-${i}` : ''}.c`));
  for (const [i, source] of sources.entries()) writeFileSync(source, units[i]);
  const step = (what: string, given: readonly string[]): Run => ({
    line: [...command, ...flags, ...given],
    what: `${command.join(' ')} (${what})`,
  });
  const linked = (inputs: readonly string[]): Run =>
    step(name, [...linkFlags, '-o', output, ...inputs, ...libraries]);
  if (sources.length === 1) return { units: [], link: linked(sources), output };
  const object = (source: string): string => source.replace(/c$/, 'o');
  return {
    units: sources.map((source) => step(path.basename(source), ['-c', '-o', object(source), source])),
    link: linked(sources.map(object)),
    output,
  };
}

/**
 * Compiles units and links them to a library in `folder`.
 *
 * One unit goes through the compiler once. Throws a NativeError that says what failed.
 */
export function* compileLibrary(
  compiler: Pick<Compiler, 'command'>,
  request: CompileRequest,
): Steps<CompiledLibrary> {
  const { units, link, output } = prepare(compiler, request);
  yield* runAll(units, request);
  yield* run(link, request);
  return { file: output, bytes: readWhole(output, link) };
}

/** The bytes of what a compiler says it has made. */
function readWhole(file: string, { what }: Run): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw cause;
    throw new NativeError('garbage', `${what}: it ended well and wrote nothing`);
  }
  const damage = damageOf(bytes);
  if (damage !== undefined) throw new NativeError('garbage', `${what}: what it wrote is damaged, ${damage}`);
  return bytes;
}

/** Asks for a library, for the headers that programs use, and for an answer. */
const probeSource = `#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
_Static_assert(sizeof(void *) == 8, "addresses of 64 bits");
int nacre_probe(int a, int b) { return a * b + 1; }
`;

/** Instruction sets that widen vectors or change how products are rounded: a macro, and the system's name for it on x86. */
const instructionSets = [
  ['__AVX2__', 'avx2'],
  ['__FMA__', 'fma'],
  ['__AVX512F__', 'avx512f'],
] as const;

const defines = (macros: string, name: string): boolean =>
  new RegExp(`^#define ${name}\\b`, 'm').test(macros);

function lanesBytes(macros: string): 16 | 32 | 64 {
  if (defines(macros, '__AVX512F__')) return 64;
  return defines(macros, '__AVX__') ? 32 : 16;
}

export interface ProbeOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly limit: number;
  readonly ffi: ForeignFunctions;
  readonly processor: Processor;
  /** Runs work in a new folder that code can be loaded from, and removes it. */
  readonly inWorkspace: <T>(work: (folder: string) => Steps<T>) => Steps<T>;
}

function* probe(command: readonly string[], options: ProbeOptions, folder: string): Steps<Compiler> {
  const { ffi, processor } = options;
  const flags = compileFlags();
  const at = { ...options, folder };
  const ask = (what: string, ...given: string[]): Steps<string> =>
    run({ line: [...command, ...given], what }, at);
  const version = (yield* ask('--version', '--version')).split('\n', 1)[0].trim();
  const macros = yield* ask('-dM -E', ...flags, '-dM', '-E', '-x', 'c', '/dev/null');
  const excess = instructionSets.find(
    ([macro, feature]) => process.arch === 'x64' && defines(macros, macro) && !hasFeature(processor, feature),
  );
  if (excess) {
    throw new NativeError('processor', `it makes code with ${excess[1]}, which this processor does not have`);
  }
  const library = yield* compileLibrary({ command }, { ...at, name: 'probe', units: [probeSource], flags });
  let answer: number;
  try {
    answer = ffi.load(library.file).find('nacre_probe', 'i32', ['i32', 'i32']).call(6, 7);
  } catch (cause) {
    if (!(cause instanceof NativeError)) throw cause;
    throw new NativeError('garbage', `what it made is no library of this system: ${cause.message}`);
  }
  if (answer !== 43) throw new NativeError('garbage', `its code says 6 * 7 + 1 is ${answer}`);
  const hash = createHash('sha256').update(macros).digest('hex');
  return { command, version, macros: hash, lanesBytes: lanesBytes(macros) };
}

const hasFeature = ({ features }: Processor, name: string): boolean => features?.has(name) ?? true;

/** The first compiler that works, and why those before it do not. */
export function* findCompiler(
  options: ProbeOptions,
): Steps<{ compiler: Compiler | undefined; refusals: Refusal[] }> {
  const refusals: Refusal[] = [];
  for (const command of candidates(options.environment)) {
    const refuse = (fault: NativeFault, detail: string): void => {
      refusals.push({ command: command.join(' '), fault, detail });
    };
    try {
      const compiler = yield* options.inWorkspace((folder) => probe(command, options, folder));
      return { compiler, refusals };
    } catch (error) {
      if (error instanceof NativeError) refuse(error.fault, error.message);
      else if (/^E[A-Z0-9]+$/.test(codeOf(error))) refuse('files', (error as Error).message);
      else throw error;
    }
  }
  return { compiler: undefined, refusals };
}
