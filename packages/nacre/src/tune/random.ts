import { threefry } from '../tensor/primitives/sources.ts';

/** Told apart from the streams that random operations, orders and draws have under the same seed. */
const keyOfProposals = 0x7e4e5;
const keyOfTrialSeeds = 0x5eed5;

const keyOf = (seed: number, purpose: number): readonly [number, number] => [
  seed | 0,
  Math.floor(seed / 2 ** 32) ^ purpose,
];

/** Numbers between 0 and 1, both left out: the next of the stream that a seed and a number decide. */
export type Uniforms = () => number;

/** The random numbers of one proposal: they depend on the seed of the search and the number of the trial alone. */
export function proposalStream(seed: number, trial: number): Uniforms {
  const key = keyOf(seed, keyOfProposals);
  let drawn = 0;
  return () => ((threefry(key, [drawn++, trial]) >>> 0) + 0.5) * 2 ** -32;
}

/** The seed with which a trial makes its weights: another for each, so that no luck of one seed decides the search. */
export const seedOf = (seed: number, trial: number): number =>
  threefry(keyOf(seed, keyOfTrialSeeds), [trial, 0]) >>> 0;

/** A normally distributed number (Box and Muller). */
export const normal = (next: Uniforms): number =>
  Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next());
