/**
 * Eigenvectors of symmetric matrices and singular vectors by rotations of Jacobi, applied from one side: pairs of rows are turned until
 * all are perpendicular (Hestenes, "Inversion of matrices by biorthogonalization and related results", 1958). In a step all rows are
 * turned in disjoint pairs, in n - 1 steps each row meets each other one (Brent and Luk, "The solution of singular-value and symmetric
 * eigenvalue problems on multiprocessor arrays", 1985).
 */
import type { DType } from '../../../base/dtype.ts';
import { sizeOf } from '../../../base/shape.ts';
import type { Node } from '../../../graph/node.ts';
import {
  add,
  apply,
  constant,
  div,
  mul,
  neg,
  plus,
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
  concat,
  eq,
  gt,
  lt,
  matmul,
  narrow,
  pad,
  sqrt,
  square,
  sumOf,
  tril,
  withoutGradient,
} from '../index.ts';
import {
  asBatch,
  asColumns,
  asRows,
  batchOf,
  columnsOf,
  elementsAt,
  epsilonOf,
  identity,
  leadingSigns,
  one,
  place,
  quotient,
  rowsAt,
  rowsOf,
  sumLast,
  zero,
  zeros,
} from './matrices.ts';
import { reflect, reflector, scaleOf } from './orthogonal.ts';

/**
 * Times that each row meets each other one. Normal numbers need log₂(n) + 4 until no pair turns any more; the most was needed where many
 * eigenvalues are equal, or each lies nearer to a limit than the one before. Measured for n = 12 to 200, with twelve such spectra: 17 in float32
 * for n = 100; in float64 24 for n = 100 and 32 for 200 (the last for a digit), and 20 where a triangle was made first.
 */
const sweepsFor = (n: number, dtype: DType, isTriangle: boolean): number => {
  const doublings = Math.ceil(Math.log2(n));
  if (dtype !== 'float64') return doublings + 10;
  return 2 * doublings + (isTriangle ? 8 : 14);
};

/** Who meets whom in a round: n - 1 of the rows sit around a table, the last one joins who would meet itself. */
function partners(n: number, round: Node): Node {
  const rows = place([n], 0);
  const integer = (value: number): Node => constant(value, 'int32');
  const opposite = apply('remainder', [sub(add(round, round), rows), integer(n - 1)], {});
  return where(eq(rows, n - 1), round, where(eq(rows, round), integer(n - 1), opposite));
}

/**
 * Rows [batch, n, columns] turned until they are perpendicular, and what the turns make of the rows of `along`. The turn of two rows x and y
 * with ζ = (|y|² - |x|²) / 2x·y has the tangent sign(ζ) / (|ζ| + √(1 + ζ²)); x - s·(y + τ·x), with τ the tangent of half the angle, keeps
 * small turns exact (Rutishauser, "The Jacobi method for real symmetric matrices", 1966). Pairs perpendicular to a rounding error stay.
 */
function perpendicular(rows: Node, along: readonly Node[], isTriangle: boolean): Node[] {
  const [batch, count] = rows.shape;
  if (count === 1) return [rows, ...along];
  const n = count + (count % 2);
  const even = (x: Node): Node => (n > count ? pad(x, [0, 0, 0, 1]) : x);
  const length = sweepsFor(n, rows.dtype, isTriangle) * (n - 1);
  const rounds = apply('remainder', [place([length], 0), constant(n - 1, 'int32')], {});
  const { carry } = scan(
    (current, [round]) => {
      const [x] = current;
      const partner = partners(n, round);
      const places = reshape(partner, [1, n]);
      const own = sumLast(square(x));
      const product = sumLast(mul(x, rowsAt(x, places)));
      const others = elementsAt(own, apply('expand', [places], { shape: [batch, n] }));
      const limit = times(mul(sqrt(own), sqrt(others)), epsilonOf(x.dtype));
      const isTurned = gt(abs(product), limit);
      const zeta = div(sub(others, own), times(where(isTurned, product, one(x)), 2));
      const magnitude = div(one(x), add(abs(zeta), sqrt(plus(square(zeta), 1))));
      const isFirst = lt(place([batch, n], 1), places);
      const isNegative = apply(
        'or',
        [lt(zeta, 0), apply('and', [eq(zeta, 0), apply('not', [isFirst], {})], {})],
        {},
      );
      const tangent = where(isTurned, where(isNegative, neg(magnitude), magnitude), zero(x));
      const cosine = div(one(x), sqrt(plus(square(tangent), 1)));
      const sine = mul(cosine, tangent);
      const half = div(sine, plus(cosine, 1));
      const turned = current.map((matrix) =>
        sub(matrix, mul(asColumns(sine), add(rowsAt(matrix, places), mul(asColumns(half), matrix)))),
      );
      return { carry: turned, outputs: [] };
    },
    [rows, ...along].map(even),
    [rounds],
    length,
  );
  return carry.map((matrix) => narrow(matrix, 1, 0, count));
}

// ---- symmetric eigenproblems ----

/**
 * Eigenvalues, ascending, and eigenvectors (columns) of the symmetric matrices whose lower triangles are given. A + σ·I with σ above |A| is
 * positive, so that its rows, turned until they are perpendicular, are its eigenvalues times the eigenvectors.
 */
