import { beforeEach, describe, expect, it } from 'vitest';
import { ones, randn, tensor, zeros } from '../create.ts';
import { setDevice } from '../engine.ts';
import * as F from '../functions.ts';
import { manualSeed } from '../generator.ts';
import { grad } from '../grad.ts';
import { gradcheck } from '../gradcheck.ts';
import { State } from '../parameter.ts';
import type { Tensor } from '../tensor.ts';

const double = (...shape: number[]): Tensor => randn(shape).to('float64');

const numbers = (x: Tensor): number[] => Array.from(x.dataSync(), Number);

function expectClose(got: Tensor, want: readonly number[], digits = 5): void {
  numbers(got).forEach((value, i) => {
    expect(value).toBeCloseTo(want[i], digits);
  });
}

/** (v - mean) / √(var + eps) of a list. */
function standard(values: readonly number[], eps = 1e-5): number[] {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
  return values.map((v) => (v - mean) / Math.sqrt(variance + eps));
}

describe.each(['reference', 'wasm'] as const)('on %s', (device) => {
  beforeEach(() => {
    setDevice(device);
    manualSeed(5);
  });

  it('batchNorm uses the batch while training, and moves states only', () => {
    const x = tensor([
      [1, 10],
      [3, 30],
      [8, 20],
    ]);
    const [mean, variance] = [new State(tensor([1, 2])), new State(tensor([1, 2]))];
    const out = F.batchNorm(x, mean, variance, { training: true, momentum: 0.5 });
    const [left, right] = [standard([1, 3, 8]), standard([10, 30, 20])];
    expectClose(out, [left[0], right[0], left[1], right[1], left[2], right[2]]);
    expectClose(mean, [2.5, 11]);
    expectClose(variance, [(1 + 13) / 2, 51]);
    const plain = tensor([1, 2]);
    F.batchNorm(x, plain, tensor([1, 2]), { training: true });
    expectClose(plain, [1, 2]);
  });

  it('batchNorm uses the running statistics otherwise', () => {
    const out = F.batchNorm(tensor([[3, 8]]), tensor([1, 2]), tensor([4, 9]), {
      weight: tensor([1, 10]),
      bias: tensor([0, 1]),
      eps: 0,
    });
    expectClose(out, [1, 21]);
  });

  it('instanceNorm and groupNorm standardize within a sample', () => {
    const x = randn([2, 4, 3]);
    const flat = numbers(x);
    const rows = Array.from({ length: 8 }, (_, i) => standard(flat.slice(3 * i, 3 * i + 3)));
    expectClose(F.instanceNorm(x), rows.flat(), 4);
    const groups = Array.from({ length: 4 }, (_, i) => standard(flat.slice(6 * i, 6 * i + 6)));
    expectClose(F.groupNorm(x, 2), groups.flat(), 4);
    const [mean, variance] = [new State(zeros([4])), new State(ones([4]))];
    F.instanceNorm(x, mean, variance, { momentum: 1 });
    expectClose(mean, numbers(x.mean([0, 2])));
    expectClose(variance, numbers(x.var(2).mean(0)));
    expectClose(
      F.instanceNorm(zeros([1, 4, 3]), mean, variance, { useInputStats: false, eps: 0 }).narrow(2, 0, 1),
      numbers(mean.neg().div(variance.sqrt())),
    );
  });

  it('rmsNorm and normalize divide by a length', () => {
    const x = tensor([[3, 4]]);
    expectClose(F.rmsNorm(x, 2, tensor([1, 10]), { eps: 0 }), [3 / Math.sqrt(12.5), 40 / Math.sqrt(12.5)]);
    expectClose(F.normalize(x), [0.6, 0.8]);
    expectClose(F.normalize(x, { p: 1, dim: 0 }), [1, 1]);
    expectClose(F.normalize(zeros([1, 2])), [0, 0]);
    const tiny = tensor([1e-8], { dtype: 'float64' });
    expectClose(F.rmsNorm(tiny, 1), [1e-8 / Math.sqrt(1e-16 + 2 ** -52)]);
  });

  it('have gradients', () => {
    const affine = [double(3), double(3)] as const;
    expect(
      gradcheck(
        (x, weight, bias) => F.batchNorm(x, null, null, { training: true, weight, bias }),
        [double(4, 3, 2), ...affine],
      ),
    ).toBe(true);
    const [mean, variance] = [double(3), double(3).square().add(0.5)];
    expect(gradcheck((x) => F.batchNorm(x, mean, variance), [double(2, 3)])).toBe(true);
    expect(
      gradcheck(
        (x, w, b) => F.instanceNorm(x, null, null, { weight: w, bias: b }),
        [double(2, 3, 4), ...affine],
      ),
    ).toBe(true);
    expect(gradcheck((x, w, b) => F.groupNorm(x, 2, w, b), [double(2, 4, 3), double(4), double(4)])).toBe(
      true,
    );
    expect(gradcheck((x, w) => F.rmsNorm(x, 3, w), [double(2, 3), double(3)])).toBe(true);
    expect(gradcheck((x) => F.normalize(x, { p: 3 }), [double(2, 3)])).toBe(true);
  });

  it('say what does not fit', () => {
    const x: Tensor = zeros([2, 6, 4]);
    expect(() => F.groupNorm(x, 4)).toThrow('groupNorm: groups (4) must divide the 6 channels of [2, 6, 4]');
    expect(() => F.groupNorm(x, 2, zeros([4]))).toThrow(
      'groupNorm: weight: [4], expected [6] for the input [2, 6, 4]',
    );
    expect(() => F.batchNorm(x, zeros([4]), ones([6]))).toThrow('batchNorm: runningMean: [4], expected [6]');
    expect(() => F.batchNorm(zeros([1, 6]), null, null, { training: true })).toThrow(
      'batchNorm: needs more than one value for each channel while training, got [1, 6]',
    );
    expect(() => F.batchNorm(zeros([6]), null, null)).toThrow('expected 2 dimensions or more');
    expect(() => F.instanceNorm(zeros([2, 6]))).toThrow('expected 3 dimensions or more');
    expect(() => F.rmsNorm(x, 5)).toThrow('rmsNorm: got [2, 6, 4]: expected the last axes to be [5]');
  });
});

// Their gradients are written by hand; a penalty on a gradient asks for the gradient of that.
describe('gradients of the gradients', () => {
  it.each<[string, (x: Tensor, w: Tensor, b: Tensor) => Tensor]>([
    ['batchNorm', (x, w, b) => F.batchNorm(x, null, null, { training: true, weight: w, bias: b })],
    ['instanceNorm', (x, w, b) => F.instanceNorm(x, null, null, { weight: w, bias: b })],
    ['groupNorm', (x, w, b) => F.groupNorm(x, 2, w, b)],
    ['layerNorm', (x, w, b) => F.layerNorm(x.transpose(1, 2), [4], w, b)],
  ])('of %s agree with finite differences', (_, f) => {
    manualSeed(7);
    const cubed = (x: Tensor, w: Tensor, b: Tensor): Tensor => f(x, w, b).pow(3).sum() as Tensor;
    for (const operand of [0, 1, 2])
      expect(gradcheck(grad(cubed, operand) as never, [double(2, 4, 3), double(4), double(4)])).toBe(true);
  });
});
