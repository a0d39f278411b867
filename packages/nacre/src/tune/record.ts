import type { Point } from './point.ts';

/** `running` is a trial that was interrupted: a search that goes on runs it again. */
export type TrialState = 'running' | 'complete' | 'pruned' | 'failed';

export interface Report {
  /** Epochs, or whatever the trial counts. */
  readonly step: number;
  readonly value: number;
}

/** What is known of a trial. */
export interface TrialRecord<P = unknown> {
  /** From 0. */
  readonly number: number;
  readonly state: TrialState;
  /** What the objective was given. */
  readonly params: P;
  /** The same by path, as numbers: an item of a choice is its place in the list. */
  readonly point: Point;
  /** The seed that was set before the objective was called. */
  readonly seed: number;
  /** What the objective returned; the last report of a pruned trial; undefined for one that runs or failed. */
  readonly value: number | undefined;
  /** What it reported on the way, in the order of the steps. */
  readonly reports: readonly Report[];
  /** Why it was pruned or failed. */
  readonly reason: string | undefined;
  /** How long it ran. */
  readonly seconds: number;
}

export type Direction = 'minimize' | 'maximize';

/** A value of which less is better: itself, or its opposite. */
export const costOf = (direction: Direction, value: number): number =>
  direction === 'minimize' ? value : -value;

/** What happens to trials: the lines of a search's file. */
export type SearchEvent = BeginEvent | ReportEvent | EndEvent;

export interface BeginEvent {
  readonly event: 'begin';
  readonly trial: number;
  readonly seed: number;
  readonly point: Point;
}

export interface ReportEvent extends Report {
  readonly event: 'report';
  readonly trial: number;
}

export interface EndEvent {
  readonly event: 'end';
  readonly trial: number;
  readonly state: Exclude<TrialState, 'running'>;
  readonly value?: number;
  readonly reason?: string;
  readonly seconds: number;
}

type Changing<T> = { -readonly [K in keyof T]: T[K] };

/** The trials of a search, as the events so far make them. */
export class Records<P> {
  readonly #trials: Changing<TrialRecord<P>>[] = [];
  readonly #paramsOf: (point: Point) => P;

  constructor(paramsOf: (point: Point) => P) {
    this.#paramsOf = paramsOf;
  }

  get trials(): readonly TrialRecord<P>[] {
    return this.#trials;
  }

  /** A trial that begins again loses what it reported before. */
  apply(event: SearchEvent): void {
    const { trial } = event;
    switch (event.event) {
      case 'begin': {
        const { seed, point } = event;
        this.#trials[trial] = {
          number: trial,
          state: 'running',
          params: this.#paramsOf(point),
          point,
          seed,
          value: undefined,
          reports: [],
          reason: undefined,
          seconds: 0,
        };
        break;
      }
      case 'report':
        this.#trials[trial].reports = [
          ...this.#trials[trial].reports,
          { step: event.step, value: event.value },
        ];
        break;
      case 'end': {
        const { state, value, reason, seconds } = event;
        Object.assign(this.#trials[trial], { state, value, reason, seconds });
      }
    }
  }
}
