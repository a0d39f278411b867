import { describe, expect, it } from 'vitest';
import { ArrayDataset, type Dataset } from '../data/index.ts';
import * as nn from '../nn/index.ts';
import * as optim from '../optim/index.ts';
import { tensor } from '../tensor/create.ts';
import { debug } from '../tensor/engine.ts';
import { crossEntropy, mean, square, sub } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { StepProgress } from './callbacks/callback.ts';
import { evaluate } from './evaluate.ts';
import { fit } from './fit.ts';
import { predict } from './predict.ts';
import { bitsOf, directions, smallNetwork, smallTraining } from './testing.ts';

describe('what fit is given', () => {
  it("refuses another model's optimizer, which would change nothing", async () => {
    const model = smallNetwork();
    const other = new optim.Adam(smallNetwork().parameters());
    await expect(fit(model, directions(8), { ...smallTraining(model), optimizer: other })).rejects.toThrow(
      /none of the model's parameters/,
    );
    const part = new optim.Adam([model.parameters()[0]]);
    const history = await fit(model, directions(8), { ...smallTraining(model), optimizer: part });
    expect(history.loss).toHaveLength(1);
  });

  it('refuses no options, and what is no model', async () => {
    const model = smallNetwork();
    await expect(fit(model, directions(8), undefined as never)).rejects.toThrow(/there are no options/);
    const call = fit((() => {}) as never, directions(8), smallTraining(model));
    await expect(call).rejects.toThrow(/no nn\.Module/);
  });
});

describe('fit', () => {
  it('learns, and tells how', async () => {
    const model = smallNetwork();
    const progress: StepProgress[] = [];
    const history = await fit(model, directions(200), {
      ...smallTraining(model),
      epochs: 12,
      validation: directions(100),
      callbacks: [{ onProgress: (state) => void progress.push(state) }],
    });
    expect(history.records.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(history.loss[11]).toBeLessThan(history.loss[0] / 2);
    expect(history.valAccuracy[11]).toBeGreaterThan(0.9);
    expect([history.accuracy.length, history.valLoss.length]).toEqual([12, 12]);
    expect(history.interrupted).toBe(false);
    // 200 examples in batches of 16: 13 steps, the last of 8 examples.
    const last = progress.filter(({ epoch }) => epoch === 12).at(-1)!;
    expect(last).toEqual({
      epoch: 12,
      step: 13,
      stepsPerEpoch: 13,
      stepMicroseconds: history.records[11].stepMicroseconds,
      loss: history.loss[11],
      metrics: { accuracy: history.accuracy[11] },
    });
  });

  it('tells the time of a step also where the only step makes the program', async () => {
    const model = smallNetwork();
    const progress: StepProgress[] = [];
    const { records } = await fit(model, directions(8), {
      ...smallTraining(model),
      epochs: 1,
      callbacks: [{ onProgress: (state) => void progress.push(state) }],
    });
    expect(records[0].stepMicroseconds).toBeGreaterThan(0);
    expect(progress.map(({ step, stepMicroseconds }) => [step, stepMicroseconds])).toEqual([
      [1, records[0].stepMicroseconds],
    ]);
  });

  it('gives the same bits for the same seed, other orders for another', async () => {
    const train = async (seed: number) => {
      const model = smallNetwork();
      await fit(model, directions(50), { ...smallTraining(model), seed });
      return bitsOf(model.stateDict());
    };
    const first = await train(1);
    expect(await train(1)).toEqual(first);
    expect(await train(2)).not.toEqual(first);
  });

  it('is the loop that a user would write', async () => {
    const model = smallNetwork();
    model.eval(); // fit turns dropout on again
    const history = await fit(model, directions(20), {
      ...smallTraining(model),
      batchSize: 20,
      shuffle: false,
    });
    const own = smallNetwork();
    const sgd = new optim.Adam(own.parameters(), { lr: 0.02 });
    const set = directions(20);
    const examples = Array.from({ length: 20 }, (_, i) => set.get(i));
    const x = tensor(examples.map(([input]) => [...(input as Float32Array)]));
    const y = tensor(
      examples.map(([, target]) => target as number),
      { dtype: 'int32' },
    );
    const loss = crossEntropy(own.forward(x), y);
    loss.backward();
    sgd.step();
    expect(history.loss[0]).toBeCloseTo(await loss.item(), 6);
    const [fitted, written] = [await bitsOf(model.stateDict()), await bitsOf(own.stateDict())];
    for (const name of Object.keys(written)) {
      const [a, b] = [fitted[name] as Float32Array, written[name] as Float32Array];
      for (let i = 0; i < a.length; i++) expect(a[i], name).toBeCloseTo(b[i], 5);
    }
  });

  it('takes a loss and metrics as functions, and regression targets', async () => {
    const model = new nn.Linear(1, 1);
    const set = new ArrayDataset([[0], [1], [2], [3]], [[1], [3], [5], [7]], {
      targetDType: 'float32',
      dtype: 'float32',
    });
    const options = {
      optimizer: new optim.SGD(model.parameters(), { lr: 0.1 }),
      loss: (output: Tensor, targets: Tensor) => mean(square(sub(output, targets))),
      metrics: [
        'meanAbsoluteError',
        function bias(output: Tensor, targets: Tensor) {
          return sub(output, targets);
        },
      ] as const,
      verbose: false,
    };
    const history = await fit(model, set, { ...options, epochs: 200 });
    expect(history.get('meanAbsoluteError').at(-1)).toBeLessThan(0.01);
    expect(Math.abs(history.get('bias').at(-1)!)).toBeLessThan(0.01);
    expect(await (await predict(model, tensor([[10]]))).item()).toBeCloseTo(21, 1);
  });

  it('lets timers run while it trains', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 1);
    const model = smallNetwork();
    const history = await fit(model, directions(64), {
      ...smallTraining(model),
      epochs: 1_000_000,
      signal: abort.signal,
    });
    expect(history.interrupted).toBe(true);
  });

  it('makes one program for full batches and one for the last', async () => {
    const made: number[] = [];
    const model = smallNetwork();
    const forward = model.layers[0].forward;
    model.layers[0].forward = function (this: unknown, x: Tensor) {
      made.push(x.shape[0]);
      return forward.call(this as never, x as never);
    } as never;
    await fit(model, directions(40), { ...smallTraining(model), epochs: 3 });
    expect(made).toEqual([16, 8]);
  });

  it('warns in the record when the loss is no number any more', async () => {
    const model = smallNetwork();
    const options = { ...smallTraining(model), optimizer: new optim.SGD(model.parameters(), { lr: 1e30 }) };
    const { records } = await fit(model, directions(64), { ...options, epochs: 2 });
    expect(records[1].warning).toMatch(/^the loss is (NaN|Infinity): lower the learning rate/);
  });

  it('works while every operation is checked', async () => {
    debug.nan = true;
    try {
      const model = smallNetwork();
      const { records } = await fit(model, directions(32), smallTraining(model));
      expect(records[0].loss).toBeGreaterThan(0);
      const wild = { ...smallTraining(model), optimizer: new optim.SGD(model.parameters(), { lr: 1e38 }) };
      await expect(fit(model, directions(64), { ...wild, epochs: 2 })).rejects.toThrow(
        /element \d+ of .* is/,
      );
    } finally {
      debug.nan = false;
    }
  });

  const reading = (get: Dataset['get']): Dataset => ({ length: 4, get });
  it.each<[string, Dataset, object]>([
    ['there are no examples', { length: 0, get: () => [0, 0] }, {}],
    ['the data set has no targets', new ArrayDataset([[1, 2]]), {}],
    [
      'the label of example 2 is 3, outside 0 to 2',
      new ArrayDataset(
        [
          [1, 2],
          [1, 2],
          [1, 2],
        ],
        [0, 1, 3],
        { dtype: 'float32' },
      ),
      {},
    ],
    ['inputs of example 3 hold NaN', reading((i) => [[0, i === 3 ? Number.NaN : 1], 0]), {}],
    ['outside', reading((i) => [[0, 1], i + 10]), {}],
    ['epochs is a whole number from 1 on, got 0', directions(4), { epochs: 0 }],
    ['batchSize is a whole number from 1 on, got -1', directions(4), { batchSize: -1 }],
    ["there is no loss 'entropy'", directions(4), { loss: 'entropy' }],
    ["there is no metric 'speed'", directions(4), { metrics: ['speed'] }],
    ["two numbers are called 'accuracy'", directions(4), { metrics: ['accuracy', 'accuracy'] }],
    ['there is no optimizer', directions(4), { optimizer: undefined }],
    ['a seed is an integer', directions(4), { seed: -1 }],
    ['the loss of a batch is not one number', directions(4), { loss: (output: Tensor) => output }],
  ])('refuses: %s', async (message, data, options) => {
    const model = smallNetwork();
    await expect(fit(model, data, { ...smallTraining(model), ...options })).rejects.toThrow(message);
  });
});

