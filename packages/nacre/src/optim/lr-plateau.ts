import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { countOf, factorOf, LRScheduler, type LRSchedulerState, perGroup } from './lr-scheduler.ts';
import type { Optimizer } from './optimizer.ts';

const plateauOptions = [
  'mode',
  'factor',
  'patience',
  'threshold',
  'thresholdMode',
  'cooldown',
  'minLr',
  'eps',
];

export interface ReduceLROnPlateauOptions {
  /** Whether the metric is better when it is smaller, or when it is larger. Default: 'min'. */
  mode?: 'min' | 'max';
  /** Factor of each fall, below 1. Default: 0.1. */
  factor?: number;
  /** Steps without improvement that are borne; the rate falls at the next one. Default: 10. */
  patience?: number;
  /** How much better than the best a metric must be to count as an improvement. Default: 1e-4. */
  threshold?: number;
  /** Whether `threshold` is a share of the best metric, or a difference from it. Default: 'rel'. */
  thresholdMode?: 'rel' | 'abs';
  /** Steps after a fall in which nothing is counted. Default: 0. */
  cooldown?: number;
  /** The rate never falls below this, one for all groups or a list of one for each. Default: 0. */
  minLr?: number | readonly number[];
  /** A fall that is not larger than this is left out. Default: 1e-8. */
  eps?: number;
}

type Plateau = Required<Omit<ReduceLROnPlateauOptions, 'minLr'>> & { minLrs: readonly number[] };

interface Progress {
  /** The best metric so far; null before there was one. */
  readonly best: number | null;
  readonly badEpochs: number;
  readonly cooldown: number;
}

/**
 * Lowers the rate when the metric given to `step` has not improved for more than `patience` steps, as PyTorch has it. A metric
 * that is not finite is no improvement.
 *
 * Formula: lr ← max(lr·factor, minLr) after more than `patience` steps without improvement
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const sgd = new optim.SGD([new Parameter(tensor([1]))], { lr: 1 });
 * const schedule = new optim.ReduceLROnPlateau(sgd, { patience: 1 });
 * for (const loss of [0.5, 0.5, 0.5]) schedule.step(loss);
 * sgd.lr; // → 0.1
 * ```
 */
export class ReduceLROnPlateau extends LRScheduler<Plateau> {
  /** Set by `first`, which the base class calls: declared, so that no initializer runs after it. */
  declare private progress: Progress;

  /**
   * @param options `mode` 'min', `factor` 0.1, `patience` 10, `threshold` 1e-4, `thresholdMode` 'rel', `cooldown` 0, `minLr` 0, `eps` 1e-8.
   */
  constructor(optimizer: Optimizer, options?: ReduceLROnPlateauOptions) {
    const op = 'ReduceLROnPlateau';
    const {
      mode = 'min',
      factor = 0.1,
      patience = 10,
      threshold = 1e-4,
      thresholdMode = 'rel',
      cooldown = 0,
      minLr = 0,
      eps = 1e-8,
    } = optionsOf(op, options, plateauOptions);
    const oneOf = (name: string, value: string, known: readonly string[]): void => {
      if (known.includes(value)) return;
      throw new ArgumentError(`${name} is '${known.join("' or '")}', got '${value}'`, { op });
    };
    oneOf('mode', mode, ['min', 'max']);
    oneOf('thresholdMode', thresholdMode, ['rel', 'abs']);
    if (factorOf(op, 'factor', factor, 1) === 1) {
      throw new ArgumentError('factor is below 1, so that the rate falls, got 1', { op });
    }
    countOf(op, 'patience', patience);
    factorOf(op, 'threshold', threshold);
    countOf(op, 'cooldown', cooldown);
    factorOf(op, 'eps', eps);
    const minLrs = perGroup(op, 'minLr', minLr, optimizer);
    for (const rate of minLrs) factorOf(op, 'minLr', rate);
    super(optimizer, { mode, factor, patience, threshold, thresholdMode, cooldown, eps, minLrs });
  }

  protected override first(follows: boolean): readonly number[] {
    this.progress = { best: null, badEpochs: 0, cooldown: 0 };
    return follows ? this.optimizer.groups.map(({ lr }) => lr) : this.baseLrs;
  }

  protected override next(_: number, metric?: number): readonly number[] {
    if (typeof metric !== 'number') {
      throw new ArgumentError(
        `step takes the metric it watches, a number, got ${metric === null ? 'null' : typeof metric}`,
        {
          op: 'ReduceLROnPlateau',
          hint: 'Call step(validationLoss); of a tensor, await loss.item()',
        },
      );
    }
    const { patience, factor, eps, minLrs } = this.options;
    const isBetter = this.#isBetter(metric);
    const isCooling = this.progress.cooldown > 0;
    const best = isBetter ? metric : this.progress.best;
    const badEpochs = isBetter || isCooling ? 0 : this.progress.badEpochs + 1;
    const cooldown = isCooling ? this.progress.cooldown - 1 : 0;
    const rates = this.optimizer.groups.map(({ lr }) => lr);
    if (badEpochs <= patience) {
      this.progress = { best, badEpochs, cooldown };
      return rates;
    }
    this.progress = { best, badEpochs: 0, cooldown: this.options.cooldown };
    return rates.map((lr, group) => {
      const lower = Math.max(lr * factor, minLrs[group]);
      return lr - lower > eps ? lower : lr;
    });
  }

  #isBetter(metric: number): boolean {
    if (!Number.isFinite(metric)) return false;
    const { best } = this.progress;
    if (best === null) return true;
    const { mode, threshold, thresholdMode } = this.options;
    const sign = mode === 'min' ? -1 : 1;
    const bound = thresholdMode === 'rel' ? best * (1 + sign * threshold) : best + sign * threshold;
    return mode === 'min' ? metric < bound : metric > bound;
  }

  override stateDict(): LRSchedulerState {
    return { ...super.stateDict(), ...this.progress };
  }

  override readState(dict: LRSchedulerState, op: string): () => void {
    const take = super.readState(dict, op);
    const { best } = dict;
    if (best !== null && !(typeof best === 'number' && Number.isFinite(best))) {
      throw new ArgumentError(`best is a finite number, or null before there was one, got ${best}`, { op });
    }
    const badEpochs = countOf(op, 'badEpochs', dict.badEpochs);
    const cooldown = countOf(op, 'cooldown', dict.cooldown);
    return () => {
      take();
      this.progress = { best, badEpochs, cooldown };
    };
  }
}
