import { describe, expect, test } from 'vitest';
import { KernelBuilder } from '../builder.ts';
import { type Expr, operands } from '../expr.ts';
import {
  acos,
  asin,
  atan,
  atan2,
  cos,
  cosh,
  costs,
  erf,
  exp,
  expBelowZero,
  expm1,
  log,
  log1p,
  pow,
  remainder,
  sin,
  sinh,
  tan,
  tanh,
} from './index.ts';
import { type Interpreted, interpret } from './interpret.ts';
import { referenceValues } from './reference-values.ts';

const unary = {
  exp,
  expBelowZero,
  expm1,
  log,
  log1p,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  tanh,
  erf,
};
const binary = { pow, atan2, remainder };

type Unary = keyof typeof unary;
type Binary = keyof typeof binary;
type FloatName = 'float32' | 'float64';

const floats: readonly FloatName[] = ['float32', 'float64'];
const unaryNames = Object.keys(unary) as Unary[];

interface Built {
  readonly run: Interpreted;
  readonly result: Expr;
}

function build(name: Unary | Binary, dtype: FloatName): Built {
  const b = new KernelBuilder(1);
  const x = b.load(b.param(dtype), b.constant(0));
  const y = b.load(b.param(dtype), b.constant(0));
  if (name in binary) {
    const result = binary[name as Binary](b, x, y);
    return { run: interpret(result, [x, y]), result };
  }
  const result = unary[name as Unary](b, x);
  return { run: interpret(result, [x]), result };
}

const precise = (name: Unary): Interpreted => {
  if (name === 'erf') return build('erf', 'float64').run;
  return name === 'expBelowZero' ? Math.exp : Math[name];
};

/** Arguments and values known to 60 digits. */
const known = (name: Unary | Binary): readonly (readonly number[])[] =>
  name === 'expBelowZero' ? referenceValues.exp.filter(([x]) => x <= 0) : referenceValues[name];

/** The distance of neighbouring float32 numbers at a value. */
function ulp(value: number): number {
  const size = Math.abs(value);
  return 2 ** (Math.max(-126, Math.floor(Math.log2(size || Number.MIN_VALUE))) - 23);
}

const linear = (low: number, high: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));

const logarithmic = (low: number, high: number, count: number): number[] =>
  linear(Math.log(low), Math.log(high), count).map((x) => Math.min(high, Math.exp(x)));

const withSign = (values: readonly number[]): number[] => values.flatMap((x) => [x, -x]);

/** A fixed sequence of numbers from 0 to 1. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return state / 0x80000000;
  };
}

/** The float32 numbers around the multiples of π/2 up to 10⁵: where sine, cosine and tangent depend on every bit of π. */
function nearQuadrants(): number[] {
  const points: number[] = [];
  for (let k = 1; k < 63661; k++) {
    const centre = Math.fround((k * Math.PI) / 2);
    points.push(centre, centre + ulp(centre), centre - ulp(centre));
  }
  return points;
}

const angles = (): number[] => [
  ...withSign(logarithmic(1e-20, 1e5, 20000)),
  ...linear(-10, 10, 30000),
  ...nearQuadrants(),
];
const unit = (): number[] => [
  ...withSign(logarithmic(1e-20, 1, 10000)),
  ...linear(-1, 1, 30000),
  ...withSign(linear(0.49, 0.51, 5000)),
];

