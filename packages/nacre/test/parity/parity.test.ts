import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DType } from '../../src/base/dtype.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import * as create from '../../src/tensor/create.ts';
import { setDevice } from '../../src/tensor/engine.ts';
import * as functions from '../../src/tensor/functions.ts';
import { Parameter } from '../../src/tensor/parameter.ts';
import { Tensor } from '../../src/tensor/tensor.ts';

/**
 * What PyTorch computes, one case a line in the files beside: outputs, gradients, parameters after each step. Numbers that are not
 * finite are strings there. Every case runs on every device.
 */
const devices = ['reference', 'wasm'] as const;

/** Names that have cases but are not there yet. A name that is there must leave this list, and bring its cases. */
const waiting: Readonly<Record<string, string>> = {
  sort: 'scans along an axis come with sorting',
};

type Values = readonly (number | string)[];

interface Data {
  readonly shape: readonly number[];
  readonly dtype?: DType;
  readonly data: Values;
}

interface OpCase {
  readonly kind: 'op';
  readonly name: string;
  readonly call: string;
  readonly args: readonly unknown[];
  readonly inputs: Readonly<Record<string, Data>>;
  readonly expect: readonly Data[];
  readonly cotangents?: readonly Data[];
  readonly grads?: Readonly<Record<string, Data>>;
  readonly tol: number;
}

interface ModuleCase {
  readonly kind: 'module';
  readonly name: string;
  readonly class: string;
  readonly ctor: readonly unknown[];
  readonly training: boolean;
  readonly stateDict: Readonly<Record<string, Data>>;
  readonly inputs: readonly Data[];
  readonly expect: readonly Data[];
  readonly cotangents: readonly Data[];
  readonly grads: Readonly<Record<string, Data>>;
  readonly inputGrads: readonly (Data | null)[];
  readonly buffersAfter: Readonly<Record<string, Data>>;
  readonly tol: number;
}

interface OptimizerCase {
  readonly kind: 'optimizer';
  readonly name: string;
  readonly class: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly initial: readonly Data[];
  /** Gradient of every parameter at every step. */
  readonly gradients: readonly (readonly Data[])[];
  /** Every parameter after every step. */
  readonly expect: readonly (readonly Data[])[];
  readonly tol: number;
}

interface ScheduleCase {
  readonly kind: 'schedule';
  readonly name: string;
  readonly class: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly baseLr: number;
  /** What `step` is told at every step; null for schedules that are told nothing. */
  readonly metrics: readonly number[] | null;
  /** Learning rate before the first step and after every step. */
  readonly expect: readonly number[];
  readonly tol: number;
}

