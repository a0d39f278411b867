import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import * as path from 'node:path';
import type { Processor } from './cpu.node.ts';
import type { ForeignFunctions } from './ffi.ts';
import { damageOf } from './library-file.ts';
import { NativeError, type NativeFault, type Refusal } from './native.ts';
import { codeOf, type Outcome, runProgram, Slots } from './spawn.node.ts';

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

function run(
  [program, ...given]: readonly string[],
  more: readonly string[],
  { folder, environment, limit }: Pick<CompileRequest, 'folder' | 'environment' | 'limit'>,
): Promise<Outcome> {
  // It runs in another folder, so a path that begins here is made absolute.
  const found = program.includes('/') ? path.resolve(program) : program;
  const options = { folder, environment: environmentIn(folder, environment), limit };
  return slots.use(() => runProgram([found, ...given, ...more], options));
}

async function succeed(outcome: Promise<Outcome>, what: string): Promise<string> {
  const ended = await outcome;
  if (ended.kind === 'done') return ended.output;
  throw new NativeError(ended.kind, `${what}: ${ended.detail}`);
}

/** What a compilation left: the file, and its bytes as they were checked. */
export interface CompiledLibrary {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/**
 * Compiles units and links them to a library in `folder`.
 *
 * Several units are compiled at the same time, one goes through the compiler once. Throws a NativeError that says what failed.
 */
export async function compileLibrary(
  { command }: Pick<Compiler, 'command'>,
  request: CompileRequest,
): Promise<CompiledLibrary> {
  const { name, units, flags, folder } = request;
  const sources = units.map((_, i) => path.join(folder, `${name}${units.length > 1 ? `-${i}` : ''}.c`));
  for (const [i, source] of sources.entries()) await writeFile(source, units[i]);
  const output = path.join(folder, `${name}${librarySuffix}`);
  const link = async (inputs: readonly string[]): Promise<void> => {
    const given = [...flags, ...linkFlags, '-o', output, ...inputs, ...libraries];
    await succeed(run(command, given, request), `${command.join(' ')} (${name})`);
  };
  if (sources.length === 1) await link(sources);
  else {
    const object = (source: string): string => source.replace(/c$/, 'o');
    const outcomes = sources.map((source) =>
      succeed(
        run(command, [...flags, '-c', '-o', object(source), source], request),
        `${command.join(' ')} (${path.basename(source)})`,
      ),
    );
    // All have ended before one that failed is reported: they write into a folder that is removed then.
    for (const ended of await Promise.allSettled(outcomes)) {
      if (ended.status === 'rejected') throw ended.reason;
    }
    await link(sources.map(object));
  }
  return { file: output, bytes: await readWhole(output, `${command.join(' ')} (${name})`) };
}

/** The bytes of what a compiler says it has made. */
async function readWhole(file: string, what: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
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
}

async function probe(command: readonly string[], options: ProbeOptions, folder: string): Promise<Compiler> {
  const { ffi, processor } = options;
  const flags = compileFlags();
  const at = { ...options, folder };
  const version = (await succeed(run(command, ['--version'], at), '--version')).split('\n', 1)[0].trim();
  const macros = await succeed(run(command, [...flags, '-dM', '-E', '-x', 'c', '/dev/null'], at), '-dM -E');
  const excess = instructionSets.find(
    ([macro, feature]) => process.arch === 'x64' && defines(macros, macro) && !hasFeature(processor, feature),
  );
  if (excess) {
    throw new NativeError('processor', `it makes code with ${excess[1]}, which this processor does not have`);
  }
  const library = await compileLibrary({ command }, { ...at, name: 'probe', units: [probeSource], flags });
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
export async function findCompiler(
  options: ProbeOptions,
): Promise<{ compiler: Compiler | undefined; refusals: Refusal[] }> {
  const refusals: Refusal[] = [];
  for (const command of candidates(options.environment)) {
    const refuse = (fault: NativeFault, detail: string): void => {
      refusals.push({ command: command.join(' '), fault, detail });
    };
    let folder: string | undefined;
    try {
      folder = await mkdtemp(path.join(tmpdir(), 'nacre-probe-'));
      return { compiler: await probe(command, options, folder), refusals };
    } catch (error) {
      if (error instanceof NativeError) refuse(error.fault, error.message);
      else if (/^E[A-Z0-9]+$/.test(codeOf(error))) refuse('files', (error as Error).message);
      else throw error;
    } finally {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    }
  }
  return { compiler: undefined, refusals };
}
