export { Accuracy, type AccuracyOptions, TopKAccuracy } from './accuracy.ts';
export { ConfusionMatrix } from './confusion-matrix.ts';
export { MeanMetric, type Metric } from './mean-metric.ts';
export { MeanAbsoluteError, MeanSquaredError } from './regression.ts';
