import { type Parameter, scaleOf } from '../parameter.ts';
import { normal, type Uniforms } from '../random.ts';

/**
 * The complementary error function, with a relative error below 1.2·10⁻⁷ everywhere (Press et al., "Numerical recipes", 2nd edition,
 * section 6.2).
 */
function erfc(x: number): number {
  const z = Math.abs(x);
  const t = 1 / (1 + 0.5 * z);
  const coefficients = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
    1.00002368, -1.26551223,
  ];
  const series = coefficients.reduce((sum, coefficient) => sum * t + coefficient, 0);
  const tail = t * Math.exp(-z * z + series);
  return x >= 0 ? tail : 2 - tail;
}

/** The share of a normal distribution that lies below. */
const normalBelow = (x: number): number => 0.5 * erfc(-x / Math.SQRT2);

/** One kernel's distribution of one parameter. */
export interface Kernel {
  sample(uniform: Uniforms): number;
  /** Density on the scale, or probability of the value's cell. */
  density(value: number): number;
}

/** What is assumed before anything is known: every place of the scale is as good. */
export class FlatKernel implements Kernel {
  readonly #parameter: Parameter;

  constructor(parameter: Parameter) {
    this.#parameter = parameter;
  }

  sample(uniform: Uniforms): number {
    const parameter = this.#parameter;
    return parameter.kind === 'choice'
      ? Math.floor(uniform() * parameter.labels.length)
      : parameter.fromScale(uniform());
  }

  density(value: number): number {
    const parameter = this.#parameter;
    if (parameter.kind === 'choice') return 1 / parameter.labels.length;
    const [from, to] = parameter.cellOf(value);
    return to > from ? to - from : 1;
  }
}

/** A normal distribution around a place of the scale, cut off at the scale's ends. */
export class NormalKernel implements Kernel {
  readonly #within: number;

  constructor(
    readonly parameter: Extract<Parameter, { kind: 'number' }>,
    readonly mean: number,
    readonly deviation: number,
  ) {
    this.#within = this.#below(1) - this.#below(0);
  }

  #below(scale: number): number {
    return normalBelow((scale - this.mean) / this.deviation);
  }

  sample(uniform: Uniforms): number {
    // The mean is on the scale and the deviation no longer than it, so a third of the draws is on it at least.
    for (;;) {
      const scale = this.mean + this.deviation * normal(uniform);
      if (scale >= 0 && scale <= 1) return this.parameter.fromScale(scale);
    }
  }

  density(value: number): number {
    const [from, to] = this.parameter.cellOf(value);
    if (to > from) return (this.#below(to) - this.#below(from)) / this.#within;
    const z = (from - this.mean) / this.deviation;
    return Math.exp(-0.5 * z * z) / (this.deviation * Math.sqrt(2 * Math.PI) * this.#within);
  }
}

/** Mostly the place that was seen, and each place a little. */
export class ChoiceKernel implements Kernel {
  /** @param rest what all places together weigh beside the one that was seen. */
  constructor(
    readonly count: number,
    readonly seen: number,
    readonly rest: number,
  ) {}

  sample(uniform: Uniforms): number {
    if (uniform() * (1 + this.rest) < 1) return this.seen;
    return Math.floor(uniform() * this.count);
  }

  density(value: number): number {
    return ((value === this.seen ? 1 : 0) + this.rest / this.count) / (1 + this.rest);
  }
}

/**
 * A kernel for each value that was seen, each as wide as the farther of its two neighbours is away (Bergstra et al. 2011, section 4),
 * the middle of the scale counting as one; never narrower than a hundredth of the scale, or what is even for fewer values.
 */
export function kernelsByNeighbours(parameter: Parameter, values: readonly number[]): Kernel[] {
  if (parameter.kind === 'choice')
    return values.map((value) => choiceKernel(parameter.labels.length, value, values.length));
  const places = values.map((value) => scaleOf(parameter, value));
  const sorted = [...places, 0.5].sort((a, b) => a - b);
  const narrowest = 1 / Math.min(100, 1 + sorted.length);
  return places.map((place) => {
    const at = sorted.indexOf(place);
    const last = sorted.lastIndexOf(place);
    const left = at > 0 ? place - sorted[at - 1] : 0;
    const right = last < sorted.length - 1 ? sorted[last + 1] - place : 0;
    return new NormalKernel(parameter, place, Math.min(1, Math.max(left, right, narrowest)));
  });
}

/**
 * A kernel for each value that was seen, of a width that shrinks with their number as Scott's rule says, so that it suits kernels of
 * several dimensions.
 */
export function kernelsByCount(
  parameter: Parameter,
  values: readonly number[],
  dimensions: number,
): Kernel[] {
  if (parameter.kind === 'choice')
    return values.map((value) => choiceKernel(parameter.labels.length, value, values.length));
  const narrowest = 1 / Math.min(100, 2 + values.length);
  const deviation = Math.max(narrowest, 0.2 * values.length ** (-1 / (dimensions + 4)));
  return values.map((value) => new NormalKernel(parameter, scaleOf(parameter, value), deviation));
}

/** All places together weigh as one observation among the others does. */
const choiceKernel = (count: number, value: number, observations: number): Kernel =>
  new ChoiceKernel(count, value, count / (observations + 1));
