import { workers } from '#workers';
import { dtypes, type TypedArray } from '../base/dtype.ts';
import { DataError } from '../base/errors.ts';
import { sizeOf } from '../base/shape.ts';
import type { WorkerThread } from '../io/workers.ts';
import type { AsyncDataset, Example } from './dataset.ts';
import type { Field } from './field.ts';
import type { DatasetModule } from './module-dataset.ts';
import type { ExampleSource } from './source.ts';
import { workerScript } from './worker-script.ts';

/** The numbers of a batch, as the data set keeps them. */
export interface BatchArrays {
  readonly inputs: TypedArray;
  readonly targets: TypedArray | null;
  readonly weights: Float32Array | null;
}

/** A batch, or the examples it is to be made of. */
export type Gathered = { readonly batch: BatchArrays } | { readonly examples: readonly Example[] };

/** Makes the examples of several batches at once. */
export interface Gatherer {
  gather(indices: Int32Array, epoch: number): Promise<Gathered>;
  /** Ends what works for it. It starts again when it is asked again. */
  close(): void;
}

const failed = (index: number | undefined, reason: string, cause: unknown, where = ''): DataError =>
  new DataError(
    index === undefined
      ? `the data set failed${where}: ${reason}`
      : `example ${index} failed${where}: ${reason}`,
    { op: 'DataLoader', cause },
  );

/** Asks a data set whose `get` gives promises for all examples of a batch at once. */
export class PromiseGatherer implements Gatherer {
  readonly #dataset: AsyncDataset;

  constructor(dataset: AsyncDataset) {
    this.#dataset = dataset;
  }

  async gather(indices: Int32Array, epoch: number): Promise<Gathered> {
    const examples = await Promise.all(
      Array.from(indices, async (index) => {
        try {
          return await this.#dataset.get(index, epoch);
        } catch (cause) {
          throw failed(index, cause instanceof Error ? cause.message : String(cause), cause);
        }
      }),
    );
    return { examples };
  }

  close(): void {}
}

/** What a thread answers. */
interface Answer {
  readonly id: number;
  readonly batch?: BatchArrays;
  readonly examples?: readonly Example[];
  readonly index?: number;
  readonly failure?: { readonly name: string; readonly message: string; readonly stack: string };
}

interface Waiting {
  readonly thread: number;
  resolve(gathered: Gathered): void;
  reject(error: Error): void;
}

/** Has threads make batches, one after the other in turn; each makes the data set for itself. */
export class WorkerGatherer implements Gatherer {
  readonly #module: DatasetModule;
  readonly #count: number;
  readonly #source: ExampleSource | null;
  #threads: WorkerThread[] = [];
  #asked = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** @param source How examples are copied, where the data set does so. */
  constructor(module: DatasetModule, count: number, source: ExampleSource | null) {
    this.#module = module;
    this.#count = count;
    this.#source = source;
  }

  gather(indices: Int32Array, epoch: number): Promise<Gathered> {
    if (this.#threads.length === 0) this.#start();
    const id = this.#asked++;
    const thread = id % this.#count;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { thread, resolve, reject });
      this.#threads[thread].hold(true);
      this.#threads[thread].post({
        id,
        module: this.#module,
        indices,
        epoch,
        inputs: this.#source && roomFor(this.#source.input),
        targets: this.#source?.target ? roomFor(this.#source.target) : null,
        isWeighted: this.#source?.weighted ?? false,
      });
    });
  }

  #start(): void {
    this.#threads = Array.from({ length: this.#count }, () =>
      workers.start(workerScript, {
        onMessage: (message) => this.#answer(message as Answer),
        onFailure: (error) => this.#end(failed(undefined, error.message, error, ' in a worker')),
      }),
    );
  }

  #answer({ id, batch, examples, index, failure }: Answer): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return; // asked before `close`
    this.#waiting.delete(id);
    const isIdle = ![...this.#waiting.values()].some(({ thread }) => thread === waiting.thread);
    if (isIdle) this.#threads[waiting.thread].hold(false);
    if (failure) {
      const cause = Object.assign(new Error(failure.message), { name: failure.name, stack: failure.stack });
      waiting.reject(failed(index, failure.message, cause, ' in a worker'));
    } else waiting.resolve(batch ? { batch } : { examples: examples! });
  }

  close(): void {
    this.#end(failed(undefined, 'the loader was closed', undefined));
  }

  /** Ends the threads, and all that waits for them with an error. */
  #end(error: Error): void {
    for (const thread of this.#threads) thread.terminate();
    this.#threads = [];
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }
}

const roomFor = ({ stored, shape }: Field): { array: string; size: number } => ({
  array: dtypes[stored].array.name,
  size: sizeOf(shape),
});
