import {
  type Callback,
  deviceInfo,
  type EpochRecord,
  evaluate,
  fit,
  loadSafetensors,
  manualSeed,
  nn,
  optim,
  predict,
  saveSafetensors,
  setDevice,
  setThreads,
  softmax,
  type Tensor,
  TrainingState,
  tensor,
} from 'nacre';
import type { ImageSet } from 'nacre/datasets';
import type { DeviceSummary, EpochResult, TestResult } from './report/types.ts';
import type { RunSettings } from './run/settings.ts';
import type { StepProgress } from './terminal/progress.ts';

// Everything the command line asks of the training library is in this file.

/** The network of the classic exercise: 784 pixels, three hidden layers, ten digits. */
const sizes = [784, 128, 64, 32, 10] as const;
const dropoutRate = 0.2;

export const layersText = sizes.join(' → ');

export type Network = nn.Sequential;

/** Flatten, then Linear, ReLU and Dropout for each hidden layer, then Linear. The seed decides the initial weights. */
export function createNetwork(seed: number): Network {
  manualSeed(seed);
  const hidden = sizes
    .slice(1, -1)
    .flatMap((size, layer) => [
      new nn.Linear(sizes[layer], size),
      new nn.ReLU(),
      new nn.Dropout(dropoutRate),
    ]);
  const [lastHidden, classes] = sizes.slice(-2);
  return new nn.Sequential(new nn.Flatten(), ...hidden, new nn.Linear(lastHidden, classes));
}

export const countParameters = (network: Network): number =>
  [...network.parameters()].reduce((sum, parameter) => sum + parameter.value.size, 0);

/** Chooses where to compute, and says what that is. */
export async function openDevice(wanted: { device?: string; threads?: number }): Promise<DeviceSummary> {
  if (wanted.device !== undefined) setDevice(wanted.device);
  if (wanted.threads !== undefined) setThreads(wanted.threads);
  const { device, simd, threads } = await deviceInfo();
  return { device, simd, threads };
}

export interface TrainingCalls {
  beginEpoch(epoch: number): void;
  step(progress: StepProgress): void;
  endEpoch(result: EpochResult, stepsPerEpoch: number): void;
}

export interface TrainingOutcome {
  readonly history: readonly EpochResult[];
  readonly interrupted: boolean;
  readonly state: TrainingState;
}

const toResult = ({
  epoch,
  loss,
  accuracy,
  valLoss,
  valAccuracy,
  seconds,
  stepMicroseconds,
}: EpochRecord): EpochResult => ({
  epoch,
  loss,
  accuracy,
  valLoss,
  valAccuracy,
  seconds,
  stepMicroseconds,
});

/** Trains a network to its end, or until the signal; `resume` goes on from a state that was saved. */
export async function trainNetwork(
  network: Network,
  data: { train: ImageSet; test: ImageSet },
  settings: RunSettings,
  { calls, signal, resume }: { calls: TrainingCalls; signal: AbortSignal; resume?: TrainingState },
): Promise<TrainingOutcome> {
  let stepsPerEpoch = 0;
  const callback: Callback = {
    onTrainBegin: (info) => {
      stepsPerEpoch = info.stepsPerEpoch;
    },
    onEpochBegin: (epoch) => calls.beginEpoch(epoch),
    onStepEnd: (progress) => calls.step(progress),
    onEpochEnd: (record) => calls.endEpoch(toResult(record), stepsPerEpoch),
  };
  const { history, interrupted, state } = await fit(network, data.train, {
    optimizer: new optim.Adam(network.parameters(), { lr: settings.lr }),
    loss: 'crossEntropy',
    metrics: ['accuracy'],
    epochs: settings.epochs,
    batchSize: settings.batchSize,
    validation: data.test,
    shuffle: true,
    seed: settings.seed,
    callbacks: [callback],
    signal,
    resume,
  });
  return { history: history.map(toResult), interrupted, state };
}

/** Loss, accuracy and confusion matrix on images the network was not trained on. */
export async function testNetwork(network: Network, test: ImageSet): Promise<TestResult> {
  const { loss, accuracy } = await evaluate(network, test, { loss: 'crossEntropy', metrics: ['accuracy'] });
  const logits = await (await predict(network, test)).data();
  const classes = test.classes.length;
  const confusion = test.classes.map(() => new Array<number>(classes).fill(0));
  for (let image = 0; image < test.count; image++) {
    const row = logits.subarray(image * classes, (image + 1) * classes);
    confusion[test.labels[image]][row.indexOf(row.reduce((most, value) => Math.max(most, value)))]++;
  }
  return { loss, accuracy, confusion, labels: test.classes };
}

/** The probability of each digit for one image of 28 × 28 bytes. */
export async function digitProbabilities(network: Network, image: Uint8Array): Promise<number[]> {
  const input = tensor(
    Float32Array.from(image, (pixel) => pixel / 255),
    { shape: [1, 28, 28] },
  );
  return Array.from(await softmax(await predict(network, input), 1).data());
}

/** Writes the weights under PyTorch's keys. */
export const saveNetwork = (path: string, network: Network): Promise<void> =>
  saveSafetensors(path, network.stateDict());

/** The network with the weights of a file. */
export async function loadNetwork(path: string): Promise<Network> {
  const network = createNetwork(0);
  network.loadStateDict((await loadSafetensors(path)).tensors, { strict: true });
  network.eval();
  return network;
}

/** Key of a checkpoint's metadata: what of the state is not a tensor. One file holds both, so they are always of one moment. */
const stateKey = 'nacre.training';

export async function saveCheckpoint(path: string, state: TrainingState): Promise<void> {
  await saveSafetensors(path, state.toTensors(), { [stateKey]: JSON.stringify(state.metadata) });
}

export async function loadCheckpoint(path: string): Promise<TrainingState> {
  const { tensors, metadata } = await loadSafetensors(path);
  return TrainingState.fromTensors(tensors as Map<string, Tensor>, JSON.parse(metadata[stateKey] ?? '{}'));
}
