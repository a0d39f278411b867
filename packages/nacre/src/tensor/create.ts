import {
  byteSize,
  type DType,
  dtypes,
  isDType,
  type TypedArray,
  toBfloat16,
  toFloat16,
} from '../base/dtype.ts';
import { ArgumentError, DataError, DTypeError, showShape } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { checkShape, type Shape, sizeOf } from '../base/shape.ts';
import { memoryNode, store } from './engine.ts';
import { generator } from './generator.ts';
import * as ops from './ops/index.ts';
import { apply, cast, constant, times } from './primitives/apply.ts';
import { threefry } from './primitives/sources.ts';
import { Tensor } from './tensor.ts';
import type { Fits, NestedNumbers, Result, ShapeOfNested, Sizes } from './types/index.ts';

/** Options of every function that makes a tensor. */
export interface MakeOptions<D extends DType = DType> {
  /** Default: float32. */
  dtype?: D;
  /** Whether `backward` is to leave a gradient in `grad`. Default: no. */
  requiresGrad?: boolean;
}

const makeOptions = ['dtype', 'requiresGrad'];

const made = <D extends DType>(op: string, options: MakeOptions<D> | undefined): MakeOptions<D> =>
  optionsOf(op, options, makeOptions);

const checkDType = (op: string, dtype: DType): void => {
  if (!isDType(dtype)) {
    throw new DTypeError(`there is no dtype '${String(dtype)}'`, {
      op,
      hint: `Known are: ${Object.keys(dtypes).join(', ')}`,
    });
  }
};

type ShapeOfData<T> = [T] extends [NestedNumbers]
  ? ShapeOfNested<T>
  : [T] extends [TypedArray | Uint8ClampedArray]
    ? [number]
    : [T] extends [boolean]
      ? []
      : Shape;

type Data = NestedNumbers | boolean | readonly unknown[] | TypedArray | Uint8ClampedArray;

/**
 * A tensor from a number, nested arrays, or a typed array (flat, with `shape`; its own length if none is given). A typed array of the
 * dtype's own kind is copied as it is; anything else is converted number by number. Throws a DataError for ragged arrays.
 *
 * Shapes: as the arrays are nested: [[1, 2, 3]] → [1, 3]; a typed array of n numbers → [n], or `shape`
 *
 * @example
 * ```ts
 * import { tensor } from 'nacre';
 * await tensor([[1, 2], [3, 4]]).tolist(); // → [[1, 2], [3, 4]]
 * tensor(new Float32Array(6), { shape: [2, 3] }).shape; // → [2, 3]
 * tensor([1, 0], { dtype: 'bool' }).dtype; // → 'bool'
 * ```
 */
export function tensor<const S extends Shape, D extends DType = 'float32'>(
  data: Data,
  options: MakeOptions<D> & { shape: S },
): Tensor<Sizes<S>, NoInfer<D>>;
export function tensor<const T extends Data, D extends DType = 'float32'>(
  data: T & Fits<ShapeOfData<T>>,
  options?: MakeOptions<D> & { shape?: undefined },
): Tensor<Result<ShapeOfData<T>>, NoInfer<D>>;
export function tensor(data: Data, options: MakeOptions & { shape?: Shape } = {}): Tensor {
  const op = 'tensor';
  const { dtype = 'float32', requiresGrad = false } = optionsOf(op, options, ['shape', ...makeOptions]);
  checkDType(op, dtype);
  let numbers: ArrayLike<number>;
  let shape: Shape;
  if (ArrayBuffer.isView(data)) {
    numbers = data as unknown as ArrayLike<number>;
    shape = options.shape ?? [numbers.length];
  } else {
    const flat: number[] = [];
    shape = flattenNested(data, flat);
    numbers = flat;
    if (options.shape) shape = options.shape;
  }
  checkShape(op, shape);
  if (numbers.length !== sizeOf(shape)) {
    throw new DataError(
      `${numbers.length} numbers do not fill ${showShape(shape)}, which holds ${sizeOf(shape)}`,
      { op, shapes: [shape] },
    );
  }
  return new Tensor(memoryNode(store(toTyped(numbers, dtype), dtype), shape), requiresGrad);
}

