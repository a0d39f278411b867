import { beforeAll, describe, expect, it } from 'vitest';
import { ArgumentError, IndexError } from '../base/errors.ts';
import { arange, full, ones, tensor, zeros } from './create.ts';
import { setDevice } from './engine.ts';
import * as F from './functions.ts';
import { manualSeed } from './generator.ts';
import type { Tensor } from './tensor.ts';

beforeAll(() => setDevice('reference'));

/** Shape and elements, rounded so that they can be written down. */
const show = (x: Tensor): unknown =>
  JSON.parse(
    JSON.stringify(x.tolistSync(), (_, value) =>
      typeof value === 'number' ? Number(value.toFixed(4)) : value,
    ),
  );

const ints = (data: readonly number[]): Tensor => tensor(data, { dtype: 'int32' });
const grid = tensor([
  [1, 5, 3],
  [4, 2, 6],
]);

describe('element by element', () => {
  const x = tensor([-2, -0.5, 0, 0.5, 2]);

  it('takes options by PyTorch’s keywords', () => {
    expect(show(F.leakyRelu(x))).toEqual([-0.02, -0.005, 0, 0.5, 2]);
    expect(show(F.leakyRelu(x, { negativeSlope: 0.5 }))).toEqual([-1, -0.25, 0, 0.5, 2]);
    expect(show(F.elu(x, { alpha: 2 }))).toEqual([-1.7293, -0.7869, 0, 0.5, 2]);
    expect(show(F.hardtanh(x, { minVal: -0.25 }))).toEqual([-0.25, -0.25, 0, 0.5, 1]);
    expect(show(F.gelu(x))).toEqual([-0.0455, -0.1543, 0, 0.3457, 1.9545]);
    expect(show(F.gelu(x, { approximate: 'tanh' }))).toEqual([-0.0454, -0.1543, 0, 0.3457, 1.9546]);
    expect(() => F.gelu(x, { approximate: 'erf' as 'none' })).toThrow(
      "gelu: there is no approximate 'erf'. Known: none, tanh",
    );
  });

  it('clamp takes one bound or two', () => {
    expect(show(x.clamp(0))).toEqual([0, 0, 0, 0.5, 2]);
    expect(show(x.clamp(null, 0))).toEqual([-2, -0.5, 0, 0, 0]);
    expect(show(F.clamp(x, -1, 1))).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect(() => x.clamp()).toThrow('clamp: neither a lower nor an upper bound');
  });

  it('maskedFill and where choose', () => {
    expect(show(x.maskedFill(x.lt(0), 9))).toEqual([9, 9, 0, 0.5, 2]);
    expect(show(x.where(x.lt(0), 1))).toEqual([-2, -0.5, 1, 1, 1]);
    expect(show(F.where(x.lt(0), 0, x))).toEqual([0, 0, 0, 0.5, 2]);
  });
});

