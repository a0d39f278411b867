import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import type { EpochRecord } from '../history.ts';

/** What a callback watches. */
export interface MonitorOptions {
  /** A number of the epoch's record. Default: `valLoss`, or `loss` where nothing is validated. */
  readonly monitor?: string;
  /** Whether less or more is better. Default: more for what is called accuracy, less for all else. */
  readonly mode?: 'min' | 'max';
  /** A change that is not larger is none. Default 0. */
  readonly minDelta?: number;
}

/** Watches a number of the records for its best value. */
export class Monitor {
  best: number | null = null;
  readonly #op: string;
  readonly #options: MonitorOptions;

  /** @param own names of the callback's further options; others are refused. */
  constructor(op: string, options: MonitorOptions, own: readonly string[] = []) {
    optionsOf(op, options, [...own, 'monitor', 'mode', 'minDelta']);
    const { mode, minDelta = 0 } = options;
    if (mode !== undefined && mode !== 'min' && mode !== 'max') {
      throw new ArgumentError(`mode is 'min' or 'max', got '${String(mode)}'`, { op });
    }
    if (!(minDelta >= 0)) throw new ArgumentError(`minDelta is zero or more, got ${minDelta}`, { op });
    this.#op = op;
    this.#options = options;
  }

  /** What is watched. Throws an ArgumentError if the record has no such number. */
  read(record: EpochRecord): { name: string; value: number } {
    const name = this.#options.monitor ?? (record.valLoss === undefined ? 'loss' : 'valLoss');
    const value = record[name];
    if (typeof value === 'number') return { name, value };
    const known = Object.keys(record).filter((key) => typeof record[key] === 'number');
    throw new ArgumentError(`there is no number '${name}' in the record of an epoch`, {
      op: this.#op,
      hint: `Known are: ${known.join(', ')}`,
    });
  }

  /** Whether the record is better than all before; if so it is the best from now on. NaN is never better. */
  improves(record: EpochRecord): boolean {
    const { name, value } = this.read(record);
    const { mode = /accuracy$/i.test(name) ? 'max' : 'min', minDelta = 0 } = this.#options;
    if (Number.isNaN(value)) return false;
    const gain =
      this.best === null ? Number.POSITIVE_INFINITY : mode === 'max' ? value - this.best : this.best - value;
    if (!(gain > minDelta)) return false;
    this.best = value;
    return true;
  }
}
