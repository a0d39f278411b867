import { type ProgramPlan, totalWork } from '../../compiler/program.ts';
import { launchesOf } from '../../compiler/stages.ts';
import type { HeapProgram } from '../../runtime/program.ts';
import { indexError } from '../primitives/elementwise.ts';
import type { Executable, KernelTime, Tier } from './backend.ts';

/** A kernel run by itself: tasks from 0 to an end, with the addresses of its buffers. */
type RunKernel = (kernel: number, end: number, pointers: readonly number[]) => void;

/** A program in memory, as the devices' users see it. `threads` are asked for at every run. */
export function executableOf(
  tier: Tier,
  plan: ProgramPlan,
  program: HeapProgram,
  threads: () => number,
  runKernel: RunKernel,
): Executable {
  const addresses = (leaves: readonly number[], outputs: readonly number[]): number[] => {
    const { arena } = program;
    return plan.slots.map((slot) =>
      slot.kind === 'input'
        ? leaves[slot.leaf]
        : slot.kind === 'output'
          ? outputs[slot.position]
          : arena + slot.offset,
    );
  };
  return {
    tier,
    inPlace: plan.inPlace,
    plan,
    run(leaves, outputs) {
      program.run(addresses(leaves, outputs), threads(), (code, value) => {
        const { op, size } = plan.checks[code - 1];
        return indexError(op, value, size);
      });
    },
    timeKernels: (leaves, outputs, rounds) =>
      timeKernels(plan, addresses(leaves, outputs), rounds, runKernel),
    dispose: () => program.dispose(),
  };
}

/** Runs each kernel by itself on the calling thread, in order, and takes the shortest of some rounds. */
function timeKernels(
  plan: ProgramPlan,
  pointers: readonly number[],
  rounds: number,
  runKernel: RunKernel,
): KernelTime[] {
  const launches = launchesOf(plan.stages);
  const best = launches.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round++) {
    launches.forEach(({ launch, times }, i) => {
      const args = launch.pointers.map(({ slot, offset }) => pointers[slot] + offset);
      const start = performance.now();
      runKernel(launch.kernel, plan.kernels[launch.kernel].task.extent, args);
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

/** Work of one run in operations, a byte counting for a quarter of one. */
export function workOf(plan: ProgramPlan): number {
  const { flops, bytes } = totalWork(plan);
  return flops + bytes / 4;
}
