import { ArgumentError } from '../base/errors.ts';
import * as nn from '../nn/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkImages, withDefaults } from './checks.ts';

export interface VGGOptions {
  /** Default: 1000. */
  numClasses?: number;
  /** Whether each convolution is followed by batch normalization. Default: no. */
  batchNorm?: boolean;
  /** Probability of dropping in the classifier. Default: 0.5. */
  dropout?: number;
}

/** How many 3×3 convolutions there are at each of the five resolutions: the paper's columns A, B, D and E. */
const convolutions = { 11: [1, 1, 2, 2, 2], 13: [2, 2, 2, 2, 2], 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4] };
const channels = [64, 128, 256, 512, 512];

/**
 * A deep network of nothing but 3×3 convolutions and halvings (Simonyan and Zisserman, "Very deep convolutional networks for
 * large-scale image recognition", 2014).
 *
 * Two 3×3 convolutions see as far as one of 5×5, with fewer weights and one nonlinearity more; so depth itself can be varied, and it
 * was found to help. `depth` counts the layers with weights. The features it learns are still used to compare images by what they
 * show; as a classifier it is large: 138,357,544 parameters at depth 16, of which 124 million are in the linear layers.
 *
 * Parameters are named and shaped as torchvision's `vgg11` … `vgg19` (with `batchNorm` those of `vgg16_bn` and so on), whose
 * checkpoints load. Throws an ArgumentError for another depth.
 *
 * Formula: classifier(avgpool(features(x)))
 *
 * Shapes: x [N, 3, H, W] with H and W of at least 32 (224 in training) → logits [N, numClasses]
 *
 * @example
 * ```ts
 * import { zeros } from 'nacre';
 * import { VGG } from 'nacre/models';
 * const model = new VGG(11, { numClasses: 10, batchNorm: true });
 * model.features.forward(zeros([1, 3, 64, 64])).shape; // → [1, 512, 2, 2]
 * ```
 */
export class VGG extends nn.Module {
  readonly features: nn.Sequential;
  readonly avgpool: nn.AdaptiveAvgPool2d;
  readonly classifier: nn.Sequential;

  constructor(
    readonly depth: 11 | 13 | 16 | 19,
    options?: VGGOptions,
  ) {
    super();
    const op = 'VGG';
    const defaults = { numClasses: 1000, batchNorm: false, dropout: 0.5 };
    const { numClasses, batchNorm, dropout } = withDefaults(op, options, defaults);
    const counts = convolutions[depth];
    if (!counts) throw new ArgumentError(`depth is 11, 13, 16 or 19, got ${depth}`, { op });
    const features: nn.Step[] = [];
    let inChannels = 3;
    counts.forEach((count, level) => {
      for (let i = 0; i < count; i++) {
        const convolution = new nn.Conv2d(inChannels, channels[level], 3, { padding: 1 });
        nn.init.kaimingNormal(convolution.weight, { mode: 'fanOut', nonlinearity: 'relu' });
        nn.init.zeros(convolution.bias!);
        features.push(convolution);
        if (batchNorm) features.push(new nn.BatchNorm2d(channels[level]));
        features.push(new nn.ReLU());
        inChannels = channels[level];
      }
      features.push(new nn.MaxPool2d(2));
    });
    this.features = new nn.Sequential(...features);
    this.avgpool = new nn.AdaptiveAvgPool2d(7);
    this.classifier = new nn.Sequential(
      new nn.Linear(512 * 7 * 7, 4096),
      new nn.ReLU(),
      new nn.Dropout(dropout),
      new nn.Linear(4096, 4096),
      new nn.ReLU(),
      new nn.Dropout(dropout),
      new nn.Linear(4096, numClasses),
    );
    for (const layer of this.classifier) {
      if (!(layer instanceof nn.Linear)) continue;
      nn.init.normal(layer.weight, 0, 0.01);
      nn.init.zeros(layer.bias!);
    }
  }

  override forward(x: Tensor): Tensor {
    checkImages(`VGG(${this.depth})`, x, 3, 32);
    const features: Tensor = this.avgpool.forward(this.features.forward(x));
    return this.classifier.forward(features.flatten(1));
  }
}
