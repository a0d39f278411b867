import type { Language } from './language.ts';

/** Every text that a picture shows of itself. */
export interface PictureTexts {
  readonly train: string;
  readonly validation: string;
  readonly epoch: string;
  readonly actual: string;
  readonly predicted: string;
  /** The part of a class that was recognised. */
  readonly recall: string;
  readonly precision: string;
  readonly falsePositiveRate: string;
  readonly truePositiveRate: string;
  readonly confusionMatrix: string;
  readonly rocCurve: string;
  readonly precisionRecallCurve: string;
  /** Area under a ROC curve. */
  readonly auc: string;
  /** Average precision. */
  readonly averagePrecision: string;
  readonly chance: string;
  readonly time: string;
  readonly count: string;
  readonly weights: string;
  readonly gradients: string;
  readonly attendedTo: string;
  readonly query: string;
  readonly channel: string;
  readonly filter: string;
  readonly component: string;
  readonly start: string;
  readonly minimum: string;
  /** Numbers of a history, by their names there; others are shown under the names they have. */
  readonly metrics: Readonly<Record<string, string>>;
}

export const texts: { readonly [L in Language]: PictureTexts } = {
  en: {
    train: 'train',
    validation: 'validation',
    epoch: 'epoch',
    actual: 'actual',
    predicted: 'predicted',
    recall: 'recall',
    precision: 'precision',
    falsePositiveRate: 'false positive rate',
    truePositiveRate: 'true positive rate',
    confusionMatrix: 'Confusion matrix',
    rocCurve: 'ROC curve',
    precisionRecallCurve: 'Precision-recall curve',
    auc: 'AUC',
    averagePrecision: 'AP',
    chance: 'chance',
    time: 'time',
    count: 'count',
    weights: 'Weights',
    gradients: 'Gradients',
    attendedTo: 'attended to',
    query: 'token',
    channel: 'channel',
    filter: 'filter',
    component: 'component',
    start: 'start',
    minimum: 'minimum',
    metrics: {},
  },
  zh: {
    train: '训练',
    validation: '验证',
    epoch: '轮次',
    actual: '实际',
    predicted: '预测',
    recall: '召回率',
    precision: '精确率',
    falsePositiveRate: '假正率',
    truePositiveRate: '真正率',
    confusionMatrix: '混淆矩阵',
    rocCurve: 'ROC 曲线',
    precisionRecallCurve: '精确率–召回率曲线',
    auc: 'AUC',
    averagePrecision: 'AP',
    chance: '随机猜测',
    time: '时间',
    count: '个数',
    weights: '权重',
    gradients: '梯度',
    attendedTo: '被关注的词元',
    query: '词元',
    channel: '通道',
    filter: '卷积核',
    component: '成分',
    start: '起点',
    minimum: '最小值',
    metrics: {
      loss: '损失',
      accuracy: '准确率',
      precision: '精确率',
      recall: '召回率',
      f1: 'F1',
      lr: '学习率',
    },
  },
};
