import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { checkWhole } from '../../data/checks.ts';
import { type Parameter, uniformValue } from '../parameter.ts';
import { type Point, parametersOf, parametersOfAll, pointOf } from '../point.ts';
import type { Uniforms } from '../random.ts';
import { costOf, type Direction, type TrialRecord } from '../record.ts';
import type { Domain } from '../space.ts';
import { FlatKernel, type Kernel, kernelsByCount, kernelsByNeighbours } from './parzen.ts';
import type { Proposal, Sampler } from './sampler.ts';

export interface TPESamplerOptions {
  /** Trials that are drawn at random before anything is concluded. Default 10. */
  readonly startupTrials?: number;
  /** Candidates of which the most promising is taken. Default 24. */
  readonly candidates?: number;
  /** Share of the trials that counts as good, of which there are 25 at most. Default 0.1. */
  readonly gamma?: number;
  /** Whether parameters are looked at together, so that what suits one value of another is seen. Default: no. */
  readonly multivariate?: boolean;
}

/** More good trials than this say nothing new (Bergstra's own program, hyperopt, has the same number). */
const mostGood = 25;

/** How good a trial is: what was finished by its value, then what was pruned by how far it came, then what failed. */
function byMerit(direction: Direction): (a: TrialRecord, b: TrialRecord) => number {
  const class_ = ({ state }: TrialRecord): number => (state === 'complete' ? 0 : state === 'pruned' ? 1 : 2);
  const cost = ({ value }: TrialRecord): number => costOf(direction, value ?? 0);
  const steps = ({ reports }: TrialRecord): number => reports.at(-1)?.step ?? 0;
  return (a, b) => {
    if (class_(a) !== class_(b)) return class_(a) - class_(b);
    if (class_(a) === 2) return a.number - b.number;
    if (class_(a) === 1 && steps(a) !== steps(b)) return steps(b) - steps(a);
    return cost(a) - cost(b) || a.number - b.number;
  };
}

/** The points of the good trials and of the others. */
function split(
  trials: readonly TrialRecord[],
  direction: Direction,
  gamma: number,
): readonly [good: Point[], others: Point[]] {
  const ranked = [...trials].sort(byMerit(direction));
  const ended = ranked.filter(({ state }) => state !== 'running');
  const usable = ended.filter(({ state }) => state !== 'failed').length;
  const count = Math.min(Math.ceil(gamma * ended.length), mostGood, usable);
  const points = ranked.map(({ point }) => point);
  return [points.slice(0, count), points.slice(count)];
}

const sum = (terms: readonly number[]): number => terms.reduce((total, term) => total + term, 0);

/** Several kernels, each as likely as the next; the last is the flat one that stands for what was assumed before. */
class Mixture {
  constructor(readonly kernels: readonly Kernel[]) {}

  sample(uniform: Uniforms): number {
    return this.kernels[Math.floor(uniform() * this.kernels.length)].sample(uniform);
  }

  logDensity(value: number): number {
    return Math.log(sum(this.kernels.map((kernel) => kernel.density(value))) / this.kernels.length);
  }
}

/** The same over whole points: a kernel is a trial, and has a distribution of each of its parameters. */
class JointMixture {
  readonly #points: readonly Point[];
  readonly #kernels: readonly ReadonlyMap<string, Kernel>[];
  readonly #flat = new Map<string, Kernel>();

  constructor(space: Domain<unknown>, points: readonly Point[]) {
    this.#points = points;
    const parameters = parametersOfAll(space, points);
    const kernels = points.map(() => new Map<string, Kernel>());
    for (const [path, parameter] of parameters) {
      const holders = [...points.keys()].filter((index) => path in points[index]);
      const values = holders.map((index) => points[index][path]);
      const made = kernelsByCount(parameter, values, parameters.size);
      for (const [place, index] of holders.entries()) kernels[index].set(path, made[place]);
    }
    this.#kernels = kernels;
  }

  #flatOf(path: string, parameter: Parameter): Kernel {
    let kernel = this.#flat.get(path);
    if (!kernel) this.#flat.set(path, (kernel = new FlatKernel(parameter)));
    return kernel;
  }

  /** A point like one of those that were seen, or like none of them. */
  sample(space: Domain<unknown>, uniform: Uniforms): Point {
    const kernel = this.#kernels[Math.floor(uniform() * (this.#points.length + 1))];
    return pointOf(space, (path, parameter) =>
      (kernel?.get(path) ?? this.#flatOf(path, parameter)).sample(uniform),
    );
  }

  logDensity(point: Point, parameters: ReadonlyMap<string, Parameter>): number {
    const densities = [...this.#kernels, new Map<string, Kernel>()].map((kernels) => {
      let density = 1;
      for (const [path, parameter] of parameters) {
        density *= (kernels.get(path) ?? this.#flatOf(path, parameter)).density(point[path]);
      }
      return density;
    });
    return Math.log(sum(densities) / densities.length);
  }
}

