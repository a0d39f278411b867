import { jax } from '../../peers/jaxjs.mjs';
import { makeCnn, makeMlp } from '../networks/jaxjs.mjs';
import { example, measureLatency, options } from './measure.mjs';

const { jit, numpy: np, tree } = jax;
const { parameters, forward } = { mlp: makeMlp, cnn: makeCnn }[options.work]();
const x = np.array(example.x).reshape(example.shape);
await jax.blockUntilReady([x]);
const infer = jit((parameters, x) => forward(parameters, x));
await measureLatency(() => infer(tree.ref(parameters), x.ref).data());
