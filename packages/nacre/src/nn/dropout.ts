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
 */
export class Dropout extends Dropping {
  protected override drop(x: Node): Node {
    return ops.dropout(x, this.p);
  }
}

/** The same of whole channels of [N, C, L] or [C, L]. */
export class Dropout1d extends Dropping {
  protected override drop(x: Node): Node {
    return ops.channelDropout('Dropout1d', x, this.p, 1);
  }
}

/** The same of whole channels of [N, C, H, W] (Tompson, Goroshin, Jain, LeCun and Bregler, 2015); three dimensions are [N, C, L]. */
export class Dropout2d extends Dropping {
  protected override drop(x: Node): Node {
    return ops.channelDropout('Dropout2d', x, this.p, 2);
  }
}

/** The same of whole channels of [N, C, D, H, W] or [C, D, H, W]. */
export class Dropout3d extends Dropping {
  protected override drop(x: Node): Node {
    return ops.channelDropout('Dropout3d', x, this.p, 3);
  }
}

/**
 * Dropout for SELU: while training, elements become what it saturates at with probability p, scaled and moved so that mean 0 and
 * variance 1 stay (Klambauer, Unterthiner, Mayr and Hochreiter, "Self-normalizing neural networks", 2017).
 */
export class AlphaDropout extends Dropping {
  protected override drop(x: Node): Node {
    return ops.alphaDropout(x, this.p);
  }
}
