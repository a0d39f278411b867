import { type ChildProcess, type SpawnSyncOptions, spawn, spawnSync } from 'node:child_process';
import type { Socket } from 'node:net';
import { setPriority } from 'node:os';

/** How a program ended. Texts are the beginning of what it printed. */
export type Outcome =
  | { readonly kind: 'done'; readonly output: string }
  | { readonly kind: 'missing' | 'failed' | 'crashed' | 'timeout'; readonly detail: string };

export interface SpawnOptions {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Milliseconds after which the program and all it started are killed. */
  readonly limit: number;
}

/** More than the macros of any compiler. */
const mostOutput = 1 << 22;
const mostErrors = 1 << 14;
const linesKept = 5;

/** Training goes on in this process meanwhile; it comes first. */
const niceness = 10;

const running = new Set<ChildProcess>();
const afterwards = new Set<() => void>();
let watchesExit = false;

/**
 * What is started here ends with the process, as far as that ends by itself: the programs lead groups of their own. `work` runs
 * after they were told to.
 */
export function atExit(work: () => void): void {
  afterwards.add(work);
  if (watchesExit) return;
  watchesExit = true;
  process.on('exit', () => {
    for (const child of running) killGroup(child);
    for (const last of afterwards) last();
  });
}

const nothing = (): void => {};

function killGroup({ pid }: { pid?: number }): void {
  if (!pid) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // All of the group have ended; on macOS they may still be waiting to be buried.
    if (!['ESRCH', 'EPERM'].includes(codeOf(error))) throw error;
  }
}

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

function lowerPriority({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, niceness);
  } catch (error) {
    // Ended already, or a system that does not permit it: the program runs as it is.
    if (codeOf(error) !== 'ERR_SYSTEM_ERROR') throw error;
  }
}

function collect(stream: Socket, most: number): () => string {
  const parts: Buffer[] = [];
  let size = 0;
  stream.on('data', (part: Buffer) => {
    if (size < most) parts.push(part);
    size += part.length;
  });
  stream.unref();
  return () => Buffer.concat(parts).subarray(0, most).toString();
}

const firstLines = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .filter(Boolean)
    .slice(0, linesKept)
    .join('\n');

/**
 * Runs a program in a process group of its own, at low priority, without input. It does not keep this process alive; whoever
 * waits for it has to.
 */
export function runProgram(command: readonly string[], options: SpawnOptions): Promise<Outcome> {
  const [program, ...given] = command;
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      child = spawn(program, given, {
        cwd: options.folder,
        env: options.environment,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    } catch (error) {
      resolve(notStarted(error instanceof Error ? error : new Error(String(error))));
      return;
    }
    atExit(nothing);
    running.add(child);
    lowerPriority(child);
    child.unref();
    const output = collect(child.stdout as Socket, mostOutput);
    const errors = collect(child.stderr as Socket, mostErrors);
    const end = (outcome: Outcome): void => {
      clearTimeout(timer);
      running.delete(child);
      resolve(outcome);
    };
    const timer = setTimeout(() => {
      killGroup(child);
      child.stdout?.destroy();
      child.stderr?.destroy();
      end(tooLong(options));
    }, options.limit).unref();
    child.on('error', (error) => end(notStarted(error)));
    child.on('close', (code, signal) => end(outcomeOf(code, signal, output(), errors())));
  });
}

/** The same while this process does nothing else, so at its priority. */
export function runProgramNow(command: readonly string[], options: SpawnOptions): Outcome {
  const [program, ...given] = command;
  // Types of Node 20 leave out `detached`, which spawnSync takes as spawn does.
  const settings: SpawnSyncOptions & { detached: boolean } = {
    cwd: options.folder,
    env: options.environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.limit,
    killSignal: 'SIGKILL',
    maxBuffer: mostOutput,
  };
  const child = spawnSync(program, given, settings);
  const { status, signal, stdout, stderr, error } = child;
  const errors = String(stderr ?? '').slice(0, mostErrors);
  if (error === undefined) return outcomeOf(status, signal, String(stdout), errors);
  killGroup(child);
  if (codeOf(error) === 'ETIMEDOUT') return tooLong(options);
  if (codeOf(error) === 'ENOBUFS') return { kind: 'failed', detail: lines('it says too much', errors) };
  return notStarted(error);
}

const tooLong = ({ limit }: SpawnOptions): Outcome => ({
  kind: 'timeout',
  detail: `it was ended after ${limit / 1000} s`,
});

function notStarted(error: Error): Outcome {
  const code = codeOf(error);
  if (code === 'ENOENT') return { kind: 'missing', detail: 'there is no such program' };
  return { kind: 'failed', detail: `it cannot be started (${code || error.message})` };
}

function outcomeOf(code: number | null, signal: string | null, output: string, errors: string): Outcome {
  if (signal !== null) return { kind: 'crashed', detail: lines(`it was ended by ${signal}`, errors) };
  if (code === 0) return { kind: 'done', output };
  return { kind: 'failed', detail: lines(`it ended with code ${code}`, errors) };
}

const lines = (what: string, said: string): string => {
  const kept = firstLines(said);
  return kept ? `${what}: ${kept}` : what;
};

/** Keeps the process alive until the promise is settled. */
export async function keepAlive<T>(work: Promise<T>): Promise<T> {
  const hold = setInterval(() => {}, 2 ** 30);
  try {
    return await work;
  } finally {
    clearInterval(hold);
  }
}

/** Lets so many pieces of work run at a time; the others wait their turn. */
export class Slots {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  async use<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
