import { type ProgramPlan, planProgram, totalWork } from '../../compiler/program.ts';
import { launchesOf } from '../../compiler/stages.ts';
import { renderModule } from '../../render/wasm/program.ts';
import type { Heap } from '../../runtime/heap.ts';
import type { Pool } from '../../runtime/pool.ts';
import { LoadedProgram, Workspace } from '../../runtime/program.ts';
import { indexError } from '../primitives/elementwise.ts';
import type { Backend, Executable, KernelTime } from './backend.ts';

/** Four lanes of 4 bytes; 4×8 tiles keep 8 sums, 2 vectors of the panel and 1 spread number in the 16 registers of x86-64. */
const target = { lanes: 4, tileRows: 4, tileVectors: 2 };

/**
 * Below this much work (operations, and bytes at four to an operation) handing out pieces costs more than it saves: about
 * 20 µs on one thread.
 */
const worthSharing = 200_000;

export function wasmBackend(heap: Heap, pool: Pool): Backend {
  const workspace = new Workspace(heap);
  return {
    name: 'wasm',
    prepare(outputs, { leaves }): Executable {
      const plan = planProgram(outputs, leaves, target);
      const memory = { initial: 0, maximum: heap.maximumPages, shared: heap.shared };
      const rendered = renderModule({ kernels: plan.kernels, stages: plan.stages, memory });
      const image = { ...rendered, arenaBytes: plan.arenaBytes, slots: plan.slots.length };
      const program = new LoadedProgram(image, heap, pool, workspace);
      const { flops, bytes } = totalWork(plan);
      const shared = flops + bytes / 4 > worthSharing;

      const addresses = (leafPointers: readonly number[], outputPointers: readonly number[]): number[] => {
        const { arena } = program;
        return plan.slots.map((slot) =>
          slot.kind === 'input'
            ? leafPointers[slot.leaf]
            : slot.kind === 'output'
              ? outputPointers[slot.position]
              : arena + slot.offset,
        );
      };
      const report = (failed: { code: number; value: number } | null): void => {
        if (!failed) return;
        const { op, size } = plan.checks[failed.code - 1];
        throw indexError(op, failed.value, size);
      };
      return {
        inPlace: plan.inPlace,
        plan,
        run: (leafPointers, outputPointers) =>
          report(program.run(addresses(leafPointers, outputPointers), shared)),
        timeKernels: (leafPointers, outputPointers, rounds) =>
          timeKernels(program, plan, addresses(leafPointers, outputPointers), rounds),
        dispose: () => program.dispose(),
      };
    },
  };
}

/** Runs each kernel by itself on the calling thread, in order, and takes the shortest of some rounds. */
function timeKernels(
  program: LoadedProgram,
  plan: ProgramPlan,
  pointers: readonly number[],
  rounds: number,
): KernelTime[] {
  const launches = launchesOf(plan.stages);
  const best = launches.map(() => Number.POSITIVE_INFINITY);
  const { scratch, status } = program.profilerScratch;
  for (let round = 0; round < rounds; round++) {
    launches.forEach(({ launch, times }, i) => {
      const run = program.kernel(launch.kernel);
      const args = launch.pointers.map(({ slot, offset }) => pointers[slot] + offset);
      const { extent } = plan.kernels[launch.kernel].task;
      const start = performance.now();
      run(0, extent, scratch, status, ...args);
      best[i] = Math.min(best[i], (performance.now() - start) * 1000 * times);
    });
  }
  return launches.map(({ launch: { kernel, flops, bytes }, times }, i) => ({
    name: plan.kernels[kernel].name,
    microseconds: best[i],
    flops: flops * times,
    bytes: bytes * times,
  }));
}
