import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import { compile } from '../../src/tensor/compile.ts';
import { randint, randn } from '../../src/tensor/create.ts';
import { setDevice, setThreads, threadsReady } from '../../src/tensor/engine.ts';
import { crossEntropy } from '../../src/tensor/functions/loss.ts';
import { manualSeed } from '../../src/tensor/generator.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { compileAll, missing } from './batch.ts';

vi.mock('../../src/tensor/backends/tiers.node.ts', () => import('./batch.ts'));

interface Network {
  readonly module: nn.Module;
  readonly forward: (x: Tensor) => Tensor;
  readonly input: () => Tensor;
  readonly optimizer: (parameters: ReturnType<nn.Module['parameters']>) => optim.Optimizer;
}

const classes = 10;
const batch = 16;

const networks: Readonly<Record<string, () => Network>> = {
  'a perceptron with momentum': () => {
    const module = new nn.Sequential(new nn.Linear(196, 65), new nn.ReLU(), new nn.Linear(65, classes));
    return {
      module,
      forward: (x) => module.forward(x) as Tensor,
      input: () => randn([batch, 196]) as Tensor,
      optimizer: (parameters) => new optim.SGD(parameters, { lr: 0.05, momentum: 0.9, weightDecay: 1e-3 }),
    };
  },
  'a convolutional network with Adam': () => {
    const module = new nn.Sequential(
      new nn.Conv2d(2, 8, 3, { padding: 1 }),
      new nn.BatchNorm2d(8),
      new nn.ReLU(),
      new nn.Conv2d(8, 9, 3, { stride: 2, padding: 1 }),
      new nn.GELU(),
      new nn.MaxPool2d(2),
      new nn.Flatten(),
      new nn.Dropout(0.25),
      new nn.Linear(144, classes),
    );
    return {
      module,
      forward: (x) => module.forward(x) as Tensor,
      input: () => randn([batch, 2, 16, 16]) as Tensor,
      // Near 0, Adam's step is the sign of the gradient, which rounding decides: a larger epsilon keeps it smooth.
      optimizer: (parameters) => new optim.Adam(parameters, { lr: 3e-3, eps: 1e-2 }),
    };
  },
  'an LSTM with RMSprop': () => {
    const lstm = new nn.LSTM(9, 21);
    const head = new nn.Linear(21, classes);
    return {
      module: new nn.ModuleList([lstm, head]),
      forward: (x) => {
        const [output] = lstm.forward(x);
        return head.forward(output.mean(0) as Tensor) as Tensor;
      },
      input: () => randn([11, batch, 9]) as Tensor,
      optimizer: (parameters) => new optim.RMSprop(parameters, { lr: 3e-3, eps: 1e-2 }),
    };
  },
  'a transformer with AdamW': () => {
    const layer = new nn.TransformerEncoderLayer(24, 4, { dimFeedforward: 40, dropout: 0.1 });
    const head = new nn.Linear(24, classes);
    return {
      module: new nn.ModuleList([layer, head]),
      forward: (x) => head.forward((layer.forward(x) as Tensor).mean(1) as Tensor) as Tensor,
      input: () => randn([batch, 12, 24]) as Tensor,
      optimizer: (parameters) => new optim.AdamW(parameters, { lr: 3e-3, eps: 1e-2, weightDecay: 0.01 }),
    };
  },
};

/** Losses and parameters of some steps of training, all from one seed. */
async function train(make: () => Network): Promise<Float32Array[]> {
  manualSeed(7);
  const { module, forward, input, optimizer } = make();
  const stepper = optimizer(module.parameters());
  const step = compile((x: Tensor, y: Tensor) => {
    const loss = crossEntropy(forward(x), y);
    stepper.zeroGrad();
    loss.backward();
    stepper.step();
    return loss;
  });
  const data = Array.from({ length: 3 }, () => [input(), randint(0, classes, [batch]) as Tensor] as const);
  const losses: number[] = [];
  for (const [x, y] of data) losses.push(await step(x, y).item());
  const state = await Promise.all(Object.values(module.stateDict()).map((tensor) => tensor.data()));
  return [Float32Array.from(losses), ...state.map((values) => Float32Array.from(values as Float32Array))];
}

describe.skipIf(missing)(`training in C agrees with the reference${missing && `: ${missing}`}`, () => {
  beforeAll(async () => {
    await compileAll(async () => {
      setDevice('native');
      for (const make of Object.values(networks)) await train(make);
    });
    setThreads(2);
    await threadsReady();
  }, 600_000);
  afterAll(() => setDevice('wasm'));

  test.each(Object.entries(networks))('%s', async (_, make) => {
    setDevice('reference');
    const wanted = await train(make);
    setDevice('native');
    const actual = await train(make);
    expect(actual.map(({ length }) => length)).toEqual(wanted.map(({ length }) => length));
    for (const [t, values] of wanted.entries()) {
      const scale = Math.max(0.1, ...values.map(Math.abs));
      const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(actual[t][i] - value)), 0);
      expect(worst / scale, t ? `tensor ${t - 1} of the state` : 'losses').toBeLessThan(2e-5);
    }
    setThreads(1);
    const alone = await train(make);
    setThreads(2);
    expect(actual, 'the number of threads changes no bit').toEqual(alone);
  });
});
