import { expect } from 'vitest';
import type { DType } from '../../src/base/dtype.ts';
import { loadSafetensors, toSafetensors } from '../../src/io/tensors.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import * as create from '../../src/tensor/create.ts';
import * as functions from '../../src/tensor/functions.ts';
import { grad } from '../../src/tensor/grad.ts';
import { Parameter } from '../../src/tensor/parameter.ts';
import { Tensor } from '../../src/tensor/tensor.ts';

/** The kinds of cases, and how each is checked. Numbers that are not finite are strings. */

type Values = readonly (number | string)[];

/** A tensor of a case: float32 unless it says otherwise. */
export interface Data {
  readonly shape: readonly number[];
  readonly dtype?: DType;
  readonly data: Values;
}

/** A tensor, or its numbers alone where shape and dtype are those of another one. */
type Listed = Data | Values;

/** Tensors by name: `$x0` in the arguments stands for `x0`. */
type Inputs = Readonly<Record<string, Data>>;

/** What a case is of: named apart, or by what is before the slash in its name. */
export const subjectOf = (given: {
  readonly name: string;
  readonly call?: string;
  readonly class?: string;
}): string => given.call ?? given.class ?? given.name.split('/')[0];

export interface OpCase {
  readonly name: string;
  readonly call?: string;
  readonly args: readonly unknown[];
  readonly inputs: Inputs;
  readonly expect: readonly Data[];
  /** What each output is multiplied with before all are added up. Default: the factors below. */
  readonly cotangents?: readonly Data[];
  readonly grads?: Readonly<Record<string, Listed>>;
  /** Gradients of the gradients, each element times its factor, added up. */
  readonly second?: Readonly<Record<string, Listed>>;
  /** Absolute and relative. Default: 4e-6. */
  readonly tol?: number;
}

export interface ModuleCase {
  readonly name: string;
  readonly class: string;
  readonly ctor: readonly unknown[];
  readonly training: boolean;
  readonly stateDict: Inputs;
  readonly inputs: readonly Data[];
  readonly expect: readonly Data[];
  readonly cotangents: readonly Data[];
  readonly grads: Inputs;
  readonly inputGrads: readonly (Data | null)[];
  readonly buffersAfter: Inputs;
  readonly tol: number;
}

interface Constructed {
  readonly name: string;
  readonly ctor: readonly unknown[];
}

/** A module that is called several times; the gradients of the calls add up. */
export interface LayerCase extends Constructed {
  /** In PyTorch's order. */
  readonly stateDict: Inputs;
  readonly parameterCount: number;
  readonly inputs: Inputs;
  readonly calls: readonly {
    /** Default: yes. */
    readonly training?: boolean;
    /** `@0.1` is the second output of the first call, without its gradient. */
    readonly args: readonly unknown[];
    /** Default: what the call before gave. */
    readonly expect?: readonly (Data | null)[];
  }[];
  readonly grads: Readonly<Record<string, Listed>>;
  readonly parameterGrads: Readonly<Record<string, Listed>>;
  readonly buffersAfter: Readonly<Record<string, Listed>>;
  /** Default: 1e-5. */
  readonly tol?: number;
}

export interface OptimizerCase {
  readonly name: string;
  readonly class?: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Numbers of the parameters of each group, and its own options. Default: one group of all. */
  readonly groups?: readonly { readonly params: readonly number[]; readonly options: object }[];
  readonly initial: readonly Data[];
  /** Learning rate of every step, where it changes. */
  readonly rates?: readonly number[];
  /** Gradient of every parameter at every step; null for one that has none. */
  readonly gradients: readonly (readonly (Listed | null)[])[];
  /** Every parameter after every step. */
  readonly expect: readonly (readonly Listed[])[];
  readonly tol: number;
}

export interface ClipCase {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly gradients: readonly (Data | null)[];
  /** The norm that is returned. */
  readonly total: Data | null;
  readonly expect: readonly (Data | null)[];
  readonly tol: number;
}

