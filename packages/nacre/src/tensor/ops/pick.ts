import { IndexError, showShape } from '../../base/errors.ts';
import { resolveAxis } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { apply, reshape } from '../primitives/apply.ts';
import { narrow, squeeze } from './movement.ts';
import { argmax, argmin } from './reduce.ts';

/** The part at one place of an axis, which goes. Negative places count from the end. */
export function select(x: Node, dim: number, index: number): Node {
  const op = 'select';
  const axis = resolveAxis(op, dim, x.shape.length);
  const length = x.shape[axis];
  if (length === undefined || !Number.isInteger(index) || index < -length || index >= length) {
    throw new IndexError(`there is no place ${index} in axis ${axis} of ${showShape(x.shape)}`, {
      op,
      shapes: [x.shape],
    });
  }
  const part = narrow(x, axis, index, 1);
  return reshape(
    part,
    x.shape.filter((_, i) => i !== axis),
  );
}

/** The largest element of each line and its place; a gradient goes to that element alone. */
export const maxAlong = (x: Node, dim: number, keepdim = false): [Node, Node] =>
  extremeAlong('max', argmax, x, dim, keepdim);

/** The same for the smallest. */
export const minAlong = (x: Node, dim: number, keepdim = false): [Node, Node] =>
  extremeAlong('min', argmin, x, dim, keepdim);

function extremeAlong(op: string, find: typeof argmax, x: Node, dim: number, keepdim: boolean): [Node, Node] {
  const axis = resolveAxis(op, dim, x.shape.length);
  const place = find(x, axis, true);
  if (!x.shape.length) return [x, place];
  const values = apply('gather', [x, place], { axis });
  return keepdim ? [values, place] : [squeeze(values, axis), squeeze(place, axis)];
}
