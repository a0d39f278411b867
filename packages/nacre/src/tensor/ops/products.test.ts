import { afterEach, expect, test } from 'vitest';
import { compile } from '../compile.ts';
import { randn } from '../create.ts';
import { setThreads } from '../engine.ts';
import { manualSeed } from '../generator.ts';
import { realize, type Tensor } from '../tensor.ts';

afterEach(() => setThreads(1));

test.each([
  [[], 300, 260, 100],
  [[2], 257, 144, 131],
  [[], 1024, 96, 64],
  [[], 64, 1021, 72],
])(
  'a large transposed left matrix, batch %j, is copied block by block: the bits of one that is in order',
  async (batch, inner, rows, columns) => {
    manualSeed(1);
    const a = randn([...batch, inner, rows]) as Tensor;
    const b = randn([...batch, inner, columns]) as Tensor;
    const rank = batch.length;
    const turn = compile((x: Tensor) => x.transpose(rank, rank + 1).add(0));
    const ordered = turn(a);
    await realize(a, b, ordered);
    const transposed = compile((x: Tensor, y: Tensor) => x.transpose(rank, rank + 1).matmul(y));
    const plain = compile((x: Tensor, y: Tensor) => x.matmul(y));
    const expected = await plain(ordered, b).data();
    for (const threads of [1, 2]) {
      setThreads(threads);
      expect(await transposed(a, b).data()).toEqual(expected);
    }
  },
);
