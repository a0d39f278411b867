/** Eigenvalues, the largest first, and eigenvectors, one in each row, of a symmetric matrix. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/** All of them, by Jacobi's rotations: for small matrices. */
export function jacobi(matrix: Float64Array, n: number): Eigen {
  const a = matrix.slice();
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  const scale = a.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // Convergence is quadratic: ten sweeps do for any size used here.
  for (let sweep = 0; sweep < 60; sweep++) {
    let largest = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        largest = Math.max(largest, Math.abs(a[p * n + q]));
        rotate(a, v, n, p, q);
      }
    }
    if (largest <= 1e-15 * scale) break;
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[j * n + j] - a[i * n + i]);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => {
    vectors.set(v.subarray(from * n, (from + 1) * n), to * n);
  });
  return { values: Float64Array.from(order, (i) => a[i * n + i]), vectors };
}

/** Turns rows and columns p and q so that their common element vanishes (Golub and Van Loan, 8.5.2). */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q];
  if (apq === 0) return;
  const theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const [akp, akq] = [a[k * n + p], a[k * n + q]];
    a[k * n + p] = c * akp - s * akq;
    a[k * n + q] = s * akp + c * akq;
  }
  for (let k = 0; k < n; k++) {
    const [apk, aqk] = [a[p * n + k], a[q * n + k]];
    a[p * n + k] = c * apk - s * aqk;
    a[q * n + k] = s * apk + c * aqk;
    const [vpk, vqk] = [v[p * n + k], v[q * n + k]];
    v[p * n + k] = c * vpk - s * vqk;
    v[q * n + k] = s * vpk + c * vqk;
  }
}

/** Beside those asked for: the more, the sooner they settle. */
const extra = 12;
const mostRounds = 500;
const tolerance = 1e-11;

/**
 * The largest `count`, by subspace iteration: a block of vectors is multiplied by the matrix and made orthogonal again until they are
 * eigenvectors. It begins with the columns of largest norm, so the same matrix always gives the same numbers.
 */
export function largestEigen(matrix: Float64Array, n: number, count: number): Eigen {
  const block = Math.min(n, count + extra);
  if (block === n) {
    const { values, vectors } = jacobi(matrix, n);
    return { values: values.slice(0, count), vectors: vectors.slice(0, count * n) };
  }
  let basis = startOf(matrix, n, block);
  for (let round = 0; ; round++) {
    orthonormalize(basis, n, block);
    const image = times(matrix, basis, n, block);
    // The best eigenvectors within the space of the basis (Rayleigh and Ritz), and what the matrix makes of them.
    const { values, vectors: turns } = jacobi(innerProducts(basis, image, n, block), block);
    const vectors = combine(turns, basis, n, block);
    const products = combine(turns, image, n, block);
    if (round === mostRounds || residual(values, vectors, products, n, count) <= tolerance * values[0]) {
      return { values: values.slice(0, count), vectors: vectors.slice(0, count * n) };
    }
    basis = products;
  }
}

function startOf(matrix: Float64Array, n: number, block: number): Float64Array {
  const norms = Array.from({ length: n }, (_, row) => {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += matrix[row * n + k] ** 2;
    return sum;
  });
  const order = norms.map((_, row) => row).sort((i, j) => norms[j] - norms[i] || i - j);
  const basis = new Float64Array(block * n);
  order.slice(0, block).forEach((row, index) => {
    basis.set(matrix.subarray(row * n, (row + 1) * n), index * n);
    // Where rows are parallel, a step of its own keeps each vector apart from the others.
    basis[index * n + row] += Math.sqrt(norms[row]) || 1;
  });
  return basis;
}

/** Gram and Schmidt, twice: once leaves rounding errors in vectors that are nearly parallel. */
function orthonormalize(basis: Float64Array, n: number, block: number): void {
  for (let i = 0; i < block; i++) {
    const own = basis.subarray(i * n, (i + 1) * n);
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const other = basis.subarray(j * n, (j + 1) * n);
        const part = dot(own, other);
        for (let k = 0; k < n; k++) own[k] -= part * other[k];
      }
    }
    const length = Math.sqrt(dot(own, own));
    if (length > 1e-300) for (let k = 0; k < n; k++) own[k] /= length;
    else own[i] = 1;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

/** Each row of `vectors` times the matrix. */
function times(matrix: Float64Array, vectors: Float64Array, n: number, block: number): Float64Array {
  const products = new Float64Array(block * n);
  for (let i = 0; i < block; i++) {
    const vector = vectors.subarray(i * n, (i + 1) * n);
    for (let row = 0; row < n; row++)
      products[i * n + row] = dot(matrix.subarray(row * n, (row + 1) * n), vector);
  }
  return products;
}

/** The products of all vectors of the one block with all of the other, whose matrix is symmetric. */
function innerProducts(basis: Float64Array, image: Float64Array, n: number, block: number): Float64Array {
  const products = new Float64Array(block * block);
  for (let i = 0; i < block; i++) {
    for (let j = i; j < block; j++) {
      const value = dot(basis.subarray(i * n, (i + 1) * n), image.subarray(j * n, (j + 1) * n));
      products[i * block + j] = value;
      products[j * block + i] = value;
    }
  }
  return products;
}

/** Sums of the vectors of a block, by the factors in the rows of `turns`. */
function combine(turns: Float64Array, vectors: Float64Array, n: number, block: number): Float64Array {
  const sums = new Float64Array(block * n);
  for (let i = 0; i < block; i++) {
    for (let j = 0; j < block; j++) {
      const part = turns[i * block + j];
      for (let k = 0; k < n; k++) sums[i * n + k] += part * vectors[j * n + k];
    }
  }
  return sums;
}

/** How far the first vectors are from being eigenvectors. */
function residual(
  values: Float64Array,
  vectors: Float64Array,
  products: Float64Array,
  n: number,
  count: number,
): number {
  let largest = 0;
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < n; k++) {
      largest = Math.max(largest, Math.abs(products[i * n + k] - values[i] * vectors[i * n + k]));
    }
  }
  return largest;
}
