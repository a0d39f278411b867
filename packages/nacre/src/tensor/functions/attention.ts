/** Attention, and positions for it. */
import { optionsOf } from '../../base/options.ts';
import { nodeOf, optionalNode } from '../arguments.ts';
import * as ops from '../ops/index.ts';
import type { Floating, FloatLike, Optional, ShapeOf, Together } from '../signatures.ts';
import { Tensor } from '../tensor.ts';
import type { Fits, MatMul, Promote, Result, Shape } from '../types/index.ts';

type SwapLast<S extends Shape> = S extends readonly [
  ...infer Batch extends Shape,
  infer Rows extends number,
  infer Columns extends number,
]
  ? [...Batch, Columns, Rows]
  : Shape;

/** The shape of the scores, and that of the output, as the products they are. */
type Scores<Q extends Shape, K extends Shape> = MatMul<Q, SwapLast<K>>;
type Attended<Q extends Shape, K extends Shape, V extends Shape> =
  Scores<Q, K> extends infer S extends Shape ? MatMul<S, V> : Shape;

export interface ScaledDotProductAttentionOptions {
  /** Which keys a query may see (bool, true: it may), or floats added to the scores. Broadcast to [..., T, S]. */
  attnMask?: Optional<Tensor>;
  /** Whether query i sees the keys up to i alone. Default: no. */
  isCausal?: boolean;
  /** Probability with which a weight becomes 0. Default: 0. */
  dropoutP?: number;
  /** What scores are multiplied with. Default: 1 / √E. */
  scale?: number;
}

/**
 * softmax(q·kᵀ·scale + mask)·v (Vaswani et al., "Attention is all you need", 2017): q [..., T, E], k [..., S, E] and v [..., S, V] give
 * [..., T, V]; leading axes are broadcast. A query that may see no key gives 0, and no gradient. Above 2²⁰ scores a head, they are
 * computed in blocks of queries and never held all at once (a backward pass holds them). Throws if shapes do not fit, or with both a
 * mask and `isCausal`.
 *
 * Formula: softmax(q·kᵀ·scale + mask)·v
 *
 * Shapes: q [..., T, E], k [..., S, E], v [..., S, V] → [..., T, V]
 *
 * @example
 * ```ts
 * import { ones, scaledDotProductAttention, tensor } from 'nacre';
 * await scaledDotProductAttention(tensor([[0, 0]]), ones([2, 2]), tensor([[1], [3]])).tolist(); // → [[2]]
 * ```
 */
export const scaledDotProductAttention = <Q extends Tensor, K extends Tensor, V extends Tensor>(
  q: Q,
  k: K & Fits<Scores<ShapeOf<Q>, ShapeOf<K>>>,
  v: V & Fits<Attended<ShapeOf<Q>, ShapeOf<K>, ShapeOf<V>>>,
  options: ScaledDotProductAttentionOptions = {},
): Tensor<
  Result<Attended<ShapeOf<Q>, ShapeOf<K>, ShapeOf<V>>>,
  Floating<Promote<Together<Q, K>, V['dtype']>>
> => {
  const op = 'scaledDotProductAttention';
  const names = ['attnMask', 'isCausal', 'dropoutP', 'scale'];
  const { attnMask, ...others } = optionsOf(op, options, names);
  const mask = optionalNode(op, attnMask);
  return new Tensor(
    ops.scaledDotProductAttention(nodeOf(op, q), nodeOf(op, k), nodeOf(op, v), {
      ...others,
      attnMask: mask,
    }),
  );
};

export interface RotaryOptions {
  /** The position of the first row: a number, or an int32 tensor of one. Default: 0. */
  start?: number | Tensor;
  /** The longest wave is 2π·base positions. Default: 10,000. */
  base?: number;
  /** Whether pairs are neighbours, as in the paper, rather than E / 2 features apart, as in most models. Default: no. */
  interleaved?: boolean;
}

/**
 * Queries or keys [..., T, E] with each pair of features turned by position·base^(-2i / E), so that their products depend on distances
 * alone (Su et al., "RoFormer", 2021). Throws if E is odd.
 *
 * Formula: (a, b) → (a·cos θ - b·sin θ, a·sin θ + b·cos θ), θ = position·base^(-2i / E)
 *
 * Shapes: x [..., T, E] → [..., T, E]
 *
 * @example
 * ```ts
 * import { applyRotary, tensor } from 'nacre';
 * await applyRotary(tensor([[1, 0], [1, 0]])).tolist(); // → [[1, 0], [0.5403, 0.8415]]
 * ```
 */
export const applyRotary = <T extends Tensor>(
  x: T,
  { start = 0, base = 10_000, interleaved = false }: RotaryOptions = {},
): FloatLike<T> => {
  const op = 'applyRotary';
  const from = typeof start === 'number' ? start : nodeOf(op, start);
  return new Tensor(ops.applyRotary(nodeOf(op, x), from, base, interleaved));
};