describe('reductions', () => {
  it('run over one axis, several, or all', () => {
    expect(show(grid.sum())).toBe(21);
    expect(show(grid.sum(null))).toBe(21);
    expect(show(F.sum(grid, 1))).toEqual([9, 12]);
    expect(show(F.sum(grid, -1, { keepdim: true }))).toEqual([[9], [12]]);
    expect(show(F.mean(grid, [0, 1]))).toBe(3.5);
    expect(show(F.prod(grid, 0))).toEqual([4, 10, 18]);
    expect(show(F.any(grid.gt(5), 1))).toEqual([false, true]);
    expect(show(F.all(grid.gt(1), 0))).toEqual([false, true, true]);
    expect(show(F.logsumexp(zeros([2, 4]), 1))).toEqual([1.3863, 1.3863]);
  });

  it('name an axis that is outside', () => {
    expect(() => (grid as Tensor).sum(2)).toThrow(
      'sum: axis 2 is outside a tensor of 2 dimensions (allowed: -2 to 1)',
    );
  });

  it('var and std subtract the correction', () => {
    const x = tensor([1, 2, 3, 4]);
    expect(show(F.var(x))).toBe(1.6667);
    expect(show(F.var(x, null, { correction: 0 }))).toBe(1.25);
    expect(show(x.std(0, { correction: 0, keepdim: true }))).toEqual([1.118]);
  });

  it('norm takes its order by position or by name', () => {
    const x = tensor([
      [3, -4],
      [0, 12],
    ]);
    expect(show(F.norm(x))).toBe(13);
    expect(show(F.norm(x, 1))).toBe(19);
    expect(show(F.norm(x, 2, 1))).toEqual([5, 12]);
    expect(show(F.norm(x, 2, 1, { keepdim: true }))).toEqual([[5], [12]]);
    expect(show(F.norm(x, { p: Number.POSITIVE_INFINITY, dim: 0 }))).toEqual([3, 12]);
    expect(show(x.norm({ dim: 1, keepdim: true }))).toEqual([[5], [12]]);
    expect(show(x.norm(0))).toBe(3);
  });

  it('max and min give values and places along an axis, one value without', () => {
    expect(show(F.max(grid))).toBe(6);
    const [values, indices] = F.max(grid, 1);
    expect([show(values), show(indices), indices.dtype]).toEqual([[5, 6], [1, 2], 'int32']);
    const [least, where] = grid.min(0, { keepdim: true });
    expect([show(least), show(where)]).toEqual([[[1, 2, 3]], [[0, 1, 0]]]);
    expect(show(F.max(tensor([1, Number.NaN, 3]), 0)[1])).toBe(1);
    expect(show(F.max(tensor(4), 0)[0])).toBe(4);
    expect(() => F.max(grid as Tensor, 2)).toThrow('max: axis 2 is outside');
  });

  it('the gradient of max along an axis goes to the first of equal elements', () => {
    const x = tensor(
      [
        [2, 7, 7],
        [5, 5, 1],
      ],
      { requiresGrad: true },
    );
    F.max(x, 1)[0]
      .mul(tensor([10, 20]))
      .sum()
      .backward();
    expect(show(x.grad!)).toEqual([
      [0, 10, 0],
      [20, 0, 0],
    ]);
  });
});

describe('shapes', () => {
  it('split takes one length or a list', () => {
    const x = arange(7);
    expect(F.split(x, 3).map(show)).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(F.split(x, [2, 5]).map(show)).toEqual([
      [0, 1],
      [2, 3, 4, 5, 6],
    ]);
    expect(F.chunk(x, 2).map(show)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6],
    ]);
    expect(grid.split(2, 1).map(({ shape }) => shape)).toEqual([
      [2, 2],
      [2, 1],
    ]);
    expect(() => F.split(x, [2, 2])).toThrow('split: sizes [2, 2] add up to 4, axis 0 of [7] has 7');
  });

  it('concat and stack take a list first', () => {
    expect(show(F.concat([tensor([1]), tensor([2, 3])]))).toEqual([1, 2, 3]);
    expect(F.concat([zeros([2, 1]), zeros([2, 4])], -1).shape).toEqual([2, 5]);
    expect(F.stack([zeros([2]), zeros([2]), zeros([2])], 1).shape).toEqual([2, 3]);
  });

  it('select and slice take parts as Python does', () => {
    expect(show(grid.select(0, -1))).toEqual([4, 2, 6]);
    expect(show(F.select(grid, 1, 0))).toEqual([1, 4]);
    expect(show(grid.slice(1, -2))).toEqual([
      [5, 3],
      [2, 6],
    ]);
    expect(show(F.slice(arange(10), 0, 1, 8, 3))).toEqual([1, 4, 7]);
    expect(() => grid.select(0, 2)).toThrow(IndexError);
    expect(() => grid.select(1, -4)).toThrow('select: there is no place -4 in axis 1 of [2, 3]');
    expect(() => (tensor(1) as Tensor).select(0, 0)).toThrow('select: there is no place 0 in axis 0 of []');
  });

  it('pad starts at the last axis', () => {
    expect(show(F.pad(tensor([[1]]), [1, 0, 0, 1], { mode: 'constant', value: 9 }))).toEqual([
      [9, 1],
      [9, 9],
    ]);
    expect(show(F.pad(tensor([1, 2, 3]), [-1, 1]))).toEqual([2, 3, 0]);
    const mirror = (): Tensor => F.pad(grid, [1, 1], { mode: 'mirror' as 'reflect' });
    expect(mirror).toThrow(ArgumentError);
    expect(mirror).toThrow("pad: there is no mode 'mirror'. Known: constant, reflect, replicate, circular");
  });

  it('flip, roll, tile, tril and diagonal', () => {
    expect(show(F.flip(grid, 1))).toEqual([
      [3, 5, 1],
      [6, 2, 4],
    ]);
    expect(show(F.roll(arange(4), 1))).toEqual([3, 0, 1, 2]);
    expect(show(F.tile(tensor([1, 2]), [2]))).toEqual([1, 2, 1, 2]);
    expect(show(F.tril(ones([2, 3]), 1))).toEqual([
      [1, 1, 0],
      [1, 1, 1],
    ]);
    expect(show(F.diagonal(grid, 1))).toEqual([5, 6]);
  });
});

