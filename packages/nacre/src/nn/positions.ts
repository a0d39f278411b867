import { ArgumentError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import type { Node } from '../graph/node.ts';
import { nodeOf } from '../tensor/arguments.ts';
import { zeros } from '../tensor/create.ts';
import * as ops from '../tensor/ops/index.ts';
import { Parameter } from '../tensor/parameter.ts';
import { reshape } from '../tensor/primitives/apply.ts';
import type { FloatLike } from '../tensor/signatures.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { HasShapeFn, SameFn } from '../tensor/types/index.ts';
import { normal } from './init.ts';
import { checkSizes } from './linear.ts';
import { Module } from './module.ts';

interface PositionOptions {
  /** The position of the first element: a number, or an int32 tensor of one, such as `cache.length`. Default: 0. */
  start?: number | Tensor;
}

/** A module that adds to each position of a sequence a vector of its own. */
abstract class Positions extends Module implements HasShapeFn<SameFn> {
  /** Only for types: there is no such property. */
  declare readonly shapeFn?: SameFn;
  readonly batchFirst: boolean;

  constructor(
    readonly dModel: number,
    options: { batchFirst?: boolean } = {},
  ) {
    super();
    const { batchFirst = false } = optionsOf(new.target.name, options, ['batchFirst']);
    checkSizes(new.target.name, { dModel });
    this.batchFirst = batchFirst;
  }

  /** Vectors of positions: [positions, dModel]. */
  protected abstract vectors(start: number | Node, length: number): Node;

  /**
   * x [N, T, dModel] (the batch second without `batchFirst`, or left out) plus the vectors of the positions from `start` on. Throws if
   * another number of features comes, or a position that has no vector.
   */
  override forward<T extends Tensor>(x: T, { start = 0 }: PositionOptions = {}): FloatLike<T> {
    const op = this.constructor.name;
    const { dModel, batchFirst } = this;
    const node = nodeOf(op, x);
    const { shape } = node;
    const rank = shape.length;
    if ((rank !== 2 && rank !== 3) || shape[rank - 1] !== dModel) {
      const axes = batchFirst ? 'N, T' : 'T, N';
      throw new ShapeMismatchError(
        `got ${showShape(shape)}, expected [${axes}, ${dModel}] or [T, ${dModel}]`,
        {
          op,
          shapes: [shape],
        },
      );
    }
    const isSecond = rank === 3 && !batchFirst;
    const length = shape[isSecond ? 0 : rank - 2];
    const from = typeof start === 'number' ? start : nodeOf(op, start);
    const vectors = this.vectors(from, length);
    return new Tensor(ops.addOf(node, isSecond ? reshape(vectors, [length, 1, dModel]) : vectors));
  }
}

/**
 * Adds sines and cosines of each position (Vaswani et al., "Attention is all you need", 2017). Nothing is learned or kept in
 * checkpoints.
 *
 * Formula: x + P, P[t, 2i] = sin(t·10000^(-2i / dModel)), P[t, 2i + 1] = cos(t·10000^(-2i / dModel))
 *
 * Shapes: x [T, N, dModel], or [N, T, dModel] with `batchFirst` → the same
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * await new nn.SinusoidalPositionalEncoding(2).forward(zeros([2, 1, 2])).tolist(); // → [[[0, 1]], [[0.8415, 0.5403]]]
 * ```
 */
export class SinusoidalPositionalEncoding extends Positions {
  /** @param options with `batchFirst` tensors are [N, T, dModel], else [T, N, dModel]. */
  constructor(dModel: number, options?: { batchFirst?: boolean }) {
    super(dModel, options);
  }

  protected override vectors(start: number | Node, length: number): Node {
    const { dModel } = this;
    const angle = ops.angles(ops.positions(this.constructor.name, start, length), dModel);
    const both = reshape(ops.stack([ops.sin(angle), ops.cos(angle)], -1), [length, 2 * angle.shape[1]]);
    return dModel % 2 ? ops.narrow(both, 1, 0, dModel) : both;
  }
}

/**
 * Adds a vector for each position, which is learned. Weight [maxLen, dModel] begins normal with a standard deviation of 0.02.
 *
 * Formula: x + weight[t]
 *
 * Shapes: x [T, N, dModel], or [N, T, dModel] with `batchFirst` → the same
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * const positions = new nn.LearnedPositionalEmbedding(16, 2, { batchFirst: true });
 * nn.init.ones(positions.weight);
 * await positions.forward(zeros([1, 2, 2])).tolist(); // → [[[1, 1], [1, 1]]]
 * ```
 */
export class LearnedPositionalEmbedding extends Positions {
  readonly weight: Parameter;

  /** @param options with `batchFirst` tensors are [N, T, dModel], else [T, N, dModel]. */
  constructor(
    readonly maxLen: number,
    dModel: number,
    options?: { batchFirst?: boolean },
  ) {
    super(dModel, options);
    checkSizes('LearnedPositionalEmbedding', { maxLen });
    this.weight = normal(new Parameter(zeros([maxLen, dModel])), 0, 0.02);
  }

  protected override vectors(start: number | Node, length: number): Node {
    const op = this.constructor.name;
    const { maxLen } = this;
    const weight = this.weight.node;
    const from = typeof start === 'number' ? start : 0;
    if (!Number.isInteger(from) || from < 0 || from + length > maxLen) {
      throw new ArgumentError(`${length} positions from ${from} on are outside the ${maxLen} there are`, {
        op,
      });
    }
    return typeof start === 'number'
      ? ops.narrow(weight, 0, start, length)
      : ops.indexSelect(weight, 0, ops.positions(op, start, length), op);
  }
}
