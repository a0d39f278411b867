/** Its images have their channels last, which is the layout it computes in. */
import { tf } from '../../peers/tfjs.mjs';
import { reportRate, sideOptions, timeCalls } from '../common/side.mjs';
import { checkPixels, EDGE, flopsOf, MAIN, makeConvolution } from './conv.mjs';

const options = sideOptions();
const { batch, channels } = MAIN;
const numbers = makeConvolution(MAIN);
const x = tf.tensor4d(numbers.x, [batch, channels, EDGE, EDGE]).transpose([0, 2, 3, 1]);
const w = tf.tensor4d(numbers.w, [channels, channels, 3, 3]).transpose([2, 3, 1, 0]);

const image = tf.conv2d(x, w, 1, 'same').dataSync();
checkPixels(numbers, channels, ([c, row, column]) => image[(row * EDGE + column) * channels + c]);
const works = {
  forward: () => tf.conv2d(x, w, 1, 'same'),
  // The gradient of the input is what it calls a transposed convolution. Its wasm backend has no gradient of the kernels.
  input: () => tf.conv2dTranspose(x, w, [batch, EDGE, EDGE, channels], 1, 'same'),
};
for (const [name, work] of Object.entries(works)) {
  const times = await timeCalls(() => {
    work().dispose();
  }, options);
  reportRate(name, 'GFLOP/s', times, flopsOf(MAIN));
}