describe('indexing by tensors', () => {
  it('oneHot needs the number of classes', () => {
    expect(show(F.oneHot(ints([2, 0]), 3))).toEqual([
      [0, 0, 1],
      [1, 0, 0],
    ]);
    expect(() => F.oneHot(ints([2, 0]), undefined as unknown as number)).toThrow(
      'oneHot: the number of classes is a positive integer, got undefined',
    );
  });

  it('embedding takes rows, gather and scatterAdd go along an axis', () => {
    const weight = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    expect(show(F.embedding(tensor([[2, 0]], { dtype: 'int32' }), weight))).toEqual([
      [
        [5, 6],
        [1, 2],
      ],
    ]);
    expect(show(F.gather(weight, 1, tensor([[1], [0], [1]], { dtype: 'int32' })))).toEqual([[2], [3], [6]]);
    expect(show(F.scatterAdd(zeros([3]), 0, ints([2, 2, 0]), tensor([1, 10, 100])))).toEqual([100, 0, 11]);
  });
});

describe('products and layers', () => {
  it('einsum names axes', () => {
    const x = tensor([1, 2]);
    expect(show(F.einsum('i,j->ij', x, tensor([3, 4])))).toEqual([
      [3, 4],
      [6, 8],
    ]);
    expect(show(F.einsum('ij->j', grid))).toEqual([5, 7, 9]);
    expect(() => F.einsum('ij,jk->ik', grid)).toThrow("einsum('ij,jk->ik'): names 2 operands, got 1");
  });

  it('dot and outer take vectors', () => {
    expect(show(F.dot(tensor([1, 2]), tensor([3, 4])))).toBe(11);
    expect(show(tensor([1, 2]).outer(tensor([3, 4])))).toEqual([
      [3, 4],
      [6, 8],
    ]);
  });

  it('null stands for an optional tensor that is not given', () => {
    const weight = tensor([[1, 0, 1]]);
    expect(show(F.linear(grid, weight, null))).toEqual([[4], [10]]);
    expect(show(F.linear(grid, weight, tensor([0.5])))).toEqual([[4.5], [10.5]]);
    const x = tensor([[0, 2]]);
    expect(show(F.layerNorm(x, [2], null, tensor([1, 1]), { eps: 0 }))).toEqual([[0, 2]]);
    expect(show(F.layerNorm(x, 2, tensor([3, 3]), null, { eps: 3 }))).toEqual([[-1.5, 1.5]]);
  });

  it('dropout scales what it keeps while training', () => {
    manualSeed(3);
    const x = ones([200]);
    const kept = [...F.dropout(x).dataSync()];
    expect([...new Set(kept)].sort()).toEqual([0, 2]);
    expect(F.dropout(x, 0.9, { training: false }).dataSync()).toEqual(x.dataSync());
    expect(() => F.dropout(x, 1.5)).toThrow('dropout: a probability lies between 0 and 1, got 1.5');
  });
});

