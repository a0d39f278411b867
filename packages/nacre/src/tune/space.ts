import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { checkWhole } from '../data/checks.ts';
import { continuous, type Parameter, stepped, wholeLog } from './parameter.ts';

/** What JSON can hold: it reaches another process, and the file of a search, as it is. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A value of a space that is not searched. */
export type Constant = string | number | boolean | null | readonly Json[];

/** What is searched: by name, what each value is drawn from. An object in it is a space of its own. */
export interface Space {
  readonly [name: string]: Domain<unknown> | Constant | Space;
}

/** What the objective is given for a space. */
export type ParamsOf<S> =
  S extends Domain<infer T>
    ? T
    : S extends Constant
      ? S
      : S extends Space
        ? { readonly [Name in keyof S]: ParamsOf<S[Name]> }
        : never;

/** What stands at a path of the space is asked for; the answer is a number: the value itself, or the place of an item. */
export type Ask = (path: string, parameter: Parameter) => number;

/**
 * What a value of a space is drawn from. `tune.choice`, `tune.int`, `tune.float` and `tune.list` make them.
 *
 * @example
 * ```ts
 * import { Domain, tune } from 'nacre/tune';
 * const rate: Domain<number> = tune.float(1e-4, 1e-1, { log: true });
 * rate instanceof Domain; // → true
 * ```
 */
export abstract class Domain<out T> {
  /** The value, made of what is asked for on the way; parameters that do not matter are not asked for. */
  abstract realise(path: string, ask: Ask): T;
  /** All that decides the values, as JSON: a search that goes on compares it. */
  abstract describe(): Json;
}

class NumberDomain extends Domain<number> {
  constructor(
    readonly parameter: Parameter,
    readonly description: Json,
  ) {
    super();
  }

  realise(path: string, ask: Ask): number {
    return ask(path, this.parameter);
  }

  describe(): Json {
    return this.description;
  }
}

class ItemDomain<T extends Json> extends Domain<T> {
  readonly #parameter: Parameter;

  constructor(readonly items: readonly T[]) {
    super();
    this.#parameter = { kind: 'choice', labels: items.map(labelOf) };
  }

  realise(path: string, ask: Ask): T {
    return this.items[ask(path, this.#parameter)];
  }

  describe(): Json {
    return { choice: this.items };
  }
}

/** One of several spaces; `kind` says which. */
class CaseDomain extends Domain<object> {
  readonly #parameter: Parameter;
  readonly #names: readonly string[];

  constructor(readonly cases: ReadonlyMap<string, Domain<object>>) {
    super();
    this.#names = [...cases.keys()];
    this.#parameter = { kind: 'choice', labels: this.#names };
  }

  realise(path: string, ask: Ask): object {
    const kind = this.#names[ask(path, this.#parameter)];
    return { kind, ...this.cases.get(kind)!.realise(`${path}.${kind}`, ask) };
  }

  describe(): Json {
    return { cases: [...this.cases].map(([name, domain]): Json => [name, domain.describe()]) };
  }
}

class ListDomain<T> extends Domain<readonly T[]> {
  readonly #length: Parameter;

  constructor(
    readonly element: Domain<T>,
    readonly low: number,
    readonly high: number,
  ) {
    super();
    this.#length = stepped(low, high, 1);
  }

  realise(path: string, ask: Ask): readonly T[] {
    const length = ask(`${path}.length`, this.#length);
    return Array.from({ length }, (_, index) => this.element.realise(`${path}[${index}]`, ask));
  }

  describe(): Json {
    return { list: this.element.describe(), low: this.low, high: this.high };
  }
}

class ConstantDomain<T extends Json> extends Domain<T> {
  constructor(readonly value: T) {
    super();
  }

  realise(): T {
    return this.value;
  }

  describe(): Json {
    return { constant: this.value };
  }
}

class ObjectDomain extends Domain<object> {
  constructor(readonly members: readonly (readonly [name: string, domain: Domain<unknown>])[]) {
    super();
  }

  realise(path: string, ask: Ask): object {
    return Object.fromEntries(
      this.members.map(([name, domain]) => [name, domain.realise(path ? `${path}.${name}` : name, ask)]),
    );
  }

  describe(): Json {
    // Pairs, not an object: the order decides which numbers a parameter is given.
    return { space: this.members.map(([name, domain]): Json => [name, domain.describe()]) };
  }
}

/** An item as tables show it. */
export const labelOf = (item: Json): string => (typeof item === 'string' ? item : JSON.stringify(item));

/** Throws an ArgumentError for what would not come back the same from JSON. */
function checkJson(op: string, value: unknown, where: string): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkJson(op, item, `${where}[${index}]`);
    return;
  }
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    for (const [name, item] of Object.entries(value)) checkJson(op, item, `${where}.${name}`);
    return;
  }
  throw new ArgumentError(`${where} is ${String(value)}, which JSON cannot hold`, {
    op,
    hint: 'Give it a name, and let the objective look up what the name stands for',
  });
}

