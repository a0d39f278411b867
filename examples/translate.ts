import {
  concat,
  crossEntropy,
  fit,
  LearningRateScheduler,
  nn,
  noGrad,
  optim,
  padSequences,
  randperm,
  type Tensor,
  Tokenizer,
} from 'nacre';
import { Seq2SeqTransformer } from 'nacre/models';
import { attentionMap } from 'nacre/plot';
import { calendar, chinese, type Day, english, iso } from './support/dates.ts';
import { openLesson } from './support/lesson.ts';
import { phrases } from './support/phrases.ts';

const lesson = await openLesson('translate', { epochs: 6 });
const { small, epochs } = lesson;

lesson.say({
  en: `The Transformer was made to turn one sequence into another. Its encoder reads the source as a whole; its decoder writes the target
       token by token, and for each looks at those places of the source that matter: attention. We teach it dates and then phrases,
       in all directions at once: the first letter of a source says what it is to become.`,
  zh: `Transformer 原本就是为了把一个序列变成另一个而设计的。编码器通读原文；解码器逐个写出译文，每写一个都去看原文中要紧的地方：这就是注意力。
       这里先教它日期，再教它短语，各个方向一起学：原文的第一个字母说明要译成什么。`,
});

/** A source, which begins with the letter of what it is to become, and its target. */
type Task = readonly [source: string, target: string];

/** A Transformer with the tokens it reads and writes. */
class Translator extends nn.Module {
  readonly tokenizer: Tokenizer;
  readonly model: Seq2SeqTransformer;
  readonly #sourceLength: number;
  readonly #targetLength: number;

