import { ArgumentError, TraceError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { sizeOf } from '../base/shape.ts';
import { topological } from '../compiler/rewrite.ts';
import { Node } from '../graph/node.ts';
import { type GraphSignature, signGraph } from '../graph/signature.ts';
import { Storage } from '../runtime/storage.ts';
import type { Tier } from './backends/backend.ts';
import { activeBackend, debug, heap, memoryNode, Program, type RandomBase, realizeNodes } from './engine.ts';
import { generator } from './generator.ts';
import { withoutGradient } from './ops/elementwise.ts';
import { State } from './parameter.ts';
import { apply, gradientMode } from './primitives/apply.ts';
import { activeTrace, realizeWithSlots, type Slot, type Trace, traced } from './slot.ts';
import { Tensor } from './tensor.ts';

/** More programs than this for one function mean that its arguments differ at every call. */
const mostTraces = 64;

export interface CompileOptions {
  /**
   * Traces at every call and throws a TraceError if `fn` did something else than at first, or used another captured tensor. Slow; for
   * finding mistakes. Default: off.
   */
  verify?: boolean;
  /**
   * What runs the program on the `native` device: 'wasm', or 'native', compiled before the first run; a DeviceError says why where that cannot be.
   * Default: WebAssembly at first, and C when it has run for a while and a compiler is found. Other devices take no notice.
   */
  tier?: Tier;
  /**
   * Whether all programs of this function keep to the tier that the first one begins with, so that every run of the same process gives the same
   * bits: C if it was compiled before and is in the cache, else WebAssembly, while C is compiled for the next process. Default: no.
   */
  steady?: boolean;
  /** About how many times it will be called: with `steady`, what takes long in all is compiled to C before the first call. Default: unknown. */
  runs?: number;
}

/** A compiled function, and what `explain` and `profile` ask of it. */
export interface Compiled<A extends readonly unknown[], R> {
  (...args: A): R;
  /** Programs made so far, one for each signature of arguments and state of the switches it read. */
  readonly programs: number;
  /** What ran the first program when it was made; null before, and on a device without tiers. */
  readonly tier: Tier | null;
  /** The program these arguments would run, with everything it needs to run. */
  prepare(...args: A): PreparedCall;
}

export interface PreparedCall {
  readonly signature: GraphSignature;
  readonly program: Program;
  /** Addresses of inputs, and of memory for the outputs that belongs to nobody. */
  bind(): { leaves: number[]; outputs: number[]; dispose(): void };
}

/**
 * Makes one program of everything `fn` does with tensors: forward, backward and update. The first call with arguments of given
 * shapes and dtypes runs `fn` once to see what it does; later calls run the program. Parameters, optimizer state and random numbers
 * that `fn` uses are found, and read and written by the program. Numbers and other values that are no tensors are constants: another
 * value makes another program. Inside `fn` there are no numbers to ask for; the results are tensors without a gradient, so `backward`
 * belongs inside. A call with an argument that gradients are asked of runs `fn` as it is, uncompiled.
 *
 * Throws a TraceError if `fn` asks for numbers or is async, or if it is called with ever new signatures. What `fn` sees of the world outside
 * is fixed by the first call: a variable that later holds another tensor goes unnoticed, unless `verify` is on.
 *
 * @example
 * ```ts
 * import { compile, optim, Parameter, tensor, Tensor } from 'nacre';
 * const w = new Parameter(tensor([1, 1]));
 * const sgd = new optim.SGD([w], { lr: 0.1 });
 * const step = compile((x: Tensor) => {
 *   const loss = w.mul(x).sum();
 *   sgd.zeroGrad();
 *   loss.backward();
 *   sgd.step();
 *   return loss;
 * });
 * await step(tensor([1, 2])).item(); // → 3
 * await step(tensor([1, 2])).item(); // → 2.5
 * await w.tolist(); // → [0.8, 0.6]
 * step.programs; // → 1
 * ```
 */
export function compile<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options: CompileOptions = {},
): Compiled<A, R> {
  const names = ['verify', 'tier', 'steady', 'runs'];
  const { verify = false, tier, steady = false, runs } = optionsOf('compile', options, names);
  checkFunction('compile', fn);
  const traces = new Map<string, TracedCall<R>[]>();
  let count = 0;
  let settled: Tier | null = null;

  const find = ({ key, tensors }: Described, args: A): { call: TracedCall<R>; inputs: Node[] } => {
    const inputs = tensors.map((tensor) => tensor.node);
    const variants = traces.get(`${activeBackend().name}|${key}`) ?? [];
    let call = variants.find((candidate) => candidate.holds());
    if (!call) {
      if (++count > mostTraces) {
        throw new TraceError(
          `'${fn.name || 'fn'}' was called with ${mostTraces} different signatures, the last: ${key}`,
          {
            op: 'compile',
            hint: 'Keep shapes equal (drop or pad the last batch), and pass numbers that change as tensors',
          },
        );
      }
      call = new TracedCall(fn, args, inputs, { tier: (steady && settled) || tier, steady, runs });
      settled ??= call.tier;
      traces.set(`${activeBackend().name}|${key}`, [...variants, call]);
    }
    return { call, inputs };
  };

  const run = (...args: A): R => {
    // Inside another trace this is a function like any other; while every operation is checked nothing is compiled.
    if (activeTrace() || debug.nan) return fn(...args);
    const described = describe(args);
    // A program keeps no record for gradients of its arguments: where they are asked for, `fn` itself is differentiated.
    if (gradientMode.enabled && described.tensors.some(({ node }) => node.requiresGrad)) return fn(...args);
    const { call, inputs } = find(described, args);
    if (verify) call.expectSame(new TracedCall(fn, args, inputs, { tier: 'wasm' }));
    return call.run(inputs);
  };
  const prepare = (...args: A): PreparedCall => {
    const { call, inputs } = find(describe(args), args);
    return call.prepared(inputs);
  };
  return Object.defineProperties(run, {
    prepare: { value: prepare },
    programs: { get: () => count },
    tier: { get: () => settled },
  }) as Compiled<A, R>;
}

