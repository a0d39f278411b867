/** What every model of this folder must do: give the shape it says, learn, be kept, and compute the same on both devices. */
import { beforeEach, describe, expect, test } from 'vitest';
import {
  binaryCrossEntropyWithLogits,
  crossEntropy,
  loadSafetensors,
  manualSeed,
  mseLoss,
  type nn,
  noGrad,
  ones,
  optim,
  rand,
  randn,
  setDevice,
  type Tensor,
  tensor,
  toSafetensors,
} from '../index.ts';
import {
  AlexNet,
  Autoencoder,
  Bert,
  BertClassifier,
  CharRNN,
  ConvAutoencoder,
  DCGANDiscriminator,
  DCGANGenerator,
  DenoisingAutoencoder,
  GPT2,
  LeNet5,
  LSTMClassifier,
  MLP,
  MobileNetV2,
  ResNet,
  Seq2SeqTransformer,
  UNet,
  VariationalAutoencoder,
  VGG,
  VisionTransformer,
  vaeLoss,
} from './index.ts';

beforeEach(() => {
  setDevice('wasm');
  manualSeed(7);
});

interface Case {
  readonly make: () => nn.Module;
  /** What `run` gives, and the loss of it. Both are of one model and one input. */
  readonly shape: readonly number[];
  readonly input: () => Tensor;
  readonly loss?: (output: Tensor) => Tensor;
  /** What is asked of the model. Default: `forward`. */
  readonly run?: (model: never, input: Tensor) => Tensor;
  /** Default: 1e-3. Wide layers without normalization need less. */
  readonly lr?: number;
  /** Too much for plain loops. */
  readonly isLarge?: boolean;
}

/** A model and what it is asked, with types that fit each other. */
const of = <M extends nn.Module>(
  entry: Omit<Case, 'make' | 'run'> & { make: () => M; run?: (model: M, input: Tensor) => Tensor },
): Case => entry;

const ids = (rows: number[][]): Tensor => tensor(rows, { dtype: 'int32' });
const labels =
  (...classes: number[]) =>
  (logits: Tensor): Tensor =>
    crossEntropy(logits, tensor(classes, { dtype: 'int32' }) as Tensor);
const words = (): Tensor =>
  ids([
    [3, 1, 4, 1, 5],
    [9, 2, 6, 0, 0],
  ]);
/** The cross-entropy of the next token at each place. */
const nextTokens = (logits: Tensor): Tensor =>
  crossEntropy(logits.reshape([-1, logits.shape[2]]), words().flatten());

const bert = { vocabSize: 10, hiddenSize: 8, numLayers: 1, numHeads: 2, intermediateSize: 16 };
const sharp = { dropout: 0, attentionDropout: 0 };

