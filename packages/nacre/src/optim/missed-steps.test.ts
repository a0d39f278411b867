import { describe, expect, it } from 'vitest';
import { compile } from '../tensor/compile.ts';
import { tensor } from '../tensor/create.ts';
import { setDevice } from '../tensor/engine.ts';
import { Parameter } from '../tensor/parameter.ts';
import type { Tensor } from '../tensor/tensor.ts';
import * as optim from './index.ts';

type Make = (params: Parameter[]) => optim.Optimizer;

/** Optimizers that make use of the number of the step. */
const kinds: readonly [string, Make][] = [
  ['Adam', (params) => new optim.Adam(params, { lr: 0.1 })],
  ['AdamW with amsgrad', (params) => new optim.AdamW(params, { lr: 0.1, amsgrad: true })],
  ['NAdam', (params) => new optim.NAdam(params, { lr: 0.1 })],
  ['RAdam', (params) => new optim.RAdam(params, { lr: 0.1, betas: [0.8, 0.9] })],
  ['Adagrad', (params) => new optim.Adagrad(params, { lr: 0.1, lrDecay: 0.5 })],
  ['SGD', (params) => new optim.SGD(params, { lr: 0.1, momentum: 0.5, dampening: 0.5 })],
];

/** Which of two parameters have a gradient, step by step: the second begins late, both miss steps later. */
const pattern: readonly [boolean, boolean][] = [
  [true, false],
  [true, false],
  [true, true],
  [false, true],
  [true, true],
  [true, false],
  [false, false],
  [true, true],
  [true, true],
];

const parameters = (): [Parameter, Parameter] => [
  new Parameter(tensor([1, -2]) as Tensor),
  new Parameter(tensor([0.5]) as Tensor),
];
const gradient = (parameter: Parameter, x: Tensor): Tensor => parameter.detach().square().add(x);
const input = (step: number): Tensor => tensor(Math.sin(step));
const numbers = async (params: readonly Parameter[]): Promise<number[]> =>
  (await Promise.all(params.map(async (parameter) => [...(await parameter.data())]))).flat();

/** Each parameter with an optimizer of its own, which is told only of the steps that have a gradient. */
async function apart(make: Make, steps: readonly (readonly boolean[])[]): Promise<number[][]> {
  const params = parameters();
  const optimizers = params.map((parameter) => make([parameter]));
  const rows: number[][] = [];
  for (const [i, given] of steps.entries()) {
    for (const [which, parameter] of params.entries()) {
      if (!given[which]) continue;
      parameter.grad = gradient(parameter, input(i));
      optimizers[which].step();
    }
    rows.push(await numbers(params));
  }
  return rows;
}

/** What a step does, eager or compiled. */
function stepOf(params: readonly Parameter[], optimizer: optim.Optimizer) {
  return (x: Tensor, given: readonly boolean[], when?: Tensor): void => {
    for (const [which, parameter] of params.entries())
      parameter.grad = given[which] ? gradient(parameter, x) : null;
    optimizer.step({ when });
  };
}

describe.each(['reference', 'wasm'] as const)('steps without a gradient on %s', (device) => {
  describe.each(kinds)('%s', (_, make) => {
    it.each([
      ['eager', false],
      ['compiled', true],
    ])('are not counted for the parameter that missed them, %s', async (_name, isCompiled) => {
      setDevice(device);
      const params = parameters();
      const plain = stepOf(params, make([...params]));
      const step = isCompiled ? compile(plain) : plain;
      const rows: number[][] = [];
      for (const [i, given] of pattern.entries()) {
        step(input(i), given);
        rows.push(await numbers(params));
      }
      expect(rows).toEqual(await apart(make, pattern));
    });

    it('are kept, also before a first gradient', async () => {
      setDevice(device);
      const want = await apart(make, pattern);
      for (const at of [1, 2, 4, 7]) {
        const params = parameters();
        const optimizer = make([...params]);
        const step = stepOf(params, optimizer);
        for (let i = 0; i < at; i++) step(input(i), pattern[i]);
        const [kept, values] = [optimizer.stateDict(), params.map((parameter) => parameter.detach())];
        step(input(at), [true, true]); // must not matter
        const others = parameters();
        const resumed = make([...others]);
        others.forEach((parameter, i) => {
          parameter.value = values[i];
        });
        const next = stepOf(others, resumed);
        next(input(0), [false, true]);
        others.forEach((parameter, i) => {
          parameter.value = values[i];
        });
        resumed.loadStateDict(kept);
        for (let i = at; i < pattern.length; i++) {
          next(input(i), pattern[i]);
          expect(await numbers(others), `after step ${i}, kept after ${at}`).toEqual(want[i]);
        }
      }
    });
  });

  it('are counted within a program of two steps', async () => {
    setDevice(device);
    const [, make] = kinds[0];
    const params = parameters();
    const step = stepOf(params, make([...params]));
    const both = compile((x: Tensor, y: Tensor) => {
      step(x, [true, false]);
      step(y, [false, true]);
    });
    const want = await apart(
      make,
      Array.from({ length: 8 }, (_, i) => [i % 2 === 0, i % 2 === 1]),
    );
    for (let i = 0; i < 8; i += 2) {
      both(input(i), input(i + 1));
      expect(await numbers(params)).toEqual(want[i + 1]);
    }
    expect(both.programs).toBe(2); // the first one begins to count
  });

  it('that are left out count for nobody', async () => {
    setDevice(device);
    const [, make] = kinds[0];
    const params = parameters();
    const step = compile(stepOf(params, make([...params])));
    const [no, yes] = [false, true].map((done) => tensor(done, { dtype: 'bool' }) as Tensor);
    for (const [i, given] of pattern.entries()) {
      step(input(i), [true, true], no);
      step(input(i), [i % 2 === 0, i % 3 === 0], no);
      step(input(i), given, yes);
    }
    expect(await numbers(params)).toEqual((await apart(make, pattern)).at(-1));
  });
});

it('nothing is counted where all gradients come, and where the number does not matter', () => {
  setDevice('wasm');
  const keysOf = (make: Make, steps: readonly (readonly boolean[])[]): string[] => {
    const params = parameters();
    const optimizer = make([...params]);
    const step = stepOf(params, optimizer);
    for (const [i, given] of steps.entries()) step(input(i), given);
    return Object.keys(optimizer.stateDict()).filter((key) => key.endsWith('missed'));
  };
  const [, adam] = kinds[0];
  const always = pattern.map(() => [true, true]);
  expect(keysOf(adam, always)).toEqual([]);
  expect(keysOf(adam, [])).toEqual([]);
  expect(keysOf((params) => new optim.SGD(params, { momentum: 0.9 }), pattern)).toEqual([]);
  expect(keysOf((params) => new optim.RMSprop(params), pattern)).toEqual([]);
  expect(keysOf(adam, pattern)).toEqual(['state.0.missed', 'state.1.missed']);
  expect(keysOf(adam, pattern.slice(0, 2))).toEqual(['state.1.missed']);
});
