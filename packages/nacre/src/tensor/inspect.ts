import { ArgumentError } from '../base/errors.ts';
import { describeKernels, totalWork } from '../compiler/program.ts';
import { printGraph } from '../graph/signature.ts';
import type { KernelTime } from './backends/backend.ts';
import { type Compiled, compile, type PreparedCall } from './compile.ts';

type Fn<A extends readonly unknown[], R> = ((...args: A) => R) | Compiled<A, R>;

function prepare<A extends readonly unknown[], R>(op: string, fn: Fn<A, R>, args: A): PreparedCall {
  if (typeof fn !== 'function') throw new ArgumentError(`takes a function, got ${typeof fn}`, { op });
  return 'prepare' in fn ? fn.prepare(...args) : compile(fn).prepare(...args);
}

const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');

/**
 * What the compiler makes of a function at these arguments, as text: the graph, the passes and what each did, the kernels in order with
 * their operations and bytes, the arena. The function is traced, not run.
 *
 * @example
 * ```ts
 * import { explain, Tensor, zeros } from 'nacre';
 * const text = explain((x: Tensor) => x.exp().sum(), zeros([1000]));
 * text.includes('kernels'); // → true
 * ```
 */
export function explain<A extends readonly unknown[], R>(fn: Fn<A, R>, ...args: A): string {
  const { signature, program } = prepare('explain', fn, args);
  const { plan } = program.executable;
  const graph = printGraph(
    signature.order.filter((node) => !signature.order.some((user) => user.inputs.includes(node))),
  );
  if (!plan) return `graph\n${graph}\n\nThe reference device computes it node by node.`;
  const { flops, bytes } = totalWork(plan);
  return [
    'graph',
    graph,
    '',
    'passes',
    ...plan.passes.map(({ name, summary }) => `${name.padEnd(10)}${summary}`),
    '',
    'kernels',
    ...describeKernels(plan),
    '',
    `arena     ${thousands(plan.arenaBytes)} bytes`,
    `work      ${thousands(flops)} floating-point operations, ${thousands(bytes)} bytes, ${(flops / Math.max(1, bytes)).toFixed(2)} operations a byte`,
  ].join('\n');
}

/** Where the time of a program goes. */
export interface Profile {
  readonly kernels: readonly (KernelTime & { readonly gflops: number; readonly gigabytes: number })[];
  /** Sum over the kernels, in microseconds, on one thread. */
  readonly microseconds: number;
  /** As a table. */
  toString(): string;
}

/**
 * Runs each kernel of a compiled function by itself on one thread, some rounds, and reports its shortest time with the arithmetic
 * (GFLOP/s) and memory traffic (GB/s) that means. Slots and results are not changed.
 *
 * @example
 * ```ts
 * import { profile, Tensor, zeros } from 'nacre';
 * const { kernels, microseconds } = profile((x: Tensor) => x.exp().sum(), zeros([1000]));
 * kernels.length > 0 && microseconds > 0; // → true
 * ```
 */
export function profile<A extends readonly unknown[], R>(fn: Fn<A, R>, ...args: A): Profile {
  const prepared = prepare('profile', fn, args);
  const time = prepared.program.executable.timeKernels;
  if (!time)
    throw new ArgumentError('the reference device has no kernels to time', {
      op: 'profile',
      hint: "Use setDevice('wasm')",
    });
  const call = prepared.bind();
  const kernels = time(call.leaves, call.outputs, rounds).map((kernel) => ({
    ...kernel,
    gflops: kernel.flops / kernel.microseconds / 1000,
    gigabytes: kernel.bytes / kernel.microseconds / 1000,
  }));
  call.dispose();
  const microseconds = kernels.reduce((sum, kernel) => sum + kernel.microseconds, 0);
  return { kernels, microseconds, toString: () => table(kernels, microseconds) };
}

/** Enough for the engine to have optimized the code, few enough for a large program. */
const rounds = 50;

function table(kernels: Profile['kernels'], total: number): string {
  const rows = [...kernels]
    .sort((a, b) => b.microseconds - a.microseconds)
    .map(({ name, microseconds, gflops, gigabytes }) =>
      [
        name.slice(0, 40).padEnd(40),
        microseconds.toFixed(1).padStart(10),
        `${((100 * microseconds) / total).toFixed(1)} %`.padStart(8),
        gflops.toFixed(1).padStart(9),
        gigabytes.toFixed(1).padStart(9),
      ].join(' '),
    );
  const head = [
    'kernel'.padEnd(40),
    'µs'.padStart(10),
    'share'.padStart(8),
    'GFLOP/s'.padStart(9),
    'GB/s'.padStart(9),
  ].join(' ');
  return [head, ...rows, `${'all'.padEnd(40)} ${total.toFixed(1).padStart(10)}`].join('\n');
}
