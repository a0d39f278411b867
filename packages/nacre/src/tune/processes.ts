import type { FromWorker, ToWorker } from './messages.ts';

/** A process that runs trials. */
export interface WorkerProcess {
  send(message: ToWorker): void;
  /** Lets it end when it next turns its event loop. */
  dismiss(): void;
  /** Ends it at once, whatever it does. */
  kill(): void;
}

export interface WorkerListener {
  onMessage(message: FromWorker): void;
  /** It has ended: `how` says with what exit code or signal. No message comes after it. */
  onEnd(how: string): void;
}

/** What a search asks of the place it runs in. `import { processes } from '#processes'` gives that of the platform. */
export interface Processes {
  /** Whether there are processes at all. */
  readonly available: boolean;
  start(listener: WorkerListener): WorkerProcess;
  /** The URL of a module given by a path, which counts from the working folder. */
  urlOf(path: string): string;
  /** Calls back at the first Ctrl-C, which then no longer ends the program; the next one does. Gives what ends the listening. */
  onInterrupt(listener: () => void): () => void;
}
