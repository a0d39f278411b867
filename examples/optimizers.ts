import { compile, fit, type History, manualSeed, nn, optim, Parameter, type Tensor, tensor } from 'nacre';
import { mnist } from 'nacre/datasets';
import { MLP } from 'nacre/models';
import { contourPaths, lineChart } from 'nacre/plot';
import { firstImages } from './support/images.ts';
import { type Bilingual, openLesson } from './support/lesson.ts';

const lesson = await openLesson('optimizers', { epochs: 5, smallEpochs: 2 });

lesson.say({
  en: `The gradient says which way is down here; an optimizer decides how far to go. Howard Rosenbrock's function of 1960,
       (1 - x)² + 100·(y - x²)², is a classic test: a long bent valley whose sides are steep and whose floor falls by next to nothing
       towards the minimum at (1, 1). All begin at (-1.2, 1).`,
  zh: `梯度只说明此处哪个方向向下，走多远由优化器决定。罗森布罗克 1960 年的函数 (1 - x)² + 100·(y - x²)² 是经典的考题：一条弯曲的长谷，
       两壁陡峭，谷底却几乎不降，最小值在 (1, 1)。所有优化器都从 (-1.2, 1) 出发。`,
});

/** What all of `optim` can do, as far as it is used here. */
type Maker = (parameters: Iterable<Parameter>) => optim.Optimizer;

interface Walker {
  readonly name: Bilingual;
  /** For the valley. */
  readonly walk: Maker;
  /** For the digits. */
  readonly train: Maker;
}

const walkers: readonly Walker[] = [
  {
    // A step is the gradient times the learning rate. More than this leaps out of the valley.
    name: { en: 'SGD', zh: 'SGD' },
    walk: (parameters) => new optim.SGD(parameters, { lr: 1e-3 }),
    train: (parameters) => new optim.SGD(parameters, { lr: 0.1 }),
  },
  {
    // Steps add up like those of a ball that rolls: across the valley they cancel, along it they grow.
    name: { en: 'momentum', zh: '动量' },
    walk: (parameters) => new optim.SGD(parameters, { lr: 1e-3, momentum: 0.9 }),
    train: (parameters) => new optim.SGD(parameters, { lr: 0.05, momentum: 0.9 }),
  },
  {
    // Each coordinate has a step of its own, the smaller the larger its gradients were until now; it only ever shrinks.
    name: { en: 'Adagrad', zh: 'Adagrad' },
    walk: (parameters) => new optim.Adagrad(parameters, { lr: 0.5 }),
    train: (parameters) => new optim.Adagrad(parameters, { lr: 0.02 }),
  },
  {
    // The same with a memory that fades, so that steps do not shrink for ever.
    name: { en: 'RMSprop', zh: 'RMSprop' },
    walk: (parameters) => new optim.RMSprop(parameters, { lr: 0.01 }),
    train: (parameters) => new optim.RMSprop(parameters, { lr: 1e-3 }),
  },
  {
    // Momentum and RMSprop together.
    name: { en: 'Adam', zh: 'Adam' },
    walk: (parameters) => new optim.Adam(parameters, { lr: 0.02 }),
    train: (parameters) => new optim.Adam(parameters, { lr: 1e-3 }),
  },
];

const rosenbrock = (x: Tensor, y: Tensor): Tensor =>
  x.neg().add(1).square().add(y.sub(x.square()).square().mul(100));

interface Path {
  readonly x: number[];
  readonly y: number[];
  /** Height of the last point. */
  readonly end: number;
}

async function walk({ walk: make }: Walker, steps: number): Promise<Path> {
  const place = new Parameter(tensor([-1.2, 1]));
  const optimizer = make([place]);
  const height = (): Tensor => rosenbrock(place.select(0, 0), place.select(0, 1));
  // Traced once, then a step is one call of a program.
  const step = compile(() => {
    optimizer.zeroGrad();
    height().backward();
    optimizer.step();
    return place.value;
  });
  const path = { x: [-1.2], y: [1] };
  for (let i = 0; i < steps; i++) {
    if (i % 100 === 0) lesson.signal.throwIfAborted();
    const [x, y] = await step().data();
    path.x.push(x);
    path.y.push(y);
  }
  return { ...path, end: await height().item() };
}

const steps = lesson.small ? 200 : 2000;
const paths: Path[] = [];
for (const walker of walkers) paths.push(await walk(walker, steps));
lesson.say({ en: `After ${steps} steps:`, zh: `走了 ${steps} 步之后：` });
lesson.table(
  ['', 'x', 'y', { en: 'height', zh: '高度' }],
  walkers.map(({ name }, i) => [name, paths[i].x.at(-1)!, paths[i].y.at(-1)!, paths[i].end]),
);

await lesson.picture(
  'paths',
  contourPaths(
    (x, y) => (1 - x) ** 2 + 100 * (y - x * x) ** 2,
    Object.fromEntries(walkers.map(({ name }, i) => [lesson.text(name), paths[i]])),
    {
      title: lesson.text({ en: "Rosenbrock's valley", zh: '罗森布罗克的山谷' }),
      minimum: [1, 1],
      xRange: [-1.6, 1.6],
      yRange: [-0.6, 2.2],
    },
  ),
);

lesson.say({
  en: `SGD soon stands on the floor of the valley and then creeps; momentum runs along it. The others look at each coordinate by
       itself, which is no help where the valley runs askew. Real networks have other valleys: here is the loss of a small network on
       10,000 digits of MNIST, from the same first weights.`,
  zh: `SGD 很快到达谷底，然后缓缓爬行；动量法则沿谷底奔跑。其余几种分别看待每个坐标，在山谷斜着走的地方帮助不大。真实网络的山谷是另一种样子：
       下面是小型网络在 MNIST 的 10,000 个数字上的损失，初始权重相同。`,
});

const digits = await mnist({ dir: lesson.dataDir('mnist') });
const train = firstImages(digits.train, lesson.small ? 500 : 10_000);
const test = firstImages(digits.test, lesson.small ? 200 : 10_000);
const histories: History[] = [];
for (const { name, train: make } of walkers) {
  manualSeed(lesson.seed);
  const model = new nn.Sequential(new nn.Flatten(), new MLP([784, 128, 10]));
  histories.push(
    await fit(model, train, {
      optimizer: make(model.parameters()),
      loss: 'crossEntropy',
      metrics: ['accuracy'],
      epochs: lesson.epochs,
      batchSize: 64,
      validation: test,
      ...lesson.follow({ label: name }),
    }),
  );
}
await lesson.picture(
  'losses',
  lineChart(
    histories.map((history, i) => ({
      name: lesson.text(walkers[i].name),
      y: history.loss,
    })),
    {
      xNames: histories[0].get('epoch').map(String),
      xLabel: lesson.text({ en: 'epoch', zh: '轮次' }),
      yLabel: lesson.text({ en: 'training loss', zh: '训练损失' }),
    },
  ),
);
walkers.forEach(({ name }, i) => {
  lesson.result({ en: `Rosenbrock: ${name.en}`, zh: `罗森布罗克：${name.zh}` }, paths[i].end);
  lesson.result(
    { en: `MNIST training loss: ${name.en}`, zh: `MNIST 训练损失：${name.zh}` },
    histories[i].loss.at(-1)!,
  );
  lesson.result(
    { en: `MNIST test accuracy: ${name.en}`, zh: `MNIST 测试准确率：${name.zh}` },
    100 * histories[i].valAccuracy.at(-1)!,
    { unit: '%' },
  );
});
await lesson.close();