/** The elements in the dtype's own array. Raw 16-bit patterns are taken as they are from a Uint16Array. */
function toTyped(numbers: ArrayLike<number>, dtype: DType): TypedArray {
  const { array } = dtypes[dtype];
  if (numbers instanceof array && dtype !== 'bool') return numbers as TypedArray;
  const out = new array(new ArrayBuffer(byteSize(dtype, numbers.length)), 0, numbers.length);
  const convert =
    dtype === 'float16'
      ? toFloat16
      : dtype === 'bfloat16'
        ? toBfloat16
        : dtype === 'bool'
          ? (value: number) => Number(Boolean(value))
          : Number;
  for (let i = 0; i < numbers.length; i++) out[i] = convert(numbers[i]);
  return out;
}

/** Collects the numbers of nested arrays in order, and finds their shape. */
function flattenNested(data: unknown, into: number[]): number[] {
  const shape: number[] = [];
  for (let level = data; Array.isArray(level); level = level[0]) shape.push(level.length);
  const visit = (value: unknown, axis: number, path: string): void => {
    if (axis === shape.length) {
      if (typeof value !== 'number' && typeof value !== 'boolean') {
        throw new DataError(
          `${path || 'the data'} is ${Array.isArray(value) ? 'an array' : typeof value}, expected a number`,
          {
            op: 'tensor',
            hint: 'All parts of one level must be nested equally deep',
          },
        );
      }
      into.push(Number(value));
      return;
    }
    if (!Array.isArray(value) || value.length !== shape[axis]) {
      const found = Array.isArray(value) ? `${value.length} elements` : 'no array';
      throw new DataError(
        `the array is ragged: ${path || 'the data'} has ${found}, the first at its level has ${shape[axis]}`,
        {
          op: 'tensor',
          hint: 'Pad the shorter parts to one length',
        },
      );
    }
    value.forEach((part, i) => {
      visit(part, axis + 1, `${path}[${i}]`);
    });
  };
  visit(data, 0, '');
  return shape;
}

/**
 * A tensor whose elements are all the same number. Options: `dtype` (default: float32) and `requiresGrad` (default: false).
 * Throws an ArgumentError for what is no shape.
 *
 * Shapes: `shape`
 *
 * @example
 * ```ts
 * import { full } from 'nacre';
 * await full([2, 2], 7).tolist(); // → [[7, 7], [7, 7]]
 * ```
 */
export function full<const S extends Shape, D extends DType = 'float32'>(
  shape: S,
  value: number,
  options?: MakeOptions<D>,
): Tensor<Sizes<S>, NoInfer<D>> {
  return filled('full', shape, value, options);
}

function filled<S extends Shape, D extends DType>(
  op: string,
  shape: S,
  value: number,
  options?: MakeOptions<D>,
): Tensor<Sizes<S>, NoInfer<D>> {
  const { dtype = 'float32' as D, requiresGrad = false } = made(op, options);
  checkDType(op, dtype);
  checkShape(op, shape);
  return new Tensor(ops.expandOf(constant(value, dtype), shape), requiresGrad);
}

/**
 * A tensor of zeros. Options as of `full`.
 *
 * Shapes: `shape`
 *
 * @example
 * ```ts
 * import { zeros } from 'nacre';
 * await zeros([2], { dtype: 'int32' }).tolist(); // → [0, 0]
 * ```
 */
export const zeros = <const S extends Shape, D extends DType = 'float32'>(
  shape: S,
  options?: MakeOptions<D>,
): Tensor<Sizes<S>, NoInfer<D>> => filled('zeros', shape, 0, options);

/**
 * A tensor of ones. Options as of `full`.
 *
 * Shapes: `shape`
 *
 * @example
 * ```ts
 * import { ones } from 'nacre';
 * await ones([1, 3]).tolist(); // → [[1, 1, 1]]
 * ```
 */
export const ones = <const S extends Shape, D extends DType = 'float32'>(
  shape: S,
  options?: MakeOptions<D>,
): Tensor<Sizes<S>, NoInfer<D>> => filled('ones', shape, 1, options);

