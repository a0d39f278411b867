import { beforeAll, describe, expect, test } from 'vitest';
import {
  apart,
  type Built,
  build,
  compilers,
  execute,
  executeKernel,
  hasFusedMultiplyAdd,
  patience,
  TestHeap,
} from '../../../test/c/harness.ts';
import { type DType, dtypes, type TypedArray } from '../../base/dtype.ts';
import { KernelBuilder } from '../../ir/builder.ts';
import {
  type BinaryOp,
  type Expr,
  type Index,
  type Kernel,
  type Scalar,
  scalarOf,
  type UnaryOp,
} from '../../ir/expr.ts';
import { exp, log, pow, sin, tanh } from '../../ir/numerics/index.ts';
import { renderModule } from '../wasm/program.ts';
import { renderKernel } from './kernel.ts';
import { literal } from './operations.ts';
import { renderProgram } from './program.ts';

const special = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  3.75,
  -7.25,
  8388607.5,
  -8388609,
  4503599627370495.5,
  1e10,
  -1e10,
  2147483647,
  -2147483648,
  -2147483648.5,
  2147483520,
  1e-45,
  1.2e-38,
  3.4e38,
  -3.4e38,
  Infinity,
  -Infinity,
  NaN,
  123.456,
  -98.7,
  1e-8,
];
const whole = [
  0,
  1,
  -1,
  2,
  3,
  -3,
  7,
  31,
  32,
  33,
  127,
  128,
  -128,
  255,
  256,
  65535,
  -65536,
  1 << 24,
  0x7fffffff,
  -(2 ** 31),
  1 - 2 ** 31,
  0x3f800000,
  -0x40800000,
  123456789,
  -987654321,
  46341,
  12,
  100,
  -100,
  5,
];
const rows = 4;
/** Neither a multiple of the lanes nor below them. */
const columns = 225;
const count = rows * columns;

/** Every pair of the special numbers stands at some place of the first two inputs. */
function data(dtype: DType, input: number): TypedArray {
  const values = new dtypes[dtype].array(new ArrayBuffer(count * dtypes[dtype].bytes), 0, count);
  for (let i = 0; i < count; i++) {
    const at = input === 0 ? i % 30 : input === 1 ? Math.floor(i / 30) % 30 : (i * 7 + input) % 30;
    if (dtype === 'bool') values[i] = (input === 1 ? i >> 1 : i) & 1;
    else if (dtype === 'float16' || dtype === 'bfloat16') values[i] = (i * 73 + input) & 0xffff;
    else values[i] = dtypes[dtype].kind === 'float' ? special[at] : whole[at];
  }
  return values;
}

interface Case {
  readonly name: string;
  readonly inputs: readonly DType[];
  readonly output: DType;
  /** Without vectors: float64, and what has no vector instruction in WebAssembly. */
  readonly scalar: boolean;
  readonly value: (b: KernelBuilder, args: readonly Expr[], at: Index) => Expr;
}

const cases: Case[] = [];
const dtypeOf: Readonly<Record<Scalar, DType>> = {
  f32: 'float32',
  f64: 'float64',
  i32: 'int32',
  bool: 'bool',
};

/** An operation on inputs of some types; `scalar` where vectors do not have it. */
function add(
  name: string,
  inputs: readonly DType[],
  output: DType,
  value: Case['value'],
  scalar = false,
): void {
  cases.push({ name, inputs, output, scalar: scalar || [...inputs, output].includes('float64'), value });
}

const comparisons: readonly BinaryOp[] = ['eq', 'ne', 'lt', 'le'];
const binaries: Readonly<Record<Scalar, readonly BinaryOp[]>> = {
  f32: ['add', 'sub', 'mul', 'div', 'min', 'max', 'pmax', 'copysign', ...comparisons],
  f64: ['add', 'sub', 'mul', 'div', 'min', 'max', 'pmax', 'copysign', ...comparisons],
  i32: ['add', 'sub', 'mul', 'min', 'max', 'pmax', 'and', 'or', 'xor', ...comparisons],
  bool: ['and', 'or', 'xor', 'eq', 'ne', 'min', 'max'],
};
for (const [type, ops] of Object.entries(binaries) as [Scalar, readonly BinaryOp[]][]) {
  for (const op of ops) {
    const output = comparisons.includes(op) ? 'bool' : dtypeOf[type];
    add(`${op} ${type}`, [dtypeOf[type], dtypeOf[type]], output, (b, [x, y]) => b.binary(op, x, y));
  }
}
// A remainder by -1 is where C is undefined and WebAssembly is not; -2^31 / -1 is undefined in both.
const nonZero = (b: KernelBuilder, y: Expr): Expr =>
  b.select(b.binary('eq', y, b.const(0, 'i32')), b.const(-1, 'i32'), y);
