import { ArgumentError } from '../base/errors.ts';
import type { Node } from '../graph/node.ts';
import { full } from '../tensor/create.ts';
import * as ops from '../tensor/ops/index.ts';
import { Parameter } from '../tensor/parameter.ts';
import type { SameFn } from '../tensor/types/index.ts';
import { Layer } from './layer.ts';
import { checkSizes } from './linear.ts';

/** max(x, 0). */
export class ReLU extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.relu(x);
  }
}

/** 1.0507·(x where it is positive, else 1.6733·(exp(x) - 1)) (Klambauer, Unterthiner, Mayr and Hochreiter, 2017). */
export class SELU extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.selu(x);
  }
}

/** x·sigmoid(x), also called swish. */
export class SiLU extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.silu(x);
  }
}

/** x·tanh(softplus(x)) (Misra, 2019). */
export class Mish extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.mish(x);
  }
}

/** x / (1 + |x|). */
export class Softsign extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.softsign(x);
  }
}

/** log(1 / (1 + exp(-x))). */
export class LogSigmoid extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.logSigmoid(x);
  }
}

/** 1 / (1 + exp(-x)). */
export class Sigmoid extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.sigmoid(x);
  }
}

/** tanh(x). */
export class Tanh extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.tanh(x);
  }
}

/** min(max(x + 3, 0), 6) / 6. */
export class Hardsigmoid extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.hardsigmoid(x);
  }
}

/** x·min(max(x + 3, 0), 6) / 6 (Howard et al., 2019). */
export class Hardswish extends Layer<SameFn> {
  protected override compute(x: Node): Node {
    return ops.hardswish(x);
  }
}

/** x where it is positive, else negativeSlope·x. */
export class LeakyReLU extends Layer<SameFn> {
  readonly negativeSlope: number;

  constructor({ negativeSlope = 0.01 }: { negativeSlope?: number } = {}) {
    super();
    this.negativeSlope = negativeSlope;
  }

  protected override compute(x: Node): Node {
    return ops.leakyRelu(x, this.negativeSlope);
  }
}

/** x where it is positive, else alpha·(exp(x) - 1) (Clevert, Unterthiner and Hochreiter, 2015). */
export class ELU extends Layer<SameFn> {
  readonly alpha: number;

  constructor({ alpha = 1 }: { alpha?: number } = {}) {
    super();
    this.alpha = alpha;
  }

  protected override compute(x: Node): Node {
    return ops.elu(x, this.alpha);
  }
}

/** x·Φ(x), Φ the normal distribution; 'tanh' approximates it (Hendrycks and Gimpel, 2016). */
export class GELU extends Layer<SameFn> {
  readonly approximate: 'none' | 'tanh';

  constructor({ approximate = 'none' }: { approximate?: 'none' | 'tanh' } = {}) {
    super();
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

/** log(1 + exp(beta·x)) / beta, without overflow for any x. */
export class Softplus extends Layer<SameFn> {
  readonly beta: number;

  constructor({ beta = 1 }: { beta?: number } = {}) {
    super();
    if (!(beta > 0)) throw new ArgumentError(`beta is a positive number, got ${beta}`, { op: 'Softplus' });
    this.beta = beta;
  }

  protected override compute(x: Node): Node {
    const { beta } = this;
    return beta === 1 ? ops.softplus(x) : ops.divOf(ops.softplus(ops.mulOf(x, beta)), beta);
  }
}

/** x, but not below minVal and not above maxVal. */
export class Hardtanh extends Layer<SameFn> {
  readonly minVal: number;
  readonly maxVal: number;

  constructor({ minVal = -1, maxVal = 1 }: { minVal?: number; maxVal?: number } = {}) {
    super();
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

/** min(max(x, 0), 6). */
export class ReLU6 extends Hardtanh {
  constructor() {
    super({ minVal: 0, maxVal: 6 });
  }
}

/** x where it is greater than `threshold`, else `value`. */
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

/** exp(x) / Σ exp(x) along `dim`. */
export class Softmax extends Layer<SameFn> {
  constructor(readonly dim: number) {
    super();
    checkDim('Softmax', dim);
  }

  protected override compute(x: Node): Node {
    return ops.softmax(x, this.dim);
  }
}

/** The softmax of -x. */
export class Softmin extends Layer<SameFn> {
  constructor(readonly dim: number) {
    super();
    checkDim('Softmin', dim);
  }

  protected override compute(x: Node): Node {
    return ops.softmax(ops.negative(x), this.dim);
  }
}

/** log(softmax(x)) along `dim`, without computing the softmax. */
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
 */
export class PReLU extends Layer<SameFn> {
  readonly numParameters: number;
  readonly weight: Parameter<readonly [number], 'float32'>;

  constructor({ numParameters = 1, init = 0.25 }: { numParameters?: number; init?: number } = {}) {
    super();
    checkSizes('PReLU', { numParameters });
    this.numParameters = numParameters;
    this.weight = new Parameter(full([numParameters], init));
  }

  protected override compute(x: Node): Node {
    return ops.prelu(x, this.weight.node, `PReLU(${this.numParameters})`);
  }
}

/** The first half of axis `dim` (default: the last) times the sigmoid of the second (Dauphin, Fan, Auli and Grangier, 2017). */
export class GLU extends Layer {
  constructor(readonly dim = -1) {
    super();
  }

  protected override compute(x: Node): Node {
    return ops.glu(x, this.dim);
  }
}
