import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import {
  cosineEmbeddingLoss,
  hingeEmbeddingLoss,
  klDiv,
  multiMarginLoss,
  tripletMarginLoss,
} from '../tensor/functions.ts';
import { State } from '../tensor/parameter.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Reduction } from '../tensor/types/index.ts';
import { Loss, type LossOptions } from './losses.ts';
import { Module } from './module.ts';

/**
 * A loss of distances x of pairs that are alike (target 1) or not (-1). Options: `margin` (default 1), `reduction`.
 *
 * Formula: x where the target is 1, max(0, margin - x) where it is -1
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.HingeEmbeddingLoss({ reduction: 'none' }).forward(tensor([0.2, 0.2]), tensor([1, -1])).tolist(); // → [0.2, 0.8]
 * ```
 */
export class HingeEmbeddingLoss extends Loss {
  readonly margin: number;

  constructor(options: LossOptions & { margin?: number } = {}) {
    super(options, ['margin']);
    const { margin = 1 } = options;
    this.margin = margin;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return hingeEmbeddingLoss(input, target, { margin: this.margin, reduction: this.reduction });
  }
}

/**
 * The score of the target class y is to be above all others by a margin.
 *
 * Formula: Σᵢ max(0, margin - x[y] + x[i])^p / C over i ≠ y
 *
 * Shapes: input [N, C] or [C], target [N] or [] → [] (or as the target with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.MultiMarginLoss().forward(tensor([[0.1, 0.2, 0.4]]), tensor([2], { dtype: 'int32' })).item(); // → 0.5
 * ```
 */
export class MultiMarginLoss extends Loss {
  readonly p: number;
  readonly margin: number;
  readonly weight: State | null;

  /** @param options `p` 1 or 2 (default 1), `margin` 1, `weight` [C] of the target classes, a buffer. */
  constructor(options: LossOptions & { p?: number; margin?: number; weight?: Tensor | null } = {}) {
    super(options, ['p', 'margin', 'weight']);
    const { p = 1, margin = 1, weight = null } = options;
    if (p !== 1 && p !== 2) throw new ArgumentError(`p is 1 or 2, got ${p}`, { op: 'MultiMarginLoss' });
    this.p = p;
    this.margin = margin;
    this.weight = weight && new State(weight);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { p, margin, weight, reduction } = this;
    return multiMarginLoss(input, target, { p, margin, weight, reduction });
  }
}

/**
 * The divergence of log-probabilities x from probabilities y, or from their logarithms with `logTarget`.
 *
 * Formula: y·(log y - x)
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * const loss = new nn.KLDivLoss({ reduction: 'sum' });
 * await loss.forward(tensor([Math.log(0.5), Math.log(0.5)]), tensor([1, 0])).item(); // → 0.6931
 * ```
 */
export class KLDivLoss extends Module {
  readonly reduction: Reduction | 'batchmean';
  readonly logTarget: boolean;

  /** @param options `reduction` 'mean' (of all elements, as in PyTorch; 'batchmean' is the divergence), `logTarget` false. */
  constructor(options: { reduction?: Reduction | 'batchmean'; logTarget?: boolean } = {}) {
    super();
    const names = ['reduction', 'logTarget'];
    const { reduction = 'mean', logTarget = false } = optionsOf('KLDivLoss', options, names);
    this.reduction = reduction;
    this.logTarget = logTarget;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return klDiv(input, target, { reduction: this.reduction, logTarget: this.logTarget });
  }
}

export interface TripletMarginOptions extends LossOptions {
  margin?: number;
  /** Order of the norm. Default: 2. */
  p?: number;
  /** Added to each difference. Default: 1e-6. */
  eps?: number;
  /** Whether the distance of positive and negative counts where it is the smaller one. Default: no. */
  swap?: boolean;
}

/**
 * The positive is to be nearer to the anchor than the negative, over the last axis (Balntas et al., 2016).
 *
 * Formula: max(0, ‖anchor - positive‖ - ‖anchor - negative‖ + margin)
 *
 * Shapes: anchor, positive, negative [..., D] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.TripletMarginLoss().forward(tensor([[0, 0]]), tensor([[3, 4]]), tensor([[0, 1]])).item(); // → 5
 * ```
 */
export class TripletMarginLoss extends Module {
  readonly options: TripletMarginOptions;

  constructor(options: TripletMarginOptions = {}) {
    super();
    optionsOf('TripletMarginLoss', options, ['margin', 'p', 'eps', 'swap', 'reduction']);
    this.options = options;
  }

  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMarginLoss(anchor, positive, negative, this.options);
  }
}

/**
 * Vectors that are alike (target 1) are to point one way, others (-1) not.
 *
 * Formula: 1 - cos(x1, x2) where the target is 1, max(0, cos(x1, x2) - margin) where it is -1
 *
 * Shapes: x1, x2 [N, D], target [N] → [] (or [N] with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.CosineEmbeddingLoss().forward(tensor([[1, 0]]), tensor([[1, 1]]), tensor([1])).item(); // → 0.2929
 * ```
 */
export class CosineEmbeddingLoss extends Module {
  readonly options: LossOptions & { margin?: number };

  /** @param options `margin` 0, `reduction` 'mean'. */
  constructor(options: LossOptions & { margin?: number } = {}) {
    super();
    optionsOf('CosineEmbeddingLoss', options, ['margin', 'reduction']);
    this.options = options;
  }

  override forward(x1: Tensor, x2: Tensor, target: Tensor): Tensor {
    return cosineEmbeddingLoss(x1, x2, target, this.options);
  }
}
