import { optionsOf } from '../base/options.ts';
import {
  gaussianNllLoss,
  marginRankingLoss,
  multilabelMarginLoss,
  multilabelSoftMarginLoss,
  poissonNllLoss,
  softMarginLoss,
  type TripletDistanceOptions,
  tripletMarginWithDistanceLoss,
} from '../tensor/functions.ts';
import { State } from '../tensor/parameter.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Loss, type LossOptions } from './losses.ts';
import { Module } from './module.ts';

/**
 * The logistic loss of x with targets y of -1 or 1.
 *
 * Formula: log(1 + exp(-y·x))
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.SoftMarginLoss().forward(tensor([0]), tensor([1])).item(); // → 0.6931471824645996
 * ```
 */
export class SoftMarginLoss extends Loss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return softMarginLoss(input, target, { reduction: this.reduction });
  }
}

/**
 * The mean over the classes (the last axis) of the binary cross-entropy of sigmoid(x) with targets of 0 or 1.
 *
 * Formula: mean over classes of log(1 + eˣ) - y·x
 *
 * Shapes: input, target [..., C] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.MultiLabelSoftMarginLoss().forward(tensor([[0, 0]]), tensor([[1, 0]])).item(); // → 0.6931471824645996
 * ```
 */
export class MultiLabelSoftMarginLoss extends Loss {
  readonly weight: State | null;

  /** @param options `weight` [C] of the classes, a buffer; `reduction` 'mean'. */
  constructor(options: LossOptions & { weight?: Tensor | null } = {}) {
    super(options, ['weight']);
    const { weight = null } = options;
    this.weight = weight && new State(weight);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return multilabelSoftMarginLoss(input, target, { weight: this.weight, reduction: this.reduction });
  }
}

/**
 * Each class y that is a target is to be above each class i that is none, by 1. Targets are integers of the shape of x, each
 * line a list of classes that ends at the first negative number.
 *
 * Formula: Σ max(0, 1 - x[y] + x[i]) / C
 *
 * Shapes: input, target [N, C] or [C] → [] (or [N] with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * const target = tensor([1, -1], { dtype: 'int32' });
 * await new nn.MultiLabelMarginLoss().forward(tensor([0, 0]), target).item(); // → 0.5
 * ```
 */
export class MultiLabelMarginLoss extends Loss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return multilabelMarginLoss(input, target, { reduction: this.reduction });
  }
}

export interface PoissonNLLLossOptions extends LossOptions {
  /** Whether the input is the logarithm of the rate. Default: yes. */
  logInput?: boolean;
  /** Whether Stirling's approximation of log y! is added where y > 1. Default: no. */
  full?: boolean;
  /** Added to a rate before its logarithm is taken. Default: 1e-8. */
  eps?: number;
}

/**
 * Likelihood of counts y for the logarithm x of a Poisson rate, or for the rate itself without `logInput`.
 *
 * Formula: exp(x) - y·x, or x - y·log(x + eps) without `logInput`
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.PoissonNLLLoss().forward(tensor([0]), tensor([3])).item(); // → 1
 * ```
 */
export class PoissonNLLLoss extends Loss {
  readonly options: PoissonNLLLossOptions;

  constructor(options: PoissonNLLLossOptions = {}) {
    super(options, ['logInput', 'full', 'eps']);
    this.options = options;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return poissonNllLoss(input, target, this.options);
  }
}

export interface GaussianNLLLossOptions extends LossOptions {
  /** Whether ½·log 2π is added. Default: no. */
  full?: boolean;
  /** What a variance counts as where it is below. Default: 1e-6. */
  eps?: number;
}

/**
 * Likelihood of targets y for means x and variances v, which have the input's shape, or its last axis left out or of length 1
 * (Nix and Weigend, 1994).
 *
 * Formula: ½·(log v + (x - y)² / v)
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.GaussianNLLLoss().forward(tensor([3]), tensor([1]), tensor([1])).item(); // → 2
 * ```
 */
export class GaussianNLLLoss extends Module {
  readonly options: GaussianNLLLossOptions;

  constructor(options: GaussianNLLLossOptions = {}) {
    super();
    optionsOf('GaussianNLLLoss', options, ['full', 'eps', 'reduction']);
    this.options = options;
  }

  override forward(input: Tensor, target: Tensor, variance: Tensor): Tensor {
    return gaussianNllLoss(input, target, variance, this.options);
  }
}

/**
 * Two scores are to be in order: targets y are 1 where x1 is to be the larger one and -1 where x2 is.
 *
 * Formula: max(0, margin - y·(x1 - x2))
 *
 * Shapes: x1, x2, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.MarginRankingLoss().forward(tensor([1]), tensor([3]), tensor([1])).item(); // → 2
 * ```
 */
export class MarginRankingLoss extends Module {
  readonly options: LossOptions & { margin?: number };

  /** @param options `margin` 0, `reduction` 'mean'. */
  constructor(options: LossOptions & { margin?: number } = {}) {
    super();
    optionsOf('MarginRankingLoss', options, ['margin', 'reduction']);
    this.options = options;
  }

  override forward(input1: Tensor, input2: Tensor, target: Tensor): Tensor {
    return marginRankingLoss(input1, input2, target, this.options);
  }
}

/**
 * The positive is to be nearer to the anchor than the negative, with a distance of one's own (Balntas et al., 2016).
 *
 * Formula: max(0, d(anchor, positive) - d(anchor, negative) + margin)
 *
 * Shapes: anchor, positive, negative [..., D] → [] (or as the distance with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * const loss = new nn.TripletMarginWithDistanceLoss({ distanceFunction: (x, y) => x.sub(y).abs() });
 * await loss.forward(tensor([0]), tensor([1]), tensor([1.5])).item(); // → 0.5
 * ```
 */
export class TripletMarginWithDistanceLoss extends Module {
  readonly options: TripletDistanceOptions;

  /** @param options `distanceFunction` (the Euclidean distance), `margin` 1, `swap` false, `reduction` 'mean'. */
  constructor(options: TripletDistanceOptions = {}) {
    super();
    const names = ['distanceFunction', 'margin', 'swap', 'reduction'];
    optionsOf('TripletMarginWithDistanceLoss', options, names);
    this.options = options;
  }

  override forward(anchor: Tensor, positive: Tensor, negative: Tensor): Tensor {
    return tripletMarginWithDistanceLoss(anchor, positive, negative, this.options);
  }
}
