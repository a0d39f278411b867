/** Indexing by tensors, and products of tensors. */
import { nodeOf, nodesOf } from '../arguments.ts';
import * as ops from '../ops/index.ts';
import type { Dot, DTypesOf, Like, Numeric, Outer, Shaped, ShapeOf, Together } from '../signatures.ts';
import { Tensor } from '../tensor.ts';
import type {
  AlongAxis,
  EmbeddingShape,
  Fits,
  Gather,
  IndexSelect,
  MatMul,
  OneHot,
  PromoteAll,
  Result,
  Shape,
} from '../types/index.ts';

// ---- indexing by tensors ----

/**
 * out[i][j] = x[index[i][j]][j] for axis 0, and so on.
 *
 * Formula: y[i, j] = x[index[i, j], j] for axis 0, and so on
 *
 * Shapes: x [n, m], index [k, m] → [k, m] for axis 0
 *
 * @example
 * ```ts
 * import { gather, tensor } from 'nacre';
 * await gather(tensor([[1, 2], [3, 4]]), 1, tensor([[0, 0], [1, 0]], { dtype: 'int32' })).tolist(); // → [[1, 1], [4, 3]]
 * ```
 */
export const gather = <T extends Tensor, const Axis extends number, I extends Tensor>(
  x: T,
  dim: Axis & Fits<AlongAxis<'gather', ShapeOf<T>, Axis>>,
  index: I & Fits<Gather<ShapeOf<T>, Axis, ShapeOf<I>>>,
): Shaped<T, Gather<ShapeOf<T>, Axis, ShapeOf<I>>> =>
  new Tensor(ops.gather(x.node, dim, nodeOf('gather', index)));

/**
 * x with source[i][j] added at [index[i][j]][j] for axis 0, and so on.
 *
 * Formula: y = x, then y[index[i, j], j] += source[i, j] for axis 0, and so on
 *
 * Shapes: x [n, m], index and source [k, m] → [n, m] for axis 0
 *
 * @example
 * ```ts
 * import { scatterAdd, tensor, zeros } from 'nacre';
 * const index = tensor([0, 2, 0], { dtype: 'int32' });
 * await scatterAdd(zeros([3]), 0, index, tensor([1, 2, 3])).tolist(); // → [4, 0, 2]
 * ```
 */
export const scatterAdd = <T extends Tensor, const Axis extends number>(
  x: T,
  dim: Axis & Fits<AlongAxis<'scatterAdd', ShapeOf<T>, Axis>>,
  index: Tensor,
  source: Tensor,
): Like<T> =>
  new Tensor(ops.scatterAdd(x.node, dim, nodeOf('scatterAdd', index), nodeOf('scatterAdd', source)));

/**
 * The slices of an axis that a list of indices names.
 *
 * Formula: y[i] = x[index[i]]
 *
 * Shapes: x [n, ...], index [k] → [k, ...]
 *
 * @example
 * ```ts
 * import { indexSelect, tensor } from 'nacre';
 * await indexSelect(tensor([10, 20, 30]), 0, tensor([2, 0], { dtype: 'int32' })).tolist(); // → [30, 10]
 * ```
 */
export const indexSelect = <T extends Tensor, const Axis extends number, I extends Tensor>(
  x: T,
  dim: Axis & Fits<AlongAxis<'indexSelect', ShapeOf<T>, Axis>>,
  index: I & Fits<IndexSelect<ShapeOf<T>, Axis, ShapeOf<I>>>,
): Shaped<T, IndexSelect<ShapeOf<T>, Axis, ShapeOf<I>>> =>
  new Tensor(ops.indexSelect(x.node, dim, nodeOf('indexSelect', index)));

/**
 * 1 at the place each index names, 0 elsewhere, along a new last axis of `numClasses`, as int32.
 *
 * Formula: y[..., c] = 1 where c = indices[...], else 0
 *
 * Shapes: indices [...] → [..., numClasses]
 *
 * @example
 * ```ts
 * import { oneHot, tensor } from 'nacre';
 * await oneHot(tensor([1, 0], { dtype: 'int32' }), 3).tolist(); // → [[0, 1, 0], [1, 0, 0]]
 * ```
 */
export const oneHot = <T extends Tensor, const N extends number>(
  indices: T,
  numClasses: N,
): Tensor<OneHot<ShapeOf<T>, N>, 'int32'> => new Tensor(ops.oneHot(indices.node, numClasses));

