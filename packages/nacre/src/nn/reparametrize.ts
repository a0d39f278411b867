import { ArgumentError } from '../base/errors.ts';
import type { Node } from '../graph/node.ts';
import { Parameter, type State } from '../tensor/parameter.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { Module } from './module.ts';

/** A weight that is computed anew from other parameters whenever a layer reads it. */
export class DerivedWeight extends Tensor {
  readonly #compute: () => Node;

  constructor(present: Tensor, compute: () => Node) {
    super(present.node);
    this.#compute = compute;
  }

  override get node(): Node {
    return this.#compute();
  }

  /** The present value, as a parameter has it. */
  get value(): Tensor {
    return new Tensor(this.node);
  }
}

type Fields = Record<string, unknown>;

/** Where a module keeps its parameters: its fields, or for recurrent layers the table they are in. */
function holderOf(op: string, module: Module, name: string): Fields {
  const fields = module as unknown as Fields;
  const { weights } = fields;
  for (const holder of [fields, weights as Fields | undefined]) {
    if (holder && Object.hasOwn(holder, name)) return holder;
  }
  throw new ArgumentError(`${module.constructor.name} has no parameter '${name}'`, {
    op,
    hint: `It has: ${module
      .namedParameters()
      .map(([path]) => path)
      .join(', ')}`,
  });
}

/** The parameter of a module, which must be its own and not computed already. */
export function parameterOf(op: string, module: Module, name: string): Parameter {
  const found = holderOf(op, module, name)[name];
  if (found instanceof Parameter) return found;
  const isDerived = found instanceof DerivedWeight;
  throw new ArgumentError(
    isDerived
      ? `'${name}' of ${module.constructor.name} is computed from other parameters already`
      : `'${name}' of ${module.constructor.name} is no parameter`,
    { op },
  );
}

/**
 * Puts `states` in the place of a parameter, which from now on is computed from them. They are fields of the module under their names, so
 * that training and checkpoints find them.
 */
export function derive(
  op: string,
  module: Module,
  name: string,
  states: Readonly<Record<string, State>>,
  compute: () => Node,
): void {
  const holder = holderOf(op, module, name);
  const before = holder[name] as Parameter;
  holder[name] = new DerivedWeight(before.value, compute);
  Object.assign(holder, states);
  const own = new Set<State>([...module.parameters(), ...module.buffers()]);
  if (Object.values(states).every((state) => own.has(state))) return;
  for (const key of Object.keys(states)) delete holder[key];
  holder[name] = before;
  throw new ArgumentError(`${module.constructor.name} does not show parameters that are added to it`, {
    op,
    hint: 'Layers of one kernel can do this: Linear, Bilinear, Embedding, convolutions, recurrent layers',
  });
}

/** Takes back `derive`: the parameter is what was computed last, and the states go. */
export function settle(op: string, module: Module, name: string, states: readonly string[]): void {
  const holder = holderOf(op, module, name);
  const derived = holder[name];
  const missing = states.filter((key) => !Object.hasOwn(holder, key));
  if (!(derived instanceof DerivedWeight) || missing.length) {
    throw new ArgumentError(`'${name}' of ${module.constructor.name} is not of this form`, { op });
  }
  const value = derived.value.detach();
  for (const key of states) delete holder[key];
  holder[name] = new Parameter(value);
}
