import { ArgumentError } from '../../base/errors.ts';
import { countOf, type Parameter } from '../parameter.ts';
import { type Point, pointOf } from '../point.ts';
import type { Domain } from '../space.ts';
import type { Proposal, Sampler } from './sampler.ts';

/** More points than this are not searched one by one. */
const mostPoints = 1_000_000;

const valueAt = (parameter: Parameter, place: number): number =>
  parameter.kind === 'choice' ? place : parameter.valueAt(place);

/** Throws an ArgumentError for a parameter with a continuous scale. */
function checkedCount(path: string, parameter: Parameter): number {
  const count = countOf(parameter);
  if (Number.isFinite(count)) return count;
  throw new ArgumentError(`${path} is continuous, and has no grid`, {
    op: 'GridSampler',
    hint: 'Give it a step, or list its values: tune.choice([0.001, 0.01, 0.1])',
  });
}

/**
 * All points of a space, the last parameter turning fastest, as the digits of a number do: each walk through the space turns the last
 * digit that can be turned, and those behind it begin anew, perhaps with other parameters.
 */
export function* gridPoints(space: Domain<unknown>): Generator<Point> {
  let digits: number[] = [];
  for (;;) {
    const counts: number[] = [];
    yield pointOf(space, (path, parameter) => {
      counts.push(checkedCount(path, parameter));
      const place = counts.length - 1;
      digits[place] ??= 0;
      return valueAt(parameter, digits[place]);
    });
    const turned = counts.findLastIndex((count, place) => digits[place] < count - 1);
    if (turned < 0) return;
    digits = [...digits.slice(0, turned), digits[turned] + 1];
  }
}

/** How many points the grid of a space has. Throws an ArgumentError if it has none, or too many to count. */
export function gridSize(space: Domain<unknown>): number {
  let size = 0;
  for (const _ of gridPoints(space)) {
    if (++size <= mostPoints) continue;
    throw new ArgumentError(`the grid has more than ${mostPoints} points`, {
      op: 'GridSampler',
      hint: "Give larger steps, or let sampler: 'random' take some of them",
    });
  }
  return size;
}

/**
 * Tries every combination, in the order of the space, the last parameter turning fastest. Numbers need a step or are whole. The
 * search ends with the last combination. `sampler: 'grid'` is the same.
 *
 * @throws ArgumentError for a parameter with a continuous scale.
 *
 * @example
 * ```ts
 * import { GridSampler, tune } from 'nacre/tune';
 * const space = { a: tune.choice(['x', 'y']), b: tune.int(1, 3) };
 * const study = await tune(space, ({ b }) => b, { sampler: new GridSampler(), verbose: false });
 * study.trials.length; // → 6
 * ```
 */
export class GridSampler implements Sampler {
  #points: Generator<Point> | undefined;
  #next = 0;

  propose({ space, number }: Proposal): Point | undefined {
    if (!this.#points || number < this.#next) [this.#points, this.#next] = [gridPoints(space), 0];
    while (this.#next < number) {
      this.#points.next();
      this.#next++;
    }
    this.#next++;
    return this.#points.next().value ?? undefined;
  }
}
