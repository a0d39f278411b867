import { byteSize } from '../../src/base/dtype.ts';
import { sizeOf } from '../../src/base/shape.ts';
import type { OpNode } from '../../src/compiler/contract.ts';
import type { ProgramPlan } from '../../src/compiler/program.ts';
import { renderProgram } from '../../src/render/c/program.ts';
import type { Heap } from '../../src/runtime/heap.ts';
import type { Address } from '../../src/runtime/native/ffi.ts';
import type { Library } from '../../src/runtime/native/native.ts';
import type { Backend, Executable } from '../../src/tensor/backends/backend.ts';

/**
 * Under the address sanitizer: while a program runs, it may touch its operands, results and working memory, and nothing else of the heap.
 * The sanitizer knows nothing of the heap by itself, which is one piece of memory to it.
 */

/** C of the library that closes and opens parts of the heap. */
export const fenceSource = `
void __asan_poison_memory_region(void const volatile *, unsigned long);
void __asan_unpoison_memory_region(void const volatile *, unsigned long);
void fence_close(char *base, unsigned bytes) { __asan_poison_memory_region(base, bytes); }
void fence_open(char *base, unsigned at, unsigned bytes) { __asan_unpoison_memory_region(base + at, bytes); }
`;

interface Region {
  readonly at: number;
  readonly bytes: number;
}

/** The program that runs now. */
interface Running {
  readonly plan: ProgramPlan;
  readonly scratchBytes: number;
  readonly regions: readonly Region[];
}

/** Where one run finds its working memory. */
export interface Frame {
  readonly base: Address;
  readonly args: number;
  readonly scratch: number;
  readonly status: number;
  readonly sync: number;
  readonly syncBytes: number;
  readonly threads: number;
}

export class Fence {
  readonly #close: (...parameters: (number | Address)[]) => number;
  readonly #open: (...parameters: (number | Address)[]) => number;
  #running: Running | null = null;
  #heap: Heap | null = null;

  constructor(library: Library) {
    this.#close = library.find('fence_close', 'void', ['address', 'u32']).call;
    this.#open = library.find('fence_open', 'void', ['address', 'u32', 'u32']).call;
  }

  /** A device whose programs run behind the fence, if the C functions are called through `around`. */
  guard(device: Backend, heap: Heap): Backend {
    this.#heap = heap;
    return {
      name: device.name,
      prepare: (outputs, signature, options) => {
        const executable = device.prepare(outputs, signature, options);
        const nodes = outputs.map(({ node }) => node);
        return this.#guarded(executable, signature.leaves, nodes);
      },
    };
  }

  #guarded(executable: Executable, leaves: readonly OpNode[], outputs: readonly OpNode[]): Executable {
    const { plan } = executable;
    if (!plan) throw new Error('a native program has a plan');
    const { scratchBytes } = renderProgram({ ...plan, lanes: 1, contract: true });
    const regions = (nodes: readonly OpNode[], pointers: readonly number[]): Region[] =>
      nodes.map(({ dtype, shape }, i) => ({ at: pointers[i], bytes: byteSize(dtype, sizeOf(shape)) }));
    return {
      inPlace: executable.inPlace,
      plan,
      tier: executable.tier,
      timeKernels: executable.timeKernels,
      run: (leafPointers, outputPointers) => {
        const touched = [...regions(leaves, leafPointers), ...regions(outputs, outputPointers)];
        this.#running = { plan, scratchBytes, regions: touched };
        try {
          executable.run(leafPointers, outputPointers);
        } finally {
          this.#running = null;
        }
      },
      dispose: () => executable.dispose(),
    };
  }

  /** Calls C with the fence closed around what the present program may touch. */
  around(frame: Frame, call: () => void): void {
    const { plan, scratchBytes, regions } = this.#running!;
    const { buffer } = this.#heap!.memory;
    const { base, args, scratch, status, sync, syncBytes, threads } = frame;
    const table = new Uint32Array(buffer, args, plan.slots.length);
    const own = [
      { at: args, bytes: table.byteLength },
      { at: scratch, bytes: scratchBytes * threads },
      { at: status, bytes: 8 },
      { at: sync, bytes: syncBytes },
    ];
    const inArena = plan.slots.findIndex(({ kind }) => kind === 'arena');
    const slot = plan.slots[inArena];
    if (slot?.kind === 'arena') own.push({ at: table[inArena] - slot.offset, bytes: plan.arenaBytes });
    this.#close(base, buffer.byteLength);
    for (const { at, bytes } of [...own, ...regions]) if (bytes) this.#open(base, at, bytes);
    try {
      call();
    } finally {
      this.#open(base, 0, buffer.byteLength);
    }
  }
}
