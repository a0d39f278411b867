import { threefry } from '../tensor/primitives/sources.ts';

/** Told apart from the streams that the generator gives to random operations under the same seed. */
const keyOfOrder = 0x0de75;
const keyOfDraws = 0xd7a35;

const keyOf = (seed: number, purpose: number): readonly [number, number] => [
  seed | 0,
  Math.floor(seed / 2 ** 32) ^ purpose,
];

/**
 * The numbers 0 to `length` - 1 in an order that depends on the seed and the epoch alone: Fisher and Yates's shuffle with
 * counter-based random numbers. So an epoch that is taken up in its middle goes on in the same order.
 */
export function shuffledOrder(length: number, seed: number, epoch: number): Int32Array {
  const key = keyOf(seed, keyOfOrder);
  const order = orderAsIs(length);
  for (let last = length - 1; last > 0; last--) {
    const chosen = Math.floor((threefry(key, [last, epoch]) >>> 0) * 2 ** -32 * (last + 1));
    const kept = order[last];
    order[last] = order[chosen];
    order[chosen] = kept;
  }
  return order;
}

export const orderAsIs = (length: number): Int32Array => Int32Array.from({ length }, (_, index) => index);

/** Uniform numbers between 0 and 1, both left out: the next of the stream that the seed and the epoch decide. */
export function uniforms(seed: number, epoch: number): () => number {
  const key = keyOf(seed, keyOfDraws);
  let drawn = 0;
  return () => ((threefry(key, [drawn++, epoch]) >>> 0) + 0.5) * 2 ** -32;
}

/** Puts indices in the order that the seed and the epoch decide. */
export const shuffled = (indices: ArrayLike<number>, seed: number, epoch: number): Int32Array =>
  shuffledOrder(indices.length, seed, epoch).map((place) => indices[place]);
