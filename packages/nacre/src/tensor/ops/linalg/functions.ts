/** Powers and exponentials of matrices, and products. */
import { ArgumentError, ShapeMismatchError, showShape } from '../../../base/errors.ts';
import { resolveAxis, sizeOf } from '../../../base/shape.ts';
import type { Node } from '../../../graph/node.ts';
import {
  add,
  constant,
  div,
  expand,
  mul,
  reshape,
  sub,
  swapLast,
  times,
  where,
} from '../../primitives/apply.ts';
import { withGradient } from '../../primitives/rules.ts';
import { scan } from '../../primitives/scan.ts';
import {
  abs,
  amax,
  ceil,
  concat,
  cumprod,
  detach,
  diagonal,
  gt,
  le,
  log2,
  lt,
  matmul,
  maximum,
  mulOf,
  narrow,
  prod,
  roll,
  subOf,
  sumOf,
  together,
  withoutGradient,
} from '../index.ts';
import { inverse, solve } from './elimination.ts';
import {
  batchOf,
  identity,
  notANumber,
  one,
  precise,
  requireSquare,
  rowsOf,
  stepsOf,
  zeros,
} from './matrices.ts';

/** Aⁿ by repeated squaring; a negative power is that of the inverse. */
export function matrixPower(a: Node, n: number): Node {
  const op = 'linalg.matrixPower';
  requireSquare(op, 'x', a);
  if (!Number.isInteger(n)) throw new ArgumentError(`the power is an integer, got ${n}`, { op });
  const x = precise(a);
  if (n === 0) return identity(rowsOf(x), rowsOf(x), x.dtype, batchOf(x));
  let square = n < 0 ? inverse(x) : x;
  let result: Node | null = null;
  for (let rest = Math.abs(n); rest; rest = Math.floor(rest / 2)) {
    if (rest % 2) result = result ? matmul(result, square) : square;
    if (rest > 1) square = matmul(square, square);
  }
  return result!;
}

// ---- the exponential ----

/** Coefficients of Padé's approximation p(x) / p(-x) of exp, over the first; and the norm up to which it has all digits. */
interface Approximation {
  readonly coefficients: readonly number[];
  readonly radius: number;
}

/** Numerator of degree q: c[0] = 1, c[j + 1] = c[j]·(q - j) / ((2q - j)·(j + 1)). */
function approximation(degree: number, radius: number): Approximation {
  const coefficients = [1];
  for (let j = 0; j < degree; j++)
    coefficients.push((coefficients[j] * (degree - j)) / ((2 * degree - j) * (j + 1)));
  return { coefficients, radius };
}

/** Radii: Higham, "The scaling and squaring method for the matrix exponential revisited", 2005, table 2.3. */
const approximations = {
  float32: approximation(7, 3.92572478313866),
  float64: approximation(13, 5.371920351148152),
};

/** How often the argument may be halved. */
const mostSquarings = 16;

/** p(X) and p(-X), from the powers of X². */
function pade(x: Node, coefficients: readonly number[]): [Node, Node] {
  const n = rowsOf(x);
  const square = matmul(x, x);
  const powers = [identity(n, n, x.dtype, batchOf(x)), square];
  while (2 * powers.length < coefficients.length) powers.push(matmul(powers[powers.length - 1], square));
  const combined = (offset: number): Node =>
    powers.map((power, i) => times(power, coefficients[2 * i + offset])).reduce(add);
  const [even, odd] = [combined(0), matmul(x, combined(1))];
  return [add(even, odd), sub(even, odd)];
}

/** exp(A) = (p(B) / p(-B))^(2^s) with B = A / 2^s of a small norm. */
export function matrixExp(a: Node): Node {
  if (sizeOf(a.shape) === 0) return a;
  const [result] = withGradient(
    [a],
    withoutGradient(() => {
      const { coefficients, radius } = approximations[a.dtype as 'float32' | 'float64'];
      const norm = amax(sumOf(abs(a), -2), -1);
      const size = reshape(norm, [...batchOf(a), 1, 1]);
      const squarings = ceil(log2(maximum(times(size, 1 / radius), 1)));
      // A product of halves is exact.
      const isHalved = lt(stepsOf(mostSquarings), squarings);
      const factor = prod(where(isHalved, constant(0.5, a.dtype), one(a)), -1, true);
      const [numerator, denominator] = pade(mul(a, factor), coefficients);
      const { carry } = scan(
        ([x], [step]) => ({ carry: [where(lt(step, squarings), matmul(x, x), x)], outputs: [] }),
        [solve(denominator, numerator)],
        [stepsOf(mostSquarings)],
        mostSquarings,
      );
      const isInRange = le(squarings, mostSquarings);
      return [where(isInRange, carry[0], notANumber(a))];
    }),
    // exp of [Aᵀ, G; 0, Aᵀ] has the gradient above the diagonal, which is linear in G.
    ([matrix], _, [g]) => {
      const n = rowsOf(matrix);
      const largest = detach(amax(abs(g), [-2, -1], true));
      const scale = where(gt(largest, 1), largest, one(g));
      const transposed = swapLast(matrix);
      const top = concat([transposed, div(g, scale)], -1);
      const bottom = concat([zeros(matrix.shape, matrix.dtype), transposed], -1);
      const whole = matrixExp(concat([top, bottom], -2));
      return [mul(narrow(narrow(whole, -2, 0, n), -1, n, n), scale)];
    },
  );
  return result;
}