const cases: Readonly<Record<string, Case>> = {
  MLP: of({
    make: () => new MLP([6, 8, 3], { batchNorm: true, activation: 'gelu' }),
    input: () => randn([4, 6]),
    shape: [4, 3],
    loss: labels(0, 1, 2, 0),
  }),
  LeNet5: of({
    make: () => new LeNet5(),
    input: () => rand([2, 1, 28, 28]),
    shape: [2, 10],
    loss: labels(3, 8),
  }),
  'AlexNet, features': of({
    make: () => new AlexNet().features,
    input: () => randn([1, 3, 63, 63]),
    shape: [1, 256, 1, 1],
    lr: 1e-5,
    isLarge: true,
  }),
  'VGG, features': of({
    make: () => new VGG(11).features,
    input: () => randn([1, 3, 32, 32]),
    shape: [1, 512, 1, 1],
    lr: 1e-5,
    isLarge: true,
  }),
  'ResNet, basic blocks': of({
    make: () => new ResNet(18, { stem: 'small', numClasses: 5, inChannels: 1 }),
    input: () => randn([2, 1, 16, 16]),
    shape: [2, 5],
    loss: labels(0, 4),
    isLarge: true,
  }),
  MobileNetV2: of({
    make: () => new MobileNetV2({ numClasses: 4, widthMult: 0.1, dropout: 0 }),
    input: () => randn([2, 3, 64, 64]),
    shape: [2, 4],
    loss: labels(0, 3),
    isLarge: true,
  }),
  VisionTransformer: of({
    make: () =>
      new VisionTransformer({
        imageSize: 8,
        patchSize: 4,
        numLayers: 1,
        numHeads: 2,
        hiddenDim: 8,
        mlpDim: 16,
        numClasses: 3,
      }),
    input: () => randn([2, 3, 8, 8]),
    shape: [2, 3],
    loss: labels(0, 2),
  }),
  UNet: of({
    make: () => new UNet({ inChannels: 1, numClasses: 3, baseChannels: 2, depth: 2 }),
    input: () => randn([1, 1, 8, 12]),
    shape: [1, 3, 8, 12],
  }),
  Autoencoder: of({
    make: () => new Autoencoder([8, 6, 2], { activation: 'tanh', sigmoid: true }),
    input: () => rand([4, 8]),
    shape: [4, 8],
  }),
  DenoisingAutoencoder: of({
    make: () => new DenoisingAutoencoder([8, 6], { amount: 0 }),
    input: () => rand([4, 8]),
    shape: [4, 8],
  }),
  ConvAutoencoder: of({
    make: () => new ConvAutoencoder({ channels: [2, 3] }),
    input: () => rand([2, 1, 8, 8]),
    shape: [2, 1, 8, 8],
  }),
  VariationalAutoencoder: of({
    make: () => new VariationalAutoencoder(8, 2, { hidden: [6] }),
    run: (model, x) => model.forward(x).logits,
    input: () => rand([4, 8]),
    shape: [4, 8],
  }),
  DCGANGenerator: of({
    make: () => new DCGANGenerator({ imageSize: 8, channels: 1, width: 4, latentSize: 6 }),
    input: () => randn([2, 6]),
    shape: [2, 1, 8, 8],
  }),
  DCGANDiscriminator: of({
    make: () => new DCGANDiscriminator({ imageSize: 16, channels: 1, width: 2 }),
    input: () => randn([3, 1, 16, 16]),
    shape: [3],
    loss: (logits) => binaryCrossEntropyWithLogits(logits, tensor([0, 1, 0]) as Tensor),
  }),
  'CharRNN, LSTM': of({
    make: () => new CharRNN('0123456789', { embeddingDim: 4, hiddenSize: 6 }),
    input: words,
    shape: [2, 5, 10],
    loss: nextTokens,
  }),
  'CharRNN, GRU': of({
    make: () => new CharRNN('0123456789', { embeddingDim: 4, hiddenSize: 6, numLayers: 1, cell: 'gru' }),
    input: words,
    shape: [2, 5, 10],
    loss: nextTokens,
  }),
  LSTMClassifier: of({
    make: () => new LSTMClassifier(10, 3, { embeddingDim: 4, hiddenSize: 5, numLayers: 2, dropout: 0 }),
    input: words,
    shape: [2, 3],
    loss: labels(0, 2),
  }),
  Seq2SeqTransformer: of({
    make: () =>
      new Seq2SeqTransformer(10, 10, {
        dModel: 8,
        numHeads: 2,
        numEncoderLayers: 1,
        numDecoderLayers: 1,
        dimFeedforward: 16,
        dropout: 0,
      }),
    run: (model, source) => model.forward(source, source),
    input: words,
    shape: [2, 5, 10],
    loss: nextTokens,
  }),
  Bert: of({
    make: () => new Bert({ ...bert, ...sharp, pooler: false }),
    run: (model, x) => model.forward(x, { attentionMask: x.ne(0) }).lastHiddenState,
    input: words,
    shape: [2, 5, 8],
  }),
  BertClassifier: of({
    make: () => new BertClassifier(3, { ...bert, ...sharp }),
    input: words,
    shape: [2, 3],
    loss: labels(0, 2),
  }),
  GPT2: of({
    make: () =>
      new GPT2({ vocabSize: 10, numPositions: 5, embedDim: 8, numLayers: 2, numHeads: 2, dropout: 0 }),
    input: words,
    shape: [2, 5, 10],
    loss: nextTokens,
  }),
};

/** Without a loss of its own, an output is to come near to 0.5. */
const towardsHalf = (output: Tensor): Tensor => mseLoss(output, ones(output.shape).mul(0.5));

