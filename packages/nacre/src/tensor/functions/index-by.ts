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

/** out[i][j] = x[index[i][j]][j] for axis 0, and so on. */
export const gather = <T extends Tensor, const Axis extends number, I extends Tensor>(
  x: T,
  dim: Axis & Fits<AlongAxis<'gather', ShapeOf<T>, Axis>>,
  index: I & Fits<Gather<ShapeOf<T>, Axis, ShapeOf<I>>>,
): Shaped<T, Gather<ShapeOf<T>, Axis, ShapeOf<I>>> =>
  new Tensor(ops.gather(x.node, dim, nodeOf('gather', index)));

/** x with source[i][j] added at [index[i][j]][j] for axis 0, and so on. */
export const scatterAdd = <T extends Tensor, const Axis extends number>(
  x: T,
  dim: Axis & Fits<AlongAxis<'scatterAdd', ShapeOf<T>, Axis>>,
  index: Tensor,
  source: Tensor,
): Like<T> =>
  new Tensor(ops.scatterAdd(x.node, dim, nodeOf('scatterAdd', index), nodeOf('scatterAdd', source)));

/** The slices of an axis that a list of indices names. */
export const indexSelect = <T extends Tensor, const Axis extends number, I extends Tensor>(
  x: T,
  dim: Axis & Fits<AlongAxis<'indexSelect', ShapeOf<T>, Axis>>,
  index: I & Fits<IndexSelect<ShapeOf<T>, Axis, ShapeOf<I>>>,
): Shaped<T, IndexSelect<ShapeOf<T>, Axis, ShapeOf<I>>> =>
  new Tensor(ops.indexSelect(x.node, dim, nodeOf('indexSelect', index)));

/** 1 at the place each index names, 0 elsewhere, along a new last axis of `numClasses`, as int32. */
export const oneHot = <T extends Tensor, const N extends number>(
  indices: T,
  numClasses: N,
): Tensor<OneHot<ShapeOf<T>, N>, 'int32'> => new Tensor(ops.oneHot(indices.node, numClasses));

/** The rows of `weight` that the indices name: `[...indices, features]`. */
export const embedding = <I extends Tensor, W extends Tensor>(
  indices: I,
  weight: W & Fits<EmbeddingShape<ShapeOf<I>, ShapeOf<W>>>,
): Tensor<Result<EmbeddingShape<ShapeOf<I>, ShapeOf<W>>>, W['dtype']> =>
  new Tensor(ops.embedding(indices.node, nodeOf('embedding', weight)));

// ---- products ----

/** Product of matrices: vectors are rows on the left and columns on the right, leading axes are broadcast. */
export const matmul = <A extends Tensor, B extends Tensor>(
  x: A,
  y: B & Fits<MatMul<ShapeOf<A>, ShapeOf<B>>>,
): Tensor<Result<MatMul<ShapeOf<A>, ShapeOf<B>>>, Together<A, B>> =>
  new Tensor(ops.matmul(nodeOf('matmul', x), nodeOf('matmul', y)));

/** Σ xᵢ·yᵢ of two vectors. */
export const dot = <A extends Tensor, B extends Tensor>(
  x: A,
  y: B & Fits<Dot<ShapeOf<A>, ShapeOf<B>>>,
): Tensor<Result<Dot<ShapeOf<A>, ShapeOf<B>>>, Numeric<Together<A, B>>> =>
  new Tensor(ops.dot(nodeOf('dot', x), nodeOf('dot', y)));

/** xᵢ·yⱼ of two vectors. */
export const outer = <A extends Tensor, B extends Tensor>(
  x: A,
  y: B & Fits<Outer<ShapeOf<A>, ShapeOf<B>>>,
): Tensor<Result<Outer<ShapeOf<A>, ShapeOf<B>>>, Numeric<Together<A, B>>> =>
  new Tensor(ops.outer(nodeOf('outer', x), nodeOf('outer', y)));

/**
 * Einstein summation over the letters of `equation`, as `einsum('ij,jk->ik', a, b)`; without an arrow the result has the letters that
 * occur once, in alphabetical order; `...` stands for leading axes.
 */
export const einsum = <const T extends readonly [Tensor, ...Tensor[]]>(
  equation: string,
  ...operands: T
): Tensor<Shape, PromoteAll<DTypesOf<T>>> => new Tensor(ops.einsum(equation, nodesOf('einsum', operands)));
