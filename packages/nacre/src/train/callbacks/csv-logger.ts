import { files } from '#files';
import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import type { EpochRecord } from '../history.ts';
import type { Callback, TrainingRun } from './callback.ts';
import type { LoggerOptions } from './json-lines-logger.ts';

export interface CSVLoggerOptions extends LoggerOptions {
  /** What stands between two numbers. Default ','. */
  readonly separator?: string;
}

/**
 * Writes the numbers of each epoch into a CSV file as the epochs end. A resumed training goes on with the file: it has each epoch once,
 * also where more of them were written before the training was cut off. With `append` the lines are added to those that are there, in their
 * columns; a number that an epoch has not is left empty.
 *
 * @throws FileError for a file that cannot be written; ArgumentError for a separator that is not one character.
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
  readonly #append: boolean;
  readonly #separator: string;
  /** Names of the columns of the file; null before there is a heading. */
  #columns: readonly string[] | null = null;

  constructor(path: string, options: CSVLoggerOptions = {}) {
    const { append = false, separator = ',' } = optionsOf('CSVLogger', options, ['append', 'separator']);
    if (separator.length !== 1 || /["\n\r.\w-]/.test(separator)) {
      throw new ArgumentError(
        `a separator is one character such as ',' or ';', got ${JSON.stringify(separator)}`,
        {
          op: 'CSVLogger',
        },
      );
    }
    this.#path = path;
    this.#append = append;
    this.#separator = separator;
  }

  async onTrainBegin({ records }: TrainingRun): Promise<void> {
    this.#columns = null;
    if (this.#append) {
      if (!(await files.fileExists(this.#path))) return;
      const [heading] = new TextDecoder().decode(await files.readFile(this.#path)).split('\n', 1);
      if (heading) this.#columns = heading.trimEnd().split(this.#separator);
      return;
    }
    await files.writeFileAtomic(this.#path, '');
    for (const record of records) await this.onEpochEnd(record);
  }

  async onEpochEnd(record: EpochRecord): Promise<void> {
    if (!this.#columns) {
      this.#columns = Object.keys(record).filter((name) => typeof record[name] === 'number');
      await files.appendLine(this.#path, this.#columns.join(this.#separator));
    }
    const line = this.#columns.map((name) => record[name] ?? '').join(this.#separator);
    await files.appendLine(this.#path, line);
  }
}
