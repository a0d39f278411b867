import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { tensor } from '../../src/tensor/create.ts';
import { setDevice } from '../../src/tensor/engine.ts';
import {
  conv2d,
  exp,
  expm1,
  log,
  maxPool2d,
  pow,
  sigmoid,
  sin,
  softmax,
  tanh,
} from '../../src/tensor/functions.ts';
import { Parameter } from '../../src/tensor/parameter.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { compileAll, missing } from './batch.ts';

vi.mock('../../src/tensor/backends/tiers.node.ts', () => import('./batch.ts'));

/** Numbers in [0, 1), the same at every run. */
function stream(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Accuracy {
  readonly of: (x: Tensor) => Tensor;
  readonly exact: (x: number) => number;
  readonly range: readonly [low: number, high: number];
  /** Units in the last place. */
  readonly ulps: number;
}

/** Where products and sums are rounded once, the errors stay within those that two roundings have. */
const accuracies: Readonly<Record<string, Accuracy>> = {
  exp: { of: (x) => exp(x) as Tensor, exact: Math.exp, range: [-103, 88], ulps: 1.1 },
  expm1: { of: (x) => expm1(x) as Tensor, exact: Math.expm1, range: [-20, 88], ulps: 1.4 },
  log: { of: (x) => log(x) as Tensor, exact: Math.log, range: [1e-6, 40], ulps: 1.6 },
  tanh: { of: (x) => tanh(x) as Tensor, exact: Math.tanh, range: [-10, 10], ulps: 2 },
  sigmoid: {
    of: (x) => sigmoid(x) as Tensor,
    exact: (x) => 1 / (1 + Math.exp(-x)),
    range: [-80, 20],
    ulps: 2.6,
  },
  sin: { of: (x) => sin(x) as Tensor, exact: Math.sin, range: [-100, 100], ulps: 1.8 },
  pow: { of: (x) => pow(x, 2.5) as Tensor, exact: (x) => x ** 2.5, range: [1e-3, 1000], ulps: 1.8 },
};

/** Numbers that fill vectors, and some that remain. */
const count = 20_003;

function samplesOf([low, high]: readonly [number, number]): Float32Array {
  const next = stream(7);
  return Float32Array.from({ length: count }, () => low + next() * (high - low));
}

/** The distance between neighbouring float32 numbers at x. */
const ulp = (x: number): number => 2 ** Math.max(-149, Math.floor(Math.log2(Math.abs(x) || 2 ** -126)) - 23);

const runAccuracy = async ({ of, range }: Accuracy): Promise<Float32Array> =>
  (await of(tensor(samplesOf(range)) as Tensor).data()) as Float32Array;

/** Images as narrow and as wide as vectors are not, and the same for channels and kernels. */
const convolutions = [
  { batch: 3, channels: 2, wide: 5, filters: 3, kernel: 2, padding: 0 },
  { batch: 2, channels: 3, wide: 12, filters: 6, kernel: 5, padding: 2 },
  { batch: 2, channels: 5, wide: 17, filters: 9, kernel: 3, padding: 1 },
  { batch: 2, channels: 6, wide: 21, filters: 16, kernel: 5, padding: 0 },
  { batch: 1, channels: 4, wide: 33, filters: 17, kernel: 3, padding: 1 },
  { batch: 5, channels: 1, wide: 28, filters: 6, kernel: 5, padding: 0 },
  { batch: 2, channels: 16, wide: 8, filters: 33, kernel: 3, padding: 1 },
  { batch: 7, channels: 72, wide: 15, filters: 66, kernel: 3, padding: 1 },
] as const;
type Convolution = (typeof convolutions)[number];

/** A convolution with pooling behind it, and the gradients of all it is made from. */
async function runConvolution({
  batch,
  channels,
  wide,
  filters,
  kernel,
  padding,
}: Convolution): Promise<Float32Array[]> {
  const next = stream(wide);
  const make = (...shape: number[]): Parameter =>
    new Parameter(
      tensor(
        Float32Array.from({ length: shape.reduce((size, length) => size * length) }, () => next() - 0.5),
        { shape },
      ),
    );
  const [x, weight, bias] = [
    make(batch, channels, wide, wide + 1),
    make(filters, channels, kernel, kernel),
    make(filters),
  ];
  const y = maxPool2d(conv2d(x, weight, bias, { padding }).relu(), 2) as Tensor;
  const loss = softmax(y.flatten(1), 1).square().sum() as Tensor;
  loss.backward();
  const results = [y, x.grad!, weight.grad!, bias.grad!];
  return Promise.all(results.map(async (result) => (await result.data()) as Float32Array));
}

describe.skipIf(missing)(`functions in C${missing && `: ${missing}`}`, () => {
  beforeAll(async () => {
    await compileAll(async () => {
      setDevice('native');
      for (const accuracy of Object.values(accuracies)) await runAccuracy(accuracy);
      for (const convolution of convolutions) await runConvolution(convolution);
    });
  }, 600_000);
  afterAll(() => setDevice('wasm'));

  test.each(Object.entries(accuracies))('%s is as exact as promised', async (_, accuracy) => {
    setDevice('native');
    const actual = await runAccuracy(accuracy);
    let worst = 0;
    for (const [i, x] of samplesOf(accuracy.range).entries()) {
      const exact = accuracy.exact(x);
      worst = Math.max(worst, Math.abs(actual[i] - exact) / ulp(exact));
    }
    expect(worst).toBeLessThan(accuracy.ulps);
  });

  test.each(convolutions)(
    'a convolution of $channels × $wide to $filters by $kernel',
    async (convolution) => {
      setDevice('reference');
      const wanted = await runConvolution(convolution);
      setDevice('native');
      const actual = await runConvolution(convolution);
      for (const [t, values] of wanted.entries()) {
        const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(actual[t][i] - value)), 0);
        expect(worst / scale, ['result', 'image', 'weight', 'bias'][t]).toBeLessThan(3e-6);
      }
    },
  );
});
