import type { ClassWeights } from './class-weight.ts';
import {
  type BatchLoss,
  givesProbabilities,
  type LossFunction,
  type LossName,
  resolveLoss,
  takesShares,
} from './losses.ts';
import { type Measure, type MetricSpec, outputsOf, resolveMeasures } from './measures.ts';

export type { LossFunction, LossName } from './losses.ts';

/** What a network is trained for and measured by. */
export interface Objective {
  readonly loss: LossName | LossFunction;
  /** Default: none. */
  readonly metrics?: readonly MetricSpec[];
}

/** The same with names resolved. Throws an ArgumentError for a name there is not. */
export interface ResolvedObjective {
  readonly loss: BatchLoss;
  readonly metrics: readonly Measure[];
}

export function resolveObjective(
  op: string,
  { loss, metrics = [] }: Objective,
  classWeight: ClassWeights | null = null,
): ResolvedObjective {
  return {
    loss: resolveLoss(op, loss, classWeight),
    metrics: resolveMeasures(op, metrics, outputsOf(givesProbabilities(loss), takesShares(loss))),
  };
}
