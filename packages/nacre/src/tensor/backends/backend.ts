import type { Output, ProgramPlan } from '../../compiler/program.ts';
import type { Node } from '../../graph/node.ts';
import type { GraphSignature } from '../../graph/signature.ts';

/** A graph made ready to run on one device, any number of times, on memory named at each run. */
export interface Executable {
  /**
   * Computes the outputs. `leaves[i]` and `outputs[j]` are heap addresses: of the i-th leaf of the signature, and of where the
   * j-th output goes. An output with `inPlace` may be given the address of the input it replaces.
   */
  run(leaves: readonly number[], outputs: readonly number[]): void;
  readonly inPlace: readonly boolean[];
  /** What runs it now; null on a device without tiers. */
  readonly tier: Tier | null;
  /** The program, for `explain`; the reference device has none. */
  readonly plan: ProgramPlan | null;
  /** Runs and reports the time of each kernel, in microseconds; null where there are no kernels. */
  timeKernels:
    | ((leaves: readonly number[], outputs: readonly number[], rounds: number) => KernelTime[])
    | null;
  dispose(): void;
}

export interface KernelTime {
  readonly name: string;
  readonly microseconds: number;
  readonly flops: number;
  readonly bytes: number;
}

/** What a device has to be able to do: turn a graph into something that runs. Memory is the heap that all CPU devices share. */
export interface Backend {
  readonly name: DeviceName;
  /** Resolves when the device knows what it has to work with. Programs can be prepared before. */
  ready?(): Promise<void>;
  prepare(
    outputs: readonly (Output & { node: Node })[],
    signature: GraphSignature,
    options?: PrepareOptions,
  ): Executable;
}

export interface PrepareOptions {
  /** Whether it will probably run many times: a compiled function, not eager work. */
  readonly repeats?: boolean;
  /** The tier that runs it, on a device that has several. Default: what the device chooses. */
  readonly tier?: Tier;
  /** Whether the tier it begins with is the one it ends with. */
  readonly steady?: boolean;
  /** About how many times it will run, if that is known. */
  readonly runs?: number;
}

/** WebAssembly, or C compiled by the system's compiler. */
export type Tier = 'wasm' | 'native';

export type DeviceName = 'reference' | 'wasm' | 'native';