describe.each(Object.entries(cases))('%s', (_, { make, input, shape, run, loss = towardsHalf, ...how }) => {
  const ask = (model: nn.Module, x: Tensor): Tensor =>
    run ? run(model as never, x) : (model as unknown as nn.Step).forward(x);

  test('gives the shape it says', async () => {
    const output = ask(make().eval(), input());
    expect(output.shape).toEqual(shape);
    expect((await output.data()).every(Number.isFinite)).toBe(true);
  });

  test('one step of Adam reaches every parameter, and lowers the loss', async () => {
    const model = make();
    const x = input();
    await x.data();
    const found = async (): Promise<number> => {
      manualSeed(3);
      return noGrad(() => loss(ask(model, x))).item();
    };
    const before = await found();
    const adam = new optim.Adam(model.parameters(), { lr: how.lr ?? 1e-3 });
    manualSeed(3);
    loss(ask(model, x)).backward();
    expect(model.namedParameters().flatMap(([name, { grad }]) => (grad ? [] : [name]))).toEqual([]);
    adam.step();
    expect(await found()).toBeLessThan(before);
  });

  test('its safetensors bring a new model to the same outputs', async () => {
    const model = make();
    const x = input();
    // Running statistics move, so that they too have something to keep.
    noGrad(() => ask(model, x));
    const { tensors } = await loadSafetensors(await toSafetensors(model.stateDict()));
    const other = make();
    other.loadStateDict(tensors);
    const expected = await ask(model.eval(), x).data();
    expect(await ask(other.eval(), x).data()).toEqual(expected);
  });

  // By plain loops the large ones take minutes.
  if (how.isLarge) return;
  test('computes the same on the reference device', async () => {
    const bytes = await toSafetensors(make().stateDict());
    const x = await input().tolist();
    const { dtype } = input();
    const on = async (device: 'wasm' | 'reference'): Promise<number[]> => {
      setDevice(device);
      const model = make().eval();
      model.loadStateDict((await loadSafetensors(bytes)).tensors);
      return Array.from(await ask(model, tensor(x as number[][], { dtype })).data(), Number);
    };
    const [expected, found] = [await on('reference'), await on('wasm')];
    found.forEach((value, i) => {
      expect(Math.abs(value - expected[i])).toBeLessThan(1e-4);
    });
  });
});

test('AlexNet, whole: the classifier reads what the features give', async () => {
  const model = new AlexNet({ numClasses: 3 }).eval();
  const x = randn([1, 3, 63, 63]);
  const features: Tensor = model.features.forward(x);
  const expected = await model.classifier.forward(features.expand([1, 256, 6, 6]).reshape([1, 9216])).data();
  (await model.forward(x).data()).forEach((value, i) => {
    expect(value).toBeCloseTo(Number(expected[i]), 5);
  });
});

describe('published numbers of parameters', () => {
  test.each([
    ['LeNet5', () => new LeNet5(), 61_706],
    ['UNet', () => new UNet(), 31_037_698],
    ['DCGANGenerator', () => new DCGANGenerator(), 3_576_704],
    ['DCGANDiscriminator', () => new DCGANDiscriminator(), 2_765_568],
    ['ResNet(101)', () => new ResNet(101), 44_549_160],
    ['ResNet(152)', () => new ResNet(152), 60_192_808],
    ['VGG(13)', () => new VGG(13), 133_047_848],
    ['VGG(19)', () => new VGG(19), 143_667_240],
    ['MobileNetV2, half', () => new MobileNetV2({ widthMult: 0.5 }), 1_968_680],
  ])('%s', (_, make, expected) => {
    expect(
      make()
        .parameters()
        .reduce((sum, { size }) => sum + size, 0),
    ).toBe(expected);
  });
});

