import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  huberLoss,
  l1Loss,
  mseLoss,
  nllLoss,
  smoothL1Loss,
} from '../tensor/functions.ts';
import { State } from '../tensor/parameter.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Reduction } from '../tensor/types/index.ts';
import { Module } from './module.ts';

export interface LossOptions {
  /** The mean of the losses of all elements (the default), their sum, or each by itself. */
  reduction?: Reduction;
}

/**
 * A module that compares what a network gave with what it should have given.
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn } from 'nacre';
 * const losses: nn.Loss[] = [new nn.MSELoss(), new nn.L1Loss({ reduction: 'sum' })];
 * losses.map(({ reduction }) => reduction); // → ['mean', 'sum']
 * ```
 */
export abstract class Loss extends Module {
  readonly reduction: Reduction;

  /** @param own names of further options of a subclass; others are refused. */
  constructor(options: LossOptions = {}, own: readonly string[] = []) {
    super();
    const { reduction = 'mean' } = optionsOf(this.constructor.name, options, [...own, 'reduction']);
    if (!['mean', 'sum', 'none'].includes(reduction)) {
      throw new ArgumentError(`reduction is 'mean', 'sum' or 'none', got '${String(reduction)}'`, {
        op: this.constructor.name,
      });
    }
    this.reduction = reduction;
  }

  abstract override forward(input: Tensor, target: Tensor): Tensor;
}

/**
 * The squared error. Option: `reduction` 'mean' (the default), 'sum' or 'none'.
 *
 * Formula: (x - y)²
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.MSELoss().forward(tensor([1, 2]), tensor([1, 4])).item(); // → 2
 * ```
 */
export class MSELoss extends Loss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return mseLoss(input, target, { reduction: this.reduction });
  }
}

/**
 * The absolute error. Option: `reduction`.
 *
 * Formula: |x - y|
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.L1Loss().forward(tensor([1, 2]), tensor([1, 4])).item(); // → 1
 * ```
 */
export class L1Loss extends Loss {
  override forward(input: Tensor, target: Tensor): Tensor {
    return l1Loss(input, target, { reduction: this.reduction });
  }
}

/**
 * Quadratic for small differences d, linear for large ones (Huber, 1964). Options: `delta` (default 1), `reduction`.
 *
 * Formula: ½d² for |d| < delta, else delta·(|d| - ½delta)
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.HuberLoss({ reduction: 'none' }).forward(tensor([0.5, 3]), tensor([0, 0])).tolist(); // → [0.125, 2.5]
 * ```
 */
export class HuberLoss extends Loss {
  readonly delta: number;

  constructor(options: LossOptions & { delta?: number } = {}) {
    super(options, ['delta']);
    const { delta = 1 } = options;
    if (!(delta > 0))
      throw new ArgumentError(`delta is a positive number, got ${delta}`, { op: 'HuberLoss' });
    this.delta = delta;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return huberLoss(input, target, { delta: this.delta, reduction: this.reduction });
  }
}

/**
 * The Huber loss of the difference d, divided by `beta` (default 1) (Girshick, "Fast R-CNN", 2015).
 *
 * Formula: ½d² / beta for |d| < beta, else |d| - ½beta
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.SmoothL1Loss({ beta: 2, reduction: 'none' }).forward(tensor([0.5, 3]), tensor([0, 0])).tolist(); // → [0.0625, 2]
 * ```
 */
export class SmoothL1Loss extends Loss {
  readonly beta: number;

  constructor(options: LossOptions & { beta?: number } = {}) {
    super(options, ['beta']);
    const { beta = 1 } = options;
    if (!(beta >= 0)) throw new ArgumentError(`beta is zero or more, got ${beta}`, { op: 'SmoothL1Loss' });
    this.beta = beta;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(input, target, { beta: this.beta, reduction: this.reduction });
  }
}

export interface BCELossOptions extends LossOptions {
  /** Factor of each element's loss, broadcast to them; a buffer of the loss. Default: 1. */
  weight?: Tensor | null;
}

export interface BCEWithLogitsLossOptions extends BCELossOptions {
  /** Factor of the loss of positive targets, broadcast, such as [classes]; a buffer of the loss. Default: 1. */
  posWeight?: Tensor | null;
}

/**
 * Binary cross-entropy of probabilities x; the logarithms are not below -100. Options: `weight` of the elements, `reduction`.
 *
 * Formula: -weight·(y·log x + (1 - y)·log(1 - x))
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.BCELoss().forward(tensor([0.5, 0.5]), tensor([0, 1])).item(); // → 0.6931
 * ```
 */
