import { downloadMnist, type MnistProgress } from 'nacre/datasets';
import { showBytes } from 'nacre/terminal';
import type { Context } from '../context.ts';

/** At most ten redraws a second: bytes arrive in thousands of pieces. */
const redrawMilliseconds = 100;

/** `nacre download mnist`: fetches the full set into the cache folder. */
export async function download({ text, terminal, json }: Context): Promise<number> {
  let drawn = Number.NEGATIVE_INFINITY;
  const redraw = ({ file, done, total }: MnistProgress): void => {
    if (performance.now() - drawn < redrawMilliseconds && done < total) return;
    drawn = performance.now();
    terminal.write(`\r${text.download.progress(file, showBytes(done), showBytes(total))}\x1b[K`);
  };
  const folder = await downloadMnist({ onProgress: terminal.interactive && !json ? redraw : undefined });
  if (json) {
    json({ event: 'done', folder });
  } else {
    if (terminal.interactive) terminal.write('\r\x1b[K');
    terminal.lines(text.download.done(folder));
  }
  return 0;
}
