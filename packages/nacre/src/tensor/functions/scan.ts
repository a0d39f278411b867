/** Functions that go along an axis step by step. */
import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import type { Node } from '../../graph/node.ts';
import * as ops from '../ops/index.ts';
import { scan as scanNodes } from '../primitives/scan.ts';
import type { CumulativeFn } from '../signatures.ts';
import { wrap } from '../tensor.ts';
import { fill, type Leaf, type Loose, leavesOf, nodesOf } from '../transforms/tree.ts';

const op = 'scan';

const fail = (message: string, hint?: string): never => {
  throw new ArgumentError(message, { op, hint });
};

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
 * Carry, x and y are tensors, or arrays or plain objects of tensors, or null; carry and y are of one dtype. `f` is called once, to see what
 * it does: random numbers it draws are the same in each step. With `reverse` the loop goes from the last element to the first, and what
 * is collected keeps the place of its element; without `xs`, `length` says how many steps there are. Throws an ArgumentError if the
 * state changes its form, shapes or dtypes, a ShapeMismatchError if lengths differ. Agrees with `jax.lax.scan`.
 *
 * Formula: (carry, y[i]) = f(carry, x[i]) for i = 0, 1, …
 *
 * Shapes: xs of [T, ...] → carry as `init`, ys of [T, ...]
 *
 * @example
 * ```ts
 * import { scan, sum, tensor, zeros } from 'nacre';
 * const xs = tensor([[1, 2], [3, 4], [5, 6]]);
 * const [total, before] = scan((sum, x) => [sum.add(x), sum], zeros([2]), xs);
 * await total.tolist(); // → [9, 12]
 * await before.tolist(); // → [[0, 0], [1, 2], [4, 6]]
 * ```
 */
export function scan<C, const Y, X = null>(
  f: (carry: Loose<C>, x: Loose<X>) => readonly [carry: NoInfer<Loose<C>>, y: Y],
  init: C,
  xs: X,
  { length, reverse = false }: { length?: number; reverse?: boolean } = {},
): [carry: C, ys: Loose<Y>] {
  const start = leavesOf(op, init, 'carry');
  const sequences = leavesOf(op, xs, 'xs');
  const count = lengthOf(sequences, length);
  let collected: unknown;
  const parts = scanNodes(
    (carry, step) => {
      const made: unknown = f(fill(init, carry.values()) as Loose<C>, fill(xs, step.values()) as Loose<X>);
      if (!Array.isArray(made) || made.length !== 2) return fail('the function gives [carry, y]');
      const next = leavesOf(op, made[0], 'carry');
      const outputs = leavesOf(op, made[1], 'y');
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

/**
 * Sums of the elements of an axis up to each, itself included; of integers and bool as int32.
 *
 * Formula: y[i] = x[0] + … + x[i]
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { cumsum, tensor } from 'nacre';
 * await cumsum(tensor([1, 2, 3]), 0).tolist(); // → [1, 3, 6]
 * ```
 */
export const cumsum: CumulativeFn<'cumsum'> = (x, dim, options) => {
  const { dtype } = optionsOf('cumsum', options, ['dtype']);
  return wrap(ops.inDType('cumsum', x.node, dtype, (value) => ops.cumsum(value, dim)));
};

/**
 * Products of the elements of an axis up to each, itself included; of integers and bool as int32.
 *
 * Formula: y[i] = x[0]·…·x[i]
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { cumprod, tensor } from 'nacre';
 * await cumprod(tensor([1, 2, 3]), 0).tolist(); // → [1, 2, 6]
 * ```
 */
export const cumprod: CumulativeFn<'cumprod'> = (x, dim, options) => {
  const { dtype } = optionsOf('cumprod', options, ['dtype']);
  return wrap(ops.inDType('cumprod', x.node, dtype, (value) => ops.cumprod(value, dim)));
};
