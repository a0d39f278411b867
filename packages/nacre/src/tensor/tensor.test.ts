import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DType } from '../base/dtype.ts';
import { ArgumentError, DTypeError, ShapeMismatchError } from '../base/errors.ts';
import { ones, rand, tensor, zeros } from './create.ts';
import { setDevice } from './engine.ts';
import * as F from './functions.ts';
import { Tensor } from './tensor.ts';

beforeAll(() => setDevice('reference'));

/** Shape and elements, rounded so that they can be written down. */
const show = (x: Tensor): unknown =>
  JSON.parse(
    JSON.stringify(x.tolistSync(), (_, value) =>
      typeof value === 'number' ? Number(value.toFixed(4)) : value,
    ),
  );

const ints = (data: readonly number[]): Tensor => tensor(data, { dtype: 'int32' });

const wordsOf = (text: string): string[] => text.trim().split(/\s+/);

/** The same arguments for many functions. */
const alike = (names: string, args: readonly unknown[]): Record<string, readonly unknown[]> =>
  Object.fromEntries(wordsOf(names).map((name) => [name, args]));

describe('functions and methods', () => {
  const x = tensor([
    [0.5, -0.25],
    [0.75, 0.125],
  ]);
  const y = tensor([2, 3]);
  const mask = x.gt(0);
  const places = tensor([[1], [0]], { dtype: 'int32' });
  const calls: Record<string, readonly unknown[]> = {
    ...alike(
      `
      exp expm1 sqrt square reciprocal sin cos tan asin acos atan sinh cosh log log1p log2
      log10 rsqrt tanh atanh erf sigmoid neg abs sign floor ceil round relu isnan isfinite
      logicalNot sum prod mean amax amin any all max min argmax argmin var std norm flatten
      squeeze tril triu diagonal
    `,
      [],
    ),
    ...alike(
      `
      add sub mul div pow remainder atan2 maximum minimum eq ne lt le gt ge logicalAnd
      logicalOr matmul
    `,
      [y],
    ),
    clamp: [0, 0.5],
    lerp: [y, 0.5],
    maskedFill: [mask, 7],
    logsumexp: [1],
    softmax: [1],
    logSoftmax: [0],
    reshape: [[4]],
    unsqueeze: [1],
    permute: [[1, 0]],
    transpose: [0, 1],
    expand: [[3, 2, 2]],
    tile: [[1, 2]],
    narrow: [0, 1, 1],
    slice: [1, 0, 1],
    select: [0, 1],
    flip: [[0]],
    roll: [1, 0],
    gather: [1, places],
    scatterAdd: [1, places, tensor([[1], [2]])],
    indexSelect: [0, ints([1, 1, 0])],
    split: [1],
    chunk: [2, 1],
    unfold: [1, 2, 1],
    cumsum: [1],
    cumprod: [0],
    sort: [{ dim: 0 }],
    argsort: [{ descending: true }],
    topk: [1],
  };

  for (const [name, args] of Object.entries(calls)) {
    it(`${name} is the same as both`, () => {
      type Call = (...args: readonly unknown[]) => Tensor | readonly Tensor[];
      const list = (value: Tensor | readonly Tensor[]): readonly Tensor[] =>
        value instanceof Tensor ? [value] : value;
      const method = (x as unknown as Record<string, Call>)[name];
      const asMethod = list(method.apply(x, [...args]));
      const asFunction = list((F as unknown as Record<string, Call>)[name](x, ...args));
      expect(asMethod.map((each) => [each.dtype, each.shape, [...each.dataSync()]])).toEqual(
        asFunction.map((each) => [each.dtype, each.shape, [...each.dataSync()]]),
      );
    });
  }

  it('every method that takes part in arithmetic is tried here', () => {
    const core = wordsOf(`
      node shape dtype ndim size requiresGrad grad data dataSync item itemSync tolist
      tolistSync toString backward detach dispose to constructor where dot outer
    `);
    const methods = Object.getOwnPropertyNames(Tensor.prototype).filter((name) => !core.includes(name));
    expect(methods.filter((name) => !(name in calls))).toEqual([]);
    expect(methods.filter((name) => !(name in F))).toEqual([]);
  });
});

