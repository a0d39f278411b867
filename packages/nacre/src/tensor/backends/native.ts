import { DeviceError } from '../../base/errors.ts';
import type { Target } from '../../compiler/context.ts';
import { exchange } from '../../compiler/exchange.ts';
import { sumsByLanes } from '../../compiler/lower-sums.ts';
import { type ProgramPlan, planProgram } from '../../compiler/program.ts';
import { floatFlags, renderProgram } from '../../render/c/program.ts';
import type { Heap, Job } from '../../runtime/heap.ts';
import type { Address } from '../../runtime/native/ffi.ts';
import type { BuildOptions, Library, Native, NativePool } from '../../runtime/native/native.ts';
import type { Pool } from '../../runtime/pool.ts';
import { type Frame, HeapProgram, type ProgramSizes, type Workspace } from '../../runtime/program.ts';
import type { Backend, Executable } from './backend.ts';
import { executableOf, workOf } from './planned.ts';
import { type Skeleton, skeleton } from './skeleton.ts';

/** Below this much work handing out pieces costs more than it saves. */
const worthSharing = 400_000;
/** Seconds of work, as estimated, after which a program is worth compiling. */
const hotAfter = 0.02;
/** A steady program that would take longer than this in WebAssembly, in seconds as estimated, is compiled before it first runs. */
const worthWaiting = 8;
/**
 * Seconds after the first program before a compiler is started in the background: what ends sooner would only be slowed by it. Its hot
 * programs are compiled when it has ended.
 */
const settledAfter = 2;
/** At most so many programs of one process are compiled after it has ended. */
const mostLater = 8;
/** What one run of a program is thought to take in WebAssembly: operations a second, and seconds beside them. */
const operationRate = 2e10;
const runOverhead = 5e-6;

/** A run that takes longer than this, in seconds, goes to another thread, which costs about 50 µs. */
const longRun = 1e-3;
/** Operations a second of one thread, for programs that have not run yet. */
const nativeRate = 1e11;

/**
 * Results of so many bytes are written past the caches. Of an elementwise kernel that gains something where they do not fit a third-level
 * cache together with what they are made from; one with reductions, which computes for long between its stores, gains earlier.
 */
const streamedFrom = { map: 2 ** 25, rows: 2 ** 24 };

/** The register tile of a product for each width of vectors: sums fill most of the 32 (AVX-512, NEON) or 16 registers. */
const tiles = {
  64: {
    lanes: 16,
    tileRows: 8,
    tileVectors: 2,
    partial: true,
    exchange,
    streamedFrom,
    sumsByLanes: sumsByLanes({ rows: 6, columns: 4 }),
  },
  32: {
    lanes: 8,
    tileRows: 6,
    tileVectors: 2,
    partial: true,
    exchange,
    streamedFrom,
    sumsByLanes: sumsByLanes({ rows: 3, columns: 3 }),
  },
  16: { lanes: 4, tileRows: 8, tileVectors: 2, exchange, streamedFrom },
} as const satisfies Record<number, Target>;

/** What all native programs of a process use. */
interface Machine {
  readonly heap: Heap;
  readonly pool: Pool;
  readonly workspace: Workspace;
  /** Where the heap begins in the process. */
  readonly base: Address;
  readonly threads: NativePool;
}

/** A compiled library whose memory lies in the heap. */
class NativeProgram extends HeapProgram {
  readonly #run: (...parameters: (number | Address)[]) => number;
  readonly #kernel: (...parameters: (number | Address)[]) => number;
  readonly #share: Address;
  /** Seconds of the quickest run: others waited for something. */
  #quickest = Number.POSITIVE_INFINITY;

