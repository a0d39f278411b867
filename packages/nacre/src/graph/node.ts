import type { DType } from '../base/dtype.ts';
import type { Shape } from '../base/shape.ts';
import type { Lowering, OpNode } from '../compiler/contract.ts';
import type { Storage } from '../runtime/storage.ts';

/** Attributes of each primitive: what an operation is told beside its operands. */
export type Attributes = Readonly<Record<string, unknown>>;

/** Told when a node is made, while debugging: where in the user's code that was. */
export const creation: { capture: (() => string) | null } = { capture: null };

/**
 * One operation on tensors that may not have been computed yet. Nodes never change but in one way: once its elements are in
 * memory, `storage` is set, and what it was computed from may be forgotten.
 */
export class Node implements OpNode {
  static #count = 0;
  readonly id = ++Node.#count;
  storage: Storage | null = null;
  /** Where it was made, if that was asked for. */
  readonly origin: string | null = creation.capture?.() ?? null;
  #attributesKey: string | null = null;

  constructor(
    readonly op: string,
    public inputs: readonly Node[],
    readonly attributes: Attributes,
    readonly shape: Shape,
    readonly dtype: DType,
    readonly lowering: Lowering,
    /** Whether a gradient may be asked for with respect to something this was computed from. */
    readonly requiresGrad: boolean,
  ) {}

  get isLeaf(): boolean {
    return this.storage !== null || this.lowering.kind === 'leaf';
  }

  /** Equal for nodes that do the same to their inputs. */
  get signature(): string {
    this.#attributesKey ??= `${this.op}${Object.keys(this.attributes).length ? JSON.stringify(this.attributes) : ''}`;
    return this.#attributesKey;
  }

  /** Sets the elements. Inputs that no gradient flows to are forgotten if none does, so that graphs do not pile up. */
  realizeAs(storage: Storage): void {
    this.storage = storage;
    if (!this.inputs.some((input) => input.requiresGrad)) this.inputs = [];
  }
}
