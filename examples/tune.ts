import { evaluate, fit, nn, optim, randomSplit } from 'nacre';
import { mnist } from 'nacre/datasets';
import { MLP } from 'nacre/models';
import { ASHAPruner, randomRestarts, tune } from 'nacre/tune';
import { firstImages } from './support/images.ts';
import { openLesson } from './support/lesson.ts';

const lesson = await openLesson('tune', { epochs: 9, smallEpochs: 2 });

lesson.say({
  en: `How many layers, with how many units, and how fast should they learn? No formula says so. Textbooks answer: try several, keep
       the best. The machine can do the trying, if it is told what may vary, and by what one number a trial is judged.`,
  zh: `网络要几层，每层多少个单元，学习率取多大？没有公式能回答。教科书说：多试几种，留下最好的。只要说清哪些可以变、用哪个数来评判，
       机器就能替我们试。`,
});

const digits = await mnist({ dir: lesson.dataDir('mnist') });
const count = lesson.small ? 700 : 12_000;
const [train, validation] = randomSplit(firstImages(digits.train, count), [5 / 6, 1 / 6], {
  seed: lesson.seed,
});
const test = lesson.small ? firstImages(digits.test, 300) : digits.test;
lesson.say({
  en: `${train.length} digits are there to learn from, and ${validation.length} others to judge the trials by. The test set is not touched:
       the best of many trials is good partly by luck, so its own figure flatters.`,
  zh: `用 ${train.length} 个数字学习，另外 ${validation.length} 个用来评判每次试验。测试集暂且不碰：从许多次里挑出的最好一次多少带些运气，
       它在挑选时的成绩偏乐观。`,
});

// What may vary. A list has as many elements as the search likes: one to three hidden layers, each of a width of its own.
const space = {
  hidden: tune.list(tune.int(16, 256, { log: true }), 1, 3),
  lr: tune.float(1e-4, 3e-2, { log: true }),
  dropout: tune.float(0, 0.5, { step: 0.1 }),
};

// One trial. After every epoch the callback reports the loss on the other digits; who is behind then is stopped early (ASHA).
const study = await tune(
  space,
  async ({ hidden, lr, dropout }, trial) => {
    const model = new nn.Sequential(new nn.Flatten(), new MLP([784, ...hidden, 10], { dropout }));
    const history = await fit(model, train, {
      optimizer: new optim.Adam(model.parameters(), { lr }),
      loss: 'crossEntropy',
      epochs: lesson.epochs,
      batchSize: 64,
      validation,
      callbacks: [trial.callback({ monitor: 'valLoss' })],
      signal: trial.signal,
      verbose: false,
    });
    return history.valLoss.at(-1)!;
  },
  {
    trials: lesson.small ? 4 : 40,
    sampler: 'tpe',
    pruner: new ASHAPruner({ maxResource: lesson.epochs }),
    signal: lesson.signal,
    verbose: false,
  },
);

const epochs = study.trials.reduce((sum, { reports }) => sum + reports.length, 0);
const all = study.trials.length * lesson.epochs;
lesson.say({
  en: `${study.trials.length} trials took ${epochs} epochs instead of ${all}: most were stopped when others had done better by the same
       epoch. The best of those that ran to the end:`,
  zh: `${study.trials.length} 次试验只用了 ${epochs} 轮，而不是 ${all} 轮：多数试验在同一轮落后于别人时就提前停止了。跑完的试验中最好的几次：`,
});
lesson.table(
  [
    { en: 'trial', zh: '试验' },
    { en: 'units of the layers', zh: '各层单元数' },
    { en: 'learning rate', zh: '学习率' },
    'dropout',
    { en: 'validation loss', zh: '验证损失' },
  ],
  study.ranking
    .slice(0, 5)
    .map(({ number, params, value }) => [
      number,
      params.hidden.join(', '),
      params.lr.toPrecision(2),
      params.dropout,
      value!.toFixed(4),
    ]),
);

await lesson.picture('history', study.picture('history', { language: lesson.language }));
await lesson.picture('slices', study.picture('slices', { language: lesson.language }));
await lesson.picture('parallel', study.picture('parallel', { language: lesson.language }));

// The winner learns once more from several seeds. A training ends in the valley it began above, and another start may lie
// above a deeper one.
const { hidden, lr, dropout } = study.best.params;
const { best, values } = await randomRestarts(
  async () => {
    const model = new nn.Sequential(new nn.Flatten(), new MLP([784, ...hidden, 10], { dropout }));
    const history = await fit(model, train, {
      optimizer: new optim.Adam(model.parameters(), { lr }),
      loss: 'crossEntropy',
      epochs: lesson.epochs,
      batchSize: 64,
      validation,
      signal: lesson.signal,
      verbose: false,
    });
    return { value: history.valLoss.at(-1)!, model };
  },
  lesson.small ? 2 : 3,
);
lesson.say({
  en: `From other seeds the same network comes to a validation loss of ${values.map((value) => value.toFixed(4)).join(', ')}. Differences
       between trials that are no larger than these say nothing.`,
  zh: `换几个随机种子，同样的网络得到的验证损失是 ${values.map((value) => value.toFixed(4)).join('、')}。试验之间若差别不比这更大，
       就说明不了什么。`,
});

const { accuracy } = await evaluate(best.model, test, { metrics: ['accuracy'] });
lesson.result({ en: 'test accuracy of the winner', zh: '胜者的测试准确率' }, 100 * accuracy, { unit: '%' });
lesson.result({ en: 'best validation loss of the search', zh: '搜索中最低的验证损失' }, study.best.value!);
lesson.result(
  { en: 'epochs trained, of those without stopping', zh: '训练轮数占不停止时的比例' },
  (100 * epochs) / all,
  {
    unit: '%',
  },
);
await lesson.close();
