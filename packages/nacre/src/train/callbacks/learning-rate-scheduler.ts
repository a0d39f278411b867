import type { Callback, TrainingRun } from './callback.ts';

/** Sets the learning rate before each epoch. */
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
