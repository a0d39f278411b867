import { uniformValue } from '../parameter.ts';
import { type Point, pointOf } from '../point.ts';
import type { Proposal, Sampler } from './sampler.ts';

/**
 * Draws every parameter by itself, uniformly on its scale. Where few of many parameters matter it sees more values of these than a
 * grid does (Bergstra and Bengio, "Random search for hyper-parameter optimization", JMLR 2012). `sampler: 'random'` is the same.
 *
 * @example
 * ```ts
 * import { RandomSampler, tune } from 'nacre/tune';
 * const study = await tune({ x: tune.float(-1, 1) }, ({ x }) => x * x, { sampler: new RandomSampler(), trials: 50, verbose: false });
 * study.best.value! < 0.01; // → true
 * ```
 */
export class RandomSampler implements Sampler {
  propose({ space, uniform }: Proposal): Point {
    return pointOf(space, (_, parameter) => uniformValue(parameter, uniform()));
  }
}
