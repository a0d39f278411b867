import type { Workers } from './workers.ts';

const prelude = `
const receive = (handler) => self.addEventListener('message', ({ data }) => handler(data));
const post = (message, transfer) => self.postMessage(message, transfer);
`;

/** Web Workers. */
export const workers: Workers = {
  start(script, { onMessage, onFailure }) {
    const url = URL.createObjectURL(new Blob([prelude, script], { type: 'text/javascript' }));
    const worker = new Worker(url, { type: 'module' });
    worker.onmessage = ({ data }) => onMessage(data);
    // A page's content security policy may forbid it; the event then has no message.
    worker.onerror = (event) => {
      event.preventDefault();
      onFailure(new Error(event.message || 'it could not start. Let worker-src of the page allow blob:'));
    };
    return {
      post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
      hold: () => {}, // a page does not end while it waits
      terminate: () => {
        worker.terminate();
        URL.revokeObjectURL(url);
      },
    };
  },
};
