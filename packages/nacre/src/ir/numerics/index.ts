export { costs } from './costs.ts';
export { erf } from './error-function.ts';
export { exp, expBelowZero, expm1, log, log1p } from './exponential.ts';
export { cosh, sinh, tanh } from './hyperbolic.ts';
export { pow, remainder } from './power.ts';
export { acos, asin, atan, atan2, cos, sin, tan } from './trigonometric.ts';
