import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import type { Node } from '../graph/node.ts';
import { full } from '../tensor/create.ts';
import * as ops from '../tensor/ops/index.ts';
import { Parameter } from '../tensor/parameter.ts';
import type { SameFn } from '../tensor/types/index.ts';
import { Layer } from './layer.ts';
import { checkSizes } from './linear.ts';

/**
 * The rectified linear unit.
 *
 * Formula: max(x, 0)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.ReLU().forward(tensor([-1, 2])).tolist(); // → [0, 2]
 * ```
 */
export class ReLU extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.relu(x);
  }
}

/**
 * 1.0507·(x where it is positive, else 1.6733·(exp(x) - 1)) (Klambauer, Unterthiner, Mayr and Hochreiter, 2017).
 *
 * Formula: 1.0507·x for x > 0, else 1.0507·1.6733·(eˣ - 1)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.SELU().forward(tensor([-1, 1])).tolist(); // → [-1.1113, 1.0507]
 * ```
 */
export class SELU extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.selu(x);
  }
}

/**
 * The sigmoid linear unit, also called swish.
 *
 * Formula: x·sigmoid(x)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.SiLU().forward(tensor([-1, 1])).tolist(); // → [-0.2689, 0.7311]
 * ```
 */
export class SiLU extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.silu(x);
  }
}

/**
 * A smooth activation (Misra, 2019).
 *
 * Formula: x·tanh(log(1 + eˣ))
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.Mish().forward(tensor([0, 1])).tolist(); // → [0, 0.8651]
 * ```
 */
export class Mish extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.mish(x);
  }
}

/**
 * A sigmoid with long tails, between -1 and 1.
 *
 * Formula: x / (1 + |x|)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.Softsign().forward(tensor([-1, 3])).tolist(); // → [-0.5, 0.75]
 * ```
 */
export class Softsign extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.softsign(x);
  }
}

/**
 * The logarithm of the sigmoid, without overflow.
 *
 * Formula: -log(1 + e⁻ˣ)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.LogSigmoid().forward(tensor([0, -100])).tolist(); // → [-0.6931, -100]
 * ```
 */
export class LogSigmoid extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.logSigmoid(x);
  }
}

/**
 * The logistic function, between 0 and 1.
 *
 * Formula: 1 / (1 + e⁻ˣ)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.Sigmoid().forward(tensor([0, 2])).tolist(); // → [0.5, 0.8808]
 * ```
 */
export class Sigmoid extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.sigmoid(x);
  }
}

/**
 * The hyperbolic tangent, between -1 and 1.
 *
 * Formula: (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.Tanh().forward(tensor([0, 1])).tolist(); // → [0, 0.7616]
 * ```
 */
export class Tanh extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.tanh(x);
  }
}

/**
 * A sigmoid of three straight pieces.
 *
 * Formula: min(max(x + 3, 0), 6) / 6
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.Hardsigmoid().forward(tensor([-4, 0, 3])).tolist(); // → [0, 0.5, 1]
 * ```
 */
export class Hardsigmoid extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.hardsigmoid(x);
  }
}

/**
 * A `SiLU` of straight and quadratic pieces (Howard et al., 2019).
 *
 * Formula: x·min(max(x + 3, 0), 6) / 6
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.Hardswish().forward(tensor([-4, 1.5, 4])).tolist(); // → [0, 1.125, 4]
 * ```
 */
export class Hardswish extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.hardswish(x);
  }
}

/**
 * A `ReLU` that lets a part of negative numbers through: `negativeSlope` (default 0.01) of them.
 *
 * Formula: x for x > 0, else negativeSlope·x
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.LeakyReLU({ negativeSlope: 0.1 }).forward(tensor([-2, 2])).tolist(); // → [-0.2, 2]
 * ```
 */
export class LeakyReLU extends Layer<SameFn> {
  readonly negativeSlope: number;

  constructor(options: { negativeSlope?: number } = {}) {
    super();
    const { negativeSlope = 0.01 } = optionsOf('LeakyReLU', options, ['negativeSlope']);
    this.negativeSlope = negativeSlope;
  }

