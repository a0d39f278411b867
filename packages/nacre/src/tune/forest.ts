import type { Uniforms } from './random.ts';

/** A part of the unit cube, and the mean of the targets in it. */
export interface Leaf {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly value: number;
}

interface Split {
  readonly axis: number;
  readonly at: number;
  readonly error: number;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The split along one axis that leaves the least squared error, if the axis can be split. */
function bestSplit(
  inputs: readonly (readonly number[])[],
  targets: readonly number[],
  members: readonly number[],
  axis: number,
): Split | undefined {
  const sorted = [...members].sort((a, b) => inputs[a][axis] - inputs[b][axis]);
  const total = sorted.reduce((sum, index) => sum + targets[index], 0);
  let best: Split | undefined;
  let left = 0;
  for (let count = 1; count < sorted.length; count++) {
    left += targets[sorted[count - 1]];
    const [before, after] = [inputs[sorted[count - 1]][axis], inputs[sorted[count]][axis]];
    if (before === after) continue;
    // Squared error is the sum of squares less this; the sum of squares is the same for all splits.
    const error = -(left ** 2 / count + (total - left) ** 2 / (sorted.length - count));
    if (!best || error < best.error) best = { axis, at: (before + after) / 2, error };
  }
  return best;
}

/**
 * The leaves of a regression tree, grown on a sample drawn with replacement until each holds one value or one place; at each node
 * a part of the axes is looked at (Breiman, "Random forests", 2001).
 */
export function regressionTree(
  inputs: readonly (readonly number[])[],
  targets: readonly number[],
  uniform: Uniforms,
): Leaf[] {
  const axes = inputs[0].length;
  const tried = Math.max(1, Math.ceil((axes * 5) / 6));
  const leaves: Leaf[] = [];
  const grow = (members: readonly number[], low: readonly number[], high: readonly number[]): void => {
    const order = Array.from({ length: axes }, (_, axis) => axis);
    for (let last = axes - 1; last > 0; last--) {
      const chosen = Math.floor(uniform() * (last + 1));
      [order[last], order[chosen]] = [order[chosen], order[last]];
    }
    const isPure = members.every((index) => targets[index] === targets[members[0]]);
    const splits = isPure
      ? []
      : order.slice(0, tried).flatMap((axis) => bestSplit(inputs, targets, members, axis) ?? []);
    if (splits.length === 0) {
      leaves.push({ low, high, value: mean(members.map((index) => targets[index])) });
      return;
    }
    const { axis, at } = splits.reduce((a, b) => (b.error < a.error ? b : a));
    grow(
      members.filter((index) => inputs[index][axis] < at),
      low,
      high.with(axis, at),
    );
    grow(
      members.filter((index) => inputs[index][axis] >= at),
      low.with(axis, at),
      high,
    );
  };
  const sample = inputs.map(() => Math.floor(uniform() * inputs.length));
  grow(sample, Array(axes).fill(0), Array(axes).fill(1));
  return leaves;
}