/**
 * Tree-structured Parzen estimator: models where good trials lie and where the others do, and tries what is likeliest under the first
 * and least likely under the second (Bergstra, Bardenet, Bengio and Kégl, "Algorithms for hyper-parameter optimization", NIPS 2011,
 * section 4). Parameters that only some trials have are modelled from these. The size of the good group is that of Optuna; with
 * `multivariate`, kernels span all parameters (Falkner, Klein and Hutter, "BOHB", ICML 2018, with Scott's widths). A pruned
 * trial counts by how far it came, after those that were finished; a failed or running one counts as not good. `sampler: 'tpe'` is
 * the same.
 *
 * Formula: next = argmax l(x) / g(x), l the density of the best γ of the trials, g of the others
 *
 * @example
 * ```ts
 * import { TPESampler, tune } from 'nacre/tune';
 * const space = { x: tune.float(-5, 5), y: tune.float(-5, 5) };
 * const study = await tune(space, ({ x, y }) => (x - 1) ** 2 + (y + 2) ** 2, {
 *   sampler: new TPESampler({ multivariate: true }), trials: 60, verbose: false,
 * });
 * study.best.value! < 0.3; // → true
 * ```
 */
export class TPESampler implements Sampler {
  readonly #startupTrials: number;
  readonly #candidates: number;
  readonly #gamma: number;
  readonly #multivariate: boolean;

  constructor(options: TPESamplerOptions = {}) {
    const op = 'TPESampler';
    optionsOf(op, options, ['startupTrials', 'candidates', 'gamma', 'multivariate']);
    const { startupTrials = 10, candidates = 24, gamma = 0.1, multivariate = false } = options;
    checkWhole(op, 'startupTrials', startupTrials, 1);
    checkWhole(op, 'candidates', candidates, 1);
    if (!(gamma > 0 && gamma < 1)) {
      throw new ArgumentError(`gamma is a share between 0 and 1, got ${gamma}`, { op });
    }
    this.#startupTrials = startupTrials;
    this.#candidates = candidates;
    this.#gamma = gamma;
    this.#multivariate = multivariate;
  }

  propose({ space, trials, direction, uniform }: Proposal): Point {
    if (trials.filter(({ state }) => state !== 'running').length < this.#startupTrials) {
      return pointOf(space, (_, parameter) => uniformValue(parameter, uniform()));
    }
    const [good, others] = split(trials, direction, this.#gamma);
    return this.#multivariate
      ? this.#together(space, good, others, uniform)
      : this.#oneByOne(space, good, others, uniform);
  }

  #oneByOne(
    space: Domain<unknown>,
    good: readonly Point[],
    others: readonly Point[],
    uniform: Uniforms,
  ): Point {
    const mixture = (path: string, parameter: Parameter, points: readonly Point[]): Mixture => {
      const values = points.flatMap((point) => (path in point ? [point[path]] : []));
      return new Mixture([...kernelsByNeighbours(parameter, values), new FlatKernel(parameter)]);
    };
    return pointOf(space, (path, parameter) => {
      const likely = mixture(path, parameter, good);
      const unlikely = mixture(path, parameter, others);
      const values = Array.from({ length: this.#candidates }, () => likely.sample(uniform));
      return best(values, (value) => likely.logDensity(value) - unlikely.logDensity(value));
    });
  }

  #together(
    space: Domain<unknown>,
    good: readonly Point[],
    others: readonly Point[],
    uniform: Uniforms,
  ): Point {
    const likely = new JointMixture(space, good);
    const unlikely = new JointMixture(space, others);
    const points = Array.from({ length: this.#candidates }, () => likely.sample(space, uniform));
    return best(points, (point) => {
      const parameters = parametersOf(space, point);
      return likely.logDensity(point, parameters) - unlikely.logDensity(point, parameters);
    });
  }
}

/** The first of those with the highest score. */
function best<T>(candidates: readonly T[], scoreOf: (candidate: T) => number): T {
  const scores = candidates.map(scoreOf);
  return candidates[scores.indexOf(Math.max(...scores))];
}
