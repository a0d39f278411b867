/** What models do beyond `forward`: draw tokens, generate with and without memory, search with beams, and learn a small task. */
import { beforeEach, describe, expect, test } from 'vitest';
import {
  compile,
  crossEntropy,
  manualSeed,
  nn,
  ones,
  optim,
  type StateDict,
  setDevice,
  type Tensor,
  tensor,
  zeros,
} from '../index.ts';
import { BeamSearch } from './beam-search.ts';
import { Bert, CharRNN, GPT2, LSTMClassifier, Perceptron, Seq2SeqTransformer, sampleToken } from './index.ts';

beforeEach(() => {
  setDevice('wasm');
  manualSeed(11);
});

const ids = (rows: number[][]): Tensor => tensor(rows, { dtype: 'int32' });

describe('sampleToken', () => {
  const logits = (): Tensor =>
    tensor([Math.log(0.5), Math.log(0.3), Math.log(0.15), Math.log(0.05)]) as Tensor;
  /** How often each token comes in 4,000 draws. */
  async function shares(options: Parameters<typeof sampleToken>[1]): Promise<number[]> {
    const drawn = await sampleToken(logits().reshape([1, 4]).expand([4000, 4]), options).data();
    return [0, 1, 2, 3].map((id) => drawn.filter((token) => token === id).length / 4000);
  }
  const near = (found: number[], expected: number[]): void =>
    expected.forEach((share, id) => {
      expect(Math.abs(found[id] - share), `token ${id}`).toBeLessThan(share === 0 ? 1e-9 : 0.03);
    });

  test('draws by the probabilities', async () => near(await shares({}), [0.5, 0.3, 0.15, 0.05]));
  test('topK leaves the likeliest', async () => near(await shares({ topK: 2 }), [0.625, 0.375, 0, 0]));
  test('topK of more than there are leaves all', async () =>
    near(await shares({ topK: 9 }), [0.5, 0.3, 0.15, 0.05]));
  test('topP leaves as many as add up to it', async () => {
    near(await shares({ topP: 0.81 }), [0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0]);
    near(await shares({ topP: 0.79 }), [0.625, 0.375, 0, 0]);
    near(await shares({ topP: 0.01 }), [1, 0, 0, 0]);
  });
  test('temperature comes before topP, and changes the odds', async () => {
    const squares = [0.25, 0.09, 0.0225, 0.0025].map((p) => p / 0.365);
    near(await shares({ temperature: 0.5 }), squares);
    near(await shares({ temperature: 0 }), [1, 0, 0, 0]);
  });
  test('refuses what is no choice', () => {
    expect(() => sampleToken(logits(), { temperature: -1 })).toThrow('temperature is a number from 0 on');
    expect(() => sampleToken(logits(), { topK: 1.5 })).toThrow('topK is a whole number');
    expect(() => sampleToken(logits(), { topP: 0 })).toThrow('topP is above 0');
  });
});

describe('GPT2', () => {
  const make = (): GPT2 =>
    new GPT2({ vocabSize: 13, numPositions: 12, embedDim: 8, numLayers: 2, numHeads: 2 }).eval();

  /** As `generate` would, without memory: the whole text is read again for each token. */
  async function greedily(model: GPT2, prompt: number[], count: number): Promise<number[]> {
    const text = [...prompt];
    for (let i = 0; i < count; i++) {
      const logits = model.forward(ids([text])).select(1, -1);
      text.push(await logits.argmax().item());
    }
    return text;
  }

  test.each(['wasm', 'reference'] as const)(
    'with caches, generates what it does without (%s)',
    async (device) => {
      setDevice(device);
      const model = make();
      // Larger weights, for logits that are far from each other.
      for (const { weight } of [model.wte, model.wpe]) weight.value = weight.value.mul(30);
      const found = await model.generate(
        ids([
          [3, 1, 4],
          [2, 7, 1],
        ]),
        { maxNewTokens: 5, temperature: 0 },
      );
      expect(found).toEqual([await greedily(model, [3, 1, 4], 5), await greedily(model, [2, 7, 1], 5)]);
    },
  );

  test('sees nothing of what comes after', async () => {
    const model = make();
    const [a, b] = [model.forward(ids([[3, 1, 4, 5]])), model.forward(ids([[3, 1, 9, 2]]))];
    expect(await a.narrow(1, 0, 2).data()).toEqual(await b.narrow(1, 0, 2).data());
    expect(await a.select(1, 2).data()).not.toEqual(await b.select(1, 2).data());
  });

  test('one seed gives one text; a sequence ends with its last token; dropout comes back', async () => {
    const model = make().train();
    const prompt = ids([[3], [4]]);
    manualSeed(5);
    const first = await model.generate(prompt, { maxNewTokens: 8 });
    manualSeed(5);
    expect(await model.generate(prompt, { maxNewTokens: 8 })).toEqual(first);
    const eosTokenId = first[0][2];
    manualSeed(5);
    const cut = await model.generate(prompt, { maxNewTokens: 8, eosTokenId });
    const end = first[0].indexOf(eosTokenId, 1);
    expect(cut[0]).toEqual(first[0].slice(0, end + 1));
    expect(model.training && model.dropout.training).toBe(true);
  });

  test('refuses more than there are positions', async () => {
    await expect(make().generate(ids([[1, 2, 3]]), { maxNewTokens: 10 })).rejects.toThrow(
      '3 tokens and 10 new ones do not fit into 12 positions',
    );
  });

  test('takes checkpoints of GPT2Model, with the masks and the output layer of old ones', async () => {
    const [from, to] = [make(), make()];
    const dict: StateDict = { 'lm_head.weight': ones([13, 8]), 'h.0.attn.bias': ones([1, 1, 12, 12]) };
    for (const [name, value] of Object.entries(from.stateDict()))
      dict[name.replace('transformer.', '')] = value;
    dict['h.1.attn.masked_bias'] = tensor(-1e4) as Tensor;
    to.loadStateDict(dict);
    const text = ids([[1, 2, 3]]);
    expect(await to.forward(text).data()).toEqual(await from.forward(text).data());
    delete dict['wte.weight'];
    expect(() => to.loadStateDict(dict)).toThrow('missing: transformer.wte.weight');
  });
});

