/** Losses of margins and of hard examples. `reduction` is 'mean' by default, 'sum' or 'none'. */
import { optionsOf } from '../../base/options.ts';
import { nodeOf, optionalNode } from '../arguments.ts';
import * as ops from '../ops/index.ts';
import type { LossOptions, Optional } from '../signatures.ts';
import { Tensor } from '../tensor.ts';
import type { Reduction } from '../types/index.ts';

type Reduced = LossOptions<Reduction>;

/**
 * Σ max(0, margin - x[y] + x[i])^p / C over the classes i other than y: logits [N, C] or [C], classes y [N] or []. `p` is 1 (the
 * default) or 2, `margin` 1, `weight` [C] of the target classes all 1.
 *
 * Formula: Σᵢ max(0, margin - x[y] + x[i])^p / C over i ≠ y
 *
 * Shapes: input [N, C] or [C], target [N] or [] → [] (or as the target with reduction 'none')
 *
 * @example
 * ```ts
 * import { multiMarginLoss, tensor } from 'nacre';
 * await multiMarginLoss(tensor([[0.1, 0.2, 0.4]]), tensor([2], { dtype: 'int32' })).item(); // → 0.5
 * ```
 */
export const multiMarginLoss = (
  input: Tensor,
  target: Tensor,
  options: Reduced & { p?: number; margin?: number; weight?: Optional<Tensor> } = {},
): Tensor => {
  const op = 'multiMarginLoss';
  const { weight, ...others } = optionsOf(op, options, ['p', 'margin', 'weight', 'reduction']);
  return new Tensor(
    ops.multiMarginLoss(nodeOf(op, input), nodeOf(op, target), {
      ...others,
      weight: optionalNode(op, weight),
    }),
  );
};

/**
 * max(0, d(anchor, positive) - d(anchor, negative) + margin), d = ‖x - y + eps‖ of order `p` over the last axis. Defaults: margin 1,
 * p 2, eps 1e-6. `swap` takes the distance of positive and negative where it is the smaller one (Balntas et al., 2016).
 *
 * Formula: max(0, ‖anchor - positive‖ - ‖anchor - negative‖ + margin)
 *
 * Shapes: anchor, positive, negative [..., D] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { tensor, tripletMarginLoss } from 'nacre';
 * await tripletMarginLoss(tensor([[0, 0]]), tensor([[3, 4]]), tensor([[0, 1]])).item(); // → 5
 * ```
 */
export const tripletMarginLoss = (
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: ops.TripletMarginOptions = {},
): Tensor => {
  optionsOf('tripletMarginLoss', options, ['margin', 'p', 'eps', 'swap', 'reduction']);
  const [a, b, c] = [anchor, positive, negative].map((x) => nodeOf('tripletMarginLoss', x));
  return new Tensor(ops.tripletMarginLoss(a, b, c, options));
};

/**
 * Vectors that are alike (target 1) are to point one way, others (-1) not. `margin` is 0.
 *
 * Formula: 1 - cos(x1, x2) where the target is 1, max(0, cos(x1, x2) - margin) where it is -1
 *
 * Shapes: x1, x2 [N, D], target [N] → [] (or [N] with reduction 'none')
 *
 * @example
 * ```ts
 * import { cosineEmbeddingLoss, tensor } from 'nacre';
 * await cosineEmbeddingLoss(tensor([[1, 0]]), tensor([[1, 1]]), tensor([1])).item(); // → 0.2929
 * ```
 */
export const cosineEmbeddingLoss = (
  x1: Tensor,
  x2: Tensor,
  target: Tensor,
  options: Reduced & { margin?: number } = {},
): Tensor => {
  const { margin, reduction } = optionsOf('cosineEmbeddingLoss', options, ['margin', 'reduction']);
  const [a, b, c] = [x1, x2, target].map((x) => nodeOf('cosineEmbeddingLoss', x));
  return new Tensor(ops.cosineEmbeddingLoss(a, b, c, margin, reduction));
};

/**
 * -α·(1 - p)^γ·log p of the probability p of what is true, which counts hard examples more (Lin et al., 2017). Logits of the targets'
 * shape are binary: `alpha` (0.25; null for none) weighs 1, and 1 - alpha weighs 0. Logits [N, C, …] with integer classes [N, …] go
 * through softmax, and alpha is 1. `gamma` is 2 by default.
 *
 * Formula: -α·(1 - p)^γ·log p
 *
 * Shapes: input [...] and target [...], or input [N, C, ...] and classes [N, ...] → [] (or as the target with reduction 'none')
 *
 * @example
 * ```ts
 * import { focalLoss, tensor } from 'nacre';
 * await focalLoss(tensor([0]), tensor([1])).item(); // → 0.0433
 * ```
 */
export const focalLoss = (input: Tensor, target: Tensor, options: ops.FocalOptions = {}): Tensor => {
  const op = 'focalLoss';
  optionsOf(op, options, ['alpha', 'gamma', 'reduction']);
  return new Tensor(ops.focalLoss(nodeOf(op, input), nodeOf(op, target), options));
};

/**
 * The share of wrong decisions: logits [N, C, …] whose largest is not that of the class [N, …], or elements that differ from the
 * targets, of the same shape. It has no gradient.
 *
 * Formula: 1 where the decision is wrong, else 0
 *
 * Shapes: input [N, C, ...], target [N, ...], or both [...] → [] (or as the target with reduction 'none')
 *
 * @example
 * ```ts
 * import { tensor, zeroOneLoss } from 'nacre';
 * await zeroOneLoss(tensor([[1, 2], [4, 3]]), tensor([1, 1], { dtype: 'int32' })).item(); // → 0.5
 * ```
 */
export const zeroOneLoss = (input: Tensor, target: Tensor, options: Reduced = {}): Tensor => {
  const op = 'zeroOneLoss';
  const { reduction } = optionsOf(op, options, ['reduction']);
  return new Tensor(ops.zeroOneLoss(nodeOf(op, input), nodeOf(op, target), reduction));
};

/**
 * The distance of order `p` (default 2) of two vectors over the last axis; `eps` is 1e-6 by default.
 *
 * Formula: ‖x1 - x2 + eps‖
 *
 * Shapes: x1, x2 [..., D] → [...], or [..., 1] with keepdim (default: false)
 *
 * @example
 * ```ts
 * import { pairwiseDistance, tensor } from 'nacre';
 * await pairwiseDistance(tensor([[0, 0]]), tensor([[3, 4]])).tolist(); // → [5]
 * ```
 */
export const pairwiseDistance = (
  x1: Tensor,
  x2: Tensor,
  options: { p?: number; eps?: number; keepdim?: boolean } = {},
): Tensor => {
  const op = 'pairwiseDistance';
  const { p, eps, keepdim } = optionsOf(op, options, ['p', 'eps', 'keepdim']);
  return new Tensor(ops.pairwiseDistance(nodeOf(op, x1), nodeOf(op, x2), p, eps, keepdim));
};
