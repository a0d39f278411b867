import { beforeEach, describe, expect, it } from 'vitest';
import { arange, rand, randn, tensor, zeros } from '../create.ts';
import { setDevice } from '../engine.ts';
import * as F from '../functions.ts';
import { manualSeed } from '../generator.ts';
import { gradcheck } from '../gradcheck.ts';
import type { Tensor } from '../tensor.ts';

const show = (x: Tensor): unknown =>
  JSON.parse(
    JSON.stringify(x.tolistSync(), (_, value) =>
      typeof value === 'number' ? Number(value.toFixed(4)) : value,
    ),
  );

const double = (...shape: number[]): Tensor => randn(shape).to('float64');
const square = tensor([
  [
    [
      [1, 2],
      [3, 4],
    ],
  ],
]) as Tensor;
const line = (...numbers: number[]): Tensor => tensor([[numbers]]) as Tensor;

describe.each(['reference', 'wasm'] as const)('on %s', (device) => {
  beforeEach(() => {
    setDevice(device);
    manualSeed(3);
  });

  describe('interpolate', () => {
    it.each<[object, unknown]>([
      [
        { scaleFactor: 2 },
        [
          [1, 1, 2, 2],
          [1, 1, 2, 2],
          [3, 3, 4, 4],
          [3, 3, 4, 4],
        ],
      ],
      [
        { size: [3, 2] },
        [
          [1, 2],
          [1, 2],
          [3, 4],
        ],
      ],
      [
        { scaleFactor: 2, mode: 'bilinear' },
        [
          [1, 1.25, 1.75, 2],
          [1.5, 1.75, 2.25, 2.5],
          [2.5, 2.75, 3.25, 3.5],
          [3, 3.25, 3.75, 4],
        ],
      ],
      [
        { scaleFactor: 2, mode: 'bilinear', alignCorners: true },
        [
          [1, 1.3333, 1.6667, 2],
          [1.6667, 2, 2.3333, 2.6667],
          [2.3333, 2.6667, 3, 3.3333],
          [3, 3.3333, 3.6667, 4],
        ],
      ],
      [{ size: 1, mode: 'bilinear', alignCorners: true }, [[1]]],
      [{ size: 1, mode: 'area' }, [[2.5]]],
      [{ scaleFactor: [1, 0.5], mode: 'bilinear', alignCorners: false }, [[1.5], [3.5]]],
    ])('%j', (options, expected) => {
      expect(show(F.interpolate(square, options))).toEqual([[expected]]);
    });

    it('nearest takes the element a place falls on, for any ratio', () => {
      const x = line(0, 1, 2, 3, 4, 5, 6);
      expect(show(F.interpolate(x, { size: 3 }))).toEqual([[[0, 2, 4]]]);
      expect(show(F.interpolate(x, { size: 10 }))).toEqual([[[0, 0, 1, 2, 2, 3, 4, 4, 5, 6]]]);
      expect(show(F.interpolate(x, { scaleFactor: 1.5 }))).toEqual([[[0, 0, 1, 2, 2, 3, 4, 4, 5, 6]]]);
    });

    it('bicubic weighs four neighbours by the cubic with a = -0.75', () => {
      const x = tensor([[[[0, 0, 1, 0, 0]]]]) as Tensor;
      const row = [-0.0352, -0.1055, 0.2617, 0.8789, 0.8789, 0.2617, -0.1055, -0.0352];
      const wide = F.interpolate(x, { size: [1, 10], mode: 'bicubic' });
      expect(show(wide)).toEqual([[[[0, ...row, 0]]]]);
    });

    it.each<[object, number[]]>([
      [{ size: 7 }, [2, 2, 3]],
      [{ size: 5, mode: 'linear' }, [1, 2, 3]],
      [{ size: [3, 5], mode: 'bilinear' }, [1, 2, 4, 3]],
      [{ scaleFactor: 2, mode: 'bicubic', alignCorners: true }, [1, 1, 3, 2]],
      [{ size: 3, mode: 'trilinear' }, [1, 1, 2, 2, 2]],
    ])('has a gradient: %j', (options, shape) => {
      expect(gradcheck((x) => F.interpolate(x, options), [double(...shape)])).toBe(true);
    });

    it('says what it does not take', () => {
      expect(() => F.interpolate(square, {})).toThrow('interpolate: give either size or scaleFactor');
      expect(() => F.interpolate(square, { size: 2, scaleFactor: 2 })).toThrow('either size or scaleFactor');
      expect(() => F.interpolate(square, { size: 2, mode: 'linear' })).toThrow(
        "interpolate: there is no mode 'linear' for [1, 1, 2, 2], which has 2 axes beside batch and channels",
      );
      expect(() => F.interpolate(square, { size: 2, alignCorners: true })).toThrow(
        "alignCorners is not for the mode 'nearest'",
      );
      expect(() => F.interpolate(square, { scaleFactor: 0.1 })).toThrow(
        /scaleFactor gives is an integer of 1/,
      );
    });
  });

  describe('unfold and fold', () => {
    it('show what a kernel sees', () => {
      const x = arange(9).reshape([1, 1, 3, 3]).to('float32');
      expect(show(F.unfold(x, 2))).toEqual([
        [
          [0, 1, 3, 4],
          [1, 2, 4, 5],
          [3, 4, 6, 7],
          [4, 5, 7, 8],
        ],
      ]);
      expect(F.unfold(x, [2, 3], { padding: [1, 0], stride: [2, 1] }).shape).toEqual([1, 6, 2]);
    });

    it('make a convolution of a product of matrices', () => {
      const [x, weight] = [randn([2, 4, 7, 6]), randn([5, 4, 3, 2])];
      const options = { stride: 2, padding: 1, dilation: [2, 1] };
      const columns = F.unfold(x, [3, 2], options);
      const product = weight.reshape([5, -1]).matmul(columns as Tensor) as Tensor;
      const wanted = F.conv2d(x, weight, null, options);
      const difference = wanted
        .sub(product.reshape([...wanted.shape]))
        .abs()
        .max() as Tensor;
      expect(difference.itemSync()).toBeLessThan(1e-5);
    });

    it('are transposes of each other', () => {
      const options = { stride: [1, 2], padding: 1 };
      const x = double(2, 3, 5, 6);
      const columns = F.unfold(x, [2, 3], options);
      const y = double(...columns.shape);
      const left = columns.mul(y).sum().itemSync();
      const right = x
        .mul(F.fold(y, [5, 6], [2, 3], options))
        .sum()
        .itemSync();
      expect(left).toBeCloseTo(right, 8);
      expect(gradcheck((v) => F.fold(v, 3, 2), [double(1, 8, 4)])).toBe(true);
    });

    it('along one axis: pieces of it', () => {
      const x = arange(7);
      expect(show(x.unfold(0, 3, 2))).toEqual([
        [0, 1, 2],
        [2, 3, 4],
        [4, 5, 6],
      ]);
      expect(show(F.unfold(arange(6).reshape([2, 3]), 0, 2, 1))).toEqual([
        [
          [0, 3],
          [1, 4],
          [2, 5],
        ],
      ]);
      expect(gradcheck((v) => v.unfold(1, 2, 1), [double(2, 4)])).toBe(true);
    });

    it('say what does not fit', () => {
      expect(() => F.unfold(zeros([1, 1, 3, 3]), 6, { padding: 1 })).toThrow(
        'unfold: the kernel [6, 6] is larger than the padded input [5, 5]',
      );
      expect(() => F.fold(zeros([1, 7, 4]), 3, 2)).toThrow(
        'fold: input: [1, 7, 4], expected a multiple of 4 rows and 4 columns for the output [3, 3]',
      );
      expect(() => arange(3).unfold(0, 4, 1)).toThrow(
        'unfold: pieces of 4 elements, 1 apart, do not fit into axis 0 of [3]',
      );
    });
  });

  describe('pixelShuffle', () => {
    it('moves channels into the plane, and back', () => {
      const x = arange(8).reshape([1, 4, 1, 2]);
      expect(show(F.pixelShuffle(x, 2))).toEqual([
        [
          [
            [0, 2, 1, 3],
            [4, 6, 5, 7],
          ],
        ],
      ]);
      const y = randn([2, 3, 18, 2, 5]);
      const back = F.pixelUnshuffle(F.pixelShuffle(y, 3), 3);
      expect(back.dataSync()).toEqual(y.dataSync());
      expect(gradcheck((v) => F.pixelShuffle(v, 2), [double(1, 4, 2, 1)])).toBe(true);
    });

    it('says what does not divide', () => {
      expect(() => F.pixelShuffle(zeros([1, 6, 2, 2]), 2)).toThrow(
        'pixelShuffle: the channels of [1, 6, 2, 2] must be a multiple of 2²',
      );
      expect(() => F.pixelUnshuffle(zeros([1, 6, 3, 2]), 2)).toThrow('height and width of [1, 6, 3, 2]');
    });
  });

  describe('pad', () => {
    const x = arange(9).reshape([3, 3]) as Tensor;

    it('reflects, repeats and goes round', () => {
      const row = (mode: 'reflect' | 'replicate' | 'circular'): unknown =>
        show(F.pad(arange(4) as Tensor, [2, 3], { mode }));
      expect(row('reflect')).toEqual([2, 1, 0, 1, 2, 3, 2, 1, 0]);
      expect(row('replicate')).toEqual([0, 0, 0, 1, 2, 3, 3, 3, 3]);
      expect(row('circular')).toEqual([2, 3, 0, 1, 2, 3, 0, 1, 2]);
      expect(show(F.pad(x, [1, 0, 0, 2], { mode: 'reflect' }))).toEqual([
        [1, 0, 1, 2],
        [4, 3, 4, 5],
        [7, 6, 7, 8],
        [4, 3, 4, 5],
        [1, 0, 1, 2],
      ]);
    });

    it.each(['reflect', 'replicate', 'circular'] as const)('has a gradient: %s', (mode) => {
      expect(gradcheck((v) => F.pad(v, [1, 2, 2, 1], { mode }), [double(2, 3, 4)])).toBe(true);
    });

    it('cuts for negative amounts, with a gradient', () => {
      expect(show(F.pad(x, [-1, 1], { value: 9 }))).toEqual([
        [1, 2, 9],
        [4, 5, 9],
        [7, 8, 9],
      ]);
      expect(gradcheck((v) => F.pad(v, [-1, 1, 2, -2]), [double(3, 4)])).toBe(true);
      expect(() => F.pad(x, [-2, -2])).toThrow('pad: [-2, -2] cuts more than [3, 3] has');
    });

    it('says what it cannot put', () => {
      expect(() => F.pad(x, [3, 0], { mode: 'reflect' })).toThrow(
        "pad: 'reflect' cannot put 3 elements beside the 3 of axis 1 of [3, 3]",
      );
      expect(() => F.pad(x, [0, 4], { mode: 'circular' })).toThrow("'circular' cannot put 4");
      expect(() => F.pad(x, [-1, 0], { mode: 'replicate' })).toThrow("'replicate' cannot put -1");
      expect(() => F.pad(x, [1, 1], { mode: 'mirror' as 'reflect' })).toThrow("there is no mode 'mirror'");
    });
  });

  describe('adaptiveMaxPool', () => {
    it('takes the largest of parts, which may share elements', () => {
      expect(show(F.adaptiveMaxPool1d(line(5, 1, 2, 4, 3, 0, 6), 3))).toEqual([[[5, 4, 6]]]);
      expect(show(F.adaptiveMaxPool1d(line(-5, -1, -2, -4, -3, -6, -7), 3))).toEqual([[[-1, -2, -3]]]);
      expect(show(F.adaptiveMaxPool1d(line(1, 2), 3))).toEqual([[[1, 2, 2]]]);
      expect(show(F.adaptiveMaxPool2d(arange(16).reshape([1, 4, 4]), 2))).toEqual([
        [
          [5, 7],
          [13, 15],
        ],
      ]);
      expect(F.adaptiveMaxPool2d(rand([2, 3, 7, 5]), [3, 2]).shape).toEqual([2, 3, 3, 2]);
    });

    it('has a gradient', () => {
      expect(gradcheck((v) => F.adaptiveMaxPool2d(v, [3, 2]), [double(1, 2, 5, 3)])).toBe(true);
      expect(() => F.adaptiveMaxPool2d(zeros([2, 2]), 1)).toThrow(/adaptiveMaxPool2d: input: \[2, 2\]/);
      expect(() => F.adaptiveMaxPool1d(line(1), 0)).toThrow(/outputSize is an integer of 1 or more/);
    });
  });
});
