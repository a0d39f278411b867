import {
  AugmentedDataset,
  fit,
  LearningRateScheduler,
  nn,
  optim,
  pad,
  relu,
  type Tensor,
  transforms,
} from 'nacre';
import { cifar10 } from 'nacre/datasets';
import { learningCurves } from 'nacre/plot';
import { firstImages } from './support/images.ts';
import { openLesson } from './support/lesson.ts';

const lesson = await openLesson('cifar10-resnet', { epochs: 30 });

lesson.say({
  en: `Deeper networks see more, but plain ones stop learning from about twenty layers on. In a residual network each block adds
       something to what it gets, so that a block that has nothing to say does no harm, and gradients pass. This is ResNet-20 of the
       paper (He et al., 2015, section 4.2): 20 layers, and with 270,000 weights not much larger than the network of cifar10-cnn.

       A network this strong soon knows few pictures by heart. So it never sees the same one twice: each is shifted by up to four
       pixels and mirrored or not, at random, each time anew. A shifted, mirrored cat is a cat.`,
  zh: `更深的网络能看到更多，但普通网络到二十层左右就学不动了。残差网络的每一块只在输入上加一点东西：没什么可说的块不会有害，梯度也能通过。
       这里是论文（He 等，2015，4.2 节）中的 ResNet-20：20 层，27 万个权重。

       这么强的网络很快会把少量图片背下来。因此同一张图它从不看第二次：每次都随机平移最多四个像素，并随机左右翻转。平移、翻转后的猫还是猫。`,
});

const whole = await cifar10({ dir: lesson.dataDir('cifar10') });
const train = lesson.small ? firstImages(whole.train, 256) : whole.train;
const test = lesson.small ? firstImages(whole.test, 100) : whole.test;
const isPart = train.count < 50_000;
lesson.say({
  en: `Here are ${train.count} pictures to learn from and ${test.count} for the test${isPart ? ', a part of the 50,000 and 10,000: the paper reaches 91 % with all of them, and five times as many rounds' : ''}.`,
  zh: `这里有 ${train.count} 张图片用于学习，${test.count} 张用于测试${isPart ? '，是全部 50,000 和 10,000 张的一部分；论文用全部数据、五倍的轮数达到 91%' : ''}。`,
});

// Mean and standard deviation of the red, green and blue of all training pictures.
const normalize = transforms.normalize([0.4914, 0.4822, 0.4465], [0.247, 0.2435, 0.2616]);
const varied = transforms.compose([
  transforms.randomCrop(32, { padding: 4 }),
  transforms.randomHorizontalFlip(),
  normalize,
]);

/** A convolution without bias, as the normalization behind it has one. */
function convolution(inChannels: number, outChannels: number, stride = 1): nn.Conv2d {
  const layer = new nn.Conv2d(inChannels, outChannels, 3, { stride, padding: 1, bias: false });
  nn.init.kaimingNormal(layer.weight, { mode: 'fanOut', nonlinearity: 'relu' });
  return layer;
}

class Block extends nn.Module {
  readonly conv1: nn.Conv2d;
  readonly bn1: nn.BatchNorm2d;
  readonly conv2: nn.Conv2d;
  readonly bn2: nn.BatchNorm2d;

  constructor(
    readonly inChannels: number,
    readonly outChannels: number,
    readonly stride: number,
  ) {
    super();
    this.conv1 = convolution(inChannels, outChannels, stride);
    this.bn1 = new nn.BatchNorm2d(outChannels);
    this.conv2 = convolution(outChannels, outChannels);
    this.bn2 = new nn.BatchNorm2d(outChannels);
  }

  /** What the block adds to: its input, or, where it halves the resolution, every other pixel with zeros for the new channels. */
  shortcut(x: Tensor): Tensor {
    if (this.stride === 1) return x;
    const [, , height, width] = x.shape;
    const halved = x.slice(2, 0, height, 2).slice(3, 0, width, 2) as Tensor;
    return pad(halved, [0, 0, 0, 0, 0, this.outChannels - this.inChannels]);
  }

  forward(x: Tensor): Tensor {
    const hidden: Tensor = relu(this.bn1.forward(this.conv1.forward(x)));
    const branch: Tensor = this.bn2.forward(this.conv2.forward(hidden));
    return relu(branch.add(this.shortcut(x)));
  }
}

// Three stages of three blocks, of two convolutions each; between stages half the resolution and twice the channels.
const channels = [16, 16, 16, 16, 32, 32, 32, 64, 64, 64];
const blocks = channels
  .slice(1)
  .map((count, i) => new Block(channels[i], count, count === channels[i] ? 1 : 2));
const model = new nn.Sequential(
  convolution(3, 16),
  new nn.BatchNorm2d(16),
  new nn.ReLU(),
  ...blocks,
  new nn.AdaptiveAvgPool2d(1),
  new nn.Flatten(),
  new nn.Linear(64, 10),
);

// Random weights do not bear large steps, so the first epoch takes half ones. Then the learning rate goes down to almost nothing along
// a cosine: large steps first, fine ones at the end.
const peak = 0.05;
const rate = (epoch: number): number =>
  epoch === 1 ? peak / 2 : (peak * (1 + Math.cos((Math.PI * (epoch - 2)) / (lesson.epochs - 1)))) / 2;
const history = await fit(model, new AugmentedDataset(train, varied), {
  optimizer: new optim.SGD(model.parameters(), { lr: peak, momentum: 0.9, weightDecay: 1e-4 }),
  loss: 'crossEntropy',
  metrics: ['accuracy'],
  epochs: lesson.epochs,
  batchSize: 64,
  validation: new AugmentedDataset(test, normalize),
  ...lesson.follow({ callbacks: [new LearningRateScheduler(rate)] }),
});

await lesson.picture('curves', learningCurves(history));
lesson.say({
  en: `Accuracy on what it learns from is hardly above that on the test: with shifts and mirrors there is little to learn by heart. Take
       them away (give fit the plain pictures, normalized) and see the two go apart.`,
  zh: `训练集上的准确率只比测试集略高：有了平移和翻转，几乎没有东西可背。去掉它们（只归一化，直接交给 fit），就会看到两者分开。`,
});

lesson.result({ en: 'test accuracy', zh: '测试准确率' }, 100 * history.get('valAccuracy').at(-1)!, {
  unit: '%',
});
lesson.result(
  { en: 'training', zh: '训练用时' },
  history.records.reduce((sum, { seconds }) => sum + seconds, 0),
  { unit: 's', digits: 1 },
);
await lesson.close();
