/** A compiled train step of one of the networks on one batch; the loss is read after every step. */
import { compile, crossEntropy, mseLoss, optim, realize, tensor } from 'nacre';
import { makeTrainStep, prepare } from '../common/nacre.mjs';
import { sideOptions } from '../common/side.mjs';
import { makeBertLayer, makeCnn, makeLstm, makeResnet18, makeTransformer } from '../networks/nacre.mjs';
import { makeExamples } from '../networks/sizes.mjs';
import { measureTraining } from './measure.mjs';

const options = sideOptions();
await prepare(options);

const TRAININGS = {
  cnn: { make: makeCnn, loss: crossEntropy, optimizer: sgd(0.001) },
  resnet18: { make: makeResnet18, loss: crossEntropy, optimizer: sgd(0.01) },
  lstm: { make: makeLstm, loss: mseLoss, optimizer: (parameters) => new optim.Adam(parameters) },
  transformer: {
    make: makeTransformer,
    loss: crossEntropy,
    optimizer: (parameters) => new optim.AdamW(parameters),
  },
};

function sgd(lr) {
  return (parameters) => new optim.SGD(parameters, { lr, momentum: 0.9 });
}

async function examples() {
  const { x, shape, labels, targets } = makeExamples(options.work, options.size);
  const input = tensor(x, { shape });
  const output =
    options.work === 'lstm' ? tensor(targets) : tensor(labels, { dtype: 'int32', shape: [options.size] });
  await realize(input, output);
  return [input, output];
}

async function makeStep() {
  const [x, y] = await examples();
  const { make, loss: lossOf, optimizer: makeOptimizer } = TRAININGS[options.work];
  const model = make();
  const optimizer = makeOptimizer(model.parameters());
  const step = compile((x, y) => {
    const loss = lossOf(model.forward(x), y);
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    return loss;
  });
  return () => step(x, y).item();
}

/** Forward and backward alone: the gradients of all parameters are left in memory. */
async function makeBackward() {
  const [x] = await examples();
  const layer = makeBertLayer();
  const parameters = [...layer.parameters()];
  const weights = tensor(makeExamples(options.work, options.size).x, { shape: x.shape });
  await realize(weights);
  const step = compile((x) => {
    for (const parameter of parameters) parameter.grad = null;
    const loss = layer.forward(x).mul(weights).mean();
    loss.backward();
    return loss;
  });
  const first = await step(x).item();
  const [gradient] = await parameters[0].grad.square().sum().reshape([1]).data();
  if (!(gradient > 0 && Number.isFinite(first)))
    throw new Error(`loss ${first}, squared gradient ${gradient}`);
  return () => step(x).item();
}

if (options.work === 'mlp') await measureTraining(await makeTrainStep(options.size), options);
else if (options.work === 'bert-layer') await measureTraining(await makeBackward(), options);
else await measureTraining(await makeStep(), options);
