import type { DType, TypedArray } from '../base/dtype.ts';
import { DataError, IndexError, showShape } from '../base/errors.ts';
import { type Shape, sizeOf } from '../base/shape.ts';
import { Tensor } from '../tensor/tensor.ts';
import { type ArrayField, arrayField, checkLabels, type FieldData } from './field.ts';
import { arraySource, type ExampleSource, exampleWeights, openExamples, selectedSource } from './source.ts';

/** Numbers of one example: one number, a typed array, or nested arrays. */
export type ExampleValues = number | boolean | TypedArray | readonly ExampleValues[];

/** What is put in, what is to come out, and how much it counts in the loss: 1 where nothing is said. All examples have a weight, or none. */
export type Example = readonly [input: ExampleValues, target?: ExampleValues, weight?: number];

/** Examples that are asked for by their index, in any order. All have the same shapes. */
export interface Dataset {
  /** Number of examples. */
  readonly length: number;
  /** The example at `index`, from 0 to `length` - 1. What is random about it is to depend on the index and the epoch alone. */
  get(index: number, epoch?: number): Example;
}

/** Examples that take time to make, such as pictures to be decoded: a DataLoader makes several at once, ahead of the training. */
export interface AsyncDataset {
  /** Number of examples. */
  readonly length: number;
  /** The example at `index`. What is random about it is to depend on the index and the epoch alone. */
  get(index: number, epoch?: number): Promise<Example>;
}

export interface ArrayDatasetOptions {
  /** Shape of one input of a flat typed array, such as `[28, 28]`. Default: one number. */
  readonly shape?: Shape;
  /** Inputs are multiplied by this and become float32, such as 1/255 for bytes. Default 1. */
  readonly scale?: number;
  /** Element type of inputs. Default: that of the array; float32 for plain numbers with a fraction and Float64Array. */
  readonly dtype?: DType;
  /** Shape of one target of a flat typed array. Default: one number. */
  readonly targetShape?: Shape;
  /** Element type of targets. Default: as for inputs; plain whole numbers are int32, as labels must be. */
  readonly targetDType?: DType;
  /**
   * Number of classes, or their names: targets are then labels from 0 on, one for each. With names, `fit` and `evaluate` refuse data whose
   * labels mean something else than those of the training. Default: not checked here.
   */
  readonly classes?: number | readonly string[];
  /** How much each example counts in the loss, one number of zero or more for each. Default: 1 for all. */
  readonly sampleWeight?: ArrayLike<number>;
}

/**
 * Examples in arrays: flat typed arrays with the shape of one example, or nested arrays with the examples outermost.
 *
 * @throws DataError for arrays that are empty, ragged, of different lengths, or hold NaN or an infinity; IndexError for
 * labels outside `classes`.
 *
 * Shapes: n inputs and n targets, each of one shape
 *
 * @example
 * ```ts
 * import { ArrayDataset } from 'nacre';
 * const bytes = new Uint8Array([0, 255, 255, 0]);
 * const data = new ArrayDataset(bytes, [0, 1], { shape: [2], scale: 1 / 255 });
 * data.length; // → 2
 * data.get(0); // → [[0, 1], 0]
 * ```
 */
export class ArrayDataset implements Dataset {
  /** Internal: how batches are read. */
  readonly source: ExampleSource;
  readonly #input: ArrayField;
  readonly #target: ArrayField | null;
  readonly #weights: Float32Array | null;

