import { DataError } from '../base/errors.ts';
import { BatchReader, batchOf } from './batches.ts';
import type { Dataset, Example } from './dataset.ts';
import type { Gathered, Gatherer } from './gather.ts';
import { type ExampleSource, readingSource } from './source.ts';
import type { StoredBatch } from './stream.ts';

/** Those examples that were made last, under the indices they have in the whole. */
class GatheredExamples implements Dataset {
  readonly length: number;
  readonly #examples = new Map<number, Example>();

  constructor(length: number) {
    this.length = length;
  }

  hold(indices: Int32Array, examples: readonly Example[]): void {
    this.#examples.clear();
    examples.forEach((example, row) => {
      this.#examples.set(indices[row], example);
    });
  }

  /** Example 0 shows what all look like, where it was not asked for: any. */
  get(index: number): Example {
    return this.#examples.get(index) ?? this.#examples.values().next().value!;
  }
}

/** Makes batches of what was gathered. */
export class Assembler {
  readonly #op: string;
  readonly #source: ExampleSource | null;
  readonly #gathered: GatheredExamples;
  #reader: BatchReader | undefined;

  /** @param source How the data set copies its examples, where it does so. */
  constructor(op: string, length: number, source: ExampleSource | null) {
    this.#op = op;
    this.#source = source;
    this.#gathered = new GatheredExamples(length);
  }

  batch(indices: Int32Array, gathered: Gathered): StoredBatch {
    if ('batch' in gathered) {
      const { inputs, targets, weights } = gathered.batch;
      const source = this.#source!;
      return { source, batch: batchOf(source, indices.length, inputs, targets, weights) };
    }
    this.#gathered.hold(indices, gathered.examples);
    if (!this.#reader || this.#reader.batchSize < indices.length) {
      const source = this.#reader?.source ?? readingSource(this.#op, this.#gathered);
      if (!source.target) throw new DataError('the data set has no targets', { op: this.#op });
      this.#reader = new BatchReader(source, indices.length, indices.length);
    }
    return { source: this.#reader.source, batch: this.#reader.read(indices, 0) };
  }
}

/** The batches of an epoch in their order, `ahead` of them in the making while one is worked on. */
export async function* prefetched(
  batches: Iterable<Int32Array>,
  epoch: number,
  gatherer: Gatherer,
  assembler: Assembler,
  ahead: number,
): AsyncGenerator<StoredBatch> {
  const made: { readonly indices: Int32Array; readonly gathered: Promise<Gathered> }[] = [];
  const left = batches[Symbol.iterator]();
  const fill = (): void => {
    while (made.length < ahead) {
      const { done, value: indices } = left.next();
      if (done) return;
      const gathered = gatherer.gather(indices, epoch);
      gathered.catch(() => {}); // where the walk ends before, nobody asks for it; otherwise it is awaited below, and throws there
      made.push({ indices, gathered });
    }
  };
  let isWhole = false;
  try {
    fill();
    for (let next = made.shift(); next; next = made.shift()) {
      const gathered = await next.gathered;
      fill();
      yield assembler.batch(next.indices, gathered);
    }
    isWhole = true;
  } finally {
    if (!isWhole) gatherer.close();
  }
}
