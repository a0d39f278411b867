import { beforeEach, describe, expect, it } from 'vitest';
import { compile } from '../compile.ts';
import { randn } from '../create.ts';
import { setDevice } from '../engine.ts';
import { manualSeed } from '../generator.ts';
import { Parameter } from '../parameter.ts';
import type { Tensor } from '../tensor.ts';

/** exp(x - max) / Σ of each row, with weights in the sum and in the result if there are any. */
function softmax(rows: number[][], inSum?: number[][], after?: number[][]): number[] {
  return rows.flatMap((row, i) => {
    const most = Math.max(...row);
    const powers = row.map((value) => Math.exp(value - most));
    const total = powers.reduce((sum, value, j) => sum + value * (inSum?.[i][j] ?? 1), 0);
    return powers.map((value, j) => (value / total) * (after?.[i][j] ?? 1));
  });
}

const rowsOf = async (x: Tensor): Promise<number[][]> => (await x.tolist()) as number[][];

function expectClose(got: ArrayLike<number | bigint>, want: readonly number[]): void {
  const worst = want.reduce((most, value, i) => Math.max(most, Math.abs(value - Number(got[i]))), 0);
  expect(worst).toBeLessThan(1e-5);
}

describe.each([
  [40, 64],
  [7, 19],
  [3, 1000],
])('rows of %i × %i, whose exponentials wait for their sum', (rows, columns) => {
  beforeEach(() => {
    setDevice('wasm');
    manualSeed(9);
  });

  it('in a result of their own', async () => {
    const x = randn([rows, columns]);
    expectClose(await compile((x: Tensor) => x.softmax(1))(x).data(), softmax(await rowsOf(x)));
  });

  it('in the place of what they are computed from', async () => {
    const x = new Parameter(randn([rows, columns]));
    const want = softmax(await rowsOf(x));
    compile(() => {
      x.value = x.softmax(1);
    })();
    expectClose(await x.data(), want);
  });

  it('in the place of what the sum reads, or the result', async () => {
    const x = randn([rows, columns]);
    const weight = new Parameter(randn([rows, columns]).abs().add(0.5));
    const powers = (x: Tensor): Tensor => x.sub(x.amax(1, { keepdim: true })).exp();
    const before = await rowsOf(weight);
    compile((x: Tensor) => {
      const e = powers(x);
      weight.value = e.div(e.mul(weight).sum(1, { keepdim: true }));
    })(x);
    expectClose(await weight.data(), softmax(await rowsOf(x), before));
    const between = await rowsOf(weight);
    compile((x: Tensor) => {
      const e = powers(x);
      weight.value = e.div(e.sum(1, { keepdim: true })).mul(weight);
    })(x);
    expectClose(await weight.data(), softmax(await rowsOf(x), undefined, between));
  });
});