  protected override compute(x: Node): Node {
    return ops.leakyRelu(x, this.negativeSlope);
  }
}

/**
 * The exponential linear unit, which goes to -alpha (default -1) (Clevert, Unterthiner and Hochreiter, 2015).
 *
 * Formula: x for x > 0, else alpha·(eˣ - 1)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.ELU().forward(tensor([-1, 2])).tolist(); // → [-0.6321, 2]
 * ```
 */
export class ELU extends Layer<SameFn> {
  readonly alpha: number;

  constructor(options: { alpha?: number } = {}) {
    super();
    const { alpha = 1 } = optionsOf('ELU', options, ['alpha']);
    this.alpha = alpha;
  }

  protected override compute(x: Node): Node {
    return ops.elu(x, this.alpha);
  }
}

/**
 * The Gaussian error linear unit; `approximate: 'tanh'` approximates it, the default is 'none' (Hendrycks and Gimpel, 2016).
 *
 * Formula: x·Φ(x), Φ being the distribution function of the standard normal
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.GELU().forward(tensor([-1, 1])).tolist(); // → [-0.1587, 0.8413]
 * ```
 */
export class GELU extends Layer<SameFn> {
  readonly approximate: 'none' | 'tanh';

  constructor(options: { approximate?: 'none' | 'tanh' } = {}) {
    super();
    const { approximate = 'none' } = optionsOf('GELU', options, ['approximate']);
    if (approximate !== 'none' && approximate !== 'tanh') {
      throw new ArgumentError(`approximate is 'none' or 'tanh', got '${String(approximate)}'`, {
        op: 'GELU',
      });
    }
    this.approximate = approximate;
  }

  protected override compute(x: Node): Node {
    return ops.gelu(x, this.approximate);
  }
}

/**
 * A smooth form of `ReLU`, without overflow for any x; `beta` is 1 by default. Above `threshold` (default 20) beta·x is linear, as it is to
 * rounding without one.
 *
 * Formula: log(1 + exp(beta·x)) / beta
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.Softplus().forward(tensor([0, 100])).tolist(); // → [0.6931, 100]
 * ```
 */
export class Softplus extends Layer<SameFn> {
  readonly beta: number;
  readonly threshold: number | undefined;

  constructor(options: { beta?: number; threshold?: number } = {}) {
    super();
    const { beta = 1, threshold } = optionsOf('Softplus', options, ['beta', 'threshold']);
    if (!(beta > 0)) throw new ArgumentError(`beta is a positive number, got ${beta}`, { op: 'Softplus' });
    this.beta = beta;
    this.threshold = threshold;
  }

  protected override compute(x: Node): Node {
    return ops.softplusOf(x, this.beta, this.threshold);
  }
}

/**
 * The nearest number from `minVal` (default -1) to `maxVal` (default 1). Throws an ArgumentError unless minVal is below maxVal.
 *
 * Formula: min(max(x, minVal), maxVal)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.Hardtanh().forward(tensor([-3, 0.5, 3])).tolist(); // → [-1, 0.5, 1]
 * ```
 */
export class Hardtanh extends Layer<SameFn> {
  readonly minVal: number;
  readonly maxVal: number;

  constructor(options: { minVal?: number; maxVal?: number } = {}) {
    super();
    const { minVal = -1, maxVal = 1 } = optionsOf(this.constructor.name, options, ['minVal', 'maxVal']);
    if (!(minVal < maxVal)) {
      throw new ArgumentError(`minVal is less than maxVal, got ${minVal} and ${maxVal}`, {
        op: this.constructor.name,
      });
    }
    this.minVal = minVal;
    this.maxVal = maxVal;
  }

  protected override compute(x: Node): Node {
    return ops.hardtanh(x, this.minVal, this.maxVal);
  }
}

/**
 * A `ReLU` that does not rise above 6.
 *
 * Formula: min(max(x, 0), 6)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.ReLU6().forward(tensor([-1, 3, 9])).tolist(); // → [0, 3, 6]
 * ```
 */