export function eigh(a: Node): [Node, Node] {
  const n = rowsOf(a);
  const batch = batchOf(a);
  if (sizeOf(a.shape) === 0) return [zeros([...batch, n], a.dtype), a];
  const [values, vectors] = withGradient(
    [a],
    withoutGradient(() => {
      const given = asBatch(a);
      const whole = add(tril(given), swapLast(tril(given, -1)));
      const scale = scaleOf(whole);
      const x = div(whole, scale);
      // (Σ λ⁸)^(1/8) is above the largest |λ|, by less than 2 times up to n = 256: the closer, the fewer digits the shift costs.
      const fourth = matmul(matmul(x, x), matmul(x, x));
      const shift = times(sqrt(sqrt(sqrt(sumOf(square(fourth), [1, 2], true)))), 1.25);
      const positive = where(eq(shift, 0), one(x), shift);
      const [turned] = perpendicular(add(x, mul(identity(n, n, x.dtype), positive)), [], false);
      const found = div(turned, asColumns(sqrt(sumLast(square(turned)))));
      const quotients = sumLast(mul(matmul(found, x), found));
      const order = apply('argsort', [quotients], { descending: false });
      const v = swapLast(rowsAt(found, order));
      return [
        reshape(mul(elementsAt(quotients, order), reshape(scale, [scale.shape[0], 1])), [...batch, n]),
        reshape(mul(v, asRows(leadingSigns(v))), a.shape),
      ];
    }),
    (_, [l, v], [gl, gv]) => {
      // The symmetric half of (Vᵀ·gV) / (λⱼ - λᵢ); what turns vectors of equal eigenvalues into each other asks for nothing if gV is alike to them.
      const coupled = quotient(skew(matmul(swapLast(v), gv)), times(sub(asRows(l), asColumns(l)), 2));
      return [matmul(matmul(v, add(onDiagonal(gl), coupled)), swapLast(v))];
    },
  );
  return [values, vectors];
}

const onDiagonal = (x: Node): Node => mul(asColumns(x), identity(columnsOf(x), columnsOf(x), x.dtype));

const skew = (x: Node): Node => sub(x, swapLast(x));

// ---- singular values ----

/** U, the singular values descending, and Vᵀ of float matrices; with `full` U and V are square. */
export function svd(a: Node, full: boolean): [Node, Node, Node] {
  const batch = batchOf(a);
  const [m, n] = a.shape.slice(-2);
  if (m < n) {
    const [u, s, vh] = svd(swapLast(a), full);
    return [swapLast(vh), s, swapLast(u)];
  }
  const columns = full ? m : n;
  if (sizeOf(a.shape) === 0) {
    const square = [...batch, n, n];
    const v = sizeOf(square) ? identity(n, n, a.dtype, batch) : zeros(square, a.dtype);
    return [identity(m, columns, a.dtype, batch), zeros([...batch, n], a.dtype), v];
  }
  const [u, s, vh] = withGradient(
    [a],
    withoutGradient(() => {
      const x = asBatch(a);
      const scale = scaleOf(x);
      // R has fewer rows than a tall matrix, and fewer turns make its rows perpendicular: R = Wᵀ·(Σ·Vᵀ).
      const { r, reflections } = reflect(div(x, scale));
      const triangle = narrow(r, 1, 0, n);
      const [rows, turns] = perpendicular(triangle, [identity(n, n, a.dtype, [x.shape[0]])], true);
      const lengths = sqrt(sumLast(square(rows)));
      const order = apply('argsort', [lengths], { descending: true });
      const sorted = swapLast(rowsAt(rows, order));
      // Reflections give rows of no length directions too, perpendicular to the others.
      const directions = reflect(sorted);
      const v = mul(reflector(directions.reflections, n), asRows(diagonalSigns(directions.r)));
      const q = reflector(reflections, columns);
      const inner = matmul(narrow(q, 2, 0, n), swapLast(rowsAt(turns, order)));
      const left = full && m > n ? concat([inner, narrow(q, 2, n, m - n)], 2) : inner;
      const signs = leadingSigns(left);
      return [
        reshape(mul(left, asRows(signs)), [...batch, m, columns]),
        reshape(mul(elementsAt(lengths, order), reshape(scale, [scale.shape[0], 1])), [...batch, n]),
        reshape(mul(swapLast(v), asColumns(narrow(signs, 1, 0, n))), [...batch, n, n]),
      ];
    }),
    (_, [left, values, right], [gu, gs, gvh]) => [
      svdGradient(narrow(left, -1, 0, n), values, right, narrow(gu, -1, 0, n), gs, gvh),
    ],
  );
  return [u, s, vh];
}

/** 1 or -1 for each element of a diagonal, 1 for 0. */
function diagonalSigns(r: Node): Node {
  const n = columnsOf(r);
  const diagonal = sumLast(mul(r, identity(n, n, r.dtype)));
  return where(lt(diagonal, 0), constant(-1, r.dtype), one(r));
}

/** The rule for m ≥ n, as in Townsend, "Differentiating the singular value decomposition", 2016. */
function svdGradient(u: Node, s: Node, vh: Node, gu: Node, gs: Node, gvh: Node): Node {
  const gaps = mul(sub(asRows(s), asColumns(s)), add(asRows(s), asColumns(s)));
  const byLeft = quotient(skew(matmul(swapLast(u), gu)), gaps);
  const byRight = quotient(skew(matmul(vh, swapLast(gvh))), gaps);
  const inner = add(add(mul(byLeft, asRows(s)), mul(asColumns(s), byRight)), onDiagonal(gs));
  const core = matmul(matmul(u, inner), vh);
  if (rowsOf(u) === columnsOf(u)) return core;
  const outside = quotient(sub(gu, matmul(u, matmul(swapLast(u), gu))), asRows(s));
  return add(core, matmul(outside, vh));
}
