import type { EventEmitter } from 'node:events';

/** Signals that ask a program to end: Ctrl-C, and `kill` or a container that is stopped. */
const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;

type EndingSignal = keyof typeof exitCodes;

const isEnding = (signal: string): signal is EndingSignal => Object.hasOwn(exitCodes, signal);

/**
 * Signals that follow within this time belong to the same key press. Under `npm start` one Ctrl-C arrives twice: from the
 * terminal, which signals every process of the group, and from npm, which hands its own on.
 */
const samePressMilliseconds = 250;

export interface InterruptOptions {
  /** Where signals come from. */
  readonly source: EventEmitter;
  /** Called once, with the first signal. */
  onFirst(): void;
  /** Called with the second one: ends the process at once. */
  onSecond(exitCode: number): void;
  readonly milliseconds?: () => number;
}

/** Turns the first signal to end into an abort, so that a checkpoint can be written, and the second into an end at once. */
export class Interrupt {
  readonly #abort = new AbortController();
  readonly #options: InterruptOptions;
  #exitCode: number | undefined;
  #since = 0;

  constructor(options: InterruptOptions) {
    this.#options = options;
    for (const signal of Object.keys(exitCodes)) options.source.on(signal, this.#receive);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** What the process should end with: 128 plus the number of the first signal; `undefined` while there was none. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** Stops listening: signals do again what they do by themselves. */
  dispose(): void {
    for (const signal of Object.keys(exitCodes)) this.#options.source.off(signal, this.#receive);
  }

  readonly #receive = (signal: string): void => {
    if (!isEnding(signal)) return;
    const now = (this.#options.milliseconds ?? (() => performance.now()))();
    if (this.#exitCode === undefined) {
      this.#exitCode = exitCodes[signal];
      this.#since = now;
      this.#options.onFirst();
      this.#abort.abort();
    } else if (now - this.#since >= samePressMilliseconds) {
      this.#options.onSecond(exitCodes[signal]);
    }
  };
}
