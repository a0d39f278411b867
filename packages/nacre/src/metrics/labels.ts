import { isFloat } from '../base/dtype.ts';
import { ArgumentError, DataError, IndexError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { type Shape, sameShape } from '../base/shape.ts';
import { full } from '../tensor/create.ts';
import {
  argmax,
  eq,
  expand,
  flatten,
  gt,
  isnan,
  ne,
  permute,
  reshape,
  round,
  sum,
  where,
} from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { spreadWeights } from './weights.ts';

/** How predictions and targets are read as labels. */
export interface LabelOptions {
  /** Number of classes where predictions are labels rather than scores. Default: that of the scores; 2 where predictions are as targets. */
  readonly classes?: number;
  /** Where there is one score for each target: scores above it mean 1. Default 0, right for logits; give 0.5 for probabilities. */
  readonly threshold?: number;
  /** A label whose elements are left out, such as that of padding. Default: none. */
  readonly ignoreIndex?: number;
  /** Whether examples may have any number of labels: predictions [N, L] and targets [N, L] of 0 and 1. Default: no. */
  readonly multiLabel?: boolean;
}

export const labelOptions = ['classes', 'threshold', 'ignoreIndex', 'multiLabel'];

/** What a batch of predictions is. */
export type Kind = 'scores' | 'binary' | 'labels' | 'multiLabel';

/** A batch whose predictions and targets are labels. `rows` are its elements, in float64. */
export interface Labelled {
  /** Number of classes, or of labels that an element may have. */
  readonly classes: number;
  /** What each element counts; 0 for those left out. [M], or [M, L] where elements have many labels. */
  readonly weight: Tensor;
  /** Labels [M] of int32, or [M, L] of 0 and 1. */
  readonly predicted: Tensor;
  readonly actual: Tensor;
  /** How many scores are NaN: a tensor of one element. */
  readonly invalid: Tensor;
}

export function checkLabelOptions(op: string, { classes, threshold = 0 }: LabelOptions): void {
  if (classes !== undefined && (!Number.isInteger(classes) || classes < 1)) {
    throw new ArgumentError(`the number of classes is a whole number from 1 on, got ${classes}`, { op });
  }
  if (typeof threshold !== 'number' || Number.isNaN(threshold)) {
    throw new ArgumentError(`a threshold is a number, got ${threshold}`, { op });
  }
}

/** Throws a ShapeMismatchError for shapes that do not belong together. */
export function kindOf(op: string, options: LabelOptions, predictions: Tensor, targets: Tensor): Kind {
  const { shape } = predictions;
  const { classes, multiLabel } = options;
  if (sameShape(shape, targets.shape)) {
    if (multiLabel && shape.length >= 2) return 'multiLabel';
    const areLabels = classes !== undefined && (classes !== 2 || !isFloat(predictions.dtype));
    if (!multiLabel) return areLabels ? 'labels' : 'binary';
  }
  const expected: Shape = [shape[0], ...shape.slice(2)];
  if (!multiLabel && shape.length >= 2 && sameShape(expected, targets.shape)) {
    if (classes === undefined || classes === shape[1]) return 'scores';
  }
  const known = classes === undefined ? '' : ` with ${classes} classes`;
  throw new ShapeMismatchError(
    `predictions: ${showShape(shape)}, targets: ${showShape(targets.shape)}${known}`,
    {
      op,
      shapes: [shape, targets.shape],
      hint: multiLabel
        ? 'Scores [N, L] go with targets [N, L] of 0 and 1'
        : 'Scores [N, C, …] go with labels [N, …]; two classes, or labels of `classes`, with targets of the same shape',
    },
  );
}

/** Labels as int32: those of floats are rounded, so that 0.9999 is 1. */
const whole = (labels: Tensor): Tensor =>
  isFloat(labels.dtype) ? round(labels).to('int32') : labels.to('int32');

/** [N, L, …] as rows [N·…, L]. */
export function rowsOf(x: Tensor): Tensor {
  const { shape } = x;
  if (shape.length === 2) return x;
  const last = [0, ...shape.slice(2).map((_, i) => i + 2), 1];
  return reshape(permute(x, last), [x.size / shape[1], shape[1]]);
}

/** Reads a batch as labels. Part of a compiled step, where a label outside the classes becomes an IndexError when it is counted. */
export function labelled(
  op: string,
  options: LabelOptions,
  predictions: Tensor,
  targets: Tensor,
  sampleWeight: Tensor | undefined,
): Labelled {
  const kind = kindOf(op, options, predictions, targets);
  const { threshold = 0, ignoreIndex } = options;
  const isMany = kind === 'multiLabel';
  const flat = isMany ? rowsOf : (x: Tensor) => flatten(x);
  const each: Tensor = sampleWeight
    ? spreadWeights(op, sampleWeight, targets)
    : expand(full([], 1, { dtype: 'float64' }), targets.shape);
  const kept = ignoreIndex === undefined ? null : ne(targets, ignoreIndex);
  const scored = kind === 'binary' || isMany;
  const predicted = scored
    ? gt(predictions, isFloat(predictions.dtype) ? threshold : 0).to('int32')
    : kind === 'scores'
      ? argmax(predictions, 1)
      : whole(predictions);
  const keep = (x: Tensor, otherwise: Tensor | number): Tensor => (kept ? where(kept, x, otherwise) : x);
  return {
    classes: kind === 'binary' ? 2 : kind === 'labels' ? options.classes! : predictions.shape[1]!,
    weight: flat(kept ? where(kept, each, 0) : each),
    predicted: flat(keep(predicted, 0)),
    actual: flat(keep(whole(targets), 0)),
    invalid: isFloat(predictions.dtype)
      ? sum(isnan(predictions).to('float64'))
      : full([], 0, { dtype: 'float64' }),
  };
}

/** Refuses scores that are NaN, and labels that are not whole or outside the classes, by the numbers of a batch. */
export async function checkLabelled(
  op: string,
  options: LabelOptions,
  predictions: Tensor,
  targets: Tensor,
): Promise<void> {
  if (!targets.size) throw new DataError('a batch has no examples', { op, shapes: [targets.shape] });
  const kind = kindOf(op, options, predictions, targets);
  const elements = targets.size / (kind === 'multiLabel' ? 1 : targets.shape[0] || 1);
  const exampleOf = (place: number): number => Math.floor(place / elements);
  const classes = kind === 'scores' ? predictions.shape[1]! : kind === 'labels' ? options.classes! : 2;
  const check = async (what: string, labels: Tensor): Promise<void> => {
    (await labels.to('float64').data()).forEach((label, place) => {
      if (label === options.ignoreIndex && what === 'label') return;
      if (Number.isInteger(label) && label >= 0 && label < classes) return;
      throw new IndexError(
        `the ${what} of example ${exampleOf(place)} is ${label}, outside 0 to ${classes - 1}`,
        {
          op,
          hint: `There are ${classes} classes; labels count from 0`,
        },
      );
    });
  };
  await check('label', targets);
  if (kind === 'labels') {
    await check('prediction', predictions);
    return;
  }
  if (!isFloat(predictions.dtype)) return;
  await checkScores(op, predictions);
}

/** Refuses scores [N, …] that are NaN. */
export async function checkScores(op: string, scores: Tensor): Promise<void> {
  const [size] = scores.shape;
  (await scores.to('float64').data()).forEach((score, place) => {
    if (!Number.isNaN(score)) return;
    throw new DataError(`a score of example ${Math.floor(place / (scores.size / size))} is NaN`, {
      op,
      hint: 'Look where it comes from: debug.nan names the operation',
    });
  });
}

/** Whether two lists of labels agree, as float64. */
export const agreement = (a: Tensor, b: Tensor): Tensor => eq(a, b).to('float64');
