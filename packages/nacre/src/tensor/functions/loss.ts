/** Losses: how far an output is from its target. */
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

/** The options as nodes; the weight of classes may be plain numbers. */
function classOptions({ weight, ignoreIndex, reduction }: ClassLossOptions<Reduction>): ops.ClassLossOptions {
  const perClass = Array.isArray(weight) ? tensor(weight, { dtype: 'float64' }) : weight;
  return { weight: optionalNode('weight', perClass as Optional<Tensor>), ignoreIndex, reduction };
}

/** -log of the probability of the target class, from log-probabilities `[N, C, …]` or `[C]` and classes `[N, …]` or one. */
export const nllLoss = <T extends Tensor, Y extends Tensor, const R extends Reduction = 'mean'>(
  logProbabilities: T,
  target: Y & Fits<CrossEntropy<'nllLoss', ShapeOf<T>, ShapeOf<Y>, R>>,
  options: ClassLossOptions<R> = {},
): ClassLoss<'nllLoss', T, Y, R> =>
  new Tensor(
    ops.nllLoss(ops.toFloat(logProbabilities.node), nodeOf('nllLoss', target), classOptions(options)),
  );

/**
 * Cross-entropy of logits `[N, C, …]` or `[C]` with classes `[N, …]` or one, or with probabilities of the logits' own shape.
 * `labelSmoothing` (default 0) spreads that part of each target evenly over the classes.
 */
export const crossEntropy = <T extends Tensor, Y extends Tensor, const R extends Reduction = 'mean'>(
  logits: T,
  target: Y & Fits<CrossEntropy<'crossEntropy', ShapeOf<T>, ShapeOf<Y>, R>>,
  options: ClassLossOptions<R> & { labelSmoothing?: number } = {},
): ClassLoss<'crossEntropy', T, Y, R> =>
  new Tensor(
    ops.crossEntropy(logits.node, nodeOf('crossEntropy', target), {
      ...classOptions(options),
      labelSmoothing: options.labelSmoothing,
    }),
  );

/** (x - y)². */
export const mseLoss: PairLossFn<'mseLoss'> = (input, target, options) =>
  wrap(ops.mseLoss(nodeOf('mseLoss', input), nodeOf('mseLoss', target), options?.reduction));

/** |x - y|. */
export const l1Loss: PairLossFn<'l1Loss'> = (input, target, options) =>
  wrap(ops.l1Loss(nodeOf('l1Loss', input), nodeOf('l1Loss', target), options?.reduction));

/** -(y·log x + (1 - y)·log(1 - x)) of probabilities; the logarithms are not below -100. */
export const binaryCrossEntropy: PairLossFn<'binaryCrossEntropy'> = (input, target, options) =>
  wrap(
    ops.binaryCrossEntropy(
      nodeOf('binaryCrossEntropy', input),
      nodeOf('binaryCrossEntropy', target),
      options?.reduction,
    ),
  );

/** Binary cross-entropy of sigmoid(x), without computing the sigmoid. */
export const binaryCrossEntropyWithLogits: PairLossFn<'binaryCrossEntropyWithLogits'> = (
  input,
  target,
  options,
) =>
  wrap(
    ops.binaryCrossEntropyWithLogits(
      nodeOf('binaryCrossEntropyWithLogits', input),
      nodeOf('binaryCrossEntropyWithLogits', target),
      options?.reduction,
    ),
  );

/** ½d² for |d| < delta, else delta·(|d| - ½delta); delta is 1 by default. */
export const huberLoss: PairLossFn<'huberLoss', { delta?: number }> = (input, target, options) =>
  wrap(
    ops.huberLoss(
      nodeOf('huberLoss', input),
      nodeOf('huberLoss', target),
      options?.delta,
      options?.reduction,
    ),
  );

/** ½d²/beta for |d| < beta, else |d| - ½beta; beta is 1 by default. */
export const smoothL1Loss: PairLossFn<'smoothL1Loss', { beta?: number }> = (input, target, options) =>
  wrap(
    ops.smoothL1Loss(
      nodeOf('smoothL1Loss', input),
      nodeOf('smoothL1Loss', target),
      options?.beta,
      options?.reduction,
    ),
  );

/** x where the target is 1, max(0, margin - x) where it is -1; margin is 1 by default. */
export const hingeEmbeddingLoss: PairLossFn<'hingeEmbeddingLoss', { margin?: number }> = (
  input,
  target,
  options,
) =>
  wrap(
    ops.hingeEmbeddingLoss(
      nodeOf('hingeEmbeddingLoss', input),
      nodeOf('hingeEmbeddingLoss', target),
      options?.margin,
      options?.reduction,
    ),
  );

/**
 * y·(log y - x), the divergence of log-probabilities x from probabilities y, which are given as logarithms with `logTarget`. The
 * reduction `batchmean` divides the sum by the length of the first axis.
 */
export const klDiv = <T extends Tensor, Y extends Tensor, const R extends Reduction | 'batchmean' = 'mean'>(
  input: T,
  target: Y & Fits<KlDiv<ShapeOf<T>, ShapeOf<Y>, R>>,
  { reduction, logTarget }: { reduction?: R; logTarget?: boolean } = {},
): Tensor<Result<KlDiv<ShapeOf<T>, ShapeOf<Y>, R>>, Floating<T['dtype']>> =>
  new Tensor(ops.klDiv(nodeOf('klDiv', input), nodeOf('klDiv', target), logTarget, reduction));

/** x·y / (max(‖x‖, eps)·max(‖y‖, eps)) along `dim` (default 1) of the broadcast operands; `eps` is 1e-8 by default. */
export const cosineSimilarity = <A extends Tensor, B extends Tensor, const Axis extends number = 1>(
  x: A,
  y: B & Fits<CosineSimilarity<A, B, Axis>>,
  { dim, eps }: { dim?: Axis; eps?: number } = {},
): Tensor<Result<CosineSimilarity<A, B, Axis>>, Floating<Together<A, B>>> =>
  new Tensor(ops.cosineSimilarity(nodeOf('cosineSimilarity', x), nodeOf('cosineSimilarity', y), dim, eps));
