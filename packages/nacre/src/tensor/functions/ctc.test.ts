import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import * as nn from '../../nn/index.ts';
import { compile } from '../compile.ts';
import { ones, randint, randn, tensor } from '../create.ts';
import { setDevice } from '../engine.ts';
import { manualSeed } from '../generator.ts';
import { grad, valueAndGrad } from '../grad.ts';
import { gradcheck } from '../gradcheck.ts';
import type { Tensor } from '../tensor.ts';
import { type CtcLossOptions, ctcLoss } from './ctc.ts';
import { logSoftmax } from './reduce.ts';

afterAll(() => setDevice('wasm'));

const f64 = { dtype: 'float64' } as const;
const ints = (data: readonly unknown[]): Tensor => tensor(data, { dtype: 'int32' });

const made = (shape: readonly number[], f: (i: number) => number): Tensor => {
  const size = shape.reduce((product, length) => product * length, 1);
  return tensor(
    Float64Array.from({ length: size }, (_, i) => f(i)),
    { ...f64, shape },
  );
};

/** The logits that PyTorch was given for the numbers below. */
const logits = (shape: readonly number[]): Tensor =>
  made(shape, (i) => Math.sin(1 + ((7 * i) % 13)) + 0.3 * Math.cos((i * i) % 11));

const targets = ints([
  [1, 2, 2, 3],
  [5, 5, 5, 0],
  [4, 0, 0, 0],
  [0, 0, 0, 0],
]);
const inputLengths = [12, 10, 7, 12];
const targetLengths = [4, 3, 1, 0];
const eachLoss = [13.5304018316, 10.7736414031, 8.23174750855, 22.7475463575];
const none = { reduction: 'none' } as const;

const lossOf = (x: Tensor, options: CtcLossOptions = {}, lengths = inputLengths): Tensor =>
  ctcLoss(logSoftmax(x, -1), targets, lengths, targetLengths, options);

/** Σ gradient·sin(i + 1). */
const slopeOf = (f: (x: Tensor) => Tensor, x: Tensor): number =>
  grad(f)(x)
    .mul(made(x.shape, (i) => Math.sin(i + 1)))
    .sum()
    .itemSync();

function expectClose(found: Tensor, want: readonly number[]): void {
  expect(found.size).toBe(want.length);
  [...(found.dataSync() as Float64Array)].forEach((number, i) => {
    expect(number).toBeCloseTo(want[i], 8);
  });
}

/** -log Σ over every sequence of classes that, without repetitions and then without blanks, is the target. */
function byEnumeration(logProbs: Tensor, target: readonly number[], blank = 0): number {
  const [steps, classes] = logProbs.shape;
  const data = logProbs.dataSync() as Float64Array;
  let total = 0;
  for (let code = 0; code < classes ** steps; code++) {
    const path = Array.from({ length: steps }, (_, t) => Math.floor(code / classes ** t) % classes);
    const read = path.filter((label, t) => label !== path[t - 1] && label !== blank);
    if (read.join() !== target.join()) continue;
    total += Math.exp(path.reduce((sum, label, t) => sum + data[t * classes + label], 0));
  }
  return -Math.log(total);
}

describe.each(['wasm', 'reference'] as const)('ctcLoss on %s', (device) => {
  beforeEach(() => setDevice(device));

  it('agrees with PyTorch, through logSoftmax also in its gradient', () => {
    const x = logits([12, 4, 6]);
    expectClose(lossOf(x, none), eachLoss);
    expectClose(lossOf(x), [9.48827703126]);
    expectClose(lossOf(x, { reduction: 'sum' }), [55.2833371008]);
    expect(slopeOf((y) => lossOf(y, none).sum(), x)).toBeCloseTo(-3.49466261015, 8);
    expect(slopeOf((y) => lossOf(y), x)).toBeCloseTo(-0.971955161353, 8);
    const gradient = grad((y: Tensor) => lossOf(y, { reduction: 'sum' }))(x);
    expectClose(
      gradient.select(0, 3).select(0, 1),
      [-0.521389123502, 0.226531242028, 0.193557777031, 0.168482999213, 0.0876840460717, -0.154866940841],
    );
  });

  it('takes targets one after the other, lengths in tensors, one sequence, and another blank', () => {
    const logProbs = logSoftmax(logits([12, 4, 6]), -1);
    const flat = ints([1, 2, 2, 3, 5, 5, 5, 4]);
    expectClose(ctcLoss(logProbs, flat, inputLengths, targetLengths, none), eachLoss);
    expectClose(ctcLoss(logProbs, flat, ints(inputLengths), ints(targetLengths), none), eachLoss);
    expectClose(ctcLoss(logProbs, targets, ints(inputLengths), ints(targetLengths), none), eachLoss);
    const [first, target] = [logProbs.select(1, 0), targets.select(0, 0)];
    expectClose(ctcLoss(first, target, 12, [4]), [eachLoss[0] / 4]);
    expect(ctcLoss(first, target, 12, 4, none).shape).toEqual([]);
    const others = ints([
      [1, 2, 2, 3],
      [0, 0, 4, 0],
      [4, 0, 0, 0],
      [0, 0, 0, 0],
    ]);
    expectClose(
      ctcLoss(logProbs, others, inputLengths, targetLengths, { blank: 5, ...none }),
      [13.1245475464, 11.4248596779, 10.837121603, 24.3275311267],
    );
  });

  it('is infinite without an alignment, or 0, and has no slope then', () => {
    const x = logits([12, 4, 6]);
    const short = [12, 4, 7, 12]; // 5 5 5 needs two blanks between: five steps
    expect(lossOf(x, none, short).tolistSync()).toEqual([
      expect.closeTo(eachLoss[0], 8),
      Number.POSITIVE_INFINITY,
      expect.closeTo(eachLoss[2], 8),
      expect.closeTo(eachLoss[3], 8),
    ]);
    const options = { reduction: 'sum', zeroInfinity: true } as const;
    expectClose(lossOf(x, options, short), [44.5096956977]);
    expect(slopeOf((y) => lossOf(y, options, short), x)).toBeCloseTo(-3.74334539731, 8);
    expect(slopeOf((y) => lossOf(y, { reduction: 'sum' }, short), x)).toBeCloseTo(-3.74334539731, 8);
  });
});

