import {
  type Callback,
  ConfusionMatrix,
  type DeviceName,
  type EpochRecord,
  evaluate,
  fit,
  LearningRateScheduler,
  loadSafetensors,
  manualSeed,
  nn,
  optim,
  predict,
  saveSafetensors,
  setDevice,
  setThreads,
  softmax,
  TerminateOnNaN,
  type TrainingState,
  tensor,
} from 'nacre';
import type { ImageSet } from 'nacre/datasets';
import { describeDevice } from './doctor/device.ts';
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
export function openDevice(wanted: { device?: DeviceName; threads?: number }): DeviceSummary {
  if (wanted.device !== undefined) setDevice(wanted.device);
  if (wanted.threads !== undefined) setThreads(wanted.threads);
  return describeDevice();
}

export interface TrainingCalls {
  beginEpoch(epoch: number): void;
  step(progress: StepProgress): void;
  endEpoch(result: EpochResult, stepsPerEpoch: number): void;
}

export interface TrainingOptions {
  readonly calls: TrainingCalls;
  readonly signal: AbortSignal;
  /** Goes on from a state that was saved. */
  readonly resume?: TrainingState;
  /** Called after every epoch with what it takes to go on from there. */
  save(state: TrainingState, history: readonly EpochResult[]): Promise<void>;
}

export interface TrainingOutcome {
  readonly history: readonly EpochResult[];
  /** Whether the signal ended the training. */
  readonly interrupted: boolean;
  /** Whether the loss stopped being a number, which ended the training. */
  readonly diverged: boolean;
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

/** Half a cosine from the given learning rate towards zero: the last epochs settle what the first ones found. */
const decay =
  ({ lr, epochs }: RunSettings) =>
  (epoch: number): number =>
    lr * 0.5 * (1 + Math.cos((Math.PI * (epoch - 1)) / epochs));

/** Trains a network to its end, or until the signal. */
export async function trainNetwork(
  network: Network,
  data: { train: ImageSet; test: ImageSet },
  settings: RunSettings,
  { calls, signal, resume, save }: TrainingOptions,
): Promise<TrainingOutcome> {
  const follow: Callback = {
    onEpochBegin: (epoch) => calls.beginEpoch(epoch),
    onProgress: (progress) => calls.step(progress),
    async onEpochEnd(record, run) {
      calls.endEpoch(toResult(record), run.stepsPerEpoch);
      await save(run.state(), run.records.map(toResult));
    },
  };
  const { records, interrupted, stopped, state } = await fit(network, data.train, {
    optimizer: new optim.Adam(network.parameters(), { lr: settings.lr }),
    loss: 'crossEntropy',
    metrics: ['accuracy'],
    epochs: settings.epochs,
    batchSize: settings.batchSize,
    validation: data.test,
    seed: settings.seed,
    callbacks: [new TerminateOnNaN(), new LearningRateScheduler(decay(settings)), follow],
    signal,
    resume,
    verbose: false,
  });
  return { history: records.map(toResult), interrupted, diverged: stopped !== undefined, state };
}

/** Loss, accuracy and confusion matrix on images the network was not trained on. */
export async function testNetwork(network: Network, test: ImageSet): Promise<TestResult> {
  const { loss, accuracy } = await evaluate(network, test, { loss: 'crossEntropy', metrics: ['accuracy'] });
  const confusion = new ConfusionMatrix(test.classes.length);
  await confusion.update(await predict(network, test), tensor(test.labels, { dtype: 'int32' }));
  return { loss, accuracy, confusion: confusion.compute(), labels: test.classes };
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
