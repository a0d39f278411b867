import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { resolveAxis } from '../../base/shape.ts';
import { Node } from '../../graph/node.ts';
import { permute } from '../primitives/apply.ts';
import { batch, type Randomness, spreadOut } from './batching.ts';
import { fill, type Leaf, leavesOf } from './tree.ts';

export interface VmapOptions {
  /** The axis of the examples in each input; null for an input that all share. One number stands for all inputs. Default 0. */
  inDims?: number | null | readonly (number | null)[];
  /** The axis of the examples in the results. Default 0. */
  outDims?: number;
  /** Random numbers inside: refused, the same for all examples, or other ones for each. Default 'error'. */
  randomness?: Randomness;
}

const op = 'vmap';

function moveAxis(node: Node, from: number, to: number): Node {
  const order = node.shape.map((_, axis) => axis).filter((axis) => axis !== from);
  order.splice(to, 0, from);
  return permute(node, order);
}

/**
 * A function of one example as a function of many: what `f` does is done to all of them at once, as if it had been written with one axis more. No
 * loop runs, and every operation has a rule for it, gradients included: `vmap(grad(loss), { inDims: [null, 0] })` gives a gradient for each example.
 *
 * Inputs are tensors, or arrays or plain objects of tensors; so are results. Throws a ShapeMismatchError if the inputs' numbers of examples
 * differ, an ArgumentError if no input has any, or for random numbers inside unless `randomness` says what is meant. Agrees with `torch.func.vmap`.
 *
 * Formula: y[n] = f(x[n])
 *
 * Shapes: x [N, ...] → [N, ...]
 *
 * @example
 * ```ts
 * import { tensor, Tensor, vmap } from 'nacre';
 * const dots = vmap((x: Tensor, y: Tensor) => x.dot(y));
 * await dots(tensor([[1, 2], [3, 4]]), tensor([[1, 1], [2, 0]])).tolist(); // → [3, 6]
 * ```
 */
export function vmap<A extends readonly unknown[], R>(
  f: (...inputs: A) => R,
  options: VmapOptions = {},
): (...inputs: A) => R {
  const {
    inDims = 0,
    outDims = 0,
    randomness = 'error',
  } = optionsOf(op, options, ['inDims', 'outDims', 'randomness']);
  return (...inputs) => {
    const dims = Array.isArray(inDims)
      ? (inDims as (number | null)[])
      : inputs.map(() => inDims as number | null);
    if (dims.length !== inputs.length) {
      throw new ArgumentError(`${inputs.length} inputs, inDims for ${dims.length}`, { op });
    }
    // What f makes has larger numbers than this.
    const mark = new Node('mark', [], {}, [], 'float32', { kind: 'leaf' }, false).id;
    const examples = new Map<Node, Node>();
    let size: number | null = null;
    let first = '';
    const given = inputs.map((input, i) => {
      const dim = dims[i];
      const leaves = leavesOf(op, input, `input ${i}`);
      if (dim === null) return input;
      const stand = leaves.map(([path, node]: Leaf): Node => {
        if (!node.shape.length) {
          throw new ArgumentError(`${path} is one number: it has no axis of examples`, {
            op,
            hint: 'Mark what all examples share by null in inDims',
          });
        }
        const axis = resolveAxis(op, dim, node.shape.length);
        const [length] = [node.shape[axis]];
        if (size !== null && length !== size) {
          throw new ShapeMismatchError(
            `${first} has ${size} examples, ${path} ${showShape(node.shape)} has ${length} along axis ${axis}`,
            { op, shapes: [node.shape] },
          );
        }
        if (size === null) [size, first] = [length, path];
        const moved = moveAxis(node, axis, 0);
        const shape = moved.shape.slice(1);
        const one = new Node(
          'input',
          [],
          { position: -1 },
          shape,
          node.dtype,
          { kind: 'leaf' },
          node.requiresGrad,
        );
        examples.set(one, moved);
        return one;
      });
      return fill(input, stand.values());
    });
    if (size === null) {
      throw new ArgumentError('no input has an axis of examples', {
        op,
        hint: 'inDims has null for all of them',
      });
    }
    const count: number = size;
    const result = f(...(given as unknown as A));
    const outputs = leavesOf(op, result, 'the result').map(([, node]) => node);
    const batched = batch(outputs, examples, { size: count, mark, randomness });
    const moved = batched.map((operand) => {
      const node = spreadOut(operand, count);
      return moveAxis(node, 0, resolveAxis(op, outDims, node.shape.length));
    });
    return fill(result, moved.values()) as R;
  };
}
