import { isFloat } from '../base/dtype.ts';
import { ArgumentError } from '../base/errors.ts';
import type { ExampleSource } from '../data/source.ts';
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  huberLoss,
  l1Loss,
  mseLoss,
  nllLoss,
  smoothL1Loss,
} from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Measure, type MetricSpec, outputsOf, resolveMeasures } from './measures.ts';

/** From what a network gave for a batch and what was to come out: the mean loss, a tensor of one element. */
export type LossFunction = (output: Tensor, targets: Tensor) => Tensor;

const losses = {
  crossEntropy,
  nllLoss,
  mseLoss,
  l1Loss,
  smoothL1Loss,
  huberLoss,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
} as const;

/** A loss function of this library by its name. */
export type LossName = keyof typeof losses;

/** Losses whose targets are labels, and losses whose outputs are probabilities. */
const ofLabels: ReadonlySet<unknown> = new Set<LossName>(['crossEntropy', 'nllLoss']);
const ofProbabilities: ReadonlySet<unknown> = new Set<LossName>(['binaryCrossEntropy']);

/** What a network is trained for and measured by. */
export interface Objective {
  readonly loss: LossName | LossFunction;
  /** Default: none. */
  readonly metrics?: readonly MetricSpec[];
}

/** The same with names resolved. Throws an ArgumentError for a name there is not. */
export interface ResolvedObjective {
  readonly loss: LossFunction;
  readonly metrics: readonly Measure[];
  /** Throws an IndexError if targets are labels that this output has no class for. */
  checkLabels(output: Tensor, targets: Tensor, source: ExampleSource): void;
}

export function resolveObjective(op: string, { loss, metrics = [] }: Objective): ResolvedObjective {
  return {
    loss: resolveLoss(op, loss),
    metrics: resolveMeasures(op, metrics, outputsOf(ofProbabilities.has(loss))),
    checkLabels(output, targets, source) {
      if (!ofLabels.has(loss) || isFloat(targets.dtype) || output.ndim !== targets.ndim + 1) return;
      source.checkClasses(output.shape[1]);
    },
  };
}

function resolveLoss(op: string, loss: Objective['loss']): LossFunction {
  if (typeof loss === 'function') return loss;
  if (Object.hasOwn(losses, loss)) return losses[loss] as LossFunction;
  throw new ArgumentError(`there is no loss '${String(loss)}'`, {
    op,
    hint: `Known are: ${Object.keys(losses).join(', ')}; or give a function (output, targets) => loss`,
  });
}
