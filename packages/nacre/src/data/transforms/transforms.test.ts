import { describe, expect, it } from 'vitest';
import { tensor } from '../../tensor/create.ts';
import * as transforms from './index.ts';
import { type Image, Random, type Transform } from './index.ts';

const draw = (index = 0, epoch = 0): Random => new Random(3, epoch, index);
const image = (channels: number, height: number, width: number): Image => ({
  data: Float32Array.from({ length: channels * height * width }, (_, i) => (i % 251) / 251),
  channels,
  height,
  width,
});

describe('Random', () => {
  it('depends on seed, epoch and index alone, and on large seeds whole', () => {
    const first = (seed: number, epoch: number, index: number) => new Random(seed, epoch, index).uniform();
    expect(first(1, 2, 3)).toBe(first(1, 2, 3));
    const others = [first(2, 2, 3), first(1, 3, 3), first(1, 2, 4), first(1, 3, 2), first(2 ** 40 + 1, 2, 3)];
    expect(new Set([first(1, 2, 3), ...others]).size).toBe(6);
  });

  it('draws the distributions it names', () => {
    const random = draw();
    const mean = (next: () => number): number => {
      let sum = 0;
      for (let i = 0; i < 4000; i++) sum += next();
      return sum / 4000;
    };
    expect(mean(() => random.uniform(2, 4))).toBeCloseTo(3, 1);
    expect(mean(() => random.integer(5))).toBeCloseTo(2, 0);
    expect(mean(() => random.normal())).toBeCloseTo(0, 1);
    expect(mean(() => random.normal() ** 2)).toBeCloseTo(1, 0);
    // Variance of the beta distribution: 1 / (4·(2·alpha + 1)).
    for (const alpha of [0.2, 1, 4]) {
      expect(mean(() => (random.beta(alpha) - 0.5) ** 2)).toBeCloseTo(1 / (4 * (2 * alpha + 1)), 1.5);
    }
    expect([...random.permutation(6)].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('random transforms', () => {
  it('randomCrop reaches every place alike, padded ones too', () => {
    const given: Image = { data: Float32Array.of(1, 2, 3), channels: 1, height: 1, width: 3 };
    const crop = transforms.randomCrop([1, 3], { padding: [1, 0], fill: 9 });
    const counts = new Map<string, number>();
    for (let index = 0; index < 900; index++) {
      const seen = [...crop(given, draw(index)).data].join(' ');
      counts.set(seen, (counts.get(seen) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['1 2 3', '2 3 9', '9 1 2']);
    for (const count of counts.values()) expect(Math.abs(count - 300)).toBeLessThan(71); // five standard deviations
    const small = transforms.randomCrop([1, 5], { padIfNeeded: true });
    expect(small(given, draw()).data.filter((value) => value > 0).length).toBe(3);
  });

  it('flips happen as often as they are to', () => {
    const given: Image = { data: Float32Array.of(1, 2), channels: 1, height: 1, width: 2 };
    const flip = transforms.randomHorizontalFlip({ p: 0.25 });
    let flipped = 0;
    for (let index = 0; index < 1000; index++) flipped += Number(flip(given, draw(index)).data[0] === 2);
    expect(Math.abs(flipped - 250)).toBeLessThan(69); // five standard deviations
  });

  it('randomResizedCrop keeps to its shares and ratios', () => {
    // In a ramp the size of the part shows in how far the first and the last number are apart.
    const ramp: Image = {
      data: Float32Array.from({ length: 10_000 }, (_, i) => i % 100),
      channels: 1,
      height: 100,
      width: 100,
    };
    const crop = transforms.randomResizedCrop([1, 2], {
      scale: [0.25, 0.25],
      ratio: [1, 1],
      antialias: false,
    });
    for (let index = 0; index < 20; index++) {
      const { data } = crop(ramp, draw(index));
      expect(data[1] - data[0]).toBeCloseTo(25, 4);
    }
  });

  it('randomErasing erases its share, with noise if asked to', () => {
    const given = image(2, 20, 20);
    const ones = { ...given, data: given.data.fill(1) };
    const erase = transforms.randomErasing({ p: 1, scale: [0.1, 0.2], value: [0, 5] });
    const { data } = erase(ones, draw());
    const erased = data.subarray(0, 400).filter((value) => value === 0).length;
    expect(erased).toBeGreaterThan(30);
    expect(erased).toBeLessThan(90);
    expect(data.subarray(400).filter((value) => value === 5).length).toBe(erased);
    const noise = transforms.randomErasing({ p: 1, value: 'random' })(ones, draw());
    expect(new Set(noise.data).size).toBeGreaterThan(5);
  });

  it('colorJitter, rotation, affine and trivialAugment give finite pictures of the same size, others each time', () => {
    const given = image(3, 12, 10);
    const all: readonly Transform[] = [
      transforms.colorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.2 }),
      transforms.randomRotation(30, { interpolation: 'bilinear' }),
      transforms.randomAffine(20, { translate: [0.2, 0.2], scale: [0.8, 1.2], shear: [-5, 5, -5, 5] }),
      transforms.trivialAugment(),
      transforms.gaussianBlur(3),
    ];
    for (const transform of all) {
      const seen = new Set<string>();
      for (let index = 0; index < 60; index++) {
        const made = transform(given, draw(index));
        expect([made.channels, made.height, made.width]).toEqual([3, 12, 10]);
        expect(made.data.every((value) => value >= -1e-6 && value <= 1 + 1e-6)).toBe(true);
        seen.add(made.data.join());
      }
      expect(seen.size).toBeGreaterThan(20);
    }
  });

  it('randomApply, randomChoice and compose do what they are given', () => {
    const add =
      (by: number): Transform =>
      (given) => ({ ...given, data: given.data.map((value) => value + by) });
    const zero: Image = { data: Float32Array.of(0), channels: 1, height: 1, width: 1 };
    expect(transforms.compose([add(1), add(2)])(zero, draw()).data[0]).toBe(3);
    expect(transforms.randomApply(add(1), { p: 1 })(zero, draw()).data[0]).toBe(1);
    const choose = transforms.randomChoice([add(1), add(2)]);
    const seen = new Set(Array.from({ length: 30 }, (_, index) => choose(zero, draw(index)).data[0]));
    expect(seen).toEqual(new Set([1, 2]));
  });
});

it('transformBatch transforms each picture with numbers of its own', async () => {
  const x = tensor(
    Float32Array.from({ length: 64 }, (_, i) => i % 8),
    { shape: [8, 1, 1, 8] },
  );
  const flip = transforms.randomHorizontalFlip();
  const made = transforms.transformBatch(x, flip, { seed: 1 });
  expect(made.shape).toEqual([8, 1, 1, 8]);
  const firsts = ((await made.tolist()) as number[][][][]).map(([[[value]]]) => value);
  expect(new Set(firsts)).toEqual(new Set([0, 7]));
  const part = transforms.transformBatch(x.narrow(0, 4, 4), flip, { seed: 1, index: 4 });
  expect(((await part.tolist()) as number[][][][]).map(([[[value]]]) => value)).toEqual(firsts.slice(4));
});

it.each<[string, () => unknown]>([
  ['a size is [height, width]', () => transforms.resize(0)],
  ['interpolation is nearest', () => transforms.resize(2, { interpolation: 'cubic' as never })],
  ['maxSize 4 is not above', () => transforms.resize(4, { maxSize: 4 })(image(1, 3, 3), draw())],
  ['padding is whole pixels', () => transforms.pad(-1)],
  ['paddingMode is constant', () => transforms.pad(1, { paddingMode: 'wrap' as never })],
  ['no mirror image', () => transforms.pad(5, { paddingMode: 'reflect' })(image(1, 3, 3), draw())],
  ['3 x 3 pixels is smaller than the part of 4 x 4', () => transforms.randomCrop(4)(image(1, 3, 3), draw())],
  ['p is a probability', () => transforms.randomHorizontalFlip({ p: 2 })],
  ['scale is a share', () => transforms.randomErasing({ scale: [0.1, 2] })],
  ['ratio is [least, most]', () => transforms.randomResizedCrop(2, { ratio: [2, 1] })],
  [
    'interpolation is nearest or bilinear here',
    () => transforms.rotate(3, { interpolation: 'bicubic' as never }),
  ],
  ['degrees is a number', () => transforms.randomRotation([3, 1])],
  ['translate is shares', () => transforms.randomAffine(0, { translate: [2, 0] })],
  ['scale is [least, most]', () => transforms.randomAffine(0, { scale: [0, 1] })],
  ['scale above 0', () => transforms.affine({ scale: 0 })],
  ['the picture has 2 planes', () => transforms.grayscale()(image(2, 2, 2), draw())],
  ['the factor is a number', () => transforms.adjustContrast(-1)],
  ['the turn is from -0.5', () => transforms.adjustHue(0.7)],
  ['hue is a number from 0 to 0.5', () => transforms.colorJitter({ hue: 0.7 })],
  ['there is no option brigthness', () => transforms.colorJitter({ brigthness: 1 } as never)],
  ['std above 0', () => transforms.normalize(0, 0)],
  ['mean has 2 numbers for 3 planes', () => transforms.normalize([0, 0], 1)(image(3, 2, 2), draw())],
  ['a kernel has odd sides', () => transforms.gaussianBlur(4)],
  ['is too large for 2 x 2', () => transforms.gaussianBlur(5)(image(1, 2, 2), draw())],
  ['bits is a whole number', () => transforms.posterize(9)],
  ['transform 1 is no function', () => transforms.compose([transforms.horizontalFlip(), 'flip' as never])],
  ['alpha is a number above 0', () => transforms.mixup({ classes: 2, alpha: 0 })],
  ['classes is a whole number from 2', () => transforms.cutmix({ classes: 1 })],
  [
    'a batch of pictures is [N, channels',
    () => transforms.transformBatch(tensor([1]), transforms.horizontalFlip()),
  ],
  [
    'gives picture 1 the shape',
    () =>
      transforms.transformBatch(tensor([[[[1, 2]]], [[[3, 4]]]]), (given, random) =>
        random.uniform() > 2 || given.data[0] === 3
          ? { ...given, width: 1, data: given.data.slice(1) }
          : given,
      ),
  ],
])('refuses: %s', (message, run) => {
  expect(run).toThrow(message);
});
