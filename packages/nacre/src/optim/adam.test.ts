import { expect, test } from 'vitest';
import { Dropout, Flatten, Linear, ReLU, Sequential } from '../nn/index.ts';
import { compile } from '../tensor/compile.ts';
import { randn, tensor } from '../tensor/create.ts';
import { cachedPrograms } from '../tensor/engine.ts';
import { manualSeed } from '../tensor/generator.ts';
import { crossEntropy } from '../tensor/ops/network.ts';
import { Tensor } from '../tensor/tensor.ts';
import { Adam } from './index.ts';

async function train(compiled: boolean) {
  manualSeed(3);
  const model = new Sequential(
    new Flatten(),
    new Linear(6, 5),
    new ReLU(),
    new Dropout(0.2),
    new Linear(5, 3),
  );
  const adam = new Adam(model.parameters());
  const x = randn([4, 2, 3]);
  const y = tensor([0, 2, 1, 1], { dtype: 'int32' });
  const body = (x: Tensor, y: Tensor) => {
    const loss = new Tensor(crossEntropy(model.forward(x).node, y.node));
    adam.zeroGrad();
    loss.backward();
    adam.step();
    return loss;
  };
  const step = compiled ? compile(body) : body;
  const losses: number[] = [];
  const programs: number[] = [];
  for (let i = 0; i < 6; i++) {
    losses.push(await step(x, y).item());
    programs.push(cachedPrograms());
  }
  const all = [...Object.values(model.stateDict())];
  const numbers = [];
  for (const t of all) numbers.push(...((await t.data()) as Float32Array));
  return { losses, numbers, programs };
}
test('x', async () => {
  const a = await train(false),
    b = await train(true);
  console.log(a.losses, b.losses, a.programs, b.programs);
  expect(a.losses).toEqual(b.losses);
  expect(a.numbers).toEqual(b.numbers);
});