/** The bound in ulps and the arguments it is checked at. */
const single: Readonly<Record<Unary, { bound: number; points: () => number[] }>> = {
  exp: {
    bound: 1,
    points: () => [...withSign(logarithmic(1e-20, 87, 20000)), ...linear(-87, 88.7228, 40000)],
  },
  expBelowZero: {
    bound: 1,
    points: () => [...logarithmic(1e-20, 87, 20000).map((x) => -x), ...linear(-87, 0, 40000)],
  },
  expm1: {
    bound: 1.3,
    points: () => [...withSign(logarithmic(1e-30, 88.7, 20000)), ...linear(-2, 3, 40000)],
  },
  log: { bound: 1.3, points: () => [...logarithmic(1e-44, 3.4e38, 30000), ...linear(0.5, 2, 30000)] },
  log1p: {
    bound: 1.8,
    points: () => [
      ...logarithmic(1e-30, 3.4e38, 30000),
      ...linear(-0.9999, 3, 30000),
      ...logarithmic(1e-30, 0.999999, 10000).map((x) => -x),
    ],
  },
  sin: { bound: 1.7, points: angles },
  cos: { bound: 1.8, points: angles },
  tan: { bound: 3.5, points: angles },
  asin: { bound: 2.4, points: unit },
  acos: { bound: 1.3, points: unit },
  atan: { bound: 2.1, points: () => [...withSign(logarithmic(1e-30, 1e30, 20000)), ...linear(-4, 4, 30000)] },
  sinh: {
    bound: 2.3,
    points: () => [...withSign(logarithmic(1e-30, 89.41, 20000)), ...linear(-4, 4, 30000)],
  },
  cosh: {
    bound: 1.8,
    points: () => [...withSign(logarithmic(1e-30, 89.41, 20000)), ...linear(-4, 4, 30000)],
  },
  tanh: { bound: 2, points: () => [...withSign(logarithmic(1e-30, 10, 20000)), ...linear(-2, 2, 40000)] },
  erf: { bound: 2.7, points: () => [...withSign(logarithmic(1e-30, 5, 20000)), ...linear(-4, 4, 40000)] },
};

/** Bounds of the relative error in float64. */
const double: Readonly<Record<Unary | 'pow' | 'atan2', number>> = {
  exp: 1.5e-16,
  expBelowZero: 1.5e-16,
  expm1: 2.2e-16,
  log: 2.4e-16,
  log1p: 2.4e-16,
  sin: 1.2e-16,
  cos: 1.2e-16,
  tan: 2.6e-16,
  asin: 4.2e-16,
  acos: 2.4e-16,
  atan: 2.8e-16,
  sinh: 3e-16,
  cosh: 2.9e-16,
  tanh: 2.8e-16,
  erf: 4.3e-16,
  pow: 6e-16,
  atan2: 2.8e-16,
};

interface Worst {
  error: number;
  at: readonly number[];
}

function worstUlps(run: Interpreted, exact: Interpreted, points: Iterable<readonly number[]>): Worst {
  const worst: Worst = { error: 0, at: [] };
  for (const point of points) {
    const at = point.map(Math.fround);
    const value = exact(...at);
    const error = Math.abs(run(...at) - value) / ulp(value);
    if (!(error <= worst.error)) Object.assign(worst, { error, at });
  }
  return worst;
}

