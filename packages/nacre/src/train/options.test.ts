import { describe, expect, it } from 'vitest';
import { ArrayDataset, DataLoader, type Dataset, IterableDataset, Subset } from '../data/index.ts';
import * as nn from '../nn/index.ts';
import * as optim from '../optim/index.ts';
import { tensor } from '../tensor/create.ts';
import { crossEntropy, mean, square, sub } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { evaluate } from './evaluate.ts';
import { type FitOptions, fit } from './fit.ts';
import { predict } from './predict.ts';
import { bitsOf, directions, smallNetwork, smallTraining } from './testing.ts';

const data = directions(40);

/** A network without dropout: what it gives depends on its weights alone. */
const plainNetwork = (): nn.Sequential => {
  const { layers } = smallNetwork();
  return new nn.Sequential(layers[0], layers[1], layers[3]);
};

async function train(options: Partial<FitOptions>, set: Parameters<typeof fit>[1] = data) {
  const model = plainNetwork();
  const history = await fit(model, set, { ...smallTraining(model), shuffle: false, epochs: 3, ...options });
  return { history, bits: (await bitsOf(model.stateDict())) as Record<string, Float32Array> };
}

function expectClose(a: Record<string, Float32Array>, b: Record<string, Float32Array>): void {
  for (const [name, values] of Object.entries(b)) {
    values.forEach((value, i) => {
      expect(a[name][i], `${name} ${i}`).toBeCloseTo(value, 5);
    });
  }
}

/** The labels of a data set as `get` gives them. */
const labelsOf = (set: Dataset): number[] =>
  Array.from({ length: set.length }, (_, i) => set.get(i)[1] as number);

/** The same examples, made one by one, with another target. */
const changing = (target: (index: number, label: number) => number): Dataset => ({
  length: data.length,
  get: (index) => [data.get(index)[0], target(index, data.get(index)[1] as number)],
});