  constructor(
    library: Library,
    sizes: ProgramSizes,
    private readonly machine: Machine,
    /** What one run is thought to take. */
    private readonly estimate: number,
  ) {
    super(sizes, machine.heap, machine.workspace);
    this.#run = library.find('nacre_run', 'void', ['address', 'u32', 'u32', 'u32']).call;
    this.#kernel = library.find('nacre_kernel', 'void', [
      'address',
      'i32',
      'i32',
      'i32',
      'u32',
      'u32',
      'address',
    ]).call;
    this.#share = library.address('nacre_share');
  }

  protected override execute(frame: Frame): void {
    const { base, threads } = this.machine;
    const start = performance.now();
    if (frame.threads === 1) this.#run(base, frame.args, frame.scratch, frame.status);
    else threads.run({ ...frame, share: this.#share, base });
    this.#took(start);
  }

  #took(start: number): void {
    this.#quickest = Math.min(this.#quickest, (performance.now() - start) / 1000);
  }

  /** What takes long leaves the event loop to others. */
  protected override executeAside(frame: () => Frame): Pick<Job, 'ended' | 'wait'> | null {
    const seconds = Number.isFinite(this.#quickest) ? this.#quickest : this.estimate;
    if (seconds < longRun) return null;
    const { base, threads } = this.machine;
    const start = performance.now();
    const job = threads.runAside({ ...frame(), share: this.#share, base });
    if (!job) return null;
    return {
      wait: job.wait,
      ended: job.ended.then(() => this.#took(start)),
    };
  }

  /** One kernel alone, for the profiler. */
  kernel(kernel: number, end: number, pointers: readonly number[]): void {
    const { heap, workspace, base } = this.machine;
    heap.settle();
    const table = workspace.ensure('kernel', pointers.length * 4);
    new Uint32Array(heap.memory.buffer, table, pointers.length).set(pointers);
    const { scratch, status } = this.profilerScratch;
    this.#kernel(base, kernel, 0, end, scratch, status, base + BigInt(table));
  }
}

interface CSource {
  readonly plan: ProgramPlan;
  readonly source: string;
  readonly sizes: ProgramSizes;
}

const options: BuildOptions = { name: 'program', flags: floatFlags };

/**
 * Programs that begin in WebAssembly and go on in C: what has run for a while is compiled in the background, and swapped in between two
 * runs. Memory is the same heap, so nothing is copied. Where anything is missing or fails, WebAssembly goes on.
 */
export class NativeTier {
  #machine: Machine | null = null;
  readonly #later = new Set<Skeleton>();
  /** When the first program was prepared. */
  #began: number | null = null;

  constructor(
    private readonly native: Native,
    private readonly heap: Heap,
    private readonly pool: Pool,
    private readonly workspace: Workspace,
    /** Seconds after the first program before a compiler is started beside it. */
    private readonly quietFor = settledAfter,
  ) {}

  /** A device that computes by `wasm` until there is something faster. With `now`, everything is compiled before it first runs. */
  backend(wasm: Backend, now: boolean): Backend {
    return {
      name: 'native',
      ready: async () => void (await this.native.support()),
      prepare: (outputs, signature, { repeats = false, tier, steady = false, runs = 0 } = {}) => {
        this.#began ??= performance.now();
        const graph = skeleton(outputs, signature.leaves);
        // A training that was begun with a compiler goes on without one.
        const isPossible = (): boolean => !steady || now || this.native.supportNow().ok;
        if ((tier === 'native' || (now && tier !== 'wasm')) && isPossible()) return this.#compiledNow(graph);
        const known = tier !== 'wasm' && repeats ? this.#cached(graph) : null;
        if (known) return known;
        const present = wasm.prepare(outputs, signature);
        if (tier === 'wasm' && !steady) return present;
        if (!steady) return new Tiered(present, () => this.#compiledSoon(graph));
        if (tier !== 'wasm' && runs * secondsOf(present) > worthWaiting && isPossible()) {
          present.dispose();
          return this.#compiledNow(graph);
        }
        // What keeps to its tier is compiled for the next process.
        return new Tiered(present, async () => this.#keepForLater(graph));
      },
    };
  }

  /** From the cache, if it is all there at once. */
  #cached(graph: Skeleton): Executable | null {
    const support = this.native.supportFromRecord();
    if (!support?.ok) return null;
    const threads = this.native.poolNow();
    if (!threads) return null;
    const rendered = render(graph, support.lanesBytes);
    const library = this.native.findLibrary(rendered.source, options);
    return library ? this.#load(rendered, library, threads) : null;
  }

  /** Compiled on the spot. Throws a DeviceError that says why that cannot be. */
  #compiledNow(graph: Skeleton): Executable {
    const support = this.native.supportNow();
    if (!support.ok) {
      throw new DeviceError(`there is no native tier: ${support.reasons.join('; ')}`, {
        op: 'compile',
        hint: 'npx nacre doctor shows what is missing; NACRE_TIER=wasm does without',
      });
    }
    const rendered = render(graph, support.lanesBytes);
    const library = this.native.buildLibraryNow(rendered.source, options);
    return this.#load(rendered, library, this.native.loadPoolNow());
  }

  #keepForLater(graph: Skeleton): null {
    if (this.#later.size < mostLater) this.#later.add(graph);
    return null;
  }

  /** Compiled in the background, or undefined as long as it is too early for that. */
  #compiledSoon(graph: Skeleton): Promise<Executable | null> | undefined {
    if (performance.now() - this.#began! < 1000 * this.quietFor) {
      this.#keepForLater(graph);
      return undefined;
    }
    this.#later.delete(graph);
    return this.#compiled(graph);
  }

  /** Compiled in the background; null where there is nothing to compile with. */
  async #compiled(graph: Skeleton): Promise<Executable | null> {
    const support = await this.native.support({ background: true });
    if (!support.ok) return null;
    const threads = this.native.loadPool({ background: true });
    const rendered = render(graph, support.lanesBytes);
    const library = await this.native.buildLibrary(rendered.source, {
      ...options,
      background: true,
    });
    return this.#load(rendered, library, await threads);
  }

  /** What to compile when this process has ended, so that the next one finds it in the cache. */
  remaining(): Skeleton[] {
    return this.native.supportFromRecord()?.ok === false ? [] : [...this.#later];
  }

  #load({ plan, sizes }: CSource, library: Library, threads: NativePool): Executable {
    const { heap, pool, workspace } = this;
    this.#machine ??= { heap, pool, workspace, threads, base: this.native.addressOf(heap.memory) };
    const work = workOf(plan);
    const shared = work > worthSharing;
    const program = new NativeProgram(library, sizes, this.#machine, work / nativeRate / pool.threads);
    return executableOf(
      'native',
      plan,
      program,
      () => (shared ? pool.threads : 1),
      (kernel, end, pointers) => program.kernel(kernel, end, pointers),
    );
  }
}

function render({ outputs, leaves }: Skeleton, lanesBytes: 16 | 32 | 64): CSource {
  const target = tiles[lanesBytes];
  const plan = planProgram(outputs, leaves, target);
  const { source, ...rendered } = renderProgram({
    kernels: plan.kernels,
    stages: plan.stages,
    lanes: target.lanes,
    contract: true,
  });
  return { plan, source, sizes: { ...rendered, arenaBytes: plan.arenaBytes, slots: plan.slots.length } };
}

/** Compiles a program for the cache alone. */
export async function buildProgram(native: Native, graph: Skeleton): Promise<void> {
  const support = await native.support();
  if (support.ok) await native.buildLibrary(render(graph, support.lanesBytes).source, options);
}

/** About how long one run takes in WebAssembly. */
const secondsOf = ({ plan }: Executable): number => runOverhead + workOf(plan!) / operationRate;

/** Something faster, null if there is none; undefined if it is too early to begin. */
type Compile = () => Promise<Executable | null> | undefined;

/** An executable that is replaced by a faster one when that is ready. */
class Tiered implements Executable {
  #active: Executable;
  #heat = 0;
  readonly #perRun: number;
  #compile: Compile | null;
  #disposed = false;

  constructor(wasm: Executable, compile: Compile) {
    this.#active = wasm;
    this.#compile = compile;
    this.#perRun = secondsOf(wasm);
  }

  get tier(): Executable['tier'] {
    return this.#active.tier;
  }

  get inPlace(): readonly boolean[] {
    return this.#active.inPlace;
  }

  get plan(): ProgramPlan | null {
    return this.#active.plan;
  }

  get timeKernels(): Executable['timeKernels'] {
    return this.#active.timeKernels;
  }

  run(leaves: readonly number[], outputs: readonly number[]): void {
    if (this.#compile) {
      this.#heat += this.#perRun;
      if (this.#heat > hotAfter) this.#begin(this.#compile);
    }
    this.#active.run(leaves, outputs);
  }

  #begin(compile: Compile): void {
    const compiling = compile();
    if (!compiling) return;
    this.#compile = null;
    // What failed is in the report of the native tier, which `nacre doctor` prints; this program stays what it is.
    void compiling.then(
      (faster) => {
        if (!faster) return;
        const { inPlace } = this.#active;
        if (this.#disposed || faster.inPlace.some((is, i) => is !== inPlace[i])) {
          faster.dispose();
          return;
        }
        this.#active.dispose();
        this.#active = faster;
      },
      () => {},
    );
  }

  dispose(): void {
    this.#disposed = true;
    this.#active.dispose();
  }
}
