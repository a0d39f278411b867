/** What every JavaScript side of the inference benchmarks does: one example, and its ten outputs read each time. */
import { reportTimes, sideOptions, timeCalls } from '../common/side.mjs';
import { makeExamples } from '../networks/sizes.mjs';

export const options = sideOptions();

/** One example. */
export const example = makeExamples(options.work, 1);

/**
 * @param {() => Promise<ArrayLike<number>>} infer gives the outputs
 */
export async function measureLatency(infer) {
  const outputs = await infer();
  const works = outputs.length === 10 && Array.from(outputs).every(Number.isFinite);
  if (!works || new Set(Array.from(outputs)).size < 10) throw new Error(`the outputs are ${outputs}`);
  const times = await timeCalls(async () => {
    await infer();
  }, options);
  reportTimes('latency', times);
}
