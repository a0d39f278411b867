import type { Callback, TrainingRun } from './callback.ts';

/**
 * Sets the learning rate before each epoch.
 *
 * @example
 * ```ts
 * import { fit, LearningRateScheduler, nn, optim, zeros } from 'nacre';
 * const model = new nn.Linear(1, 1);
 * const history = await fit(model, [zeros([4, 1]), zeros([4, 1])], {
 *   optimizer: new optim.SGD(model.parameters(), { lr: 1 }), loss: 'mseLoss', epochs: 3, verbose: false,
 *   callbacks: [new LearningRateScheduler((epoch, lr) => (epoch > 1 ? lr / 2 : lr))],
 * });
 * history.get('lr'); // → [1, 0.5, 0.25]
 * ```
 */
export class LearningRateScheduler implements Callback {
  readonly #schedule: (epoch: number, lr: number) => number;

  /** @param schedule gives the learning rate of an epoch (from 1) from the present one. */
  constructor(schedule: (epoch: number, lr: number) => number) {
    this.#schedule = schedule;
  }

  onEpochBegin(epoch: number, { optimizer, step }: TrainingRun): void {
    if (step > 0) return; // an epoch that is taken up in its middle has its learning rate
    optimizer.lr = this.#schedule(epoch, optimizer.lr);
  }
}
