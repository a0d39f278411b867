import { describe, expect, expectTypeOf, it } from 'vitest';
import { ArgumentError, IndexError, ShapeMismatchError } from '../base/errors.ts';
import { arange, ones, randn, tensor, zeros } from '../tensor/create.ts';
import { manualSeed } from '../tensor/generator.ts';
import type { Tensor } from '../tensor/tensor.ts';
import * as nn from './index.ts';

const x = [-7, -2, -0.5, 0, 0.25, 1, 8];
const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
const softplus = (v: number): number => Math.log1p(Math.exp(v));
const exponentials = x.map(Math.exp);
const total = exponentials.reduce((sum, v) => sum + v, 0);

describe('activations', () => {
  const tanhGelu = (v: number): number =>
    0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)));
  it.each<[string, { forward(x: Tensor): Tensor }, (v: number) => number]>([
    ['ReLU', new nn.ReLU(), (v) => Math.max(v, 0)],
    ['ReLU6', new nn.ReLU6(), (v) => Math.min(Math.max(v, 0), 6)],
    ['LeakyReLU', new nn.LeakyReLU(), (v) => (v > 0 ? v : 0.01 * v)],
    ['LeakyReLU(0.2)', new nn.LeakyReLU({ negativeSlope: 0.2 }), (v) => (v > 0 ? v : 0.2 * v)],
    ['ELU', new nn.ELU({ alpha: 2 }), (v) => (v > 0 ? v : 2 * Math.expm1(v))],
    ['SELU', new nn.SELU(), (v) => 1.0507009873554805 * (v > 0 ? v : 1.6732632423543772 * Math.expm1(v))],
    ['GELU/tanh', new nn.GELU({ approximate: 'tanh' }), tanhGelu],
    ['SiLU', new nn.SiLU(), (v) => v * sigmoid(v)],
    ['Mish', new nn.Mish(), (v) => v * Math.tanh(softplus(v))],
    ['Softplus', new nn.Softplus(), softplus],
    ['Softplus(3)', new nn.Softplus({ beta: 3 }), (v) => softplus(3 * v) / 3],
    ['Softsign', new nn.Softsign(), (v) => v / (1 + Math.abs(v))],
    ['LogSigmoid', new nn.LogSigmoid(), (v) => -softplus(-v)],
    ['Hardtanh', new nn.Hardtanh({ minVal: -2, maxVal: 0.5 }), (v) => Math.min(Math.max(v, -2), 0.5)],
    ['Hardsigmoid', new nn.Hardsigmoid(), (v) => Math.min(Math.max(v + 3, 0), 6) / 6],
    ['Hardswish', new nn.Hardswish(), (v) => (v * Math.min(Math.max(v + 3, 0), 6)) / 6],
    ['Sigmoid', new nn.Sigmoid(), sigmoid],
    ['Tanh', new nn.Tanh(), Math.tanh],
    ['Threshold', new nn.Threshold(0.25, 20), (v) => (v > 0.25 ? v : 20)],
    ['Softmax', new nn.Softmax(0), (v) => Math.exp(v) / total],
    ['LogSoftmax', new nn.LogSoftmax(0), (v) => v - Math.log(total)],
    ['PReLU', new nn.PReLU({ init: 0.5 }), (v) => (v > 0 ? v : 0.5 * v)],
    ['Identity', new nn.Identity(), (v) => v],
  ])('%s is its formula', async (_, layer, formula) => {
    const got = await layer.forward(tensor(x)).data();
    x.forEach((v, i) => {
      expect(Math.abs(got[i] - formula(v))).toBeLessThan(1e-5 * (1 + Math.abs(formula(v))));
    });
  });

  it('GELU is x·Φ(x)', async () => {
    const [at1] = await new nn.GELU().forward(tensor([1])).data();
    expect(at1).toBeCloseTo(0.8413447, 6);
  });

  it('Softmin is the softmax of the negative', async () => {
    const y = tensor([[1, 2, 4]]);
    expect(await new nn.Softmin(1).forward(y).data()).toEqual(
      await new nn.Softmax(1).forward(y.neg()).data(),
    );
  });

  it('PReLU has one slope for each channel', async () => {
    const layer = new nn.PReLU({ numParameters: 2 });
    layer.weight.value = tensor([0.5, 0.25]);
    expect(
      await layer
        .forward(
          tensor([
            [
              [-4, 4],
              [-4, 4],
            ],
          ]),
        )
        .tolist(),
    ).toEqual([
      [
        [-2, 4],
        [-1, 4],
      ],
    ]);
    expect(() => layer.forward(zeros([1, 3]))).toThrow(/PReLU\(2\): got \[1, 3\]: expected 2 channels/);
  });

  it('say what they do not take', () => {
    expect(() => new nn.Hardtanh({ minVal: 1, maxVal: 0 })).toThrow(
      'Hardtanh: minVal is less than maxVal, got 1 and 0',
    );
    expect(() => new nn.GELU({ approximate: 'sigmoid' as 'tanh' })).toThrow(ArgumentError);
    expect(() => new nn.Softplus({ beta: 0 })).toThrow(ArgumentError);
    expect(() => new nn.Softmax(undefined as unknown as number)).toThrow(
      /Softmax: dim is an integer, got undefined/,
    );
    expect(() => new nn.ReLU().forward([1] as unknown as Tensor)).toThrow(
      /ReLU.forward: takes a tensor, got object/,
    );
  });
});

