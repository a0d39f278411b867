import type { DType } from '../../base/dtype.ts';
import { ArgumentError } from '../../base/errors.ts';
import type { Shape } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { generator } from '../generator.ts';
import { add, apply, cast, constant, mul, times } from '../primitives/apply.ts';
import { cos, floor, log1p, lt, negative as neg, sqrt } from './elementwise.ts';

/** Uniform in [0, 1), 24 random bits each. Takes the next stream of the generator. */
export function rand(shape: Shape, dtype: DType = 'float32'): Node {
  const key = (word: 'seedLow' | 'seedHigh' | 'stream', value: number): Node =>
    apply('randomKey', [], { word, value });
  const stream = generator.next();
  const inputs = [
    key('seedLow', generator.seedLow),
    key('seedHigh', generator.seedHigh),
    key('stream', stream),
  ];
  return cast(apply('random', inputs, { shape }), dtype);
}

/** Standard normal, by the transform of Box and Muller (1958) of two uniform numbers. */
export function randn(shape: Shape, dtype: DType = 'float32'): Node {
  const radius = sqrt(times(log1p(neg(rand(shape))), -2));
  const angle = times(rand(shape), 2 * Math.PI);
  return cast(mul(radius, cos(angle)), dtype);
}

/** Integers from low to high - 1. */
export function randint(low: number, high: number, shape: Shape): Node {
  if (!Number.isInteger(low) || !Number.isInteger(high) || high <= low || high - low > 2 ** 24) {
    throw new ArgumentError(`needs integers low < high, at most 2^24 apart, got ${low} and ${high}`, {
      op: 'randint',
    });
  }
  const steps = cast(floor(times(rand(shape), high - low)), 'int32');
  return add(steps, constant(low, 'int32'));
}

/** 1 with the probability each element gives, else 0. */
export const bernoulli = (probabilities: Node): Node =>
  cast(lt(rand(probabilities.shape), probabilities), probabilities.dtype);
