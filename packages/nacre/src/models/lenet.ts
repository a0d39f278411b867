import { ArgumentError } from '../base/errors.ts';
import * as nn from '../nn/index.ts';
import { avgPool2d } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkImages, withDefaults } from './checks.ts';
import { activationLayer, type MLPActivation } from './mlp.ts';

export interface LeNet5Options {
  /** Default: 10. */
  numClasses?: number;
  /** Default: 1. */
  inChannels?: number;
  /** Height and width of images: 32 as in the paper, or 28 as MNIST has them, with two pixels of zeros around. Default: 28. */
  imageSize?: 28 | 32;
  /** Default: 'tanh', as in the paper. */
  activation?: MLPActivation;
}

/**
 * The convolutional network that read the digits on cheques (LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to
 * document recognition", 1998).
 *
 * A convolution looks for the same small pattern everywhere, with a few weights in place of one for each pixel; averaging over
 * squares makes it matter less where exactly the pattern is. Twice both, and three linear layers decide. All later networks for
 * images keep this order: fewer places, more channels.
 *
 * In what is common today, and differs from the paper: each channel of the second convolution sees all of the first, and the
 * output is one logit a class. Parameters: `conv1` 1 → 6, `conv2` 6 → 16, `fc1` 400 → 120, `fc2` 120 → 84, `fc3` 84 → 10; 61,706
 * in all.
 *
 * Formula: fc3(f(fc2(f(fc1(pool(f(conv2(pool(f(conv1(x))))))))))
 *
 * Shapes: x [N, inChannels, imageSize, imageSize] → logits [N, numClasses]
 *
 * @example
 * ```ts
 * import { zeros } from 'nacre';
 * import { LeNet5 } from 'nacre/models';
 * const model = new LeNet5();
 * model.forward(zeros([2, 1, 28, 28])).shape; // → [2, 10]
 * model.forward(zeros([2, 1, 20, 20])); // → throws ShapeMismatchError: expected [N, 1, 28, 28]
 * ```
 */
export class LeNet5 extends nn.Module {
  readonly conv1: nn.Conv2d;
  readonly conv2: nn.Conv2d;
  readonly fc1: nn.Linear;
  readonly fc2: nn.Linear;
  readonly fc3: nn.Linear;
  readonly activation: nn.Layer;
  readonly inChannels: number;
  readonly imageSize: number;

  constructor(options?: LeNet5Options) {
    super();
    const defaults = { numClasses: 10, inChannels: 1, imageSize: 28, activation: 'tanh' } as const;
    const { numClasses, inChannels, imageSize, activation } = withDefaults('LeNet5', options, defaults);
    if (imageSize !== 28 && imageSize !== 32)
      throw new ArgumentError(`imageSize is 28 or 32, got ${imageSize}`, { op: 'LeNet5' });
    this.inChannels = inChannels;
    this.imageSize = imageSize;
    this.conv1 = new nn.Conv2d(inChannels, 6, 5, { padding: (32 - imageSize) / 2 });
    this.conv2 = new nn.Conv2d(6, 16, 5);
    this.fc1 = new nn.Linear(16 * 5 * 5, 120);
    this.fc2 = new nn.Linear(120, 84);
    this.fc3 = new nn.Linear(84, numClasses);
    this.activation = activationLayer('LeNet5', activation);
  }

  override forward(x: Tensor): Tensor {
    const { inChannels, imageSize } = this;
    checkImages('LeNet5', x, inChannels, imageSize, imageSize);
    const f = (value: Tensor): Tensor => this.activation.forward(value);
    const edges: Tensor = avgPool2d(f(this.conv1.forward(x)), 2);
    const parts: Tensor = avgPool2d(f(this.conv2.forward(edges)), 2);
    const features = f(this.fc2.forward(f(this.fc1.forward(parts.flatten(1)))));
    return this.fc3.forward(features);
  }
}
