import { threefry } from '../../tensor/primitives/sources.ts';

/** Told apart from the streams of orders, draws and random operations under the same seed. */
const keyOfTransforms = 0x7a6f3;

/**
 * Random numbers of one example in one epoch: they depend on the seed, the epoch and the index alone (Threefry, as all of Nacre's), so that
 * a training that is taken up again, or whose examples are made by several workers, sees the same pictures.
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const { Random } = transforms;
 * const same = new Random(1, 0, 5).uniform() === new Random(1, 0, 5).uniform(); // → true
 * new Random(1, 0, 5).uniform() === new Random(1, 1, 5).uniform(); // → false
 * ```
 */
export class Random {
  readonly #key: readonly [number, number];
  #drawn = 0;

  constructor(seed: number, epoch: number, index: number) {
    const low = seed | 0;
    const high = Math.floor(seed / 2 ** 32) ^ keyOfTransforms;
    // A key of its own for each example: its draws then count from 0.
    this.#key = [threefry([low, high], [index, epoch]), threefry([low, ~high], [index, epoch])];
  }

  /** A number between `low` and `high`, uniformly: 0 and 1 by default, both left out. */
  uniform(low = 0, high = 1): number {
    const unit = ((threefry(this.#key, [this.#drawn++, 0]) >>> 0) + 0.5) * 2 ** -32;
    return low + unit * (high - low);
  }

  /** A whole number from 0 to `below` - 1, each alike. */
  integer(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  /** Whether something of this probability happens. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** A number of the standard normal distribution (Box and Muller, 1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** The numbers 0 to `length` - 1 in random order. */
  permutation(length: number): Int32Array {
    const order = Int32Array.from({ length }, (_, index) => index);
    for (let last = length - 1; last > 0; last--) {
      const chosen = this.integer(last + 1);
      [order[last], order[chosen]] = [order[chosen], order[last]];
    }
    return order;
  }

  /** A number of the beta distribution with both parameters `alpha`. */
  beta(alpha: number): number {
    const [a, b] = [this.#gamma(alpha), this.#gamma(alpha)];
    return a + b > 0 ? a / (a + b) : 0.5; // both underflow only where alpha is tiny
  }

  /** A number of the gamma distribution (Marsaglia and Tsang, "A simple method for generating gamma variables", 2000). */
  #gamma(shape: number): number {
    if (shape < 1) return this.#gamma(shape + 1) * this.uniform() ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(this.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }
}