describe('operands', () => {
  it('are no numbers of JavaScript: what would be silently wrong throws', () => {
    const loss = tensor(0.5) as Tensor;
    const untyped = loss as unknown as number;
    for (const use of [() => untyped < 0.1, () => untyped + 1, () => untyped * 2, () => Number(loss)])
      expect(use).toThrow(/a tensor is not a number\. Ask for its value with await t\.item\(\)/);
    expect(`${loss}`).toBe('Tensor([], float32, 0.5)');
    expect(inspect({ loss })).toContain('Tensor([], float32, 0.5)');
  });

  it('of functions that make tensors are shapes', () => {
    expect(() => zeros(3 as never)).toThrow(/^zeros: a shape is a list of lengths, got number 3/);
    expect(() => ones([2, -1])).toThrow(/^ones: every length/);
    expect(() => rand(undefined as never)).toThrow(/a shape is a list/);
  });

  it('that were not awaited are named', () => {
    const loss = tensor([0.5]);
    expect(() => F.add(loss, loss.item() as never)).toThrow(/a promise \(await it first\)/);
  });

  it('are numbers on either side', () => {
    const x = tensor([1, 2]);
    expect(show(F.sub(3, x))).toEqual([2, 1]);
    expect(show(F.div(x, 2))).toEqual([0.5, 1]);
    expect(show(F.pow(2, x))).toEqual([2, 4]);
    expect(show(F.lt(1.5, x))).toEqual([false, true]);
    expect(show(F.add(2, 3))).toBe(5);
    expect(F.add(2, 3).dtype).toBe('float32');
  });

  it('are broadcast', () => {
    expect(show(tensor([[1], [2]]).add(tensor([10, 20])))).toEqual([
      [11, 21],
      [12, 22],
    ]);
    expect(show(F.where(tensor([[1], [0]]).gt(0), tensor([1, 2]), 0))).toEqual([
      [1, 2],
      [0, 0],
    ]);
    expect(show(F.lerp(0, tensor([10, 20]), tensor([[0.5], [0.1]])))).toEqual([
      [5, 10],
      [1, 2],
    ]);
  });

  it('that do not fit are named with their shapes', () => {
    const left: Tensor = zeros([2, 3]);
    expect(() => left.add(zeros([4]))).toThrow(ShapeMismatchError);
    expect(() => left.add(zeros([4]))).toThrow('add: left: [2, 3], right: [4], axis -1: 3 against 4');
    expect(() => left.matmul(zeros([4, 2]))).toThrow('matmul: left: [2, 3], right: [4, 2]');
    expect(() => F.linear(left, zeros([5, 4]))).toThrow(
      'linear: input: [2, 3], weight: [5, 4]: expected 4 features, got 3',
    );
  });

  it('of another kind are refused by name', () => {
    const x = zeros([2]);
    expect(() => x.add('2' as unknown as number)).toThrow('add: takes a tensor or a number, got string');
    expect(() => F.mul([1, 2] as unknown as Tensor, x)).toThrow(
      'mul: takes a tensor or a number, got an array. Make a tensor',
    );
    expect(() => x.matmul(2 as unknown as Tensor)).toThrow(ArgumentError);
    expect(() => x.matmul(2 as unknown as Tensor)).toThrow('matmul: takes a tensor, got number');
    expect(() => F.concat([x, null as unknown as Tensor])).toThrow('concat: takes a tensor, got null');
  });
});

describe('dtypes of results', () => {
  const of = (dtype: DType): Tensor => ones([2], { dtype });
  const cases: [string, Tensor, DType][] = [
    ['int32 + float32', of('int32').add(of('float32')), 'float32'],
    ['uint8 + int8', of('uint8').add(of('int8')), 'int32'],
    ['float16 + bfloat16', of('float16').add(of('bfloat16')), 'float32'],
    ['float32 + float64', of('float32').add(of('float64')), 'float64'],
    ['bool + bool', of('bool').add(of('bool')), 'int32'],
    ['int32 + 1', of('int32').add(1), 'int32'],
    ['int32 + 0.5', of('int32').add(0.5), 'float32'],
    ['float16 + 0.5', of('float16').add(0.5), 'float16'],
    ['1 - uint8', F.sub(1, of('uint8')), 'uint8'],
    ['int32 / int32', of('int32').div(of('int32')), 'float32'],
    ['int32²', of('int32').pow(2), 'int32'],
    ['int32^-1', of('int32').pow(-1), 'float32'],
    ['exp of int32', of('int32').exp(), 'float32'],
    ['exp of float64', of('float64').exp(), 'float64'],
    ['neg of bool', of('bool').neg(), 'int32'],
    ['relu of bool', of('bool').relu(), 'bool'],
    ['relu of int8', of('int8').relu(), 'int8'],
    ['sum of bool', of('bool').sum(), 'int32'],
    ['mean of int32', of('int32').mean(), 'float32'],
    ['amax of bool', of('bool').amax(), 'bool'],
    ['argmax', of('float64').argmax(), 'int32'],
    ['comparison', of('float64').gt(0), 'bool'],
    ['clamp of int32 by 0.5', of('int32').clamp(0.5), 'float32'],
    ['gelu of int32', F.gelu(of('int32')), 'float32'],
    ['hardtanh of int32', F.hardtanh(of('int32')), 'float32'],
    ['dropout of int32', F.dropout(of('int32'), 0.5, { training: false }), 'float32'],
    ['where of int32 and 1', F.where(of('bool'), of('int32'), 1), 'int32'],
    ['maskedFill of bool', of('bool').maskedFill(of('bool'), 0), 'bool'],
    ['mseLoss of int32', F.mseLoss(of('int32'), of('int32')), 'float32'],
    ['concat of int32 and float64', F.concat([of('int32'), of('float64')]), 'float64'],
    ['oneHot', F.oneHot(of('uint8'), 3), 'int32'],
    ['layerNorm with a float64 weight', F.layerNorm(of('float32'), 2, of('float64')), 'float64'],
  ];
  for (const [name, x, dtype] of cases) it(`${name} is ${dtype}`, () => expect(x.dtype).toBe(dtype));

  it('of a condition that is no bool is an error', () => {
    expect(() => F.where(ones([2]), 1, 0)).toThrow(DTypeError);
    expect(() => F.where(ones([2]), 1, 0)).toThrow(
      'where: the condition is bool, got float32. Compare first',
    );
  });
});
