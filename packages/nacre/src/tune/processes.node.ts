import { fork } from 'node:child_process';
import * as path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { FromWorker } from './messages.ts';
import type { Processes } from './processes.ts';

/** The program of a worker: beside this file, as source or built. */
const script = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? 'worker.node.ts' : 'tune-worker.js', import.meta.url),
);

/** Under npm and tsx one Ctrl-C arrives twice, from the terminal and handed on: what follows within this time is the same. */
const samePressMilliseconds = 250;

export const processes: Processes = {
  available: true,

  start({ onMessage, onEnd }) {
    // With this process's own flags, so that what loads TypeScript here does so there.
    const child = fork(script, { serialization: 'advanced' });
    let ended = false;
    const end = (how: string): void => {
      if (ended) return;
      ended = true;
      onEnd(how);
    };
    child.on('message', (message) => onMessage(message as FromWorker));
    child.on('error', (error) => end(error.message));
    child.on('exit', (code, signal) => end(signal ? `the signal ${signal}` : `exit code ${code}`));
    return {
      send(message) {
        // One that has ended says so itself; what was sent to it meanwhile is lost.
        if (child.connected) child.send(message, () => {});
      },
      dismiss() {
        if (child.connected) child.disconnect();
      },
      kill: () => void child.kill('SIGKILL'),
    };
  },

  urlOf: (given) => pathToFileURL(path.resolve(given)).href,

  onInterrupt(listener) {
    let since: number | undefined;
    const receive = (): void => {
      if (since === undefined) {
        since = performance.now();
        listener();
      } else if (performance.now() - since >= samePressMilliseconds) {
        stop();
        process.kill(process.pid, 'SIGINT');
      }
    };
    const stop = (): void => void process.off('SIGINT', receive);
    process.on('SIGINT', receive);
    return stop;
  },
};
