import { ArgumentError } from '../base/errors.ts';

/** Throws an ArgumentError unless a batch can have this size. */
export function checkBatchSize(op: string, batchSize: number): void {
  if (Number.isInteger(batchSize) && batchSize > 0) return;
  throw new ArgumentError(`batchSize is a whole number from 1 on, got ${batchSize}`, { op });
}

/** Throws an ArgumentError unless a number can be a seed. */
export function checkSeed(op: string, seed: number): void {
  if (Number.isSafeInteger(seed) && seed >= 0) return;
  throw new ArgumentError(`a seed is an integer from 0 to 2^53 - 1, got ${seed}`, { op });
}

/** Throws an ArgumentError unless an option is a whole number from `least` on. */
export function checkWhole(op: string, name: string, value: number, least: number): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new ArgumentError(`${name} is a whole number from ${least} on, got ${value}`, { op });
}
