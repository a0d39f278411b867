import {
  type Average,
  AveragedMetric,
  averagedOptionsOf,
  type ClassCounts,
  type ClassMetricOptions,
  ratio,
} from './class-metric.ts';

/**
 * How far what was taken for a class overlaps with what is of it, as a part of both together: the Jaccard index; for pictures, of pixels.
 * Agrees with scikit-learn's `jaccard_score` (with `labels` of all classes).
 *
 * Formula: TP / (TP + FP + FN)
 *
 * Shapes: predictions [N, C, ...] with targets [N, ...], such as [N, C, H, W] with [N, H, W]; both [...] for two classes → a number, or a
 * list of C numbers
 *
 * @example
 * ```ts
 * import { IoU, tensor } from 'nacre';
 * const overlap = new IoU({ threshold: 0.5 });
 * const mask = tensor([[[1, 1], [0, 0]]]);
 * await overlap.update(tensor([[[0.9, 0.3], [0.8, 0.1]]]), mask);
 * overlap.compute(); // → 0.333
 * ```
 */
export class IoU<A extends Average = 'binary'> extends AveragedMetric<A> {
  /** @throws ArgumentError for options that do not fit. */
  constructor(options?: ClassMetricOptions<A>) {
    super('iou', averagedOptionsOf('IoU', options));
  }

  protected override score({ hits, predicted, actual }: ClassCounts): number {
    return ratio(hits, predicted + actual - hits, this.zeroDivision);
  }
}

/**
 * How far what was taken for a class overlaps with what is of it, as a part of their mean size (Dice, 1945): F1 of pixels.
 *
 * Formula: 2·TP / (2·TP + FP + FN)
 *
 * Shapes: predictions [N, C, ...] with targets [N, ...], such as [N, C, H, W] with [N, H, W]; both [...] for two classes → a number, or a
 * list of C numbers
 *
 * @example
 * ```ts
 * import { Dice, tensor } from 'nacre';
 * const overlap = new Dice({ threshold: 0.5 });
 * const mask = tensor([[[1, 1], [0, 0]]]);
 * await overlap.update(tensor([[[0.9, 0.3], [0.8, 0.1]]]), mask);
 * overlap.compute(); // → 0.5
 * ```
 */
export class Dice<A extends Average = 'binary'> extends AveragedMetric<A> {
  /** @throws ArgumentError for options that do not fit. */
  constructor(options?: ClassMetricOptions<A>) {
    super('dice', averagedOptionsOf('Dice', options));
  }

  protected override score({ hits, predicted, actual }: ClassCounts): number {
    return ratio(2 * hits, predicted + actual, this.zeroDivision);
  }
}
