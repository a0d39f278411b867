import { displayWidth, showClock, showDuration, showMetric, truncate } from 'nacre/terminal';
import type { Terminal } from './terminal.ts';

/** Words of the progress line, in the reader's language. */
export interface ProgressText {
  epoch(epoch: number, epochs: number): string;
  perStep(time: string): string;
  remaining(clock: string): string;
}

/** Where an epoch stands after a step; `loss` and `metrics` are means over the epoch so far. */
export interface StepProgress {
  /** Steps done in this epoch, 1 after the first. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** Mean time of a step. */
  readonly stepMicroseconds: number;
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** What an epoch came to; `numbers` are shown under the names they have here (`loss`, `val_loss`, …). */
export interface EpochSummary {
  readonly stepsPerEpoch: number;
  readonly seconds: number;
  readonly stepMicroseconds: number;
  readonly numbers: Readonly<Record<string, number>>;
}

/** At most 20 redraws a second: smooth to the eye, and nothing beside a training step of 100 µs. */
const redrawMilliseconds = 50;

const barColumns = { least: 6, most: 30 } as const;

/** Columns of the usual times, `1.2 ms`: the bar would jump with every change of unit if the time took just what it needs. */
const steadyWidth = 6;

const clearToEnd = '\x1b[K';

/**
 * The progress of one epoch after another, in Keras's manner.
 *
 * On an interactive terminal `Epoch 1/5` stands over a line that is drawn again and again: `137/250 ━━━━━╸────  92 µs/step
 * loss 0.4123  accuracy 0.8765  0:03 left`. A narrow terminal does without the time left, then without the time of a step, then
 * without metrics. Elsewhere each epoch is one plain line, written when it ends.
 */
export class EpochProgress {
  readonly #terminal: Terminal;
  readonly #text: ProgressText;
  readonly #milliseconds: () => number;
  #title = '';
  #drawn = Number.NEGATIVE_INFINITY;
  #lineIsOpen = false;

  constructor(terminal: Terminal, text: ProgressText, milliseconds: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#text = text;
    this.#milliseconds = milliseconds;
  }

  beginEpoch(epoch: number, epochs: number): void {
    this.#title = this.#text.epoch(epoch, epochs);
    this.#drawn = Number.NEGATIVE_INFINITY;
    if (this.#terminal.interactive) this.#terminal.lines(this.#terminal.palette.bold(this.#title));
  }

  step(progress: StepProgress): void {
    if (!this.#terminal.interactive) return;
    const now = this.#milliseconds();
    if (now - this.#drawn < redrawMilliseconds && progress.step < progress.stepsPerEpoch) return;
    this.#drawn = now;
    const secondsPerStep = progress.stepMicroseconds / 1e6;
    const time = this.#text.perStep(showDuration(secondsPerStep).padStart(steadyWidth));
    const numbers = showNumbers({ loss: progress.loss, ...progress.metrics });
    const left = this.#text.remaining(showClock(secondsPerStep * (progress.stepsPerEpoch - progress.step)));
    this.#redraw(
      this.#composeShortened(progress.step, progress.stepsPerEpoch, [
        [time, ...numbers, left],
        [time, ...numbers],
        ...numbers.map((_, dropped) => numbers.slice(0, numbers.length - dropped)),
      ]),
    );
  }

  endEpoch(summary: EpochSummary): void {
    const { stepsPerEpoch, seconds, stepMicroseconds } = summary;
    const numbers = [
      showDuration(seconds),
      this.#text.perStep(showDuration(stepMicroseconds / 1e6)),
      ...showNumbers(summary.numbers),
    ];
    if (!this.#terminal.interactive) {
      this.#terminal.lines([this.#title, `${stepsPerEpoch}/${stepsPerEpoch}`, ...numbers].join('  '));
      return;
    }
    this.#redraw(this.#composeWhole(stepsPerEpoch, numbers));
    this.leave();
  }

  /** Ends the line that is being redrawn, so that what is written next starts on its own line. */
  leave(): void {
    if (this.#lineIsOpen) this.#terminal.write('\n');
    this.#lineIsOpen = false;
  }

  #redraw(line: string): void {
    this.#terminal.write(`\r${line}${clearToEnd}`);
    this.#lineIsOpen = true;
  }

  /** Writing into the last column wraps on some terminals. */
  get #columns(): number {
    return this.#terminal.columns - 1;
  }

  /** The first choice of numbers that leaves room for a bar. Where even the last, the shortest, does not, that is cut. */
  #composeShortened(done: number, total: number, choices: readonly (readonly string[])[]): string {
    for (const numbers of choices) {
      const line = this.#compose(done, total, numbers);
      if (line !== undefined) return line;
    }
    return truncate([showSteps(done, total), ...choices[choices.length - 1]].join('  '), this.#columns);
  }

  /** All numbers of an epoch that has ended, in several lines if they must be; a full bar says nothing then. */
  #composeWhole(total: number, numbers: readonly string[]): string {
    return this.#compose(total, total, numbers) ?? fold([showSteps(total, total), ...numbers], this.#columns);
  }

  /** Count, bar and numbers in one line, the bar as long as there is room for; `undefined` where there is too little. */
  #compose(done: number, total: number, numbers: readonly string[]): string | undefined {
    const count = showSteps(done, total);
    const room = this.#columns - displayWidth([count, '', ...numbers].join('  ')) + 1;
    if (room < barColumns.least) return undefined;
    return [`${count} ${this.#bar(done / total, Math.min(room, barColumns.most))}`, ...numbers].join('  ');
  }

  #bar(fraction: number, columns: number): string {
    const { green, dim } = this.#terminal.palette;
    const halfColumns = Math.round(Math.min(1, fraction) * columns * 2);
    const filled = halfColumns >> 1;
    const half = halfColumns & 1;
    return green('━'.repeat(filled) + '╸'.repeat(half)) + dim('─'.repeat(columns - filled - half));
  }
}

const showSteps = (done: number, total: number): string =>
  `${String(done).padStart(String(total).length)}/${total}`;

const showNumbers = (numbers: Readonly<Record<string, number>>): string[] =>
  Object.entries(numbers).map(([name, value]) => `${name} ${showMetric(value)}`);

/** Segments in as many lines as they need, the later lines indented under the first. */
function fold(segments: readonly string[], columns: number): string {
  const lines: string[] = [];
  let line = '';
  for (const segment of segments) {
    const longer = line === '' ? segment : `${line}  ${segment}`;
    if (line.trim() !== '' && displayWidth(longer) > columns) {
      lines.push(line);
      line = `  ${segment}`;
    } else {
      line = longer;
    }
  }
  return [...lines, line].join(`${clearToEnd}\n`);
}
