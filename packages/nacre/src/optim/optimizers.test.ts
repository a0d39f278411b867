import { describe, expect, it } from 'vitest';
import { ArgumentError, ShapeMismatchError, TraceError } from '../base/errors.ts';
import { printGraph } from '../graph/signature.ts';
import { Dropout, Linear, Module, Parameter, ReLU, Sequential } from '../nn/index.ts';
import { compile } from '../tensor/compile.ts';
import { full, randn, tensor, zeros } from '../tensor/create.ts';
import { cachedPrograms, setDevice } from '../tensor/engine.ts';
import { crossEntropy, mseLoss } from '../tensor/functions.ts';
import { manualSeed } from '../tensor/generator.ts';
import type { Tensor } from '../tensor/tensor.ts';
import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  ASGD,
  clipGradNorm,
  clipGradValue,
  NAdam,
  type Optimizer,
  RMSprop,
  Rprop,
  SGD,
} from './index.ts';

type Make = (parameters: readonly Parameter[]) => Optimizer;

const optimizers: readonly [string, Make][] = [
  ['SGD', (p) => new SGD(p, { lr: 0.1 })],
  [
    'SGD with dampened momentum',
    (p) => new SGD(p, { lr: 0.1, momentum: 0.9, dampening: 0.3, weightDecay: 0.01 }),
  ],
  ['SGD with nesterov', (p) => new SGD(p, { lr: 0.1, momentum: 0.9, nesterov: true })],
  ['Adam', (p) => new Adam(p)],
  ['Adam with amsgrad', (p) => new Adam(p, { amsgrad: true, weightDecay: 0.1 })],
  ['AdamW', (p) => new AdamW(p, { lr: 0.01 })],
  ['RMSprop', (p) => new RMSprop(p)],
  ['RMSprop centred', (p) => new RMSprop(p, { centered: true, momentum: 0.9 })],
  ['Adagrad', (p) => new Adagrad(p, { lrDecay: 0.1, initialAccumulatorValue: 0.5, weightDecay: 0.1 })],
  ['Adadelta', (p) => new Adadelta(p)],
  ['NAdam', (p) => new NAdam(p)],
  ['Adamax', (p) => new Adamax(p, { weightDecay: 0.1 })],
  ['ASGD', (p) => new ASGD(p, { lr: 0.1, lambd: 0.1, t0: 1 })],
  ['Rprop', (p) => new Rprop(p)],
];

/** A small network with everything that a step touches: dropout's random numbers, gradients, state. */
function setUp(make: Make) {
  manualSeed(3);
  const model = new Sequential(new Linear(6, 5), new ReLU(), new Dropout(0.2), new Linear(5, 3));
  const optimizer = make(model.parameters());
  const x = randn([4, 6]);
  const y = tensor([0, 2, 1, 1], { dtype: 'int32' });
  const step = (input: Tensor, target: Tensor): Tensor => {
    const loss = crossEntropy(model.forward(input), target);
    optimizer.zeroGrad();
    loss.backward();
    optimizer.step();
    return loss;
  };
  return { model, optimizer, x, y, step };
}

const numbers = async (dict: Readonly<Record<string, Tensor | number>>): Promise<Record<string, number[]>> =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(dict).map(async ([name, value]) => [
        name,
        typeof value === 'number' ? [value] : [...(await value.data())],
      ]),
    ),
  );

async function train(make: Make, isCompiled: boolean): Promise<unknown> {
  const { model, optimizer, x, y, step } = setUp(make);
  const run = isCompiled ? compile(step) : step;
  const losses: number[] = [];
  for (let i = 0; i < 5; i++) losses.push(await run(x, y).item());
  return { losses, model: await numbers(model.stateDict()), optimizer: await numbers(optimizer.stateDict()) };
}

describe.each(['reference', 'wasm'] as const)('on %s', (device) => {
  it.each(optimizers)('%s gives the same bits eager and compiled', async (_, make) => {
    setDevice(device);
    expect(await train(make, true)).toEqual(await train(make, false));
  });
});

describe.each(optimizers)('%s', (_, make) => {
  it('goes on bit for bit from a kept state', async () => {
    setDevice('wasm');
    const first = setUp(make);
    const run = compile(first.step);
    for (let i = 0; i < 3; i++) await run(first.x, first.y).item();
    first.optimizer.lr = 0.05;
    const kept = { model: first.model.stateDict(), optimizer: first.optimizer.stateDict() };

    const second = setUp(make);
    second.model.loadStateDict(kept.model);
    second.optimizer.loadStateDict(kept.optimizer);
    expect(second.optimizer.lr).toBe(0.05);
    const ends = [];
    for (const { model, optimizer, x, y, step } of [first, second]) {
      manualSeed(8);
      const next = compile(step);
      for (let i = 0; i < 3; i++) await next(x, y).item();
      ends.push({ model: await numbers(model.stateDict()), optimizer: await numbers(optimizer.stateDict()) });
    }
    expect(ends[1]).toEqual(ends[0]);
  });

  it('makes no new programs and no longer graphs, step after step, while it is not compiled', async () => {
    setDevice('wasm');
    const { optimizer, x, y, step } = setUp(make);
    for (let i = 0; i < 3; i++) await step(x, y).item();
    const before = cachedPrograms();
    for (let i = 0; i < 3; i++) await step(x, y).item();
    expect(cachedPrograms()).toBe(before);
    const { step: count } = optimizer.stateDict();
    expect(printGraph([(count as Tensor).node]).split('\n').length).toBeLessThan(5);
  });

  it('lowers a square', async () => {
    const p = new Parameter(tensor([3, -2]));
    const optimizer = make([p]);
    optimizer.lr *= 5;
    const run = compile(() => {
      const loss = p.sub(1).square().sum();
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      return loss;
    });
    const before = await run().item();
    for (let i = 0; i < 50; i++) run();
    expect(await run().item()).toBeLessThan(before);
  });
});

