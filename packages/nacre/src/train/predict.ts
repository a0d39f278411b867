import { sizeOf } from '../base/shape.ts';
import { type DType, dtypes, type TypedArray } from '../base/dtype.ts';
import { DataError } from '../base/errors.ts';
import { BatchReader, checkBatchSize, decode, disposeBatch } from '../data/batches.ts';
import { type Data, datasetOf, TensorDataset } from '../data/dataset.ts';
import { orderAsIs } from '../data/order.ts';
import { openExamples } from '../data/source.ts';
import type { Module } from '../nn/module.ts';
import { type Compiled, compile } from '../tensor/compile.ts';
import { tensor } from '../tensor/create.ts';
import { noGrad } from '../tensor/grad.ts';
import { Tensor } from '../tensor/tensor.ts';
import { evenBatchSize } from './evaluate.ts';
import { inEvaluationMode, outputOf } from './model.ts';
import { Pace } from './pace.ts';

export interface PredictOptions {
  /** Examples computed at once. Default: about 500. */
  readonly batchSize?: number;
}

/**
 * What a model gives for inputs [N, …], in evaluation mode: [N, …]. Takes a tensor of inputs or a data set, whose targets are not
 * looked at.
 *
 * @throws DataError for no inputs, ArgumentError for a model whose forward gives no tensor.
 */
export async function predict(model: Module, inputs: Tensor | Data, options: PredictOptions = {}): Promise<Tensor> {
  const op = 'predict';
  if (options.batchSize !== undefined) checkBatchSize(op, options.batchSize);
  if (inputs instanceof Tensor && inputs.ndim === 0) {
    throw new DataError('inputs of shape [] have no axis of examples', { op, hint: 'Give a batch, also of one: [1, …]' });
  }
  const dataset = inputs instanceof Tensor ? new TensorDataset(inputs) : datasetOf(op, inputs);
  const source = openExamples(op, dataset);
  const reader = new BatchReader(source, options.batchSize ?? evenBatchSize(source.length));
  const forward = compile((stored: Tensor) => noGrad(() => outputOf(op, model, decode(source.input, stored))));
  return inEvaluationMode(model, async () => {
    const order = orderAsIs(source.length);
    const pace = new Pace();
    const outputs = new Rows(source.length);
    for (let begin = 0; begin < order.length; begin += reader.batchSize) {
      const batch = reader.read(order, begin);
      const output = forward(batch.inputs);
      disposeBatch(batch);
      outputs.put(begin, batch.size, output, (await output.data()) as TypedArray);
      output.dispose();
      if (pace.isDue(performance.now())) await pace.turn();
    }
    return outputs.tensor();
  });
}
