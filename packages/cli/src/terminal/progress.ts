import { showClock, showDuration, showMetric } from './format.ts';
import type { Terminal } from './terminal.ts';
import { displayWidth, truncate } from './width.ts';

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
 * loss 0.4123  accuracy 0.8765  0:03 left`. Elsewhere each epoch is one plain line, written when it ends.
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
    const numbers = [
      this.#text.perStep(showDuration(secondsPerStep).padStart(steadyWidth)),
      ...showNumbers({ loss: progress.loss, ...progress.metrics }),
      this.#text.remaining(showClock(secondsPerStep * (progress.stepsPerEpoch - progress.step))),
    ];
    this.#redraw(this.#compose(progress.step, progress.stepsPerEpoch, numbers));
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
    this.#redraw(this.#compose(stepsPerEpoch, stepsPerEpoch, numbers, true));
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

  /** Count, bar and numbers. The bar takes what room is left; a line that would still wrap is cut, or folded if it is the last. */
  #compose(done: number, total: number, numbers: readonly string[], last = false): string {
    const columns = this.#terminal.columns - 1; // writing into the last column wraps on some terminals
    const count = `${String(done).padStart(String(total).length)}/${total}`;
    const room = columns - displayWidth([count, '', ...numbers].join('  ')) + 1;
    if (room >= barColumns.least) {
      return [`${count} ${this.#bar(done / total, Math.min(room, barColumns.most))}`, ...numbers].join('  ');
    }
    const segments = [count, ...numbers];
    return last ? fold(segments, columns) : truncate(segments.join('  '), columns);
  }

  #bar(fraction: number, columns: number): string {
    const { green, dim } = this.#terminal.palette;
    const halfColumns = Math.round(Math.min(1, fraction) * columns * 2);
    const filled = halfColumns >> 1;
    const half = halfColumns & 1;
    return green('━'.repeat(filled) + '╸'.repeat(half)) + dim('─'.repeat(columns - filled - half));
  }
}

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
