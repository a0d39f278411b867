/**
 * The operations each function takes for a float32, or a vector of them: what a scheduler weighs work by. Few of them take more
 * than a cycle's share of a core, so these are rough cycles as well.
 */
export const costs: Record<string, number> = {
  exp: 30,
  expBelowZero: 28,
  expm1: 32,
  log: 36,
  log1p: 38,
  sin: 39,
  cos: 40,
  tan: 51,
  asin: 23,
  acos: 26,
  atan: 26,
  atan2: 36,
  sinh: 38,
  cosh: 33,
  tanh: 30,
  erf: 39,
  pow: 165,
  remainder: 55,
};
