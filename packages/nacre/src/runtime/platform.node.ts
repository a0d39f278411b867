import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import type { Platform } from './platform.ts';

let collect: (() => void) | undefined;

export const platform: Platform = {
  name: 'node',
  hardwareThreads: availableParallelism(),
  sharedMemory: typeof SharedArrayBuffer !== 'undefined',
  mayBlock: true,

  startWorker(source, data, onFailure) {
    const prelude = 'const workerData = require("node:worker_threads").workerData;';
    const worker = new Worker(prelude + source, {
      eval: true,
      workerData: data,
      stdout: false,
      stderr: false,
    });
    worker.once('error', onFailure);
    worker.unref();
    return { terminate: () => void worker.terminate() };
  },

  collectGarbage() {
    if (!collect) {
      // The flag makes `gc` a global of contexts made after it, this one excepted.
      setFlagsFromString('--expose-gc');
      collect = runInNewContext('gc') as () => void;
    }
    collect();
  },

  turn: () => new Promise((resolve) => setImmediate(resolve)),
};
