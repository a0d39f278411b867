import type { DType } from '../base/dtype.ts';
import type { Shape } from '../base/shape.ts';
import type { KernelBuilder } from '../ir/builder.ts';
import type { Expr, Index } from '../ir/expr.ts';

/** What a failed check of an index says: the operation, and how many places its axis has. */
export interface CheckReport {
  readonly op: string;
  readonly size: number;
}

/** What an elementwise rule may ask beside its operands. */
export interface EmitContext {
  /** The element's position in row-major order, and its index along one axis. */
  position(): Index;
  along(axis: number): Index;
  /** A number under which a failed check is reported. */
  checkCode(report: CheckReport): number;
}

/**
 * The body of a loop over time, as a graph from stand-ins to results. The node's inputs are the first carries, the sequences, and what
 * stays the same; its result is flat: the last carries, then the collected outputs of all steps, one after the other.
 */
export interface LoopBody {
  readonly length: number;
  /** From the last step to the first. Outputs keep the place of their step. */
  readonly reverse: boolean;
  /** Stand-ins for the carries, for one step of each sequence, and for the constants. */
  readonly carry: readonly OpNode[];
  readonly steps: readonly OpNode[];
  readonly constants: readonly OpNode[];
  readonly nextCarry: readonly OpNode[];
  readonly outputs: readonly OpNode[];
}

/** How an operation becomes code. The compiler knows these few kinds and no operation by name. */
export type Lowering<N extends OpNode = OpNode> =
  /** Memory that exists before the program runs. */
  | { readonly kind: 'leaf' }
  /** Each element from the elements at the same place (operands of lower rank or length 1 are broadcast). `cost`: rough cycles. */
  | {
      readonly kind: 'map';
      readonly cost: number;
      emit(b: KernelBuilder, args: readonly Expr[], node: N, context: EmitContext): Expr;
    }
  /**
   * The elements of the first operand under other indices. `fill` is what stands where `inside` says the source has no element. Further
   * operands, if there are any, serve gradients alone.
   */
  | {
      readonly kind: 'view';
      map(b: KernelBuilder, at: readonly Index[], node: N): readonly Index[];
      /** Bounds that hold where the source has an element: low <= index < high. */
      inside?(
        b: KernelBuilder,
        at: readonly Index[],
        node: N,
      ): readonly { index: Index; low: number; high: number }[];
      fill?(node: N): number;
      /** Whether every element has a source, so that `inside` need not be asked. */
      isTotal?(node: N): boolean;
    }
  /** One element from all elements along `axes`; the axes disappear. */
  | { readonly kind: 'reduce'; readonly op: 'add' | 'mul' | 'max' | 'min'; axes(node: N): readonly number[] }
  /** Σ over k of a[…, i, k]·b[…, k, j]. */
  | { readonly kind: 'contract' }
  /** out[i] = data[i with the axis replaced by index[i]]. */
  | { readonly kind: 'gather'; axis(node: N): number }
  /** base with source[i] added at i with the axis replaced by index[i], or the larger of both kept. Inputs: base, index, source. */
  | { readonly kind: 'scatter'; readonly op: 'add' | 'max'; axis(node: N): number }
  /** The places of the elements along the last axis in sorted order. Equal ones keep their order; NaN is the largest. */
  | { readonly kind: 'sort'; descending(node: N): boolean }
  /** A body run once for each step of a sequence; see `LoopBody`. */
  | { readonly kind: 'loop'; loop(node: N): LoopBody }
  | { readonly kind: 'concat'; axis(node: N): number };

/** What the compiler reads of a graph's node. */
export interface OpNode {
  readonly id: number;
  readonly op: string;
  readonly inputs: readonly OpNode[];
  readonly shape: Shape;
  readonly dtype: DType;
  readonly lowering: Lowering<never> | Lowering;
  /** Whether its elements are in memory already, so that its inputs do not matter. */
  readonly isLeaf: boolean;
}