add('remS', ['int32', 'int32'], 'int32', (b, [x, y]) => b.binary('remS', x, nonZero(b, y)));
add('divS', ['int32', 'int32'], 'int32', (b, [x, y]) =>
  b.binary('divS', b.binary('shrS', x, b.const(1, 'i32')), nonZero(b, y)),
);
for (const op of ['shl', 'shrU', 'shrS'] as const) {
  for (const by of [0, 1, 13, 31, 32, 37])
    add(`${op} by ${by}`, ['int32'], 'int32', (b, [x]) => b.binary(op, x, b.const(by, 'i32')));
  add(`${op} by a number`, ['int32', 'int32'], 'int32', (b, [x, y]) => b.binary(op, x, y), true);
}
const rounding: readonly UnaryOp[] = ['floor', 'ceil', 'trunc', 'nearest'];
for (const type of ['f32', 'f64'] as const) {
  const dtype = dtypeOf[type];
  for (const op of ['neg', 'abs', 'sqrt', ...rounding] as const)
    add(`${op} ${type}`, [dtype], dtype, (b, [x]) => b.unary(op, x));
  const normal = (b: KernelBuilder, x: Expr): Expr =>
    b.binary('add', b.binary('pmax', b.unary('abs', x), b.const(1e-30, type)), b.const(0, type));
  add(`exponentOf ${type}`, [dtype], 'int32', (b, [x]) => b.unary('exponentOf', normal(b, x)));
  add(`mantissaOf ${type}`, [dtype], dtype, (b, [x]) => b.unary('mantissaOf', normal(b, x)));
  add(`exp2i ${type}`, ['int32'], dtype, (b, [n]) => b.exp2i(b.binary('shrS', n, b.const(25, 'i32')), type));
  add(`select ${type}`, ['bool', dtype, dtype], dtype, (b, [c, x, y]) => b.select(c, x, y));
  for (const [name, f] of Object.entries({ exp, log, sin, tanh }))
    add(`${name} ${type}`, [dtype], dtype, (b, [x]) => f(b, x));
  add(`pow ${type}`, [dtype, dtype], dtype, (b, [x, y]) => pow(b, x, y));
}
for (const op of ['neg', 'abs', ...rounding] as const)
  add(`${op} i32`, ['int32'], 'int32', (b, [x]) => b.unary(op, x));
add('not', ['bool'], 'bool', (b, [x]) => b.unary('not', x));
add('floatToBits', ['float32'], 'int32', (b, [x]) => b.unary('floatToBits', x));
add('bitsToFloat', ['int32'], 'float32', (b, [x]) => b.unary('bitsToFloat', x));
add('select i32', ['bool', 'int32', 'int32'], 'int32', (b, [c, x, y]) => b.select(c, x, y));
add('select bool', ['bool', 'bool', 'bool'], 'bool', (b, [c, x, y]) => b.select(c, b.unary('not', x), y));
for (const from of ['float32', 'float64', 'int32', 'bool'] as const)
  for (const to of ['float32', 'float64', 'int32', 'bool'] as const)
    if (from !== to) add(`cast ${from} ${to}`, [from], to, (b, [x]) => b.cast(x, scalarOf(to)));
for (const dtype of Object.keys(dtypes) as DType[]) {
  add(`copy ${dtype}`, [dtype], dtype, (_, [x]) => x);
  if (dtypes[dtype].kind === 'int')
    add(`widened ${dtype}`, [dtype], 'int32', (b, [x]) => b.binary('add', x, b.const(1, 'i32')));
}
for (const dtype of ['uint8', 'int8', 'float16', 'bfloat16'] as const)
  add(`narrowed ${dtype}`, ['int32'], dtype, (_, [x]) => x);
