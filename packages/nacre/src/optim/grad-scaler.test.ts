import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as nn from '../nn/index.ts';
import { compile } from '../tensor/compile.ts';
import { full, ones, randn, tensor } from '../tensor/create.ts';
import { setDevice } from '../tensor/engine.ts';
import { conv2d, crossEntropy, matmul, mseLoss, scaledDotProductAttention } from '../tensor/functions.ts';
import { manualSeed } from '../tensor/generator.ts';
import { grad } from '../tensor/grad.ts';
import { explain } from '../tensor/inspect.ts';
import { autocast, type LowPrecision } from '../tensor/precision.ts';
import type { Tensor } from '../tensor/tensor.ts';
import * as optim from './index.ts';

const numbers = (x: Tensor): number[] => [...(x.dataSync() as Float32Array)];

function largestError(actual: Tensor, expected: Tensor): number {
  const [a, b] = [numbers(actual), numbers(expected)];
  const size = Math.max(...b.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]))) / size;
}

describe.each(['wasm', 'reference'] as const)('on %s', (device) => {
  beforeAll(() => setDevice(device));
  afterAll(() => setDevice('wasm'));

  test.each<[LowPrecision, number]>([
    ['bfloat16', 2 ** -8],
    ['float16', 2 ** -11],
  ])('products in %s: rounded operands and results, sums in float32', (dtype, unit) => {
    manualSeed(1);
    const [a, b] = [randn([17, 300]) as Tensor, randn([300, 9]) as Tensor];
    const product = autocast(() => matmul(a, b), { dtype });
    expect(product.dtype).toBe('float32');
    // One rounding of each operand, and one of the sum: the error does not grow with the 300 terms.
    const error = largestError(product, matmul(a, b));
    expect(error).toBeLessThan(3 * unit);
    expect(error).toBeGreaterThan(unit / 64);
    const exact = matmul(a.to(dtype).to('float32'), b.to(dtype).to('float32')).to(dtype).to('float32');
    expect(largestError(product, exact as Tensor)).toBeLessThan(2 * unit);
    const slope = (low: boolean): Tensor =>
      grad((x: Tensor) => (low ? autocast(() => matmul(x, b), { dtype }) : matmul(x, b)).square().mean())(a);
    expect(largestError(slope(true), slope(false))).toBeLessThan(8 * unit);
    const [x, w] = [randn([2, 3, 9, 9]) as Tensor, randn([4, 3, 3, 3]) as Tensor];
    const images = (): Tensor => conv2d(x, w, null, { padding: 1 }) as Tensor;
    expect(largestError(autocast(images, { dtype }), images())).toBeLessThan(3 * unit);
    const q = randn([2, 5, 8]) as Tensor;
    const attended = (): Tensor => scaledDotProductAttention(q, q, q) as Tensor;
    expect(largestError(autocast(attended, { dtype }), attended())).toBeLessThan(8 * unit);
  });

  test('a network learns in float16 with a scaled loss, compiled once', async () => {
    manualSeed(2);
    const model = new nn.Sequential(new nn.Linear(8, 16), new nn.ReLU(), new nn.Linear(16, 3));
    const adam = new optim.Adam(model.parameters(), { lr: 0.01 });
    const scaler = new optim.GradScaler({ growthInterval: 20 });
    const x = randn([32, 8]) as Tensor;
    const y = x.slice(1, 0, 3).argmax(1) as Tensor;
    const step = compile((input: Tensor, target: Tensor) => {
      const loss = autocast(() => crossEntropy(model.forward(input), target), { dtype: 'float16' });
      adam.zeroGrad();
      scaler.scale(loss).backward();
      scaler.unscale(adam);
      optim.clipGradNorm(model.parameters(), 10);
      scaler.step(adam);
      scaler.update();
      return loss;
    });
    const first = await step(x, y).item();
    for (let i = 0; i < 59; i++) step(x, y);
    expect(await step(x, y).item()).toBeLessThan(first / 3);
    expect(step.programs).toBe(1);
    expect(model.parameters()[0].dtype).toBe('float32');
    expect(await scaler.factor.item()).toBeGreaterThan(65536);
  });

  test('a step with an overflow changes nothing but the scale', async () => {
    const layer = new nn.Linear(2, 1);
    const sgd = new optim.SGD(layer.parameters(), { lr: 0.1, momentum: 0.9 });
    const scaler = new optim.GradScaler({ initScale: 2 ** 11, growthInterval: 2 });
    const run = (value: number): void => {
      const loss = autocast(() => layer.forward(full([4, 2], value)).sum(), { dtype: 'float16' });
      sgd.zeroGrad();
      scaler.scale(loss).backward();
      scaler.step(sgd);
      scaler.update();
    };
    run(1);
    const [weight, state] = [numbers(layer.weight), sgd.stateDict()];
    const momentum = numbers(state['state.0.momentum'] as Tensor);
    run(1e5);
    expect(numbers(layer.weight)).toEqual(weight);
    expect(numbers(sgd.stateDict()['state.0.momentum'] as Tensor)).toEqual(momentum);
    expect(await (sgd.stateDict().step as Tensor).item()).toBe(1);
    expect(await scaler.factor.item()).toBe(2 ** 10);
    run(1);
    run(1);
    expect(numbers(layer.weight)).not.toEqual(weight);
    expect(await scaler.factor.item()).toBe(2 ** 11);
    const copy = new optim.GradScaler();
    copy.loadStateDict(scaler.stateDict());
    expect(await copy.factor.item()).toBe(2 ** 11);
  });

  test('mistakes are named', () => {
    const layer = new nn.Linear(2, 1);
    const sgd = new optim.SGD(layer.parameters(), { lr: 0.1 });
    const scaler = new optim.GradScaler();
    expect(() => scaler.update()).toThrow('there was no step since the last update');
    scaler.unscale(sgd);
    expect(() => scaler.unscale(sgd)).toThrow('the gradients are scaled back already');
    expect(() => new optim.GradScaler({ initScale: 0 })).toThrow('initScale is a number above zero, got 0');
    expect(() => autocast(() => 1, { dtype: 'float32' as never })).toThrow(
      "dtype is 'bfloat16' or 'float16', got float32",
    );
  });

  test('another precision is another program, not a stale one', () => {
    const product = compile((x: Tensor) => matmul(x, x));
    const x = full([2, 2], 1 / 3) as Tensor;
    const [exact] = numbers(product(x));
    const [rounded] = numbers(autocast(() => product(x)));
    expect(rounded).not.toBe(exact);
    expect(numbers(product(x))[0]).toBe(exact);
  });

  test('gradients of several steps add up inside one compiled function, and across several', () => {
    manualSeed(3);
    const [x, y] = [randn([8, 3]) as Tensor, randn([8, 1]) as Tensor];
    const train = (pieces: number, kind: 'inside' | 'across'): number[] => {
      manualSeed(4);
      const layer = new nn.Linear(3, 1);
      const sgd = new optim.SGD(layer.parameters(), { lr: 0.1, momentum: 0.5 });
      const rows = 8 / pieces;
      const piece = (a: Tensor, b: Tensor): void => mseLoss(layer.forward(a), b).div(pieces).backward();
      const accumulate = compile(piece);
      const update = compile(() => {
        sgd.step();
        sgd.zeroGrad();
      });
      const whole = compile((a: Tensor, b: Tensor) => {
        for (let i = 0; i < pieces; i++) piece(a.narrow(0, i * rows, rows), b.narrow(0, i * rows, rows));
        sgd.step();
        sgd.zeroGrad();
      });
      for (let step = 0; step < 4; step++) {
        if (kind === 'inside') whole(x, y);
        else {
          for (let i = 0; i < pieces; i++)
            accumulate(x.narrow(0, i * rows, rows), y.narrow(0, i * rows, rows));
          update();
        }
      }
      return numbers(layer.weight);
    };
    const expected = train(1, 'inside');
    for (const got of [train(4, 'inside'), train(4, 'across'), train(1, 'across')])
      got.forEach((value, i) => void expect(value).toBeCloseTo(expected[i], 5));
  });

  test('a penalty on the sum of magnitudes (L1) drives useless weights to zero, compiled', async () => {
    manualSeed(5);
    const layer = new nn.Linear(6, 1, { bias: false });
    const sgd = new optim.SGD(layer.parameters(), { lr: 0.05 });
    const x = randn([64, 6]) as Tensor;
    const y = x.matmul(tensor([[2], [0], [0], [-1], [0], [0]])) as Tensor;
    const step = compile((a: Tensor, b: Tensor, strength: Tensor) => {
      const penalty = layer.weight.abs().sum().mul(strength);
      const loss = mseLoss(layer.forward(a), b).add(penalty);
      sgd.zeroGrad();
      loss.backward();
      sgd.step();
    });
    for (let i = 0; i < 300; i++) step(x, y, tensor(0.2));
    const [first, ...others] = numbers(layer.weight);
    expect(first).toBeGreaterThan(1.5);
    expect(others[2]).toBeLessThan(-0.5);
    for (const i of [0, 1, 3, 4]) expect(Math.abs(others[i])).toBeLessThan(0.03);
    expect(step.programs).toBe(1);
  });
});

test('16-bit products are what is kept for the way back', () => {
  const w = ones([64, 64]) as Tensor;
  const bytes = (low: boolean): number => {
    const step = compile((x: Tensor) => {
      const f = (v: Tensor): Tensor =>
        matmul(matmul(matmul(v, w).relu(), w).relu(), w)
          .square()
          .sum();
      return grad((v: Tensor) => (low ? autocast(() => f(v)) : f(v)))(x);
    });
    const found = /arena of (\d+) bytes/.exec(explain(step, ones([256, 64])));
    return Number(found?.[1]);
  };
  const [whole, half] = [bytes(false), bytes(true)];
  expect(whole).toBeGreaterThan(0);
  expect(half).toBeLessThan(0.6 * whole);
});
