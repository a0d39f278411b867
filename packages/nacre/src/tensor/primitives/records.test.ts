import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DType, isFloat, type TypedArray } from '../../base/dtype.ts';
import { type Shape, sizeOf } from '../../base/shape.ts';
import type { Node } from '../../graph/node.ts';
import { Storage } from '../../runtime/storage.ts';
import { fromNumbers, toNumbers } from '../backends/reference.ts';
import { heap, memoryNode, realizeNodes, setDevice, setThreads, threadsReady } from '../engine.ts';
import { gradcheck } from '../gradcheck.ts';
import { Tensor } from '../tensor.ts';
import { apply, permute } from './apply.ts';
import { records } from './index.ts';
import type { OpRecord, Primitive } from './record.ts';
import { type Sample, type Samples, samples } from './samples.ts';

/** A small fixed stream of numbers in [0, 1), different for each sample and operand. */
function numbers(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function draw(shape: Shape, dtype: DType, [low, high]: readonly [number, number], seed: number): Node {
  const next = numbers(seed);
  const values = Array.from({ length: sizeOf(shape) }, () => {
    const value = low + next() * (high - low);
    return dtype === 'bool' ? Number(next() < 0.5) : isFloat(dtype) ? value : Math.floor(value);
  });
  return place(shape, dtype, values);
}

function place(shape: Shape, dtype: DType, values: ArrayLike<number>): Node {
  const storage = new Storage(heap, dtype, sizeOf(shape));
  fromNumbers(dtype, values, heap.view(dtype, storage.pointer, storage.length));
  return memoryNode(storage, shape);
}

/** The same elements behind a permutation: memory whose last axis is not the fastest. */
function strided(node: Node): Node {
  if (node.shape.length < 2) return node;
  const order = node.shape.map((_, axis) => axis).reverse();
  const turned = permute(node, order);
  realizeNodes([turned]);
  return permute(turned, order);
}

const tolerance: Partial<Record<DType, number>> = {
  float32: 2e-5,
  float64: 1e-12,
  float16: 1e-3,
  bfloat16: 1e-2,
};

function compute(device: 'reference' | 'wasm', build: () => Node): { data: Float64Array; node: Node } {
  setDevice(device);
  const node = build();
  const alias = apply('alias', [node], {});
  realizeNodes([alias]);
  return { data: toNumbers(alias.dtype, alias.storage!.read() as TypedArray), node: alias };
}

function expectClose(actual: Float64Array, wanted: Float64Array, dtype: DType, what: string): void {
  const tol = tolerance[dtype] ?? 0;
  expect(actual.length, what).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    const same =
      Object.is(actual[i], wanted[i]) ||
      actual[i] === wanted[i] ||
      Math.abs(actual[i] - wanted[i]) <= tol * (1 + Math.abs(wanted[i]));
    if (!same) expect.fail(`${what}, element ${i}: ${actual[i]}, reference ${wanted[i]}`);
  }
}

const inputsOf = (sample: Sample, wide: boolean): Node[] =>
  sample.shapes.map((shape, i) => {
    const dtype = sample.dtypes?.[i] ?? 'float32';
    const range = sample.ranges?.[i] ?? [-2, 2];
    return draw(shape, wide && dtype === 'float32' ? 'float64' : dtype, range, sizeOf(shape) * 31 + i + 1);
  });

const entries = (Object.entries(records) as [Primitive, OpRecord<Primitive>][]).map(
  ([op, record]) => [op, record, samples[op] as Samples] as const,
);
const title = (sample: Sample): string =>
  `${sample.shapes.map((shape) => `[${shape.join(', ')}]`).join(' ')} ${JSON.stringify(sample.attributes)}${sample.dtypes ? ` ${sample.dtypes}` : ''}`;

beforeAll(async () => {
  setThreads(2);
  await threadsReady();
});
afterAll(() => setDevice('wasm'));

