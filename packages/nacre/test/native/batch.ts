import { availableParallelism } from 'node:os';
import type { Heap } from '../../src/runtime/heap.ts';
import type { Address, ForeignFunction, ForeignLibrary } from '../../src/runtime/native/ffi.ts';
import type { Native, NativePool, PoolJob } from '../../src/runtime/native/native.ts';
import type { Pool } from '../../src/runtime/pool.ts';
import type { Workspace } from '../../src/runtime/program.ts';
import type { Backend } from '../../src/tensor/backends/backend.ts';
import { NativeTier } from '../../src/tensor/backends/native.ts';
import { findStored } from './collection.ts';
import { Fence, fenceSource } from './fence.ts';
import { flags, native, sanitize } from './toolchain.ts';
import { batchUnits } from './units.ts';

/**
 * The native tier for tests that run many small programs. To start a compiler for each takes longer than all the rest, so the tests run
 * twice: at first in WebAssembly, while the C of every program is collected; then everything is compiled in a few large units; and then
 * in C. All but the compiling is what a user's program goes through. What was not collected is compiled when it is met.
 */

const support = await native.support();

/** Why there is nothing to test; empty if there is. */
export const missing = support.ok ? '' : `no native tier here: ${support.reasons.join('; ')}`;
if (missing) console.log(`tests in C are left out: ${missing}`);

const threads = support.ok ? await native.loadPool() : null;
const fence =
  sanitize && support.ok ? new Fence(await native.buildLibrary(fenceSource, { name: 'fence', flags })) : null;

/** One of the programs of a library: the names of its symbols have an ending there. */
export interface Placed {
  readonly library: ForeignLibrary;
  readonly suffix: string;
}

const state = {
  /** The programs met so far, while they are collected. */
  collected: process.env.NACRE_BATCH === 'collect' ? new Set<string>() : null,
  /** The programs that were compiled together. */
  placed: new Map<string, Placed>(),
};

/** The programs met so far. Empty where they are not collected. */
export const collectedPrograms = (): string[] => [...(state.collected ?? [])];

class NotCompiledYet extends Error {}

const tools: Native = {
  ...native,
  buildLibraryNow(source, { name }) {
    if (typeof source !== 'string') throw new TypeError('a program is one unit');
    if (state.collected) {
      state.collected.add(source);
      throw new NotCompiledYet();
    }
    const alone = (): Placed => ({ library: native.buildLibraryNow(source, { name, flags }), suffix: '' });
    const placed = state.placed.get(source) ?? findStored(source) ?? alone();
    return { ...programIn(placed), name, origin: 'compiled', seconds: 0 };
  },
  loadPoolNow: () => fencedPool(threads!),
};

const programIn = ({ library, suffix }: Placed): ForeignLibrary => ({
  path: library.path,
  address: (symbol) => library.address(symbol + suffix),
  find: (symbol, ...signature) => {
    const found = library.find(symbol + suffix, ...signature);
    return fence && symbol === 'nacre_run' ? fencedRun(fence, found) : found;
  },
});

const fencedRun = (around: Fence, { call, callAsync }: ForeignFunction): ForeignFunction => ({
  call: (...parameters) => {
    const [base, args, scratch, status] = parameters as [Address, number, number, number];
    const frame = { base, args, scratch, status, sync: 0, syncBytes: 0, threads: 1 };
    around.around(frame, () => call(...parameters));
    return 0;
  },
  callAsync,
});

/** Between fences everything runs on the calling thread. */
function fencedPool(pool: NativePool): NativePool {
  const { run } = pool;
  if (!fence) return pool;
  const fenced = (job: PoolJob): void => fence!.around(job, () => run(job));
  return {
    ...pool,
    run: fenced,
    runAside: (job) => {
      fenced(job);
      return { ended: Promise.resolve(), wait: () => {} };
    },
  };
}

/** For the tests' mock of `#tiers`: the device 'native' as these tests want it. */
export function nativeBackend(wasm: Backend, heap: Heap, pool: Pool, workspace: Workspace): Backend {
  const tier = new NativeTier(tools, heap, pool, workspace).backend(wasm, true);
  const device = fence?.guard(tier, heap) ?? tier;
  return {
    // While programs are collected, those that ran are WebAssembly's, and kept as such.
    get name() {
      return state.collected ? 'wasm' : 'native';
    },
    ready: () => tier.ready!(),
    prepare(outputs, signature, options) {
      try {
        return device.prepare(outputs, signature, options);
      } catch (error) {
        if (!(error instanceof NotCompiledYet)) throw error;
        return wasm.prepare(outputs, signature, options);
      }
    },
  };
}

export const defaultDevice = 'wasm';

/** Runs everything once in WebAssembly and compiles what will run in C. */
export async function compileAll(run: () => Promise<void>): Promise<void> {
  state.collected = new Set();
  await run();
  const { sources, places } = batchUnits(collectedPrograms(), availableParallelism());
  state.collected = null;
  const libraries = await Promise.all(
    sources.map((source) => native.buildLibrary(source, { name: 'batch', flags })),
  );
  for (const [source, { unit, suffix }] of places)
    state.placed.set(source, { library: libraries[unit], suffix });
}
