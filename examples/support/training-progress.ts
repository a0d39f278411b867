import type { Callback, EpochRecord, TrainingRun } from 'nacre';
import { showMetric, truncate } from 'nacre/terminal';
import type { Messages } from '../../packages/cli/src/i18n/index.ts';
import { EpochProgress, type StepProgress } from '../../packages/cli/src/terminal/progress.ts';
import type { Terminal } from '../../packages/cli/src/terminal/terminal.ts';

/** Fields of an epoch's record that are not what the training is about. */
const besides = new Set(['epoch', 'lr', 'seconds', 'stepMicroseconds', 'warning']);

/** Keras's names: whoever comes from there finds them. `valLoss` is `val_loss`. */
const kerasName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const numbersOf = (record: EpochRecord): [name: string, value: number][] =>
  Object.entries(record).flatMap(([name, value]): [string, number][] =>
    besides.has(name) || typeof value !== 'number' ? [] : [[kerasName(name), value]],
  );

/** Shows a training in the reader's language, each epoch under the label of its training, or all of it in one line. */
export class TrainingProgress implements Callback {
  readonly #terminal: Terminal;
  readonly #progress: EpochProgress;
  readonly #title: (epoch: number, epochs: number) => string;
  readonly #brief: boolean;
  /** The line of a brief training, as it stands. */
  #line = '';

  constructor(
    terminal: Terminal,
    { train }: Messages,
    { label, brief }: { readonly label: string; readonly brief: boolean },
  ) {
    const prefix = label === '' ? '' : `${label} · `;
    this.#title = (epoch, epochs) => prefix + train.epoch(epoch, epochs);
    this.#terminal = terminal;
    this.#progress = new EpochProgress(terminal, { ...train, epoch: this.#title });
    this.#brief = brief;
  }

  onEpochBegin(epoch: number, run: TrainingRun): void {
    if (!this.#brief) this.#progress.beginEpoch(epoch, run.epochs);
  }

  onProgress(progress: StepProgress): void {
    if (!this.#brief) this.#progress.step(progress);
  }

  onEpochEnd(record: EpochRecord, run: TrainingRun): void {
    const numbers = numbersOf(record);
    if (this.#brief) {
      const shown = numbers.map(([name, value]) => `${name} ${showMetric(value)}`);
      this.#line = [this.#title(record.epoch, run.epochs), ...shown].join('  ');
      // Writing into the last column wraps on some terminals.
      const { interactive, columns } = this.#terminal;
      if (interactive) this.#terminal.write(`\r${truncate(this.#line, columns - 1)}\x1b[K`);
      return;
    }
    const { seconds, stepMicroseconds } = record;
    this.#progress.endEpoch({
      stepsPerEpoch: run.stepsPerEpoch,
      seconds,
      stepMicroseconds,
      numbers: Object.fromEntries(numbers),
    });
  }

  onTrainEnd(): void {
    if (this.#line === '') return;
    this.#terminal.lines(this.#terminal.interactive ? '' : this.#line);
    this.#line = '';
  }

  /** Ends the line that is being redrawn, so that what is written next starts on its own line. */
  leave(): void {
    this.#progress.leave();
    this.onTrainEnd();
  }
}
