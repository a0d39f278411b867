/** Examples [index, epoch] of two classes, made in a while; the one at `bad` fails. A module by itself, as threads import it. */
export const made = (length, bad = -1) => ({
  length,
  async get(index, epoch = 0) {
    await new Promise((resolve) => setTimeout(resolve, index % 2));
    if (index === bad) throw new RangeError('the picture is torn');
    return [Float32Array.of(index / length, epoch), index % 2];
  },
});

/** What a thread is: the name of its global scope. */
export const scopes = (length) => ({
  length,
  get: () => [[globalThis.constructor.name === 'DedicatedWorkerGlobalScope' ? 1 : 0], 0],
});
