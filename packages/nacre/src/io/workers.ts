/** A thread of its own that answers messages. */
export interface WorkerThread {
  /** Sends a message; the memory of `transfer` moves there. */
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Whether the program waits for it before it ends. A new one is not waited for. */
  hold(isHeld: boolean): void;
  terminate(): void;
}

export interface WorkerHandlers {
  onMessage(message: unknown): void;
  /** The thread could not start, failed outside of what it catches, or ended by itself. */
  onFailure(error: Error): void;
}

/** Threads for work in JavaScript. Chosen by `#workers`: those of Node, or a browser's. */
export interface Workers {
  /** Starts a thread with a script, in which `receive(handler)` and `post(message, transfer)` are defined. */
  start(script: string, handlers: WorkerHandlers): WorkerThread;
}
