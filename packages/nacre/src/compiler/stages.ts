import type { OpNode } from './contract.ts';

/** An address: where a slot leads, plus `offset` bytes, plus for each loop around it, outermost first, so many bytes for each of its steps. */
export interface Pointer {
  readonly slot: number;
  readonly offset: number;
  readonly strides: readonly number[];
}

export interface PlannedLaunch {
  readonly kernel: number;
  readonly pointers: readonly Pointer[];
  /** Floating-point operations and bytes moved, as far as shapes tell. */
  readonly flops: number;
  readonly bytes: number;
}

/** What runs between two barriers: launches that do not depend on each other, or a loop with stages of its own. */
export type StageOf<L> =
  | { readonly kind: 'launches'; readonly launches: readonly L[] }
  | { readonly kind: 'loop'; readonly count: number; readonly stages: readonly StageOf<L>[] };

export type Stage = StageOf<PlannedLaunch>;

/** The same stages with other launches in them. */
export const mapStage = <A, B>(stage: StageOf<A>, f: (launch: A) => B): StageOf<B> =>
  stage.kind === 'launches'
    ? { kind: 'launches', launches: stage.launches.map(f) }
    : { ...stage, stages: stage.stages.map((inner) => mapStage(inner, f)) };

/** Every launch, with how many times it runs. */
export const launchesOf = (stages: readonly Stage[], times = 1): { launch: PlannedLaunch; times: number }[] =>
  stages.flatMap((stage) =>
    stage.kind === 'launches'
      ? stage.launches.map((launch) => ({ launch, times }))
      : launchesOf(stage.stages, times * stage.count),
  );

/** An address before slots are numbered: in a node's memory, or in the arena of a loop's body. */
export interface Place {
  readonly base: OpNode | 'arena';
  readonly offset: number;
  readonly strides: readonly number[];
}

export interface PlacedLaunch {
  readonly kernel: number;
  readonly places: readonly Place[];
  readonly flops: number;
  readonly bytes: number;
}
