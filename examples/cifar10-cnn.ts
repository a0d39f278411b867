import { ConfusionMatrix, fit, maxPool2d, nn, optim, predict, relu, type Tensor, tensor } from 'nacre';
import { cifar10 } from 'nacre/datasets';
import { confusionMatrix, imageGrid, learningCurves } from 'nacre/plot';
import { firstImages } from './support/images.ts';
import { openLesson } from './support/lesson.ts';

const lesson = await openLesson('cifar10-cnn', { epochs: 10 });

lesson.say({
  en: `CIFAR-10 is colour photographs of 32 × 32 pixels: aeroplanes, cats, ships, ten classes in all. This is the network of PyTorch's
       tutorial “Training a classifier”, with its settings: two convolutions, each followed by pooling, and three linear layers,
       trained on four pictures a step. It is small, and the pictures are hard: guessing gets 10 %, this network about half.`,
  zh: `CIFAR-10 是 32 × 32 像素的彩色照片：飞机、猫、船等，共十类。这里用 PyTorch 教程“训练分类器”的网络和设置：两层卷积，每层后接池化，
       再接三个线性层，每步用四张图训练。网络很小，图片很难：瞎猜得 10%，这个网络能答对一半左右。`,
});

const whole = await cifar10({ dir: lesson.dataDir('cifar10') });
const train = lesson.small ? firstImages(whole.train, 400) : whole.train;
const test = lesson.small ? firstImages(whole.test, 200) : whole.test;

const isPart = train.count < 50_000;
lesson.say({
  en: `Here are ${train.count} pictures to learn from and ${test.count} for the test${isPart ? ', a part of the 50,000 and 10,000' : ''}.
       The tutorial goes twice through all 50,000. Twice through a part would be too few steps, and as many steps as the tutorial's
       would be too many: the network would know the few pictures by heart. So this is ${lesson.epochs} times through what there is;
       --epochs 2 is the tutorial's way where all of it is there.`,
  zh: `这里有 ${train.count} 张图片用于学习，${test.count} 张用于测试${isPart ? '，是全部 50,000 和 10,000 张的一部分' : ''}。教程把全部 50,000 张过两遍。
       只有一部分时，两遍步数太少；步数与教程一样多又太多：网络会把这些图片背下来。因此这里共训练 ${lesson.epochs} 轮；数据齐全时用
       --epochs 2 就是教程的做法。`,
});

class Net extends nn.Module {
  conv1 = new nn.Conv2d(3, 6, 5);
  conv2 = new nn.Conv2d(6, 16, 5);
  fc1 = new nn.Linear(16 * 5 * 5, 120);
  fc2 = new nn.Linear(120, 84);
  fc3 = new nn.Linear(84, 10);

  forward(x: Tensor): Tensor {
    const centred: Tensor = x.mul(2).sub(1); // pixels from -1 to 1
    const edges: Tensor = maxPool2d(relu(this.conv1.forward(centred)), 2);
    const parts: Tensor = maxPool2d(relu(this.conv2.forward(edges)), 2);
    const hidden: Tensor = relu(this.fc1.forward(parts.flatten(1)));
    return this.fc3.forward(relu(this.fc2.forward(hidden)));
  }
}

const net = new Net();
const history = await fit(net, train, {
  optimizer: new optim.SGD(net.parameters(), { lr: 0.001, momentum: 0.9 }),
  loss: 'crossEntropy',
  metrics: ['accuracy'],
  epochs: lesson.epochs,
  batchSize: 4,
  validation: test,
  ...lesson.follow(),
});

await lesson.picture('curves', learningCurves(history));

const scores = await predict(net, test);
const confusion = new ConfusionMatrix(10);
await confusion.update(scores, tensor(test.labels, { dtype: 'int32' }));
const rows = confusion.compute().map((counts, actual) => {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const others = counts.map((count, said) => (said === actual ? -1 : count));
  const confused = others.indexOf(Math.max(...others));
  return [test.classes[actual], `${Math.round((100 * counts[actual]) / total)} %`, test.classes[confused]];
});
lesson.say({
  en: `What it has learnt, class by class. Ships and cars have shapes and colours of their own; cats, dogs, deer and birds differ in
       details that six and sixteen small patterns cannot tell.`,
  zh: `逐类来看学到了什么。船和汽车有自己的形状和颜色；猫、狗、鹿、鸟的差别在细节，六个和十六个小图案分不清。`,
});
lesson.table(
  [
    { en: 'class', zh: '类别' },
    { en: 'recognised', zh: '认出' },
    { en: 'most often taken for', zh: '最常误认为' },
  ],
  rows,
);

await lesson.picture('confusion', confusionMatrix(confusion.compute(), test.classes));

lesson.say({
  en: 'The first pictures of the test, and what they were taken for:',
  zh: '测试集的前几张图片，以及它们被认成了什么：',
});
const said = await scores.argmax(1).data();
const shown = 20;
const pictures = tensor(test.images.subarray(0, shown * 3 * 32 * 32), {
  dtype: 'uint8',
  shape: [shown, 3, 32, 32],
});
await lesson.picture(
  'predictions',
  imageGrid(pictures, {
    labels: [...test.labels.subarray(0, shown)],
    predictions: Array.from(said.subarray(0, shown), Number),
    classes: test.classes,
    columns: 5,
  }),
);

const accuracies = history.get('valAccuracy');
lesson.result({ en: 'test accuracy', zh: '测试准确率' }, 100 * accuracies.at(-1)!, {
  unit: '%',
  atLeast: isPart ? 43 : 50,
});
lesson.result(
  { en: 'training', zh: '训练用时' },
  history.records.reduce((sum, { seconds }) => sum + seconds, 0),
  { unit: 's', digits: 1 },
);
await lesson.close();
