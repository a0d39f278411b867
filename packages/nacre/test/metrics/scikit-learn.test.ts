import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DType } from '../../src/base/dtype.ts';
import * as metrics from '../../src/metrics/index.ts';
import { tensor } from '../../src/tensor/create.ts';
import { narrow } from '../../src/tensor/functions.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';

/** What scikit-learn computes, as generate.py wrote it. */

type Values = readonly (number | string)[];

interface Data {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: Values;
}

interface Case {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>> | null;
  readonly expect: unknown;
  /** Absolute and relative. Default 1e-12. */
  readonly tol?: number;
}

interface ClassCase extends Case {
  readonly metric: string;
  readonly predictions: Data;
  readonly targets: Data;
  readonly weights?: Values;
}

interface FunctionCase extends Case {
  readonly call: string;
  readonly args: readonly unknown[];
}

const cases = readFileSync(new URL('cases.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) =>
    JSON.parse(line, (_, value) => (value === 'NaN' ? Number.NaN : value === 'Infinity' ? Infinity : value)),
  )
  .map((one): ClassCase | FunctionCase => one);

/** Holds numbers, lists and objects of numbers to those expected. */
function compare(actual: unknown, expected: unknown, tol: number, path: string): void {
  if (typeof expected === 'number') {
    const given = actual as number;
    if (Object.is(given, expected) || given === expected) return;
    const distance = Math.abs(given - expected);
    if (!(distance <= tol * Math.max(1, Math.abs(expected)))) expect(given, path).toBe(expected);
  } else if (Array.isArray(expected)) {
    const list = [...(actual as ArrayLike<unknown> & Iterable<unknown>)];
    expect(list.length, `length of ${path}`).toBe(expected.length);
    for (const [i, part] of expected.entries()) compare(list[i], part, tol, `${path}[${i}]`);
  } else if (typeof expected === 'object' && expected !== null) {
    for (const [name, part] of Object.entries(expected)) {
      compare((actual as Record<string, unknown>)[name], part, tol, `${path}.${name}`);
    }
  } else {
    expect(actual, path).toBe(expected);
  }
}

const make = ({ shape, dtype, data }: Data): Tensor =>
  tensor(Float64Array.from(data, Number), { dtype, shape });

type Constructor = new (...args: readonly unknown[]) => metrics.Metric<unknown>;

/** Metrics whose first argument is no option. */
const positional: Readonly<Record<string, string>> = { ConfusionMatrix: 'classes', TopKAccuracy: 'k' };

function construct({ metric, options }: ClassCase): metrics.Metric<unknown> {
  const Metric = (metrics as unknown as Record<string, Constructor>)[metric];
  const first = positional[metric];
  if (!first) return new Metric(options ?? {});
  const { [first]: value, ...rest } = options ?? {};
  return new Metric(value, rest);
}

async function measure(
  one: ClassCase,
  parts: readonly (readonly [begin: number, length: number])[],
): Promise<unknown> {
  const metric = construct(one);
  const [predictions, targets] = [make(one.predictions), make(one.targets)];
  const weights = one.weights && tensor(Float64Array.from(one.weights, Number), { dtype: 'float64' });
  for (const [begin, length] of parts) {
    const part = (x: Tensor): Tensor => narrow(x, 0, begin, length);
    await metric.update(part(predictions), part(targets), weights && part(weights));
  }
  return metric.compute();
}

describe('metrics are those of scikit-learn', () => {
  const ofClasses = cases.filter((one): one is ClassCase => 'metric' in one);
  for (const metric of new Set(ofClasses.map((one) => one.metric))) {
    it(metric, async () => {
      for (const one of ofClasses.filter((other) => other.metric === metric)) {
        const { name, options, tol = 1e-12, targets } = one;
        const size = targets.shape[0];
        const label = `${metric} ${name} ${JSON.stringify(options)}`;
        compare(await measure(one, [[0, size]]), one.expect, tol, label);
        // Batches of different sizes come to the same.
        const first = Math.ceil(size / 3);
        const batches = [
          [0, first],
          [first, size - first],
        ] as const;
        compare(await measure(one, batches), one.expect, tol, `${label}, in batches`);
      }
    });
  }
});

describe('functions are those of scikit-learn', () => {
  const ofFunctions = cases.filter((one): one is FunctionCase => 'call' in one);
  for (const call of new Set(ofFunctions.map((one) => one.call))) {
    it(call, async () => {
      for (const { name, args, options, expect: expected, tol = 1e-12 } of ofFunctions.filter(
        (one) => one.call === call,
      )) {
        const fn = (metrics as unknown as Record<string, (...args: readonly unknown[]) => unknown>)[call];
        const [first, ...rest] = args;
        const points = call === 'silhouetteScore' ? tensor(first as number[][], { dtype: 'float64' }) : first;
        const result = await fn(points, ...rest, ...(options ? [options] : []));
        if (result instanceof metrics.ClassificationReport) {
          const { text, ...numbers } = expected as { text?: string };
          compare(result, numbers, tol, name);
          if (text !== undefined) expect(result.text({ digits: 3 })).toBe(text);
          continue;
        }
        compare(result, expected, tol, `${call} ${name} ${JSON.stringify(options)}`);
      }
    });
  }
});

it('there are cases of every kind', () => {
  expect(cases.length).toBeGreaterThan(500);
});
