/**
 * Uniform integers from 0 to 2^32 - 1, the same on every platform for the same seed: mulberry32 (Tommy Ettinger, 2017,
 * public domain). Its period of 2^32 is ample for orders and splits of data; networks draw from the library's own
 * generator, not from this one.
 */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** The integers from 0 to `count` - 1 in an order that depends on the seed alone (Fisher and Yates' shuffle). */
export function shuffledIndices(count: number, seed: number): Int32Array {
  const next = mulberry32(seed);
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const chosen = Math.floor((next() / 2 ** 32) * (last + 1));
    const kept = order[last];
    order[last] = order[chosen];
    order[chosen] = kept;
  }
  return order;
}