const read = <C>(file: string): C[] =>
  readFileSync(new URL(file, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as C);

const make = ({ shape, dtype = 'float32', data }: Data, requiresGrad = false): Tensor =>
  create.tensor(data.map(Number), { dtype, shape, requiresGrad });

/** All tensors of a result, which may be one, or lists of lists. */
const tensorsOf = (result: unknown): Tensor[] =>
  Array.isArray(result) ? result.flatMap(tensorsOf) : [result as Tensor];

async function expectClose(got: Tensor | null, want: Data, tol: number, what: string): Promise<void> {
  expect(got, what).toBeInstanceOf(Tensor);
  expect([...got!.shape], `${what}: shape`).toEqual(want.shape);
  const numbers = await got!.data();
  want.data.forEach((value, i) => {
    const number = Number(value);
    const message = `${what}[${i}]: got ${numbers[i]}, PyTorch has ${value}`;
    if (!Number.isFinite(number)) expect(numbers[i], message).toBe(number);
    else expect(Math.abs(numbers[i] - number), message).toBeLessThanOrEqual(tol + tol * Math.abs(number));
  });
}

/** Σ output·cotangent, whose gradients the cases give. */
const contract = (outputs: readonly Tensor[], cotangents: readonly Data[]): Tensor =>
  cotangents
    .map((cotangent, i) => outputs[i].mul(make(cotangent)).sum())
    .reduce((total, part) => total.add(part));

type AnyFunction = (...args: unknown[]) => unknown;
type AnyModule = new (...args: readonly unknown[]) => nn.Module;
type AnyOptimizer = new (params: readonly Parameter[], options: object) => optim.Optimizer;
type AnySchedule = new (optimizer: optim.Optimizer, options: object) => optim.LRScheduler;

const calls = { ...create, ...functions } as unknown as Readonly<Record<string, AnyFunction>>;
const modules = nn as unknown as Readonly<Record<string, AnyModule>>;
const optimizers = optim as unknown as Readonly<Record<string, AnyOptimizer>>;
const schedules = optim as unknown as Readonly<Record<string, AnySchedule>>;

async function checkOp({
  call,
  args,
  inputs,
  expect: outputs,
  cotangents,
  grads,
  tol,
}: OpCase): Promise<void> {
  const given = new Map(
    Object.entries(inputs).map(([name, data]) => [name, make(data, Boolean(grads?.[name]))]),
  );
  const resolve = (arg: unknown): unknown => {
    if (typeof arg === 'string' && arg.startsWith('$')) return given.get(arg.slice(1));
    return Array.isArray(arg) ? arg.map(resolve) : arg;
  };
  const results = tensorsOf(calls[call](...args.map(resolve)));
  for (const [i, want] of outputs.entries()) await expectClose(results[i], want, tol, `output ${i}`);
  if (!cotangents || !grads) return;
  contract(results, cotangents).backward();
  for (const [name, want] of Object.entries(grads))
    await expectClose(given.get(name)!.grad, want, tol, `gradient of ${name}`);
}

async function checkModule(given: ModuleCase): Promise<void> {
  const { tol, inputGrads } = given;
  const module = new modules[given.class](...given.ctor).train(given.training);
  module.loadStateDict(
    Object.fromEntries(Object.entries(given.stateDict).map(([name, data]) => [name, make(data)])),
  );
  const inputs = given.inputs.map((data, i) => make(data, inputGrads[i] !== null));
  const results = tensorsOf((module.forward as AnyFunction)(...inputs));
  contract(results, given.cotangents).backward();
  for (const [i, want] of given.expect.entries()) await expectClose(results[i], want, tol, `output ${i}`);
  for (const [i, want] of inputGrads.entries())
    if (want) await expectClose(inputs[i].grad, want, tol, `gradient of input ${i}`);
  const parameters = new Map(module.namedParameters());
  for (const [name, want] of Object.entries(given.grads))
    await expectClose(parameters.get(name)!.grad, want, tol, `gradient of ${name}`);
  const buffers = new Map(module.namedBuffers());
  for (const [name, want] of Object.entries(given.buffersAfter))
    await expectClose(buffers.get(name)!, want, tol, name);
}

async function checkOptimizer(given: OptimizerCase): Promise<void> {
  const parameters = given.initial.map((data) => new Parameter(make(data)));
  const optimizer = new optimizers[given.class](parameters, given.options);
  for (const [step, gradients] of given.gradients.entries()) {
    parameters.forEach((parameter, i) => {
      parameter.grad = make(gradients[i]);
    });
    optimizer.step();
    for (const [i, want] of given.expect[step].entries()) {
      await expectClose(parameters[i].value, want, given.tol, `parameter ${i} after step ${step + 1}`);
    }
  }
}

function checkSchedule({ class: name, options, baseLr, metrics, expect: rates, tol }: ScheduleCase): void {
  const optimizer = new optim.SGD([new Parameter(create.zeros([1]))], { lr: baseLr });
  const schedule = new schedules[name](optimizer, options);
  for (const [step, want] of rates.entries()) {
    if (step) schedule.step(metrics?.[step - 1]);
    expect(schedule.getLastLr(), `after step ${step}`).toEqual([optimizer.lr]);
    const message = `after step ${step}: got ${optimizer.lr}, PyTorch has ${want}`;
    expect(Math.abs(optimizer.lr - want), message).toBeLessThanOrEqual(tol * want);
  }
}

describe.each(devices)('PyTorch agrees with %s', (device) => {
  it.each(read<OpCase>('./op.jsonl'))('op $name', async (given) => {
    setDevice(device);
    await checkOp(given);
  });

  it.each(read<ModuleCase>('./module.jsonl'))('module $name', async (given) => {
    setDevice(device);
    await checkModule(given);
  });

  it.each(read<OptimizerCase>('./optimizer.jsonl'))('optimizer $name', async (given) => {
    setDevice(device);
    await checkOptimizer(given);
  });
});

it.each(read<ScheduleCase>('./schedule.jsonl'))('PyTorch agrees with schedule $name', checkSchedule);

it.each(Object.entries(waiting))('%s waits: %s', (name) => {
  expect(
    calls[name] ?? modules[name] ?? optimizers[name],
    `${name} is there: bring its cases`,
  ).toBeUndefined();
});
