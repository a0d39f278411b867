import { ArgumentError } from '../base/errors.ts';
import type { Node } from '../graph/node.ts';
import * as ops from '../tensor/ops/index.ts';
import type { SameFn } from '../tensor/types/index.ts';
import { Layer } from './layer.ts';

/**
 * While training, each element becomes 0 with probability p and is scaled by 1 / (1 - p) otherwise; afterwards x (Srivastava, Hinton,
 * Krizhevsky, Sutskever and Salakhutdinov, "Dropout", JMLR 2014).
 */
export class Dropout extends Layer<SameFn> {
  /** @param p probability of dropping, from 0 to 1. Default: 0.5. */
  constructor(readonly p = 0.5) {
    super();
    if (!(p >= 0 && p <= 1))
      throw new ArgumentError(`p is a probability from 0 to 1, got ${p}`, { op: 'Dropout' });
  }

  protected override compute(x: Node): Node {
    return this.training ? ops.dropout(x, this.p) : x;
  }
}
