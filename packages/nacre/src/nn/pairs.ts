import { optionsOf } from '../base/options.ts';
import { zeros } from '../tensor/create.ts';
import { bilinear, cosineSimilarity, pairwiseDistance } from '../tensor/functions.ts';
import { Parameter } from '../tensor/parameter.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { uniform } from './init.ts';
import { checkSizes } from './linear.ts';
import { Module } from './module.ts';

/**
 * A bilinear form over the last axes, plus a bias.
 *
 * Weight [outFeatures, in1Features, in2Features] and bias [outFeatures] begin uniform in ±1/√in1Features, as in PyTorch.
 *
 * Formula: y[o] = Σᵢⱼ x1[i]·W[o, i, j]·x2[j] + b[o]
 *
 * Shapes: x1 [..., in1Features], x2 [..., in2Features] → [..., outFeatures]
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * new nn.Bilinear(2, 3, 4).forward(zeros([5, 2]), zeros([5, 3])).shape; // → [5, 4]
 * ```
 */
export class Bilinear extends Module {
  readonly weight: Parameter<readonly [number, number, number], 'float32'>;
  readonly bias: Parameter<readonly [number], 'float32'> | null;

  /** @param options `bias: false` leaves out b. */
  constructor(
    readonly in1Features: number,
    readonly in2Features: number,
    readonly outFeatures: number,
    options: { bias?: boolean } = {},
  ) {
    super();
    const { bias = true } = optionsOf('Bilinear', options, ['bias']);
    checkSizes('Bilinear', { in1Features, in2Features, outFeatures });
    const bound = 1 / Math.sqrt(in1Features);
    this.weight = uniform(new Parameter(zeros([outFeatures, in1Features, in2Features])), -bound, bound);
    this.bias = bias ? uniform(new Parameter(zeros([outFeatures])), -bound, bound) : null;
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    return bilinear(x1, x2, this.weight, this.bias);
  }
}

/**
 * The cosine of the angle of two vectors along an axis.
 *
 * Formula: x1·x2 / (max(‖x1‖, eps)·max(‖x2‖, eps))
 *
 * Shapes: x1, x2 broadcast to [...], without the axis `dim`
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.CosineSimilarity().forward(tensor([[1, 0]]), tensor([[1, 1]])).tolist(); // → [0.7071]
 * ```
 */
export class CosineSimilarity extends Module {
  readonly dim: number;
  readonly eps: number;

  /** @param options `dim` 1, `eps` 1e-8. */
  constructor(options: { dim?: number; eps?: number } = {}) {
    super();
    const { dim = 1, eps = 1e-8 } = optionsOf('CosineSimilarity', options, ['dim', 'eps']);
    this.dim = dim;
    this.eps = eps;
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    return cosineSimilarity(x1, x2, { dim: this.dim, eps: this.eps });
  }
}

/**
 * The distance of two vectors over the last axis.
 *
 * Formula: ‖x1 - x2 + eps‖
 *
 * Shapes: x1, x2 [..., D] → [...], or [..., 1] with `keepdim`
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.PairwiseDistance().forward(tensor([[0, 0]]), tensor([[3, 4]])).tolist(); // → [5]
 * ```
 */
export class PairwiseDistance extends Module {
  readonly options: { p?: number; eps?: number; keepdim?: boolean };

  /** @param options order `p` 2, `eps` 1e-6, `keepdim` false. */
  constructor(options: { p?: number; eps?: number; keepdim?: boolean } = {}) {
    super();
    optionsOf('PairwiseDistance', options, ['p', 'eps', 'keepdim']);
    this.options = options;
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    return pairwiseDistance(x1, x2, this.options);
  }
}
