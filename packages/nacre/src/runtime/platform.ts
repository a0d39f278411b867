/** What the runtime asks of the place it runs in: Node, or a browser's page or worker. Chosen by `#platform`. */
export interface Platform {
  readonly name: 'node' | 'browser';
  /** Threads worth starting, the calling one included. */
  readonly hardwareThreads: number;
  /** Whether one memory can be seen by several threads (in a browser: only when cross-origin isolated). */
  readonly sharedMemory: boolean;
  /** Whether the calling thread may sleep; a browser's page may not. */
  readonly mayBlock: boolean;
  /**
   * Starts a thread that runs `source`, in which `data` is called `workerData`.
   * `onFailure` hears, in a later turn of the event loop, of one that could not start.
   */
  startWorker(source: string, data: unknown, onFailure: () => void): { terminate(): void };
  /** Runs the garbage collector if the platform lets a program ask for it. */
  collectGarbage(): void;
  /** Lets the event loop turn once, so that finalizers run. */
  turn(): Promise<void>;
}
