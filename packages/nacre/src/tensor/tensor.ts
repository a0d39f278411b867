import { type DType, isDType, type TypedArray } from '../base/dtype.ts';
import { ArgumentError, showShape } from '../base/errors.ts';
import { type Shape, sizeOf } from '../base/shape.ts';
import type { Node } from '../graph/node.ts';
import { gradientLeaf, isGradientLeaf, pullBack, seedCotangent } from './autograd.ts';
import { toNumbers } from './backends/reference.ts';
import { whenCalm } from './engine.ts';
import * as ops from './ops/index.ts';
import { cast, constant } from './primitives/apply.ts';
import { realizeWithSlots, refuseInTrace } from './slot.ts';

/** The JavaScript array in which `data()` gives a dtype's elements; 16-bit floats come as their bits. */
export interface ArrayOf {
  float32: Float32Array;
  float64: Float64Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
  int32: Int32Array;
  uint8: Uint8Array;
  int8: Int8Array;
  bool: Uint8Array;
}

/** Numbers nested as deep as the shape is long; booleans for bool. */
export type NestedValues = number | boolean | NestedValues[];

/** Who is given the gradient of a leaf: the tensor it was made for. */
const owners = new WeakMap<Node, Tensor>();

/**
 * An immutable array of numbers, which may not have been computed yet: operations build a graph, and asking for numbers computes
 * it. `S` is the shape as far as it is known while typing, `D` the dtype.
 */
export class Tensor<out S extends Shape = Shape, out D extends DType = DType> {
  #node: Node;
  #grad: Tensor | null = null;

  /** Internal: tensors are made by functions such as `tensor` and `zeros`. */
  constructor(node: Node, requiresGrad = false) {
    this.#node = node;
    if (requiresGrad) this.#node = leafFor(node, this);
  }

  /** The operation this tensor is the result of. Internal: what it looks like may change. */
  get node(): Node {
    return this.#node;
  }

  get shape(): Readonly<S> {
    return this.node.shape as unknown as Readonly<S>;
  }

  get dtype(): D {
    return this.node.dtype as D;
  }

  /** Number of dimensions. */
  get ndim(): S['length'] {
    return this.node.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.node.shape);
  }

  get requiresGrad(): boolean {
    return this.node.requiresGrad;
  }

  /** The gradient that `backward` left here: of this tensor's shape, or null. */
  get grad(): Tensor | null {
    return this.#grad;
  }

  set grad(value: Tensor | null) {
    this.#grad = value;
  }

  // ---- asking for numbers ----

  /** Computes the tensor and gives a copy of its elements, row-major. */
  async data(): Promise<ArrayOf[D]> {
    refuseInTrace('data() was asked for');
    await whenCalm();
    return this.dataSync();
  }

  /** The same at once; only on devices of the CPU. In a long loop prefer `data()`, which lets dropped tensors be collected. */
  dataSync(): ArrayOf[D] {
    refuseInTrace('data was asked for');
    const { node } = this;
    realizeWithSlots([node]);
    return node.storage!.read() as ArrayOf[D];
  }

  /** The number of a tensor of one element. */
  async item(): Promise<number> {
    refuseInTrace('item() was asked for');
    await whenCalm();
    return this.itemSync();
  }

  itemSync(): number {
    if (this.size !== 1) {
      throw new ArgumentError(`takes a tensor of one element, got ${showShape(this.node.shape)}`, {
        op: 'item',
        shapes: [this.node.shape],
        hint: 'Use data() or tolist() for more',
      });
    }
    return toNumbers(this.dtype, this.dataSync() as TypedArray)[0];
  }

  /** The elements as nested arrays. */
  async tolist(): Promise<NestedValues> {
    refuseInTrace('tolist() was asked for');
    await whenCalm();
    return this.tolistSync();
  }

  tolistSync(): NestedValues {
    const { shape, dtype } = this.node;
    const numbers = toNumbers(dtype, this.dataSync() as TypedArray);
    const build = (axis: number, offset: number): NestedValues => {
      if (axis === shape.length) return dtype === 'bool' ? numbers[offset] !== 0 : numbers[offset];
      const step = sizeOf(shape.slice(axis + 1));
      return Array.from({ length: shape[axis] }, (_, i) => build(axis + 1, offset + i * step));
    };
    return build(0, 0);
  }

  /** Shape and dtype; the numbers too where they are there already and few. */
  toString(): string {
    const { shape, dtype, storage } = this.node;
    const head = `Tensor(${showShape(shape)}, ${dtype}`;
    return storage && this.size <= 64 ? `${head}, ${JSON.stringify(this.tolistSync())})` : `${head})`;
  }

  // ---- gradients ----

  /**
   * Computes, for every parameter and every tensor with `requiresGrad` this one depends on, its gradient, and adds it to `grad`.
   * A tensor of more than one element needs `gradient`, of its shape.
   */
  backward(gradient?: Tensor): void {
    const op = 'backward';
    const { node } = this;
    if (!node.requiresGrad) {
      throw new ArgumentError('nothing this tensor was computed from asks for a gradient', {
        op,
        hint: 'Make inputs with { requiresGrad: true } or use nn.Parameter; inside noGrad nothing is recorded',
      });
    }
    ops.withoutGradient(() => {
      const ones = (of: Node): Node => ops.expandOf(constant(1, of.dtype), of.shape);
      const cotangent = seedCotangent(op, node, gradient?.node ?? null, ones);
      for (const [leaf, value] of pullBack([node], [cotangent], 'leaves')) {
        const owner = isGradientLeaf(leaf) ? owners.get(leaf) : undefined;
        if (owner) owner.grad = new Tensor(owner.grad ? ops.addOf(owner.grad.node, value) : value);
      }
    });
  }

  /** The same elements, through which no gradient flows. */
  detach(): Tensor<S, D> {
    return new Tensor(ops.detach(this.node));
  }

  // ---- memory and conversion ----

  /** Gives the elements back now, rather than when the tensor is collected. Using the tensor afterwards is an error. */
  dispose(): void {
    this.node.storage?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Another dtype. */
  to<E extends DType>(dtype: E): Tensor<S, E> {
    if (!isDType(dtype)) throw new ArgumentError(`there is no dtype '${String(dtype)}'`, { op: 'to' });
    return new Tensor(cast(this.node, dtype));
  }
}

/** A leaf of the graph for the same elements, whose gradient `owner` is given. */
export function leafFor(node: Node, owner: Tensor): Node {
  const leaf = gradientLeaf(ops.detach(node));
  owners.set(leaf, owner);
  return leaf;
}

/** Names who is given the gradient of a node that a trace made. */
export const setOwner = (leaf: Node, owner: Tensor): void => void owners.set(leaf, owner);
