import type { TaskName } from '../messages.ts';

/** Something that learns step by step. */
export interface Task {
  readonly name: TaskName;
  /** Steps done. */
  readonly steps: number;
  /** The most steps per second that it is to take. */
  readonly stepsPerSecond: number;
  /** One train step. Gives its loss. */
  step(): Promise<number>;
  /** Share of right answers. It may be some steps old, unless it `isFinal`. */
  accuracy(isFinal: boolean): number;
  /** Sends the page what it shows of the network. */
  show(): void;
  learningRate: number;
  dispose(): void;
}
