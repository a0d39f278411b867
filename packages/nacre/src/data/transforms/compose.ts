import { ArgumentError } from '../../base/errors.ts';
import { optionsOf } from '../../base/options.ts';
import { checkProbability, type Transform } from './image.ts';

function checkTransforms(op: string, transforms: readonly Transform[]): void {
  const wrong = Array.isArray(transforms) ? transforms.findIndex((one) => typeof one !== 'function') : 0;
  if (wrong < 0) return;
  throw new ArgumentError(`transform ${wrong} is no function`, {
    op,
    hint: 'Give a list of transforms: [transforms.randomCrop(32), transforms.horizontalFlip()]',
  });
}

/**
 * Transforms one after the other.
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const { compose, normalize, randomCrop, randomHorizontalFlip } = transforms;
 * const augment = compose([randomCrop(32, { padding: 4 }), randomHorizontalFlip(), normalize(0.5, 0.25)]);
 * const image = { data: new Float32Array(32 * 32).fill(0.5), channels: 1, height: 32, width: 32 };
 * augment(image, new transforms.Random(1, 0, 0)).height; // → 32
 * ```
 */
export function compose(transforms: readonly Transform[]): Transform {
  checkTransforms('compose', transforms);
  return (image, random) => transforms.reduce((made, transform) => transform(made, random), image);
}

/**
 * A transform that happens with a probability: by default a half.
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([1, 2]), channels: 1, height: 1, width: 2 };
 * const never = transforms.randomApply(transforms.horizontalFlip(), { p: 0 });
 * never(image, new transforms.Random(1, 0, 0)).data; // → [1, 2]
 * ```
 */
export function randomApply(transform: Transform, options: { readonly p?: number } = {}): Transform {
  const op = 'randomApply';
  checkTransforms(op, [transform]);
  const { p = 0.5 } = optionsOf(op, options, ['p']);
  checkProbability(op, p);
  return (image, random) => (random.chance(p) ? transform(image, random) : image);
}

/**
 * One of several transforms, each alike.
 *
 * @example
 * ```ts
 * import { transforms } from 'nacre';
 * const image = { data: new Float32Array([1, 2]), channels: 1, height: 1, width: 2 };
 * const turn = transforms.randomChoice([transforms.horizontalFlip()]);
 * turn(image, new transforms.Random(1, 0, 0)).data; // → [2, 1]
 * ```
 */
export function randomChoice(transforms: readonly Transform[]): Transform {
  const op = 'randomChoice';
  checkTransforms(op, transforms);
  if (transforms.length === 0) throw new ArgumentError('there are no transforms to choose from', { op });
  return (image, random) => transforms[random.integer(transforms.length)](image, random);
}
