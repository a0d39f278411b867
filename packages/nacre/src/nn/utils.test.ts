import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SGD } from '../optim/sgd.ts';
import { compile } from '../tensor/compile.ts';
import { arange, ones, randn, tensor, zeros } from '../tensor/create.ts';
import { setDevice } from '../tensor/engine.ts';
import { manualSeed } from '../tensor/generator.ts';
import { Parameter } from '../tensor/parameter.ts';
import type { Tensor } from '../tensor/tensor.ts';
import * as nn from './index.ts';

const {
  weightNorm,
  removeWeightNorm,
  spectralNorm,
  removeSpectralNorm,
  parametersToVector,
  vectorToParameters,
} = nn.utils;

/** cos(1.7·i + 0.3), the numbers PyTorch was given too. */
const waves = (n: number, shape: readonly number[]): Tensor =>
  arange(n)
    .mul(1.7)
    .add(0.3)
    .cos()
    .reshape([...shape]);

function linear(): nn.Linear {
  const layer = new nn.Linear(3, 2);
  layer.loadStateDict({ weight: waves(6, [2, 3]), bias: tensor([0.5, -0.5]) });
  return layer as nn.Linear;
}

const state = (module: nn.Module, name: string): Parameter =>
  [...module.namedParameters(), ...module.namedBuffers()].find(([path]) => path === name)![1] as Parameter;
const flat = (x: Tensor): number[] => x.flatten().tolistSync() as number[];
const close = (numbers: readonly number[], digits = 5): unknown[] =>
  numbers.map((value) => expect.closeTo(value, digits));

describe.each(['wasm', 'reference'] as const)('on %s', (device) => {
  beforeAll(() => setDevice(device));
  afterAll(() => setDevice('wasm'));

  test('weightNorm: keys, values and gradients of PyTorch', () => {
    const layer = weightNorm(linear());
    expect(Object.keys(layer.stateDict())).toEqual(['bias', 'weight_g', 'weight_v']);
    expect(state(layer, 'weight_g').tolistSync()).toEqual([
      close([1.3435474634170532]),
      close([1.2366533279418945]),
    ]);
    layer.loadStateDict({ weight_g: tensor([[2], [3]]) }, { strict: false });
    const x = tensor([[1, 2, -1]], { requiresGrad: true });
    const y = layer.forward(x);
    expect(flat(y)).toEqual(close([1.9456398487091064, 6.328621864318848]));
    y.sum().backward();
    expect(flat(state(layer, 'weight_g').grad!)).toEqual(close([0.7228198647499084, 2.276207208633423]));
    expect(flat(state(layer, 'weight_v').grad!)).toEqual(
      close([
        0.7235101461410522, 3.3104662895202637, -0.8093910813331604, -0.40810564160346985, 1.795194387435913,
        1.1957592964172363,
      ]),
    );
    expect(flat(x.grad!)).toEqual(close([2.9618144035339355, 1.041167974472046, -3.2301113605499268]));
  });

  test('weightNorm along another axis, over all of them, and taken back', () => {
    const layer = new nn.Conv2d(2, 2, 2);
    const weight = waves(16, [2, 2, 2, 2]);
    layer.loadStateDict({ weight }, { strict: false });
    weightNorm(layer, 'weight', { dim: 1 });
    expect(state(layer, 'weight_g').shape).toEqual([1, 2, 1, 1]);
    expect(flat(state(layer, 'weight_g'))).toEqual(close([2.0565829277038574, 2.0055136680603027]));
    expect(flat(removeWeightNorm(layer).weight)).toEqual(close(flat(weight)));
    expect(Object.keys(layer.stateDict())).toEqual(['weight', 'bias']);
    weightNorm(layer, 'weight', { dim: null });
    expect(state(layer, 'weight_g').shape).toEqual([]);
    expect(state(layer, 'weight_g').itemSync()).toBeCloseTo(2.872563123703003, 5);
  });

  test('spectralNorm: keys, values, gradients and buffers of PyTorch, which eval leaves as they are', () => {
    const layer = spectralNorm(linear(), 'weight', { nPowerIterations: 2 });
    expect(Object.keys(layer.stateDict())).toEqual(['bias', 'weight_orig', 'weight_u', 'weight_v']);
    layer.loadStateDict({ weight_u: tensor([0.6, 0.8]), weight_v: tensor([0, 0.6, 0.8]) }, { strict: false });
    const x = tensor([[1, 2, -1]]);
    const y = layer.forward(x);
    expect(flat(y)).toEqual(close([1.092705249786377, 1.2179696559906006]));
    y.sum().backward();
    expect(flat(state(layer, 'weight_orig').grad!)).toEqual(
      close([
        -0.11369597911834717, 1.1070847511291504, 0.1429564356803894, -0.037506103515625, 1.1190338134765625,
        0.06368744373321533,
      ]),
    );
    const u = close([0.7452300190925598, 0.6668074727058411]);
    expect(flat(state(layer, 'weight_u'))).toEqual(u);
    expect(flat(state(layer, 'weight_v'))).toEqual(
      close([0.6889086961746216, 0.10804439336061478, -0.71675044298172]),
    );
    layer.eval();
    expect(flat(layer.forward(x))).toEqual(close([1.092705249786377, 1.2179696559906006]));
    expect(flat(state(layer, 'weight_u'))).toEqual(u);
  });

  test('spectralNorm of a transposed convolution counts outputs along axis 1', () => {
    const layer = new nn.ConvTranspose1d(2, 3, 2);
    layer.loadStateDict({ weight: waves(12, [2, 3, 2]), bias: zeros([3]) });
    spectralNorm(layer);
    layer.loadStateDict(
      { weight_u: tensor([0.6, 0.8, 0]), weight_v: tensor([0, 0.6, 0.8, 0]) },
      { strict: false },
    );
    expect(flat(layer.forward(waves(4, [1, 2, 2])))).toEqual(
      close([
        0.6273623704910278, -0.9004262685775757, 0.36505571007728577, -0.4812500774860382, 0.9303684234619141,
        -0.42673227190971375, 0.3031812906265259, -0.8985309600830078, 0.4600721299648285,
      ]),
    );
  });

  test('the singular value comes to 1, and what is computed stays when the norm is taken back', () => {
    manualSeed(1);
    const layer = spectralNorm(new nn.Linear(4, 4, { bias: false }), 'weight', { nPowerIterations: 60 });
    layer.forward(zeros([1, 4]));
    const weight = flat(layer.weight);
    expect(Object.keys(removeSpectralNorm(layer).stateDict())).toEqual(['weight']);
    expect(flat(layer.weight)).toEqual(weight);
    // ‖W‖² is the largest eigenvalue of WᵀW: the power method on it, begun anew.
    let x = ones([4]) as Tensor;
    for (let i = 0; i < 60; i++) {
      x = layer.weight.transpose(0, 1).matmul(layer.weight.matmul(x));
      x = x.div(x.norm());
    }
    expect(layer.weight.matmul(x).norm().itemSync()).toBeCloseTo(1, 4);
    expect(Object.hasOwn(layer, 'forward')).toBe(false);
  });

  test('both train inside compile as they do outside', () => {
    const run = (compiled: boolean): number[][] => {
      manualSeed(7);
      const first = spectralNorm(new nn.Linear(3, 4));
      const second = weightNorm(new nn.Linear(4, 2));
      const model = new nn.Sequential(first, new nn.Tanh(), second);
      const x = randn([5, 3]);
      const sgd = new SGD(model.parameters(), { lr: 0.1 });
      const step = (): Tensor => {
        const loss = model.forward(x).square().mean();
        sgd.zeroGrad();
        loss.backward();
        sgd.step();
        return loss;
      };
      const next = compiled ? compile(step) : step;
      const losses = Array.from({ length: 4 }, () => next().itemSync());
      expect(losses[3]).toBeLessThan(losses[0]);
      const before = flat(state(first, 'weight_u'));
      model.eval();
      next().itemSync();
      expect(flat(state(first, 'weight_u'))).toEqual(before);
      model.train();
      next().itemSync();
      expect(flat(state(first, 'weight_u'))).not.toEqual(before);
      return [losses, flat(state(first, 'weight_u')), flat(state(second, 'weight_v'))];
    };
    expect(run(true)).toEqual(run(false).map((numbers) => close(numbers)));
  });
});

