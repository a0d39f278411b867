import { DeviceError } from '../base/errors.ts';
import type { Processes } from './processes.ts';

/** A browser starts no processes, and has no Ctrl-C. */
export const processes: Processes = {
  available: false,
  start() {
    throw new DeviceError('a browser starts no processes', {
      op: 'tune',
      hint: 'Leave out the option workers',
    });
  },
  urlOf: (path) => new URL(path, globalThis.location?.href).href,
  onInterrupt: () => () => {},
};