describe('ctcLoss', () => {
  beforeEach(() => {
    setDevice('wasm');
    manualSeed(11);
  });

  it('sums over all alignments', () => {
    for (const [steps, target, blank] of [
      [1, [1], 0],
      [3, [1, 1], 0],
      [4, [2, 1], 0],
      [5, [0, 0, 1], 2],
      [4, [], 1],
      [2, [1, 1], 0],
    ] as const) {
      const logProbs = logSoftmax(logits([steps, 3]), -1);
      const loss = ctcLoss(logProbs, ints(target), steps, target.length, {
        blank,
        reduction: 'sum',
      });
      expect(loss.itemSync()).toBeCloseTo(byEnumeration(logProbs, target, blank), 10);
    }
  });

  it('has the posteriors as its gradient, one a step; exp(logProbs) less than PyTorch’s', () => {
    const logProbs = logSoftmax(logits([12, 4, 6]), -1);
    const gradient = grad((y: Tensor) =>
      ctcLoss(y, targets, inputLengths, targetLengths, { reduction: 'sum' }),
    )(logProbs);
    const perStep = gradient.sum(-1);
    const active = inputLengths.map(
      (length) => made([12], (t) => (t < length ? -1 : 0)).tolistSync() as number[],
    );
    active.forEach((column, n) => {
      expectClose(perStep.select(1, n), column);
    });
  });

  it('has gradients that finite differences confirm', () => {
    const labels = ints([
      [1, 2, 2],
      [3, 1, 0],
    ]);
    gradcheck((x) => ctcLoss(logSoftmax(x, -1), labels, [6, 5], [3, 2], none), [logits([6, 2, 4])]);
    gradcheck((y) => ctcLoss(y, ints([[1, 1]]), [4], [2]), [logSoftmax(logits([4, 1, 3]), -1)]);
    gradcheck(
      grad((x: Tensor) => ctcLoss(logSoftmax(x, -1), ints([1, 2]), 4, 2)),
      [logits([4, 3])],
    );
  });

  it('takes probabilities of 0, and no steps', () => {
    const inf = Number.NEGATIVE_INFINITY;
    const logProbs = tensor([[[0, inf]], [[inf, 0]]], f64);
    const f = (y: Tensor): Tensor => ctcLoss(y, ints([[1]]), [2], [1]);
    expect(f(logProbs).itemSync()).toBeCloseTo(0, 12);
    expect(grad(f)(logProbs).tolistSync()).toEqual([[[-1, 0]], [[0, -1]]]);
    const never = (y: Tensor): Tensor => ctcLoss(y, ints([[1, 1]]), [2], [2]);
    expect(never(logProbs).itemSync()).toBe(Number.POSITIVE_INFINITY);
    expect(grad(never)(logProbs).tolistSync()).toEqual([[[0, 0]], [[0, 0]]]);
    const empty = ctcLoss(logProbs.expand([2, 2, 2]), ints([[1], [1]]), [0, 0], [0, 1], none);
    expect(empty.tolistSync()).toEqual([0, Number.POSITIVE_INFINITY]);
    expect(ctcLoss(logProbs, tensor([], { dtype: 'int32', shape: [1, 0] }), [1], [0]).itemSync()).toBe(0);
  });

  it('stays exact in float32 over many steps', () => {
    const x = randn([300, 2, 20]);
    const labels = randint(1, 20, [2, 40]);
    const f = (y: Tensor): Tensor => ctcLoss(logSoftmax(y, -1), labels, [300, 250], [40, 33], none);
    const exact = f(x.to('float64')).tolistSync() as number[];
    (f(x).tolistSync() as number[]).forEach((loss, i) => {
      expect(Math.abs(loss / exact[i] - 1)).toBeLessThan(1e-6);
    });
    const [found, want] = [x, x.to('float64')].map((y) => grad((z: Tensor) => f(z).sum())(y));
    expect(found.sub(want).abs().max().itemSync()).toBeLessThan(2e-4);
    expect(f(x.to('bfloat16')).dtype).toBe('float32');
  });

  it('is compiled, with lengths that change', () => {
    const step = compile((x: Tensor, lengths: Tensor) =>
      valueAndGrad((y: Tensor) => lossOf(y, {}, lengths as never))(x),
    );
    const x = logits([12, 4, 6]);
    for (const lengths of [inputLengths, [12, 12, 12, 12]]) {
      const [loss, gradient] = step(x, ints(lengths));
      expect(loss.itemSync()).toBeCloseTo(lossOf(x, {}, lengths).itemSync(), 12);
      const plain = grad((y: Tensor) => lossOf(y, {}, lengths))(x);
      expect(gradient.sub(plain).abs().max().itemSync()).toBeLessThan(1e-12);
    }
    expect(step.programs).toBe(1);
  });

  it('is a module', () => {
    const x = logSoftmax(logits([12, 4, 6]), -1);
    expectClose(new nn.CTCLoss().forward(x, targets, inputLengths, targetLengths), [9.48827703126]);
    const sum = new nn.CTCLoss({ reduction: 'sum', zeroInfinity: true });
    expectClose(sum.forward(x, targets, [12, 4, 7, 12], targetLengths), [44.5096956977]);
    expect(() => new nn.CTCLoss({ blank: -1 })).toThrow('CTCLoss: blank is a class');
    expect(() => new nn.CTCLoss({ reduction: 'all' as never })).toThrow("CTCLoss: reduction is 'mean'");
  });

  it('says what is wrong', () => {
    const x = ones([5, 2, 3]);
    const y = ints([[1], [2]]);
    const call = (...args: Partial<Parameters<typeof ctcLoss>>) => {
      const [logProbs = x, target = y, inputs = [5, 5], lengths = [1, 1], options] = args;
      return () => ctcLoss(logProbs, target, inputs, lengths, options).dataSync();
    };
    expect(call()).not.toThrow();
    expect(call(ones([5]))).toThrow('ctcLoss: logProbs: [5], expected [T, N, C] or [T, C]');
    expect(call(ones([5, 2, 3], { dtype: 'int32' }))).toThrow('ctcLoss: logProbs are floats, got int32');
    expect(call(x, ones([2, 1]))).toThrow('ctcLoss: targets are integers, got float32');
    expect(call(x, ints([[1]]))).toThrow('ctcLoss: targets: [1, 1], expected [2, S]');
    expect(call(x, ints([[[1]]]))).toThrow('ctcLoss: targets: [1, 1, 1], expected [2, S], or all');
    expect(call(x, ints([1, 2, 1]))).toThrow('ctcLoss: targetLengths add up to 2, targets [3] hold 3');
    expect(call(x, y, [5])).toThrow('ctcLoss: inputLengths: 1 numbers, expected 2');
    expect(call(x, y, [5, 6])).toThrow('ctcLoss: inputLengths[1] is 6, expected an integer from 0 to 5');
    expect(call(x, y, [5, 5], [1, 2])).toThrow(
      'ctcLoss: targetLengths[1] is 2, expected an integer from 0 to 1',
    );
    expect(call(x, y, ones([2]))).toThrow('ctcLoss: inputLengths are integers, got float32');
    expect(call(x, y, ints([[5, 5]]))).toThrow('ctcLoss: inputLengths: [1, 2], expected 2');
    expect(call(x, y, null as never)).toThrow('ctcLoss: inputLengths is object, expected numbers or');
    expect(call(x, y, [5, 5], [1, 1], { blank: 3 })).toThrow(
      'ctcLoss: blank is 3, expected a class from 0 to 2',
    );
    expect(call(x, y, [5, 5], [1, 1], { reduction: 'all' as never })).toThrow(
      "ctcLoss: there is no reduction 'all'",
    );
    expect(call(x, y, ints([5, 6]))).toThrow('ctcLoss, inputLengths');
    expect(call(x, ints([[1], [3]]))).toThrow('ctcLoss, targets');
    expect(call(x, ints([1, 2]), [5, 5], ints([1, 2]))).toThrow('ctcLoss, targetLengths');
  });
});
