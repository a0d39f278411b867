import { ArgumentError, DataError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { checkSeed, checkWhole } from '../data/checks.ts';
import { getRngState, manualSeed, setRngState } from '../tensor/generator.ts';
import { seedOf } from './random.ts';
import { costOf, type Direction } from './record.ts';

export interface RandomRestartsOptions {
  /** Whether less or more is better. Default: 'minimize'. */
  readonly direction?: Direction;
  /** Decides the seeds. Default: the seed of `manualSeed`. */
  readonly seed?: number;
}

/** The best of several starts, and how all of them fared. */
export interface Restarts<T> {
  /** What the best start gave, the first of those with the same value. */
  readonly best: T;
  /** Its seed. */
  readonly seed: number;
  /** The value of every start, in order. */
  readonly values: readonly number[];
}

/** Throws an ArgumentError unless it is 'minimize' or 'maximize'. */
export function checkDirection(op: string, direction: Direction): void {
  if (direction === 'minimize' || direction === 'maximize') return;
  throw new ArgumentError(`direction is 'minimize' or 'maximize', got '${String(direction)}'`, { op });
}

/**
 * Begins `n` times anew, each time with another seed, and keeps the best: a training ends in the valley it began above, and another
 * start may lie above a deeper one. `manualSeed` is called before each start; afterwards random numbers go on as if nothing had
 * been drawn. A start whose value is NaN or infinite is never the best.
 *
 * @param make makes and trains a model, say, and gives it with its `value`; it is handed the seed.
 * @throws DataError if no start has a finite value; what `make` throws.
 *
 * @example
 * ```ts
 * import { fit, nn, optim, tensor } from 'nacre';
 * import { randomRestarts } from 'nacre/tune';
 * const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
 * const y = tensor([[0], [1], [1], [0]]);
 * const { best, values } = await randomRestarts(async () => {
 *   const model = new nn.Sequential(new nn.Linear(2, 2), new nn.Tanh(), new nn.Linear(2, 1));
 *   const optimizer = new optim.Adam(model.parameters(), { lr: 0.1 });
 *   const { loss } = await fit(model, [x, y], { optimizer, loss: 'mseLoss', epochs: 60, verbose: false });
 *   return { value: loss.at(-1)!, model };
 * }, 4);
 * best.value === Math.min(...values); // → true
 * ```
 */
export async function randomRestarts<T extends { readonly value: number }>(
  make: (seed: number) => T | Promise<T>,
  n: number,
  options: RandomRestartsOptions = {},
): Promise<Restarts<T>> {
  const op = 'randomRestarts';
  optionsOf(op, options, ['direction', 'seed']);
  const { direction = 'minimize', seed = getRngState().seed } = options;
  checkWhole(op, 'n', n, 1);
  checkDirection(op, direction);
  checkSeed(op, seed);
  const random = getRngState();
  const values: number[] = [];
  let best: { readonly made: T; readonly seed: number } | undefined;
  try {
    for (let start = 0; start < n; start++) {
      const own = seedOf(seed, start);
      manualSeed(own);
      const made = await make(own);
      if (typeof made?.value !== 'number') {
        throw new ArgumentError('what was made has no value to be judged by', {
          op,
          hint: 'Return { value: history.loss.at(-1)!, model }',
        });
      }
      values.push(made.value);
      if (!Number.isFinite(made.value)) continue;
      if (!best || costOf(direction, made.value) < costOf(direction, best.made.value)) {
        best = { made, seed: own };
      }
    }
  } finally {
    setRngState(random);
  }
  if (!best) {
    throw new DataError(`none of ${n} starts has a finite value: ${values.join(', ')}`, {
      op,
      hint: 'Lower the learning rate, or look for a division by 0 (debug.nan names the operation)',
    });
  }
  return { best: best.made, seed: best.seed, values };
}
