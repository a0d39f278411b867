import { ArgumentError } from '../../base/errors.ts';
import type { Node } from '../../graph/node.ts';
import { abs, exp, log, square } from '../ops/elementwise.ts';
import { digamma, lgamma } from '../ops/special.ts';
import { add, div, mul, neg, plus, sub, sum, times } from '../primitives/apply.ts';
import { Tensor } from '../tensor.ts';
import { Beta, Exponential, Gamma, Laplace, logBeta, Normal } from './continuous.ts';
import { Bernoulli, Categorical, Poisson, weighed } from './discrete.ts';
import type { Distribution } from './distribution.ts';

const parametersOf = (distribution: Distribution): Node[] => distribution.parameters();

function normal(p: Normal, q: Normal): Node {
  const [[loc, scale], [otherLoc, otherScale]] = [p, q].map(parametersOf);
  const ratio = square(div(scale, otherScale));
  const distance = square(div(sub(loc, otherLoc), otherScale));
  return times(plus(sub(add(ratio, distance), log(ratio)), -1), 0.5);
}

function bernoulli(p: Bernoulli, q: Bernoulli): Node {
  const [[success, failure], [otherSuccess, otherFailure]] = [p, q].map((each) => each.logarithms());
  const excess = (own: Node, other: Node): Node => sub(weighed(exp(own), own), weighed(exp(own), other));
  return add(excess(success, otherSuccess), excess(failure, otherFailure));
}

function categorical(p: Categorical, q: Categorical): Node {
  const probabilities = p.probabilities();
  const terms = sub(weighed(probabilities, p.logarithms()), weighed(probabilities, q.logarithms()));
  return sum(terms, [terms.shape.length - 1]);
}

function gamma(p: Gamma, q: Gamma): Node {
  const [[a, rate], [b, otherRate]] = [p, q].map(parametersOf);
  const shapes = sub(mul(sub(a, b), digamma(a)), sub(lgamma(a), lgamma(b)));
  const rates = add(mul(b, log(div(rate, otherRate))), mul(a, plus(div(otherRate, rate), -1)));
  return add(shapes, rates);
}

function beta(p: Beta, q: Beta): Node {
  const [[a, b], [c, d]] = [p, q].map(parametersOf);
  const means = add(mul(sub(a, c), digamma(a)), mul(sub(b, d), digamma(b)));
  const both = mul(sub(add(c, d), add(a, b)), digamma(add(a, b)));
  return add(sub(logBeta(c, d), logBeta(a, b)), add(means, both));
}

function exponential(p: Exponential, q: Exponential): Node {
  const [[rate], [otherRate]] = [p, q].map(parametersOf);
  const ratio = div(otherRate, rate);
  return plus(sub(ratio, log(ratio)), -1);
}

function laplace(p: Laplace, q: Laplace): Node {
  const [[loc, scale], [otherLoc, otherScale]] = [p, q].map(parametersOf);
  const distance = abs(sub(loc, otherLoc));
  const reach = add(mul(scale, exp(neg(div(distance, scale)))), distance);
  return plus(sub(div(reach, otherScale), log(div(scale, otherScale))), -1);
}

function poisson(p: Poisson, q: Poisson): Node {
  const [[rate], [otherRate]] = [p, q].map(parametersOf);
  return sub(mul(rate, log(div(rate, otherRate))), sub(rate, otherRate));
}

type Kind<P> = abstract new (...parameters: never[]) => P;
type Rule = readonly [Kind<unknown>, (p: never, q: never) => Node];

const rule = <P>(kind: Kind<P>, divergence: (p: P, q: P) => Node): Rule => [kind, divergence];

const rules: readonly Rule[] = [
  rule(Normal, normal),
  rule(Bernoulli, bernoulli),
  rule(Categorical, categorical),
  rule(Gamma, gamma),
  rule(Beta, beta),
  rule(Exponential, exponential),
  rule(Laplace, laplace),
  rule(Poisson, poisson),
];

/**
 * The Kullback–Leibler divergence of p from q, for two distributions of one kind: Normal, Bernoulli, Categorical, Gamma, Beta,
 * Exponential, Laplace or Poisson. Throws an ArgumentError for other pairs.
 *
 * Formula: E[log p(x) - log q(x)], x from p
 *
 * Shapes: both broadcast → batchShape
 *
 * @example
 * ```ts
 * import { distributions } from 'nacre';
 * const { klDivergence, Normal } = distributions;
 * await klDivergence(new Normal(1, 2), new Normal(3, 2)).tolist(); // → 0.5
 * ```
 */
export function klDivergence<P extends Distribution | Categorical>(p: P, q: NoInfer<P>): Tensor {
  const found = rules.find(([kind]) => p instanceof kind && q instanceof kind);
  if (!found) {
    throw new ArgumentError(`there is no formula for ${p?.constructor.name} and ${q?.constructor.name}`, {
      op: 'klDivergence',
      hint: 'Estimate it: p.logProb(x).sub(q.logProb(x)).mean() over x = p.sample([n])',
    });
  }
  return new Tensor(found[1](p as never, q as never));
}
