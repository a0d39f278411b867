import { describe, expect, it } from 'vitest';
import { compare, measure, toJson } from './lib/measure.mjs';
import { crashLine, parseSamples } from './lib/sides.mjs';
import { median, summarize, timesAhead } from './lib/stats.mjs';
import { SUITE, select, sidesOf } from './lib/suite.mjs';
import { formatNumber, renderTable } from './lib/table.mjs';

describe('statistics', () => {
  it('takes the middle value, or the mean of the two middle ones', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([10, 9])).toBe(9.5);
    expect(() => median([])).toThrow(RangeError);
  });

  it('counts a process once, however many samples it has', () => {
    expect(summarize([[1, 1, 1, 1, 1], [5], [3, 3]])).toEqual({ median: 3, min: 1, max: 5, processes: 3 });
  });

  it('is above 1 where we are faster, for times and for rates', () => {
    expect(timesAhead(2, 6, 'lower')).toBe(3);
    expect(timesAhead(6, 2, 'higher')).toBe(3);
    expect(timesAhead(6, 2, 'lower')).toBeCloseTo(1 / 3);
  });
});

describe('table', () => {
  it('shows three significant digits, and all before the point', () => {
    const shown = [0.01234, 4.567, 42.19, 184.29, 1234567, 0].map(formatNumber);
    expect(shown).toEqual(['0.0123', '4.57', '42.2', '184', '1,234,567', '0.00']);
  });

  it('aligns columns and leaves no trailing spaces', () => {
    const columns = [{ title: 'name' }, { title: 'µs', align: 'right' as const }, { title: 'note' }];
    expect(
      renderTable(columns, [
        ['a', '12.3', ''],
        ['longer', '4', 'x'],
      ]).split('\n'),
    ).toEqual(['name      µs  note', '──────  ────  ────', 'a       12.3', 'longer     4  x']);
  });
});

describe('output of a side', () => {
  it('is read line by line, without the greetings of libraries', () => {
    const output = [
      'Hello from a library',
      '{"metric":"step","unit":"µs","samples":[1,2]}',
      '{"metric":"step","unit":"µs","samples":[3]}',
      '{"metric":"epoch","unit":"s","samples":[4]}',
    ].join('\n');
    expect([...parseSamples(output)]).toEqual([
      ['step µs', [1, 2, 3]],
      ['epoch s', [4]],
    ]);
  });

  it('names the error of a crash in Node and in Python', () => {
    expect(crashLine('file.mjs:3\n  throw x\n\nTypeError: no\n    at file.mjs:3:1\n\nNode.js v20\n')).toBe(
      'TypeError: no',
    );
    expect(crashLine('Traceback (most recent call last):\n  File "a.py"\nRuntimeError: no\n')).toBe(
      'RuntimeError: no',
    );
    expect(crashLine('Killed\n')).toBe('Killed');
    expect(crashLine('')).toBe('no error output');
  });
});

describe('suite', () => {
  it('selects benchmarks, families and single comparisons by name', () => {
    const names = (only: string[]) => select(SUITE, only).map((benchmark) => benchmark.name);
    expect(names([])).toHaveLength(SUITE.length);
    expect(names(['gemm'])).toEqual(['gemm-256', 'gemm-512', 'gemm-1024']);
    expect(names(['gemm-512'])).toEqual(['gemm-512']);
    expect(names(['nothing'])).toEqual([]);
    const [only] = select(SUITE, ['gemm-512-2t-over-1t']);
    expect(only.comparisons).toHaveLength(1);
    expect([...sidesOf(only).values()].map((side) => side.label)).toEqual(['nacre, 2t', 'nacre, 1t']);
  });

  it('compares only metrics that a benchmark has, under names that are unique with their peer', () => {
    for (const benchmark of SUITE) {
      const metrics = benchmark.metrics.map((metric) => metric.key);
      for (const comparison of benchmark.comparisons) expect(metrics).toContain(comparison.metric);
    }
    const rows = SUITE.flatMap((benchmark) => benchmark.comparisons);
    expect(new Set(rows.map(({ name, theirs }) => `${name} ${theirs?.label}`)).size).toBe(rows.length);
  });
});

describe('measuring', () => {
  const ours = { label: 'nacre', file: 'x/nacre.mjs', threads: 1 };
  const slow = { label: 'slow', file: 'x/tfjs.mjs', peer: 'tfjs' as const, threads: 1, note: 'SGD' };
  const broken = { label: 'broken', file: 'x/jaxjs.mjs', peer: 'jaxjs' as const, threads: 1 };
  const absent = { label: 'absent', file: 'x/torch.py', peer: 'torch' as const, threads: 1 };
  const benchmark = {
    name: 'x',
    about: '',
    metrics: [{ key: 'step', unit: 'µs', better: 'lower' as const }],
    comparisons: [slow, broken, absent, null].map((theirs) => ({ name: 'x', metric: 'step', ours, theirs })),
  };

  it('alternates the sides, drops one that fails, and compares what is left', async () => {
    const ran: string[] = [];
    const outcomes = await measure(benchmark, {
      rounds: 3,
      seconds: 1,
      warmup: 1,
      skip: (side) => (side.label === 'absent' ? 'skipped' : null),
      run: async (side) => {
        ran.push(side.label);
        if (side.label === 'broken') return { ok: false, reason: 'crashed (1)' };
        const base = side.label === 'nacre' ? 10 : 40;
        return { ok: true, samples: new Map([['step µs', [base + ran.length]]]) };
      },
    });
    expect(ran).toEqual(['nacre', 'slow', 'broken', 'nacre', 'slow', 'nacre', 'slow']);

    const rows = compare(benchmark, outcomes);
    expect(rows.map((row) => row.note)).toEqual(['slow: SGD', 'broken crashed (1)', 'absent skipped', '']);
    expect(rows[0].ours).toEqual({ median: 14, min: 11, max: 16, processes: 3 });
    expect(rows[0].ratio).toBeCloseTo(45 / 14);
    expect(rows.map((row) => toJson(row))).toEqual([
      JSON.stringify({ name: 'x', nacre: 14, peer: 45, peerName: 'slow', ratio: 45 / 14, unit: 'µs' }),
      '{"name":"x","nacre":14,"peer":null,"peerName":"broken","ratio":null,"unit":"µs"}',
      '{"name":"x","nacre":14,"peer":null,"peerName":"absent","ratio":null,"unit":"µs"}',
      '{"name":"x","nacre":14,"peer":null,"peerName":null,"ratio":null,"unit":"µs"}',
    ]);
  });
});