export interface ScheduleCase {
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

interface ScheduleOf {
  readonly class: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Schedules that are stepped together, of an optimizer of one or more groups. */
export interface SchedulesCase {
  readonly name: string;
  readonly baseLrs: readonly number[];
  readonly schedules: readonly ScheduleOf[];
  readonly metrics: Values | null;
  /** Learning rates of all groups before the first step and after every step. */
  readonly expect: readonly (readonly number[])[];
  readonly tol: number;
}

type AnyFunction = (...args: unknown[]) => unknown;
type AnyModule = new (...args: readonly unknown[]) => nn.Module;
type AnyOptimizer = new (params: readonly unknown[], options: object) => optim.Optimizer;
type AnySchedule = new (optimizer: optim.Optimizer, options: object) => optim.LRScheduler;

export const calls = { ...create, ...functions } as unknown as Readonly<Record<string, AnyFunction>>;
export const modules = nn as unknown as Readonly<Record<string, AnyModule>>;
export const optimizers = optim as unknown as Readonly<Record<string, AnyOptimizer>>;
const schedules = optim as unknown as Readonly<Record<string, AnySchedule>>;

const make = ({ shape, dtype = 'float32', data }: Data, requiresGrad = false): Tensor =>
  create.tensor(data.map(Number), { dtype, shape, requiresGrad });

const isValues = (entry: Listed): entry is Values => Array.isArray(entry);

const complete = (entry: Listed, like: Data): Data => (isValues(entry) ? { ...like, data: entry } : entry);

const makeAll = (tensors: Inputs): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(tensors).map(([name, data]) => [name, make(data)]));

/** All tensors of a result, which may be one, or lists of lists; null where an output is not given. */
const tensorsOf = (result: unknown): (Tensor | null)[] =>
  Array.isArray(result) ? result.flatMap(tensorsOf) : [result as Tensor | null];

/** Arguments with what their names stand for. */
function resolve(arg: unknown, find: (name: string) => unknown): unknown {
  if (typeof arg === 'string') {
    if (/^[$@]/.test(arg)) return find(arg);
    return ['NaN', 'Infinity', '-Infinity'].includes(arg) ? Number(arg) : arg;
  }
  if (Array.isArray(arg)) return arg.map((part) => resolve(part, find));
  if (typeof arg !== 'object' || arg === null) return arg;
  if ('class' in arg && 'ctor' in arg)
    return construct({ name: arg.class as string, ctor: arg.ctor as unknown[] }, find);
  return Object.fromEntries(Object.entries(arg).map(([name, part]) => [name, resolve(part, find)]));
}

/** A module; those among its arguments are made first. */
const construct = ({ name, ctor }: Constructed, find: (name: string) => unknown): nn.Module =>
  new modules[subjectOf({ name })](...ctor.map((arg) => resolve(arg, find)));

async function expectClose(
  got: Tensor | null | undefined,
  want: Data | null,
  tol: number,
  what: string,
): Promise<void> {
  if (!want) {
    expect(got, what).toBeNull();
    return;
  }
  expect(got, what).toBeInstanceOf(Tensor);
  expect([...got!.shape], `${what}: shape`).toEqual(want.shape);
  expect(got!.dtype, `${what}: dtype`).toBe(want.dtype ?? 'float32');
  // Arrays of 16-bit floats hold their patterns.
  const numbers = await (/16$/.test(got!.dtype) ? got!.to('float32') : got!).data();
  const wrong = want.data.flatMap((value, i) => {
    const [number, found] = [Number(value), numbers[i]];
    const agrees = Number.isFinite(number)
      ? Math.abs(found - number) <= tol + tol * Math.abs(number)
      : Object.is(found, number);
    return agrees ? [] : [`${what}[${i}]: got ${found}, PyTorch has ${value}`];
  });
  expect(wrong.length, wrong.slice(0, 4).join('; ')).toBe(0);
}

/** Factors of the elements of an output, over and over; output n begins at the n-th. */
const factors = [0.5, -1, 0.25, 1.5, -0.75, 2, -0.125];

const factorsOf = ({ shape, dtype, size }: Tensor, output: number): Tensor =>
  create.tensor(
    Array.from({ length: size }, (_, place) => factors[(output + place) % factors.length]),
    { shape, dtype },
  );

/** Σ output·cotangent, whose gradients the cases give; null where no output is a float. */
function contract(outputs: readonly (Tensor | null)[], cotangents?: readonly Data[]): Tensor | null {
  const parts = outputs.flatMap((output, i) => {
    if (!output || !/float/.test(output.dtype)) return [];
    return [output.mul(cotangents ? make(cotangents[i]) : factorsOf(output, i)).sum()];
  });
  return parts.length ? parts.reduce((total, part) => total.add(part)) : null;
}

/** As in PyTorch, methods of these names have other arguments than the functions. */
const otherMethods = new Set(['where', 'unfold']);

export async function checkOp(given: OpCase): Promise<void> {
  const { inputs, expect: outputs, grads = {}, second = {}, tol = 4e-6 } = given;
  const call = subjectOf(given);
  const names = Object.keys(grads);
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, data]) => [name, make(data, names.includes(name))]),
  );
  const valuesWith = (found: Readonly<Record<string, Tensor>>): unknown[] =>
    given.args.map((arg) => resolve(arg, (name) => found[name.slice(1)]));
  const expectGradients = async (got: readonly (Tensor | null)[], wanted: object, what: string) => {
    for (const [name, want] of Object.entries(wanted)) {
      const like = complete(want as Listed, inputs[name]);
      await expectClose(got[names.indexOf(name)], like, tol, `${what} of ${name}`);
    }
  };

  const values = valuesWith(tensors);
  const results = tensorsOf(calls[call](...values));
  expect(results.length, 'outputs').toBe(outputs.length);
  for (const [i, want] of outputs.entries()) await expectClose(results[i], want, tol, `output ${i}`);
  const [first, ...rest] = values;
  const method =
    first instanceof Tensor && !otherMethods.has(call) && (first as unknown as Record<string, unknown>)[call];
  if (typeof method === 'function') {
    const same = tensorsOf(method.apply(first, rest));
    for (const [i, want] of outputs.entries()) await expectClose(same[i], want, tol, `method: output ${i}`);
  }
  if (!names.length) return;
  contract(results, given.cotangents)?.backward();
  await expectGradients(
    names.map((name) => tensors[name].grad),
    grads,
    'gradient',
  );
  if (!given.second) return;

  const places = names.map((_, i) => i);
  const total = (...some: Tensor[]): Tensor => {
    const found = { ...tensors, ...Object.fromEntries(some.map((tensor, i) => [names[i], tensor])) };
    return contract(tensorsOf(calls[call](...valuesWith(found))))!;
  };
  const slopes = (...some: Tensor[]): Tensor => contract(grad(total, places)(...some))!;
  const twice = grad(slopes, places)(...names.map((name) => tensors[name].detach()));
  await expectGradients(twice, second, 'second gradient');
}

