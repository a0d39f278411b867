import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compare, measure, toJson } from './lib/measure.mjs';
import { select, sideKey, sidesIn, sidesOf, withoutDevice } from './lib/plan.mjs';
import { commandOf, crashLine, parseSamples } from './lib/sides.mjs';
import { median, summarize, timesAhead } from './lib/stats.mjs';
import { SUITE } from './lib/suite.mjs';
import { formatNumber, renderTable } from './lib/table.mjs';
import { checkClose, checkFirstLoss, checkLearned } from './work/common/side.mjs';
import { checkPixels, makeConvolution, nameOf, SCALING } from './work/conv/conv.mjs';
import { checkProduct, FORMS, makeMatrices } from './work/gemm/matrices.mjs';
import { makeModel } from './work/inference/onnx.mjs';
import { makeExamples } from './work/networks/sizes.mjs';

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
    expect(names(['gemm'])).toEqual(['gemm-256', 'gemm-512', 'gemm-1024', 'gemm-2048']);
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
    const titles = rows.map(({ name, theirs }) => `${name} ${sidesIn(theirs).map((side) => side.label)}`);
    expect(new Set(titles).size).toBe(rows.length);
    expect(new Set(SUITE.map((benchmark) => benchmark.name)).size).toBe(SUITE.length);
  });

  it('has a file for every side, and a folder that no side uses nowhere', () => {
    const files = SUITE.flatMap((benchmark) => [...sidesOf(benchmark).values()].map((side) => side.file));
    for (const file of new Set(files)) {
      expect(existsSync(new URL(`work/${file}`, import.meta.url)), file).toBe(true);
    }
    const shared = ['common', 'networks'];
    const folders = readdirSync(new URL('work/', import.meta.url)).filter((name) => !shared.includes(name));
    expect(folders.sort()).toEqual([...new Set(files.map((file) => file.split('/')[0]))].sort());
  });

  it('tells sides apart by their arguments and their device', () => {
    const side = { label: 'nacre', file: 'x/nacre.mjs', threads: 1, args: ['--size', '4'] };
    const others = [
      { ...side, args: ['--size', '8'] },
      { ...side, device: 'native' as const },
    ];
    expect(new Set([side, ...others].map(sideKey)).size).toBe(3);
  });

  it('runs our sides on wasm, on the device asked for, or on their own, and peers without any', () => {
    const timing = { seconds: 1, warmup: 1 };
    const side = { label: 'nacre', file: 'x/nacre.mjs', threads: 2 };
    const deviceOf = ({ args }: { args: string[] }) => args[args.indexOf('--device') + 1];
    expect(deviceOf(commandOf(side, timing))).toBe('wasm');
    expect(deviceOf(commandOf(side, { ...timing, device: 'reference' }))).toBe('reference');
    const native = commandOf({ ...side, device: 'native' }, timing);
    expect([deviceOf(native), native.env]).toEqual([
      'native',
      { OMP_NUM_THREADS: '2', NACRE_TIER: 'native' },
    ]);
    const peer = commandOf({ ...side, file: 'x/torch.py', peer: 'torch' }, { ...timing, device: 'native' });
    expect([peer.command, peer.args.includes('--device'), peer.env]).toEqual([
      'python3',
      false,
      { OMP_NUM_THREADS: '2' },
    ]);
  });

  it('leaves out what runs on a device that is not there', () => {
    const [whole] = select(SUITE, ['cnn-step-4']);
    const [rest] = withoutDevice([whole]);
    const devices = (benchmark: typeof whole) => [...sidesOf(benchmark).values()].map((side) => side.device);
    expect(devices(whole)).toContain('native');
    expect(devices(rest)).not.toContain('native');
    expect(rest.comparisons.length).toBe(5);
    expect(withoutDevice(select(SUITE, ['cnn-step-4-native']))).toEqual([]);
  });

  it('names the convolutions as their side prints them', () => {
    const [scaling] = select(SUITE, ['conv-scaling']);
    const sizes = new Set(scaling.metrics.map((metric) => metric.key.split(' ')[0]));
    expect([...sizes]).toEqual(SCALING.map(nameOf));
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

  it('takes the better of several sides, by what is better in this unit', () => {
    const second = { ...ours, label: 'nacre, 2t', threads: 2 };
    const theirs = [slow, { ...slow, label: 'faster', threads: 2, note: undefined }, broken];
    const outcomes = new Map([
      [sideKey(ours), { summaries: new Map([['step µs', summarize([[5]])]]) }],
      [sideKey(second), { summaries: new Map([['step µs', summarize([[9]])]]) }],
      [sideKey(theirs[0]), { summaries: new Map([['step µs', summarize([[40]])]]) }],
      [sideKey(theirs[1]), { summaries: new Map([['step µs', summarize([[20]])]]) }],
      [sideKey(broken), { reason: 'crashed (1)' }],
    ]);
    const row = (better: 'lower' | 'higher', candidates = theirs) =>
      compare(
        {
          name: 'x',
          about: '',
          metrics: [{ key: 'step', unit: 'µs', better }],
          comparisons: [{ name: 'x', metric: 'step', ours: [ours, second], theirs: candidates }],
        },
        outcomes,
      )[0];
    const lower = row('lower');
    expect([lower.oursName, lower.theirsName, lower.ratio, lower.note]).toEqual(['nacre', 'faster', 4, '']);
    const higher = row('higher');
    expect([higher.oursName, higher.theirsName, higher.note]).toEqual(['nacre, 2t', 'slow', 'slow: SGD']);
    const none = row('lower', [broken]);
    expect([none.theirs, none.ratio, none.note]).toEqual([null, null, 'broken crashed (1)']);
  });
});

