import type { Module } from '../../nn/module.ts';
import type { Parameter } from '../../tensor/parameter.ts';
import type { StateDict } from '../../tensor/state-dict.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { EpochRecord, History } from '../history.ts';
import type { TrainingState } from '../training-state.ts';

/** Where an epoch stands; the numbers are means over its examples so far. */
export interface StepProgress {
  /** From 1. */
  readonly epoch: number;
  /** Steps done in this epoch. */
  readonly step: number;
  /** Infinity as long as nobody knows. */
  readonly stepsPerEpoch: number;
  /** Mean time of a step of this epoch, in microseconds; steps that made a program are not counted. 0 if all did. */
  readonly stepMicroseconds: number;
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** A training that is under way, as callbacks see it. */
export interface TrainingRun {
  readonly model: Module;
  readonly optimizer: TrainingOptimizer;
  readonly epochs: number;
  /** Examples in a step. */
  readonly batchSize: number;
  /** Batches in an epoch: Infinity in the first one of data that does not know its length. */
  readonly stepsPerEpoch: number;
  /** Steps done in the present epoch. More than 0 where an epoch begins that an earlier run had begun. */
  readonly step: number;
  /** Epochs that are finished. */
  readonly records: readonly EpochRecord[];
  /** Ends the training after the present step; the reason is kept in the history. */
  stop(reason: string): void;
  /** Everything that is needed to go on from here. */
  state(): TrainingState;
}

/** What `fit` asks of an optimizer; those of `optim` have it. */
export interface TrainingOptimizer {
  lr: number;
  /** Where it says what it trains, `fit` checks that the model has some of it. */
  readonly groups?: readonly { readonly params: readonly Parameter[] }[];
  step(): void;
  zeroGrad(): void;
  stateDict(): Record<string, Tensor | number>;
  loadStateDict(dict: Record<string, Tensor | number>): void;
}

/** What a callback keeps when a training is stopped, to go on with when it is resumed. */
export interface CallbackState {
  /** Anything JSON can hold. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly tensors?: StateDict;
}

type Done = void | Promise<void>;

/**
 * Follows a training, and may change its course. Every part is optional. One that throws ends the training: `fit` throws a CallbackError,
 * once all callbacks are closed.
 */
export interface Callback {
  onTrainBegin?(run: TrainingRun): Done;
  /** Before the first step of an epoch (from 1), also of one that is taken up in its middle. */
  onEpochBegin?(epoch: number, run: TrainingRun): Done;
  /** About 40 times a second, and after the last step of each epoch: numbers are read from the device for it. */
  onProgress?(progress: StepProgress, run: TrainingRun): Done;
  /** After the validation. A callback that saves the training belongs last, so that it saves what the others keep. */
  onEpochEnd?(record: EpochRecord, run: TrainingRun): Done;
  onTrainEnd?(history: History, run: TrainingRun): Done;
  /** The very last, however the training ended: gives back what the callback holds, such as an open file. */
  close?(): Done;
  saveState?(): CallbackState;
  loadState?(state: CallbackState): void;
}
