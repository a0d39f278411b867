import { platform } from '#platform';

/** A turn of the event loop takes a few microseconds; so rarely it costs nothing, and timers and signals wait no longer than this. */
const turnMilliseconds = 10;

/** Lets the event loop turn now and then in a loop that would otherwise keep it from everything else. */
export class Pace {
  #turned = performance.now();

  isDue(now: number): boolean {
    return now - this.#turned >= turnMilliseconds;
  }

  async turn(): Promise<void> {
    await platform.turn();
    this.#turned = performance.now();
  }
}