describe('Linear', () => {
  it('is x·Wᵀ + b', async () => {
    const linear = new nn.Linear(3, 2);
    linear.loadStateDict({
      weight: tensor([
        [1, 2, 3],
        [0, -1, 1],
      ]),
      bias: tensor([10, 20]),
    });
    expect(
      await linear
        .forward(
          tensor([
            [1, 1, 1],
            [2, 0, 1],
          ]),
        )
        .tolist(),
    ).toEqual([
      [16, 20],
      [15, 21],
    ]);
    expect(await linear.forward(tensor([1, 1, 1])).tolist()).toEqual([16, 20]);
  });

  it('begins uniform in ±1/√inFeatures', async () => {
    manualSeed(0);
    const linear = new nn.Linear(100, 50);
    const weight = await linear.weight.data();
    expect(Math.max(...weight)).toBeLessThan(0.1);
    expect(Math.max(...weight)).toBeGreaterThan(0.099);
    expect(Math.min(...weight)).toBeLessThan(-0.099);
    expect(Math.abs(weight.reduce((sum, v) => sum + v, 0) / weight.length)).toBeLessThan(0.002);
    expect(Math.max(...(await linear.bias!.data()))).toBeLessThan(0.1);
  });

  it('names itself in errors', () => {
    const linear: nn.Linear = new nn.Linear(784, 128);
    expect(() => linear.forward(zeros([32, 100]))).toThrow(
      'Linear(784, 128): got [32, 100]: expected 784 features, got 100',
    );
    expect(() => linear.forward(zeros([]) as Tensor)).toThrow(ShapeMismatchError);
    expect(() => new nn.Linear(0, 4)).toThrow('Linear: inFeatures is a positive integer, got 0');
    expect(() => new nn.Linear(4, 2.5)).toThrow(ArgumentError);
  });
});

describe('Dropout', () => {
  it('drops with probability p and keeps the mean while training', async () => {
    manualSeed(4);
    const out = await new nn.Dropout(0.2).forward(ones([10_000])).data();
    const dropped = out.filter((v) => v === 0).length;
    expect(dropped).toBeGreaterThan(1880);
    expect(dropped).toBeLessThan(2120);
    expect(new Set(out)).toEqual(new Set([0, 1.25]));
  });

  it('does nothing after training, and checks p', async () => {
    expect(
      await new nn.Dropout(0.9)
        .eval()
        .forward(ones([5]))
        .tolist(),
    ).toEqual([1, 1, 1, 1, 1]);
    expect(() => new nn.Dropout(1.5)).toThrow('Dropout: p is a probability from 0 to 1, got 1.5');
  });
});

