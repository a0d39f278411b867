import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { mulberry32 } from '../../datasets/random.ts';
import { tensor } from '../../tensor/create.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { type Points, pointsOf, type Rows } from './matrix.ts';
import { analyse } from './pca.ts';

export interface TsneOptions {
  /** About how many neighbours each point has; less than there are points. Default: 30. */
  readonly perplexity?: number;
  /** Default: 'auto', n / earlyExaggeration / 4 and at least 50. */
  readonly learningRate?: number | 'auto';
  /** By how much points attract each other more during the first 250 iterations, so that clusters form. Default: 12. */
  readonly earlyExaggeration?: number;
  /** Default: 1000. */
  readonly iterations?: number;
  /** Where the points begin: along the first two principal components, or anywhere. Default: 'pca'. */
  readonly init?: 'pca' | 'random';
  /** Decides where points begin with `init: 'random'`. Default: 0. */
  readonly seed?: number;
}

/** What `tsne` found. */
export interface TsneResult {
  /** The points in the plane: float32 [points, 2]. */
  readonly points: Tensor;
  /** How much the neighbourhoods in the plane differ from those of the points, in nats: the smaller, the better. */
  readonly klDivergence: number;
}

const op = 'tsne';
/** All pairs of points are looked at in each iteration: a minute for this many. */
const mostPoints = 3000;
const exploration = 250;
const smallest = 1e-12;

/**
 * t-distributed stochastic neighbour embedding (van der Maaten and Hinton, 2008): points in the plane, such that neighbours stay neighbours.
 * Distances between clusters, and their sizes, mean nothing. The exact method, with the settings of scikit-learn's `TSNE(method='exact')`; 1,000 points
 * take some 10 s, and the time grows with their square. The same points give the same picture.
 *
 * Formula: min KL(P‖Q), q[i, j] ∝ 1 / (1 + ‖y[i] - y[j]‖²)
 *
 * Shapes: points [N, features] → [N, 2]
 *
 * @throws ArgumentError for a perplexity that is not below the number of points, and for more than 3,000 points; DataError for what is not
 * finite.
 *
 * @example
 * ```ts
 * import { tsne } from 'nacre/plot';
 * const corners = [[0, 0], [0, 0.1], [0.1, 0], [9, 9], [9, 9.1], [9.1, 9]];
 * const { points } = tsne(corners, { perplexity: 2, iterations: 300 });
 * points.shape; // → [6, 2]
 * tsne(corners); // → throws ArgumentError: perplexity is a number from 1 on and below the number of points, 6, got 30
 * ```
 */
export function tsne(points: Points, options: TsneOptions = {}): TsneResult {
  const given = optionsOf(op, options, [
    'perplexity',
    'learningRate',
    'earlyExaggeration',
    'iterations',
    'init',
    'seed',
  ]);
  const { perplexity = 30, learningRate = 'auto', earlyExaggeration = 12, iterations = 1000 } = given;
  const { init = 'pca', seed = 0 } = given;
  const rows = pointsOf(op, points);
  const { count } = rows;
  if (count > mostPoints) {
    throw new ArgumentError(
      `${count} points are too many, for all pairs are looked at; the most is ${mostPoints}`,
      {
        op,
        hint: 'Take a part of them, such as every tenth',
      },
    );
  }
  if (!(perplexity >= 1 && perplexity < count)) {
    throw new ArgumentError(
      `perplexity is a number from 1 on and below the number of points, ${count}, got ${perplexity}`,
      { op },
    );
  }
  if (!(earlyExaggeration >= 1 && Number.isFinite(earlyExaggeration))) {
    throw new ArgumentError(`earlyExaggeration is a number from 1 on, got ${earlyExaggeration}`, { op });
  }
  if (!(Number.isInteger(iterations) && iterations >= exploration)) {
    throw new ArgumentError(`iterations is a whole number from ${exploration} on, got ${iterations}`, { op });
  }
  const rate = learningRate === 'auto' ? Math.max(count / earlyExaggeration / 4, 50) : learningRate;
  if (!(rate > 0 && Number.isFinite(rate))) {
    throw new ArgumentError(`learningRate is a number above 0 or 'auto', got ${learningRate}`, { op });
  }
  const affinities = jointAffinities(rows, perplexity);
  const places = init === 'random' ? randomStart(count, seed) : principalStart(rows);
  const klDivergence = descend(affinities, places, { rate, earlyExaggeration, iterations });
  return { points: tensor(Float32Array.from(places), { shape: [count, 2] }), klDivergence };
}

/** Coordinates along the first two principal components, with a standard deviation of 1e-4. */
function principalStart(rows: Rows): Float64Array {
  const { count, width } = rows;
  const { scores } = analyse(rows, Math.min(2, count, width));
  const across = scores.length / count;
  let square = 0;
  for (let row = 0; row < count; row++) square += scores[row * across] ** 2;
  const factor = 1e-4 / (Math.sqrt(square / count) || 1);
  const places = new Float64Array(2 * count);
  for (let row = 0; row < count; row++) {
    for (let axis = 0; axis < across; axis++) places[2 * row + axis] = scores[row * across + axis] * factor;
  }
  return places;
}