describe('Bert', () => {
  const size = { vocabSize: 9, hiddenSize: 8, numLayers: 1, numHeads: 2, intermediateSize: 16 };

  test('what is masked changes nothing', async () => {
    const model = new Bert(size).eval();
    const attentionMask = ids([[1, 1, 1, 0]]);
    const found = (last: number): Tensor =>
      model.forward(ids([[2, 3, 4, last]]), { attentionMask }).lastHiddenState.narrow(1, 0, 3);
    expect(await found(5).data()).toEqual(await found(6).data());
  });

  test('takes the inner part of models with heads, gamma and beta for weight and bias', async () => {
    const [from, to] = [new Bert(size).eval(), new Bert(size).eval()];
    const dict: StateDict = {
      'cls.predictions.bias': ones([9]),
      'bert.embeddings.position_ids': zeros([1, 512]),
    };
    for (const [name, value] of Object.entries(from.stateDict())) {
      const old = name.replace(/(LayerNorm\.)weight/, '$1gamma').replace(/(LayerNorm\.)bias/, '$1beta');
      dict[`bert.${old}`] = value;
    }
    expect(Object.keys(dict)).toContain('bert.encoder.layer.0.output.LayerNorm.gamma');
    to.loadStateDict(dict);
    const text = ids([[1, 2, 3]]);
    const pooled = async (model: Bert) => model.forward(text).poolerOutput!.data();
    expect(await pooled(to)).toEqual(await pooled(from));
    new Bert({ ...size, pooler: false }).loadStateDict(dict);
  });
});

describe('CharRNN', () => {
  test.each(['lstm', 'gru', 'rnn'] as const)('learns a rhyme by heart, and says it (%s)', async (cell) => {
    const text = 'abcd abcd abcd abcd';
    const model = new CharRNN(text, { embeddingDim: 6, hiddenSize: 16, numLayers: 1, cell });
    const known = ids([model.encode(text)]);
    const [x, y] = [known.narrow(1, 0, text.length - 1), known.narrow(1, 1, text.length - 1)];
    const adam = new optim.Adam(model.parameters(), { lr: 0.03 });
    for (let i = 0; i < 60; i++) {
      adam.zeroGrad();
      crossEntropy(model.forward(x).reshape([-1, 5]), y.flatten()).backward();
      adam.step();
    }
    expect(await model.generate('ab', { length: 10, temperature: 0 })).toBe('abcd abcd ab');
  });

  test('goes on from what it remembers as if it had read it all', async () => {
    const model = new CharRNN('abcdef', { embeddingDim: 4, hiddenSize: 5 }).eval();
    const [whole] = model.step(ids([[0, 1, 2, 3]]));
    const [, states] = model.step(ids([[0, 1]]));
    const [rest] = model.step(ids([[2, 3]]), states);
    const expected = await whole.narrow(1, 2, 2).data();
    (await rest.data()).forEach((value, i) => {
      expect(value).toBeCloseTo(Number(expected[i]), 5);
    });
  });

  test('refuses an empty prompt, an unknown id, an unknown cell', async () => {
    const model = new CharRNN('abc', { hiddenSize: 4 });
    await expect(model.generate('')).rejects.toThrow('the prompt is empty');
    expect(() => model.decode([0, 3])).toThrow('there is no character 3 among 3');
    expect(() => new CharRNN('abc', { cell: 'brain' as 'rnn' })).toThrow("cell is 'lstm', 'gru' or 'rnn'");
  });
});