export async function checkModule(given: ModuleCase): Promise<void> {
  const { tol, inputGrads } = given;
  const module = new modules[given.class](...given.ctor).train(given.training);
  module.loadStateDict(makeAll(given.stateDict));
  const inputs = given.inputs.map((data, i) => make(data, inputGrads[i] !== null));
  const results = tensorsOf((module.forward as AnyFunction)(...inputs));
  contract(results, given.cotangents)?.backward();
  for (const [i, want] of given.expect.entries()) await expectClose(results[i], want, tol, `output ${i}`);
  for (const [i, want] of inputGrads.entries())
    if (want) await expectClose(inputs[i].grad, want, tol, `gradient of input ${i}`);
  await expectGrads(module, given.grads, given, tol);
  await expectBuffers(module, given.buffersAfter, given, tol);
}

interface WithState {
  readonly stateDict: Inputs;
}

async function expectGrads(
  module: nn.Module,
  grads: Readonly<Record<string, Listed>>,
  { stateDict }: WithState,
  tol: number,
): Promise<void> {
  const parameters = new Map(module.namedParameters());
  for (const [name, want] of Object.entries(grads))
    await expectClose(
      parameters.get(name)!.grad,
      complete(want, stateDict[name]),
      tol,
      `gradient of ${name}`,
    );
}

