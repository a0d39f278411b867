import { dtypes } from '../../base/dtype.ts';
import type { Kernel } from '../../ir/expr.ts';
import { encodeModule, FunctionCode } from './encoder.ts';
import { kernelParams, renderKernel, scratchBytes } from './kernel.ts';

/** One kernel with the memory it works on, as positions in the table of pointers. */
export interface Launch {
  /** Position in `ModuleInput.kernels`. */
  readonly kernel: number;
  readonly pointers: readonly number[];
}

export interface ModuleInput {
  /** Kernels, each different from the others. */
  readonly kernels: readonly Kernel[];
  /** Launches in order; those of one stage do not depend on each other. */
  readonly stages: readonly (readonly Launch[])[];
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
  const share = new FunctionCode(['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const [sync, mayWait, me, threads] = [3, 4, 5, 6];
  const index = share.newLocal('i32');
  const turn = share.newLocal('i32');
  const region = share.newLocal('i32');
  const counter = share.newLocal('i32');
  const finished = share.newLocal('i32');
  const spins = share.newLocal('i32');

  const pushPointers = (fn: FunctionCode, launch: Launch): void => {
    for (const slot of launch.pointers)
      fn.get(0)
        .op(0x28)
        .memarg(2, slot * 4);
  };

  let word = 0;
  for (const stage of stages) {
    share.i32(0).set(finished);
    let chunks = 0;
    for (const launch of stage) {
      const { extent } = kernels[launch.kernel].task;
      run.i32(0).i32(extent).get(1).get(2);
      pushPointers(run, launch);
      run.call(launch.kernel);

      const first = word++;
      const chunk = chunkSize(extent);
      const count = chunkCount(extent);
      chunks += count;
      share.i32(0).set(turn);
      share.loop(() => {
        // region: me + turn, wrapped; its counter's address
        share.get(me).get(turn).op(0x6a).tee(region).get(threads).op(0x4e); // ge_s
        share.if(() => share.get(region).get(threads).op(0x6b).set(region));
        share
          .get(threads)
          .i32(first)
          .op(0x6c)
          .get(region)
          .op(0x6a)
          .i32(line)
          .op(0x6c)
          .get(sync)
          .op(0x6a)
          .set(counter);
        share.loop(() => {
          // index: the next piece of the region, which ends where the following one begins
          share.get(counter).i32(1).op(0xfe, 0x1e).memarg(2, 0); // atomic add
          share.get(region).i32(count).op(0x6c).get(threads).op(0x6e, 0x6a).tee(index); // div_u, add
          share.get(region).i32(1).op(0x6a).i32(count).op(0x6c).get(threads).op(0x6e, 0x48); // lt_s
          share.if(() => {
            share.get(index).i32(chunk).op(0x6c); // begin
            // end: the smaller of begin + chunk and extent
            share.get(index).i32(1).op(0x6a).i32(chunk).op(0x6c).i32(extent);
            share.get(index).i32(1).op(0x6a).i32(chunk).op(0x6c).i32(extent).op(0x48, 0x1b);
            share.get(1).get(2);
            pushPointers(share, launch);
            share.call(launch.kernel);
            share.get(finished).i32(1).op(0x6a).set(finished).br(1);
          });
        });
        share.get(turn).i32(1).op(0x6a).tee(turn).get(threads).op(0x48).brIf(0);
      });
    }
    share
      .get(threads)
      .i32(word++ * line)
      .op(0x6c)
      .get(sync)
      .op(0x6a)
      .set(counter);
    share.get(finished);
    share.if(() => share.get(counter).get(finished).op(0xfe, 0x1e).memarg(2, 0).op(0x1a)); // atomic add; drop
    share.i32(0).set(spins);
    share.loop(() => {
      share.get(counter).op(0xfe, 0x10).memarg(2, 0).tee(index).i32(chunks).op(0x48); // atomic load; lt_s
      share.if(() => {
        share.get(spins).i32(1).op(0x6a).tee(spins).i32(spinsBeforeSleep).op(0x4e).get(mayWait).op(0x71); // ge_s, and
        share.if(() => {
          share.get(counter).get(index);
          share.i64(sleepNanoseconds).op(0xfe, 0x01).memarg(2, 0).op(0x1a); // wait32, drop
        });
        share.br(1);
      });
    });
  }

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
    functions: [...functions, run, ...(memory.shared ? [share] : [])],
    exports,
    memory,
  });
  return { bytes, scratchBytes: scratch, syncBytes: Math.max(line, word * line) };
}

export { kernelParams };
