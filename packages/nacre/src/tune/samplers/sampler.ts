import type { Point } from '../point.ts';
import type { Uniforms } from '../random.ts';
import type { Direction, TrialRecord } from '../record.ts';
import type { Domain } from '../space.ts';

/** What a sampler may look at. */
export interface Proposal {
  readonly space: Domain<unknown>;
  /** The number of the trial that is to be proposed, from 0. */
  readonly number: number;
  /** All trials so far, in the order of their numbers; some may be running. */
  readonly trials: readonly TrialRecord[];
  readonly direction: Direction;
  /** The random numbers of this proposal. */
  readonly uniform: Uniforms;
}

/** Chooses what to try next. */
export interface Sampler {
  /** The next point; undefined if there is nothing left to try. */
  propose(proposal: Proposal): Point | undefined;
}
