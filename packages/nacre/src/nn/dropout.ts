import { ArgumentError } from '../base/errors.ts';
import type { Node } from '../graph/node.ts';
import * as ops from '../tensor/ops/index.ts';
import type { SameFn } from '../tensor/types/index.ts';
import { Layer } from './layer.ts';

/** Something happens to x while training; afterwards it stays as it is. */
abstract class Dropping extends Layer<SameFn> {
  /** @param p probability of dropping, from 0 to 1. Default: 0.5. */
  constructor(readonly p = 0.5) {
    super();
    if (!(p >= 0 && p <= 1))
      throw new ArgumentError(`p is a probability from 0 to 1, got ${p}`, { op: this.constructor.name });
  }

  protected abstract drop(x: Node): Node;

  protected override compute(x: Node): Node {
    return this.training ? this.drop(x) : x;
  }
}

/**
 * While training, each element becomes 0 with probability p and is scaled by 1 / (1 - p) otherwise; afterwards x (Srivastava, Hinton,
 * Krizhevsky, Sutskever and Salakhutdinov, "Dropout", JMLR 2014).
 *
 * Formula: m·x / (1 - p), m being 0 with probability p, else 1
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, ones, tensor } from 'nacre';
 * const layer = new nn.Dropout(0.5);
 * const y = layer.forward(ones([100]));
 * await y.eq(0).logicalOr(y.eq(2)).all().tolist(); // → true
 * await layer.eval().forward(tensor([1, 2])).tolist(); // → [1, 2]
 * ```
 */
export class Dropout extends Dropping {
  protected override drop(x: Node): Node {
    return ops.dropout(x, this.p);
  }
}

/**
 * Dropout of whole channels of sequences, [N, C, L] or [C, L].
 *
 * Formula: m·x / (1 - p), m being 0 with probability p for each channel, else 1
 *
 * Shapes: x [N, C, L] or [C, L] → the same
 *
 * @example
 * ```ts
 * import { nn, ones } from 'nacre';
 * const y = new nn.Dropout1d(0.5).forward(ones([4, 8, 3]));
 * await y.amax(2).eq(y.amin(2)).all().tolist(); // → true
 * ```
 */
export class Dropout1d extends Dropping {
  protected override drop(x: Node): Node {
    return ops.channelDropout('Dropout1d', x, this.p, 1);
  }
}

/**
 * Dropout of whole channels of images (Tompson, Goroshin, Jain, LeCun and Bregler, 2015); three dimensions are [N, C, L].
 *
 * Formula: m·x / (1 - p), m being 0 with probability p for each channel, else 1
 *
 * Shapes: x [N, C, H, W] → the same
 *
 * @example
 * ```ts
 * import { nn, ones } from 'nacre';
 * const y = new nn.Dropout2d(0.5).forward(ones([4, 8, 3, 3]));
 * await y.amax([2, 3]).eq(y.amin([2, 3])).all().tolist(); // → true
 * ```
 */
export class Dropout2d extends Dropping {
  protected override drop(x: Node): Node {
    return ops.channelDropout('Dropout2d', x, this.p, 2);
  }
}

/**
 * Dropout of whole channels of volumes.
 *
 * Formula: m·x / (1 - p), m being 0 with probability p for each channel, else 1
 *
 * Shapes: x [N, C, D, H, W] or [C, D, H, W] → the same
 *
 * @example
 * ```ts
 * import { nn, ones } from 'nacre';
 * new nn.Dropout3d(0.5).eval().forward(ones([1, 2, 3, 3, 3])).shape; // → [1, 2, 3, 3, 3]
 * ```
 */
export class Dropout3d extends Dropping {
  protected override drop(x: Node): Node {
    return ops.channelDropout('Dropout3d', x, this.p, 3);
  }
}

/**
 * Dropout for SELU: while training, elements become what it saturates at with probability p, scaled and moved so that mean 0 and
 * variance 1 stay (Klambauer, Unterthiner, Mayr and Hochreiter, "Self-normalizing neural networks", 2017).
 *
 * Formula: a·(m·x + (1 - m)·α') + b, m being 0 with probability p, α' = -1.7581, a and b so that mean 0 and variance 1 stay
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.AlphaDropout(0.5).eval().forward(tensor([1, 2])).tolist(); // → [1, 2]
 * ```
 */
export class AlphaDropout extends Dropping {
  protected override drop(x: Node): Node {
    return ops.alphaDropout(x, this.p);
  }
}