test('LSTMClassifier passes over the filling, however long', async () => {
  const model = new LSTMClassifier(10, 3, { embeddingDim: 4, hiddenSize: 5, numLayers: 2 }).eval();
  const short = await model.forward(ids([[3, 1, 4]])).data();
  const long = await model.forward(ids([[3, 1, 4, 0, 0, 0]])).data();
  long.forEach((value, i) => {
    expect(value).toBeCloseTo(Number(short[i]), 5);
  });
});

describe('Perceptron', () => {
  const x = (): Tensor =>
    tensor([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]) as Tensor;
  const wrong = async (y: number[], rounds: number): Promise<number> => {
    const model = new Perceptron(2);
    for (let i = 0; i < rounds; i++) model.learn(x(), tensor(y) as Tensor);
    return model.learn(x(), tensor(y) as Tensor).item();
  };

  test('learns what a line separates, and cannot learn exclusive or', async () => {
    expect(await wrong([0, 1, 1, 1], 20)).toBe(0);
    expect(await wrong([0, 1, 1, 0], 20)).toBeGreaterThan(0);
  });
});

describe('BeamSearch', () => {
  const log = (id: number, p: number) => ({ id, logProbability: Math.log(p) });
  const end = 9;

  /** 1 is likelier at first, but what follows it is spread out; 2 leads to a sure end. */
  function search(beams: number): number[] {
    const found = new BeamSearch({ beams, maxLength: 5, lengthPenalty: 0, eos: end });
    while (!found.isDone) {
      found.advance(
        found.inputs(0, 0).map(({ id }) => {
          if (id === 0) return [log(1, 0.6), log(2, 0.4), log(end, 1e-6)];
          if (id === 1) return [log(3, 0.4), log(4, 0.3), log(end, 0.3)];
          return [log(end, 0.9), log(3, 0.05), log(4, 0.05)];
        }),
      );
    }
    return found.best;
  }

  test('two beams find what one misses', () => {
    expect(search(1)).toEqual([1, 3]);
    expect(search(2)).toEqual([2]);
  });

  test('gives the likeliest there is if nothing ends', () => {
    const found = new BeamSearch({ beams: 2, maxLength: 2, lengthPenalty: 1, eos: end });
    while (!found.isDone) found.advance([0, 1].map(() => [log(1, 0.7), log(2, 0.2), log(end, 1e-9)]));
    expect(found.best).toEqual([1, 1]);
  });
});

describe('Seq2SeqTransformer', () => {
  const size = {
    dModel: 16,
    numHeads: 2,
    numEncoderLayers: 1,
    numDecoderLayers: 1,
    dimFeedforward: 32,
    dropout: 0,
  };
  const source = (): Tensor =>
    ids([
      [3, 4, 5],
      [5, 3, 0],
      [4, 4, 3],
    ]);
  const reversed = [
    [5, 4, 3],
    [3, 5],
    [3, 4, 4],
  ];

  test('learns to turn sequences around, and says them greedily and with beams', async () => {
    const model = new Seq2SeqTransformer(6, 6, size);
    const target = ids(reversed.map((row) => [1, ...row, 2, 0].slice(0, 5)));
    const adam = new optim.Adam(model.parameters(), { lr: 0.01 });
    const step = compile((from: Tensor, to: Tensor) => {
      adam.zeroGrad();
      const logits = model.forward(from, to.narrow(1, 0, 4));
      const expected: Tensor = to.narrow(1, 1, 4).flatten();
      const loss: Tensor = crossEntropy(logits.reshape([-1, 6]), expected, { ignoreIndex: 0 });
      loss.backward();
      adam.step();
      return loss;
    });
    for (let i = 0; i < 60; i++) step(source(), target);
    expect(await model.translate(source(), { maxLength: 8 })).toEqual(reversed);
    expect(await model.translate(source(), { maxLength: 8, beams: 3 })).toEqual(reversed);
  });

  test('one beam is the likeliest token at each step, read from the whole target', async () => {
    const model = new Seq2SeqTransformer(6, 7, size).eval();
    nn.init.normal(model.generator.weight, 0, 1);
    const expected: number[] = [];
    for (let i = 0; i < 5; i++) {
      const logits = model.forward(source().narrow(0, 0, 1), ids([[1, ...expected]])).select(1, -1);
      const next = await logits.argmax().item();
      if (next === 2) break;
      expected.push(next);
    }
    // The embedding of the filling, 0, is zeros, and as a target it would be passed over: the comparison does without it.
    const [found] = await model.translate(source().narrow(0, 0, 1), { maxLength: 5 });
    const upTo = expected.indexOf(0) < 0 ? expected.length : expected.indexOf(0) + 1;
    expect(found.slice(0, upTo)).toEqual(expected.slice(0, upTo));
    expect(upTo).toBeGreaterThan(0);
  });

  test('refuses no beams, and tokens outside the vocabulary', async () => {
    const model = new Seq2SeqTransformer(6, 6, size);
    await expect(model.translate(source(), { beams: 0 })).rejects.toThrow('beams is a positive integer');
    expect(() => new Seq2SeqTransformer(6, 2, size)).toThrow('below tgtVocabSize 2');
  });
});
