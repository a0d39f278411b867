import { ArgumentError } from '../base/errors.ts';
import * as nn from '../nn/index.ts';
import { withDefaults } from './checks.ts';

const activations = {
  relu: () => new nn.ReLU(),
  gelu: () => new nn.GELU(),
  silu: () => new nn.SiLU(),
  sigmoid: () => new nn.Sigmoid(),
  tanh: () => new nn.Tanh(),
};

/** What can follow a linear layer of an `MLP`. */
export type MLPActivation = keyof typeof activations;

export interface MLPOptions {
  /** What follows each hidden layer. Default: 'relu'. */
  activation?: MLPActivation;
  /** Whether each hidden layer is followed by batch normalization, before the activation. Default: no. */
  batchNorm?: boolean;
  /** Probability of dropping a feature of a hidden layer, and of the output, while training. Default: 0. */
  dropout?: number;
}

/** A new layer for the name of an activation. Throws an ArgumentError if there is none. */
export function activationLayer(op: string, name: MLPActivation): nn.Layer {
  if (Object.hasOwn(activations, name)) return activations[name]();
  throw new ArgumentError(`there is no activation '${String(name)}'`, {
    op,
    hint: `Known are: ${Object.keys(activations).join(', ')}`,
  });
}

/**
 * A multilayer perceptron: linear layers with something nonlinear between them, which can come as near as one likes to any continuous
 * function (Cybenko, 1989).
 *
 * A sum of weighted inputs, however often repeated, stays a weighted sum; the activation in between is what makes layers worth
 * having. The first size is the number of inputs, the last one of outputs, those between are hidden layers. It is the first model to
 * try on a table of numbers, and the part of larger models that works on each position by itself.
 *
 * The names of parameters are those of torchvision.ops.MLP: the layers in order, '0.weight', '0.bias', '3.weight', …, where
 * batch normalization, activation and dropout count too. Throws an ArgumentError unless there are two sizes or more.
 *
 * Formula: y = Wₙ·f(…f(W₁·x + b₁)…) + bₙ
 *
 * Shapes: x [..., sizes[0]] → [..., sizes.at(-1)]
 *
 * @example
 * ```ts
 * import { zeros } from 'nacre';
 * import { MLP } from 'nacre/models';
 * const model = new MLP([784, 128, 10], { dropout: 0.2 });
 * model.forward(zeros([32, 784])).shape; // → [32, 10]
 * Object.keys(model.stateDict()); // → ['0.weight', '0.bias', '3.weight', '3.bias']
 * ```
 */
export class MLP extends nn.Sequential<readonly nn.Step[]> {
  constructor(
    readonly sizes: readonly number[],
    options?: MLPOptions,
  ) {
    super(...layersOf(sizes, options));
  }
}

function layersOf(sizes: readonly number[], options?: MLPOptions): nn.Step[] {
  const op = 'MLP';
  if (!Array.isArray(sizes) || sizes.length < 2)
    throw new ArgumentError('sizes are the number of inputs, of each hidden layer, and of outputs', { op });
  const defaults = { activation: 'relu', batchNorm: false, dropout: 0 } as const;
  const { activation, batchNorm, dropout } = withDefaults(op, options, defaults);
  const layers: nn.Step[] = [];
  for (let i = 1; i < sizes.length; i++) {
    layers.push(new nn.Linear(sizes[i - 1], sizes[i]));
    if (i < sizes.length - 1) {
      if (batchNorm) layers.push(new nn.BatchNorm1d(sizes[i]));
      layers.push(activationLayer(op, activation));
    }
    layers.push(new nn.Dropout(dropout));
  }
  return layers;
}