describe('float32', () => {
  for (const name of unaryNames) {
    const { bound, points } = single[name];
    test(`${name} is within ${bound} ulp`, () => {
      const worst = worstUlps(
        build(name, 'float32').run,
        precise(name),
        points().map((x) => [x]),
      );
      expect(worst.error, `at ${worst.at}`).toBeLessThanOrEqual(bound);
    });
  }

  test('pow is within 1.7 ulp for |y·log2 x| < 126', () => {
    const next = sequence(7);
    const points: number[][] = [];
    for (let i = 0; i < 60000; i++) {
      const x = Math.fround(i % 2 ? Math.exp((next() - 0.5) * 170) : 0.5 + next());
      const y = Math.fround(((next() - 0.5) * 2 * 125.9) / (Math.log2(x) || 1));
      points.push([x, y]);
    }
    const worst = worstUlps(build('pow', 'float32').run, Math.pow, points);
    expect(worst.error, `at ${worst.at}`).toBeLessThanOrEqual(1.7);
  });

  test('whole powers with exact results are exact', () => {
    const { run } = build('pow', 'float32');
    for (let base = -40; base <= 40; base++) {
      for (let y = 0; Math.abs(base) ** y < 2 ** 24 && y < 24; y++)
        expect(run(base, y), `${base}^${y}`).toBe(base ** y);
    }
    expect(run(2, -149)).toBe(2 ** -149);
    expect(run(2, 127)).toBe(2 ** 127);
  });

  test('atan2 is within 2 ulp in all quadrants', () => {
    const next = sequence(11);
    const points = Array.from({ length: 60000 }, () => [
      (next() - 0.5) * 10 ** (next() * 6),
      (next() - 0.5) * 10 ** (next() * 6),
    ]);
    const worst = worstUlps(build('atan2', 'float32').run, Math.atan2, points);
    expect(worst.error, `at ${worst.at}`).toBeLessThanOrEqual(2);
  });

  test('sin and cos are within |x|·2^-24 from 1e5 to 1.3e7, and within [-1, 1] beyond', () => {
    for (const name of ['sin', 'cos'] as const) {
      const { run } = build(name, 'float32');
      for (const x of withSign(logarithmic(1e5, 1.3e7, 20000)).map(Math.fround)) {
        expect(Math.abs(run(x) - Math[name](x)), `${name} ${x}`).toBeLessThanOrEqual(Math.abs(x) * 2 ** -24);
      }
      for (const x of withSign(logarithmic(1.3e7, 3e38, 5000)))
        expect(Math.abs(run(Math.fround(x)))).toBeLessThanOrEqual(1);
    }
  });

  test('subnormal results are within one step of the smallest number', () => {
    const step = 2 ** -149;
    for (const name of ['exp', 'expBelowZero'] as const) {
      const { run } = build(name, 'float32');
      for (const x of linear(-104, -87.4, 2000).map(Math.fround)) {
        expect(Math.abs(run(x) - Math.exp(x)), `${name} ${x}`).toBeLessThanOrEqual(step);
      }
    }
    for (const name of ['expm1', 'log1p', 'sin', 'tan', 'asin', 'atan', 'sinh', 'tanh'] as const) {
      const odd = build(name, 'float32').run;
      for (const x of withSign([1, 2, 3, 5, 100, 4194305].map((n) => n * step))) {
        expect(Math.abs(odd(x) - x), `${name} ${x}`).toBeLessThanOrEqual(step);
      }
    }
  });
});

describe('float64', () => {
  for (const name of [...unaryNames, 'pow', 'atan2'] as const) {
    test(`${name} has a relative error below ${double[name]} of values known to 60 digits`, () => {
      const { run } = build(name, 'float64');
      // The values themselves were rounded.
      const bound = double[name] + 2 ** -53;
      for (const row of known(name)) {
        const value = row[row.length - 1];
        expect(Math.abs(run(...row.slice(0, -1)) / value - 1), `${name}(${row})`).toBeLessThanOrEqual(bound);
      }
    });
  }

  test('agrees with the platform within both errors, densely', () => {
    for (const name of unaryNames) {
      if (name === 'erf') continue;
      const { run } = build(name, 'float64');
      const platform = precise(name);
      // A platform's functions may be off by one in the last place.
      const bound = double[name] + 2 ** -52;
      const points = single[name].points().filter((_, i) => i % 5 === 0);
      for (const x of points) {
        const value = platform(x);
        const error = value === 0 ? Math.abs(run(x)) : Math.abs(run(x) / value - 1);
        if (!(error <= bound)) expect.fail(`${name}(${x}) = ${run(x)}, platform ${value}`);
      }
    }
  });

  test('sin and cos are within |x|·2^-53 from 1e6 to 1e9, and within [-1, 1] beyond', () => {
    for (const name of ['sin', 'cos'] as const) {
      const { run } = build(name, 'float64');
      for (const x of withSign(logarithmic(1e6, 1e9, 5000))) {
        expect(Math.abs(run(x) - Math[name](x)), `${name} ${x}`).toBeLessThanOrEqual(Math.abs(x) * 2 ** -53);
      }
      for (const x of withSign(logarithmic(1e9, 1e300, 2000)))
        expect(Math.abs(run(x))).toBeLessThanOrEqual(1);
    }
  });
});

