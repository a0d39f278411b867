import { byteSize, type DType, dtypes, type TypedArray } from '../base/dtype.ts';
import { MemoryError } from '../base/errors.ts';
import type { Platform } from './platform.ts';

const pageBytes = 65536;
/** 4 GiB less one page: the most that 32-bit addresses reach. */
const maximumPages = 65535;
const initialPages = 256;
/** A cache line: a vector of 512 bits that begins elsewhere lies in two. */
const lineBytes = 64;
/** Blocks of at least so many bytes begin a cache line. */
export const leastOnLine = 256;
/** Bytes at the start that belong to the thread pool. Address 0 is never given out. */
export const controlBytes = 4096;

/** A piece of the heap. `bytes` is the size of its class, at least what was asked for. */
export interface Block {
  readonly pointer: number;
  readonly bytes: number;
}

/** A program that runs on another thread. Until it has ended it owns the heap: whoever wants to read or write there waits. */
export interface Job {
  readonly ended: Promise<void>;
  /** Waits on this thread. */
  wait(): void;
  /** Once it has ended: throws what went wrong in it. */
  conclude(): void;
}

/**
 * All memory of the CPU devices: one WebAssembly memory, shared between threads where the platform allows.
 * Blocks come in size classes, four to each power of two, and are reused by class; a fresh block is cut from the end, at the start of a
 * cache line if it fills lines (as all of `leastOnLine` bytes or more do), else at a multiple of 16.
 */
export class Heap {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  readonly maximumPages: number;
  #top = controlBytes;
  readonly #free = new Map<number, number[]>();
  /** Bytes in blocks that are held. */
  liveBytes = 0;
  /** Bytes and blocks handed out since the collector last had its turn. */
  #recentBytes = 0;
  #recentBlocks = 0;
  #job: Job | null = null;

  constructor(private readonly platform: Platform) {
    this.shared = platform.sharedMemory;
    [this.memory, this.maximumPages] = createMemory(this.shared);
  }

  /** Gives the heap to a job; there is none before it. */
  lend(job: Job): void {
    this.settle();
    this.#job = job;
  }

  /** Whether a job is under way, or has ended unnoticed. */
  get isLent(): boolean {
    return this.#job !== null;
  }

  /** Waits on this thread for the job under way. Throws what went wrong in it. */
  settle(): void {
    const job = this.#job;
    if (!job) return;
    job.wait();
    this.#end(job);
  }

  #end(job: Job): void {
    this.#job = null;
    job.conclude();
  }

  /** The same while the event loop goes on. */
  async idle(): Promise<void> {
    while (this.#job) {
      const job = this.#job;
      await job.ended;
      if (this.#job === job) this.#end(job);
    }
  }

  /** Bytes from the start of the heap to the end of what was ever in use. */
  get usedBytes(): number {
    return this.#top;
  }

  allocate(bytes: number): Block {
    const size = classSize(bytes);
    this.liveBytes += size;
    this.#recentBytes += size;
    this.#recentBlocks++;
    const reusable = this.#free.get(size)?.pop();
    if (reusable !== undefined) return { pointer: reusable, bytes: size };
    if (size % lineBytes === 0) this.#skipTo(Math.ceil(this.#top / lineBytes) * lineBytes);
    if (this.#top + size > this.memory.buffer.byteLength) this.#grow(size);
    const pointer = this.#top;
    this.#top += size;
    return { pointer, bytes: size };
  }

  /** Moves the end on; what lies between becomes a free block. */
  #skipTo(start: number): void {
    const bytes = start - this.#top;
    if (bytes === 0) return;
    this.#keepFree({ pointer: this.#top, bytes });
    this.#top = start;
  }

  release(block: Block): void {
    this.liveBytes -= block.bytes;
    this.#keepFree(block);
  }

  #keepFree({ pointer, bytes }: Block): void {
    const list = this.#free.get(bytes);
    if (list) list.push(pointer);
    else this.#free.set(bytes, [pointer]);
  }

  #grow(size: number): void {
    const present = this.memory.buffer.byteLength;
    const missing = Math.ceil((this.#top + size - present) / pageBytes);
    const room = this.maximumPages - present / pageBytes;
    // A quarter more than is needed, so that growing stays rare.
    const generous = Math.min(Math.max(missing, Math.ceil(present / pageBytes / 4)), room);
    for (const pages of [generous, missing]) {
      if (pages < missing) continue;
      try {
        this.memory.grow(pages);
        return;
      } catch (cause) {
        if (pages === missing) throw this.#outOfMemory(size, cause);
      }
    }
    throw this.#outOfMemory(size);
  }

  #outOfMemory(size: number, cause?: unknown): MemoryError {
    const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
    return new MemoryError(`no room for ${mib(size)} more: ${mib(this.liveBytes)} of tensors are held`, {
      op: 'allocate',
      hint: 'Use a smaller batch, or give tensors back with dispose()',
      cause,
    });
  }

  /**
   * Whether dropped tensors may hold much memory: JavaScript's collector does not see the heap, so after this much it is
   * asked to look.
   */
  get underPressure(): boolean {
    return this.#recentBytes > pressureBytes || this.#recentBlocks > pressureBlocks;
  }

  /** Lets the collector find dropped tensors and the finalizers give their blocks back. */
  async relieve(): Promise<void> {
    this.#recentBytes = 0;
    this.#recentBlocks = 0;
    this.platform.collectGarbage();
    await this.platform.turn();
  }

  /** The elements at an address, seen in place: valid until the memory grows. */
  view(dtype: DType, pointer: number, length: number): TypedArray {
    this.settle();
    return new dtypes[dtype].array(this.memory.buffer, pointer, length);
  }

  /** A copy of the elements at an address. */
  read(dtype: DType, pointer: number, length: number): TypedArray {
    this.settle();
    const copy = new ArrayBuffer(byteSize(dtype, length));
    new Uint8Array(copy).set(new Uint8Array(this.memory.buffer, pointer, copy.byteLength));
    return new dtypes[dtype].array(copy, 0, length);
  }

  write(pointer: number, data: TypedArray): void {
    this.settle();
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    new Uint8Array(this.memory.buffer, pointer, data.byteLength).set(bytes);
  }
}

/** After this many bytes or blocks the collector gets a turn: about 5 ms in several hundred of work. */
const pressureBytes = 128 * 2 ** 20;
const pressureBlocks = 8_000;

function createMemory(shared: boolean): [WebAssembly.Memory, number] {
  // Some browsers refuse to reserve the whole range, so it is halved until they agree.
  for (let maximum = maximumPages; ; maximum = Math.floor(maximum / 2)) {
    try {
      return [new WebAssembly.Memory({ initial: initialPages, maximum, shared }), maximum];
    } catch (cause) {
      if (maximum < initialPages * 2) {
        throw new MemoryError('this platform gives no WebAssembly memory', { op: 'heap', cause });
      }
    }
  }
}

/** Sizes are rounded up to 16 bytes, then to a quarter of a power of two: at most 25 % goes unused. */
export function classSize(bytes: number): number {
  if (bytes <= 64) return Math.max(16, Math.ceil(bytes / 16) * 16);
  const step = 2 ** (Math.floor(Math.log2(bytes - 1)) - 2);
  return Math.ceil(bytes / step) * step;
}
