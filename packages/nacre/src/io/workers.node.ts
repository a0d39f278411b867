import { Worker } from 'node:worker_threads';
import type { Workers } from './workers.ts';

const prelude = `
const { parentPort } = require('node:worker_threads');
const receive = (handler) => parentPort.on('message', handler);
const post = (message, transfer) => parentPort.postMessage(message, transfer);
`;

/** Threads of Node. */
export const workers: Workers = {
  start(script, { onMessage, onFailure }) {
    const worker = new Worker(prelude + script, { eval: true });
    worker.on('message', onMessage);
    worker.once('error', onFailure);
    worker.once('exit', (code) => onFailure(new Error(`the thread ended with code ${code}`)));
    worker.unref();
    return {
      post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
      hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
      terminate: () => {
        worker.removeAllListeners();
        void worker.terminate();
      },
    };
  },
};