for (const value of [
  0.1,
  -0,
  1e-45,
  3.4028234663852886e38,
  5e-324,
  Infinity,
  -Infinity,
  NaN,
  16777217,
  -1e21,
])
  for (const type of ['f32', 'f64'] as const)
    add(`const ${type} ${value}`, [dtypeOf[type]], dtypeOf[type], (b, [x]) =>
      b.select(b.binary('eq', x, b.const(0.5, type)), x, b.const(value, type)),
    );
add('ramp', ['int32'], 'int32', (b, [x], at) => b.binary('add', b.indexValue(b.scale(at, 3)), x));
add('pack', ['int32'], 'int32', (b, [x], at) => b.binary('add', b.indexValue(b.mod(b.scale(at, 5), 7)), x));
add('pack bool', ['bool', 'int32'], 'bool', (b, [x], at) =>
  b.binary('xor', x, b.cast(b.indexValue(b.mod(b.scale(at, 5), 3)), 'bool')),
);

/** The kernel of a case: `rows` tasks, each walking its columns as vectors and then one by one. */
function elementwise({ name, inputs, output, scalar, value }: Case, lanes: number): Kernel {
  const b = new KernelBuilder(scalar ? 1 : lanes);
  const params = inputs.map((dtype) => b.param(dtype));
  const out = b.param(output, true);
  const task = b.newLoopVar(rows);
  const body = b.capture(() =>
    b.vectorLoop(columns, (column) => {
      const at = b.add(b.scale(b.indexVar(task), columns), column);
      const args = params.map((param) => b.load(param, at));
      b.store([{ buffer: out, index: at, value: value(b, args, at) }]);
    }),
  );
  return { name, params: b.params, scratch: b.scratch, task, body, tail: [], usesChecks: false };
}

/** A kernel that is no elementwise operation, with the dtypes of its parameters: the last is written. */
interface Special {
  readonly name: string;
  readonly params: readonly DType[];
  readonly build: (
    b: KernelBuilder,
    params: Kernel['params'],
  ) => { body: () => void; tail?: () => void; tasks: number };
}

const foldings: readonly [BinaryOp, DType][] = [
  ['add', 'int32'],
  ['mul', 'int32'],
  ['min', 'int32'],
  ['max', 'int32'],
  ['min', 'float32'],
  ['max', 'float32'],
  ['and', 'bool'],
  ['or', 'bool'],
];

