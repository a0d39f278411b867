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

/** Factor that makes up for what an activation does to the standard deviation. `a` is the slope of leaky ReLU, default 0.01. */
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

/** Connections into and out of one unit of a weight [out, in, ...kernel]. */
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

/** Fills a parameter with numbers uniform in [low, high). */
export const uniform = <T extends State>(target: T, low = 0, high = 1): T =>
  put(target, new Tensor(plus(times(rand(target.shape).node, high - low), low)));

/** Fills a parameter with normal numbers. */
export const normal = <T extends State>(target: T, mean = 0, std = 1): T =>
  put(target, new Tensor(plus(times(randn(target.shape).node, std), mean)));

/** Fills a parameter with one number. */
export const constant = <T extends State>(target: T, value: number): T =>
  put(target, full(target.shape, value));
export const zeros = <T extends State>(target: T): T => constant(target, 0);
export const ones = <T extends State>(target: T): T => constant(target, 1);

const xavierStd = (op: string, shape: Shape, gain: number): number => {
  const { fanIn, fanOut } = fans(op, shape);
  return gain * Math.sqrt(2 / (fanIn + fanOut));
};

/** Uniform in ±gain·√(6 / (fanIn + fanOut)) (Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010). */
export function xavierUniform<T extends State>(target: T, { gain = 1 }: { gain?: number } = {}): T {
  const bound = Math.sqrt(3) * xavierStd('init.xavierUniform', target.shape, gain);
  return uniform(target, -bound, bound);
}

/** Normal with standard deviation gain·√(2 / (fanIn + fanOut)) (Glorot and Bengio, 2010). */
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

/** Uniform in ±gain·√(3 / fan) (He, Zhang, Ren and Sun, "Delving deep into rectifiers", 2015). */
export function kaimingUniform<T extends State>(target: T, options: KaimingOptions = {}): T {
  const bound = Math.sqrt(3) * kaimingStd('init.kaimingUniform', target.shape, options);
  return uniform(target, -bound, bound);
}

/** Normal with standard deviation gain / √fan (He, Zhang, Ren and Sun, 2015). */
export const kaimingNormal = <T extends State>(target: T, options: KaimingOptions = {}): T =>
  normal(target, 0, kaimingStd('init.kaimingNormal', target.shape, options));
