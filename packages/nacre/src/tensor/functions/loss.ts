/** Losses: how far an output is from its target. */
import { optionsOf } from '../../base/options.ts';
import { nodeOf, optionalNode } from '../arguments.ts';
import { tensor } from '../create.ts';
import * as ops from '../ops/index.ts';
import type {
  ClassLoss,
  ClassLossOptions,
  CosineSimilarity,
  Floating,
  KlDiv,
  Optional,
  PairLossFn,
  ShapeOf,
  Together,
} from '../signatures.ts';
import { Tensor, wrap } from '../tensor.ts';
import type { CrossEntropy, Fits, Reduction, Result } from '../types/index.ts';

/** Options with a reduction, and others of these names. */
const known = <O extends object>(op: string, options: O | undefined, ...own: string[]): O =>
  optionsOf(op, options, [...own, 'reduction']);

/** The options as nodes; the weight of classes may be plain numbers. */
function classOptions({ weight, ignoreIndex, reduction }: ClassLossOptions<Reduction>): ops.ClassLossOptions {
  const perClass = Array.isArray(weight) ? tensor(weight, { dtype: 'float64' }) : weight;
  return { weight: optionalNode('weight', perClass as Optional<Tensor>), ignoreIndex, reduction };
}

/**
 * -log of the probability of the target class, from log-probabilities `[N, C, …]` or `[C]` and classes `[N, …]` or one.
 *
 * Formula: -weight[y]·logProbabilities[y], averaged over the targets that count
 *
 * Shapes: logProbabilities [N, C, ...] or [C], target [N, ...] or [] → [] (or as the target with reduction 'none')
 *
 * @example
 * ```ts
 * import { nllLoss, tensor } from 'nacre';
 * await nllLoss(tensor([[-1, -2], [-3, -4]]), tensor([0, 1], { dtype: 'int32' })).item(); // → 2.5
 * ```
 */
export const nllLoss = <T extends Tensor, Y extends Tensor, const R extends Reduction = 'mean'>(
  logProbabilities: T,
  target: Y & Fits<CrossEntropy<'nllLoss', ShapeOf<T>, ShapeOf<Y>, R>>,
  options: ClassLossOptions<R> = {},
): ClassLoss<'nllLoss', T, Y, R> =>
  new Tensor(
    ops.nllLoss(
      ops.toFloat(logProbabilities.node),
      nodeOf('nllLoss', target),
      classOptions(known('nllLoss', options, 'weight', 'ignoreIndex')),
    ),
  );

/**
 * Cross-entropy of logits `[N, C, …]` or `[C]` with classes `[N, …]` or one, or with probabilities of the logits' own shape.
 * `labelSmoothing` (default 0) spreads that part of each target evenly over the classes.
 *
 * Formula: -weight[y]·log softmax(logits)[y], averaged over the targets that count
 *
 * Shapes: logits [N, C, ...] or [C], target [N, ...] or [] → [] (or as the target with reduction 'none')
 *
 * @example
 * ```ts
 * import { crossEntropy, tensor } from 'nacre';
 * await crossEntropy(tensor([[0, 0], [0, Math.log(3)]]), tensor([0, 1], { dtype: 'int32' })).item(); // → 0.4904
 * ```
 */
export const crossEntropy = <T extends Tensor, Y extends Tensor, const R extends Reduction = 'mean'>(
  logits: T,
  target: Y & Fits<CrossEntropy<'crossEntropy', ShapeOf<T>, ShapeOf<Y>, R>>,
  options: ClassLossOptions<R> & { labelSmoothing?: number } = {},
): ClassLoss<'crossEntropy', T, Y, R> =>
  new Tensor(
    ops.crossEntropy(logits.node, nodeOf('crossEntropy', target), {
      ...classOptions(known('crossEntropy', options, 'weight', 'ignoreIndex', 'labelSmoothing')),
      labelSmoothing: options.labelSmoothing,
    }),
  );

