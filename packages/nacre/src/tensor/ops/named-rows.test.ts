import { expect, it } from 'vitest';
import { SGD } from '../../optim/index.ts';
import { compile } from '../compile.ts';
import { full, randn, tensor } from '../create.ts';
import { setDevice } from '../engine.ts';
import * as F from '../functions.ts';
import { manualSeed } from '../generator.ts';
import { grad } from '../grad.ts';
import { explain } from '../inspect.ts';
import { Parameter } from '../parameter.ts';
import type { Tensor } from '../tensor.ts';

/** Indices with repetitions, the first row, and the last. */
const names = (rows: number, count: number): Tensor =>
  tensor(
    Int32Array.from({ length: count }, (_, i) =>
      i % 3 === 0 ? (i * i) % 7 : i === 1 ? rows - 1 : (i * 37) % rows,
    ),
    { dtype: 'int32' },
  );

/** The gradient of a table by the sums themselves, in float32 and in the order of the names. */
function sums(rows: number, columns: number, index: Tensor, cotangent: Tensor): number[] {
  const table = new Float32Array(rows * columns);
  const values = cotangent.dataSync();
  Array.from(index.dataSync(), Number).forEach((row, i) => {
    for (let j = 0; j < columns; j++) table[row * columns + j] += Number(values[i * columns + j]);
  });
  return Array.from(table);
}

it.each([
  // Few rows named, many, and as many as there are; widths with and without a rest.
  [300, 40, 64],
  [300, 40, 19],
  [300, 150, 33],
  [300, 151, 33],
  [40, 300, 20],
  [5000, 1, 2],
])(
  'the gradient of a table of %i rows of which %i are named, %i wide, to the last bit',
  (rows, count, columns) => {
    setDevice('wasm');
    manualSeed(3);
    const index = names(rows, count);
    const by = randn([count, columns]);
    const slope = grad((weight: Tensor) => F.embedding(index, weight).mul(by).sum());
    const wanted = sums(rows, columns, index, by);
    expect(Array.from(slope(randn([rows, columns])).dataSync(), Number)).toEqual(wanted);
    // In a program of its own, with more to do behind it.
    const behind = compile((weight: Tensor) => slope(weight).mul(2).sub(weight));
    const weight = randn([rows, columns]);
    const before = Array.from(weight.dataSync(), Number);
    expect(Array.from(behind(weight).dataSync(), Number)).toEqual(
      wanted.map((sum, i) => Math.fround(2 * sum - before[i])),
    );
  },
);

it('rows added to what is the same everywhere, of more axes than two', () => {
  const at = names(60, 9);
  const values = randn([9, 8, 16]);
  const added = (device: 'reference' | 'wasm'): number[] => {
    setDevice(device);
    const place = at.reshape([9, 1, 1]).expand([9, 8, 16]);
    return Array.from(full([60, 8, 16], 2.5).scatterAdd(0, place, values).dataSync(), Number);
  };
  const [got, want] = [added('wasm'), added('reference')];
  got.forEach((value, i) => void expect(value).toBeCloseTo(want[i], 5));
});

it('the update of a table reads the rows that were named, and no table of gradients', () => {
  setDevice('wasm');
  manualSeed(3);
  const weight = new Parameter(randn([10_000, 32]));
  const optimizer = new SGD([weight], { lr: 0.5 });
  const step = compile((index: Tensor) => {
    const loss = F.embedding(index, weight).square().sum();
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    return loss;
  });
  const index = names(10_000, 64);
  const arena = Number(/arena of (\d+) bytes/.exec(explain(step, index))![1]);
  expect(arena).toBeLessThan((4 * 10_000 * 32) / 8);
  const before = Array.from(weight.dataSync(), Number);
  step(index);
  const times = new Float64Array(10_000);
  for (const row of index.dataSync()) times[Number(row)]++;
  const after = Array.from(weight.dataSync(), Number);
  const wanted = before.map((value, i) => value * (1 - times[Math.floor(i / 32)]));
  const worst = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - after[i])), 0);
  expect(worst).toBeLessThan(1e-4);
});
