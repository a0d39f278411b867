/**
 * What samplers see of a space: numbers on a scale, and places in a list. A scale is the interval from 0 to 1 on which equal distances
 * count the same; of values that lie apart each has a cell of it.
 */
export type Parameter = ChoiceParameter | NumberParameter;

/** One of several things without an order; its value is a place among them. */
export interface ChoiceParameter {
  readonly kind: 'choice';
  readonly labels: readonly string[];
}

export interface NumberParameter {
  readonly kind: 'number';
  readonly log: boolean;
  /** How many values there are; infinity on a continuous scale. */
  readonly count: number;
  readonly valueAt: (place: number) => number;
  /** Whether it is one of the values. */
  readonly has: (value: number) => boolean;
  /** From 0 to 1: where the value lies, or its cell begins and ends. */
  readonly cellOf: (value: number) => readonly [from: number, to: number];
  /** The value at a place of the scale. */
  readonly fromScale: (scale: number) => number;
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

export function continuous(low: number, high: number, log: boolean): NumberParameter {
  const from = log ? Math.log(low) : low;
  const span = (log ? Math.log(high) : high) - from;
  const scaleOf = (value: number): number =>
    span === 0 ? 0.5 : clamp(((log ? Math.log(value) : value) - from) / span, 0, 1);
  return {
    kind: 'number',
    log,
    count: span === 0 ? 1 : Number.POSITIVE_INFINITY,
    valueAt: () => low,
    has: (value) => value >= low && value <= high,
    cellOf: (value) => [scaleOf(value), scaleOf(value)],
    fromScale: (scale) => {
      const place = from + scale * span;
      return clamp(log ? Math.exp(place) : place, low, high);
    },
  };
}

/** `low`, `low + step`, … up to `high`; cells of equal width. */
export function stepped(low: number, high: number, step: number): NumberParameter {
  // A hundred steps of 0.01 make 1, though their sum in floating point does not.
  const count = Math.floor((high - low) / step + 1e-9) + 1;
  const placeOf = (value: number): number => Math.round((value - low) / step);
  // 0.1 + 2 · 0.1 is 0.30000000000000004: rounded to what is shown of it.
  const valueAt = (place: number): number => {
    const value = low + place * step;
    return Number.isInteger(value) ? value : Number(value.toPrecision(15));
  };
  return {
    kind: 'number',
    log: false,
    count,
    valueAt,
    has: (value) => placeOf(value) >= 0 && placeOf(value) < count && valueAt(placeOf(value)) === value,
    cellOf: (value) => [placeOf(value) / count, (placeOf(value) + 1) / count],
    fromScale: (scale) => valueAt(clamp(Math.floor(scale * count), 0, count - 1)),
  };
}

/** Whole numbers on a logarithmic scale; the cell of a number reaches half way to its neighbours. */
export function wholeLog(low: number, high: number): NumberParameter {
  const from = Math.log(low - 0.5);
  const span = Math.log(high + 0.5) - from;
  return {
    kind: 'number',
    log: true,
    count: high - low + 1,
    valueAt: (place) => low + place,
    has: (value) => Number.isSafeInteger(value) && value >= low && value <= high,
    cellOf: (value) => [(Math.log(value - 0.5) - from) / span, (Math.log(value + 0.5) - from) / span],
    fromScale: (scale) => clamp(Math.round(Math.exp(from + scale * span)), low, high),
  };
}

export const countOf = (parameter: Parameter): number =>
  parameter.kind === 'choice' ? parameter.labels.length : parameter.count;

/** Whether a number can be this parameter's value. */
export const isValueOf = (parameter: Parameter, value: unknown): value is number => {
  if (typeof value !== 'number') return false;
  return parameter.kind === 'number'
    ? parameter.has(value)
    : Number.isInteger(value) && value >= 0 && value < parameter.labels.length;
};

/** The value of a number between 0 and 1, drawn uniformly. */
export const uniformValue = (parameter: Parameter, uniform: number): number =>
  parameter.kind === 'number'
    ? parameter.fromScale(uniform)
    : Math.min(Math.floor(uniform * parameter.labels.length), parameter.labels.length - 1);

/** Where a value lies on its scale, in the middle of its cell; things without an order stand in the order of the list. */
export function scaleOf(parameter: Parameter, value: number): number {
  if (parameter.kind === 'choice') return (value + 0.5) / parameter.labels.length;
  const [from, to] = parameter.cellOf(value);
  return (from + to) / 2;
}

/** The value as tables show it. */
export function showValue(parameter: Parameter, value: number): string {
  if (parameter.kind === 'choice') return parameter.labels[value];
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}
