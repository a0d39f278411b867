import { sizeOf } from '../base/shape.ts';
import { KernelBuilder } from '../ir/builder.ts';
import type { LoopBody, OpNode } from './contract.ts';
import { lowering } from './evaluate.ts';
import { rewrite, topological } from './rewrite.ts';
import { domainIndices } from './schedule.ts';

/** What is left of a loop, and for each part of its old result the elements that are gone before it. */
interface Pruned {
  readonly loop: LoopBody;
  readonly size: number;
  readonly removedBefore: (index: number) => number;
}

/**
 * Loops collect only what somebody reads. The carries of every step, which a gradient would need, are the common case: where no gradient
 * was asked, or the way back needs none of its own, they are the most of the memory of a long loop.
 */
export function pruneLoops(outputs: readonly OpNode[]): OpNode[] {
  const order = topological(outputs);
  const loops = order.filter((node) => !node.isLeaf && lowering(node).kind === 'loop');
  if (!loops.length) return [...outputs];
  const users = new Map<OpNode, OpNode[]>(loops.map((loop) => [loop, []]));
  for (const node of order) if (!node.isLeaf) for (const input of node.inputs) users.get(input)?.push(node);
  const pruned = new Map<OpNode, Pruned>();
  for (const node of loops) {
    const found = outputs.includes(node) ? null : prune(node, users.get(node)!);
    if (found) pruned.set(node, found);
  }
  if (!pruned.size) return [...outputs];
  return rewrite(outputs, [
    (node, original) => {
      const own = pruned.get(original);
      if (own) return copyOf(node, { shape: [own.size], lowering: { kind: 'loop', loop: () => own.loop } });
      const from = original.isLeaf ? undefined : pruned.get(original.inputs[0]);
      const rule = lowering(node);
      if (!from || rule.kind !== 'view') return node;
      const map: typeof rule.map = (b, at, self) => {
        const [index] = rule.map(b, at, self);
        return [b.shift(index, -from.removedBefore(index.min))];
      };
      return copyOf(node, { lowering: { ...rule, map } });
    },
  ]);
}

const copyOf = (node: OpNode, changes: Partial<OpNode>): OpNode =>
  Object.create(
    node,
    Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, { value }])),
  ) as OpNode;

function prune(node: OpNode, users: readonly OpNode[]): Pruned | null {
  const rule = lowering(node);
  if (rule.kind !== 'loop') return null;
  const loop = rule.loop(node as never);
  const carried = loop.carry.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const sizes = loop.outputs.map(({ shape }) => loop.length * sizeOf(shape));
  const starts: number[] = [];
  let end = carried;
  for (const size of sizes) {
    starts.push(end);
    end += size;
  }
  const read = sizes.map(() => false);
  const b = new KernelBuilder(1);
  for (const user of users) {
    const view = lowering(user);
    if (view.kind !== 'view' || view.inside) return null;
    if (!sizeOf(user.shape)) continue;
    const [{ min, max }] = view.map(b, domainIndices(b, user.shape), user as never);
    // A view across parts would come apart if one between them went.
    const first = starts.findIndex((start, i) => min < start + sizes[i]);
    if (min < carried ? max >= carried : max >= starts[first] + sizes[first]) return null;
    if (min >= carried) read[first] = true;
  }
  if (read.every(Boolean)) return null;
  return {
    loop: {
      length: loop.length,
      reverse: loop.reverse,
      carry: loop.carry,
      steps: loop.steps,
      constants: loop.constants,
      nextCarry: loop.nextCarry,
      outputs: loop.outputs.filter((_, i) => read[i]),
    },
    size: carried + sizes.reduce((sum, size, i) => sum + (read[i] ? size : 0), 0),
    removedBefore: (index) =>
      starts.reduce((sum, start, i) => sum + (!read[i] && start < index ? sizes[i] : 0), 0),
  };
}
