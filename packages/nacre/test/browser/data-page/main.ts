import { confusionMatrix, heatmap, lineChart } from 'nacre/plot';
import { train, walk } from './walks.ts';

const pictures = {
  line: () => lineChart({ y: [1, 4, 9] }, { title: '平方 squares', width: 300, height: 200 }),
  heat: () =>
    heatmap(
      [
        [1, -1],
        [0, 2],
      ],
      { width: 300, height: 200 },
    ),
  matrix: () =>
    confusionMatrix(
      [
        [5, 1],
        [2, 8],
      ],
      ['a', 'b'],
      { width: 300, height: 300 },
    ),
};

/** What the test calls. */
const calls = {
  walk,
  train,
  /** A module that cannot be imported: what it needs has no name here. */
  broken: `data:text/javascript,${encodeURIComponent("import 'a-package'; export const made = () => 1;")}`,
  /** Where a bundler put the module that stands beside this file. */
  bundled: new URL('./examples.js', import.meta.url).href,
  /** A picture as the bytes of a PNG file. */
  png: async (name: keyof typeof pictures, scale?: number): Promise<number[]> => [
    ...(await pictures[name]().png(scale === undefined ? {} : { scale })),
  ],
  inWorker: (url: string): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
      worker.onmessage = ({ data }) => {
        worker.terminate();
        resolve(data);
      };
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage(url);
    }),
};

export type DataPageCalls = typeof calls;

Object.assign(globalThis, { calls });
