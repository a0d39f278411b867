import { tf } from '../../peers/tfjs.mjs';
import { makeImages, PIXELS } from '../common/images.mjs';
import { checkLearned, sideOptions, timeCalls } from '../common/side.mjs';
import { makeModel } from '../common/tfjs.mjs';
import { BATCH, IMAGES, reportEpochs } from './epoch.mjs';

const { images, labels } = makeImages(IMAGES);
const x = tf.tensor2d(images, [IMAGES, PIXELS]);
const y = tf.tensor1d(Float32Array.from(labels));
const model = makeModel();

/** @type {number[]} */
const losses = [];
const times = await timeCalls(
  async () => {
    // `yieldEvery: 'never'`: its pauses for a page that must stay responsive are not part of the work.
    const fitOptions = { epochs: 1, batchSize: BATCH, verbose: 0, yieldEvery: 'never' };
    const { history } = await model.fit(x, y, fitOptions);
    losses.push(Number(history.loss[0]));
  },
  { ...sideOptions(), minSamples: 1 },
);
checkLearned(losses[0], losses[losses.length - 1]);
reportEpochs(times);
