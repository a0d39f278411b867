import type { OpNode } from './contract.ts';

/** An address: where a slot leads, plus `offset` bytes, plus `stride` bytes for each step of the loop it stands in. */
export interface Pointer {
  readonly slot: number;
  readonly offset: number;
  readonly stride: number;
}

export interface PlannedLaunch {
  readonly kernel: number;
  readonly pointers: readonly Pointer[];
  /** Floating-point operations and bytes moved, as far as shapes tell. */
  readonly flops: number;
  readonly bytes: number;
}

/** What runs between two barriers: launches that do not depend on each other, or a loop with stages of its own. */
export type Stage =
  | { readonly kind: 'launches'; readonly launches: readonly PlannedLaunch[] }
  | { readonly kind: 'loop'; readonly count: number; readonly stages: readonly (readonly PlannedLaunch[])[] };

/** Every launch, with how many times it runs. */
export const launchesOf = (stages: readonly Stage[]): { launch: PlannedLaunch; times: number }[] =>
  stages.flatMap((stage) =>
    stage.kind === 'launches'
      ? stage.launches.map((launch) => ({ launch, times: 1 }))
      : stage.stages.flat().map((launch) => ({ launch, times: stage.count })),
  );

/** An address before slots are numbered: in a node's memory, or in the arena of a loop's body. */
export interface Place {
  readonly base: OpNode | 'arena';
  readonly offset: number;
  readonly stride: number;
}

export interface PlacedLaunch {
  readonly kernel: number;
  readonly places: readonly Place[];
  readonly flops: number;
  readonly bytes: number;
}
