import { ArgumentError } from '../base/errors.ts';
import type { Shape } from '../base/shape.ts';
import { Parameter, State } from '../tensor/parameter.ts';
import { guarded } from '../tensor/slot.ts';
import { asMap, compareKeys, type KeyDifferences, type StateDict } from '../tensor/state-dict.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type SummaryOptions, summarize } from './summary.ts';

/**
 * A part of a network: layers, parameters and buffers, and what it does with its inputs. Every field that is a Module, a Parameter or
 * a Buffer belongs to it; lists of modules are kept in ModuleList and ModuleDict.
 *
 * @example
 * ```ts
 * import { nn, relu, Tensor, zeros } from 'nacre';
 * class Net extends nn.Module {
 *   hidden = new nn.Linear(4, 8);
 *   out = new nn.Linear(8, 2);
 *   forward(x: Tensor) {
 *     return this.out.forward(relu(this.hidden.forward(x)));
 *   }
 * }
 * const net = new Net();
 * net.forward(zeros([3, 4])).shape; // → [3, 2]
 * net.namedParameters().map(([name]) => name); // → ['hidden.weight', 'hidden.bias', 'out.weight', 'out.bias']
 * ```
 */
export abstract class Module {
  #training = true;

  /** What the module computes. Called directly: `model.forward(x)`. */
  abstract forward(...inputs: never[]): unknown;

  /** Whether dropout drops and running statistics run; set by `train` and `eval`. True at first. */
  get training(): boolean {
    return guarded(() => this.#training);
  }

  /** Makes this module and all within it train, or not. */
  train(mode = true): this {
    for (const module of this.modules()) module.#training = mode;
    return this;
  }

  /** Makes this module and all within it ready for use after training: dropout is off, running statistics stand still. */
  eval(): this {
    return this.train(false);
  }

  // ---- what belongs to it ----

  /**
   * Names and values of what may belong to this module: its fields. A class whose parts have other names in checkpoints than its
   * fields, or are kept in an array, says so here.
   */
  protected members(): Iterable<readonly [string, unknown]> {
    return Object.entries(this);
  }

  /** Modules that are fields of this one, with their names. */
  namedChildren(): [string, Module][] {
    const found: [string, Module][] = [];
    for (const [name, value] of this.members()) {
      if (value instanceof Module) found.push([name, value]);
      else if (
        Array.isArray(value) &&
        value.some((part) => part instanceof Module || part instanceof State)
      ) {
        throw new ArgumentError(
          `the field '${name}' is an array of modules or parameters, which training would not find`,
          {
            op: this.constructor.name,
            hint: 'Use nn.ModuleList, or one field for each',
          },
        );
      }
    }
    return found;
  }

  children(): Module[] {
    return this.namedChildren().map(([, child]) => child);
  }

  /** This module and all within it, each once, with its path (`''` for this one); outer ones first. */
  namedModules(): [string, Module][] {
    const found = new Map<Module, string>();
    for (const [path, module] of walk(this, '')) if (!found.has(module)) found.set(module, path);
    return [...found].map(([module, path]) => [path, module]);
  }

  modules(): Module[] {
    return this.namedModules().map(([, module]) => module);
  }

  /** Every parameter, once, with its path, such as `encoder.0.weight`. */
  namedParameters(): [string, Parameter][] {
    return once(
      this.#states().filter((entry): entry is [string, Parameter] => entry[1] instanceof Parameter),
    );
  }

  parameters(): Parameter[] {
    return this.namedParameters().map(([, parameter]) => parameter);
  }

  /** State that is not trained, such as running statistics, with its path. */
  namedBuffers(): [string, State][] {
    return once(this.#states().filter(([, state]) => !(state instanceof Parameter)));
  }

  buffers(): State[] {
    return this.namedBuffers().map(([, buffer]) => buffer);
  }

  /** Parameters and buffers under every path that leads to them, in PyTorch's order. */
  #states(): [string, State][] {
    const found: [string, State][] = [];
    for (const [path, module] of walk(this, '')) {
      const own: [string, State][] = [];
      for (const [name, value] of module.members())
        if (value instanceof State) own.push([join(path, name), value]);
      found.push(
        ...own.filter(([, state]) => state instanceof Parameter),
        ...own.filter(([, state]) => !(state instanceof Parameter)),
      );
    }
    return found;
  }

  // ---- keeping and loading ----

  /** Present values of all parameters and buffers, under the names PyTorch gives them. Later training does not change them. */
  stateDict(): StateDict {
    return Object.fromEntries(
      this.#states().map(([path, state]): [string, Tensor] => [path, state.value.detach()]),
    );
  }

  /**
   * Takes the values of a dictionary, converted to the dtype of what they replace. Nothing is changed if it throws: an ArgumentError
   * that lists missing and unexpected names (unless `strict` is false), a ShapeMismatchError that lists shapes that differ.
   */
  loadStateDict(
    dict: StateDict | ReadonlyMap<string, Tensor>,
    { strict = true }: { strict?: boolean } = {},
  ): KeyDifferences {
    const given = asMap(dict);
    const own = new Map(this.#states().filter(([path, state]) => given.has(path) || !lackable.has(state)));
    const hint = 'Both must come from one architecture; { strict: false } loads what has the same name';
    const differences = compareKeys(`${this.constructor.name}.loadStateDict`, own, given, { strict, hint });
    for (const [path, state] of own) if (given.has(path)) state.value = given.get(path) as Tensor;
    return differences;
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.grad = null;
  }

  /**
   * A table of the layers and their parameters. With the shape of an input, batch included, also the shape of each layer's output;
   * shapes are found without computing anything.
   */
  summary(inputShape?: Shape, options?: SummaryOptions): string {
    return summarize(this, inputShape, options);
  }
}

const lackable = new WeakSet<State>();

/** Marks a buffer that a dictionary need not have to be loaded: it keeps its value then. */
export function mayLack<S extends State>(state: S): S {
  lackable.add(state);
  return state;
}

const join = (path: string, name: string): string => (path ? `${path}.${name}` : name);

/** A module and all below it under every path; one that contains itself is not entered again. */
function* walk(module: Module, path: string, above: readonly Module[] = []): Generator<[string, Module]> {
  if (above.includes(module)) return;
  yield [path, module];
  for (const [name, child] of module.namedChildren())
    yield* walk(child, join(path, name), [...above, module]);
}

/** Entries whose value did not come before. */
function once<T>(entries: readonly [string, T][]): [string, T][] {
  const seen = new Set<T>();
  return entries.filter(([, value]) => !seen.has(value) && seen.add(value));
}
