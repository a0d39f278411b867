import {
  compile,
  crossEntropy,
  DataLoader,
  type LoadedBatch,
  manualSeed,
  nn,
  optim,
  softmax,
  type Tensor,
  tensor,
} from 'nacre';
import { type ImageSet, mnistFromBytes, type TrainTest, toMnistDigit } from 'nacre/datasets';
import type { Reading } from '../messages.ts';
import { send } from './port.ts';
import type { Task } from './task.ts';

const pixels = 784;
const classes = 10;
const batchSize = 32;
/** How many digits of the test set the page shows. */
const sampleCount = 40;
/** Between two looks at the whole test set, each of which takes about 5 ms. */
const testMilliseconds = 400;

/** The four files of MNIST's form, from where the page lies. */
export async function fetchDigits(folder: string): Promise<TrainTest> {
  const fetchFile = async (name: string): Promise<Uint8Array> => {
    const response = await fetch(new URL(name, folder));
    if (!response.ok) throw new Error(`${name}: ${response.status} ${response.statusText}`);
    return new Uint8Array(await response.arrayBuffer());
  };
  const [trainImages, trainLabels, testImages, testLabels] = await Promise.all(
    [
      'train-images-idx3-ubyte.gz',
      'train-labels-idx1-ubyte.gz',
      't10k-images-idx3-ubyte.gz',
      't10k-labels-idx1-ubyte.gz',
    ].map(fetchFile),
  );
  return mnistFromBytes({ trainImages, trainLabels, testImages, testLabels });
}

const toInputs = (images: Uint8Array): Tensor =>
  tensor(
    Float32Array.from(images, (value) => value / 255),
    { shape: [images.length / pixels, pixels] },
  );

/** Batches without an end: one epoch after the other, each in its own order. */
async function* endless(loader: DataLoader): AsyncGenerator<LoadedBatch> {
  for (;;) yield* loader;
}

/** The network of the classic exercise learns handwritten digits, and reads what the visitor draws. */
export class DigitsTask implements Task {
  readonly name = 'digits';
  readonly stepsPerSecond = Number.POSITIVE_INFINITY;
  steps = 0;
  private readonly test: ImageSet;
  private readonly testInputs: Tensor;
  private readonly batches: AsyncGenerator<LoadedBatch>;
  private readonly optimizer: optim.Adam;
  private readonly train: (x: Tensor, y: Tensor) => Tensor;
  private readonly read: (x: Tensor) => Float32Array;
  private predicted = new Int32Array();
  private tested = { at: Number.NEGATIVE_INFINITY, steps: -1, accuracy: 0 };

  constructor({ train, test }: TrainTest, learningRate: number) {
    manualSeed(0);
    const model = new nn.Sequential(
      new nn.Flatten(),
      ...[128, 64, 32].flatMap((size, layer, sizes) => [
        new nn.Linear(sizes[layer - 1] ?? pixels, size),
        new nn.ReLU(),
        new nn.Dropout(0.2),
      ]),
      new nn.Linear(32, classes),
    );
    const optimizer = new optim.Adam(model.parameters(), { lr: learningRate });
    const loader = new DataLoader(train, { batchSize, shuffle: true, dropLast: true });
    const infer = compile((x: Tensor) => softmax(model.forward(x), 1));

    this.test = test;
    this.testInputs = toInputs(test.images);
    this.optimizer = optimizer;
    this.batches = endless(loader);
    this.train = compile((x: Tensor, y: Tensor) => {
      const loss = crossEntropy(model.forward(x), y);
      optimizer.zeroGrad();
      loss.backward();
      optimizer.step();
      return loss;
    });
    this.read = (x) => {
      model.eval();
      const probabilities = infer(x);
      model.train();
      const values = probabilities.dataSync() as Float32Array;
      probabilities.dispose();
      return values;
    };
    send({
      kind: 'digits',
      trainCount: train.count,
      testCount: test.count,
      stepsPerEpoch: loader.length,
    });
  }

  async step(): Promise<number> {
    const { value } = await this.batches.next();
    const [x, y] = value as [Tensor, Tensor];
    const loss = this.train(x, y);
    this.steps++;
    const number = await loss.item();
    for (const used of [x, y, loss]) used.dispose();
    return number;
  }

  accuracy(isFinal: boolean): number {
    const { at, steps, accuracy } = this.tested;
    const now = performance.now();
    if (steps === this.steps || (!isFinal && now - at < testMilliseconds)) return accuracy;
    const probabilities = this.read(this.testInputs);
    this.predicted = this.test.labels.map((_, image) => mostLikely(probabilities, image));
    const right = this.predicted.filter((digit, image) => digit === this.test.labels[image]);
    this.tested = { at: now, steps: this.steps, accuracy: right.length / this.test.count };
    return this.tested.accuracy;
  }

  show(): void {
    send({
      kind: 'samples',
      images: this.test.images.slice(0, sampleCount * pixels),
      labels: this.test.labels.slice(0, sampleCount),
      predicted: this.predicted.slice(0, sampleCount),
    });
  }

  /** Reads a picture that was made as the training images were. */
  readDigit(image: Uint8Array): Reading {
    const input = toInputs(image);
    const probabilities = this.read(input);
    input.dispose();
    return { kind: 'reading', result: { image, probabilities } };
  }

  get learningRate(): number {
    return this.optimizer.lr;
  }

  set learningRate(value: number) {
    this.optimizer.lr = value;
  }

  dispose(): void {
    this.testInputs.dispose();
  }
}

function mostLikely(probabilities: Float32Array, image: number): number {
  const own = probabilities.subarray(image * classes, (image + 1) * classes);
  return own.indexOf(Math.max(...own));
}

/** A drawing as 28 x 28 pixels; null if there is no ink. */
export function toDigit(ink: Uint8Array, side: number): Uint8Array | null {
  const hasInk = ink.some((value) => value > 127);
  return hasInk ? toMnistDigit({ data: ink, width: side, height: side, channels: 1 }).image : null;
}
