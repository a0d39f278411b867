export { Adam, type AdamOptions, AdamW } from './adam.ts';
export { Optimizer, type OptimizerOptions, type OptimizerState, ParameterGroup } from './optimizer.ts';
