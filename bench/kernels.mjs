/**
 * What docs/performance.md says of our own kernels, beside no peer: `node bench/kernels.mjs` (after `npm run build`), one thread unless
 * said otherwise. Each line is the median of some rounds; in a table of kernels, the quickest of them. `NACRE_TIER` chooses the tier.
 */
import { parseArgs } from 'node:util';
import * as nacre from 'nacre';
import { makeNetwork, prepare } from './work/common/nacre.mjs';
import { makeCnn, makeLstm, makeResnet18, makeTransformer } from './work/networks/nacre.mjs';
import { makeExamples } from './work/networks/sizes.mjs';

const { compile, crossEntropy, mseLoss, nn, optim, profile, randn, realize, tensor } = nacre;
const { values } = parseArgs({ options: { only: { type: 'string' } } });

/**
 * @param {() => unknown} run
 * @returns {number} microseconds of one run
 */
function median(run) {
  const once = () => {
    const start = performance.now();
    run();
    return (performance.now() - start) * 1000;
  };
  for (let i = 0; i < 5; i++) once();
  const rounds = Math.max(15, Math.min(2000, Math.round(400_000 / once())));
  for (let i = 0; i < rounds; i++) once();
  const times = Array.from({ length: rounds }, once).sort((a, b) => a - b);
  return times[Math.floor(rounds / 2)];
}

/** The kernels that take the most time, on one thread, and what all take. */
function show(train, batch) {
  const lines = String(profile(train, ...batch)).split('\n');
  console.log([...lines.slice(0, 25), ...lines.slice(25).slice(-1)].join('\n'));
}

/** A compiled train step of a network. */
const trainStep = (model, lossOf, optimizer) =>
  compile((x, y) => {
    const loss = lossOf(model.forward(x), y);
    loss.backward();
    optimizer.step();
    optimizer.zeroGrad();
    return loss;
  });

/** A batch for one of the networks: inputs and what they stand for, classes or numbers. */
async function examples(work, batch, numbers = false) {
  const { x, shape, labels, targets } = makeExamples(work, batch);
  const pair = [
    tensor(x, { shape }),
    numbers ? tensor(targets) : tensor(labels, { dtype: 'int32', shape: [batch] }),
  ];
  await realize(...pair);
  return pair;
}

/** Where the time of the digits network's step goes. */
async function step() {
  const batch = await examples('mlp', 32);
  const model = makeNetwork();
  const train = trainStep(model, crossEntropy, new optim.Adam(model.parameters()));
  median(() => train(...batch));
  show(train, batch);
}

/** Products as they are and with one side transposed, on one thread and on two. */
async function gemm() {
  for (const size of [512, 1024, 2048]) {
    const [a, b] = [randn([size, size]), randn([size, size])];
    await realize(a, b);
    for (const form of ['a·b', 'a·bᵀ', 'aᵀ·b']) {
      const left = form.startsWith('aᵀ');
      const right = form.endsWith('bᵀ');
      const product = compile((x, y) => (left ? x.transpose(0, 1) : x).matmul(right ? y.transpose(0, 1) : y));
      const rates = [];
      for (const threads of [1, 2]) {
        await prepare({ threads });
        rates.push((2 * size ** 3) / median(() => product(a, b).dispose()) / 1000);
      }
      console.log(
        `${form} ${size}: ${rates.map((rate) => rate.toFixed(1)).join(' and ')} GFLOP/s with 1 and 2 threads`,
      );
    }
  }
}

/** Adam's update of n weights by itself. */
async function update() {
  for (const size of [20_000, 40_000, 60_000, 80_000, 100_352, 200_000]) {
    const weight = new nn.Parameter(randn([size]));
    const gradient = randn([size]);
    await realize(gradient);
    const adam = new optim.Adam([weight]);
    const run = compile(() => {
      weight.grad = gradient;
      adam.step();
      adam.zeroGrad();
    });
    const time = median(() => run());
    console.log(
      `Adam over ${size} weights: ${time.toFixed(1)} µs, ${((time * 1000) / (size / 4)).toFixed(2)} ns a vector`,
    );
  }
}

/** The CIFAR network of the PyTorch tutorial, two convolutions, three layers, SGD with momentum: its step, and where its time goes. */
async function cnn() {
  const model = makeCnn();
  const sgd = new optim.SGD(model.parameters(), { lr: 0.001, momentum: 0.9 });
  const train = trainStep(model, crossEntropy, sgd);
  for (const size of [4, 64]) {
    const batch = await examples('cnn', size);
    const times = [];
    for (const threads of [1, 2]) {
      await prepare({ threads });
      times.push(median(() => train(...batch)));
    }
    console.log(
      `CIFAR network, batch ${size}: ${times.map((time) => time.toFixed(0)).join(' and ')} µs a step with 1 and 2 threads`,
    );
    show(train, batch);
  }
}

/** Where the time of the larger networks' steps goes. */
async function networks() {
  for (const [work, model, lossOf, optimizer] of [
    ['lstm', makeLstm(), mseLoss, optim.Adam],
    ['transformer', makeTransformer(), crossEntropy, optim.AdamW],
    ['resnet18', makeResnet18(), crossEntropy, optim.SGD],
  ]) {
    const size = work === 'transformer' ? 16 : 32;
    const batch = await examples(work, size, work === 'lstm');
    const train = trainStep(model, lossOf, new optimizer(model.parameters(), { lr: 0.001 }));
    console.log(`${work}, batch ${size}`);
    show(train, batch);
  }
}

/** A large table of which a step names few rows: what its gradient and update cost. */
async function embedding() {
  const model = new nn.Sequential(
    new nn.Embedding(30_000, 128),
    new nn.Flatten(),
    new nn.Linear(32 * 128, 10),
  );
  const numbers = (count, of) =>
    tensor(
      Int32Array.from({ length: count }, (_, i) => (i * 7919) % of),
      { dtype: 'int32' },
    );
  const words = numbers(16 * 32, 30_000).reshape([16, 32]);
  const labels = numbers(16, 10);
  for (const [name, optimizer] of [
    ['SGD', optim.SGD],
    ['Adam', optim.Adam],
  ]) {
    const train = trainStep(model, crossEntropy, new optimizer(model.parameters(), { lr: 0.001 }));
    const time = median(() => train(words, labels));
    console.log(`512 rows of a table of 30,000 × 128, ${name}: ${time.toFixed(0)} µs a step`);
    show(train, [words, labels]);
  }
}

const parts = { step, gemm, update, cnn, networks, embedding };
for (const [name, run] of Object.entries(parts)) {
  if (values.only !== undefined && values.only !== name) continue;
  await prepare({ threads: 1 });
  await run();
}
