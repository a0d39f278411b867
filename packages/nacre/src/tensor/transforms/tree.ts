/** Tensors in arrays and plain objects: how functions take and give several at once. */
import { ArgumentError } from '../../base/errors.ts';
import type { Node } from '../../graph/node.ts';
import { Tensor } from '../tensor.ts';

/** A tree of the same form, of whose tensors no shape or dtype is known. */
export type Loose<T> = T extends null
  ? null
  : T extends Tensor
    ? Tensor
    : { readonly [K in keyof T]: Loose<T[K]> };

export type Leaf = readonly [path: string, node: Node];

/** The tensors of a tree with their paths, such as `carry.state[0]`. Throws an ArgumentError for anything else but null. */
export function leavesOf(op: string, tree: unknown, path: string): Leaf[] {
  if (tree === null) return [];
  if (tree instanceof Tensor) return [[path, tree.node]];
  if (Array.isArray(tree)) return tree.flatMap((part, i) => leavesOf(op, part, `${path}[${i}]`));
  if (typeof tree !== 'object') {
    throw new ArgumentError(`${path} is ${typeof tree}`, {
      op,
      hint: 'It is tensors, in arrays or plain objects, or null',
    });
  }
  return Object.entries(tree).flatMap(([name, part]) => leavesOf(op, part, `${path}.${name}`));
}

export const nodesOf = (leaves: readonly Leaf[]): Node[] => leaves.map(([, node]) => node);

/** A tree of the form of another, its tensors in the order of `leavesOf`. */
export function fill(tree: unknown, nodes: Iterator<Node>): unknown {
  if (tree === null) return tree;
  if (tree instanceof Tensor) return new Tensor(nodes.next().value as Node);
  if (Array.isArray(tree)) return tree.map((part) => fill(part, nodes));
  return Object.fromEntries(Object.entries(tree as object).map(([name, part]) => [name, fill(part, nodes)]));
}
