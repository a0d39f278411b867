import { lstatSync, realpathSync, statSync } from 'node:fs';
import * as path from 'node:path';
import { sha256 } from './cache.node.ts';
import { type Compiler, candidates, compileFlags, linkFlags } from './compiler.node.ts';
import type { Processor } from './cpu.node.ts';
import type { NativeFault, Refusal } from './native.ts';
import { codeOf } from './spawn.node.ts';

/** What was found out about a machine and its compiler, kept for the processes that come after. */
export interface ProbeRecord {
  readonly processor: Processor;
  readonly compiler: Compiler;
  readonly refusals: readonly Refusal[];
}

/** Counts changes of what a compiler is asked, and of what is kept of its answers. */
const recordVersion = 1;

/** Variables that change what a compiler does, or which one a wrapper takes. */
const variables = [
  'CC',
  'CCC_OVERRIDE_OPTIONS',
  'COMPILER_PATH',
  'CPATH',
  'C_INCLUDE_PATH',
  'DEVELOPER_DIR',
  'GCC_EXEC_PREFIX',
  'LIBRARY_PATH',
  'MACOSX_DEPLOYMENT_TARGET',
  'SDKROOT',
];

/** The compilers of macOS are a wrapper; these change with what it calls. */
const behindWrapper = [
  '/var/db/xcode_select_link',
  '/var/db/xcode_select_link/usr/bin/clang',
  '/var/db/xcode_select_link/Toolchains/XcodeDefault.xctoolchain/usr/bin/clang',
];

/**
 * The key of a record: another one whenever another compiler could be found, or the one that was found could be another.
 *
 * No program is started: compilers are known by their paths, sizes and times, also those further along `PATH`, which wrappers call.
 */
export function recordKey(environment: NodeJS.ProcessEnv, processorMark: string, abiVersion: number): string {
  const words = new Set(candidates(environment).flat());
  const files = [...words].flatMap((word) => filesOf(word, environment.PATH));
  if (process.platform === 'darwin') files.push(...behindWrapper);
  return sha256(
    JSON.stringify([
      [recordVersion, abiVersion, process.platform, process.arch],
      processorMark,
      [...compileFlags(), ...linkFlags],
      variables.map((name) => environment[name] ?? null),
      files.map(lookOf).filter((look) => look !== undefined),
    ]),
  );
}

/** Where a word of a command may lie. Programs are looked for from another folder, so what is relative in `PATH` leads nowhere. */
function filesOf(word: string, PATH = '/usr/bin:/bin'): string[] {
  if (word.includes('/')) return [word];
  const folders = PATH.split(path.delimiter).filter(path.isAbsolute);
  return [...new Set(folders)].map((folder) => path.join(folder, word));
}

/** What a file looks like from outside, and the one behind its links; undefined if there is none. */
function lookOf(name: string): (string | number)[] | undefined {
  try {
    const file = path.resolve(name);
    const link = lstatSync(file, { throwIfNoEntry: false });
    if (link === undefined) return undefined;
    const target = statSync(file);
    return [file, link.size, link.mtimeMs, realpathSync(file), target.size, target.mtimeMs, target.mode];
  } catch (cause) {
    // Not to be looked at, or a link that leads nowhere: no compiler for this process.
    if (codeOf(cause) === '') throw cause;
    return undefined;
  }
}

/** The faults that a busy or full machine does not cause: what was found after others may be different the next time. */
const lasting: readonly NativeFault[] = ['missing', 'processor'];

/** Whether the next process would find the same. */
export const isLasting = ({ refusals }: ProbeRecord): boolean =>
  refusals.every(({ fault }) => lasting.includes(fault));

/** A record as bytes. */
export const writeRecord = ({ processor, ...rest }: ProbeRecord): Uint8Array =>
  new TextEncoder().encode(
    JSON.stringify({
      ...rest,
      processor: { ...processor, features: processor.features && [...processor.features] },
    }),
  );

/** A record out of its bytes; undefined if they are none. */
export function readRecord(bytes: Uint8Array): ProbeRecord | undefined {
  let given: unknown;
  try {
    given = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    return undefined;
  }
  const { processor, compiler, refusals } = fieldsOf(given);
  const { model, identity, features } = fieldsOf(processor);
  const { command, version, macros, lanesBytes } = fieldsOf(compiler);
  if (!isText(model) || !isText(identity) || !isText(version) || !isText(macros)) return undefined;
  if (!isTexts(command) || command.length === 0) return undefined;
  if (features !== undefined && !isTexts(features)) return undefined;
  if (lanesBytes !== 16 && lanesBytes !== 32 && lanesBytes !== 64) return undefined;
  if (!Array.isArray(refusals) || !refusals.every(isRefusal)) return undefined;
  return {
    processor: { model, identity, features: features && new Set(features) },
    compiler: { command, version, macros, lanesBytes },
    refusals,
  };
}

const fieldsOf = (given: unknown): Record<string, unknown> =>
  typeof given === 'object' && given !== null ? { ...given } : {};

const isText = (given: unknown): given is string => typeof given === 'string';

const isTexts = (given: unknown): given is string[] => Array.isArray(given) && given.every(isText);

function isRefusal(given: unknown): given is Refusal {
  const { command, fault, detail } = fieldsOf(given);
  return isText(command) && isText(fault) && isText(detail);
}
