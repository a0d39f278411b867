import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { countOf, EpochSchedule, factorOf, momentaOf, perGroup } from './lr-scheduler.ts';
import type { Optimizer } from './optimizer.ts';

/** From `start` to `end` along half a cosine; `share` goes from 0 to 1. */
const cosine = (start: number, end: number, share: number): number =>
  end + ((start - end) * (1 + Math.cos(Math.PI * share))) / 2;

const linear = (start: number, end: number, share: number): number => start + (end - start) * share;

export interface CosineAnnealingLROptions {
  /** Steps from the base rate to the least. */
  tMax: number;
  /** The least rate. Default: 0. */
  etaMin?: number;
}

/**
 * A rate that falls along half a cosine with the number of steps t (Loshchilov and Hutter, "SGDR", 2016, without the restarts).
 * After `tMax` steps it rises again as it fell.
 *
 * Formula: lr = etaMin + ½(baseLr - etaMin)·(1 + cos(π·t / tMax))
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const sgd = new optim.SGD([new Parameter(tensor([1]))], { lr: 1 });
 * const schedule = new optim.CosineAnnealingLR(sgd, { tMax: 4 });
 * const rates: number[] = [];
 * for (let t = 0; t < 5; t++) {
 *   rates.push(sgd.lr);
 *   schedule.step();
 * }
 * rates; // → [1, 0.8536, 0.5, 0.1464, 0]
 * ```
 */
export class CosineAnnealingLR extends EpochSchedule<Required<CosineAnnealingLROptions>> {
  /** @param options `tMax`; `etaMin` 0. */
  constructor(optimizer: Optimizer, options: CosineAnnealingLROptions) {
    const { tMax, etaMin = 0 } = optionsOf('CosineAnnealingLR', options, ['tMax', 'etaMin']);
    countOf('CosineAnnealingLR', 'tMax', tMax, 1);
    factorOf('CosineAnnealingLR', 'etaMin', etaMin);
    super(optimizer, { tMax, etaMin });
  }

  protected override rateAt(epoch: number, baseLr: number): number {
    const { tMax, etaMin } = this.options;
    return cosine(baseLr, etaMin, epoch / tMax);
  }

  /** The distance to the least rate shrinks or grows by one factor; from the least rate itself it grows by a difference. */
  protected override follow(present: number, rate: number, before: number): number {
    const { etaMin } = this.options;
    if (before === etaMin) return present + rate - before;
    return etaMin + (present - etaMin) * ((rate - etaMin) / (before - etaMin));
  }
}

export interface CosineAnnealingWarmRestartsOptions {
  /** Steps until the first restart. */
  t0: number;
  /** How many times longer each period is than the one before, a whole number. Default: 1. */
  tMult?: number;
  /** The rate that each period falls to. Default: 0. */
  etaMin?: number;
}

/**
 * A rate that falls along half a cosine again and again: c steps are done of a period of T; at its end the next one begins with
 * the base rate, `tMult` times as long (Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2016).
 *
 * Formula: lr = etaMin + ½(baseLr - etaMin)·(1 + cos(π·c / T))
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const sgd = new optim.SGD([new Parameter(tensor([1]))], { lr: 1 });
 * const schedule = new optim.CosineAnnealingWarmRestarts(sgd, { t0: 2 });
 * const rates: number[] = [];
 * for (let t = 0; t < 4; t++) {
 *   rates.push(sgd.lr);
 *   schedule.step();
 * }
 * rates; // → [1, 0.5, 1, 0.5]
 * ```
 */
export class CosineAnnealingWarmRestarts extends EpochSchedule<Required<CosineAnnealingWarmRestartsOptions>> {
  /** @param options `t0`; `tMult` 1, `etaMin` 0. */
  constructor(optimizer: Optimizer, options: CosineAnnealingWarmRestartsOptions) {
    const names = ['t0', 'tMult', 'etaMin'];
    const { t0, tMult = 1, etaMin = 0 } = optionsOf('CosineAnnealingWarmRestarts', options, names);
    countOf('CosineAnnealingWarmRestarts', 't0', t0, 1);
    countOf('CosineAnnealingWarmRestarts', 'tMult', tMult, 1);
    factorOf('CosineAnnealingWarmRestarts', 'etaMin', etaMin);
    super(optimizer, { t0, tMult, etaMin });
  }

