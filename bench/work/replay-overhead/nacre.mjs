/**
 * What a call of a compiled step costs when there is next to nothing to compute: ten parameters of a few numbers each,
 * SGD, and the loss not read.
 */
import { compile, mseLoss, nn, optim, realize, tensor } from 'nacre';
import { prepare } from '../common/nacre.mjs';
import { checkLearned, report, sideOptions, timeCalls } from '../common/side.mjs';

const options = sideOptions();
await prepare(options);
const x = tensor([[0.5, -0.25]]);
const y = tensor([[0.75, 0.1]]);
await realize(x, y);

// Five layers, each with a weight and a bias.
const model = new nn.Sequential(...Array.from({ length: 5 }, () => new nn.Linear(2, 2)));
const sgd = new optim.SGD(model.parameters(), { lr: 1e-6 });
const step = compile((x, y) => {
  const loss = mseLoss(model.forward(x), y);
  loss.backward();
  sgd.step();
  sgd.zeroGrad();
  return loss;
});

const before = await step(x, y).item();
const times = await timeCalls(() => {
  step(x, y);
}, options);
checkLearned(before, await step(x, y).item());
report(
  'call',
  'µs',
  times.map((seconds) => seconds * 1e6),
);
