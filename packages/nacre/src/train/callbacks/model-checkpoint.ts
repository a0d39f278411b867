import { files } from '#files';
import { ArgumentError } from '../../base/errors.ts';
import { checkWhole } from '../../data/checks.ts';
import { saveSafetensors } from '../../io/tensors.ts';
import type { EpochRecord } from '../history.ts';
import type { Callback, CallbackState, TrainingRun } from './callback.ts';
import { Monitor, type MonitorOptions, numberOf } from './monitor.ts';

export interface ModelCheckpointOptions extends MonitorOptions {
  /** A safetensors file; `{epoch}` in it stands for the number of the epoch, `{valLoss}` for that number of its record, with 4 decimals. */
  readonly path: string;
  /** Whether only an epoch that is better than all before is saved. Default: no. */
  readonly saveBestOnly?: boolean;
  /** Keeps the files of the best so many epochs and removes the others; the path needs `{epoch}`. Default: all are kept. */
  readonly saveTopK?: number;
  /** Whether to save a whole TrainingState, to resume from, rather than the weights alone. Default: no. */
  readonly resumable?: boolean;
}

/** A file that was written, and what was watched in its epoch. */
interface Kept {
  readonly path: string;
  readonly value: number;
}

/**
 * Saves the model after each epoch, after each that is better than all before, or so that the best few are kept.
 *
 * @throws ArgumentError for options that do not fit, and if no record has the number; FileError for a file that cannot be written.
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
  /** With `saveTopK`: the files there are, the best first. */
  #kept: readonly Kept[] = [];

  constructor(options: ModelCheckpointOptions) {
    const op = 'ModelCheckpoint';
    if (typeof options?.path !== 'string') {
      throw new ArgumentError('there is no path', { op, hint: "Give { path: 'best.safetensors' }" });
    }
    this.#options = options;
    this.#monitor = new Monitor(op, options, ['path', 'saveBestOnly', 'saveTopK', 'resumable']);
    const { path, saveBestOnly, saveTopK } = options;
    if (saveTopK === undefined) return;
    checkWhole(op, 'saveTopK', saveTopK, 1);
    if (saveBestOnly)
      throw new ArgumentError('saveBestOnly and saveTopK were both given', { op, hint: 'Choose one' });
    if (!path.includes('{epoch}')) {
      throw new ArgumentError(`with saveTopK each epoch has a file of its own, got the path '${path}'`, {
        op,
        hint: "Put {epoch} in it: 'best-{epoch}.safetensors'",
      });
    }
  }

  /** The best value so far; null before the first. */
  get best(): number | null {
    return this.#monitor.best;
  }

  /** One that followed another training begins anew. */
  onTrainBegin({ records }: TrainingRun): void {
    if (records.length > 0) return;
    this.#monitor.best = null;
    this.#kept = [];
  }

  async onEpochEnd(record: EpochRecord, run: TrainingRun): Promise<void> {
    const { path, saveBestOnly = false, saveTopK, resumable = false } = this.#options;
    const watches = saveBestOnly || saveTopK !== undefined;
    const improves = watches && this.#monitor.improves(record);
    if (saveBestOnly && !improves) return;
    const target = path.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = numberOf('ModelCheckpoint', record, name);
      return Number.isInteger(value) ? String(value) : value.toFixed(4);
    });
    const dropped = saveTopK === undefined ? undefined : this.#rank(record, target, saveTopK);
    if (dropped?.path === target) return;
    // What is removed is forgotten first, so that a state saved now does not name it; the file itself goes last.
    if (resumable) await run.state().save(target);
    else await saveSafetensors(target, run.model.stateDict());
    if (dropped) await files.removeFile(dropped.path);
  }

  /** Puts an epoch among the best, of which one may have to go: the one given back. Equal ones keep the order they came in. */
  #rank(record: EpochRecord, path: string, most: number): Kept | undefined {
    const { value, mode } = this.#monitor.read(record);
    const cost = (entry: Kept): number =>
      Number.isNaN(entry.value) ? Number.POSITIVE_INFINITY : mode === 'max' ? -entry.value : entry.value;
    const ranked = [...this.#kept, { path, value }].sort((a, b) => Math.sign(cost(a) - cost(b)) || 0);
    this.#kept = ranked.slice(0, most);
    return ranked[most];
  }

  saveState(): CallbackState {
    return { values: { best: this.#monitor.best, kept: this.#kept } };
  }

  loadState({ values }: CallbackState): void {
    this.#monitor.best = values.best as number | null;
    this.#kept = values.kept as readonly Kept[];
  }
}
