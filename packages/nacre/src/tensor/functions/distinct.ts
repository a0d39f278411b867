/** Functions whose results have as many elements as the numbers say: they compute the numbers now, and give Promises. */
import { dtypes } from '../../base/dtype.ts';
import { broadcastShapes, type Shape, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { nodeOf } from '../arguments.ts';
import { tensor } from '../create.ts';
import * as ops from '../ops/index.ts';
import { cast } from '../primitives/apply.ts';
import type { ShapeOf } from '../signatures.ts';
import { refuseInTrace } from '../slot.ts';
import { realize, Tensor } from '../tensor.ts';

type Numbers = ArrayLike<number>;

/** The numbers of tensors, computed together. */
async function numbersOf(op: string, nodes: readonly Node[]): Promise<Numbers[]> {
  refuseInTrace(`${op}() was called`);
  const tensors = nodes.map((node) => new Tensor(node));
  await realize(...tensors);
  return tensors.map((x) => x.dataSync() as Numbers);
}

/** The elements of a flat tensor at these places. */
const pick = (flat: Node, places: Int32Array): Node =>
  ops.indexSelect(flat, 0, whole(places, [places.length]).node);

const whole = (numbers: Int32Array, shape: readonly number[]): Tensor<Shape, 'int32'> =>
  tensor(numbers, { dtype: 'int32', shape: [...shape] });

/** The places, from 0 to length - 1, at which something holds. */
function placesWhere(length: number, holds: (place: number) => boolean): Int32Array {
  const places = new Int32Array(length);
  let count = 0;
  for (let place = 0; place < length; place++) if (holds(place)) places[count++] = place;
  return places.slice(0, count);
}

/** Elements as numbers that JavaScript compares: the bits of 16-bit floats are not. */
const comparable = (x: Node): Node => (dtypes[x.dtype].bytes === 2 ? cast(x, 'float32') : x);

export interface UniqueConsecutiveOptions<I extends boolean, C extends boolean> {
  /** Whether to tell for each element its place among the results. Default: no. */
  returnInverse?: I;
  /** Whether to tell how often each result occurs. Default: no. */
  returnCounts?: C;
}

export interface UniqueOptions<I extends boolean, C extends boolean> extends UniqueConsecutiveOptions<I, C> {
  /** In ascending order, or else in the order in which elements occur first. Default: yes. */
  sorted?: boolean;
}

type List<T extends Tensor> = Tensor<[number], T['dtype']>;

/** What was asked for beside the elements comes after them. */
export type Unique<T extends Tensor, I extends boolean, C extends boolean> = I extends true
  ? C extends true
    ? [values: List<T>, inverse: Tensor<ShapeOf<T>, 'int32'>, counts: Tensor<[number], 'int32'>]
    : [values: List<T>, inverse: Tensor<ShapeOf<T>, 'int32'>]
  : C extends true
    ? [values: List<T>, counts: Tensor<[number], 'int32'>]
    : List<T>;

/** Where runs of equal elements begin. A NaN equals nothing. */
const runsOf = (values: Numbers): Int32Array =>
  placesWhere(values.length, (i) => i === 0 || values[i] !== values[i - 1]);

/** Runs in the order in which the first of each occurs. */
function byOccurrence(starts: Int32Array, places: Numbers): Int32Array {
  const order = starts.map((_, run) => run).sort((i, j) => places[starts[i]] - places[starts[j]]);
  const ranks = new Int32Array(order.length);
  order.forEach((run, rank) => {
    ranks[run] = rank;
  });
  return ranks;
}

/** The results for elements in an order in which equal ones stand together: `places` are where they stand in `x`. */
function answer(
  x: Node,
  values: Numbers,
  places: Numbers,
  { returnInverse, returnCounts, sorted = true }: UniqueOptions<boolean, boolean>,
): Tensor | Tensor[] {
  const starts = runsOf(values);
  // Where elements were sorted, equal ones kept their order, so a run begins with the one that occurs first.
  const ranks = sorted ? null : byOccurrence(starts, places);
  const first = new Int32Array(starts.length);
  const counts = new Int32Array(starts.length);
  const inverse = new Int32Array(places.length);
  starts.forEach((start, run) => {
    const rank = ranks ? ranks[run] : run;
    const end = run + 1 < starts.length ? starts[run + 1] : places.length;
    first[rank] = places[start];
    counts[rank] = end - start;
    for (let i = start; i < end; i++) inverse[places[i]] = rank;
  });
  const found = new Tensor(pick(ops.reshapeOf(x, [places.length]), first));
  const more = [
    ...(returnInverse ? [whole(inverse, x.shape)] : []),
    ...(returnCounts ? [whole(counts, [counts.length])] : []),
  ];
  return more.length ? [found, ...more] : found;
}

/**
 * The different elements of a tensor, each once: a Promise, because how many there are depends on the numbers, which are computed now.
 *
 * They come in ascending order, and with `sorted: false` (default: true) in the order in which they occur first. With `returnInverse`
 * (default: false) follows, in the shape of `x`, the place of each element among them; with `returnCounts` (default: false) how often
 * each occurs; both int32. A NaN equals no other. Throws a TraceError inside `compile`.
 *
 * Formula: the set of x
 *
 * Shapes: x [...] → [n]; inverse [...], counts [n]
 *
 * @example
 * ```ts
 * import { tensor, unique } from 'nacre';
 * const [values, inverse, counts] = await unique(tensor([3, 1, 3]), { returnInverse: true, returnCounts: true });
 * await values.tolist(); // → [1, 3]
 * await inverse.tolist(); // → [1, 0, 1]
 * await counts.tolist(); // → [1, 2]
 * ```
 */
export async function unique<T extends Tensor, I extends boolean = false, C extends boolean = false>(
  x: T,
  options: UniqueOptions<I, C> = {},
): Promise<Unique<T, I, C>> {
  const op = 'unique';
  const node = nodeOf(op, x);
  const [values, places] = await numbersOf(
    op,
    ops.sort(comparable(ops.reshapeOf(node, [sizeOf(node.shape)]))),
  );
  return answer(node, values, places, options) as Unique<T, I, C>;
}

/**
 * The elements of a tensor without those that equal the one before them: a Promise, because how many there are depends on the numbers,
 * which are computed now.
 *
 * With `returnInverse` (default: false) follows, in the shape of `x`, the place of each element among the results; with `returnCounts`
 * (default: false) the lengths of the runs; both int32. Throws a TraceError inside `compile`.
 *
 * Formula: x[i] where i = 0 or x[i] ≠ x[i - 1]
 *
 * Shapes: x [...] → [n]; inverse [...], counts [n]
 *
 * @example
 * ```ts
 * import { tensor, uniqueConsecutive } from 'nacre';
 * const [values, counts] = await uniqueConsecutive(tensor([1, 1, 2, 1]), { returnCounts: true });
 * await values.tolist(); // → [1, 2, 1]
 * await counts.tolist(); // → [2, 1, 1]
 * ```
 */
export async function uniqueConsecutive<
  T extends Tensor,
  I extends boolean = false,
  C extends boolean = false,
>(x: T, options: UniqueConsecutiveOptions<I, C> = {}): Promise<Unique<T, I, C>> {
  const op = 'uniqueConsecutive';
  const node = nodeOf(op, x);
  const [values] = await numbersOf(op, [comparable(node)]);
  const places = placesWhere(values.length, () => true);
  return answer(node, values, places, options) as Unique<T, I, C>;
}

/** Places of the elements that are not 0, in row-major order. */
async function placesOf(op: string, mask: Node): Promise<Int32Array> {
  const [wanted] = await numbersOf(op, [ops.ne(mask, 0)]);
  return placesWhere(wanted.length, (place) => wanted[place] !== 0);
}

/**
 * The indices of the elements that are not 0, a row each: [n, rank] of int32, in row-major order. A Promise, because n depends on the
 * numbers, which are computed now. Throws a TraceError inside `compile`.
 *
 * Formula: the indices i with x[i] ≠ 0
 *
 * Shapes: x [...] → [n, rank]
 *
 * @example
 * ```ts
 * import { nonzero, tensor } from 'nacre';
 * await (await nonzero(tensor([[0, 5], [7, 0]]))).tolist(); // → [[0, 1], [1, 0]]
 * ```
 */
export async function nonzero(x: Tensor): Promise<Tensor<[number, number], 'int32'>> {
  const { shape } = nodeOf('nonzero', x);
  const places = await placesOf('nonzero', x.node);
  const indices = new Int32Array(places.length * shape.length);
  places.forEach((place, row) => {
    let rest = place;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      indices[row * shape.length + axis] = rest % shape[axis];
      rest = Math.floor(rest / shape[axis]);
    }
  });
  return tensor(indices, { dtype: 'int32', shape: [places.length, shape.length] });
}

/**
 * The elements at which a mask is not 0, in row-major order, as a list. Both are broadcast. A Promise, because its length depends on the
 * mask, whose numbers are computed now; a gradient flows to the elements that were taken. Throws a TraceError inside `compile`.
 *
 * Formula: x[i] where mask[i]
 *
 * Shapes: x, mask broadcast to [...] → [n]
 *
 * @example
 * ```ts
 * import { maskedSelect, tensor } from 'nacre';
 * const x = tensor([[1, 2], [3, 4]]);
 * await (await maskedSelect(x, x.gt(2))).tolist(); // → [3, 4]
 * ```
 */
export async function maskedSelect<T extends Tensor>(x: T, mask: Tensor): Promise<List<T>> {
  const op = 'maskedSelect';
  const [value, wanted] = [nodeOf(op, x), nodeOf(op, mask)];
  const shape = broadcastShapes(op, value.shape, wanted.shape);
  const places = await placesOf(op, ops.expandOf(wanted, shape));
  return new Tensor(pick(ops.reshapeOf(ops.expandOf(value, shape), [sizeOf(shape)]), places));
}
