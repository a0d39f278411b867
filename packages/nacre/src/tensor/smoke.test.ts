import { expect, test } from 'vitest';
import { compile } from './compile.ts';
import { tensor, randn, rand } from './create.ts';
import { setDevice, setThreads, threadsReady } from './engine.ts';
import * as ops from './ops/index.ts';
import { Tensor } from './tensor.ts';
import { manualSeed } from './generator.ts';

const build: Record<string, () => Tensor> = {
  add: () => new Tensor(ops.addOf(randn([17, 33]).node, randn([33]).node)),
  rand: () => rand([37]),
  soft: () => new Tensor(ops.softmax(randn([5, 37]).node, 1)),
  lsm: () => new Tensor(ops.logSoftmax(randn([3, 4, 10]).node, 1)),
  mm: () => new Tensor(ops.matmul(randn([13, 37]).node, randn([37, 29]).node)),
  lin: () => new Tensor(ops.linear(randn([32, 37]).node, randn([29, 37]).node, randn([29]).node)),
  lin1: () => new Tensor(ops.linear(randn([1, 37]).node, randn([29, 37]).node, randn([29]).node)),
  sum0: () => new Tensor(ops.sumOf(randn([32, 29]).node, 0)),
  sum: () => new Tensor(ops.sumOf(randn([320, 129]).node)),
  amax: () => new Tensor(ops.argmax(randn([32, 29]).node, 1)),
  concat: () => new Tensor(ops.concat([randn([3, 2, 5]).node, randn([3, 4, 5]).node], 1)),
  ln: () => new Tensor(ops.layerNorm(randn([7, 19]).node, [19], randn([19]).node, null)),
  emb: () => new Tensor(ops.embedding(tensor([1, 3, 2, 1], { dtype: 'int32' }).node, randn([5, 9]).node)),
  pad: () => new Tensor(ops.pad(randn([3, 9]).node, [1, 2, 3, 4], 2)),
  roll: () => new Tensor(ops.roll(randn([3, 9]).node, 2, 1)),
  bf: () => randn([33]).to('bfloat16').to('float32'),
  f16: () => randn([33]).to('float16').to('float32'),
  f64: () => new Tensor(ops.exp(randn([33], { dtype: 'float64' }).node)),
};
for (const [name, make] of Object.entries(build)) {
  test(name, async () => {
    setDevice('reference');
    manualSeed(1);
    const a = Array.from(await make().data() as Float32Array);
    setDevice('wasm');
    for (const n of [1, 2]) {
      setThreads(n);
      await threadsReady();
      manualSeed(1);
      const b = Array.from(await make().data() as Float32Array);
      for (let i = 0; i < a.length; i++) expect(Math.abs(a[i] - b[i]), `${name} ${i} ${a[i]} ${b[i]}`).toBeLessThan(1e-4 + 1e-4 * Math.abs(a[i]));
    }
  });
}
