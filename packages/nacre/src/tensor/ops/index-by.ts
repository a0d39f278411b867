import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { resolveAxis, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { apply, cast, expand, reshape } from '../primitives/apply.ts';
import { scatter } from '../primitives/structured.ts';

/** Indices that are known to lie in an axis; where one does not, the program that meets it says so. */
export const checked = (op: string, index: Node, size: number): Node => {
  const checkedIndex = apply('checkIndex', [index], { size, op });
  return index.dtype === 'int32' ? checkedIndex : cast(checkedIndex, 'int32');
};

/** out[i][j] = x[index[i][j]][j] for axis 0, and so on for the others. */
export function gather(x: Node, dim: number, index: Node): Node {
  const axis = resolveAxis('gather', dim, x.shape.length);
  // One number is an axis of one.
  if (!x.shape.length && index.shape.length < 2) {
    return reshape(gather(reshape(x, [1]), 0, reshape(index, [sizeOf(index.shape)])), index.shape);
  }
  return apply('gather', [x, checked('gather', index, x.shape[axis])], { axis });
}

/** `x` with source[i][j] added at [index[i][j]][j] for axis 0, and so on. */
export function scatterAdd(x: Node, dim: number, index: Node, source: Node): Node {
  const axis = resolveAxis('scatterAdd', dim, x.shape.length);
  if (!x.shape.length && !index.shape.length && !source.shape.length) {
    const [line, place, added] = [x, index, source].map((node) => reshape(node, [1]));
    return reshape(scatterAdd(line, 0, place, added), []);
  }
  return scatter(x, axis, checked('scatterAdd', index, x.shape[axis]), source);
}

/** The slices of an axis that a list of indices names. */
export function indexSelect(x: Node, dim: number, index: Node, op = 'indexSelect'): Node {
  if (index.shape.length > 1) {
    throw new ShapeMismatchError(`the index is a list, got ${showShape(index.shape)}`, {
      op,
      shapes: [x.shape, index.shape],
    });
  }
  const axis = resolveAxis(op, dim, x.shape.length);
  const count = index.shape[0] ?? 1;
  // One number is an axis of one, from which one element can be taken.
  if (!x.shape.length && count === 1) return reshape(indexSelect(reshape(x, [1]), 0, index, op), []);
  const shape = x.shape.map((length, i) => (i === axis ? count : length));
  const column = reshape(
    checked(op, index, x.shape[axis]),
    shape.map((_, i) => (i === axis ? count : 1)),
  );
  return apply('gather', [x, expand(column, shape)], { axis });
}

/** 1 at the place each index names, 0 elsewhere, along a new last axis. */
export function oneHot(indices: Node, numClasses: number): Node {
  if (!Number.isInteger(numClasses) || numClasses < 1) {
    throw new ArgumentError(`the number of classes is a positive integer, got ${numClasses}`, {
      op: 'oneHot',
      hint: 'Give the number of classes: it cannot be read from the data while the graph is built',
    });
  }
  const shape = [...indices.shape, numClasses];
  const wanted = reshape(checked('oneHot', indices, numClasses), [...indices.shape, 1]);
  const places = apply('iota', [], { shape, axis: shape.length - 1, dtype: 'int32' });
  return cast(apply('eq', [places, wanted], {}), 'int32');
}

/** The rows of `weight` that the indices name. */
export function embedding(indices: Node, weight: Node): Node {
  if (weight.shape.length !== 2) {
    throw new ShapeMismatchError(`the weight is a matrix, got ${showShape(weight.shape)}`, {
      op: 'embedding',
      shapes: [indices.shape, weight.shape],
    });
  }
  const flat = reshape(indices, [indices.shape.reduce((size, length) => size * length, 1)]);
  return reshape(indexSelect(weight, 0, flat, 'embedding'), [...indices.shape, weight.shape[1]]);
}
