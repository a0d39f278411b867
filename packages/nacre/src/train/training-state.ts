import { FormatError } from '../base/errors.ts';
import { loadSafetensors, saveSafetensors } from '../io/tensors.ts';
import type { LRSchedulerState } from '../optim/lr-scheduler.ts';
import type { Tier } from '../tensor/backends/backend.ts';
import type { RandomState } from '../tensor/generator.ts';
import type { StateDict } from '../tensor/state-dict.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { CallbackState } from './callbacks/callback.ts';
import type { EpochRecord } from './history.ts';
import { isObject, readNumber, writeNumber } from './json-numbers.ts';
import type { TrainingPrecision } from './precision.ts';

/** What the order of batches depends on: a training can only be resumed with the same. */
export interface TrainingSetup {
  readonly examples: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly seed: number;
  /** Batches whose gradients make one update. */
  readonly gradientAccumulation: number;
  readonly precision: TrainingPrecision;
}

/** Where a training stands. */
export interface TrainingPosition {
  /** The epoch under way, from 1. */
  readonly epoch: number;
  /** Steps done in it. */
  readonly step: number;
  /** Examples in the running means. */
  readonly count: number;
  /** Time spent on it, in milliseconds: all of it, and that of steps that were timed, of which there were so many. */
  readonly milliseconds: number;
  readonly stepMilliseconds: number;
  readonly timedSteps: number;
}

/** Everything a training goes on from. */
export interface TrainingContent {
  readonly setup: TrainingSetup;
  /** What computed its steps, where there was a choice: another one gives other last bits. */
  readonly tier?: Tier;
  readonly position: TrainingPosition;
  readonly random: RandomState;
  readonly records: readonly EpochRecord[];
  readonly model: StateDict;
  readonly optimizer: Readonly<Record<string, Tensor | number>>;
  /** What the step keeps beside: the scale of losses, and gradients that wait for their update. */
  readonly step: StateDict;
  /** Where the schedule of the learning rate stands, if there is one. */
  readonly schedule: LRSchedulerState | null;
  /** Sums that the running means are made from. */
  readonly sums: StateDict;
  /** One for each callback; null for those that keep nothing. */
  readonly callbacks: readonly (CallbackState | null)[];
}

/** The key of a file's metadata under which all that is no tensor is kept. */
const key = 'nacre.training';
const version = 2;

/**
 * A training at one moment, between two steps or two epochs: weights, optimizer, random numbers, position, means so far, history. A
 * training that goes on from it ends with the same bits as one that was never stopped.
 *
 * @example
 * ```ts
 * import { fit, ModelCheckpoint, nn, ones, optim, TrainingState, zeros } from 'nacre';
 * const model = new nn.Linear(1, 1);
 * const optimizer = new optim.Adam(model.parameters());
 * const data = [zeros([4, 1]), ones([4, 1])] as const;
 * const save = new ModelCheckpoint({ path: 'run.safetensors', resumable: true });
 * await fit(model, data, { optimizer, loss: 'mseLoss', epochs: 2, callbacks: [save], verbose: false });
 * const resume = await TrainingState.load('run.safetensors');
 * const history = await fit(model, data, { optimizer, loss: 'mseLoss', epochs: 3, resume, verbose: false });
 * history.loss.length; // → 3
 * ```
 */
export class TrainingState {
  constructor(readonly content: TrainingContent) {}

