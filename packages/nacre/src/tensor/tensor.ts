/// <reference lib="esnext.disposable" preserve="true" />
import { type DType, isDType, type TypedArray } from '../base/dtype.ts';
import { ArgumentError, showShape } from '../base/errors.ts';
import { type Shape, sizeOf } from '../base/shape.ts';
import type { Node } from '../graph/node.ts';
import { nodeOf, operandOf } from './arguments.ts';
import { gradientLeaf, isGradientLeaf, pullBack, seedCotangent } from './autograd.ts';
import { toNumbers } from './backends/reference.ts';
import { whenCalm, whenIdle } from './engine.ts';
import * as ops from './ops/index.ts';
import { maxAlong, minAlong, select } from './ops/pick.ts';
import { cast, constant } from './primitives/apply.ts';
import type {
  AlongAxes,
  AlphaOptions,
  Asked,
  Both,
  Chosen,
  Clamped,
  Combined,
  Compared,
  Diagonal,
  Divided,
  DivideOptions,
  Dot,
  DTypeOption,
  Filled,
  FitsReduce,
  Floating,
  FloatLike,
  Interpolated,
  Keepdim,
  Like,
  NormOptions,
  Numeric,
  NumericLike,
  Operand,
  Optional,
  Outer,
  Piece,
  Pieces,
  Powered,
  Quotient,
  Reduced,
  ReducedAs,
  RoundingMode,
  RoundOptions,
  Shaped,
  ShapeOf,
  Sorted,
  SortOptions,
  Three,
  Tile,
  Together,
  TopK,
  TopkOptions,
  Total,
  ValuesAndIndices,
  VarianceOptions,
} from './signatures.ts';
import { realizeWithSlots, refuseInTrace } from './slot.ts';
import type {
  AlongAxis,
  Dims,
  Expand,
  Fits,
  Flatten,
  Gather,
  IndexSelect,
  MatMul,
  Narrow,
  Permute,
  Reduce,
  Reshape,
  ResizeAxis,
  Result,
  Squeeze,
  Transpose,
  Unsqueeze,
} from './types/index.ts';

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

/** `Readonly` of a shape, which stays an array where nothing is known of it. */
type Fixed<S extends Shape> = { readonly [Axis in keyof S]: S[Axis] };

/** Who is given the gradient of a leaf: the tensor it was made for. */
const owners = new WeakMap<Node, Tensor>();