export class ReLU6 extends Hardtanh {
  constructor() {
    super({ minVal: 0, maxVal: 6 });
  }
}

/**
 * x where it is greater than `threshold`, else `value`.
 *
 * Formula: x for x > threshold, else value
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.Threshold(2, -1).forward(tensor([1, 2, 3])).tolist(); // → [-1, -1, 3]
 * ```
 */
export class Threshold extends Layer<SameFn> {
  constructor(
    readonly threshold: number,
    readonly value: number,
  ) {
    super();
  }

  protected override compute(x: Node): Node {
    return ops.threshold(x, this.threshold, this.value);
  }
}

/**
 * Positive numbers that sum to 1 along `dim`, without overflow.
 *
 * Formula: exp(x) / Σ exp(x)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.Softmax(0).forward(tensor([0, Math.log(3)])).tolist(); // → [0.25, 0.75]
 * ```
 */
export class Softmax extends Layer<SameFn> {
  constructor(readonly dim: number) {
    super();
    checkDim('Softmax', dim);
  }

  protected override compute(x: Node): Node {
    return ops.softmax(x, this.dim);
  }
}

/**
 * The softmax of -x.
 *
 * Formula: exp(-x) / Σ exp(-x)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.Softmin(0).forward(tensor([0, Math.log(3)])).tolist(); // → [0.75, 0.25]
 * ```
 */
export class Softmin extends Layer<SameFn> {
  constructor(readonly dim: number) {
    super();
    checkDim('Softmin', dim);
  }

  protected override compute(x: Node): Node {
    return ops.softmax(ops.negative(x), this.dim);
  }
}

/**
 * The logarithm of the softmax along `dim`, without computing the softmax.
 *
 * Formula: x - log Σ exp(x)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.LogSoftmax(0).forward(tensor([0, Math.log(3)])).tolist(); // → [-1.3863, -0.2877]
 * ```
 */
export class LogSoftmax extends Layer<SameFn> {
  constructor(readonly dim: number) {
    super();
    checkDim('LogSoftmax', dim);
  }

  protected override compute(x: Node): Node {
    return ops.logSoftmax(x, this.dim);
  }
}

function checkDim(op: string, dim: number): void {
  if (!Number.isInteger(dim)) {
    throw new ArgumentError(`dim is an integer, got ${dim}`, {
      op,
      hint: `The last axis is new nn.${op}(-1)`,
    });
  }
}

/**
 * x where it is positive, else weight·x, with a weight that is learned (He, Zhang, Ren and Sun, 2015): one, or one for each channel
 * (axis 1). It begins as `init`.
 *
 * Formula: x for x > 0, else weight·x
 *
 * Shapes: x [N, C, ...] → the same
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.PReLU().forward(tensor([-4, 2])).tolist(); // → [-1, 2]
 * ```
 */
export class PReLU extends Layer<SameFn> {
  readonly numParameters: number;
  readonly weight: Parameter<readonly [number], 'float32'>;

  constructor(options: { numParameters?: number; init?: number } = {}) {
    super();
    const { numParameters = 1, init = 0.25 } = optionsOf('PReLU', options, ['numParameters', 'init']);
    checkSizes('PReLU', { numParameters });
    this.numParameters = numParameters;
    this.weight = new Parameter(full([numParameters], init));
  }

  protected override compute(x: Node): Node {
    return ops.prelu(x, this.weight.node, `PReLU(${this.numParameters})`);
  }
}

/**
 * The first half of axis `dim` (default: the last) times the sigmoid of the second (Dauphin, Fan, Auli and Grangier, 2017).
 *
 * Formula: a·sigmoid(b), [a, b] = x
 *
 * Shapes: x [..., 2n] → [..., n]
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.GLU().forward(tensor([1, 2, 0, 0])).tolist(); // → [0.5, 1]
 * ```
 */
export class GLU extends Layer {
  constructor(readonly dim = -1) {
    super();
  }

  protected override compute(x: Node): Node {
    return ops.glu(x, this.dim);
  }
}
