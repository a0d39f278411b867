import { describe, expect, it } from 'vitest';
import { ArrayDataset, AugmentedDataset, transforms } from '../data/index.ts';
import { ConfusionMatrix, F1, type Metric, R2, Recall } from '../metrics/index.ts';
import * as nn from '../nn/index.ts';
import * as optim from '../optim/index.ts';
import { tensor } from '../tensor/create.ts';
import { debug } from '../tensor/engine.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { evaluate } from './evaluate.ts';
import { fit } from './fit.ts';
import { predict } from './predict.ts';
import { directions, smallNetwork, smallTraining } from './testing.ts';

/** Counts the batches and examples it is given. */
class Seen implements Metric<number> {
  readonly name = 'seen';
  #examples = 0;
  async update(predictions: Tensor): Promise<void> {
    this.#examples += (await predictions.data()).length / predictions.shape[1]!;
  }
  compute(): number {
    return this.#examples;
  }
  reset(): void {
    this.#examples = 0;
  }
}

describe('metrics in fit and evaluate', () => {
  it('give what they give of all predictions at once, for training and validation', async () => {
    const model = smallNetwork();
    const matrix = new ConfusionMatrix(3);
    const history = await fit(model, directions(40), {
      ...smallTraining(model),
      metrics: ['accuracy', 'f1', new Recall({ average: null }), matrix],
      validation: directions(90),
      epochs: 2,
    });
    const [last] = history.records.slice(-1);
    const outputs = await predict(model, directions(90));
    const labels = tensor(
      Array.from({ length: 90 }, (_, i) => directions(90).get(i)[1] as number),
      { dtype: 'int32' },
    );
    const [f1, recall, own] = [new F1(), new Recall({ average: null }), new ConfusionMatrix(3)];
    for (const metric of [f1, recall, own]) await metric.update(outputs, labels);
    expect(last.valF1).toBe(f1.compute());
    expect([last.valRecall0, last.valRecall1, last.valRecall2]).toEqual(recall.compute());
    expect(matrix.compute()).toEqual(own.compute());
    expect(last.f1).toBeGreaterThan(0);
    expect(history.get('recall2')).toHaveLength(2);
    const measured = await evaluate(model, directions(90), { batchSize: 7 });
    expect(Object.keys(measured)).toEqual(['loss', 'accuracy', 'f1', 'recall0', 'recall1', 'recall2']);
    expect(measured.f1).toBe(last.valF1);
  });

  it.each(['crossEntropy', 'klDiv'] as const)(
    'read shares of classes, as mixed pictures have them, as the class with the largest: %s',
    async (loss) => {
      const labels = directions(30);
      const label = (i: number): number => labels.get(i)[1] as number;
      // A fifth of each example is of the next class.
      const shares = new ArrayDataset(
        Array.from({ length: 30 }, (_, i) => [...(labels.get(i)[0] as Float32Array)]),
        Array.from({ length: 30 }, (_, i) =>
          [0, 1, 2].map((each) => (each === label(i) ? 0.8 : each === (label(i) + 1) % 3 ? 0.2 : 0)),
        ),
      );
      const metrics = () =>
        ['accuracy', 'top5Accuracy', 'rocAuc', 'logLoss', new F1(), new ConfusionMatrix(3)] as const;
      const model = new nn.Sequential(...smallNetwork().layers, new nn.LogSoftmax(1));
      const optimizer = new optim.SGD(model.parameters(), { lr: 0 });
      const options = { ...smallTraining(model), optimizer, loss, metrics: metrics() };
      const { records } = await fit(model, shares, { ...options, validation: shares });
      const expected = await evaluate(model, labels, { loss: 'nllLoss', metrics: metrics() });
      expect(expected.accuracy).toBeGreaterThan(0);
      expect(expected.accuracy).toBeLessThan(1);
      for (const [name, value] of Object.entries(expected)) {
        if (name === 'loss') continue;
        expect(records[0][`val${name[0].toUpperCase()}${name.slice(1)}`], name).toBeCloseTo(value, 6);
      }
      const measured = await evaluate(model, shares, { loss, metrics: metrics() });
      expect(measured.accuracy).toBe(expected.accuracy);
    },
  );

  it('of training with mixed pictures tell how much is learnt', async () => {
    // Each picture is of its class everywhere.
    const bright = (label: number): number[] => new Array(16).fill(label === 1 ? 1 : -1);
    const data = new ArrayDataset(
      Array.from({ length: 32 }, (_, i) => [
        [0, 1, 2, 3].map((row) => bright(i % 2).slice(4 * row, 4 * row + 4)),
      ]),
      Array.from({ length: 32 }, (_, i) => i % 2),
      { dtype: 'float32' },
    );
    for (const mix of [transforms.mixup({ classes: 2 }), transforms.cutmix({ classes: 2 })]) {
      const model = new nn.Sequential(new nn.Flatten(), new nn.Linear(16, 2));
      const { accuracy } = await fit(model, new AugmentedDataset(data, null, { mix, seed: 1 }), {
        optimizer: new optim.Adam(model.parameters(), { lr: 0.05 }),
        loss: 'crossEntropy',
        metrics: ['accuracy'],
        batchSize: 8,
        epochs: 10,
        verbose: false,
      });
      // Halves of both have either label: what is left are those.
      expect(accuracy.at(-1)).toBeGreaterThan(0.9);
    }
  });

  it('leave targets alone where each output is a class of its own, and for metrics of others', async () => {
    const model = new nn.Identity();
    const outputs = tensor([
      [2, -1, 3],
      [-1, -2, 1],
    ]);
    const targets = tensor([
      [1, 0, 0],
      [0, 0, 1],
    ]);
    const many = await evaluate(model, [outputs, targets], {
      loss: 'binaryCrossEntropyWithLogits',
      metrics: ['accuracy'],
    });
    expect(many.accuracy).toBeCloseTo(5 / 6, 6);
    const own = await evaluate(model, [outputs, targets], {
      loss: 'crossEntropy',
      metrics: [
        'accuracy',
        function firsts(_: Tensor, shares: Tensor) {
          return shares.select(1, 0);
        },
      ],
    });
    expect([own.accuracy, own.firsts]).toEqual([0.5, 0.5]);
  });

  it('go on where a training was saved, in the middle of an epoch too', async () => {
    const begin = () => {
      const model = smallNetwork();
      return { model, options: { ...smallTraining(model), metrics: ['f1' as const, 'recall' as const] } };
    };
    const whole = begin();
    const { records } = await fit(whole.model, directions(64), whole.options);
    const { model, options } = begin();
    const abort = new AbortController();
    const examples = directions(64);
    let read = 0;
    const data = {
      length: examples.length,
      get(i: number) {
        if (++read === 32) abort.abort();
        return examples.get(i);
      },
    };
    const stopped = await fit(model, data, { ...options, signal: abort.signal });
    expect(stopped.records).toEqual([]);
    const again = begin();
    const resumed = await fit(again.model, directions(64), { ...again.options, resume: stopped.state });
    expect([resumed.records[0].f1, resumed.records[0].recall]).toEqual([records[0].f1, records[0].recall]);
  });

  it('that need all outputs are measured on validation data, and refused without', async () => {
    const model = smallNetwork();
    const options = { ...smallTraining(model), metrics: [new Seen()] };
    await expect(fit(model, directions(40), options)).rejects.toThrow(
      "fit: 'seen' needs all outputs, so it is measured on validation data only. Give { validation: data }",
    );
    const { records } = await fit(model, directions(40), {
      ...options,
      validation: directions(30),
      epochs: 2,
    });
    expect(records.map(({ seen, valSeen }) => [seen, valSeen])).toEqual([
      [undefined, 30],
      [undefined, 30],
    ]);
    expect(await evaluate(model, directions(20), { batchSize: 8 })).toMatchObject({ seen: 20 });
  });

  it('work while every operation is checked', async () => {
    debug.nan = true;
    try {
      const model = smallNetwork();
      const metrics = ['f1' as const, new Seen()];
      const options = { ...smallTraining(model), metrics, validation: directions(20) };
      const { records } = await fit(model, directions(32), options);
      expect(records[0].valSeen).toBe(20);
    } finally {
      debug.nan = false;
    }
  });

  it('have names', async () => {
    const model = smallNetwork();
    const names = [
      'precision',
      'balancedAccuracy',
      'matthewsCorrelation',
      'cohenKappa',
      'rocAuc',
      'averagePrecision',
      'logLoss',
      'brierScore',
      'calibrationError',
      'perplexity',
    ] as const;
    const { records } = await fit(model, directions(40), {
      ...smallTraining(model),
      metrics: names,
      validation: directions(60),
      epochs: 8,
    });
    const last = records[7];
    expect(last.rocAuc).toBeUndefined(); // needs all outputs
    expect(last.valRocAuc).toBeGreaterThan(0.9);
    expect(last.valLogLoss).toBeCloseTo(last.valLoss!, 5);
    expect(last.valPerplexity).toBeCloseTo(Math.exp(last.valLoss!), 4);
    expect(last.matthewsCorrelation).toBeGreaterThan(0.5);
  });

  it('of numbers have names too, and are those of the moments of all batches', async () => {
    const inputs = Array.from({ length: 50 }, (_, i) => [i / 10]);
    const targets = inputs.map(([x]) => [1000 + 3 * x + Math.sin(x)]);
    const model = new nn.Identity();
    const metrics = ['r2', 'explainedVariance', 'rootMeanSquaredError', 'medianAbsoluteError'] as const;
    const data = [tensor(inputs), tensor(targets)] as const;
    const measured = await evaluate(model, data, { loss: 'mseLoss', metrics, batchSize: 7 });
    const whole = new R2();
    await whole.update(...data);
    expect(measured.r2 / whole.compute()).toBeCloseTo(1, 12);
    expect(measured.rootMeanSquaredError ** 2 / measured.loss).toBeCloseTo(1, 5);
    expect(measured.medianAbsoluteError).toBeGreaterThan(1000);
  });

  it('know what the loss takes for two classes', async () => {
    const data = [tensor([0.4, 0.6, 0.3, 0.9]), tensor([1, 1, 0, 1])] as const;
    const metrics = ['recall', 'precision'] as const;
    const model = new nn.Identity();
    expect(await evaluate(model, data, { loss: 'binaryCrossEntropy', metrics })).toMatchObject({
      recall: expect.closeTo(2 / 3, 12),
      precision: 1,
    });
    expect(await evaluate(model, data, { loss: 'binaryCrossEntropyWithLogits', metrics })).toMatchObject({
      recall: 1,
      precision: 0.75,
    });
  });

  it('refuse labels that are outside, and tell of scores that are NaN', async () => {
    const model = new nn.Identity();
    const inputs = tensor([
      [1, 2],
      [2, 1],
    ]);
    const square = function square(output: Tensor) {
      return output.square();
    };
    const options = { loss: (output: Tensor) => output.sum(), metrics: ['f1' as const, square] };
    const targets = (...values: number[]) => tensor(values, { dtype: 'int32' });
    await expect(evaluate(model, [inputs, targets(0, 2)], options)).rejects.toThrow(
      /index 2.*outside|outside.*2/,
    );
    class Bad extends nn.Module {
      forward(x: Tensor): Tensor {
        return x.sub(3).log();
      }
    }
    expect((await evaluate(new Bad(), [inputs, targets(0, 1)], options)).f1).toBeNaN();
  });
});
