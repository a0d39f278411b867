/**
 * Linear algebra, as the namespace `linalg`. Names, options and shapes are those of `torch.linalg` in camelCase; matrices stand in the last
 * two axes, all axes before them are batches. Where PyTorch returns a named tuple, the result is an array in the same order.
 *
 * - Decompositions are computed in float64 for float64, in float32 for every other dtype.
 * - Numbers are asked for later, so a matrix without an inverse or a factor is no error: its results are NaN or infinite, as each
 *   function says. Only shapes and options throw.
 * - Everything works inside `compile` and `vmap`, and has gradients of all orders by closed rules.
 * - Eigenvalues of matrices that are not symmetric (`eig`, `eigvals`) are not here: they are complex.
 */
export * from './linalg/decompositions.ts';
export * from './linalg/norms.ts';
export * from './linalg/products.ts';
export * from './linalg/solvers.ts';
