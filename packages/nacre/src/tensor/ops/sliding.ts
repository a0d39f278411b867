import { sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { apply, expand, permute, reshape, sum } from '../primitives/apply.ts';
import { together } from './elementwise.ts';
import { matmul } from './products.ts';

/** The axes of `rank` sliding ones, counted from their first. */
export const spatial = (rank: number): number[] => Array.from({ length: rank }, (_, i) => i);

export interface Sliding {
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

/**
 * What windows that slide along `axes` of x see (default: the last ones): [..., windows…, size…]. A view: nothing is copied. Windows
 * that reach beyond the elements see `value`.
 */
export function slide(
  x: Node,
  { sizes, strides, dilations }: Sliding,
  before: readonly number[],
  windows: readonly number[],
  value = 0,
  axes: readonly number[] = sizes.map((_, i) => x.shape.length - sizes.length + i),
): Node {
  const repeated = expand(reshape(x, [...x.shape, ...sizes.map(() => 1)]), [...x.shape, ...sizes]);
  return apply('collect', [repeated], {
    axes,
    sizes,
    strides,
    dilations,
    before,
    windows,
    lengths: axes.map((axis) => x.shape[axis]),
    value,
  });
}

/** Elements of windows [N, C, size…, windows…] added up at the places they were taken from: [N, C, lengths…]. */
export function putBack(
  split: Node,
  { sizes, strides, dilations }: Sliding,
  before: readonly number[],
  windows: readonly number[],
  lengths: readonly number[],
): Node {
  const axes = sizes.map((_, i) => 2 + i);
  const kernel = axes.map((axis) => axis + sizes.length);
  const windowsFirst = permute(split, [0, 1, ...kernel, ...axes]);
  const attributes = { axes, sizes, strides, dilations, before, windows, lengths, value: 0 };
  return sum(apply('spread', [windowsFirst], attributes), kernel);
}

/** Zeros before and after the spatial axes. */
export function padAxes(x: Node, before: readonly number[], after: readonly number[], value = 0): Node {
  if (before.every((length) => length === 0) && after.every((length) => length === 0)) return x;
  return apply('pad', [x], { before: [0, 0, ...before], after: [0, 0, ...after], value });
}

/** [N, C, windows…, size…] with [O, C / groups, size…]: the product over channels and kernel, for each image and group. */
export function multiplyWindows(
  seen: Node,
  weight: Node,
  batch: number,
  groups: number,
  perGroup: number,
  windows: readonly number[],
  sizes: readonly number[],
): Node {
  const rank = sizes.length;
  const outChannels = weight.shape[0];
  const inner = perGroup * sizeOf(sizes);
  const kernelFirst = [0, 1, ...spatial(rank).map((i) => 2 + rank + i), ...spatial(rank).map((i) => 2 + i)];
  const columns = reshape(permute(seen, kernelFirst), [batch, groups, inner, sizeOf(windows)]);
  const rows = reshape(together(weight, seen)[0], [1, groups, outChannels / groups, inner]);
  return matmul(rows, columns);
}