const specials: Special[] = [
  ...foldings.map(
    ([op, dtype]): Special => ({
      name: `fold ${op} ${dtype}`,
      params: [dtype, dtype],
      build: (b, [x, out]) => ({
        tasks: 1,
        body: () =>
          b.loop(12, (v) => {
            const from = b.scale(v, 16);
            const at = b.vectorAt(from);
            // Sixteen numbers in as many vectors as that takes, joined in the order of the lanes.
            let sum = b.load(x, at);
            for (let next = b.lanes; next < 16; next += b.lanes)
              sum = b.binary(op, sum, b.load(x, b.vectorAt(b.shift(from, next))));
            b.store([{ buffer: out, index: v, value: b.fold(op, sum) }]);
          }),
      }),
    }),
  ),
  {
    name: 'exchange of accumulators',
    params: ['float32', 'float32'],
    build: (b, [x, out]) => ({
      tasks: 1,
      body: () => {
        const first = b.declare(b.const(0, 'f32'));
        const second = b.declare(b.const(1, 'f32'));
        b.loop(30, (i) => {
          const next = b.binary('add', b.read(first), b.load(x, i));
          b.assign([
            { accumulator: first, value: b.read(second) },
            { accumulator: second, value: next },
          ]);
          b.store([{ buffer: out, index: i, value: b.read(first) }]);
        });
      },
    }),
  },
  {
    name: 'reversal, quotients, and numbers read as places',
    params: ['int32', 'float32', 'float32'],
    build: (b, [index, x, out]) => ({
      tasks: 3,
      body: () => {},
      tail: () =>
        b.loop(210, (i) => {
          const back = b.shift(b.scale(i, -1), 209);
          const inner = b.add(b.scale(b.div(i, 14), 14), b.mod(b.scale(i, 3), 14));
          const place = b.valueIndex(b.binary('and', b.load(index, i), b.const(63, 'i32')), 64);
          const sum = b.binary('pmax', b.load(x, back), b.load(x, inner));
          b.store([
            { buffer: out, index: b.shift(b.scale(i, 2), 1), value: b.binary('pmax', sum, b.load(x, place)) },
          ]);
        }),
    }),
  },
  {
    name: 'a vector stored with gaps between its lanes',
    params: ['float32', 'float32'],
    build: (b, [x, out]) => ({
      tasks: 6,
      body: () =>
        b.vectorLoop(37, (column) => {
          const value = b.binary('mul', b.load(x, column), b.const(3, 'f32'));
          b.store([{ buffer: out, index: b.scale(column, 3), value }]);
        }),
    }),
  },
  {
    name: 'exchange in memory',
    params: ['float32', 'float32'],
    build: (b, [, out]) => ({
      tasks: 1,
      body: () =>
        b.vectorLoop(100, (i) => {
          const j = b.shift(i, 100);
          const [low, high] = [b.load(out, i), b.load(out, j)];
          b.store([
            { buffer: out, index: i, value: b.binary('add', high, b.const(1, 'f32')) },
            { buffer: out, index: j, value: low },
          ]);
        }),
    }),
  },
  {
    name: 'scratch, and a sum kept for an inner loop',
    params: ['float32', 'float32'],
    build: (b, [x, out]) => {
      const own = b.scratchBuffer('float32', 64);
      return {
        tasks: 5,
        body: () => {
          b.vectorLoop(64, (i) => b.store([{ buffer: own, index: i, value: b.unary('neg', b.load(x, i)) }]));
          const sum = b.declare(b.const(0, 'f32'));
          b.loop(8, (i) =>
            b.assign([{ accumulator: sum, value: b.binary('pmax', b.read(sum), b.load(own, i)) }]),
          );
          const total = b.keep(b.read(sum));
          b.vectorLoop(64, (i) =>
            b.store([{ buffer: out, index: i, value: b.binary('add', b.load(own, i), total) }]),
          );
        },
      };
    },
  },
  {
    // As many counters as could be taken for the names of types.
    name: 'seventy loops',
    params: ['int32', 'int32'],
    build: (b, [x, out]) => ({
      tasks: 1,
      body: () => {
        for (let k = 0; k < 70; k++) {
          b.loop(3, (i) => {
            const at = b.shift(i, 3 * k);
            const sum = b.binary('add', b.load(x, at), b.indexValue(b.scale(i, k)));
            b.store([{ buffer: out, index: at, value: sum }]);
          });
        }
      },
    }),
  },
  {
    name: 'checks',
    params: ['int32', 'int32'],
    build: (b, [x, out]) => ({
      tasks: 1,
      body: () =>
        b.vectorLoop(20, (i) => {
          const value = b.load(x, i);
          b.check(b.binary('lt', value, b.const(1 << 24, 'i32')), b.const(7, 'i32'), value);
          b.store([{ buffer: out, index: i, value }]);
        }),
    }),
  },
];

function specialKernel({ name, params, build: make }: Special, lanes: number): Kernel {
  const b = new KernelBuilder(lanes);
  params.forEach((dtype, i) => {
    b.param(dtype, i === params.length - 1);
  });
  const { tasks, body, tail } = make(b, b.params);
  return {
    name,
    params: b.params,
    scratch: b.scratch,
    task: b.newLoopVar(tasks),
    body: b.capture(body),
    tail: b.capture(tail ?? (() => {})),
    usesChecks: b.usesChecks,
  };
}

const names = [...cases, ...specials].map(({ name }) => name);
const kernelsFor = (lanes: number): Kernel[] => [
  ...cases.map((one) => elementwise(one, lanes)),
  ...specials.map((one) => specialKernel(one, lanes)),
];