describe('losses', () => {
  const x = tensor([
    [0, 1, 3],
    [2, 0, 0],
  ]);
  const classes = ints([2, 1]);

  it('crossEntropy weighs classes by numbers or by a tensor', () => {
    expect(show(F.crossEntropy(x, classes))).toBe(1.2047);
    const byNumbers = F.crossEntropy(x, classes, { weight: [1, 2, 0.5], labelSmoothing: 0.1 });
    const byTensor = F.crossEntropy(x, classes, { weight: tensor([1, 2, 0.5]), labelSmoothing: 0.1 });
    expect(byNumbers.dtype).toBe('float32');
    expect(show(byNumbers)).toBe(show(byTensor));
    expect(show(F.crossEntropy(x, classes, { weight: [0, 0, 1] }))).toBe(0.1698);
    expect(show(F.crossEntropy(x, classes, { ignoreIndex: 1, reduction: 'sum' }))).toBe(0.1698);
    expect(show(F.crossEntropy(x, classes, { reduction: 'none' }))).toEqual([0.1698, 2.2395]);
    expect(show(F.nllLoss(x, classes, { weight: [1, 1, 3] }))).toBe(-2.25);
    expect(() => F.crossEntropy(x, classes, { weight: [1, 2] })).toThrow(
      'crossEntropy: weight: [2], expected [3]',
    );
  });

  it('refuse shapes that would be broadcast', () => {
    const column: Tensor = zeros([3, 1]);
    expect(() => F.mseLoss(column, zeros([3]))).toThrow('mseLoss: input: [3, 1], target: [3]');
    expect(() => F.smoothL1Loss(column, zeros([3]))).toThrow('smoothL1Loss: input: [3, 1], target: [3]');
  });

  it('refuse an unknown reduction', () => {
    expect(() => F.mseLoss(x, x, { reduction: 'average' as 'mean' })).toThrow(
      "reduction is 'mean', 'sum' or 'none', got 'average'",
    );
  });

  // Values of torch.nn.functional by hand from their formulas.
  it('compare element by element', () => {
    const input = tensor([0, 1, 3]);
    const target = tensor([0.5, 1, 0]);
    const reduction = 'none';
    expect(show(F.mseLoss(input, target, { reduction }))).toEqual([0.25, 0, 9]);
    expect(show(F.l1Loss(input, target, { reduction: 'sum' }))).toBe(3.5);
    expect(show(F.huberLoss(input, target, { delta: 2, reduction }))).toEqual([0.125, 0, 4]);
    expect(show(F.smoothL1Loss(input, target, { beta: 2, reduction }))).toEqual([0.0625, 0, 2]);
    expect(show(F.smoothL1Loss(input, target, { beta: 0, reduction }))).toEqual([0.5, 0, 3]);
    expect(show(F.binaryCrossEntropyWithLogits(tensor([2, 1, 3]), tensor([0, 1, 1]), { reduction }))).toEqual(
      [2.1269, 0.3133, 0.0486],
    );
    expect(show(F.binaryCrossEntropy(tensor([0, 0.25]), tensor([1, 1]), { reduction }))).toEqual([
      100, 1.3863,
    ]);
    expect(show(F.hingeEmbeddingLoss(input, tensor([1, -1, -1]), { margin: 1.5, reduction }))).toEqual([
      0, 0.5, 0,
    ]);
  });

  it('klDiv is 0 where the target is 0', () => {
    const input = tensor([
      [-1, -2],
      [-1, 0],
    ]);
    const target = tensor([
      [0, 1],
      [0.5, 0.5],
    ]);
    expect(show(F.klDiv(input, target, { reduction: 'none' }))).toEqual([
      [0, 2],
      [0.1534, -0.3466],
    ]);
    expect(show(F.klDiv(input, target))).toBe(0.4517);
    expect(show(F.klDiv(input, target, { reduction: 'batchmean' }))).toBe(0.9034);
    expect(
      show(
        F.klDiv(
          input,
          tensor([
            [0, 0],
            [0, 0],
          ]),
          { logTarget: true, reduction: 'sum' },
        ),
      ),
    ).toBe(4);
  });

  it('cosineSimilarity is finite for zero vectors, and so is its gradient', () => {
    const a = tensor(
      [
        [3, 4],
        [0, 0],
      ],
      { requiresGrad: true },
    );
    const result = F.cosineSimilarity(a, tensor([0, 2]));
    expect(show(result)).toEqual([0.8, 0]);
    result.sum().backward();
    expect([...a.grad!.dataSync()].every(Number.isFinite)).toBe(true);
    expect(F.cosineSimilarity(full([2, 3, 4], 1), ones([3, 1]), { dim: 0 }).shape).toEqual([3, 4]);
  });
});
