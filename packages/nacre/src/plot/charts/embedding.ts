import { ShapeMismatchError } from '../../base/errors.ts';
import { type Picture, pictureSettings } from '../picture.ts';
import { type Points, pointsOf } from '../projection/matrix.ts';
import { checkSameLength } from '../values.ts';
import { type ClassLabels, groupsOf } from './classes.ts';
import { type AxesOptions, axesOptions, panelPicture } from './line-chart.ts';
import type { DrawnLine } from './lines.ts';

export interface EmbeddingMapOptions extends AxesOptions {
  /** Names of the classes that labels count from 0. Default: the numbers. */
  readonly classes?: readonly string[];
  /** Diameter of the points in pixels. Default: 6, less for thousands of points. */
  readonly size?: number;
}

/**
 * Points in the plane, such as `pca` or `tsne` find for the features of a network, each class in a colour of its own.
 *
 * Shapes: points [N, 2], labels [N]
 *
 * @throws ShapeMismatchError for points of other than two coordinates, or as many labels as there are no points.
 *
 * @example
 * ```ts
 * import { embeddingMap, pca } from 'nacre/plot';
 * const { points } = pca([[0, 0, 1], [1, 1, 1], [2, 2, 1], [2, 0, 1]]);
 * (await embeddingMap(points, [0, 1, 1, 0], { classes: ['cat', 'dog'] }).svg()).includes('dog'); // → true
 * ```
 */
export function embeddingMap(
  points: Points,
  labels?: ClassLabels,
  options: EmbeddingMapOptions = {},
): Picture {
  const op = 'embeddingMap';
  const room = pictureSettings(op, options, [...axesOptions, 'classes', 'size'], { width: 640, height: 600 });
  const { values, count, width } = pointsOf(op, points);
  if (width !== 2) {
    throw new ShapeMismatchError(`the points have ${width} coordinates`, {
      op,
      shapes: [[count, width]],
      hint: 'Bring them to two with pca or tsne first',
    });
  }
  const { title = '', xLabel = '', yLabel, xRange, yRange, classes, size = count > 2000 ? 3 : 6 } = options;
  const groups =
    labels === undefined
      ? { names: [''], members: [Array.from({ length: count }, (_, index) => index)] }
      : groupsOf(op, labels, classes);
  if (labels !== undefined) {
    const total = groups.members.reduce((sum, { length }) => sum + length, 0);
    checkSameLength(op, {
      points: { length: count } as ArrayLike<unknown>,
      labels: { length: total } as ArrayLike<unknown>,
    });
  }
  const lines = groups.members.map(
    (members, index): DrawnLine => ({
      label: groups.names[index],
      x: members.map((point) => values[2 * point]),
      y: members.map((point) => values[2 * point + 1]),
      isScattered: true,
      size,
    }),
  );
  return panelPicture({ title, xLabel, yLabel, xRange, yRange, lines }, room);
}
