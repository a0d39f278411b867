import type { RunSettings } from '../run/settings.ts';
import type { StepProgress } from '../terminal/progress.ts';
import type { Pictures } from './pictures.ts';

/** Where the numbers are computed. */
export interface DeviceSummary {
  readonly device: string;
  readonly simd: boolean;
  readonly threads: number;
}

export interface RunInfo {
  readonly settings: RunSettings;
  readonly device: DeviceSummary;
  /** The layers, as a reader sees them: `784 → 128 → …`. */
  readonly layers: string;
  readonly parameters: number;
  readonly folder: string;
  /** Whether the run was stopped before and goes on now. */
  readonly resumed: boolean;
}

/** What an epoch came to; the first epoch is 1. */
export interface EpochResult {
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy?: number;
  readonly valLoss?: number;
  readonly valAccuracy?: number;
  /** Time of the whole epoch, validation included. */
  readonly seconds: number;
  /** Mean time of a training step. */
  readonly stepMicroseconds: number;
}

export interface TestResult {
  readonly loss: number;
  /** A fraction of 1. */
  readonly accuracy: number;
  /** `confusion[actual][predicted]`. */
  readonly confusion: readonly (readonly number[])[];
  readonly labels: readonly string[];
}

export interface Prediction {
  /** Path of the picture. */
  readonly picture: string;
  /** What the network was shown: 28 × 28 bytes. */
  readonly image: Uint8Array;
  /** Whether the picture was dark on light, and turned round. */
  readonly inverted: boolean;
  readonly probabilities: readonly number[];
}

/** The numbers of the last line. */
export interface Summary {
  readonly testAccuracy: number;
  readonly testLoss: number;
  /** Time of all epochs, also of those before the run was resumed. */
  readonly seconds: number;
  /** Mean time of a training step. */
  readonly stepMicroseconds: number;
  readonly device: string;
}

/** Whoever tells the user how a run goes: as text, or as lines for machines. The calls come in this order. */
export interface Report {
  begin(info: RunInfo): void;
  beginEpoch(epoch: number): void;
  step(progress: StepProgress): void;
  endEpoch(result: EpochResult, stepsPerEpoch: number): void;
  /** The first Ctrl-C: the present step is still finished. */
  stopping(): void;
  /** Instead of everything below, if the run was stopped. `command` resumes it. */
  interrupted(folder: string, command: string): void;
  tested(result: TestResult, pictures: Pictures): void;
  wrote(paths: readonly string[]): void;
  predicted(prediction: Prediction): void;
  done(summary: Summary): void;
}
