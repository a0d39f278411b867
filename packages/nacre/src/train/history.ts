import { ArgumentError, FormatError } from '../base/errors.ts';
import { checkMode, modeOf } from './callbacks/monitor.ts';
import { readNumber, writeNumber } from './json-numbers.ts';
import type { TrainingState } from './training-state.ts';

/**
 * What an epoch came to: means over its examples, in the order they were seen, so while the model changed. Metrics stand beside
 * the loss under their names, and with `val` before them for the validation data: `accuracy`, `valAccuracy`.
 */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy?: number;
  readonly valLoss?: number;
  readonly valAccuracy?: number;
  /** Learning rate at its end. */
  readonly lr: number;
  /** Time of the whole epoch, validation included, in seconds. */
  readonly seconds: number;
  /** Mean time of a training step, in microseconds; steps that made a program are not counted. If all did: that of the last. */
  readonly stepMicroseconds: number;
  /** What is wrong with the numbers, if something is. */
  readonly warning?: string;
  readonly [name: string]: number | string | undefined;
}

/** What of a history JSON holds. */
interface PlainHistory {
  readonly records: readonly EpochRecord[];
  readonly interrupted: boolean;
  readonly stopped?: string;
}

/**
 * What a training came to: records, and in Keras's manner the same as columns.
 *
 * @example
 * ```ts
 * import { fit, History, nn, optim, zeros } from 'nacre';
 * const model = new nn.Linear(1, 1);
 * const history = await fit(model, [zeros([4, 1]), zeros([4, 1])], {
 *   optimizer: new optim.SGD(model.parameters(), { lr: 0 }), loss: 'mseLoss', epochs: 3, verbose: false,
 * });
 * history.loss.length; // → 3
 * history.get('lr'); // → [0, 0, 0]
 * history.best('loss').epoch; // → 1
 * Object.keys(history.toObject()); // → ['epoch', 'loss', 'lr', 'seconds', 'stepMicroseconds']
 * const kept = History.fromJSON(JSON.stringify(history));
 * kept.loss.length; // → 3
 * history.toString().split('\n').length; // → 4
 * ```
 */
export class History {
  readonly #state: TrainingState | undefined;

  constructor(
    /** One for each epoch that was finished. */
    readonly records: readonly EpochRecord[],
    /** Whether the signal asked it to end. */
    readonly interrupted: boolean,
    /** Why a callback ended it, if one did. */
    readonly stopped: string | undefined,
    state?: TrainingState,
  ) {
    this.#state = state;
  }

  /** Everything that is needed to go on from here. Throws an ArgumentError for a history that was read from JSON, which has none. */
  get state(): TrainingState {
    if (this.#state) return this.#state;
    throw new ArgumentError('a history that was read from JSON has no state to go on from', {
      op: 'History.state',
      hint: 'Keep it beside: await history.state.save(path), later TrainingState.load(path)',
    });
  }

  /** The values of one number, epoch by epoch; NaN where it was not measured. */
  get(name: string): number[] {
    return this.records.map((record) => {
      const value = record[name];
      return typeof value === 'number' ? value : Number.NaN;
    });
  }

  get loss(): number[] {
    return this.get('loss');
  }

  get accuracy(): number[] {
    return this.get('accuracy');
  }

  get valLoss(): number[] {
    return this.get('valLoss');
  }

  get valAccuracy(): number[] {
    return this.get('valAccuracy');
  }

  /** Names of all numbers, in the order they first appear. */
  get names(): string[] {
    const names = this.records.flatMap((record) =>
      Object.keys(record).filter((name) => typeof record[name] === 'number'),
    );
    return [...new Set(names)];
  }

  /** All numbers as lists by their names, as Keras's `history.history`. */
  toObject(): Record<string, number[]> {
    return Object.fromEntries(this.names.map((name) => [name, this.get(name)]));
  }

  /**
   * The record of the epoch in which a number was best, the first of several; NaN never is.
   *
   * @param name default `valLoss`, or `loss` where nothing was validated.
   * @param mode whether less or more is better. Default: more for accuracy and other scores, less for all else.
   * @throws ArgumentError if no epoch has such a number.
   */
  best(name?: string, mode?: 'min' | 'max'): EpochRecord {
    const op = 'History.best';
    checkMode(op, mode);
    const watched = name ?? (this.names.includes('valLoss') ? 'valLoss' : 'loss');
    const values = this.get(watched);
    const sign = (mode ?? modeOf(watched)) === 'max' ? -1 : 1;
    let best = -1;
    values.forEach((value, i) => {
      if (!Number.isNaN(value) && (best < 0 || sign * value < sign * values[best])) best = i;
    });
    if (best >= 0) return this.records[best];
    throw new ArgumentError(`no epoch has a number '${watched}'`, {
      op,
      hint: this.records.length > 0 ? `Known are: ${this.names.join(', ')}` : 'No epoch was finished',
    });
  }

  /** What `JSON.stringify` writes: records, and how it ended. Numbers that are not finite are kept too; the state is not part of it. */
  toJSON(): object {
    const { records, interrupted, stopped } = this;
    return {
      records: records.map((record) =>
        Object.fromEntries(Object.entries(record).map(([name, value]) => [name, writeNumber(name, value)])),
      ),
      interrupted,
      stopped,
    };
  }

  /**
   * Reads what `JSON.stringify(history)` wrote, as text or already parsed.
   *
   * @throws FormatError for something else.
   */
  static fromJSON(json: string | object): History {
    const op = 'History.fromJSON';
    const refuse = (why: string, cause?: unknown): FormatError =>
      new FormatError(why, { op, cause, hint: 'Give what JSON.stringify(history) wrote' });
    let value: unknown;
    try {
      value = JSON.parse(typeof json === 'string' ? json : JSON.stringify(json), readNumber);
    } catch (cause) {
      throw refuse('this is no JSON', cause);
    }
    const { records, interrupted, stopped } = (value ?? {}) as Partial<PlainHistory>;
    const isSound =
      Array.isArray(records) &&
      records.every((record) => typeof record?.epoch === 'number' && typeof record.loss === 'number') &&
      typeof interrupted === 'boolean' &&
      (stopped === undefined || typeof stopped === 'string');
    if (!isSound) throw refuse('this is no history');
    return new History(records, interrupted, stopped);
  }

  /** A table as text: a line for each epoch under a heading. */
  toString(): string {
    const { names } = this;
    const show = (name: string, value: number | string | undefined): string => {
      if (typeof value !== 'number') return '';
      if (Number.isInteger(value) || !Number.isFinite(value)) return String(value);
      if (name === 'seconds') return value.toFixed(1);
      return name === 'stepMicroseconds' ? value.toFixed(0) : String(Number(value.toPrecision(4)));
    };
    const rows = [names, ...this.records.map((record) => names.map((name) => show(name, record[name])))];
    const widths = names.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
    return rows.map((row) => row.map((cell, column) => cell.padStart(widths[column])).join('  ')).join('\n');
  }
}

/** `valLoss` for `loss`. */
export const validationName = (name: string): string => `val${name[0].toUpperCase()}${name.slice(1)}`;
