/** What layers compute. */
import { optionsOf } from '../../base/options.ts';
import { nodeOf, optionalNode } from '../arguments.ts';
import * as ops from '../ops/index.ts';
import type {
  DTypeOf,
  Floating,
  FloatLike,
  LayerNorm,
  Linear,
  Optional,
  ShapeOf,
  Together,
} from '../signatures.ts';
import { Tensor } from '../tensor.ts';
import type { Fits, Promote, Result, Shape } from '../types/index.ts';

/**
 * A product with a weight over the last axis, plus a bias.
 *
 * Formula: x·Wᵀ + b
 *
 * Shapes: x [..., inFeatures], weight [outFeatures, inFeatures], bias [outFeatures] → [..., outFeatures]
 *
 * @example
 * ```ts
 * import { linear, tensor } from 'nacre';
 * await linear(tensor([1, 2]), tensor([[1, 1], [0, 3]]), tensor([10, 0])).tolist(); // → [13, 6]
 * ```
 */
export const linear = <T extends Tensor, W extends Tensor>(
  x: T,
  weight: W & Fits<Linear<ShapeOf<T>, ShapeOf<W>>>,
  bias?: Optional<Tensor>,
): Tensor<Result<Linear<ShapeOf<T>, ShapeOf<W>>>, Together<T, W>> =>
  new Tensor(ops.linear(x.node, nodeOf('linear', weight), optionalNode('linear', bias)));

/**
 * (x - mean) / √(var + eps) over the last axes, which have the shape `normalizedShape`, times weight, plus bias, both of that shape
 * (Ba, Kiros and Hinton, 2016). `eps` is 1e-5 by default.
 *
 * Formula: (x - mean) / √(var + eps)·weight + bias over the normalized axes
 *
 * Shapes: x [..., ...normalizedShape] → the same
 *
 * @example
 * ```ts
 * import { layerNorm, tensor } from 'nacre';
 * await layerNorm(tensor([[1, 2, 3]]), 3).tolist(); // → [[-1.2247, 0, 1.2247]]
 * ```
 */
export function layerNorm<T extends Tensor, const N extends number | Shape, W extends Tensor = never>(
  x: T,
  normalizedShape: N & Fits<LayerNorm<ShapeOf<T>, N>>,
  weight?: Optional<W>,
  bias?: Optional<Tensor>,
  options: { eps?: number } = {},
): Tensor<Result<LayerNorm<ShapeOf<T>, N>>, Floating<Promote<T['dtype'], DTypeOf<W, T['dtype']>>>> {
  const op = 'layerNorm';
  const { eps } = optionsOf(op, options, ['eps']);
  const shape: Shape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
  return new Tensor(ops.layerNorm(x.node, shape, optionalNode(op, weight), optionalNode(op, bias), eps));
}

/**
 * With probability `p` an element becomes 0, else it is scaled by 1 / (1 - p) (Srivastava et al., 2014). Without `training`, which is
 * on by default, x stays as it is.
 *
 * Formula: m·x / (1 - p), m being 0 with probability p, else 1
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { dropout, ones, tensor } from 'nacre';
 * const y = dropout(ones([1000]), 0.5);
 * await y.eq(0).logicalOr(y.eq(2)).all().tolist(); // → true
 * await dropout(tensor([1, 2]), 0.5, { training: false }).tolist(); // → [1, 2]
 * ```
 */
export function dropout<T extends Tensor>(x: T, p = 0.5, options: { training?: boolean } = {}): FloatLike<T> {
  const { training = true } = optionsOf('dropout', options, ['training']);
  const value = ops.toFloat(x.node);
  return new Tensor(training ? ops.dropout(value, p) : value);
}