// ---- products ----

/** Σ of the diagonal of one matrix. */
export function trace(x: Node): Node {
  if (x.shape.length !== 2) {
    throw new ShapeMismatchError(`x: ${showShape(x.shape)}, expected one matrix`, {
      op: 'linalg.trace',
      shapes: [x.shape],
    });
  }
  return sumOf(diagonal(x));
}

/** Every element of x times all of y, in blocks. */
export function kron(x: Node, y: Node): Node {
  const rank = Math.max(x.shape.length, y.shape.length);
  const whole = ({ shape }: Node): number[] => [...Array<number>(rank - shape.length).fill(1), ...shape];
  const [a, b] = [whole(x), whole(y)];
  const product = mulOf(
    reshape(
      x,
      a.flatMap((length) => [length, 1]),
    ),
    reshape(
      y,
      b.flatMap((length) => [1, length]),
    ),
  );
  return reshape(
    product,
    a.map((length, axis) => length * b[axis]),
  );
}

/** x × y of vectors of three along an axis. */
export function cross(x: Node, y: Node, dim: number): Node {
  const op = 'linalg.cross';
  const [a, b] = together(x, y);
  const rank = Math.max(a.shape.length, b.shape.length);
  const axis = resolveAxis(op, dim, rank) - rank;
  if (a.shape.at(axis) !== 3 || b.shape.at(axis) !== 3) {
    throw new ShapeMismatchError(
      `x: ${showShape(a.shape)}, y: ${showShape(b.shape)}: expected vectors of 3 along axis ${dim}, got ${a.shape.at(axis) ?? 'none'} and ${b.shape.at(axis) ?? 'none'}`,
      { op, shapes: [a.shape, b.shape] },
    );
  }
  const [a1, a2, b1, b2] = [roll(a, -1, axis), roll(a, -2, axis), roll(b, -1, axis), roll(b, -2, axis)];
  return subOf(mulOf(a1, b2), mulOf(a2, b1));
}

/** The product of a chain of matrices, bracketed so that the fewest multiplications are made. */
export function multiDot(chain: readonly Node[]): Node {
  const op = 'linalg.multiDot';
  if (chain.length < 2) throw new ArgumentError(`takes two tensors or more, got ${chain.length}`, { op });
  const last = chain.length - 1;
  const isVector = (i: number): boolean => (i === 0 || i === last) && chain[i].shape.length === 1;
  const matrices = chain.map((x, i) => {
    if (isVector(i)) return reshape(x, i ? [...x.shape, 1] : [1, ...x.shape]);
    if (x.shape.length === 2) return x;
    throw new ShapeMismatchError(
      `tensor ${i}: ${showShape(x.shape)}, expected a matrix${i === 0 || i === last ? ' or a vector' : ''}`,
      { op, shapes: chain.map(({ shape }) => shape) },
    );
  });
  for (let i = 0; i < last; i++) {
    if (matrices[i].shape[1] === matrices[i + 1].shape[0]) continue;
    throw new ShapeMismatchError(
      `tensor ${i}: ${showShape(chain[i].shape)}, tensor ${i + 1}: ${showShape(chain[i + 1].shape)}: ${matrices[i].shape[1]} columns against ${matrices[i + 1].shape[0]} rows`,
      { op, shapes: chain.map(({ shape }) => shape) },
    );
  }
  const product = bracketed(matrices);
  const shape = product.shape.filter((_, axis) => !isVector(axis ? last : 0));
  return reshape(product, shape);
}

/** The order by dynamic programming: Cormen, Leiserson, Rivest and Stein, "Introduction to algorithms", matrix-chain multiplication. */
function bracketed(matrices: readonly Node[]): Node {
  const sizes = [matrices[0].shape[0], ...matrices.map(({ shape }) => shape[1])];
  const count = matrices.length;
  const cost = matrices.map(() => new Array<number>(count).fill(0));
  const cut = matrices.map(() => new Array<number>(count).fill(0));
  for (let length = 1; length < count; length++) {
    for (let from = 0; from + length < count; from++) {
      const to = from + length;
      cost[from][to] = Number.POSITIVE_INFINITY;
      for (let middle = from; middle < to; middle++) {
        const own = sizes[from] * sizes[middle + 1] * sizes[to + 1];
        const total = cost[from][middle] + cost[middle + 1][to] + own;
        if (total < cost[from][to]) [cost[from][to], cut[from][to]] = [total, middle];
      }
    }
  }
  const build = (from: number, to: number): Node =>
    from === to ? matrices[from] : matmul(build(from, cut[from][to]), build(cut[from][to] + 1, to));
  return build(0, count - 1);
}

/** The powers 0 to count - 1 of every element, along a new last axis. */
export function vander(x: Node, count = x.shape[x.shape.length - 1]): Node {
  const op = 'linalg.vander';
  if (!x.shape.length)
    throw new ShapeMismatchError('x: [], expected vectors in the last axis', { op, shapes: [[]] });
  if (!Number.isInteger(count) || count < 1)
    throw new ArgumentError(`N is a positive integer, got ${count}`, { op });
  const column = reshape(x, [...x.shape, 1]);
  const ones = expand(constant(1, x.dtype), column.shape);
  if (count === 1) return ones;
  return cumprod(concat([ones, expand(column, [...x.shape, count - 1])], -1), -1);
}
