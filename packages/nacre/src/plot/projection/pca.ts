import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { tensor } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type Points, pointsOf, type Rows } from './matrix.ts';
import { largestEigen } from './symmetric.ts';

export interface PcaOptions {
  /** How many directions are found. Default: 2. */
  readonly components?: number;
}

/** What `pca` found. */
export interface PcaResult {
  /** The points in the new directions: float32 [points, components]. */
  readonly points: Tensor;
  /** The directions, of length 1, that of the largest spread first: float32 [components, features]. */
  readonly components: Tensor;
  /** The variance along each, over n - 1. */
  readonly explainedVariance: readonly number[];
  /** The same as parts of all variance. */
  readonly explainedVarianceRatio: readonly number[];
  /** What is taken from each feature first: float32 [features]. */
  readonly mean: Tensor;
}

/**
 * Principal component analysis: the directions in which points are spread most, and the points as they lie in them. Agrees with
 * scikit-learn's `PCA`, signs included (its `svd_flip` up to version 1.4): of each component's new coordinates the largest is positive.
 *
 * Formula: Y = (X - mean)·Wᵀ, W the eigenvectors of the largest eigenvalues of (X - mean)ᵀ·(X - mean) / (n - 1)
 *
 * Shapes: points [N, features] → [N, components]
 *
 * @throws ArgumentError for more components than points or features; DataError for less than two points and what is not finite.
 *
 * @example
 * ```ts
 * import { pca } from 'nacre/plot';
 * const { points, explainedVarianceRatio } = pca([[0, 0], [1, 1], [2, 2]], { components: 1 });
 * explainedVarianceRatio; // → [1]
 * await points.tolist(); // → [[1.4142], [0], [-1.4142]]
 * ```
 */
export function pca(points: Points, options: PcaOptions = {}): PcaResult {
  const op = 'pca';
  const { components = 2 } = optionsOf(op, options, ['components']);
  const rows = pointsOf(op, points);
  const { count, width } = rows;
  if (!(Number.isInteger(components) && components > 0 && components <= Math.min(count, width))) {
    throw new ArgumentError(
      `components is a whole number from 1 to ${Math.min(count, width)}, got ${components}`,
      {
        op,
        hint: `There are ${count} points with ${width} features`,
      },
    );
  }
  const found = analyse(rows, components);
  return {
    points: tensor(Float32Array.from(found.scores), { shape: [count, components] }),
    components: tensor(Float32Array.from(found.directions), { shape: [components, width] }),
    explainedVariance: [...found.variances],
    explainedVarianceRatio: Array.from(found.variances, (variance) =>
      found.total > 0 ? variance / found.total : 0,
    ),
    mean: tensor(Float32Array.from(found.mean)),
  };
}

/** What is found, in double precision. */
export interface Analysis {
  readonly scores: Float64Array;
  readonly directions: Float64Array;
  readonly variances: Float64Array;
  readonly total: number;
  readonly mean: Float64Array;
}

export function analyse({ values, count, width }: Rows, components: number): Analysis {
  const mean = new Float64Array(width);
  for (let at = 0; at < values.length; at++) mean[at % width] += values[at] / count;
  const centred = values.map((value, at) => value - mean[at % width]);
  // The smaller of the two products has the same eigenvalues; its vectors give those of the other.
  const isWide = width > count;
  const n = isWide ? count : width;
  const product = isWide ? rowProducts(centred, count, width) : columnProducts(centred, count, width);
  const { values: squares, vectors } = largestEigen(product, n, components);
  const directions = isWide ? directionsOf(centred, vectors, count, width, components) : vectors;
  const scores = project(centred, directions, count, width, components);
  fixSigns(scores, directions, count, width, components);
  let total = 0;
  for (let i = 0; i < n; i++) total += product[i * n + i] / (count - 1);
  return {
    scores,
    directions,
    variances: squares.map((square) => Math.max(0, square) / (count - 1)),
    total,
    mean,
  };
}

/** XᵀX, [width, width]. */
function columnProducts(x: Float64Array, count: number, width: number): Float64Array {
  const products = new Float64Array(width * width);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < width; i++) {
      const value = x[row * width + i];
      if (value === 0) continue;
      for (let j = i; j < width; j++) products[i * width + j] += value * x[row * width + j];
    }
  }
  for (let i = 0; i < width; i++)
    for (let j = 0; j < i; j++) products[i * width + j] = products[j * width + i];
  return products;
}

/** XXᵀ, [count, count]. */
function rowProducts(x: Float64Array, count: number, width: number): Float64Array {
  const products = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += x[i * width + k] * x[j * width + k];
      products[i * count + j] = sum;
      products[j * count + i] = sum;
    }
  }
  return products;
}

/** Directions from the eigenvectors of XXᵀ: u·X, made of length 1. */
function directionsOf(
  x: Float64Array,
  vectors: Float64Array,
  count: number,
  width: number,
  components: number,
): Float64Array {
  const directions = new Float64Array(components * width);
  for (let component = 0; component < components; component++) {
    const own = directions.subarray(component * width, (component + 1) * width);
    for (let row = 0; row < count; row++) {
      const part = vectors[component * count + row];
      for (let k = 0; k < width; k++) own[k] += part * x[row * width + k];
    }
    const length = Math.hypot(...own) || 1;
    for (let k = 0; k < width; k++) own[k] /= length;
  }
  return directions;
}

function project(
  x: Float64Array,
  directions: Float64Array,
  count: number,
  width: number,
  components: number,
): Float64Array {
  const scores = new Float64Array(count * components);
  for (let row = 0; row < count; row++) {
    for (let component = 0; component < components; component++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += x[row * width + k] * directions[component * width + k];
      scores[row * components + component] = sum;
    }
  }
  return scores;
}

/** Turns each direction so that the coordinate farthest from zero is positive. */
function fixSigns(
  scores: Float64Array,
  directions: Float64Array,
  count: number,
  width: number,
  components: number,
): void {
  for (let component = 0; component < components; component++) {
    let farthest = 0;
    for (let row = 0; row < count; row++) {
      const score = scores[row * components + component];
      // By a hair more, so that rounding does not decide between two of one size.
      if (Math.abs(score) > Math.abs(farthest) * (1 + 1e-12)) farthest = score;
    }
    if (farthest >= 0) continue;
    for (let row = 0; row < count; row++) scores[row * components + component] *= -1;
    for (let k = 0; k < width; k++) directions[component * width + k] *= -1;
  }
}
