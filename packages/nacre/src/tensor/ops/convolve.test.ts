import { describe, expect, test } from 'vitest';
import { compile } from '../compile.ts';
import { randn, tensor } from '../create.ts';
import { conv1d, conv2d, convTranspose1d, convTranspose2d, pad } from '../functions.ts';
import { manualSeed } from '../generator.ts';
import { grad } from '../grad.ts';
import { gradcheck } from '../gradcheck.ts';
import type { Tensor } from '../tensor.ts';

const make = (...shape: number[]): Tensor => randn(shape, { dtype: 'float64' }) as Tensor;

describe('gradients of convolutions', () => {
  test.each([
    ['stride 1', (x: Tensor, w: Tensor) => conv1d(x, w, null, { padding: 1 }), 3],
    [
      'a stride that the kernel is no multiple of',
      (x: Tensor, w: Tensor) => conv1d(x, w, null, { stride: 2, padding: 2 }),
      3,
    ],
    ['a stride beyond the kernel', (x: Tensor, w: Tensor) => conv1d(x, w, null, { stride: 4 }), 3],
    [
      'stride and dilation',
      (x: Tensor, w: Tensor) => conv1d(x, w, null, { stride: 2, dilation: 2, padding: 2 }),
      3,
    ],
    [
      'transposed, stride 2',
      (x: Tensor, w: Tensor) => convTranspose1d(x, w, null, { stride: 2, padding: 1 }),
      4,
    ],
    [
      'transposed, stride 3',
      (x: Tensor, w: Tensor) => convTranspose1d(x, w, null, { stride: 3, outputPadding: 2 }),
      2,
    ],
    [
      'transposed, much padding',
      (x: Tensor, w: Tensor) => convTranspose1d(x, w, null, { stride: 2, padding: 5 }),
      3,
    ],
    [
      'transposed, stride and dilation',
      (x: Tensor, w: Tensor) => convTranspose1d(x, w, null, { stride: 2, dilation: 2 }),
      3,
    ],
  ] as const)('%s', (_, f, size) => {
    manualSeed(3);
    expect(gradcheck(f as never, [make(2, 2, 9), make(2, 2, size)])).toBe(true);
  });

  // A penalty on gradients asks for the gradient of a gradient: by each operand, of the gradient by each.
  test.each([
    ['convolution', (x: Tensor, w: Tensor) => conv2d(x, w, null, { padding: 1 })],
    ['convolution of stride 2', (x: Tensor, w: Tensor) => conv2d(x, w, null, { padding: 1, stride: 2 })],
    ['transposed convolution', (x: Tensor, w: Tensor) => convTranspose2d(x, w, null, { stride: 2 })],
  ] as const)('of the gradients of a %s', (_, f) => {
    manualSeed(5);
    const cubed = (x: Tensor, w: Tensor): Tensor => f(x, w).pow(3).sum() as Tensor;
    for (const operand of [0, 1])
      expect(gradcheck(grad(cubed, operand) as never, [make(1, 2, 5, 4), make(2, 2, 3, 2)])).toBe(true);
  });
});

test('a convolution and the gradient of its weight read one padded image', () => {
  const [x, w] = [randn([2, 3, 8, 8]), randn([4, 3, 3, 3])] as Tensor[];
  const squared = (w: Tensor): Tensor => conv2d(x, w, null, { padding: 1 }).square().sum() as Tensor;
  const f = compile((w: Tensor) => grad(squared)(w) as Tensor);
  f(w);
  const names = f.prepare(w).program.executable.plan!.kernels.map(({ name }) => name);
  expect(names.filter((name) => name === 'pad')).toHaveLength(1);
});

test('images padded with other numbers stay apart', () => {
  const x = tensor([1, 2]) as Tensor;
  const fills = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 0, -0];
  const sides = compile((x: Tensor) => fills.map((value) => pad(x, [1, 0], { value }).mul(1) as Tensor));
  for (const [i, padded] of sides(x).entries()) {
    expect([...padded.dataSync()]).toEqual([fills[i], 1, 2]);
  }
});
