import type { TrainingState } from './training-state.ts';

/**
 * What an epoch came to: means over its examples, in the order they were seen, so while the model changed. Metrics stand beside
 * the loss under their names, and with `val` before them for the validation data: `accuracy`, `valAccuracy`.
 */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy?: number;
  readonly valLoss?: number;
  readonly valAccuracy?: number;
  /** Learning rate at its end. */
  readonly lr: number;
  /** Time of the whole epoch, validation included, in seconds. */
  readonly seconds: number;
  /** Mean time of a training step, in microseconds; steps that made a program are not counted. If all did: that of the last. */
  readonly stepMicroseconds: number;
  /** What is wrong with the numbers, if something is. */
  readonly warning?: string;
  readonly [name: string]: number | string | undefined;
}

/**
 * What a training came to: records, and in Keras's manner the same as columns.
 *
 * @example
 * ```ts
 * import { fit, nn, optim, zeros } from 'nacre';
 * const model = new nn.Linear(1, 1);
 * const history = await fit(model, [zeros([4, 1]), zeros([4, 1])], {
 *   optimizer: new optim.SGD(model.parameters()), loss: 'mseLoss', epochs: 3, verbose: false,
 * });
 * history.loss.length; // → 3
 * history.get('lr'); // → [0.001, 0.001, 0.001]
 * ```
 */
export class History {
  constructor(
    /** One for each epoch that was finished. */
    readonly records: readonly EpochRecord[],
    /** Whether the signal asked it to end. */
    readonly interrupted: boolean,
    /** Why a callback ended it, if one did. */
    readonly stopped: string | undefined,
    /** Everything that is needed to go on from here. */
    readonly state: TrainingState,
  ) {}

  /** The values of one number, epoch by epoch; NaN where it was not measured. */
  get(name: string): number[] {
    return this.records.map((record) => {
      const value = record[name];
      return typeof value === 'number' ? value : Number.NaN;
    });
  }

  get loss(): number[] {
    return this.get('loss');
  }

  get accuracy(): number[] {
    return this.get('accuracy');
  }

  get valLoss(): number[] {
    return this.get('valLoss');
  }

  get valAccuracy(): number[] {
    return this.get('valAccuracy');
  }
}

/** `valLoss` for `loss`. */
export const validationName = (name: string): string => `val${name[0].toUpperCase()}${name.slice(1)}`;
