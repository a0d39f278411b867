import {
  type BatchLoss,
  givesProbabilities,
  type LossFunction,
  type LossName,
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

/** The same with names resolved. */
export interface ResolvedObjective {
  readonly loss: BatchLoss;
  readonly metrics: readonly Measure[];
}

/** Its metrics, ready to be measured. Rejects with an ArgumentError for a name there is not. */
export const resolveMetrics = (op: string, { loss, metrics = [] }: Objective): Promise<Measure[]> =>
  resolveMeasures(op, metrics, outputsOf(givesProbabilities(loss), takesShares(loss)));
