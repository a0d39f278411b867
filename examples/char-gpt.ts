import {
  crossEntropy,
  DataLoader,
  type Dataset,
  fit,
  optim,
  RandomSampler,
  type Tensor,
  Tokenizer,
  tensor,
} from 'nacre';
import { tinyShakespeare } from 'nacre/datasets';
import { GPT2 } from 'nacre/models';
import { learningCurves } from 'nacre/plot';
import { openLesson } from './support/lesson.ts';

const lesson = await openLesson('char-gpt', { epochs: 12 });
const { small, epochs } = lesson;

lesson.say({
  en: `A language model answers one question: what comes next? Given 128 characters of Shakespeare, this one says after each of them how
       probable every character is to follow. To write, it draws one, adds it, and asks itself again. Nobody tells it of words, verse
       or speakers: all that lies in what follows what.`,
  zh: `语言模型只回答一个问题：下一个是什么？给出莎士比亚的 128 个字符，这个模型在每个字符之后都说出各字符接着出现的概率。写作时，
       它抽取一个字符，接在后面，再问自己一遍。没有人告诉它什么是单词、诗行或角色：这一切都藏在“什么后面跟着什么”之中。`,
});

const text = await tinyShakespeare({ dir: lesson.dataDir('text') });
const tokenizer = new Tokenizer({ unit: 'character' }).fit([text], {
  specials: { pad: null, unknown: null },
});
const ids = Int32Array.from(tokenizer.encode(text));

// The last tenth is never trained with: what a model has seen, it could know by heart.
const cut = Math.floor(0.9 * ids.length);
const context = small ? 32 : 128;

/** Pieces of a text, one every `stride` characters: what is read, and the same one character on, which is to be said. */
const pieces = (part: Int32Array, stride: number): Dataset => ({
  length: Math.floor((part.length - 1 - context) / stride) + 1,
  get(index) {
    const begin = index * stride;
    return [part.subarray(begin, begin + context), part.subarray(begin + 1, begin + 1 + context)];
  },
});
const train = pieces(ids.subarray(0, cut), 1);
const validation = pieces(ids.subarray(cut, small ? cut + 5_000 : ids.length), context);

// Two forecasts that need no network, to compare with: each character as often as it is, or as often as it follows the last one.
const size = tokenizer.size;
const single = new Float64Array(size).fill(1);
const pairs = new Float64Array(size * size).fill(1);
for (let i = 1; i < cut; i++) {
  single[ids[i]]++;
  pairs[ids[i - 1] * size + ids[i]]++;
}
const sum = (numbers: Float64Array): number => numbers.reduce((total, number) => total + number, 0);
const rowSums = Array.from({ length: size }, (_, row) => sum(pairs.subarray(row * size, (row + 1) * size)));
const total = sum(single);
let [bySingle, byPair] = [0, 0];
for (let i = cut + 1; i < ids.length; i++) {
  bySingle -= Math.log(single[ids[i]] / total);
  byPair -= Math.log(pairs[ids[i - 1] * size + ids[i]] / rowSums[ids[i - 1]]);
}
const held = ids.length - cut - 1;

const batchSize = 16;
const stepsPerEpoch = small ? 20 : 200;
const steps = epochs * stepsPerEpoch;
const shape = small
  ? { embedDim: 32, numLayers: 2, numHeads: 2 }
  : { embedDim: 128, numLayers: 4, numHeads: 4 };
const model = new GPT2({ vocabSize: size, numPositions: context, dropout: 0, ...shape });
const weights = model.parameters().reduce((count, parameter) => count + parameter.size, 0);

lesson.say({
  en: `The loss is the surprise of each character in nats: minus the logarithm of the probability that it was given. A GPT of
       ${weights} weights is to bring it below what tables of frequencies reach. Transformers ask
       for more care than other networks: gradients that are too long are cut, weights shrink a little with each step, and the rate of
       learning changes with each: for a twentieth of the ${steps} steps it rises, since Adam knows little at first, then it falls along half a
       cosine.`,
  zh: `损失是每个字符带来的“意外”，以奈特计：模型给它的概率取对数再变号。一个有 ${weights} 个权重的 GPT 应当比频率表少些意外。Transformer 比其他网络更需要
       小心：过长的梯度截短；每一步权重略微缩小；学习率逐步变化：共 ${steps} 步，前二十分之一上升，因为 Adam 起初所知甚少，然后沿半个余弦下降。`,
});

const optimizer = new optim.AdamW(model.parameters(), { betas: [0.9, 0.99], weightDecay: 0.1 });
const scheduler = new optim.OneCycleLR(optimizer, {
  ...{ maxLr: 2e-3, totalSteps: steps + 1, pctStart: 0.05, cycleMomentum: false },
});

const surprise = (logits: Tensor, next: Tensor): Tensor =>
  crossEntropy(logits.reshape([-1, size]), next.reshape([-1]));

// Pieces are drawn at random, as many as make the steps of an epoch: there are far more of them than are needed.
const sampler = new RandomSampler(train, { replacement: true, count: batchSize * stepsPerEpoch });
const began = performance.now();
const { records } = await fit(model, new DataLoader(train, { batchSize, sampler }), {
  optimizer,
  loss: surprise,
  lrScheduler: { scheduler, interval: 'step' },
  clipGradNorm: 1,
  epochs,
  validation: new DataLoader(validation, { batchSize: 32 }),
  ...lesson.follow(),
});
const seconds = (performance.now() - began) / 1000;

await lesson.picture('loss', learningCurves(records, { language: lesson.language }));

const loss = records.at(-1)!.valLoss!;
lesson.table(
  [
    { en: 'what foretells the next character', zh: '用什么预测下一个字符' },
    { en: 'nats a character', zh: '每字符奈特数' },
  ],
  [
    [{ en: 'nothing: all are alike', zh: '什么都不用：各字符等可能' }, Math.log(size)],
    [{ en: 'how frequent each is', zh: '各字符的频率' }, bySingle / held],
    [{ en: 'the character before', zh: '前一个字符' }, byPair / held],
    [{ en: `the ${context} characters before, by GPT`, zh: `前 ${context} 个字符，由 GPT` }, loss],
  ],
);

/** A text that goes on from `prompt`. The model sees `context` characters: of a longer text, the last ones. */
async function write(prompt: string, length: number): Promise<string> {
  let written = prompt;
  while (written.length < length) {
    const past = tokenizer.encode(written.slice(-context / 2));
    const [all] = await model.generate(tensor([past], { dtype: 'int32' }), {
      maxNewTokens: context - past.length,
      temperature: 0.8,
      topK: 20,
    });
    written += tokenizer.decode(all.slice(past.length));
  }
  return written.slice(0, length);
}

lesson.say({
  en: `It writes now, from a speaker's name on. Words are mostly English, lines begin with capitals, speakers take turns. Meaning it has
       none: it never saw more than ${context} characters at a time.`,
  zh: `现在让它从一个角色名开始写。单词大多是英语，诗行以大写字母开头，角色轮流说话。意义是没有的：它一次最多只见过 ${context} 个字符。`,
});
for (const prompt of ['ROMEO:\n', 'JULIET:\n']) lesson.verbatim(await write(prompt, small ? 60 : 400));

lesson.result({ en: 'validation loss', zh: '验证损失' }, loss, { unit: 'nats', digits: 3, atMost: 1.8 });
lesson.result({ en: 'training time', zh: '训练时间' }, seconds, { unit: 's', digits: 0, atMost: 300 });
await lesson.close();
