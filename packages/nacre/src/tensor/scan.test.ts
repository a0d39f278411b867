import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from './compile.ts';
import { randn, tensor, zeros } from './create.ts';
import { setDevice, setThreads, threadsReady } from './engine.ts';
import { manualSeed } from './generator.ts';
import { grad, valueAndGrad } from './grad.ts';
import { gradcheck } from './gradcheck.ts';
import * as ops from './ops/index.ts';
import { scan } from './primitives/scan.ts';
import { Tensor } from './tensor.ts';

/** A recurrent layer: h' = tanh(x·Wx + h·Wh), all states collected. */
const recurrent = (x: Tensor, h: Tensor, wx: Tensor, wh: Tensor): { last: Tensor; states: Tensor } => {
  const { carry, outputs } = scan(
    ([state], [input]) => {
      const next = ops.tanh(ops.addOf(ops.matmul(input, wx.node), ops.matmul(state, wh.node)));
      return { carry: [next], outputs: [next] };
    },
    [h.node],
    [x.node],
    x.node.shape[0],
  );
  return { last: new Tensor(carry[0]), states: new Tensor(outputs[0]) };
};

/** The same, written out step by step. */
function unrolled(x: Tensor, h: Tensor, wx: Tensor, wh: Tensor): Tensor {
  let state = h.node;
  const states = Array.from({ length: x.node.shape[0] }, (_, t) => {
    const input = ops.squeeze(ops.narrow(x.node, 0, t, 1), 0);
    state = ops.tanh(ops.addOf(ops.matmul(input, wx.node), ops.matmul(state, wh.node)));
    return state;
  });
  return new Tensor(ops.stack(states, 0));
}

function expectClose(actual: Tensor, wanted: Float32Array, digits: number): void {
  const numbers = actual.dataSync() as Float32Array;
  expect(numbers.length).toBe(wanted.length);
  for (const [i, value] of numbers.entries()) expect(value).toBeCloseTo(wanted[i], digits);
}

const weigh = (x: Tensor): Tensor => new Tensor(ops.sumOf(ops.mulOf(x.node, ops.sin(x.node))));

describe.each(['wasm', 'reference'] as const)('scan on %s', (device) => {
  beforeAll(async () => {
    setDevice(device);
    setThreads(2);
    await threadsReady();
  });
  afterAll(() => setDevice('wasm'));

  const inputs = (dtype: 'float32' | 'float64' = 'float32'): [Tensor, Tensor, Tensor, Tensor] => {
    manualSeed(3);
    return [
      randn([5, 2, 3], { dtype }),
      randn([2, 4], { dtype }),
      randn([3, 4], { dtype }),
      randn([4, 4], { dtype }),
    ];
  };

  test('computes what the steps written out compute', () => {
    const args = inputs();
    const { states, last } = recurrent(...args);
    const wanted = unrolled(...args).dataSync() as Float32Array;
    expectClose(states, wanted, 5);
    expectClose(last, wanted.subarray(32), 5);
  });

  test('its gradients are those of the steps written out, for every input', () => {
    const args = inputs();
    const [, ours] = valueAndGrad(
      (...a: Tensor[]) => weigh(recurrent(a[0], a[1], a[2], a[3]).states),
      [0, 1, 2, 3],
    )(...args);
    const [, theirs] = valueAndGrad(
      (...a: Tensor[]) => weigh(unrolled(a[0], a[1], a[2], a[3])),
      [0, 1, 2, 3],
    )(...args);
    ours.forEach((gradient, i) => {
      const wanted = theirs[i].dataSync() as Float32Array;
      expect(gradient.shape).toEqual(theirs[i].shape);
      expectClose(gradient, wanted, 4);
    });
  });

  test('first and second derivatives agree with finite differences', () => {
    const args = inputs('float64');
    const f = (...a: Tensor[]): Tensor => recurrent(a[0], a[1], a[2], a[3]).states;
    expect(gradcheck(f, args)).toBe(true);
    const slope = (h: Tensor): Tensor =>
      grad((state: Tensor) => weigh(f(args[0], state, args[2], args[3])))(h);
    expect(gradcheck(slope, [args[1]])).toBe(true);
  });

  test('runs from the last step to the first, outputs in their places', () => {
    const x = tensor([1, 2, 3, 4]) as Tensor;
    const run = (reverse: boolean): number[] => {
      const { outputs } = scan(
        ([total], [value]) => {
          const next = ops.addOf(total, value);
          return { carry: [next], outputs: [next] };
        },
        [zeros([]).node],
        [x.node],
        4,
        reverse,
      );
      return new Tensor(outputs[0]).tolistSync() as number[];
    };
    expect(run(false)).toEqual([1, 3, 6, 10]);
    expect(run(true)).toEqual([10, 9, 7, 4]);
  });

  test('inside compile, with one and with two threads, the same bits', async () => {
    manualSeed(5);
    const x = randn([20, 16, 64]) as Tensor;
    const [h, wx, wh] = [randn([16, 128]), randn([64, 128]), randn([128, 128])] as Tensor[];
    const step = compile((input: Tensor) => weigh(recurrent(input, h, wx, wh).states));
    const first = step(x).itemSync();
    setThreads(1);
    expect(step(x).itemSync()).toBe(first);
    setThreads(2);
    await threadsReady();
    expect(step(x).itemSync()).toBe(first);
  });

  test('nothing flows through what a step detaches', () => {
    const f = (y: Tensor): Tensor => {
      const { carry } = scan(
        ([s], [v]) => ({ carry: [ops.addOf(ops.mulOf(ops.detach(s), 2), v)], outputs: [] }),
        [zeros([]).node],
        [y.node],
        3,
      );
      return new Tensor(carry[0]);
    };
    expect(grad(f)(tensor([1, 2, 3]) as Tensor).tolistSync()).toEqual([0, 0, 1]);
  });

  test('a gradient may be taken inside the body', () => {
    // Newton's method for the root of x³ - 2, by its own slope.
    const slopeOf = grad((x: Tensor) => new Tensor(ops.sumOf(ops.pow(x.node, 3))));
    const { carry } = scan(
      ([x]) => {
        const value = ops.subOf(ops.pow(x, 3), 2);
        return { carry: [ops.subOf(x, ops.divOf(value, slopeOf(new Tensor(x)).node))], outputs: [] };
      },
      [tensor([1, 2, 3]).node],
      [],
      8,
    );
    for (const root of new Tensor(carry[0]).tolistSync() as number[])
      expect(root).toBeCloseTo(2 ** (1 / 3), 5);
  });

  test('a state that changes its shape is refused', () => {
    expect(() =>
      scan(
        ([s]) => ({ carry: [ops.concat([s, s])], outputs: [] }),
        [zeros([2]).node],
        [zeros([3, 1]).node],
        3,
      ),
    ).toThrow(/scan: carry 0 begins as float32\[2\] and becomes float32\[4\]/);
  });
});
