import { ArgumentError } from '../base/errors.ts';
import { emptySums, exactSums, readSums, type Sums } from '../metrics/sum-metric.ts';
import { tensor } from '../tensor/create.ts';
import { debug } from '../tensor/engine.ts';
import { add, div, mul, sum } from '../tensor/functions.ts';
import { State } from '../tensor/parameter.ts';
import type { StateDict } from '../tensor/state-dict.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { type Measure, numbersOf } from './measures.ts';

/** Sums are kept in float64: of a million examples none is lost. */
const zero = (): Tensor => tensor(0, { dtype: 'float64' });

/** The sums of a metric, from its first batch on, which shows their shapes. */
type SumStates = Record<string, State>;

/**
 * The loss and metrics over the examples of many batches. Their sums stay on the device, where each step adds to them, and are read only
 * when somebody wants to see them.
 */
export class RunningMeans {
  /** Examples added. */
  count = 0;
  readonly #measures: readonly Measure[];
  /** Sums of what has a mean. */
  readonly #means: ReadonlyMap<string, State>;
  readonly #sums = new Map<string, SumStates>();

  /** For the loss and these metrics, except those that need all outputs. */
  constructor(measures: readonly Measure[]) {
    this.#measures = measures;
    const names = measures.filter(({ kind }) => kind === 'mean').map(({ name }) => name);
    this.#means = new Map(['loss', ...names].map((name) => [name, new State(zero())]));
  }

  /** Adds the loss of a batch of `size` examples: one that is already their mean, or as many for each example. Part of a trace. */
  addLoss(values: Tensor, size: number): void {
    this.#add('loss', values, size);
  }

  /** Adds what the metrics are of a batch of `size` examples. Part of a trace. */
  measure(output: Tensor, targets: Tensor, size: number): void {
    for (const measure of this.#measures) {
      if (measure.kind === 'mean') this.#add(measure.name, measure.values(output, targets), size);
      if (measure.kind !== 'sums') continue;
      const { name, metric, read } = measure;
      const batch = exactSums(metric.sums(output, read(output, targets)));
      const states = this.#sums.get(name) ?? this.#open(name, emptySums(batch));
      for (const [part, total] of Object.entries(metric.combine(states, batch))) states[part].value = total;
    }
  }

  #add(name: string, values: Tensor, size: number): void {
    const state = this.#means.get(name)!;
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

  #open(name: string, sums: Sums): SumStates {
    const states = Object.fromEntries(
      Object.entries(sums).map(([part, value]): [string, State] => [part, new State(value)]),
    );
    this.#sums.set(name, states);
    return states;
  }

  /** What all examples so far come to. Metrics that follow from sums hold them from then on. */
  async read(): Promise<Record<string, number>> {
    const numbers: Record<string, number> = { loss: await this.#mean('loss') };
    for (const measure of this.#measures) {
      const { name } = measure;
      if (measure.kind === 'mean') numbers[name] = await this.#mean(name);
      const states = this.#sums.get(name);
      if (measure.kind !== 'sums' || !states) continue;
      const totals = await readSums(states);
      const sums = Object.entries(states).map(([part, { value }]): [string, Tensor] => [part, value]);
      measure.metric.restore(Object.fromEntries(sums), totals);
      Object.assign(numbers, numbersOf(name, measure.metric.compute()));
    }
    return numbers;
  }

  async #mean(name: string): Promise<number> {
    return (await this.#means.get(name)!.item()) / this.count;
  }

  /**
   * Computes what was added so far, and with it everything of the same graph. Only while every operation is checked is there anything
   * to do: nothing is compiled then, and a graph waits until it is asked for.
   */
  settle(): void {
    if (debug.nan) for (const [, state] of this.#states()) state.dataSync();
  }

  reset(): void {
    this.count = 0;
    for (const [, state] of this.#states()) {
      state.value = tensor(new Float64Array(state.size), { dtype: 'float64', shape: state.shape });
    }
  }

  *#states(): Generator<[name: string, state: State]> {
    yield* this.#means;
    for (const [name, states] of this.#sums) {
      for (const [part, state] of Object.entries(states)) yield [`${name}.${part}`, state];
    }
  }

  /** The sums as they are now. */
  stateDict(): StateDict {
    return Object.fromEntries(
      [...this.#states()].map(([name, state]): [string, Tensor] => [name, state.value]),
    );
  }

  loadStateDict(sums: StateDict, count: number): void {
    this.count = count;
    const refuse = (name: string): never => {
      throw new ArgumentError(`the saved training did not measure '${name}'`, {
        op: 'fit',
        hint: 'Resume with the metrics it was begun with',
      });
    };
    for (const [name, state] of this.#means) state.value = sums[name] ?? refuse(name);
    for (const { kind, name } of this.#measures) {
      if (kind !== 'sums') continue;
      const own = Object.entries(sums).filter(([key]) => key.startsWith(`${name}.`));
      // A training that was saved before its first step has no sums yet.
      if (!own.length && count > 0) refuse(name);
      if (own.length)
        this.#open(name, Object.fromEntries(own.map(([key, value]) => [key.slice(name.length + 1), value])));
    }
  }
}