  protected override rateAt(epoch: number, baseLr: number): number {
    const { t0, tMult, etaMin } = this.options;
    let [done, period] = [epoch, t0];
    if (tMult === 1) done %= period;
    else for (; done >= period; period *= tMult) done -= period;
    return cosine(baseLr, etaMin, done / period);
  }

  protected override rateAfter(_present: number, epoch: number, baseLr: number): number {
    return this.rateAt(epoch, baseLr);
  }
}

export interface OneCycleLROptions {
  /** The highest rate, one for all groups or a list of one for each. */
  maxLr: number | readonly number[];
  /** Rates in the cycle, the first one included. Default: `epochs`·`stepsPerEpoch`. */
  totalSteps?: number;
  epochs?: number;
  stepsPerEpoch?: number;
  /** Share of the steps in which the rate rises. Default: 0.3. */
  pctStart?: number;
  /** Along half a cosine, or straight. Default: 'cos'. */
  annealStrategy?: 'cos' | 'linear';
  /** How many times smaller than the highest the first rate is. Default: 25. */
  divFactor?: number;
  /** How many times smaller than the first the last rate is. Default: 10000. */
  finalDivFactor?: number;
  /** Fall to the first rate as fast as the rate rose, and only then to the last. Default: no. */
  threePhase?: boolean;
  /** Whether momentum (with Adam the first of `betas`) goes down as the rate goes up. Default: if the optimizer has a momentum. */
  cycleMomentum?: boolean;
  /** The lowest momentum. Default: 0.85. */
  baseMomentum?: number | readonly number[];
  /** The highest momentum. Default: 0.95. */
  maxMomentum?: number | readonly number[];
}

type Own = 'maxLr' | 'epochs' | 'stepsPerEpoch' | 'cycleMomentum' | 'baseMomentum' | 'maxMomentum';
type OneCycle = Required<Omit<OneCycleLROptions, Own>> & {
  maxLrs: readonly number[];
  momenta: readonly (readonly [base: number, max: number])[] | null;
};

const oneCycleOptions = [
  'maxLr',
  'totalSteps',
  'epochs',
  'stepsPerEpoch',
  'pctStart',
  'annealStrategy',
  'divFactor',
  'finalDivFactor',
  'threePhase',
  'cycleMomentum',
  'baseMomentum',
  'maxMomentum',
];

/**
 * One cycle for the whole training, up and down (Smith and Topin, "Super-Convergence", 2017). The optimizer's own rate plays no
 * part, and its momentum is left as it is (PyTorch's `cycle_momentum=False`).
 *
 * Formula: from maxLr / divFactor up to maxLr, and down to maxLr / (divFactor·finalDivFactor)
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const sgd = new optim.SGD([new Parameter(tensor([1]))]);
 * const schedule = new optim.OneCycleLR(sgd, { maxLr: 1, totalSteps: 10, divFactor: 10 });
 * const rates: number[] = [];
 * for (let t = 0; t < 10; t++) {
 *   rates.push(sgd.lr);
 *   if (t < 9) schedule.step();
 * }
 * [rates[0], Math.max(...rates)]; // → [0.1, 1]
 * ```
 */
