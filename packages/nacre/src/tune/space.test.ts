import { describe, expect, expectTypeOf, test } from 'vitest';
import { ArgumentError } from '../base/errors.ts';
import { type Parameter, uniformValue } from './parameter.ts';
import { paramsOf, pointOf } from './point.ts';
import { proposalStream } from './random.ts';
import { choice, domainOf, float, int, list, type ParamsOf, type Space } from './space.ts';

/** Many points of a space, drawn uniformly. */
function draws<const S extends Space>(space: S, count = 400): ParamsOf<S>[] {
  const domain = domainOf('test', space);
  const uniform = proposalStream(1, 0);
  return Array.from({ length: count }, () =>
    paramsOf(
      domain,
      pointOf(domain, (_, parameter) => uniformValue(parameter, uniform())),
    ),
  );
}

const distinct = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);

describe('values', () => {
  test('are those of the bounds and steps, and no others', () => {
    const points = draws({
      whole: int(-2, 2),
      even: int(2, 9, { step: 3 }),
      tenths: float(0, 0.5, { step: 0.1 }),
      one: int(4, 4),
      same: float(0.3, 0.3),
      large: int(2 ** 53 - 3, 2 ** 53 - 1),
    });
    expect(distinct(points.map(({ whole }) => whole))).toEqual([-2, -1, 0, 1, 2]);
    expect(distinct(points.map(({ even }) => even))).toEqual([2, 5, 8]);
    expect(distinct(points.map(({ tenths }) => tenths))).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5]);
    expect(distinct(points.map(({ one }) => one))).toEqual([4]);
    expect(distinct(points.map(({ same }) => same))).toEqual([0.3]);
    expect(distinct(points.map(({ large }) => large))).toEqual([2 ** 53 - 3, 2 ** 53 - 2, 2 ** 53 - 1]);
  });

  test('of a logarithmic scale are spread over its orders of magnitude', () => {
    const points = draws({ lr: float(1e-4, 1, { log: true }), units: int(1, 1000, { log: true }) }, 2000);
    const below = (limit: number, values: number[]) => values.filter((value) => value < limit).length / 2000;
    expect(
      below(
        1e-2,
        points.map(({ lr }) => lr),
      ),
    ).toBeCloseTo(0.5, 1);
    // Cells reach half way to their neighbours: log(31.5 / 0.5) of log(1000.5 / 0.5).
    expect(
      below(
        32,
        points.map(({ units }) => units),
      ),
    ).toBeCloseTo(Math.log(63) / Math.log(2001), 1);
    expect(points.every(({ lr, units }) => lr >= 1e-4 && lr <= 1 && units >= 1 && units <= 1000)).toBe(true);
  });

  test('that do not matter are not asked for', () => {
    const space = domainOf('test', {
      optimizer: choice({ adam: { beta: float(0, 1) }, sgd: {} }),
      hidden: list(int(1, 9), 0, 2),
    });
    const asked = (answers: readonly number[]) => {
      const left = [...answers];
      return Object.keys(pointOf(space, () => left.shift()!));
    };
    expect(asked([0, 0.5, 2, 3, 4])).toEqual([
      'optimizer',
      'optimizer.adam.beta',
      'hidden.length',
      'hidden[0]',
      'hidden[1]',
    ]);
    expect(asked([1, 0])).toEqual(['optimizer', 'hidden.length']);
  });

  test('come with constants and inner spaces in their places', () => {
    const space = domainOf('test', {
      epochs: 3,
      sizes: [1, 2],
      name: null,
      inner: { x: int(7, 7), deep: { flag: true } },
    });
    const point = pointOf(space, () => 7);
    expect(point).toEqual({ 'inner.x': 7 });
    expect(paramsOf(space, point)).toEqual({
      epochs: 3,
      sizes: [1, 2],
      name: null,
      inner: { x: 7, deep: { flag: true } },
    });
  });

  test('fill their cells: what is drawn in the cell of a value is the value', () => {
    const scales: Parameter[] = [];
    const space = {
      a: int(1, 50, { log: true }),
      b: float(-1, 1, { step: 0.25 }),
      c: int(0, 6, { step: 2 }),
    };
    pointOf(domainOf('test', space), (_, parameter) => scales.push(parameter));
    for (const scale of scales) {
      if (scale.kind !== 'number') continue;
      let end = 0;
      for (let place = 0; place < scale.count; place++) {
        const value = scale.valueAt(place);
        const [from, to] = scale.cellOf(value);
        expect(from).toBeCloseTo(end, 12);
        expect(scale.fromScale((from + to) / 2)).toBe(value);
        expect(scale.has(value)).toBe(true);
        end = to;
      }
      expect(end).toBeCloseTo(1, 12);
      expect(scale.has(0.1234)).toBe(false);
    }
  });
});

