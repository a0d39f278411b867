import { describe, expect, it } from 'vitest';
import { tensor } from '../tensor/create.ts';
import { F1, FBeta, Precision, Recall, Specificity } from './index.ts';

const labels = (...values: number[]) => tensor(values, { dtype: 'int32' });
const logits = tensor([
  [2, 1, 0],
  [0, 3, 1],
  [0, 2, 1],
  [1, 0, 4],
]);

describe('precision, recall and the like', () => {
  it('are sums over all batches until reset', async () => {
    const recall = new Recall({ average: null });
    await recall.update(logits, labels(0, 1, 2, 2));
    await Promise.all([recall.update(logits, labels(1, 1, 2, 2)), recall.update(logits, labels(0, 0, 0, 0))]);
    expect(recall.compute()).toEqual([2 / 5, 2 / 3, 2 / 4]);
    recall.reset();
    expect(() => recall.compute()).toThrow('recall: nothing was measured yet. Call update first');
  });

  it('leave out what is to be ignored', async () => {
    const recall = new Recall({ average: null, ignoreIndex: -100 });
    await recall.update(logits, labels(0, -100, 2, 2));
    expect(recall.compute()).toEqual([1, 0, 0.5]);
  });

  it('count nothing of a batch that is refused', async () => {
    const f1 = new F1({ average: 'macro' });
    await expect(f1.update(logits, labels(0, 1, 3, 2))).rejects.toThrow(
      'f1: the label of example 2 is 3, outside 0 to 2. There are 3 classes; labels count from 0',
    );
    await expect(f1.update(logits, labels(0, 1))).rejects.toThrow('predictions: [4, 3], targets: [2]');
    await expect(f1.update(tensor([[1, Number.NaN]]), labels(0))).rejects.toThrow(
      'a score of example 0 is NaN',
    );
    await expect(f1.update(logits, labels(0, 1, 2, 2), tensor([1, 1, -1, 1]))).rejects.toThrow(
      'the weight of example 2 is -1',
    );
    await expect(f1.update(logits, labels(0, 1, 2, 2), tensor([1, 1]))).rejects.toThrow('sampleWeight: [2]');
    await expect(f1.update(tensor([0.5]), tensor([0.5]))).rejects.toThrow('the label of example 0 is 0.5');
    expect(() => f1.compute()).toThrow('nothing was measured yet');
  });

  it('refuse what is no average of theirs', async () => {
    const binary = new Precision({ average: 'binary' });
    await binary.update(logits, labels(0, 1, 2, 2));
    expect(() => binary.compute()).toThrow("precision: average 'binary' is for two classes, there are 3");
    expect(() => new Precision({ average: 'mean' as 'macro' })).toThrow("there is no average 'mean'");
    expect(() => new Precision({ avarage: null } as object)).toThrow('Did you mean average?');
    expect(() => new FBeta({ beta: -1 })).toThrow('beta is a number of zero or more');
  });

  it('leave classes that never occur out of means where zeroDivision is NaN', async () => {
    const [zero, left] = [
      new Recall({ average: 'macro' }),
      new Recall({ average: 'macro', zeroDivision: NaN }),
    ];
    for (const recall of [zero, left]) await recall.update(logits, labels(0, 1, 1, 0));
    expect([zero.compute(), left.compute()]).toEqual([0.5, 0.75]);
  });

  it('take scores, labels, and more labels than one', async () => {
    const scores = new Specificity();
    await scores.update(tensor([1, -1, 2]), tensor([0, 0, 1]));
    expect(scores.compute()).toBe(0.5);
    const given = new Recall({ classes: 3, average: null });
    await given.update(labels(0, 1, 2), labels(0, 2, 2));
    expect(given.compute()).toEqual([1, 0, 0.5]);
    const many = new Recall({ multiLabel: true, average: null, threshold: 0.5 });
    await many.update(
      tensor([
        [0.9, 0.1],
        [0.2, 0.8],
      ]),
      tensor([
        [1, 1],
        [1, 1],
      ]),
    );
    expect(many.compute()).toEqual([0.5, 0.5]);
  });
});
