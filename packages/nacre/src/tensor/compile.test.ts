import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ArgumentError, NotFiniteError, TraceError } from '../base/errors.ts';
import { compile } from './compile.ts';
import { rand, randn, tensor, zeros } from './create.ts';
import { debug, getThreads, setDevice, setThreads, threadsReady } from './engine.ts';
import { getRngState, manualSeed, setRngState } from './generator.ts';
import { grad, noGrad, valueAndGrad } from './grad.ts';
import { explain, profile } from './inspect.ts';
import * as ops from './ops/index.ts';
import { Parameter, State } from './parameter.ts';
import { guarded } from './slot.ts';
import { Tensor } from './tensor.ts';

const add = (x: Tensor, y: Tensor | number): Tensor =>
  new Tensor(ops.addOf(x.node, typeof y === 'number' ? y : y.node));
const mul = (x: Tensor, y: Tensor | number): Tensor =>
  new Tensor(ops.mulOf(x.node, typeof y === 'number' ? y : y.node));
const sum = (x: Tensor): Tensor => new Tensor(ops.sumOf(x.node));
const matmul = (x: Tensor, y: Tensor): Tensor => new Tensor(ops.matmul(x.node, y.node));

beforeAll(async () => {
  setThreads(2);
  await threadsReady();
});

/** A small network trained by hand-written gradient descent with momentum: every kind of slot takes part. */
function network(): { step: (x: Tensor, y: Tensor) => Tensor; weights: Parameter[]; velocity: State[] } {
  const weights = [new Parameter(mul(randn([40, 24]), 0.2)), new Parameter(mul(randn([3, 40]), 0.2))];
  const velocity = weights.map((weight) => new State(zeros(weight.shape) as Tensor));
  const step = (x: Tensor, y: Tensor): Tensor => {
    const hidden = ops.dropout(ops.relu(ops.linear(x.node, weights[0].node, null)), 0.3);
    const loss = new Tensor(ops.crossEntropy(ops.linear(hidden, weights[1].node, null), y.node));
    loss.backward();
    noGrad(() => {
      weights.forEach((weight, i) => {
        velocity[i].value = add(mul(velocity[i], 0.9), weight.grad!);
        weight.value = add(weight, mul(velocity[i], -0.1));
        weight.grad = null;
      });
    });
    return loss;
  };
  return { step, weights, velocity };
}

function train(useCompile: boolean, steps: number): { losses: number[]; weights: number[] } {
  manualSeed(7);
  const { step, weights, velocity } = network();
  const x = randn([16, 24]) as Tensor;
  const y = new Tensor(ops.randint(0, 3, [16]));
  x.dataSync();
  y.dataSync();
  const run = useCompile ? compile(step) : step;
  const losses = Array.from({ length: steps }, () => run(x, y).itemSync());
  return {
    losses,
    weights: [...weights, ...velocity].flatMap((slot) => Array.from(slot.dataSync() as Float32Array)),
  };
}

