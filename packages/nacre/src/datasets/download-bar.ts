import type { MnistProgress } from './mnist-files.ts';

/** The part of Node's `process` that is used here; a browser has none. */
interface Output {
  readonly stderr?: { write(text: string): unknown; readonly isTTY?: boolean };
}

const barColumns = 24;
/** Smooth to the eye; a fast connection brings thousands of pieces a second. */
const betweenMilliseconds = 50;

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

/**
 * Shows on standard error how far a download is, as a bar that is taken away at its end; undefined where that is no terminal. Not on standard
 * output, which a program may need for itself.
 */
export function downloadBar(): ((progress: MnistProgress) => void) | undefined {
  const { stderr } = (globalThis as { process?: Output }).process ?? {};
  if (!stderr?.isTTY) return undefined;
  let drawn = Number.NEGATIVE_INFINITY;
  return ({ file, done, total }) => {
    const now = performance.now();
    if (done >= total) {
      stderr.write('\r\x1b[K');
      return;
    }
    if (now - drawn < betweenMilliseconds) return;
    drawn = now;
    const filled = Math.round((done / total) * barColumns);
    const bar = '━'.repeat(filled) + '─'.repeat(barColumns - filled);
    stderr.write(`\r${file}  ${bar} ${megabytes(done)} / ${megabytes(total)} MB\x1b[K`);
  };
}
