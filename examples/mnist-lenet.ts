import { ConfusionMatrix, evaluate, fit, optim, predict, tensor } from 'nacre';
import { mnist } from 'nacre/datasets';
import { LeNet5 } from 'nacre/models';
import { confusionMatrix, imageGrid, learningCurves } from 'nacre/plot';
import { firstImages } from './support/images.ts';
import { openLesson } from './support/lesson.ts';

const lesson = await openLesson('mnist-lenet', { epochs: 5, smallEpochs: 1 });

lesson.say({
  en: `A layer of weighted sums must learn each stroke anew for each place where it may stand. A convolution looks for the same small
       pattern everywhere, with 25 weights, and pooling makes it matter less where exactly the pattern is. Yann LeCun's LeNet-5 of
       1998 does both twice, and reads digits better than the network of “mnist-mlp” with a quarter of its weights.`,
  zh: `全连接层必须为每个位置重新学习同一笔画。卷积用 25 个权重在各处寻找同样的小图案，池化则让图案的确切位置不那么要紧。
       杨立昆 1998 年的 LeNet-5 把两者各做两次，权重只有 mnist-mlp 中网络的四分之一，识别数字却更准。`,
});

const digits = await mnist({ dir: lesson.dataDir('mnist') });
// Convolutions want an axis of channels: grey pictures have one.
const [train, test] = [
  { ...firstImages(digits.train, lesson.small ? 640 : 60_000), channels: 1 },
  { ...firstImages(digits.test, lesson.small ? 200 : 10_000), channels: 1 },
];

const model = new LeNet5({ activation: 'relu' });
const optimizer = new optim.Adam(model.parameters(), { lr: 2e-3 });
const history = await fit(model, train, {
  optimizer,
  loss: 'crossEntropy',
  metrics: ['accuracy'],
  epochs: lesson.epochs,
  batchSize: 64,
  validation: test,
  lrScheduler: new optim.CosineAnnealingLR(optimizer, { tMax: lesson.epochs }),
  ...lesson.follow(),
});
await lesson.picture('curves', learningCurves(history));

lesson.say({
  en: `Which digits are taken for which? Rows are what was written, columns what the network read.`,
  zh: `哪些数字会被误认？行是写下的数字，列是网络读出的数字。`,
});
const scores = await predict(model, test);
const confusion = new ConfusionMatrix(10);
await confusion.update(scores, tensor(test.labels, { dtype: 'int32' }));
await lesson.picture('confusion', confusionMatrix(confusion.compute(), test.classes));

lesson.say({
  en: `And here are digits it reads wrongly. With some of them you would hesitate too.`,
  zh: `下面是它读错的数字，其中一些您也会犹豫。`,
});
const answers = await scores.argmax(1).data();
const wrong = [...test.labels.keys()].filter((i) => Number(answers[i]) !== test.labels[i]).slice(0, 30);
const size = { width: test.width, height: test.height };
const pixels = size.width * size.height;
const pictures = wrong.map((i) => ({ data: test.images.subarray(i * pixels, (i + 1) * pixels), ...size }));
await lesson.picture(
  'mistakes',
  imageGrid(pictures, {
    labels: wrong.map((i) => test.labels[i]),
    predictions: wrong.map((i) => Number(answers[i])),
  }),
);

const { accuracy, loss } = await evaluate(model, test);
lesson.result({ en: 'test accuracy', zh: '测试准确率' }, 100 * accuracy, { unit: '%', atLeast: 98.8 });
lesson.result({ en: 'test loss', zh: '测试损失' }, loss);
lesson.result(
  { en: 'training', zh: '训练用时' },
  history.get('seconds').reduce((sum, seconds) => sum + seconds, 0),
  { unit: 's', digits: 1 },
);
await lesson.close();
