import { ArgumentError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { type Shape, sameShape } from '../base/shape.ts';
import { Tensor } from './tensor.ts';

/** Tensors by name, as a model or an optimizer gives them to be kept. */
export type StateDict = Record<string, Tensor>;

/** What `loadStateDict` found when it was told not to be strict. */
export interface KeyDifferences {
  /** Names the model has and the dictionary has not. */
  readonly missing: readonly string[];
  /** Names the dictionary has and the model has not. */
  readonly unexpected: readonly string[];
}

type Dictionary = Readonly<Record<string, unknown>> | ReadonlyMap<string, unknown>;

/** A plain object or a Map as a Map. */
export const asMap = (dict: Dictionary): ReadonlyMap<string, unknown> =>
  dict instanceof Map ? dict : new Map(Object.entries(dict));

/**
 * Compares a dictionary with the tensors that are to take its values. Throws a ShapeMismatchError for a shape that differs and, if
 * `strict`, an ArgumentError for keys that differ; the message lists all of them.
 */
export function compareKeys(
  op: string,
  own: ReadonlyMap<string, { readonly shape: Shape }>,
  given: ReadonlyMap<string, unknown>,
  { strict = true, hint }: { strict?: boolean; hint: string },
): KeyDifferences {
  const missing = [...own.keys()].filter((key) => !given.has(key));
  const unexpected = [...given.keys()].filter((key) => !own.has(key));
  const mismatched: string[] = [];
  const shapes: Shape[] = [];
  for (const [key, { shape }] of own) {
    if (!given.has(key)) continue;
    const value = given.get(key);
    if (!(value instanceof Tensor)) {
      throw new ArgumentError(`'${key}' is ${value === null ? 'null' : typeof value}, expected a tensor`, {
        op,
      });
    }
    if (sameShape(shape, value.shape)) continue;
    mismatched.push(`'${key}' is ${showShape(shape)} here and ${showShape(value.shape)} in the dictionary`);
    shapes.push(shape, value.shape);
  }
  const problems: string[] = [];
  if (strict && missing.length) problems.push(`missing: ${missing.join(', ')}`);
  if (strict && unexpected.length) problems.push(`unexpected: ${unexpected.join(', ')}`);
  problems.push(...mismatched);
  if (mismatched.length) throw new ShapeMismatchError(problems.join('; '), { op, shapes, hint });
  if (problems.length) throw new ArgumentError(problems.join('; '), { op, hint });
  return { missing, unexpected };
}
