import { platform } from '#platform';
import { defaultDevice, nativeBackend } from '#tiers';
import { type DType, isFloat, type TypedArray } from '../base/dtype.ts';
import { ArgumentError, DeviceError, NotFiniteError, showShape, TraceError } from '../base/errors.ts';
import { type Shape, sizeOf } from '../base/shape.ts';
import type { Output } from '../compiler/program.ts';
import { creation, Node } from '../graph/node.ts';
import { type GraphSignature, signGraph } from '../graph/signature.ts';
import { Heap } from '../runtime/heap.ts';
import { Pool } from '../runtime/pool.ts';
import { Workspace } from '../runtime/program.ts';
import { Storage } from '../runtime/storage.ts';
import type { Backend, DeviceName, Executable, PrepareOptions } from './backends/backend.ts';
import { fromNumbers, referenceBackend } from './backends/reference.ts';
import { wasmBackend } from './backends/wasm.ts';
import { generator } from './generator.ts';
import { registerPrimitives } from './primitives/index.ts';

registerPrimitives();

export const heap = new Heap(platform);
export const pool = new Pool(heap, platform);

const workspace = new Workspace(heap);
const wasm = wasmBackend(heap, pool, workspace);
const backends: Record<DeviceName, Backend | undefined> = {
  reference: referenceBackend(heap),
  wasm,
  native: nativeBackend?.(wasm, heap, pool, workspace),
};

const state: { backend: Backend; nanCheck: boolean } = {
  backend: backends[defaultDevice] ?? wasm,
  nanCheck: false,
};

/** For tests: what is meant for one device is done by another. */
export function replaceDevice(name: DeviceName, by: DeviceName): void {
  backends[name] = backends[by];
  if (state.backend.name === name) setDevice(name);
}

/**
 * Chooses the device that computes from now on: 'wasm' (the default), 'native' where there is a C compiler, or 'reference',
 * which computes by plain loops. Tensors of all CPU devices live in one heap, so nothing is copied. Throws a DeviceError for a
 * device that is not here.
 *
 * @example
 * ```ts
 * import { setDevice, tensor } from 'nacre';
 * setDevice('reference');
 * await tensor([1, 2]).sum().item(); // → 3
 * setDevice('wasm');
 * ```
 */
export function setDevice(name: DeviceName): void {
  const backend = backends[name];
  if (!backend) {
    const known = Object.keys(backends).filter((key) => backends[key as DeviceName]);
    throw new DeviceError(`there is no device '${name}'${name in backends ? ' here' : ''}`, {
      op: 'setDevice',
      hint: `Known are: ${known.join(', ')}`,
    });
  }
  state.backend = backend;
}

/** Resolves when the device knows whether there is a compiler: before a long training, which is worth compiling first. */
export const deviceReady = async (): Promise<void> => state.backend.ready?.();

/**
 * The device that computes now.
 *
 * @example
 * ```ts
 * import { getDevice, setDevice } from 'nacre';
 * setDevice('reference');
 * getDevice(); // → 'reference'
 * setDevice('wasm');
 * ```
 */
export const getDevice = (): DeviceName => state.backend.name;

export const activeBackend = (): Backend => state.backend;

/**
 * Threads that large programs are shared between, the calling one included. 1 turns sharing off; results do not change.
 *
 * @example
 * ```ts
 * import { getThreads, setThreads } from 'nacre';
 * const before = getThreads();
 * setThreads(1);
 * getThreads(); // → 1
 * setThreads(before);
 * setThreads(0); // → throws ArgumentError: a number of threads
 * ```
 */
export function setThreads(count: number): void {
  if (!Number.isInteger(count) || count < 1) {
    throw new ArgumentError(`a number of threads is a whole number from 1 on, got ${count}`, {
      op: 'setThreads',
    });
  }
  pool.threads = count;
}

/**
 * Threads that large programs are shared between, the calling one included.
 *
 * @example
 * ```ts
 * import { getThreads } from 'nacre';
 * getThreads() >= 1; // → true
 * ```
 */
export const getThreads = (): number => pool.threads;

/**
 * Resolves when all threads wait for work. Without it they join as they wake; results do not change.
 *
 * @example
 * ```ts
 * import { tensor, threadsReady } from 'nacre';
 * await threadsReady();
 * await tensor([1, 2]).sum().item(); // → 3
 * ```
 */
export const threadsReady = (): Promise<void> => pool.ready();

