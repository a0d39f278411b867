import { ArgumentError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { resolveAxis, type Shape, sizeOf } from '../base/shape.ts';
import type { Node } from '../graph/node.ts';
import * as ops from '../tensor/ops/index.ts';
import type { FlattenFn, SameFn, UnknownFn } from '../tensor/types/index.ts';
import { Layer } from './layer.ts';

/**
 * Gives x as it is, in the place of a layer that is not wanted.
 *
 * Formula: x
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.Identity().forward(tensor([1, 2])).tolist(); // → [1, 2]
 * ```
 */
export class Identity extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return x;
  }
}

/**
 * The axes from `startDim` to `endDim` as one; by default all but the first, which is the batch.
 *
 * Formula: y[n, k] = x[n, k] in row-major order
 *
 * Shapes: x [N, a, b] → [N, a·b]
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * new nn.Flatten().forward(zeros([2, 3, 4])).shape; // → [2, 12]
 * ```
 */
export class Flatten<const Start extends number = 1, const End extends number = -1> extends Layer<
  FlattenFn<Start, End>
> {
  readonly startDim: Start;
  readonly endDim: End;

  constructor(startDim: Start = 1 as Start, endDim: End = -1 as End) {
    super();
    this.startDim = startDim;
    this.endDim = endDim;
  }

  protected override compute(x: Node): Node {
    return ops.flatten(x, this.startDim, this.endDim);
  }
}

/**
 * One axis as several: with `unflattenedSize` [2, 3], [batch, 6] becomes [batch, 2, 3]. One size may be -1.
 *
 * Formula: y[n, i, j] = x[n, i·b + j]
 *
 * Shapes: x [N, a·b] with unflattenedSize [a, b] → [N, a, b]
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * new nn.Unflatten(1, [2, 3]).forward(zeros([4, 6])).shape; // → [4, 2, 3]
 * ```
 */
export class Unflatten extends Layer<UnknownFn> {
  constructor(
    readonly dim: number,
    readonly unflattenedSize: Shape,
  ) {
    super();
    if (!unflattenedSize.length) throw new ArgumentError('unflattenedSize is empty', { op: 'Unflatten' });
  }

  protected override compute(x: Node): Node {
    const { dim, unflattenedSize } = this;
    const axis = resolveAxis('Unflatten', dim, x.shape.length);
    const known = sizeOf(unflattenedSize.filter((length) => length !== -1));
    const sizes = unflattenedSize.map((length) => (length === -1 ? x.shape[axis] / known : length));
    if (sizeOf(sizes) !== x.shape[axis] || !sizes.every(Number.isInteger)) {
      throw new ShapeMismatchError(
        `axis ${dim} of ${showShape(x.shape)} cannot become ${showShape(unflattenedSize)}`,
        {
          op: 'Unflatten',
          shapes: [x.shape, unflattenedSize],
        },
      );
    }
    return ops.reshapeOf(x, [...x.shape.slice(0, axis), ...sizes, ...x.shape.slice(axis + 1)]);
  }
}
