import type { Block, Heap } from './heap.ts';
import type { Pool, ShareFunction } from './pool.ts';

export interface ProgramImage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly scratchBytes: number;
  readonly syncBytes: number;
  readonly arenaBytes: number;
  /** Pointers in the program's table. */
  readonly slots: number;
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

  /** At least so many bytes under a name; grows, and is then the same for all. */
  ensure(name: string, bytes: number): number {
    const present = this.#blocks.get(name);
    if (present && present.bytes >= bytes) return present.pointer;
    if (present) this.heap.release(present);
    const block = this.heap.allocate(Math.max(bytes, 64) + 64);
    this.#blocks.set(name, block);
    return Math.ceil(block.pointer / 64) * 64;
  }
}

/** A rendered program in memory: called with addresses, it computes. */
export class LoadedProgram {
  static #count = 0;
  readonly #id = ++LoadedProgram.#count;
  readonly #instance: WebAssembly.Instance;
  readonly #exports: Exports;
  private readonly table: Block;
  readonly #blocks: Block[];
  #moduleBlock: Block | null = null;

  constructor(
    private readonly image: ProgramImage,
    private readonly heap: Heap,
    private readonly pool: Pool,
    private readonly workspace: Workspace,
  ) {
    const module = new WebAssembly.Module(image.bytes);
    this.#instance = new WebAssembly.Instance(module, { env: { memory: heap.memory } });
    this.#exports = this.#instance.exports as unknown as Exports;
    this.table = heap.allocate(Math.max(4, image.slots * 4));
    this.#blocks = [this.table];
    dropped.register(this, { heap, blocks: this.#blocks }, this);
  }

  /** The address of the arena for this run; pointers into it are made from it. */
  get arena(): number {
    return this.workspace.ensure('arena', this.image.arenaBytes);
  }

  /** Runs on the calling thread, or shared with the pool. Returns the failed check's code and value, or null. */
  run(pointers: readonly number[], shared: boolean): { code: number; value: number } | null {
    const { heap, image, table, workspace, pool } = this;
    const threads = shared ? pool.threads : 1;
    const scratch = workspace.ensure(`scratch${threads}`, image.scratchBytes * threads);
    const status = workspace.ensure('status', 16);
    const sync = threads > 1 ? workspace.ensure('sync', image.syncBytes * threads) : 0;
    const words = new Int32Array(heap.memory.buffer, table.pointer, image.slots);
    for (let i = 0; i < pointers.length; i++) words[i] = pointers[i];
    const report = new Int32Array(heap.memory.buffer, status, 2);
    report[0] = 0;
    if (threads > 1 && this.#exports.share) {
      new Uint8Array(heap.memory.buffer, sync, image.syncBytes * threads).fill(0);
      this.#moduleBlock ??= this.#publish();
      pool.run({
        program: this.#id,
        module: this.#moduleBlock.pointer,
        moduleBytes: image.bytes.length,
        args: table.pointer,
        scratch,
        scratchStride: image.scratchBytes,
        status,
        sync,
        threads,
        share: this.#exports.share,
      });
    } else this.#exports.run(table.pointer, scratch, status);
    return report[0] ? { code: report[0], value: report[1] } : null;
  }

  /** One kernel alone, for the profiler. */
  kernel(position: number): KernelFunction {
    return this.#instance.exports[`k${position}`] as unknown as KernelFunction;
  }

  get profilerScratch(): { scratch: number; status: number } {
    return {
      scratch: this.workspace.ensure('scratch1', this.image.scratchBytes),
      status: this.workspace.ensure('status', 16),
    };
  }

  /** The module's bytes in the heap, where the workers find them. */
  #publish(): Block {
    const block = this.heap.allocate(this.image.bytes.length);
    this.heap.write(block.pointer, this.image.bytes);
    this.#blocks.push(block);
    return block;
  }

  dispose(): void {
    dropped.unregister(this);
    for (const block of this.#blocks.splice(0)) this.heap.release(block);
  }
}

/** Programs that were collected give their blocks back. */
const dropped = new FinalizationRegistry<{ heap: Heap; blocks: Block[] }>(({ heap, blocks }) => {
  for (const block of blocks) heap.release(block);
});