  /** Writes it as one safetensors file, so that its parts are always of one moment. Throws as `saveSafetensors`. */
  async save(path: string): Promise<void> {
    const { model, optimizer, step, sums, callbacks, ...rest } = this.content;
    const tensors: StateDict = {};
    const numbers: Record<string, number> = {};
    const put = (group: string, dict: Readonly<Record<string, Tensor>>): void => {
      for (const [name, value] of Object.entries(dict)) tensors[`${group}.${name}`] = value;
    };
    put('model', model);
    put('step', step);
    put('sums', sums);
    for (const [i, state] of callbacks.entries()) put(`callbacks.${i}`, state?.tensors ?? {});
    for (const [name, value] of Object.entries(optimizer)) {
      if (typeof value === 'number') numbers[name] = value;
      else tensors[`optimizer.${name}`] = value;
    }
    const text = JSON.stringify(
      { version, ...rest, optimizer: numbers, callbacks: callbacks.map((state) => state?.values ?? null) },
      writeNumber,
    );
    await saveSafetensors(path, tensors, { [key]: text });
  }

  /**
   * Reads what `save` wrote.
   *
   * @throws FormatError for a file that holds no training; FileError for one that cannot be read.
   */
  static async load(source: string | Uint8Array): Promise<TrainingState> {
    const { tensors, metadata } = await loadSafetensors(source);
    const { optimizer, callbacks, ...rest } = parse(metadata[key]);
    const group = (name: string): StateDict =>
      Object.fromEntries(
        Object.entries(tensors)
          .filter(([path]) => path.startsWith(`${name}.`))
          .map(([path, value]) => [path.slice(name.length + 1), value]),
      );
    return new TrainingState({
      ...rest,
      model: group('model'),
      optimizer: { ...group('optimizer'), ...optimizer },
      step: group('step'),
      sums: group('sums'),
      callbacks: callbacks.map((values, i) => values && { values, tensors: group(`callbacks.${i}`) }),
    });
  }
}

/** What the metadata holds: the content without its tensors. */
type Plain = Pick<TrainingContent, 'setup' | 'tier' | 'position' | 'random' | 'records' | 'schedule'> & {
  readonly optimizer: Readonly<Record<string, number>>;
  readonly callbacks: readonly (Readonly<Record<string, unknown>> | null)[];
};

function parse(text: string | undefined): Plain {
  const refuse = (why: string, cause?: unknown): FormatError =>
    new FormatError(why, {
      op: 'TrainingState.load',
      cause,
      hint: 'Give a file that TrainingState.save wrote',
    });
  if (text === undefined) throw refuse('the file holds no training');
  let value: unknown;
  try {
    value = JSON.parse(text, readNumber);
  } catch (cause) {
    throw refuse('its metadata is damaged', cause);
  }
  if (!isObject(value)) throw refuse('its metadata is damaged');
  if (value.version !== version) throw refuse(`it has version ${String(value.version)}, known is ${version}`);
  const isSound =
    hasFields(value.setup, {
      examples: 'number',
      batchSize: 'number',
      shuffle: 'boolean',
      seed: 'number',
      gradientAccumulation: 'number',
      precision: 'string',
    }) &&
    (value.schedule === null || isObject(value.schedule)) &&
    hasFields(value.position, {
      epoch: 'number',
      step: 'number',
      count: 'number',
      milliseconds: 'number',
      stepMilliseconds: 'number',
      timedSteps: 'number',
    }) &&
    (value.tier === undefined || value.tier === 'wasm' || value.tier === 'native') &&
    hasFields(value.random, { seed: 'number', counter: 'number' }) &&
    Array.isArray(value.records) &&
    value.records.every((record) => hasFields(record, { epoch: 'number', loss: 'number' })) &&
    isObject(value.optimizer) &&
    Object.values(value.optimizer).every((entry) => typeof entry === 'number') &&
    Array.isArray(value.callbacks) &&
    value.callbacks.every((entry) => entry === null || isObject(entry));
  if (!isSound) throw refuse('its metadata lacks something or holds something else');
  const { setup, tier, position, random, records, schedule, optimizer, callbacks } = value;
  return { setup, tier, position, random, records, schedule, optimizer, callbacks } as Plain;
}

const hasFields = (value: unknown, types: Readonly<Record<string, string>>): boolean =>
  isObject(value) && Object.entries(types).every(([field, type]) => typeof value[field] === type);
