/** Distributions of whole numbers. */
import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { broadcastShapes, type Shape } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { nodeOf, operandOf } from '../arguments.ts';
import { clamp, exp, log, log1p, logicalAnd, lt, sigmoid, softplus, toFloat } from '../ops/elementwise.ts';
import { checked } from '../ops/index-by.ts';
import { rand } from '../ops/random.ts';
import { logSoftmax } from '../ops/reduce.ts';
import { categorical, poisson } from '../ops/sampling.ts';
import { isinf, lgamma, xlogy } from '../ops/special.ts';
import {
  add,
  apply,
  cast,
  constant,
  div,
  expand,
  mul,
  neg,
  plus,
  reshape,
  sub,
  sum,
  times,
  where,
} from '../primitives/apply.ts';
import type { Operand } from '../signatures.ts';
import { Tensor } from '../tensor.ts';
import { Distribution } from './distribution.ts';

/** Probabilities, or their logits; one of the two is given. */
export type ProbsOrLogits<P> = { probs: P; logits?: undefined } | { logits: P; probs?: undefined };

function oneOf<P>(op: string, { probs, logits }: ProbsOrLogits<P>): P {
  if ((probs === undefined) === (logits === undefined))
    throw new ArgumentError('give either probs or logits', { op });
  return (probs ?? logits) as P;
}

/** Probabilities away from 0 and 1 by the distance from 1 to the next number, as PyTorch has them: their logarithms are finite. */
function inside(p: Node): Node {
  const eps = 2 ** (p.dtype === 'float64' ? -52 : -23);
  return clamp(p, eps, 1 - eps);
}

/** weight·x, and 0 where the weight is 0 and x infinite. */
export const weighed = (weight: Node, x: Node): Node => {
  const isNothing = logicalAnd(apply('eq', [weight, constant(0, weight.dtype)], {}), isinf(x));
  return mul(weight, where(isNothing, constant(0, x.dtype), x));
};

/**
 * 1 with the probability `probs` = sigmoid(`logits`), else 0. One of the two is given.
 *
 * Formula: P(1) = probs = sigmoid(logits)
 *
 * Shapes: parameters broadcast to [...] = batchShape; sample(shape) → [...shape, ...batchShape]
 *
 * @example
 * ```ts
 * import { distributions } from 'nacre';
 * await new distributions.Bernoulli({ probs: 0.5 }).variance.tolist(); // → 0.25
 * await new distributions.Bernoulli({ logits: 0 }).mean.tolist(); // → 0.5
 * ```
 */
export class Bernoulli extends Distribution {
  readonly #hasLogits: boolean;

  constructor(parameter: ProbsOrLogits<Operand>) {
    super('Bernoulli', [oneOf('Bernoulli', parameter)]);
    this.#hasLogits = parameter.logits !== undefined;
  }

  /** log p and log(1 - p). */
  logarithms(): [Node, Node] {
    const [given] = this.parameters();
    return this.#hasLogits
      ? [neg(softplus(neg(given))), neg(softplus(given))]
      : [log(inside(given)), log1p(neg(inside(given)))];
  }

  protected override meanOf(given: Node): Node {
    return this.#hasLogits ? sigmoid(given) : given;
  }

  protected override draw([given]: readonly Node[]): Node {
    return cast(lt(rand(given.shape, given.dtype), this.meanOf(given)), given.dtype);
  }

  protected override logProbOf(x: Node): Node {
    const [success, failure] = this.logarithms();
    return add(weighed(x, success), weighed(plus(neg(x), 1), failure));
  }

  protected override entropyOf(given: Node): Node {
    const p = this.meanOf(given);
    const [success, failure] = this.logarithms();
    return neg(add(weighed(p, success), weighed(plus(neg(p), 1), failure)));
  }

  protected override varianceOf(given: Node): Node {
    const p = this.meanOf(given);
    return mul(p, plus(neg(p), 1));
  }
}

/**
 * One of C classes, with probabilities `probs` [..., C] in proportion, or softmax(`logits`). One of the two is given; values are int32.
 *
 * Formula: P(c) = probs[c] / Σ probs = softmax(logits)[c]
 *
 * Shapes: probs or logits [..., C] → batchShape [...]; sample(shape) → [...shape, ...]
 *
 * @example
 * ```ts
 * import { distributions, tensor } from 'nacre';
 * const p = new distributions.Categorical({ probs: tensor([1, 1, 2]) });
 * await p.logProb(2).exp().tolist(); // → 0.5
 * ```
 */
export class Categorical {
  readonly #given: Tensor;
  readonly #hasLogits: boolean;

