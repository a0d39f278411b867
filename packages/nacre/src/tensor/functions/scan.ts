/** Functions that go along an axis step by step. */
import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import type { Node } from '../../graph/node.ts';
import * as ops from '../ops/index.ts';
import { scan as scanNodes } from '../primitives/scan.ts';
import type { CumulativeFn } from '../signatures.ts';
import { Tensor, wrap } from '../tensor.ts';

/** A tree of the same form, of whose tensors no shape or dtype is known. */
type Loose<T> = T extends null ? null : T extends Tensor ? Tensor : { readonly [K in keyof T]: Loose<T[K]> };

type Leaf = readonly [path: string, node: Node];

const op = 'scan';

const fail = (message: string, hint?: string): never => {
  throw new ArgumentError(message, { op, hint });
};

/** The tensors of a tree with their paths, such as `carry.state[0]`. */
function leavesOf(tree: unknown, path: string): Leaf[] {
  if (tree === null) return [];
  if (tree instanceof Tensor) return [[path, tree.node]];
  if (Array.isArray(tree)) return tree.flatMap((part, i) => leavesOf(part, `${path}[${i}]`));
  if (typeof tree !== 'object')
    return fail(`${path} is ${typeof tree}`, 'It is tensors, in arrays or plain objects, or null');
  return Object.entries(tree).flatMap(([name, part]) => leavesOf(part, `${path}.${name}`));
}

/** A tree of the form of another, its tensors in the order of `leavesOf`. */
function fill(tree: unknown, nodes: Iterator<Node>): unknown {
  if (tree === null) return tree;
  if (tree instanceof Tensor) return new Tensor(nodes.next().value as Node);
  if (Array.isArray(tree)) return tree.map((part) => fill(part, nodes));
  return Object.fromEntries(Object.entries(tree as object).map(([name, part]) => [name, fill(part, nodes)]));
}

const show = (node: Node | undefined): string => (node ? `${node.dtype}${showShape(node.shape)}` : 'nothing');

/** Refuses a state that is not what it was: in its form, or in the shape or dtype of one entry. */
function checkCarry(before: readonly Leaf[], after: readonly Leaf[]): void {
  const given = new Map(before);
  const made = new Map(after);
  for (const path of [...given.keys(), ...made.keys()]) {
    const [from, to] = [show(given.get(path)), show(made.get(path))];
    if (from !== to)
      fail(`${path} begins as ${from} and becomes ${to}`, 'The state keeps its form, shapes and dtypes');
  }
}

function lengthOf(sequences: readonly Leaf[], given: number | undefined): number {
  let [length, source] = [given, 'length'];
  for (const [path, { shape }] of sequences) {
    if (!shape.length) fail(`${path} is one number`, 'Each of xs has the steps as its first axis');
    if (length !== undefined && shape[0] !== length) {
      throw new ShapeMismatchError(
        `${source} gives ${length} steps, ${path} ${showShape(shape)} ${shape[0]}`,
        {
          op,
          shapes: [shape],
        },
      );
    }
    [length, source] = [shape[0], path];
  }
  if (length === undefined) return fail('without xs, the number of steps is not known', 'Give { length }');
  if (!Number.isInteger(length) || length < 1) fail(`needs one step or more, got ${length}`);
  return length;
}

/**
 * A loop over the first axis of `xs`, inside the program: `f(carry, x)` gives the next carry and what is collected, from the carry so far
 * and one element of each sequence. Gives the last carry and what was collected, stacked along a new first axis.
 *
 * ```ts
 * const [total, sums] = scan((sum, x) => [sum.add(x), sum], zeros([3]), xs); // xs: [10, 3]
 * ```
 *
 * Carry, x and y are tensors, or arrays or plain objects of tensors, or null; carry and y are of one dtype. `f` is called once, to see what
 * it does: random numbers it draws are the same in each step. With `reverse` the loop goes from the last element to the first, and what
 * is collected keeps the place of its element; without `xs`, `length` says how many steps there are. Throws an ArgumentError if the
 * state changes its form, shapes or dtypes, a ShapeMismatchError if lengths differ. Agrees with `jax.lax.scan`.
 */
export function scan<C, const Y, X = null>(
  f: (carry: Loose<C>, x: Loose<X>) => readonly [carry: NoInfer<Loose<C>>, y: Y],
  init: C,
  xs: X,
  { length, reverse = false }: { length?: number; reverse?: boolean } = {},
): [carry: C, ys: Loose<Y>] {
  const start = leavesOf(init, 'carry');
  const sequences = leavesOf(xs, 'xs');
  const count = lengthOf(sequences, length);
  let collected: unknown;
  const nodesOf = (leaves: readonly Leaf[]): Node[] => leaves.map(([, node]) => node);
  const parts = scanNodes(
    (carry, step) => {
      const made: unknown = f(fill(init, carry.values()) as Loose<C>, fill(xs, step.values()) as Loose<X>);
      if (!Array.isArray(made) || made.length !== 2) return fail('the function gives [carry, y]');
      const next = leavesOf(made[0], 'carry');
      const outputs = leavesOf(made[1], 'y');
      checkCarry(start, next);
      if (!next.length && !outputs.length) fail('there is neither a state nor anything to collect');
      collected = made[1];
      return { carry: nodesOf(next), outputs: nodesOf(outputs) };
    },
    nodesOf(start),
    nodesOf(sequences),
    count,
    reverse,
  );
  return [fill(init, parts.carry.values()) as C, fill(collected, parts.outputs.values()) as Loose<Y>];
}

/** Sums of the elements of an axis up to each, itself included. */
export const cumsum: CumulativeFn<'cumsum'> = (x, dim) => wrap(ops.cumsum(x.node, dim));

/** Products of the elements of an axis up to each, itself included. */
export const cumprod: CumulativeFn<'cumprod'> = (x, dim) => wrap(ops.cumprod(x.node, dim));
