import { ArgumentError, TraceError } from '../base/errors.ts';
import { activeTrace } from '../tensor/slot.ts';
import { Optimizer, type ParameterGroup } from './optimizer.ts';

/** What a schedule goes on from: numbers and lists, which JSON keeps as they are. */
export type LRSchedulerState = Readonly<Record<string, unknown>>;

/** What schedules know of a group: its rate before any of them, and the one that was set last. */
const scheduled = new WeakMap<ParameterGroup, { readonly base: number; readonly last: number }>();

const isScheduled = (group: ParameterGroup): boolean => scheduled.get(group)?.last === group.lr;

/** Several schedules of one optimizer share the rate it had before them, unless another one was set by hand since. */
const baseRate = (group: ParameterGroup): number =>
  isScheduled(group) ? scheduled.get(group)!.base : group.lr;

/**
 * Changes the learning rates of an optimizer, step by step. The first rates are set when the schedule is made; `step` sets the next ones.
 * It is called between two steps of the optimizer, once an epoch or once a batch, and outside compiled functions: a rate is an input of
 * the compiled step, so that another one needs no other program. The base rate of a group is the one it had before any schedule. Several
 * schedules of one optimizer, all stepped, each go on from the rate the one before left, as in PyTorch: their factors multiply.
 *
 * `O` are the options with their defaults filled in.
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const sgd = new optim.SGD([new Parameter(tensor([1]))], { lr: 1 });
 * const schedule: optim.LRScheduler = new optim.ExponentialLR(sgd, { gamma: 0.5 });
 * schedule.step();
 * sgd.lr; // → 0.5
 * ```
 */
export abstract class LRScheduler<O = unknown> {
  #lastEpoch = 0;
  #baseLrs: readonly number[];
  #lastLr: readonly number[] = [];

  /** Throws an ArgumentError for something that is no optimizer, and a TraceError inside a compiled function. */
  constructor(
    readonly optimizer: Optimizer,
    protected readonly options: Readonly<O>,
  ) {
    checkOptimizer(this.constructor.name, optimizer);
    this.#baseLrs = optimizer.groups.map(baseRate);
    this.restart(true);
  }

  /** Learning rates of all groups to begin with; `follows`: after those that other schedules have set. */
  protected abstract first(follows: boolean): readonly number[];

  /** Learning rates of all groups after step `epoch` (from 1). */
  protected abstract next(epoch: number, metric?: number): readonly number[];

  /** Momentum of a group after `epoch` steps; null for schedules that leave it as it is. */
  protected momentumAt(_epoch: number, _group: number): number | null {
    return null;
  }

  /** Steps done. */
  get lastEpoch(): number {
    return this.#lastEpoch;
  }

  /** Rate of each group that the schedule starts from. */
  protected get baseLrs(): readonly number[] {
    return this.#baseLrs;
  }

  /** The learning rates this schedule has set last, one for each group. */
  getLastLr(): number[] {
    return [...this.#lastLr];
  }

  /**
   * Sets the next learning rates.
   *
   * @param metric what ReduceLROnPlateau watches, such as the loss of the validation; other schedules make no use of it.
   * @throws TraceError inside a compiled function.
   */
  step(metric?: number): void {
    this.#refuseTrace();
    const epoch = this.#lastEpoch + 1;
    this.#setRates(epoch, this.next(epoch, metric));
  }

  /** Internal: begins again with the same base rates, or with what other schedules have made of them. */
  restart(follows = false): void {
    this.#refuseTrace();
    this.#setRates(0, this.first(follows));
  }

  #refuseTrace(): void {
    if (!activeTrace()) return;
    throw new TraceError('the schedule was moved inside a compiled function', {
      op: this.constructor.name,
      hint: 'Call step() between two compiled steps; that needs no new program',
    });
  }

