import { files } from '#files';
import { optionsOf } from '../../base/options.ts';
import type { EpochRecord } from '../history.ts';
import type { Callback, TrainingRun } from './callback.ts';

export interface LoggerOptions {
  /** Whether what is in the file stays, and the training is added to it. Default: no, it begins anew. */
  readonly append?: boolean;
}

/**
 * Writes the record of each epoch into a file as a line of JSON, as the epochs end; numbers that are not finite become null. A resumed
 * training goes on with the file: it has each epoch once, also where more of them were written before the training was cut off.
 *
 * @throws FileError for a file that cannot be written.
 *
 * @example
 * ```ts
 * import { fit, JSONLinesLogger, nn, optim, zeros } from 'nacre';
 * const model = new nn.Linear(1, 1);
 * const history = await fit(model, [zeros([4, 1]), zeros([4, 1])], {
 *   optimizer: new optim.SGD(model.parameters()), loss: 'mseLoss', epochs: 2, verbose: false,
 *   callbacks: [new JSONLinesLogger('history.jsonl')],
 * });
 * history.records.length; // → 2
 * ```
 */
export class JSONLinesLogger implements Callback {
  readonly #path: string;
  readonly #append: boolean;

  constructor(path: string, options: LoggerOptions = {}) {
    const { append = false } = optionsOf('JSONLinesLogger', options, ['append']);
    this.#path = path;
    this.#append = append;
  }

  async onTrainBegin({ records }: TrainingRun): Promise<void> {
    if (this.#append) return;
    await files.writeFileAtomic(this.#path, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  }

  async onEpochEnd(record: EpochRecord): Promise<void> {
    await files.appendLine(this.#path, JSON.stringify(record));
  }
}
