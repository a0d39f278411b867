/**
 * Random numbers of other distributions, from uniform ones. They cannot ask again until a number is accepted, because a program has no
 * loop that ends by itself: there are as many proposals as make it all but certain (1 - 1e-9) that one of them is. No gradient flows
 * through them.
 */
import { dtypes, promote } from '../../base/dtype.ts';
import { ArgumentError } from '../../base/errors.ts';
import { broadcastShapes, resolveAxis, type Shape } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
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
import { withGradient } from '../primitives/rules.ts';
import { scan } from '../primitives/scan.ts';
import {
  abs,
  detach,
  eq,
  exp,
  floor,
  ge,
  gt,
  le,
  log,
  log1p,
  logicalAnd,
  logicalNot,
  logicalOr,
  lt,
  maximum,
  type Operand,
  pow,
  reciprocal,
  sqrt,
  square,
  toFloat,
} from './elementwise.ts';
import { checked } from './index-by.ts';
import { narrow } from './movement.ts';
import { rand, randn } from './random.ts';
import { argmax, softmax } from './reduce.ts';
import { cumsum } from './scans.ts';
import { argsort } from './sorting.ts';
import { stirlingRest } from './special.ts';

/** Parameters of a distribution, of one shape and dtype: numbers become float32 unless a tensor stands beside them. */
export function parametersOf(op: string, operands: readonly Operand[], shape?: Shape | null): Node[] {
  const nodes = operands.filter((operand) => typeof operand !== 'number').map(toFloat);
  const dtype = nodes.length ? nodes.map((node) => node.dtype).reduce(promote) : 'float32';
  const own = nodes.map((node) => node.shape).reduce<Shape>((a, b) => broadcastShapes(op, a, b), []);
  const wanted = shape ? fits(op, own, shape) : own;
  return operands.map((operand) =>
    expand(typeof operand === 'number' ? constant(operand, dtype) : cast(toFloat(operand), dtype), wanted),
  );
}

/** The shape of the numbers: the one given, which the parameters are broadcast to. */
function fits(op: string, own: Shape, shape: Shape): Shape {
  const both = broadcastShapes(op, own, shape);
  if (both.length === shape.length && both.every((length, axis) => length === shape[axis])) return shape;
  throw new ArgumentError(
    `parameters of shape [${own.join(', ')}] do not broadcast to [${shape.join(', ')}]`,
    {
      op,
      shapes: [own, shape],
    },
  );
}

/** Draws in float32 (or float64) from parameters through which no gradient flows; the numbers get the parameters' dtype. */
function drawn(parameters: readonly Node[], draw: (...parameters: Node[]) => Node): Node {
  const { dtype } = parameters[0];
  const exact = dtypes[dtype].bytes > 2 ? dtype : 'float32';
  return cast(draw(...parameters.map((parameter) => cast(detach(parameter), exact))), dtype);
}

/** Half a step of `rand`. */
const half = 2 ** -25;

/** -log of a uniform number: exponential with rate 1, between 2^-25 and 16.7, so that its logarithm is finite. */
const waiting = (shape: Shape, dtype: Node['dtype']): Node => plus(neg(log1p(neg(rand(shape, dtype)))), half);

/** Exponential. */
export const exponential = (rate: Node): Node =>
  drawn([rate], (r) => div(plus(waiting(r.shape, r.dtype), -half), r));

/** -log of an exponential number (Gumbel, 1935). */
export const gumbel = (shape: Shape, dtype: Node['dtype']): Node => neg(log(waiting(shape, dtype)));

/**
 * Softmax of (logits + Gumbel noise) / tau, which is nearly one class for a small tau, and has gradients; with `hard` it is exactly one,
 * with the gradient of the softmax (Jang, Gu and Poole, 2017; Maddison, Mnih and Teh, 2017).
 */
export function gumbelSoftmax(logits: Node, tau: number, hard: boolean, dim: number): Node {
  const value = toFloat(logits);
  const axis = resolveAxis('gumbelSoftmax', dim, value.shape.length);
  const soft = softmax(times(add(value, gumbel(value.shape, value.dtype)), 1 / tau), axis);
  if (!hard) return soft;
  const place = apply('iota', [], { shape: soft.shape, axis, dtype: 'int32' });
  const one = cast(apply('eq', [place, argmax(soft, axis, true)], {}), soft.dtype);
  return withGradient([soft], [one], (_, __, [g]) => [g])[0];
}

