export * from './callbacks/index.ts';
export { type EvaluateOptions, type Evaluation, evaluate } from './evaluate.ts';
export { type FitOptions, fit } from './fit.ts';
export { type EpochRecord, History } from './history.ts';
export type { MetricName, MetricSpec } from './measures.ts';
export type { LossFunction, LossName, Objective } from './objective.ts';
export { type PredictOptions, predict } from './predict.ts';
export { type TrainingContent, TrainingState } from './training-state.ts';
