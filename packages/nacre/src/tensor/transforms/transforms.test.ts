import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as nn from '../../nn/index.ts';
import { compile } from '../compile.ts';
import { arange, ones, rand, randn, tensor } from '../create.ts';
import { setDevice } from '../engine.ts';
import {
  conv2d,
  crossEntropy,
  cumsum,
  einsum,
  embedding,
  gather,
  layerNorm,
  linear,
  matmul,
  maxPool2d,
  scan,
  softmax,
  tril,
} from '../functions.ts';
import { manualSeed } from '../generator.ts';
import { grad, noGrad } from '../grad.ts';
import { gradcheck } from '../gradcheck.ts';
import type { Tensor } from '../tensor.ts';
import { checkpoint } from './checkpoint.ts';
import { customGradient } from './custom-gradient.ts';
import { hessian, jacfwd, jacrev, jvp, vjp } from './derivatives.ts';
import { vmap } from './vmap.ts';

const wide = { dtype: 'float64' } as const;
const normal = (...shape: number[]): Tensor => randn(shape, wide) as Tensor;

function expectClose(actual: Tensor, expected: Tensor, digits = 9): void {
  expect(actual.shape).toEqual(expected.shape);
  expect(actual.dtype).toEqual(expected.dtype);
  const [a, b] = [actual.dataSync(), expected.dataSync()];
  a.forEach((value, i) => void expect(value).toBeCloseTo(b[i], digits));
}

/** What `vmap` must equal: each example by itself, stacked. */
function oneByOne(f: (...xs: Tensor[]) => Tensor, dims: (number | null)[], inputs: Tensor[]): Tensor {
  const at = dims.findIndex((dim) => dim !== null);
  const count = inputs[at].shape[dims[at]!] as number;
  const results = Array.from({ length: count }, (_, i) =>
    f(...inputs.map((x, k) => (dims[k] === null ? x : (x.select(dims[k]!, i) as Tensor)))),
  );
  return stackAll(results);
}

const stackAll = (list: Tensor[]): Tensor =>
  tensor(Float64Array.from(list.flatMap((x) => [...(x.dataSync() as Float64Array)])), {
    ...wide,
    shape: [list.length, ...list[0].shape],
  }) as Tensor;