/** The tensors among arguments, in order, and a text that two calls share if one program can serve both. */
interface Described {
  readonly key: string;
  readonly tensors: readonly Tensor[];
}

function describe(args: unknown): Described {
  const tensors: Tensor[] = [];
  const visit = (value: unknown): string => {
    if (value instanceof State) return `S${identity(value)}`;
    if (value instanceof Tensor) {
      tensors.push(value);
      return `${value.dtype}[${value.node.shape.join()}]`;
    }
    if (Array.isArray(value)) return `(${value.map(visit).join()})`;
    if (isPlain(value)) return `{${Object.entries(value).map(([name, part]) => `${name}:${visit(part)}`)}}`;
    if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') {
      return value === null ? 'null' : `#${identity(value as object)}`;
    }
    return `${typeof value}:${String(value)}`;
  };
  return { key: visit(args), tensors };
}

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

const identities = new WeakMap<object, number>();
let lastIdentity = 0;
function identity(object: object): number {
  const known = identities.get(object) ?? ++lastIdentity;
  identities.set(object, known);
  return known;
}

/** Replaces the tensors of a structure of arrays and plain objects; states stay what they are. */
function mapTensors(value: unknown, replace: (tensor: Tensor) => unknown): unknown {
  if (value instanceof Tensor) return value instanceof State ? value : replace(value);
  if (Array.isArray(value)) return value.map((part) => mapTensors(part, replace));
  if (isPlain(value))
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, mapTensors(part, replace)]));
  return value;
}

const inputNode = (like: Node, position: number): Node =>
  new Node('input', [], { position }, like.shape, like.dtype, { kind: 'leaf' }, false);

/** One run of a function, recorded: what it read, what it wrote, what it gave back. */
class Recording implements Trace {
  readonly read_: { slot: Slot; placeholder: Node }[] = [];
  readonly values = new Map<Slot, Node | null>();
  readonly guards: { read: () => unknown; value: unknown }[] = [];

  read(slot: Slot): Node {
    if (this.values.has(slot)) return this.values.get(slot)!;
    const { dtype } = slot.content;
    this.guard(() => slot.content?.dtype === dtype);
    const placeholder = slot.leafOf(inputNode(slot.content, -1));
    this.read_.push({ slot, placeholder });
    this.values.set(slot, placeholder);
    return placeholder;
  }

  isEmpty(slot: Slot): boolean {
    if (this.values.has(slot)) return this.values.get(slot) === null;
    const read = (): boolean => slot.content === null;
    this.guard(read);
    return read();
  }

  write(slot: Slot, node: Node | null): void {
    this.values.set(slot, node && slot.leafOf(node));
  }

  guard(read: () => unknown): void {
    if (!this.guards.some((guard) => guard.read === read)) this.guards.push({ read, value: read() });
  }
}

type Source =
  | { kind: 'argument'; position: number }
  | { kind: 'slot'; slot: Slot }
  | { kind: 'given'; node: Node };

interface Write {
  readonly slot: Slot;
  readonly output: number;
}

