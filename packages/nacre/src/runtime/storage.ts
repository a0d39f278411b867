import type { DType, TypedArray } from '../base/dtype.ts';
import { byteSize } from '../base/dtype.ts';
import { MemoryError } from '../base/errors.ts';
import type { Block, Heap } from './heap.ts';

/** Elements in the heap, given back when the last tensor that shows them is dropped or disposed. */
export class Storage {
  #block: Block | null;

  constructor(
    private readonly heap: Heap,
    readonly dtype: DType,
    readonly length: number,
  ) {
    this.#block = heap.allocate(byteSize(dtype, length));
    dropped.register(this, { heap, block: this.#block }, this);
  }

  get pointer(): number {
    if (!this.#block) {
      throw new MemoryError('this tensor was disposed, its elements are gone', {
        op: 'tensor',
        hint: 'Dispose a tensor only after its last use',
      });
    }
    return this.#block.pointer;
  }

  get disposed(): boolean {
    return this.#block === null;
  }

  read(): TypedArray {
    return this.heap.read(this.dtype, this.pointer, this.length);
  }

  write(data: TypedArray): void {
    this.heap.write(this.pointer, data);
  }

  dispose(): void {
    if (!this.#block) return;
    dropped.unregister(this);
    this.heap.release(this.#block);
    this.#block = null;
  }
}

const dropped = new FinalizationRegistry<{ heap: Heap; block: Block }>(({ heap, block }) =>
  heap.release(block),
);
