import type { TypedArray } from '../base/dtype.ts';
import { ArgumentError, DataError, IndexError } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { sizeOf } from '../base/shape.ts';
import { getRngState } from '../tensor/generator.ts';
import { checkSeed } from './checks.ts';
import {
  checkIndex,
  type Data,
  type Dataset,
  datasetOf,
  type Example,
  type ExampleValues,
} from './dataset.ts';
import { arrayFor, type Field } from './field.ts';
import { type ExampleSource, openExamples } from './source.ts';
import { checkSameSize, type Image, pictureShape, type Transform } from './transforms/image.ts';
import type { BatchMix } from './transforms/mix.ts';
import { Random } from './transforms/random.ts';

export interface AugmentedDatasetOptions {
  /** Decides all that is random. Default: the seed of `manualSeed` when the data set is made. */
  readonly seed?: number;
  /** Mixes the pictures of each batch and their targets: `transforms.mixup(…)` or `transforms.cutmix(…)`. Default: none. */
  readonly mix?: BatchMix;
}

const float32 = { stored: 'float32', dtype: 'float32', scale: 1 } as const;

/**
 * Pictures that are transformed as they are read, so that each epoch sees others. What is random depends on the seed, the epoch and the index
 * of a picture alone: a training that is resumed goes on with the same pictures. Goes to `fit` and `DataLoader` like any data set.
 *
 * @param transform `null` where pictures are only mixed.
 *
 * @throws DataError for data that holds no pictures, and for a transform that gives different sizes; IndexError for labels outside the classes.
 *
 * Shapes: inputs [channels, height, width] or [height, width] → what the transform makes of them; labels → [classes] with `mix`
 *
 * @example
 * ```ts
 * import { ArrayDataset, AugmentedDataset, transforms } from 'nacre';
 * const data = new ArrayDataset(new Uint8Array([0, 255]), [1], { shape: [1, 1, 2], scale: 1 / 255 });
 * const augmented = new AugmentedDataset(data, transforms.randomHorizontalFlip({ p: 1 }), { seed: 1 });
 * augmented.get(0); // → [[[[1, 0]]], 1]
 * ```
 */
export class AugmentedDataset implements Dataset {
  readonly dataset: Dataset;
  /** Internal: how batches are read. */
  readonly source: ExampleSource;
  readonly #whole: ExampleSource;
  readonly #transform: Transform;
  readonly #seed: number;
  readonly #mix: BatchMix | undefined;
  /** Sides of the pictures that go in and that come out. */
  readonly #given: Omit<Image, 'data'>;
  readonly #made: Omit<Image, 'data'>;
  /** One example as the data set keeps it. */
  readonly #input: TypedArray;
  readonly #target: TypedArray | null;
  readonly #weight: Float32Array | null;

  constructor(data: Data, transform: Transform | null, options: AugmentedDatasetOptions = {}) {
    const op = 'AugmentedDataset';
    const { seed = getRngState().seed, mix } = optionsOf(op, options, ['seed', 'mix']);
    checkSeed(op, seed);
    if (transform !== null && typeof transform !== 'function') {
      throw new ArgumentError(`a transform is a function, got ${typeof transform}`, {
        op,
        hint: 'Give transforms.compose([...]) for several, or null',
      });
    }
    this.dataset = datasetOf(op, data);
    const whole = openExamples(op, this.dataset);
    this.#whole = whole;
    this.#transform = transform ?? ((image) => image);
    this.#seed = seed;
    this.#mix = mix;
    this.#given = pictureShape(op, whole.input.shape);
    this.#input = arrayFor(whole.input, 1);
    this.#target = whole.target && arrayFor(whole.target, 1);
    this.#weight = whole.weighted ? new Float32Array(1) : null;
    if (mix && whole.target?.shape.length !== 0) {
      throw new DataError('pictures are mixed where targets are labels, one for each', { op });
    }
    const { channels, height, width } = this.#image(0, 0);
    this.#made = { channels, height, width };
    this.source = this.#asSource();
  }

  get length(): number {
    return this.#whole.length;
  }

  get(index: number, epoch = 0): Example {
    checkIndex('get', index, this.length);
    const { input, target } = this.source;
    const inputs = arrayFor(input, 1);
    const targets = target && arrayFor(target, 1);
    const weights = this.#weight && new Float32Array(1);
    this.source.write(index, 0, inputs, targets, weights, epoch);
    const nested = nest(inputs, input.shape);
    if (!target) return [nested];
    const made = nest(targets!, target.shape);
    return weights ? [nested, made, weights[0]] : [nested, made];
  }

  /** The transformed picture; its target lies in `#target` then. */
  #image(index: number, epoch: number): Image {
    this.#whole.write(index, 0, this.#input, this.#target, this.#weight, epoch);
    const { scale } = this.#whole.input;
    const data = Float32Array.from(this.#input as Float32Array);
    if (scale !== 1) for (let i = 0; i < data.length; i++) data[i] *= scale;
    return this.#transform({ data, ...this.#given }, new Random(this.#seed, epoch, index));
  }

  #asSource(): ExampleSource {
    const whole = this.#whole;
    const { channels, height, width } = this.#made;
    // Grey pictures that came without an axis of planes stay so.
    const isFlat = whole.input.shape.length === 2 && channels === 1;
    const input: Field = { ...float32, shape: isFlat ? [height, width] : [channels, height, width] };
    const size = sizeOf(input.shape);
    const mix = this.#mix;
    const target: Field | null = mix ? { ...float32, shape: [mix.classes] } : whole.target;
    return {
      length: whole.length,
      input,
      target,
      weighted: whole.weighted,
      write: (index, row, inputs, targets, weights, epoch = 0) => {
        const image = this.#image(index, epoch);
        checkSameSize('AugmentedDataset', image, this.#made, index);
        inputs.set(image.data, row * size);
        if (weights) weights[row] = this.#weight![0];
        if (!target) return;
        if (mix) writeOneHot(targets!, row, mix.classes, this.#target![0], index);
        else targets!.set(this.#target!, row * this.#target!.length);
      },
      ...(mix && {
        finish: (count, first, inputs, targets, epoch) =>
          mix.mix(
            {
              inputs: (inputs as Float32Array).subarray(0, count * size),
              targets: (targets as Float32Array).subarray(0, count * mix.classes),
              count,
              height,
              width,
            },
            // Told apart from the draws of the transforms, whose indices are from 0 on.
            new Random(this.#seed, epoch, -1 - first),
          ),
      }),
      checkClasses: (classes) => whole.checkClasses(classes),
      labels: () => (mix ? null : (whole.labels?.() ?? null)),
    };
  }
}

function writeOneHot(targets: TypedArray, row: number, classes: number, label: number, index: number): void {
  if (!(Number.isInteger(label) && label >= 0 && label < classes)) {
    throw new IndexError(`the label of example ${index} is ${label}, outside 0 to ${classes - 1}`, {
      op: 'AugmentedDataset',
      hint: `It is mixed as one of ${classes} classes`,
    });
  }
  targets.fill(0, row * classes, (row + 1) * classes);
  targets[row * classes + label] = 1;
}

/** Numbers in nested arrays of a shape; the innermost are typed. */
function nest(numbers: TypedArray, shape: readonly number[]): ExampleValues {
  if (shape.length === 0) return numbers[0];
  if (shape.length === 1) return numbers;
  const [length, ...rest] = shape;
  const part = numbers.length / length;
  return Array.from({ length }, (_, i) => nest(numbers.subarray(i * part, (i + 1) * part), rest));
}