/**
 * Zeros of the shape and dtype of another tensor.
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { tensor, zerosLike } from 'nacre';
 * await zerosLike(tensor([1, 2])).tolist(); // → [0, 0]
 * ```
 */
export const zerosLike = <S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> =>
  new Tensor(ops.expandOf(constant(0, x.dtype), x.node.shape));

/**
 * Ones of the shape and dtype of another tensor.
 *
 * Shapes: x [...] → [...]
 *
 * @example
 * ```ts
 * import { onesLike, tensor } from 'nacre';
 * await onesLike(tensor([5, 6])).tolist(); // → [1, 1]
 * ```
 */
export const onesLike = <S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> =>
  new Tensor(ops.expandOf(constant(1, x.dtype), x.node.shape));

/**
 * The numbers start, start + step, …, up to but without `end`. With one number: from 0 to it. Whole numbers give int32, others
 * float32, unless `dtype` says. Throws an ArgumentError for numbers that are not finite and a step of 0.
 *
 * Formula: x[i] = start + i·step
 *
 * Shapes: [⌈(end - start) / step⌉]
 *
 * @example
 * ```ts
 * import { arange } from 'nacre';
 * await arange(3).tolist(); // → [0, 1, 2]
 * await arange(1, 2, 0.5).tolist(); // → [1, 1.5]
 * ```
 */
export function arange(
  startOrEnd: number,
  end?: number,
  step = 1,
  options: MakeOptions = {},
): Tensor<[number]> {
  const [start, stop] = end === undefined ? [0, startOrEnd] : [startOrEnd, end];
  if (!Number.isFinite(start) || !Number.isFinite(stop) || !Number.isFinite(step) || step === 0) {
    throw new ArgumentError(`needs finite numbers and a step other than 0, got ${start}, ${stop}, ${step}`, {
      op: 'arange',
    });
  }
  const isWhole = [start, stop, step].every(Number.isInteger);
  const dtype = made('arange', options).dtype ?? (isWhole ? 'int32' : 'float32');
  const length = Math.max(0, Math.ceil((stop - start) / step));
  const places = apply('iota', [], { shape: [length], axis: 0, dtype: isWhole ? 'int32' : 'float64' });
  const scaled = step === 1 ? places : times(places, step);
  const moved = start === 0 ? scaled : ops.addOf(scaled, start);
  return new Tensor(cast(moved, dtype), options.requiresGrad);
}

/**
 * `steps` numbers at equal distances from start to end, both included. Options as of `full`. Throws an ArgumentError for a
 * number of steps that is no integer of zero or more.
 *
 * Formula: x[i] = start + i·(end - start) / (steps - 1)
 *
 * Shapes: [steps]
 *
 * @example
 * ```ts
 * import { linspace } from 'nacre';
 * await linspace(0, 1, 5).tolist(); // → [0, 0.25, 0.5, 0.75, 1]
 * ```
 */
export function linspace(start: number, end: number, steps: number, options?: MakeOptions): Tensor<[number]> {
  const { dtype = 'float32', requiresGrad = false } = made('linspace', options);
  if (!Number.isInteger(steps) || steps < 0)
    throw new ArgumentError(`the number of steps is zero or more, got ${steps}`, { op: 'linspace' });
  const places = apply('iota', [], { shape: [steps], axis: 0, dtype: 'float64' });
  const distance = steps > 1 ? (end - start) / (steps - 1) : 0;
  return new Tensor(cast(ops.addOf(times(places, distance), start), dtype), requiresGrad);
}

/**
 * A matrix of 1 on the diagonal and 0 elsewhere. Options as of `full`.
 *
 * Formula: x[i, j] = 1 where i = j, else 0
 *
 * Shapes: [rows, columns]; with one number [rows, rows]
 *
 * @example
 * ```ts
 * import { eye } from 'nacre';
 * await eye(2).tolist(); // → [[1, 0], [0, 1]]
 * await eye(2, 3).tolist(); // → [[1, 0, 0], [0, 1, 0]]
 * ```
 */