  constructor(inputs: FieldData, targets?: FieldData | null, options: ArrayDatasetOptions = {}) {
    const op = new.target.name;
    const { shape, scale, dtype, targetShape, targetDType, classes, sampleWeight } = options;
    const input = arrayField(op, 'inputs', inputs, { shape, scale, dtype });
    const target = targets
      ? arrayField(op, 'targets', targets, { shape: targetShape, dtype: targetDType ?? labelDType(targets) })
      : null;
    if (input.length === 0) throw new DataError('there are no examples', { op });
    if (target && target.length !== input.length) {
      throw new DataError(`${input.length} inputs but ${target.length} targets`, {
        op,
        hint: `One input has shape ${showShape(input.shape)}; flat arrays need { shape } of one example`,
      });
    }
    const classNames = typeof classes === 'object' ? classes : undefined;
    const count = classNames?.length ?? (classes as number | undefined);
    if (target && count !== undefined) checkLabels(op, target.data, count);
    this.#input = input;
    this.#target = target && { ...target, classNames };
    this.#weights = sampleWeight ? exampleWeights(op, sampleWeight, input.length) : null;
    this.source = arraySource(op, input, this.#target, this.#weights);
  }

  get length(): number {
    return this.#input.length;
  }

  get(index: number): Example {
    checkIndex('get', index, this.length);
    const input = exampleOf(this.#input, index);
    if (!this.#target) return [input];
    const target = exampleOf(this.#target, index);
    return this.#weights ? [input, target, this.#weights[index]] : [input, target];
  }
}

/** Labels are int32 wherever they are used, also where they are kept as bytes. */
const labelDType = (targets: FieldData): DType | undefined =>
  targets instanceof Uint8Array || targets instanceof Int8Array ? 'int32' : undefined;

function exampleOf({ data, shape, scale }: ArrayField, index: number): ExampleValues {
  const size = sizeOf(shape);
  if (shape.length === 0) return data[index] * scale;
  const part = data.slice(index * size, (index + 1) * size);
  return scale === 1 ? part : Float32Array.from(part, (value) => value * scale);
}

/** Throws an IndexError unless there is such an example. */
export function checkIndex(op: string, index: number, length: number): void {
  if (Number.isInteger(index) && index >= 0 && index < length) return;
  throw new IndexError(`there is no example ${index}; there are ${length}`, { op });
}

/**
 * Examples along the first axis of tensors, whose elements are copied once.
 *
 * @throws as ArrayDataset.
 *
 * Shapes: inputs [n, ...], targets [n, ...]
 *
 * @example
 * ```ts
 * import { tensor, TensorDataset } from 'nacre';
 * const data = new TensorDataset(tensor([[1, 2], [3, 4]]), tensor([5, 6]));
 * data.get(1); // → [[3, 4], 6]
 * ```
 */
export class TensorDataset extends ArrayDataset {
  constructor(
    inputs: Tensor,
    targets?: Tensor | null,
    options: Pick<ArrayDatasetOptions, 'classes' | 'sampleWeight'> = {},
  ) {
    super(inputs.dataSync() as FieldData, targets?.dataSync() as FieldData | undefined, {
      shape: exampleShape('inputs', inputs),
      dtype: inputs.dtype,
      targetShape: targets ? exampleShape('targets', targets) : undefined,
      targetDType: targets?.dtype,
      ...options,
    });
  }
}

function exampleShape(what: string, tensor: Tensor): Shape {
  const { shape } = tensor.node;
  if (shape.length === 0) {
    throw new DataError(`${what} of shape [] have no axis of examples`, {
      op: 'TensorDataset',
      shapes: [shape],
    });
  }
  return shape.slice(1);
}

/**
 * Some examples of another Dataset, in the order of `indices`. Throws an IndexError for an index it does not have.
 *
 * @example
 * ```ts
 * import { ArrayDataset, Subset } from 'nacre';
 * const data = new ArrayDataset([10, 20, 30], [0, 1, 2]);
 * const last = new Subset(data, [2]);
 * last.get(0); // → [30, 2]
 * new Subset(data, [3]); // → throws IndexError
 * ```
 */
export class Subset implements Dataset {
  readonly dataset: Dataset;
  readonly indices: Int32Array;
  /** Internal: how batches are read. */
  readonly source: ExampleSource;

  constructor(dataset: Dataset, indices: ArrayLike<number>) {
    this.dataset = dataset;
    this.indices = Int32Array.from(indices);
    for (const index of this.indices) checkIndex('Subset', index, dataset.length);
    this.source = selectedSource(openExamples('Subset', dataset), this.indices);
  }

  get length(): number {
    return this.indices.length;
  }

  get(index: number, epoch = 0): Example {
    checkIndex('get', index, this.length);
    return this.dataset.get(this.indices[index], epoch);
  }
}

/** Pictures of one size in bytes, each with its class: what the loaders of `nacre/datasets` give. */
export interface LabelledImages {
  /** Pixels from 0 to 255, row by row, plane by plane where there are several, picture after picture. */
  readonly images: Uint8Array;
  /** The class of each picture, an index into `classes`. */
  readonly labels: Int32Array | Uint8Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** Planes of a picture, such as 3 for red, green and blue. Default: one, which gets no axis of its own. */
  readonly channels?: number;
  readonly classes: readonly string[];
}

/**
 * Pictures as a Dataset of float32 inputs [height, width], or [channels, height, width], from 0 to 1 and labels. Throws as ArrayDataset.
 *
 * Shapes: bytes of count·height·width → inputs [height, width]; with channels → [channels, height, width]
 *
 * @example
 * ```ts
 * import { imageDataset } from 'nacre';
 * const data = imageDataset({
 *   images: new Uint8Array([0, 255]), labels: new Uint8Array([1]), count: 1, height: 1, width: 2, classes: ['no', 'yes'],
 * });
 * data.length; // → 1
 * const [input, target] = data.get(0);
 * target; // → 1
 * ```
 */
export const imageDataset = ({
  images,
  labels,
  height,
  width,
  channels,
  classes,
}: LabelledImages): ArrayDataset =>
  new ArrayDataset(images, labels, {
    shape: channels === undefined ? [height, width] : [channels, height, width],
    scale: 1 / 255,
    classes,
  });

/** Whatever `fit`, `evaluate` and `predict` take for data whose examples can be asked for in any order. */
export type Data =
  | Dataset
  | LabelledImages
  | readonly [inputs: Tensor, targets: Tensor]
  | readonly [inputs: Tensor, targets: Tensor, sampleWeight: Tensor];

/** What somebody gave, in a word. */
function kindOf(value: unknown): string {
  if (value instanceof Tensor) return 'a tensor';
  if (Array.isArray(value)) return 'an array';
  return ArrayBuffer.isView(value) ? 'a typed array' : value === null ? 'null' : typeof value;
}

const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;

/** The Dataset of whatever is given for data. Throws a DataError if it is none. */
export function datasetOf(op: string, data: Data): Dataset {
  if (Array.isArray(data) && (data.length === 2 || data.length === 3) && data.every(isTensor)) {
    const [inputs, targets, weights] = data;
    const sampleWeight = weights?.to('float32').dataSync();
    return new TensorDataset(inputs, targets, { sampleWeight });
  }
  if (typeof data === 'object' && data !== null) {
    if ('images' in data && 'labels' in data) return imageDataset(data);
    if ('get' in data && 'length' in data) return data;
  }
  const given: unknown = data;
  if (Array.isArray(given) && given.length === 2) {
    throw new DataError(`[inputs, targets] are to be tensors, got [${given.map(kindOf).join(', ')}]`, {
      op,
      hint: 'Give them as tensors, with tensor(...), or as new ArrayDataset(inputs, targets)',
    });
  }
  throw new DataError(`${kindOf(given)} is no data set`, {
    op,
    hint: 'Give a Dataset (length and get), what a loader of nacre/datasets gives, or [inputs, targets] as tensors',
  });
}
