/** What the algorithms on matrices share: their arguments, batches as one axis in front, rows and columns at places known at run time. */
import type { DType } from '../../../base/dtype.ts';
import { ShapeMismatchError, showShape } from '../../../base/errors.ts';
import { broadcastShapes, type Shape, sizeOf } from '../../../base/shape.ts';
import type { Node } from '../../../graph/node.ts';
import { apply, cast, constant, div, expand, reshape, sub, sum, where } from '../../primitives/apply.ts';
import { abs, argmax, eq, logicalAnd, lt } from '../index.ts';

/** The dtype that a decomposition is computed in: float64 stays, all else is float32. */
export const precise = (x: Node): Node => cast(x, x.dtype === 'float64' ? 'float64' : 'float32');

/** Two operands in one such dtype. */
export function preciseTogether(x: Node, y: Node): [Node, Node] {
  const dtype: DType = x.dtype === 'float64' || y.dtype === 'float64' ? 'float64' : 'float32';
  return [cast(x, dtype), cast(y, dtype)];
}

/** The distance from 1 to the next number. */
export const epsilonOf = (dtype: DType): number => (dtype === 'float64' ? 2 ** -52 : 2 ** -23);

export const rowsOf = (x: Node): number => x.shape[x.shape.length - 2];
export const columnsOf = (x: Node): number => x.shape[x.shape.length - 1];
export const batchOf = (x: Node): Shape => x.shape.slice(0, -2);

export function requireMatrices(op: string, name: string, x: Node): void {
  if (x.shape.length >= 2) return;
  throw new ShapeMismatchError(`${name}: ${showShape(x.shape)}, expected matrices in the last two axes`, {
    op,
    shapes: [x.shape],
  });
}

export function requireSquare(op: string, name: string, x: Node): void {
  requireMatrices(op, name, x);
  if (rowsOf(x) === columnsOf(x)) return;
  throw new ShapeMismatchError(
    `${name}: ${showShape(x.shape)}, expected square matrices in the last two axes, got ${rowsOf(x)} rows and ${columnsOf(x)} columns`,
    { op, shapes: [x.shape] },
  );
}

/** Both with the batch that their batches broadcast to. */
export function withOneBatch(op: string, a: Node, b: Node): [Node, Node] {
  const batch = broadcastShapes(`${op} (batches)`, batchOf(a), batchOf(b));
  return [expand(a, [...batch, ...a.shape.slice(-2)]), expand(b, [...batch, ...b.shape.slice(-2)])];
}

/** [..., rows, columns] as [batch, rows, columns]. */
export const asBatch = (x: Node): Node => reshape(x, [sizeOf(batchOf(x)), ...x.shape.slice(-2)]);

export const place = (shape: Shape, axis: number): Node => apply('iota', [], { shape, axis, dtype: 'int32' });

/** The numbers 0 to length - 1, as the sequence of a loop. */
export const stepsOf = (length: number): Node => place([length], 0);

export const zero = (like: Node): Node => constant(0, like.dtype);
export const one = (like: Node): Node => constant(1, like.dtype);
export const notANumber = (like: Node): Node => constant(Number.NaN, like.dtype);
export const zeros = (shape: Shape, dtype: DType): Node => expand(constant(0, dtype), shape);

/** Ones on the diagonal, for every matrix of a batch. */
export const identity = (rows: number, columns: number, dtype: DType, batch: Shape = []): Node =>
  expand(cast(eq(place([rows, columns], 0), place([rows, columns], 1)), dtype), [...batch, rows, columns]);

/** [..., n] as the columns [..., n, 1], or the rows [..., 1, n], that broadcast over matrices. */
export const asColumns = (x: Node): Node => reshape(x, [...x.shape, 1]);
export const asRows = (x: Node): Node =>
  reshape(x, [...x.shape.slice(0, -1), 1, x.shape[x.shape.length - 1]]);

/** Column `at` (a number known at run time) of matrices [batch, rows, columns]: [batch, rows]. */
export function columnAt(x: Node, at: Node): Node {
  const [batch, rows] = x.shape;
  const index = expand(reshape(at, [1, 1, 1]), [batch, rows, 1]);
  return reshape(apply('gather', [x, index], { axis: 2 }), [batch, rows]);
}

/** Element `at` of vectors [batch, n]: [batch]. */
export function elementAt(x: Node, at: Node): Node {
  const index = expand(reshape(at, [1, 1]), [x.shape[0], 1]);
  return reshape(apply('gather', [x, index], { axis: 1 }), [x.shape[0]]);
}

/** The rows of matrices [batch, rows, columns] that lists of places [batch, count] (or one list for all) name. */
export function rowsAt(x: Node, places: Node): Node {
  const [batch, , columns] = x.shape;
  const count = columnsOf(places);
  const index = expand(reshape(places, [sizeOf(places.shape) / count, count, 1]), [batch, count, columns]);
  return apply('gather', [x, index], { axis: 1 });
}

/** Elements of [..., n] at places [..., m]. */
export const elementsAt = (x: Node, places: Node): Node =>
  apply('gather', [x, places], { axis: x.shape.length - 1 });

/** column ⊗ row taken from matrices: [batch, m, n] - [batch, m]·[batch, n]. */
export const minusOuter = (x: Node, column: Node, row: Node): Node =>
  sub(x, apply('mul', [asColumns(column), asRows(row)], {}));

/** The diagonal of matrices, as a new last axis. */
export function diagonalOf(x: Node): Node {
  const length = Math.min(rowsOf(x), columnsOf(x));
  const index = expand(reshape(place([length], 0), [length, 1]), [...batchOf(x), length, 1]);
  if (columnsOf(x) === 0) return zeros([...batchOf(x), 0], x.dtype);
  const found = apply('gather', [x, index], { axis: x.shape.length - 1 });
  return reshape(found, [...batchOf(x), length]);
}

/** x / y, and 0 where both are 0: a direction that no cotangent asks for adds nothing, though it is not determined. */
export function quotient(x: Node, y: Node): Node {
  const isNothing = logicalAnd(eq(x, 0), eq(y, 0));
  return div(x, where(isNothing, one(y), y));
}

/** For every column the sign, 1 or -1, of its element of largest magnitude (the first of equal ones): [..., n]. */
export function leadingSigns(x: Node): Node {
  const axis = x.shape.length - 2;
  const first = argmax(abs(x), axis, true);
  const leading = apply('gather', [x, first], { axis });
  const signs = where(lt(leading, 0), constant(-1, x.dtype), one(x));
  return reshape(signs, [...batchOf(x), columnsOf(x)]);
}

/** Σ along the last axis. */
export const sumLast = (x: Node): Node => sum(x, [x.shape.length - 1]);
