import { ArgumentError, DataError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';

/** The class of each example: numbers, or names. */
export type Labels = ArrayLike<number | string>;

/** The examples of each class, the classes in the order they first appear. */
export function groupByClass(op: string, labels: Labels): Map<number | string, number[]> {
  const groups = new Map<number | string, number[]>();
  for (let index = 0; index < labels.length; index++) {
    const label = labels[index];
    if (Number.isNaN(label)) throw new DataError(`the label of example ${index} is NaN`, { op });
    const group = groups.get(label);
    if (group) group.push(index);
    else groups.set(label, [index]);
  }
  return groups;
}

/** Throws a DataError that names the classes with fewer examples than each part of a split needs. */
export function checkClassSizes(
  op: string,
  groups: ReadonlyMap<number | string, readonly number[]>,
  least: number,
): void {
  const few = [...groups].filter(([, group]) => group.length < least);
  if (few.length === 0) return;
  const shown = few.slice(0, 5).map(([label, group]) => `${JSON.stringify(label)} has ${group.length}`);
  const more = few.length > shown.length ? ` and ${few.length - shown.length} more classes` : '';
  throw new DataError(`class ${shown.join(', class ')}${more}, where every class needs ${least} examples`, {
    op,
    hint: 'Gather more of them, leave the class out, merge it with another, or split without stratify',
  });
}

/** Throws a DataError unless there is a label for each of the examples. */
export function checkLabelCount(op: string, labels: Labels, length: number): void {
  if (labels.length === length) return;
  if (labels.length === undefined) {
    throw new ArgumentError(`stratify is the labels of all examples, got ${String(labels)}`, {
      op,
      hint: 'Give them as a list: { stratify: labels }',
    });
  }
  throw new DataError(`${labels.length} labels for ${length} examples`, { op, hint: 'Give one for each' });
}

const quoted = (labels: readonly (string | number)[]): string =>
  labels
    .slice(0, 8)
    .map((label) => JSON.stringify(label))
    .join(', ') + (labels.length > 8 ? ` and ${labels.length - 8} more` : '');

/**
 * Numbers for the names of classes: each name its place among the sorted names, as scikit-learn's LabelEncoder does. What `fit` has
 * not seen is refused by `transform`, so that labels that differ between training and test are found.
 *
 * Shapes: n names → Int32Array of n numbers from 0 to classes - 1
 *
 * @example
 * ```ts
 * import { LabelEncoder } from 'nacre';
 * const encoder = new LabelEncoder().fit(['dog', 'cat', 'dog']);
 * encoder.classes; // → ['cat', 'dog']
 * encoder.transform(['dog', 'cat']); // → [1, 0]
 * encoder.inverseTransform([0]); // → ['cat']
 * encoder.transform(['cow']); // → throws DataError: "cow"
 * ```
 */
export class LabelEncoder<L extends string | number = string> {
  #classes: L[] = [];
  #codes = new Map<L, number>();

  /** Starts with these classes in this order, if they are given. */
  constructor(options: { readonly classes?: readonly L[] } = {}) {
    const { classes = [] } = optionsOf('LabelEncoder', options, ['classes']);
    this.#set(classes);
  }

  get classes(): readonly L[] {
    return this.#classes;
  }

  /** Learns the classes. Throws a DataError where there are none. */
  fit(labels: ArrayLike<L>): this {
    const found = [...groupByClass('LabelEncoder.fit', labels).keys()] as L[];
    if (found.length === 0) throw new DataError('there are no labels', { op: 'LabelEncoder.fit' });
    // Of code units, not of a language: the same on every machine.
    this.#set(found.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    return this;
  }

  #set(classes: readonly L[]): void {
    this.#classes = [...classes];
    this.#codes = new Map(classes.map((label, code) => [label, code]));
    if (this.#codes.size !== classes.length) {
      throw new ArgumentError(`a class is listed twice among ${quoted(classes)}`, { op: 'LabelEncoder' });
    }
  }

  /** The number of each label. Throws a DataError that names those that were not there when it was fitted. */
  transform(labels: ArrayLike<L>): Int32Array {
    const op = 'LabelEncoder.transform';
    const codes = new Int32Array(labels.length);
    const unknown = new Set<L>();
    for (let index = 0; index < labels.length; index++) {
      const code = this.#codes.get(labels[index]);
      if (code === undefined) unknown.add(labels[index]);
      else codes[index] = code;
    }
    if (unknown.size > 0) {
      throw new DataError(`${quoted([...unknown])} were not among the classes it was fitted on`, {
        op,
        hint: `Known are ${this.#classes.length ? quoted(this.#classes) : 'none: call fit first'}. Fit on all labels, or leave such examples out`,
      });
    }
    return codes;
  }

  fitTransform(labels: ArrayLike<L>): Int32Array {
    return this.fit(labels).transform(labels);
  }

  /** The names of numbers. Throws a DataError for a number that is no class. */
  inverseTransform(codes: ArrayLike<number>): L[] {
    return Array.from(codes, (code) => {
      if (Number.isInteger(code) && code >= 0 && code < this.#classes.length) return this.#classes[code];
      throw new DataError(`${code} is no class; there are ${this.#classes.length}`, {
        op: 'LabelEncoder.inverseTransform',
      });
    });
  }
}
