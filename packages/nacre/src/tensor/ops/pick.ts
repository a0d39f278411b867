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
  atPlace(x, dim, argmax(x, dim, true), keepdim);

/** The same for the smallest. */
export const minAlong = (x: Node, dim: number, keepdim = false): [Node, Node] =>
  atPlace(x, dim, argmin(x, dim, true), keepdim);

function atPlace(x: Node, dim: number, place: Node, keepdim: boolean): [Node, Node] {
  if (!x.shape.length) return [x, place];
  const values = apply('gather', [x, place], { axis: resolveAxis('max', dim, x.shape.length) });
  return keepdim ? [values, place] : [squeeze(values, dim), squeeze(place, dim)];
}
