import type { Callback, EpochRecord, TrainingRun } from 'nacre';
import type { Messages } from '../../packages/cli/src/i18n/index.ts';
import { EpochProgress, type StepProgress } from '../../packages/cli/src/terminal/progress.ts';
import type { Terminal } from '../../packages/cli/src/terminal/terminal.ts';

/** Fields of an epoch's record that are not what the training is about. */
const besides = new Set(['epoch', 'lr', 'seconds', 'stepMicroseconds', 'warning']);

/** Keras's names: whoever comes from there finds them. `valLoss` is `val_loss`. */
const kerasName = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Shows a training in the reader's language, each epoch under the label of its training. */
export class TrainingProgress implements Callback {
  readonly #progress: EpochProgress;

  constructor(terminal: Terminal, text: Messages, label: string) {
    const prefix = label === '' ? '' : `${label} · `;
    this.#progress = new EpochProgress(terminal, {
      ...text.train,
      epoch: (epoch, epochs) => prefix + text.train.epoch(epoch, epochs),
    });
  }

  onEpochBegin(epoch: number, run: TrainingRun): void {
    this.#progress.beginEpoch(epoch, run.epochs);
  }

  onProgress(progress: StepProgress): void {
    this.#progress.step(progress);
  }

  onEpochEnd(record: EpochRecord, run: TrainingRun): void {
    const { seconds, stepMicroseconds } = record;
    const numbers = Object.entries(record).flatMap(([name, value]): [string, number][] =>
      besides.has(name) || typeof value !== 'number' ? [] : [[kerasName(name), value]],
    );
    this.#progress.endEpoch({
      stepsPerEpoch: run.stepsPerEpoch,
      seconds,
      stepMicroseconds,
      numbers: Object.fromEntries(numbers),
    });
  }

  /** Ends the line that is being redrawn, so that what is written next starts on its own line. */
  leave(): void {
    this.#progress.leave();
  }
}
