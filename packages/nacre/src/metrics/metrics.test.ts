import { describe, expect, it } from 'vitest';
import { tensor } from '../tensor/create.ts';
import { Accuracy, ConfusionMatrix, MeanAbsoluteError, MeanSquaredError, TopKAccuracy } from './index.ts';

const labels = (...values: number[]) => tensor(values, { dtype: 'int32' });
const scores = tensor([
  [0.1, 0.7, 0.2],
  [0.5, 0.2, 0.3],
  [0.1, 0.2, 0.7],
]);

describe('Accuracy', () => {
  it('is the fraction over all batches until reset', async () => {
    const accuracy = new Accuracy();
    await accuracy.update(scores, labels(1, 0, 0));
    await accuracy.update(scores, labels(1, 0, 2));
    expect(accuracy.compute()).toBe(5 / 6);
    accuracy.reset();
    expect(() => accuracy.compute()).toThrow('nothing was measured yet');
  });

  it('tells two classes apart by the threshold', async () => {
    const probabilities = tensor([0.2, 0.6, 0.4, 0.9]);
    const accuracy = new Accuracy({ threshold: 0.5 });
    await accuracy.update(probabilities, tensor([0, 1, 1, 1]));
    expect(accuracy.compute()).toBe(0.75);
  });

  it('counts each place of a sequence', async () => {
    const accuracy = new Accuracy();
    const logits = tensor([
      [
        [1, 0],
        [0, 1],
      ],
    ]); // [batch 1, classes 2, places 2]
    await accuracy.update(logits, tensor([[0, 0]], { dtype: 'int32' }));
    expect(accuracy.compute()).toBe(0.5);
  });

  it('refuses shapes that do not belong together', async () => {
    await expect(new Accuracy().update(scores, labels(1, 2))).rejects.toThrow(
      'predictions: [3, 3], targets: [2]',
    );
  });
});

it('TopKAccuracy looks at the k highest scores', async () => {
  const top2 = new TopKAccuracy(2);
  await top2.update(scores, labels(2, 1, 0));
  expect([top2.name, top2.compute()]).toEqual(['top2Accuracy', 1 / 3]);
  expect(() => new TopKAccuracy(0)).toThrow('k is a whole number from 1 on');
});

it.each([
  [new MeanSquaredError(), 2.5],
  [new MeanAbsoluteError(), 1.5],
])('%o', async (metric, expected) => {
  await metric.update(tensor([[1], [2]]), tensor([[2], [4]]));
  expect(metric.compute()).toBe(expected);
  await expect(metric.update(tensor([[1], [2]]), tensor([2, 4]))).rejects.toThrow(
    'predictions: [2, 1], targets: [2]',
  );
});

describe('ConfusionMatrix', () => {
  it('counts actual by predicted', async () => {
    const matrix = new ConfusionMatrix(3);
    await matrix.update(scores, labels(1, 2, 2));
    await matrix.update(labels(0, 0), labels(0, 1));
    expect(matrix.compute()).toEqual([
      [1, 0, 0],
      [1, 1, 0],
      [1, 0, 1],
    ]);
  });

  it('counts nothing of a batch that is refused', async () => {
    const matrix = new ConfusionMatrix(3);
    await expect(matrix.update(scores, labels(0, 1, 3))).rejects.toThrow(
      'the label of example 2 is 3, outside 0 to 2',
    );
    await expect(matrix.update(labels(0, 7), labels(0, 1))).rejects.toThrow(
      'the prediction of example 1 is 7',
    );
    await expect(matrix.update(scores, labels(0, 1))).rejects.toThrow('predictions: [3, 3], targets: [2]');
    expect(() => matrix.compute()).toThrow('nothing was measured yet');
  });
});
