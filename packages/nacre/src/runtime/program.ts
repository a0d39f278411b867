import { type Block, type Heap, type Job, leastOnLine } from './heap.ts';
import type { Pool, ShareFunction } from './pool.ts';

export interface ProgramImage extends ProgramSizes {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface Exports {
  run(args: number, scratch: number, status: number): void;
  share?: ShareFunction;
}

type KernelFunction = (
  begin: number,
  end: number,
  scratch: number,
  status: number,
  ...pointers: number[]
) => void;

/** Memory that programs use while they run. They run one at a time, so they share it. */
export class Workspace {
  readonly #blocks = new Map<string, Block>();

  constructor(private readonly heap: Heap) {}

  /** At least so many bytes under a name, from the start of a cache line on; grows, and is then the same for all. */
  ensure(name: string, bytes: number): number {
    const present = this.#blocks.get(name);
    if (present && present.bytes >= bytes) return present.pointer;
    if (present) this.heap.release(present);
    const block = this.heap.allocate(Math.max(bytes, leastOnLine));
    this.#blocks.set(name, block);
    return block.pointer;
  }
}

/** Where a run finds its memory: addresses in the heap. */
export interface Frame {
  /** The table of pointers. */
  readonly args: number;
  /** Scratch of the first thread; those of the others follow, `scratchStride` bytes apart. */
  readonly scratch: number;
  readonly scratchStride: number;
  /** Two words: the code of a failed check, and the value that failed it. */
  readonly status: number;
  /** Counters by which several threads share the work; 0 for one thread. */
  readonly sync: number;
  readonly syncBytes: number;
  readonly threads: number;
}

export interface ProgramSizes {
  readonly scratchBytes: number;
  readonly syncBytes: number;
  readonly arenaBytes: number;
  /** Pointers in the program's table. */
  readonly slots: number;
}

/** A rendered program with its memory in the heap: called with addresses, it computes. */
export abstract class HeapProgram {
  readonly #table: Block;
  protected readonly blocks: Block[];

  constructor(
    private readonly sizes: ProgramSizes,
    protected readonly heap: Heap,
    private readonly workspace: Workspace,
  ) {
    this.#table = heap.allocate(Math.max(4, sizes.slots * 4));
    this.blocks = [this.#table];
    dropped.register(this, { heap, blocks: this.blocks }, this);
  }

  protected abstract execute(frame: Frame): void;

  /** The same on another thread, where the platform can do that and the program is long enough for it; else null. */
  protected executeAside(_frame: () => Frame): Pick<Job, 'ended' | 'wait'> | null {
    return null;
  }

  /** The address of the arena for this run; pointers into it are made from it. */
  get arena(): number {
    return this.workspace.ensure('arena', this.sizes.arenaBytes);
  }

  /**
   * Runs on so many threads, or begins to: the heap says then when it has ended. Throws what `failure` makes of a failed check's code and
   * value; where the run has only begun, whoever waits for it gets that error.
   */
  run(pointers: readonly number[], threads: number, failure: (code: number, value: number) => Error): void {
    const { heap, workspace } = this;
    heap.settle();
    const { scratchBytes, syncBytes, slots } = this.sizes;
    const status = workspace.ensure('status', 16);
    const args = this.#table.pointer;
    const frame = (shares: boolean): Frame => ({
      args,
      scratch: workspace.ensure(`scratch${threads}`, scratchBytes * threads),
      scratchStride: scratchBytes,
      status,
      sync: shares ? workspace.ensure('sync', syncBytes * threads) : 0,
      syncBytes: syncBytes * threads,
      threads,
    });
    const words = new Int32Array(heap.memory.buffer, args, slots);
    for (let i = 0; i < pointers.length; i++) words[i] = pointers[i];
    new Int32Array(heap.memory.buffer, status, 1)[0] = 0;
    const conclude = (): void => {
      const [code, value] = new Int32Array(heap.memory.buffer, status, 2);
      if (code) throw failure(code, value);
    };
    const aside = this.executeAside(() => frame(true));
    if (aside) {
      heap.lend({ ...aside, conclude });
      return;
    }
    this.execute(frame(threads > 1));
    conclude();
  }

  /** What the profiler gives to a kernel that it runs alone. */
  get profilerScratch(): { scratch: number; status: number } {
    return {
      scratch: this.workspace.ensure('scratch1', this.sizes.scratchBytes),
      status: this.workspace.ensure('status', 16),
    };
  }

  dispose(): void {
    dropped.unregister(this);
    for (const block of this.blocks.splice(0)) this.heap.release(block);
  }
}

/** A WebAssembly module in memory. */
export class LoadedProgram extends HeapProgram {
  static #count = 0;
  readonly #id = ++LoadedProgram.#count;
  readonly #instance: WebAssembly.Instance;
  readonly #exports: Exports;
  #moduleBlock: Block | null = null;

  constructor(
    private readonly image: ProgramImage,
    heap: Heap,
    private readonly pool: Pool,
    workspace: Workspace,
  ) {
    super(image, heap, workspace);
    const module = new WebAssembly.Module(image.bytes);
    this.#instance = new WebAssembly.Instance(module, { env: { memory: heap.memory } });
    this.#exports = this.#instance.exports as unknown as Exports;
  }

  protected override execute({
    args,
    scratch,
    scratchStride,
    status,
    sync,
    syncBytes,
    threads,
  }: Frame): void {
    const { share } = this.#exports;
    if (threads === 1 || !share) {
      this.#exports.run(args, scratch, status);
      return;
    }
    new Uint8Array(this.heap.memory.buffer, sync, syncBytes).fill(0);
    this.#moduleBlock ??= this.#publish();
    this.pool.run({
      program: this.#id,
      module: this.#moduleBlock.pointer,
      moduleBytes: this.image.bytes.length,
      args,
      scratch,
      scratchStride,
      status,
      sync,
      threads,
      share,
    });
  }

  /** One kernel alone, for the profiler. */
  kernel(position: number): KernelFunction {
    return this.#instance.exports[`k${position}`] as unknown as KernelFunction;
  }

  /** The module's bytes in the heap, where the workers find them. */
  #publish(): Block {
    const block = this.heap.allocate(this.image.bytes.length);
    this.heap.write(block.pointer, this.image.bytes);
    this.blocks.push(block);
    return block;
  }
}

/** Programs that were collected give their blocks back. */
const dropped = new FinalizationRegistry<{ heap: Heap; blocks: Block[] }>(({ heap, blocks }) => {
  for (const block of blocks) heap.release(block);
});
