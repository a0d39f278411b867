/**
 * Random numbers of many distributions. Like all random numbers here they come from a counter: a seed gives the same ones everywhere, and a
 * compiled function gives new ones at each call. No gradient flows through them, but through `gumbelSoftmax`: what else can be differentiated is in
 * `distributions`.
 */

import { type DType, dtypes } from '../../base/dtype.ts';
import { ArgumentError, DTypeError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { checkShape } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { nodeOf, operandOf } from '../arguments.ts';
import * as ops from '../ops/index.ts';
import * as sampling from '../ops/sampling.ts';
import { add, cast, mul, sub } from '../primitives/apply.ts';
import type { Both, Combined, FloatLike, Like, Operand, ShapeOf } from '../signatures.ts';
import { Tensor, wrap } from '../tensor.ts';
import type { Fits, Shape, Sizes } from '../types/index.ts';

/** The shape that is asked for, else that of the parameters. */
type Drawn<Op extends string, A, B, S> = [S] extends [Shape]
  ? Tensor<Sizes<S>, Combined<Op, A, B>['dtype']>
  : Combined<Op, A, B>;

type Draw2<Op extends string> = <
  A extends Operand,
  B extends Operand,
  const S extends Shape | undefined = undefined,
>(
  a: A,
  b: B & Fits<Both<Op, A, B>>,
  shape?: S,
) => Drawn<Op, A, B, S>;

/** A draw of two parameters, each a tensor or a number. What it gives is said by the type it is declared with. */
const two =
  (op: string, build: (a: Node, b: Node) => Node) =>
  (a: Operand, b: Operand, shape?: Shape): never => {
    if (shape) checkShape(op, shape);
    const [first, second] = sampling.parametersOf(op, [operandOf(op, a), operandOf(op, b)], shape);
    return wrap(build(ops.detach(first), ops.detach(second))) as never;
  };

type Drawn1<A, S> = Tensor<
  [S] extends [Shape] ? Sizes<S> : ShapeOf<A>,
  A extends Tensor ? FloatLike<A>['dtype'] : 'float32'
>;

type Draw1 = <A extends Operand, const S extends Shape | undefined = undefined>(
  parameter: A,
  shape?: S,
) => Drawn1<A, S>;

const one =
  (op: string, build: (parameter: Node) => Node) =>
  (parameter: Operand, shape?: Shape): never => {
    if (shape) checkShape(op, shape);
    const [node] = sampling.parametersOf(op, [operandOf(op, parameter)], shape);
    return wrap(build(node)) as never;
  };

/**
 * Normal numbers with mean `mean` and standard deviation `std`, tensors or numbers, broadcast to `shape` (default: their own shape).
 *
 * Formula: mean + std·z, z standard normal
 *
 * Shapes: parameters broadcast to [...] → [...], or `shape`
 *
 * @example
 * ```ts
 * import { manualSeed, normal, tensor } from 'nacre';
 * manualSeed(0);
 * const x = normal(tensor([0, 100]), 1, [1000, 2]);
 * await x.mean(0).round().tolist(); // → [0, 100]
 * ```
 */
export const normal: Draw2<'normal'> = two('normal', (mean, std) =>
  add(mean, mul(std, ops.randn(mean.shape, mean.dtype))),
);

/**
 * Uniform numbers from `low` up to, but without, `high`, tensors or numbers, broadcast to `shape` (default: their own shape).
 *
 * Formula: low + (high - low)·u, u uniform in [0, 1)
 *
 * Shapes: parameters broadcast to [...] → [...], or `shape`
 *
 * @example
 * ```ts
 * import { uniform } from 'nacre';
 * const x = uniform(-1, 1, [1000]);
 * await x.ge(-1).all().tolist(); // → true
 * ```
 */
export const uniform: Draw2<'uniform'> = two('uniform', (low, high) =>
  add(low, mul(sub(high, low), ops.rand(low.shape, low.dtype))),
);

/**
 * Exponential numbers with density rate·exp(-rate·x), broadcast to `shape` (default: the shape of `rate`).
 *
 * Formula: p(x) = rate·exp(-rate·x)
 *
 * Shapes: parameters broadcast to [...] → [...], or `shape`
 *
 * @example
 * ```ts
 * import { exponential } from 'nacre';
 * const x = exponential(2, [3]);
 * await x.ge(0).tolist(); // → [true, true, true]
 * ```
 */
export const exponential: Draw1 = one('exponential', sampling.exponential);

/**
 * Poisson numbers with mean `rates`, broadcast to `shape` (default: the shape of `rates`), as whole numbers of its dtype (Hörmann, "The
 * transformed rejection method for generating Poisson random variables", 1993).
 *
 * Formula: P(x) = rate^x·exp(-rate) / x!
 *
 * Shapes: parameters broadcast to [...] → [...], or `shape`
 *
 * @example
 * ```ts
 * import { poisson, tensor } from 'nacre';
 * await poisson(tensor([0])).tolist(); // → [0]
 * ```
 */
export const poisson: Draw1 = one('poisson', sampling.poisson);

/**
 * Gamma numbers with density ∝ x^(concentration - 1)·exp(-rate·x), parameters broadcast to `shape` (default: their own shape); `rate` is
 * 1 by default (Marsaglia and Tsang, "A simple method for generating gamma variables", 2000).
 *
 * Formula: p(x) ∝ x^(concentration - 1)·exp(-rate·x)
 *
 * Shapes: parameters broadcast to [...] → [...], or `shape`
 *
 * @example
 * ```ts
 * import { gamma, manualSeed } from 'nacre';
 * manualSeed(0);
 * const x = gamma(3, 0.5, [2000]);
 * await x.mean().round().tolist(); // → 6
 * ```
 */
export const gamma = <
  A extends Operand,
  B extends Operand = 1,
  const S extends Shape | undefined = undefined,
>(
  concentration: A,
  rate: B & Fits<Both<'gamma', A, B>> = 1 as B & Fits<Both<'gamma', A, B>>,
  shape?: S,
): Drawn<'gamma', A, B, S> => two('gamma', sampling.gamma)(concentration, rate as Operand, shape);

/**
 * Beta numbers with density ∝ x^(a - 1)·(1 - x)^(b - 1) on [0, 1], parameters broadcast to `shape` (default: their own shape).
 *
 * Formula: p(x) ∝ x^(a - 1)·(1 - x)^(b - 1)
 *
 * Shapes: parameters broadcast to [...] → [...], or `shape`
 *
 * @example
 * ```ts
 * import { beta, manualSeed } from 'nacre';
 * manualSeed(0);
 * const x = beta(2, 2, [2000]);
 * await x.mean().mul(10).round().tolist(); // → 5
 * ```
 */
export const beta: Draw2<'beta'> = two('beta', sampling.beta);

/**
 * Points whose last axis adds up to 1, with density ∝ Π xᵢ^(aᵢ - 1): [..., K] gives [...shape, ..., K].
 *
 * Formula: p(x) ∝ Π xᵢ^(aᵢ - 1)
 *
 * Shapes: concentration [..., K] → [...shape, ..., K]
 *
 * @example
 * ```ts
 * import { dirichlet, tensor } from 'nacre';
 * const x = dirichlet(tensor([1, 2, 3]), [4]);
 * await x.sum(1).sub(1).abs().max().lt(1e-6).tolist(); // → true
 * ```
 */
export function dirichlet(concentration: Tensor, shape: Shape = []): Tensor {
  const op = 'dirichlet';
  checkShape(op, shape);
  const node = requireList(op, ops.toFloat(nodeOf(op, concentration)));
  return new Tensor(sampling.dirichlet(ops.expandOf(node, [...shape, ...node.shape])));
}

/**
 * How many of `count` trials succeed, each with the probability `probs`, broadcast to `shape` (default: the shape of `probs`).
 * Work grows with `count`, which is at most 65,536.
 *
 * Formula: P(k) = count! / (k!·(count - k)!)·probs^k·(1 - probs)^(count - k)
 *
 * Shapes: parameters broadcast to [...] → [...], or `shape`
 *
 * @example
 * ```ts
 * import { binomial, tensor } from 'nacre';
 * await binomial(10, tensor([0, 1])).tolist(); // → [0, 10]
 * ```
 */
export const binomial = <A extends Operand, const S extends Shape | undefined = undefined>(
  count: number,
  probs: A,
  shape?: S,
): Drawn1<A, S> => {
  requireCount('binomial', 'count', count, 65_536);
  return one('binomial', (p) => sampling.binomial(count, p))(probs, shape);
};

/**
 * The number of the first trial that succeeds, 1 or more, each trial with the probability `probs`, broadcast to `shape` (default: the
 * shape of `probs`).
 *
 * Formula: P(k) = (1 - probs)^(k - 1)·probs
 *
 * Shapes: parameters broadcast to [...] → [...], or `shape`
 *
 * @example
 * ```ts
 * import { geometric, tensor } from 'nacre';
 * await geometric(tensor([1, 1])).tolist(); // → [1, 1]
 * ```
 */
export const geometric: Draw1 = one('geometric', sampling.geometric);

/**
 * Classes drawn with the probabilities softmax(logits) over the last axis: [..., C] gives int32 of [...shape, ...].
 *
 * Formula: P(c) = softmax(logits)[c]
 *
 * Shapes: logits [..., C] → [...shape, ...]
 *
 * @example
 * ```ts
 * import { categorical, tensor } from 'nacre';
 * await categorical(tensor([-Infinity, 0]), [3]).tolist(); // → [1, 1, 1]
 * ```
 */
export function categorical(logits: Tensor, shape: Shape = []): Tensor<Shape, 'int32'> {
  const op = 'categorical';
  checkShape(op, shape);
  return new Tensor(sampling.categorical(requireList(op, nodeOf(op, logits)), shape));
}

/**
 * softmax((logits + Gumbel noise) / tau) along `dim` (default: the last axis): a draw of a class that has gradients, the nearer to 0 and 1 the
 * smaller `tau` (default 1). With `hard` (default: no) it is one class exactly, with the gradient of the softmax (Jang, Gu and Poole, "Categorical
 * reparameterization with Gumbel-softmax", 2017). Throws an ArgumentError unless tau is positive.
 *
 * Formula: softmax((logits - log(-log u)) / tau), u uniform in (0, 1)
 *
 * Shapes: logits [...] → [...]
 *
 * @example
 * ```ts
 * import { gumbelSoftmax, tensor } from 'nacre';
 * await gumbelSoftmax(tensor([-Infinity, 0]), { hard: true }).tolist(); // → [0, 1]
 * ```
 */
export function gumbelSoftmax<T extends Tensor>(
  logits: T,
  { tau = 1, hard = false, dim = -1 }: { tau?: number; hard?: boolean; dim?: number } = {},
): FloatLike<T> {
  const op = 'gumbelSoftmax';
  if (!(tau > 0)) throw new ArgumentError(`tau is a positive number, got ${tau}`, { op });
  return new Tensor(sampling.gumbelSoftmax(nodeOf(op, logits), tau, hard, dim));
}

/**
 * `numSamples` places of a list of weights [C], or of each of the lists [N, C], drawn with probabilities in proportion to the weights, as
 * int32. Without `replacement` (the default) no place comes twice; if fewer weights than that are above 0, reading the result throws an
 * IndexError. Throws an ArgumentError for more samples than there are places.
 *
 * Formula: P(c) = weights[c] / Σ weights
 *
 * Shapes: weights [C] or [N, C] → [numSamples] or [N, numSamples]
 *
 * @example
 * ```ts
 * import { multinomial, tensor } from 'nacre';
 * await multinomial(tensor([0, 3, 0, 1]), 2).sum().tolist(); // → 4
 * await multinomial(tensor([0, 3, 0]), 3, { replacement: true }).tolist(); // → [1, 1, 1]
 * ```
 */
export function multinomial(
  probs: Tensor,
  numSamples: number,
  { replacement = false }: { replacement?: boolean } = {},
): Tensor<Shape, 'int32'> {
  const op = 'multinomial';
  const node = requireList(op, nodeOf(op, probs));
  if (node.shape.length > 2) {
    throw new ShapeMismatchError(`probs: ${showShape(node.shape)}, expected [C] or [N, C]`, {
      op,
      shapes: [node.shape],
    });
  }
  const classes = node.shape[node.shape.length - 1];
  requireCount(op, 'numSamples', numSamples, replacement ? Number.POSITIVE_INFINITY : classes);
  const weights = cast(ops.detach(ops.toFloat(node)), node.dtype === 'float64' ? 'float64' : 'float32');
  return new Tensor(
    replacement
      ? sampling.withReplacement(weights, numSamples)
      : sampling.withoutReplacement(op, weights, numSamples),
  );
}

/**
 * Uniform in [0, 1), of the shape and dtype of x.
 *
 * Formula: u uniform in [0, 1)
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { randLike, zeros } from 'nacre';
 * randLike(zeros([2, 3])).shape; // → [2, 3]
 * ```
 */
export const randLike = <T extends Tensor>(x: T): Like<T> =>
  new Tensor(ops.rand(...floatLike('randLike', x)));

/**
 * Standard normal, of the shape and dtype of x.
 *
 * Formula: z standard normal
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { randnLike, zeros } from 'nacre';
 * randnLike(zeros([2, 3])).shape; // → [2, 3]
 * ```
 */
export const randnLike = <T extends Tensor>(x: T): Like<T> =>
  new Tensor(ops.randn(...floatLike('randnLike', x)));

/**
 * Integers from `low` to `high` - 1, of the shape and dtype of x.
 *
 * Formula: low, …, high - 1, each equally likely
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { randintLike, zeros } from 'nacre';
 * await randintLike(zeros([2]), 3, 4).tolist(); // → [3, 3]
 * ```
 */
export const randintLike = <T extends Tensor>(x: T, low: number, high: number): Like<T> => {
  const { shape, dtype } = nodeOf('randintLike', x);
  return new Tensor(cast(ops.randint(low, high, shape), dtype));
};

function floatLike(op: string, x: Tensor): [Shape, DType] {
  const { shape, dtype } = nodeOf(op, x);
  if (dtypes[dtype].kind !== 'float') {
    throw new DTypeError(`takes a tensor of floats, got ${dtype}`, { op, dtypes: [dtype] });
  }
  return [shape, dtype];
}

function requireList(op: string, node: Node): Node {
  if (node.shape.length && node.shape[node.shape.length - 1] > 0) return node;
  throw new ShapeMismatchError(
    `got ${showShape(node.shape)}: expected one element or more along a last axis`,
    {
      op,
      shapes: [node.shape],
    },
  );
}

function requireCount(op: string, name: string, count: number, most: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= most) return;
  const range = Number.isFinite(most) ? `an integer from 1 to ${most}` : 'a positive integer';
  throw new ArgumentError(`${name} is ${range}, got ${count}`, { op });
}