describe('weights', () => {
  it('of whole numbers count an example so many times, in sums over one batch', async () => {
    const weights = [2, 0, 1, 3];
    const indices = [0, 0, 2, 3, 3, 3];
    // Σ weight·loss / n of 4 examples is 6 / 4 times the mean over the 6: SGD with a rate that makes up for it goes the same way.
    const sgd = (lr: number) => (model: nn.Module) => new optim.SGD(model.parameters(), { lr });
    const run = async (set: Dataset, options: Partial<FitOptions>, make: (model: nn.Module) => optim.SGD) => {
      const model = plainNetwork();
      const given = {
        ...smallTraining(model),
        shuffle: false,
        epochs: 2,
        optimizer: make(model),
        ...options,
      };
      await fit(model, set, given);
      return (await bitsOf(model.stateDict())) as Record<string, Float32Array>;
    };
    const weighted = await run(new Subset(data, [0, 1, 2, 3]), { sampleWeight: weights }, sgd(0.4));
    expectClose(weighted, await run(new Subset(data, indices), {}, sgd(0.6)));
  });

  it('travel with their examples where these are shuffled, split and batched', async () => {
    // Wrong labels with a weight of zero: they never show, in no order.
    const isWrong = (index: number): boolean => index % 3 === 0;
    const set = changing((index, label) => (isWrong(index) ? (label + 1) % 3 : label));
    const sampleWeight = Array.from({ length: data.length }, (_, i) => Number(!isWrong(i)));
    const given = { shuffle: true, seed: 3, validationSplit: 0.25, sampleWeight, metrics: [] };
    const wrong = await train(given, set);
    const right = await train(given, data);
    expect(wrong.bits).toEqual(right.bits);
    expect(wrong.history.valLoss).toEqual(right.history.valLoss);
  });

  it('are the same from an option, a data set, tensors, a DataLoader and a stream', async () => {
    const sampleWeight = Array.from({ length: data.length }, (_, i) => (i % 4) / 2);
    const examples = Array.from({ length: data.length }, (_, i) => data.get(i));
    const inputs = examples.map(([input]) => [...(input as Float32Array)]);
    const whole = await train({ sampleWeight });
    expect(whole.bits).not.toEqual((await train({})).bits);
    const set = new ArrayDataset(inputs, labelsOf(data), { sampleWeight });
    expect((await train({}, set)).bits).toEqual(whole.bits);
    const y = tensor(labelsOf(data), { dtype: 'int32' });
    expect((await train({}, [tensor(inputs), y, tensor(sampleWeight)])).bits).toEqual(whole.bits);
    const loader = new DataLoader(set, { batchSize: 16 });
    expect((await train({ batchSize: undefined, shuffle: undefined }, loader)).bits).toEqual(whole.bits);
    const stream = new IterableDataset(function* () {
      for (let i = 0; i < set.length; i++) yield set.get(i);
    });
    expect((await train({ shuffle: undefined }, stream)).bits).toEqual(whole.bits);
  });

  it('of classes are those of their examples, also where losses and labels are not known beforehand', async () => {
    const classWeight = [1, 4, 0.5];
    const whole = await train({ classWeight });
    const sampleWeight = labelsOf(data).map((label) => classWeight[label]);
    expect((await train({ sampleWeight })).bits).toEqual(whole.bits);
    const made = changing((_, label) => label);
    expect((await train({ classWeight: { 0: 1, 1: 4, 2: 0.5 } }, made)).bits).toEqual(whole.bits);
    const own = (output: Tensor, targets: Tensor) => crossEntropy(output, targets, { reduction: 'none' });
    expectClose((await train({ classWeight, loss: own })).bits, whole.bits);
  });

  it('that are balanced give each class the same sum', async () => {
    const set = new Subset(data, [0, 1, 3, 4, 5, 6, 8, 9, 11]);
    const labels = labelsOf(set);
    const count = (label: number): number => labels.filter((other) => other === label).length;
    const classWeight = [0, 1, 2].map((label) => labels.length / (3 * count(label)));
    expect(new Set(classWeight).size).toBeGreaterThan(1);
    expect((await train({ classWeight: 'balanced' }, set)).bits).toEqual(
      (await train({ classWeight }, set)).bits,
    );
  });

  it('leave metrics and the validation as they are', async () => {
    const { history } = await train({ classWeight: [0, 0, 1e-6], validation: data, epochs: 1 });
    expect(history.loss[0]).toBeLessThan(1e-5);
    expect(history.valLoss[0]).toBeGreaterThan(0.1);
    expect(history.accuracy[0]).toBeGreaterThan(0.1);
  });

  it('weigh the loss of validation data that has its own, and no metric, training or validation', async () => {
    const labels = labelsOf(data);
    const inputs = tensor(
      Array.from({ length: data.length }, (_, i) => [...(data.get(i)[0] as Float32Array)]),
    );
    const targets = tensor(labels, { dtype: 'int32' });
    const measure = async (weight: (i: number) => number, options: Partial<FitOptions> = {}) => {
      const model = plainNetwork();
      const optimizer = new optim.SGD(model.parameters(), { lr: 0 });
      const sampleWeight = Array.from({ length: data.length }, (_, i) => weight(i));
      const validation = [inputs, targets, tensor(sampleWeight)] as const;
      const metrics = [
        'accuracy',
        'f1',
        'rocAuc',
        function bias(output: Tensor) {
          return output.sum(1);
        },
      ] as const;
      const given = { ...smallTraining(model), optimizer, metrics, validation, ...options };
      const history = await fit(model, [inputs, targets], given);
      const measured = await evaluate(model, data, { sampleWeight, metrics, loss: 'crossEntropy' });
      return { record: history.records[0], measured };
    };
    const [plain, doubled, first] = await Promise.all([
      measure(() => 1),
      measure(() => 2, { sampleWeight: new Array(40).fill(3) }),
      measure((i) => Number(i < 10)),
    ]);
    expect(doubled.record.loss).toBeCloseTo(3 * plain.record.loss, 5);
    expect(doubled.record.valLoss).toBeCloseTo(2 * plain.record.valLoss!, 5);
    expect(first.record.valLoss).toBeLessThan(plain.record.valLoss! / 2);
    for (const { record, measured } of [doubled, first]) {
      expect(record.valLoss).toBeCloseTo(measured.loss, 5);
      for (const name of ['accuracy', 'f1', 'bias', 'valAccuracy', 'valF1', 'valRocAuc', 'valBias'])
        expect(record[name], name).toBeCloseTo(plain.record[name] as number, 6);
      const { loss: _, ...metrics } = measured;
      const { loss: __, ...alike } = plain.measured;
      expect(metrics).toEqual(alike);
    }
  });

  it('weigh what evaluate measures', async () => {
    const model = plainNetwork();
    const [sampleWeight, loss] = [Array.from({ length: 40 }, (_, i) => i % 3), 'crossEntropy' as const];
    const each = await Promise.all(
      sampleWeight.map(
        async (weight, i) => weight * (await evaluate(model, new Subset(data, [i]), { loss })).loss,
      ),
    );
    const expected = each.reduce((a, b) => a + b) / 40;
    expect((await evaluate(model, data, { loss, sampleWeight, batchSize: 7 })).loss).toBeCloseTo(expected, 5);
  });

  const few = new ArrayDataset(
    [
      [0, 1],
      [1, 0],
      [1, 1],
    ],
    [0, 1, 1],
    { dtype: 'float32' },
  );
  it.each<[string, Partial<FitOptions>, Dataset?]>([
    ['classWeight has 2 weights for 3 classes', { classWeight: [1, 2] }, few],
    ['classWeight has 4 weights for 3 classes', { classWeight: [1, 2, 3, 4] }],
    ['classWeight has no weight for class 2', { classWeight: { 0: 1, 1: 1 } }],
    ['classWeight has no weight for class 1, 2', { classWeight: { 0: 1 } }, changing((_, label) => label)],
    ['classWeight names class 2, which has no example', { classWeight: { 0: 1, 1: 1, 2: 9 } }, few],
    ['classWeight names class 7, which has no example', { classWeight: { 0: 1, 1: 1, 2: 1, 7: 1 } }],
    ["classWeight names the class 'cat'", { classWeight: { cat: 1 } as never }],
    ['classWeight has no weights', { classWeight: {} }],
    ['the weight of class 1 is -1', { classWeight: [1, -1, 1] }],
    ["classWeight 'balanced' needs labels", { classWeight: 'balanced' }, changing((_, label) => label)],
    [
      'classWeight is for labels, these targets are float32',
      { classWeight: [1, 1], loss: 'mseLoss' },
      {
        length: 4,
        get: (index) => [
          [index, 1],
          [0.5, 1, 2],
        ],
      },
    ],
    ['sampleWeight has 39 weights for 40 examples', { sampleWeight: new Array(39).fill(1) }],
    [
      'the weight of example 3 is -2',
      { sampleWeight: Array.from({ length: 40 }, (_, i) => (i === 3 ? -2 : 1)) },
    ],
    [
      'the loss of a batch of 16 examples is one number, which cannot be weighed',
      { classWeight: [1, 1, 1], loss: (output: Tensor, targets: Tensor) => crossEntropy(output, targets) },
    ],
    ['the loss function gave number', { loss: (() => 1) as never }],
  ])('are refused: %s', async (message, options, set) => {
    await expect(train(options, set)).rejects.toThrow(message);
  });
});

