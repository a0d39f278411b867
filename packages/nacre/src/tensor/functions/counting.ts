/** Functions that count elements by their values. */
import { ArgumentError } from '../../base/errors.ts';
import type { Node } from '../../graph/node.ts';
import { nodeOf, optionalNode } from '../arguments.ts';
import * as ops from '../ops/index.ts';
import { constant } from '../primitives/apply.ts';
import type { Floating, Optional } from '../signatures.ts';
import { Tensor } from '../tensor.ts';

/** Counts are whole; sums of weights are of the weights' dtype. */
type Counted<W> = W extends Tensor ? Floating<W['dtype']> : 'int32';

export interface BincountOptions<W extends Optional<Tensor>> {
  /** What each element counts for: a tensor of the shape of x. Default: 1. */
  weights?: W;
  /** The result has at least this length. Default: 0. */
  minlength?: number;
}

export interface FixedBincountOptions<N extends number, W extends Optional<Tensor>> {
  /** What each element counts for: a tensor of the shape of x. Default: 1. */
  weights?: W;
  /** The length of the result: one more than the largest number there may be. */
  length: N;
}

/**
 * How often each number occurs in a list of integers of zero or more: result[v] = Σ weightsᵢ over all i with xᵢ = v.
 *
 * With `length`, the result has that length and is computed as part of the graph, inside `compile` too; a number outside it is an
 * IndexError when the numbers are asked for. Without it the length is that of the largest number plus one, at least `minlength`
 * (default: 0): it depends on the numbers, so they are computed now, and the result is a Promise. The result is int32, or a float with
 * `weights`. Throws a DTypeError unless `x` has integers, a ShapeMismatchError unless it has one axis.
 *
 * Formula: y[v] = Σ weightsᵢ over all i with xᵢ = v
 *
 * Shapes: x [n] → [length], or [largest + 1]
 *
 * @example
 * ```ts
 * import { bincount, tensor } from 'nacre';
 * const x = tensor([1, 3, 1], { dtype: 'int32' });
 * await bincount(x, { length: 5 }).tolist(); // → [0, 2, 0, 1, 0]
 * await (await bincount(x)).tolist(); // → [0, 2, 0, 1]
 * ```
 */
export function bincount<const N extends number, W extends Optional<Tensor> = null>(
  x: Tensor,
  options: FixedBincountOptions<N, W>,
): Tensor<[N], Counted<W>>;
export function bincount<W extends Optional<Tensor> = null>(
  x: Tensor,
  options?: BincountOptions<W>,
): Promise<Tensor<[number], Counted<W>>>;
export function bincount(
  x: Tensor,
  { weights, minlength = 0, length }: BincountOptions<Optional<Tensor>> & { length?: number } = {},
): Tensor | Promise<Tensor> {
  const op = 'bincount';
  const node = nodeOf(op, x);
  const weight = optionalNode(op, weights);
  const count = (size: number): Tensor => new Tensor(ops.bincount(node, size, weight));
  if (length !== undefined) return count(length);
  const untilLargest = async (): Promise<Tensor> => {
    if (!Number.isInteger(minlength) || minlength < 0)
      throw new ArgumentError(`minlength is a whole number of zero or more, got ${minlength}`, { op });
    const largest = x.size ? await new Tensor(ops.amax(node)).item() : -1;
    return count(Math.max(minlength, Math.floor(largest) + 1));
  };
  return untilLargest();
}

export interface HistogramOptions {
  /** The lowest and the highest edge, where `bins` is a number. Default: the smallest and the largest element. */
  range?: readonly [low: number, high: number];
  /** What each element counts for: a tensor of the shape of x. Default: 1. */
  weight?: Optional<Tensor>;
  /** Whether to divide by the total and the bins' widths, so that the area is 1. Default: no. */
  density?: boolean;
}

/** Edges of as many bins of equal width, where a range without width grows by `margin` on both sides. */
function edgesOf(op: string, x: Node, bins: number, range: HistogramOptions['range'], margin: number): Node {
  if (!Number.isInteger(bins) || bins < 1)
    throw new ArgumentError(`the number of bins is a whole number from 1 on, got ${bins}`, { op });
  if (range && !(Number.isFinite(range[0]) && Number.isFinite(range[1]) && range[0] <= range[1])) {
    throw new ArgumentError(
      `a range goes from a number to one that is not lower, got ${range.join(' to ')}`,
      {
        op,
      },
    );
  }
  const [low, high] = range ? range.map((edge) => constant(edge, x.dtype)) : ops.extremes(x);
  return ops.binEdges(low, high, bins, margin);
}

/**
 * How many elements lie in each bin, and the edges of the bins: bin i has the elements from edge i up to, but not including, edge i + 1;
 * the last bin includes its upper edge.
 *
 * `bins` is the number of bins of equal width over `range` (default: from the smallest to the largest element), or a sorted tensor of
 * edges. Elements outside do not count, nor does NaN. `weight` (default: 1) is what each element counts for; with `density` (default:
 * false) counts are divided by their total and by the widths. Counts [bins] and edges [bins + 1] are floats of the dtype of `x` (float32
 * for integers). Throws an ArgumentError for a number of bins below 1 or a range that is turned round.
 *
 * Formula: y[i] = Σ weights of the elements in [edge i, edge i + 1)
 *
 * Shapes: x [...] → counts [bins], edges [bins + 1]
 *
 * @example
 * ```ts
 * import { histogram, tensor } from 'nacre';
 * const [counts, edges] = histogram(tensor([1, 2, 1, 4]), 3);
 * await counts.tolist(); // → [2, 1, 1]
 * await edges.tolist(); // → [1, 2, 3, 4]
 * ```
 */
export function histogram<T extends Tensor>(
  x: T,
  bins: number | Tensor,
  { range, weight, density = false }: HistogramOptions = {},
): [counts: Tensor<[number], Floating<T['dtype']>>, edges: Tensor<[number], Floating<T['dtype']>>] {
  const op = 'histogram';
  const value = ops.toFloat(nodeOf(op, x));
  const edges = typeof bins === 'number' ? edgesOf(op, value, bins, range, 0.5) : nodeOf(op, bins);
  const counts = ops.histogram(value, edges, optionalNode(op, weight), density, op);
  return [new Tensor(counts), new Tensor(edges)];
}

export interface HistcOptions {
  /** Number of bins. Default: 100. */
  bins?: number;
  /** The range. Where both are equal (default: 0), from the smallest to the largest element. */
  min?: number;
  max?: number;
}

/**
 * How many elements lie in each of `bins` (default: 100) bins of equal width from `min` to `max`; where these are equal (the default),
 * from the smallest to the largest element.
 *
 * The counts [bins] are floats of the dtype of `x` (float32 for integers). Elements outside do not count, nor does NaN. Throws an
 * ArgumentError for fewer bins than 1 or `min` above `max`.
 *
 * Formula: y[i] = how many elements are in bin i
 *
 * Shapes: x [...] → [bins]
 *
 * @example
 * ```ts
 * import { histc, tensor } from 'nacre';
 * await histc(tensor([1, 2, 1]), { bins: 4, min: 0, max: 3 }).tolist(); // → [0, 2, 1, 0]
 * ```
 */
export function histc<T extends Tensor>(
  x: T,
  { bins = 100, min = 0, max = 0 }: HistcOptions = {},
): Tensor<[number], Floating<T['dtype']>> {
  const op = 'histc';
  const value = ops.toFloat(nodeOf(op, x));
  const edges = edgesOf(op, value, bins, min === max ? undefined : [min, max], 1);
  return new Tensor(ops.histogram(value, edges, null, false, op));
}
