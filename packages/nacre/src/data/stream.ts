import { DataError } from '../base/errors.ts';
import { type Batch, BatchReader } from './batches.ts';
import type { Dataset, Example } from './dataset.ts';
import { type ExampleSource, readingSource } from './source.ts';

/** A batch with its elements as the data set keeps them, and how its examples are read. */
export interface StoredBatch {
  readonly source: ExampleSource;
  readonly batch: Batch;
}

/** The part of a stream that is in memory, under the indices the examples have in the whole. */
class StreamWindow implements Dataset {
  readonly length = Number.POSITIVE_INFINITY;
  begin = 0;
  examples: readonly Example[] = [];

  get(index: number): Example {
    return this.examples[index - this.begin];
  }
}

/** Batches of examples that come one after the other. The next is gathered while the last is worked on. */
export async function* streamedBatches(
  op: string,
  examples: AsyncGenerator<Example>,
  batchSize: number,
  needsTargets = true,
): AsyncGenerator<StoredBatch> {
  const gather = async (): Promise<Example[]> => {
    const gathered: Example[] = [];
    while (gathered.length < batchSize) {
      const { done, value } = await examples.next();
      if (done) break;
      gathered.push(value);
    }
    return gathered;
  };
  const window = new StreamWindow();
  let reader: BatchReader | undefined;
  let next = gather();
  try {
    for (;;) {
      const gathered = await next;
      if (gathered.length === 0) break;
      next = gather();
      next.catch(() => {}); // where the walk ends before, nobody asks for it; otherwise it is awaited above, and throws there
      window.begin += window.examples.length;
      window.examples = gathered;
      reader ??= openStream(op, window, batchSize, needsTargets);
      const order = Int32Array.from(gathered, (_, place) => window.begin + place);
      yield { source: reader.source, batch: reader.read(order, 0) };
    }
    if (!reader) throw new DataError('there are no examples', { op, hint: 'The generator yielded nothing' });
  } finally {
    await examples.return(undefined);
  }
}

/** The first example shows what all look like. */
function openStream(op: string, window: StreamWindow, batchSize: number, needsTargets: boolean): BatchReader {
  const source = readingSource(op, window);
  if (needsTargets && !source.target) throw new DataError('the data set has no targets', { op });
  return new BatchReader(source, batchSize, batchSize);
}
