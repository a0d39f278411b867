/** Inference in ONNX Runtime, on its processor back end: the same for its two packages. */

import { example, measureLatency, options } from './measure.mjs';
import { makeModel } from './onnx.mjs';

/**
 * @param {{ InferenceSession: any, Tensor: any }} ort
 */
export async function measureOrt(ort) {
  const model = makeModel(options.work, example.shape);
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: options.threads });
  const x = new ort.Tensor('float32', example.x, example.shape);
  const [output] = session.outputNames;
  await measureLatency(async () => (await session.run({ x }))[output].data);
}