/**
 * The squared error: its mean, or what `reduction` ('mean', 'sum' or 'none') says. Throws a ShapeMismatchError where the shapes
 * differ.
 *
 * Formula: (x - y)²
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { mseLoss, tensor } from 'nacre';
 * await mseLoss(tensor([1, 2]), tensor([1, 4])).item(); // → 2
 * await mseLoss(tensor([1, 2]), tensor([1, 4]), { reduction: 'none' }).tolist(); // → [0, 4]
 * ```
 */
export const mseLoss: PairLossFn<'mseLoss'> = (input, target, options) =>
  wrap(ops.mseLoss(nodeOf('mseLoss', input), nodeOf('mseLoss', target), known('mseLoss', options).reduction));

/**
 * The absolute error: its mean, or what `reduction` says.
 *
 * Formula: |x - y|
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { l1Loss, tensor } from 'nacre';
 * await l1Loss(tensor([1, 2]), tensor([1, 4])).item(); // → 1
 * ```
 */
export const l1Loss: PairLossFn<'l1Loss'> = (input, target, options) =>
  wrap(ops.l1Loss(nodeOf('l1Loss', input), nodeOf('l1Loss', target), known('l1Loss', options).reduction));

/**
 * Cross-entropy of probabilities with targets from 0 to 1; the logarithms are not below -100. `weight`, broadcast, is a factor of each
 * element.
 *
 * Formula: -weight·(y·log x + (1 - y)·log(1 - x))
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { binaryCrossEntropy, tensor } from 'nacre';
 * await binaryCrossEntropy(tensor([0.5, 0.5]), tensor([0, 1])).item(); // → 0.6931
 * ```
 */
export const binaryCrossEntropy: PairLossFn<'binaryCrossEntropy', { weight?: Optional<Tensor> }> = (
  input,
  target,
  options,
) => {
  const op = 'binaryCrossEntropy';
  const { weight, reduction } = known(op, options, 'weight');
  return wrap(
    ops.binaryCrossEntropy(nodeOf(op, input), nodeOf(op, target), {
      weight: optionalNode(op, weight),
      reduction,
    }),
  );
};

/**
 * Binary cross-entropy of sigmoid(x), without computing the sigmoid. `weight`, broadcast, is a factor of each element, `posWeight` one
 * of what positive targets cost.
 *
 * Formula: weight·((1 - y)·x + (1 + (posWeight - 1)·y)·log(1 + e⁻ˣ))
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { binaryCrossEntropyWithLogits, tensor } from 'nacre';
 * await binaryCrossEntropyWithLogits(tensor([0, 100]), tensor([1, 1])).item(); // → 0.3466
 * await binaryCrossEntropyWithLogits(tensor([0]), tensor([1]), { posWeight: tensor([2]) }).item(); // → 1.3863
 * ```
 */
export const binaryCrossEntropyWithLogits: PairLossFn<
  'binaryCrossEntropyWithLogits',
  { weight?: Optional<Tensor>; posWeight?: Optional<Tensor> }
> = (input, target, options) => {
  const op = 'binaryCrossEntropyWithLogits';
  const { weight, posWeight, reduction } = known(op, options, 'weight', 'posWeight');
  return wrap(
    ops.binaryCrossEntropyWithLogits(nodeOf(op, input), nodeOf(op, target), {
      weight: optionalNode(op, weight),
      posWeight: optionalNode(op, posWeight),
      reduction,
    }),
  );
};

/**
 * Quadratic for small differences d = x - y, linear for large ones; `delta` is 1 by default.
 *
 * Formula: ½d² for |d| < delta, else delta·(|d| - ½delta)
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { huberLoss, tensor } from 'nacre';
 * await huberLoss(tensor([0.5, 3]), tensor([0, 0]), { reduction: 'none' }).tolist(); // → [0.125, 2.5]
 * ```
 */
export const huberLoss: PairLossFn<'huberLoss', { delta?: number }> = (input, target, options) => {
  const op = 'huberLoss';
  const { delta, reduction } = known(op, options, 'delta');
  return wrap(ops.huberLoss(nodeOf(op, input), nodeOf(op, target), delta, reduction));
};

