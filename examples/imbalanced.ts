import {
  type ClassWeight,
  DataLoader,
  evaluate,
  F1,
  fit,
  type LabelledImages,
  manualSeed,
  nn,
  optim,
  Precision,
  type PrecisionRecallCurve,
  precisionRecallCurve,
  predict,
  Recall,
  type Sampler,
  softmax,
  WeightedRandomSampler,
} from 'nacre';
import { mnist } from 'nacre/datasets';
import { MLP } from 'nacre/models';
import { precisionRecallChart } from 'nacre/plot';
import { type Bilingual, openLesson } from './support/lesson.ts';

const lesson = await openLesson('imbalanced', { epochs: 10, smallEpochs: 2 });

lesson.say({
  en: `Frauds, faults, illnesses: what one looks for is rare. Here one digit in fifty-one is an 8, and a network is to find the eights. A
       network that always says “no eight” is right 98 times in 100, and useless. What counts is recall, the part of the eights that
       are found, and precision, the part of what was called an eight that is one.`,
  zh: `欺诈、故障、疾病：要找的东西往往稀少。这里每五十一个数字里才有一个 8，网络要把 8 找出来。永远回答“不是 8”的网络，一百次里能对九十八次，
       却毫无用处。要看的是召回率，即 8 中被找到的部分；还有精确率，即被称作 8 的数字中真是 8 的部分。`,
});

const wanted = 8;
const others = 50;

/** So many eights, or all there are, and fifty times as many other digits; the labels are 1 for an eight and 0 for the rest. */
function rare(set: LabelledImages, eights: number): LabelledImages {
  const indices = [...set.labels.keys()];
  const found = indices.filter((i) => set.labels[i] === wanted).slice(0, eights);
  const rest = indices.filter((i) => set.labels[i] !== wanted).slice(0, others * found.length);
  const chosen = [...found.slice(0, Math.floor(rest.length / others)), ...rest];
  const pixels = set.height * set.width;
  const images = new Uint8Array(chosen.length * pixels);
  chosen.forEach((index, i) => {
    images.set(set.images.subarray(index * pixels, (index + 1) * pixels), i * pixels);
  });
  const labels = Int32Array.from(chosen, (index) => Number(set.labels[index] === wanted));
  return { ...set, images, labels, count: chosen.length, classes: ['other', 'eight'] };
}

const digits = await mnist({ dir: lesson.dataDir('mnist') });
const train = rare(digits.train, lesson.small ? 10 : 200);
const test = rare(digits.test, lesson.small ? 4 : 180);
const eights = (set: LabelledImages): number => Array.from(set.labels).filter((label) => label === 1).length;
lesson.say({
  en: `To learn from: ${eights(train)} eights among ${train.count} digits. For the test: ${eights(test)} among ${test.count}.`,
  zh: `用于学习：${train.count} 个数字中有 ${eights(train)} 个 8。用于测试：${test.count} 个中有 ${eights(test)} 个。`,
});

interface Method {
  readonly name: Bilingual;
  /** Chooses what is learned from. Default: everything once an epoch. */
  readonly sampler?: Sampler;
  readonly classWeight?: ClassWeight;
}

const batchSize = 64;
const methods: readonly Method[] = [
  { name: { en: 'nothing', zh: '无' } },
  // A missed eight costs fifty times as much: the loss of each class has the same weight in sum.
  { name: { en: 'class weights', zh: '类别权重' }, classWeight: 'balanced' },
  // Eights are drawn fifty times as often: half of each batch, the same ones again and again.
  {
    name: { en: 'weighted sampling', zh: '加权采样' },
    sampler: WeightedRandomSampler.balanced(train.labels),
  },
];

const rows: (readonly [string, number, number, number, number])[] = [];
const curves: Record<string, PrecisionRecallCurve> = {};
for (const { name, sampler, classWeight } of methods) {
  manualSeed(lesson.seed); // the same first weights for all
  const model = new nn.Sequential(new nn.Flatten(), new MLP([784, 32, 2]));
  const metrics = ['accuracy', new Recall(), new Precision(), new F1()] as const;
  await fit(model, sampler ? new DataLoader(train, { batchSize, sampler }) : train, {
    optimizer: new optim.Adam(model.parameters(), { lr: 1e-3 }),
    loss: 'crossEntropy',
    metrics: ['accuracy', new Recall()],
    epochs: lesson.epochs,
    batchSize: sampler ? undefined : batchSize, // a loader has its own
    classWeight,
    ...lesson.follow({ label: name }),
  });
  const measured = await evaluate(model, test, { metrics });
  const { accuracy, recall, precision, f1 } = measured;
  rows.push([lesson.text(name), accuracy, recall, precision, f1]);
  const scores = softmax(await predict(model, test), 1).select(1, 1);
  curves[lesson.text(name)] = precisionRecallCurve(await scores.data(), test.labels);
  lesson.result({ en: `recall: ${name.en}`, zh: `召回率：${name.zh}` }, 100 * recall, { unit: '%' });
  lesson.result({ en: `precision: ${name.en}`, zh: `精确率：${name.zh}` }, 100 * precision, { unit: '%' });
}

lesson.table(
  [
    '',
    { en: 'accuracy', zh: '准确率' },
    { en: 'recall', zh: '召回率' },
    { en: 'precision', zh: '精确率' },
    'F1',
  ],
  rows,
);
lesson.say({
  en: `By accuracy, the network that misses most eights looks as good as any. With weights, or with sampling, more eights are found, and more
       of what is called an eight is none:
       where the network says yes has moved. The curves show all places where it could: each point is another threshold for the
       probability of an eight. Where two curves agree, a threshold would have done as well.`,
  zh: `只看准确率，漏掉大多数 8 的网络并不比别的差。用了权重或采样，找到的 8 更多，误报也更多：网络说“是”的界限移动了。曲线画出了所有可能的界限：每一点对应
       “是 8”的概率的一个阈值。两条曲线重合之处，只改阈值也能办到。`,
});
await lesson.picture('precision-recall', precisionRecallChart(curves));
await lesson.close();