  #setRates(epoch: number, rates: readonly number[]): void {
    rates.forEach((rate, i) => {
      if (typeof rate === 'number' && Number.isFinite(rate) && rate >= 0) return;
      throw new ArgumentError(
        `a learning rate is a finite number of zero or more, that of group ${i} after ${epoch} steps is ${rate}`,
        { op: this.constructor.name },
      );
    });
    this.optimizer.groups.forEach((group, i) => {
      if (group.lr !== rates[i]) group.lr = rates[i];
      const momentum = this.momentumAt(epoch, i);
      // Also where it stays as it is: compiled steps read it from now on.
      if (momentum !== null && (momentum !== group.momentum || !group.pace)) group.momentum = momentum;
      scheduled.set(group, { base: this.#baseLrs[i], last: rates[i] });
    });
    this.#lastLr = rates;
    this.#lastEpoch = epoch;
  }

  // ---- keeping ----

  /** Everything the schedule goes on from, fit for JSON. Options are not part of it. */
  stateDict(): LRSchedulerState {
    return { lastEpoch: this.#lastEpoch, baseLrs: [...this.#baseLrs], lastLr: this.getLastLr() };
  }

  /**
   * Goes on from what `stateDict` of a schedule with the same options gave, and sets the optimizer's rates to those it had then.
   *
   * @throws ArgumentError if the state is that of another kind of schedule or of other groups, and changes nothing then.
   */
  loadStateDict(dict: LRSchedulerState): void {
    this.#refuseTrace();
    this.readState(dict, `${this.constructor.name}.loadStateDict`)();
  }

  /** Internal: checks a state, and gives the function that takes it over. */
  readState(dict: LRSchedulerState, op: string): () => void {
    const hint = 'Both schedules must be of one kind, for optimizers with the same groups';
    if (typeof dict !== 'object' || dict === null) {
      throw new ArgumentError(`the state is what stateDict() gives, got ${dict}`, { op, hint });
    }
    const own = Object.keys(this.stateDict());
    const missing = own.filter((key) => !(key in dict));
    const unexpected = Object.keys(dict).filter((key) => !own.includes(key));
    const problems = [
      ...(missing.length ? [`missing: ${missing.join(', ')}`] : []),
      ...(unexpected.length ? [`unexpected: ${unexpected.join(', ')}`] : []),
    ];
    if (problems.length) throw new ArgumentError(problems.join('; '), { op, hint });
    const lastEpoch = countOf(op, 'lastEpoch', dict.lastEpoch);
    const rates = (key: 'baseLrs' | 'lastLr'): readonly number[] => {
      const list = dict[key];
      const { length } = this.#baseLrs;
      if (!Array.isArray(list) || list.length !== length || !list.every((rate) => isRate(rate))) {
        throw new ArgumentError(
          `${key} is a list of learning rates, one for each of ${length} groups, got ${JSON.stringify(list)}`,
          { op, hint },
        );
      }
      return [...list];
    };
    const [baseLrs, lastLr] = [rates('baseLrs'), rates('lastLr')];
    return () => {
      this.#baseLrs = baseLrs;
      this.#setRates(lastEpoch, lastLr);
    };
  }
}

/**
 * A schedule whose rates follow from the number of steps alone. A rate set by hand lasts until the next step.
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const sgd = new optim.SGD([new Parameter(tensor([1]))], { lr: 1 });
 * new optim.StepLR(sgd, { stepSize: 2 }) instanceof optim.EpochSchedule; // → true
 * ```
 */
export abstract class EpochSchedule<O = unknown> extends LRScheduler<O> {
  /** Learning rate of a group after `epoch` steps. */
  protected abstract rateAt(epoch: number, baseLr: number, group: number): number;

  /** The same where another schedule has set the present rate. Schedules that know but their own rates give `rateAt`. */
  protected rateAfter(present: number, epoch: number, baseLr: number, group: number): number {
    const rate = this.rateAt(epoch, baseLr, group);
    const before = epoch ? this.rateAt(epoch - 1, baseLr, group) : baseLr;
    return present === before ? rate : this.follow(present, rate, before);
  }

  /** Does to the present rate what brings `before` to `rate`. */
  protected follow(present: number, rate: number, before: number): number {
    return before === 0 ? rate : present * (rate / before);
  }

  protected override first(follows: boolean): readonly number[] {
    return this.ratesAt(0, follows);
  }

  protected override next(epoch: number): readonly number[] {
    return this.ratesAt(epoch, true);
  }

  private ratesAt(epoch: number, follows: boolean): readonly number[] {
    return this.optimizer.groups.map((group, i) =>
      follows && isScheduled(group)
        ? this.rateAfter(group.lr, epoch, this.baseLrs[i], i)
        : this.rateAt(epoch, this.baseLrs[i], i),
    );
  }
}

// ---- arguments ----

const isRate = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;

function checkOptimizer(op: string, optimizer: unknown): void {
  if (optimizer instanceof Optimizer) return;
  throw new ArgumentError(`changes the rates of an optimizer, got ${typeof optimizer}`, {
    op,
    hint: 'Pass the optimizer first, then the options: new optim.StepLR(optimizer, { stepSize: 10 })',
  });
}

/** A whole number of `least` or more. */
export function countOf(op: string, name: string, value: unknown, least = 0): number {
  if (Number.isSafeInteger(value) && (value as number) >= least) return value as number;
  throw new ArgumentError(`${name} is a whole number of ${least} or more, got ${value}`, { op });
}

/** A finite number of zero or more, and of `most` or less. */
export function factorOf(op: string, name: string, value: unknown, most = Number.POSITIVE_INFINITY): number {
  if (isRate(value) && value <= most) return value;
  const range = most === Number.POSITIVE_INFINITY ? 'of zero or more' : `from 0 to ${most}`;
  throw new ArgumentError(`${name} is a finite number ${range}, got ${value}`, { op });
}

/** One value for all groups of an optimizer, or a list of one for each, as a list. */
export function perGroup<T>(
  op: string,
  name: string,
  value: T | readonly T[],
  optimizer: Optimizer,
): readonly T[] {
  checkOptimizer(op, optimizer);
  const { length } = optimizer.groups;
  if (!Array.isArray(value)) return Array.from({ length }, () => value as T);
  if (value.length === length) return [...value];
  throw new ArgumentError(
    `${name} has ${value.length} entries, the optimizer has ${length} group${length === 1 ? '' : 's'}`,
    { op, hint: 'Give one for all, or a list of one for each group' },
  );
}

/** The bounds between which the momentum of each group is cycled; null if it is not. */
export function momentaOf(
  op: string,
  optimizer: Optimizer,
  cycleMomentum: boolean | undefined,
  base: number | readonly number[],
  max: number | readonly number[],
): readonly (readonly [base: number, max: number])[] | null {
  checkOptimizer(op, optimizer);
  const has = optimizer.groups.every(({ momentum }) => momentum !== undefined);
  if (cycleMomentum && !has) {
    throw new ArgumentError('cycleMomentum is for optimizers with a momentum', {
      op,
      hint: 'Make the optimizer with an option momentum above zero, or give cycleMomentum: false',
    });
  }
  if (!(cycleMomentum ?? has)) return null;
  const highest = perGroup(op, 'maxMomentum', max, optimizer);
  return perGroup(op, 'baseMomentum', base, optimizer).map((lowest, i) => [
    factorOf(op, 'baseMomentum', lowest, 1),
    factorOf(op, 'maxMomentum', highest[i], 1),
  ]);
}
