import * as nn from '../nn/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkImages, withDefaults } from './checks.ts';

export interface AlexNetOptions {
  /** Default: 1000. */
  numClasses?: number;
  /** Probability of dropping in the classifier. Default: 0.5. */
  dropout?: number;
}

/**
 * The network that won ImageNet by a wide margin and began the present of the field (Krizhevsky, Sutskever and Hinton, 2012), in the
 * form of "One weird trick for parallelizing convolutional neural networks" (Krizhevsky, 2014), which torchvision has.
 *
 * What was new: ReLU, which does not saturate, so that eight layers learn in days; dropout, against learning the examples by heart;
 * and graphics cards. Nearly all of its 61,100,840 parameters are in the three linear layers at the end, which later networks do
 * without.
 *
 * Parameters are named and shaped as torchvision's, whose checkpoints load: `features.0` … `features.10`, `classifier.1`, `.4`, `.6`.
 *
 * Formula: classifier(avgpool(features(x)))
 *
 * Shapes: x [N, 3, H, W] with H and W of at least 63 (224 in training) → logits [N, numClasses]
 *
 * @example
 * ```ts
 * import { zeros } from 'nacre';
 * import { AlexNet } from 'nacre/models';
 * const model = new AlexNet({ numClasses: 10 });
 * model.forward(zeros([1, 3, 224, 224])).shape; // → [1, 10]
 * model.forward(zeros([1, 3, 32, 32])); // → throws ShapeMismatchError: H and W of at least 63
 * ```
 */
export class AlexNet extends nn.Module {
  readonly features: nn.Sequential;
  readonly avgpool: nn.AdaptiveAvgPool2d;
  readonly classifier: nn.Sequential;

  constructor(options?: AlexNetOptions) {
    super();
    const { numClasses, dropout } = withDefaults('AlexNet', options, { numClasses: 1000, dropout: 0.5 });
    this.features = new nn.Sequential(
      new nn.Conv2d(3, 64, 11, { stride: 4, padding: 2 }),
      new nn.ReLU(),
      new nn.MaxPool2d(3, { stride: 2 }),
      new nn.Conv2d(64, 192, 5, { padding: 2 }),
      new nn.ReLU(),
      new nn.MaxPool2d(3, { stride: 2 }),
      new nn.Conv2d(192, 384, 3, { padding: 1 }),
      new nn.ReLU(),
      new nn.Conv2d(384, 256, 3, { padding: 1 }),
      new nn.ReLU(),
      new nn.Conv2d(256, 256, 3, { padding: 1 }),
      new nn.ReLU(),
      new nn.MaxPool2d(3, { stride: 2 }),
    );
    this.avgpool = new nn.AdaptiveAvgPool2d(6);
    this.classifier = new nn.Sequential(
      new nn.Dropout(dropout),
      new nn.Linear(256 * 6 * 6, 4096),
      new nn.ReLU(),
      new nn.Dropout(dropout),
      new nn.Linear(4096, 4096),
      new nn.ReLU(),
      new nn.Linear(4096, numClasses),
    );
  }

  override forward(x: Tensor): Tensor {
    checkImages('AlexNet', x, 3, 63);
    const features: Tensor = this.avgpool.forward(this.features.forward(x));
    return this.classifier.forward(features.flatten(1));
  }
}