/** The space a user wrote, as one domain. Throws an ArgumentError for what cannot be part of a space. */
export function domainOf<S extends Space>(op: string, given: S, path = ''): Domain<ParamsOf<S>> {
  const where = path || 'the space';
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new ArgumentError(
      `${where} is an object, got ${Array.isArray(given) ? 'an array' : String(given)}`,
      {
        op,
        hint: 'Give { lr: tune.float(1e-4, 1e-1, { log: true }), layers: tune.int(1, 3) }',
      },
    );
  }
  const members = Object.entries(given).map(([name, member]) => {
    // Paths are made of names, so two of them could meet.
    if (name === '' || /[.[\]]/.test(name)) {
      throw new ArgumentError(
        `the name ${JSON.stringify(name)} in ${where} is empty or has a dot or bracket`,
        {
          op,
        },
      );
    }
    return [name, memberOf(op, member, path ? `${path}.${name}` : name)] as const;
  });
  return new ObjectDomain(members) as Domain<object> as Domain<ParamsOf<S>>;
}

function memberOf(op: string, member: Space[string], path: string): Domain<unknown> {
  if (member instanceof Domain) return member;
  const isObject = typeof member === 'object' && member !== null && !Array.isArray(member);
  if (isObject && Object.getPrototypeOf(member) === Object.prototype) {
    return domainOf(op, member as Space, path);
  }
  checkJson(op, member, path);
  return new ConstantDomain(member as Constant);
}

/** Named spaces, of which one is taken. */
export type Cases = Readonly<Record<string, Space>>;

/** A case that was taken: its name as `kind`, and what its space gave. */
export type CaseOf<C extends Cases> = {
  [Name in keyof C]: { readonly kind: Name } & ParamsOf<C[Name]>;
}[keyof C];

/**
 * One of several: of a list of items, or of named spaces. Of spaces, only the one that is taken is searched; the objective is given
 * its values, and its name as `kind`. Items are what JSON can hold.
 *
 * @throws ArgumentError if there is nothing to choose from, for an item that JSON cannot hold, and for a space with a `kind` of its own.
 *
 * @example
 * ```ts
 * import { tune } from 'nacre/tune';
 * const space = {
 *   activation: tune.choice(['relu', 'tanh']),
 *   optimizer: tune.choice({
 *     adam: { lr: tune.float(1e-4, 1e-2, { log: true }) },
 *     sgd: { lr: tune.float(1e-3, 1, { log: true }), momentum: tune.float(0, 0.99) },
 *   }),
 * };
 * const study = await tune(space, ({ activation, optimizer }) => {
 *   const momentum = optimizer.kind === 'sgd' ? optimizer.momentum : 0;
 *   return momentum + (activation === 'relu' ? 0 : 1);
 * }, { trials: 20, verbose: false });
 * study.best.params.activation; // → 'relu'
 * ```
 */
export function choice<const T extends Json>(items: readonly T[]): Domain<T>;
export function choice<const C extends Cases>(cases: C): Domain<CaseOf<C>>;
export function choice(given: readonly Json[] | Cases): Domain<unknown> {
  const op = 'tune.choice';
  if (typeof given !== 'object' || given === null || Object.keys(given).length === 0) {
    throw new ArgumentError('there is nothing to choose from', {
      op,
      hint: "Give a list of items, ['relu', 'tanh'], or named spaces, { adam: { … }, sgd: { … } }",
    });
  }
  if (Array.isArray(given)) {
    const items = given as readonly Json[];
    checkJson(op, items, 'the list');
    const seen = new Set(items.map((item) => JSON.stringify(item)));
    if (seen.size < items.length) throw new ArgumentError('an item stands in the list twice', { op });
    return new ItemDomain(items);
  }
  const cases = Object.entries(given as Cases).map(([name, space]) => {
    const domain = domainOf(op, space, name);
    if ('kind' in space) {
      throw new ArgumentError(`the space ${name} has a value called kind, which is the name of the case`, {
        op,
        hint: 'Call it something else',
      });
    }
    return [name, domain as Domain<object>] as const;
  });
  domainOf(op, Object.fromEntries(cases)); // the names of the cases become parts of paths too
  return new CaseDomain(new Map(cases));
}

