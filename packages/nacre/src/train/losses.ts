import { isFloat } from '../base/dtype.ts';
import { ArgumentError } from '../base/errors.ts';
import { sameShape } from '../base/shape.ts';
import type { ExampleSource } from '../data/source.ts';
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  div,
  focalLoss,
  hingeEmbeddingLoss,
  huberLoss,
  klDiv,
  l1Loss,
  maximum,
  mean,
  mseLoss,
  mul,
  multilabelMarginLoss,
  multilabelSoftMarginLoss,
  multiMarginLoss,
  ne,
  nllLoss,
  poissonNllLoss,
  reshape,
  smoothL1Loss,
  softMarginLoss,
  sum,
} from '../tensor/functions.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { ClassWeights } from './class-weight.ts';

/**
 * From what a network gave for a batch and what was to come out: the mean loss, a tensor of one element, or the loss of each example [N],
 * whose mean is taken, weighted where there are weights.
 */
export type LossFunction = (output: Tensor, targets: Tensor) => Tensor;

const losses = {
  crossEntropy,
  nllLoss,
  focalLoss,
  multiMarginLoss,
  multilabelMarginLoss,
  multilabelSoftMarginLoss,
  mseLoss,
  l1Loss,
  smoothL1Loss,
  huberLoss,
  poissonNllLoss,
  klDiv,
  hingeEmbeddingLoss,
  softMarginLoss,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
} as const;

/** A loss function of this library by its name. */
export type LossName = keyof typeof losses;

const namesOf = (...names: LossName[]): ReadonlySet<unknown> => new Set(names);
/** Losses whose targets are labels, one for all scores of an output. */
const ofLabels = namesOf('crossEntropy', 'nllLoss', 'focalLoss', 'multiMarginLoss');
/** Those of them that leave out targets of -100. */
const ofCountedLabels = namesOf('crossEntropy', 'nllLoss');
/** Losses whose targets may be shares of the classes, of the outputs' shape. */
const ofShares = namesOf('crossEntropy', 'klDiv');
/** Losses of two classes: targets are 0 or 1, one for each output. */
const ofTwoClasses = namesOf('binaryCrossEntropy', 'binaryCrossEntropyWithLogits', 'focalLoss');
const ignored = -100;

/** Whether outputs are probabilities, so that 0.5 is between two classes. */
export const givesProbabilities = (loss: LossName | LossFunction): boolean => loss === 'binaryCrossEntropy';
/** Whether targets are labels of classes. */
export const takesLabels = (loss: LossName | LossFunction): boolean => ofLabels.has(loss);
/** Whether targets of the outputs' shape are shares of the classes. */
export const takesShares = (loss: LossName | LossFunction): boolean => ofShares.has(loss);

/** The losses of a batch added up, and what they are divided by for their mean. */
export interface LossTotal {
  readonly sum: Tensor;
  readonly count: Tensor | number;
}

/** A loss with all that weighs it. Parts of a trace. */
export interface BatchLoss {
  /** The mean over a batch, one number. `weights` are those of the examples [N]. */
  mean(output: Tensor, targets: Tensor, weights: Tensor | null): Tensor;
  /** The same in two parts, for means over several batches. */
  total(output: Tensor, targets: Tensor, weights: Tensor | null): LossTotal;
  /** Throws an IndexError if targets are labels that this output has no class for. */
  checkLabels(output: Tensor, targets: Tensor, source: ExampleSource): void;
}

/**
 * A loss by its name or as a function. Weights are factors of the losses and do not change what their sum is divided by, as in Keras: how
 * much an example counts does not depend on which others are in its batch.
 */
export function resolveLoss(
  op: string,
  loss: LossName | LossFunction,
  classWeight: ClassWeights | null,
): BatchLoss {
  const compute = functionOf(op, loss);
  const total = (output: Tensor, targets: Tensor, weights: Tensor | null): LossTotal => {
    const each = compute(output, targets, 'none');
    const [size] = targets.shape;
    if (each.size === 1 && size > 1) {
      if (weights || classWeight) refuseMean(op, size);
      return { sum: mul(reshape(each, []), size), count: size };
    }
    const factors: Tensor[] = [];
    if (weights) factors.push(reshape(weights, [size, ...each.shape.slice(1).fill(1)]));
    if (classWeight) {
      const isBinary = ofTwoClasses.has(loss) && sameShape(output.shape, targets.shape);
      const ofClasses = classWeight.factors(output, targets, isBinary);
      if (ofClasses.size !== each.size) {
        throw new ArgumentError(
          `classWeight weighs ${ofClasses.size} labels, but there are ${each.size} losses`,
          {
            op,
            shapes: [ofClasses.shape, each.shape],
            hint: 'Let the loss function give one loss for each label',
          },
        );
      }
      factors.push(reshape(ofClasses, each.shape));
    }
    const weighed = factors.reduce((value, factor) => mul(value, factor), each);
    return { sum: sum(weighed), count: countOf(loss, targets, each.size) };
  };
  return {
    total,
    mean(output, targets, weights) {
      if (weights || classWeight) {
        const { sum: all, count } = total(output, targets, weights);
        return div(all, typeof count === 'number' ? count : maximum(count, 1));
      }
      const value = compute(output, targets, 'mean');
      return value.size === 1 ? value : mean(value);
    },
    checkLabels(output, targets, source) {
      if (!takesLabels(loss) || isFloat(targets.dtype) || output.ndim !== targets.ndim + 1) return;
      source.checkClasses(output.shape[1]);
    },
  };
}

/** How many losses are of targets that count. */
const countOf = (loss: unknown, targets: Tensor, losses: number): Tensor | number =>
  ofCountedLabels.has(loss) && !isFloat(targets.dtype) ? sum(ne(targets, ignored).to('float32')) : losses;

type Compute = (output: Tensor, targets: Tensor, reduction: 'mean' | 'none') => Tensor;

function functionOf(op: string, loss: LossName | LossFunction): Compute {
  if (typeof loss === 'function') {
    return (output, targets) => {
      const value = loss(output, targets);
      if (!(value instanceof Tensor)) {
        throw new ArgumentError(`the loss function gave ${value === null ? 'null' : typeof value}`, {
          op,
          hint: 'Let it give a tensor of one number',
        });
      }
      if (value.size === 1 || sameShape(value.shape, targets.shape.slice(0, 1))) return value;
      throw new ArgumentError('the loss of a batch is not one number, nor one for each example', {
        op,
        shapes: [value.shape],
        hint: 'Take its mean, over all axes or over all but the first',
      });
    };
  }
  if (!Object.hasOwn(losses, loss)) {
    throw new ArgumentError(`there is no loss '${String(loss)}'`, {
      op,
      hint: `Known are: ${Object.keys(losses).join(', ')}; or give a function (output, targets) => loss`,
    });
  }
  const named = losses[loss] as (
    output: Tensor,
    targets: Tensor,
    options: { reduction: 'mean' | 'none' },
  ) => Tensor;
  return (output, targets, reduction) => named(output, targets, { reduction });
}

function refuseMean(op: string, size: number): never {
  throw new ArgumentError(`the loss of a batch of ${size} examples is one number, which cannot be weighed`, {
    op,
    hint: 'Let the function give the loss of each example: the mean over all axes but the first',
  });
}
