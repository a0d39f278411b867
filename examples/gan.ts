import {
  arange,
  binaryCrossEntropyWithLogits,
  compile,
  concat,
  DataLoader,
  evaluate,
  fit,
  full,
  LearningRateScheduler,
  nn,
  noGrad,
  ones,
  optim,
  rand,
  randn,
  stack,
  type Tensor,
  zeros,
} from 'nacre';
import { mnist } from 'nacre/datasets';
import { LeNet5, MLP } from 'nacre/models';
import { imageGrid, scatterChart } from 'nacre/plot';
import { firstImages } from './support/images.ts';
import { openLesson } from './support/lesson.ts';

const lesson = await openLesson('gan', { epochs: 4 });

lesson.say({
  en: `Two networks play against each other (Goodfellow et al., 2014). The generator makes examples of noise; the discriminator is
       shown real ones and made ones, and has to tell them apart. The generator never sees a real example. All it learns from is
       the discriminator's gradient: change this so, and I would have believed you. Where both are good, what the generator makes is
       distributed as the real data.

       First in the plane, where that can be seen: the real points lie on two rings. Grey is real, blue is made.`,
  zh: `两个网络相互对抗（Goodfellow 等，2014）。生成器由噪声造出样本；判别器看真样本和假样本，要分辨真假。生成器从不看真样本，只从判别器的
       梯度中学习：这里改成那样，我就会相信你。两者都好时，生成器造出的与真实数据同分布。

       先在平面上看得见的地方试：真实的点分布在两个圆环上。灰色是真的，蓝色是造的。`,
});

/** The loss of answers that should all have been `wanted`: 1 for real, 0 for made. */
const answers = (logits: Tensor, wanted: Tensor): Tensor => binaryCrossEntropyWithLogits(logits, wanted);

/** A network that takes part: what it is given, and of which kind that is, where there are kinds. */
type Player = nn.Module & { forward(x: Tensor, kind?: Tensor): Tensor };

/**
 * One round of the game, compiled as one program: the discriminator moves, then the generator, each against the other as it then is.
 * Real examples should be answered with 0.9, not 1: a discriminator that is sure of itself gives no gradient to learn from.
 * Where the real examples are of kinds, as many of each are made, and both players are told which.
 */
function gameOf(generator: Player, discriminator: Player, lr: number, latent: number) {
  const betas = [0.5, 0.999] as const; // less momentum than usual: the opponent moves too
  const players = {
    generator: new optim.Adam(generator.parameters(), { lr, betas }),
    discriminator: new optim.Adam(discriminator.parameters(), { lr, betas }),
  };
  const round = (real: Tensor, kind?: Tensor): { discriminator: Tensor; generator: Tensor } => {
    const judge = (x: Tensor): Tensor => discriminator.forward(x, kind).flatten() as Tensor;
    const count = real.shape[0];
    const made = generator.forward(randn([count, latent]), kind);
    const onReal = answers(judge(real), full([count], 0.9));
    const onMade = answers(judge(made.detach()), zeros([count]));
    const told = onReal.add(onMade) as Tensor;
    players.discriminator.zeroGrad();
    told.backward();
    players.discriminator.step();

    const fooled = answers(judge(made), ones([count]));
    players.generator.zeroGrad();
    fooled.backward();
    players.generator.step();
    return { discriminator: told.detach(), generator: fooled.detach() };
  };
  return { players, round };
}

// ---- two rings ----

/** Points around two rings of radius 1 and 2. */
function ringPoints(count: number): Tensor {
  const angle = rand([count]).mul(2 * Math.PI);
  const radius = rand([count]).lt(0.5).to('float32').add(1);
  const places = stack([angle.cos().mul(radius), angle.sin().mul(radius)], 1);
  return places.add(randn([count, 2]).mul(0.05)) as Tensor;
}

const ringMaker = new MLP([2, 128, 128, 2]);
const ringGame = gameOf(ringMaker, new MLP([2, 128, 128, 1]), 1e-3, 2);
const rounds = lesson.small ? 100 : 5000;
const ringRound = compile(() => ringGame.round(ringPoints(256)), { steady: true, runs: rounds });