describe.each(floats)('special values, %s', (dtype) => {
  test('NaN gives NaN', () => {
    for (const name of unaryNames) expect(build(name, dtype).run(NaN), name).toBeNaN();
    for (const name of ['atan2', 'remainder', 'pow'] as const) {
      const { run } = build(name, dtype);
      expect(run(NaN, 2), name).toBeNaN();
      expect(run(2, NaN), name).toBeNaN();
    }
  });

  test('odd functions keep the sign of zero', () => {
    for (const name of ['expm1', 'log1p', 'sin', 'tan', 'asin', 'atan', 'sinh', 'tanh', 'erf'] as const) {
      const { run } = build(name, dtype);
      expect(run(0), name).toBe(0);
      expect(run(-0), name).toBe(-0);
    }
  });

  test('limits', () => {
    const limits: readonly (readonly [Unary, number, number])[] = [
      ['exp', Infinity, Infinity],
      ['exp', -Infinity, 0],
      ['exp', 0, 1],
      ['exp', 1000, Infinity],
      ['exp', -1000, 0],
      ['expBelowZero', -Infinity, 0],
      ['expBelowZero', 0, 1],
      ['expBelowZero', -0, 1],
      ['expBelowZero', -1000, 0],
      ['expBelowZero', NaN, NaN],
      ['expm1', Infinity, Infinity],
      ['expm1', -Infinity, -1],
      ['expm1', 1000, Infinity],
      ['log', 0, -Infinity],
      ['log', -0, -Infinity],
      ['log', -1, NaN],
      ['log', -Infinity, NaN],
      ['log', Infinity, Infinity],
      ['log', 1, 0],
      ['log1p', -1, -Infinity],
      ['log1p', -2, NaN],
      ['log1p', Infinity, Infinity],
      ['log1p', -Infinity, NaN],
      ['sin', Infinity, NaN],
      ['cos', -Infinity, NaN],
      ['tan', Infinity, NaN],
      ['cos', 0, 1],
      ['asin', 1.01, NaN],
      ['acos', 1.01, NaN],
      ['acos', -1.01, NaN],
      ['acos', 1, 0],
      ['sinh', Infinity, Infinity],
      ['sinh', -Infinity, -Infinity],
      ['cosh', Infinity, Infinity],
      ['cosh', -Infinity, Infinity],
      ['cosh', 0, 1],
      ['tanh', Infinity, 1],
      ['tanh', -Infinity, -1],
      ['erf', Infinity, 1],
      ['erf', -Infinity, -1],
    ];
    for (const [name, x, value] of limits) expect(build(name, dtype).run(x), `${name}(${x})`).toBe(value);
    const { run } = build('atan', dtype);
    expect(run(Infinity)).toBeCloseTo(Math.PI / 2, 6);
    expect(run(-Infinity)).toBeCloseTo(-Math.PI / 2, 6);
  });

  test('the smallest and the largest numbers', () => {
    const smallest = dtype === 'float32' ? 2 ** -149 : 2 ** -1074;
    const largest = dtype === 'float32' ? 2 ** 128 - 2 ** 104 : Number.MAX_VALUE;
    const relative = dtype === 'float32' ? 1e-7 : 1e-15;
    for (const x of [smallest, 3 * smallest, largest]) {
      expect(Math.abs(build('log', dtype).run(x) / Math.log(x) - 1)).toBeLessThan(relative);
    }
    expect(Math.abs(build('log1p', dtype).run(largest) / Math.log1p(largest) - 1)).toBeLessThan(relative);
    const top = dtype === 'float32' ? 88.72283172607422 : 709.782712893384;
    expect(build('exp', dtype).run(top)).toBeLessThan(Infinity);
    expect(build('exp', dtype).run(top * (1 + 1e-6))).toBe(Infinity);
    const wide = dtype === 'float32' ? 89.41598510742188 : 710.4758600739439;
    expect(build('sinh', dtype).run(wide)).toBeLessThan(Infinity);
    expect(build('cosh', dtype).run(wide * (1 + 1e-6))).toBe(Infinity);
  });

  test('pow follows C99', () => {
    const { run } = build('pow', dtype);
    const values = [0, -0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 2.5, Infinity, -Infinity, NaN];
    for (const x of values) {
      for (const y of values) {
        // JavaScript differs where 1 and -1 meet infinity, and where 1 meets NaN.
        const value = x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
        const got = run(x, y);
        if (Number.isInteger(value) || !Number.isFinite(value)) expect(got, `${x}^${y}`).toBe(value);
        else expect(Math.abs(got / value - 1), `${x}^${y}`).toBeLessThan(1e-7);
      }
    }
    expect(run(10, 1000)).toBe(Infinity);
    expect(run(10, -1000)).toBe(0);
    expect(run(-10, 1001)).toBe(-Infinity);
    expect(run(0.5, 1e30)).toBe(0);
    expect(run(0.5, -1e30)).toBe(Infinity);
  });

  test('atan2 on the axes and at infinity', () => {
    const { run } = build('atan2', dtype);
    const values = [0, -0, 1, -1, Infinity, -Infinity];
    for (const y of values) {
      for (const x of values) {
        const angle = Math.atan2(y, x);
        expect(Math.abs(run(y, x) - angle), `atan2(${y}, ${x})`).toBeLessThan(
          dtype === 'float32' ? 2e-7 : 5e-16,
        );
        expect(Object.is(run(y, x), -0), `atan2(${y}, ${x})`).toBe(Object.is(angle, -0));
      }
    }
  });

  test('remainder is exact and has the sign of the divisor', () => {
    const { run } = build('remainder', dtype);
    const round = dtype === 'float32' ? Math.fround : (x: number): number => x;
    const next = sequence(3);
    for (let i = 0; i < 40000; i++) {
      const x = round((next() - 0.5) * 10 ** ((next() - 0.5) * 12));
      const y = round((next() - 0.5) * 10 ** ((next() - 0.5) * 12));
      if (!(Math.abs(x / y) < 2 ** 44)) continue;
      const rest = x % y;
      const value: number = round(rest !== 0 && rest < 0 !== y < 0 ? rest + y : rest);
      if (Math.abs(run(x, y)) !== Math.abs(value)) expect(run(x, y), `${x} mod ${y}`).toBe(value);
    }
    const cases: readonly (readonly number[])[] = [
      [5, 3, 2],
      [-5, 3, 1],
      [5, -3, -1],
      [-5, -3, -2],
      [6, 3, 0],
      [-6, 3, 0],
      [6, -3, -0],
      [0, 3, 0],
      [5, Infinity, 5],
      [-5, Infinity, Infinity],
      [5, -Infinity, -Infinity],
      [Infinity, 3, NaN],
      [3, 0, NaN],
      [0, 0, NaN],
      [1e9, 7, 6],
    ];
    for (const [x, y, value] of cases) expect(run(x, y), `${x} mod ${y}`).toBe(value);
  });
});

