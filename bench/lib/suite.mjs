/** The benchmarks: which sides there are, what they print, and which numbers are set against each other. */

/**
 * @typedef {import('./plan.mjs').Side} Side
 * @typedef {import('./plan.mjs').Candidates} Candidates
 * @typedef {import('./plan.mjs').Comparison} Comparison
 * @typedef {import('./plan.mjs').Benchmark} Benchmark
 */

const TFJS = 'tfjs wasm';
const JAXJS = 'jax-js wasm';
const TORCH = 'PyTorch';
const JAX = 'JAX';

/** The processor's threads that our best setting uses. */
export const BEST_THREADS = 2;
const ALL_THREADS = [1, BEST_THREADS];

/**
 * @param {string} folder
 * @param {number} threads
 * @param {readonly string[]} [args]
 * @returns {Side}
 */
function nacre(folder, threads, args) {
  return { label: `nacre, ${threads}t`, file: `${folder}/nacre.mjs`, threads, args };
}

/**
 * Our side on the device that a C compiler translates for, with as many threads as are best.
 * @param {string} folder
 * @param {readonly string[]} [args]
 * @returns {Side[]}
 */
function native(folder, args) {
  return ALL_THREADS.map((threads) => ({
    ...nacre(folder, threads, args),
    label: `nacre native, ${threads}t`,
    device: 'native',
  }));
}

/**
 * @param {string} folder
 * @param {{ args?: readonly string[], note?: string, label?: string }} [options]
 * @returns {Side}
 */
function tfjs(folder, { args, note, label = TFJS } = {}) {
  return { label, file: `${folder}/tfjs.mjs`, peer: 'tfjs', threads: 1, args, note };
}

/**
 * @param {string} folder
 * @param {{ args?: readonly string[], note?: string }} [options]
 * @returns {Side}
 */
function jaxjs(folder, { args, note } = {}) {
  return { label: JAXJS, file: `${folder}/jaxjs.mjs`, peer: 'jaxjs', threads: 1, args, note };
}

/**
 * @param {string} folder
 * @param {number} threads
 * @param {readonly string[]} [args]
 * @returns {Side}
 */
function torch(folder, threads, args) {
  return { label: `${TORCH}, ${threads}t`, file: `${folder}/torch.py`, peer: 'torch', threads, args };
}

/**
 * A loop of fused multiply-adds: what no product can be faster than.
 * @param {number} threads
 * @returns {Side}
 */
function peak(threads) {
  return { label: `peak, ${threads}t`, file: 'gemm/peak.mjs', peer: 'native', threads };
}

/**
 * JAX shares its work out by itself.
 * @param {readonly string[]} args
 * @returns {Side}
 */
function jax(args) {
  return { label: JAX, file: 'train-step/jax.py', peer: 'jax', threads: BEST_THREADS, args };
}

/**
 * @param {string} folder
 * @param {readonly string[]} [args]
 * @returns {Side[]}
 */
function ours(folder, args) {
  return ALL_THREADS.map((threads) => nacre(folder, threads, args));
}

/**
 * @param {string} folder
 * @param {readonly string[]} [args]
 * @returns {Side[]}
 */
function torches(folder, args) {
  return ALL_THREADS.map((threads) => torch(folder, threads, args));
}

/**
 * Ours against several others.
 * @param {string} name
 * @param {string} metric
 * @param {Candidates} ours
 * @param {readonly (Candidates | null)[]} others
 * @returns {Comparison[]}
 */
function against(name, metric, ours, others) {
  return others.map((theirs) => ({ name, metric, ours, theirs }));
}

/**
 * Each side with as many threads as are best for it: our two devices against the others.
 * @param {string} name
 * @param {string} metric
 * @param {string} folder
 * @param {readonly string[] | undefined} args
 * @param {readonly Side[]} others beside PyTorch
 * @returns {Comparison[]}
 */
function best(name, metric, folder, args, others) {
  const theirs = [torches(folder, args), ...others];
  return [
    ...against(name, metric, ours(folder, args), theirs),
    ...against(`${name}-native`, metric, native(folder, args), theirs),
  ];
}

/**
 * One thread against the peers, two threads against the peers at their best, two against one, and our native device.
 * @param {string} name
 * @param {string} metric
 * @param {string} folder
 * @param {readonly string[]} args
 * @param {readonly Side[]} [oneThreaded] the peers that have one thread
 * @returns {Comparison[]}
 */
