import { resolveAxis } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { add, constant, expand, mul, permute } from '../primitives/apply.ts';
import { scan } from '../primitives/scan.ts';
import { widened } from './reduce.ts';

/** What one element after the other along an axis is combined to, each result in the place of its element. */
const running =
  (op: string, combine: (total: Node, x: Node) => Node, start: number) =>
  (x: Node, dim: number): Node => {
    const axis = resolveAxis(op, dim, x.shape.length);
    const value = widened(x);
    if (x.shape.includes(0) || !x.shape.length) return value;
    const others = x.shape.map((_, i) => i).filter((i) => i !== axis);
    const front = permute(value, [axis, ...others]);
    const {
      outputs: [collected],
    } = scan(
      ([total], [element]) => {
        const next = combine(total, element);
        return { carry: [next], outputs: [next] };
      },
      [expand(constant(start, value.dtype), front.shape.slice(1))],
      [front],
      x.shape[axis],
    );
    const order = others.map((_, i) => i + 1);
    return permute(collected, [...order.slice(0, axis), 0, ...order.slice(axis)]);
  };

/** Sums of the elements of an axis up to each, itself included. */
export const cumsum = running('cumsum', add, 0);

/** Products of the elements of an axis up to each, itself included. */
export const cumprod = running('cumprod', mul, 1);