describe('gradientAccumulation', () => {
  it.each([1, 2, 3])(
    'of %i batches trains as one batch of all their examples, also an incomplete last one',
    async (batches) => {
      const weights = { sampleWeight: Array.from({ length: data.length }, (_, i) => 0.5 + (i % 3)) };
      const small = await train({ ...weights, batchSize: 6, gradientAccumulation: batches });
      const large = await train({ ...weights, batchSize: 6 * batches });
      expectClose(small.bits, large.bits);
    },
  );

  it('divides by the labels that count, however they are spread over the batches', async () => {
    const set = changing((index, label) => (index % 4 < 2 && index < 30 ? -100 : label));
    const small = await train({ batchSize: 4, gradientAccumulation: 4, metrics: [] }, set);
    expectClose(small.bits, (await train({ batchSize: 16, metrics: [] }, set)).bits);
  });

  it('takes the mean of a loss of one number for what it is', async () => {
    const loss = (output: Tensor, targets: Tensor) => mean(square(sub(output.sum(1), targets)));
    const small = await train({ batchSize: 8, gradientAccumulation: 2, loss });
    expectClose(small.bits, (await train({ batchSize: 16, loss })).bits);
  });

  it('takes a step of one program: one to gather, one to update', async () => {
    let made = 0;
    class Counted extends nn.Sequential {
      override forward = ((x: Tensor) => {
        made++;
        return this.layers.reduce((value: Tensor, layer) => layer.forward(value), x);
      }) as never;
    }
    const model = new Counted(...plainNetwork().layers);
    await fit(model, data, { ...smallTraining(model), batchSize: 8, gradientAccumulation: 2, epochs: 4 });
    expect(made).toBe(2);
  });

  it.each([0, -1, 1.5])('refuses %f', async (gradientAccumulation) => {
    await expect(train({ gradientAccumulation })).rejects.toThrow(
      'gradientAccumulation is a whole number from 1 on',
    );
  });
});

