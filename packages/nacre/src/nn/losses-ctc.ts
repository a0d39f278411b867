import { ArgumentError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { type CtcLossOptions, ctcLoss, type SequenceLengths } from '../tensor/functions/ctc.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Reduction } from '../tensor/types/index.ts';
import { Module } from './module.ts';

/**
 * -log of the probability of all alignments of labels with a longer sequence (Graves et al., "Connectionist temporal classification",
 * 2006): log-probabilities [T, N, C] or [T, C] with labels [N, S], [S], or all one after the other; see `ctcLoss`.
 *
 * Formula: -log Σ_alignments Π_t p_t(alignment_t)
 *
 * Shapes: logProbs [T, N, C] or [T, C], targets [N, S], [S] or all in one list → [] (or [N] with reduction 'none')
 *
 * @example
 * ```ts
 * import { full, nn, tensor } from 'nacre';
 * const logProbs = full([2, 1, 2], Math.log(0.5)); // two steps, two classes, all equally probable
 * const loss = new nn.CTCLoss().forward(logProbs, tensor([[1]], { dtype: 'int32' }), [2], [1]);
 * await loss.item(); // → 0.28768
 * ```
 */
export class CTCLoss extends Module {
  readonly blank: number;
  readonly reduction: Reduction;
  readonly zeroInfinity: boolean;

  /** @param options `blank` 0, `reduction` 'mean', `zeroInfinity` false. */
  constructor(options: CtcLossOptions = {}) {
    super();
    const names = ['blank', 'reduction', 'zeroInfinity'];
    const { blank = 0, reduction = 'mean', zeroInfinity = false } = optionsOf('CTCLoss', options, names);
    if (!Number.isInteger(blank) || blank < 0)
      throw new ArgumentError(`blank is a class, an integer of zero or more, got ${blank}`, {
        op: 'CTCLoss',
      });
    if (!['mean', 'sum', 'none'].includes(reduction)) {
      throw new ArgumentError(`reduction is 'mean', 'sum' or 'none', got '${String(reduction)}'`, {
        op: 'CTCLoss',
      });
    }
    this.blank = blank;
    this.reduction = reduction;
    this.zeroInfinity = zeroInfinity;
  }

  override forward(
    logProbs: Tensor,
    targets: Tensor,
    inputLengths: SequenceLengths,
    targetLengths: SequenceLengths,
  ): Tensor {
    const { blank, reduction, zeroInfinity } = this;
    return ctcLoss(logProbs, targets, inputLengths, targetLengths, { blank, reduction, zeroInfinity });
  }
}
