import { planProgram } from '../../compiler/program.ts';
import { renderModule } from '../../render/wasm/program.ts';
import type { Heap } from '../../runtime/heap.ts';
import type { Pool } from '../../runtime/pool.ts';
import { LoadedProgram, type Workspace } from '../../runtime/program.ts';
import type { Backend } from './backend.ts';
import { executableOf, workOf } from './planned.ts';

/** Four lanes of 4 bytes; 4×8 tiles keep 8 sums, 2 vectors of the panel and 1 spread number in the 16 registers of x86-64. */
const target = { lanes: 4, tileRows: 4, tileVectors: 2 };

/** Below this much work handing out pieces costs more than it saves: about 20 µs on one thread. */
const worthSharing = 200_000;

export function wasmBackend(heap: Heap, pool: Pool, workspace: Workspace): Backend {
  return {
    name: 'wasm',
    prepare(outputs, { leaves }) {
      const plan = planProgram(outputs, leaves, target);
      const memory = { initial: 0, maximum: heap.maximumPages, shared: heap.shared };
      const rendered = renderModule({ kernels: plan.kernels, stages: plan.stages, memory });
      const image = { ...rendered, arenaBytes: plan.arenaBytes, slots: plan.slots.length };
      const program = new LoadedProgram(image, heap, pool, workspace);
      const shared = workOf(plan) > worthSharing;
      return executableOf(
        'wasm',
        plan,
        program,
        () => (shared ? pool.threads : 1),
        (kernel, end, pointers) => {
          const { scratch, status } = program.profilerScratch;
          program.kernel(kernel)(0, end, scratch, status, ...pointers);
        },
      );
    },
  };
}