describe('clipping', () => {
  it('limits what a step may change', async () => {
    const moved = async (options: Partial<FitOptions>): Promise<number> => {
      const model = plainNetwork();
      const before = await bitsOf(model.stateDict());
      const optimizer = new optim.SGD(model.parameters(), { lr: 1 });
      await fit(model, data, { ...smallTraining(model), optimizer, batchSize: 40, ...options });
      const after = await bitsOf(model.stateDict());
      const squares = Object.keys(after).flatMap((name) => {
        const [a, b] = [after[name], before[name]] as Float32Array[];
        return [...a].map((value, i) => (value - b[i]) ** 2);
      });
      return Math.sqrt(squares.reduce((a, b) => a + b));
    };
    expect(await moved({ clipGradNorm: 0.01 })).toBeCloseTo(0.01, 5);
    expect(await moved({})).toBeGreaterThan(0.1);
    expect(await moved({ clipGradValue: 1e-4 })).toBeLessThan(1e-4 * Math.sqrt(100));
  });

  it.each<[string, Partial<FitOptions>]>([
    ['clipGradNorm is a number above zero, got 0', { clipGradNorm: 0 }],
    ['clipGradValue is a number above zero, got NaN', { clipGradValue: Number.NaN }],
    ['clipGradNorm and clipGradValue were both given', { clipGradNorm: 1, clipGradValue: 1 }],
  ])('is refused: %s', async (message, options) => {
    await expect(train(options)).rejects.toThrow(message);
  });
});

describe('precision', () => {
  it.each(['bfloat16', 'float16'] as const)(
    '%s learns as float32 does, with other digits',
    async (precision) => {
      const [low, full] = [await train({ precision, validation: data }), await train({ validation: data })];
      expect(low.bits).not.toEqual(full.bits);
      low.history.valLoss.forEach((loss, epoch) => {
        expect(loss).toBeCloseTo(full.history.valLoss[epoch], 1);
        expect(loss).not.toBe(full.history.valLoss[epoch]);
      });
    },
  );

  it('float16 leaves out a step that overflows, and goes on with a smaller scale', async () => {
    const model = plainNetwork();
    // 65536 times a loss of this size is above what float32 holds.
    const loss = (output: Tensor, targets: Tensor) => crossEntropy(output, targets).mul(1e34);
    const before = await bitsOf(model.stateDict());
    const optimizer = new optim.SGD(model.parameters(), { lr: 1e-34 });
    const options = {
      ...smallTraining(model),
      optimizer,
      loss,
      batchSize: 40,
      precision: 'float16',
    } as const;
    const { state } = await fit(model, data, options);
    expect(await bitsOf(model.stateDict())).toEqual(before);
    expect(await state.content.step['scaler.scale'].item()).toBe(32768);
  });

  it('is that of evaluate and predict too', async () => {
    const model = plainNetwork();
    const x = tensor([[0.3, 0.7]]);
    const [low, full] = [await predict(model, x, { precision: 'bfloat16' }), await predict(model, x)];
    expect(await low.tolist()).not.toEqual(await full.tolist());
    const loss = { loss: 'crossEntropy' } as const;
    expect(await evaluate(model, data, { ...loss, precision: 'bfloat16' })).not.toEqual(
      await evaluate(model, data, loss),
    );
  });

  it('is refused if there is none such, or the optimizer is somebody else’s', async () => {
    await expect(train({ precision: 'float8' as never })).rejects.toThrow("got 'float8'");
    const own = { lr: 1, step() {}, zeroGrad() {}, stateDict: () => ({}), loadStateDict() {} };
    await expect(train({ precision: 'float16', optimizer: own })).rejects.toThrow('for optimizers of optim');
  });
});

describe('lrScheduler', () => {
  it('is refused where it is none, or another optimizer’s', async () => {
    const model = plainNetwork();
    const other = new optim.StepLR(new optim.SGD(model.parameters()), { stepSize: 1 });
    await expect(train({ lrScheduler: other })).rejects.toThrow('made for another optimizer');
    await expect(train({ lrScheduler: {} as never })).rejects.toThrow('lrScheduler is no schedule of optim');
    const optimizer = new optim.SGD(model.parameters());
    const scheduler = new optim.ReduceLROnPlateau(optimizer);
    const call = fit(model, data, {
      optimizer,
      loss: 'crossEntropy',
      lrScheduler: { scheduler, interval: 'step' },
    });
    await expect(call).rejects.toThrow('measured once an epoch');
  });
});

