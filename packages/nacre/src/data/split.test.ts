import { describe, expect, it } from 'vitest';
import {
  ArrayDataset,
  kFold,
  LabelEncoder,
  randomSplit,
  trainTestSplit,
  trainValTestSplit,
} from './index.ts';

const data = (length: number): ArrayDataset => new ArrayDataset(new Float32Array(length));
const all = (parts: readonly { readonly indices: ArrayLike<number> }[]): number[] =>
  parts.flatMap(({ indices }) => Array.from(indices)).sort((a, b) => a - b);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('randomSplit', () => {
  it.each([
    [10, [0.7, 0.2, 0.1], [7, 2, 1]],
    [11, [0.7, 0.2, 0.1], [8, 2, 1]],
    [13, [0.5, 0.5], [7, 6]],
    [10, [6, 4], [6, 4]],
    [1000, [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.3], [100, 100, 100, 100, 100, 100, 100, 300]],
  ])('splits %d examples by %j into %j', (length, parts, sizes) => {
    const made = randomSplit(data(length), parts, { seed: 3 });
    expect(made.map((part) => part.length)).toEqual(sizes);
    expect(all(made)).toEqual(upTo(length));
  });

  it('depends on the seed alone', () => {
    const indices = (seed: number) => randomSplit(data(50), [0.5, 0.5], { seed })[0].indices;
    expect(indices(1)).toEqual(indices(1));
    expect(indices(1)).not.toEqual(indices(2));
  });

  it.each([[[0.5, 0.4]], [[5, 6]], [[]], [[1.5, -0.5]], [[0.95, 0.05]], [[0, 10]]])(
    'refuses parts %j of 10',
    (parts) => {
      expect(() => randomSplit(data(10), parts)).toThrow(/does not split 10|leaves a part of 10/);
    },
  );
});

describe('stratified parts', () => {
  const labels = Array.from({ length: 100 }, (_, index) => (index % 10 === 0 ? 'rare' : 'often'));
  const rare = (indices: ArrayLike<number>): number =>
    Array.from(indices).filter((i) => labels[i] === 'rare').length;

  it('have each class in its share', () => {
    const { train, validation, test } = trainValTestSplit(data(100), { stratify: labels, seed: 2 });
    expect([train, validation, test].map(({ length }) => length)).toEqual([70, 20, 10]);
    expect([train, validation, test].map(({ indices }) => rare(indices))).toEqual([7, 2, 1]);
    expect(all([train, validation, test])).toEqual(upTo(100));
    const split = trainTestSplit(data(100), { testSize: 0.2, stratify: labels });
    expect([split.test.length, rare(split.test.indices)]).toEqual([20, 2]);
  });

  it('see each class even where it is small', () => {
    const few = Array.from({ length: 60 }, (_, index) => Math.min(Math.floor(index / 2), 5));
    for (let seed = 0; seed < 20; seed++) {
      const { train, test } = trainTestSplit(data(60), { testSize: 12, stratify: few, seed });
      for (const { indices } of [train, test]) {
        expect(new Set(Array.from(indices, (index) => few[index])).size).toBe(6);
      }
      expect(all([train, test])).toEqual(upTo(60));
    }
  });

  it('refuse a class with one example, by its name', () => {
    const lone = ['a', 'a', 'b', 'a'];
    expect(() => trainTestSplit(data(4), { stratify: lone, testSize: 2 })).toThrow(
      /class "b" has 1, where every class needs 2 examples.*without stratify/,
    );
    expect(() => kFold(4, 2, { stratify: lone })).toThrow('class "b" has 1');
    expect(() => trainTestSplit(data(4), { stratify: ['a'] })).toThrow('1 labels for 4 examples');
  });
});

describe('kFold', () => {
  it('holds each example out once, as scikit-learn deals them', () => {
    const folds = kFold(data(10), 3);
    expect(folds.map(({ validation }) => [...validation])).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6],
      [7, 8, 9],
    ]);
    for (const { train, validation } of folds) {
      expect([...train, ...validation].sort((a, b) => a - b)).toEqual(upTo(10));
    }
  });

  it('shuffles if asked to', () => {
    const folds = kFold(20, 4, { shuffle: true, seed: 1 });
    expect(folds.flatMap(({ validation }) => [...validation]).sort((a, b) => a - b)).toEqual(upTo(20));
    expect([...folds[0].validation]).not.toEqual([0, 1, 2, 3, 4]);
    expect(kFold(20, 4, { shuffle: true, seed: 1 })).toEqual(folds);
  });

  it.each([false, true])('keeps the share of each class (shuffle: %s)', (shuffle) => {
    const labels = [...'aaaaaaaaaaaabbbbbbccc'];
    const folds = kFold(labels, 3, { stratify: labels, shuffle, seed: 1 });
    for (const { validation } of folds) {
      const count = (label: string) => [...validation].filter((index) => labels[index] === label).length;
      expect(['a', 'b', 'c'].map(count)).toEqual([4, 2, 1]);
    }
  });

  it.each([1, 6, 2.5])('refuses k = %s of 5', (k) => {
    expect(() => kFold(5, k)).toThrow('k is a whole number from 2 to the 5 examples');
  });
});

describe('LabelEncoder', () => {
  it('numbers the sorted classes', () => {
    const encoder = new LabelEncoder<number>();
    expect([...encoder.fitTransform([10, 2, 10])]).toEqual([1, 0, 1]);
    expect(encoder.inverseTransform([0, 1])).toEqual([2, 10]);
  });

  it('names labels that the training data does not have', () => {
    const encoder = new LabelEncoder().fit(['cat', 'dog']);
    expect(() => encoder.transform(['cat', 'cow', 'hen', 'cow'])).toThrow(
      /"cow", "hen" were not among the classes it was fitted on\. Known are "cat", "dog"/,
    );
    expect(() => new LabelEncoder().transform(['cat'])).toThrow('call fit first');
    expect(() => encoder.inverseTransform([2])).toThrow('2 is no class; there are 2');
    expect(() => new LabelEncoder({ classes: ['a', 'a'] })).toThrow('listed twice');
  });
});
