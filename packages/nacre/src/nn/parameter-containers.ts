import { ArgumentError } from '../base/errors.ts';
import { Parameter } from '../tensor/parameter.ts';
import { Module } from './module.ts';

function requireParameter(op: string, value: unknown): asserts value is Parameter {
  if (value instanceof Parameter) return;
  throw new ArgumentError(`takes parameters, got ${value === null ? 'null' : typeof value}`, {
    op,
    hint: 'Make one with new nn.Parameter(tensor)',
  });
}

function refuseForward(op: string): never {
  throw new ArgumentError('has no forward of its own', { op, hint: 'Compute with the parameters it holds' });
}

/**
 * Parameters in a list, so that training finds them. Names are '0', '1', …
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * const list = new nn.ParameterList([new nn.Parameter(zeros([2])), new nn.Parameter(zeros([3]))]);
 * Object.keys(list.stateDict()); // → ['0', '1']
 * list.at(-1).shape; // → [3]
 * ```
 */
export class ParameterList extends Module {
  readonly #parameters: Parameter[] = [];

  constructor(parameters: Iterable<Parameter> = []) {
    super();
    this.push(...parameters);
  }

  /** Adds parameters at the end. */
  push(...parameters: readonly Parameter[]): this {
    for (const parameter of parameters) {
      requireParameter('ParameterList', parameter);
      this.#parameters.push(parameter);
    }
    return this;
  }

  /** The parameter at an index; -1 is the last. Throws an ArgumentError where there is none. */
  at(index: number): Parameter {
    const parameter = this.#parameters.at(index);
    if (parameter) return parameter;
    throw new ArgumentError(`there is no parameter ${index} among ${this.length}`, { op: 'ParameterList' });
  }

  get length(): number {
    return this.#parameters.length;
  }

  [Symbol.iterator](): IterableIterator<Parameter> {
    return this.#parameters[Symbol.iterator]();
  }

  protected override members(): Iterable<readonly [string, unknown]> {
    return Object.entries(this.#parameters);
  }

  override forward(): never {
    return refuseForward('ParameterList');
  }
}

/**
 * Parameters by name, so that training finds them.
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * const dict = new nn.ParameterDict({ scale: new nn.Parameter(zeros([2])) });
 * dict.get('scale').shape; // → [2]
 * ```
 */
export class ParameterDict extends Module {
  readonly #parameters = new Map<string, Parameter>();

  constructor(parameters: Readonly<Record<string, Parameter>> | Iterable<readonly [string, Parameter]> = {}) {
    super();
    const entries = Symbol.iterator in parameters ? parameters : Object.entries(parameters);
    for (const [name, parameter] of entries) this.set(name, parameter);
  }

  /** Adds or replaces a parameter. Throws an ArgumentError for a name that is empty or has a dot. */
  set(name: string, parameter: Parameter): this {
    const op = 'ParameterDict';
    requireParameter(op, parameter);
    if (name === '' || name.includes('.')) {
      throw new ArgumentError(`a name is not empty and has no dot, got '${name}'`, { op });
    }
    this.#parameters.set(name, parameter);
    return this;
  }

  /** The parameter of a name. Throws an ArgumentError where there is none. */
  get(name: string): Parameter {
    const parameter = this.#parameters.get(name);
    if (parameter) return parameter;
    throw new ArgumentError(`there is no parameter '${name}'`, {
      op: 'ParameterDict',
      hint: `Known are: ${[...this.#parameters.keys()].join(', ')}`,
    });
  }

  has(name: string): boolean {
    return this.#parameters.has(name);
  }

  get size(): number {
    return this.#parameters.size;
  }

  [Symbol.iterator](): IterableIterator<[string, Parameter]> {
    return this.#parameters[Symbol.iterator]();
  }

  protected override members(): Iterable<readonly [string, unknown]> {
    return this.#parameters;
  }

  override forward(): never {
    return refuseForward('ParameterDict');
  }
}
