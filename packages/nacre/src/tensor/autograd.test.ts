import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randn, tensor } from './create.ts';
import { setDevice } from './engine.ts';
import { manualSeed } from './generator.ts';
import { grad, noGrad, valueAndGrad } from './grad.ts';
import { gradcheck } from './gradcheck.ts';
import * as ops from './ops/index.ts';
import { Parameter } from './parameter.ts';
import { Tensor } from './tensor.ts';

const wrap =
  (f: (...nodes: Tensor['node'][]) => Tensor['node']) =>
  (...tensors: Tensor[]): Tensor =>
    new Tensor(f(...tensors.map((x) => x.node)));
const sum = wrap((x) => ops.sumOf(x));
const cube = wrap((x) => ops.pow(x, 3));

describe.each(['wasm', 'reference'] as const)('gradients on %s', (device) => {
  beforeAll(() => setDevice(device));
  afterAll(() => setDevice('wasm'));

  test('backward leaves the gradient in every leaf, and adds to one that is there', () => {
    const x = tensor([1, 2, 3], { requiresGrad: true });
    const w = new Parameter(tensor([4, 5, 6]) as Tensor);
    const loss = sum(wrap((a, b) => ops.mulOf(a, b))(x, w));
    loss.backward();
    expect(x.grad?.tolistSync()).toEqual([4, 5, 6]);
    expect(w.grad?.tolistSync()).toEqual([1, 2, 3]);
    loss.backward();
    expect(x.grad?.tolistSync()).toEqual([8, 10, 12]);
  });

  test('backward works after the loss was read', () => {
    const x = tensor([3], { requiresGrad: true });
    const loss = sum(cube(x));
    expect(loss.itemSync()).toBe(27);
    loss.backward();
    expect(x.grad?.tolistSync()).toEqual([27]);
  });

  test('grad is a function, and can be taken again: x^3, 3x^2, 6x, 6, 0', () => {
    const f = (x: Tensor): Tensor => cube(x);
    const x = tensor(2) as Tensor;
    const values = [f, grad(f), grad(grad(f)), grad(grad(grad(f))), grad(grad(grad(grad(f))))].map((g) =>
      g(x).itemSync(),
    );
    expect(values).toEqual([8, 12, 12, 6, 0]);
  });

  test('a list of arguments gives a list of gradients', () => {
    const f = (a: Tensor, b: Tensor): Tensor => sum(wrap((x, y) => ops.mulOf(ops.mulOf(x, x), y))(a, b));
    const [value, gradients] = valueAndGrad(f, [0, 1])(tensor([2]) as Tensor, tensor([5]) as Tensor);
    expect([value.itemSync(), ...gradients.map((g) => g.itemSync())]).toEqual([20, 20, 4]);
    expect((grad(f, 1)(tensor([2]) as Tensor, tensor([5]) as Tensor) as Tensor).itemSync()).toBe(4);
  });

  test('nothing flows through detach and noGrad', () => {
    const x = tensor([2], { requiresGrad: true }) as Tensor;
    const y = wrap((a, b) => ops.mulOf(a, b))(x, x.detach());
    sum(y).backward();
    expect(x.grad?.tolistSync()).toEqual([2]);
    expect(noGrad(() => cube(x)).requiresGrad).toBe(false);
  });

  test('what cannot be differentiated says so', () => {
    expect(() => (tensor([1]) as Tensor).backward()).toThrow(
      /nothing this tensor was computed from asks for a gradient/,
    );
    const x = tensor([1, 2], { requiresGrad: true }) as Tensor;
    expect(() => cube(x).backward()).toThrow(/no gradient was given/);
    expect(() => cube(x).backward(tensor([1, 2, 3]) as Tensor)).toThrow(/output: \[2\], gradient: \[3\]/);
    expect(() => grad((_: Tensor) => tensor(1) as Tensor, 3)(tensor(1) as Tensor)).toThrow(
      /argument 3 is no tensor/,
    );
  });
});

