export { Accuracy, type AccuracyOptions, TopKAccuracy } from './accuracy.ts';
export {
  type AgreementOptions,
  BalancedAccuracy,
  type BalancedAccuracyOptions,
  CohenKappa,
  type CohenKappaOptions,
  MatthewsCorrelation,
} from './agreement.ts';
export type { Average, ClassMetricOptions, PerClass } from './class-metric.ts';
export type { ClassScores } from './class-scores.ts';
export { adjustedRandIndex, silhouetteScore } from './clustering.ts';
export { ConfusionMatrix, type ConfusionMatrixOptions } from './confusion-matrix.ts';
export {
  auc,
  type CurveOptions,
  type DetCurve,
  detCurve,
  type PrecisionRecallCurve,
  precisionRecallCurve,
  type RocCurve,
  type RocCurveOptions,
  rocCurve,
} from './curves.ts';
export {
  type ExplainedOptions,
  ExplainedVariance,
  type MultiOutput,
  type PerOutput,
  R2,
} from './explained.ts';
export type { LabelOptions } from './labels.ts';
export { MeanMetric } from './mean-metric.ts';
export { MedianAbsoluteError } from './median-error.ts';
export type { Metric } from './metric.ts';
export type { Numbers } from './numbers.ts';
export { Dice, IoU } from './overlap.ts';
export { F1, FBeta, type FBetaOptions, Precision, Recall, Specificity } from './precision-recall.ts';
export {
  BrierScore,
  CalibrationError,
  type CalibrationErrorOptions,
  LogLoss,
  Perplexity,
  type ProbabilityOptions,
} from './probabilities.ts';
export {
  AveragePrecision,
  type AveragePrecisionOptions,
  type RankingAverage,
  RocAuc,
  type RocAucOptions,
} from './ranking.ts';
export {
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  RootMeanSquaredError,
} from './regression.ts';
export {
  ClassificationReport,
  classificationReport,
  type NamedScores,
  type ReportOptions,
} from './report.ts';
export { SumMetric, type Sums, type Totals } from './sum-metric.ts';
