import { ArrayDataset } from '../data/dataset.ts';
import * as nn from '../nn/index.ts';
import * as optim from '../optim/index.ts';
import { manualSeed } from '../tensor/generator.ts';
import type { StateDict } from '../tensor/state-dict.ts';
import type { FitOptions } from './fit.ts';

/** Three classes in the plane, one in each direction; learnt in a few steps. */
export function directions(length: number): ArrayDataset {
  const inputs = new Float32Array(length * 2);
  const labels = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    const angle = i * 2.399963; // the golden angle spreads points evenly
    inputs.set([Math.cos(angle), Math.sin(angle)], i * 2);
    labels[i] = Math.floor(((angle / (2 * Math.PI)) % 1) * 3);
  }
  return new ArrayDataset(inputs, labels, { shape: [2], classes: 3 });
}

/** A network with dropout, so that random numbers matter. */
export function smallNetwork(seed = 0): nn.Sequential {
  manualSeed(seed);
  return new nn.Sequential(new nn.Linear(2, 16), new nn.ReLU(), new nn.Dropout(0.1), new nn.Linear(16, 3));
}

export const smallTraining = (model: nn.Sequential): FitOptions => ({
  optimizer: new optim.Adam(model.parameters(), { lr: 0.02 }),
  loss: 'crossEntropy',
  metrics: ['accuracy'],
  batchSize: 16,
  verbose: false,
});

/** Everything a dictionary holds, to compare bit by bit. */
export async function bitsOf(dict: StateDict): Promise<Record<string, unknown>> {
  const entries = Object.entries(dict).map(async ([name, value]) => [name, await value.data()] as const);
  return Object.fromEntries(await Promise.all(entries));
}