describe.each(['wasm', 'reference'] as const)('compile on %s', (device) => {
  beforeAll(() => setDevice(device));
  afterAll(() => setDevice('wasm'));

  test('a compiled train step gives the same numbers as the eager one, and trains', () => {
    const compiled = train(true, 12);
    const eager = train(false, 12);
    for (const [i, loss] of compiled.losses.entries()) expect(loss).toBeCloseTo(eager.losses[i], 5);
    for (const [i, weight] of compiled.weights.entries()) expect(weight).toBeCloseTo(eager.weights[i], 5);
    expect(compiled.losses[11]).toBeLessThan(compiled.losses[0]);
  });

  test('the same seed gives the same bits twice, and with one thread', async () => {
    const first = train(true, 8);
    expect(train(true, 8)).toEqual(first);
    setThreads(1);
    expect(train(true, 8)).toEqual(first);
    setThreads(2);
    await threadsReady();
  });

  test('a parameter read before a step keeps its value after it', () => {
    const weight = new Parameter(tensor([1, 2, 3]) as Tensor);
    const double = compile(() => {
      weight.value = mul(weight, 2);
      return sum(weight);
    });
    const before = weight.value;
    expect(double().itemSync()).toBe(12);
    const between = weight.value;
    expect(double().itemSync()).toBe(24);
    expect(double().itemSync()).toBe(48);
    expect(before.tolistSync()).toEqual([1, 2, 3]);
    expect(between.tolistSync()).toEqual([2, 4, 6]);
    expect(weight.tolistSync()).toEqual([8, 16, 24]);
  });

  test('random numbers continue from call to call and restart with the seed', () => {
    const draw = compile(() => rand([5]) as Tensor);
    manualSeed(3);
    const first = draw().tolistSync();
    const state = getRngState();
    const second = draw().tolistSync();
    expect(second).not.toEqual(first);
    manualSeed(3);
    expect((rand([5]) as Tensor).tolistSync()).toEqual(first);
    setRngState(state);
    expect(draw().tolistSync()).toEqual(second);
  });

  test('gradients that are left in place add up, as in PyTorch', () => {
    const weight = new Parameter(tensor([1, 2]) as Tensor);
    const accumulate = compile((x: Tensor) => {
      const loss = sum(mul(weight, x));
      loss.backward();
      return loss;
    });
    const x = tensor([3, 5]) as Tensor;
    accumulate(x);
    expect(weight.grad?.tolistSync()).toEqual([3, 5]);
    accumulate(x);
    expect(weight.grad?.tolistSync()).toEqual([6, 10]);
    accumulate(x);
    expect(weight.grad?.tolistSync()).toEqual([9, 15]);
    const gradient = (): unknown => weight.grad?.tolistSync();
    weight.grad = null;
    accumulate(x);
    expect(gradient()).toEqual([3, 5]);
  });

  test('structures of tensors go in and come out, handed-through tensors included', () => {
    const f = compile(({ x, list }: { x: Tensor; list: readonly Tensor[] }, factor: number) => ({
      sum: add(x, list[0]),
      same: x,
      scaled: [mul(list[1], factor)],
      factor,
    }));
    const [a, b, c] = [1, 2, 3].map((value) => tensor([value]) as Tensor);
    const out = f({ x: a, list: [b, c] }, 10);
    expect([out.sum.tolistSync(), out.same.tolistSync(), out.scaled[0].tolistSync(), out.factor]).toEqual([
      [3],
      [1],
      [30],
      10,
    ]);
    expect(f({ x: c, list: [b, a] }, 10).sum.tolistSync()).toEqual([5]);
    expect(f.programs).toBe(1);
    f({ x: c, list: [b, a] }, 11);
    expect(f.programs).toBe(2);
  });
});

describe('what a trace refuses', () => {
  test('asking for a number inside', () => {
    const f = compile((x: Tensor) => mul(x, sum(x).itemSync()));
    expect(() => f(tensor([1, 2]) as Tensor)).toThrow(TraceError);
    expect(() => f(tensor([1, 2]) as Tensor)).toThrow(/return the tensor, and read it outside/);
  });

  test('an async function', () => {
    const f = compile(async (x: Tensor) => mul(x, 2));
    expect(() => f(tensor([1]) as Tensor)).toThrow(/is async/);
  });

  test('ever new signatures', () => {
    const f = compile((x: Tensor) => mul(x, 2));
    expect(() => {
      for (let length = 1; length < 100; length++) f(zeros([length]) as Tensor);
    }).toThrow(/64 different signatures/);
  });

  test('a captured tensor that changed, where that is verified', () => {
    const first = tensor([1, 2]) as Tensor;
    let captured = first;
    let factor = 2;
    let term = 0;
    const f = compile((x: Tensor) => (factor > 2 ? x : add(add(x, captured), term)), { verify: true });
    const x = tensor([1, 1]) as Tensor;
    expect(f(x).tolistSync()).toEqual([2, 3]);
    expect(f(x).tolistSync()).toEqual([2, 3]);
    captured = tensor([5, 5]) as Tensor;
    expect(() => f(x)).toThrow(/captured tensor of shape \[2\] is another one/);
    captured = first;
    term = 1;
    expect(() => f(x)).toThrow(/a number is 1, and was 0/);
    factor = 3;
    expect(() => f(x)).toThrow(/something else than when it was traced/);
  });

  test('a captured tensor that was disposed', () => {
    const captured = tensor([1, 2]) as Tensor;
    const f = compile((x: Tensor) => add(x, captured));
    f(tensor([1, 1]) as Tensor);
    captured.dispose();
    expect(() => f(tensor([1, 1]) as Tensor)).toThrow(/captured was disposed/);
  });
});

test('a switch that the function reads makes another program, and is remembered', () => {
  let training = true;
  const f = compile((x: Tensor) => (guarded(() => training) ? mul(x, 2) : x));
  const x = tensor([5]) as Tensor;
  expect(f(x).tolistSync()).toEqual([10]);
  training = false;
  expect(f(x).tolistSync()).toEqual([5]);
  training = true;
  expect(f(x).tolistSync()).toEqual([10]);
  expect(f.programs).toBe(2);
});

test('a constant that was begun before the trace is computed once', () => {
  const noise = rand([4]) as Tensor;
  const f = compile((x: Tensor) => add(x, noise));
  const x = zeros([4]) as Tensor;
  const first = f(x).tolistSync();
  expect(f(x).tolistSync()).toEqual(first);
  expect(noise.tolistSync()).toEqual(first);
});

