import { KernelBuilder } from '../ir/builder.ts';
import type { OpNode } from './contract.ts';
import { lowering, ruleOf } from './evaluate.ts';
import type { Rule } from './rewrite.ts';
import { domainIndices, hasFill } from './schedule.ts';

/**
 * Makes one of views with a fill that show the same, such as the padded image of a convolution and that of its weight's gradient: a
 * product wants them in memory, and once will do.
 */
export function mergeEqualPads(): Rule {
  const seen = new Map<string, OpNode>();
  return (node) => {
    if (!hasFill(node)) return node;
    const rule = ruleOf(node, 'view');
    const b = new KernelBuilder(1);
    const at = domainIndices(b, node.shape);
    const source = sourceOf(node.inputs[0]);
    const fill = rule.fill?.(node as never) ?? 0;
    const key = [
      source.id,
      node.shape,
      rule.map(b, at, node as never).map((index) => index.key),
      rule.inside!(b, at, node as never).map(({ index, low, high }) => [index.key, low, high]),
      // As text: JSON has neither infinities nor a negative zero.
      Object.is(fill, -0) ? '-0' : String(fill),
    ];
    const text = JSON.stringify(key);
    const known = seen.get(text);
    if (known) return known;
    seen.set(text, node);
    return node;
  };
}

/** What a node is another name for. */
function sourceOf(node: OpNode): OpNode {
  let at = node;
  while (isIdentity(at)) at = at.inputs[0];
  return at;
}

function isIdentity(node: OpNode): boolean {
  if (node.isLeaf || lowering(node).kind !== 'view' || hasFill(node)) return false;
  if (node.shape.length !== node.inputs[0].shape.length) return false;
  const b = new KernelBuilder(1);
  const at = domainIndices(b, node.shape);
  const mapped = ruleOf(node, 'view').map(b, at, node as never);
  return node.shape.every(
    (length, axis) => length === node.inputs[0].shape[axis] && mapped[axis].key === at[axis].key,
  );
}
