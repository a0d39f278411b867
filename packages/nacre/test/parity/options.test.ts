import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Linear } from '../../src/nn/linear.ts';
import * as optim from '../../src/optim/index.ts';
import { compile } from '../../src/tensor/compile.ts';
import { tensor, zeros } from '../../src/tensor/create.ts';
import { Parameter } from '../../src/tensor/parameter.ts';
import { fit } from '../../src/train/index.ts';
import { calls, type LayerCase, modules, type OpCase, subjectOf } from './cases.ts';

/** A name that nobody knows is refused by all that take options: classes and functions as the cases beside use them. */
const read = <C>(file: string): C[] =>
  readFileSync(new URL(file, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as C);

const isOptions = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  Object.getPrototypeOf(value) === Object.prototype &&
  !('class' in value);

/** For each subject the arguments of the first case that has options, with one more. */
function slips(list: readonly { readonly subject: string; readonly args: readonly unknown[] }[]) {
  const found = new Map<string, readonly unknown[]>();
  for (const { subject, args } of list) {
    const options = args.at(-1);
    if (isOptions(options) && !found.has(subject))
      found.set(subject, [...args.slice(0, -1), { ...options, nonsense: 1 }]);
  }
  return [...found];
}

const filled = (value: unknown): unknown =>
  typeof value === 'string' && /^\$/.test(value)
    ? zeros([1])
    : isOptions(value)
      ? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, filled(part)]))
      : value;

const refusal = /: there is no option nonsense\. .*Known: /;

describe('an option that nobody knows is refused by', () => {
  const layers = read<LayerCase>('./more/layers.jsonl');
  const made = slips(layers.map((given) => ({ subject: subjectOf(given), args: given.ctor })));
  it.each(made)('%s', (name, args) => {
    expect(() => new modules[name](...args.map(filled))).toThrow(refusal);
  });

  const functions = read<OpCase>('./more/functions.jsonl');
  const make = ({ shape, dtype = 'float32', data }: OpCase['inputs'][string]) =>
    tensor(data.map(Number), { dtype, shape });
  const called = slips(
    functions.map((given) => ({
      subject: subjectOf(given),
      args: given.args.map((arg) =>
        typeof arg === 'string' && arg.startsWith('$') ? make(given.inputs[arg.slice(1)]) : arg,
      ),
    })),
  );
  it.each(called)('%s()', (name, args) => {
    expect(() => calls[name](...args)).toThrow(refusal);
  });

  const parameter = (): Parameter[] => [new Parameter(zeros([2, 2]))];
  const classes = Object.entries(optim).filter(([, value]) => typeof value === 'function' && value.prototype);
  const isA = (kind: { prototype: object }) => (entry: (typeof classes)[number]) =>
    entry[1].prototype instanceof (kind as never) && entry[0] !== 'EpochSchedule';
  it.each(classes.filter(isA(optim.Optimizer)))('%s', (_, Kind) => {
    const make = Kind as unknown as new (params: unknown, options?: object) => unknown;
    expect(() => new make(parameter(), { nonsense: 1 })).toThrow(refusal);
    expect(() => new make([{ params: parameter(), nonsense: 1 }])).toThrow(refusal);
  });
  it.each(classes.filter(isA(optim.LRScheduler)))('%s', (_, Kind) => {
    const make = Kind as unknown as new (optimizer: unknown, options: object) => unknown;
    expect(() => new make(new optim.SGD(parameter()), { nonsense: 1 })).toThrow(refusal);
  });

  it('compile, fit and step', async () => {
    const nonsense = { nonsense: 1 } as object;
    expect(() => compile(() => zeros([1]), nonsense)).toThrow(refusal);
    const model = new Linear(1, 1);
    const optimizer = new optim.SGD(model.parameters());
    expect(() => optimizer.step(nonsense)).toThrow(refusal);
    const options = { optimizer, loss: 'mseLoss' as const, epoch: 3 };
    const data: [ReturnType<typeof zeros>, ReturnType<typeof zeros>] = [zeros([2, 1]), zeros([2, 1])];
    await expect(fit(model, data, options)).rejects.toThrow(
      'fit: there is no option epoch. Did you mean epochs?',
    );
  });
});