async function expectBuffers(
  module: nn.Module,
  wanted: Readonly<Record<string, Listed>>,
  { stateDict }: WithState,
  tol: number,
): Promise<void> {
  const buffers = new Map(module.namedBuffers());
  for (const [name, want] of Object.entries(wanted))
    await expectClose(buffers.get(name)!, complete(want, stateDict[name]), tol, `${name} afterwards`);
}

export async function checkLayer(given: LayerCase): Promise<void> {
  const { tol = 1e-5 } = given;
  const inputs = new Map(
    Object.entries(given.inputs).map(([name, data]) => [name, make(data, name in given.grads)]),
  );
  const outputs: (Tensor | null)[][] = [];
  const find = (name: string): unknown => {
    if (name.startsWith('$')) return inputs.get(name.slice(1));
    const [call, output] = name.slice(1).split('.').map(Number);
    return outputs[call][output]!.detach();
  };
  const module = construct(given, find);
  const hasGradients = [given.grads, given.parameterGrads].some((grads) => Object.keys(grads).length > 0);
  module.loadStateDict(makeAll(given.stateDict));
  const total = /^Parameters: ([\d,]+)/m.exec(module.summary());
  expect(Number(total?.[1].replaceAll(',', '')), 'parameters in the summary').toBe(given.parameterCount);

  let wanted: readonly (Data | null)[] = [];
  for (const [i, { training, args, expect: outputsOf }] of given.calls.entries()) {
    wanted = outputsOf ?? wanted;
    module.train(training);
    const results = tensorsOf((module.forward as AnyFunction)(...args.map((arg) => resolve(arg, find))));
    outputs.push(results);
    expect(results.length, 'outputs').toBe(wanted.length);
    for (const [j, want] of wanted.entries())
      await expectClose(results[j], want, tol, `call ${i}: output ${j}`);
    if (hasGradients) contract(results)?.backward();
  }
  for (const [name, want] of Object.entries(given.grads))
    await expectClose(inputs.get(name)!.grad, complete(want, given.inputs[name]), tol, `gradient of ${name}`);
  await expectGrads(module, given.parameterGrads, given, tol);
  await expectBuffers(module, given.buffersAfter, given, tol);
  await expectSameAfterSaving(module, construct(given, find));
}

/** Names and order of parameters are PyTorch's, so that numbered states of optimizers fit too. */
export function checkOrder(given: LayerCase): void {
  const inputs = makeAll(given.inputs);
  const module = construct(given, (name) => inputs[name.slice(1)]);
  expect(Object.keys(module.stateDict())).toEqual(Object.keys(given.stateDict));
}

/** The state of a module, through a file into another one, is the same bit for bit. */
async function expectSameAfterSaving(module: nn.Module, other: nn.Module): Promise<void> {
  const { tensors } = await loadSafetensors(await toSafetensors(module.stateDict()));
  other.loadStateDict(tensors);
  const loaded = other.stateDict();
  for (const [name, value] of Object.entries(module.stateDict())) {
    const [saved, read] = [await value.data(), await loaded[name].data()];
    const bytes = (array: ArrayBufferView): Uint8Array =>
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    expect(loaded[name].dtype, `${name}: saved dtype`).toBe(value.dtype);
    expect(bytes(read), `${name}: saved bytes`).toEqual(bytes(saved));
  }
}