/** Composite functions against finite differences, first and second derivatives. */
describe('composites in float64', () => {
  const cases: Record<string, { f: (...x: Tensor[]) => Tensor; shapes: number[][]; range?: number }> = {
    softmax: { f: wrap((x) => ops.softmax(x, 1)), shapes: [[3, 5]] },
    logSoftmax: { f: wrap((x) => ops.logSoftmax(x, 0)), shapes: [[4, 3]] },
    logsumexp: { f: wrap((x) => ops.logsumexp(x, 1)), shapes: [[3, 5]] },
    layerNorm: { f: wrap((x, w, b) => ops.layerNorm(x, [6], w, b)), shapes: [[4, 6], [6], [6]] },
    gelu: { f: wrap((x) => ops.gelu(x)), shapes: [[7]] },
    geluTanh: { f: wrap((x) => ops.gelu(x, 'tanh')), shapes: [[7]] },
    mish: { f: wrap((x) => ops.mish(x)), shapes: [[7]] },
    silu: { f: wrap((x) => ops.silu(x)), shapes: [[7]] },
    std: { f: wrap((x) => ops.std(x, 1)), shapes: [[3, 5]] },
    norm: { f: wrap((x) => ops.norm(x)), shapes: [[3, 5]] },
    linear: { f: wrap((x, w, b) => ops.linear(x, w, b)), shapes: [[3, 5], [4, 5], [4]] },
    einsum: {
      f: wrap((x, y) => ops.einsum('bij,bkj->bik', [x, y])),
      shapes: [
        [2, 3, 4],
        [2, 5, 4],
      ],
    },
    outer: { f: wrap((x, y) => ops.einsum('i,j->ij', [x, y])), shapes: [[3], [4]] },
    trace: { f: wrap((x) => ops.einsum('ii->', [x])), shapes: [[4, 4]] },
    batchedMatmul: {
      f: wrap((x, y) => ops.matmul(x, y)),
      shapes: [
        [3, 1, 2, 4],
        [2, 4, 3],
      ],
    },
    crossEntropy: {
      f: wrap((x) =>
        ops.crossEntropy(x, tensor([1, 0, 2], { dtype: 'int32' }).node, { labelSmoothing: 0.1 }),
      ),
      shapes: [[3, 4]],
    },
    huber: { f: wrap((x, y) => ops.huberLoss(x, y, 0.7)), shapes: [[6], [6]] },
    bceLogits: { f: wrap((x, y) => ops.binaryCrossEntropyWithLogits(x, ops.sigmoid(y))), shapes: [[6], [6]] },
    roll: { f: wrap((x) => ops.square(ops.roll(x, 2, 1))), shapes: [[3, 5]] },
    tile: { f: wrap((x) => ops.square(ops.tile(x, [2, 3]))), shapes: [[2, 3]] },
    stepped: { f: wrap((x) => ops.square(ops.slice(x, 1, 1, 8, 3))), shapes: [[2, 9]] },
    tril: { f: wrap((x) => ops.square(ops.tril(x))), shapes: [[4, 5]] },
    prod: { f: wrap((x) => ops.prod(x, 1)), shapes: [[3, 4]] },
    embedding: {
      f: wrap((w) =>
        ops.square(
          ops.embedding(
            tensor(
              [
                [1, 0],
                [3, 1],
              ],
              { dtype: 'int32' },
            ).node,
            w,
          ),
        ),
      ),
      shapes: [[4, 5]],
    },
  };

  test.each(Object.entries(cases))('%s: first and second derivative', (_, { f, shapes }) => {
    manualSeed(11);
    const inputs = shapes.map((shape) => randn(shape, { dtype: 'float64' }) as Tensor);
    expect(gradcheck(f, inputs)).toBe(true);
    const slope = (x: Tensor, ...rest: Tensor[]): Tensor =>
      grad((first: Tensor) => sum(wrap((y) => ops.sin(y))(f(first, ...rest))))(x);
    expect(gradcheck(slope, inputs)).toBe(true);
  });

  test('a wrong gradient is found', () => {
    const wrong = wrap((x) => ops.addOf(x, ops.detach(ops.square(x))));
    expect(() => gradcheck(wrong, [tensor([0.5, 2], { dtype: 'float64' }) as Tensor])).toThrow(
      /finite differences/,
    );
  });
});
