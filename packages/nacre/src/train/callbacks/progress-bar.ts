import { optionsOf } from '../../base/options.ts';
import type { EpochRecord, History } from '../history.ts';
import type { Callback, StepProgress, TrainingRun } from './callback.ts';

export interface ProgressBarOptions {
  /** Takes text; lines end with a line break. Default: standard output, or the console where there is none. */
  readonly write?: (text: string) => void;
  /** Whether the present line may be drawn anew. Default: whether standard output is a terminal. */
  readonly interactive?: boolean;
}

/** The part of Node's `process` that is used here; a browser has none. */
interface Output {
  readonly stdout?: { write(text: string): unknown; readonly isTTY?: boolean };
}

const barColumns = 24;

const show = (numbers: Readonly<Record<string, number>>): string =>
  Object.entries(numbers)
    .map(([name, value]) => `${name} ${value.toPrecision(4)}`)
    .join('  ');

/**
 * Shows a training as text: a bar that grows where lines can be drawn anew, and a line for each epoch.
 *
 * @example
 * ```ts
 * import { fit, nn, optim, ProgressBar, zeros } from 'nacre';
 * const lines: string[] = [];
 * const model = new nn.Linear(1, 1);
 * await fit(model, [zeros([4, 1]), zeros([4, 1])], {
 *   optimizer: new optim.SGD(model.parameters()), loss: 'mseLoss', verbose: false,
 *   callbacks: [new ProgressBar({ write: (text) => lines.push(text), interactive: false })],
 * });
 * lines.join('').includes('loss'); // → true
 * ```
 */
export class ProgressBar implements Callback {
  readonly #write: (text: string) => void;
  readonly #interactive: boolean;
  #epochs = 0;

  constructor(options: ProgressBarOptions = {}) {
    optionsOf('ProgressBar', options, ['write', 'interactive']);
    const { stdout } = (globalThis as { process?: Output }).process ?? {};
    this.#write =
      options.write ?? (stdout ? (text) => void stdout.write(text) : (text) => console.log(text.trimEnd()));
    this.#interactive = options.interactive ?? stdout?.isTTY ?? false;
  }

  onTrainBegin({ epochs }: TrainingRun): void {
    this.#epochs = epochs;
  }

  onProgress({ epoch, step, stepsPerEpoch, loss, metrics }: StepProgress): void {
    if (!this.#interactive) return;
    const filled = Math.round((step / stepsPerEpoch) * barColumns);
    const bar = '━'.repeat(filled) + '─'.repeat(barColumns - filled);
    const count = Number.isFinite(stepsPerEpoch) ? `${step}/${stepsPerEpoch}` : String(step);
    this.#write(`\r${this.#title(epoch)}  ${bar} ${count}  ${show({ loss, ...metrics })}\x1b[K`);
  }

  onEpochEnd({ epoch, warning, seconds, stepMicroseconds, lr: _, ...numbers }: EpochRecord): void {
    const values = Object.entries(numbers).filter(
      (entry): entry is [string, number] => typeof entry[1] === 'number',
    );
    const times = `${seconds.toFixed(1)} s  ${Math.round(stepMicroseconds)} µs/step`;
    const line = `${this.#title(epoch)}  ${times}  ${show(Object.fromEntries(values))}`;
    this.#write(`${this.#interactive ? '\r' : ''}${line}${this.#interactive ? '\x1b[K' : ''}\n`);
    if (warning) this.#write(`warning: ${warning}\n`);
  }

  onTrainEnd({ interrupted, stopped }: History): void {
    if ((interrupted || stopped) && this.#interactive) this.#write('\n');
    if (stopped) this.#write(`stopped: ${stopped}\n`);
  }

  #title(epoch: number): string {
    return `Epoch ${epoch}/${this.#epochs}`;
  }
}
