import { describe, expect, it } from 'vitest';
import { tensor } from '../tensor/create.ts';
import {
  AveragePrecision,
  adjustedRandIndex,
  auc,
  CalibrationError,
  ConfusionMatrix,
  classificationReport,
  LogLoss,
  MedianAbsoluteError,
  Perplexity,
  precisionRecallCurve,
  R2,
  RocAuc,
  rocCurve,
  silhouetteScore,
} from './index.ts';

const labels = (...values: number[]) => tensor(values, { dtype: 'int32' });
const logits = tensor([
  [2, 1, 0],
  [0, 3, 1],
  [0, 2, 1],
  [1, 0, 4],
]);

describe('RocAuc', () => {
  it('refuses what has no area, and says why', async () => {
    const area = new RocAuc();
    expect(() => area.compute()).toThrow('rocAuc: nothing was measured yet. Call update first');
    await area.update(tensor([0.1, 0.7]), labels(1, 1));
    expect(() => area.compute()).toThrow(
      'rocAuc: there is no negative example, so the curve is not defined. Give examples of both classes',
    );
    const many = new RocAuc({ fromLogits: true });
    await many.update(logits, labels(0, 1, 1, 0));
    expect(() => many.compute()).toThrow('there is no positive example of class 2');
    const pairs = new RocAuc({ fromLogits: true, multiClass: 'ovo' });
    await pairs.update(logits, labels(0, 1, 1, 0));
    expect(() => pairs.compute()).toThrow('of class 2');
    const raw = new RocAuc();
    await raw.update(logits, labels(0, 1, 2, 0));
    expect(() => raw.compute()).toThrow('scores of element 0 sum to 3, so they are no probabilities');
    await expect(raw.update(tensor([[0.5, Number.NaN, 0.5]]), labels(0))).rejects.toThrow('example 0 is NaN');
    await expect(raw.update(tensor([[0.5, 0.25, 0.25]]), labels(3))).rejects.toThrow('outside 0 to 2');
    expect(() => new RocAuc({ maxFpr: 0 })).toThrow('maxFpr is above 0 and at most 1');
    expect(() => new RocAuc({ multiClass: 'ovo', average: null })).toThrow("not defined for 'ovo'");
  });

  it('takes logits of classes as probabilities', async () => {
    const [raw, made] = [new RocAuc({ fromLogits: true }), new RocAuc()];
    await raw.update(logits, labels(0, 1, 2, 0));
    await made.update(logits.softmax(1).to('float64'), labels(0, 1, 2, 0));
    expect(raw.compute()).toBeCloseTo(made.compute(), 12);
    const two = new RocAuc({ fromLogits: true });
    // Probabilities of both would be 1 in float64.
    await two.update(
      tensor([
        [0, 800],
        [0, 900],
      ]),
      labels(0, 1),
    );
    expect(two.compute()).toBe(1);
  });

  it('leaves out labels that are to be ignored', async () => {
    const area = new RocAuc({ ignoreIndex: -1 });
    await area.update(tensor([0.1, 0.4, 0.35, 0.8, 0]), labels(0, 0, 1, 1, -1));
    expect(area.compute()).toBe(0.75);
    const none = new AveragePrecision({ ignoreIndex: -1 });
    await none.update(tensor([0.1]), labels(-1));
    expect(() => none.compute()).toThrow('all elements are to be ignored');
  });
});

describe('curves', () => {
  it('refuse what is no list of scores and labels', () => {
    expect(() => rocCurve([], [])).toThrow('rocCurve: there are no scores');
    expect(() => rocCurve([Number.NaN, 1], [0, 1])).toThrow('scores are NaN at place 0');
    expect(() => rocCurve([0, 1], [0, 1, 1])).toThrow('there are 2 scores and 3 labels');
    expect(() => rocCurve([0, 1], [0, 0])).toThrow('there is no positive example');
    expect(() => rocCurve(tensor([[0, 1]]), [0, 1])).toThrow('scores have shape [1, 2]');
    expect(() => precisionRecallCurve([0, 1], [0, 1], { sampleWeight: [1, -1] })).toThrow('example 1 is -1');
    expect(() => auc([0, 1, 0.5], [0, 1, 1])).toThrow('x rises and falls');
    expect(() => auc([0], [0])).toThrow('an area needs two points');
  });

  it('take hundreds of thousands of scores', () => {
    const scores = Float32Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 300_007);
    const isPositive = Uint8Array.from(scores, (score) => Number(score % 3 === 0));
    const { fpr, tpr } = rocCurve(scores, isPositive);
    expect(auc(fpr, tpr)).toBeCloseTo(0.5, 2);
  });
});

