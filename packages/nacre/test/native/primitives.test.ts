import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type DType, isFloat, type TypedArray } from '../../src/base/dtype.ts';
import { sizeOf } from '../../src/base/shape.ts';
import type { Node } from '../../src/graph/node.ts';
import { Storage } from '../../src/runtime/storage.ts';
import { fromNumbers, toNumbers } from '../../src/tensor/backends/reference.ts';
import { heap, memoryNode, realizeNodes, setDevice } from '../../src/tensor/engine.ts';
import { apply, permute } from '../../src/tensor/primitives/apply.ts';
import type { Primitive } from '../../src/tensor/primitives/record.ts';
import { type Sample, samples } from '../../src/tensor/primitives/samples.ts';
import { compileAll, missing } from './batch.ts';

vi.mock('../../src/tensor/backends/tiers.node.ts', () => import('./batch.ts'));

/** Numbers in [0, 1), the same at every run. */
function stream(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function operand(sample: Sample, i: number, wide: boolean): Node {
  const shape = sample.shapes[i];
  const given = sample.dtypes?.[i] ?? 'float32';
  const dtype = wide && given === 'float32' ? 'float64' : given;
  const [low, high] = sample.ranges?.[i] ?? [-2, 2];
  const next = stream(sizeOf(shape) * 31 + i + 1);
  const values = Array.from({ length: sizeOf(shape) }, () => {
    if (dtype === 'bool') return Number(next() < 0.5);
    const value = low + next() * (high - low);
    return isFloat(dtype) ? value : Math.floor(value);
  });
  const storage = new Storage(heap, dtype, values.length);
  fromNumbers(dtype, values, heap.view(dtype, storage.pointer, values.length));
  return memoryNode(storage, shape);
}

/** The same elements in memory whose first axis is the fastest. */
function turned(node: Node): Node {
  if (node.shape.length < 2) return node;
  const order = node.shape.map((_, axis) => axis).reverse();
  const other = permute(node, order);
  realizeNodes([other]);
  return permute(other, order);
}

/** The dtypes and layouts that each primitive is tried with. */
const variants = {
  float32: [false, false],
  'float32, turned': [false, true],
  float64: [true, false],
} as const;
type Variant = keyof typeof variants;

interface Case {
  readonly op: Primitive;
  readonly variant: Variant;
  readonly samples: readonly Sample[];
}

const cases = (Object.keys(samples) as Primitive[]).flatMap((op) =>
  (Object.keys(variants) as Variant[]).flatMap((variant): Case[] => {
    const [wide, turns] = variants[variant];
    const fit = (samples[op].samples as readonly Sample[]).filter(
      ({ shapes, dtypes }) =>
        (!wide || dtypes?.some(isFloat) !== false) && (!turns || shapes.some((shape) => shape.length > 1)),
    );
    return fit.length ? [{ op, variant, samples: fit }] : [];
  }),
);

/** The results of all samples of a case, computed by one program. */
function compute(device: 'reference' | 'native', { op, variant, samples }: Case): Node[] {
  const [wide, turns] = variants[variant];
  const inputs = samples.map((sample) => sample.shapes.map((_, i) => operand(sample, i, wide)));
  setDevice('reference');
  const laid = turns ? inputs.map((nodes) => nodes.map(turned)) : inputs;
  setDevice(device);
  const outputs = samples.map((sample, i) => apply('alias', [apply(op, laid[i], sample.attributes)], {}));
  realizeNodes(outputs);
  return outputs;
}

const numbers = (node: Node): Float64Array => toNumbers(node.dtype, node.storage!.read() as TypedArray);

/** How far sums in another order, and with fused products, may lie apart. */
const tolerance: { readonly [D in DType]?: number } = { float32: 2e-5, float64: 1e-12 };

describe.skipIf(missing)(`primitives in C agree with the reference${missing && `: ${missing}`}`, () => {
  beforeAll(async () => {
    await compileAll(async () => {
      for (const given of cases) compute('native', given);
    });
  }, 600_000);
  afterAll(() => setDevice('wasm'));

  test.each(cases.map((given) => [`${given.op}, ${given.variant}`, given] as const))('%s', (_, given) => {
    const wanted = compute('reference', given);
    const actual = compute('native', given);
    for (const [s, sample] of given.samples.entries()) {
      const { dtype } = wanted[s];
      const [got, want] = [numbers(actual[s]), numbers(wanted[s])];
      expect([actual[s].dtype, got.length]).toEqual([dtype, want.length]);
      const limit = tolerance[dtype] ?? 0;
      for (const [i, value] of want.entries()) {
        if (Object.is(got[i], value) || got[i] === value) continue;
        if (Math.abs(got[i] - value) <= limit * (1 + Math.abs(value))) continue;
        expect.fail(
          `${JSON.stringify(sample.shapes)} ${JSON.stringify(sample.attributes)}, element ${i}: ${got[i]}, reference ${value}`,
        );
      }
    }
  });
});
