import { isFloat } from '../base/dtype.ts';
import { ArgumentError, DataError } from '../base/errors.ts';
import type { Field } from '../data/field.ts';
import type { ExampleSource } from '../data/source.ts';
import { tensor } from '../tensor/create.ts';
import { add, gather, mul, reshape, where } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * How much examples of each class count: a list of one number for each class, a record such as `{ 0: 1, 1: 50 }` of those there are, or
 * `'balanced'`, which gives each class n / (k·count): the same sum of weights for each of k classes among n examples, as in scikit-learn.
 */
export type ClassWeight = 'balanced' | readonly number[] | Readonly<Record<number, number>>;

const balanced = 'balanced';

/** Weights of classes, checked against the data. */
export class ClassWeights {
  readonly #op: string;
  /** 0 for a class that has none. */
  readonly #weights: Tensor;
  /** The classes that have a weight; null for a list, which has one for each. */
  readonly #named: ReadonlySet<number> | null;
  readonly #labelsAreKnown: boolean;

  constructor(op: string, given: ClassWeight, source: ExampleSource | null) {
    const labels = source?.labels?.() ?? null;
    const weights = given === balanced ? balancedWeights(op, labels) : entriesOf(op, given);
    for (const [label, weight] of weights) {
      if (typeof weight === 'number' && weight >= 0 && Number.isFinite(weight)) continue;
      throw new ArgumentError(`the weight of class ${label} is ${String(weight)}`, {
        op,
        hint: 'classWeight has finite numbers of zero or more',
      });
    }
    if (labels && given !== balanced) checkCovers(op, weights, labels, !Array.isArray(given));
    const list = new Array<number>(Math.max(...weights.keys()) + 1).fill(0);
    for (const [label, weight] of weights) list[label] = weight;
    this.#op = op;
    this.#weights = tensor(list, { dtype: 'float32' });
    this.#named = Array.isArray(given) ? null : new Set(weights.keys());
    this.#labelsAreKnown = labels !== null;
  }