/**
 * The rows of `weight` that the indices name: `[...indices, features]`.
 *
 * Formula: y[...] = weight[indices[...]]
 *
 * Shapes: indices [...], weight [n, features] → [..., features]
 *
 * @example
 * ```ts
 * import { embedding, tensor } from 'nacre';
 * await embedding(tensor([1, 0], { dtype: 'int32' }), tensor([[1, 2], [3, 4]])).tolist(); // → [[3, 4], [1, 2]]
 * ```
 */
export const embedding = <I extends Tensor, W extends Tensor>(
  indices: I,
  weight: W & Fits<EmbeddingShape<ShapeOf<I>, ShapeOf<W>>>,
): Tensor<Result<EmbeddingShape<ShapeOf<I>, ShapeOf<W>>>, W['dtype']> =>
  new Tensor(ops.embedding(indices.node, nodeOf('embedding', weight)));

// ---- products ----

/**
 * Product of matrices: vectors are rows on the left and columns on the right, leading axes are broadcast. Throws a
 * ShapeMismatchError where the inner lengths differ.
 *
 * Formula: y[i, j] = Σₖ a[i, k]·b[k, j]
 *
 * Shapes: [..., m, k], [..., k, n] → [..., m, n]
 *
 * @example
 * ```ts
 * import { matmul, tensor } from 'nacre';
 * await matmul(tensor([[1, 2], [3, 4]]), tensor([[1], [10]])).tolist(); // → [[21], [43]]
 * ```
 */
export const matmul = <A extends Tensor, B extends Tensor>(
  x: A,
  y: B & Fits<MatMul<ShapeOf<A>, ShapeOf<B>>>,
): Tensor<Result<MatMul<ShapeOf<A>, ShapeOf<B>>>, Together<A, B>> =>
  new Tensor(ops.matmul(nodeOf('matmul', x), nodeOf('matmul', y)));

/**
 * The inner product of two vectors. Throws a ShapeMismatchError for other shapes.
 *
 * Formula: Σ xᵢ·yᵢ
 *
 * Shapes: [n], [n] → []
 *
 * @example
 * ```ts
 * import { dot, tensor } from 'nacre';
 * await dot(tensor([1, 2]), tensor([3, 4])).item(); // → 11
 * ```
 */
export const dot = <A extends Tensor, B extends Tensor>(
  x: A,
  y: B & Fits<Dot<ShapeOf<A>, ShapeOf<B>>>,
): Tensor<Result<Dot<ShapeOf<A>, ShapeOf<B>>>, Numeric<Together<A, B>>> =>
  new Tensor(ops.dot(nodeOf('dot', x), nodeOf('dot', y)));

/**
 * The outer product of two vectors.
 *
 * Formula: y[i, j] = xᵢ·yⱼ
 *
 * Shapes: [m], [n] → [m, n]
 *
 * @example
 * ```ts
 * import { outer, tensor } from 'nacre';
 * await outer(tensor([1, 2]), tensor([3, 4])).tolist(); // → [[3, 4], [6, 8]]
 * ```
 */
export const outer = <A extends Tensor, B extends Tensor>(
  x: A,
  y: B & Fits<Outer<ShapeOf<A>, ShapeOf<B>>>,
): Tensor<Result<Outer<ShapeOf<A>, ShapeOf<B>>>, Numeric<Together<A, B>>> =>
  new Tensor(ops.outer(nodeOf('outer', x), nodeOf('outer', y)));

/**
 * Einstein summation over the letters of `equation`, as `einsum('ij,jk->ik', a, b)`; without an arrow the result has the letters that
 * occur once, in alphabetical order; `...` stands for leading axes.
 *
 * Formula: 'ij,jk->ik' is y[i, k] = Σⱼ a[i, j]·b[j, k]
 *
 * Shapes: as the letters of the equation say
 *
 * @example
 * ```ts
 * import { einsum, tensor } from 'nacre';
 * await einsum('ij,j->i', tensor([[1, 2], [3, 4]]), tensor([1, 10])).tolist(); // → [21, 43]
 * ```
 */
export const einsum = <const T extends readonly [Tensor, ...Tensor[]]>(
  equation: string,
  ...operands: T
): Tensor<Shape, PromoteAll<DTypesOf<T>>> => new Tensor(ops.einsum(equation, nodesOf('einsum', operands)));
