import { ArgumentError, DataError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { tensorNumbers } from '../values.ts';

/** Points: a tensor [points, features], or lists of one length. */
export type Points = Tensor | readonly ArrayLike<number>[];

/** Numbers row by row, in double precision. */
export interface Rows {
  readonly values: Float64Array;
  readonly count: number;
  readonly width: number;
}

/** Reads points. Throws a ShapeMismatchError unless each has as many features, a DataError for none and for what is not finite. */
export function pointsOf(op: string, points: Points): Rows {
  const rows = points instanceof Tensor ? rowsOfTensor(op, points) : rowsOfLists(op, points);
  const { values, count, width } = rows;
  if (count < 2 || width === 0) {
    throw new DataError(`${count} points with ${width} features are too few`, {
      op,
      hint: 'Give two points at least',
    });
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new DataError(`feature ${bad % width} of point ${Math.floor(bad / width)} is ${values[bad]}`, {
      op,
      hint: 'Leave such points out, or fill the missing values in',
    });
  }
  return rows;
}

function rowsOfTensor(op: string, points: Tensor): Rows {
  const { shape } = points;
  if (shape.length !== 2) {
    throw new ShapeMismatchError(`the points have the shape ${showShape(shape)}`, {
      op,
      shapes: [shape],
      hint: 'Give [points, features]; images are made such by flatten(1)',
    });
  }
  return { values: Float64Array.from(tensorNumbers(points)), count: shape[0], width: shape[1] };
}

function rowsOfLists(op: string, points: readonly ArrayLike<number>[]): Rows {
  if (!Array.isArray(points))
    throw new ArgumentError('points are a tensor [points, features] or lists', { op });
  const width = points[0]?.length ?? 0;
  const values = new Float64Array(points.length * width);
  points.forEach((point: ArrayLike<number>, index) => {
    if (point.length !== width) {
      throw new ShapeMismatchError(`point ${index} has ${point.length} features, those before ${width}`, {
        op,
        shapes: [[width], [point.length]],
      });
    }
    values.set(Array.from(point), index * width);
  });
  return { values, count: points.length, width };
}