/**
 * An immutable array of numbers, which may not have been computed yet: operations build a graph, and asking for numbers computes
 * it. `S` is the shape as far as it is known while typing, `D` the dtype.
 *
 * @example
 * ```ts
 * import { tensor } from 'nacre';
 * const x = tensor([[1, 2], [3, 4]]);
 * x.shape; // → [2, 2]
 * x.dtype; // → 'float32'
 * await x.matmul(x).add(1).tolist(); // → [[8, 11], [16, 23]]
 * ```
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

  get shape(): Fixed<S> {
    return this.node.shape as unknown as Fixed<S>;
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
    await computed([this.node]);
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
    await computed([this.node]);
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
    await computed([this.node]);
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

  /** Shown by Node's console, which asks by this symbol. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** Text where text is wanted. Throws an ArgumentError where JavaScript wants a number, as in `loss < 0.1` or `loss + 1`. */
  [Symbol.toPrimitive](wanted: 'string' | 'number' | 'default'): string {
    if (wanted === 'string') return this.toString();
    throw new ArgumentError('a tensor is not a number', {
      op: 'Tensor',
      shapes: [this.node.shape],
      hint: 'Ask for its value with await t.item(), or compute with methods: t.add(1), t.lt(0.1)',
    });
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
        hint: 'Make inputs with { requiresGrad: true } or use nn.Parameter. Nothing is recorded inside noGrad, nor by a compiled function: call backward within it',
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

  // ---- element by element ----
  exp<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.exp(this.node));
  }
  expm1<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.expm1(this.node));
  }
  log<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.log(this.node));
  }
  log1p<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.log1p(this.node));
  }
  log2<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.log2(this.node));
  }
  log10<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.log10(this.node));
  }
  sqrt<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.sqrt(this.node));
  }
  rsqrt<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.rsqrt(this.node));
  }
  reciprocal<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.reciprocal(this.node));
  }
  sin<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.sin(this.node));
  }
  cos<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.cos(this.node));
  }
  tan<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.tan(this.node));
  }
  asin<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.asin(this.node));
  }
  acos<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.acos(this.node));
  }
  atan<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.atan(this.node));
  }
  sinh<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.sinh(this.node));
  }
  cosh<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.cosh(this.node));
  }
  tanh<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.tanh(this.node));
  }
  atanh<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.atanh(this.node));
  }
  erf<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.erf(this.node));
  }
  sigmoid<T extends Tensor>(this: T): FloatLike<T> {
    return new Tensor(ops.sigmoid(this.node));
  }
  neg<T extends Tensor>(this: T): NumericLike<T> {
    return new Tensor(ops.negative(this.node));
  }
  abs<T extends Tensor>(this: T): NumericLike<T> {
    return new Tensor(ops.abs(this.node));
  }
  sign<T extends Tensor>(this: T): NumericLike<T> {
    return new Tensor(ops.sign(this.node));
  }
  square<T extends Tensor>(this: T): NumericLike<T> {
    return new Tensor(ops.square(this.node));
  }
  floor<T extends Tensor>(this: T): NumericLike<T> {
    return new Tensor(ops.floor(this.node));
  }
  ceil<T extends Tensor>(this: T): NumericLike<T> {
    return new Tensor(ops.ceil(this.node));
  }
  /** To the nearest integer, or to `decimals` places; halves to the even one. */
  round<T extends Tensor>(this: T, options?: RoundOptions): NumericLike<T> {
    return new Tensor(ops.roundTo(this.node, options?.decimals));
  }
  /** max(x, 0), in the dtype of x. */
  relu(): Tensor<S, D> {
    return new Tensor(cast(ops.relu(this.node), this.dtype));
  }
  isnan(): Tensor<S, 'bool'> {
    return new Tensor(ops.isnan(this.node));
  }
  isfinite(): Tensor<S, 'bool'> {
    return new Tensor(ops.isfinite(this.node));
  }
  logicalNot(): Tensor<S, 'bool'> {
    return new Tensor(ops.logicalNot(this.node));
  }
  /** Values below `min` become `min`, above `max` become `max`, numbers or tensors; one of them may be left out. */
  clamp<
    T extends Tensor,
    Min extends Optional<Operand> = undefined,
    Max extends Optional<Operand> = undefined,
  >(this: T, min?: Min, max?: Max): Clamped<T, Min, Max> {
    const bound = (value: Optional<Operand>) =>
      value === undefined || value === null ? value : operandOf('clamp', value);
    return new Tensor(ops.clamp(this.node, bound(min), bound(max)));
  }

  // ---- two tensors, or a tensor and a number ----
  add<T extends Tensor, O extends Operand>(
    this: T,
    other: O & Fits<Both<'add', T, O>>,
    options?: AlphaOptions,
  ): Combined<'add', T, O> {
    return new Tensor(ops.addScaled(this.node, operandOf('add', other), options?.alpha)) as never;
  }
  sub<T extends Tensor, O extends Operand>(
    this: T,
    other: O & Fits<Both<'sub', T, O>>,
    options?: AlphaOptions,
  ): Combined<'sub', T, O> {
    return new Tensor(ops.subScaled(this.node, operandOf('sub', other), options?.alpha)) as never;
  }
  mul<T extends Tensor, O extends Operand>(
    this: T,
    other: O & Fits<Both<'mul', T, O>>,
  ): Combined<'mul', T, O> {
    return combined(ops.mulOf, 'mul', this, other);
  }
  /** The quotient, as a float; with `roundingMode` 'trunc' or 'floor' rounded, of integers as an integer. */
  div<T extends Tensor, O extends Operand, const M extends RoundingMode = undefined>(
    this: T,
    other: O & Fits<Both<'div', T, O>>,
    options?: DivideOptions<M>,
  ): Quotient<T, O, M> {
    return new Tensor(ops.quotient(this.node, operandOf('div', other), options?.roundingMode)) as never;
  }
  /** this^y. Integers stay integers for whole powers from 0 to 8. */
  pow<T extends Tensor, O extends Operand>(this: T, other: O & Fits<Both<'pow', T, O>>): Powered<T, O> {
    return combined(ops.pow, 'pow', this, other);
  }
  /** What division leaves, with the sign of the divisor. */
  remainder<T extends Tensor, O extends Operand>(
    this: T,
    other: O & Fits<Both<'remainder', T, O>>,
  ): Combined<'remainder', T, O> {
    return combined(ops.remainder, 'remainder', this, other);
  }
  /** The angle of the point (other, this), in radians. */
  atan2<T extends Tensor, O extends Operand>(
    this: T,
    other: O & Fits<Both<'atan2', T, O>>,
  ): Divided<'atan2', T, O> {
    return combined(ops.atan2, 'atan2', this, other);
  }
  maximum<T extends Tensor, O extends Operand>(
    this: T,
    other: O & Fits<Both<'maximum', T, O>>,
  ): Combined<'maximum', T, O> {
    return combined(ops.maximum, 'maximum', this, other);
  }
  minimum<T extends Tensor, O extends Operand>(
    this: T,
    other: O & Fits<Both<'minimum', T, O>>,
  ): Combined<'minimum', T, O> {
    return combined(ops.minimum, 'minimum', this, other);
  }
  eq<T extends Tensor, O extends Operand>(this: T, other: O & Fits<Both<'eq', T, O>>): Compared<'eq', T, O> {
    return combined(ops.eq, 'eq', this, other);
  }
  ne<T extends Tensor, O extends Operand>(this: T, other: O & Fits<Both<'ne', T, O>>): Compared<'ne', T, O> {
    return combined(ops.ne, 'ne', this, other);
  }
  lt<T extends Tensor, O extends Operand>(this: T, other: O & Fits<Both<'lt', T, O>>): Compared<'lt', T, O> {
    return combined(ops.lt, 'lt', this, other);
  }
  le<T extends Tensor, O extends Operand>(this: T, other: O & Fits<Both<'le', T, O>>): Compared<'le', T, O> {
    return combined(ops.le, 'le', this, other);
  }
  gt<T extends Tensor, O extends Operand>(this: T, other: O & Fits<Both<'gt', T, O>>): Compared<'gt', T, O> {
    return combined(ops.gt, 'gt', this, other);
  }
  ge<T extends Tensor, O extends Operand>(this: T, other: O & Fits<Both<'ge', T, O>>): Compared<'ge', T, O> {
    return combined(ops.ge, 'ge', this, other);
  }
  logicalAnd<T extends Tensor, O extends Tensor>(
    this: T,
    other: O & Fits<Both<'logicalAnd', T, O>>,
  ): Compared<'logicalAnd', T, O> {
    return new Tensor(ops.logicalAnd(this.node, nodeOf('logicalAnd', other)));
  }
  logicalOr<T extends Tensor, O extends Tensor>(
    this: T,
    other: O & Fits<Both<'logicalOr', T, O>>,
  ): Compared<'logicalOr', T, O> {
    return new Tensor(ops.logicalOr(this.node, nodeOf('logicalOr', other)));
  }
  /** this + weight·(end - this). */
  lerp<T extends Tensor, O extends Operand, W extends Operand>(
    this: T,
    end: O & Fits<Both<'lerp', T, O>>,
    weight: W & Fits<Three<'lerp', T, O, W>>,
  ): Interpolated<T, O, W> {
    return new Tensor(ops.lerp(this.node, operandOf('lerp', end), operandOf('lerp', weight)));
  }
  /** This tensor where the condition, of bool, holds, else the other. */
  where<T extends Tensor, C extends Tensor, O extends Operand>(
    this: T,
    condition: C & Fits<Both<'where', C, T>>,
    other: O & Fits<Three<'where', C, T, O>>,
  ): Chosen<C, T, O> {
    return new Tensor(ops.whereOf(nodeOf('where', condition), this.node, operandOf('where', other)));
  }
  /** `value` where the mask holds, else this tensor. */
  maskedFill<T extends Tensor, M extends Tensor, N extends number>(
    this: T,
    mask: M & Fits<Both<'maskedFill', T, M>>,
    value: N,
  ): Filled<T, M, N> {
    return new Tensor(ops.maskedFill(this.node, nodeOf('maskedFill', mask), value));
  }

  // ---- reductions: over one axis, several, or all ----
  sum<
    T extends Tensor,
    const Axes extends Dims = undefined,
    K extends boolean = false,
    E extends DType | undefined = undefined,
  >(
    this: T,
    dim?: Axes & FitsReduce<'sum', T, Axes, K>,
    options?: Keepdim<K> & DTypeOption<E>,
  ): ReducedAs<'sum', 'total', T, Axes, K, E> {
    const { keepdim, dtype } = options ?? {};
    return new Tensor(ops.inDType('sum', this.node, dtype, (x) => ops.sumOf(x, dim, keepdim)));
  }
  prod<
    T extends Tensor,
    const Axes extends Dims = undefined,
    K extends boolean = false,
    E extends DType | undefined = undefined,
  >(
    this: T,
    dim?: Axes & FitsReduce<'prod', T, Axes, K>,
    options?: Keepdim<K> & DTypeOption<E>,
  ): ReducedAs<'prod', 'total', T, Axes, K, E> {
    const { keepdim, dtype } = options ?? {};
    return new Tensor(ops.inDType('prod', this.node, dtype, (x) => ops.prod(x, dim, keepdim)));
  }
  mean<
    T extends Tensor,
    const Axes extends Dims = undefined,
    K extends boolean = false,
    E extends DType | undefined = undefined,
  >(
    this: T,
    dim?: Axes & FitsReduce<'mean', T, Axes, K>,
    options?: Keepdim<K> & DTypeOption<E>,
  ): ReducedAs<'mean', 'float', T, Axes, K, E> {
    const { keepdim, dtype } = options ?? {};
    return new Tensor(ops.inDType('mean', this.node, dtype, (x) => ops.mean(x, dim, keepdim), true));
  }
  /** The largest element; a gradient is shared between equal ones. */
  amax<T extends Tensor, const Axes extends Dims = undefined, K extends boolean = false>(
    this: T,
    dim?: Axes & FitsReduce<'amax', T, Axes, K>,
    options?: Keepdim<K>,
  ): Reduced<'amax', 'same', T, Axes, K> {
    return new Tensor(ops.amax(this.node, dim, options?.keepdim));
  }
  /** The smallest element; a gradient is shared between equal ones. */
  amin<T extends Tensor, const Axes extends Dims = undefined, K extends boolean = false>(
    this: T,
    dim?: Axes & FitsReduce<'amin', T, Axes, K>,
    options?: Keepdim<K>,
  ): Reduced<'amin', 'same', T, Axes, K> {
    return new Tensor(ops.amin(this.node, dim, options?.keepdim));
  }
  /** Whether an element is not 0. */
  any<T extends Tensor, const Axes extends Dims = undefined, K extends boolean = false>(
    this: T,
    dim?: Axes & FitsReduce<'any', T, Axes, K>,
    options?: Keepdim<K>,
  ): Reduced<'any', 'bool', T, Axes, K> {
    return new Tensor(ops.any(this.node, dim, options?.keepdim));
  }
  /** Whether no element is 0. */
  all<T extends Tensor, const Axes extends Dims = undefined, K extends boolean = false>(
    this: T,
    dim?: Axes & FitsReduce<'all', T, Axes, K>,
    options?: Keepdim<K>,
  ): Reduced<'all', 'bool', T, Axes, K> {
    return new Tensor(ops.all(this.node, dim, options?.keepdim));
  }
  /** The largest element; along an axis, the largest elements and their places. */
  max(): Tensor<[], D>;
  max<T extends Tensor, const Axis extends number, K extends boolean = false>(
    this: T,
    dim: Axis & FitsReduce<'max', T, Axis, K>,
    options?: Keepdim<K>,
  ): ValuesAndIndices<'max', T, Axis, K>;
  max(dim?: number | null, options?: Keepdim<boolean>): Tensor<[], D> | [Tensor, Tensor<Shape, 'int32'>] {
    if (dim === undefined || dim === null) return new Tensor(ops.amax(this.node));
    const [values, indices] = maxAlong(this.node, dim, options?.keepdim);
    return [new Tensor(values), new Tensor(indices)];
  }
  /** The smallest element; along an axis, the smallest elements and their places. */
  min(): Tensor<[], D>;
  min<T extends Tensor, const Axis extends number, K extends boolean = false>(
    this: T,
    dim: Axis & FitsReduce<'min', T, Axis, K>,
    options?: Keepdim<K>,
  ): ValuesAndIndices<'min', T, Axis, K>;
  min(dim?: number | null, options?: Keepdim<boolean>): Tensor<[], D> | [Tensor, Tensor<Shape, 'int32'>] {
    if (dim === undefined || dim === null) return new Tensor(ops.amin(this.node));
    const [values, indices] = minAlong(this.node, dim, options?.keepdim);
    return [new Tensor(values), new Tensor(indices)];
  }
  /** The first place of the largest element along an axis, or in the flattened tensor. */
  argmax<
    T extends Tensor,
    const Axis extends number | null | undefined = undefined,
    K extends boolean = false,
  >(
    this: T,
    dim?: Axis & FitsReduce<'argmax', T, Axis, K>,
    options?: Keepdim<K>,
  ): Reduced<'argmax', 'int32', T, Axis, K> {
    return new Tensor(ops.argmax(this.node, dim, options?.keepdim));
  }
  /** The first place of the smallest element along an axis, or in the flattened tensor. */
  argmin<
    T extends Tensor,
    const Axis extends number | null | undefined = undefined,
    K extends boolean = false,
  >(
    this: T,
    dim?: Axis & FitsReduce<'argmin', T, Axis, K>,
    options?: Keepdim<K>,
  ): Reduced<'argmin', 'int32', T, Axis, K> {
    return new Tensor(ops.argmin(this.node, dim, options?.keepdim));
  }
  /** Σ (x - mean)² / (n - correction). */
  var<T extends Tensor, const Axes extends Dims = undefined, K extends boolean = false>(
    this: T,
    dim?: Axes & FitsReduce<'var', T, Axes, K>,
    options?: VarianceOptions<K>,
  ): Reduced<'var', 'float', T, Axes, K> {
    return new Tensor(ops.variance(this.node, dim, options?.correction, options?.keepdim));
  }
  /** The square root of `var`. */
  std<T extends Tensor, const Axes extends Dims = undefined, K extends boolean = false>(
    this: T,
    dim?: Axes & FitsReduce<'std', T, Axes, K>,
    options?: VarianceOptions<K>,
  ): Reduced<'std', 'float', T, Axes, K> {
    return new Tensor(ops.std(this.node, dim, options?.correction, options?.keepdim));
  }
  /** (Σ |x|^p)^(1/p), as `norm({ p, dim, keepdim })` or `norm(p, dim, { keepdim })`. */
  norm<T extends Tensor, const Axes extends Dims = undefined, K extends boolean = false>(
    this: T,
    options?: NormOptions<Axes, K> & FitsReduce<'norm', T, Axes, K>,
  ): Reduced<'norm', 'float', T, Axes, K>;
  norm<T extends Tensor, const Axes extends Dims = undefined, K extends boolean = false>(
    this: T,
    p: number,
    dim?: Axes & FitsReduce<'norm', T, Axes, K>,
    options?: Keepdim<K>,
  ): Reduced<'norm', 'float', T, Axes, K>;
  norm(p: number | NormOptions<Dims, boolean> = {}, dim?: Dims, options?: Keepdim<boolean>): Tensor {
    const given = typeof p === 'number' ? { p, dim, ...options } : p;
    return new Tensor(ops.norm(this.node, given.p, given.dim, given.keepdim));
  }
  /** log Σ exp(x), without overflow. */
  logsumexp<T extends Tensor, const Axes extends number | Shape, K extends boolean = false>(
    this: T,
    dim: Axes & FitsReduce<'logsumexp', T, Axes, K>,
    options?: Keepdim<K>,
  ): Reduced<'logsumexp', 'float', T, Axes, K> {
    return new Tensor(ops.logsumexp(this.node, dim, options?.keepdim));
  }
  softmax<T extends Tensor, const Axis extends number, E extends DType | undefined = undefined>(
    this: T,
    dim: Axis & Fits<AlongAxis<'softmax', ShapeOf<T>, Axis>>,
    options?: DTypeOption<E>,
  ): Tensor<ShapeOf<T>, Asked<E, Floating<T['dtype']>>> {
    return new Tensor(ops.inDType('softmax', this.node, options?.dtype, (x) => ops.softmax(x, dim), true));
  }
  logSoftmax<T extends Tensor, const Axis extends number, E extends DType | undefined = undefined>(
    this: T,
    dim: Axis & Fits<AlongAxis<'logSoftmax', ShapeOf<T>, Axis>>,
    options?: DTypeOption<E>,
  ): Tensor<ShapeOf<T>, Asked<E, Floating<T['dtype']>>> {
    return new Tensor(
      ops.inDType('logSoftmax', this.node, options?.dtype, (x) => ops.logSoftmax(x, dim), true),
    );
  }
  /** Sums of the elements of an axis up to each, itself included. */
  cumsum<T extends Tensor, const Axis extends number, E extends DType | undefined = undefined>(
    this: T,
    dim: Axis & Fits<AlongAxis<'cumsum', ShapeOf<T>, Axis>>,
    options?: DTypeOption<E>,
  ): Tensor<ShapeOf<T>, Asked<E, Total<T['dtype']>>> {
    return new Tensor(ops.inDType('cumsum', this.node, options?.dtype, (x) => ops.cumsum(x, dim)));
  }
  /** Products of the elements of an axis up to each, itself included. */
  cumprod<T extends Tensor, const Axis extends number, E extends DType | undefined = undefined>(
    this: T,
    dim: Axis & Fits<AlongAxis<'cumprod', ShapeOf<T>, Axis>>,
    options?: DTypeOption<E>,
  ): Tensor<ShapeOf<T>, Asked<E, Total<T['dtype']>>> {
    return new Tensor(ops.inDType('cumprod', this.node, options?.dtype, (x) => ops.cumprod(x, dim)));
  }

  // ---- other shapes ----
  /** The same elements in another shape; -1 for one length has it computed. */
  reshape<T extends Tensor, const To extends Shape>(
    this: T,
    shape: To & Fits<Reshape<ShapeOf<T>, To>>,
  ): Shaped<T, Reshape<ShapeOf<T>, To>> {
    return new Tensor(ops.reshapeOf(this.node, shape));
  }
  /** The axes from `startDim` to `endDim`, both included, as one. */
  flatten<T extends Tensor, const Start extends number = 0, const End extends number = -1>(
    this: T,
    startDim?: Start & Fits<Flatten<ShapeOf<T>, Start, End>>,
    endDim?: End & Fits<Flatten<ShapeOf<T>, Start, End>>,
  ): Shaped<T, Flatten<ShapeOf<T>, Start, End>> {
    return new Tensor(ops.flatten(this.node, startDim, endDim));
  }
  /** Removes axes of length 1: those named, or all. */
  squeeze<T extends Tensor, const Axes extends Dims = undefined>(
    this: T,
    dim?: Axes & Fits<Squeeze<ShapeOf<T>, Axes>>,
  ): Shaped<T, Squeeze<ShapeOf<T>, Axes>> {
    return new Tensor(ops.squeeze(this.node, dim));
  }
  /** A new axis of length 1, its place counted in the result. */
  unsqueeze<T extends Tensor, const Axis extends number>(
    this: T,
    dim: Axis & Fits<Unsqueeze<ShapeOf<T>, Axis>>,
  ): Shaped<T, Unsqueeze<ShapeOf<T>, Axis>> {
    return new Tensor(ops.unsqueeze(this.node, dim));
  }
  /** Axis i of the result is axis `dims[i]` of this tensor. */
  permute<T extends Tensor, const Order extends Shape>(
    this: T,
    dims: Order & Fits<Permute<ShapeOf<T>, Order>>,
  ): Shaped<T, Permute<ShapeOf<T>, Order>> {
    return new Tensor(ops.permuteOf(this.node, dims));
  }
  /** Two axes change places. */
  transpose<T extends Tensor, const I extends number, const J extends number>(
    this: T,
    dim0: I & Fits<AlongAxis<'transpose', ShapeOf<T>, I>>,
    dim1: J & Fits<AlongAxis<'transpose', ShapeOf<T>, J>>,
  ): Shaped<T, Transpose<ShapeOf<T>, I, J>> {
    return new Tensor(ops.transpose(this.node, dim0, dim1));
  }
  /** Repeats axes of length 1 and adds axes in front; -1 keeps a length. */
  expand<T extends Tensor, const To extends Shape>(
    this: T,
    shape: To & Fits<Expand<ShapeOf<T>, To>>,
  ): Shaped<T, Expand<ShapeOf<T>, To>> {
    return new Tensor(ops.expandOf(this.node, shape));
  }
  /** The tensor repeated along each axis. */
  tile<T extends Tensor, const Repeats extends Shape>(
    this: T,
    repeats: Repeats,
  ): Shaped<T, Tile<ShapeOf<T>, Repeats>> {
    return new Tensor(ops.tile(this.node, repeats));
  }
  /** Pieces of one length (the last may be shorter), or of the lengths given, along an axis. */
  split<T extends Tensor, const Lengths extends number | Shape, const Axis extends number = 0>(
    this: T,
    lengths: Lengths,
    dim?: Axis & Fits<ResizeAxis<'split', ShapeOf<T>, Axis, number>>,
  ): Pieces<T, Lengths, Axis> {
    return wrapAll(ops.split(this.node, lengths, dim)) as Pieces<T, Lengths, Axis>;
  }
  /** At most `chunks` pieces of one length; the last may be shorter. */
  chunk<T extends Tensor, const Axis extends number = 0>(
    this: T,
    chunks: number,
    dim?: Axis & Fits<ResizeAxis<'chunk', ShapeOf<T>, Axis, number>>,
  ): Piece<T, Axis, number>[] {
    return wrapAll(ops.chunk(this.node, chunks, dim)) as Piece<T, Axis, number>[];
  }
  /** `length` elements of an axis from `start`. */
  narrow<T extends Tensor, const Axis extends number, const Length extends number>(
    this: T,
    dim: Axis & Fits<AlongAxis<'narrow', ShapeOf<T>, Axis>>,
    start: number,
    length: Length,
  ): Shaped<T, Narrow<ShapeOf<T>, Axis, Length>> {
    return new Tensor(ops.narrow(this.node, dim, start, length));
  }
  /** Elements `start` to `end` - 1 of an axis, every `step`-th; places as in Python's slices, steps positive. */
  slice<T extends Tensor, const Axis extends number>(
    this: T,
    dim: Axis & Fits<AlongAxis<'slice', ShapeOf<T>, Axis>>,
    start?: number,
    end?: number,
    step?: number,
  ): Shaped<T, ResizeAxis<'slice', ShapeOf<T>, Axis, number>> {
    return new Tensor(ops.slice(this.node, dim, start, end, step));
  }
  /** The part at one place of an axis, which goes. Negative places count from the end. */
  select<T extends Tensor, const Axis extends number>(
    this: T,
    dim: Axis & FitsReduce<'select', T, Axis, false>,
    index: number,
  ): Shaped<T, Reduce<'select', ShapeOf<T>, Axis>> {
    return new Tensor(select(this.node, dim, index));
  }
  /** The other way round along axes. */
  flip<T extends Tensor, const Axes extends number | Shape>(
    this: T,
    dims: Axes & Fits<AlongAxes<'flip', ShapeOf<T>, Axes>>,
  ): Like<T> {
    return new Tensor(ops.flip(this.node, dims));
  }
  /** Moves elements along axes, or through the flattened tensor; those that fall off one end come in at the other. */
  roll<T extends Tensor, const Axes extends number | Shape>(
    this: T,
    shifts: number | Shape,
    dims?: Axes & Fits<AlongAxes<'roll', ShapeOf<T>, Axes>>,
  ): Like<T> {
    return new Tensor(ops.roll(this.node, shifts, dims));
  }
  /** Zeros above the diagonal of matrices, or above the one `diagonal` further right. */
  tril(diagonal?: number): Tensor<S, D> {
    return new Tensor(ops.tril(this.node, diagonal));
  }
  /** Zeros below the diagonal of matrices. */
  triu(diagonal?: number): Tensor<S, D> {
    return new Tensor(ops.triu(this.node, diagonal));
  }
  /** Pieces of `size` elements of axis `dim`, each `step` after the one before, along a new last axis. */
  unfold(dim: number, size: number, step: number): Tensor<Shape, D> {
    return new Tensor(ops.unfoldAxis(this.node, dim, size, step));
  }
  /** The diagonal of the matrices in two axes (default: 0 and 1), as a new last axis. */
  diagonal<T extends Tensor>(
    this: T & Fits<Diagonal<ShapeOf<T>>>,
    offset?: number,
    dim1?: number,
    dim2?: number,
  ): Shaped<T, Diagonal<ShapeOf<T>>> {
    return new Tensor(ops.diagonal(this.node, offset, dim1, dim2));
  }

  // ---- indexing by tensors ----
  /** out[i][j] = this[index[i][j]][j] for axis 0, and so on. */
  gather<T extends Tensor, const Axis extends number, I extends Tensor>(
    this: T,
    dim: Axis & Fits<AlongAxis<'gather', ShapeOf<T>, Axis>>,
    index: I & Fits<Gather<ShapeOf<T>, Axis, ShapeOf<I>>>,
  ): Shaped<T, Gather<ShapeOf<T>, Axis, ShapeOf<I>>> {
    return new Tensor(ops.gather(this.node, dim, nodeOf('gather', index)));
  }
  /** This tensor with source[i][j] added at [index[i][j]][j] for axis 0, and so on. */
  scatterAdd<T extends Tensor, const Axis extends number>(
    this: T,
    dim: Axis & Fits<AlongAxis<'scatterAdd', ShapeOf<T>, Axis>>,
    index: Tensor,
    source: Tensor,
  ): Like<T> {
    return new Tensor(
      ops.scatterAdd(this.node, dim, nodeOf('scatterAdd', index), nodeOf('scatterAdd', source)),
    );
  }
  /** The slices of an axis that a list of indices names. */
  indexSelect<T extends Tensor, const Axis extends number, I extends Tensor>(
    this: T,
    dim: Axis & Fits<AlongAxis<'indexSelect', ShapeOf<T>, Axis>>,
    index: I & Fits<IndexSelect<ShapeOf<T>, Axis, ShapeOf<I>>>,
  ): Shaped<T, IndexSelect<ShapeOf<T>, Axis, ShapeOf<I>>> {
    return new Tensor(ops.indexSelect(this.node, dim, nodeOf('indexSelect', index)));
  }

  // ---- sorting ----
  /** The elements along an axis (default: the last) in order, and their places. NaN is the largest; equal elements keep their order. */
  sort<T extends Tensor, const Axis extends number = -1>(
    this: T,
    options?: SortOptions<Axis & Fits<AlongAxis<'sort', ShapeOf<T>, Axis>>>,
  ): Sorted<T> {
    return wrapAll(ops.sort(this.node, options?.dim, options?.descending)) as never;
  }
  /** The places of the elements along an axis (default: the last) in sorted order, as int32. */
  argsort<T extends Tensor, const Axis extends number = -1>(
    this: T,
    options?: SortOptions<Axis & Fits<AlongAxis<'argsort', ShapeOf<T>, Axis>>>,
  ): Tensor<ShapeOf<T>, 'int32'> {
    return new Tensor(ops.argsort(this.node, options?.dim, options?.descending));
  }
  /** The `k` largest elements along an axis (default: the last), or the smallest, best first, and their places. */
  topk<T extends Tensor, const K extends number, const Axis extends number = -1>(
    this: T,
    k: K,
    options?: TopkOptions<Axis & Fits<ResizeAxis<'topk', ShapeOf<T>, Axis, K>>>,
  ): TopK<T, K, Axis> {
    return wrapAll(ops.topk(this.node, k, options?.dim, options?.largest)) as never;
  }

  // ---- products ----
  /** Product of matrices: vectors are rows on the left and columns on the right, leading axes are broadcast. */
  matmul<T extends Tensor, O extends Tensor>(
    this: T,
    other: O & Fits<MatMul<ShapeOf<T>, ShapeOf<O>>>,
  ): Tensor<Result<MatMul<ShapeOf<T>, ShapeOf<O>>>, Together<T, O>> {
    return new Tensor(ops.matmul(this.node, nodeOf('matmul', other)));
  }
  /** Σ xᵢ·yᵢ of two vectors. */
  dot<T extends Tensor, O extends Tensor>(
    this: T,
    other: O & Fits<Dot<ShapeOf<T>, ShapeOf<O>>>,
  ): Tensor<Result<Dot<ShapeOf<T>, ShapeOf<O>>>, Numeric<Together<T, O>>> {
    return new Tensor(ops.dot(this.node, nodeOf('dot', other)));
  }
  /** xᵢ·yⱼ of two vectors. */
  outer<T extends Tensor, O extends Tensor>(
    this: T,
    other: O & Fits<Outer<ShapeOf<T>, ShapeOf<O>>>,
  ): Tensor<Result<Outer<ShapeOf<T>, ShapeOf<O>>>, Numeric<Together<T, O>>> {
    return new Tensor(ops.outer(this.node, nodeOf('outer', other)));
  }
}

