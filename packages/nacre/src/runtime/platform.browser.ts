import type { Platform } from './platform.ts';

const isolated = typeof SharedArrayBuffer !== 'undefined' && globalThis.crossOriginIsolated === true;
const inWorker = typeof window === 'undefined';

export const platform: Platform = {
  name: 'browser',
  hardwareThreads: globalThis.navigator?.hardwareConcurrency ?? 1,
  sharedMemory: isolated,
  mayBlock: inWorker && isolated,

  startWorker(source, data, onFailure) {
    const prelude = 'self.onmessage = ({ data: workerData }) => {';
    const url = URL.createObjectURL(new Blob([prelude, source, '}'], { type: 'text/javascript' }));
    const worker = new Worker(url);
    // A page's content security policy may forbid it.
    worker.onerror = (event) => {
      event.preventDefault();
      onFailure();
    };
    worker.postMessage(data);
    return {
      terminate: () => {
        worker.terminate();
        URL.revokeObjectURL(url);
      },
    };
  },

  collectGarbage() {
    // A page cannot ask for a collection. Memory that is promised and dropped makes the engine count it as pressure.
    void new ArrayBuffer(1 << 24);
  },

  turn: () =>
    new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    }),
};
