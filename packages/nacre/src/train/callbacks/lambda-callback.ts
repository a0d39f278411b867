import { optionsOf } from '../../base/options.ts';
import type { Callback } from './callback.ts';

const names: readonly (keyof Callback)[] = [
  'onTrainBegin',
  'onEpochBegin',
  'onProgress',
  'onEpochEnd',
  'onTrainEnd',
  'close',
  'saveState',
  'loadState',
];

/**
 * A callback made of functions. An object with those functions is one as well; this one refuses names that `fit` would never call.
 *
 * @throws ArgumentError for such a name.
 *
 * @example
 * ```ts
 * import { fit, LambdaCallback, nn, optim, zeros } from 'nacre';
 * const epochs: number[] = [];
 * const model = new nn.Linear(1, 1);
 * await fit(model, [zeros([4, 1]), zeros([4, 1])], {
 *   optimizer: new optim.SGD(model.parameters()), loss: 'mseLoss', epochs: 3, verbose: false,
 *   callbacks: [new LambdaCallback({ onEpochEnd: ({ epoch }) => void epochs.push(epoch) })],
 * });
 * epochs; // → [1, 2, 3]
 * new LambdaCallback({ onEpochFinish() {} } as {}); // → throws ArgumentError: onEpochFinish
 * ```
 */
export class LambdaCallback implements Callback {
  declare onTrainBegin?: Callback['onTrainBegin'];
  declare onEpochBegin?: Callback['onEpochBegin'];
  declare onProgress?: Callback['onProgress'];
  declare onEpochEnd?: Callback['onEpochEnd'];
  declare onTrainEnd?: Callback['onTrainEnd'];
  declare close?: Callback['close'];
  declare saveState?: Callback['saveState'];
  declare loadState?: Callback['loadState'];

  constructor(functions: Callback) {
    Object.assign(this, optionsOf('LambdaCallback', functions, names));
  }
}