function oneAndTwoThreads(
  name,
  metric,
  folder,
  args,
  oneThreaded = [tfjs(folder, { args }), jaxjs(folder, { args })],
) {
  const one = nacre(folder, 1, args);
  const two = nacre(folder, BEST_THREADS, args);
  return [
    ...against(name, metric, one, [...oneThreaded, torch(folder, 1, args)]),
    ...against(`${name}-2t`, metric, two, [...oneThreaded, torch(folder, BEST_THREADS, args)]),
    ...against(`${name}-2t-over-1t`, metric, two, [one]),
    ...against(`${name}-native`, metric, native(folder, args), [...oneThreaded, torches(folder, args)]),
  ];
}

/**
 * Products of two square matrices: plain, and as the two gradients need them.
 * @param {number} size
 * @returns {Benchmark}
 */
function gemm(size) {
  const args = ['--size', String(size)];
  // The transposed products of TensorFlow.js take too long for larger matrices.
  const peers = size > 512 ? [jaxjs('gemm', { args })] : undefined;
  return {
    name: `gemm-${size}`,
    about: `products a·b, a·bᵀ (abt) and aᵀ·b (atb) of two ${size}×${size} float32 matrices`,
    metrics: ['rate', 'rate abt', 'rate atb'].map((key) => ({ key, unit: 'GFLOP/s', better: 'higher' })),
    comparisons: [
      ...oneAndTwoThreads(`gemm-${size}`, 'rate', 'gemm', args),
      ...oneAndTwoThreads(`gemm-${size}-abt`, 'rate abt', 'gemm', args, peers),
      ...oneAndTwoThreads(`gemm-${size}-atb`, 'rate atb', 'gemm', args, peers),
      ...ALL_THREADS.flatMap((threads) =>
        ['', '-abt', '-atb'].flatMap((form) =>
          against(
            `gemm-${size}${form}-peak-${threads}t`,
            `rate${form.replace('-', ' ')}`,
            nacre('gemm', threads, args),
            [peak(threads)],
          ),
        ),
      ),
    ],
  };
}

/**
 * The arguments of a network in `train-step`.
 * @param {string} work
 * @param {number} batch
 */
const training = (work, batch) => ['--work', work, '--size', String(batch)];

/**
 * A train step of one of the networks.
 * @param {string} name
 * @param {string} about
 * @param {'µs' | 'ms'} unit
 * @param {readonly string[]} args
 * @param {readonly Side[]} others beside PyTorch
 * @returns {Benchmark}
 */
function trainStep(name, about, unit, args, others) {
  return {
    name,
    about,
    metrics: stepMetrics(unit),
    comparisons: [...best(name, 'step', 'train-step', args, others), ...memory(name, args)],
  };
}

/**
 * @param {'µs' | 'ms'} unit
 * @returns {import('./plan.mjs').Metric[]}
 */
const stepMetrics = (unit) => [
  { key: 'step', unit, better: 'lower' },
  { key: 'memory', unit: 'MB', better: 'lower' },
];

/**
 * What a process that trains a network holds at most.
 * @param {string} name
 * @param {readonly string[]} args
 * @returns {Comparison[]}
 */
const memory = (name, args) =>
  against(`${name}-memory`, 'memory', ours('train-step', args), [torches('train-step', args)]);

/**
 * @param {number} batch
 * @returns {Benchmark}
 */
function mlpStep(batch) {
  const name = `mlp-step-${batch}`;
  const args = training('mlp', batch);
  return {
    name,
    about: `train step of 784-128-64-32-10 (ReLU, dropout 0.2, cross-entropy, Adam), batch ${batch}`,
    metrics: stepMetrics('µs'),
    comparisons: [
      ...oneAndTwoThreads(name, 'step', 'train-step', args),
      ...against(`${name}-jax`, 'step', ours('train-step', args), [jax(args)]),
      ...memory(name, args),
    ],
  };
}

/**
 * @param {number} batch
 * @returns {Benchmark}
 */
function cnnStep(batch) {
  const args = training('cnn', batch);
  const inJavaScript = tfjs('train-step', {
    args,
    label: 'tfjs cpu',
    note: 'its wasm backend lacks the gradient of a convolution',
  });
  // At the larger batch that backend takes longer than the runner waits.
  const others = batch > 4 ? [] : [inJavaScript];
  return trainStep(
    `cnn-step-${batch}`,
    `train step of the CIFAR network of the PyTorch tutorial (SGD with momentum), batch ${batch}`,
    'µs',
    args,
    [...others, jaxjs('train-step', { args }), jax(args)],
  );
}

