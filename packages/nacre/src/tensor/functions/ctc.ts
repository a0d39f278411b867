/** Connectionist temporal classification. */

import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { nodeOf, requireOneOf } from '../arguments.ts';
import * as ctc from '../ops/ctc.ts';
import { Tensor } from '../tensor.ts';
import type { Reduction } from '../types/index.ts';

/** One length for each sequence of the batch: numbers, or an integer tensor [N]; of a single sequence one number will do. */
export type SequenceLengths = number | readonly number[] | Tensor;

/** Options of `ctcLoss`. */
export interface CtcLossOptions<R extends Reduction = Reduction> {
  /** The class that stands for no label. Default: 0. */
  blank?: number;
  /** 'mean' (the default) divides each loss by its target's length, then takes the mean of the batch. */
  reduction?: R;
  /** Whether a loss that is infinite, because the input is too short for the target, counts as 0. Default: no. */
  zeroInfinity?: boolean;
}

function lengthsOf(name: string, lengths: SequenceLengths): ctc.Lengths {
  if (typeof lengths === 'number') return [lengths];
  if (Array.isArray(lengths)) return lengths;
  if (typeof lengths === 'object' && lengths !== null) return nodeOf('ctcLoss', lengths as Tensor);
  throw new ArgumentError(`${name} is ${typeof lengths}, expected numbers or an integer tensor`, {
    op: 'ctcLoss',
  });
}

/**
 * -log of the probability that a sequence of labels is read, summed over all its alignments: each label once or several times in a row,
 * blanks before, between and behind them, at least one between two equal labels (Graves et al., "Connectionist temporal classification",
 * 2006): `-log Σ_alignments Π_t p_t(alignment_t)`.
 *
 * Shapes: input, target [...] → [] (or [...] with reduction 'none')
 *
 * Options: `blank` (default 0), `reduction`
 * ('mean': each loss divided by its target's length, or 1, then the mean; 'sum'; 'none'), `zeroInfinity` (false).
 *
 * A sequence without any alignment has the loss Infinity, with `zeroInfinity` 0; its gradient is 0 either way. The gradient is that with
 * respect to the log-probabilities as they are, -Σ of the posteriors of a class. (PyTorch gives exp(logProbs) more: what logSoftmax
 * before it would add. Through logSoftmax the two are the same.) Float16 and bfloat16 are computed as float32.
 *
 * Throws a DTypeError for targets or lengths that are no integers, a ShapeMismatchError where shapes or lengths do not fit, an
 * ArgumentError for lengths outside T or S and for a blank that is no class; lengths and targets in tensors are checked when the program
 * runs, by an IndexError. Agrees with `torch.nn.functional.ctc_loss`.
 *
 * Formula: -log Σ_alignments Π_t p_t(alignment_t)
 *
 * @example
 * ```ts
 * import { ctcLoss, full, tensor } from 'nacre';
 * const logProbs = full([2, 1, 2], Math.log(0.5)); // two steps, two classes, all equally probable
 * const target = tensor([[1]], { dtype: 'int32' });
 * const loss = ctcLoss(logProbs, target, [2], [1]); // 11, 01 and 10 spell it: three of four
 * await loss.item(); // → 0.28768
 * ```
 */
export function ctcLoss(
  logProbs: Tensor,
  targets: Tensor,
  inputLengths: SequenceLengths,
  targetLengths: SequenceLengths,
  options: CtcLossOptions = {},
): Tensor {
  const op = 'ctcLoss';
  const names = ['blank', 'reduction', 'zeroInfinity'];
  const { blank = 0, reduction = 'mean', zeroInfinity = false } = optionsOf(op, options, names);
  requireOneOf(op, 'reduction', reduction, ['mean', 'sum', 'none']);
  return new Tensor(
    ctc.ctcLoss(
      nodeOf(op, logProbs),
      nodeOf(op, targets),
      lengthsOf('inputLengths', inputLengths),
      lengthsOf('targetLengths', targetLengths),
      { blank, reduction, zeroInfinity },
    ),
  );
}
