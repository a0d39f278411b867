/** Something that takes its time: begun, so that other things go on meanwhile, or done on the spot. */
export interface Step<T> {
  begin(): Promise<T>;
  now(): T;
}

/**
 * Work with pauses, written once: `begin` gives a promise of what comes of it, `finish` comes back when it is done.
 *
 * `yield* pause(step)` gives what the step gives, and throws what it throws.
 */
export type Steps<T> = Generator<Step<unknown>, T, unknown>;

export function* pause<T>(step: Step<T>): Steps<T> {
  return (yield step) as T;
}

/** Does the work while the event loop goes on. */
export async function begin<T>(work: Steps<T>): Promise<T> {
  let turn = work.next();
  while (!turn.done) {
    let value: unknown;
    try {
      value = await turn.value.begin();
    } catch (error) {
      turn = work.throw(error);
      continue;
    }
    turn = work.next(value);
  }
  return turn.value;
}

/** Does the work before it returns. */
export function finish<T>(work: Steps<T>): T {
  let turn = work.next();
  while (!turn.done) {
    let value: unknown;
    try {
      value = turn.value.now();
    } catch (error) {
      turn = work.throw(error);
      continue;
    }
    turn = work.next(value);
  }
  return turn.value;
}