/** Throws an ArgumentError unless the bounds are finite and in order, and those of a logarithmic scale above 0. */
function checkBounds(op: string, low: number, high: number, log: boolean): void {
  if (
    typeof low !== 'number' ||
    typeof high !== 'number' ||
    !Number.isFinite(low) ||
    !Number.isFinite(high)
  ) {
    throw new ArgumentError(`low and high are finite numbers, got ${String(low)} and ${String(high)}`, {
      op,
    });
  }
  if (low > high) {
    throw new ArgumentError(`low is above high: ${low} > ${high}`, {
      op,
      hint: 'Give the lower bound first',
    });
  }
  if (log && low <= 0) {
    throw new ArgumentError(`a logarithmic scale begins above 0, got low ${low}`, {
      op,
      hint: 'Raise low, or leave out { log: true }',
    });
  }
}

export interface NumberOptions {
  /** Distance between the values, counted from `low`. Default: 1 for `int`, none for `float`. Not together with `log`. */
  readonly step?: number;
  /** Whether equal ratios count the same, as suits learning rates, rather than equal differences. Default: no. */
  readonly log?: boolean;
}

function checkedOptions(op: string, given: NumberOptions | undefined, isStep: (step: number) => boolean) {
  const { step, log = false } = optionsOf(op, given, ['step', 'log']);
  if (step === undefined) return { step, log };
  if (!isStep(step)) {
    const what = op === 'tune.int' ? 'a whole number from 1 on' : 'a number above 0';
    throw new ArgumentError(`step is ${what}, got ${step}`, { op });
  }
  if (log) {
    throw new ArgumentError('step and log do not go together', {
      op,
      hint: 'List the values instead: tune.choice([16, 32, 64])',
    });
  }
  return { step, log };
}

/**
 * A whole number from `low` to `high`, both included; with `step` only `low`, `low + step`, and so on; with `log`, each octave as
 * likely as the next.
 *
 * @throws ArgumentError unless low ≤ high, and low is above 0 where `log` is set.
 *
 * @example
 * ```ts
 * import { tune } from 'nacre/tune';
 * const study = await tune({ units: tune.int(16, 64, { step: 16 }) }, ({ units }) => -units, { sampler: 'grid', verbose: false });
 * study.trials.map(({ params }) => params.units); // → [16, 32, 48, 64]
 * ```
 */
export function int(low: number, high: number, options?: NumberOptions): Domain<number> {
  const op = 'tune.int';
  const { step = 1, log } = checkedOptions(op, options, (step) => Number.isSafeInteger(step) && step >= 1);
  checkBounds(op, low, high, log);
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high)) {
    throw new ArgumentError(`low and high are whole numbers, got ${low} and ${high}`, { op });
  }
  return new NumberDomain(log ? wholeLog(low, high) : stepped(low, high, step), {
    int: [low, high],
    step,
    log,
  });
}

/**
 * A number from `low` to `high`; with `step` only `low`, `low + step`, and so on; with `log`, each order of magnitude as likely as
 * the next.
 *
 * @throws ArgumentError unless low ≤ high, and low is above 0 where `log` is set.
 *
 * @example
 * ```ts
 * import { tune } from 'nacre/tune';
 * const study = await tune({ lr: tune.float(1e-4, 1, { log: true }) }, ({ lr }) => Math.abs(Math.log10(lr) + 2), {
 *   trials: 40, verbose: false,
 * });
 * study.best.value! < 0.1; // → true
 * tune.float(0, 1, { log: true }); // → throws ArgumentError: a logarithmic scale begins above 0
 * ```
 */
export function float(low: number, high: number, options?: NumberOptions): Domain<number> {
  const op = 'tune.float';
  const { step, log } = checkedOptions(op, options, (step) => Number.isFinite(step) && step > 0);
  checkBounds(op, low, high, log);
  return new NumberDomain(step === undefined ? continuous(low, high, log) : stepped(low, high, step), {
    float: [low, high],
    step: step ?? null,
    log,
  });
}

/**
 * A list of `low` to `high` elements, each drawn from the same domain or space: as many layers as the search likes, each with a width
 * of its own. The number of elements is searched too; elements beyond it are not.
 *
 * @throws ArgumentError unless the lengths are whole numbers from 0 on with low ≤ high.
 *
 * @example
 * ```ts
 * import { tune } from 'nacre/tune';
 * const space = { hidden: tune.list(tune.int(1, 9), 1, 3) };
 * const study = await tune(space, ({ hidden }) => hidden.reduce((sum, units) => sum + units, 0), { trials: 60, verbose: false });
 * study.best.params.hidden.length; // → 1
 * ```
 */
export function list<const E extends Domain<unknown> | Space>(
  element: E,
  low: number,
  high: number,
): Domain<readonly ParamsOf<E>[]> {
  const op = 'tune.list';
  checkWhole(op, 'low', low, 0);
  checkWhole(op, 'high', high, 1);
  checkBounds(op, low, high, false);
  const domain = element instanceof Domain ? element : domainOf(op, element as Space, 'the element');
  return new ListDomain(domain as Domain<ParamsOf<E>>, low, high);
}