/** Every kernel with memory of its own: the same table for both renderers. */
function layOut(kernels: readonly Kernel[]) {
  const heap = new TestHeap();
  const launches = kernels.map(({ params }, kernel) => ({
    kernel,
    pointers: params.map(({ dtype }, i) => {
      const values = data(dtype, i);
      return heap.reserve(values.byteLength, new Uint8Array(values.buffer));
    }),
  }));
  const pointers = launches.flatMap((launch) => launch.pointers);
  let slot = 0;
  const stages = [
    {
      kind: 'launches' as const,
      launches: launches.map(({ kernel, pointers }) => ({
        kernel,
        pointers: pointers.map(() => ({ slot: slot++, offset: 0, strides: [] })),
      })),
    },
  ];
  /** What the last parameter of each kernel holds. */
  const outputs = (bytes: Uint8Array<ArrayBuffer>): number[][] =>
    kernels.map(({ params }, k) => {
      const { dtype } = params[params.length - 1];
      const at = launches[k].pointers[params.length - 1];
      return [...new dtypes[dtype].array(bytes.buffer, at, count)];
    });
  return { heap, pointers, stages, outputs };
}

/** The same kernels in WebAssembly. */
function inWebAssembly(lanes: 1 | 4): { results: number[][]; status: number[] } {
  const kernels = kernelsFor(lanes);
  const { heap, pointers, stages, outputs } = layOut(kernels);
  const table = new Uint32Array(pointers);
  const args = heap.reserve(table.byteLength, new Uint8Array(table.buffer));
  const scratch = heap.reserve(1 << 12);
  const status = heap.reserve(8);
  heap.seal();
  const pages = Math.ceil(heap.bytes.length / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  new Uint8Array(memory.buffer).set(heap.bytes);
  const rendered = renderModule({ kernels, stages, memory: { initial: 0, maximum: pages, shared: true } });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(rendered.bytes), { env: { memory } });
  (exports.run as (args: number, scratch: number, status: number) => void)(args, scratch, status);
  const bytes = new Uint8Array(memory.buffer).slice();
  return { results: outputs(bytes), status: [...new Int32Array(bytes.buffer, status, 2)] };
}

const built = new Map<string, Promise<Built>>();
const configurations = compilers.flatMap((compiler) => [
  ...([1, 4, 8, 16] as const).map((lanes) => ({ compiler, lanes, processor: 'native' })),
  // A processor with no instruction that rounds to whole numbers, nor any for vectors of 8.
  ...(process.arch === 'x64' ? [{ compiler, lanes: 8, processor: 'x86-64' }] : []),
]);
const nameOf = ({ compiler, lanes, processor }: (typeof configurations)[number]): string =>
  `${compiler} ${lanes} ${processor}`;

describe.skipIf(!compilers.length)('operations in C (needs clang or gcc)', { timeout: patience }, () => {
  let expected: { results: number[][]; status: number[] };

  beforeAll(() => {
    for (const configuration of configurations) {
      const { compiler, lanes, processor } = configuration;
      const kernels = kernelsFor(lanes);
      const { stages } = layOut(kernels);
      const rendered = renderProgram({ kernels, stages, lanes, contract: false });
      const promise = build(rendered, compiler, { level: '-O3', processor });
      promise.catch(() => {}); // told by the test that awaits it
      built.set(nameOf(configuration), promise);
    }
    expected = inWebAssembly(1);
  }, patience);

  test('vectors and scalars mean the same in WebAssembly', () => {
    const vectors = inWebAssembly(4).results;
    for (const [i, name] of names.entries()) expect(vectors[i], name).toEqual(expected.results[i]);
  });

  test.each(configurations)('$compiler, $lanes lanes, $processor', async (configuration) => {
    const { lanes } = configuration;
    const { heap, pointers, outputs } = layOut(kernelsFor(lanes));
    const status = execute({ built: await built.get(nameOf(configuration))!, heap, pointers, threads: 1 });
    const results = outputs(heap.bytes);
    const wrong = names.filter((_, i) =>
      results[i].some((value, at) => !Object.is(value, expected.results[i][at])),
    );
    for (const n of wrong) {
      const i = names.indexOf(n);
      const e = expected.results[i];
      const bad = e
        .map((_, k) => k)
        .filter((k) => !Object.is(results[i][k], e[k]))
        .slice(0, 8);
      console.log(
        n,
        bad.map((k) => [k, data('float32', 0)[k], data('float32', 1)[k], results[i][k], e[k]]),
      );
    }
    expect(wrong).toEqual([]);
    expect([status.code, status.value]).toEqual(expected.status);
    expect(status.code).toBe(7);
  });
});

