import { dtypes, type TypedArray } from '../base/dtype.ts';
import { DataError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { decode, disposeBatch } from '../data/batches.ts';
import { TensorDataset } from '../data/dataset.ts';
import { Pace } from '../data/pace.ts';
import type { Module } from '../nn/module.ts';
import { tensor } from '../tensor/create.ts';
import { noGrad } from '../tensor/grad.ts';
import { Tensor } from '../tensor/tensor.ts';
import { type BatchedData, batchesOf, evenBatchSize, openFeed } from './feed.ts';
import { inEvaluationMode, outputOf } from './model.ts';
import { checkPrecision, inPrecision, type TrainingPrecision } from './precision.ts';

export interface PredictOptions {
  /** Examples computed at once; a DataLoader has its own. Default: about 500. */
  readonly batchSize?: number;
  /** As in `fit`. Default 'float32'. */
  readonly precision?: TrainingPrecision;
}

/**
 * What a model gives for inputs [N, …], in evaluation mode: [N, …]. Takes a tensor of inputs or data of any kind, whose targets are not
 * looked at.
 *
 * @throws DataError for no inputs, ArgumentError for a model whose forward gives no tensor.
 *
 * Shapes: inputs [N, ...] → [N, ...]
 *
 * @example
 * ```ts
 * import { nn, predict, tensor } from 'nacre';
 * await (await predict(new nn.ReLU(), tensor([[-1], [2]]))).tolist(); // → [[0], [2]]
 * ```
 */
export async function predict(
  model: Module,
  inputs: Tensor | BatchedData,
  options: PredictOptions = {},
): Promise<Tensor> {
  const op = 'predict';
  const { batchSize, precision = 'float32' } = optionsOf(op, options, ['batchSize', 'precision']);
  checkPrecision(op, precision);
  if (inputs instanceof Tensor && inputs.ndim === 0) {
    throw new DataError('inputs of shape [] have no axis of examples', {
      op,
      hint: 'Give a batch, also of one: [1, …]',
    });
  }
  const data = inputs instanceof Tensor ? new TensorDataset(inputs) : inputs;
  const feed = openFeed(op, data, { batchSize, defaultBatchSize: evenBatchSize, needsTargets: false });
  return inEvaluationMode(model, async () => {
    const pace = new Pace();
    const outputs: Tensor[] = [];
    const rows: TypedArray[] = [];
    for await (const { source, batch } of batchesOf(feed)) {
      const x = decode(source.input, batch.inputs);
      const output = noGrad(() => inPrecision(precision, () => outputOf(op, model, x)));
      checkRows(op, output, batch.size);
      rows.push((await output.data()) as TypedArray);
      outputs.push(output);
      disposeBatch(batch);
      if (pace.isDue(performance.now())) await pace.turn();
    }
    return outputs.length === 1 ? outputs[0] : joinRows(outputs, rows);
  });
}

function checkRows(op: string, output: Tensor, size: number): void {
  if (output.ndim > 0 && output.shape[0] === size) return;
  throw new ShapeMismatchError(`${size} inputs gave an output of ${showShape(output.shape)}`, {
    op,
    shapes: [output.shape],
    hint: 'The first axis of what a model takes and gives is that of the examples',
  });
}

/** Parts one after the other: in plain memory, since one program for any number of parts would be a large one. */
function joinRows(parts: readonly Tensor[], rows: readonly TypedArray[]): Tensor {
  const [{ dtype, shape }] = parts;
  const { array, bytes } = dtypes[dtype];
  const length = parts.reduce((sum, { size }) => sum + size, 0);
  const all = new array(new ArrayBuffer(length * bytes), 0, length);
  let at = 0;
  for (const part of rows) {
    all.set(part, at);
    at += part.length;
  }
  for (const part of parts) part.dispose();
  return tensor(all, {
    dtype,
    shape: [parts.reduce((sum, part) => sum + part.shape[0], 0), ...shape.slice(1)],
  });
}
