import { describe, expect, it } from 'vitest';
import * as nn from '../nn/index.ts';
import { Adam } from '../optim/index.ts';
import { manualSeed } from '../tensor/generator.ts';
import { fit } from '../train/index.ts';
import { ArrayDataset, AugmentedDataset, DataLoader, imageDataset, Subset, transforms } from './index.ts';

/** Ten pictures of 3 planes of 4 x 4 bytes. */
const pictures = () =>
  imageDataset({
    images: Uint8Array.from({ length: 480 }, (_, i) => (i * 7) % 256),
    labels: Uint8Array.from({ length: 10 }, (_, i) => i % 3),
    count: 10,
    height: 4,
    width: 4,
    channels: 3,
    classes: ['a', 'b', 'c'],
  });
const augment = transforms.compose([
  transforms.randomCrop(4, { padding: 1 }),
  transforms.randomHorizontalFlip(),
  transforms.normalize(0.5, 0.25),
]);

async function epochOf(loader: DataLoader): Promise<number[]> {
  const numbers: number[] = [];
  for await (const [x] of loader) numbers.push(...(await x.data()));
  return numbers;
}

describe('AugmentedDataset', () => {
  it('gives other pictures in each epoch, the same again for the same seed, whatever the batches and their order', async () => {
    const make = (batchSize: number, shuffle = false) =>
      new DataLoader(new AugmentedDataset(pictures(), augment, { seed: 4 }), { batchSize, shuffle });
    const loader = make(4);
    const [first, second] = [await epochOf(loader), await epochOf(loader)];
    expect(first).not.toEqual(second);
    expect(await epochOf(make(3))).toEqual(first);
    const resumed = make(5);
    resumed.epoch = 1;
    expect(await epochOf(resumed)).toEqual(second);
    const sorted = (numbers: number[]): number[] => [...numbers].sort((a, b) => a - b);
    expect(sorted(await epochOf(make(4, true)))).toEqual(sorted(first));
    const part = new Subset(new AugmentedDataset(pictures(), augment, { seed: 4 }), [7]);
    expect(await epochOf(new DataLoader(part))).toEqual(first.slice(7 * 48, 8 * 48));
  });

  it('get gives what batches hold, of its epoch', async () => {
    const data = new AugmentedDataset(pictures(), augment, { seed: 4 });
    const batch = await epochOf(new DataLoader(data, { batchSize: 10 }));
    const [input, target] = data.get(3);
    expect((input as Float32Array[][]).flatMap((plane) => plane.flatMap((row) => [...row]))).toEqual(
      batch.slice(3 * 48, 4 * 48),
    );
    expect(target).toBe(0);
    expect(data.get(3, 1)).not.toEqual(data.get(3, 0));
  });

  it('keeps grey pictures without an axis of planes as they are, and takes others', async () => {
    const grey = new ArrayDataset(new Float32Array(8), [0, 1], { shape: [2, 2] });
    const shapeOf = async (data: AugmentedDataset) => {
      for await (const [x] of new DataLoader(data, { batchSize: 2 })) return x.shape;
    };
    expect(await shapeOf(new AugmentedDataset(grey, transforms.resize([3, 1])))).toEqual([2, 3, 1]);
    expect(await shapeOf(new AugmentedDataset(grey, transforms.grayscale({ channels: 3 })))).toEqual([
      2, 3, 2, 2,
    ]);
  });

  it('mixes pictures and targets alike', async () => {
    // Each picture is its class everywhere: the share of a class is to be seen in both.
    const data = new ArrayDataset(
      Float32Array.from({ length: 6 * 16 }, (_, i) => Math.floor(i / 16) % 2),
      [0, 1, 0, 1, 0, 1],
      { shape: [1, 4, 4] },
    );
    for (const mix of [transforms.mixup({ classes: 2 }), transforms.cutmix({ classes: 2, alpha: 2 })]) {
      let mixed = 0;
      const loader = new DataLoader(new AugmentedDataset(data, null, { mix, seed: 2 }), { batchSize: 6 });
      for (let epoch = 0; epoch < 12; epoch++) {
        for await (const [x, y] of loader) {
          const [means, targets] = [await x.mean([1, 2, 3]).data(), await y.data()];
          means.forEach((mean, row) => {
            expect(targets[2 * row] + targets[2 * row + 1]).toBeCloseTo(1, 5);
            expect(mean).toBeCloseTo(targets[2 * row + 1], 5);
            mixed += Number(mean > 0.01 && mean < 0.99);
          });
        }
      }
      expect(mixed).toBeGreaterThan(5);
    }
  });

  it('trains, and goes on after an interruption with the same bits', async () => {
    const train = async (cut: boolean): Promise<number[]> => {
      manualSeed(1);
      const data = new AugmentedDataset(pictures(), augment, { mix: transforms.mixup({ classes: 3 }) });
      const model = new nn.Sequential(new nn.Flatten(), new nn.Linear(48, 3));
      const options = {
        loss: 'crossEntropy',
        optimizer: new Adam(model.parameters()),
        verbose: false,
        batchSize: 4,
      } as const;
      let history = await fit(model, data, { ...options, epochs: cut ? 2 : 4 });
      if (cut) history = await fit(model, data, { ...options, epochs: 4, resume: history.state });
      return [...history.loss];
    };
    const whole = await train(false);
    expect(whole).toHaveLength(4);
    expect(await train(true)).toEqual(whole);
  });

  it('fit asks for other pictures in each epoch', async () => {
    const seen = new Set<number>();
    const data = {
      length: 2,
      get(index: number, epoch = 0) {
        seen.add(epoch);
        return [[index], index] as const;
      },
    };
    const model = new nn.Linear(1, 2);
    await fit(model, data, {
      loss: 'crossEntropy',
      optimizer: new Adam(model.parameters()),
      verbose: false,
      epochs: 3,
    });
    expect([...seen].filter((epoch) => epoch > 0)).toEqual([1, 2, 3]);
  });

  it('keeps the weights of examples', async () => {
    const data = new ArrayDataset(new Float32Array(8), [0, 1], { shape: [2, 2], sampleWeight: [1, 3] });
    const augmented = new AugmentedDataset(data, transforms.horizontalFlip());
    expect(augmented.get(1)[2]).toBe(3);
    for await (const [, , weights] of new DataLoader(augmented, { batchSize: 2 })) {
      expect(await weights!.tolist()).toEqual([1, 3]);
    }
  });

  it.each<[string, () => unknown]>([
    ['pictures are [channels, height, width]', () => new AugmentedDataset(new ArrayDataset([1, 2]), null)],
    ['a transform is a function', () => new AugmentedDataset(pictures(), 'flip' as never)],
    ['there is no option sed', () => new AugmentedDataset(pictures(), null, { sed: 1 } as never)],
    [
      'the label of example 2 is 2, outside 0 to 1',
      () => new AugmentedDataset(pictures(), null, { mix: transforms.mixup({ classes: 2 }) }).get(2),
    ],
    [
      'targets are labels',
      () =>
        new AugmentedDataset(new ArrayDataset(new Float32Array(4), null, { shape: [2, 2] }), null, {
          mix: transforms.mixup({ classes: 2 }),
        }),
    ],
    [
      'gives picture 1 the shape',
      () =>
        new AugmentedDataset(pictures(), (image) =>
          image.data[0] > 0 ? { ...image, height: 1, data: image.data.slice(0, 12) } : image,
        ).get(1),
    ],
  ])('refuses: %s', (message, run) => {
    expect(run).toThrow(message);
  });
});