const lstmArgs = training('lstm', 32);
const transformerArgs = training('transformer', 16);
const bertArgs = training('bert-layer', 8);

/** @type {Benchmark} */
const convolution = {
  name: 'conv-3x3',
  about: 'convolution 64→64 of 3×3 over 16 images of 32×32, and its two gradients',
  metrics: ['forward', 'weight', 'input'].map((key) => ({ key, unit: 'GFLOP/s', better: 'higher' })),
  comparisons: [
    ...best('conv-3x3-forward', 'forward', 'conv', undefined, [tfjs('conv'), jaxjs('conv')]),
    ...best('conv-3x3-weight', 'weight', 'conv', undefined, []),
    ...best('conv-3x3-input', 'input', 'conv', undefined, [tfjs('conv')]),
  ],
};

const CONVOLUTION_SIZES = ['1x64', '4x64', '64x64', '16x16', '16x32', '16x64', '16x128', '16x256'];

/** @type {Benchmark} */
const convolutionScaling = {
  name: 'conv-scaling',
  about: 'the same over batch × channels, Nacre alone',
  metrics: CONVOLUTION_SIZES.flatMap((size) =>
    ['forward', 'weight', 'input'].map((part) => ({
      key: `${size} ${part}`,
      unit: 'GFLOP/s',
      better: 'higher',
    })),
  ),
  comparisons: CONVOLUTION_SIZES.flatMap((size) =>
    ['forward', 'weight', 'input'].flatMap((part) =>
      alone(`conv-scaling-${size}-${part}`, `${size} ${part}`, 'conv', ['--work', 'scaling']),
    ),
  ),
};

/**
 * Both of our devices beside nobody.
 * @param {string} name
 * @param {string} metric
 * @param {string} folder
 * @param {readonly string[]} args
 * @returns {Comparison[]}
 */
function alone(name, metric, folder, args) {
  return [
    ...against(name, metric, ours(folder, args), [null]),
    ...against(`${name}-native`, metric, native(folder, args), [null]),
  ];
}

const POSITIONS = [256, 512, 1024, 2048, 4096];

/** @type {Benchmark} */
const attentionScaling = {
  name: 'attention-scaling',
  about: 'scaledDotProductAttention, one head of 64 over 256 to 4,096 positions, and its memory; Nacre alone',
  metrics: [
    { key: 'forward', unit: 'GFLOP/s', better: 'higher' },
    { key: 'both', unit: 'GFLOP/s', better: 'higher' },
    { key: 'memory forward', unit: 'MB', better: 'lower' },
    { key: 'memory both', unit: 'MB', better: 'lower' },
  ],
  comparisons: POSITIONS.flatMap((size) => {
    const name = `attention-scaling-${size}`;
    const args = ['--size', String(size)];
    return [
      ...alone(`${name}-forward`, 'forward', 'attention', args),
      ...alone(`${name}-both`, 'both', 'attention', args),
      ...alone(`${name}-forward-memory`, 'memory forward', 'attention', args),
      ...alone(`${name}-both-memory`, 'memory both', 'attention', args),
    ];
  }),
};

/**
 * Work that memory bounds, beside the peers and a plain copy.
 * @param {string} name
 * @param {string} about
 * @param {string} work
 * @returns {Benchmark}
 */
function bandwidth(name, about, work) {
  const args = ['--work', work];
  const copy = { label: 'plain copy', file: 'bandwidth/copy.mjs', threads: 1, args };
  return {
    name,
    about,
    metrics: [{ key: 'rate', unit: 'GB/s', better: 'higher' }],
    comparisons: best(name, 'rate', 'bandwidth', args, [
      tfjs('bandwidth', { args }),
      jaxjs('bandwidth', { args }),
      copy,
    ]),
  };
}

/**
 * @param {string} work
 * @param {string} about
 * @param {readonly Side[]} others beside PyTorch and ONNX Runtime
 * @returns {Benchmark}
 */
