import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import type { Callback, TrainingRun } from '../train/callbacks/callback.ts';
import { Monitor } from '../train/callbacks/monitor.ts';
import type { EpochRecord } from '../train/history.ts';

/** What a trial has to do with the search around it. */
export interface TrialLink {
  readonly number: number;
  readonly seed: number;
  /** Aborted when the trial is to end at once: the search ends, or its time is up. */
  readonly signal: AbortSignal;
  /** Hands a report on; the answer is whether the trial is to stop. */
  send(value: number, step: number): Promise<boolean>;
}

export interface TrialCallbackOptions {
  /** A number of the epoch's record. Default: `valLoss`, or `loss` where nothing is validated. */
  readonly monitor?: string;
}

/**
 * A trial under way, as the objective sees it. What it reports decides whether it is worth going on.
 *
 * @example
 * ```ts
 * import { tune } from 'nacre/tune';
 * const study = await tune({ rate: tune.float(0.1, 1) }, async ({ rate }, trial) => {
 *   let loss = 1;
 *   for (let epoch = 1; epoch <= 9 && !trial.shouldStop; epoch++) {
 *     loss *= 1 - rate / 2;
 *     await trial.report(loss, epoch);
 *   }
 *   return loss;
 * }, { trials: 9, pruner: 'asha', verbose: false });
 * study.trials.some(({ state }) => state === 'pruned'); // → true
 * ```
 */
export class Trial {
  readonly #link: TrialLink;
  #lastStep = Number.NEGATIVE_INFINITY;
  #isPruned = false;
  #failure: string | undefined;

  /** @internal */
  constructor(link: TrialLink) {
    this.#link = link;
  }

  /** From 0. */
  get number(): number {
    return this.#link.number;
  }

  /** The seed that `manualSeed` was given before the objective was called. */
  get seed(): number {
    return this.#link.seed;
  }

  /** Aborted when the trial is to end at once; `fit` takes it as an option. */
  get signal(): AbortSignal {
    return this.#link.signal;
  }

  /** Whether the trial is to end: it was pruned, reported something that is no number, or its signal is aborted. */
  get shouldStop(): boolean {
    return this.#isPruned || this.#failure !== undefined || this.signal.aborted;
  }

  /** What the trial reported that makes it a failure. @internal */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Whether the search ended it, because others do better. @internal */
  get isPruned(): boolean {
    return this.#isPruned;
  }

  /**
   * Reports how it stands after a step, such as an epoch; steps are numbers from 1 on that grow. Resolves to `shouldStop`. A value that is NaN or infinite makes
   * the trial a failure.
   */
  async report(value: number, step: number): Promise<boolean> {
    const op = 'trial.report';
    if (typeof value !== 'number') {
      throw new ArgumentError(`a report is a number, got ${typeof value}`, {
        op,
        hint: 'Await it first: await loss.item()',
      });
    }
    if (!Number.isSafeInteger(step) || step < 1 || step <= this.#lastStep) {
      const after = this.#lastStep > 0 ? ` that grow, got ${step} after ${this.#lastStep}` : `, got ${step}`;
      throw new ArgumentError(`steps are whole numbers from 1 on${after}`, { op });
    }
    this.#lastStep = step;
    if (!Number.isFinite(value)) this.#failure ??= `it reported ${value} at step ${step}`;
    else if (!this.shouldStop && (await this.#link.send(value, step))) this.#isPruned = true;
    return this.shouldStop;
  }

  /** A callback for `fit` that reports a number of the record after every epoch, and stops the training when the trial is to end. */
  callback(options: TrialCallbackOptions = {}): Callback {
    const op = 'trial.callback';
    const monitor = new Monitor(op, optionsOf(op, options, ['monitor']));
    const stop = (run: TrainingRun): void => {
      if (this.shouldStop)
        run.stop(this.#failure ?? (this.#isPruned ? 'the trial is pruned' : 'the trial is to end'));
    };
    return {
      onProgress: (_, run) => stop(run),
      onEpochEnd: async (record: EpochRecord, run) => {
        await this.report(monitor.read(record).value, record.epoch);
        stop(run);
      },
    };
  }
}

/** What the search minimises or maximises: gives one number for the values it is handed. */
export type Objective<P> = (params: P, trial: Trial) => number | Promise<number>;

/** How a call of the objective ended. */
export type Outcome =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'pruned' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'interrupted' };

/** What an error says, in one line. */
export const reasonOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : `it threw ${String(error)}`;

/** Calls the objective; whatever it does becomes an outcome. */
export async function callObjective<P>(objective: Objective<P>, params: P, trial: Trial): Promise<Outcome> {
  let value: number;
  try {
    value = await objective(params, trial);
  } catch (error) {
    return { kind: 'failed', reason: trial.failure ?? reasonOf(error) };
  }
  if (trial.failure !== undefined) return { kind: 'failed', reason: trial.failure };
  if (trial.isPruned) return { kind: 'pruned' };
  if (typeof value === 'number' && Number.isFinite(value)) return { kind: 'value', value };
  const what =
    typeof value === 'number' ? String(value) : `${value === null ? 'null' : typeof value}, not a number`;
  return { kind: 'failed', reason: `the objective returned ${what}` };
}