export const wrap = <S extends Shape, D extends DType>(node: Node): Tensor<S, D> => new Tensor(node);

export const wrapAll = (nodes: readonly Node[]): Tensor[] => nodes.map((node) => new Tensor(node));

/**
 * Computes tensors together, in one program, and leaves their elements in memory.
 *
 * @example
 * ```ts
 * import { realize, tensor } from 'nacre';
 * const x = tensor([1, 2]);
 * const [total, product] = [x.sum(), x.prod()];
 * await realize(total, product);
 * [total.itemSync(), product.itemSync()]; // → [3, 2]
 * ```
 */
export async function realize(...tensors: readonly Tensor[]): Promise<void> {
  refuseInTrace('realize() was called');
  await computed(tensors.map((tensor) => tensor.node));
}

/** Resolves when nodes are in memory, and nothing is under way any more. */
async function computed(nodes: readonly Node[]): Promise<void> {
  await whenCalm();
  realizeWithSlots(nodes);
  const idle = whenIdle();
  if (idle) await idle;
}

/** What an operation of two gives. Its type is that of the method it stands in. */
const combined = (build: (x: Node, y: ops.Operand) => Node, op: string, x: Tensor, y: Operand): never =>
  new Tensor(build(x.node, operandOf(op, y))) as never;

/** A leaf of the graph for the same elements, whose gradient `owner` is given. */
export function leafFor(node: Node, owner: Tensor): Node {
  const leaf = gradientLeaf(ops.detach(node));
  owners.set(leaf, owner);
  return leaf;
}
