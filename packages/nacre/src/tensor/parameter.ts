import type { DType } from '../base/dtype.ts';
import { ShapeMismatchError, showShape } from '../base/errors.ts';
import { type Shape, sameShape } from '../base/shape.ts';
import type { Node } from '../graph/node.ts';
import { cast } from './primitives/apply.ts';
import { Slot } from './slot.ts';
import { leafFor, Tensor } from './tensor.ts';

/**
 * A tensor whose value can be replaced by another of the same shape and dtype: state that a compiled function reads and writes.
 *
 * Shapes: as the value it begins with
 *
 * @example
 * ```ts
 * import { compile, State, tensor } from 'nacre';
 * const count = new State(tensor(0));
 * const step = compile(() => {
 *   count.value = count.add(1);
 *   return count.value;
 * });
 * await step().item(); // → 1
 * await step().item(); // → 2
 * ```
 */
export class State<out S extends Shape = Shape, out D extends DType = DType> extends Tensor<S, D> {
  /** Internal: where the value is kept. */
  readonly slot: Slot;

  constructor(value: Tensor<S, D>, asLeaf?: (node: Node, self: State) => Node) {
    super(value.node);
    this.slot = asLeaf ? new Slot(value.node, (node) => asLeaf(node, this)) : new Slot(value.node);
  }

  override get node(): Node {
    return this.slot.node;
  }

  /** The present value. It does not change when the slot does. */
  get value(): Tensor<S, D> {
    return new Tensor(this.node);
  }

  set value(next: Tensor) {
    const { shape, dtype } = this.slot.content;
    if (!sameShape(next.node.shape, shape)) {
      throw new ShapeMismatchError(`present: ${showShape(shape)}, new: ${showShape(next.node.shape)}`, {
        op: 'value',
        shapes: [shape, next.node.shape],
        hint: 'A parameter keeps its shape',
      });
    }
    this.slot.node = cast(next.node, dtype);
  }
}

/**
 * A tensor that training changes. Operations on it remember it, so that `backward` leaves its gradient in `grad`.
 *
 * Shapes: as the value it begins with
 *
 * @example
 * ```ts
 * import { Parameter, tensor } from 'nacre';
 * const w = new Parameter(tensor([1, 2]));
 * w.square().sum().backward();
 * await w.grad!.tolist(); // → [2, 4]
 * w.value = tensor([5, 6]);
 * await w.tolist(); // → [5, 6]
 * ```
 */
export class Parameter<out S extends Shape = Shape, out D extends DType = DType> extends State<S, D> {
  readonly #gradient = new Slot(null);

  constructor(value: Tensor<S, D>) {
    super(value, (node, self) => leafFor(node, self));
  }

  override get grad(): Tensor | null {
    return this.#gradient.isEmpty ? null : new Tensor(this.#gradient.node);
  }

  override set grad(gradient: Tensor | null) {
    const { shape } = this.slot.content;
    if (gradient && !sameShape(gradient.node.shape, shape)) {
      throw new ShapeMismatchError(
        `parameter: ${showShape(shape)}, gradient: ${showShape(gradient.node.shape)}`,
        {
          op: 'grad',
          shapes: [shape, gradient.node.shape],
        },
      );
    }
    this.#gradient.node = gradient?.node ?? null;
  }
}
