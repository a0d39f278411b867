import { DataError } from '../base/errors.ts';
import { type Leaf, regressionTree } from './forest.ts';
import { scaleOf } from './parameter.ts';
import { parametersOfAll } from './point.ts';
import { proposalStream } from './random.ts';
import { costOf, type Direction, type TrialRecord } from './record.ts';
import type { Domain } from './space.ts';

const treeCount = 64;

/** Told apart from the proposals of the trials. */
const importanceStream = 0x7fffffff;

const volume = ({ low, high }: Leaf, without = -1): number =>
  low.reduce((product, from, axis) => (axis === without ? product : product * (high[axis] - from)), 1);

/** The variance of a tree over the whole cube, and of what each axis alone leaves of it when the others are averaged out. */
function variances(leaves: readonly Leaf[], axes: number): { total: number; alone: number[] } {
  const mean = leaves.reduce((sum, leaf) => sum + leaf.value * volume(leaf), 0);
  const total = leaves.reduce((sum, leaf) => sum + (leaf.value - mean) ** 2 * volume(leaf), 0);
  const alone = Array.from({ length: axes }, (_, axis) => {
    const edges = [...new Set(leaves.flatMap(({ low, high }) => [low[axis], high[axis]]))].sort(
      (a, b) => a - b,
    );
    let variance = 0;
    for (let k = 1; k < edges.length; k++) {
      const covering = leaves.filter(({ low, high }) => low[axis] < edges[k] && high[axis] > edges[k - 1]);
      const marginal = covering.reduce((sum, leaf) => sum + leaf.value * volume(leaf, axis), 0);
      variance += (marginal - mean) ** 2 * (edges[k] - edges[k - 1]);
    }
    return variance;
  });
  return { total, alone };
}

/**
 * Functional analysis of variance over a random forest that is fitted to the completed trials: the main effects of Hutter, Hoos and
 * Leyton-Brown, "An efficient approach for assessing hyperparameter importance", ICML 2014. A parameter that a trial does not have
 * counts as being in the middle of its scale there.
 */
export function importanceOf(
  space: Domain<unknown>,
  completed: readonly TrialRecord[],
  direction: Direction,
  seed: number,
): Record<string, number> {
  const op = 'study.importance';
  const values = completed.map(({ value }) => costOf(direction, value!));
  if (values.length < 4 || values.every((value) => value === values[0])) {
    throw new DataError(
      `nothing follows from ${values.length} completed trials with ${new Set(values).size} different values`,
      {
        op,
        hint: 'It takes 4 trials or more, with values that differ',
      },
    );
  }
  const points = completed.map(({ point }) => point);
  const parameters = parametersOfAll(space, points);
  const paths = [...parameters.keys()];
  const inputs = points.map((point) =>
    paths.map((path) => (path in point ? scaleOf(parameters.get(path)!, point[path]) : 0.5)),
  );
  const uniform = proposalStream(seed, importanceStream);
  const shares = paths.map(() => 0);
  let trees = 0;
  for (let tree = 0; tree < treeCount; tree++) {
    const { total, alone } = variances(regressionTree(inputs, values, uniform), paths.length);
    if (total === 0) continue; // a sample of one trial over and over says nothing
    trees++;
    for (const [axis, variance] of alone.entries()) shares[axis] += variance / total;
  }
  return Object.fromEntries(
    paths
      .map((path, axis): [string, number] => [path, trees ? shares[axis] / trees : 0])
      .sort((a, b) => b[1] - a[1]),
  );
}
