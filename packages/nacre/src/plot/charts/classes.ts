import { ArgumentError } from '../../base/errors.ts';
import { type Numbers, numbersOf } from '../values.ts';

/** To which class each point belongs: numbers of classes from 0, or their names. */
export type ClassLabels = Numbers | readonly string[];

/** The classes that occur, in order, and the points of each. */
export interface Groups {
  readonly names: readonly string[];
  readonly members: readonly (readonly number[])[];
  /** The numbers of the classes, where labels are numbers. */
  readonly numbers: readonly number[] | undefined;
}

/** Groups points by class. Throws an ArgumentError for a label that is none of the classes. */
export function groupsOf(op: string, labels: ClassLabels, classes: readonly string[] | undefined): Groups {
  const isNamed = Array.isArray(labels) && labels.every((label) => typeof label === 'string');
  const given: readonly (string | number)[] = isNamed
    ? (labels as readonly string[])
    : Array.from(numbersOf(op, 'labels', labels as Numbers));
  const found = [...new Set(given)];
  if (!isNamed) found.sort((a, b) => Number(a) - Number(b));
  const names = found.map((label) => {
    if (typeof label === 'string' || !classes) return String(label);
    const name = classes[label];
    if (name !== undefined) return name;
    throw new ArgumentError(`labels have the class ${label}, and classes are ${classes.length}`, {
      op,
      hint: 'Labels count the classes from 0',
    });
  });
  const place = new Map(found.map((label, index) => [label, index]));
  const members: number[][] = found.map(() => []);
  given.forEach((label, index) => {
    members[place.get(label)!].push(index);
  });
  return { names, members, numbers: isNamed ? undefined : found.map(Number) };
}
