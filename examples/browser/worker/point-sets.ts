import { manualSeed, rand, randn } from 'nacre';
import type { PointSet } from '../messages.ts';

export interface Points {
  /** x and y of each point. */
  readonly coordinates: Float32Array;
  readonly labels: Int32Array;
  readonly classes: number;
}

/** Where a point of a class lies before noise; `along` goes from 0 to 1. */
type Curve = (label: number, along: number) => [x: number, y: number];

interface Recipe {
  readonly classes: number;
  readonly noise: number;
  readonly curve: Curve;
}

const spiral =
  (arms: number, turns: number): Curve =>
  (label, along) => {
    // The square root spreads the points evenly over the area rather than along the radius.
    const radius = 0.08 + 0.92 * Math.sqrt(along);
    const angle = 2 * Math.PI * (turns * radius + label / arms);
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  };

const recipes: Readonly<Record<PointSet, Recipe>> = {
  moons: {
    classes: 2,
    noise: 0.07,
    curve: (label, along) => {
      const angle = Math.PI * along;
      const [x, y] = [0.62 * Math.cos(angle), 0.72 * Math.sin(angle)];
      return label === 0 ? [x - 0.3, y - 0.2] : [0.3 - x, 0.2 - y];
    },
  },
  spirals: { classes: 2, noise: 0.025, curve: spiral(2, 1.4) },
  galaxy: { classes: 3, noise: 0.035, curve: spiral(3, 0.8) },
};

const pointsPerSet = 420;

/** Points of as many classes as the set has, in turn; the same at every call. */
export function makePoints(set: PointSet): Points {
  const { classes, noise, curve } = recipes[set];
  manualSeed(1);
  const along = rand([pointsPerSet]).dataSync();
  const shake = randn([pointsPerSet, 2]).dataSync();
  const labels = Int32Array.from({ length: pointsPerSet }, (_, point) => point % classes);
  const coordinates = Float32Array.from(shake, (value) => value * noise);
  labels.forEach((label, point) => {
    const [x, y] = curve(label, along[point]);
    coordinates[2 * point] += x;
    coordinates[2 * point + 1] += y;
  });
  return { coordinates, labels, classes };
}
