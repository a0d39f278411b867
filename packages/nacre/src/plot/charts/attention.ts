import { ShapeMismatchError } from '../../base/errors.ts';
import { mean } from '../../tensor/functions.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { type Picture, type PictureOptions, pictureSettings } from '../picture.ts';
import { extent } from '../values.ts';
import { heatmapPicture, type Matrix, matrixOf } from './heatmap.ts';

export interface AttentionMapOptions extends PictureOptions {
  /** Which head is drawn where there are several. Default: their mean. */
  readonly head?: number;
}

/**
 * How much each token attends to each other one: a row for each that asks, a column for each that is asked.
 *
 * Shapes: weights [queries, keys] or [heads, queries, keys], as MultiheadAttention gives them for one example
 *
 * @param queries the tokens that ask, from the top, such as those of a translation.
 * @param keys the tokens that are asked. Default: those that ask.
 * @throws ShapeMismatchError where tokens and weights do not fit; ArgumentError for a head that is none.
 *
 * @example
 * ```ts
 * import { tensor } from 'nacre';
 * import { attentionMap } from 'nacre/plot';
 * const picture = attentionMap(tensor([[0.9, 0.1], [0.2, 0.8]]), ['我', '来'], ['I', 'come']);
 * (await picture.svg()).includes('我'); // → true
 * ```
 */
export function attentionMap(
  weights: Matrix,
  queries: readonly string[],
  keys: readonly string[] = queries,
  options: AttentionMapOptions = {},
): Picture {
  const op = 'attentionMap';
  const { texts } = pictureSettings(op, options, ['head'], { width: 640, height: 640 });
  const { head, ...rest } = options;
  const shown = matrixOf(op, oneHead(op, weights, head));
  return heatmapPicture(op, shown, {
    rowLabel: texts.query,
    columnLabel: texts.attendedTo,
    range: [0, extent(shown.values)?.[1] || 1],
    isDiverging: false,
    ...rest,
    rows: queries,
    columns: keys,
  });
}

function oneHead(op: string, weights: Matrix, head: number | undefined): Matrix {
  if (!(weights instanceof Tensor) || weights.shape.length === 2) return weights;
  const { shape } = weights;
  if (shape.length !== 3) {
    throw new ShapeMismatchError(`the weights have the shape [${shape.join(', ')}]`, {
      op,
      shapes: [shape],
      hint: 'Give those of one example: [queries, keys] or [heads, queries, keys]',
    });
  }
  if (head === undefined) return mean(weights, 0);
  if (Number.isInteger(head) && head >= 0 && head < shape[0]) return (weights as Tensor).select(0, head);
  throw new ShapeMismatchError(`there is no head ${head}; there are ${shape[0]}`, { op, shapes: [shape] });
}
