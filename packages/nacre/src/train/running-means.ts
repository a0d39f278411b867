import { ArgumentError } from '../base/errors.ts';
import { tensor } from '../tensor/create.ts';
import { debug } from '../tensor/engine.ts';
import { add, div, mul, sum } from '../tensor/functions.ts';
import { State } from '../tensor/parameter.ts';
import type { StateDict } from '../tensor/state-dict.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Sums are kept in float64: of a million examples none is lost. */
const zero = (): Tensor => tensor(0, { dtype: 'float64' });

/**
 * Means over the examples of many batches. Their sums stay on the device, where each step adds to them, and are read only when
 * somebody wants to see them.
 */
export class RunningMeans {
  /** Examples added. */
  count = 0;
  readonly #sums: ReadonlyMap<string, State>;

  constructor(names: readonly string[]) {
    this.#sums = new Map(names.map((name) => [name, new State(zero())]));
  }

  /** Adds the values of a batch of `size` examples: one that is already their mean, or as many for each example. Part of a trace. */
  add(name: string, values: Tensor, size: number): void {
    const state = this.#sums.get(name)!;
    const exact = values.to('float64');
    const isMean = values.size === 1;
    if (!isMean && values.size % size !== 0) {
      throw new ArgumentError(`'${name}' gave ${values.size} values for ${size} examples`, {
        op: 'fit',
        shapes: [values.shape],
        hint: 'Give one number, or as many for each example',
      });
    }
    const total = isMean ? mul(exact.reshape([]), size) : div(sum(exact), values.size / size);
    state.value = add(state, total);
  }

  /** The means of all examples so far. */
  async read(): Promise<Record<string, number>> {
    const means: Record<string, number> = {};
    for (const [name, state] of this.#sums) means[name] = (await state.item()) / this.count;
    return means;
  }

  /**
   * Computes what was added so far, and with it everything of the same graph. Only while every operation is checked is there anything
   * to do: nothing is compiled then, and a graph waits until it is asked for.
   */
  settle(): void {
    if (debug.nan) for (const state of this.#sums.values()) state.itemSync();
  }

  reset(): void {
    this.count = 0;
    for (const state of this.#sums.values()) state.value = zero();
  }

  /** The sums as they are now. */
  stateDict(): StateDict {
    return Object.fromEntries([...this.#sums].map(([name, state]): [string, Tensor] => [name, state.value]));
  }

  loadStateDict(sums: StateDict, count: number): void {
    this.count = count;
    for (const [name, state] of this.#sums) {
      if (!(name in sums)) {
        throw new ArgumentError(`the saved training did not measure '${name}'`, {
          op: 'fit',
          hint: 'Resume with the metrics it was begun with',
        });
      }
      state.value = sums[name];
    }
  }
}
