import { files } from '#files';
import { ArgumentError, DataError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { encodePng } from '../../datasets/png-encoder.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { histogramEvent, imageEvent, scalarEvent, startEvent, versionEvent } from './events.ts';
import { concatBytes, type Encoded } from './protobuf.ts';
import { frame } from './records.ts';

export interface SummaryWriterOptions {
  /** Hides what earlier event files of the folder have from this step on: for a training that goes on from there. Default: nothing. */
  readonly purgeStep?: number;
}

/** Files of one process that begin in the same second have names of their own. */
let made = 0;

/**
 * Writes what TensorBoard shows: numbers, histograms and pictures, as event files in a folder (PyTorch's `SummaryWriter`). Look at them
 * with `tensorboard --logdir runs`.
 *
 * @throws FileError for a folder that cannot be written; ArgumentError for a step below zero, or a picture of another shape.
 *
 * @example
 * ```ts
 * import { randn, SummaryWriter } from 'nacre';
 * const writer = new SummaryWriter('runs/first');
 * for (let step = 0; step < 10; step++) writer.addScalar('loss', 1 / (step + 1), step);
 * await writer.addHistogram('weights', randn([100]), 10);
 * await writer.addImage('noise', randn([3, 8, 8]).sigmoid(), 10);
 * await writer.close();
 * writer.addScalar('loss', 0, -1); // → throws ArgumentError: a step is a whole number from 0 on
 * ```
 */
export class SummaryWriter {
  readonly #folder: string;
  readonly #path: string;
  #waiting: Encoded[] = [];
  /** What was written so far: parts of the file follow each other. */
  #written: Promise<void>;

  constructor(folder: string, options: SummaryWriterOptions = {}) {
    const op = 'SummaryWriter';
    const { purgeStep } = optionsOf(op, options, ['purgeStep']);
    if (typeof folder !== 'string' || folder === '') {
      throw new ArgumentError('there is no folder to write to', { op, hint: "Give 'runs/first'" });
    }
    const seconds = String(Math.floor(Date.now() / 1000)).padStart(10, '0');
    this.#folder = folder;
    // TensorBoard reads the files of a folder in the order of their names.
    const number = String(made++).padStart(4, '0');
    this.#path = `${folder}/events.out.tfevents.${seconds}.nacre.${number}.${Math.floor(Math.random() * 1e9)}`;
    this.#add(versionEvent(now()));
    if (purgeStep !== undefined) this.#add(startEvent(now(), checkStep(op, purgeStep)));
    this.#written = Promise.resolve();
  }

  /** A number of a step. */
  addScalar(tag: string, value: number, step: number): void {
    this.#add(scalarEvent(now(), checkStep('SummaryWriter.addScalar', step), tag, value));
  }

  /**
   * How values are spread, counted in 30 stretches of equal length. Values that are not finite are left out.
   *
   * @throws DataError if no finite value is left.
   */
  async addHistogram(tag: string, values: Tensor | ArrayLike<number>, step: number): Promise<void> {
    const op = 'SummaryWriter.addHistogram';
    checkStep(op, step);
    const numbers = await numbersOf(values);
    const finite = Float64Array.from(numbers).filter(Number.isFinite);
    if (finite.length === 0) {
      throw new DataError(`'${tag}' has no finite value`, { op, hint: 'Leave it out' });
    }
    this.#add(histogramEvent(now(), step, tag, finite));
  }

  /**
   * A picture [height, width] or [channels, height, width], of 1 channel (grey) or 3 (red, green, blue): floats from 0 to 1, or bytes. What
   * is outside is cut off.
   *
   * @throws ArgumentError for another shape.
   */
  async addImage(tag: string, image: Tensor, step: number): Promise<void> {
    const op = 'SummaryWriter.addImage';
    checkStep(op, step);
    const { shape } = image;
    const [channels, height, width] = shape.length === 2 ? [1, ...shape] : shape;
    if (shape.length < 2 || shape.length > 3 || (channels !== 1 && channels !== 3) || image.size === 0) {
      throw new ArgumentError('a picture is [height, width], or [1 or 3, height, width]', {
        op,
        shapes: [shape],
      });
    }
    const values = await numbersOf(image);
    const factor = image.dtype === 'uint8' ? 1 : 255;
    const pixels = new Uint8ClampedArray(values.length);
    const plane = height * width;
    for (let i = 0; i < values.length; i++)
      pixels[(i % plane) * channels + Math.floor(i / plane)] = values[i] * factor;
    const png = await encodePng({ data: pixels, width, height, channels: channels === 1 ? 1 : 3 });
    this.#add(imageEvent(now(), step, tag, { width, height, channels, png }));
  }

  /** Writes to the file what was added so far. */
  flush(): Promise<void> {
    this.#written = this.#written.then(async () => {
      if (this.#waiting.length === 0) return;
      const bytes = concatBytes(this.#waiting);
      this.#waiting = [];
      await files.makeDirectory(this.#folder);
      await files.appendBytes(this.#path, bytes);
    });
    return this.#written;
  }

  /** Writes the rest. Between two calls no file is open, so that nothing is lost by one that is left out but what was not flushed. */
  close(): Promise<void> {
    return this.flush();
  }

  #add(event: Encoded): void {
    this.#waiting.push(frame(event));
  }
}

const now = (): number => Date.now() / 1000;

async function numbersOf(values: Tensor | ArrayLike<number>): Promise<ArrayLike<number>> {
  if (!(values instanceof Tensor)) return values;
  const isLow = values.dtype === 'float16' || values.dtype === 'bfloat16';
  return (isLow ? values.to('float32') : values).data();
}

function checkStep(op: string, step: number): number {
  if (Number.isSafeInteger(step) && step >= 0) return step;
  throw new ArgumentError(`a step is a whole number from 0 on, got ${step}`, { op });
}