/** A row of tasks, each `rows` numbers further: the sum of the products of two rows, added to -(1 + 2⁻¹¹). */
function sumOfProducts(lanes: number): Kernel {
  const b = new KernelBuilder(lanes);
  const [x, y, out] = [b.param('float32'), b.param('float32'), b.param('float32', true)];
  const task = b.newLoopVar(1);
  const body = b.capture(() => {
    const sum = b.declare(b.const(-(1 + 2 ** -11), 'f32'), lanes);
    b.loop(2, (i) => {
      const at = b.vectorAt(b.scale(i, lanes));
      const product = b.binary('mul', b.load(x, at), b.load(y, at));
      b.assign([{ accumulator: sum, value: b.binary('add', b.read(sum), product) }]);
    });
    b.store([{ buffer: out, index: b.vectorAt(b.constant(0)), value: b.read(sum) }]);
  });
  return { name: 'sum of products', params: b.params, scratch: [], task, body, tail: [], usesChecks: false };
}

describe.skipIf(!compilers.length)('programs in C (needs clang or gcc)', { timeout: patience }, () => {
  const fixed = (slot: number) => ({ slot, offset: 0, strides: [] });

  test.each(compilers)('%s rounds a product before it is added, unless told otherwise', async (compiler) => {
    for (const [lanes, contract] of [
      [1, false],
      [8, false],
      [1, true],
      [8, true],
    ] as const) {
      const stages = [
        { kind: 'launches' as const, launches: [{ kernel: 0, pointers: [0, 1, 2].map(fixed) }] },
      ];
      const rendered = renderProgram({ kernels: [sumOfProducts(lanes)], stages, lanes, contract });
      const heap = new TestHeap();
      // The square of 1 + 2⁻¹² ends in 2⁻²⁴, which a float32 beside 1 does not hold.
      const values = new Float32Array(16).fill(1 + 2 ** -12, 0, lanes);
      const input = (): number => heap.reserve(64, new Uint8Array(values.buffer));
      const pointers = [input(), input(), heap.reserve(64)];
      execute({ built: await build(rendered, compiler, { level: '-O3' }), heap, pointers, threads: 1 });
      const sums = new Float32Array(heap.bytes.buffer, pointers[2], lanes);
      const fused = contract && hasFusedMultiplyAdd(compiler);
      expect([...sums]).toEqual(new Array(lanes).fill(fused ? 2 ** -24 : 0));
    }
  });

  test.each([1, 2, 3])('loops in loops walk their addresses, on %i threads', async (threads) => {
    const b = new KernelBuilder(4);
    const [x, out] = [b.param('int32'), b.param('int32', true)];
    const task = b.newLoopVar(5);
    const body = b.capture(() => {
      const at = b.indexVar(task);
      const doubled = b.binary('mul', b.load(out, at), b.const(2, 'i32'));
      b.store([{ buffer: out, index: at, value: b.binary('add', doubled, b.load(x, at)) }]);
    });
    const kernel = { name: 'horner', params: b.params, scratch: [], task, body, tail: [], usesChecks: false };
    // For each of three lists, from its end: out = 2·out + x over seven rows of five.
    const launch = (strides: number[]) => ({
      kind: 'launches' as const,
      launches: [
        {
          kernel: 0,
          pointers: [
            { slot: 0, offset: strides.length ? 120 : 0, strides },
            { slot: 1, offset: 0, strides: strides.length ? [20, 0] : [] },
          ],
        },
      ],
    });
    const stages = [
      {
        kind: 'loop' as const,
        count: 3,
        stages: [{ kind: 'loop' as const, count: 7, stages: [launch([140, -20])] }],
      },
      launch([]),
    ];
    const rendered = renderProgram({ kernels: [kernel], stages, lanes: 4, contract: false });
    const numbers = Int32Array.from({ length: 105 }, (_, i) => (i * 37) % 11);
    const heap = new TestHeap();
    const pointers = [heap.reserve(420, new Uint8Array(numbers.buffer)), heap.reserve(60)];
    execute({ built: await build(rendered, compilers[0]), heap, pointers, threads });
    const wanted = Array.from({ length: 15 }, (_, i) => {
      let sum = 0;
      for (let row = 6; row >= 0; row--) sum = 2 * sum + numbers[Math.floor(i / 5) * 35 + row * 5 + (i % 5)];
      return i < 5 ? 2 * sum + numbers[i] : sum;
    });
    expect([...new Int32Array(heap.bytes.buffer, pointers[1], 15)]).toEqual(wanted);
  });

  test.skipIf(apart)('a kernel runs alone, for some of its tasks (not as a program of its own)', async () => {
    const kernels = [elementwise(cases[0], 4), elementwise(cases[1], 4)];
    const { stages } = layOut(kernels);
    const built = await build(renderProgram({ kernels, stages, lanes: 4, contract: false }), compilers[0]);
    const heap = new TestHeap();
    const inputs = [0, 1].map((input) => data('float32', input));
    const pointers = inputs.map((values) => heap.reserve(values.byteLength, new Uint8Array(values.buffer)));
    pointers.push(heap.reserve(count * 4));
    executeKernel(built, heap, 1, [1, 3], pointers);
    const found = [...new Float32Array(heap.bytes.buffer, pointers[2], count)];
    const wanted = found.map((_, i) =>
      i >= columns && i < 3 * columns ? Math.fround(inputs[0][i] - inputs[1][i]) : 0,
    );
    expect(found).toEqual(wanted);
  });
});