describe('Embedding', () => {
  it('gives rows', async () => {
    const embedding = new nn.Embedding(3, 2);
    embedding.weight.value = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const indices = tensor(
      [
        [2, 0],
        [1, 1],
      ],
      { dtype: 'int32' },
    );
    expect(await embedding.forward(indices).tolist()).toEqual([
      [
        [5, 6],
        [1, 2],
      ],
      [
        [3, 4],
        [3, 4],
      ],
    ]);
  });

  it.each([1, -3])('keeps the row of padding %s at zero, without a gradient', async (paddingIdx) => {
    const embedding = new nn.Embedding(4, 2, { paddingIdx });
    expect(((await embedding.weight.tolist()) as number[][])[1]).toEqual([0, 0]);
    const out = embedding.forward(tensor([1, 2, 1, 2, 3], { dtype: 'int32' }));
    expect(((await out.tolist()) as number[][])[0]).toEqual([0, 0]);
    out.sum().backward();
    expect(await embedding.weight.grad!.tolist()).toEqual([
      [0, 0],
      [0, 0],
      [2, 2],
      [1, 1],
    ]);
  });

  it('refuses a padding that is no row', () => {
    expect(() => new nn.Embedding(3, 2, { paddingIdx: 3 })).toThrow(IndexError);
  });
});

describe('normalization', () => {
  it('LayerNorm gives mean 0 and variance 1 over the last axes, then scales and moves', async () => {
    manualSeed(2);
    const layer = new nn.LayerNorm([2, 3]);
    const out = await layer.forward(randn([4, 2, 3])).data();
    for (let row = 0; row < 4; row++) {
      const part = [...out.slice(row * 6, row * 6 + 6)];
      const mean = part.reduce((sum, v) => sum + v, 0) / 6;
      expect(mean).toBeCloseTo(0, 5);
      expect(part.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 6).toBeCloseTo(1, 3);
    }
    const plain = new nn.LayerNorm(2);
    plain.loadStateDict({ weight: tensor([2, 3]), bias: tensor([1, -1]) });
    const [low, high] = await plain.forward(tensor([-1, 1])).data();
    expect([low, high]).toEqual([expect.closeTo(-1, 4), expect.closeTo(2, 4)]);
    expect(new nn.LayerNorm(2, { elementwiseAffine: false }).parameters()).toEqual([]);
    expect(Object.keys(new nn.LayerNorm(2, { bias: false }).stateDict())).toEqual(['weight']);
  });

  it('RMSNorm divides by the root of the mean square', async () => {
    const layer = new nn.RMSNorm(2);
    layer.weight!.value = tensor([1, 10]);
    const out = await layer.forward(tensor([[3, 4]])).data();
    const root = Math.sqrt(12.5);
    expect([...out]).toEqual([expect.closeTo(3 / root, 5), expect.closeTo(40 / root, 4)]);
  });

  it('names itself in errors', () => {
    const layer: nn.LayerNorm = new nn.LayerNorm([2, 3]);
    expect(() => layer.forward(zeros([3]))).toThrow(
      'LayerNorm([2, 3]): got [3]: expected the last axes to be [2, 3]',
    );
    expect(() => new nn.RMSNorm(0)).toThrow(ArgumentError);
    expect(() => new nn.LayerNorm([])).toThrow('LayerNorm: normalizedShape is empty');
  });
});

