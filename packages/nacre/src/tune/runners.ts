import { processes } from '#processes';
import { ArgumentError } from '../base/errors.ts';
import { getDevice } from '../tensor/engine.ts';
import { getRngState, manualSeed, setRngState } from '../tensor/generator.ts';
import type { FromWorker } from './messages.ts';
import type { WorkerProcess } from './processes.ts';
import type { TrialRecord } from './record.ts';
import { callObjective, type Objective, type Outcome, Trial } from './trial.ts';

/** Hands a report on; the answer is whether the trial is to stop. */
export type Reporter = (value: number, step: number) => Promise<boolean>;

/** Anything that runs trials, one at a time: this process, or another. */
export interface Runner<P> {
  /** Runs one trial to its end, whatever that is. Rejects only where no trial could be run at all. */
  run(record: TrialRecord<P>, report: Reporter): Promise<Outcome>;
  close(): Promise<void>;
}

export interface RunnerOptions {
  /** Ends all trials when it is aborted. */
  readonly signal: AbortSignal;
  /** The most seconds a trial may take; infinity for no limit. */
  readonly timeout: number;
}

/** A trial that was asked to end has this long to do so, in milliseconds: enough for a step of a large network. */
const graceMilliseconds = 2000;

/** Longer than this, timers of Node and browsers do not wait. */
const longestTimer = 2 ** 31 - 1;

const tooLong = (timeout: number): Outcome => ({
  kind: 'failed',
  reason: `it took longer than the timeout of ${timeout} s`,
});

/**
 * Follows a trial: asks it to end when its time is up or the search ends, and gives up on it when it does not.
 *
 * @param stop asks the trial to end.
 * @param outcome what the trial comes to, if it comes to an end.
 */
function supervised(
  { signal, timeout }: RunnerOptions,
  stop: () => void,
  outcome: Promise<Outcome>,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    let verdict: Outcome | undefined;
    let grace: ReturnType<typeof setTimeout> | undefined;
    const end = (reason: Outcome): void => {
      if (verdict) return;
      verdict = reason;
      stop();
      grace = setTimeout(() => finish(() => resolve(reason)), graceMilliseconds);
    };
    const interrupt = (): void => end({ kind: 'interrupted' });
    const timer = Number.isFinite(timeout)
      ? setTimeout(() => end(tooLong(timeout)), Math.min(timeout * 1000, longestTimer))
      : undefined;
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      clearTimeout(grace);
      signal.removeEventListener('abort', interrupt);
      settle();
    };
    signal.addEventListener('abort', interrupt);
    if (signal.aborted) interrupt();
    // What a trial gives after it was asked to end is half of a result.
    outcome.then(
      (own) => finish(() => resolve(verdict ?? own)),
      (error: unknown) => finish(() => reject(error as Error)),
    );
  });
}

/** Runs trials in this process. One that hangs is given up, though what it computes goes on. */
export class LocalRunner<P> implements Runner<P> {
  constructor(
    readonly objective: Objective<P>,
    readonly options: RunnerOptions,
  ) {}

  async run({ number, seed, params }: TrialRecord<P>, report: Reporter): Promise<Outcome> {
    const abort = new AbortController();
    const trial = new Trial({ number, seed, signal: abort.signal, send: report });
    const random = getRngState();
    manualSeed(seed);
    try {
      return await supervised(
        this.options,
        () => abort.abort(),
        callObjective(this.objective, params, trial),
      );
    } finally {
      setRngState(random);
    }
  }

  async close(): Promise<void> {}
}

/** A process that is there, and what is waited for. */
interface Connection {
  readonly process: WorkerProcess;
  /** Resolves when the objective is loaded. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  /** Takes messages of the trial that runs. */
  handle: (message: FromWorker) => void;
  /** Hears that the process has ended. */
  gone: (how: string) => void;
}

/** Runs trials in another process. One that crashes or hangs costs its process; the next trial gets a new one. */
export class ProcessRunner<P> implements Runner<P> {
  #connection: Connection | undefined;

  constructor(
    readonly module: string,
    readonly threads: number,
    readonly options: RunnerOptions,
  ) {}

  async run(record: TrialRecord<P>, report: Reporter): Promise<Outcome> {
    const connection = (this.#connection ??= this.#connect());
    if (!(await this.#isReady(connection))) return { kind: 'interrupted' };
    let settled = false;
    const outcome = this.#trial(connection, record, report).finally(() => {
      settled = true;
    });
    const result = await supervised(this.options, () => connection.process.send({ kind: 'stop' }), outcome);
    if (!settled) {
      connection.process.kill();
      await connection.ended;
    }
    return result;
  }

  /** Lets the process end; it is killed if it does not. */
  async close(): Promise<void> {
    const connection = this.#connection;
    if (!connection) return;
    connection.process.dismiss();
    const timer = setTimeout(() => connection.process.kill(), graceMilliseconds);
    await connection.ended;
    clearTimeout(timer);
  }

  /** Waits until the objective is loaded; false if the search ends before. */
  async #isReady(connection: Connection): Promise<boolean> {
    const { signal } = this.options;
    let interrupt: () => void;
    const interrupted = new Promise<void>((resolve) => {
      interrupt = resolve;
    });
    signal.addEventListener('abort', interrupt!);
    try {
      if (!signal.aborted) await Promise.race([connection.ready, interrupted]);
      return !signal.aborted;
    } finally {
      signal.removeEventListener('abort', interrupt!);
    }
  }

  #trial(
    connection: Connection,
    { number, seed, params }: TrialRecord<P>,
    report: Reporter,
  ): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      let crash: string | undefined;
      connection.handle = (message) => {
        switch (message.kind) {
          case 'report':
            report(message.value, message.step).then(
              (stop) => connection.process.send({ kind: 'answer', stop }),
              reject,
            );
            break;
          case 'crashed':
            crash = message.reason;
            break;
          case 'ended':
            resolve(message.outcome);
        }
      };
      connection.gone = (how) => {
        const reason =
          crash === undefined ? `its process ended with ${how}` : `its process crashed: ${crash}`;
        resolve({ kind: 'failed', reason });
      };
      connection.process.send({ kind: 'run', number, seed, params });
    });
  }

  #connect(): Connection {
    let isReady: () => void;
    let isUnusable: (error: Error) => void;
    let hasEnded: () => void;
    const connection: Connection = {
      process: processes.start({
        onMessage: (message) => {
          if (message.kind === 'ready') isReady();
          else if (message.kind === 'unusable') isUnusable(new ArgumentError(message.message));
          else connection.handle(message);
        },
        onEnd: (how) => {
          if (this.#connection === connection) this.#connection = undefined;
          // One that was ready is not unusable, whatever is said now.
          isUnusable(
            new ArgumentError(`a worker ended with ${how} before it had loaded the objective`, {
              op: 'tune',
            }),
          );
          connection.gone(how);
          hasEnded();
        },
      }),
      ready: new Promise((resolve, reject) => ([isReady, isUnusable] = [resolve, reject])),
      ended: new Promise((resolve) => (hasEnded = resolve)),
      handle: () => {},
      gone: () => {},
    };
    connection.process.send({
      kind: 'open',
      module: this.module,
      threads: this.threads,
      device: getDevice(),
    });
    return connection;
  }
}
