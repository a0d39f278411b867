import { DataError } from '../base/errors.ts';
import { tensor } from '../tensor/create.ts';
import { add } from '../tensor/functions.ts';
import { noGrad } from '../tensor/grad.ts';
import { realize, type Tensor } from '../tensor/tensor.ts';
import type { Metric } from './metric.ts';
import { checkWeights } from './weights.ts';

/** Sums of a batch, or of many, by their names. */
export type Sums<Name extends string = string> = Readonly<Record<Name, Tensor>>;

/** The numbers of sums, row-major. */
export type Totals<Name extends string = string> = Readonly<Record<Name, Float64Array>>;

/**
 * A metric that follows from sums over the examples, such as counts per class. `sums` gives those of a batch as tensors, whose shapes do
 * not depend on the number of examples: `fit` and `evaluate` compute and add them inside the compiled step, and read them only when
 * somebody wants to see the metric. Sums are kept in float64.
 *
 * Formula: result(Σ sums of a batch over all batches)
 *
 * Shapes: sums: any shapes, the same for every batch
 *
 * @example
 * ```ts
 * import { SumMetric, tensor, Tensor } from 'nacre';
 * class RelativeError extends SumMetric<number, 'error' | 'target'> {
 *   readonly name = 'relativeError';
 *   sums(predictions: Tensor, targets: Tensor) {
 *     return { error: predictions.sub(targets).abs().sum(), target: targets.abs().sum() };
 *   }
 *   result({ error, target }: { error: Float64Array; target: Float64Array }) {
 *     return error[0] / target[0];
 *   }
 * }
 * const error = new RelativeError();
 * await error.update(tensor([9, 22]), tensor([10, 20]));
 * error.compute(); // → 0.1
 * ```
 */
export abstract class SumMetric<R = number, Name extends string = string> implements Metric<R> {
  abstract readonly name: string;
  #sums: Sums<Name> | null = null;
  #totals: Totals<Name> | null = null;

  /** The sums of a batch. Part of a compiled step: no numbers can be asked for. `sampleWeight` [N] is what examples count; default: 1. */
  abstract sums(predictions: Tensor, targets: Tensor, sampleWeight?: Tensor): Sums<Name>;

  /** What the sums of all batches come to. */
  abstract result(totals: Totals<Name>): R;

  /** Joins the sums of earlier batches, zeros at first, with those of another batch: adds them, unless a metric does it otherwise. */
  combine(total: Sums<Name>, batch: Sums<Name>): Sums<Name> {
    return mapSums(batch, (sum, name) => add(total[name] as Tensor, sum));
  }

  /** Refuses a batch that cannot be measured, by its numbers. Only `update` asks; in a compiled step there are no numbers. */
  protected async check(_predictions: Tensor, _targets: Tensor): Promise<void> {}

  /** Counts nothing of a batch that is refused. */
  async update(predictions: Tensor, targets: Tensor, sampleWeight?: Tensor): Promise<void> {
    const batch = noGrad(() => exactSums(this.sums(predictions, targets, sampleWeight)));
    await this.check(predictions, targets);
    await checkWeights(this.name, sampleWeight);
    await realize(...sumsOf(batch));
    // From here on nothing is waited for before the batch is part of the sums, so that two updates cannot lose one another.
    const sums = noGrad(() => this.combine(this.#sums ?? emptySums(batch), batch));
    this.#sums = sums;
    const totals = await readSums(sums);
    if (this.#sums === sums) this.#totals = totals;
  }

  compute(): R {
    return this.result(this.totals());
  }

  /** The sums of all batches. Throws a DataError if there were none. */
  protected totals(): Totals<Name> {
    if (this.#totals) return this.#totals;
    throw new DataError('nothing was measured yet', { op: this.name, hint: 'Call update first' });
  }

  reset(): void {
    this.#sums = null;
    this.#totals = null;
  }

  /** Internal: takes over sums that were computed elsewhere. */
  restore(sums: Sums<Name>, totals: Totals<Name>): void {
    this.#sums = sums;
    this.#totals = totals;
  }
}

const sumsOf = (sums: Sums): Tensor[] => Object.values(sums);

function mapSums<Name extends string>(
  sums: Sums<Name>,
  change: (sum: Tensor, name: Name) => Tensor,
): Sums<Name> {
  const entries = (Object.entries(sums) as [Name, Tensor][]).map(([name, sum]) => [name, change(sum, name)]);
  return Object.fromEntries(entries) as Sums<Name>;
}

/** Sums are kept in float64: of a million examples none is lost. */
export const exactSums = <Name extends string>(sums: Sums<Name>): Sums<Name> =>
  mapSums(sums, (sum) => sum.to('float64').detach());

/** Where sums begin: tensors that hold memory, also when they are made while a function is traced. */
export const emptySums = <Name extends string>(sums: Sums<Name>): Sums<Name> =>
  mapSums(sums, ({ size, shape }) => tensor(new Float64Array(size), { dtype: 'float64', shape }));

/** The numbers of sums. */
export async function readSums<Name extends string>(sums: Sums<Name>): Promise<Totals<Name>> {
  const entries: [string, Float64Array][] = [];
  for (const [name, sum] of Object.entries<Tensor>(sums)) {
    entries.push([name, (await sum.data()) as Float64Array]);
  }
  return Object.fromEntries(entries) as unknown as Totals<Name>;
}
