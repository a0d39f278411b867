import { tf } from '../../peers/tfjs.mjs';
import { makeModel } from '../common/tfjs.mjs';
import { makeCnn, makeResnet18 } from '../networks/tfjs.mjs';
import { example, measureLatency, options } from './measure.mjs';

const make = { mlp: makeModel, cnn: () => makeCnn({ softmax: false }), resnet18: makeResnet18 }[options.work];
const model = make();
const given = tf.tensor(example.x, example.shape);
const x = options.work === 'mlp' ? given : given.transpose([0, 2, 3, 1]);
await measureLatency(async () => {
  const output = model.predict(x);
  const values = await output.data();
  output.dispose();
  return values;
});
