import { Node } from '../../graph/node.ts';

/** All nodes behind some, inputs before users; what lies behind the nodes of `stops` is left out. */
export function orderOf(outputs: readonly Node[], stops?: (node: Node) => boolean): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { node: Node; next: number }[] = outputs.map((node) => ({ node, next: 0 }));
  while (stack.length) {
    const top = stack[stack.length - 1];
    if (top.next === 0 && seen.has(top.node)) {
      stack.pop();
      continue;
    }
    seen.add(top.node);
    const input = top.node.isLeaf || stops?.(top.node) ? undefined : top.node.inputs[top.next++];
    if (input === undefined) {
      order.push(top.node);
      stack.pop();
    } else if (!seen.has(input)) stack.push({ node: input, next: 0 });
  }
  return order;
}

/** The graph of `outputs` again, with other nodes in the place of some. Nodes that depend on none of those are shared. */
export function substitute(
  outputs: readonly Node[],
  replaced: ReadonlyMap<Node, Node>,
  keepFlags = false,
): Node[] {
  const done = new Map<Node, Node>(replaced);
  const visit = (root: Node): Node => {
    const stack = [root];
    while (stack.length) {
      const node = stack[stack.length - 1];
      if (done.has(node)) {
        stack.pop();
        continue;
      }
      const waiting = node.inputs.filter((input) => !done.has(input));
      if (waiting.length) {
        stack.push(...waiting);
        continue;
      }
      stack.pop();
      const inputs = node.inputs.map((input) => done.get(input)!);
      const same = inputs.every((input, i) => input === node.inputs[i]);
      // What was cut off from gradients when it was written stays so.
      const requiresGrad = node.requiresGrad && (keepFlags || inputs.some((input) => input.requiresGrad));
      done.set(
        node,
        same
          ? node
          : new Node(node.op, inputs, node.attributes, node.shape, node.dtype, node.lowering, requiresGrad),
      );
    }
    return done.get(root)!;
  };
  return outputs.map(visit);
}
