import { files } from '#files';
import type { EpochRecord } from '../history.ts';
import type { Callback, TrainingRun } from './callback.ts';

/**
 * Writes the numbers of each epoch into a CSV file as the epochs end; a resumed training adds to the file.
 *
 * @example
 * ```ts
 * import { CSVLogger, fit, nn, optim, zeros } from 'nacre';
 * const model = new nn.Linear(1, 1);
 * const history = await fit(model, [zeros([4, 1]), zeros([4, 1])], {
 *   optimizer: new optim.SGD(model.parameters()), loss: 'mseLoss', epochs: 2, verbose: false,
 *   callbacks: [new CSVLogger('history.csv')],
 * });
 * history.loss.length; // → 2
 * ```
 */
export class CSVLogger implements Callback {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async onTrainBegin({ records }: TrainingRun): Promise<void> {
    if (records.length === 0) await files.writeFileAtomic(this.#path, '');
  }

  async onEpochEnd(record: EpochRecord, { records }: TrainingRun): Promise<void> {
    const columns = Object.keys(record).filter((name) => typeof record[name] === 'number');
    if (records.length === 1) await files.appendLine(this.#path, columns.join(','));
    await files.appendLine(this.#path, columns.map((name) => record[name]).join(','));
  }
}
