import { fit, nn, optim, TensorDataset, tensor } from 'nacre';
import { makeImages } from '../common/images.mjs';
import { makeNetwork, prepare } from '../common/nacre.mjs';
import { checkLearned, sideOptions, timeCalls } from '../common/side.mjs';
import { BATCH, IMAGES, reportEpochs } from './epoch.mjs';

const options = sideOptions();
await prepare(options);
const { images, labels } = makeImages(IMAGES);
const data = new TensorDataset(
  tensor(images, { shape: [IMAGES, 28, 28] }),
  tensor(labels, { dtype: 'int32', shape: [IMAGES] }),
);
const model = new nn.Sequential(new nn.Flatten(), makeNetwork());
const optimizer = new optim.Adam(model.parameters());

/** @type {number[]} */
const losses = [];
const times = await timeCalls(
  async () => {
    const history = await fit(model, data, { optimizer, loss: 'crossEntropy', epochs: 1, batchSize: BATCH });
    losses.push(history.loss[0]);
  },
  { ...options, minSamples: 1 },
);
checkLearned(losses[0], losses[losses.length - 1]);
reportEpochs(times);
