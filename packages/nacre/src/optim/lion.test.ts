import { describe, expect, it } from 'vitest';
import { Parameter } from '../nn/index.ts';
import { tensor } from '../tensor/create.ts';
import { setDevice } from '../tensor/engine.ts';
import { Lion, type LionOptions } from './lion.ts';
import { expectTrains } from './testing.ts';

const start = [1, -2, 0.5, 3];
/** Another gradient at each step, of both signs; the last element has none. */
const gradientAt = (step: number): number[] =>
  start.map((_, i) => (i === 3 ? 0 : Math.sin(1.7 * step + i) * (i + 0.5)));

/** The publication's algorithm 2 as it is written, in double precision. */
function transcribed({
  lr = 1e-4,
  betas: [beta1, beta2] = [0.9, 0.99],
  weightDecay = 0,
}: LionOptions): number[][] {
  const p = [...start];
  const m = p.map(() => 0);
  return Array.from({ length: 10 }, (_, before) => {
    gradientAt(before + 1).forEach((gradient, i) => {
      const update = Math.sign(beta1 * m[i] + (1 - beta1) * gradient);
      p[i] -= lr * (update + weightDecay * p[i]);
      m[i] = beta2 * m[i] + (1 - beta2) * gradient;
    });
    return [...p];
  });
}

describe.each(['reference', 'wasm'] as const)('Lion on %s', (device) => {
  it('gives the same bits eager and compiled, and goes on from a kept state', () =>
    expectTrains((p) => new Lion(p, { lr: 0.02, weightDecay: 0.1 }), device));

  it.each<[string, LionOptions]>([
    ['its defaults', {}],
    ['weight decay', { lr: 0.03, betas: [0.8, 0.95], weightDecay: 0.25 }],
    ['no memory', { lr: 0.03, betas: [0, 0] }],
  ])('moves as the publication says with %s', async (_, options) => {
    setDevice(device);
    const parameter = new Parameter(tensor(start));
    const optimizer = new Lion([parameter], options);
    for (const [before, want] of transcribed(options).entries()) {
      parameter.grad = tensor(gradientAt(before + 1));
      optimizer.step();
      const got = await parameter.data();
      want.forEach((number, i) => {
        expect(got[i], `element ${i} after step ${before + 1}`).toBeCloseTo(number, 5);
      });
    }
  });
});

describe('Lion', () => {
  it('keeps one tensor for each parameter, and leaves alone what has no slope', async () => {
    setDevice('wasm');
    const parameter = new Parameter(tensor([1, 1]));
    const lion = new Lion([parameter], { lr: 0.5 });
    parameter.grad = tensor([1e-20, 0]);
    lion.step();
    expect(await parameter.tolist()).toEqual([0.5, 1]);
    expect(Object.keys(lion.stateDict()).sort()).toEqual(['groups.0.lr', 'state.0.expAvg', 'step']);
  });

  it('refuses betas that make no sense', () => {
    expect(() => new Lion([new Parameter(tensor([1]))], { betas: [1, 0.9] })).toThrow(
      /Lion: betas are two numbers from 0 to below 1, got \[1, 0.9\]/,
    );
  });
});
