/** The network of the training benchmarks in Nacre, and what each of our sides does first. */
import {
  compile,
  crossEntropy,
  manualSeed,
  nn,
  optim,
  realize,
  setDevice,
  setThreads,
  tensor,
  threadsReady,
} from 'nacre';
import { DROPOUT, LAYERS, makeImages, PIXELS } from './images.mjs';
import { timeCalls } from './side.mjs';

/**
 * Sets the thread count and the device, waits for the workers, and seeds.
 * @param {import('./side.mjs').SideOptions} options
 */
export async function prepare({ threads, device }) {
  if (device !== undefined) setDevice(device);
  setThreads(threads);
  await threadsReady();
  manualSeed(0);
}

const something = tensor([0]);

/**
 * `timeCalls` for calls that may return before their work has ended, as programs do that run beside the event loop: each sample waits for
 * it. Nothing is read while a program runs, so a number that has nothing to do with it will do.
 * @param {() => void} call
 * @param {Parameters<typeof timeCalls>[1]} options
 */
export const timeRuns = (call, options) =>
  timeCalls(call, { ...options, settle: () => void something.itemSync() });

/** 784-128-64-32-10 with ReLU and dropout between. */
export function makeNetwork() {
  const layers = [];
  for (let i = 0; i + 1 < LAYERS.length; i++) {
    if (i > 0) layers.push(new nn.ReLU(), new nn.Dropout(DROPOUT));
    layers.push(new nn.Linear(LAYERS[i], LAYERS[i + 1]));
  }
  return new nn.Sequential(...layers);
}

/**
 * A compiled train step (cross-entropy, Adam) on one batch.
 * @param {number} batch images a step
 * @returns {Promise<() => Promise<number>>} does one step and gives its loss
 */
export async function makeTrainStep(batch) {
  const { images, labels } = makeImages(batch);
  const x = tensor(images, { shape: [batch, PIXELS] });
  const y = tensor(labels, { dtype: 'int32', shape: [batch] });
  await realize(x, y);

  const model = makeNetwork();
  const adam = new optim.Adam(model.parameters());
  const step = compile((x, y) => {
    const loss = crossEntropy(model.forward(x), y);
    loss.backward();
    adam.step();
    adam.zeroGrad();
    return loss;
  });
  return () => step(x, y).item();
}
