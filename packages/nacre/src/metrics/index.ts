export { Accuracy, type AccuracyOptions, TopKAccuracy } from './accuracy.ts';
export type { Average, ClassMetricOptions, PerClass } from './class-metric.ts';
export { type ClassScores, ConfusionMatrix, type ConfusionMatrixOptions } from './confusion-matrix.ts';
export type { LabelOptions } from './labels.ts';
export { MeanMetric } from './mean-metric.ts';
export type { Metric } from './metric.ts';
export { F1, FBeta, type FBetaOptions, Precision, Recall, Specificity } from './precision-recall.ts';
export { MeanAbsoluteError, MeanSquaredError } from './regression.ts';
export { SumMetric, type Sums, type Totals } from './sum-metric.ts';