  /**
   * The factor of each target. Part of a trace. `isBinary`: targets are 0 or 1, one for each output.
   *
   * @throws ArgumentError if there are more or fewer weights than classes, or targets are no labels.
   */
  factors(output: Tensor, targets: Tensor, isBinary: boolean): Tensor {
    if (isBinary) {
      this.#checkClasses(2);
      const [zero, one] = [0, 1].map((label) =>
        reshape(gather(this.#weights, 0, tensor([label], { dtype: 'int32' })), []),
      );
      const isOne = targets.to('float32');
      return add(mul(one, isOne), mul(zero, isOne.neg().add(1)));
    }
    if (isFloat(targets.dtype)) {
      throw new ArgumentError(`classWeight is for labels, these targets are ${targets.dtype}`, {
        op: this.#op,
        shapes: [targets.shape],
        hint: 'Give integer labels, or sampleWeight: one number for each example',
      });
    }
    if (output.ndim === targets.ndim + 1) this.#checkClasses(output.shape[1]);
    // Targets below zero are those that the loss ignores.
    const isLabel = targets.ge(0);
    const chosen = gather(this.#weights, 0, reshape(where(isLabel, targets, 0), [targets.size]));
    return where(isLabel, reshape(chosen, targets.shape), 0);
  }

  #checkClasses(classes: number): void {
    const [length] = this.#weights.shape;
    if (this.#named === null ? length === classes : length <= classes) {
      const all = Array.from({ length: classes }, (_, label) => label);
      const missing = all.filter((label) => this.#named && !this.#named.has(label));
      if (this.#labelsAreKnown || missing.length === 0) return;
      throw new ArgumentError(`classWeight has no weight for class ${missing.join(', ')}`, {
        op: this.#op,
        hint: 'Which labels there are is not known beforehand: give a weight for each class of the output',
      });
    }
    throw new ArgumentError(
      this.#named === null
        ? `classWeight has ${length} weights for ${classes} classes`
        : `classWeight names class ${length - 1}, the output has ${classes} classes`,
      { op: this.#op, hint: 'Labels count from 0' },
    );
  }
}

function entriesOf(op: string, given: Exclude<ClassWeight, 'balanced'>): Map<number, number> {
  if (typeof given !== 'object' || given === null || Object.keys(given).length === 0) {
    throw new ArgumentError('classWeight has no weights', {
      op,
      hint: "Give a list, a record such as { 0: 1, 1: 50 }, or 'balanced'",
    });
  }
  return new Map(
    Object.entries(given).map(([key, weight]: [string, number]) => {
      const label = Number(key);
      if (Number.isInteger(label) && label >= 0) return [label, weight];
      throw new ArgumentError(`classWeight names the class '${key}'`, {
        op,
        hint: 'Classes are whole numbers from 0 on',
      });
    }),
  );
}

function countsOf(labels: ArrayLike<number>): Map<number, number> {
  const counts = new Map<number, number>();
  for (let place = 0; place < labels.length; place++) {
    if (labels[place] >= 0) counts.set(labels[place], (counts.get(labels[place]) ?? 0) + 1);
  }
  return counts;
}

function balancedWeights(op: string, labels: ArrayLike<number> | null): Map<number, number> {
  const counts = labels ? countsOf(labels) : new Map<number, number>();
  if (counts.size === 0) {
    throw new ArgumentError("classWeight 'balanced' needs labels that lie in an array", {
      op,
      hint: 'Give the weights as a list: n / (k·count) for each of k classes among n examples',
    });
  }
  const total = [...counts.values()].reduce((a, b) => a + b, 0);
  return new Map([...counts].map(([label, count]) => [label, total / (counts.size * count)]));
}

/** Each class that has examples has a weight, and in a record each class that has a weight has examples. */
function checkCovers(
  op: string,
  weights: ReadonlyMap<number, number>,
  labels: ArrayLike<number>,
  isRecord: boolean,
): void {
  const counts = countsOf(labels);
  const list = (classes: number[]): string => classes.sort((a, b) => a - b).join(', ');
  const without = [...counts.keys()].filter((label) => !weights.has(label));
  if (without.length > 0) {
    throw new ArgumentError(`classWeight has no weight for class ${list(without)}`, {
      op,
      hint: 'Give one for each class that has examples; 1 leaves them as they are',
    });
  }
  const empty = isRecord ? [...weights.keys()].filter((label) => !counts.has(label)) : [];
  if (empty.length === 0) return;
  throw new DataError(`classWeight names class ${list(empty)}, which has no example`, {
    op,
    hint: 'Leave it out, or look whether the labels are right',
  });
}

/**
 * Throws a DataError where a label has one meaning in the training data and another in data to measure on, as where each was numbered by
 * itself.
 */
export function checkSameClasses(
  op: string,
  known: Field | null | undefined,
  field: Field | null | undefined,
): void {
  const [trained, names] = [known?.classNames, field?.classNames];
  if (!trained || !names) return;
  const label = names.findIndex((name, place) => name !== trained[place]);
  if (label < 0) return;
  const meant = trained[label];
  throw new DataError(
    `label ${label} is '${names[label]}' here, ${meant === undefined ? 'no class' : `'${meant}'`} in the training data`,
    {
      op,
      hint: 'Make both with the same { classes }',
    },
  );
}

/**
 * Throws a DataError that names the labels of the validation data of which there is no example to learn from. Only labels that lie in
 * arrays, one for each example, are looked at: the tokens of a text may well be rare ones.
 */
export function checkSameLabels(op: string, train: ExampleSource, validation: ExampleSource): void {
  checkSameClasses(op, train.target, validation.target);
  if (train.target?.shape.length || validation.target?.shape.length) return;
  const [known, measured] = [train.labels?.(), validation.labels?.()];
  if (!known || !measured) return;
  const classes = countsOf(known);
  const strange = [...countsOf(measured).keys()].filter((label) => !classes.has(label)).sort((a, b) => a - b);
  if (strange.length === 0) return;
  throw new DataError(
    `the validation data has the label${strange.length > 1 ? 's' : ''} ${strange.join(', ')}, of which there is no example to train with`,
    {
      op,
      hint: 'Split with stratify, so that every part has each class, or look whether the labels are right',
    },
  );
}
