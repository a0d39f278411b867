import { dtypes } from '../../base/dtype.ts';
import type { Kernel } from '../../ir/expr.ts';
import { encodeModule, FunctionCode } from './encoder.ts';
import { renderKernel, scratchBytes } from './kernel.ts';

/** An address: an entry of the table of pointers, plus bytes, plus bytes for each step of the loops around it, outermost first. */
export interface Address {
  readonly slot: number;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** One kernel with the memory it works on. */
export interface Launch {
  /** Position in `ModuleInput.kernels`. */
  readonly kernel: number;
  readonly pointers: readonly Address[];
}

/** What runs between two barriers: launches that do not depend on each other, or a loop of such stages. */
export type ModuleStage =
  | { readonly kind: 'launches'; readonly launches: readonly Launch[] }
  | { readonly kind: 'loop'; readonly count: number; readonly stages: readonly ModuleStage[] };

export interface ModuleInput {
  readonly kernels: readonly Kernel[];
  /** In order. */
  readonly stages: readonly ModuleStage[];
  readonly memory: { initial: number; maximum: number; shared: boolean };
}

export interface RenderedModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes of scratch that one thread needs. */
  readonly scratchBytes: number;
  /** Bytes, for each thread, of the counters by which threads share the work; zeroed before a run. */
  readonly syncBytes: number;
}

/** Pieces that a launch is cut into, at most. Fixed, so that the pieces do not depend on the number of threads. */
const maxChunks = 16;
/** Spins before a waiting thread sleeps for a moment; about 20 µs. */
const spinsBeforeSleep = 4000;
const sleepNanoseconds = 50_000;
const line = 64;

export const chunkSize = (extent: number): number => Math.max(1, Math.ceil(extent / maxChunks));
const chunkCount = (extent: number): number => Math.max(1, Math.ceil(extent / chunkSize(extent)));

/**
 * Renders a module with
 * - `run(args, scratch, status)`: all launches on the calling thread;
 * - `share(args, scratch, status, sync, mayWait, me, threads)`: the same, by any of `threads` threads: each takes pieces of the
 *   present stage, first of its own part (so that it finds in its cache what it left there a step ago), then of what others have
 *   not begun; then it waits for the pieces others took. A late thread finds nothing left and passes;
 * - `k0`, `k1`, …: the kernels, for the profiler.
 */
export function renderModule({ kernels, stages, memory }: ModuleInput): RenderedModule {
  const functions = kernels.map(renderKernel);
  const run = new FunctionCode(['i32', 'i32', 'i32']);
  const emit = (stage: ModuleStage, steps: readonly number[]): void => {
    if (stage.kind === 'loop') {
      const step = run.newLocal('i32');
      countedLoop(run, step, stage.count, () => {
        for (const inner of stage.stages) emit(inner, [...steps, step]);
      });
      return;
    }
    for (const launch of stage.launches) {
      run.i32(0).i32(kernels[launch.kernel].task.extent).get(1).get(2);
      pushPointers(run, launch, steps);
      run.call(launch.kernel);
    }
  };
  for (const stage of stages) emit(stage, []);
  const share = new ShareWriter(kernels);
  for (const stage of stages) share.stage(stage);

  const scratch = Math.max(
    0,
    ...kernels.map((kernel) =>
      kernel.scratch.reduce(
        (sum, buffer) => sum + scratchBytes(buffer.length * dtypes[buffer.dtype].bytes),
        0,
      ),
    ),
  );
  const exports = [
    { name: 'run', index: kernels.length },
    ...(memory.shared ? [{ name: 'share', index: kernels.length + 1 }] : []),
    ...kernels.map((_, position) => ({ name: `k${position}`, index: position })),
  ];
  const bytes = encodeModule({
    functions: [...functions, run, ...(memory.shared ? [share.fn] : [])],
    exports,
    memory,
  });
  return { bytes, scratchBytes: scratch, syncBytes: Math.max(1, share.words) * line };
}

function pushPointers(fn: FunctionCode, launch: Launch, steps: readonly number[]): void {
  for (const { slot, offset, strides } of launch.pointers) {
    fn.get(0)
      .op(0x28)
      .memarg(2, slot * 4);
    if (offset) fn.i32(offset).op(0x6a);
    strides.forEach((stride, depth) => {
      if (stride) fn.get(steps[depth]).i32(stride).op(0x6c, 0x6a);
    });
  }
}

/** Runs `body` `count` times, at least once, with the number of the turn in a local. */
function countedLoop(fn: FunctionCode, counter: number, count: number, body: () => void): void {
  fn.i32(0).set(counter);
  fn.loop(() => {
    body();
    fn.get(counter).i32(1).op(0x6a).tee(counter).i32(count).op(0x48).brIf(0);
  });
}

/** A loop around what is written: the local that holds its turn, and the lines of counters that one turn takes. */
interface OuterLoop {
  readonly step: number;
  readonly lines: number;
}