export class BCELoss extends Loss {
  readonly weight: State | null;

  constructor(options: BCELossOptions = {}) {
    super(options, ['weight']);
    this.weight = options.weight ? new State(options.weight) : null;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    return binaryCrossEntropy(input, target, { weight: this.weight, reduction: this.reduction });
  }
}

/**
 * Binary cross-entropy of sigmoid(x), without computing the sigmoid. Options: `weight` of the elements, `posWeight` of positive targets,
 * `reduction`.
 *
 * Formula: weight·((1 - y)·x + (1 + (posWeight - 1)·y)·log(1 + e⁻ˣ))
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.BCEWithLogitsLoss().forward(tensor([0, 100]), tensor([1, 1])).item(); // → 0.3466
 * ```
 */
export class BCEWithLogitsLoss extends Loss {
  readonly weight: State | null;
  readonly posWeight: State | null;

  constructor(options: BCEWithLogitsLossOptions = {}) {
    super(options, ['weight', 'posWeight']);
    this.weight = options.weight ? new State(options.weight) : null;
    this.posWeight = options.posWeight ? new State(options.posWeight) : null;
  }

  /** Under PyTorch's names: `weight`, `pos_weight`. */
  protected override members(): Iterable<readonly [string, unknown]> {
    return [...super.members()].map(([name, value]) => [name === 'posWeight' ? 'pos_weight' : name, value]);
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, posWeight, reduction } = this;
    return binaryCrossEntropyWithLogits(input, target, { weight, posWeight, reduction });
  }
}

export interface ClassLossOptions extends LossOptions {
  /** Weight of each class, [classes]; a buffer of the loss. Default: all equal. */
  weight?: Tensor | null;
  /** Targets of this class do not count. Default: -100. */
  ignoreIndex?: number;
}

/**
 * -log of the probability of the target class, from log-probabilities [N, C, …] or [C] and classes [N, …] or one.
 *
 * Formula: -weight[y]·logProbabilities[y], averaged over the targets that count
 *
 * Shapes: input [N, C, ...] or [C], target [N, ...] or [] → [] (or as the target with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * await new nn.NLLLoss().forward(tensor([[-1, -2], [-3, -4]]), tensor([0, 1], { dtype: 'int32' })).item(); // → 2.5
 * ```
 */
export class NLLLoss extends Loss {
  readonly weight: State | null;
  readonly ignoreIndex: number;

  constructor(options: ClassLossOptions = {}) {
    super(options, ['weight', 'ignoreIndex']);
    const { weight = null, ignoreIndex = -100 } = options;
    this.weight = weight && new State(weight);
    this.ignoreIndex = ignoreIndex;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignoreIndex, reduction } = this;
    return nllLoss(input, target, { weight, ignoreIndex, reduction });
  }
}

/**
 * Cross-entropy of logits [N, C, …] or [C] with classes [N, …] or one, or with probabilities of the logits' own shape.
 * `labelSmoothing` (default 0) spreads that part of each target evenly over the classes (Szegedy et al., 2015).
 *
 * Formula: -weight[y]·log softmax(logits)[y], averaged over the targets that count
 *
 * Shapes: input [N, C, ...] or [C], target [N, ...] or [] → [] (or as the target with reduction 'none')
 *
 * @example
 * ```ts
 * import { nn, tensor } from 'nacre';
 * const loss = new nn.CrossEntropyLoss();
 * await loss.forward(tensor([[0, 0], [0, Math.log(3)]]), tensor([0, 1], { dtype: 'int32' })).item(); // → 0.4904
 * ```
 */
export class CrossEntropyLoss extends Loss {
  readonly weight: State | null;
  readonly ignoreIndex: number;
  readonly labelSmoothing: number;

  constructor(options: ClassLossOptions & { labelSmoothing?: number } = {}) {
    super(options, ['weight', 'ignoreIndex', 'labelSmoothing']);
    const { weight = null, ignoreIndex = -100, labelSmoothing = 0 } = options;
    if (!(labelSmoothing >= 0 && labelSmoothing <= 1)) {
      throw new ArgumentError(`labelSmoothing lies between 0 and 1, got ${labelSmoothing}`, {
        op: 'CrossEntropyLoss',
      });
    }
    this.weight = weight && new State(weight);
    this.ignoreIndex = ignoreIndex;
    this.labelSmoothing = labelSmoothing;
  }

  override forward(input: Tensor, target: Tensor): Tensor {
    const { weight, ignoreIndex, labelSmoothing, reduction } = this;
    return crossEntropy(input, target, { weight, ignoreIndex, labelSmoothing, reduction });
  }
}
