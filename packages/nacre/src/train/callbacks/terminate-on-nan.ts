import type { EpochRecord } from '../history.ts';
import type { Callback, StepProgress, TrainingRun } from './callback.ts';

/**
 * Ends the training when the loss is no finite number any more: it never becomes one again.
 *
 * @example
 * ```ts
 * import { fit, nn, ones, optim, TerminateOnNaN } from 'nacre';
 * const model = new nn.Linear(1, 1);
 * const history = await fit(model, [ones([4, 1]), ones([4, 1])], {
 *   optimizer: new optim.SGD(model.parameters(), { lr: 1e30 }), loss: 'mseLoss', epochs: 50, verbose: false,
 *   callbacks: [new TerminateOnNaN()],
 * });
 * history.loss.length < 50; // → true
 * ```
 */
export class TerminateOnNaN implements Callback {
  onProgress({ loss, epoch, step }: StepProgress, run: TrainingRun): void {
    if (Number.isFinite(loss)) return;
    run.stop(
      `the loss became ${loss} in epoch ${epoch}, at or before step ${step}. Lower the learning rate, or set debug.nan to find the operation`,
    );
  }

  onEpochEnd({ valLoss, epoch }: EpochRecord, run: TrainingRun): void {
    if (valLoss === undefined || Number.isFinite(valLoss)) return;
    run.stop(`the validation loss is ${valLoss} after epoch ${epoch}. Lower the learning rate`);
  }
}