/** Normal deviates with a standard deviation of 1e-4 (Box and Muller). */
function randomStart(count: number, seed: number): Float64Array {
  const next = mulberry32(seed);
  const uniform = (): number => next() / 2 ** 32;
  return Float64Array.from(
    { length: 2 * count },
    () => 1e-4 * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

/**
 * How probable each pair of points is: conditional Gaussians of the wanted perplexity, made symmetric. One number for each pair, (1, 0), (2, 0),
 * (2, 1), …, whose sum is 1/2: half of the matrix is all there is to know.
 */
function jointAffinities({ values, count, width }: Rows, perplexity: number): Float64Array {
  const distances = new Float64Array(count * count);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += (values[i * width + k] - values[j * width + k]) ** 2;
      distances[i * count + j] = sum;
      distances[j * count + i] = sum;
    }
  }
  const joint = new Float64Array((count * (count - 1)) / 2);
  for (let i = 0; i < count; i++) {
    const row = conditional(distances.subarray(i * count, (i + 1) * count), i, Math.log(perplexity));
    for (let j = 0; j < count; j++) {
      if (j !== i) joint[pair(Math.max(i, j), Math.min(i, j))] += row[j] / (2 * count);
    }
  }
  return joint;
}

const pair = (larger: number, smaller: number): number => (larger * (larger - 1)) / 2 + smaller;

/** The neighbours of one point: a Gaussian whose width is found by halving, until its entropy is the one wanted. */
function conditional(distances: Float64Array, self: number, entropy: number): Float64Array {
  const row = new Float64Array(distances.length);
  let nearest = Number.POSITIVE_INFINITY;
  distances.forEach((distance, j) => {
    if (j !== self && distance < nearest) nearest = distance;
  });
  let [low, high, beta] = [0, Number.POSITIVE_INFINITY, 1];
  for (let step = 0; step < 100; step++) {
    let [sum, weighted] = [0, 0];
    for (let j = 0; j < row.length; j++) {
      // Distances from the nearest neighbour: the others cannot all vanish.
      const distance = distances[j] - nearest;
      row[j] = j === self ? 0 : Math.exp(-distance * beta);
      sum += row[j];
      weighted += distance * row[j];
    }
    const difference = Math.log(sum) + (beta * weighted) / sum - entropy;
    for (let j = 0; j < row.length; j++) row[j] /= sum;
    if (Math.abs(difference) <= 1e-5) break;
    if (difference > 0) low = beta;
    else high = beta;
    beta = high === Number.POSITIVE_INFINITY ? beta * 2 : (low + high) / 2;
  }
  return row;
}

/** Gradient descent with momentum and a gain for each coordinate; moves the places, and gives the divergence they end with. */
function descend(
  affinities: Float64Array,
  places: Float64Array,
  { rate, earlyExaggeration, iterations }: { rate: number; earlyExaggeration: number; iterations: number },
): number {
  const force = new Float64Array(places.length);
  const room = { force, repulsion: new Float64Array(places.length) };
  const update = new Float64Array(places.length);
  const gains = new Float64Array(places.length).fill(1);
  for (let iteration = 0; iteration < iterations; iteration++) {
    const isExploring = iteration < exploration;
    if (iteration === exploration) {
      // A descent of its own, as in scikit-learn.
      update.fill(0);
      gains.fill(1);
    }
    gradient(affinities, places, { ...room, exaggeration: isExploring ? earlyExaggeration : 1 });
    const momentum = isExploring ? 0.5 : 0.8;
    for (let at = 0; at < places.length; at++) {
      gains[at] = update[at] * force[at] < 0 ? gains[at] + 0.2 : Math.max(gains[at] * 0.8, 0.01);
      update[at] = momentum * update[at] - rate * gains[at] * force[at];
      places[at] += update[at];
    }
  }
  return divergence(affinities, places);
}

/**
 * The gradient of the divergence, 4·(Σ p·near·(yᵢ - yⱼ) - Σ near²·(yᵢ - yⱼ) / Z) with near = 1 / (1 + ‖yᵢ - yⱼ‖²) and Z the sum of near over all
 * pairs. Both sums, and Z, are found in one walk over the pairs, with no memory for them.
 */
function gradient(
  affinities: Float64Array,
  places: Float64Array,
  { force, repulsion, exaggeration }: { force: Float64Array; repulsion: Float64Array; exaggeration: number },
): void {
  force.fill(0);
  repulsion.fill(0);
  let total = 0;
  let at = 0;
  for (let i = 2; i < places.length; i += 2) {
    const x = places[i];
    const y = places[i + 1];
    let pullX = 0;
    let pullY = 0;
    let pushX = 0;
    let pushY = 0;
    for (let j = 0; j < i; j += 2) {
      const across = x - places[j];
      const up = y - places[j + 1];
      const near = 1 / (1 + across * across + up * up);
      const pull = affinities[at++] * near;
      const push = near * near;
      total += near;
      pullX += pull * across;
      pullY += pull * up;
      pushX += push * across;
      pushY += push * up;
      force[j] -= pull * across;
      force[j + 1] -= pull * up;
      repulsion[j] -= push * across;
      repulsion[j + 1] -= push * up;
    }
    force[i] += pullX;
    force[i + 1] += pullY;
    repulsion[i] += pushX;
    repulsion[i + 1] += pushY;
  }
  for (let k = 0; k < force.length; k++)
    force[k] = 4 * (exaggeration * force[k] - repulsion[k] / (2 * total));
}

function divergence(affinities: Float64Array, places: Float64Array): number {
  const kernel = new Float64Array(affinities.length);
  let sum = 0;
  let at = 0;
  for (let i = 2; i < places.length; i += 2) {
    for (let j = 0; j < i; j += 2) {
      const near = 1 / (1 + (places[i] - places[j]) ** 2 + (places[i + 1] - places[j + 1]) ** 2);
      kernel[at++] = near;
      sum += 2 * near;
    }
  }
  let total = 0;
  affinities.forEach((affinity, index) => {
    const p = Math.max(affinity, smallest);
    total += 2 * p * Math.log(p / Math.max(kernel[index] / sum, smallest));
  });
  return total;
}
