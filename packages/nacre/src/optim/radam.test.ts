import { describe, expect, it } from 'vitest';
import type { DType } from '../base/dtype.ts';
import { Parameter } from '../nn/index.ts';
import { compile } from '../tensor/compile.ts';
import { tensor } from '../tensor/create.ts';
import { debug, setDevice } from '../tensor/engine.ts';
import { RAdam, type RAdamOptions } from './radam.ts';
import { expectTrains } from './testing.ts';

const start = [1, -2, 0.5];
/** Another gradient at each step, of both signs. */
const gradientAt = (step: number): number[] => start.map((_, i) => Math.sin(1.7 * step + i) * (i + 0.5));

/** The publication's algorithm 2 as it is written, in double precision. */
function transcribed({
  lr = 1e-3,
  betas: [beta1, beta2] = [0.9, 0.999],
  eps = 1e-8,
  weightDecay = 0,
  decoupledWeightDecay = false,
}: RAdamOptions): number[][] {
  const p = [...start];
  const [m, v] = [p.map(() => 0), p.map(() => 0)];
  const longest = 2 / (1 - beta2) - 1;
  return Array.from({ length: 12 }, (_, before) => {
    const t = before + 1;
    const length = longest - (2 * t * beta2 ** t) / (1 - beta2 ** t);
    gradientAt(t).forEach((given, i) => {
      const gradient = decoupledWeightDecay ? given : given + weightDecay * p[i];
      if (decoupledWeightDecay) p[i] *= 1 - lr * weightDecay;
      m[i] = beta1 * m[i] + (1 - beta1) * gradient;
      v[i] = beta2 * v[i] + (1 - beta2) * gradient * gradient;
      const mean = m[i] / (1 - beta1 ** t);
      if (length <= 5) {
        p[i] -= lr * mean;
        return;
      }
      const rectifier = Math.sqrt(
        ((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length),
      );
      p[i] -= (lr * mean * rectifier * Math.sqrt(1 - beta2 ** t)) / (Math.sqrt(v[i]) + eps);
    });
    return [...p];
  });
}

async function moved(options: RAdamOptions, dtype: DType): Promise<number[][]> {
  const parameter = new Parameter(tensor(start, { dtype }));
  const optimizer = new RAdam([parameter], options);
  const rows: number[][] = [];
  for (let t = 1; t <= 12; t++) {
    parameter.grad = tensor(gradientAt(t), { dtype });
    optimizer.step();
    rows.push([...(await parameter.data())] as number[]);
  }
  return rows;
}

const largestDifference = (got: number[][], want: number[][]): number =>
  Math.max(...want.flatMap((row, step) => row.map((number, i) => Math.abs(got[step][i] - number))));

// Learning rates that float32 holds exactly, for parameters of both dtypes.
const variants: readonly [string, RAdamOptions][] = [
  ['its defaults', { lr: 2 ** -5 }],
  ['a long memory', { lr: 2 ** -5, betas: [0.9, 0.9999] }],
  ['a very long memory', { lr: 2 ** -5, betas: [0.9, 0.999999] }],
  ['a short memory', { lr: 2 ** -5, betas: [0.8, 0.75] }],
  ['too short a memory ever to adapt', { lr: 2 ** -5, betas: [0.8, 0.6] }],
  ['no memory', { lr: 2 ** -5, betas: [0, 0] }],
  ['weight decay', { lr: 2 ** -5, weightDecay: 0.25, eps: 1e-3 }],
  ['decoupled weight decay', { lr: 2 ** -5, weightDecay: 0.25, decoupledWeightDecay: true }],
];

describe.each(['reference', 'wasm'] as const)('RAdam on %s', (device) => {
  it('gives the same bits eager and compiled, and goes on from a kept state', () =>
    expectTrains((p) => new RAdam(p, { lr: 0.05 }), device));

  it.each(variants)('moves as the publication says with %s', async (_, options) => {
    setDevice(device);
    const want = transcribed(options);
    expect(largestDifference(await moved(options, 'float64'), want)).toBeLessThan(1e-8);
    expect(largestDifference(await moved(options, 'float32'), want)).toBeLessThan(3e-6);
  });
});

describe('RAdam', () => {
  it('knows in float32 how far to trust a memory of a million steps', async () => {
    setDevice('wasm');
    const options: RAdamOptions = { lr: 2 ** -5, betas: [0.9, 0.999999] };
    const [got, want] = [await moved(options, 'float32'), transcribed(options)];
    for (let t = 6; t < 12; t++) {
      const move = want[t][0] - want[t - 1][0];
      expect((got[t][0] - got[t - 1][0]) / move, `move ${t + 1}`).toBeCloseTo(1, 1.5);
    }
  });

  it('makes no NaN on its way, also before it adapts', async () => {
    setDevice('wasm');
    debug.nan = true;
    try {
      await expect(moved({ lr: 2 ** -5 }, 'float32')).resolves.toHaveLength(12);
    } finally {
      debug.nan = false;
    }
  });

  it('begins to adapt inside one program', async () => {
    setDevice('wasm');
    const parameter = new Parameter(tensor([0]));
    const optimizer = new RAdam([parameter], { lr: 2 ** -3 });
    const step = compile(() => {
      optimizer.zeroGrad();
      parameter.mul(100).sum().backward();
      optimizer.step();
    });
    const moves: number[] = [];
    for (let t = 1, before = 0; t <= 6; t++) {
      step();
      const now = await parameter.item();
      moves.push(before - now);
      before = now;
    }
    // Five steps of momentum alone, as large as the gradient; then steps of the size of the rate.
    for (const move of moves.slice(0, 5)) expect(move).toBeCloseTo(12.5, 3);
    expect(moves[5]).toBeLessThan(0.125);
    expect(step.programs).toBe(1);
  });

  it('refuses options that make no sense', () => {
    const parameters = [new Parameter(tensor([1]))];
    expect(() => new RAdam(parameters, { betas: [0.9, 1] })).toThrow(
      /RAdam: betas are two numbers from 0 to below 1/,
    );
    expect(() => new RAdam(parameters, { eps: -1 })).toThrow(/RAdam: eps is zero or more, got -1/);
  });
});
