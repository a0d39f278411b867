/** The convolution alone: its gradients take longer than the runner waits. */
import { jax } from '../../peers/jaxjs.mjs';
import { reportRate, sideOptions, timeCalls } from '../common/side.mjs';
import { checkPixels, EDGE, flopsOf, MAIN, makeConvolution } from './conv.mjs';

const { jit, lax, numpy: np } = jax;
const { batch, channels } = MAIN;
const numbers = makeConvolution(MAIN);
const x = np.array(numbers.x).reshape([batch, channels, EDGE, EDGE]);
const w = np.array(numbers.w).reshape([channels, channels, 3, 3]);
await jax.blockUntilReady([x, w]);

const padding = [
  [1, 1],
  [1, 1],
];
const forward = jit((x, w) => lax.conv(x, w, [1, 1], padding));
const image = await forward(x.ref, w.ref).data();
checkPixels(numbers, channels, ([c, row, column]) => image[(c * EDGE + row) * EDGE + column]);
const times = await timeCalls(async () => {
  const result = forward(x.ref, w.ref);
  await result.blockUntilReady();
  result.dispose();
}, sideOptions());
reportRate('forward', 'GFLOP/s', times, flopsOf(MAIN));
