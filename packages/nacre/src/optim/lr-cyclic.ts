import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { countOf, EpochSchedule, factorOf, momentaOf, perGroup } from './lr-scheduler.ts';
import type { Optimizer } from './optimizer.ts';

export interface CyclicLROptions {
  /** The lowest rate, one for all groups or a list of one for each. */
  baseLr: number | readonly number[];
  /** The highest rate of the first cycle, one for all groups or a list of one for each. */
  maxLr: number | readonly number[];
  /** Steps in which the rate rises. Default: 2000. */
  stepSizeUp?: number;
  /** Steps in which it falls. Default: as many. */
  stepSizeDown?: number | null;
  /** Cycles of the same height, each half as high as the one before, or lower at each step by `gamma`. Default: 'triangular'. */
  mode?: 'triangular' | 'triangular2' | 'exp_range';
  /** Factor of the height at each step, for the mode 'exp_range'. Default: 1. */
  gamma?: number;
  /** The factor of the height, instead of a mode. Default: none. */
  scaleFn?: ((at: number) => number) | null;
  /** What `scaleFn` is told: the number of the cycle (from 1), or that of the step. Default: 'cycle'. */
  scaleMode?: 'cycle' | 'iterations';
  /** Whether momentum goes down as the rate goes up. Default: if the optimizer has a momentum. */
  cycleMomentum?: boolean;
  /** The lowest momentum. Default: 0.8. */
  baseMomentum?: number | readonly number[];
  /** The highest momentum, with which a cycle begins. Default: 0.9. */
  maxMomentum?: number | readonly number[];
}

interface Cyclic {
  readonly baseLrs: readonly number[];
  readonly maxLrs: readonly number[];
  readonly up: number;
  readonly down: number;
  readonly scale: (cycle: number, step: number) => number;
  readonly momenta: readonly (readonly [base: number, max: number])[] | null;
}

const known = [
  'baseLr',
  'maxLr',
  'stepSizeUp',
  'stepSizeDown',
  'mode',
  'gamma',
  'scaleFn',
  'scaleMode',
  'cycleMomentum',
  'baseMomentum',
  'maxMomentum',
];

/**
 * A rate that goes up and down along straight lines, over and over (Smith, "Cyclical Learning Rates for Training Neural Networks", 2017).
 * The optimizer's own rate plays no part.
 *
 * Formula: lr = baseLr + (maxLr - baseLr)·h·scale, where h goes from 0 to 1 in `stepSizeUp` steps and back in `stepSizeDown`
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const sgd = new optim.SGD([new Parameter(tensor([1]))]);
 * const schedule = new optim.CyclicLR(sgd, { baseLr: 1, maxLr: 3, stepSizeUp: 2 });
 * const rates: number[] = [];
 * for (let t = 0; t < 6; t++) {
 *   rates.push(sgd.lr);
 *   schedule.step();
 * }
 * rates; // → [1, 2, 3, 2, 1, 2]
 * ```
 */
export class CyclicLR extends EpochSchedule<Cyclic> {
  /**
   * @param options `baseLr`, `maxLr`; `stepSizeUp` 2000, `stepSizeDown` as `stepSizeUp`, `mode` 'triangular', `gamma` 1, `scaleFn` none,
   * `scaleMode` 'cycle', `cycleMomentum` if there is a momentum, `baseMomentum` 0.8, `maxMomentum` 0.9.
   */
  constructor(optimizer: Optimizer, options: CyclicLROptions) {
    const op = 'CyclicLR';
    const {
      stepSizeUp = 2000,
      stepSizeDown = null,
      mode = 'triangular',
      gamma = 1,
      scaleFn = null,
      scaleMode = 'cycle',
      cycleMomentum,
      baseMomentum = 0.8,
      maxMomentum = 0.9,
    } = optionsOf(op, options, known);
    const rates = (name: 'baseLr' | 'maxLr'): readonly number[] =>
      perGroup(op, name, options?.[name], optimizer).map((rate) => factorOf(op, name, rate));
    const [baseLrs, maxLrs] = [rates('baseLr'), rates('maxLr')];
    const up = countOf(op, 'stepSizeUp', stepSizeUp, 1);
    const down = countOf(op, 'stepSizeDown', stepSizeDown ?? stepSizeUp, 1);
    factorOf(op, 'gamma', gamma);
    const scales = {
      triangular: () => 1,
      triangular2: (cycle: number) => 2 ** (1 - cycle),
      exp_range: (_: number, step: number) => gamma ** step,
    };
    if (!scaleFn && !Object.hasOwn(scales, mode)) {
      throw new ArgumentError(`there is no mode '${mode}'`, {
        op,
        hint: `Known: ${Object.keys(scales).join(', ')}`,
      });
    }
    if (scaleMode !== 'cycle' && scaleMode !== 'iterations') {
      throw new ArgumentError(`scaleMode is 'cycle' or 'iterations', got '${scaleMode}'`, { op });
    }
    const scale = scaleFn
      ? (cycle: number, step: number) => scaleFn(scaleMode === 'cycle' ? cycle : step)
      : scales[mode];
    const momenta = momentaOf(op, optimizer, cycleMomentum, baseMomentum, maxMomentum);
    super(optimizer, { baseLrs, maxLrs, up, down, scale, momenta });
  }

  /** How high the rate is between the lowest (0) and the highest (1) after `epoch` steps. */
  private heightAt(epoch: number): number {
    const { up, down, scale } = this.options;
    const done = epoch % (up + down);
    const height = done <= up ? done / up : (up + down - done) / down;
    return height * scale(1 + Math.floor(epoch / (up + down)), epoch);
  }

  protected override rateAt(epoch: number, _: number, group: number): number {
    const { baseLrs, maxLrs } = this.options;
    return baseLrs[group] + (maxLrs[group] - baseLrs[group]) * this.heightAt(epoch);
  }

  protected override rateAfter(_: number, epoch: number, baseLr: number, group: number): number {
    return this.rateAt(epoch, baseLr, group);
  }

  protected override momentumAt(epoch: number, group: number): number | null {
    const { momenta } = this.options;
    if (!momenta) return null;
    const [base, max] = momenta[group];
    return max - (max - base) * this.heightAt(epoch);
  }
}