describe.each(['wasm', 'reference'] as const)('on %s', (device) => {
  beforeAll(() => setDevice(device));
  afterAll(() => setDevice('wasm'));

  describe('customGradient', () => {
    test('replaces the gradient, is differentiated again, and stays what it is inside compile and scan', () => {
      const cube = customGradient(
        (x: Tensor) => x.pow(3),
        ([g], [x], [y]) => [g.mul(x.square()).mul(3).add(y.mul(0))],
      );
      const x = tensor([1, 2], wide) as Tensor;
      expect(cube(x).tolistSync()).toEqual([1, 8]);
      expect(grad((v: Tensor) => cube(v).sum())(x).tolistSync()).toEqual([3, 12]);
      expect(grad((v: Tensor) => grad((u: Tensor) => cube(u).sum())(v).sum())(x).tolistSync()).toEqual([
        6, 12,
      ]);
      const double = customGradient(
        (v: Tensor) => v.mul(2),
        ([g]) => [g.mul(100)],
      );
      expect(compile(grad((v: Tensor) => double(v).sum()))(x).tolistSync()).toEqual([100, 100]);
      const looped = (v: Tensor): Tensor =>
        scan((h: Tensor) => [double(h), null], v, null, { length: 3 })[0].sum();
      expect(looped(x).itemSync()).toBe(24);
      expect(grad(looped)(x).tolistSync()).toEqual([1e6, 1e6]);
    });

    test('of several results and inputs, with null for one', () => {
      const f = customGradient(
        (a: Tensor, b: Tensor) => [a.mul(b), a.add(b).sum()],
        ([g, h], [, b]) => [g.mul(b).add(h), null],
      );
      const [a, b] = [normal(2, 3), normal(2, 3)];
      const gradients = grad(
        (x: Tensor, y: Tensor) => {
          const [product, total] = f(x, y);
          return (product as Tensor).sum().add((total as Tensor).mul(2));
        },
        [0, 1],
      )(a, b);
      expectClose(gradients[0], b.add(2) as Tensor);
      expectClose(gradients[1], b.mul(0) as Tensor);
    });

    test('refuses a wrong number or shape of gradients', () => {
      const wrong = customGradient(
        (x: Tensor) => x.mul(1),
        () => [],
      );
      expect(() => grad((x: Tensor) => wrong(x).sum())(ones([2]))).toThrow(
        'backward gives a list of 1 gradients, one for each input, got 0',
      );
      const misshapen = customGradient(
        (x: Tensor) => x.mul(1),
        ([g]) => [g.sum()],
      );
      expect(() => grad((x: Tensor) => misshapen(x).sum())(ones([2]))).toThrow(
        'operand 0 has shape [2], its gradient []',
      );
    });
  });

  describe('checkpoint', () => {
    test('has the gradients of the function, of inputs and of parameters it captures, to second order', () => {
      manualSeed(1);
      const w = normal(3, 3);
      const plain = (x: Tensor, v: Tensor): Tensor => x.matmul(v).tanh().square();
      const block = checkpoint(plain);
      const both = [plain, block].map((f) => (x: Tensor, v: Tensor) => f(f(x, v), v).sum());
      const x = normal(2, 3);
      const [expected, actual] = both.map((f) => grad(f, [0, 1])(x, w));
      expectClose(actual[0], expected[0]);
      expectClose(actual[1], expected[1]);
      const [second, again] = both.map((f) => grad((u: Tensor) => grad(f)(u, w).square().sum())(x));
      expectClose(again, second);
      const layer = new nn.Linear(3, 2);
      const run = checkpoint((v: Tensor) => layer.forward(v).tanh());
      run(ones([4, 3]))
        .sum()
        .backward();
      const kept = layer.weight.grad!.tolistSync();
      layer.weight.grad = null;
      layer
        .forward(ones([4, 3]))
        .tanh()
        .sum()
        .backward();
      expect(kept).toEqual(layer.weight.grad!.tolistSync());
    });

    test('draws the same random numbers on the way back, and hands on what has no gradient', () => {
      manualSeed(2);
      const noisy = checkpoint((x: Tensor) => ({ y: x.mul(rand([4], wide)), best: x.argmax(0) }));
      const x = normal(4);
      const [value, back] = vjp((v: Tensor) => noisy(v).y, x);
      const factors = value.div(x);
      expectClose(back(ones([4], wide))[0], factors as Tensor);
      expect(noisy(x).best.dtype).toBe('int32');
    });

    test('inside scan, vmap and compile', () => {
      const w = normal(3);
      const step = (h: Tensor, v: Tensor): Tensor => h.mul(w).add(v).tanh();
      const run =
        (f: typeof step) =>
        (xs: Tensor): Tensor =>
          scan(
            (h: Tensor, v: Tensor) => [f(h, v), null],
            tensor([0.1, 0.2, 0.3], wide) as Tensor,
            xs,
          )[0].sum();
      const xs = normal(5, 3);
      const expected = grad(run(step))(xs);
      expectClose(grad(run(checkpoint(step)))(xs), expected);
      expectClose(compile(grad(run(checkpoint(step))))(xs), expected);
      const many = normal(2, 5, 3);
      expectClose(vmap(grad(run(checkpoint(step))))(many), oneByOne(grad(run(step)), [0], [many]));
    });
  });

  describe('vjp, jvp and their Jacobians', () => {
    const f = (x: Tensor, w: Tensor): Tensor => softmax(x.matmul(w), -1).square();

    test('J·v against finite differences, vᵀ·J against J', () => {
      manualSeed(3);
      const [x, w, v] = [normal(2, 3), normal(3, 4), normal(2, 3)];
      const [value, change] = jvp((u: Tensor) => f(u, w), [x], [v]);
      expectClose(value, f(x, w));
      const eps = 1e-6;
      const difference = f(x.add(v.mul(eps)) as Tensor, w)
        .sub(f(x.sub(v.mul(eps)) as Tensor, w))
        .div(2 * eps) as Tensor;
      expectClose(change as Tensor, difference, 7);
      const jacobian = jacrev(f)(x, w);
      expect(jacobian.shape).toEqual([2, 4, 2, 3]);
      expectClose(jacfwd(f)(x, w), jacobian);
      expectClose(einsum('abcd,cd->ab', jacobian, v), change as Tensor);
      const [, back] = vjp(f, x, w);
      const u = normal(2, 4);
      expectClose(back(u)[0], einsum('abcd,ab->cd', jacobian, u));
    });

    test('the Hessian of a quadratic form', () => {
      const a = normal(4, 4);
      const h = hessian((x: Tensor) => x.dot(matmul(a, x)))(normal(4));
      expectClose(h, a.add(a.transpose(0, 1)) as Tensor);
    });

    test('several results, and those that do not depend on the input', () => {
      const [[square, constant], [slope, none]] = jvp(
        (x: Tensor) => [x.square(), ones([2], wide)] as const,
        [tensor([1, 2], wide) as Tensor],
        [tensor([1, 1], wide) as Tensor],
      );
      expect(square.tolistSync()).toEqual([1, 4]);
      expect(constant.tolistSync()).toEqual([1, 1]);
      expect(slope.tolistSync()).toEqual([2, 4]);
      expect(none.tolistSync()).toEqual([0, 0]);
    });

    test('through a scan, and of a gradient', () => {
      const run = (x: Tensor): Tensor =>
        scan((h: Tensor, v: Tensor) => [h.mul(0.5).add(v.sin()), h.mul(h)], x.sum().mul(0), x)[1] as Tensor;
      const [x, v] = [normal(4), normal(4)];
      const total = (u: Tensor): Tensor => run(u).sum();
      const change = jvp(run, [x], [v])[1] as Tensor;
      expectClose(change, einsum('ab,b->a', jacrev(run)(x), v));
      expectClose(jvp(grad(total), [x], [v])[1] as Tensor, einsum('ab,b->a', hessian(total)(x), v));
    });

    test('errors name what came', () => {
      expect(() => jvp((x: Tensor) => x, [ones([2])], [ones([3])])).toThrow('input 0: [2], tangent: [3]');
      expect(() => vjp((x: Tensor) => x, ones([2]))[1]([])).toThrow('1 results, 0 cotangents');
      expect(() => vjp((x: Tensor) => x, ones([2]))[1](ones([3]))).toThrow('output: [2], gradient: [3]');
    });
  });

  describe('vmap', () => {
    const cases: Record<
      string,
      [f: (...xs: Tensor[]) => Tensor, dims: (number | null)[], shapes: number[][]]
    > = {
      'operands of different rank': [
        (x, y) => x.add(y).mul(2),
        [0, 0],
        [
          [3, 4, 5],
          [3, 5],
        ],
      ],
      'one operand shared': [(x, y) => x.div(y.abs().add(1)), [0, null], [[3, 4], [4]]],
      'an axis in the middle': [(x) => x.exp().sum(0), [1], [[4, 3, 2]]],
      'a matrix with a shared one': [
        (x, w) => x.matmul(w),
        [0, null],
        [
          [3, 2, 4],
          [4, 5],
        ],
      ],
      'a shared matrix with one': [
        (w, x) => w.matmul(x),
        [null, 0],
        [
          [5, 4],
          [3, 4, 2],
        ],
      ],
      matrices: [
        (x, y) => x.matmul(y),
        [0, 0],
        [
          [3, 2, 4],
          [3, 4, 2],
        ],
      ],
      vectors: [
        (x, y) => x.dot(y),
        [0, 0],
        [
          [3, 4],
          [3, 4],
        ],
      ],
      views: [
        (x) => x.reshape([4, 3]).transpose(0, 1).flip([0]).slice(1, 1).unsqueeze(0).expand([2, 3, 3]),
        [0],
        [[5, 2, 6]],
      ],
      'pad, tril, roll': [(x) => tril(x).roll(1, 0), [0], [[2, 4, 4]]],
      reductions: [(x) => x.amax(-1).add(x.prod(0).sum()).add(x.var(1)), [0], [[3, 4, 4]]],
      'softmax and norm': [(x, w) => layerNorm(softmax(x, -1), [4], w), [0, null], [[3, 2, 4], [4]]],
      'a sum to each place': [(x) => cumsum(x, 0), [0], [[3, 5, 2]]],
      convolution: [
        (x, w) => maxPool2d(conv2d(x, w, null, { padding: 1 }), 2),
        [0, null],
        [
          [3, 2, 2, 4, 4],
          [3, 2, 3, 3],
        ],
      ],
      'convolution of each by its own': [
        (x, w) => conv2d(x, w),
        [0, 0],
        [
          [3, 1, 2, 4, 4],
          [3, 3, 2, 3, 3],
        ],
      ],
      concatenation: [(x, y) => stackAxis(x, y), [0, null], [[3, 2], [2]]],
      'a loop': [
        (x, w) => scan((h: Tensor, v: Tensor) => [h.mul(w).add(v), h.sin()], w, x)[1] as Tensor,
        [0, null],
        [[3, 4, 2], [2]],
      ],
      'a loop whose constant differs': [
        (x, w) =>
          scan((h: Tensor, v: Tensor) => [h.mul(w).add(v), h.sin()], x.sum(0), x, { reverse: true })[0],
        [null, 0],
        [
          [4, 2],
          [3, 2],
        ],
      ],
    };
    const stackAxis = (x: Tensor, y: Tensor): Tensor => einsum('i,j->ij', x, y);

    test.each(Object.entries(cases))('%s: value and gradients', (_, [f, dims, shapes]) => {
      manualSeed(4);
      const inputs = shapes.map((shape) => normal(...shape));
      expectClose(vmap(f, { inDims: dims })(...inputs), oneByOne(f, dims, inputs));
      const argnum = dims.findIndex((dim) => dim !== null);
      const slope = grad(
        (...xs: Tensor[]) =>
          f(...xs)
            .square()
            .sum(),
        argnum,
      );
      expectClose(vmap(slope, { inDims: dims })(...inputs), oneByOne(slope, dims, inputs));
      const total = (...xs: Tensor[]): Tensor =>
        vmap(f, { inDims: dims })(...xs)
          .square()
          .sum();
      const alone = (...xs: Tensor[]): Tensor => {
        const count = inputs[argnum].shape[dims[argnum]!] as number;
        return Array.from({ length: count }, (_, i) =>
          f(...xs.map((x, k) => (dims[k] === null ? x : (x.select(dims[k]!, i) as Tensor))))
            .square()
            .sum(),
        ).reduce((a, b) => a.add(b) as Tensor);
      };
      const every = inputs.map((_, i) => i);
      const [got, wanted] = [total, alone].map((g) => grad(g, every)(...inputs));
      got.forEach((gradient, i) => void expectClose(gradient, wanted[i]));
    });

    test('indices: gather, embedding, argmax, and per-example losses', () => {
      const x = normal(3, 5);
      const index = tensor(
        [
          [0, 4],
          [1, 1],
          [2, 3],
        ],
        { dtype: 'int32' },
      );
      expectClose(vmap((row: Tensor, at: Tensor) => gather(row, 0, at))(x, index), gather(x, 1, index));
      const table = normal(6, 4);
      expectClose(
        vmap((at: Tensor) => embedding(at, table) as Tensor)(index),
        embedding(index, table) as Tensor,
      );
      expect(vmap((row: Tensor) => row.argmax(0) as Tensor)(x).tolistSync()).toEqual(
        x.argmax(1).tolistSync(),
      );
      const target = tensor([1, 0, 4], { dtype: 'int32' });
      const w = normal(5, 5);
      const loss = (weight: Tensor, row: Tensor, label: Tensor): Tensor =>
        crossEntropy(linear(row, weight).unsqueeze(0), label.unsqueeze(0)) as Tensor;
      const each = vmap(grad(loss), { inDims: [null, 0, 0] })(w, x, target);
      expect(each.shape).toEqual([3, 5, 5]);
      const together = grad((weight: Tensor) => crossEntropy(linear(x, weight), target) as Tensor)(w);
      expectClose(each.mean(0) as Tensor, together);
    });

    test('nested, to other axes, over trees, with constants, inside compile', () => {
      const outer = vmap(
        vmap((x: Tensor, y: Tensor) => x.mul(y), { inDims: [null, 0] }),
        { inDims: [0, null] },
      );
      const [x, y] = [normal(3), normal(4)];
      expectClose(outer(x, y), einsum('i,j->ij', x, y));
      const tree = vmap(
        ({ a, b: [c] }: { a: Tensor; b: [Tensor] }) => ({ sum: a.add(c), one: ones([2], wide) as Tensor }),
        { outDims: 1 },
      )({ a: normal(3, 2), b: [normal(3, 2)] });
      expect(tree.sum.shape).toEqual([2, 3]);
      expect(tree.one.tolistSync()).toEqual([
        [1, 1, 1],
        [1, 1, 1],
      ]);
      const compiled = compile((u: Tensor) => vmap((v: Tensor) => v.square().sum())(u));
      expect(
        compiled(
          tensor([
            [1, 2],
            [3, 4],
          ]),
        ).tolistSync(),
      ).toEqual([5, 25]);
    });

    test('random numbers: refused, the same, or different', () => {
      const f = (x: Tensor): Tensor => x.add(rand([2])) as Tensor;
      const x = noGrad(() => arange(4).mul(0).reshape([2, 2])) as Tensor;
      expect(() => vmap(f)(x)).toThrow("Say { randomness: 'different' }");
      const same = vmap(f, { randomness: 'same' })(x).tolistSync() as number[][];
      expect(same[0]).toEqual(same[1]);
      const different = vmap(f, { randomness: 'different' })(x).tolistSync() as number[][];
      expect(different[0]).not.toEqual(different[1]);
    });

    test('customGradient keeps its own rule, for several results too', () => {
      const odd = customGradient(
        (x: Tensor, w: Tensor) => [x.mul(w), x.sum()],
        ([g, h], [x, w]) => [g.mul(w).mul(10).add(h), g.mul(x)],
      );
      const f = (x: Tensor, w: Tensor): Tensor => {
        const [product, total] = odd(x, w);
        return (product as Tensor).sum().add(total as Tensor);
      };
      const [x, w] = [normal(3, 2), normal(2)];
      const all = (u: Tensor, v: Tensor): Tensor => vmap(f, { inDims: [0, null] })(u, v).sum();
      const [atX, atW] = grad(all, [0, 1])(x, w);
      expectClose(atX, w.mul(10).add(1).expand([3, 2]) as Tensor);
      expectClose(atW, x.sum(0) as Tensor);
    });

    test('errors', () => {
      const same = (x: Tensor, y: Tensor): Tensor => x.add(y) as Tensor;
      expect(() => vmap(same)(ones([2, 3]), ones([3, 3]))).toThrow(
        'input 0 has 2 examples, input 1 [3, 3] has 3 along axis 0',
      );
      expect(() => vmap(same, { inDims: [0] })(ones([2]), ones([2]))).toThrow('2 inputs, inDims for 1');
      expect(() => vmap(same)(ones([]), ones([2]))).toThrow('input 0 is one number');
      expect(() => vmap(same, { inDims: null })(ones([2]), ones([2]))).toThrow(
        'no input has an axis of examples',
      );
      expect(() => vmap((x: Tensor) => tensor(x.dataSync()[0]))(ones([2, 2]))).toThrow('vmap');
    });
  });

  test('gradcheck through vmap of checkpoint of a custom gradient', async () => {
    const cube = customGradient(
      (x: Tensor) => x.pow(3),
      ([g], [x]) => [g.mul(x.square()).mul(3)],
    );
    await gradcheck((x) => vmap(checkpoint((v: Tensor) => cube(v).mul(v)))(x).sum(), [normal(3, 2)]);
  });
});