test('types follow from the space, with no annotation', () => {
  const space = {
    lr: float(1e-4, 1),
    activation: choice(['relu', 'tanh']),
    sizes: choice([[1, 2], [3]]),
    optimizer: choice({ adam: { beta: float(0, 1) }, sgd: { nesterov: choice([true, false]) } }),
    hidden: list(int(1, 9), 1, 3),
    blocks: list({ width: int(1, 2) }, 1, 3),
    inner: { depth: int(1, 2) },
    epochs: 3,
  };
  type P = ParamsOf<typeof space>;
  expectTypeOf<P['lr']>().toEqualTypeOf<number>();
  expectTypeOf<P['activation']>().toEqualTypeOf<'relu' | 'tanh'>();
  expectTypeOf<P['sizes']>().toEqualTypeOf<readonly [1, 2] | readonly [3]>();
  expectTypeOf<P['hidden']>().toEqualTypeOf<readonly number[]>();
  expectTypeOf<P['blocks'][number]['width']>().toEqualTypeOf<number>();
  expectTypeOf<P['inner']['depth']>().toEqualTypeOf<number>();
  expectTypeOf<P['epochs']>().toEqualTypeOf<number>();
  const { optimizer } = draws(space, 1)[0];
  if (optimizer.kind === 'adam') expectTypeOf(optimizer.beta).toEqualTypeOf<number>();
  else expectTypeOf(optimizer.nesterov).toEqualTypeOf<boolean>();
  expect(['adam', 'sgd']).toContain(optimizer.kind);
});

describe('what makes no sense is refused:', () => {
  const bad: Readonly<Record<string, readonly [() => unknown, string]>> = {
    'bounds in the wrong order': [() => int(3, 1), 'tune.int: low is above high: 3 > 1'],
    'a fraction as a bound of whole numbers': [() => int(0.5, 2), 'low and high are whole numbers'],
    'a bound that is not finite': [
      () => float(0, Number.POSITIVE_INFINITY),
      'low and high are finite numbers',
    ],
    'a logarithmic scale from 0': [
      () => float(0, 1, { log: true }),
      'a logarithmic scale begins above 0, got low 0',
    ],
    'a logarithmic scale from below 0': [() => int(-1, 1, { log: true }), 'begins above 0'],
    'a step of 0': [() => float(0, 1, { step: 0 }), 'step is a number above 0'],
    'a fraction as a step of whole numbers': [
      () => int(0, 4, { step: 0.5 }),
      'step is a whole number from 1 on',
    ],
    'step and log': [() => int(1, 8, { step: 2, log: true }), 'step and log do not go together'],
    'an unknown option': [
      () => float(0, 1, { logarithmic: true } as object),
      'there is no option logarithmic',
    ],
    'an empty list': [() => choice([]), 'there is nothing to choose from'],
    'no cases': [() => choice({}), 'there is nothing to choose from'],
    'an item twice': [() => choice([1, 2, 1]), 'an item stands in the list twice'],
    'an item that JSON cannot hold': [() => choice([Math.max as never]), 'the list[0] is function max'],
    'NaN as an item': [() => choice([Number.NaN]), 'the list[0] is NaN'],
    'a case with a kind': [() => choice({ a: { kind: int(1, 2) } }), 'a value called kind'],
    'a case that is no space': [() => choice({ a: 3 as never }), 'a is an object, got 3'],
    'lengths in the wrong order': [() => list(int(1, 2), 3, 2), 'tune.list: low is above high'],
    'a negative length': [() => list(int(1, 2), -1, 2), 'low is a whole number from 0 on'],
    'a space that is none': [() => domainOf('tune', 3 as never), 'tune: the space is an object, got 3'],
    'an array for a space': [() => domainOf('tune', [] as never), 'got an array'],
    'a name with a dot': [() => domainOf('tune', { 'a.b': 1 }), 'the name "a.b" in the space'],
    'a member that is a class': [() => domainOf('tune', { a: new Date() as never }), 'a is '],
    'undefined in it': [() => domainOf('tune', { inner: { b: undefined as never } }), 'inner.b is undefined'],
  };
  test.each(Object.entries(bad))('%s', (_, [make, message]) => {
    expect(make).toThrow(ArgumentError);
    expect(make).toThrow(message);
  });
});