/** Which of 32 parts a point lies in (each ring has 16), or undefined where it is further than three deviations from both. */
function partOf(x: number, y: number): number | undefined {
  const ring = [1, 2].findIndex((radius) => Math.abs(Math.hypot(x, y) - radius) < 0.15);
  const turn = (Math.atan2(y, x) / (2 * Math.PI) + 1) % 1;
  return ring < 0 ? undefined : 16 * ring + Math.floor(16 * turn);
}

let near = 0;
let parts = 0;
const ringTable: number[][] = [];
for (let done = 1; done <= rounds; done++) {
  const losses = ringRound();
  if (done % 20 === 0) {
    await losses.generator.item(); // so that Ctrl-C is heard
    lesson.signal.throwIfAborted();
  }
  if (done % (rounds / 5) !== 0) continue;
  const made = await noGrad(() => ringMaker.forward(randn([1000, 2]))).data();
  const xs = Array.from({ length: 1000 }, (_, i) => made[2 * i]);
  const ys = Array.from({ length: 1000 }, (_, i) => made[2 * i + 1]);
  const found = xs.map((x, i) => partOf(x, ys[i])).filter((part) => part !== undefined);
  near = found.length / 10;
  parts = new Set(found).size;
  ringTable.push([done, await losses.discriminator.item(), await losses.generator.item(), near, parts]);
  const real = await ringPoints(1000).data();
  await lesson.picture(
    `rings-${done}`,
    scatterChart(
      [
        {
          name: lesson.text({ en: 'real', zh: '真实' }),
          x: Array.from({ length: 1000 }, (_, i) => real[2 * i]),
          y: Array.from({ length: 1000 }, (_, i) => real[2 * i + 1]),
          colour: '#bbbbbb',
        },
        { name: lesson.text({ en: 'made', zh: '生成' }), x: xs, y: ys, colour: '#0072b2' },
      ],
      { xRange: [-2.5, 2.5], yRange: [-2.5, 2.5], size: 4 },
    ),
  );
}
lesson.table(
  [
    { en: 'rounds', zh: '回合' },
    { en: "discriminator's loss", zh: '判别器损失' },
    { en: "generator's loss", zh: '生成器损失' },
    { en: 'made near a ring, %', zh: '生成点在环附近（%）' },
    { en: 'parts reached of 32', zh: '到达的部分（共 32）' },
  ],
  ringTable,
);
lesson.say({
  en: `The discriminator's loss ends near 1.38: what it has when it can do no better than guess. Neither loss tells how good the points
       are; only looking does.`,
  zh: `判别器的损失最后接近 1.38，也就是只能瞎猜时的值。两个损失都说明不了点造得好不好，只有看了才知道。`,
});

// ---- digits ----

const digits = await mnist({ dir: lesson.dataDir('mnist') });
const train = lesson.small ? firstImages(digits.train, 320) : digits.train;
const test = lesson.small ? firstImages(digits.test, 200) : digits.test;

lesson.say({
  en: `Now digits. Whether a made digit is one is asked of a third network, which takes no part in the game: LeNet-5, trained to read
       digits. It is to be sure of what it reads.`,
  zh: `现在是数字。造出的数字像不像，要问不参加对抗的第三个网络：训练来识别数字的 LeNet-5。它必须有把握。`,
});
const reader = new LeNet5({ activation: 'relu' });
const readerEpochs = lesson.small ? 1 : 6;
const withChannel = <T extends object>(set: T) => ({ ...set, channels: 1 });
await fit(reader, withChannel(train), {
  optimizer: new optim.Adam(reader.parameters(), { lr: 1.5e-3 }),
  loss: 'crossEntropy',
  metrics: ['accuracy'],
  epochs: readerEpochs,
  batchSize: 64,
  ...lesson.follow({
    label: 'LeNet-5',
    callbacks: [
      new LearningRateScheduler((epoch) => 0.75e-3 * (1 + Math.cos((Math.PI * (epoch - 1)) / readerEpochs))),
    ],
  }),
});
const { accuracy } = await evaluate(reader, withChannel(test));
reader.eval();

