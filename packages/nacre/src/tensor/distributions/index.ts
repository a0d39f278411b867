export { Beta, Exponential, Gamma, Laplace, Normal, Uniform } from './continuous.ts';
export { Bernoulli, Categorical, Poisson, type ProbsOrLogits } from './discrete.ts';
export { Distribution, Reparametrized } from './distribution.ts';
export { klDivergence } from './kl.ts';