export function eye<const N extends number>(rows: N, options?: MakeOptions): Tensor<[N, N]>;
export function eye<const N extends number, const M extends number>(
  rows: N,
  columns: M,
  options?: MakeOptions,
): Tensor<[N, M]>;
export function eye(
  rows: number,
  second?: number | MakeOptions,
  third: MakeOptions = {},
): Tensor<[number, number]> {
  const columns = typeof second === 'number' ? second : rows;
  const { dtype = 'float32', requiresGrad = false } = made(
    'eye',
    typeof second === 'object' ? second : third,
  );
  const place = (axis: number): ReturnType<typeof apply> =>
    apply('iota', [], { shape: [rows, columns], axis, dtype: 'int32' });
  return new Tensor(cast(apply('eq', [place(0), place(1)], {}), dtype), requiresGrad);
}

/**
 * Random numbers uniform in [0, 1). Options: `dtype` (default: float32) and `requiresGrad` (default: false).
 *
 * Shapes: `shape`
 *
 * @example
 * ```ts
 * import { rand } from 'nacre';
 * const x = rand([1000]);
 * await x.ge(0).logicalAnd(x.lt(1)).all().tolist(); // → true
 * ```
 */
export const rand = <const S extends Shape, D extends DType = 'float32'>(
  shape: S,
  options?: MakeOptions<D>,
): Tensor<Sizes<S>, NoInfer<D>> => {
  const { dtype, requiresGrad } = made('rand', options);
  return new Tensor(ops.rand(shape, dtype), requiresGrad);
};

/**
 * Random numbers of the standard normal distribution. Options as of `rand`.
 *
 * Shapes: `shape`
 *
 * @example
 * ```ts
 * import { randn } from 'nacre';
 * const x = randn([100, 100]);
 * await x.mean().abs().lt(0.05).logicalAnd(x.std().sub(1).abs().lt(0.05)).tolist(); // → true
 * ```
 */
export const randn = <const S extends Shape, D extends DType = 'float32'>(
  shape: S,
  options?: MakeOptions<D>,
): Tensor<Sizes<S>, NoInfer<D>> => {
  const { dtype, requiresGrad } = made('randn', options);
  return new Tensor(ops.randn(shape, dtype), requiresGrad);
};

/**
 * Random integers from `low` to `high` - 1, each equally likely, as int32.
 *
 * Shapes: `shape`
 *
 * @example
 * ```ts
 * import { randint } from 'nacre';
 * const dice = randint(1, 7, [100]);
 * await dice.ge(1).logicalAnd(dice.le(6)).all().tolist(); // → true
 * ```
 */
export const randint = <const S extends Shape>(
  low: number,
  high: number,
  shape: S,
): Tensor<Sizes<S>, 'int32'> => new Tensor(ops.randint(low, high, shape));

/**
 * 1 with the probability that each element of `p` gives, else 0.
 *
 * Shapes: p [...] → [...]
 *
 * Formula: P(1) = p
 *
 * @example
 * ```ts
 * import { bernoulli, tensor } from 'nacre';
 * await bernoulli(tensor([0, 1])).tolist(); // → [0, 1]
 * ```
 */
export const bernoulli = <S extends Shape, D extends DType>(p: Tensor<S, D>): Tensor<S, D> =>
  new Tensor(ops.bernoulli(p.node));

/**
 * The numbers 0 to n - 1 in random order, as int32: Fisher and Yates's shuffle on one stream of the generator.
 *
 * Shapes: [n]
 *
 * @example
 * ```ts
 * import { randperm, sort } from 'nacre';
 * const [sorted] = sort(randperm(5));
 * await sorted.tolist(); // → [0, 1, 2, 3, 4]
 * ```
 */
export function randperm<const N extends number>(n: N): Tensor<[N], 'int32'> {
  return tensor(permutation(n), { dtype: 'int32', shape: [n] }) as Tensor<[N], 'int32'>;
}

/** The same as plain numbers, for code that works on indices. */
export function permutation(n: number): Int32Array {
  if (!Number.isInteger(n) || n < 0)
    throw new ArgumentError(`takes a count of zero or more, got ${n}`, { op: 'randperm' });
  const key = [generator.seedLow, generator.seedHigh] as const;
  const stream = generator.next();
  const order = Int32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor((threefry(key, [i, stream]) >>> 0) * 2 ** -32 * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
