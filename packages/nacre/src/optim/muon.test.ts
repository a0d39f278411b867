import { describe, expect, it } from 'vitest';
import { ShapeMismatchError } from '../base/errors.ts';
import { Linear, Parameter, Sequential, Tanh } from '../nn/index.ts';
import { compile } from '../tensor/compile.ts';
import { randn, tensor, zeros } from '../tensor/create.ts';
import { setDevice } from '../tensor/engine.ts';
import { mseLoss } from '../tensor/functions.ts';
import { manualSeed } from '../tensor/generator.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { AdamW } from './adam.ts';
import { Muon, type MuonOptions } from './muon.ts';
import { expectTrains } from './testing.ts';

type Matrix = number[][];

const map = (a: Matrix, f: (value: number, row: number, column: number) => number): Matrix =>
  a.map((values, row) => values.map((value, column) => f(value, row, column)));
const transposed = (a: Matrix): Matrix => a[0].map((_, column) => a.map((row) => row[column]));
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0].map((_, column) => row.reduce((sum, value, k) => sum + value * b[k][column], 0)));

const [rows, columns] = [4, 3];
const make = (shape: readonly [number, number], at: number): Matrix =>
  Array.from({ length: shape[0] }, (_, row) =>
    Array.from({ length: shape[1] }, (_, column) => Math.sin(1.3 * at + 2.1 * row + 0.7 * column * column)),
  );

/** The iteration as the author gives it, never transposed, in double precision. */
function newtonSchulz(matrix: Matrix, [a, b, c]: readonly number[], steps: number, epsilon: number): Matrix {
  const norm = Math.max(Math.hypot(...matrix.flat()), epsilon);
  let x = map(matrix, (value) => value / norm);
  for (let i = 0; i < steps; i++) {
    const gram = product(x, transposed(x));
    const square = product(gram, gram);
    const polynomial = map(gram, (value, row, column) => b * value + c * square[row][column]);
    const moved = product(polynomial, x);
    x = map(x, (value, row, column) => a * value + moved[row][column]);
  }
  return x;
}

function transcribed(
  shape: readonly [number, number],
  {
    lr = 1e-3,
    weightDecay = 0.1,
    momentum = 0.95,
    nesterov = true,
    nsCoefficients = [3.4445, -4.775, 2.0315],
    nsSteps = 5,
    eps = 1e-7,
    adjustLrFn = 'original',
  }: MuonOptions,
): Matrix[] {
  let p = make(shape, 0);
  let m = map(p, () => 0);
  const scale =
    adjustLrFn === 'original'
      ? Math.sqrt(Math.max(1, shape[0] / shape[1]))
      : 0.2 * Math.sqrt(Math.max(...shape));
  return Array.from({ length: 4 }, (_, before) => {
    const gradient = make(shape, before + 1);
    m = map(m, (value, i, j) => momentum * value + (1 - momentum) * gradient[i][j]);
    const direction = nesterov
      ? map(m, (value, i, j) => momentum * value + (1 - momentum) * gradient[i][j])
      : m;
    const update = newtonSchulz(direction, nsCoefficients, nsSteps, eps);
    p = map(p, (value, i, j) => value * (1 - lr * weightDecay) - lr * scale * update[i][j]);
    return p;
  });
}

/** Trains the matrices with Muon alone: the biases of the network stay. */
const ofMatrices =
  (options?: MuonOptions) =>
  (parameters: readonly Parameter[]): Muon =>
    new Muon(
      parameters.filter(({ ndim }) => ndim === 2),
      options,
    );

describe.each(['reference', 'wasm'] as const)('Muon on %s', (device) => {
  it('gives the same bits eager and compiled, and goes on from a kept state', () =>
    expectTrains(ofMatrices({ lr: 0.02 }), device));

  it.each<[string, MuonOptions, readonly [number, number]]>([
    ['its defaults and a tall matrix', {}, [rows, columns]],
    ['its defaults and a wide matrix', {}, [columns, rows]],
    ['a row', { lr: 0.1 }, [1, 5]],
    ['no look ahead', { lr: 0.1, nesterov: false, momentum: 0.5 }, [rows, columns]],
    ["AdamW's size of moves", { lr: 0.1, adjustLrFn: 'match_rms_adamw', weightDecay: 0.5 }, [rows, columns]],
    ['another iteration', { lr: 0.1, nsCoefficients: [2, -1.5, 0.5], nsSteps: 3 }, [columns, columns]],
  ])('moves as its author says with %s', async (_, options, shape) => {
    setDevice(device);
    const parameter = new Parameter(tensor(make(shape, 0), { dtype: 'float64' }) as Tensor);
    const optimizer = new Muon([parameter], { lr: 0.5, ...options });
    const { lr } = optimizer;
    for (const [before, want] of transcribed(shape, { ...options, lr }).entries()) {
      parameter.grad = tensor(make(shape, before + 1), { dtype: 'float64' });
      optimizer.step();
      const got = await parameter.data();
      want.flat().forEach((number, i) => {
        expect(got[i], `element ${i} after step ${before + 1}`).toBeCloseTo(number, 9);
      });
    }
  });
});

