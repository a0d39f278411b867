import { beforeEach, describe, expect, it } from 'vitest';
import { ones, randn, tensor, zeros } from '../create.ts';
import { setDevice } from '../engine.ts';
import * as F from '../functions.ts';
import { manualSeed } from '../generator.ts';
import { gradcheck } from '../gradcheck.ts';
import type { Tensor } from '../tensor.ts';

const double = (...shape: number[]): Tensor => randn(shape).to('float64');
const ints = (data: readonly number[]): Tensor => tensor(data, { dtype: 'int32' });
const rounded = (x: Tensor): number[] => Array.from(x.dataSync(), (v) => Number(Number(v).toFixed(4)));

describe.each(['reference', 'wasm'] as const)('on %s', (device) => {
  beforeEach(() => {
    setDevice(device);
    manualSeed(7);
  });

  it('multiMarginLoss adds up what comes too near the target', () => {
    const x = tensor([
      [0.1, 0.2, 0.4, 0.8],
      [1, 0, 0.5, 0],
    ]);
    const y = ints([3, 0]);
    const first = (1 - 0.8 + 0.1 + (1 - 0.8 + 0.2) + (1 - 0.8 + 0.4)) / 4;
    expect(rounded(F.multiMarginLoss(x, y, { reduction: 'none' }))).toEqual([
      Number(first.toFixed(4)),
      0.125,
    ]);
    expect(rounded(F.multiMarginLoss(x, y, { p: 2, reduction: 'none' }))).toEqual([0.1525, 0.0625]);
    const weight = tensor([10, 1, 1, 2]);
    expect(rounded(F.multiMarginLoss(x, y, { weight, reduction: 'sum' }))).toEqual([1.9]);
    expect(
      rounded(F.multiMarginLoss(tensor([0.1, 0.9]), tensor(1, { dtype: 'int32' }), { margin: 2 })),
    ).toEqual([0.6]);
    expect(() => F.multiMarginLoss(x, y, { p: 3 })).toThrow('multiMarginLoss: p is 1 or 2, got 3');
    expect(() => F.multiMarginLoss(x, y, { weight: ones([3]) })).toThrow('weight: [3], expected [4]');
    expect(() => F.multiMarginLoss(x, ints([0]))).toThrow(
      'multiMarginLoss: input: [2, 4], target: [1]: expected targets [2]',
    );
    expect(() => F.multiMarginLoss(x, ints([0, 4])).dataSync()).toThrow(/multiMarginLoss/);
  });

  it('tripletMarginLoss compares distances', () => {
    const [a, p, n] = [tensor([[0, 0]]), tensor([[3, 4]]), tensor([[0, 5.5]])];
    expect(rounded(F.tripletMarginLoss(a, p, n, { eps: 0 }))).toEqual([0.5]);
    expect(rounded(F.tripletMarginLoss(a, p, n, { eps: 0, swap: true }))).toEqual([
      Number((6 - Math.hypot(3, 1.5)).toFixed(4)),
    ]);
    expect(rounded(F.tripletMarginLoss(a, p, n, { eps: 0, p: 1, margin: 2 }))).toEqual([3.5]);
    expect(() => F.tripletMarginLoss(a, p, zeros([2]))).toThrow('expected one shape');
  });

  it('cosineEmbeddingLoss pulls together and pushes apart', () => {
    const [x, y] = [
      tensor([
        [1, 0],
        [1, 0],
        [1, 0],
      ]),
      tensor([
        [1, 1],
        [1, 1],
        [-1, 0],
      ]),
    ];
    const cosine = Number(Math.SQRT1_2.toFixed(4));
    const loss = (margin: number): number[] =>
      rounded(F.cosineEmbeddingLoss(x, y, tensor([1, -1, -1]), { margin, reduction: 'none' }));
    expect(loss(0)).toEqual([Number((1 - Math.SQRT1_2).toFixed(4)), cosine, 0]);
    expect(loss(0.5)[1]).toBeCloseTo(cosine - 0.5, 4);
    expect(() => F.cosineEmbeddingLoss(x, y, ones([2]))).toThrow('expected [N, D] twice and [N]');
  });

  it('focalLoss weighs by how wrong it is', () => {
    const [x, y] = [tensor([0.5, -1]), tensor([1, 0])];
    const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
    const right = [sigmoid(0.5), sigmoid(1)];
    const plain = right.map((p) => -((1 - p) ** 2) * Math.log(p));
    const close = (got: Tensor, want: readonly number[]): void => {
      rounded(got).forEach((v, i) => {
        expect(v).toBeCloseTo(want[i], 3);
      });
    };
    close(F.focalLoss(x, y, { reduction: 'none' }), [0.25 * plain[0], 0.75 * plain[1]]);
    close(F.focalLoss(x, y, { reduction: 'none', alpha: null }), plain);
    const logits = tensor([
      [0.5, 0],
      [0, 1],
    ]);
    close(F.focalLoss(logits, ints([0, 1]), { reduction: 'none' }), plain);
    close(F.focalLoss(logits, ints([0, 1]), { gamma: 0 }), [
      F.crossEntropy(logits, ints([0, 1]) as Tensor<[2], 'int32'>).itemSync(),
    ]);
  });

  it('zeroOneLoss is the share of wrong decisions', () => {
    const x = tensor([
      [0.1, 0.9],
      [0.8, 0.2],
      [0.6, 0.4],
    ]);
    expect(rounded(F.zeroOneLoss(x, ints([1, 1, 0])))).toEqual([0.3333]);
    expect(rounded(F.zeroOneLoss(ints([1, 0]), ints([1, 1]), { reduction: 'none' }))).toEqual([0, 1]);
  });

  it('have gradients', () => {
    const classes = ints([2, 0]);
    expect(gradcheck((x) => F.multiMarginLoss(x, classes, { p: 2 }), [double(2, 3)])).toBe(true);
    expect(
      gradcheck((a, p, n) => F.tripletMarginLoss(a, p, n), [double(2, 3), double(2, 3), double(2, 3)]),
    ).toBe(true);
    const signs = tensor([1, -1]);
    expect(gradcheck((a, b) => F.cosineEmbeddingLoss(a, b, signs), [double(2, 3), double(2, 3)])).toBe(true);
    expect(gradcheck((x) => F.focalLoss(x, classes), [double(2, 3)])).toBe(true);
    expect(gradcheck((x) => F.focalLoss(x, tensor([1, 0, 1])), [double(3)])).toBe(true);
    expect(gradcheck((x, w) => F.prelu(x, w), [double(2, 3, 2), double(3)])).toBe(true);
    expect(gradcheck((x) => F.glu(x, 1), [double(2, 4, 3)])).toBe(true);
    expect(
      gradcheck(
        (a, b, w, c) => F.bilinear(a, b, w, c),
        [double(2, 3), double(2, 4), double(5, 3, 4), double(5)],
      ),
    ).toBe(true);
  });

  it('prelu, glu and threshold', () => {
    expect(rounded(F.prelu(tensor([[-2, -2]]), tensor([0.5, 2])))).toEqual([-1, -4]);
    expect(rounded(F.prelu(tensor(-2), tensor(0.5)))).toEqual([-1]);
    expect(() => F.prelu(zeros([2, 3]), zeros([2]))).toThrow('prelu: got [2, 3]: expected 2 channels');
    expect(rounded(F.glu(tensor([2, 0])))).toEqual([1]);
    expect(() => F.glu(zeros([3]))).toThrow('glu: axis 0 of [3] has no two halves');
    expect(rounded(F.threshold(tensor([1, 3]), 2, 20))).toEqual([20, 3]);
    expect(() => F.bilinear(zeros([2, 3]), zeros([2, 4]), zeros([5, 4, 3]))).toThrow(
      'bilinear: inputs: [2, 3] and [2, 4], weight: [5, 4, 3]',
    );
  });

  it('dropout of channels drops all of a channel or nothing', () => {
    for (const [drop, shape, channels] of [
      [F.dropout1d, [50, 40, 5], 2000],
      [F.dropout1d, [2000, 5], 2000],
      [F.dropout2d, [50, 40, 2, 3], 2000],
      [F.dropout3d, [2000, 2, 1, 3], 2000],
    ] as const) {
      const rows = drop(ones(shape) as Tensor, 0.25).reshape([channels, -1]);
      const [low, high] = [rows.amin(1), rows.amax(1)];
      expect(low.dataSync()).toEqual(high.dataSync());
      const dropped = Array.from(low.dataSync()).filter((v) => v === 0).length;
      expect(dropped / channels).toBeCloseTo(0.25, 1);
      expect(Math.max(...Array.from(low.dataSync(), Number))).toBeCloseTo(4 / 3, 5);
    }
    expect(rounded(F.dropout2d(ones([1, 1, 2]), 0.9, { training: false }))).toEqual([1, 1]);
    expect(rounded(F.dropout1d(ones([1, 2]), 1))).toEqual([0, 0]);
    expect(() => F.dropout2d(zeros([3]))).toThrow('dropout2d: got [3]: expected 3 or 4 dimensions');
    expect(() => F.dropout1d(zeros([3, 2]), 2)).toThrow('dropout1d: p is a probability from 0 to 1, got 2');
  });

  it('alphaDropout keeps mean and variance', () => {
    const out = F.alphaDropout(randn([20_000]), 0.3);
    expect(out.mean().itemSync()).toBeCloseTo(0, 1);
    expect(out.std().itemSync()).toBeCloseTo(1, 1);
    expect(rounded(F.alphaDropout(ones([2]), 0.3, { training: false }))).toEqual([1, 1]);
  });
});