const linesOf = (stage: ModuleStage): number =>
  stage.kind === 'launches'
    ? stage.launches.length + 1
    : stage.count * stage.stages.reduce((sum, inner) => sum + linesOf(inner), 0);

/** Writes `share`. Each launch and each barrier has a cache line of counters for every thread and every step of its loops. */
class ShareWriter {
  readonly fn = new FunctionCode(['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  /** Lines of counters so far, for one thread. */
  words = 0;
  private readonly index = this.fn.newLocal('i32');
  private readonly turn = this.fn.newLocal('i32');
  private readonly region = this.fn.newLocal('i32');
  private readonly counter = this.fn.newLocal('i32');
  private readonly finished = this.fn.newLocal('i32');
  private readonly spins = this.fn.newLocal('i32');

  constructor(private readonly kernels: readonly Kernel[]) {}

  stage(stage: ModuleStage, loops: readonly OuterLoop[] = []): void {
    if (stage.kind === 'launches') {
      this.#launches(stage.launches, loops);
      return;
    }
    const first = this.words;
    const lines = linesOf({ ...stage, count: 1 });
    const step = this.fn.newLocal('i32');
    countedLoop(this.fn, step, stage.count, () => {
      for (const inner of stage.stages) this.stage(inner, [...loops, { step, lines }]);
    });
    this.words = first + lines * stage.count;
  }

  /** Leaves the address of the counter line `word` of thread `region` (0 if none is given) in `counter`. */
  #counterAt(word: number, region: number | null, loops: readonly OuterLoop[]): void {
    const { fn } = this;
    fn.i32(word);
    for (const { step, lines } of loops) fn.get(step).i32(lines).op(0x6c, 0x6a);
    fn.get(parameter.threads).op(0x6c);
    if (region !== null) fn.get(region).op(0x6a);
    fn.i32(line).op(0x6c).get(parameter.sync).op(0x6a).set(this.counter);
  }

  #launches(launches: readonly Launch[], loops: readonly OuterLoop[]): void {
    const { fn, index, turn, region, counter, finished, spins } = this;
    fn.i32(0).set(finished);
    let chunks = 0;
    for (const launch of launches) {
      const { extent } = this.kernels[launch.kernel].task;
      const word = this.words++;
      const chunk = chunkSize(extent);
      const count = chunkCount(extent);
      chunks += count;
      fn.i32(0).set(turn);
      fn.loop(() => {
        // region: me + turn, wrapped
        fn.get(parameter.me).get(turn).op(0x6a).tee(region).get(parameter.threads).op(0x4e); // ge_s
        fn.if(() => fn.get(region).get(parameter.threads).op(0x6b).set(region));
        this.#counterAt(word, region, loops);
        fn.loop(() => {
          // index: the next piece of the region, which ends where the following one begins
          fn.get(counter).i32(1).op(0xfe, 0x1e).memarg(2, 0); // atomic add
          fn.get(region).i32(count).op(0x6c).get(parameter.threads).op(0x6e, 0x6a).tee(index); // div_u, add
          fn.get(region).i32(1).op(0x6a).i32(count).op(0x6c).get(parameter.threads).op(0x6e, 0x48); // lt_s
          fn.if(() => {
            fn.get(index).i32(chunk).op(0x6c); // begin
            // end: the smaller of begin + chunk and extent
            fn.get(index).i32(1).op(0x6a).i32(chunk).op(0x6c).i32(extent);
            fn.get(index).i32(1).op(0x6a).i32(chunk).op(0x6c).i32(extent).op(0x48, 0x1b);
            fn.get(1).get(2);
            pushPointers(
              fn,
              launch,
              loops.map(({ step }) => step),
            );
            fn.call(launch.kernel);
            fn.get(finished).i32(1).op(0x6a).set(finished).br(1);
          });
        });
        fn.get(turn).i32(1).op(0x6a).tee(turn).get(parameter.threads).op(0x48).brIf(0);
      });
    }
    this.#counterAt(this.words++, null, loops);
    fn.get(finished);
    fn.if(() => fn.get(counter).get(finished).op(0xfe, 0x1e).memarg(2, 0).op(0x1a)); // atomic add; drop
    fn.i32(0).set(spins);
    fn.loop(() => {
      fn.get(counter).op(0xfe, 0x10).memarg(2, 0).tee(index).i32(chunks).op(0x48); // atomic load; lt_s
      fn.if(() => {
        fn.get(spins)
          .i32(1)
          .op(0x6a)
          .tee(spins)
          .i32(spinsBeforeSleep)
          .op(0x4e)
          .get(parameter.mayWait)
          .op(0x71); // ge_s, and
        fn.if(() => {
          fn.get(counter).get(index);
          fn.i64(sleepNanoseconds).op(0xfe, 0x01).memarg(2, 0).op(0x1a); // wait32, drop
        });
        fn.br(1);
      });
    });
  }
}

/** Parameters of `share` beyond those of `run`. */
const parameter = { sync: 3, mayWait: 4, me: 5, threads: 6 } as const;
