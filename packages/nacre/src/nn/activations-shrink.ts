import { ArgumentError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import type { Node } from '../graph/node.ts';
import * as activations from '../tensor/ops/activations.ts';
import { softmax } from '../tensor/ops/reduce.ts';
import type { SameFn } from '../tensor/types/index.ts';
import { Layer } from './layer.ts';

/**
 * A continuously differentiable `ELU` (Barron, "Continuously differentiable exponential linear units", 2017).
 *
 * Formula: x for x > 0, else alpha·(exp(x / alpha) - 1)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.CELU({ alpha: 2 }).forward(tensor([-100, 3])).tolist(); // → [-2, 3]
 * ```
 */
export class CELU extends Layer<SameFn> {
  readonly alpha: number;

  /** @param options `alpha` 1. */
  constructor(options: { alpha?: number } = {}) {
    super();
    const { alpha = 1 } = optionsOf('CELU', options, ['alpha']);
    if (alpha === 0) throw new ArgumentError('alpha is not 0', { op: 'CELU' });
    this.alpha = alpha;
  }

  protected override compute(x: Node): Node {
    return activations.celu(x, this.alpha);
  }
}

/**
 * Zero near zero: what is not above `lambd` in magnitude goes.
 *
 * Formula: x for |x| > lambd, else 0
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.Hardshrink().forward(tensor([-2, 0.5, 1])).tolist(); // → [-2, 0, 1]
 * ```
 */
export class Hardshrink extends Layer<SameFn> {
  /** @param lambd 0.5 by default. */
  constructor(readonly lambd = 0.5) {
    super();
  }

  protected override compute(x: Node): Node {
    return activations.hardshrink(x, this.lambd);
  }
}

/**
 * x - lambd above lambd, x + lambd below -lambd, 0 between.
 *
 * Formula: sign(x)·max(|x| - lambd, 0)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.Softshrink().forward(tensor([-2, 0.5, 1])).tolist(); // → [-1.5, 0, 0.5]
 * ```
 */
export class Softshrink extends Layer<SameFn> {
  /** @param lambd 0.5 by default, not negative. */
  constructor(readonly lambd = 0.5) {
    super();
    if (!(lambd >= 0)) throw new ArgumentError(`lambd is zero or more, got ${lambd}`, { op: 'Softshrink' });
  }

  protected override compute(x: Node): Node {
    return activations.softshrink(x, this.lambd);
  }
}

/**
 * What the hyperbolic tangent takes away.
 *
 * Formula: x - tanh(x)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.Tanhshrink().forward(tensor([0, 20])).tolist(); // → [0, 19]
 * ```
 */
export class Tanhshrink extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return activations.tanhshrink(x);
  }
}

/**
 * x where it is positive, else a slope times x: while training one drawn between `lower` and `upper` for each element, afterwards their
 * mean (Xu, Wang, Chen and Li, "Empirical evaluation of rectified activations in convolutional network", 2015).
 *
 * Formula: x for x ≥ 0, else slope·x
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.RReLU({ lower: 0.25, upper: 0.75 }).eval().forward(tensor([-4, 4])).tolist(); // → [-2, 4]
 * ```
 */
export class RReLU extends Layer<SameFn> {
  readonly lower: number;
  readonly upper: number;

  /** @param options `lower` 1/8, `upper` 1/3. */
  constructor(options: { lower?: number; upper?: number } = {}) {
    super();
    const { lower = 1 / 8, upper = 1 / 3 } = optionsOf('RReLU', options, ['lower', 'upper']);
    if (!(lower <= upper)) {
      throw new ArgumentError(`lower is not above upper, got ${lower} and ${upper}`, { op: 'RReLU' });
    }
    this.lower = lower;
    this.upper = upper;
  }

  protected override compute(x: Node): Node {
    return activations.rrelu(x, this.lower, this.upper, this.training);
  }
}

/**
 * 1 where x ≥ threshold, else 0: the unit of the perceptron (Rosenblatt, 1958). With `straightThrough` gradients pass as if it were x
 * (Bengio, Léonard and Courville, "Estimating or propagating gradients through stochastic neurons", 2013); without it they are 0.
 *
 * Formula: 1 for x ≥ threshold, else 0
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.BinaryStep().forward(tensor([-1, 0, 2])).tolist(); // → [0, 1, 1]
 * ```
 */
export class BinaryStep extends Layer<SameFn> {
  readonly threshold: number;
  readonly straightThrough: boolean;

  /** @param options `threshold` 0, `straightThrough` false. */
  constructor(options: { threshold?: number; straightThrough?: boolean } = {}) {
    super();
    const names = ['threshold', 'straightThrough'];
    const { threshold = 0, straightThrough = false } = optionsOf('BinaryStep', options, names);
    this.threshold = threshold;
    this.straightThrough = straightThrough;
  }

  protected override compute(x: Node): Node {
    return activations.binaryStep(x, this.threshold, this.straightThrough);
  }
}

/**
 * The softmax over the channels of [N, C, H, W] or [C, H, W] at each place.
 *
 * Formula: exp(x[c]) / Σ exp(x[c]) over the channels c
 *
 * Shapes: x [N, C, H, W] or [C, H, W] → the same
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * await new nn.Softmax2d().forward(zeros([2, 1, 1])).flatten().tolist(); // → [0.5, 0.5]
 * ```
 */
export class Softmax2d extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    const dims = x.shape.length;
    if (dims !== 3 && dims !== 4) {
      throw new ShapeMismatchError(`got ${showShape(x.shape)}: expected 3 or 4 dimensions`, {
        op: 'Softmax2d',
        shapes: [x.shape],
      });
    }
    return softmax(x, -3);
  }
}