test('a weight of a recurrent layer, and a summary of what was changed', () => {
  const layer = weightNorm(new nn.LSTM(3, 2), 'weight_hh_l0');
  expect(Object.keys(layer.stateDict())).toEqual([
    'weight_ih_l0',
    'bias_ih_l0',
    'bias_hh_l0',
    'weight_hh_l0_g',
    'weight_hh_l0_v',
  ]);
  expect(layer.forward(zeros([4, 1, 3]))[0].shape).toEqual([4, 1, 2]);
  const model = new nn.Sequential(spectralNorm(new nn.Linear(3, 2)), new nn.ReLU());
  const before = Object.values(model.stateDict()).map((x) => x.tolistSync());
  expect(model.summary([1, 3])).toContain('Parameters: 8');
  expect(Object.values(model.stateDict()).map((x) => x.tolistSync())).toEqual(before);
});

test('two weights of one module are taken back in the other order', () => {
  const layer = new nn.LSTM(3, 2);
  spectralNorm(spectralNorm(layer, 'weight_ih_l0'), 'weight_hh_l0');
  expect(() => removeSpectralNorm(layer, 'weight_ih_l0')).toThrow("'weight_hh_l0' was normalized after");
  removeSpectralNorm(removeSpectralNorm(layer, 'weight_hh_l0'), 'weight_ih_l0');
  expect(layer.forward(zeros([4, 1, 3]))[0].shape).toEqual([4, 1, 2]);
});

test('parameters as one vector, and back', () => {
  const layer = linear();
  const vector = parametersToVector(layer.parameters());
  expect(flat(vector)).toEqual([...flat(layer.weight), 0.5, -0.5]);
  vectorToParameters(vector.mul(2), layer.parameters());
  expect(flat(layer.bias!)).toEqual([1, -1]);
  expect(layer.weight.shape).toEqual([2, 3]);
  expect(() => vectorToParameters(zeros([7]), layer.parameters())).toThrow(
    'vectorToParameters: vector: [7], the parameters hold 8 elements',
  );
});

test('errors say what is wrong, and change nothing', () => {
  const layer = weightNorm(linear());
  expect(() => weightNorm(layer)).toThrow(
    "weightNorm: 'weight' of Linear is computed from other parameters already",
  );
  expect(() => weightNorm(linear(), 'kernel')).toThrow(
    "weightNorm: Linear has no parameter 'kernel'. It has: weight, bias",
  );
  expect(() => removeSpectralNorm(layer)).toThrow(
    "removeSpectralNorm: 'weight' of Linear is not of this form",
  );
  expect(() => removeWeightNorm(linear())).toThrow(
    "removeWeightNorm: 'weight' of Linear is not of this form",
  );
  expect(() => spectralNorm(linear(), 'weight', { nPowerIterations: 0 })).toThrow(
    'nPowerIterations is a positive integer',
  );
  const norm = new nn.BatchNorm1d(2);
  expect(() => weightNorm(norm)).toThrow(
    'weightNorm: BatchNorm1d does not show parameters that are added to it',
  );
  expect(norm.weight).toBeInstanceOf(Parameter);
});
