import { DataError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { tensor } from '../tensor/create.ts';
import { cdist, matmul, narrow } from '../tensor/functions.ts';
import { noGrad } from '../tensor/grad.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkLengths, type Numbers, numbersOf } from './numbers.ts';

/** So many distances are computed at once at most: 32 MB of float64. */
const mostDistances = 2 ** 22;

/** Labels of any kind as numbers of clusters from 0. */
function clustersOf(labels: Float64Array): { cluster: Uint32Array; sizes: number[] } {
  const numbers = new Map<number, number>();
  const sizes: number[] = [];
  const cluster = Uint32Array.from(labels, (label) => {
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    sizes[number] = (sizes[number] ?? 0) + 1;
    return number;
  });
  return { cluster, sizes };
}

/**
 * How well points lie in their clusters (Rousseeuw, 1987): near to those of their own, far from those of the nearest other. 1 for dense,
 * distant clusters, 0 where they overlap, below 0 where points are in the wrong one. Distances are Euclidean. Agrees with scikit-learn's
 * `silhouette_score`. Time grows with the square of the number of points.
 *
 * Throws a DataError unless there are at least two clusters, and more points than clusters; a ShapeMismatchError unless points are [N, D].
 *
 * Formula: mean of (b - a) / max(a, b), a: mean distance to the others of the own cluster, b: to those of the nearest other; 0 for a cluster
 * of one point
 *
 * Shapes: points [N, D], labels [N] → a number
 *
 * @example
 * ```ts
 * import { silhouetteScore, tensor } from 'nacre';
 * const points = tensor([[0, 0], [0, 1], [9, 0], [9, 1]]);
 * await silhouetteScore(points, [0, 0, 1, 1]); // → 0.889
 * ```
 */
export async function silhouetteScore(points: Tensor, labels: Numbers): Promise<number> {
  const op = 'silhouetteScore';
  if (points.ndim !== 2) {
    throw new ShapeMismatchError(`points: ${showShape(points.shape)}`, {
      op,
      shapes: [points.shape],
      hint: 'Give points [N, D]',
    });
  }
  const [size] = points.shape as readonly [number, number];
  const given = numbersOf(op, 'labels', labels);
  checkLengths(op, { points: { length: size }, labels: given });
  const { cluster, sizes } = clustersOf(given);
  const count = sizes.length;
  if (count < 2 || count >= size) {
    throw new DataError(`there are ${count} clusters of ${size} points`, {
      op,
      hint: 'It needs at least two clusters, and fewer than points',
    });
  }
  const exact = points.to('float64');
  const member = new Float64Array(size * count);
  cluster.forEach((own, point) => {
    member[point * count + own] = 1;
  });
  const members = tensor(member, { dtype: 'float64', shape: [size, count] });
  const rows = Math.max(1, Math.floor(mostDistances / size));
  let total = 0;
  for (let begin = 0; begin < size; begin += rows) {
    const length = Math.min(rows, size - begin);
    const sums = await noGrad(() =>
      (matmul as (a: Tensor, b: Tensor) => Tensor)(cdist(narrow(exact, 0, begin, length), exact), members),
    ).data();
    for (let row = 0; row < length; row++) {
      const own = cluster[begin + row];
      if (sizes[own] === 1) continue;
      let nearest = Number.POSITIVE_INFINITY;
      for (let other = 0; other < count; other++) {
        if (other !== own) nearest = Math.min(nearest, sums[row * count + other] / sizes[other]);
      }
      const within = sums[row * count + own] / (sizes[own] - 1);
      const larger = Math.max(within, nearest);
      total += larger === 0 ? 0 : (nearest - within) / larger;
    }
  }
  if (Number.isNaN(total)) throw new DataError('points are NaN', { op });
  return total / size;
}

/**
 * How far two clusterings agree about which points belong together, beyond chance (Hubert & Arabie, 1985): 1 for the same clusters under any
 * names, about 0 for chance. Agrees with scikit-learn's `adjusted_rand_score`.
 *
 * Throws a DataError for no labels, NaN, and lists of different lengths.
 *
 * Formula: 2·(TP·TN - FN·FP) / ((TP + FN)·(FN + TN) + (TP + FP)·(FP + TN)) over pairs of points
 *
 * Shapes: labels [N], others [N] → a number
 *
 * @example
 * ```ts
 * import { adjustedRandIndex } from 'nacre';
 * adjustedRandIndex([0, 0, 1, 1], [5, 5, 3, 3]); // → 1
 * adjustedRandIndex([0, 0, 1, 2], [0, 0, 1, 1]); // → 0.571
 * ```
 */
export function adjustedRandIndex(labels: Numbers, others: Numbers): number {
  const op = 'adjustedRandIndex';
  const [given, compared] = [numbersOf(op, 'labels', labels), numbersOf(op, 'others', others)];
  checkLengths(op, { labels: given, others: compared });
  const [a, b] = [clustersOf(given), clustersOf(compared)];
  const both = new Map<number, number>();
  a.cluster.forEach((own, point) => {
    const cell = own * b.sizes.length + b.cluster[point];
    both.set(cell, (both.get(cell) ?? 0) + 1);
  });
  const squares = (counts: Iterable<number>): number => {
    let sum = 0;
    for (const count of counts) sum += count ** 2;
    return sum;
  };
  const size = given.length;
  const together = squares(both.values());
  const [inA, inB] = [squares(a.sizes), squares(b.sizes)];
  const tp = together - size;
  const fp = inB - together;
  const fn = inA - together;
  const tn = size ** 2 - fp - fn - together;
  if (fn === 0 && fp === 0) return 1;
  return (2 * (tp * tn - fn * fp)) / ((tp + fn) * (fn + tn) + (tp + fp) * (fp + tn));
}
