/**
 * What docs/performance.md says of our own kernels, beside no peer: `node bench/kernels.mjs` (after `npm run build`), one thread unless
 * said otherwise. Each line is the median of some rounds.
 */
import { parseArgs } from 'node:util';
import * as nacre from 'nacre';
import { makeImages, PIXELS } from './work/common/images.mjs';
import { makeNetwork, prepare } from './work/common/nacre.mjs';
import { makeCnn } from './work/networks/nacre.mjs';

const { compile, crossEntropy, nn, optim, profile, rand, randint, randn, realize, tensor } = nacre;
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

/** Where the time of the digits network's step goes. */
async function step() {
  const { images, labels } = makeImages(32);
  const x = tensor(images, { shape: [32, PIXELS] });
  const y = tensor(labels, { dtype: 'int32', shape: [32] });
  await realize(x, y);
  const model = makeNetwork();
  const adam = new optim.Adam(model.parameters());
  const train = compile((input, target) => {
    const loss = crossEntropy(model.forward(input), target);
    loss.backward();
    adam.step();
    adam.zeroGrad();
    return loss;
  });
  median(() => train(x, y));
  console.log(String(profile(train, x, y)));
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

/** The CIFAR network of the PyTorch tutorial: two convolutions, three layers, SGD with momentum. */
async function cnn() {
  const model = makeCnn();
  const sgd = new optim.SGD(model.parameters(), { lr: 0.001, momentum: 0.9 });
  const train = compile((x, y) => {
    const loss = crossEntropy(model.forward(x), y);
    loss.backward();
    sgd.step();
    sgd.zeroGrad();
    return loss;
  });
  for (const batch of [4, 64]) {
    const [x, y] = [rand([batch, 3, 32, 32]), randint(0, 10, [batch])];
    await realize(x, y);
    const times = [];
    for (const threads of [1, 2]) {
      await prepare({ threads });
      times.push(median(() => train(x, y)));
    }
    console.log(
      `CIFAR network, batch ${batch}: ${times.map((time) => time.toFixed(0)).join(' and ')} µs a step with 1 and 2 threads`,
    );
  }
}

const parts = { step, gemm, update, cnn };
for (const [name, run] of Object.entries(parts)) {
  if (values.only !== undefined && values.only !== name) continue;
  await prepare({ threads: 1 });
  await run();
}
