/** Starts of weights that are more than independent numbers. */
import { ArgumentError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { sizeOf } from '../base/shape.ts';
import type { Node } from '../graph/node.ts';
import * as ops from '../tensor/ops/index.ts';
import { erfinv } from '../tensor/ops/special.ts';
import type { State } from '../tensor/parameter.ts';
import {
  add,
  apply,
  cast,
  constant,
  expand,
  mul,
  plus,
  reshape,
  sub,
  sum,
  swapLast,
  times,
  where,
} from '../tensor/primitives/apply.ts';
import { scan } from '../tensor/primitives/scan.ts';
import { Tensor } from '../tensor/tensor.ts';

function put<T extends State>(target: T, build: () => Node): T {
  target.value = new Tensor(ops.withoutGradient(build));
  return target;
}

function requireMatrix(op: string, { shape }: State, exact: boolean): void {
  if (exact ? shape.length === 2 : shape.length >= 2) return;
  throw new ShapeMismatchError(`got ${showShape(shape)}: expected two dimensions${exact ? '' : ' or more'}`, {
    op,
    shapes: [shape],
  });
}

const place = (shape: readonly number[], axis: number): Node =>
  apply('iota', [], { shape, axis, dtype: 'int32' });

/**
 * Fills a parameter [rows, ...] with a matrix [rows, columns] whose rows, or columns if they are fewer, are orthogonal and of length `gain`:
 * normal numbers made orthogonal, so that every such matrix is as likely (Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of
 * learning in deep linear neural networks", 2013).
 *
 * Formula: W·Wᵀ = gain²·1, or Wᵀ·W where there are fewer columns
 *
 * Shapes: as the parameter, [rows, ...]
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * const w = nn.init.orthogonal(new nn.Parameter(zeros([2, 3])));
 * await w.matmul(w.transpose(0, 1)).round().abs().tolist(); // → [[1, 0], [0, 1]]
 * ```
 */
export function orthogonal<T extends State>(target: T, { gain = 1 }: { gain?: number } = {}): T {
  requireMatrix('init.orthogonal', target, false);
  const { shape } = target;
  const rows = shape[0];
  const columns = sizeOf(shape) / rows;
  if (!rows || !columns) return target;
  const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
  return put(target, () => {
    const vectors = ops.randn([count, length], 'float64');
    const {
      carry: [found],
    } = scan(
      ([basis], [vector, isThis]) => {
        // Once more takes away what rounding left of the earlier vectors (Giraud, Langou and Rozložník, 2005).
        const apart = (x: Node): Node => sub(x, ops.matmul(ops.matmul(basis, x), basis));
        const rest = apart(apart(vector));
        const unit = ops.divOf(rest, ops.norm(rest));
        return {
          carry: [add(basis, mul(reshape(isThis, [count, 1]), reshape(unit, [1, length])))],
          outputs: [],
        };
      },
      [expand(constant(0, 'float64'), [count, length])],
      [vectors, cast(apply('eq', [place([count, count], 0), place([count, count], 1)], {}), 'float64')],
      count,
    );
    return times(reshape(rows < columns ? found : swapLast(found), shape), gain);
  });
}

/**
 * Fills a parameter with normal numbers of mean `mean` and standard deviation `std` (0 and 1 by default) that are cut off at `a` and `b` (-2
 * and 2, values and not deviations).
 *
 * Formula: mean + std·z, z standard normal given that the number lies in [a, b]
 *
 * Shapes: as the parameter
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * const w = nn.init.truncNormal(new nn.Parameter(zeros([1000])));
 * await w.abs().max().le(2).tolist(); // → true
 * ```
 */
export function truncNormal<T extends State>(
  target: T,
  mean = 0,
  std = 1,
  { a = -2, b = 2 }: { a?: number; b?: number } = {},
): T {
  if (!(std > 0 && a < b)) {
    throw new ArgumentError(`needs std > 0 and a < b, got std ${std}, a ${a} and b ${b}`, {
      op: 'init.truncNormal',
    });
  }
  return put(target, () => {
    // The quantile of a uniform number between the probabilities of both ends.
    const [low, high] = [a, b].map((end) => ops.erf(constant((end - mean) / std / Math.SQRT2, 'float64')));
    const level = add(low, mul(ops.rand(target.shape, 'float64'), sub(high, low)));
    return ops.clamp(plus(times(erfinv(level), std * Math.SQRT2), mean), a, b);
  });
}

/**
 * Fills a matrix with 1 on its diagonal and 0 elsewhere, which keeps the input of a linear layer.
 *
 * Formula: w[i, j] = 1 where i = j, else 0
 *
 * Shapes: as the parameter, [rows, columns]
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * await nn.init.eye(new nn.Parameter(zeros([2, 3]))).tolist(); // → [[1, 0, 0], [0, 1, 0]]
 * ```
 */
export function eye<T extends State>(target: T): T {
  requireMatrix('init.eye', target, true);
  const { shape } = target;
  return put(target, () => cast(apply('eq', [place(shape, 0), place(shape, 1)], {}), 'float32'));
}

/**
 * Fills a kernel [out, in, ...] with 1 in its middle where output and input channel are one, and 0 elsewhere, so that a convolution keeps as many channels
 * as it can; with `groups` (1 by default) in each group of outputs.
 *
 * Formula: w[o, i, middle] = 1 where o = i, else 0
 *
 * Shapes: as the parameter, [out, in, ...kernel]
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * await nn.init.dirac(new nn.Parameter(zeros([1, 1, 3]))).tolist(); // → [[[0, 1, 0]]]
 * ```
 */
export function dirac<T extends State>(target: T, { groups = 1 }: { groups?: number } = {}): T {
  const op = 'init.dirac';
  const { shape } = target;
  if (shape.length < 3 || shape.length > 5) {
    throw new ShapeMismatchError(`got ${showShape(shape)}: expected a kernel [out, in, ...]`, {
      op,
      shapes: [shape],
    });
  }
  if (!Number.isInteger(groups) || groups < 1 || shape[0] % groups) {
    throw new ArgumentError(`groups (${groups}) must divide the ${shape[0]} output channels`, { op });
  }
  return put(target, () => {
    const output = ops.remainder(place(shape, 0), shape[0] / groups);
    const inMiddle = shape.slice(2).map((length, i) => ops.eq(place(shape, i + 2), Math.floor(length / 2)));
    return cast([ops.eq(output, place(shape, 1)), ...inMiddle].reduce(ops.logicalAnd), 'float32');
  });
}

/**
 * Fills a matrix with normal numbers of standard deviation `std` (0.01 by default), and puts 0 at ⌈sparsity·rows⌉ random places of each
 * column (Martens, "Deep learning via Hessian-free optimization", 2010).
 *
 * Formula: std·z, z standard normal, and 0 at ⌈sparsity·rows⌉ places of each column
 *
 * Shapes: as the parameter, [rows, columns]
 *
 * @example
 * ```ts
 * import { nn, zeros } from 'nacre';
 * const w = nn.init.sparse(new nn.Parameter(zeros([10, 4])), 0.5);
 * await w.eq(0).sum(0).tolist(); // → [5, 5, 5, 5]
 * ```
 */
export function sparse<T extends State>(target: T, sparsity: number, std = 0.01): T {
  const op = 'init.sparse';
  requireMatrix(op, target, true);
  if (!(sparsity >= 0 && sparsity <= 1)) {
    throw new ArgumentError(`sparsity is a share from 0 to 1, got ${sparsity}`, { op });
  }
  const { shape } = target;
  const [rows, columns] = shape;
  return put(target, () => {
    const key = ops.rand(shape);
    // The rank of each row in its column; of equal numbers the one above is the smaller.
    const [other, own] = [reshape(key, [rows, 1, columns]), reshape(key, [1, rows, columns])];
    const square = [rows, rows, columns];
    const isAbove = ops.lt(place(square, 0), place(square, 1));
    const isLess = ops.logicalOr(ops.lt(other, own), ops.logicalAnd(ops.eq(other, own), isAbove));
    const rank = sum(cast(isLess, 'int32'), [0]);
    const value = times(ops.randn(shape), std);
    return where(ops.lt(rank, Math.ceil(sparsity * rows)), constant(0, value.dtype), value);
  });
}