lesson.say({
  en: `Digits are of ten kinds. A generator that has to make all of them of one noise also makes what lies between two kinds, which is no
       digit: after six epochs of that, the reader was sure of 77 %. So both players are told the digit (Mirza and Osindero, 2014): make
       a 3; is this a real 3? The generator gets a vector of the digit beside its noise. The discriminator has ten answers, one for each
       digit, and only that of the digit in question counts.`,
  zh: `数字有十种。若要从同一片噪声造出全部十种，生成器也会造出介于两种之间的东西，那不是数字：这样对抗六轮后，识别网络只对 77% 有把握。所以把
       数字告诉双方（Mirza 与 Osindero，2014）：造一个 3；这是真的 3 吗？生成器除噪声外还得到该数字的向量；判别器有十个答案，每个数字一个，
       只有所问数字的那个算数。`,
});

const latent = 64; // numbers that a digit is made of, beside which digit it is
const width = lesson.small ? 8 : 32;
const convolution = (from: number, to: number): nn.Conv2d => new nn.Conv2d(from, to, 3, { padding: 1 });
const leaky = (): nn.LeakyReLU => new nn.LeakyReLU({ negativeSlope: 0.2 });

/**
 * From noise and a digit to 7 × 7 places, to 14 × 14, to 28 × 28: each convolution makes four times the channels, which PixelShuffle
 * lays out as twice the height and width.
 */
class Generator extends nn.Module {
  readonly kinds = new nn.Embedding(10, 16);
  readonly layers = new nn.Sequential(
    new nn.Linear(latent + 16, 49 * 2 * width),
    new nn.Unflatten(1, [2 * width, 7, 7]),
    new nn.BatchNorm2d(2 * width),
    new nn.ReLU(),
    convolution(2 * width, 4 * width),
    new nn.PixelShuffle(2),
    new nn.BatchNorm2d(width),
    new nn.ReLU(),
    convolution(width, 2 * width),
    new nn.PixelShuffle(2),
    new nn.BatchNorm2d(width / 2),
    new nn.ReLU(),
    convolution(width / 2, 1),
    new nn.Tanh(),
  );

  override forward(noise: Tensor, kind: Tensor): Tensor {
    return this.layers.forward(concat([noise, this.kinds.forward(kind)], 1)) as Tensor;
  }
}

/** The same way back: what PixelUnshuffle takes from height and width becomes channels. */
class Discriminator extends nn.Module {
  readonly layers = new nn.Sequential(
    new nn.PixelUnshuffle(2),
    convolution(4, width),
    leaky(),
    new nn.PixelUnshuffle(2),
    convolution(4 * width, 2 * width),
    new nn.BatchNorm2d(2 * width),
    leaky(),
    new nn.Flatten(),
    new nn.Linear(49 * 2 * width, 10),
  );

  override forward(images: Tensor, kind: Tensor): Tensor {
    return this.layers.forward(images).gather(1, kind.unsqueeze(1)) as Tensor;
  }
}

const generator = new Generator();
const discriminator = new Discriminator();
// Small weights at first, as Radford, Metz and Chintala (2015) found to be needed for a game that stays even.
for (const layer of [...generator.layers, ...discriminator.layers]) {
  if (layer instanceof nn.Conv2d || layer instanceof nn.Linear) nn.init.normal(layer.weight, 0, 0.02);
}

const batchSize = 64;
const lr = 5e-4;
const { players, round } = gameOf(generator, discriminator, lr, latent);
const loader = new DataLoader(withChannel(train), { batchSize, shuffle: true, dropLast: true });
const digitRound = compile((real: Tensor, kind: Tensor) => round(real.mul(2).sub(1) as Tensor, kind), {
  steady: true,
  runs: lesson.epochs * loader.length,
});

