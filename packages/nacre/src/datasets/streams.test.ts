import { describe, expect, it } from 'vitest';
import { platform } from '#platform';
import { DataLoader, IterableDataset } from '../data/index.ts';
import { csvRows, jsonLines } from './index.ts';

/** 50 MB in lines of a kilobyte, made piece by piece as a file is read; lines do not end where pieces do. */
const [lines, lineBytes, pieceBytes] = [50_000, 1000, 65_536];

async function* pieces(
  header: string,
  line: (index: number, filling: string) => string,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const filling = 'x'.repeat(lineBytes - 40);
  let rest = header;
  for (let index = 0; index < lines; index++) {
    rest += line(index, filling);
    if (rest.length < pieceBytes) continue;
    yield encoder.encode(rest.slice(0, pieceBytes));
    rest = rest.slice(pieceBytes);
  }
  yield encoder.encode(rest);
}

/** Bytes that are alive. */
async function memory(): Promise<number> {
  platform.collectGarbage();
  await platform.turn();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('a file larger than memory', () => {
  it.each<[string, (epoch: number) => AsyncGenerator<Readonly<Record<string, unknown>>>]>([
    [
      'CSV',
      () => csvRows(pieces('x,text,y\n', (index, filling) => `${index / 8},"${filling}",${index % 10}\n`)),
    ],
    [
      'JSON lines',
      () =>
        jsonLines(
          pieces('', (index, filling) => `{"x":${index / 8},"text":"${filling}","y":${index % 10}}\n`),
        ),
    ],
  ])('of %s takes no more memory at its end than at its beginning, mixed by a buffer', async (_, rows) => {
    const data = new IterableDataset(
      async function* (epoch) {
        for await (const { x, y } of rows(epoch)) yield [[Number(x)], Number(y)];
      },
      { shuffleBuffer: 1000, seed: 1 },
    );
    const used: number[] = [];
    let [count, sum] = [0, 0];
    for await (const [x, y] of new DataLoader(data, { batchSize: 500 })) {
      for (const value of await x.data()) sum += value;
      count += y.shape[0];
      x.dispose();
      y.dispose();
      if (count % 5000 === 0) used.push(await memory());
    }
    expect([count, sum]).toEqual([lines, (lines * (lines - 1)) / 2 / 8]);
    expect(Math.max(...used.slice(1)) - used[0]).toBeLessThan(8e6);
  });
});
