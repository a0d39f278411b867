import { ArgumentError } from '../base/errors.ts';

/** What random numbers depend on: the seed, and how many random operations there were since it was set. */
export interface RandomState {
  readonly seed: number;
  readonly counter: number;
}

/** The one source of random numbers. Every random operation takes the next stream; its numbers depend on nothing else. */
export const generator = {
  seed: 0,
  counter: 0,

  /** The stream of the next random operation. */
  next(): number {
    return this.counter++;
  },

  get seedLow(): number {
    return this.seed | 0;
  },

  get seedHigh(): number {
    return Math.floor(this.seed / 2 ** 32) | 0;
  },
};

/**
 * Starts the random numbers anew: the same seed gives the same numbers on every device, thread count and platform.
 *
 * @example
 * ```ts
 * import { manualSeed, randn } from 'nacre';
 * manualSeed(7);
 * const first = await randn([2]).tolist();
 * manualSeed(7);
 * const again = await randn([2]).tolist();
 * String(first) === String(again); // → true
 * ```
 */
export function manualSeed(seed: number): void {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new ArgumentError(`a seed is an integer from 0 to 2^53 - 1, got ${seed}`, { op: 'manualSeed' });
  }
  generator.seed = seed;
  generator.counter = 0;
}

/**
 * Where the random numbers stand: the seed, and how many random operations there were since it was set.
 *
 * @example
 * ```ts
 * import { getRngState, manualSeed, rand } from 'nacre';
 * manualSeed(7);
 * rand([2]);
 * getRngState(); // → { seed: 7, counter: 1 }
 * ```
 */
export const getRngState = (): RandomState => ({ seed: generator.seed, counter: generator.counter });

/**
 * Goes on with random numbers from where `getRngState` was asked. Throws an ArgumentError for a seed that `manualSeed` would
 * not take.
 *
 * @example
 * ```ts
 * import { getRngState, rand, setRngState } from 'nacre';
 * const state = getRngState();
 * const first = await rand([2]).tolist();
 * setRngState(state);
 * const again = await rand([2]).tolist();
 * String(first) === String(again); // → true
 * ```
 */
export function setRngState(state: RandomState): void {
  manualSeed(state.seed);
  generator.counter = state.counter;
}
