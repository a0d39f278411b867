import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { checkWhole } from '../../data/checks.ts';
import { costOf, type TrialRecord } from '../record.ts';
import type { Pruner, Standing } from './pruner.ts';

export interface ASHAPrunerOptions {
  /** The step of the first rung. Default 1. */
  readonly minResource?: number;
  /** The step with which a trial ends anyway: there it is not judged any more. Default: none. */
  readonly maxResource?: number;
  /** From rung to rung steps grow, and trials shrink, by this factor. Default 3. */
  readonly reductionFactor?: number;
}

/** Throws an ArgumentError unless steps are whole numbers in order; infinity stands for no end. */
export function checkResources(op: string, minResource: number, maxResource: number): void {
  checkWhole(op, 'minResource', minResource, 1);
  if (maxResource !== Number.POSITIVE_INFINITY) checkWhole(op, 'maxResource', maxResource, minResource);
}

export function checkReductionFactor(op: string, factor: number): void {
  if (Number.isFinite(factor) && factor > 1) return;
  throw new ArgumentError(`reductionFactor is a number above 1, got ${factor}`, { op });
}

/** The rung that the last report reaches, if it reaches one: the first step from `minResource` · η^k on. */
function rungOf({ reports }: TrialRecord, minResource: number, factor: number): number | undefined {
  const { step } = reports.at(-1)!;
  if (step < minResource) return undefined;
  let rung = minResource;
  while (rung * factor <= step) rung *= factor;
  const before = reports.at(-2)?.step ?? 0;
  return before < rung ? rung : undefined;
}

/** Says so if the trial is not among the best 1/η of those that have come to the rung that it reaches. */
export function fallsShort(
  { trial, trials, direction }: Standing,
  minResource: number,
  maxResource: number,
  factor: number,
): string | undefined {
  if (trial.reports.at(-1)!.step >= maxResource) return undefined;
  const rung = rungOf(trial, minResource, factor);
  if (rung === undefined) return undefined;
  const costs = trials.flatMap(({ reports }) => {
    const reached = reports.find(({ step }) => step >= rung);
    return reached ? [costOf(direction, reached.value)] : [];
  });
  const promoted = Math.max(1, Math.floor(costs.length / factor));
  const limit = costs.sort((a, b) => a - b)[promoted - 1];
  const { step, value } = trial.reports.at(-1)!;
  if (costOf(direction, value) <= limit) return undefined;
  return `not among the best ${promoted} of ${costs.length} at step ${step}: ${value}`;
}

/**
 * Asynchronous successive halving: a trial that comes to a rung (the steps `minResource` · η^k) goes on only if it is among the best
 * 1/η of those that have come so far (Li et al., "A system for massively parallel hyperparameter tuning", MLSys 2020, arXiv 2018).
 * No trial waits for others. This is the form that stops trials, as Ray Tune and Optuna have it; in the paper trials pause, and those
 * that turn out to be good are taken up again. `pruner: 'asha'` is the same.
 *
 * Formula: goes on if value ≤ the ⌊n/η⌋-th best of the n values at the rung
 *
 * @example
 * ```ts
 * import { ASHAPruner, tune } from 'nacre/tune';
 * const study = await tune({ x: tune.int(0, 8) }, async ({ x }, trial) => {
 *   for (let step = 1; step <= 9; step++) if (await trial.report(x + 1 / step, step)) break;
 *   return x;
 * }, { sampler: 'grid', pruner: new ASHAPruner({ minResource: 3 }), verbose: false });
 * study.trials.map(({ reports }) => reports.length); // → [9, 3, 3, 3, 3, 3, 3, 3, 3]
 * ```
 */
export class ASHAPruner implements Pruner {
  readonly #minResource: number;
  readonly #maxResource: number;
  readonly #factor: number;

  constructor(options: ASHAPrunerOptions = {}) {
    const op = 'ASHAPruner';
    optionsOf(op, options, ['minResource', 'maxResource', 'reductionFactor']);
    const { minResource = 1, maxResource = Number.POSITIVE_INFINITY, reductionFactor = 3 } = options;
    checkResources(op, minResource, maxResource);
    checkReductionFactor(op, reductionFactor);
    this.#minResource = minResource;
    this.#maxResource = maxResource;
    this.#factor = reductionFactor;
  }

  prune(standing: Standing): string | undefined {
    return fallsShort(standing, this.#minResource, this.#maxResource, this.#factor);
  }
}
