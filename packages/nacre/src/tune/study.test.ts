import { describe, expect, test } from 'vitest';
import { DataError, NacreError } from '../base/errors.ts';
import { tune } from './index.ts';
import { bestSoFar } from './pictures.ts';

const silent = { verbose: false } as const;

test('the table has the best first, and a column for each parameter', async () => {
  const space = { kind: tune.choice({ a: { u: tune.int(1, 1) }, 神经: {} }), x: tune.int(1, 2) };
  const study = await tune(
    space,
    ({ kind, x }) => (kind.kind === 'a' && x === 2 ? Number.NaN : 3 - x + (kind.kind === 'a' ? 0 : 10)),
    { sampler: 'grid', ...silent },
  );
  const lines = study
    .table()
    .replace(/ +(\d\.\d) /g, ' T ')
    .split('\n');
  expect(lines[0].split(/\s+/)).toEqual([
    'trial',
    'state',
    'value',
    'steps',
    'seconds',
    'kind',
    'kind.a.u',
    'x',
  ]);
  expect(lines.slice(1).map((line) => line.trim().split(/\s+/).slice(0, 3))).toEqual([
    ['0', 'complete', '2'],
    ['3', 'complete', '11'],
    ['2', 'complete', '12'],
    ['1', 'failed', 'T'],
  ]);
  expect(lines[4]).toContain('the objective returned NaN');
  expect(study.table({ limit: 2 }).split('\n')).toHaveLength(3);
  expect(() => study.table({ limit: -1 })).toThrow('limit is a whole number from 0 on');
});

test('parameters stand in the order of the space, also those that only later trials have', async () => {
  const space = { list: tune.list(tune.int(1, 1), 1, 3), x: tune.int(1, 1) };
  const study = await tune(space, ({ list }) => list.length, { sampler: 'grid', ...silent });
  const [titles] = study.table().split('\n');
  expect(titles.split(/\s+/).slice(5)).toEqual(['list.length', 'list[0]', 'list[1]', 'list[2]', 'x']);
});

test('the best of nothing says why there is none', async () => {
  const study = await tune(
    { x: tune.int(1, 3) },
    () => {
      throw new TypeError('no such layer');
    },
    { trials: 3, ...silent },
  );
  expect(() => study.best).toThrow(NacreError);
  expect(() => study.best).toThrow(
    'study.best: none of 3 trials was completed. 3 failed, the first of them: TypeError: no such layer',
  );
});

test('importance is the share of the variance that a parameter explains by itself', async () => {
  const space = {
    much: tune.float(-1, 1),
    some: tune.choice(['a', 'b']),
    none: tune.int(1, 9),
    log: tune.float(1e-4, 1, { log: true }),
  };
  const study = await tune(
    space,
    // Variances on the scales: 4 · 1/3, 0.5² · 1 / … : 16/12 = 1.333, 0.25, 0, 0.
    ({ much, some }) => 2 * much + (some === 'a' ? 0.5 : -0.5),
    { trials: 250, sampler: 'random', seed: 1, ...silent },
  );
  const importance = study.importance();
  expect(Object.keys(importance).slice(0, 2)).toEqual(['much', 'some']);
  const total = 4 / 3 + 0.25;
  expect(Math.abs(importance.much - 4 / 3 / total)).toBeLessThan(0.06);
  expect(Math.abs(importance.some - 0.25 / total)).toBeLessThan(0.06);
  expect(importance.none + importance.log).toBeLessThan(0.03);
  expect(study.importance()).toEqual(importance);
});

test('what parameters do together is in none of their importances', async () => {
  const space = { x: tune.float(-1, 1), y: tune.float(-1, 1) };
  const study = await tune(space, ({ x, y }) => Math.sign(x * y), {
    trials: 200,
    sampler: 'random',
    ...silent,
  });
  const { x, y } = study.importance();
  expect(x + y).toBeLessThan(0.2);
});

test('importance needs values that differ', async () => {
  const study = await tune({ x: tune.int(1, 9) }, () => 1, { trials: 9, ...silent });
  expect(() => study.importance()).toThrow(DataError);
});

describe('pictures', () => {
  const space = {
    optimizer: tune.choice({ adam: {}, sgd: { momentum: tune.float(0, 0.9) } }),
    lr: tune.float(1e-4, 1, { log: true }),
  };
  const search = () =>
    tune(
      space,
      async ({ optimizer, lr }, trial) => {
        const loss = Math.abs(Math.log10(lr) + 2) + (optimizer.kind === 'sgd' ? optimizer.momentum : 0.2);
        for (let step = 1; step <= 3; step++) if (await trial.report(loss / step, step)) break;
        return loss / 3;
      },
      { trials: 20, pruner: 'median', ...silent },
    );

  test.each([
    ['history', { en: ['best so far', 'complete', 'pruned'], zh: ['至今最好', '完成', '提前停止'] }],
    ['parallel', { en: ['optimizer.sgd.momentum', 'lr', 'rank'], zh: ['optimizer.sgd.momentum', '名次'] }],
    ['slices', { en: ['log₁₀ lr', 'optimizer', 'value'], zh: ['log₁₀ lr', '结果'] }],
  ] as const)('%s, in both languages', async (kind, words) => {
    const study = await search();
    for (const language of ['en', 'zh'] as const) {
      const svg = await study.picture(kind, { language }).svg();
      for (const word of words[language]) expect(svg).toContain(word);
    }
    const text = study.picture(kind).text({ columns: 60 });
    if (kind === 'parallel') expect(text).toBeUndefined();
    else expect(text!.split('\n').length).toBeGreaterThan(8);
  });

  test('the line of the best never gets worse, whatever the direction', async () => {
    const study = await tune({ x: tune.int(0, 3) }, ({ x }) => [2, 1, 3, 0][x], {
      sampler: 'grid',
      direction: 'maximize',
      ...silent,
    });
    expect(bestSoFar(study.trials, 'maximize')).toEqual([2, 2, 3, 3]);
    expect(bestSoFar(study.trials, 'minimize')).toEqual([2, 1, 1, 0]);
  });

  test('of nothing, or of a kind that there is none of, are refused', async () => {
    const none = await tune({ x: tune.int(0, 3) }, () => Number.NaN, { trials: 2, ...silent });
    expect(() => none.picture()).toThrow(DataError);
    expect(() => none.picture('pie' as 'slices')).toThrow('Known are: history, parallel, slices');
  });
});
