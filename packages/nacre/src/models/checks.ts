/** What the models of this folder ask of their options and inputs. */
import { ShapeMismatchError, showShape } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** The options with their defaults. Throws an ArgumentError for a name that is not among them. */
export function withDefaults<O extends object>(
  op: string,
  options: O | undefined,
  defaults: Required<O>,
): Required<O> {
  const given = Object.entries(optionsOf(op, options, Object.keys(defaults)));
  return { ...defaults, ...Object.fromEntries(given.filter(([, value]) => value !== undefined)) };
}

/** Refuses what is no batch of images [N, channels, H, W] with H and W of at least `least` and at most `most`. */
export function checkImages(
  op: string,
  x: Tensor,
  channels: number,
  least = 1,
  most = Number.POSITIVE_INFINITY,
): void {
  const [, found, height, width] = x.shape;
  const fits = Math.min(height, width) >= least && Math.max(height, width) <= most;
  if (x.ndim === 4 && found === channels && fits) return;
  const sizes =
    least === most ? `${least}, ${least}]` : `H, W]${least > 1 ? ` with H and W of at least ${least}` : ''}`;
  throw new ShapeMismatchError(`got ${showShape(x.shape)}, expected [N, ${channels}, ${sizes}`, {
    op,
    shapes: [x.shape],
    hint: x.ndim === 3 ? 'Add the batch: x.unsqueeze(0)' : undefined,
  });
}

/** Refuses what is no batch of token ids [N, T] with T of at most `most`. */
export function checkTokens(op: string, ids: Tensor, most = Number.POSITIVE_INFINITY): void {
  if (ids.ndim === 2 && ids.shape[1] >= 1 && ids.shape[1] <= most) return;
  const expected = `token ids [N, T]${most < Number.POSITIVE_INFINITY ? ` with T of 1 to ${most}` : ''}`;
  throw new ShapeMismatchError(`got ${showShape(ids.shape)}, expected ${expected}`, {
    op,
    shapes: [ids.shape],
    hint: ids.ndim === 2 ? 'The model has no more positions: shorten the sequence' : undefined,
  });
}
