import { afterEach, expect, test } from 'vitest';
import { compile } from '../compile.ts';
import { randn } from '../create.ts';
import { getDevice, setThreads } from '../engine.ts';
import { manualSeed } from '../generator.ts';
import { realize, type Tensor } from '../tensor.ts';

afterEach(() => setThreads(1));

/** How a product is added to a sum. Doubles hold products of two float32 exactly, so the second one rounds once: a fused multiply-add. */
const roundings = {
  twice: (sum: number, x: number, y: number): number => Math.fround(sum + Math.fround(x * y)),
  once: (sum: number, x: number, y: number): number => Math.fround(sum + x * y),
} as const;
type Rounding = keyof typeof roundings;

/** Where it may be rounded once, the processor decides; but then everywhere, and WebAssembly always rounds twice. */
const possible = (): Rounding[] => (getDevice() === 'native' ? ['once', 'twice'] : ['twice']);

/** Σ over k in float32, term by term in order: what every kernel must give, to the bit. */
function dot(
  a: Float32Array,
  b: Float32Array,
  from: [number, number],
  strides: [number, number],
  inner: number,
  rounding: Rounding,
): number {
  const add = roundings[rounding];
  let sum = 0;
  for (let k = 0; k < inner; k++) sum = add(sum, a[from[0] + k * strides[0]], b[from[1] + k * strides[1]]);
  return sum;
}

test.each<[batch: number, inner: number, rows: number, columns: number]>([
  [1, 300, 260, 100],
  [2, 257, 144, 131],
  [1, 800, 700, 620],
  [2, 1000, 521, 643],
  [1, 400, 1300, 1400],
])(
  'products of %d × [%d, %d] and columns %d, as they are and transposed: each sum in one order',
  async (batch, inner, rows, columns) => {
    manualSeed(1);
    const forms: Record<
      string,
      [left: Tensor, right: Tensor, f: (x: Tensor, y: Tensor) => Tensor, steps: [number, number]]
    > = {
      plain: [
        randn([batch, rows, inner]),
        randn([batch, inner, columns]),
        (x, y) => x.matmul(y),
        [1, columns],
      ],
      left: [
        randn([batch, inner, rows]),
        randn([batch, inner, columns]),
        (x, y) => x.transpose(1, 2).matmul(y),
        [rows, columns],
      ],
      right: [
        randn([batch, rows, inner]),
        randn([batch, columns, inner]),
        (x, y) => x.matmul(y.transpose(1, 2)),
        [1, 1],
      ],
    };
    for (const [x, y, f, steps] of Object.values(forms)) {
      await realize(x, y);
      const [a, b] = [(await x.data()) as Float32Array, (await y.data()) as Float32Array];
      const product = compile((u: Tensor, v: Tensor) => f(u, v).mul(2).add(1));
      let first: Float32Array | null = null;
      for (const threads of [1, 2]) {
        setThreads(threads);
        const got = (await product(x, y).data()) as Float32Array;
        first ??= got;
        expect(Buffer.compare(Buffer.from(got.buffer), Buffer.from(first.buffer))).toBe(0);
      }
      const wrong = (rounding: Rounding): string[] =>
        Array.from({ length: 300 }, (_, sample) => {
          const [image, row, column] = [
            batch - 1,
            (sample * 37) % rows,
            columns - 1 - ((sample * 53) % columns),
          ];
          const starts: [number, number] = [
            image * rows * inner + row * (steps[0] === 1 ? inner : 1),
            image * columns * inner + column * (steps[1] === 1 ? inner : 1),
          ];
          const sum = dot(a, b, starts, steps, inner, rounding);
          const expected = Math.fround(Math.fround(sum * 2) + 1);
          const got = first![(image * rows + row) * columns + column];
          return Object.is(got, expected) ? '' : `[${row}, ${column}]: ${got}, not ${expected}`;
        }).filter(Boolean);
      const found = possible().map(wrong);
      expect(found.find((none) => none.length === 0) ?? found[0]).toEqual([]);
    }
  },
);

type Sides = 'left' | 'right' | 'both';

test.each<[rows: number, inner: number, columns: number, side: Sides, kernels: number]>([
  [64, 100, 140, 'right', 1],
  [64, 100, 140, 'left', 2],
  [32, 100, 140, 'right', 2],
  [70, 513, 2100, 'right', 1],
  [70, 513, 2100, 'left', 1],
  [640, 400, 2100, 'both', 1],
])(
  'what comes before a product of [%d, %d] and columns %d (%s) is computed while it is copied, to the same bits',
  async (rows, inner, columns, side, kernels) => {
    manualSeed(2);
    const [x, y] = [randn([rows, inner]), randn([inner, columns])] as Tensor[];
    const [down, across] = [randn([rows, 1]), randn([columns])] as Tensor[];
    const onLeft = (t: Tensor): Tensor => (side === 'right' ? t : (t.mul(down).relu() as Tensor));
    const onRight = (t: Tensor): Tensor => (side === 'left' ? t : (t.mul(across).relu() as Tensor));
    await realize(x, y, down, across);
    const stored = [onLeft(x), onRight(y)] as const;
    await realize(...stored);
    const wanted = compile((x: Tensor, y: Tensor) => x.matmul(y) as Tensor)(...stored).dataSync();
    const f = compile((x: Tensor, y: Tensor) => onLeft(x).matmul(onRight(y)) as Tensor);
    expect(f(x, y).dataSync()).toEqual(wanted);
    const { plan } = f.prepare(x, y).program.executable;
    expect(plan!.kernels.map(({ name }) => name)).toHaveLength(kernels);
  },
);