export class OneCycleLR extends EpochSchedule<OneCycle> {
  /**
   * @param options `maxLr`, and `totalSteps` or `epochs` and `stepsPerEpoch`; `pctStart` 0.3, `annealStrategy` 'cos', `divFactor` 25,
   * `finalDivFactor` 1e4, `threePhase` false, `cycleMomentum` if there is a momentum, `baseMomentum` 0.85, `maxMomentum` 0.95.
   */
  constructor(optimizer: Optimizer, options: OneCycleLROptions) {
    const op = 'OneCycleLR';
    const {
      maxLr,
      epochs,
      stepsPerEpoch,
      totalSteps = totalOf(epochs, stepsPerEpoch),
      pctStart = 0.3,
      annealStrategy = 'cos',
      divFactor = 25,
      finalDivFactor = 1e4,
      threePhase = false,
      cycleMomentum,
      baseMomentum = 0.85,
      maxMomentum = 0.95,
    } = optionsOf(op, options, oneCycleOptions);
    const maxLrs = perGroup(op, 'maxLr', maxLr, optimizer);
    for (const rate of maxLrs) factorOf(op, 'maxLr', rate);
    countOf(op, 'totalSteps', totalSteps, 1);
    factorOf(op, 'pctStart', pctStart, 1);
    for (const [name, factor] of Object.entries({ divFactor, finalDivFactor })) {
      if (factorOf(op, name, factor) === 0) throw new ArgumentError(`${name} is above zero, got 0`, { op });
    }
    if (annealStrategy !== 'cos' && annealStrategy !== 'linear') {
      throw new ArgumentError(`annealStrategy is 'cos' or 'linear', got '${annealStrategy}'`, { op });
    }
    super(optimizer, {
      maxLrs,
      totalSteps,
      pctStart,
      annealStrategy,
      divFactor,
      finalDivFactor,
      threePhase,
      momenta: momentaOf(op, optimizer, cycleMomentum, baseMomentum, maxMomentum),
    });
  }

  protected override rateAt(epoch: number, _: number, group: number): number {
    const { maxLrs, divFactor, finalDivFactor } = this.options;
    const highest = maxLrs[group];
    const initial = highest / divFactor;
    return this.along(epoch, [initial, highest, initial, initial / finalDivFactor]);
  }

  protected override momentumAt(epoch: number, group: number): number | null {
    const { momenta } = this.options;
    if (!momenta) return null;
    const [base, max] = momenta[group];
    return this.along(epoch, [max, base, max, max]);
  }

  /** What goes from the first number to the second, in three phases back to the third, and then to the last. */
  private along(
    epoch: number,
    [first, turn, middle, end]: readonly [number, number, number, number],
  ): number {
    const { totalSteps, pctStart, annealStrategy, threePhase } = this.options;
    if (epoch > totalSteps) {
      throw new ArgumentError(`the cycle has ${totalSteps} steps, this would be step ${epoch}`, {
        op: 'OneCycleLR',
        hint: 'Give totalSteps as many as the training has batches, or stop calling step()',
      });
    }
    const last = totalSteps - 1;
    const top = pctStart * totalSteps - 1;
    // Where it turns: the number of steps done then, and the number it has.
    const corners = [
      { at: 0, rate: first },
      { at: top, rate: turn },
      ...(threePhase ? [{ at: 2 * top, rate: middle }] : []),
      { at: last, rate: end },
    ];
    // The step after the last batch has no rate of its own: it keeps the last one.
    const now = Math.min(epoch, last);
    const phase = corners.findIndex(({ at }, i) => i > 0 && (now <= at || i === corners.length - 1));
    const [from, to] = [corners[phase - 1], corners[phase]];
    const anneal = annealStrategy === 'cos' ? cosine : linear;
    // A phase without length, such as a rise of a single step, is at its end at once.
    const share = to.at === from.at ? 1 : (now - from.at) / (to.at - from.at);
    return anneal(from.rate, to.rate, share);
  }

  protected override rateAfter(_present: number, epoch: number, baseLr: number, group: number): number {
    return this.rateAt(epoch, baseLr, group);
  }
}

function totalOf(epochs?: number, stepsPerEpoch?: number): number {
  if (epochs === undefined || stepsPerEpoch === undefined) {
    throw new ArgumentError('needs totalSteps, or epochs and stepsPerEpoch', { op: 'OneCycleLR' });
  }
  const op = 'OneCycleLR';
  return countOf(op, 'epochs', epochs, 1) * countOf(op, 'stepsPerEpoch', stepsPerEpoch, 1);
}
