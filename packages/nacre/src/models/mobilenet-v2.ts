import { ArgumentError } from '../base/errors.ts';
import * as nn from '../nn/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkImages, withDefaults } from './checks.ts';

export interface MobileNetV2Options {
  /** Default: 1000. */
  numClasses?: number;
  /** What all numbers of channels are multiplied with, to make the network cheaper or better. Default: 1. */
  widthMult?: number;
  /** Probability of dropping before the last layer. Default: 0.2. */
  dropout?: number;
}

/** Stages of blocks: how far the first part widens, channels, blocks, stride of the first block (table 2 of the paper). */
const stages = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];

/** The multiple of 8 next to a number of channels, and not more than a tenth below it; vectors of 8 suit the machines. */
function roundChannels(channels: number): number {
  const near = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return near < 0.9 * channels ? near + 8 : near;
}

/** A convolution, its normalization, and ReLU6, which keeps values in a range that low precision can hold. */
function convolution(from: number, to: number, kernel: number, stride = 1, groups = 1): nn.Sequential {
  const options = { stride, padding: (kernel - 1) / 2, groups, bias: false };
  return new nn.Sequential(new nn.Conv2d(from, to, kernel, options), new nn.BatchNorm2d(to), new nn.ReLU6());
}

/** Widen, look around in each channel by itself, narrow again without an activation; and add the input if the shape is the same. */
class InvertedResidual extends nn.Module {
  readonly conv: nn.Sequential;
  readonly hasShortcut: boolean;

  constructor(inChannels: number, outChannels: number, stride: number, expandRatio: number) {
    super();
    const hidden = inChannels * expandRatio;
    this.hasShortcut = stride === 1 && inChannels === outChannels;
    this.conv = new nn.Sequential(
      ...(expandRatio === 1 ? [] : [convolution(inChannels, hidden, 1)]),
      convolution(hidden, hidden, 3, stride, hidden),
      new nn.Conv2d(hidden, outChannels, 1, { bias: false }),
      new nn.BatchNorm2d(outChannels),
    );
  }

  override forward(x: Tensor): Tensor {
    const branch = this.conv.forward(x);
    return this.hasShortcut ? x.add(branch) : branch;
  }
}

/**
 * A network for telephones: few parameters, few operations (Sandler et al., "MobileNetV2: inverted residuals and linear bottlenecks",
 * 2018).
 *
 * A convolution that mixes places and channels at once is taken apart into one that looks around in each channel by itself (groups as
 * many as channels) and one of 1×1 that mixes channels: about a ninth of the work. Shortcuts join the narrow ends of blocks, and
 * the narrow ends have no activation, as ReLU would lose what few channels hold. 3,504,872 parameters.
 *
 * Parameters are named and shaped as torchvision's `mobilenet_v2`, whose checkpoints load: `features.0.0`, `features.1.conv.0.0`, …,
 * `classifier.1`.
 *
 * Formula: y = x + narrow(depthwise(widen(x))) in each block; then classifier(mean over places)
 *
 * Shapes: x [N, 3, H, W] → logits [N, numClasses]
 *
 * @example
 * ```ts
 * import { zeros } from 'nacre';
 * import { MobileNetV2 } from 'nacre/models';
 * const model = new MobileNetV2({ numClasses: 10, widthMult: 0.5 }).eval();
 * model.forward(zeros([1, 3, 64, 64])).shape; // → [1, 10]
 * ```
 */
export class MobileNetV2 extends nn.Module {
  readonly features: nn.Sequential;
  readonly classifier: nn.Sequential;

  constructor(options?: MobileNetV2Options) {
    super();
    const op = 'MobileNetV2';
    const defaults = { numClasses: 1000, widthMult: 1, dropout: 0.2 };
    const { numClasses, widthMult, dropout } = withDefaults(op, options, defaults);
    if (!(widthMult > 0)) throw new ArgumentError(`widthMult is a positive number, got ${widthMult}`, { op });
    let channels = roundChannels(32 * widthMult);
    const features: nn.Step[] = [convolution(3, channels, 3, 2)];
    for (const [expandRatio, width, count, stride] of stages) {
      const out = roundChannels(width * widthMult);
      for (let i = 0; i < count; i++) {
        features.push(new InvertedResidual(channels, out, i ? 1 : stride, expandRatio));
        channels = out;
      }
    }
    const last = roundChannels(1280 * Math.max(1, widthMult));
    features.push(convolution(channels, last, 1));
    this.features = new nn.Sequential(...features);
    this.classifier = new nn.Sequential(new nn.Dropout(dropout), new nn.Linear(last, numClasses));
    this.#initialize();
  }

  #initialize(): void {
    for (const layer of this.modules()) {
      if (layer instanceof nn.Conv2d) nn.init.kaimingNormal(layer.weight, { mode: 'fanOut' });
      if (!(layer instanceof nn.Linear)) continue;
      nn.init.normal(layer.weight, 0, 0.01);
      nn.init.zeros(layer.bias!);
    }
  }

  override forward(x: Tensor): Tensor {
    checkImages('MobileNetV2', x, 3);
    const features = this.features.forward(x);
    return this.classifier.forward(features.mean([2, 3]));
  }
}
