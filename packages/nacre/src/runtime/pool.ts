import type { Heap } from './heap.ts';
import type { Platform } from './platform.ts';

/** Words of the control block at the start of the heap. */
const word = {
  /** Counts jobs; a change wakes the workers. */
  epoch: 16,
  /** The open flag, plus the number of workers inside the job. */
  job: 32,
  program: 48,
  args: 49,
  scratch: 50,
  scratchStride: 51,
  status: 52,
  sync: 53,
  module: 54,
  moduleBytes: 55,
  threads: 56,
  sleeping: 64,
  ready: 80,
  /** Counts how often all workers were sent away; one of an earlier time, not gone yet, must not join. */
  generation: 81,
} as const;

const open = 1 << 16;

/**
 * A worker's whole life. It waits for a job, joins it while it is open, and helps. Programs arrive as bytes in the heap, so
 * no message ever has to be received; a program seen for the first time is compiled after leaving the job, for next time.
 */
const workerSource = `
const { memory, number, word, open, spins, generation } = workerData;
const control = new Int32Array(memory.buffer, 0, 1024);
const programs = new Map();
let seen = 0;
Atomics.add(control, word.ready, 1);
for (;;) {
  let turns = 0;
  while (Atomics.load(control, word.epoch) === seen && turns < spins) turns++;
  if (Atomics.load(control, word.epoch) === seen) {
    Atomics.add(control, word.sleeping, 1);
    Atomics.wait(control, word.epoch, seen);
    Atomics.sub(control, word.sleeping, 1);
  }
  seen = Atomics.load(control, word.epoch);
  let state = Atomics.load(control, word.job);
  if (Atomics.load(control, word.generation) !== generation) break;
  while (state & open) {
    const found = Atomics.compareExchange(control, word.job, state, state + 1);
    if (found === state) break;
    state = found;
  }
  if (!(state & open)) continue;
  const id = control[word.program];
  let share = programs.get(id);
  if (share) {
    const scratch = control[word.scratch] + number * control[word.scratchStride];
    share(control[word.args], scratch, control[word.status], control[word.sync], 1, number, control[word.threads]);
    Atomics.sub(control, word.job, 1);
  } else {
    const bytes = new Uint8Array(control[word.moduleBytes]);
    bytes.set(new Uint8Array(memory.buffer, control[word.module], bytes.length));
    Atomics.sub(control, word.job, 1);
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
    if (programs.size >= 256) programs.delete(programs.keys().next().value);
    programs.set(id, instance.exports.share);
  }
}`;

/** About 200 µs of looking before a worker sleeps: waking it takes 60 µs, and steps of training follow each other closely. */
const spinsBeforeSleep = 20_000;

/** A program's entry for several threads: thread `me` of `threads`. */
export type ShareFunction = (
  args: number,
  scratch: number,
  status: number,
  sync: number,
  mayWait: number,
  me: number,
  threads: number,
) => void;

/** What a job needs: the program's identity and bytes, and the addresses that `share` takes. */
export interface Job {
  readonly program: number;
  readonly module: number;
  readonly moduleBytes: number;
  readonly args: number;
  readonly scratch: number;
  readonly scratchStride: number;
  readonly status: number;
  readonly sync: number;
  readonly threads: number;
  readonly share: ShareFunction;
}

/** Threads that help the calling one. They start on first use and never delay a job: it ends without those not awake yet. */
export class Pool {
  private readonly control: Int32Array;
  readonly #workers: { terminate(): void }[] = [];
  #target: number;

  constructor(
    private readonly heap: Heap,
    private readonly platform: Platform,
  ) {
    this.control = new Int32Array(heap.memory.buffer, 0, 1024);
    this.#target = heap.shared ? Math.min(platform.hardwareThreads, maxThreads) : 1;
  }

  /** Threads that a large program is shared between, the calling one included. */
  get threads(): number {
    return this.#target;
  }

  set threads(count: number) {
    this.#target = this.heap.shared ? Math.max(1, Math.min(count, maxThreads)) : 1;
    while (this.#workers.length > this.#target - 1) this.#stopAll();
  }

  #stopAll(): void {
    for (const worker of this.#workers.splice(0)) worker.terminate();
    Atomics.add(this.control, word.generation, 1);
    this.control[word.ready] = 0;
    this.control[word.sleeping] = 0;
  }

  /** Starts the workers that are missing. */
  start(): void {
    while (this.#workers.length < this.#target - 1) {
      const data = {
        memory: this.heap.memory,
        number: this.#workers.length + 1,
        word,
        open,
        spins: spinsBeforeSleep,
        generation: Atomics.load(this.control, word.generation),
      };
      // Where threads cannot be had the calling one does all the work, with the same results.
      const doWithout = (): void => {
        this.threads = 1;
      };
      this.#workers.push(this.platform.startWorker(workerSource, data, doWithout));
    }
  }

  /** Resolves when every worker waits for work. */
  async ready(): Promise<void> {
    this.start();
    while (Atomics.load(this.control, word.ready) < this.#target - 1) await this.platform.turn();
  }

  run(job: Job): void {
    this.start();
    const { control } = this;
    control[word.program] = job.program;
    control[word.args] = job.args;
    control[word.scratch] = job.scratch;
    control[word.scratchStride] = job.scratchStride;
    control[word.status] = job.status;
    control[word.sync] = job.sync;
    control[word.module] = job.module;
    control[word.moduleBytes] = job.moduleBytes;
    control[word.threads] = job.threads;
    Atomics.store(control, word.job, open);
    Atomics.add(control, word.epoch, 1);
    if (Atomics.load(control, word.sleeping) > 0) Atomics.notify(control, word.epoch);
    try {
      job.share(job.args, job.scratch, job.status, job.sync, this.platform.mayBlock ? 1 : 0, 0, job.threads);
    } finally {
      // Closed to newcomers, then empty: after this nobody reads what belongs to the job.
      Atomics.and(control, word.job, ~open);
      while (Atomics.load(control, word.job) !== 0);
    }
  }
}

const maxThreads = 16;
