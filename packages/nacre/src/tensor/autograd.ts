import { isFloat } from '../base/dtype.ts';
import { ArgumentError, DTypeError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { sameShape } from '../base/shape.ts';
import type { Lowering } from '../compiler/contract.ts';
import { Node } from '../graph/node.ts';
import { add, apply, cast, recordOf, unbroadcast } from './primitives/apply.ts';
import type { NodeOf, Primitive } from './primitives/record.ts';

/** A node that gradients are asked with respect to: nothing behind it wants one. */
export const isGradientLeaf = (node: Node): boolean =>
  node.requiresGrad && node.inputs.every((input) => !input.requiresGrad);

/** Nodes through which gradients flow, inputs before users. Goes behind what is already computed. */
function differentiable(outputs: readonly Node[]): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { node: Node; next: number }[] = [];
  for (const output of outputs) {
    if (seen.has(output) || !output.requiresGrad) continue;
    seen.add(output);
    stack.push({ node: output, next: 0 });
    while (stack.length) {
      const top = stack[stack.length - 1];
      const input = top.node.inputs[top.next++];
      if (input === undefined) {
        order.push(top.node);
        stack.pop();
      } else if (input.requiresGrad && !seen.has(input)) {
        seen.add(input);
        stack.push({ node: input, next: 0 });
      }
    }
  }
  return order;
}

/** Checks a cotangent against the output it belongs to; a scalar output may leave it out, and gets 1. */
export function seedCotangent(op: string, output: Node, given: Node | null, one: (node: Node) => Node): Node {
  if (!isFloat(output.dtype))
    throw new DTypeError(`gradients need floating-point numbers, got ${output.dtype}`, {
      op,
      dtypes: [output.dtype],
    });
  if (!given) {
    if (output.shape.some((length) => length !== 1)) {
      throw new ArgumentError(`the output has shape ${showShape(output.shape)}, and no gradient was given`, {
        op,
        shapes: [output.shape],
        hint: 'Reduce it to one number first, for example with sum() or mean()',
      });
    }
    return one(output);
  }
  if (!sameShape(given.shape, output.shape)) {
    throw new ShapeMismatchError(`output: ${showShape(output.shape)}, gradient: ${showShape(given.shape)}`, {
      op,
      shapes: [output.shape, given.shape],
    });
  }
  return cast(given, output.dtype);
}

/**
 * Reverse-mode differentiation: from outputs and their cotangents to the cotangents of the targets, as graph. Only paths that lead
 * to a target are walked. Null for a target the outputs do not depend on.
 */
export function pullBack(
  outputs: readonly Node[],
  cotangents: readonly Node[],
  targets: readonly Node[] | 'leaves',
): Map<Node, Node> {
  const order = differentiable(outputs);
  const leadsToTarget = new Set<Node>();
  const wanted = targets === 'leaves' ? null : new Set(targets);
  for (const node of order) {
    const isTarget = wanted ? wanted.has(node) : isGradientLeaf(node);
    if (isTarget || node.inputs.some((input) => leadsToTarget.has(input))) leadsToTarget.add(node);
  }
  const gathered = new Map<Node, Node[]>();
  const gradients = new Map<Node, Node>();
  const accumulate = (node: Node, gradient: Node): void => {
    const present = gathered.get(node);
    if (present) present.push(gradient);
    else gathered.set(node, [gradient]);
  };
  outputs.forEach((output, i) => {
    if (leadsToTarget.has(output)) accumulate(output, cotangents[i]);
  });
  for (const node of order.reverse()) {
    const found = gathered.get(node);
    if (!found) continue;
    const gradient = total(found);
    gradients.set(node, gradient);
    if (!leadsToTarget.has(node)) continue;
    if (!node.inputs.some((input) => leadsToTarget.has(input))) continue;
    const parts = recordOf(node.op as Primitive).gradient(gradient, node as never);
    node.inputs.forEach((input, i) => {
      const part = parts[i];
      if (part && leadsToTarget.has(input)) accumulate(input, unbroadcast(part, input.shape));
    });
  }
  return gradients;
}

type Pad = NodeOf<'pad'>;

/** Σ of cotangents. Those of the pieces of one axis, each padded with zeros, are joined instead. */
function total(parts: readonly Node[]): Node {
  const [first] = parts;
  const axis =
    first.op === 'pad'
      ? (first as Pad).attributes.before.findIndex((n, i) => n + (first as Pad).attributes.after[i] > 0)
      : -1;
  if (axis >= 0 && parts.every(({ op }) => op === 'pad')) {
    const pads = [...(parts as readonly Pad[])].sort(
      (a, b) => a.attributes.before[axis] - b.attributes.before[axis],
    );
    let end = 0;
    const joins = pads.every(({ attributes: { before, after, value }, inputs: [x] }) => {
      const fits =
        value === 0 && before[axis] === end && before.every((n, i) => i === axis || n + after[i] === 0);
      end += x.shape[axis];
      return fits;
    });
    if (joins && end === first.shape[axis])
      return apply(
        'concat',
        pads.map(({ inputs: [x] }) => x),
        { axis },
      );
  }
  return parts.reduce((sum, part) => add(sum, part));
}

/**
 * The same elements as a new node that gradients can be asked for. What is in memory is not copied; a node that itself leads to
 * something differentiable stays linked, for derivatives of derivatives.
 */
export function gradientLeaf(node: Node): Node {
  const isGiven = node.isLeaf && !node.requiresGrad;
  const leaf = new Node(
    isGiven ? node.op : 'alias',
    isGiven ? [] : [node],
    isGiven ? node.attributes : {},
    node.shape,
    node.dtype,
    isGiven ? { kind: 'leaf' } : (recordOf('alias').lowering as unknown as Lowering),
    true,
  );
  leaf.storage = node.storage;
  return leaf;
}
