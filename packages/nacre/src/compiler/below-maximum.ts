import { sameShape } from '../base/shape.ts';
import { KernelBuilder } from '../ir/builder.ts';
import type { Index } from '../ir/expr.ts';
import { costs, expBelowZero } from '../ir/numerics/index.ts';
import type { OpNode } from './contract.ts';
import { broadcastIndex, lowering, ruleOf } from './evaluate.ts';
import { make, type Rule } from './rewrite.ts';
import { behindViews, domainIndices, hasFill } from './schedule.ts';

/** e^(x - max x), as softmax has it: what is never above zero needs less to be held within limits. */
export const exponentialsBelowMaximum: Rule = (node, { op, inputs: [difference] }) => {
  if (op !== 'exp' || difference.op !== 'sub' || difference.isLeaf) return node;
  const [x, maximum] = difference.inputs;
  if (!sameShape(x.shape, difference.shape) || !isMaximum(maximum, x)) return node;
  return make('exp', [node.inputs[0]], node.shape, {
    kind: 'map',
    cost: costs.expBelowZero,
    emit: (b, [x]) => expBelowZero(b, x),
  });
};

/** Whether each element of `maximum` is the largest of some elements of `x` of which the one at its place is one. */
function isMaximum(maximum: OpNode, x: OpNode): boolean {
  const source = behindViews(maximum);
  if (source.op !== 'amax' || source.isLeaf || lowering(source).kind !== 'reduce' || source.inputs[0] !== x)
    return false;
  const axes = ruleOf(source, 'reduce').axes(source as never);
  const b = new KernelBuilder(1);
  const place = domainIndices(b, x.shape);
  let at: readonly Index[] = broadcastIndex(b, maximum.shape, place);
  for (let view = maximum; view !== source; view = view.inputs[0]) {
    if (hasFill(view)) return false;
    at = ruleOf(view, 'view').map(b, at, view as never);
  }
  const kept = place.filter((_, axis) => !axes.includes(axis));
  return at.every(({ key }, axis) => source.shape[axis] === 1 || key === kept[axis].key);
}
