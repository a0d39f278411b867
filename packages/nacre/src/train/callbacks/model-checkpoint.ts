import { ArgumentError } from '../../base/errors.ts';
import { saveSafetensors } from '../../io/tensors.ts';
import type { EpochRecord } from '../history.ts';
import type { Callback, CallbackState, TrainingRun } from './callback.ts';
import { Monitor, type MonitorOptions } from './monitor.ts';

export interface ModelCheckpointOptions extends MonitorOptions {
  /** A safetensors file; `{epoch}` in it stands for the number of the epoch. */
  readonly path: string;
  /** Whether only an epoch that is better than all before is saved. Default: no. */
  readonly saveBestOnly?: boolean;
  /** Whether to save a whole TrainingState, to resume from, rather than the weights alone. Default: no. */
  readonly resumable?: boolean;
}

/**
 * Saves the model after each epoch, or after each that is better than all before.
 *
 * @example
 * ```ts
 * import { fit, loadSafetensors, ModelCheckpoint, nn, optim, zeros } from 'nacre';
 * const model = new nn.Linear(1, 1);
 * await fit(model, [zeros([4, 1]), zeros([4, 1])], {
 *   optimizer: new optim.SGD(model.parameters()), loss: 'mseLoss', epochs: 2, verbose: false,
 *   callbacks: [new ModelCheckpoint({ path: 'epoch-{epoch}.safetensors', monitor: 'loss' })],
 * });
 * const { tensors } = await loadSafetensors('epoch-2.safetensors');
 * tensors.weight.shape; // → [1, 1]
 * ```
 */
export class ModelCheckpoint implements Callback {
  readonly #options: ModelCheckpointOptions;
  readonly #monitor: Monitor;

  constructor(options: ModelCheckpointOptions) {
    if (typeof options?.path !== 'string') {
      throw new ArgumentError('there is no path', {
        op: 'ModelCheckpoint',
        hint: "Give { path: 'best.safetensors' }",
      });
    }
    this.#options = options;
    this.#monitor = new Monitor('ModelCheckpoint', options, ['path', 'saveBestOnly', 'resumable']);
  }

  async onEpochEnd(record: EpochRecord, run: TrainingRun): Promise<void> {
    const { path, saveBestOnly = false, resumable = false } = this.#options;
    if (saveBestOnly && !this.#monitor.improves(record)) return;
    const target = path.replaceAll('{epoch}', String(record.epoch));
    if (resumable) await run.state().save(target);
    else await saveSafetensors(target, run.model.stateDict());
  }

  saveState(): CallbackState {
    return { values: { best: this.#monitor.best } };
  }

  loadState({ values }: CallbackState): void {
    this.#monitor.best = values.best as number | null;
  }
}