describe('expressions', () => {
  test('costs are the numbers of float32 operations', () => {
    for (const name of [...unaryNames, 'pow', 'atan2', 'remainder'] as const) {
      const seen = new Set<Expr>();
      let count = 0;
      const visit = (expr: Expr): void => {
        if (seen.has(expr)) return;
        seen.add(expr);
        // Reinterpreting bits costs nothing where floats and integers share vector registers.
        const free = expr.kind === 'unary' && (expr.op === 'bitsToFloat' || expr.op === 'floatToBits');
        if (!free && ['unary', 'binary', 'select', 'cast'].includes(expr.kind)) count++;
        operands(expr).forEach(visit);
      };
      visit(build(name, 'float32').result);
      expect(costs[name], name).toBe(count);
    }
  });

  test('a vector of float32 stays a vector without being taken apart', () => {
    for (const name of unaryNames) {
      const b = new KernelBuilder(4);
      const x = b.load(b.param('float32'), b.vectorAt(b.constant(0)));
      const result = unary[name](b, x);
      expect([result.type, result.lanes], name).toEqual(['f32', 4]);
      const visit = (expr: Expr): void => {
        expect(expr.kind, name).not.toBe('pack');
        operands(expr).forEach(visit);
      };
      for (const operand of operands(result)) visit(operand);
    }
  });
});
