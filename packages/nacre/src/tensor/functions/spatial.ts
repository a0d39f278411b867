/** Reading images at places that are computed. */
import { nodeOf } from '../arguments.ts';
import * as spatial from '../ops/spatial.ts';
import { Tensor } from '../tensor.ts';
import type { Shape } from '../types/index.ts';

export type { GridSampleOptions } from '../ops/spatial.ts';

/**
 * The places in an input that affine maps `theta` [N, 2, 3] send each place of an output of the size [N, C, H, W] to, for `gridSample`:
 * [N, H, W, 2], each (x, y) from -1 to 1, (x, y) = theta·(x', y', 1). `alignCorners` (default: no) as there. Throws a
 * ShapeMismatchError for other shapes.
 *
 * Formula: (x, y) = theta·(x', y', 1)
 *
 * Shapes: theta [N, 2, 3], size [N, C, H, W] → [N, H, W, 2]
 *
 * @example
 * ```ts
 * import { affineGrid, tensor } from 'nacre';
 * const identity = tensor([[[1, 0, 0], [0, 1, 0]]]);
 * await affineGrid(identity, [1, 1, 1, 2], { alignCorners: true }).tolist(); // → [[[[-1, 0], [1, 0]]]]
 * ```
 */
export const affineGrid = (
  theta: Tensor,
  size: Shape,
  { alignCorners = false }: { alignCorners?: boolean } = {},
): Tensor => new Tensor(spatial.affineGrid(nodeOf('affineGrid', theta), size, alignCorners));

/**
 * The elements of images [N, C, H, W] at the places `grid` [N, H', W', 2], each (x, y) from -1 (left, top) to 1 (right, bottom): [N, C, H', W'], with
 * gradients to the image and to the places (Jaderberg, Simonyan, Zisserman and Kavukcuoglu, "Spatial transformer networks", 2015).
 *
 * `mode` 'bilinear' (the default) weighs four neighbours, 'nearest' takes one. Beyond the edges `paddingMode` has 'zeros' (the default), 'border' or
 * 'reflection'. -1 and 1 are the outer edges of the outer elements, with `alignCorners` (default: no) their centres. Throws an ArgumentError
 * for other modes, a ShapeMismatchError for other shapes.
 *
 * Formula: y[n, c, i, j] = the weighted mean of the neighbours of grid[n, i, j] in x[n, c]
 *
 * Shapes: x [N, C, H, W], grid [N, H', W', 2] → [N, C, H', W']
 *
 * @example
 * ```ts
 * import { gridSample, tensor } from 'nacre';
 * const image = tensor([[[[1, 3]]]]);
 * await gridSample(image, tensor([[[[0, 0]]]])).tolist(); // → [[[[2]]]]
 * ```
 */
export const gridSample = (input: Tensor, grid: Tensor, options: spatial.GridSampleOptions = {}): Tensor =>
  new Tensor(spatial.gridSample(nodeOf('gridSample', input), nodeOf('gridSample', grid), options));
