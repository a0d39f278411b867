import { ShapeMismatchError, showShape } from '../base/errors.ts';
import * as nn from '../nn/index.ts';
import { gt } from '../tensor/functions.ts';
import { noGrad } from '../tensor/grad.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { withDefaults } from './checks.ts';

/**
 * One neuron that says yes or no, and the rule that teaches it (Rosenblatt, "The perceptron", 1958).
 *
 * It is where neural networks began: a weighted sum of the inputs and a threshold. The threshold has no useful gradient, so it does
 * not learn by descent: each wrong answer moves the weights towards, or away from, the example itself. If a plane separates the two
 * classes, the rule finds one after finitely many mistakes (Novikoff, 1962); if none does, as with exclusive or, it never settles,
 * and layers are needed: see `MLP`.
 *
 * Parameters: `linear.weight` [1, inFeatures], `linear.bias` [1], zeros at first.
 *
 * Formula: y = 1 if w·x + b > 0, else 0
 *
 * Shapes: x [N, inFeatures] → [N]
 *
 * @example
 * ```ts
 * import { tensor } from 'nacre';
 * import { Perceptron } from 'nacre/models';
 * const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
 * const both = tensor([0, 0, 0, 1]);
 * const model = new Perceptron(2);
 * for (let i = 0; i < 10; i++) model.learn(x, both);
 * await model.forward(x).tolist(); // → [0, 0, 0, 1]
 * ```
 */
export class Perceptron extends nn.Module {
  readonly linear: nn.Linear;

  constructor(readonly inFeatures: number) {
    super();
    this.linear = new nn.Linear(inFeatures, 1);
    nn.init.zeros(this.linear.weight);
    nn.init.zeros(this.linear.bias!);
  }

  override forward(x: Tensor): Tensor {
    return gt(this.linear.forward(x).flatten(), 0).to('float32');
  }

  /**
   * One round of the rule, w += lr·Σ (y - answer)·x, for inputs [N, inFeatures] and answers y [N] of 0 and 1. `lr` is 1 by default.
   * Gives how many answers were wrong before it.
   */
  learn(x: Tensor, y: Tensor, options?: { lr?: number }): Tensor {
    const { lr } = withDefaults('Perceptron.learn', options, { lr: 1 });
    if (y.ndim !== 1 || y.shape[0] !== x.shape[0]) {
      throw new ShapeMismatchError(`y: got ${showShape(y.shape)}, expected [${x.shape[0]}]`, {
        op: 'Perceptron.learn',
        shapes: [x.shape, y.shape],
      });
    }
    return noGrad(() => {
      const error: Tensor = y.sub(this.forward(x));
      const { weight, bias } = this.linear;
      weight.value = weight.value.add(error.unsqueeze(0).matmul(x).mul(lr));
      bias!.value = bias!.value.add(error.sum().mul(lr));
      return error.abs().sum();
    });
  }
}
