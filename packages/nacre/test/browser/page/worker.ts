import { getThreads, setThreads, threadsReady } from 'nacre';
import { trainFromSeed } from '../same-seed.ts';

/** Trains with so many threads; one if the page is not cross-origin isolated. */
async function answer({ seed, threads }: { seed: number; threads: number }): Promise<void> {
  setThreads(threads);
  await threadsReady();
  const outcome = trainFromSeed(seed);
  postMessage({ outcome, threads: getThreads(), isolated: globalThis.crossOriginIsolated });
}

globalThis.onmessage = ({ data }) => {
  void answer(data);
};