/** What the platform offers, and what will run. */
export interface DeviceInfo {
  readonly device: DeviceName;
  readonly platform: 'node' | 'browser';
  /** Whether WebAssembly has its 128-bit vectors here. Without them the wasm device does not run. */
  readonly simd: boolean;
  /** Whether one memory can be shared between threads; in a browser only where the page is cross-origin isolated. */
  readonly sharedMemory: boolean;
  /** Threads that large programs are shared between. */
  readonly threads: number;
  readonly hardwareThreads: number;
  /** Whether the platform has WebGPU. No device uses it yet. */
  readonly webgpu: boolean;
  /** Bytes of the heap in use by tensors, and at most. */
  readonly heapBytes: number;
  readonly heapMaximum: number;
}

/** The smallest module with a vector instruction: one function that makes a vector and drops it. */
const simdProbe = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11,
]);

/**
 * What the platform offers, and what will run.
 *
 * @example
 * ```ts
 * import { deviceInfo } from 'nacre';
 * const { device, threads } = deviceInfo();
 * device; // → 'wasm'
 * threads >= 1; // → true
 * ```
 */
export function deviceInfo(): DeviceInfo {
  return {
    device: state.backend.name,
    platform: platform.name,
    simd: WebAssembly.validate(simdProbe),
    sharedMemory: heap.shared,
    threads: pool.threads,
    hardwareThreads: platform.hardwareThreads,
    webgpu: 'gpu' in (globalThis.navigator ?? {}),
    heapBytes: heap.liveBytes,
    heapMaximum: heap.maximumPages * 65536,
  };
}

/** Elements in the heap as a node that needs no computing. */
export function memoryNode(storage: Storage, shape: Shape, requiresGrad = false): Node {
  const node = new Node('memory', [], {}, shape, storage.dtype, { kind: 'leaf' }, requiresGrad);
  node.storage = storage;
  return node;
}

/** Copies numbers that are in the dtype's own array form into the heap. */
export function store(data: TypedArray, dtype: DType): Storage {
  const storage = new Storage(heap, dtype, data.length);
  storage.write(data);
  return storage;
}

const isUniform = (node: Node): boolean => node.storage === null && node.lowering.kind === 'leaf';

/** The random state that a program's random numbers are made from: fixed for eager work, the present one for a replay. */
export interface RandomBase {
  readonly seedLow: number;
  readonly seedHigh: number;
  /** Added to the stream numbers the graph was made with. */
  readonly shift: number;
}

/** A prepared graph with the memory of its scalar inputs. */
export class Program {
  readonly executable: Executable;
  readonly #uniforms: Storage;
  readonly #dtypes: readonly DType[];

  constructor(
    outputs: readonly (Output & { node: Node })[],
    signature: GraphSignature,
    backend: Backend,
    options?: PrepareOptions,
  ) {
    this.executable = backend.prepare(outputs, signature, options);
    this.#dtypes = signature.leaves.map((node) => node.dtype);
    this.#uniforms = new Storage(heap, 'float64', Math.max(1, signature.leaves.length));
  }

