import { heatmap } from 'nacre/plot';
import { train } from './walks.ts';

/** Trains in this thread with batches from threads of its own, and asks for a picture, which only a page can draw. */
async function answer(url: string): Promise<void> {
  const losses = await train(url, [8], 2);
  const picture = await heatmap([[1]])
    .png()
    .catch((error: Error) => error.message);
  postMessage({ losses, picture });
}

globalThis.onmessage = ({ data }) => void answer(data);
