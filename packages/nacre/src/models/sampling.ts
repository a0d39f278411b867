import { ArgumentError } from '../base/errors.ts';
import {
  argmax,
  categorical,
  cumsum,
  lt,
  maskedFill,
  softmax,
  sort,
  topk,
  where,
} from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { withDefaults } from './checks.ts';

export interface SamplingOptions {
  /** What logits are divided by: below 1 the likely becomes likelier, 0 takes the likeliest. Default: 1. */
  temperature?: number;
  /** Only this many of the likeliest tokens count; 0 is all. Default: 0. */
  topK?: number;
  /** Only the likeliest tokens that together have this probability count (Holtzman et al., 2019). Default: 1, all. */
  topP?: number;
}

export const samplingDefaults: Required<SamplingOptions> = { temperature: 1, topK: 0, topP: 1 };

/**
 * The next token of each sequence, drawn by the logits that a language model gives for it.
 *
 * The likeliest token at every step makes dull text that repeats itself, and a draw from all of them makes an unlikely word now and
 * then, which derails the rest. So the draw is among the likely ones: `topK` counts them, `topP` adds up their probabilities (as many
 * as the text leaves open), `temperature` (applied first) makes the differences between them larger or smaller. Tokens as likely as
 * the last that counts, count too. Throws an ArgumentError unless temperature ≥ 0, topK is a whole number and 0 < topP ≤ 1.
 *
 * Formula: token ~ softmax(logits / temperature), over the tokens that count
 *
 * Shapes: logits [N, V] → [N] of int32
 *
 * @example
 * ```ts
 * import { tensor } from 'nacre';
 * import { sampleToken } from 'nacre/models';
 * const logits = tensor([[0, 3, 1], [2, 0, 1]]);
 * await sampleToken(logits, { temperature: 0 }).tolist(); // → [1, 0]
 * await sampleToken(logits, { topK: 1 }).tolist(); // → [1, 0]
 * ```
 */
export function sampleToken(logits: Tensor, options?: SamplingOptions): Tensor {
  const op = 'sampleToken';
  const { temperature, topK, topP } = withDefaults(op, options, samplingDefaults);
  if (!(temperature >= 0))
    throw new ArgumentError(`temperature is a number from 0 on, got ${temperature}`, { op });
  if (!Number.isInteger(topK) || topK < 0)
    throw new ArgumentError(`topK is a whole number from 0 on, got ${topK}`, { op });
  if (!(topP > 0 && topP <= 1))
    throw new ArgumentError(`topP is above 0, and 1 at the most, got ${topP}`, { op });
  if (temperature === 0) return argmax(logits, -1);
  let scores: Tensor = logits.div(temperature);
  const size = scores.shape[scores.ndim - 1];
  const drop = (least: Tensor): void => {
    scores = maskedFill(scores, lt(scores, least), Number.NEGATIVE_INFINITY);
  };
  if (topK > 0 && topK < size) drop(topk(scores, topK)[0].narrow(-1, topK - 1, 1));
  if (topP < 1) {
    const [ordered] = sort(scores, { descending: true }) as [Tensor, Tensor];
    const probabilities: Tensor = softmax(ordered, -1);
    // The likeliest counts always: before it, there is nothing.
    const before: Tensor = cumsum(probabilities, -1).sub(probabilities);
    drop(where(lt(before, topP), ordered, Number.POSITIVE_INFINITY).amin(-1, { keepdim: true }));
  }
  return categorical(scores);
}