export async function checkOptimizer(given: OptimizerCase): Promise<void> {
  const parameters = given.initial.map((data) => new Parameter(make(data)));
  const trained = given.groups
    ? given.groups.map(({ params, options }) => ({ params: params.map((i) => parameters[i]), ...options }))
    : parameters;
  const optimizer = new optimizers[subjectOf(given)](trained, given.options);
  for (const [step, gradients] of given.gradients.entries()) {
    if (given.rates) optimizer.lr = given.rates[step];
    parameters.forEach((parameter, i) => {
      const gradient = gradients[i];
      parameter.grad = gradient && make(complete(gradient, given.initial[i]));
    });
    optimizer.step();
    for (const [i, want] of given.expect[step].entries()) {
      const after = complete(want, given.initial[i]);
      await expectClose(parameters[i].value, after, given.tol, `parameter ${i} after step ${step + 1}`);
    }
  }
}

export async function checkClip(given: ClipCase): Promise<void> {
  const parameters = given.gradients.map((gradient) => {
    const parameter = new Parameter(create.zeros(gradient?.shape ?? [2]));
    parameter.grad = gradient && make(gradient);
    return parameter;
  });
  const [bound, options] = given.args.map((arg) => resolve(arg, () => null)) as [number, object?];
  const total =
    subjectOf(given) === 'clipGradNorm'
      ? optim.clipGradNorm(parameters, bound, options)
      : optim.clipGradValue(parameters, bound);
  if (given.total) await expectClose(total as Tensor, given.total, given.tol, 'norm');
  for (const [i, want] of given.expect.entries())
    await expectClose(parameters[i].grad, want, given.tol, `gradient ${i}`);
}

export function checkSchedule({
  class: name,
  options,
  baseLr,
  metrics,
  expect: rates,
  tol,
}: ScheduleCase): void {
  const optimizer = new optim.SGD([new Parameter(create.zeros([1]))], { lr: baseLr });
  const schedule = new schedules[name](optimizer, options);
  for (const [step, want] of rates.entries()) {
    if (step) schedule.step(metrics?.[step - 1]);
    expect(schedule.getLastLr(), `after step ${step}`).toEqual([optimizer.lr]);
    const message = `after step ${step}: got ${optimizer.lr}, PyTorch has ${want}`;
    expect(Math.abs(optimizer.lr - want), message).toBeLessThanOrEqual(tol * want);
  }
}

/** An option of a schedule: schedules in it are made, and `{exponential: 0.9}` is the function t → 0.9ᵗ. */
function scheduleOption(value: unknown, optimizer: optim.Optimizer): unknown {
  if (Array.isArray(value)) return value.map((part) => scheduleOption(part, optimizer));
  if (typeof value !== 'object' || value === null) return value;
  if ('exponential' in value) return (t: number) => (value.exponential as number) ** t;
  if ('inverse' in value) return (t: number) => 1 / (1 + (value.inverse as number) * t);
  return makeSchedule(value as ScheduleOf, optimizer);
}

const makeSchedule = (given: ScheduleOf, optimizer: optim.Optimizer): optim.LRScheduler =>
  new schedules[given.class](
    optimizer,
    Object.fromEntries(
      Object.entries(given.options).map(([name, value]) => [name, scheduleOption(value, optimizer)]),
    ),
  );

export function checkSchedules({
  baseLrs,
  schedules: list,
  metrics,
  expect: rates,
  tol,
}: SchedulesCase): void {
  const groups = baseLrs.map((lr) => ({ params: [new Parameter(create.zeros([1]))], lr }));
  const optimizer = new optim.SGD(groups);
  const made = list.map((given) => makeSchedule(given, optimizer));
  for (const [step, wanted] of rates.entries()) {
    if (step) for (const schedule of made) schedule.step(metrics ? Number(metrics[step - 1]) : undefined);
    for (const [group, want] of wanted.entries()) {
      const { lr } = optimizer.groups[group];
      const message = `group ${group} after step ${step}: got ${lr}, PyTorch has ${want}`;
      // PyTorch goes from rate to rate, so that a rate near 0 keeps the rounding errors of the large ones before it.
      const bound = tol * Math.abs(want) + tol * 1e-6 * baseLrs[group];
      expect(Math.abs(lr - want), message).toBeLessThanOrEqual(bound);
    }
  }
}