describe('options and inputs that are refused', () => {
  const image = (channels: number, size: number): Tensor => rand([1, channels, size, size]);
  const gpt2 = (): GPT2 =>
    new GPT2({ vocabSize: 5, numPositions: 4, embedDim: 4, numLayers: 1, numHeads: 2 });

  test.each<[string, () => unknown, string]>([
    [
      'an unknown option',
      () => new ResNet(18, { stam: 'small' } as never),
      'there is no option stam. Did you mean stem?',
    ],
    ['one sample without a batch', () => new AlexNet().forward(rand([3, 64, 64])), 'Add the batch'],
    [
      'too small for AlexNet',
      () => new AlexNet().forward(image(3, 62)),
      'got [1, 3, 62, 62], expected [N, 3, H, W] with H and W of at least 63',
    ],
    ['too small for VGG', () => new VGG(11).forward(image(3, 31)), 'at least 32'],
    ['another number of channels', () => new ResNet(18).forward(image(1, 64)), 'expected [N, 3, H, W]'],
    [
      'another image size',
      () => new LeNet5({ imageSize: 32 }).forward(image(1, 28)),
      'expected [N, 1, 32, 32]',
    ],
    [
      'a patch that does not divide',
      () => new VisionTransformer({ patchSize: 15 }),
      'does not divide imageSize 224',
    ],
    ['another stem', () => new ResNet(18, { stem: 'tiny' as 'small' }), "stem is 'imagenet' or 'small'"],
    ['another depth', () => new VGG(12 as 11), 'depth is 11, 13, 16 or 19, got 12'],
    ['a size of images', () => new DCGANGenerator({ imageSize: 4 }), 'a power of two from 8 on'],
    [
      'noise of another size',
      () => new DCGANGenerator().forward(rand([2, 99])),
      'expected [N, 100] or [N, 100, 1, 1]',
    ],
    ['one size alone', () => new MLP([3]), 'sizes are the number of inputs'],
    [
      'another activation',
      () => new MLP([3, 3, 3], { activation: 'gallop' as 'relu' }),
      "no activation 'gallop'",
    ],
    ['a mask of everything', () => new DenoisingAutoencoder([3, 3], { noise: 'mask', amount: 1 }), 'below 1'],
    ['more tokens than positions', () => gpt2().forward(ids([[1, 2, 3, 4, 0]])), 'with T of 1 to 4'],
    [
      'more tokens than positions, BERT',
      () => new Bert({ ...bert, maxPositions: 4 }).forward(words()),
      'shorten the sequence',
    ],
    ['heads that do not divide', () => new GPT2({ numHeads: 7 }), 'numHeads 7 does not divide embedDim 768'],
    [
      'a mask of another shape',
      () => new Bert(bert).forward(words(), { attentionMask: ones([2, 4]) }),
      'attentionMask: got [2, 4], expected [2, 5]',
    ],
    [
      'batches that differ',
      () => new Seq2SeqTransformer(9, 9).forward(words(), ids([[1]])),
      'batches of one size',
    ],
    [
      'an unknown character',
      () => new CharRNN('abc').encode('abd'),
      "the character 'd' is not among the 3 known",
    ],
  ])('%s', (_, act, message) => {
    expect(act).toThrow(message);
  });

  test('a token id that is not below the vocabulary', async () => {
    await expect(
      gpt2()
        .forward(ids([[1, 5]]))
        .data(),
    ).rejects.toThrow(/5 is outside/);
    await expect(new LSTMClassifier(4, 2).forward(ids([[1, 4]])).data()).rejects.toThrow(/4 is outside/);
  });
});

describe('variational autoencoder', () => {
  test('vaeLoss is the closed form, and beta weighs its second part', async () => {
    const output = {
      logits: tensor([[0, 2]]) as Tensor,
      mean: tensor([[1, -2]]) as Tensor,
      logVariance: tensor([[0, Math.log(2)]]) as Tensor,
    };
    const x = tensor([[1, 0]]) as Tensor;
    const pixels = Math.log(2) + Math.log(1 + Math.exp(2));
    const divergence = 0.5 * (1 + (2 + 4 - 1 - Math.log(2)));
    expect(await vaeLoss(output, x).item()).toBeCloseTo(pixels + divergence, 4);
    expect(await vaeLoss(output, x, { beta: 4 }).item()).toBeCloseTo(pixels + 4 * divergence, 4);
  });

  test('reparametrize draws from the cloud', async () => {
    const model = new VariationalAutoencoder(4, 2);
    const [mean, logVariance] = [ones([20_000, 1]).mul(3), ones([20_000, 1]).mul(Math.log(4))];
    const draws = model.reparametrize(mean, logVariance);
    expect(await draws.mean().item()).toBeCloseTo(3, 1);
    expect(await draws.std().item()).toBeCloseTo(2, 1);
  });

  test('one step lowers its own loss, and in evaluation the code is the mean', async () => {
    const model = new VariationalAutoencoder(8, 2, { hidden: [6] });
    const x = rand([4, 8]);
    const found = (): Tensor => {
      manualSeed(1);
      return vaeLoss(model.forward(x), x);
    };
    const before = await found().item();
    const adam = new optim.Adam(model.parameters(), { lr: 1e-2 });
    found().backward();
    adam.step();
    expect(await found().item()).toBeLessThan(before);
    model.eval();
    const [mean] = model.encode(x);
    expect(await model.forward(x).logits.data()).toEqual(await model.decode(mean).data());
  });
});

describe('denoising autoencoder', () => {
  test('masks a part of the features, and leaves the rest as it is', async () => {
    const model = new DenoisingAutoencoder([10, 4], { noise: 'mask', amount: 0.3 });
    const spoilt = Array.from(await model.spoil(ones([1000, 10])).data());
    const kept = spoilt.filter((value) => value !== 0);
    expect(kept.length / spoilt.length).toBeCloseTo(0.7, 1);
    expect(Math.max(...kept.map((value) => Math.abs(value - 1)))).toBeLessThan(1e-6);
  });

  test('spoils nothing in evaluation', async () => {
    const model = new DenoisingAutoencoder([3, 2], { amount: 5 }).eval();
    const x = rand([2, 3]);
    expect(await model.forward(x).data()).toEqual(await model.decode(model.encode(x)).data());
  });
});
