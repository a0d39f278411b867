import type { Journal } from './journal.ts';
import type { Point } from './point.ts';
import type { Pruner } from './pruners/pruner.ts';
import { proposalStream, seedOf } from './random.ts';
import type { Direction, EndEvent, Records, SearchEvent, TrialRecord } from './record.ts';
import type { Runner } from './runners.ts';
import type { Sampler } from './samplers/sampler.ts';
import type { Domain } from './space.ts';
import type { Outcome } from './trial.ts';

export interface SearchSetup<P> {
  readonly space: Domain<P>;
  readonly records: Records<P>;
  readonly journal: Journal;
  readonly sampler: Sampler;
  readonly pruner: Pruner | undefined;
  readonly direction: Direction;
  /** How many trials there are to be in all. */
  readonly trials: number;
  /** Aborted when the search is to end. */
  readonly abort: AbortController;
  /** Hears of every trial that has ended. */
  readonly onTrial: (trial: TrialRecord<P>) => void;
}

/** Proposes trials, has them run, and writes down what becomes of them. */
export class Search<P> {
  readonly #setup: SearchSetup<P>;
  /** Trials of an earlier search that were interrupted. */
  readonly #left: number[];
  #isExhausted = false;

  constructor(setup: SearchSetup<P>) {
    this.#setup = setup;
    const { trials } = setup.records;
    this.#left = trials.filter(({ state }) => state === 'running').map(({ number }) => number);
  }

  /** Keeps all runners busy until there is nothing left to try, or the search is to end. The first error ends it. */
  async run(runners: readonly Runner<P>[]): Promise<void> {
    const { abort } = this.#setup;
    const works = runners.map((runner) =>
      this.#work(runner).catch((error: unknown) => {
        abort.abort();
        throw error;
      }),
    );
    const results = await Promise.allSettled(works);
    await Promise.all(runners.map((runner) => runner.close()));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async #work(runner: Runner<P>): Promise<void> {
    const { abort, records, onTrial } = this.#setup;
    while (!abort.signal.aborted) {
      const begun = this.#begin();
      if (!begun) return;
      const { trial: number } = begun;
      await this.#apply(begun);
      const began = performance.now();
      let isOver = false;
      const outcome = await runner.run(records.trials[number], async (value, step) => {
        // A trial that was given up may go on for a while.
        if (isOver) return true;
        await this.#apply({ event: 'report', trial: number, step, value });
        return this.#prunes(number);
      });
      isOver = true;
      if (outcome.kind === 'interrupted') return;
      const seconds = (performance.now() - began) / 1000;
      await this.#apply(this.#ending(number, outcome, seconds));
      onTrial(records.trials[number]);
    }
  }

  /** The next trial: one that was interrupted, with what it was given then, or a new one. */
  #begin(): Extract<SearchEvent, { event: 'begin' }> | undefined {
    const { records, trials, journal } = this.#setup;
    const left = this.#left.shift();
    if (left !== undefined) {
      const { seed, point } = records.trials[left];
      return { event: 'begin', trial: left, seed, point };
    }
    const trial = records.trials.length;
    if (trial >= trials || this.#isExhausted) return undefined;
    const point = this.#propose(trial);
    if (point) return { event: 'begin', trial, seed: seedOf(journal.seed, trial), point };
    this.#isExhausted = true;
    return undefined;
  }

  #propose(number: number): Point | undefined {
    const { sampler, space, records, direction, journal } = this.#setup;
    const uniform = proposalStream(journal.seed, number);
    return sampler.propose({ space, number, trials: records.trials, direction, uniform });
  }

  /** What happens is known at once, so that a second runner sees it, and written before anything follows from it. */
  async #apply(event: SearchEvent): Promise<void> {
    const { records, journal } = this.#setup;
    records.apply(event);
    await journal.write(event);
  }

  readonly #reasons = new Map<number, string>();

  #prunes(number: number): boolean {
    const { pruner, records, direction } = this.#setup;
    const trial = records.trials[number];
    const reason = pruner?.prune({ trial, trials: records.trials, direction });
    if (reason !== undefined) this.#reasons.set(number, reason);
    return reason !== undefined;
  }

  #ending(trial: number, outcome: Exclude<Outcome, { kind: 'interrupted' }>, seconds: number): EndEvent {
    switch (outcome.kind) {
      case 'value':
        return { event: 'end', trial, state: 'complete', value: outcome.value, seconds };
      case 'failed':
        return { event: 'end', trial, state: 'failed', reason: outcome.reason, seconds };
      case 'pruned': {
        const { value } = this.#setup.records.trials[trial].reports.at(-1)!;
        return { event: 'end', trial, state: 'pruned', value, reason: this.#reasons.get(trial), seconds };
      }
    }
  }
}