describe('evaluate', () => {
  it('measures in evaluation mode and gives each module its own mode back', async () => {
    const model = smallNetwork();
    model.modules()[3].eval();
    const options = { loss: 'crossEntropy', metrics: ['accuracy'] } as const;
    const first = await evaluate(model, directions(700), options);
    expect(await evaluate(model, directions(700), { ...options, batchSize: 700 })).toEqual({
      loss: expect.closeTo(first.loss, 6),
      accuracy: first.accuracy,
    });
    expect(model.modules().map(({ training }) => training)).toEqual([true, true, true, false, true]);
  });

  it('measures what fit trained for where nothing else is asked', async () => {
    const model = smallNetwork();
    await expect(evaluate(model, directions(8))).rejects.toThrow('its loss is not known');
    await fit(model, directions(16), smallTraining(model));
    expect(Object.keys(await evaluate(model, directions(8)))).toEqual(['loss', 'accuracy']);
  });
});

describe('predict', () => {
  it('gives the same rows in batches of any size', async () => {
    const model = smallNetwork();
    const whole = await (await predict(model, directions(10))).tolist();
    expect(whole).toHaveLength(10);
    const close = (whole as number[][]).map((row) => row.map((value) => expect.closeTo(value, 6)));
    expect(await (await predict(model, directions(10), { batchSize: 4 })).tolist()).toEqual(close);
    const inputs = tensor(
      Array.from({ length: 10 }, (_, i) => [...(directions(10).get(i)[0] as Float32Array)]),
    );
    expect(await (await predict(model, inputs)).tolist()).toEqual(whole);
  });

  it('refuses what has no axis of examples, or loses it', async () => {
    await expect(predict(smallNetwork(), tensor(1))).rejects.toThrow('no axis of examples');
    class Sum extends nn.Module {
      forward(x: Tensor): Tensor {
        return mean(x);
      }
    }
    await expect(
      predict(
        new Sum(),
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ),
    ).rejects.toThrow('2 inputs gave an output of []');
  });
});