describe('shapes', () => {
  it('Flatten keeps the batch', () => {
    expect(new nn.Flatten().forward(zeros([2, 3, 4])).shape).toEqual([2, 12]);
    expect(new nn.Flatten(0, 1).forward(zeros([2, 3, 4])).shape).toEqual([6, 4]);
  });

  it('Unflatten makes several axes of one', () => {
    expect(new nn.Unflatten(1, [2, -1]).forward(zeros([5, 6])).shape).toEqual([5, 2, 3]);
    expect(() => new nn.Unflatten(1, [4, -1]).forward(zeros([5, 6]))).toThrow(
      /axis 1 of \[5, 6\] cannot become \[4, -1\]/,
    );
  });
});

describe('Sequential', () => {
  it('applies layers in order and gives them by index', async () => {
    const model = new nn.Sequential(new nn.Flatten(0), new nn.ReLU());
    expect(await model.forward(tensor([[-1, 2]])).tolist()).toEqual([0, 2]);
    expect(model.layers[1]).toBeInstanceOf(nn.ReLU);
    expect([...model]).toEqual([...model.layers]);
    expect(model).toHaveLength(2);
  });

  it('refuses what is no layer', () => {
    expect(() => new nn.Sequential(Math.abs as unknown as nn.ReLU)).toThrow(
      'Sequential: layer 0 is a function, which has no forward',
    );
    expect(() => new nn.Sequential([new nn.ReLU()] as unknown as nn.ReLU)).toThrow(
      /layer 0 is of class Array/,
    );
  });
});

describe('losses', () => {
  const input = tensor([
    [0.5, -1],
    [2, 0],
  ]);
  const target = tensor([
    [0, 1],
    [1, 1],
  ]);
  it.each<[string, nn.Loss, number]>([
    ['MSELoss', new nn.MSELoss(), (0.25 + 4 + 1 + 1) / 4],
    ['MSELoss/sum', new nn.MSELoss({ reduction: 'sum' }), 6.25],
    ['L1Loss', new nn.L1Loss(), (0.5 + 2 + 1 + 1) / 4],
    ['HuberLoss', new nn.HuberLoss(), (0.125 + 1.5 + 0.5 + 0.5) / 4],
    ['SmoothL1Loss', new nn.SmoothL1Loss({ beta: 0.5 }), (0.25 + 1.75 + 0.75 + 0.75) / 4],
    [
      'BCEWithLogitsLoss',
      new nn.BCEWithLogitsLoss(),
      (softplus(0.5) + softplus(1) + softplus(-2) + softplus(0)) / 4,
    ],
  ])('%s', async (_, loss, expected) => {
    expect(await loss.forward(input, target).item()).toBeCloseTo(expected, 5);
  });

  it('BCELoss takes probabilities', async () => {
    const loss = await new nn.BCELoss().forward(tensor([0.25, 0.5]), tensor([1, 0])).item();
    expect(loss).toBeCloseTo(-(Math.log(0.25) + Math.log(0.5)) / 2, 5);
  });

  it('CrossEntropyLoss and NLLLoss take classes, with weights as a buffer', async () => {
    const classes = tensor([1, 0], { dtype: 'int32' });
    const weighted = new nn.CrossEntropyLoss({ weight: tensor([1, 3]) });
    const [first, second] = [softplus(1.5), softplus(-2)];
    expect(await weighted.forward(input, classes).item()).toBeCloseTo((3 * first + second) / 4, 5);
    expect(Object.keys(weighted.stateDict())).toEqual(['weight']);
    const nll = new nn.NLLLoss({ ignoreIndex: 0 });
    expect(await nll.forward(new nn.LogSoftmax(1).forward(input), classes).item()).toBeCloseTo(first, 5);
  });

  it('say what they do not take', () => {
    expect(() => new nn.MSELoss({ reduction: 'max' as 'sum' })).toThrow(
      "MSELoss: reduction is 'mean', 'sum' or 'none', got 'max'",
    );
    expect(() => new nn.CrossEntropyLoss({ labelSmoothing: 2 })).toThrow(ArgumentError);
  });
});