/**
 * The Huber loss divided by `beta`, 1 by default; d = x - y.
 *
 * Formula: ½d² / beta for |d| < beta, else |d| - ½beta
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { smoothL1Loss, tensor } from 'nacre';
 * await smoothL1Loss(tensor([0.5, 3]), tensor([0, 0]), { beta: 2, reduction: 'none' }).tolist(); // → [0.0625, 2]
 * ```
 */
export const smoothL1Loss: PairLossFn<'smoothL1Loss', { beta?: number }> = (input, target, options) => {
  const op = 'smoothL1Loss';
  const { beta, reduction } = known(op, options, 'beta');
  return wrap(ops.smoothL1Loss(nodeOf(op, input), nodeOf(op, target), beta, reduction));
};

/**
 * A loss of distances x of pairs that are alike (target 1) or not (-1); `margin` is 1 by default.
 *
 * Formula: x where the target is 1, max(0, margin - x) where it is -1
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { hingeEmbeddingLoss, tensor } from 'nacre';
 * await hingeEmbeddingLoss(tensor([0.2, 0.2]), tensor([1, -1]), { reduction: 'none' }).tolist(); // → [0.2, 0.8]
 * ```
 */
export const hingeEmbeddingLoss: PairLossFn<'hingeEmbeddingLoss', { margin?: number }> = (
  input,
  target,
  options,
) => {
  const op = 'hingeEmbeddingLoss';
  const { margin, reduction } = known(op, options, 'margin');
  return wrap(ops.hingeEmbeddingLoss(nodeOf(op, input), nodeOf(op, target), margin, reduction));
};

/**
 * The divergence of log-probabilities x from probabilities y, which are given as logarithms with `logTarget`. The reduction
 * `batchmean` divides the sum by the length of the first axis.
 *
 * Formula: y·(log y - x)
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { klDiv, tensor } from 'nacre';
 * await klDiv(tensor([Math.log(0.5), Math.log(0.5)]), tensor([1, 0]), { reduction: 'sum' }).item(); // → 0.6931
 * ```
 */
export const klDiv = <T extends Tensor, Y extends Tensor, const R extends Reduction | 'batchmean' = 'mean'>(
  input: T,
  target: Y & Fits<KlDiv<ShapeOf<T>, ShapeOf<Y>, R>>,
  options: { reduction?: R; logTarget?: boolean } = {},
): Tensor<Result<KlDiv<ShapeOf<T>, ShapeOf<Y>, R>>, Floating<T['dtype']>> => {
  const { reduction, logTarget } = known('klDiv', options, 'logTarget');
  return new Tensor(ops.klDiv(nodeOf('klDiv', input), nodeOf('klDiv', target), logTarget, reduction));
};

/**
 * The cosine of the angle of two vectors along `dim` (default 1) of the broadcast operands; `eps` is 1e-8 by default.
 *
 * Formula: x·y / (max(‖x‖, eps)·max(‖y‖, eps))
 *
 * Shapes: x, y broadcast to [...], without the axis `dim`
 *
 * @example
 * ```ts
 * import { cosineSimilarity, tensor } from 'nacre';
 * await cosineSimilarity(tensor([[1, 0]]), tensor([[1, 1]])).tolist(); // → [0.7071]
 * ```
 */
export const cosineSimilarity = <A extends Tensor, B extends Tensor, const Axis extends number = 1>(
  x: A,
  y: B & Fits<CosineSimilarity<A, B, Axis>>,
  options: { dim?: Axis; eps?: number } = {},
): Tensor<Result<CosineSimilarity<A, B, Axis>>, Floating<Together<A, B>>> => {
  const op = 'cosineSimilarity';
  const { dim, eps } = optionsOf(op, options, ['dim', 'eps']);
  return new Tensor(ops.cosineSimilarity(nodeOf(op, x), nodeOf(op, y), dim, eps));
};