describe("a network of one's own", () => {
  class Net extends Module {
    hidden = new Linear(2, 8);
    out = new Linear(8, 1);
    forward(x: Tensor): Tensor {
      return this.out.forward(this.hidden.forward(x).tanh());
    }
  }

  it('learns exclusive or in a compiled step', async () => {
    manualSeed(1);
    const net = new Net();
    const adam = new Adam(net.parameters(), { lr: 0.05 });
    const x = tensor([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    const y = tensor([[0], [1], [1], [0]]);
    const step = compile((input: Tensor, target: Tensor) => {
      const loss = mseLoss(net.forward(input), target);
      adam.zeroGrad();
      loss.backward();
      adam.step();
      return loss;
    });
    for (let i = 0; i < 200; i++) step(x, y);
    expect(await step(x, y).item()).toBeLessThan(0.01);
    expect(step.programs).toBeLessThanOrEqual(2);
  });
});

describe('learning rate', () => {
  it('changes without another program', async () => {
    const p = new Parameter(tensor([1]));
    const sgd = new SGD([p], { lr: 0.5 });
    const run = compile(() => {
      sgd.zeroGrad();
      p.sum().backward();
      sgd.step();
    });
    run();
    expect(await p.item()).toBe(0.5);
    sgd.lr = 2;
    run();
    expect(await p.item()).toBe(-1.5);
    expect(run.programs).toBe(1);
  });

  it('is refused where it is no rate, and inside a compiled function', () => {
    const sgd = new SGD([new Parameter(tensor([1]))]);
    expect(() => {
      sgd.lr = -1;
    }).toThrow('SGD: lr is a finite number of zero or more, got -1');
    const run = compile(() => {
      sgd.lr = 0.5;
    });
    expect(run).toThrow(TraceError);
    expect(sgd.lr).toBe(0.001);
    expect(() => new Adam([new Parameter(tensor([1]))], { lr: Number.NaN })).toThrow(ArgumentError);
  });

  it('of a group is its own', async () => {
    const [a, b] = [new Parameter(tensor([1])), new Parameter(tensor([1]))];
    const sgd = new SGD([{ params: [a] }, { params: [b], lr: 0.25, weightDecay: 1 }], { lr: 1 });
    a.sum().backward();
    b.sum().backward();
    sgd.step();
    expect([await a.item(), await b.item()]).toEqual([0, 0.5]);
    expect(sgd.groups.map(({ lr }) => lr)).toEqual([1, 0.25]);
    sgd.groups[1].lr = 0.5;
    expect(sgd.stateDict()['groups.1.lr']).toBe(0.5);
  });
});

describe('parameters', () => {
  it('without a gradient stay, and so does their state', async () => {
    const [used, idle] = [new Parameter(tensor([1])), new Parameter(tensor([1]))];
    const adam = new Adam([used, idle], { weightDecay: 1 });
    used.sum().backward();
    adam.step();
    expect(await idle.item()).toBe(1);
    const { 'state.0.expAvg': ofUsed, 'state.1.expAvg': ofIdle } = await numbers(adam.stateDict());
    expect([ofUsed[0] !== 0, ofIdle]).toEqual([true, [0]]);
  });

  it('of 16 bits are moved in float32, those of float64 in float64', async () => {
    const half = new Parameter(tensor([1], { dtype: 'float16' }));
    const double = new Parameter(tensor([1], { dtype: 'float64' }));
    const adam = new Adam([half, double], { lr: 2 ** -4 });
    half.grad = full([1], 2, { dtype: 'float16' });
    double.grad = full([1], 2, { dtype: 'float64' });
    adam.step();
    expect(await half.item()).toBe(0.9375);
    expect(await double.item()).toBeCloseTo(0.9375, 8);
    const state = adam.stateDict();
    expect([half.dtype, double.dtype]).toEqual(['float16', 'float64']);
    expect([(state['state.0.expAvg'] as Tensor).dtype, (state['state.1.expAvg'] as Tensor).dtype]).toEqual([
      'float32',
      'float64',
    ]);
  });

  it('are needed, once each, and are nn.Parameter', () => {
    const p = new Parameter(tensor([1]));
    expect(() => new SGD([])).toThrow('SGD: there are no parameters to train');
    expect(() => new Adam([p, p])).toThrow('Adam: a parameter is given twice');
    expect(() => new AdamW([{ params: [p] }, { params: [p] }])).toThrow(/given twice/);
    expect(() => new SGD([tensor([1])] as unknown as Parameter[])).toThrow(
      /SGD: trains parameters, got a tensor. Pass model.parameters\(\)/,
    );
    expect(() => new SGD(p as unknown as Parameter[])).toThrow(
      'SGD: trains a list of parameters, got no list',
    );
    expect(() => new SGD([p, { params: [p] }] as unknown as Parameter[])).toThrow(/mixed/);
  });
});

describe('options', () => {
  const p = (): Parameter[] => [new Parameter(tensor([1]))];
  it.each<[() => unknown, RegExp]>([
    [
      () => new Adam(p(), { betas: [1, 0.9] }),
      /Adam: betas are two numbers from 0 to below 1, got \[1, 0.9\]/,
    ],
    [() => new AdamW(p(), { eps: -1 }), /AdamW: eps is zero or more, got -1/],
    [() => new SGD(p(), { nesterov: true }), /SGD: nesterov needs momentum/],
    [() => new SGD(p(), { momentum: -1 }), /SGD: momentum is zero or more/],
    [() => new RMSprop(p(), { alpha: 1 }), /RMSprop: alpha is a number of zero or more and below 1, got 1/],
    [() => new Adagrad(p(), { lrDecay: -1 }), /Adagrad: lrDecay/],
    [() => new Adadelta(p(), { rho: 2 }), /Adadelta: rho/],
    [() => new NAdam(p(), { momentumDecay: -1 }), /NAdam: momentumDecay/],
  ])('that make no sense are refused: %s', (make, message) => {
    expect(make).toThrow(message);
  });
});

describe('loadStateDict', () => {
  it('lists what does not fit, and changes nothing then', () => {
    const adam = new Adam([new Parameter(tensor([1]))], { lr: 0.5 });
    const { step: _, ...rest } = adam.stateDict();
    expect(() => adam.loadStateDict({ ...rest, 'groups.0.lr': 1, more: zeros([1]) })).toThrow(
      /Adam.loadStateDict: missing: step; unexpected: more/,
    );
    expect(() => adam.loadStateDict({ ...adam.stateDict(), 'state.0.expAvg': zeros([2]) })).toThrow(
      ShapeMismatchError,
    );
    expect(() => adam.loadStateDict({})).toThrow(/missing: groups.0.lr/);
    expect(adam.lr).toBe(0.5);
  });
});

describe('clipping', () => {
  const withGradients = (...gradients: number[][]): Parameter[] =>
    gradients.map((gradient) => {
      const parameter = new Parameter(zeros([gradient.length]) as Tensor);
      parameter.grad = tensor(gradient);
      return parameter;
    });
  const gradientsOf = (parameters: Parameter[]): Promise<unknown[]> =>
    Promise.all(parameters.map(({ grad }) => grad?.tolist()));

  it('by norm scales all gradients together', async () => {
    const parameters = [...withGradients([3, 0], [0, 4]), new Parameter(tensor([1]))];
    expect(await clipGradNorm(parameters, 1).item()).toBe(5);
    const [[a], [, b]] = (await gradientsOf(parameters)) as number[][];
    expect([a, b]).toEqual([expect.closeTo(0.6, 5), expect.closeTo(0.8, 5)]);
    expect(parameters[2].grad).toBeNull();
  });

  it('by norm leaves small gradients as they are', async () => {
    const parameters = withGradients([3], [4]);
    expect(await clipGradNorm(parameters, 10).item()).toBe(5);
    expect(await gradientsOf(parameters)).toEqual([[3], [4]]);
    expect(await clipGradNorm(parameters, 2, { normType: Number.POSITIVE_INFINITY }).item()).toBe(4);
    expect(await gradientsOf(parameters)).toEqual([[expect.closeTo(1.5, 5)], [expect.closeTo(2, 5)]]);
    expect(await clipGradNorm([], 1).item()).toBe(0);
    expect(() => clipGradNorm(parameters, -1)).toThrow(ArgumentError);
  });

  it('by value limits every element', async () => {
    const parameters = withGradients([-3, 0.25], [4]);
    clipGradValue(parameters, 0.5);
    expect(await gradientsOf(parameters)).toEqual([[-0.5, 0.25], [0.5]]);
    expect(() => clipGradValue(parameters, -1)).toThrow(ArgumentError);
  });

  it('works inside a compiled function', async () => {
    const p = new Parameter(tensor([3, 4]));
    const sgd = new SGD([p], { lr: 1 });
    const run = compile(() => {
      sgd.zeroGrad();
      p.square().sum().div(2).backward();
      const norm = clipGradNorm([p], 2.5);
      sgd.step();
      return norm;
    });
    expect(await run().item()).toBe(5);
    expect(await p.tolist()).toEqual([expect.closeTo(1.5, 5), expect.closeTo(2, 5)]);
    expect(await run().item()).toBeCloseTo(2.5, 5);
  });
});