describe('training data', () => {
  it('may be a DataLoader, with orders of its own', async () => {
    const loader = new DataLoader(data, { batchSize: 16, shuffle: true, seed: 4 });
    const first = await train({ batchSize: undefined, shuffle: undefined }, loader);
    expect(await train({ batchSize: undefined, shuffle: undefined }, loader)).toMatchObject({
      bits: first.bits,
    });
    expect(first.bits).not.toEqual((await train({})).bits);
  });

  it('may be a stream of unknown length, whose steps are known after an epoch', async () => {
    const stream = new IterableDataset(function* () {
      for (let i = 0; i < data.length; i++) yield data.get(i);
    });
    const steps: [number, number][] = [];
    const callbacks = [
      {
        onProgress: ({ step, stepsPerEpoch }: { step: number; stepsPerEpoch: number }) =>
          void steps.push([step, stepsPerEpoch]),
      },
    ];
    const streamed = await train({ shuffle: undefined, validation: stream, callbacks }, stream);
    expect(steps.filter(([step, all]) => step === all)).toHaveLength(3);
    const whole = await train({ validation: data });
    expect(streamed.bits).toEqual(whole.bits);
    expect(streamed.history.valLoss[2]).toBeCloseTo(whole.history.valLoss[2], 6);
    const model = plainNetwork();
    const inputs = new IterableDataset(function* () {
      yield [[0, 1]];
      yield [[1, 0]];
    });
    expect((await predict(model, inputs, { batchSize: 1 })).shape).toEqual([2, 3]);
  });

  it('is split: at random, or at the end where the order matters', async () => {
    const seen = async (shuffle: boolean) => {
      const { history } = await train({ validationSplit: 0.2, shuffle, seed: 1, epochs: 1 });
      return history.valLoss[0];
    };
    const own = await train(
      {
        validation: new Subset(
          data,
          Array.from({ length: 8 }, (_, i) => 32 + i),
        ),
        epochs: 1,
      },
      new Subset(
        data,
        Array.from({ length: 32 }, (_, i) => i),
      ),
    );
    expect(await seen(false)).toBeCloseTo(own.history.valLoss[0], 6);
    expect(await seen(true)).not.toBeCloseTo(own.history.valLoss[0], 3);
  });

  const stream = new IterableDataset(function* () {
    yield [[0, 1], 1];
  });
  it.each<[string, Partial<FitOptions>, Parameters<typeof fit>[1]]>([
    ['batchSize was given beside a DataLoader', { shuffle: undefined }, new DataLoader(data)],
    ['shuffle was given beside a DataLoader', { shuffle: true }, new DataLoader(data)],
    ['shuffle was given beside an IterableDataset', { shuffle: true }, stream],
    ['sampleWeight is for examples that can be asked for by their index', { sampleWeight: [1] }, stream],
    ['validationSplit is for examples that can be asked for', { validationSplit: 0.5 }, stream],
    ['validation and validationSplit were both given', { validationSplit: 0.5, validation: data }, data],
    ['validationSplit 1 leaves a part of 40 examples empty', { validationSplit: 1 }, data],
    ['validationSplit 0.01 leaves a part of 40 examples empty', { validationSplit: 0.01 }, data],
    ['there are no examples', {}, new IterableDataset(function* () {})],
    ['there are no examples', { validation: { length: 0, get: () => [0, 0] } }, data],
  ])('is refused: %s', async (message, options, set) => {
    await expect(train(options, set)).rejects.toThrow(message);
  });

  it('has the labels that the validation has', async () => {
    const two = new Subset(
      data,
      [...labelsOf(data).keys()].filter((i) => labelsOf(data)[i] < 2),
    );
    await expect(train({ validation: data }, two)).rejects.toThrow(
      'the validation data has the label 2, of which there is no example to train with',
    );
    await expect(train({ validation: two })).resolves.toBeDefined();
  });
});

it.each(['focalLoss', 'multiMarginLoss', 'nllLoss'] as const)('%s is known by its name', async (loss) => {
  const { history } = await train({ loss, gradientAccumulation: 2, classWeight: [1, 1, 1] });
  expect(history.loss[2]).toBeLessThan(history.loss[0]);
});