const asked: Tensor = arange(0, 1000, 1, { dtype: 'int32' }).remainder(10);
/** 1,000 new digits, from 0 to 1, a hundred of each; of which the reader is sure, by what it reads; and how many it reads as asked. */
async function examine(): Promise<{ made: Tensor; sure: number; classes: number[]; asAsked: number }> {
  const made = noGrad(() =>
    generator
      .forward(randn([1000, latent]), asked)
      .add(1)
      .div(2),
  ) as Tensor;
  const probabilities = noGrad(() => reader.forward(made).softmax(1)) as Tensor;
  const confidence = await probabilities.amax(1).data();
  const read = await probabilities.argmax(1).data();
  const classes = new Array<number>(10).fill(0);
  let asAsked = 0;
  confidence.forEach((p: number, i: number) => {
    if (p > 0.9) classes[read[i]]++;
    if (read[i] === i % 10) asAsked++;
  });
  return { made, sure: classes.reduce((sum, count) => sum + count, 0), classes, asAsked };
}

const began = performance.now();
const digitTable: number[][] = [];
let examined = await examine();
for (let epoch = 1; epoch <= lesson.epochs; epoch++) {
  // The second half of the game is played with ever smaller moves, so that it comes to rest.
  const rate = lr * Math.min(1, 2 * (1 - (epoch - 1) / lesson.epochs));
  players.generator.lr = rate;
  players.discriminator.lr = rate;
  let losses: ReturnType<typeof digitRound> | undefined;
  for await (const [real, kind] of loader) {
    losses = digitRound(real, kind);
    lesson.signal.throwIfAborted();
  }
  examined = await examine();
  digitTable.push([
    epoch,
    await losses!.discriminator.item(),
    await losses!.generator.item(),
    examined.sure / 10,
    examined.asAsked / 10,
    (performance.now() - began) / 1000,
  ]);
  await lesson.picture(
    `digits-${epoch}`,
    imageGrid(examined.made.narrow(0, 0, 60) as Tensor, {
      columns: 10,
      range: [0, 1],
      imageSize: 56,
    }),
  );
}
lesson.table(
  [
    { en: 'epoch', zh: '轮次' },
    { en: "discriminator's loss", zh: '判别器损失' },
    { en: "generator's loss", zh: '生成器损失' },
    { en: 'read with confidence over 0.9, %', zh: '把握大于 0.9（%）' },
    { en: 'read as asked, %', zh: '与所要的相同（%）' },
    { en: 'seconds', zh: '秒' },
  ],
  digitTable,
);
lesson.say({
  en: `In the pictures each column is one digit, and each image has noise of its own. Where all of a column looked the same, the generator
       would have found one image that always passes and make nothing else: that is mode collapse, the illness of this game. A
       hundred of each digit were asked for:`,
  zh: `图中每列是同一个数字，每张图有自己的噪声。如果一列全都一样，就说明生成器找到了一张总能过关的图，只造这一张：这叫模式崩溃，是这种
       对抗的通病。每个数字各要了一百个：`,
});
lesson.table(
  [
    { en: 'digit', zh: '数字' },
    { en: 'sure, of 1,000', zh: '有把握的（共 1,000）' },
  ],
  examined.classes.map((count, digit) => [String(digit), count]),
);

lesson.result({ en: 'rings: points near a ring', zh: '圆环：在环附近的点' }, near, {
  unit: '%',
  atLeast: 90,
});
lesson.result({ en: 'rings: parts reached', zh: '圆环：到达的部分' }, parts, { atLeast: 32 });
lesson.result({ en: "reader's test accuracy", zh: '识别网络的测试准确率' }, 100 * accuracy, {
  unit: '%',
  atLeast: 98.5,
});
lesson.result({ en: 'digits read with confidence over 0.9', zh: '把握大于 0.9 的数字' }, examined.sure / 10, {
  unit: '%',
  atLeast: 80,
});
lesson.result({ en: 'digits read as asked', zh: '与所要的相同的数字' }, examined.asAsked / 10, { unit: '%' });
lesson.result(
  { en: 'classes among them', zh: '其中的类别' },
  examined.classes.filter((count) => count > 0).length,
  { atLeast: 10 },
);
await lesson.close();
