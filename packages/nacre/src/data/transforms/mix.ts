import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { checkWhole } from '../checks.ts';
import type { Random } from './random.ts';

/** A batch of pictures and of how much each belongs to each class. */
export interface MixableBatch {
  /** Pictures one after the other. */
  readonly inputs: Float32Array;
  /** [count, classes]. */
  readonly targets: Float32Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

/** Mixes the pictures of a batch, and their targets: see `mixup` and `cutmix`. */
export interface BatchMix {
  /** Labels become rows of so many numbers. */
  readonly classes: number;
  /** Changes the batch in its place. */
  mix(batch: MixableBatch, random: Random): void;
}

export interface MixOptions {
  /** Number of classes. */
  readonly classes: number;
  /** Both parameters of the beta distribution of the share: near 0 mostly one picture, 1 any share alike. Default 1. */
  readonly alpha?: number;
}

function mixOptions(op: string, options: MixOptions): Required<MixOptions> {
  const { classes, alpha = 1 } = optionsOf(op, options, ['classes', 'alpha']);
  checkWhole(op, 'classes', classes, 2);
  if (!(alpha > 0 && Number.isFinite(alpha))) {
    throw new ArgumentError(`alpha is a number above 0, got ${alpha}`, { op });
  }
  return { classes, alpha };
}

/** values[i] = share·values[i] + (1 - share)·(those of the partner). */
function blend(values: Float32Array, partners: Int32Array, share: number): void {
  const size = values.length / partners.length;
  const old = values.slice();
  partners.forEach((partner, row) => {
    const [into, from] = [row * size, partner * size];
    for (let i = 0; i < size; i++) values[into + i] = share * old[into + i] + (1 - share) * old[from + i];
  });
}

/**
 * Mixup (H. Zhang et al., 2018): each picture of a batch is blended with another one, and so are their targets, which become shares of the
 * classes. For AugmentedDataset: `{ mix: transforms.mixup({ classes: 10 }) }`; crossEntropy takes such targets.
 *
 * Formula: x'[i] = λ·x[i] + (1 - λ)·x[j], y'[i] = λ·y[i] + (1 - λ)·y[j], λ ~ Beta(alpha, alpha), one for the batch
 *
 * @throws ArgumentError for fewer than 2 classes, or an alpha that is not above 0.
 *
 * @example
 * ```ts
 * import { ArrayDataset, AugmentedDataset, DataLoader, transforms } from 'nacre';
 * const data = new ArrayDataset(new Float32Array([0, 1]), [0, 1], { shape: [1, 1, 1] });
 * const mixed = new AugmentedDataset(data, null, { mix: transforms.mixup({ classes: 2 }), seed: 1 });
 * for await (const [, y] of new DataLoader(mixed, { batchSize: 2 })) await y.sum(1).tolist(); // → [1, 1]
 * ```
 */
export function mixup(options: MixOptions): BatchMix {
  const { classes, alpha } = mixOptions('mixup', options);
  return {
    classes,
    mix({ inputs, targets, count }, random) {
      const share = random.beta(alpha);
      const partners = random.permutation(count);
      blend(inputs, partners, share);
      blend(targets, partners, share);
    },
  };
}

/**
 * CutMix (S. Yun et al., 2019): a rectangle of each picture of a batch is replaced by that of another one; targets are mixed in proportion of
 * the areas. For AugmentedDataset: `{ mix: transforms.cutmix({ classes: 10 }) }`; crossEntropy takes such targets.
 *
 * Formula: y'[i] = λ·y[i] + (1 - λ)·y[j], 1 - λ the share of the rectangle, whose sides are √(1 - λ₀) of the picture's, λ₀ ~ Beta(alpha, alpha)
 *
 * @throws ArgumentError for fewer than 2 classes, or an alpha that is not above 0.
 *
 * @example
 * ```ts
 * import { ArrayDataset, AugmentedDataset, DataLoader, transforms } from 'nacre';
 * const data = new ArrayDataset(new Float32Array(32), [0, 1], { shape: [1, 4, 4] });
 * const mixed = new AugmentedDataset(data, null, { mix: transforms.cutmix({ classes: 2 }), seed: 1 });
 * for await (const [, y] of new DataLoader(mixed, { batchSize: 2 })) await y.sum(1).tolist(); // → [1, 1]
 * ```
 */
export function cutmix(options: MixOptions): BatchMix {
  const { classes, alpha } = mixOptions('cutmix', options);
  return {
    classes,
    mix({ inputs, targets, count, height, width }, random) {
      const side = Math.sqrt(1 - random.beta(alpha));
      const [x, y] = [random.integer(width), random.integer(height)];
      const [halfWide, halfHigh] = [Math.trunc((side * width) / 2), Math.trunc((side * height) / 2)];
      const [left, right] = [Math.max(0, x - halfWide), Math.min(width, x + halfWide)];
      const [top, bottom] = [Math.max(0, y - halfHigh), Math.min(height, y + halfHigh)];
      const partners = random.permutation(count);
      const old = inputs.slice();
      const size = inputs.length / count;
      partners.forEach((partner, row) => {
        for (let plane = 0; plane < size; plane += height * width) {
          for (let line = top; line < bottom; line++) {
            const at = plane + line * width;
            const from = partner * size + at;
            inputs.set(old.subarray(from + left, from + right), row * size + at + left);
          }
        }
      });
      blend(targets, partners, 1 - ((right - left) * (bottom - top)) / (height * width));
    },
  };
}
