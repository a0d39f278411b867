import { optionsOf } from '../../base/options.ts';
import { checkWhole } from '../../data/checks.ts';
import { costOf } from '../record.ts';
import type { Pruner, Standing } from './pruner.ts';

export interface MedianPrunerOptions {
  /** Trials that run to their end before any is pruned. Default 5. */
  readonly startupTrials?: number;
  /** Steps of each trial before it may be pruned. Default 0. */
  readonly warmupSteps?: number;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/**
 * Stops a trial whose best value so far is worse than the median of what the completed trials reported at the same step, as Optuna's
 * does; the rule of Golovin et al., "Google Vizier", KDD 2017, section 3.2.2, compares with means up to the step.
 * `pruner: 'median'` is the same.
 *
 * @example
 * ```ts
 * import { MedianPruner, tune } from 'nacre/tune';
 * const study = await tune({ x: tune.int(0, 9) }, async ({ x }, trial) => {
 *   for (let step = 1; step <= 4; step++) if (await trial.report(x / step, step)) break;
 *   return x;
 * }, { sampler: 'grid', pruner: new MedianPruner({ startupTrials: 3 }), verbose: false });
 * study.trials.map(({ state }) => state).slice(0, 4); // → ['complete', 'complete', 'complete', 'pruned']
 * ```
 */
export class MedianPruner implements Pruner {
  readonly #startupTrials: number;
  readonly #warmupSteps: number;

  constructor(options: MedianPrunerOptions = {}) {
    const op = 'MedianPruner';
    const { startupTrials = 5, warmupSteps = 0 } = optionsOf(op, options, ['startupTrials', 'warmupSteps']);
    checkWhole(op, 'startupTrials', startupTrials, 1);
    checkWhole(op, 'warmupSteps', warmupSteps, 0);
    this.#startupTrials = startupTrials;
    this.#warmupSteps = warmupSteps;
  }

  prune({ trial, trials, direction }: Standing): string | undefined {
    const { step } = trial.reports.at(-1)!;
    if (step <= this.#warmupSteps) return undefined;
    const others = trials
      .filter(({ state }) => state === 'complete')
      .flatMap(({ reports }) => {
        const same = reports.find((report) => report.step === step);
        return same ? [costOf(direction, same.value)] : [];
      });
    if (others.length < this.#startupTrials) return undefined;
    const best = Math.min(...trial.reports.map(({ value }) => costOf(direction, value)));
    const middle = median(others);
    if (best <= middle) return undefined;
    return `worse than the median at step ${step}: ${costOf(direction, best)} against ${costOf(direction, middle)}`;
  }
}
