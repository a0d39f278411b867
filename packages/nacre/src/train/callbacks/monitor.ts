import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import type { EpochRecord } from '../history.ts';

/** What a callback watches. */
export interface MonitorOptions {
  /** A number of the epoch's record. Default: `valLoss`, or `loss` where nothing is validated. */
  readonly monitor?: string;
  /** Whether less or more is better. Default: more for accuracy and other scores (precision, recall, F1, AUC, R²), less for all else. */
  readonly mode?: 'min' | 'max';
  /** A change that is not larger is none. Default 0. */
  readonly minDelta?: number;
}

const scores =
  /(accuracy|precision|recall|specificity|f1(score)?|auc|iou|dice|r2|kappa|correlation|explainedVariance)\d*$/i;

/** Whether more or less of a number is better, as far as its name tells. */
export const modeOf = (name: string): 'min' | 'max' => (scores.test(name) ? 'max' : 'min');

/** Throws an ArgumentError unless a mode is one. */
export function checkMode(op: string, mode: unknown): void {
  if (mode === undefined || mode === 'min' || mode === 'max') return;
  throw new ArgumentError(`mode is 'min' or 'max', got '${String(mode)}'`, { op });
}

/** The number of that name in an epoch's record. Throws an ArgumentError that lists those there are, if it is none of them. */
export function numberOf(op: string, record: EpochRecord, name: string): number {
  const value = record[name];
  if (typeof value === 'number') return value;
  const known = Object.keys(record).filter((key) => typeof record[key] === 'number');
  throw new ArgumentError(`there is no number '${name}' in the record of an epoch`, {
    op,
    hint: `Known are: ${known.join(', ')}`,
  });
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
    checkMode(op, mode);
    if (!(minDelta >= 0)) throw new ArgumentError(`minDelta is zero or more, got ${minDelta}`, { op });
    this.#op = op;
    this.#options = options;
  }

  /** What is watched. Throws an ArgumentError if the record has no such number. */
  read(record: EpochRecord): { name: string; value: number; mode: 'min' | 'max' } {
    const name = this.#options.monitor ?? (record.valLoss === undefined ? 'loss' : 'valLoss');
    const value = numberOf(this.#op, record, name);
    return { name, value, mode: this.#options.mode ?? modeOf(name) };
  }

  /** Whether the record is better than a value, by more than `minDelta`. NaN is never better. */
  exceeds(record: EpochRecord, than: number): boolean {
    const { value, mode } = this.read(record);
    return (mode === 'max' ? value - than : than - value) > (this.#options.minDelta ?? 0);
  }

  /** Whether the record is better than all before; if so it is the best from now on. */
  improves(record: EpochRecord): boolean {
    const { value } = this.read(record);
    const isBetter = this.best === null ? !Number.isNaN(value) : this.exceeds(record, this.best);
    if (isBetter) this.best = value;
    return isBetter;
  }
}