describe('proof of work', () => {
  it('accepts a training that learns, and only that', () => {
    checkLearned(2.3, 2.2);
    expect(() => checkLearned(2.3, 2.3)).toThrow('did not train');
    expect(() => checkLearned(2.3, Number.NaN)).toThrow('did not train');
    checkFirstLoss(2.4, 10);
    expect(() => checkFirstLoss(0.1, 10)).toThrow('ln 10');
  });

  it('accepts numbers that are close', () => {
    checkClose('x', [1, 200], [1.0001, 200.1]);
    expect(() => checkClose('x', [1, 2], [1, 2.1])).toThrow('number 1 is 2, not 2.1');
    expect(() => checkClose('x', [1], [1, 2])).toThrow('1 numbers');
  });

  it('tells the forms of a product apart', () => {
    const factors = { a: Float32Array.of(1, 2, 3, 4), b: Float32Array.of(5, 6, 7, 8) };
    const products = {
      rate: [19, 22, 43, 50],
      'rate abt': [17, 23, 39, 53],
      'rate atb': [26, 30, 38, 44],
    };
    for (const [metric, form] of Object.entries(FORMS)) {
      const right = Float32Array.from(products[metric as keyof typeof products]);
      checkProduct(right, factors, 2, form);
      expect(() =>
        checkProduct(
          right.map((value) => value + 1),
          factors,
          2,
          form,
        ),
      ).toThrow('product at');
    }
    expect(makeMatrices(3).a).toHaveLength(9);
  });

  it('computes pixels of a convolution by itself', () => {
    const sizes = { batch: 1, channels: 2 };
    const numbers = makeConvolution(sizes);
    numbers.x.fill(1);
    numbers.w.fill(0.5);
    // Two channels of nine, six and four kernel weights of a half: inside, at the edge, in the corner.
    const pixels = new Map([
      ['0,0,0', 4],
      ['1,0,5', 6],
      ['1,7,9', 9],
    ]);
    checkPixels(numbers, 2, (pixel) => pixels.get(String(pixel)) ?? Number.NaN);
    expect(() => checkPixels(numbers, 2, () => 9)).toThrow('[0,0,0] is 9, not 4');
  });

  it('gives every network examples of its shape', () => {
    const { x, shape, labels, targets } = makeExamples('cnn', 4);
    expect([shape, x.length, labels.length, targets.length]).toEqual([[4, 3, 32, 32], 4 * 3072, 4, 4]);
    expect(() => makeExamples('nothing', 4)).toThrow('no network');
  });
});

describe('models for ONNX Runtime', () => {
  /** The fields of a protocol buffer: numbers, and the bytes of all else. */
  function fieldsOf(bytes: Uint8Array): [field: number, value: number | Uint8Array][] {
    const fields: [number, number | Uint8Array][] = [];
    let at = 0;
    const varint = () => {
      for (let value = 0, scale = 1; ; scale *= 128) {
        const byte = bytes[at++];
        value += (byte & 127) * scale;
        if (byte < 128) return value;
      }
    };
    while (at < bytes.length) {
      const tag = varint();
      const value = varint();
      if (tag % 8 === 0) fields.push([tag >> 3, value]);
      else fields.push([tag >> 3, bytes.subarray(at, (at += value))]);
    }
    return fields;
  }
  const partsOf = (bytes: Uint8Array, field: number) =>
    fieldsOf(bytes).flatMap(([key, value]) => (key === field && typeof value !== 'number' ? [value] : []));
  const textOf = (bytes: Uint8Array, field: number) =>
    partsOf(bytes, field).map((part) => String(Buffer.from(part)));

  it('are graphs of the operations in their order, with all weights', () => {
    const [graph] = partsOf(makeModel('mlp', [1, 784]), 7);
    const nodes = partsOf(graph, 1);
    expect(nodes.flatMap((node) => textOf(node, 4))).toEqual([
      ...['Gemm', 'Relu', 'Gemm', 'Relu', 'Gemm', 'Relu', 'Gemm'],
    ]);
    const bytes = partsOf(graph, 5).map((weight) => partsOf(weight, 9)[0].length / 4);
    expect(bytes).toEqual([784 * 128, 128, 128 * 64, 64, 64 * 32, 32, 32 * 10, 10]);
    // What an operation reads is the input, a weight, or what an earlier operation gave.
    const known = new Set(['x', ...partsOf(graph, 5).flatMap((weight) => textOf(weight, 8))]);
    for (const node of nodes) {
      for (const input of textOf(node, 1)) expect(known).toContain(input);
      for (const output of textOf(node, 2)) known.add(output);
    }
    expect(partsOf(graph, 12).flatMap((output) => textOf(output, 1))).toEqual(textOf(nodes[6], 2));
  });

  it('has the 11.2 million weights of ResNet-18', () => {
    const [graph] = partsOf(makeModel('resnet18', [1, 3, 32, 32]), 7);
    const sizes = partsOf(graph, 5).map((weight) => partsOf(weight, 9)[0].length / 4);
    const running = 2 * 4800;
    expect(sizes.reduce((a, b) => a + b) - running).toBe(11_173_962);
  });
});
