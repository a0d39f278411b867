/** The benchmarks: which sides there are, what they print, and which numbers are set against each other. */

/**
 * @typedef {'tfjs' | 'jaxjs' | 'torch'} PeerId
 *
 * @typedef {object} Side
 * @property {string} label how the table names it
 * @property {string} file below `bench/work/`
 * @property {PeerId} [peer] the library it needs; none for our own
 * @property {number} threads
 * @property {readonly string[]} [args] further arguments
 * @property {string} [note] where it does other work than ours
 *
 * @typedef {object} Metric
 * @property {string} key the name in the lines a side prints; `process` is measured by the runner, from start to exit
 * @property {string} unit
 * @property {'lower' | 'higher'} better
 *
 * @typedef {object} Comparison
 * @property {string} name
 * @property {string} metric the key of a metric
 * @property {Side} ours
 * @property {Side | null} theirs
 *
 * @typedef {object} Benchmark
 * @property {string} name
 * @property {string} about
 * @property {readonly Metric[]} metrics
 * @property {readonly Comparison[]} comparisons
 */

const TFJS = 'tfjs wasm';
const JAXJS = 'jax-js wasm';
const TORCH = 'PyTorch';

/** The processor's threads that our best setting uses. */
export const BEST_THREADS = 2;

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
 * @param {string} folder
 * @param {{ args?: readonly string[], note?: string }} [options]
 * @returns {Side}
 */
function tfjs(folder, { args, note } = {}) {
  return { label: TFJS, file: `${folder}/tfjs.mjs`, peer: 'tfjs', threads: 1, args, note };
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
 * One of our sides against several others.
 * @param {string} name
 * @param {string} metric
 * @param {Side} ours
 * @param {readonly (Side | null)[]} others
 * @returns {Comparison[]}
 */
function against(name, metric, ours, others) {
  return others.map((theirs) => ({ name, metric, ours, theirs }));
}

/**
 * One thread against the peers, two threads against the peers at their best, and two against one.
 * @param {string} name
 * @param {string} metric
 * @param {string} folder
 * @param {readonly string[]} [args]
 * @returns {Comparison[]}
 */
function oneAndTwoThreads(name, metric, folder, args) {
  const one = nacre(folder, 1, args);
  const two = nacre(folder, BEST_THREADS, args);
  const oneThreaded = [tfjs(folder, { args }), jaxjs(folder, { args })];
  return [
    ...against(name, metric, one, [...oneThreaded, torch(folder, 1, args)]),
    ...against(`${name}-2t`, metric, two, [...oneThreaded, torch(folder, BEST_THREADS, args)]),
    ...against(`${name}-2t-over-1t`, metric, two, [one]),
  ];
}

/**
 * @param {number} size
 * @returns {Benchmark}
 */
function gemm(size) {
  return {
    name: `gemm-${size}`,
    about: `product of two ${size}×${size} float32 matrices`,
    metrics: [{ key: 'rate', unit: 'GFLOP/s', better: 'higher' }],
    comparisons: oneAndTwoThreads(`gemm-${size}`, 'rate', 'gemm', ['--size', String(size)]),
  };
}

const firstNumberSides = [tfjs('first-number'), jaxjs('first-number'), torch('first-number', 1)];

/** @type {readonly Benchmark[]} */
export const SUITE = [
  {
    name: 'mlp-step-32',
    about: 'train step of 784-128-64-32-10 (ReLU, dropout 0.2, cross-entropy, Adam), batch 32',
    metrics: [{ key: 'step', unit: 'µs', better: 'lower' }],
    comparisons: oneAndTwoThreads('mlp-step-32', 'step', 'mlp-step-32'),
  },
  gemm(256),
  gemm(512),
  gemm(1024),
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

/**
 * The benchmarks and comparisons that a name selects: all of a benchmark, those whose name starts with it (`gemm`), or
 * one comparison (`gemm-512-2t`).
 * @param {readonly Benchmark[]} suite
 * @param {readonly string[]} names none selects everything
 * @returns {Benchmark[]}
 */
export function select(suite, names) {
  if (names.length === 0) return [...suite];
  return suite.flatMap((benchmark) => {
    const whole = names.some((name) => benchmark.name === name || benchmark.name.startsWith(`${name}-`));
    if (whole) return [benchmark];
    const comparisons = benchmark.comparisons.filter((comparison) => names.includes(comparison.name));
    return comparisons.length > 0 ? [{ ...benchmark, comparisons }] : [];
  });
}

/**
 * The sides of a benchmark, each once, in the order of the comparisons.
 * @param {Benchmark} benchmark
 * @returns {Map<string, Side>} by `sideKey`
 */
export function sidesOf(benchmark) {
  const sides = benchmark.comparisons.flatMap(({ ours, theirs }) =>
    theirs === null ? [ours] : [ours, theirs],
  );
  return new Map(sides.map((side) => [sideKey(side), side]));
}

/**
 * What tells the sides of one benchmark apart.
 * @param {Side} side
 */
export function sideKey(side) {
  return `${side.file} ${side.threads}`;
}