function inference(work, about, others) {
  const args = ['--work', work];
  const name = `inference-${work}`;
  const ort = ALL_THREADS.map((threads) => ({
    label: `ONNX Runtime, ${threads}t`,
    file: 'inference/ort-node.mjs',
    peer: /** @type {const} */ ('ortNode'),
    threads,
    args,
  }));
  const ortWeb = ALL_THREADS.map((threads) => ({
    label: `ONNX Runtime wasm, ${threads}t`,
    file: 'inference/ort-web.mjs',
    peer: /** @type {const} */ ('ortWeb'),
    threads,
    args,
  }));
  const theirs = [torches('inference', args), ort, ortWeb, ...others];
  return {
    name,
    about: `latency of ${about}, one example, outputs read`,
    metrics: [{ key: 'latency', unit: 'µs', better: 'lower' }],
    comparisons: [
      ...against(name, 'latency', ours('inference', args), theirs),
      ...against(`${name}-native`, 'latency', native('inference', args), theirs),
    ],
  };
}

/**
 * The sides of TensorFlow.js and jax-js in `inference`.
 * @param {string} work
 * @returns {Side[]}
 */
function javascriptInference(work) {
  const args = ['--work', work];
  return [tfjs('inference', { args }), jaxjs('inference', { args })];
}

const firstNumberSides = [tfjs('first-number'), jaxjs('first-number'), torch('first-number', 1)];

/** @type {readonly Benchmark[]} */
export const SUITE = [
  mlpStep(32),
  mlpStep(512),
  cnnStep(4),
  cnnStep(64),
  trainStep(
    'lstm-step',
    'train step of two LSTM layers of 50 over 60 steps and a linear layer (MSE, Adam), batch 32',
    'ms',
    lstmArgs,
    [tfjs('train-step', { args: lstmArgs }), jaxjs('train-step', { args: lstmArgs }), jax(lstmArgs)],
  ),
  trainStep(
    'transformer-step',
    'train step of an encoder (width 128, 4 heads, 2 layers, 128 positions; AdamW), batch 16',
    'ms',
    transformerArgs,
    [
      tfjs('train-step', { args: transformerArgs, note: 'Adam without weight decay' }),
      jaxjs('train-step', { args: transformerArgs }),
      jax(transformerArgs),
    ],
  ),
  trainStep(
    'resnet18-step',
    'train step of ResNet-18 on images of 32×32 (SGD with momentum), batch 32',
    'ms',
    training('resnet18', 32),
    [],
  ),
  trainStep(
    'bert-layer',
    'forward and backward of an encoder layer (width 768, 12 heads, GELU) over 128 positions, batch 8',
    'ms',
    bertArgs,
    [jaxjs('train-step', { args: bertArgs })],
  ),
  gemm(256),
  gemm(512),
  gemm(1024),
  gemm(2048),
  convolution,
  convolutionScaling,
  attentionScaling,
  bandwidth('softmax-4096x1024', 'softmax over the rows of a 4096×1024 array', 'softmax'),
  bandwidth('layernorm-4096x1024', 'layer normalization of the rows of a 4096×1024 array', 'layernorm'),
  bandwidth('chain-16m', 'relu(x·a + b)·c over 16 Mi numbers', 'chain'),
  inference('mlp', 'the network of mlp-step-32', javascriptInference('mlp')),
  inference('cnn', 'the network of cnn-step-4', javascriptInference('cnn')),
  inference('resnet18', 'the network of resnet18-step', [
    tfjs('inference', { args: ['--work', 'resnet18'] }),
  ]),
  {
    name: 'replay-overhead',
    about: 'a call of a compiled step of ten tiny parameters, loss not read',
    metrics: [{ key: 'call', unit: 'µs', better: 'lower' }],
    comparisons: against('replay-overhead', 'call', nacre('replay-overhead', 1), [
      jaxjs('replay-overhead', { note: 'reads the loss in each call' }),
    ]),
  },
  {
    name: 'first-number',
    about: 'cold start to the first trained step of the network of mlp-step-32',
    metrics: [
      { key: 'import', unit: 'ms', better: 'lower' },
      { key: 'process', unit: 'ms', better: 'lower' },
    ],
    comparisons: [
      ...against('first-number', 'import', nacre('first-number', 1), firstNumberSides),
      ...against('first-number-process', 'process', nacre('first-number', 1), firstNumberSides),
    ],
  },
  {
    name: 'mnist-epoch',
    about: 'an epoch of the same network over 8,000 images of 28×28, batch 32, through `fit`',
    metrics: [
      { key: 'epoch', unit: 's', better: 'lower' },
      { key: 'step', unit: 'µs', better: 'lower' },
    ],
    comparisons: [
      ...against('mnist-epoch', 'epoch', nacre('mnist-epoch', 1), [tfjs('mnist-epoch')]),
      ...against('mnist-epoch-step', 'step', nacre('mnist-epoch', 1), [tfjs('mnist-epoch')]),
    ],
  },
];