describe.each(entries.filter(([, , { samples }]) => samples.length))(
  '%s',
  (op, _record, { samples, errors }) => {
    describe.each(samples.map((sample) => [title(sample), sample] as const))('%s', (_, sample) => {
      const build = (inputs: readonly Node[]): Node => apply(op, inputs, sample.attributes);

      for (const wide of sample.dtypes?.some(isFloat) === false ? [false] : [false, true]) {
        test(`wasm agrees with the reference in ${wide ? 'float64' : 'float32'}`, () => {
          const inputs = inputsOf(sample, wide);
          const wanted = compute('reference', () => build(inputs));
          expectClose(compute('wasm', () => build(inputs)).data, wanted.data, wanted.node.dtype, op);
        });
      }

      test('the same elements behind permutations give the same result', () => {
        const inputs = inputsOf(sample, false);
        const wanted = compute('reference', () => build(inputs));
        expectClose(
          compute('wasm', () => build(inputs.map(strided))).data,
          wanted.data,
          wanted.node.dtype,
          op,
        );
      });

      if (sample.noGradient !== undefined) return;
      test('the gradient agrees with finite differences in float64', () => {
        const inputs = inputsOf(sample, true);
        for (const device of ['reference', 'wasm'] as const) {
          setDevice(device);
          const floats = inputs.filter((node) => node.dtype === 'float64');
          const check = (...tensors: Tensor[]): Tensor => {
            let next = 0;
            return new Tensor(
              build(inputs.map((node) => (node.dtype === 'float64' ? tensors[next++].node : node))),
            );
          };
          if (sizeOf(build(inputs).shape) <= 200 || device === 'wasm') {
            expect(gradcheckSome(check, floats)).toBe(true);
          }
        }
      });
    });

    if (!errors.length) return;
    test('refuses what does not fit, and says why', () => {
      for (const sample of errors) {
        const inputs = sample.shapes.map((shape, i) =>
          draw(shape, sample.dtypes?.[i] ?? 'float32', [0, 1], i + 1),
        );
        expect(() => apply(op, inputs, sample.attributes)).toThrow(sample.message);
      }
    });
  },
);

/** Finite differences on samples of a size that keeps the test quick: larger ones are checked on a corner of the input. */
function gradcheckSome(f: (...tensors: Tensor[]) => Tensor, inputs: readonly Node[]): boolean {
  const limit = 40;
  const total = inputs.reduce((size, node) => size + sizeOf(node.shape), 0);
  if (total <= 3 * limit)
    return gradcheck(
      f,
      inputs.map((node) => new Tensor(node)),
    );
  // A direction instead of each element: d/dt f(x + t·v) at 0 has to be Σ gradient·v.
  const directions = inputs.map((node, i) => draw(node.shape, 'float64', [-1, 1], 977 + i));
  const zero = new Tensor(place([], 'float64', [0]));
  return gradcheck(
    (t) =>
      f(
        ...inputs.map(
          (node, i) => new Tensor(apply('add', [node, apply('mul', [directions[i], t.node], {})], {})),
        ),
      ),
    [zero],
  );
}

describe('special values', () => {
  const special = [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    0,
    -0,
    1,
    -1,
    88.8,
    -104,
    1e38,
    -1e38,
    1e-40,
  ];
  const elementwise = entries.filter(
    ([, { lowering }, { samples }]) =>
      lowering.kind === 'map' &&
      samples.length &&
      !samples[0].dtypes &&
      Object.keys(samples[0].attributes).length === 0,
  );

  /** Arguments for which a function promises no digits, as its documentation says. */
  const beyondReach: { readonly [P in Primitive]?: (values: readonly number[]) => boolean } = {
    sin: ([x]) => Number.isFinite(x) && Math.abs(x) > 1e9,
    cos: ([x]) => Number.isFinite(x) && Math.abs(x) > 1e9,
    tan: ([x]) => Number.isFinite(x) && Math.abs(x) > 1e9,
    remainder: ([x, y]) => Math.abs(x / y) > 2 ** 24,
  };

  test.each(elementwise)(
    '%s of NaN, infinities, zeros and extremes is what the reference gives',
    (op, _record, { samples: [sample] }) => {
      const arity = sample.shapes.length;
      const all = arity === 1 ? special.map((x) => [x]) : special.flatMap((x) => special.map((y) => [x, y]));
      const pairs = all.filter((values) => !(beyondReach[op]?.(values) ?? false));
      const inputs = Array.from({ length: arity }, (_, i) =>
        place(
          [pairs.length],
          'float32',
          pairs.map((pair) => pair[i]),
        ),
      );
      const wanted = compute('reference', () => apply(op, inputs, sample.attributes)).data;
      const actual = compute('wasm', () => apply(op, inputs, sample.attributes)).data;
      for (let i = 0; i < wanted.length; i++) {
        const close =
          Object.is(actual[i], wanted[i]) ||
          actual[i] === wanted[i] ||
          Math.abs(actual[i] - wanted[i]) <= 1e-5 * Math.abs(wanted[i]) + 2e-45;
        if (!close) expect.fail(`${op}(${pairs[i].join(', ')}): ${actual[i]}, reference ${wanted[i]}`);
      }
    },
  );
});