class TracedCall<R> {
  private readonly guards: Recording['guards'];
  private readonly signature: GraphSignature;
  private readonly program: Program;
  private readonly sources: readonly Source[];
  private readonly outputs: readonly Node[];
  private readonly writes: readonly Write[];
  private readonly cleared: readonly Slot[];
  /** The structure of the result, with the number of the output in the place of each tensor. */
  private readonly result: unknown;
  private readonly resultOutputs: ReadonlySet<number>;
  private readonly streams: { first: number; count: number };

  constructor(
    fn: (...args: never) => R,
    args: readonly unknown[],
    inputs: readonly Node[],
    options: Pick<CompileOptions, 'tier' | 'steady' | 'runs'>,
  ) {
    const recording = new Recording();
    const before = generator.counter;
    const newest = inputNode(inputs[0] ?? constantLike(), -1).id;
    const placeholders: Node[] = [];
    const given = mapTensors(args, (tensor) => {
      placeholders.push(inputNode(tensor.node, placeholders.length));
      return new Tensor(placeholders.at(-1)!);
    });
    let value: R;
    try {
      value = traced(recording, () => fn(...(given as never)));
    } finally {
      this.streams = { first: before, count: generator.counter - before };
      generator.counter = before;
    }
    if (value instanceof Promise) {
      value.catch(() => {});
      throw new TraceError('the function is async', {
        op: 'compile',
        hint: 'Return tensors from a plain function, and await their numbers outside',
      });
    }

    const outputs: Node[] = [];
    const replaces: (Node | null)[] = [];
    const want = (node: Node, replaced: Node | null): number => {
      // What is only handed through is copied, so that every output has memory of its own.
      const computed = node.isLeaf ? withoutGradient(() => apply('alias', [node], {})) : node;
      const known = outputs.indexOf(computed);
      if (known >= 0 && !replaced) return known;
      if (known >= 0)
        return want(
          withoutGradient(() => apply('alias', [computed], {})),
          replaced,
        );
      replaces.push(replaced);
      return outputs.push(computed) - 1;
    };
    const writes: Write[] = [];
    const cleared: Slot[] = [];
    for (const [slot, node] of recording.values) {
      const placeholder = recording.read_.find((entry) => entry.slot === slot)?.placeholder ?? null;
      if (node === placeholder) continue;
      if (node === null) cleared.push(slot);
      else writes.push({ slot, output: want(node, placeholder) });
    }
    const results = new Set<number>();
    this.result = mapTensors(value, (tensor) => {
      const output =
        writes.length && outputs.includes(tensor.node)
          ? want(
              withoutGradient(() => apply('alias', [tensor.node], {})),
              null,
            )
          : want(tensor.node, null);
      results.add(output);
      return new OutputPlace(output);
    });

    realizeCaptured(outputs, newest);
    this.signature = signGraph(outputs);
    // Found by their attributes, an object of each placeholder's own: `grad` and `new Parameter` make leaves of leaves, which keep it.
    const known = new Map<object, Source>();
    placeholders.forEach(({ attributes }, position) => {
      known.set(attributes, { kind: 'argument', position });
    });
    for (const { slot, placeholder } of recording.read_)
      known.set(placeholder.attributes, { kind: 'slot', slot });
    this.sources = this.signature.leaves.map(
      (leaf): Source => known.get(leaf.attributes) ?? { kind: 'given', node: leaf },
    );
    for (const { slot } of recording.read_)
      if (!slot.content.isLeaf || !slot.content.storage) realizeWithSlots([slot.content]);
    this.program = new Program(
      outputs.map((node, i) => ({ node, replaces: replaces[i] })),
      this.signature,
      activeBackend(),
      { repeats: true, ...options },
    );
    this.outputs = outputs;
    this.writes = writes;
    this.cleared = cleared;
    this.resultOutputs = results;
    this.guards = recording.guards;
  }

  get tier(): Tier | null {
    return this.program.executable.tier;
  }

  holds(): boolean {
    return this.guards.every(({ read, value }) => read() === value);
  }

