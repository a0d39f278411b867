import { ArgumentError } from '../base/errors.ts';
import { Node } from '../graph/node.ts';
import type { Operand as NodeOrNumber } from './ops/index.ts';
import type { Operand, Optional } from './signatures.ts';
import type { Tensor } from './tensor.ts';

const kindOf = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'an array'
      : value instanceof Promise
        ? 'a promise (await it first)'
        : typeof value;

function held(value: unknown): Node | null {
  const node = (value as { node?: unknown } | null | undefined)?.node;
  return node instanceof Node ? node : null;
}

/** The node of an argument that has to be a tensor. */
export function nodeOf(op: string, value: Tensor): Node {
  const node = held(value);
  if (node) return node;
  throw new ArgumentError(`takes a tensor, got ${kindOf(value)}`, { op, hint: 'Make one with tensor(data)' });
}

/** The same of an argument that may be a number. */
export function operandOf(op: string, value: Operand): NodeOrNumber {
  if (typeof value === 'number') return value;
  const node = held(value);
  if (node) return node;
  throw new ArgumentError(`takes a tensor or a number, got ${kindOf(value)}`, {
    op,
    hint: 'Make a tensor with tensor(data)',
  });
}

export const nodesOf = (op: string, tensors: readonly Tensor[]): Node[] => tensors.map((x) => nodeOf(op, x));

export const optionalNode = (op: string, value: Optional<Tensor>): Node | null =>
  value === undefined || value === null ? null : nodeOf(op, value);

/** Refuses the value of an option that is not among the known ones. */
export function requireOneOf(op: string, name: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  throw new ArgumentError(`there is no ${name} '${value}'`, { op, hint: `Known: ${known.join(', ')}` });
}
