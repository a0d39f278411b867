import { ArgumentError } from '../base/errors.ts';
import * as nn from '../nn/index.ts';
import { relu } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkImages, withDefaults } from './checks.ts';

export interface ResNetOptions {
  /** Default: 1000. */
  numClasses?: number;
  /** Default: 3. */
  inChannels?: number;
  /**
   * How images enter: 'imagenet', a 7×7 convolution and a pooling that both halve, for images of about 224×224; or 'small', a 3×3
   * convolution that keeps every place, for 32×32. Default: 'imagenet'.
   */
  stem?: 'imagenet' | 'small';
  /** Whether each block begins as the identity: the last normalization of its branch has weight 0 (Goyal et al., 2017). Default: no. */
  zeroInitResidual?: boolean;
}

/** How many blocks each of the four stages has, and whether they are bottlenecks. */
const stages: Readonly<Record<number, readonly [counts: readonly number[], isBottleneck: boolean]>> = {
  18: [[2, 2, 2, 2], false],
  34: [[3, 4, 6, 3], false],
  50: [[3, 4, 6, 3], true],
  101: [[3, 4, 23, 3], true],
  152: [[3, 8, 36, 3], true],
};

/** A convolution without bias, as the normalization behind it has one. */
function convolution(inChannels: number, outChannels: number, kernel: number, stride = 1): nn.Conv2d {
  const options = { stride, padding: (kernel - 1) / 2, bias: false };
  const layer = new nn.Conv2d(inChannels, outChannels, kernel, options);
  nn.init.kaimingNormal(layer.weight, { mode: 'fanOut', nonlinearity: 'relu' });
  return layer;
}

/** What is added to a branch: its input, or, where the branch changes the shape, a 1×1 convolution of it. */
function shortcut(inChannels: number, outChannels: number, stride: number): nn.Sequential | null {
  if (stride === 1 && inChannels === outChannels) return null;
  return new nn.Sequential(convolution(inChannels, outChannels, 1, stride), new nn.BatchNorm2d(outChannels));
}

/** Two 3×3 convolutions beside a shortcut, for networks of 18 and 34 layers. */
class BasicBlock extends nn.Module {
  readonly conv1: nn.Conv2d;
  readonly bn1: nn.BatchNorm2d;
  readonly conv2: nn.Conv2d;
  readonly bn2: nn.BatchNorm2d;
  readonly downsample: nn.Sequential | null;

  constructor(inChannels: number, width: number, stride: number) {
    super();
    this.conv1 = convolution(inChannels, width, 3, stride);
    this.bn1 = new nn.BatchNorm2d(width);
    this.conv2 = convolution(width, width, 3);
    this.bn2 = new nn.BatchNorm2d(width);
    this.downsample = shortcut(inChannels, width, stride);
  }

  get last(): nn.BatchNorm2d {
    return this.bn2;
  }

  override forward(x: Tensor): Tensor {
    const hidden: Tensor = relu(this.bn1.forward(this.conv1.forward(x)));
    const branch: Tensor = this.bn2.forward(this.conv2.forward(hidden));
    return relu(branch.add(this.downsample ? this.downsample.forward(x) : x));
  }
}

/** A 3×3 convolution on a quarter of the channels, between two 1×1 that narrow and widen: deeper for the same price. */
class Bottleneck extends nn.Module {
  readonly conv1: nn.Conv2d;
  readonly bn1: nn.BatchNorm2d;
  readonly conv2: nn.Conv2d;
  readonly bn2: nn.BatchNorm2d;
  readonly conv3: nn.Conv2d;
  readonly bn3: nn.BatchNorm2d;
  readonly downsample: nn.Sequential | null;

  constructor(inChannels: number, width: number, stride: number) {
    super();
    this.conv1 = convolution(inChannels, width, 1);
    this.bn1 = new nn.BatchNorm2d(width);
    this.conv2 = convolution(width, width, 3, stride);
    this.bn2 = new nn.BatchNorm2d(width);
    this.conv3 = convolution(width, 4 * width, 1);
    this.bn3 = new nn.BatchNorm2d(4 * width);
    this.downsample = shortcut(inChannels, 4 * width, stride);
  }

  get last(): nn.BatchNorm2d {
    return this.bn3;
  }