  /** Refuses another trace that computes something else, or with other captured tensors. */
  expectSame(other: TracedCall<R>): void {
    if (other.signature.key !== this.signature.key) {
      throw new TraceError('the function did something else than when it was traced', {
        op: 'compile',
        hint: 'It depends on a number or a switch outside: pass it as an argument',
      });
    }
    this.sources.forEach((source, i) => {
      const now = other.sources[i];
      const [before, after] = [source, now].map((from) =>
        from.kind === 'given' && from.node.op === 'constant' ? from.node.attributes.value : null,
      );
      if (before !== after) {
        throw new TraceError(`a number is ${after}, and was ${before} when the function was traced`, {
          op: 'compile',
          hint: 'Pass it as an argument: as a tensor, to keep one program for all its values',
        });
      }
      const changed =
        source.kind === 'given' && now.kind === 'given' && source.node.storage !== now.node.storage;
      if (changed) {
        throw new TraceError(
          `a captured tensor of shape [${source.node.shape.join(', ')}] is another one than when the function was traced`,
          {
            op: 'compile',
            hint: 'Pass it as an argument, or keep it in a Parameter',
          },
        );
      }
    });
  }

  private leafNodes(inputs: readonly Node[]): Node[] {
    return this.sources.map((source) => {
      const node =
        source.kind === 'argument'
          ? inputs[source.position]
          : source.kind === 'slot'
            ? source.slot.content
            : source.node;
      if (source.kind === 'given' ? node.storage?.disposed : !node.storage) {
        if (source.kind === 'given') {
          throw new TraceError('a tensor that the function captured was disposed', {
            op: 'compile',
            hint: 'Pass it as an argument, or keep it in a Parameter',
          });
        }
        realizeWithSlots([node]);
      }
      return node;
    });
  }

  private get randomBase(): RandomBase {
    return {
      seedLow: generator.seedLow,
      seedHigh: generator.seedHigh,
      shift: generator.counter - this.streams.first,
    };
  }

  run(inputs: readonly Node[]): R {
    const { program, outputs, writes } = this;
    const leaves = program.bind(this.leafNodes(inputs), this.randomBase);
    const storages = new Array<Storage>(outputs.length);
    const pointers = new Array<number>(outputs.length);
    for (const { slot, output } of writes) {
      const node = outputs[output];
      const present = slot.content?.storage;
      const inPlace = present && !slot.exposed && program.executable.inPlace[output];
      const storage = inPlace ? present : (slot.spare ?? new Storage(heap, node.dtype, sizeOf(node.shape)));
      if (!inPlace) slot.spare = null;
      storages[output] = storage;
      pointers[output] = storage.pointer;
    }
    for (const output of this.resultOutputs) {
      const node = outputs[output];
      storages[output] = new Storage(heap, node.dtype, sizeOf(node.shape));
      pointers[output] = storages[output].pointer;
    }
    program.executable.run(leaves, pointers);
    for (const { slot, output } of writes) {
      const before = slot.content?.storage ?? null;
      if (before === storages[output]) continue;
      const kept = before && !slot.exposed ? before : null;
      slot.replace(memoryNode(storages[output], outputs[output].shape), false);
      slot.spare = kept;
    }
    for (const slot of this.cleared) slot.replace(null, false);
    generator.counter += this.streams.count;
    return fill(
      this.result,
      (output) => new Tensor(memoryNode(storages[output], outputs[output].shape)),
    ) as R;
  }

  prepared(inputs: readonly Node[]): PreparedCall {
    const { program, signature, outputs } = this;
    return {
      signature,
      program,
      bind: () => {
        const leaves = program.bind(this.leafNodes(inputs), this.randomBase);
        const storages = outputs.map((node) => new Storage(heap, node.dtype, sizeOf(node.shape)));
        return {
          leaves,
          outputs: storages.map((storage) => storage.pointer),
          dispose: () => {
            for (const storage of storages) storage.dispose();
          },
        };
      },
    };
  }
}

/** Stands in the recorded result for a tensor. */
class OutputPlace {
  constructor(readonly output: number) {}
}

function fill(value: unknown, make: (output: number) => Tensor): unknown {
  if (value instanceof OutputPlace) return make(value.output);
  if (Array.isArray(value)) return value.map((part) => fill(part, make));
  if (isPlain(value))
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, fill(part, make)]));
  return value;
}

/** Computes what was begun before the trace, so that the program does not compute it again at every call. */
function realizeCaptured(outputs: readonly Node[], newest: number): void {
  const captured = new Set<Node>();
  for (const node of topological(outputs) as Node[]) {
    if (node.id <= newest || node.isLeaf) continue;
    for (const input of node.inputs) if (input.id <= newest && !input.isLeaf) captured.add(input);
  }
  realizeNodes([...captured]);
}

const constantLike = (): Node => apply('constant', [], { value: 0, dtype: 'float32' });

/** Checks that something can be called, for the functions that take one. */
export function checkFunction(op: string, fn: unknown): void {
  if (typeof fn !== 'function') throw new ArgumentError(`takes a function, got ${typeof fn}`, { op });
}
