import { ArgumentError } from '../base/errors.ts';
import type { Node } from '../graph/node.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { Chain, ChainFn, Fits, Shape } from '../tensor/types/index.ts';
import { Layer } from './layer.ts';
import { Module } from './module.ts';

/** What `Sequential` takes: any module of one tensor in, one out. */
export interface Step {
  forward(x: Tensor): Tensor;
}

/**
 * Layers one after the other: the output of each is the input of the next. Names are '0', '1', …
 *
 * Formula: y = layerₙ(…layer₂(layer₁(x)))
 *
 * Shapes: as the layers say, one after the other
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * const model = new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU(), new nn.Linear(8, 2));
 * model.forward(zeros([3, 4])).shape; // → [3, 2]
 * Object.keys(model.stateDict()); // → ['0.weight', '0.bias', '2.weight', '2.bias']
 * ```
 */
export class Sequential<const L extends readonly Step[] = readonly Step[]> extends Layer<ChainFn<L>> {
  readonly layers: L;

  constructor(...layers: L & Fits<Chain<L, Shape>>) {
    super();
    layers.forEach((layer, i) => {
      if (typeof layer?.forward !== 'function') {
        throw new ArgumentError(`layer ${i} is ${describe(layer)}, which has no forward`, {
          op: 'Sequential',
          hint: 'Give layers one by one: new nn.Sequential(new nn.Linear(4, 8), new nn.ReLU())',
        });
      }
    });
    this.layers = layers;
  }

  protected override members(): Iterable<readonly [string, unknown]> {
    return Object.entries(this.layers);
  }

  protected override compute(x: Node): Node {
    return this.layers.reduce((value, layer) => layer.forward(value), new Tensor(x)).node;
  }

  /** Number of layers. */
  get length(): number {
    return this.layers.length;
  }

  [Symbol.iterator](): IterableIterator<L[number]> {
    return this.layers[Symbol.iterator]() as IterableIterator<L[number]>;
  }
}

/**
 * Modules in a list, so that training finds them. Names are '0', '1', …
 *
 * @example
 * ```ts
 * import { nn, Tensor, zeros } from 'nacre';
 * const blocks = new nn.ModuleList([new nn.Linear(2, 2), new nn.Linear(2, 2)]);
 * let x: Tensor = zeros([1, 2]);
 * for (const block of blocks) x = block.forward(x);
 * x.shape; // → [1, 2]
 * blocks.parameters().length; // → 4
 * ```
 */
export class ModuleList<M extends Module = Module> extends Module {
  readonly #modules: M[] = [];

  constructor(modules: Iterable<M> = []) {
    super();
    this.push(...modules);
  }

  /** Adds modules at the end. */
  push(...modules: readonly M[]): this {
    for (const module of modules) {
      checkModule('ModuleList', module);
      this.#modules.push(module);
    }
    return this;
  }

  /** The module at an index; -1 is the last. */
  at(index: number): M {
    const module = this.#modules.at(index);
    if (!module)
      throw new ArgumentError(`there is no module ${index} among ${this.length}`, { op: 'ModuleList' });
    return module;
  }

  get length(): number {
    return this.#modules.length;
  }

  [Symbol.iterator](): IterableIterator<M> {
    return this.#modules[Symbol.iterator]();
  }

  protected override members(): Iterable<readonly [string, unknown]> {
    return Object.entries(this.#modules);
  }

  override forward(): never {
    return refuseForward('ModuleList');
  }
}

/**
 * Modules by name, so that training finds them.
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * const heads = new nn.ModuleDict({ mean: new nn.Linear(2, 1), scale: new nn.Linear(2, 1) });
 * heads.get('mean').forward(zeros([3, 2])).shape; // → [3, 1]
 * heads.has('bias'); // → false
 * ```
 */
export class ModuleDict<M extends Module = Module> extends Module {
  readonly #modules = new Map<string, M>();

  constructor(modules: Readonly<Record<string, M>> | Iterable<readonly [string, M]> = {}) {
    super();
    for (const [name, module] of Symbol.iterator in modules ? modules : Object.entries(modules))
      this.set(name, module);
  }

  set(name: string, module: M): this {
    checkModule('ModuleDict', module);
    if (name === '' || name.includes('.')) {
      throw new ArgumentError(`a name is not empty and has no dot, got '${name}'`, { op: 'ModuleDict' });
    }
    this.#modules.set(name, module);
    return this;
  }

  get(name: string): M {
    const module = this.#modules.get(name);
    if (!module) {
      throw new ArgumentError(`there is no module '${name}'`, {
        op: 'ModuleDict',
        hint: `Known are: ${[...this.#modules.keys()].join(', ')}`,
      });
    }
    return module;
  }

  has(name: string): boolean {
    return this.#modules.has(name);
  }

  get size(): number {
    return this.#modules.size;
  }

  [Symbol.iterator](): IterableIterator<[string, M]> {
    return this.#modules[Symbol.iterator]();
  }

  protected override members(): Iterable<readonly [string, unknown]> {
    return this.#modules;
  }

  override forward(): never {
    return refuseForward('ModuleDict');
  }
}

const describe = (value: unknown): string =>
  value === null
    ? 'null'
    : typeof value === 'object'
      ? `of class ${value.constructor?.name ?? 'Object'}`
      : `a ${typeof value}`;

function checkModule(op: string, module: unknown): void {
  if (!(module instanceof Module))
    throw new ArgumentError(`takes modules, got what is ${describe(module)}`, { op });
}

function refuseForward(op: string): never {
  throw new ArgumentError('has no forward of its own', { op, hint: 'Call forward of the modules it holds' });
}
