/** Reading an image at places that are computed, as spatial transformers do (Jaderberg, Simonyan, Zisserman and Kavukcuoglu, 2015). */
import { ArgumentError, ShapeMismatchError, showShape } from '../../base/errors.ts';
import type { Node } from '../../graph/node.ts';
import {
  add,
  apply,
  cast,
  constant,
  expand,
  mul,
  neg,
  plus,
  reshape,
  sub,
  swapLast,
  times,
  where,
} from '../primitives/apply.ts';
import {
  abs,
  clamp,
  eq,
  floor,
  ge,
  le,
  logicalAnd,
  remainder,
  round,
  toFloat,
  together,
} from './elementwise.ts';
import { stack } from './movement.ts';
import { select } from './pick.ts';
import { matmul } from './products.ts';

export interface GridSampleOptions {
  /** Four neighbours weighed, or the nearest one. Default: 'bilinear'. */
  mode?: 'bilinear' | 'nearest';
  /** What is beyond the edges: zeros, the edge, or the image mirrored there. Default: 'zeros'. */
  paddingMode?: 'zeros' | 'border' | 'reflection';
  /** Whether -1 and 1 are the centres of the outer elements, and not their outer edges. Default: no. */
  alignCorners?: boolean;
}

/** Coordinates from -1 to 1 along an axis of elements. */
function base(length: number, dtype: Node['dtype'], alignCorners: boolean): Node {
  const place = cast(apply('iota', [], { shape: [length], axis: 0, dtype: 'int32' }), dtype);
  if (alignCorners) return length > 1 ? plus(times(place, 2 / (length - 1)), -1) : times(place, 0);
  return plus(times(place, 2 / length), 1 / length - 1);
}

/** The grid of places (x, y) that matrices [N, 2, 3] send the places of an image [N, C, H, W] to: [N, H, W, 2]. */
export function affineGrid(theta: Node, size: readonly number[], alignCorners: boolean): Node {
  const op = 'affineGrid';
  const [batch, , height, width] = size;
  if (size.length !== 4 || theta.shape.length !== 3 || showShape(theta.shape) !== showShape([batch, 2, 3])) {
    throw new ShapeMismatchError(
      `theta: ${showShape(theta.shape)}, size: ${showShape(size)}: expected [N, 2, 3] and [N, C, H, W]`,
      { op, shapes: [theta.shape, size] },
    );
  }
  const value = toFloat(theta);
  const [x, y] = [width, height].map((length) => base(length, value.dtype, alignCorners));
  const full = [height, width];
  const places = stack(
    [expand(x, full), expand(reshape(y, [height, 1]), full), expand(constant(1, value.dtype), full)],
    -1,
  );
  const moved = matmul(reshape(places, [1, height * width, 3]), swapLast(value));
  return reshape(moved, [batch, height, width, 2]);
}

/** A coordinate from -1 to 1 as a place among the elements of an axis, brought inside where the padding asks for it. */
function placeOf(
  coordinate: Node,
  length: number,
  { paddingMode, alignCorners }: Required<GridSampleOptions>,
): Node {
  const place = alignCorners
    ? times(plus(coordinate, 1), (length - 1) / 2)
    : times(plus(times(plus(coordinate, 1), length), -1), 0.5);
  if (paddingMode === 'zeros') return place;
  if (paddingMode === 'border') return clamp(place, 0, length - 1);
  // Mirrors stand at the centres or at the edges of the outer elements.
  const [first, span] = alignCorners ? [0, length - 1] : [-0.5, length];
  if (!span) return times(place, 0);
  const distance = abs(plus(place, -first));
  const extra = remainder(distance, span);
  const turns = floor(times(sub(distance, extra), 1 / span));
  const isEven = eq(remainder(round(turns), 2), 0);
  return clamp(plus(where(isEven, extra, plus(neg(extra), span)), first), 0, length - 1);
}

/** Elements of [N, C, H, W] at places [N, H', W', 2], each (x, y) from -1 to 1: [N, C, H', W']. */
export function gridSample(input: Node, grid: Node, options: GridSampleOptions): Node {
  const op = 'gridSample';
  const settings = { mode: 'bilinear', paddingMode: 'zeros', alignCorners: false, ...options } as const;
  const known = { mode: ['bilinear', 'nearest'], paddingMode: ['zeros', 'border', 'reflection'] };
  for (const name of ['mode', 'paddingMode'] as const) {
    if (!known[name].includes(settings[name])) {
      throw new ArgumentError(`there is no ${name} '${settings[name]}'`, {
        op,
        hint: `Known: ${known[name].join(', ')}`,
      });
    }
  }
  const [batch, channels, height, width] = input.shape;
  const fits =
    input.shape.length === 4 && grid.shape.length === 4 && grid.shape[0] === batch && grid.shape[3] === 2;
  if (!fits || !height || !width) {
    throw new ShapeMismatchError(
      `input: ${showShape(input.shape)}, grid: ${showShape(grid.shape)}: expected [N, C, H, W] and [N, H', W', 2]`,
      { op, shapes: [input.shape, grid.shape] },
    );
  }
  const [image, places] = together(toFloat(input), toFloat(grid));
  const [x, y] = [width, height].map((length, i) => placeOf(select(places, -1, i), length, settings));
  const count = grid.shape[1] * grid.shape[2];
  const flat = reshape(image, [batch, channels, height * width]);
  /** The elements in a row and a column of whole numbers, 0 outside the image. */
  const at = (column: Node, row: Node): Node => {
    const isInside = [column, row]
      .map((place, i) => logicalAnd(ge(place, 0), le(place, [width, height][i] - 1)))
      .reduce(logicalAnd);
    const [safeColumn, safeRow] = [column, row].map((place) =>
      cast(where(isInside, place, constant(0, place.dtype)), 'int32'),
    );
    const index = add(apply('mul', [safeRow, constant(width, 'int32')], {}), safeColumn);
    const list = expand(reshape(index, [batch, 1, count]), [batch, channels, count]);
    const taken = reshape(apply('gather', [flat, list], { axis: 2 }), [
      batch,
      channels,
      ...grid.shape.slice(1, 3),
    ]);
    return where(reshape(isInside, [batch, 1, ...grid.shape.slice(1, 3)]), taken, constant(0, image.dtype));
  };
  if (settings.mode === 'nearest') return at(round(x), round(y));
  const [left, top] = [floor(x), floor(y)];
  const [right, bottom] = [plus(left, 1), plus(top, 1)];
  const [toRight, toBottom] = [sub(x, left), sub(y, top)];
  const [toLeft, toTop] = [sub(right, x), sub(bottom, y)];
  const weighed = (column: Node, row: Node, across: Node, down: Node): Node =>
    mul(at(column, row), reshape(mul(across, down), [batch, 1, ...grid.shape.slice(1, 3)]));
  return [
    weighed(left, top, toLeft, toTop),
    weighed(right, top, toRight, toTop),
    weighed(left, bottom, toLeft, toBottom),
    weighed(right, bottom, toRight, toBottom),
  ].reduce(add);
}
