import { NacreError } from '../../base/errors.ts';
import type { Callback, CallbackState } from './callback.ts';

type Event = 'onTrainBegin' | 'onEpochBegin' | 'onProgress' | 'onEpochEnd' | 'onTrainEnd' | 'close';
type Arguments<E extends Event> = Parameters<NonNullable<Callback[E]>>;

/**
 * A callback that threw; `cause` is what it threw. Errors of this library say by themselves whose they are, and come as they are.
 *
 * @example
 * ```ts
 * import { fit, nn, optim, zeros } from 'nacre';
 * const model = new nn.Linear(1, 1);
 * const options = { optimizer: new optim.SGD(model.parameters()), loss: 'mseLoss', verbose: false } as const;
 * const broken = { onEpochEnd: () => { throw new Error('no more paper'); } };
 * const training = fit(model, [zeros([4, 1]), zeros([4, 1])], { ...options, callbacks: [broken] });
 * await training; // → throws CallbackError: callback 0 failed in onEpochEnd: no more paper
 * ```
 */
export class CallbackError extends NacreError {
  override readonly name: string = 'CallbackError';
}

/** The callbacks of a training. The first that throws ends it. */
export class CallbackList {
  constructor(private readonly callbacks: readonly Callback[]) {}

  hears(event: Event): boolean {
    return this.callbacks.some((callback) => callback[event]);
  }

  /** Tells all of them, one after the other. Throws a CallbackError for one that fails. */
  async tell<E extends Event>(event: E, ...args: Arguments<E>): Promise<void> {
    for (let place = 0; place < this.callbacks.length; place++) await this.#call(place, event, args);
  }

  /** Closes all of them, also those behind one that fails; then throws for the first that did. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let place = 0; place < this.callbacks.length; place++) {
      await this.#call(place, 'close', []).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  async #call<E extends Event>(place: number, event: E, args: Arguments<E>): Promise<void> {
    const callback = this.callbacks[place];
    try {
      await (callback[event] as ((...args: Arguments<E>) => void | Promise<void>) | undefined)?.apply(
        callback,
        args,
      );
    } catch (cause) {
      if (cause instanceof NacreError) throw cause;
      const kind = callback.constructor?.name ?? 'Object';
      const name = kind === 'Object' ? `callback ${place}` : `the callback ${kind}`;
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new CallbackError(`${name} failed in ${event}: ${message}`, { op: 'fit', cause });
    }
  }

  states(): (CallbackState | null)[] {
    return this.callbacks.map((callback) => callback.saveState?.() ?? null);
  }

  loadStates(states: readonly (CallbackState | null)[]): void {
    for (const [i, state] of states.entries()) if (state) this.callbacks[i]?.loadState?.(state);
  }
}
