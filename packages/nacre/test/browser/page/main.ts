import { trainFromSeed } from '../same-seed.ts';

/** What the test calls: one training in a worker of its own, or on the page's own thread. */
const calls = {
  trainInWorker: (seed: number, threads: number): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
      worker.onmessage = ({ data }) => {
        worker.terminate();
        resolve(data);
      };
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage({ seed, threads });
    }),
  trainOnPage: trainFromSeed,
};

export type PageCalls = typeof calls;

Object.assign(globalThis, { calls });
