import type { Direction, TrialRecord } from '../record.ts';

/** What a pruner may look at. */
export interface Standing {
  /** The trial that has just reported; its last report is the one in question. */
  readonly trial: TrialRecord;
  /** All trials so far, this one included, in the order of their numbers. */
  readonly trials: readonly TrialRecord[];
  readonly direction: Direction;
}

/** Decides after a report whether a trial is worth going on. */
export interface Pruner {
  /** Why the trial is to stop; undefined if it goes on. */
  prune(standing: Standing): string | undefined;
}
