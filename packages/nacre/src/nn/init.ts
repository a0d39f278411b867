import { ArgumentError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { type Shape, sizeOf } from '../base/shape.ts';
import { full, rand, randn } from '../tensor/create.ts';
import type { State } from '../tensor/parameter.ts';
import { plus, times } from '../tensor/primitives/apply.ts';
import { Tensor } from '../tensor/tensor.ts';

/** Which activation follows a layer, for the gain that keeps the variance of signals. */
export type Nonlinearity =
  | 'linear'
  | 'conv1d'
  | 'conv2d'
  | 'conv3d'
  | 'sigmoid'
  | 'tanh'
  | 'relu'
  | 'leakyRelu'
  | 'selu';

export interface KaimingOptions {
  /** Slope of leaky ReLU below zero; only used with 'leakyRelu'. Default: 0. */
  a?: number;
  /** Keep the variance of the forward pass ('fanIn', the default) or of the backward pass ('fanOut'). */
  mode?: 'fanIn' | 'fanOut';
  /** Default: 'leakyRelu'. */
  nonlinearity?: Nonlinearity;
}

const gains: Readonly<Record<Nonlinearity, (a: number) => number>> = {
  linear: () => 1,
  conv1d: () => 1,
  conv2d: () => 1,
  conv3d: () => 1,
  sigmoid: () => 1,
  tanh: () => 5 / 3,
  relu: () => Math.SQRT2,
  leakyRelu: (a) => Math.sqrt(2 / (1 + a * a)),
  selu: () => 3 / 4,
};

/**
 * Factor that makes up for what an activation does to the standard deviation. `a` is the slope of leaky ReLU, default 0.01.
 *
 * Formula: 1 for 'linear', 'sigmoid' and convolutions, 5/3 for 'tanh', √2 for 'relu', √(2 / (1 + a²)) for 'leakyRelu', ¾ for
 * 'selu'
 *
 * @example
 * ```ts
 * import { nn } from 'nacre';
 * nn.init.calculateGain('relu'); // → 1.4142
 * nn.init.calculateGain('tanh'); // → 1.6667
 * ```
 */
export function calculateGain(nonlinearity: Nonlinearity, a = 0.01): number {
  const gain = gains[nonlinearity];
  if (!gain) {
    throw new ArgumentError(`there is no nonlinearity '${String(nonlinearity)}'`, {
      op: 'calculateGain',
      hint: `Known are: ${Object.keys(gains).join(', ')}`,
    });
  }
  return gain(a);
}

/**
 * Connections into and out of one unit of a weight [out, in, ...kernel].
 *
 * Formula: fanIn = in·Π kernel, fanOut = out·Π kernel
 *
 * Shapes: [out, in, ...kernel]
 *
 * @example
 * ```ts
 * import { nn } from 'nacre';
 * nn.init.fans('example', [6, 3, 5, 5]); // → { fanIn: 75, fanOut: 150 }
 * ```
 */
export function fans(op: string, shape: Shape): { fanIn: number; fanOut: number } {
  if (shape.length < 2) {
    throw new ShapeMismatchError(
      `needs two dimensions or more to count connections, got ${showShape(shape)}`,
      { op, shapes: [shape] },
    );
  }
  const kernel = sizeOf(shape.slice(2));
  return { fanIn: shape[1] * kernel, fanOut: shape[0] * kernel };
}

function put<T extends State>(target: T, value: Tensor): T {
  target.value = value;
  return target;
}

/**
 * Fills a parameter with numbers uniform in [low, high).
 *
 * Formula: low + (high - low)·u, u uniform in [0, 1)
 *
 * Shapes: as the parameter
 *
 * @example
 * ```ts
 * import { nn, Parameter, zeros } from 'nacre';
 * const w = nn.init.uniform(new Parameter(zeros([100])), -1, 1);
 * await w.abs().le(1).all().tolist(); // → true
 * ```
 */
export const uniform = <T extends State>(target: T, low = 0, high = 1): T =>
  put(target, new Tensor(plus(times(rand(target.shape).node, high - low), low)));

/**
 * Fills a parameter with normal numbers.
 *
 * Formula: mean + std·z, z standard normal
 *
 * Shapes: as the parameter
 *
 * @example
 * ```ts
 * import { nn, Parameter, zeros } from 'nacre';
 * const w = nn.init.normal(new Parameter(zeros([1000])), 5, 0.1);
 * await w.mean().sub(5).abs().lt(0.05).tolist(); // → true
 * ```
 */
export const normal = <T extends State>(target: T, mean = 0, std = 1): T =>
  put(target, new Tensor(plus(times(randn(target.shape).node, std), mean)));

/**
 * Fills a parameter with one number.
 *
 * Formula: value
 *
 * Shapes: as the parameter
 *
 * @example
 * ```ts
 * import { nn, Parameter, zeros } from 'nacre';
 * await nn.init.constant(new Parameter(zeros([2])), 7).tolist(); // → [7, 7]
 * ```
 */
export const constant = <T extends State>(target: T, value: number): T =>
  put(target, full(target.shape, value));
/**
 * Fills a parameter with zeros.
 *
 * Formula: 0
 *
 * Shapes: as the parameter
 *
 * @example
 * ```ts
 * import { nn, ones, Parameter } from 'nacre';
 * await nn.init.zeros(new Parameter(ones([2]))).tolist(); // → [0, 0]
 * ```
 */
export const zeros = <T extends State>(target: T): T => constant(target, 0);
/**
 * Fills a parameter with ones.
 *
 * Formula: 1
 *
 * Shapes: as the parameter
 *
 * @example
 * ```ts
 * import { nn, Parameter, zeros } from 'nacre';
 * await nn.init.ones(new Parameter(zeros([2]))).tolist(); // → [1, 1]
 * ```
 */
export const ones = <T extends State>(target: T): T => constant(target, 1);

const xavierStd = (op: string, shape: Shape, gain: number): number => {
  const { fanIn, fanOut } = fans(op, shape);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
};

/**
 * Uniform numbers that keep the variance of signals both ways (Glorot and Bengio, "Understanding the difficulty of training
 * deep feedforward neural networks", 2010).
 *
 * Formula: uniform in ±gain·√(6 / (fanIn + fanOut))
 *
 * Shapes: as the parameter
 *
 * @example
 * ```ts
 * import { nn, Parameter, zeros } from 'nacre';
 * const w = nn.init.xavierUniform(new Parameter(zeros([2, 4])));
 * await w.abs().le(1).all().tolist(); // → true
 * ```
 */
export function xavierUniform<T extends State>(target: T, { gain = 1 }: { gain?: number } = {}): T {
  const bound = Math.sqrt(3) * xavierStd('init.xavierUniform', target.shape, gain);
  return uniform(target, -bound, bound);
}

/**
 * Normal numbers that keep the variance of signals both ways (Glorot and Bengio, 2010).
 *
 * Formula: gain·√(2 / (fanIn + fanOut))·z, z standard normal
 *
 * Shapes: as the parameter
 *
 * @example
 * ```ts
 * import { nn, Parameter, zeros } from 'nacre';
 * const w = nn.init.xavierNormal(new Parameter(zeros([100, 100])));
 * await w.std().sub(0.1).abs().lt(0.01).tolist(); // → true
 * ```
 */
export const xavierNormal = <T extends State>(target: T, { gain = 1 }: { gain?: number } = {}): T =>
  normal(target, 0, xavierStd('init.xavierNormal', target.shape, gain));

function kaimingStd(
  op: string,
  shape: Shape,
  { a = 0, mode = 'fanIn', nonlinearity = 'leakyRelu' }: KaimingOptions,
): number {
  const fan = fans(op, shape)[mode];
  if (fan === undefined)
    throw new ArgumentError(`mode is 'fanIn' or 'fanOut', got '${String(mode)}'`, { op });
  return calculateGain(nonlinearity, a) / Math.sqrt(Math.max(1, fan));
}

/**
 * Uniform numbers that keep the variance behind rectifiers (He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015).
 *
 * Formula: uniform in ±gain·√(3 / fan)
 *
 * Shapes: as the parameter
 *
 * @example
 * ```ts
 * import { nn, Parameter, zeros } from 'nacre';
 * const w = nn.init.kaimingUniform(new Parameter(zeros([2, 6])), { nonlinearity: 'relu' });
 * await w.abs().le(1).all().tolist(); // → true
 * ```
 */
export function kaimingUniform<T extends State>(target: T, options: KaimingOptions = {}): T {
  const bound = Math.sqrt(3) * kaimingStd('init.kaimingUniform', target.shape, options);
  return uniform(target, -bound, bound);
}

/**
 * Normal numbers that keep the variance behind rectifiers (He, Zhang, Ren and Sun, 2015).
 *
 * Formula: gain / √fan·z, z standard normal
 *
 * Shapes: as the parameter
 *
 * @example
 * ```ts
 * import { nn, Parameter, zeros } from 'nacre';
 * const w = nn.init.kaimingNormal(new Parameter(zeros([100, 200])), { nonlinearity: 'relu' });
 * await w.std().sub(0.1).abs().lt(0.01).tolist(); // → true
 * ```
 */
export const kaimingNormal = <T extends State>(target: T, options: KaimingOptions = {}): T =>
  normal(target, 0, kaimingStd('init.kaimingNormal', target.shape, options));