test('explain names graph, passes, kernels, arena and work; profile times every kernel', () => {
  const f = compile((x: Tensor, y: Tensor) => new Tensor(ops.softmax(ops.relu(matmul(x, y).node), 1)));
  const [x, y] = [randn([32, 64]) as Tensor, randn([64, 16]) as Tensor];
  const text = explain(f, x, y);
  for (const part of [
    'graph',
    'matmul(',
    'passes',
    'schedule',
    'kernels',
    'stage 0',
    'arena',
    'floating-point operations',
    'operations a byte',
  ]) {
    expect(text).toContain(part);
  }
  const report = profile(f, x, y);
  expect(report.kernels.length).toBeGreaterThan(0);
  for (const kernel of report.kernels) expect(kernel.microseconds).toBeGreaterThan(0);
  expect(String(report)).toContain('GFLOP/s');
});

describe('debug.nan', () => {
  afterEach(() => {
    debug.nan = false;
  });

  test('names the operation that first made a NaN, and the line that asked for it', () => {
    debug.nan = true;
    const x = tensor([1, 0, -1]) as Tensor;
    const bad = mul(new Tensor(ops.log(x.node)), 2);
    expect(() => bad.dataSync()).toThrow(NotFiniteError);
    expect(() => mul(new Tensor(ops.log(x.node)), 2).dataSync()).toThrow(
      /^log: element 1 .*-Infinity.*compile\.test\.ts/s,
    );
  });

  test('looks into compiled functions too', () => {
    debug.nan = true;
    const f = compile((x: Tensor) => sum(new Tensor(ops.sqrt(x.node))));
    expect(() => f(tensor([4, -1]) as Tensor).itemSync()).toThrow(/sqrt/);
  });
});

test('a chain of thousands of operations is cut into kernels of a size that engines take', () => {
  let x = tensor([1, -1]) as Tensor;
  let expected = 1;
  for (let i = 0; i < 3000; i++) {
    x = add(mul(x, 0.999), 0.001 * (i % 7));
    expected = expected * 0.999 + 0.001 * (i % 7);
  }
  expect(x.tolistSync()).toHaveLength(2);
  expect((x.tolistSync() as number[])[0]).toBeCloseTo(expected, 3);
});

describe('gradients and compiled functions', () => {
  const cube = (x: Tensor): Tensor => sum(mul(mul(x, x), x));
  const x = (): Tensor => tensor([1, 3]) as Tensor;

  test('a gradient with respect to an argument can be compiled', () => {
    expect(compile(grad(cube))(x()).tolistSync()).toEqual([3, 27]);
    const [value, slope] = compile(valueAndGrad(cube))(x());
    expect(value.itemSync()).toBe(28);
    expect(slope.tolistSync()).toEqual([3, 27]);
    const second = compile(grad((a: Tensor) => sum(grad(cube)(a))));
    expect(second(x()).tolistSync()).toEqual([6, 18]);
  });

  test('so can one with respect to a state; a parameter made of an argument is refused', () => {
    const state = new State(x());
    expect(compile(() => grad(cube)(state))().tolistSync()).toEqual([3, 27]);
    const inside = compile((a: Tensor) => cube(new Parameter(a)));
    expect(() => inside(x())).toThrow(TraceError);
  });

  test('a compiled function can be differentiated', () => {
    const compiled = compile(cube);
    compiled(x()); // a program is there already
    expect(grad(compiled)(x()).tolistSync()).toEqual([3, 27]);
    const leaf = tensor([1, 3], { requiresGrad: true }) as Tensor;
    compiled(leaf).backward();
    expect(leaf.grad!.tolistSync()).toEqual([3, 27]);
    expect(noGrad(() => compiled(leaf)).requiresGrad).toBe(false);
  });

  test('backward outside says that it belongs inside', () => {
    const parameter = new Parameter(x());
    const compiled = compile(() => cube(parameter));
    expect(() => compiled().backward()).toThrow(/nor by a compiled function: call backward within it/);
  });
});

test('a tensor kept from inside a trace is an error, not other numbers', () => {
  let kept: Tensor | undefined;
  const f = compile((x: Tensor) => {
    kept = mul(x, 2);
    return sum(kept);
  });
  expect(f(tensor([1, 2]) as Tensor).itemSync()).toBe(6);
  expect(() => kept!.tolistSync()).toThrow(TraceError);
  expect(() => compile((y: Tensor) => add(y, kept!))(tensor([1, 2]) as Tensor)).toThrow(
    /used after the function was traced/,
  );
});

test('what is no function, and what is no number of threads, is refused', () => {
  expect(() => compile(3 as never)).toThrow(ArgumentError);
  const before = getThreads();
  for (const count of [0, -1, 1.5, Number.NaN]) expect(() => setThreads(count)).toThrow(/whole number/);
  expect(getThreads()).toBe(before);
});
