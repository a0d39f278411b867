import { optionsOf } from '../base/options.ts';
import { nodeOf } from '../tensor/arguments.ts';
import * as ops from '../tensor/ops/index.ts';
import { Tensor } from '../tensor/tensor.ts';
import { Module } from './module.ts';

/** Elements put back to where a pooling of maxima took them from. */
abstract class MaxUnpool extends Module {
  /** @param options `stride` (the kernel size) and `padding` 0 of the pooling. */
  constructor(
    readonly kernelSize: ops.PerAxis,
    readonly options: Omit<ops.UnpoolOptions, 'outputSize'> = {},
  ) {
    super();
    const op = this.constructor.name;
    optionsOf(op, options, ['stride', 'padding']);
    ops.perAxis(op, 'kernelSize', kernelSize, this.rank(), 1);
  }

  protected abstract rank(): number;

  /** @param outputSize lengths of the result, where the stride leaves a choice. Default: (L - 1)·stride - 2·padding + K. */
  override forward(x: Tensor, indices: Tensor, outputSize?: readonly number[] | null): Tensor {
    const op = this.constructor.name;
    const options = { ...this.options, outputSize };
    return new Tensor(
      ops.maxUnpool(op, nodeOf(op, x), nodeOf(op, indices), this.kernelSize, this.rank(), options),
    );
  }
}

/**
 * The largest elements of windows put back to their places, with zeros elsewhere: the way back of `MaxPool1d` with `returnIndices`.
 *
 * Formula: y[indices[t]] = x[t], 0 elsewhere
 *
 * Shapes: x, indices [N, C, L] → [N, C, L'], L' = (L - 1)·stride - 2·padding + K
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * const [values, indices] = new nn.MaxPool1d(2, { returnIndices: true }).forward(tensor([[[1, 3, 2, 4]]]));
 * await new nn.MaxUnpool1d(2).forward(values, indices).tolist(); // → [[[0, 3, 0, 4]]]
 * ```
 */
export class MaxUnpool1d extends MaxUnpool {
  protected override rank(): number {
    return 1;
  }
}

/**
 * The largest elements of windows put back to their places, with zeros elsewhere: the way back of `MaxPool2d` with `returnIndices`.
 *
 * Formula: y[indices[t]] = x[t], 0 elsewhere
 *
 * Shapes: x, indices [N, C, H, W] → [N, C, H', W'], L' = (L - 1)·stride - 2·padding + K
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * const [values, indices] = new nn.MaxPool2d(2, { returnIndices: true }).forward(tensor([[[[1, 3], [2, 4]]]]));
 * await new nn.MaxUnpool2d(2).forward(values, indices).tolist(); // → [[[[0, 0], [0, 4]]]]
 * ```
 */
export class MaxUnpool2d extends MaxUnpool {
  protected override rank(): number {
    return 2;
  }
}

/**
 * The largest elements of windows put back to their places, with zeros elsewhere: the way back of `MaxPool3d` with `returnIndices`.
 *
 * Formula: y[indices[t]] = x[t], 0 elsewhere
 *
 * Shapes: x, indices [N, C, D, H, W] → [N, C, D', H', W'], L' = (L - 1)·stride - 2·padding + K
 *
 * @example
 * ```ts
 * import { nn, ones } from 'nacre';
 * const [values, indices] = new nn.MaxPool3d(2, { returnIndices: true }).forward(ones([1, 2, 4, 4, 4]));
 * new nn.MaxUnpool3d(2).forward(values, indices).shape; // → [1, 2, 4, 4, 4]
 * ```
 */
export class MaxUnpool3d extends MaxUnpool {
  protected override rank(): number {
    return 3;
  }
}
