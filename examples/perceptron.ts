import { fit, optim, predict, randn, type Tensor, tensor } from 'nacre';
import { MLP, Perceptron } from 'nacre/models';
import { decisionRegions } from 'nacre/plot';
import { openLesson } from './support/lesson.ts';

const lesson = await openLesson('perceptron', { epochs: 500, smallEpochs: 500 });

lesson.say({
  en: `A neuron adds up its inputs, each times a weight, and says yes if the sum is above a threshold. Frank Rosenblatt's rule of
       1958 teaches it: after each wrong answer the weights move a little towards the right one. We begin with points
       that a straight line can part.`,
  zh: `神经元把各个输入乘以权重再相加，和超过阈值就回答“是”。罗森布拉特 1958 年的规则能教会它：每答错一次，就把权重向正确的方向挪一点。
       先看一条直线就能分开的点。`,
});

// 200 points at random, each pushed away from a line, so that a gap lies between those that stand for 1 and those that stand for 0.
const [normal, offset] = [tensor([0.6, 0.8]), 0.5];
const scattered = randn([200, 2]);
const side = scattered.matmul(normal).sub(offset).sign();
const points = scattered.add(side.unsqueeze(1).mul(normal).mul(0.2));
const answers = side.gt(0).to('float32');

/** Rounds of the rule until no answer is wrong, or `most` of them; gives how many were wrong in each. */
async function learn(neuron: Perceptron, x: Tensor, y: Tensor, most: number): Promise<number[]> {
  const wrong: number[] = [];
  while (wrong.length < most && wrong.at(-1) !== 0) {
    lesson.signal.throwIfAborted();
    wrong.push(await neuron.learn(x, y, { lr: 0.1 }).item());
  }
  return wrong;
}

const percentRight = async (given: Tensor, wanted: Tensor): Promise<number> =>
  100 * (await given.eq(wanted).to('float32').mean().item());

const neuron = new Perceptron(2);
const wrong = await learn(neuron, points, answers, 1000);
lesson.table(
  [
    { en: 'round', zh: '轮次' },
    { en: 'wrong answers', zh: '答错' },
  ],
  wrong.map((count, round) => [round + 1, count]),
);
await lesson.picture('separable', decisionRegions(neuron, points, answers));
const separable = await percentRight(neuron.forward(points), answers);
lesson.result({ en: 'separable points, one neuron', zh: '可分的点，单个神经元' }, separable, {
  unit: '%',
  atLeast: 100,
});

lesson.say({
  en: `Albert Novikoff proved in 1962 that the rule always ends if some line parts the two classes. Exclusive or has no such line:
       the answer is 1 if exactly one of two inputs is. To say no to (0, 0), b ≤ 0 must hold; to say yes to (1, 0) and (0, 1),
       w₁ + b > 0 and w₂ + b > 0. Their sum says w₁ + w₂ + b > -b ≥ 0: the neuron then says yes to (1, 1) too, and that is wrong.

       So the rule goes on forever, and no other way of choosing weights helps: of ten thousand random lines none has more than
       three of the four answers right.`,
  zh: `诺维科夫 1962 年证明：只要存在一条能分开两类的直线，这条规则必定停下。异或没有这样的直线：两个输入恰有一个为 1 时答案才是 1。
       要对 (0, 0) 说“否”，须 b ≤ 0；要对 (1, 0) 和 (0, 1) 说“是”，须 w₁ + b > 0 且 w₂ + b > 0。两式相加得 w₁ + w₂ + b > -b ≥ 0：
       于是神经元对 (1, 1) 也说“是”，而这是错的。

       因此规则永远停不下来，换别的办法选权重也没有用：一万条随机直线中，没有一条能答对四个里的三个以上。`,
});

const corners = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]); // biome-ignore format: the four of them in a line
const xor = tensor([0, 1, 1, 0], { dtype: 'float32' });

const stubborn = new Perceptron(2);
const cycling = await learn(stubborn, corners, xor, 1000);
lesson.result(
  { en: 'exclusive or, one neuron: rounds without an end', zh: '异或，单个神经元：没有停下的轮数' },
  cycling.length,
);

const sides = corners
  .matmul(randn([2, 10_000]))
  .add(randn([10_000]))
  .gt(0);
const rights = sides.eq(xor.unsqueeze(1).gt(0)).to('float32').mean(0);
lesson.result(
  { en: 'exclusive or, the best of 10,000 lines', zh: '异或，一万条直线中最好的' },
  100 * (await rights.max().item()),
  { unit: '%', atMost: 75 },
);

lesson.say({
  en: `A second layer is the way out. Eight neurons bend the plane, each along a line of its own, and one neuron parts what they
       made of it. The threshold gives way to tanh, which has a slope everywhere, so that gradients can teach both layers.`,
  zh: `出路是加一层。八个神经元各沿一条直线把平面弯折，再由一个神经元分开弯折后的结果。阈值换成处处有斜率的 tanh，梯度就能教会两层。`,
});

const network = new MLP([2, 8, 1], { activation: 'tanh' });
const column = xor.unsqueeze(1);
const history = await fit(network, [corners, column], {
  optimizer: new optim.Adam(network.parameters(), { lr: 0.05 }),
  loss: 'binaryCrossEntropyWithLogits',
  epochs: lesson.epochs,
  signal: lesson.signal,
  verbose: false,
});
const said = await predict(network, corners);
lesson.table(
  [
    { en: 'input', zh: '输入' },
    { en: 'wanted', zh: '应答' },
    { en: 'probability of 1', zh: '为 1 的概率' },
  ],
  Array.from(await said.sigmoid().data(), (probability, i) => [
    ['(0, 0)', '(0, 1)', '(1, 0)', '(1, 1)'][i],
    [0, 1, 1, 0][i],
    probability,
  ]),
);
await lesson.picture('exclusive-or', decisionRegions(network, corners, xor));
lesson.result(
  { en: 'exclusive or, two layers', zh: '异或，两层' },
  await percentRight(said.gt(0), column.gt(0)),
  {
    unit: '%',
    atLeast: 100,
  },
);
lesson.result({ en: 'exclusive or, two layers: loss', zh: '异或，两层：损失' }, history.loss.at(-1)!);
await lesson.close();
