/** What `fit` makes of its options, against hand-written loops of PyTorch; `trainings.jsonl` holds those, written by `generate.py`. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ArrayDataset, type ClassWeight, type FitOptions, fit, nn, optim, tensor } from '../../src/index.ts';

interface Data {
  readonly x: readonly (readonly [number, number])[];
  readonly labels: readonly number[];
  readonly sampleWeight: readonly number[];
}

interface Training {
  readonly name: string;
  readonly options: {
    readonly optimizer?: 'Adam';
    readonly loss?: FitOptions['loss'];
    readonly classWeight?: ClassWeight;
    readonly sampleWeight?: true;
    readonly gradientAccumulation?: number;
    readonly clipGradNorm?: number;
    readonly clipGradValue?: number;
    readonly lrScheduler?: readonly [name: string, options: object, interval: 'epoch' | 'step'];
  };
  readonly outputs: number;
  readonly loss: readonly number[];
  readonly lr: readonly number[];
  readonly state: Readonly<Record<string, readonly number[]>>;
}

const [head, ...lines] = readFileSync(new URL('./trainings.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const { x, labels, sampleWeight } = JSON.parse(head) as Data;
const trainings = lines.map((line) => JSON.parse(line) as Training);

type ScheduleClass = new (optimizer: optim.Optimizer, options: object) => optim.LRScheduler;

/** The network of `generate.py`, with the weights it begins with there. */
function network(outputs: number): nn.Sequential {
  const model = new nn.Sequential(new nn.Linear(2, 4), new nn.Tanh(), new nn.Linear(4, outputs));
  model.parameters().forEach((parameter, number) => {
    const values = Array.from({ length: parameter.size }, (_, i) => Math.sin(12.9898 * i + number + 2));
    parameter.value = tensor(values).reshape(parameter.shape);
  });
  return model;
}

test.each(trainings)('$name', async ({ options, outputs, loss, lr, state }) => {
  const model = network(outputs);
  const { optimizer: kind, lrScheduler, sampleWeight: isWeighted, ...rest } = options;
  const optimizer: optim.Optimizer =
    kind === 'Adam'
      ? new optim.Adam(model.parameters(), { lr: 0.1 })
      : new optim.SGD(model.parameters(), { lr: 0.5, momentum: 0.9 });
  const schedule = (name: string, given: object): optim.LRScheduler =>
    new (optim as unknown as Record<string, ScheduleClass>)[name](optimizer, given);
  const targets = outputs === 1 ? labels.map((label) => [Number(label === 1)]) : labels;
  const history = await fit(
    model,
    new ArrayDataset(x, targets, { targetDType: outputs === 1 ? 'float32' : 'int32' }),
    {
      loss: 'crossEntropy',
      ...rest,
      optimizer,
      ...(isWeighted && { sampleWeight }),
      ...(lrScheduler && {
        lrScheduler: { scheduler: schedule(lrScheduler[0], lrScheduler[1]), interval: lrScheduler[2] },
      }),
      batchSize: 4,
      epochs: loss.length,
      shuffle: false,
      verbose: false,
    },
  );
  loss.forEach((value, epoch) => {
    expect(history.loss[epoch]).toBeCloseTo(value, 5);
    expect(history.get('lr')[epoch]).toBeCloseTo(lr[epoch], 9);
  });
  for (const [name, values] of Object.entries(state)) {
    const own = await model.stateDict()[name].data();
    values.forEach((value, i) => {
      expect(own[i], `${name} ${i}`).toBeCloseTo(value, 5);
    });
  }
});