  constructor(parameter: ProbsOrLogits<Tensor>) {
    const op = 'Categorical';
    this.#given = oneOf(op, parameter);
    this.#hasLogits = parameter.logits !== undefined;
    const { shape } = nodeOf(op, this.#given);
    if (!shape.at(-1)) {
      throw new ShapeMismatchError(`got ${showShape(shape)}: expected classes along a last axis`, {
        op,
        shapes: [shape],
      });
    }
  }

  /** Logarithms of the probabilities, [..., C]. Internal. */
  logarithms(): Node {
    const given = toFloat(this.#given.node);
    return this.#hasLogits ? logSoftmax(given, -1) : log(inside(this.probabilities()));
  }

  /** The probabilities, [..., C]. Internal. */
  probabilities(): Node {
    const given = toFloat(this.#given.node);
    if (this.#hasLogits) return exp(logSoftmax(given, -1));
    const last = given.shape.length - 1;
    return div(given, reshape(sum(given, [last]), [...given.shape.slice(0, -1), 1]));
  }

  /** The probabilities of the classes, [..., C]. */
  get probs(): Tensor {
    return new Tensor(this.probabilities());
  }

  /** The shape of one draw: that of the parameter without its last axis. */
  get batchShape(): Shape {
    return this.#given.node.shape.slice(0, -1);
  }

  /** Classes of the shape [...shape, ...batchShape], as int32. */
  sample(shape: Shape = []): Tensor<Shape, 'int32'> {
    return new Tensor(categorical(this.logarithms(), shape));
  }

  /** The logarithm of the probability of a class, integers that are broadcast with `batchShape`. */
  logProb(value: Operand): Tensor {
    const logarithms = this.logarithms();
    const { shape, dtype } = logarithms;
    const given = operandOf('Categorical', value);
    const label = typeof given === 'number' ? constant(given, 'int32') : given;
    const wanted = broadcastShapes('Categorical', label.shape, this.batchShape);
    const full = [...wanted, shape[shape.length - 1]];
    const places = apply('iota', [], { shape: full, axis: wanted.length, dtype: 'int32' });
    const index = checked('Categorical', label, shape[shape.length - 1]);
    const isClass = apply('eq', [places, reshape(expand(index, wanted), [...wanted, 1])], {});
    return new Tensor(sum(where(isClass, expand(logarithms, full), constant(0, dtype)), [wanted.length]));
  }

  /** How uncertain it is, in nats: -Σ p·log p. */
  entropy(): Tensor {
    const terms = weighed(this.probabilities(), this.logarithms());
    return new Tensor(neg(sum(terms, [terms.shape.length - 1])));
  }

  /** NaN, as in PyTorch: classes are no numbers. */
  get mean(): Tensor {
    return new Tensor(expand(constant(Number.NaN, toFloat(this.#given.node).dtype), this.batchShape));
  }

  /** NaN, as in PyTorch: classes are no numbers. */
  get variance(): Tensor {
    return this.mean;
  }
}

/**
 * How often something happens that happens `rate` times on average: probability rate^x·exp(-rate) / x!.
 *
 * Formula: P(x) = rate^x·exp(-rate) / x!
 *
 * Shapes: parameters broadcast to [...] = batchShape; sample(shape) → [...shape, ...batchShape]
 *
 * @example
 * ```ts
 * import { distributions } from 'nacre';
 * await new distributions.Poisson(2).variance.tolist(); // → 2
 * ```
 */
export class Poisson extends Distribution {
  constructor(rate: Operand) {
    super('Poisson', [rate]);
  }

  protected override draw([rate]: readonly Node[]): Node {
    return poisson(rate);
  }

  protected override logProbOf(x: Node, rate: Node): Node {
    return sub(sub(xlogy(x, rate), rate), lgamma(plus(x, 1)));
  }

  /** There is no closed form: up to a rate of 25 the sum, beyond it its expansion, to about 3e-7. */
  protected override entropyOf(rate: Node): Node {
    const isSmall = lt(rate, 25);
    const small = where(isSmall, rate, constant(1, rate.dtype));
    const full = [...rate.shape, 100];
    const k = cast(apply('iota', [], { shape: full, axis: rate.shape.length, dtype: 'int32' }), rate.dtype);
    const logProbability = this.logProbOf(k, reshape(small, [...rate.shape, 1]));
    const total = neg(sum(mul(exp(logProbability), logProbability), [rate.shape.length]));
    const inverse = div(constant(1, rate.dtype), where(isSmall, constant(25, rate.dtype), rate));
    const series = [-19 / 360, -1 / 24, -1 / 12].reduce(
      (value, c) => plus(mul(value, inverse), c),
      constant(0, rate.dtype),
    );
    const large = add(times(plus(neg(log(inverse)), Math.log(2 * Math.PI) + 1), 0.5), mul(series, inverse));
    return where(isSmall, total, large);
  }

  protected override meanOf(rate: Node): Node {
    return rate;
  }

  protected override varianceOf(rate: Node): Node {
    return rate;
  }
}