  constructor(tasks: readonly Task[], unit: 'character' | 'word') {
    super();
    const specials = { begin: '<s>', end: '</s>' };
    this.tokenizer = new Tokenizer({ unit, punctuation: true }).fit(tasks.flat(), { specials });
    const longest = (side: 0 | 1): number =>
      tasks.reduce((most, task) => Math.max(most, this.tokenizer.encode(task[side]).length), 0);
    [this.#sourceLength, this.#targetLength] = [longest(0), longest(1)];
    const { size, vocabulary } = this.tokenizer;
    this.model = new Seq2SeqTransformer(size, size, {
      ...{ dModel: 64, numHeads: 4, numEncoderLayers: 2, numDecoderLayers: 2, dimFeedforward: 128 },
      dropout: 0,
      paddingIdx: vocabulary.special('pad'),
      bosIdx: vocabulary.special('begin'),
      eosIdx: vocabulary.special('end'),
    });
  }

  sources(texts: readonly string[]): Tensor {
    return this.tokenizer.encodeBatch(texts, { length: this.#sourceLength });
  }

  targets(texts: readonly string[]): Tensor {
    return this.tokenizer.encodeBatch(texts, { length: this.#targetLength });
  }

  /** Source and target in a row, as `fit` gives them, to the logits of what follows each token of the target. */
  override forward(both: Tensor): Tensor {
    const [source, target] = both.split([this.#sourceLength, this.#targetLength - 1], 1);
    return this.model.forward(source, target);
  }

  /** Examples to train with: the decoder reads a target without its end, and is to say it without its beginning. */
  examples(tasks: readonly Task[]): [inputs: Tensor, targets: Tensor] {
    const target = this.targets(tasks.map(([, text]) => text));
    const inputs = concat([this.sources(tasks.map(([text]) => text)), target.slice(1, 0, -1)], 1);
    return [inputs, target.slice(1, 1)];
  }

  async translate(texts: readonly string[]): Promise<string[]> {
    const written = await this.model.translate(this.sources(texts), { maxLength: this.#targetLength });
    return written.map((ids) => this.tokenizer.decode(ids));
  }

  /** How much each token of a target looked at each token of the source: the mean of the heads of the last layer, by target and source. */
  async attention(source: string, target: string): Promise<number[][]> {
    const { model, tokenizer } = this;
    const read = (text: string): Tensor => padSequences([tokenizer.encode(text)]);
    const weights = noGrad(() => {
      const [memory] = model.encode(read(source));
      let x: Tensor = model.tgtEmbedding.forward(read(target).slice(1, 0, -1));
      x = model.positions.forward(x.mul(Math.sqrt(model.config.dModel)));
      let looked: Tensor = x;
      for (const layer of model.transformer.decoder.layers) {
        const [self] = layer.selfAttn.forward(x, x, x, { isCausal: true });
        looked = layer.multiheadAttn.forward(layer.norm1.forward(x.add(self)), memory)[1];
        x = layer.forward(x, memory, { tgtIsCausal: true });
      }
      return looked.squeeze(0);
    });
    return (await weights.tolist()) as number[][];
  }
}

/** Trains a translator until it knows the tasks; the rate rises in the first epoch and falls in those after it. */
async function learn(tasks: readonly Task[], unit: 'character' | 'word', label: string): Promise<Translator> {
  const translator = new Translator(tasks, unit);
  const { size, vocabulary } = translator.tokenizer;
  const ignoreIndex = vocabulary.special('pad');
  const optimizer = new optim.Adam(translator.parameters(), { betas: [0.9, 0.98] });
  const rate = (epoch: number): number => 2e-3 * (epoch === 1 ? 0.4 : 1 - (epoch - 1) / epochs);
  await fit(translator, translator.examples(tasks), {
    optimizer,
    loss: (logits, said) => crossEntropy(logits.reshape([-1, size]), said.reshape([-1]), { ignoreIndex }),
    epochs,
    batchSize: 64,
    ...lesson.follow({ label, callbacks: [new LearningRateScheduler(rate)] }),
  });
  return translator;
}

/** How many of the tasks are translated exactly as they should be, in percent. */
async function exactMatch(translator: Translator, tasks: readonly Task[]): Promise<number> {
  let right = 0;
  for (let begin = 0; begin < tasks.length; begin += 100) {
    const batch = tasks.slice(begin, begin + 100);
    const written = await translator.translate(batch.map(([source]) => source));
    right += written.filter((text, i) => text === batch[i][1]).length;
  }
  return (100 * right) / tasks.length;
}

async function shuffled<T>(items: readonly T[]): Promise<T[]> {
  const order = (await randperm(items.length).tolist()) as number[];
  return order.map((index) => items[index]);
}

/** Shows what the model looked at while it wrote: for each token of the target the one of the source that it looked at most. */
async function showAttention(name: string, translator: Translator, [source, target]: Task): Promise<void> {
  const { tokenizer } = translator;
  const tokens = (text: string): string[] =>
    tokenizer.vocabulary.decode(tokenizer.encode(text)).map((token) => (token === ' ' ? '␣' : token));
  const [read, written] = [tokens(source), tokens(target).slice(1)];
  const weights = await translator.attention(source, target);
  await lesson.picture(name, attentionMap(weights, written, read, { language: lesson.language }));
  lesson.table(
    [
      { en: 'wrote', zh: '写出' },
      { en: 'looking at', zh: '看着' },
      { en: 'attention', zh: '注意力' },
    ],
    weights.map((row, i) => [written[i], read[row.indexOf(Math.max(...row))], Math.max(...row)]),
  );
}

// ---- dates ----

const days = await shuffled(calendar(1950, 2049));
const unseen = days.slice(0, small ? 10 : 300);
const known = days.slice(unseen.length, small ? 500 : days.length);

/** Each way to write a day, and the way it is to be written instead: d is for digits, e for English, z for Chinese. */
const exercises: readonly ((day: Day) => Task)[] = [
  ...english.map(
    (write) =>
      (day: Day): Task => [`d ${write(day)}`, iso(day)],
  ),
  ...chinese.map(
    (write) =>
      (day: Day): Task => [`d ${write(day)}`, iso(day)],
  ),
  (day) => [`e ${iso(day)}`, english[0](day)],
  (day) => [`z ${iso(day)}`, chinese[0](day)],
];

lesson.say({
  en: `A day is written in ${exercises.length} ways. ${known.length} days of a century are for training, each written in one of them, character
       by character; ${unseen.length} days appear in none. Two digits of a year mean 1950 to 2049.`,
  zh: `同一天有 ${exercises.length} 种写法。一百年里的 ${known.length} 天用于训练，每天只用其中一种写法，逐字符读写；另有 ${unseen.length} 天从不出现。
       两位数的年份指 1950 至 2049 年。`,
});

const dates = await learn(
  known.map((day, i) => exercises[i % exercises.length](day)),
  'character',
  lesson.text({ en: 'dates', zh: '日期' }),
);
const rows: [source: string, target: string, match: number][] = [];
for (const exercise of exercises) {
  const tasks = unseen.map(exercise);
  rows.push([...tasks[0], await exactMatch(dates, tasks)]);
}
lesson.table(
  [
    { en: 'from', zh: '原文' },
    { en: 'to', zh: '译文' },
    { en: 'exact match, %', zh: '完全一致 %' },
  ],
  rows,
);
const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;
const toDigits = mean(rows.slice(0, -2).map(([, , match]) => match));
const toWords = mean(rows.slice(-2).map(([, , match]) => match));

lesson.say({
  en: `Where it looked, in the last layer. Many a digit comes from the character that says it, and a month's from a letter that tells it
       from other months, however far away that stands. Not every row is as clear: the encoder has carried much from place to place
       before.`,
  zh: `最后一层在看哪里。不少数字来自说出它的那个字符，月份则来自能把它与别的月份区分开的字母，不论相隔多远。并非每一行都这样清楚：
       编码器事先已把许多信息在各处之间传递过了。`,
});
await showAttention('dates', dates, exercises[0](unseen[0]));

// ---- phrases ----

const pairs = await shuffled(phrases());
const tasksOf = (part: typeof pairs): Task[] =>
  part.flatMap(([en, zh]): Task[] => [
    [`z ${en}`, zh],
    [`e ${zh}`, en],
  ]);
const trained = small ? 200 : 6000;
const held = tasksOf(pairs.slice(trained, trained + (small ? 20 : 500)));

lesson.say({
  en: `Now sentences, word by word: ${trained} of the ${pairs.length} that a small grammar of this example makes, in both directions. Chinese puts the
       time before the verb, has a counting word for each kind of thing, and makes a question by a particle at the end. The test is of
       sentences not seen, of words that all were: it shows that the model has found the rules, and no knowledge of either language.`,
  zh: `再来学句子，逐词读写：用本例的小语法能造出 ${pairs.length} 句，取 ${trained} 句，两个方向都学。汉语把时间放在动词之前，每类东西有自己的量词，
       疑问句在句末加“吗”。测试用的句子没有见过，但其中的词都见过：它说明模型找到了规则，并不说明它懂得任何一种语言。`,
});

const speaker = await learn(
  tasksOf(pairs.slice(0, trained)),
  'word',
  lesson.text({ en: 'phrases', zh: '短语' }),
);
const samples = held.slice(0, 6);
const said = await speaker.translate(samples.map(([source]) => source));
lesson.table(
  [
    { en: 'source', zh: '原文' },
    { en: 'translation', zh: '译文' },
  ],
  samples.map(([source], i) => [source.slice(2), said[i]]),
);
const example = pairs[trained];
await showAttention('phrases', speaker, [`z ${example[0]}`, example[1]]);

lesson.result({ en: 'unseen dates, words to digits', zh: '未见过的日期，文字到数字' }, toDigits, {
  unit: '%',
  atLeast: 98,
});
lesson.result({ en: 'unseen dates, digits to words', zh: '未见过的日期，数字到文字' }, toWords, {
  unit: '%',
  atLeast: 98,
});
const ofDirection = (letter: string): Task[] => held.filter(([source]) => source.startsWith(letter));
lesson.result(
  { en: 'unseen phrases, English to Chinese', zh: '未见过的短语，英译汉' },
  await exactMatch(speaker, ofDirection('z')),
  { unit: '%' },
);
lesson.result(
  { en: 'unseen phrases, Chinese to English', zh: '未见过的短语，汉译英' },
  await exactMatch(speaker, ofDirection('e')),
  { unit: '%' },
);
await lesson.close();
