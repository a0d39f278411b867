import { it } from 'vitest';
import { mnist } from '../datasets/index.ts';
import * as nacre from '../index.ts';

it('trains', async () => {
  const { nn, optim, fit, evaluate, manualSeed } = nacre;
  const { train, test } = await mnist({ source: 'package', seed: 0 });
  manualSeed(0);
  const model = new nn.Sequential(
    new nn.Flatten(),
    new nn.Linear(784, 128),
    new nn.ReLU(),
    new nn.Dropout(0.2),
    new nn.Linear(128, 64),
    new nn.ReLU(),
    new nn.Dropout(0.2),
    new nn.Linear(64, 32),
    new nn.ReLU(),
    new nn.Dropout(0.2),
    new nn.Linear(32, 10),
  );
  const t = performance.now();
  const history = await fit(model, train, {
    optimizer: new optim.Adam(model.parameters()),
    loss: 'crossEntropy',
    metrics: ['accuracy'],
    epochs: 5,
    batchSize: 32,
    validation: test,
  });
  console.log(performance.now() - t, history.records, history.accuracy);
  console.log(await evaluate(model, test));
});