describe('text', () => {
  test('numbers are read back exactly', () => {
    expect(literal(Math.fround(0.1), 'f32')).toBe('0.10000000149011612f');
    expect(literal(-3, 'f64')).toBe('(-3.0)');
    expect(literal(-0, 'f32')).toBe('(-0.0f)');
    expect(literal(1e21, 'f64')).toBe('1e+21');
    expect(literal(2 ** 31, 'i32')).toBe('(-2147483647 - 1)');
    expect(literal(-Infinity, 'f32')).toBe('(-__builtin_inff())');
  });

  test('a kernel reads as what it does', () => {
    const relu = elementwise(
      {
        name: 'relu',
        inputs: ['float32'],
        output: 'float32',
        scalar: false,
        value: (b, [x]) => b.binary('max', x, b.const(0, 'f32')),
      },
      8,
    );
    expect(renderKernel(relu)).toMatchInlineSnapshot(`
      "(i32 begin, i32 end, char *restrict scratch, mem_int32 *status, char *p0, char *p1) {
        f32v const v0 = splat_f32(0.0f);
        for (i32 task = begin; task < end; task++) {
          i64 const v1 = (i64)task * 900;
          char *const v2 = p1 + v1;
          char *const v3 = p0 + v1;
          for (i32 x1 = 0; x1 < 28; x1++) {
            i64 const v4 = (i64)x1 * 32;
            store_float32(v2 + v4, max_f32v(load_float32(v3 + v4), v0));
          }
          *(mem_float32 *)(v2 + 896) = max_f32(*(const mem_float32 *)(v3 + 896), 0.0f);
        }
      }
      "
    `);
  });

  test('distances beyond 2 GiB are computed in 64 bits', () => {
    const b = new KernelBuilder(1);
    const x = b.param('float32');
    const out = b.param('float32', true);
    const task = b.newLoopVar(3);
    const body = b.capture(() => {
      const at = b.scale(b.indexVar(task), 300_000_000);
      b.store([{ buffer: out, index: b.indexVar(task), value: b.load(x, b.shift(at, 200_000_000)) }]);
    });
    const kernel = { name: 'far', params: b.params, scratch: [], task, body, tail: [], usesChecks: false };
    expect(renderKernel(kernel)).toContain('p0 + (i64)task * 1200000000 + 800000000');
  });

  test('a vector of float64 is refused, not misprinted', () => {
    const wide = { name: 'wide', inputs: ['float64'], output: 'float64', scalar: false } as const;
    const kernel = elementwise({ ...wide, value: (b, [x]) => b.binary('add', x, x) }, 4);
    expect(() => renderKernel(kernel)).toThrow('no C for a vector of f64');
  });

  test('equal kernels are written once', () => {
    const kernels = [
      elementwise(cases[0], 4),
      elementwise(cases[1], 4),
      elementwise({ ...cases[0], name: 'again' }, 4),
    ];
    const { stages } = layOut(kernels);
    const { source } = renderProgram({ kernels, stages, lanes: 4, contract: false });
    expect(source.match(/static __attribute__\(\(noinline\)\) void k\d+/g)).toHaveLength(2);
    expect(source).toContain('case 2: k0(');
  });
});