/** ±, exponential on both sides: of a uniform number on (-1, 1), the sign, and the exponential number of what is left of 1. */
export const laplace = (shape: Shape, dtype: Node['dtype']): Node => {
  const u = plus(times(rand(shape, dtype), 2), 2 * half - 1);
  const distance = neg(log1p(neg(abs(u))));
  return where(lt(u, 0), neg(distance), distance);
};

/** The first of the proposals along the first axis that is accepted; the last, if none is. */
function firstAccepted(isAccepted: Node, proposals: Node): Node {
  const [rounds] = isAccepted.shape;
  const round = apply('iota', [], { shape: isAccepted.shape, axis: 0, dtype: 'int32' });
  const taken = apply('amin', [where(isAccepted, round, constant(rounds - 1, 'int32'))], { axes: [0] });
  const isTaken = apply('eq', [round, reshape(taken, [1, ...taken.shape])], {});
  return sum(where(isTaken, proposals, constant(0, proposals.dtype)), [0]);
}

/**
 * The logarithm of gamma numbers with rate 1 (Marsaglia and Tsang, "A simple method for generating gamma variables", 2000). A proposal is
 * accepted with probability 0.95 or more: 7 of them all fail with less than 1e-9. Below 1, gamma(a + 1)·u^(1/a) is gamma(a); its
 * logarithm does not underflow.
 */
function logGamma(concentration: Node): Node {
  const { shape, dtype } = concentration;
  const isSmall = lt(concentration, 1);
  const d = plus(where(isSmall, plus(concentration, 1), concentration), -1 / 3);
  const rounds = [7, ...shape];
  const normal = randn(rounds, dtype);
  const root = plus(mul(normal, reciprocal(sqrt(times(d, 9)))), 1);
  const isPositive = gt(root, 0);
  const cube = pow(where(isPositive, root, constant(1, dtype)), 3);
  const limit = add(times(square(normal), 0.5), mul(d, plus(sub(log(cube), cube), 1)));
  const isAccepted = logicalAnd(isPositive, lt(neg(waiting(rounds, dtype)), limit));
  const boost = where(isSmall, div(waiting(shape, dtype), concentration), constant(0, dtype));
  return sub(log(mul(d, firstAccepted(isAccepted, cube))), boost);
}

/** Gamma, its mean being concentration / rate. */
export const gamma = (concentration: Node, rate: Node): Node =>
  drawn([concentration, rate], (a, b) => div(exp(logGamma(a)), b));

/** Beta: g / (g + h) of two gamma numbers. */
export const beta = (a: Node, b: Node): Node =>
  drawn([a, b], (left, right) => reciprocal(plus(exp(sub(logGamma(right), logGamma(left))), 1)));

/** Dirichlet along the last axis: gamma numbers over their sum. */
export const dirichlet = (concentration: Node): Node =>
  drawn([concentration], (a) => softmax(logGamma(a), -1));

/** Below this rate Poisson numbers are found by counting, from it on by rejection. */
const many = 10;

/** Poisson with a rate below 10: how many of the sums of probabilities a uniform number exceeds. */
function poissonFew(rate: Node): Node {
  const { shape, dtype } = rate;
  const u = rand(shape, dtype);
  const start = exp(neg(rate));
  // Beyond 33 there is less than half a step of `rand` for any such rate, and a sum that rounding keeps below u must not count on.
  const steps = cast(apply('iota', [], { shape: [34], axis: 0, dtype: 'int32' }), dtype);
  const { carry } = scan(
    ([probability, below, count], [k]) => {
      const isWorthIt = logicalOr(lt(k, rate), gt(probability, half));
      const isBelow = logicalAnd(ge(u, below), isWorthIt);
      const next = div(mul(probability, rate), plus(k, 1));
      return { carry: [next, add(below, next), add(count, cast(isBelow, dtype))], outputs: [] };
    },
    [start, start, constantLike(0, rate)],
    [steps],
    34,
  );
  return carry[2];
}

const constantLike = (value: number, like: Node): Node => expand(constant(value, like.dtype), like.shape);

/** r - log(1 + r), by its series near 0. */
function logGap(r: Node): Node {
  const isNear = lt(abs(r), 0.05);
  const near = where(isNear, r, constant(0, r.dtype));
  let series = constant(-1 / 8, r.dtype);
  for (let k = 7; k >= 2; k--) series = plus(mul(series, near), (k % 2 ? -1 : 1) / k);
  return where(isNear, mul(square(near), series), sub(r, log1p(where(isNear, constant(0, r.dtype), r))));
}

/**
 * Poisson with a rate of 10 or more, by transformed rejection (Hörmann, "The transformed rejection method for generating Poisson random
 * variables", 1993, algorithm PTRS). A proposal is accepted with probability 0.75 or more: 15 of them all fail with less than 1e-9.
 */