describe('init', () => {
  const spread = async (parameter: nn.Parameter): Promise<{ low: number; high: number; std: number }> => {
    const data = (await parameter.data()) as Float32Array;
    const std = Math.sqrt(data.reduce((sum, v) => sum + v * v, 0) / data.length);
    return { low: Math.min(...data), high: Math.max(...data), std };
  };
  const weight = (): nn.Parameter => new nn.Parameter(zeros([200, 50]) as Tensor);

  it('uniform ones stay in their bounds', async () => {
    manualSeed(9);
    const bounds: [nn.Parameter, number, number][] = [
      [nn.init.uniform(weight(), 2, 3), 2, 3],
      [nn.init.xavierUniform(weight(), { gain: 2 }), -2 * Math.sqrt(6 / 250), 2 * Math.sqrt(6 / 250)],
      [nn.init.kaimingUniform(weight(), { nonlinearity: 'relu' }), -Math.sqrt(6 / 50), Math.sqrt(6 / 50)],
      [nn.init.kaimingUniform(weight(), { mode: 'fanOut', a: 1 }), -Math.sqrt(3 / 200), Math.sqrt(3 / 200)],
    ];
    for (const [parameter, low, high] of bounds) {
      const got = await spread(parameter);
      const margin = (high - low) / 500;
      expect(got.low).toBeGreaterThanOrEqual(low - 1e-6);
      expect(got.low).toBeLessThan(low + margin);
      expect(got.high).toBeLessThanOrEqual(high + 1e-6);
      expect(got.high).toBeGreaterThan(high - margin);
    }
  });

  it('normal ones have their standard deviation', async () => {
    manualSeed(9);
    expect((await spread(nn.init.normal(weight(), 0, 3))).std).toBeCloseTo(3, 1);
    expect((await spread(nn.init.xavierNormal(weight()))).std).toBeCloseTo(Math.sqrt(2 / 250), 2);
    expect((await spread(nn.init.kaimingNormal(weight()))).std).toBeCloseTo(Math.sqrt(2 / 50), 2);
  });

  it('constants are constant, and the parameter is given back', async () => {
    const parameter = weight();
    expect(nn.init.constant(parameter, 4)).toBe(parameter);
    expect(await spread(parameter)).toEqual({ low: 4, high: 4, std: 4 });
    expect(await spread(nn.init.ones(parameter))).toEqual({ low: 1, high: 1, std: 1 });
    expect(await spread(nn.init.zeros(parameter))).toEqual({ low: 0, high: 0, std: 0 });
  });

  it('counts connections only of matrices and kernels', () => {
    expect(nn.init.fans('test', [8, 4, 3, 3])).toEqual({ fanIn: 36, fanOut: 72 });
    expect(() => nn.init.xavierNormal(new nn.Parameter(zeros([3]) as Tensor))).toThrow(ShapeMismatchError);
    expect(() => nn.init.calculateGain('cubic' as 'relu')).toThrow(/there is no nonlinearity 'cubic'/);
  });
});

describe('types', () => {
  it('carry shapes through layers', () => {
    const model = new nn.Sequential(
      new nn.Flatten(),
      new nn.Linear(784, 128),
      new nn.ReLU(),
      new nn.Linear(128, 10),
    );
    expectTypeOf(model.forward(zeros([32, 28, 28]))).toEqualTypeOf<Tensor<[32, 10], 'float32'>>();
    expectTypeOf(new nn.Embedding(100, 8).forward(arange(4))).toEqualTypeOf<Tensor<[number, 8], 'float32'>>();
    expectTypeOf(new nn.LayerNorm(10).forward(zeros([4, 10]))).toEqualTypeOf<Tensor<[4, 10], 'float32'>>();
    // @ts-expect-error Linear(784, 128) takes 784 features
    expect(() => new nn.Linear(784, 128).forward(zeros([32, 100]))).toThrow(ShapeMismatchError);
    // @ts-expect-error 128 features do not go into a layer of 64
    expect(new nn.Sequential(new nn.Linear(784, 128), new nn.Linear(64, 10))).toHaveLength(2);
  });
});