describe('Muon', () => {
  it('moves nearly by an orthogonal matrix, whatever the size of the gradient', async () => {
    setDevice('wasm');
    manualSeed(2);
    const gradient = randn([16, 40]);
    const ends = await Promise.all(
      [1e-3, 1e3].map(async (size) => {
        const parameter = new Parameter(zeros([16, 40]) as Tensor);
        parameter.grad = gradient.mul(size);
        new Muon([parameter], { lr: 1, weightDecay: 0 }).step();
        return (await parameter.matmul(parameter.transpose(0, 1)).tolist()) as unknown as Matrix;
      }),
    );
    for (const gram of ends) {
      gram.forEach((row, i) => {
        row.forEach((value, j) => {
          expect(Math.abs(value - (i === j ? 0.85 : 0))).toBeLessThan(0.45);
        });
      });
    }
    expect(ends[1][3][3]).toBeCloseTo(ends[0][3][3], 3);
  });

  it('leaves a matrix without slope, and an empty one, as they are', async () => {
    setDevice('wasm');
    const [still, empty] = [
      new Parameter(tensor([[1, 2]]) as Tensor),
      new Parameter(zeros([0, 3]) as Tensor),
    ];
    const muon = new Muon([still, empty], { lr: 0.5, weightDecay: 0 });
    still.grad = zeros([1, 2]);
    empty.grad = zeros([0, 3]);
    muon.step();
    expect(await still.tolist()).toEqual([[1, 2]]);
    expect(empty.shape).toEqual([0, 3]);
  });

  it('trains matrices while AdamW trains the rest, in one program', async () => {
    setDevice('wasm');
    manualSeed(1);
    const net = new Sequential(new Linear(2, 8), new Tanh(), new Linear(8, 1));
    const parameters = [...net.parameters()] as Parameter[];
    const muon = ofMatrices({ lr: 0.05, weightDecay: 0 })(parameters);
    const adam = new AdamW(
      parameters.filter(({ ndim }) => ndim !== 2),
      { lr: 0.05 },
    );
    const x = tensor([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    const y = tensor([[0], [1], [1], [0]]);
    const step = compile(() => {
      const loss = mseLoss(net.forward(x), y);
      muon.zeroGrad();
      adam.zeroGrad();
      loss.backward();
      muon.step();
      adam.step();
      return loss;
    });
    const before = await step().item();
    for (let i = 0; i < 150; i++) {
      muon.lr = 0.05 * (1 - i / 150);
      step();
    }
    expect(await step().item()).toBeLessThan(before / 20);
    expect(step.programs).toBe(1);
  });

  it('refuses what is no matrix, and options that make no sense', () => {
    expect(() => new Muon([new Parameter(zeros([3]) as Tensor)])).toThrow(ShapeMismatchError);
    expect(() => new Muon([new Parameter(zeros([3]) as Tensor)])).toThrow(
      /Muon: trains matrices, got a parameter of shape \[3\]. Give biases .* to an AdamW/,
    );
    const refusal = (options: MuonOptions) => () =>
      new Muon([new Parameter(zeros([2, 2]) as Tensor)], options);
    expect(refusal({ momentum: 1 })).toThrow(/Muon: momentum is a number from 0 to below 1, got 1/);
    expect(refusal({ nsSteps: 2.5 })).toThrow(/Muon: nsSteps is a whole number from 1 to below 100, got 2.5/);
    expect(refusal({ nsSteps: 100 })).toThrow(/nsSteps/);
    expect(refusal({ nsCoefficients: [1, 2, Number.NaN] })).toThrow(
      /nsCoefficients are three finite numbers/,
    );
    expect(refusal({ eps: 0 })).toThrow(/Muon: eps is above zero, got 0/);
    expect(refusal({ adjustLrFn: 'none' as 'original' })).toThrow(
      /adjustLrFn is 'original' or 'match_rms_adamw', got 'none'/,
    );
  });
});
