import { sizeOf } from '../../base/shape.ts';
import { Node } from '../../graph/node.ts';
import { gradientLeaf, pullBack } from '../autograd.ts';
import { add, apply, constant, gradientMode, reshape } from '../primitives/apply.ts';
import { withGradient } from '../primitives/rules.ts';
import { orderOf, substitute } from '../primitives/substitute.ts';
import type { Tensor } from '../tensor.ts';
import { fill, leavesOf, nodesOf } from './tree.ts';

/** The first element, as something to wait for; null if there is none. */
function tokenOf(node: Node): Node | null {
  if (!sizeOf(node.shape)) return null;
  const ones = node.shape.map(() => 1);
  const first = apply('slice', [node], { starts: node.shape.map(() => 0), lengths: ones, steps: ones });
  return reshape(first, []);
}

/**
 * The same function, which keeps none of its intermediate results for the way back: the gradient computes them again from the inputs, when it
 * gets there. Less memory for about a third more time: worth it around the blocks of a deep network.
 *
 * Random numbers are drawn again alike, and what `f` does to states (running statistics) happens once. Parameters that `f` captures get
 * their gradients. Results are those of `f`: a tensor, or arrays or plain objects of tensors of one dtype. Agrees with `torch.utils.checkpoint`.
 *
 * @example
 * ```ts
 * import { checkpoint, grad, tensor } from 'nacre';
 * const block = checkpoint((x) => x.tanh().square());
 * grad((x) => block(x).sum())(tensor([0, 1])); // → [0, 0.6397]
 * ```
 */
export function checkpoint<A extends readonly Tensor[], R>(f: (...inputs: A) => R): (...inputs: A) => R {
  return (...inputs) => {
    // Every node that f makes has a larger number.
    const mark = new Node('mark', [], {}, [], 'float32', { kind: 'leaf' }, false).id;
    const result = f(...inputs);
    const all = nodesOf(leavesOf('checkpoint', result, 'the result'));
    const outputs = all.filter((output) => output.requiresGrad);
    if (!gradientMode.enabled || !outputs.length) return result;
    const isOutside = (node: Node): boolean => node.id <= mark;
    const operands = orderOf(outputs, isOutside).filter(isOutside);
    const nodes = withGradient(operands, outputs, (given, _, cotangents) => {
      const tokens = cotangents.map(tokenOf).filter((token) => token !== null);
      const token = tokens.length ? tokens.reduce(add) : constant(0, outputs[0].dtype);
      const leaves = given.map((node) => {
        const late = apply('after', [node, token], {});
        return node.requiresGrad ? gradientLeaf(late) : late;
      });
      const again = substitute(outputs, new Map(operands.map((node, i) => [node, leaves[i]])));
      const gradients = pullBack(again, cotangents, leaves);
      return leaves.map((leaf) => gradients.get(leaf) ?? null);
    });
    const kept = all.map((output) => (output.requiresGrad ? nodes[outputs.indexOf(output)] : output));
    return fill(result, kept.values()) as R;
  };
}