  /** Addresses of the leaves; scalars without memory are written where the program looks for them. */
  bind(leaves: readonly Node[], base: RandomBase | null): number[] {
    const { pointer } = this.#uniforms;
    return leaves.map((node, i) => {
      if (!isUniform(node)) return node.storage!.pointer;
      const at = pointer + i * 8;
      fromNumbers(this.#dtypes[i], [uniformValue(node, base)], heap.view(this.#dtypes[i], at, 1));
      return at;
    });
  }

  dispose(): void {
    this.executable.dispose();
    this.#uniforms.dispose();
  }
}

function uniformValue(node: Node, base: RandomBase | null): number {
  if (node.op === 'input') {
    throw new TraceError(
      'a tensor from inside a function (of compile, vmap or scan) was asked for numbers, or used after the function was traced',
      {
        op: 'compile',
        hint: 'There it only stands for numbers to come. Return it from the function, or keep it in a Parameter',
      },
    );
  }
  const { value, word } = node.attributes as { value: number; word?: 'seedLow' | 'seedHigh' | 'stream' };
  if (!base || !word) return value;
  return word === 'stream' ? (value + base.shift) | 0 : base[word];
}

/** Programs of graphs seen before, least recently used first. */
const cache = new Map<string, Program>();
const cacheLimit = 512;

function programFor(outputs: readonly Node[], signature: GraphSignature): Program {
  const key = `${state.backend.name}|${signature.key}`;
  const known = cache.get(key);
  if (known) {
    cache.delete(key);
    cache.set(key, known);
    return known;
  }
  const program = new Program(
    outputs.map((node) => ({ node, replaces: null })),
    signature,
    state.backend,
  );
  cache.set(key, program);
  if (cache.size > cacheLimit) {
    const [oldest, dropped] = cache.entries().next().value!;
    cache.delete(oldest);
    dropped.dispose();
  }
  return program;
}

/** How many programs of eager work are kept. */
export const cachedPrograms = (): number => cache.size;

/** Computes nodes and leaves their elements in memory. */
export function realizeNodes(nodes: readonly Node[]): void {
  const wanted = [...new Set(nodes)].filter((node) => node.storage === null);
  const computed = wanted.filter((node) => !node.isLeaf);
  for (const node of wanted) if (isUniform(node)) realizeUniform(node);
  if (!computed.length) return;
  if (state.nanCheck) {
    realizeChecked(computed);
    return;
  }
  run(computed);
}

function realizeUniform(node: Node): void {
  const storage = new Storage(heap, node.dtype, 1);
  fromNumbers(node.dtype, [uniformValue(node, null)], heap.view(node.dtype, storage.pointer, 1));
  node.realizeAs(storage);
}

function run(outputs: readonly Node[]): void {
  const signature = signGraph(outputs);
  const program = programFor(outputs, signature);
  const storages = outputs.map((node) => new Storage(heap, node.dtype, sizeOf(node.shape)));
  program.executable.run(
    program.bind(signature.leaves, null),
    storages.map((storage) => storage.pointer),
  );
  outputs.forEach((node, i) => {
    node.realizeAs(storages[i]);
  });
}

/** Every operation of the graph, each checked: the first whose result is not finite though its operands are is named. */
function realizeChecked(outputs: readonly Node[]): void {
  const { order } = signGraph(outputs);
  for (const node of order) {
    if (node.isLeaf) continue;
    const { inputs } = node;
    run([node]);
    checkFinite(node, inputs);
  }
}

function checkFinite(node: Node, inputs: readonly Node[]): void {
  if (!isFloat(node.dtype)) return;
  const data = node.storage!.read() as ArrayLike<number> as Float32Array;
  const position = data.findIndex((value) => !Number.isFinite(value));
  if (position < 0) return;
  const operands = inputs.map((input) => `${input.dtype}${showShape(input.shape)}`).join(', ');
  throw new NotFiniteError(
    `element ${position} of ${showShape(node.shape)} is ${data[position]}; operands: ${operands || 'none'}${node.origin ? `; made ${node.origin}` : ''}`,
    {
      op: node.op,
      shapes: [node.shape],
      hint: 'Look for a division by 0, a logarithm of 0, or a learning rate that is too large',
    },
  );
}

/**
 * Switches for finding mistakes. Both slow everything down.
 *
 * @example
 * ```ts
 * import { debug, tensor } from 'nacre';
 * debug.nan = true;
 * await tensor([1]).sub(2).sqrt().data(); // → throws NotFiniteError: sqrt
 * debug.nan = false;
 * ```
 */
export const debug = {
  /** Checks the result of every operation, and names the first that made a NaN or an infinity and where it was written. */
  get nan(): boolean {
    return state.nanCheck;
  },
  set nan(on: boolean) {
    state.nanCheck = on;
    creation.capture = on ? callSite : null;
  },
};

/** The first line of the stack that is not the library's own. */
function callSite(): string {
  const lines = (new Error().stack ?? '').split('\n').slice(1);
  const outside = lines.find(
    (line) => !/[\\/]nacre[\\/](src|dist)[\\/]/.test(line) || line.includes('.test.'),
  );
  return (outside ?? lines.at(-1) ?? '').trim();
}

/**
 * Resolves when no program is under way on another thread, and dropped tensors have given their memory back if they may hold much of
 * it. Rejects with what went wrong in that program.
 */
export async function whenCalm(): Promise<void> {
  if (heap.isLent) await heap.idle();
  if (heap.underPressure) await heap.relieve();
}

/** Resolves when no program is under way on another thread; null if none is. */
export const whenIdle = (): Promise<void> | null => (heap.isLent ? heap.idle() : null);

export { generator, platform };
