import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { getRngState } from '../tensor/generator.ts';
import { checkSeed, checkWhole } from './checks.ts';
import type { Example } from './dataset.ts';
import { uniforms } from './order.ts';

export interface IterableDatasetOptions {
  /** Number of examples, where it is known: the loader then has a length. Default: unknown. */
  readonly length?: number;
  /** Examples held in memory to draw the next one from: the larger, the better mixed. Default 0: the order stays. */
  readonly shuffleBuffer?: number;
  /** Decides what is drawn. Default: the seed of `manualSeed` when the data set is made. */
  readonly seed?: number;
}

/** Makes the examples of an epoch: a generator function, of either kind. */
export type ExampleGenerator = (epoch: number) => Iterable<Example> | AsyncIterable<Example>;

/**
 * Examples that come one after the other, such as the lines of a file larger than memory. `make` is called for each epoch anew.
 * A DataLoader takes it, and reads the next batch while the last is worked on.
 *
 * @throws ArgumentError if what is given is no function, or options do not fit.
 *
 * @example
 * ```ts
 * import { DataLoader, IterableDataset } from 'nacre';
 * const squares = new IterableDataset(function* () {
 *   for (let i = 0; i < 5; i++) yield [[i], i * i];
 * });
 * const targets: unknown[] = [];
 * for await (const [, y] of new DataLoader(squares, { batchSize: 2 })) targets.push(await y.tolist());
 * targets; // → [[0, 1], [4, 9], [16]]
 * ```
 */
export class IterableDataset {
  /** Number of examples, if it is known. */
  readonly length: number | undefined;
  readonly #make: ExampleGenerator;
  readonly #buffer: number;
  readonly #seed: number;

  constructor(make: ExampleGenerator, options: IterableDatasetOptions = {}) {
    const op = 'IterableDataset';
    const {
      length,
      shuffleBuffer = 0,
      seed = getRngState().seed,
    } = optionsOf(op, options, ['length', 'shuffleBuffer', 'seed']);
    if (typeof make !== 'function') {
      throw new ArgumentError(`a generator function makes the examples, got ${typeof make}`, {
        op,
        hint: 'Give a function*: an iterator alone ends with its first epoch',
      });
    }
    if (length !== undefined) checkWhole(op, 'length', length, 1);
    checkWhole(op, 'shuffleBuffer', shuffleBuffer, 0);
    checkSeed(op, seed);
    this.length = length;
    this.#make = make;
    this.#buffer = shuffleBuffer;
    this.#seed = seed;
  }

  /** The examples of an epoch, in its order. */
  async *examples(epoch = 0): AsyncGenerator<Example> {
    const made = this.#make(epoch);
    yield* this.#buffer > 1 ? mixed(made, this.#buffer, uniforms(this.#seed, epoch)) : made;
  }

  /** The same examples, each changed by a function. */
  map(change: (example: Example) => Example | Promise<Example>): IterableDataset {
    const examples = (epoch: number) => this.examples(epoch);
    return new IterableDataset(
      async function* (epoch) {
        for await (const example of examples(epoch)) yield await change(example);
      },
      { length: this.length },
    );
  }

  /** Those examples of which a function is true. */
  filter(keep: (example: Example) => boolean | Promise<boolean>): IterableDataset {
    const examples = (epoch: number) => this.examples(epoch);
    return new IterableDataset(async function* (epoch) {
      for await (const example of examples(epoch)) if (await keep(example)) yield example;
    });
  }
}

/** Examples drawn from a buffer that is filled up from the stream, and emptied in random order at its end. */
async function* mixed(
  stream: Iterable<Example> | AsyncIterable<Example>,
  size: number,
  next: () => number,
): AsyncGenerator<Example> {
  const buffer: Example[] = [];
  for await (const example of stream) {
    if (buffer.length < size) {
      buffer.push(example);
      continue;
    }
    const chosen = Math.floor(next() * size);
    yield buffer[chosen];
    buffer[chosen] = example;
  }
  while (buffer.length > 0) {
    const chosen = Math.floor(next() * buffer.length);
    yield buffer[chosen];
    buffer[chosen] = buffer[buffer.length - 1];
    buffer.pop();
  }
}
