import type { PerAxis } from '../tensor/ops/window.ts';
import { Upsample } from './resample.ts';

/** The size of the result, or by how much the input grows. */
export interface UpsamplingOptions {
  size?: PerAxis | null;
  scaleFactor?: PerAxis | null;
}

/**
 * [N, C, H, W] enlarged, each element the nearest one of the input.
 *
 * Formula: y[i, j] = x[⌊i·H / H'⌋, ⌊j·W / W'⌋]
 *
 * Shapes: x [N, C, H, W] → [N, C, H', W']
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * const x = tensor([[[[1, 2]]]]);
 * await new nn.UpsamplingNearest2d({ scaleFactor: 2 }).forward(x).tolist(); // → [[[[1, 1, 2, 2], [1, 1, 2, 2]]]]
 * ```
 */
export class UpsamplingNearest2d extends Upsample {
  constructor(options: UpsamplingOptions) {
    super({ ...options, mode: 'nearest' });
  }
}

/**
 * [N, C, H, W] enlarged by weighing the four neighbours; the centres of the corner elements stay where they are.
 *
 * Formula: the weighted mean of the neighbours of i·(L - 1) / (L' - 1) on each axis
 *
 * Shapes: x [N, C, H, W] → [N, C, H', W']
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * const x = tensor([[[[1, 3]]]]);
 * await new nn.UpsamplingBilinear2d({ size: [1, 3] }).forward(x).tolist(); // → [[[[1, 2, 3]]]]
 * ```
 */
export class UpsamplingBilinear2d extends Upsample {
  constructor(options: UpsamplingOptions) {
    super({ ...options, mode: 'bilinear', alignCorners: true });
  }
}
