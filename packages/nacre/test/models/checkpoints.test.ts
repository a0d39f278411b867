/**
 * Names, shapes, order and number of parameters against those of torchvision and transformers, and what the models compute against
 * what theirs do; `checkpoints.jsonl` holds both, written by `generate.py`.
 */
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { type nn, setDevice, type Tensor, tensor } from '../../src/index.ts';
import { AlexNet, Bert, GPT2, MobileNetV2, ResNet, VGG, VisionTransformer } from '../../src/models/index.ts';

interface Keys {
  readonly name: string;
  readonly parameters: number;
  /** `name length length …`, one of each parameter and buffer. */
  readonly keys: readonly string[];
}

interface Numbers {
  readonly name: string;
  readonly shape: readonly number[];
  readonly first: readonly number[];
  readonly absSum: number;
}

const lines = readFileSync(new URL('./checkpoints.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const records = lines.map((line) => JSON.parse(line) as Keys | Numbers);
const layouts = records.filter((record) => 'keys' in record);
const outputs = records.filter((record) => 'first' in record);

beforeEach(() => setDevice('wasm'));

/** Nothing is computed until numbers are asked for, so that a model of any size can be made in no memory. */
const models: Readonly<Record<string, () => nn.Module>> = {
  alexnet: () => new AlexNet(),
  vgg11: () => new VGG(11),
  vgg16: () => new VGG(16),
  vgg16_bn: () => new VGG(16, { batchNorm: true }),
  resnet18: () => new ResNet(18),
  resnet34: () => new ResNet(34),
  resnet50: () => new ResNet(50),
  mobilenet_v2: () => new MobileNetV2(),
  vit_b_16: () => new VisionTransformer(),
  bert: () => new Bert(),
  gpt2: () => new GPT2(),
};

/** As published. */
const counts: Readonly<Record<string, number>> = {
  alexnet: 61_100_840,
  vgg11: 132_863_336,
  vgg16: 138_357_544,
  vgg16_bn: 138_365_992,
  resnet18: 11_689_512,
  resnet34: 21_797_672,
  resnet50: 25_557_032,
  mobilenet_v2: 3_504_872,
  vit_b_16: 86_567_656,
  bert: 109_482_240,
  gpt2: 124_439_808,
};

/** Entries that models here do without: a count from 0 on, and the output layer that is the embedding's weight. */
const left = /^(embeddings\.position_ids|lm_head\.weight) /;

describe.each(layouts)('$name', ({ name, parameters, keys }) => {
  const model = models[name]();

  test('has the names and shapes of the checkpoint, in its order', () => {
    const own = Object.entries(model.stateDict()).map(([key, { shape }]) => [key, ...shape].join(' '));
    expect(own).toEqual(keys.filter((key) => !left.test(key)));
  });

  test('has as many parameters as published', () => {
    const count = model.parameters().reduce((sum, { size }) => sum + size, 0);
    expect(count).toBe(counts[name]);
    expect(parameters).toBe(counts[name]);
  });
});

test('every model is compared', () => {
  expect(layouts.map(({ name }) => name)).toEqual(Object.keys(models));
  expect(outputs.map(({ name }) => name)).toEqual(Object.keys(computed));
});

/** The rule of generate.py: numbers from -1 to 1, the digits of a sine from the fifth on. */
function noise(count: number, seed: number, middle = 0, scale = 1): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const x = Math.sin(i * 12.9898 + seed) * 43758.5453;
    values[i] = middle + scale * (2 * (x - Math.floor(x)) - 1);
  }
  return values;
}

/** A value for a parameter or buffer, by its name and shape alone. */
function fillingOf(name: string, { shape, size, dtype }: Tensor): Tensor {
  if (dtype === 'int32') return tensor(0, { dtype });
  const seed = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 97;
  const ends = (end: string): boolean => name.endsWith(end);
  const [middle, scale] = ends('running_var')
    ? [1, 0.5]
    : shape.length > 1
      ? [0, Math.sqrt((3 * shape[0]) / size)]
      : [ends('weight') ? 1 : 0, 0.1];
  return tensor(noise(size, seed, middle, scale), { shape });
}

function filled<M extends nn.Module>(model: M): M {
  const values = Object.entries(model.stateDict()).map(([name, value]) => [name, fillingOf(name, value)]);
  model.loadStateDict(Object.fromEntries(values));
  return model.eval();
}

const image = (size: number): Tensor => tensor(noise(2 * 3 * size * size, 5), { shape: [2, 3, size, size] });
const ints = (rows: number[][]): Tensor => tensor(rows, { dtype: 'int32' });
const ids = ints([
  [1, 7, 3, 0, 9],
  [2, 2, 5, 0, 0],
]);

function bert() {
  const size = { vocabSize: 11, hiddenSize: 16, numLayers: 2, numHeads: 2, intermediateSize: 32 };
  const model = filled(new Bert({ ...size, maxPositions: 8 }));
  const attentionMask = ints([
    [1, 1, 1, 1, 1],
    [1, 1, 1, 0, 0],
  ]);
  const tokenTypeIds = ints([
    [0, 0, 1, 1, 1],
    [0, 1, 1, 0, 0],
  ]);
  return model.forward(ids, { attentionMask, tokenTypeIds });
}

const small = { imageSize: 32, patchSize: 8, numLayers: 2, numHeads: 2, hiddenDim: 16, mlpDim: 32 };

const computed: Readonly<Record<string, () => Tensor>> = {
  'alexnet features': () => inFeatures(new AlexNet({ numClasses: 10 }), 64),
  'vgg11_bn features': () => inFeatures(new VGG(11, { numClasses: 10, batchNorm: true }), 32),
  resnet18: () => filled(new ResNet(18, { numClasses: 10 })).forward(image(64)),
  resnet50: () => filled(new ResNet(50, { numClasses: 10 })).forward(image(64)),
  mobilenet_v2: () => filled(new MobileNetV2({ numClasses: 10, widthMult: 0.5 })).forward(image(64)),
  vit: () => filled(new VisionTransformer({ ...small, numClasses: 10 })).forward(image(32)),
  bert: () => bert().lastHiddenState,
  'bert pooled': () => bert().poolerOutput!,
  gpt2: () => {
    const size = { vocabSize: 11, embedDim: 16, numLayers: 2, numHeads: 2, numPositions: 8 };
    return filled(new GPT2(size)).forward(ids);
  },
};

/** The convolutional part alone, whose values are given under the names of the whole: the rest has a hundred million numbers. */
function inFeatures(model: AlexNet | VGG, size: number): Tensor {
  const values = Object.entries(model.features.stateDict()).map(([name, value]) => [
    name,
    fillingOf(`features.${name}`, value),
  ]);
  model.features.loadStateDict(Object.fromEntries(values));
  return model.eval().features.forward(image(size));
}

test.each(outputs)('$name computes the same', async ({ name, shape, first, absSum }) => {
  const output = computed[name]();
  expect(output.shape).toEqual(shape);
  const data = Array.from(await output.data(), Number);
  first.forEach((expected, i) => {
    expect(Math.abs(data[i] - expected), `element ${i}`).toBeLessThan(1e-4);
  });
  const sum = data.reduce((total, x) => total + Math.abs(x), 0);
  expect(Math.abs(sum - absSum) / absSum).toBeLessThan(1e-4);
});