describe('probabilities', () => {
  it('are refused where they are none', async () => {
    await expect(new LogLoss().update(tensor([0.5, 1.5]), labels(0, 1))).rejects.toThrow(
      'prediction 1 is 1.5, which is no probability. Give { fromLogits: true } for logits',
    );
    expect(() => new CalibrationError({ bins: 0 })).toThrow('the number of bins is a whole number from 1 on');
  });

  it('count nothing of padding', async () => {
    const [padded, bare] = [new Perplexity({ ignoreIndex: 2 }), new Perplexity()];
    await padded.update(logits, labels(0, 1, 2, 2));
    await bare.update(logits.narrow(0, 0, 2), labels(0, 1));
    expect(padded.compute()).toBeCloseTo(bare.compute(), 12);
  });
});

describe('errors of numbers', () => {
  it('are not there for one example, or without any', async () => {
    const r2 = new R2();
    expect(() => r2.compute()).toThrow('r2: nothing was measured yet');
    await r2.update(tensor([1]), tensor([2]));
    expect(r2.compute()).toBeNaN();
    await expect(r2.update(tensor([[1]]), tensor([2]))).rejects.toThrow('r2: predictions');
    expect(() => new MedianAbsoluteError().compute()).toThrow('nothing was measured yet');
  });
});

describe('reports', () => {
  it('come from a matrix too, in English and Chinese', async () => {
    const matrix = new ConfusionMatrix(3);
    await matrix.update(logits, labels(0, 1, 2, 2));
    const report = matrix.report(['猫', 'dog', 'fish']);
    expect(report.classes).toEqual(
      classificationReport([0, 1, 1, 2], [0, 1, 2, 2], { classes: ['猫', 'dog', 'fish'] }).classes,
    );
    expect(report.text({ lang: 'zh' })).toBe(
      [
        '             精确率    召回率     F1 值    样本数',
        '',
        '      猫       1.00      1.00      1.00         1',
        '     dog       0.50      1.00      0.67         1',
        '    fish       1.00      0.50      0.67         2',
        '',
        '  准确率                           0.75         4',
        '  宏平均       0.83      0.83      0.78         4',
        '加权平均       0.88      0.75      0.75         4',
        '',
      ].join('\n'),
    );
    expect(String(report)).toContain('macro avg');
    expect(() => matrix.report(['cat'])).toThrow('there are 1 names for 3 classes');
  });

  it('refuse labels outside the classes', () => {
    expect(() => classificationReport([0, 2], [0, 1], { classes: 2 })).toThrow(
      'the prediction of example 1 is 2, outside 0 to 1',
    );
    expect(() => classificationReport([0, 1], [0, 0.5])).toThrow('the label of example 1 is 0.5');
    expect(() => classificationReport([0], [0, 1])).toThrow('there are 1 predictions and 2 labels');
  });
});

describe('clusters', () => {
  it('are refused where there is one, or one for each point', async () => {
    const points = tensor([[0], [1], [5]]);
    await expect(silhouetteScore(points, [0, 0, 0])).rejects.toThrow('there are 1 clusters of 3 points');
    await expect(silhouetteScore(points, [0, 1, 2])).rejects.toThrow('there are 3 clusters of 3 points');
    await expect(silhouetteScore(points, [0, 1])).rejects.toThrow('there are 3 points and 2 labels');
    await expect(silhouetteScore(tensor([1, 2]), [0, 1])).rejects.toThrow('points: [2]');
    expect(() => adjustedRandIndex([], [])).toThrow('there are no labels');
  });
});
