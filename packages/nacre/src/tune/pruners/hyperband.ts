import { optionsOf } from '../../base/options.ts';
import type { TrialRecord } from '../record.ts';
import { type ASHAPrunerOptions, checkReductionFactor, checkResources, fallsShort } from './asha.ts';
import type { Pruner, Standing } from './pruner.ts';

export interface HyperbandPrunerOptions extends ASHAPrunerOptions {
  /** The most steps that a trial makes. Default: those of the trials that were completed; until one is, none is pruned. */
  readonly maxResource?: number;
}

/** How many trials of a round go to each bracket; bracket s has its first rung s factors below the most steps. */
export function bracketSizes(minResource: number, maxResource: number, factor: number): number[] {
  const most = Math.floor(Math.log(maxResource / minResource) / Math.log(factor) + 1e-9);
  return Array.from({ length: most + 1 }, (_, s) => Math.ceil(((most + 1) / (s + 1)) * factor ** s));
}

/**
 * Hyperband: rounds of trials, each round divided into brackets that prune early and many, or late and few, so that neither a slow
 * starter nor time is lost (Li et al., "Hyperband", JMLR 2018, algorithm 1). In each bracket trials are halved as `ASHAPruner` does
 * it, so none waits for others. With `sampler: 'tpe'` it is much like BOHB. `pruner: 'hyperband'` is the same.
 *
 * Formula: bracket s takes ⌈(m+1)/(s+1)·η^s⌉ trials of a round, with a first rung at maxResource·η^-s, m = ⌊log_η(maxResource/minResource)⌋
 *
 * @example
 * ```ts
 * import { HyperbandPruner, tune } from 'nacre/tune';
 * const study = await tune({ x: tune.float(0, 1) }, async ({ x }, trial) => {
 *   for (let step = 1; step <= 9; step++) if (await trial.report(x + 1 / step, step)) break;
 *   return x;
 * }, { trials: 30, pruner: new HyperbandPruner({ maxResource: 9 }), verbose: false });
 * new Set(study.trials.map(({ reports }) => reports.length)).size; // → 3
 * ```
 */
export class HyperbandPruner implements Pruner {
  readonly #minResource: number;
  readonly #maxResource: number | undefined;
  readonly #factor: number;

  constructor(options: HyperbandPrunerOptions = {}) {
    const op = 'HyperbandPruner';
    optionsOf(op, options, ['minResource', 'maxResource', 'reductionFactor']);
    const { minResource = 1, maxResource, reductionFactor = 3 } = options;
    checkResources(op, minResource, maxResource ?? Number.POSITIVE_INFINITY);
    checkReductionFactor(op, reductionFactor);
    this.#minResource = minResource;
    this.#maxResource = maxResource;
    this.#factor = reductionFactor;
  }

  prune({ trial, trials, direction }: Standing): string | undefined {
    const most = this.#maxResource ?? stepsOfCompleted(trials);
    if (most < this.#minResource) return undefined;
    const sizes = bracketSizes(this.#minResource, most, this.#factor);
    const bracket = bracketOf(trial.number, sizes);
    const own = trials.filter(({ number }) => bracketOf(number, sizes) === bracket);
    const firstRung = Math.max(this.#minResource, Math.floor(most / this.#factor ** bracket + 1e-9));
    return fallsShort({ trial, trials: own, direction }, firstRung, most, this.#factor);
  }
}

const stepsOfCompleted = (trials: readonly TrialRecord[]): number =>
  Math.max(
    0,
    ...trials.filter(({ state }) => state === 'complete').map(({ reports }) => reports.at(-1)?.step ?? 0),
  );

/** The bracket of a trial: those that prune earliest come first in a round, as in the paper. */
function bracketOf(number: number, sizes: readonly number[]): number {
  let place = number % sizes.reduce((total, size) => total + size, 0);
  for (let bracket = sizes.length - 1; bracket > 0; bracket--) {
    if (place < sizes[bracket]) return bracket;
    place -= sizes[bracket];
  }
  return 0;
}