  override forward(x: Tensor): Tensor {
    const narrow: Tensor = relu(this.bn1.forward(this.conv1.forward(x)));
    const seen: Tensor = relu(this.bn2.forward(this.conv2.forward(narrow)));
    const branch: Tensor = this.bn3.forward(this.conv3.forward(seen));
    return relu(branch.add(this.downsample ? this.downsample.forward(x) : x));
  }
}

/**
 * A residual network: each block adds something to its input, in place of replacing it (He, Zhang, Ren and Sun, "Deep residual
 * learning for image recognition", 2015).
 *
 * Plain networks became worse when layers were added, even on the examples they were trained with: it is hard to learn to change
 * nothing. With a shortcut around each block, nothing is what a block does when its weights are 0, and gradients reach the first
 * layers unhindered. A hundred layers and more can be trained; nearly everything since has such shortcuts.
 *
 * `depth` 18 (11,689,512 parameters), 34 (21,797,672), 50 (25,557,032), 101 or 152. In the deeper three, blocks are bottlenecks that
 * halve by their 3×3 convolution. Parameters are named and shaped as torchvision's, whose checkpoints load: `conv1`, `bn1`,
 * `layer1.0.conv1`, …, `layer4.1.bn2`, `fc`. Throws an ArgumentError for another depth.
 *
 * Formula: y = relu(x + branch(x)) in each block; then fc(mean over places)
 *
 * Shapes: x [N, inChannels, H, W] → logits [N, numClasses]
 *
 * @example
 * ```ts
 * import { zeros } from 'nacre';
 * import { ResNet } from 'nacre/models';
 * const model = new ResNet(18, { stem: 'small', numClasses: 10 });
 * model.forward(zeros([2, 3, 32, 32])).shape; // → [2, 10]
 * new ResNet(20 as 18); // → throws ArgumentError: depth is
 * ```
 */
export class ResNet extends nn.Module {
  readonly conv1: nn.Conv2d;
  readonly bn1: nn.BatchNorm2d;
  readonly maxpool: nn.MaxPool2d | null;
  readonly layer1: nn.Sequential;
  readonly layer2: nn.Sequential;
  readonly layer3: nn.Sequential;
  readonly layer4: nn.Sequential;
  readonly fc: nn.Linear;
  readonly inChannels: number;

  constructor(
    readonly depth: 18 | 34 | 50 | 101 | 152,
    options?: ResNetOptions,
  ) {
    super();
    const op = 'ResNet';
    const defaults = { numClasses: 1000, inChannels: 3, stem: 'imagenet', zeroInitResidual: false } as const;
    const { numClasses, inChannels, stem, zeroInitResidual } = withDefaults(op, options, defaults);
    if (!stages[depth])
      throw new ArgumentError(`depth is ${Object.keys(stages).join(', ')}, got ${depth}`, { op });
    if (stem !== 'imagenet' && stem !== 'small')
      throw new ArgumentError(`stem is 'imagenet' or 'small', got '${String(stem)}'`, { op });
    const [counts, isBottleneck] = stages[depth];
    const Block = isBottleneck ? Bottleneck : BasicBlock;
    this.inChannels = inChannels;
    const isSmall = stem === 'small';
    this.conv1 = isSmall ? convolution(inChannels, 64, 3) : convolution(inChannels, 64, 7, 2);
    this.bn1 = new nn.BatchNorm2d(64);
    this.maxpool = isSmall ? null : new nn.MaxPool2d(3, { stride: 2, padding: 1 });

    let channels = 64;
    const stage = (index: number): nn.Sequential => {
      const width = 64 << index;
      const blocks = Array.from({ length: counts[index] }, (_, i) => {
        const block = new Block(channels, width, i === 0 && index > 0 ? 2 : 1);
        channels = isBottleneck ? 4 * width : width;
        if (zeroInitResidual) nn.init.zeros(block.last.weight!);
        return block;
      });
      return new nn.Sequential(...blocks);
    };
    this.layer1 = stage(0);
    this.layer2 = stage(1);
    this.layer3 = stage(2);
    this.layer4 = stage(3);
    this.fc = new nn.Linear(channels, numClasses);
  }

  override forward(x: Tensor): Tensor {
    checkImages(`ResNet(${this.depth})`, x, this.inChannels);
    const stem: Tensor = relu(this.bn1.forward(this.conv1.forward(x)));
    let y: Tensor = this.maxpool ? this.maxpool.forward(stem) : stem;
    for (const layer of [this.layer1, this.layer2, this.layer3, this.layer4]) y = layer.forward(y);
    return this.fc.forward(y.mean([2, 3]));
  }
}
