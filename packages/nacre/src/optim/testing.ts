import { expect } from 'vitest';
import { Linear, type Parameter, ReLU, Sequential } from '../nn/index.ts';
import { compile } from '../tensor/compile.ts';
import { randn, tensor } from '../tensor/create.ts';
import { setDevice } from '../tensor/engine.ts';
import { crossEntropy } from '../tensor/functions.ts';
import { manualSeed } from '../tensor/generator.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { LRScheduler, Optimizer } from './index.ts';

type Make = (parameters: readonly Parameter[]) => Optimizer;

/** A small network, some examples, and the step of a training. */
export function smallTraining(make: Make) {
  manualSeed(3);
  const model = new Sequential(new Linear(6, 5), new ReLU(), new Linear(5, 3));
  const optimizer = make([...model.parameters()]);
  const inputs = randn([4, 6]);
  const labels = tensor([0, 2, 1, 1], { dtype: 'int32' });
  const step = (): Tensor => {
    const loss = crossEntropy(model.forward(inputs), labels);
    // Of all parameters, for an optimizer may train only some of them.
    for (const parameter of model.parameters()) parameter.grad = null;
    loss.backward();
    optimizer.step();
    return loss;
  };
  /** Every number of the model and of the optimizer. */
  const bits = async (): Promise<Record<string, unknown>> => {
    const all = Object.entries({ ...model.stateDict(), ...optimizer.stateDict() });
    const read = all.map(async ([name, value]) => [
      name,
      typeof value === 'number' ? value : await value.data(),
    ]);
    return Object.fromEntries(await Promise.all(read));
  };
  return { model, optimizer, step, bits };
}

/** The same bits eager and compiled, a loss that falls, and a state to go on from in the middle. */
export async function expectTrains(make: Make, device: 'reference' | 'wasm'): Promise<void> {
  setDevice(device);
  const [eager, compiled, resumed] = [smallTraining(make), smallTraining(make), smallTraining(make)];
  const step = compile(compiled.step);
  const before = await step().item();
  expect(await eager.step().item()).toBe(before);
  let kept = { model: compiled.model.stateDict(), optimizer: compiled.optimizer.stateDict() };
  for (let i = 0; i < 7; i++) {
    expect(await step().item()).toBe(await eager.step().item());
    if (i === 2) kept = { model: compiled.model.stateDict(), optimizer: compiled.optimizer.stateDict() };
  }
  expect(step.programs).toBe(1);
  const end = await compiled.bits();
  expect(end).toEqual(await eager.bits());

  resumed.model.loadStateDict(kept.model);
  resumed.optimizer.loadStateDict(kept.optimizer);
  const next = compile(resumed.step);
  for (let i = 0; i < 4; i++) next();
  expect(await resumed.bits()).toEqual(end);
  expect(await next().item()).toBeLessThan(before);
}

/** Learning rates before the first step of a schedule and after each of `steps`. */
export function ratesOf(schedule: LRScheduler, steps: number, metrics?: readonly number[]): number[] {
  const rates = [schedule.optimizer.lr];
  for (let i = 0; i < steps; i++) {
    schedule.step(metrics?.[i]);
    rates.push(schedule.optimizer.lr);
  }
  return rates;
}
