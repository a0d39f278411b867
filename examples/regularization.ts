import {
  AugmentedDataset,
  type Callback,
  crossEntropy,
  type Data,
  EarlyStopping,
  evaluate,
  fit,
  type History,
  imageDataset,
  manualSeed,
  nn,
  optim,
  Subset,
  type Tensor,
  transforms,
} from 'nacre';
import { mnist } from 'nacre/datasets';
import { learningCurves, lineChart } from 'nacre/plot';
import { type Bilingual, openLesson } from './support/lesson.ts';

const lesson = await openLesson('regularization', { epochs: 60, smallEpochs: 1 });

lesson.say({
  en: `A network with many weights and few examples learns them by heart: it is sure of what it has seen, and wrong about what it
       has not. That is overfitting. Here a network of 670,000 weights learns from 1,000 digits; 2,000 others, which it never learns
       from, show after each epoch what the learning is worth.`,
  zh: `权重多而例子少时，网络会死记硬背：对见过的很有把握，对没见过的却答错。这就是过拟合。这里用 67 万个权重的网络学习 1,000 个数字；
       另有 2,000 个从不用于学习的数字，在每轮之后检验学到的东西有多大价值。`,
});

const digits = await mnist({ dir: lesson.dataDir('mnist') });
const all = imageDataset(digits.train);
const range = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);
const train = new Subset(all, range(0, lesson.small ? 100 : 1000));
const validation = new Subset(all, range(train.length, lesson.small ? 100 : 2000));

/** A way to hold a network back: a part of the network, of the loss, of the data or of the training. */
interface Method {
  readonly name: Bilingual;
  readonly dropout?: number;
  /** What is added to the loss for weights that are large. */
  readonly penalty?: (weights: readonly Tensor[]) => Tensor;
  readonly data?: Data;
  readonly callbacks?: readonly Callback[];
}

const sum = (terms: readonly Tensor[]): Tensor => terms.reduce((total, term) => total.add(term));

const methods: readonly Method[] = [
  { name: { en: 'nothing', zh: '无' } },
  // Pulls every weight towards zero by the same amount: those that are not needed become zero.
  {
    name: { en: 'L1', zh: 'L1' },
    penalty: (weights) => sum(weights.map((weight) => weight.abs().sum())).mul(3e-5),
  },
  // Pulls the harder the larger a weight is: none becomes very large.
  {
    name: { en: 'L2', zh: 'L2' },
    penalty: (weights) => sum(weights.map((weight) => weight.square().sum())).mul(1e-3),
  },
  // Half of the hidden features are left out at random in each step, so that none can rely on another.
  { name: { en: 'dropout', zh: 'dropout' }, dropout: 0.5 },
  // Ends the training when the loss on the other digits has not fallen for five epochs, and takes the best weights.
  {
    name: { en: 'early stopping', zh: '早停' },
    callbacks: [new EarlyStopping({ monitor: 'valCrossEntropy', patience: 5, restoreBestWeights: true })],
  },
  // Turned, moved and scaled a little, a digit is the same digit: each epoch sees other pictures.
  {
    name: { en: 'augmentation', zh: '数据增强' },
    data: new AugmentedDataset(
      train,
      transforms.randomAffine(10, { translate: [0.08, 0.08], scale: [0.9, 1.1] }),
    ),
  },
];

async function learn({ name, dropout = 0, penalty, data = train, callbacks }: Method): Promise<History> {
  manualSeed(lesson.seed); // the same first weights for all
  const model = new nn.Sequential(
    new nn.Flatten(),
    ...[new nn.Linear(784, 512), new nn.ReLU(), new nn.Dropout(dropout)],
    ...[new nn.Linear(512, 512), new nn.ReLU(), new nn.Dropout(dropout)],
    new nn.Linear(512, 10),
  );
  const weights = [...model.parameters()].filter((parameter) => parameter.ndim > 1);
  const history = await fit(model, data, {
    optimizer: new optim.Adam(model.parameters(), { lr: 1e-3 }),
    loss: (output, targets) => {
      const error = crossEntropy(output, targets);
      return penalty ? error.add(penalty(weights)) : error;
    },
    metrics: ['accuracy', crossEntropy], // what is compared: without the penalty
    epochs: lesson.epochs,
    batchSize: 50,
    validation,
    ...lesson.follow({ label: name, brief: true, callbacks }),
  });
  models.set(name.en, model);
  return history;
}

const models = new Map<string, nn.Module>();
const histories: Record<string, History> = {};
for (const method of methods) histories[lesson.text(method.name)] = await learn(method);

const plain = histories[lesson.text(methods[0].name)];
lesson.say({
  en: `With nothing to hold it back the loss on its own digits falls to almost nothing, while that on the others falls, turns, and rises:
       where the curves part, overfitting begins.`,
  zh: `没有任何约束时，训练数据上的损失几乎降到零，而其他数字上的损失先降、再转、再升：两条曲线分开之处，就是过拟合的开始。`,
});
await lesson.picture('overfitting', learningCurves(plain, { metrics: ['crossEntropy', 'accuracy'] }));

lesson.say({
  en: `The loss on the other digits, epoch by epoch, with each of the methods:`,
  zh: `各种方法下，其他数字上的损失随轮次的变化：`,
});
await lesson.picture(
  'methods',
  lineChart(
    Object.entries(histories).map(([name, history]) => ({
      name,
      x: history.get('epoch'),
      y: history.get('valCrossEntropy'),
    })),
    {
      xLabel: lesson.text({ en: 'epoch', zh: '轮次' }),
      yLabel: lesson.text({ en: 'validation loss', zh: '验证损失' }),
    },
  ),
);

lesson.say({
  en: `More data is the best cure, and augmentation is as near to it as one comes without any. The others keep the loss low: the network is
       less sure of itself where it is wrong. How many answers are right they change little here, and early stopping may even cost some:
       look at more than one number.`,
  zh: `最好的药是更多数据，数据增强最接近于此。其余方法让损失保持较低：网络答错时不再那么自信。答对的数量在这里变化不大，早停甚至可能少对几个：
       不要只看一个数字。`,
});
const test = lesson.small ? new Subset(imageDataset(digits.test), range(0, 200)) : digits.test;
for (const { name } of methods) {
  const measured = await evaluate(models.get(name.en)!, test, {
    loss: 'crossEntropy',
    metrics: ['accuracy'],
  });
  lesson.result({ en: `test accuracy: ${name.en}`, zh: `测试准确率：${name.zh}` }, 100 * measured.accuracy, {
    unit: '%',
  });
  lesson.result({ en: `test loss: ${name.en}`, zh: `测试损失：${name.zh}` }, measured.loss);
}
await lesson.close();
