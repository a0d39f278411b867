/** One epoch of the main job, the same on both sides. */
import { report } from '../common/side.mjs';

export const IMAGES = 8000;
export const BATCH = 32;

/**
 * @param {number[]} times seconds an epoch
 */
export function reportEpochs(times) {
  report('epoch', 's', times);
  report(
    'step',
    'µs',
    times.map((seconds) => (seconds / Math.ceil(IMAGES / BATCH)) * 1e6),
  );
}
