import {
  AveragePrecision,
  BalancedAccuracy,
  BrierScore,
  CalibrationError,
  CohenKappa,
  Dice,
  ExplainedVariance,
  F1,
  IoU,
  LogLoss,
  MatthewsCorrelation,
  MeanAbsoluteError,
  MeanAbsolutePercentageError,
  MeanSquaredError,
  MedianAbsoluteError,
  Perplexity,
  Precision,
  R2,
  Recall,
  RocAuc,
  RootMeanSquaredError,
  Specificity,
  TopKAccuracy,
} from '#metrics';

/** What the outputs of a network are, as its loss takes them. */
export interface Outputs {
  /** What is between two classes. */
  readonly threshold: number;
  /** Whether they are logits rather than probabilities. */
  readonly fromLogits: boolean;
  /** Whether targets of their shape are shares of the classes, rather than 0 or 1 for each. */
  readonly haveShares: boolean;
}

/** Metrics by name, with the options that fit the outputs. */
export const namedMetrics = {
  top5Accuracy: () => new TopKAccuracy(5),
  balancedAccuracy: ({ threshold }: Outputs) => new BalancedAccuracy({ threshold }),
  precision: ({ threshold }: Outputs) => new Precision({ threshold }),
  recall: ({ threshold }: Outputs) => new Recall({ threshold }),
  specificity: ({ threshold }: Outputs) => new Specificity({ threshold }),
  f1: ({ threshold }: Outputs) => new F1({ threshold }),
  matthewsCorrelation: ({ threshold }: Outputs) => new MatthewsCorrelation({ threshold }),
  cohenKappa: ({ threshold }: Outputs) => new CohenKappa({ threshold }),
  iou: ({ threshold }: Outputs) => new IoU({ threshold }),
  dice: ({ threshold }: Outputs) => new Dice({ threshold }),
  rocAuc: ({ fromLogits }: Outputs) => new RocAuc({ fromLogits }),
  averagePrecision: ({ fromLogits }: Outputs) => new AveragePrecision({ fromLogits }),
  logLoss: ({ fromLogits }: Outputs) => new LogLoss({ fromLogits }),
  perplexity: ({ fromLogits }: Outputs) => new Perplexity({ fromLogits }),
  brierScore: ({ fromLogits }: Outputs) => new BrierScore({ fromLogits }),
  calibrationError: ({ fromLogits }: Outputs) => new CalibrationError({ fromLogits }),
  meanSquaredError: () => new MeanSquaredError(),
  rootMeanSquaredError: () => new RootMeanSquaredError(),
  meanAbsoluteError: () => new MeanAbsoluteError(),
  meanAbsolutePercentageError: () => new MeanAbsolutePercentageError(),
  medianAbsoluteError: () => new MedianAbsoluteError(),
  r2: () => new R2(),
  explainedVariance: () => new ExplainedVariance(),
} as const;
