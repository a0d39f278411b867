import type { DType } from '../base/dtype.ts';
import { ArgumentError, TraceError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import type { Shape } from '../base/shape.ts';
import type { Node } from '../graph/node.ts';
import { full, tensor } from '../tensor/create.ts';
import * as ops from '../tensor/ops/index.ts';
import { Parameter, State } from '../tensor/parameter.ts';
import { cast, mul, neg, plus, sub, times } from '../tensor/primitives/apply.ts';
import { activeTrace, guarded, realizeWithSlots } from '../tensor/slot.ts';
import { asMap, compareKeys } from '../tensor/state-dict.ts';
import { Tensor } from '../tensor/tensor.ts';
import { MissedSteps } from './missed-steps.ts';

/** A factor that is fixed, or a scalar of the graph that a schedule changes. */
export type Factor = number | Node;

export const scaled = (x: Node, by: Factor): Node => (typeof by === 'number' ? times(x, by) : mul(x, by));

/** 1 - factor. */
export const rest = (factor: Factor): Factor =>
  typeof factor === 'number' ? 1 - factor : plus(neg(factor), 1);

/** What every optimizer is told. */
export interface OptimizerOptions {
  /** Learning rate. */
  lr?: number;
  /** Factor of the penalty on the size of parameters. */
  weightDecay?: number;
  /** Go up the gradients rather than down. Default: no. */
  maximize?: boolean;
}

/** Parameters that are trained with other options than the rest. */
export type GroupOf<O> = O & { params: Iterable<Parameter> };

/** What an optimizer trains: parameters, or groups of them. */
export type Trainable<O> = Iterable<Parameter> | Iterable<GroupOf<O>>;

/** Everything that is needed to go on as if nothing had happened: tensors, and learning rates as numbers. */
export type OptimizerState = Record<string, Tensor | number>;

/** Where an entry of the state of one parameter begins: zeros of the parameter's shape, unless it says otherwise. */
export interface InitialState {
  readonly shape?: Shape;
  readonly fill?: number;
}

/** What an update reads beside parameter, gradient and state. */
export interface UpdateContext<O, Factors> {
  readonly options: Readonly<O>;
  /** Learning rate, a scalar of the graph. */
  readonly lr: Node;
  /** The option `momentum`, or the first of `betas`; a scalar of the graph where a schedule changes it. */
  readonly momentum: Factor;
  /** What `factors` gave. */
  readonly factors: Factors;
}

/** Scalars of the graph from which an optimizer computes what all parameters of a group share. */
export interface StepContext<O> {
  readonly options: Readonly<O>;
  readonly lr: Node;
  /** The option `momentum`, or the first of `betas`; a scalar of the graph where a schedule changes it. */
  readonly momentum: Factor;
  /** Number of this step, from 1; of a parameter that had no gradient in some steps, without those. */
  readonly step: Node;
}

/**
 * Parameters with their options, learning rate and state.
 *
 * @example
 * ```ts
 * import { nn, optim } from 'nacre';
 * const model = new nn.Linear(2, 1);
 * const sgd = new optim.SGD([
 *   { params: [model.weight], weightDecay: 0.1 },
 *   { params: [model.bias!], lr: 0.01 },
 * ], { lr: 0.1 });
 * sgd.groups.map(({ lr }) => lr); // → [0.1, 0.01]
 * ```
 */
export class ParameterGroup<O extends OptimizerOptions = OptimizerOptions> {
  /** Internal: the learning rate as a scalar of the graph, so that another one needs no new program. */
  readonly rate: State;
  /** Internal: the same of the momentum, once it was set. */
  pace: State | null = null;
  #lr: number;
  #momentum: number | undefined;

  constructor(
    readonly params: readonly Parameter[],
    readonly options: Readonly<O>,
    private readonly owner: string,
  ) {
    checkRate(owner, options.lr);
    this.#lr = options.lr;
    this.#momentum = momentumOf(options);
    this.rate = new State(tensor(this.#lr, { dtype: scalarDType(params) }));
  }

  get lr(): number {
    return this.#lr;
  }

  set lr(value: number) {
    checkRate(this.owner, value);
    this.#refuseTrace('learning rate');
    this.#lr = value;
    this.rate.value = tensor(value, { dtype: this.rate.dtype });
  }

  /**
   * The option `momentum`, or the first of `betas`; undefined where there is neither, or where the options leave momentum out. Setting it
   * for the first time makes compiled steps be traced once more, from then on it is an input of theirs, as the learning rate is.
   */
  get momentum(): number | undefined {
    return this.#momentum;
  }

  set momentum(value: number) {
    if (this.#momentum === undefined) {
      throw new ArgumentError('there is no momentum to set', {
        op: this.owner,
        hint: 'Make the optimizer with an option momentum above zero, or with betas',
      });
    }
    if (!(value >= 0 && value <= 1)) {
      throw new ArgumentError(`momentum is a number from 0 to 1, got ${value}`, { op: this.owner });
    }
    this.#refuseTrace('momentum');
    this.#momentum = value;
    const scalar = tensor(value, { dtype: this.rate.dtype });
    if (this.pace) this.pace.value = scalar;
    else this.pace = new State(scalar);
  }

  #refuseTrace(what: string): void {
    if (!activeTrace()) return;
    throw new TraceError(`the ${what} was set inside a compiled function`, {
      op: this.owner,
      hint: 'Set it between two steps; that needs no new program',
    });
  }
}

/** The momentum that options begin with, under the names it has in the optimizers. */
function momentumOf(options: object): number | undefined {
  const { momentum, betas } = options as { momentum?: number; betas?: readonly number[] };
  return momentum || betas?.[0];
}

function checkRate(op: string, lr: number | undefined): asserts lr is number {
  if (typeof lr !== 'number' || !(lr >= 0) || !Number.isFinite(lr)) {
    throw new ArgumentError(`lr is a finite number of zero or more, got ${lr}`, { op });
  }
}

/** Arithmetic is done in float32, in float64 for parameters of float64; parameters of 16 bits are rounded once, at the end. */
const arithmeticDType = (dtype: DType): DType => (dtype === 'float64' ? 'float64' : 'float32');

/** Numbers that parameters share are as exact as the most exact of these. */
const scalarDType = (params: readonly Parameter[]): DType =>
  params.some(({ dtype }) => dtype === 'float64') ? 'float64' : 'float32';

/**
 * Changes parameters along their gradients. A new kind of optimizer gives the state of one parameter (`initialState`), the update of
 * one parameter (`update`), and what all updates of a step share (`factors`), all without side effects; parameters, groups, learning
 * rates and keeping are done here.
 *
 * `O` are its options with their defaults filled in, `Name` the names of the state of one parameter.
 *
 * @example
 * ```ts
 * import { optim, Parameter, tensor } from 'nacre';
 * const p = new Parameter(tensor([1]));
 * const sgd: optim.Optimizer = new optim.SGD([{ params: [p], lr: 0.5 }], { lr: 0.1 });
 * sgd.lr; // → 0.5
 * p.sum().backward();
 * sgd.step();
 * await p.tolist(); // → [0.5]
 * ```
 */
export abstract class Optimizer<
  O extends OptimizerOptions = OptimizerOptions,
  Name extends string = string,
  Factors = unknown,
> {
  readonly groups: readonly ParameterGroup<O>[];
  /** Steps done, a scalar of the graph. */
  readonly #step: State;
  readonly #missed: MissedSteps;
  /** State of each parameter, in the order of the groups. */
  readonly #states: ReadonlyMap<Parameter, Readonly<Record<Name, State>>>;

  /**
   * @param defaults all options of this optimizer with their defaults; `maximize` is known to all.
   * @param given the options that were given. Throws an ArgumentError for one that has no default.
   */
  constructor(params: Trainable<Partial<O>>, defaults: Omit<O, 'maximize'>, given?: Partial<O>) {
    const options = filled(this.constructor.name, { maximize: false, ...defaults } as unknown as O, given);
    this.groups = this.#makeGroups(params, options);
    const all = this.groups.flatMap((group) => group.params);
    this.#step = new State(tensor(0, { dtype: scalarDType(all) }));
    this.#missed = new MissedSteps(this.#step);
    this.#states = new Map(
      this.groups.flatMap((group) =>
        group.params.map((parameter) => [parameter, this.#makeState(parameter, group.options)] as const),
      ),
    );
  }

  /** Names and beginnings of the tensors kept for one parameter; names that the options make no use of may be left out. */
  protected abstract initialState(options: Readonly<O>): Partial<Record<Name, InitialState>>;

  /** Scalars that all parameters of a group share, such as corrections of bias. They are computed once a step. */
  protected abstract factors(context: StepContext<O>): Factors;

  /** Whether `factors` make use of the number of the step. */
  protected countsSteps(_options: Readonly<O>): boolean {
    return true;
  }

  /** The next value of a parameter and of its state, from the present ones and the gradient. */
  protected abstract update(
    parameter: Node,
    gradient: Node,
    state: Readonly<Record<Name, Node>>,
    context: UpdateContext<O, Factors>,
  ): [parameter: Node, state: Record<Name, Node>];

  /** The learning rate, of the first group if there are several. Setting it sets that of all groups. */
  get lr(): number {
    return this.groups[0].lr;
  }

  set lr(value: number) {
    for (const group of this.groups) group.lr = value;
  }

  /**
   * Moves every parameter that has a gradient.
   *
   * @param options `when`: a bool tensor of one number; where it is false, parameters and all state stay as they are. Default: none.
   */
  step(options: { when?: Tensor } = {}): void {
    const { when } = optionsOf(`${this.constructor.name}.step`, options, ['when']);
    const kept = (next: Node, present: Node): Node =>
      when ? ops.whereOf(ops.reshapeOf(when.node, []), next, present) : next;
    ops.withoutGradient(() => {
      // Nobody asks for the count outside a compiled function, so that sums of ones would pile up from step to step.
      if (!activeTrace()) realizeWithSlots([this.#step.node, ...this.#missed.nodes]);
      this.#missed.count(this.#counted(), kept);
      const count = ops.addOf(this.#step.node, 1);
      this.#step.slot.node = kept(count, this.#step.node);
      for (const group of this.groups) {
        for (const dtype of ['float32', 'float64'] as const) this.#stepGroup(group, dtype, count, kept);
      }
    });
  }

  #stepGroup(
    group: ParameterGroup<O>,
    dtype: DType,
    count: Node,
    kept: (next: Node, present: Node) => Node,
  ): void {
    const params = group.params.filter((parameter) => arithmeticDType(parameter.dtype) === dtype);
    if (!params.length) return;
    const { options } = group;
    const lr = cast(group.rate.node, dtype);
    guarded(() => !group.pace);
    const momentum = group.pace ? cast(group.pace.node, dtype) : (group.momentum ?? 0);
    const factorsAt = (step: Node): Factors =>
      this.factors({ options, lr, momentum, step: cast(step, dtype) });
    const shared = factorsAt(count);
    for (const parameter of params) {
      const gradient = parameter.grad;
      if (!gradient) continue;
      const states = this.#states.get(parameter)!;
      const names = Object.keys(states) as Name[];
      const present = Object.fromEntries(names.map((name) => [name, states[name].node])) as Record<
        Name,
        Node
      >;
      const missed = this.#missed.of(parameter);
      const factors = missed ? factorsAt(sub(count, missed.node)) : shared;
      const before = cast(parameter.node, dtype);
      const slope = cast(gradient.node, dtype);
      const [value, next] = this.update(before, options.maximize ? neg(slope) : slope, present, {
        options,
        lr,
        momentum,
        factors,
      });
      parameter.value = new Tensor(kept(value, before));
      for (const name of names) states[name].value = new Tensor(kept(next[name], present[name]));
    }
  }

  /** Parameters whose updates depend on how many there were. */
  #counted(): Parameter[] {
    return this.groups.flatMap(({ params, options }) => (this.countsSteps(options) ? params : []));
  }

  /** Forgets the gradients, so that the next ones do not add to them. */
  zeroGrad(): void {
    for (const { params } of this.groups) for (const parameter of params) parameter.grad = null;
  }

  // ---- keeping ----

  /**
   * Everything that training goes on from: `step`, `groups.0.lr`, `state.0.momentum` and so on, parameters numbered in the order they
   * were given; `state.0.missed` counts the steps that a parameter had no gradient in, if there were any that matter. Later steps do not
   * change it.
   */
  stateDict(): OptimizerState {
    const dict: OptimizerState = {};
    this.groups.forEach((group, i) => {
      dict[`groups.${i}.lr`] = group.lr;
      if (group.pace) dict[`groups.${i}.momentum`] = group.momentum!;
    });
    for (const [key, state] of this.#namedStates()) dict[key] = state.value.detach();
    for (const [key, parameter] of this.#missedKeys()) {
      const missed = this.#missed.kept(parameter);
      if (missed) dict[key] = missed.value.detach();
    }
    return dict;
  }

  /** Goes on from what `stateDict` gave, bit for bit. Throws if names or shapes differ, and changes nothing then. */
  loadStateDict(dict: OptimizerState | ReadonlyMap<string, Tensor | number>): void {
    const op = `${this.constructor.name}.loadStateDict`;
    const own = this.#namedStates();
    const given = new Map(asMap(dict));
    const rates = this.groups.map((_, i) => {
      const key = `groups.${i}.lr`;
      const lr = given.get(key);
      if (typeof lr !== 'number') throw new ArgumentError(`missing: ${key}, a number`, { op });
      checkRate(op, lr);
      given.delete(key);
      return lr;
    });
    // Only optimizers whose momentum a schedule changes keep it.
    const momenta = this.groups.map((_, i) => {
      const key = `groups.${i}.momentum`;
      const momentum = given.get(key);
      given.delete(key);
      return momentum;
    });
    const missing = [...this.#missedKeys()].filter(([key]) => given.has(key));
    const counts = new Map(missing.map(([key]) => [key, this.#step]));
    compareKeys(op, new Map([...own, ...counts]), given, {
      hint: 'Both must train the same parameters with the same options',
    });
    this.groups.forEach((group, i) => {
      group.lr = rates[i];
      const momentum = momenta[i];
      if (typeof momentum === 'number') group.momentum = momentum;
    });
    for (const [key, state] of own) state.value = given.get(key) as Tensor;
    this.#missed.restore(
      this.#counted(),
      new Map(missing.map(([key, parameter]) => [parameter, given.get(key) as Tensor])),
    );
  }

  #missedKeys(): Map<string, Parameter> {
    const counted = new Set(this.#counted());
    const numbered = [...this.#states.keys()].map(
      (parameter, i) => [`state.${i}.missed`, parameter] as const,
    );
    return new Map(numbered.filter(([, parameter]) => counted.has(parameter)));
  }

  #namedStates(): Map<string, State> {
    const found = new Map<string, State>([['step', this.#step]]);
    [...this.#states.values()].forEach((states, i) => {
      for (const [name, state] of Object.entries<State>(states)) found.set(`state.${i}.${name}`, state);
    });
    return found;
  }

  // ---- setting up ----

  #makeGroups(params: Trainable<Partial<O>>, options: O): ParameterGroup<O>[] {
    const op = this.constructor.name;
    const hint =
      'Pass model.parameters(), a list of nn.Parameter, or groups such as { params: [...], lr: 0.01 }';
    if (!isIterable(params))
      throw new ArgumentError('trains a list of parameters, got no list', { op, hint });
    const given = [...(params as Iterable<unknown>)];
    const seen = new Set<Parameter>();
    const check = (value: unknown): Parameter => {
      if (!(value instanceof Parameter)) {
        const found = value instanceof Tensor ? 'a tensor' : typeof value;
        throw new ArgumentError(`trains parameters, got ${found}`, { op, hint });
      }
      if (seen.has(value))
        throw new ArgumentError('a parameter is given twice', { op, shapes: [value.shape] });
      seen.add(value);
      return value;
    };
    const isGrouped = given.some(
      (entry) => !(entry instanceof Tensor) && isIterable((entry as GroupOf<O>)?.params),
    );
    const groups = isGrouped
      ? (given as GroupOf<Partial<O>>[]).map(({ params: list, ...own }) => {
          if (!isIterable(list))
            throw new ArgumentError('groups and parameters are mixed in one list', { op });
          return new ParameterGroup<O>([...list].map(check), filled<O>(op, options, own as object), op);
        })
      : [new ParameterGroup<O>(given.map(check), options, op)];
    if (!seen.size) throw new ArgumentError('there are no parameters to train', { op });
    return groups;
  }

  /** State is made here and never in a step, which `compile` runs only once. */
  #makeState(parameter: Parameter, options: Readonly<O>): Record<Name, State> {
    const dtype = arithmeticDType(parameter.dtype);
    const entries = Object.entries<InitialState>(
      this.initialState(options) as Record<Name, InitialState>,
    ).map(
      ([name, { shape = parameter.shape, fill = 0 }]) =>
        [name, new State(full(shape, fill, { dtype }))] as const,
    );
    return Object.fromEntries(entries) as Record<Name, State>;
  }
}

/** Options where they are given, the defaults elsewhere. Throws for names without a default. */
function filled<O extends object>(op: string, defaults: O, given?: Partial<O>): O {
  const named = optionsOf(op, given, Object.keys(defaults));
  return {
    ...defaults,
    ...Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)),
  };
}

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value;
