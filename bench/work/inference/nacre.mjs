import { compile, noGrad, realize, tensor } from 'nacre';
import { makeNetwork, prepare } from '../common/nacre.mjs';
import { makeCnn, makeResnet18 } from '../networks/nacre.mjs';
import { example, measureLatency, options } from './measure.mjs';

await prepare(options);
const model = { mlp: makeNetwork, cnn: makeCnn, resnet18: makeResnet18 }[options.work]();
model.eval();
const x = tensor(example.x, { shape: example.shape });
await realize(x);
const infer = compile((x) => noGrad(() => model.forward(x)));
await measureLatency(() => infer(x).data());