function poissonMany(rate: Node): Node {
  const { shape, dtype } = rate;
  const rounds = [15, ...shape];
  const b = plus(times(sqrt(rate), 2.53), 0.931);
  const a = plus(times(b, 0.02483), -0.059);
  const inverseAlpha = plus(times(reciprocal(plus(b, -3.4)), 1.1328), 1.1239);
  const u = plus(rand(rounds, dtype), half - 0.5);
  const v = plus(neg(rand(rounds, dtype)), 1);
  const us = plus(neg(abs(u)), 0.5);
  const k = floor(add(plus(mul(add(times(div(a, us), 2), b), u), 0.43), rate));
  const whole = maximum(k, 1);
  // log(rate^k·exp(-rate) / k!) as Loader has it (2000): what would cancel, k·log(k / rate) + rate - k, is never two large numbers.
  const gap = mul(whole, logGap(div(sub(rate, whole), whole)));
  const stirling = add(stirlingRest(whole), times(log(times(whole, 2 * Math.PI)), 0.5));
  const logProbability = where(lt(k, 1), neg(rate), neg(add(gap, stirling)));
  const proposal = log(div(mul(v, inverseAlpha), add(div(a, square(us)), b)));
  const isQuick = logicalAnd(ge(us, 0.07), le(v, plus(times(reciprocal(plus(b, -2)), -3.6224), 0.9277)));
  const isOutside = logicalOr(lt(k, 0), logicalAnd(lt(us, 0.013), gt(v, us)));
  const isAccepted = logicalOr(isQuick, logicalAnd(logicalNot(isOutside), le(proposal, logProbability)));
  return firstAccepted(isAccepted, maximum(k, 0));
}

/** Poisson, as whole numbers of the rates' dtype. */
export const poisson = (rates: Node): Node =>
  drawn([rates], (rate) => {
    const isMany = ge(rate, many);
    const few = poissonFew(where(isMany, constant(0, rate.dtype), rate));
    return where(isMany, poissonMany(maximum(rate, many)), few);
  });

/** How many of `count` trials succeed. */
export const binomial = (count: number, probabilities: Node): Node =>
  drawn([probabilities], (p) => sum(cast(lt(rand([count, ...p.shape], p.dtype), p), p.dtype), [0]));

/** At which trial the first success comes: 1, 2, … */
export const geometric = (probabilities: Node): Node =>
  drawn([probabilities], (p) => {
    const trials = plus(floor(div(plus(waiting(p.shape, p.dtype), -half), neg(log1p(neg(p))))), 1);
    return where(eq(p, 1), constant(1, p.dtype), trials);
  });

/** Classes along the last axis, by the largest of the logits with Gumbel noise (Gumbel, 1954): `count` for each list, in front. */
export function categorical(logits: Node, shape: Shape): Node {
  const value = cast(detach(toFloat(logits)), logits.dtype === 'float64' ? 'float64' : 'float32');
  const each = [...shape, ...value.shape];
  return argmax(add(value, gumbel(each, value.dtype)), -1);
}

/** Places of a list of weights, drawn one after the other and put back: where a uniform part of their sum falls. */
export function withReplacement(weights: Node, count: number): Node {
  const shape = [...weights.shape.slice(0, -1), count];
  const sums = cumsum(weights, -1);
  const total = narrow(sums, -1, sums.shape.at(-1)! - 1, 1);
  const mark = mul(rand(shape, weights.dtype), total);
  const passed = le(
    reshape(sums, [...weights.shape.slice(0, -1), 1, weights.shape.at(-1)!]),
    reshape(mark, [...shape, 1]),
  );
  return sum(cast(passed, 'int32'), [shape.length]);
}

/**
 * Places of a list of weights, drawn one after the other and not put back: those of the largest log-weights with Gumbel noise, in order
 * (Vieira, 2014; Yellott, 1977). A weight of 0 is never drawn; where nothing else is left, the program throws an IndexError.
 */
export function withoutReplacement(op: string, weights: Node, count: number): Node {
  const classes = weights.shape.at(-1)!;
  const keys = add(log(weights), gumbel(weights.shape, weights.dtype));
  const places = narrow(argsort(keys, -1, true), -1, 0, count);
  const chosen = apply('gather', [keys, places], { axis: keys.shape.length - 1 });
  const isSpent = eq(chosen, Number.NEGATIVE_INFINITY);
  return checked(op, where(isSpent, constant(classes, 'int32'), places), classes);
}
